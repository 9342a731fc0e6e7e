//! OpenID Connect providers: create, read, list, delete, client ids, thumbprints.
//!
//! Nothing here calls a provider: thumbprints are kept as they are told, and none is fetched.
//!
//! Source: IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM".

use api::iam::operations::{
    AddClientIDToOpenIDConnectProvider, CreateOpenIDConnectProvider, DeleteOpenIDConnectProvider,
    GetOpenIDConnectProvider, ListOpenIDConnectProviders, RemoveClientIDFromOpenIDConnectProvider,
    UpdateOpenIDConnectProvider, UpdateOpenIDConnectProviderThumbprint,
};
use api::iam::shapes;
use api::{Common, Empty, Fault, Operation};

use super::page;
use super::tag::Tagged;
use super::target::Target;
use super::{arn, faults, managed, quotas, tag};
use crate::counter::Counter;
use crate::entity::{Index, OidcProvider, Tag};
use crate::handle::{Asking, Asks, Granted, Handle};

fn target(at: &Asking<'_>, provider_arn: &str) -> Result<Target, Fault> {
    let found = match OidcProvider::key_of(at.account(), provider_arn) {
        Some(key) => at.view().entity::<OidcProvider>(at.account(), key)?,
        None => None,
    };
    let tags = found.map(|found| found.tags).unwrap_or_default();
    Ok(Target { tags, ..Target::made(provider_arn.to_owned()) })
}

/// The account's provider of this ARN; what is no ARN, or one of something else, is another fault.
fn find<O>(cx: &mut Granted<'_, O>, provider_arn: &str) -> Result<OidcProvider, Fault> {
    if !managed::parsed(provider_arn)?.resource.starts_with("oidc-provider/") {
        return Err(faults::invalid_input(format!("ARN {provider_arn} is not valid.")));
    }
    let found = match OidcProvider::key_of(cx.account(), provider_arn) {
        Some(key) => cx.get::<OidcProvider>(key)?.filter(|found| found.arn() == provider_arn),
        None => None,
    };
    found.ok_or_else(|| {
        faults::not_found(format!("OpenIDConnect Provider not found for arn {provider_arn}"))
    })
}

/// The URL without its scheme. It names a host and may have a path; it has no port, query or
/// fragment.
fn host_and_path(url: &str) -> Result<&str, Fault> {
    let rest = url.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("https://"));
    let rest = rest.and_then(|_| url.get(8..)).unwrap_or_default();
    let (host, _) = rest.split_once('/').unwrap_or((rest, ""));
    let label = |label: &str| {
        let of_host = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.bytes().all(of_host) && !label.starts_with('-')
    };
    let fits = host.split('.').all(label);
    let plain = |byte: u8| byte.is_ascii_graphic() && !br#"?#"<>\^`{|}"#.contains(&byte);
    if fits && rest.bytes().all(plain) {
        return Ok(rest);
    }
    Err(Fault::common(Common::ValidationError, "Invalid Open ID Connect Provider URL"))
}

fn check_thumbprints(list: &[String]) -> Result<(), Fault> {
    if list.len() > quotas::THUMBPRINTS_PER_OIDC_PROVIDER {
        let message = "ThumbprintList must contain fewer than 5 entries.";
        return Err(faults::invalid_input(message));
    }
    Ok(())
}

fn over_client_ids() -> Fault {
    let limit = quotas::CLIENT_IDS_PER_OIDC_PROVIDER;
    faults::over_quota("ClientIdsPerOpenIdConnectProvider", limit)
}

impl Handle for CreateOpenIDConnectProvider {
    /// A URL that is none has no ARN either: the question is about what it would be.
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let rest = host_and_path(&input.url).unwrap_or(&input.url);
        let made = Target::made(arn::at_root_path(at.account(), "oidc-provider", rest));
        Ok(tag::asked(Asks::on(made), input.tags.as_deref(), "iam:TagOpenIDConnectProvider"))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        if input.context_provider.is_some() || input.identity_center_instance_arn.is_some() {
            return Err(faults::no_identity_center());
        }
        let url = host_and_path(&input.url)?.to_owned();
        let tags = tag::checked(input.tags.unwrap_or_default())?;
        let thumbprints = input.thumbprint_list.unwrap_or_default();
        check_thumbprints(&thumbprints)?;
        let mut client_ids: Vec<String> = Vec::new();
        for id in input.client_id_list.unwrap_or_default() {
            if !client_ids.contains(&id) {
                client_ids.push(id);
            }
        }
        if client_ids.len() > quotas::CLIENT_IDS_PER_OIDC_PROVIDER {
            return Err(over_client_ids());
        }
        if cx.get::<OidcProvider>(&url)?.is_some() {
            return Err(faults::exists(format!("Provider with url {} already exists.", input.url)));
        }
        cx.count_up(&Counter::OidcProviders, quotas::OIDC_PROVIDERS)
            .map_err(|limit| faults::over_quota("OpenIdConnectProvidersPerAccount", limit))?;
        let created = cx.now().whole_second();
        let account = cx.account();
        let provider = OidcProvider { account, url, client_ids, thumbprints, created, tags };
        cx.put(&provider)?;
        Ok(shapes::CreateOpenIDConnectProviderResponse {
            open_id_connect_provider_arn: Some(provider.arn()),
            tags: tag::shapes(&provider.tags),
        })
    }
}

