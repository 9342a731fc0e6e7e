//! Credentials of users for one service each: create, list, make inactive, reset, delete.
//!
//! A password or key leaves this module once, in the answer that makes it; it is not kept.
//!
//! Source: IAM User Guide, "Service-specific credentials for IAM users".

use api::iam::operations::{
    CreateServiceSpecificCredential, DeleteServiceSpecificCredential,
    ListServiceSpecificCredentials, ResetServiceSpecificCredential,
    UpdateServiceSpecificCredential,
};
use api::iam::shapes;
use api::{Empty, Fault};
use data_encoding::BASE64;
use names::{Chance, IdKind, Secret, Timestamp, mint_id};
use zeroize::Zeroizing;

use super::page::{self, Found, Page};
use super::target::Target;
use super::{faults, quotas, status};
use crate::entity::{Index, KeyStatus, SecretDigest, ServiceCredential, User, folded};
use crate::handle::{Asking, Asks, Granted, Handle};

/// What a service takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    UserNameAndPassword,
    /// An API key that begins with this.
    ApiKey(&'static str),
}

/// The services that take such credentials.
const SERVICES: [(&str, Form); 6] = [
    ("codecommit.amazonaws.com", Form::UserNameAndPassword),
    ("cassandra.amazonaws.com", Form::UserNameAndPassword),
    ("bedrock.amazonaws.com", Form::ApiKey("ABSK")),
    ("logs.amazonaws.com", Form::ApiKey("ACWL")),
    ("cloudwatch.amazonaws.com", Form::ApiKey("APIAACWM")),
    ("aws-external-anthropic.amazonaws.com", Form::ApiKey("AEAA")),
];

fn form_of(service: &str) -> Result<Form, Fault> {
    let found = SERVICES.iter().find(|(name, _)| *name == service);
    found.map(|(_, form)| *form).ok_or_else(|| {
        let which = format!("No such service {service} is supported");
        faults::not_found(format!("{which} for Service Specific Credentials"))
    })
}

/// Whom a call names, or who calls.
fn holder<'a>(at: &'a Asking<'_>, name: Option<&'a str>) -> Option<&'a str> {
    name.or_else(|| at.caller().user_name())
}

const SERVICE_KEY: &str = "iam:ServiceSpecificCredentialServiceName";
const AGE_KEY: &str = "iam:ServiceSpecificCredentialAgeDays";

/// A call about one credential asks for its user, with the service as a condition key.
fn asked_about(at: &Asking<'_>, name: Option<&str>, id: &str) -> Result<Asks, Fault> {
    let asks = Asks::on(Target::user(at, name)?);
    let Some(name) = holder(at, name) else { return Ok(asks) };
    let user = at.view().entity::<User>(at.account(), &folded(name))?;
    let held = user
        .and_then(|user| user.service_credentials.into_iter().find(|held| held.id.as_str() == id));
    Ok(match held {
        Some(held) => asks.with(SERVICE_KEY, &held.service),
        None => asks,
    })
}

impl Handle for CreateServiceSpecificCredential {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let asks = Asks::on(Target::user(at, Some(&input.user_name))?);
        let asks = asks.with(SERVICE_KEY, &input.service_name);
        Ok(match input.credential_age_days {
            Some(days) => asks.with(AGE_KEY, &days.to_string()),
            None => asks,
        })
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut user = cx.user(&input.user_name)?;
        let form = form_of(&input.service_name)?;
        if input.credential_age_days.is_some() && form == Form::UserNameAndPassword {
            let message = "Credential age is only supported for services with API keys.";
            return Err(faults::invalid_input(message));
        }
        let same = |held: &&ServiceCredential| held.service == input.service_name;
        if user.service_credentials.iter().filter(same).count() >= quotas::CREDENTIALS_PER_SERVICE {
            let limit = quotas::CREDENTIALS_PER_SERVICE;
            return Err(faults::over_quota("ServiceSpecificCredentialsPerUser", limit));
        }
        let login = login(&user, &input.service_name);
        let secret = mint_secret(form, &login, cx.chance());
        let created = cx.now().whole_second();
        let days = input.credential_age_days.map(i64::from);
        let held = ServiceCredential {
            id: mint_id(IdKind::ServiceCredential, cx.account(), cx.chance()),
            service: input.service_name,
            login,
            proof: SecretDigest::of(&secret, cx.chance()),
            status: KeyStatus::Active,
            created,
            expires: days.map(|days| created.plus_seconds(days * 24 * 60 * 60)),
        };
        let shown = shown_once(&user.name, &held, form, &secret);
        user.service_credentials.push(held);
        cx.put(&user)?;
        Ok(shapes::CreateServiceSpecificCredentialResponse {
            service_specific_credential: Some(shown),
        })
    }
}

/// `USER-at-ACCOUNT`; the second one of a service, which must differ, is `USER+1-at-ACCOUNT`.
fn login(user: &User, service: &str) -> String {
    let first = format!("{}-at-{}", user.name, user.account);
    let held = user.service_credentials.iter().filter(|held| held.service == service);
    match held.clone().any(|held| held.login == first) {
        true => format!("{}+1-at-{}", user.name, user.account),
        false => first,
    }
}

/// 256 random bits as base64; in an API key the alias stands before them, and it all is base64
/// once more behind the service's own beginning.
fn mint_secret(form: Form, login: &str, chance: &dyn Chance) -> Secret<String> {
    let mut random = Zeroizing::new([0; 32]);
    chance.fill(&mut *random);
    let password = Zeroizing::new(BASE64.encode(&*random));
    match form {
        Form::UserNameAndPassword => Secret::new(password.to_string()),
        Form::ApiKey(beginning) => {
            let inside = Zeroizing::new(format!("{login}:{}", *password));
            Secret::new(format!("{beginning}{}", BASE64.encode(inside.as_bytes())))
        }
    }
}

fn shown_once(
    user_name: &str,
    held: &ServiceCredential,
    form: Form,
    secret: &Secret<String>,
) -> shapes::ServiceSpecificCredential {
    let is_key = form != Form::UserNameAndPassword;
    let (login, secret) = (held.login.clone(), secret.expose().clone());
    shapes::ServiceSpecificCredential {
        create_date: held.created,
        expiration_date: held.expires,
        service_name: held.service.clone(),
        service_user_name: (!is_key).then(|| login.clone()),
        service_password: (!is_key).then(|| secret.clone()),
        service_credential_alias: is_key.then_some(login),
        service_credential_secret: is_key.then_some(secret),
        service_specific_credential_id: held.id.to_string(),
        user_name: user_name.to_owned(),
        status: status::shape(held.status),
    }
}