impl Handle for GetOpenIDConnectProvider {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(target(at, &input.open_id_connect_provider_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let provider = find(cx, &input.open_id_connect_provider_arn)?;
        Ok(shapes::GetOpenIDConnectProviderResponse {
            tags: tag::shapes(&provider.tags),
            url: Some(provider.url),
            client_id_list: Some(provider.client_ids),
            thumbprint_list: Some(provider.thumbprints),
            create_date: Some(provider.created),
            ..shapes::GetOpenIDConnectProviderResponse::default()
        })
    }
}

impl Handle for UpdateOpenIDConnectProvider {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(target(at, &input.open_id_connect_provider_arn)?))
    }

    /// All that it changes belongs to IAM Identity Center: what is to be removed is not there.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        find(cx, &input.open_id_connect_provider_arn)?;
        let removes = |flag: Option<bool>| flag.unwrap_or(false);
        let removed = [input.remove_context_provider, input.remove_identity_center_instance];
        let set = input.context_provider.is_some() || input.identity_center_instance_arn.is_some();
        match (set, removed.into_iter().filter(|flag| removes(*flag)).count()) {
            (true, 0) => Err(faults::no_identity_center()),
            (false, 1) => Ok(Empty),
            _ => Err(faults::invalid_input("One change must be asked for, and one alone.")),
        }
    }
}

impl Handle for ListOpenIDConnectProviders {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    /// All at once: an account has no more of them than fit an answer.
    fn run(cx: &mut Granted<'_, Self>, _: Self::Input) -> Result<Self::Output, Fault> {
        let most = usize::try_from(quotas::OIDC_PROVIDERS).unwrap_or(usize::MAX);
        let rows = cx.view().scan(Index::OidcProvider, cx.account(), b"", None, most)?;
        let arn_of = |url: &str| arn::at_root_path(cx.account(), "oidc-provider", url);
        let entry = |arn| shapes::OpenIDConnectProviderListEntry {
            arn: Some(arn),
            is_trusted_identity_propagation_enabled: Some(false),
        };
        let list = rows.iter().map(|row| entry(arn_of(page::last_part(&row.key)))).collect();
        Ok(shapes::ListOpenIDConnectProvidersResponse { open_id_connect_provider_list: Some(list) })
    }
}

impl Handle for DeleteOpenIDConnectProvider {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(target(at, &input.open_id_connect_provider_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let provider = find(cx, &input.open_id_connect_provider_arn)?;
        cx.count_down(&Counter::OidcProviders);
        cx.delete(&provider);
        Ok(Empty)
    }
}

impl Handle for AddClientIDToOpenIDConnectProvider {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(target(at, &input.open_id_connect_provider_arn)?))
    }

    /// An id that is there already is added without a word.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut provider = find(cx, &input.open_id_connect_provider_arn)?;
        if !provider.client_ids.contains(&input.client_id) {
            if provider.client_ids.len() >= quotas::CLIENT_IDS_PER_OIDC_PROVIDER {
                return Err(over_client_ids());
            }
            provider.client_ids.push(input.client_id);
        }
        cx.put(&provider)?;
        Ok(Empty)
    }
}

impl Handle for RemoveClientIDFromOpenIDConnectProvider {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(target(at, &input.open_id_connect_provider_arn)?))
    }

    /// An id that is not there is removed without a word.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut provider = find(cx, &input.open_id_connect_provider_arn)?;
        provider.client_ids.retain(|id| *id != input.client_id);
        cx.put(&provider)?;
        Ok(Empty)
    }
}

impl Handle for UpdateOpenIDConnectProviderThumbprint {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(target(at, &input.open_id_connect_provider_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut provider = find(cx, &input.open_id_connect_provider_arn)?;
        check_thumbprints(&input.thumbprint_list)?;
        provider.thumbprints = input.thumbprint_list;
        cx.put(&provider)?;
        Ok(Empty)
    }
}

impl Tagged for OidcProvider {
    const FOLDS_CASE: bool = false;

    fn to_tag<O: Operation>(cx: &mut Granted<'_, O>, named: &str) -> Result<Self, Fault> {
        find(cx, named)
    }

    fn target(at: &Asking<'_>, named: &str) -> Result<Target, Fault> {
        target(at, named)
    }

    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}