impl Handle for ListServiceSpecificCredentials {
    /// Of all users: what is asked for is every user.
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let target = match input.all_users.unwrap_or(false) {
            true => Target::made(super::arn::user(at.account(), "/", "*")),
            false => Target::user(at, input.user_name.as_deref())?,
        };
        Ok(Asks::on(target))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let service = input.service_name.as_deref();
        service.map(form_of).transpose()?;
        let found = match input.all_users.unwrap_or(false) {
            true if input.user_name.is_some() => {
                let message = "AllUsers cannot be specified together with UserName.";
                return Err(faults::invalid_input(message));
            }
            true => of_all_users(cx, &page, service)?,
            false => {
                let user = cx.named_or_calling_user(input.user_name.as_deref())?;
                of_user(cx.now(), &page, &user, service)?
            }
        };
        Ok(shapes::ListServiceSpecificCredentialsResponse {
            service_specific_credentials: Some(found.items),
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

type Listed = shapes::ServiceSpecificCredentialMetadata;

fn is_of(held: &ServiceCredential, service: Option<&str>) -> bool {
    service.is_none_or(|service| held.service == service)
}

fn of_user(
    now: Timestamp,
    page: &Page,
    user: &User,
    service: Option<&str>,
) -> Result<Found<Listed>, Fault> {
    let held = user.service_credentials.iter().filter(|held| is_of(held, service));
    let all: Vec<Listed> = held.map(|held| listed(&user.name, held, now)).collect();
    page::of_slice(page, &all)
}

/// In the order of their ids. A page of one service's may be short, and the next one still have some.
fn of_all_users<O>(
    cx: &Granted<'_, O>,
    page: &Page,
    service: Option<&str>,
) -> Result<Found<Listed>, Fault> {
    let keys = page::keys(cx, page, Index::ServiceCredential, b"")?;
    let mut items = Vec::new();
    for key in &keys.items {
        let id = page::last_part(key);
        let Some(name) = cx.view().lookup_in(Index::ServiceCredential, cx.account(), &[id])? else {
            continue;
        };
        let name = String::from_utf8_lossy(&name);
        let Some(user) = cx.view().entity::<User>(cx.account(), &name)? else { continue };
        let held = user.service_credentials.iter();
        let held = held.filter(|held| held.id.as_str() == id && is_of(held, service));
        items.extend(held.map(|held| listed(&user.name, held, cx.now())));
    }
    Ok(Found { items, marker: keys.marker })
}

fn listed(user_name: &str, held: &ServiceCredential, now: Timestamp) -> Listed {
    let is_key = matches!(form_of(&held.service), Ok(Form::ApiKey(_)));
    let over = held.expires.is_some_and(|expires| now >= expires);
    Listed {
        user_name: user_name.to_owned(),
        status: if over { shapes::StatusType::Expired } else { status::shape(held.status) },
        service_user_name: (!is_key).then(|| held.login.clone()),
        service_credential_alias: is_key.then(|| held.login.clone()),
        create_date: held.created,
        expiration_date: held.expires,
        service_specific_credential_id: held.id.to_string(),
        service_name: held.service.clone(),
    }
}

fn position(user: &User, id: &str) -> Result<usize, Fault> {
    let found = user.service_credentials.iter().position(|held| held.id.as_str() == id);
    found.ok_or_else(|| faults::not_found(format!("No such credential {id} exists")))
}

impl Handle for UpdateServiceSpecificCredential {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        asked_about(at, input.user_name.as_deref(), &input.service_specific_credential_id)
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let status = status::wanted(input.status)?;
        let mut user = cx.named_or_calling_user(input.user_name.as_deref())?;
        let at = position(&user, &input.service_specific_credential_id)?;
        if let Some(held) = user.service_credentials.get_mut(at) {
            held.status = status;
        }
        cx.put(&user)?;
        Ok(Empty)
    }
}

impl Handle for ResetServiceSpecificCredential {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        asked_about(at, input.user_name.as_deref(), &input.service_specific_credential_id)
    }

    /// Id, status and end stay; what proved it before proves nothing any more.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut user = cx.named_or_calling_user(input.user_name.as_deref())?;
        let at = position(&user, &input.service_specific_credential_id)?;
        let name = user.name.clone();
        let held = user.service_credentials.get_mut(at).ok_or_else(crate::fault::internal)?;
        let form = form_of(&held.service)?;
        let secret = mint_secret(form, &held.login, cx.chance());
        held.proof = SecretDigest::of(&secret, cx.chance());
        let shown = shown_once(&name, held, form, &secret);
        cx.put(&user)?;
        Ok(shapes::ResetServiceSpecificCredentialResponse {
            service_specific_credential: Some(shown),
        })
    }
}

impl Handle for DeleteServiceSpecificCredential {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        asked_about(at, input.user_name.as_deref(), &input.service_specific_credential_id)
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut user = cx.named_or_calling_user(input.user_name.as_deref())?;
        let at = position(&user, &input.service_specific_credential_id)?;
        user.service_credentials.remove(at);
        cx.put(&user)?;
        Ok(Empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Constant(u8);
    impl Chance for Constant {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn a_credential_is_expired_from_its_last_moment_on() {
        let end = Timestamp::from_seconds(1_000_000);
        let held = ServiceCredential {
            id: mint_id(IdKind::ServiceCredential, Default::default(), &Constant(0)),
            service: "bedrock.amazonaws.com".to_owned(),
            login: "bob-at-000000000000".to_owned(),
            proof: SecretDigest::of(&Secret::new(String::new()), &Constant(0)),
            status: KeyStatus::Active,
            created: end,
            expires: Some(end),
        };
        let status = |now| listed("bob", &held, now).status;
        assert_eq!(status(end.plus_seconds(-1)), shapes::StatusType::Active);
        assert_eq!(status(end), shapes::StatusType::Expired);
        let unending = ServiceCredential { expires: None, ..held.clone() };
        assert_eq!(listed("bob", &unending, end).status, shapes::StatusType::Active);
    }

    #[test]
    fn an_api_key_holds_its_alias_and_a_password() {
        let key = mint_secret(Form::ApiKey("ABSK"), "bob-at-1", &Constant(0));
        let inside = BASE64.decode(&key.expose().as_bytes()[4..]).unwrap();
        let password = BASE64.encode(&[0; 32]);
        assert_eq!(String::from_utf8(inside).unwrap(), format!("bob-at-1:{password}"));
        let plain = mint_secret(Form::UserNameAndPassword, "bob-at-1", &Constant(0));
        assert_eq!(*plain.expose(), password);
    }
}
