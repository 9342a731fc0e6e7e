//! Who asks, in the many ways in which lines say it.
//!
//! What a principal is follows from its type, or else from its ARN. Both must agree; what neither
//! tells is an error of the line, and never a guess.

use super::members::{account_id, arn_part, first_text, members, text};
use crate::context::Context;
use crate::json::Node;
use crate::request::{Principal, PrincipalKind};

/// Who asks.
pub(super) struct Asker {
    pub(super) kind: PrincipalKind,
    /// Empty if the line does not say it.
    pub(super) account: String,
    arn: String,
    issuer: Option<String>,
    id: Option<String>,
}

impl Asker {
    /// Who asks if nothing is said: a user of whom nothing is known.
    pub(super) fn unknown() -> Self {
        Self {
            kind: PrincipalKind::User,
            account: String::new(),
            arn: String::new(),
            issuer: None,
            id: None,
        }
    }

    pub(super) fn read(node: &Node, context: &Context) -> Result<Self, String> {
        members(node, "request.principal")?;
        let kind = kind(node)?;
        let arn = match kind {
            PrincipalKind::Service => first_text(node, &["service", "arn", "name"])?,
            PrincipalKind::Federated => first_text(node, &["arn", "provider", "federated"])?,
            PrincipalKind::Anonymous => None,
            _ => text(node, "arn")?,
        };
        let arn = arn.unwrap_or_default();
        let account = account_id(node, "account")?.or(account_id(node, "account_id")?);
        let account = account.or_else(|| arn_part(arn, 4).map(str::to_owned)).unwrap_or_default();
        let id = first_text(node, &["id", "unique_id", "user_id"])?;
        // A session's id is its role's, a colon and the session's name.
        let id = id.and_then(|id| id.split(':').next()).map(str::to_owned);
        let mut asker = Self { kind, account, arn: arn.to_owned(), issuer: None, id };
        match kind {
            PrincipalKind::Role | PrincipalKind::ServiceLinkedRole => {
                asker.become_session(first_text(node, &["role_arn", "issuer"])?, context);
            }
            PrincipalKind::FederatedUser => {
                asker.issuer = first_text(node, &["issuer", "user_arn"])?.map(str::to_owned);
            }
            PrincipalKind::Service | PrincipalKind::Federated | PrincipalKind::Anonymous => {
                asker.account = String::new();
            }
            PrincipalKind::Root | PrincipalKind::User => {}
        }
        Ok(asker)
    }

    pub(super) fn principal(&self) -> Principal<'_> {
        Principal {
            kind: self.kind,
            account: &self.account,
            arn: &self.arn,
            issuer: self.issuer.as_deref(),
            id: self.id.as_deref(),
        }
    }

    /// Finds the role of a session. Where an ARN names the role, no session is known.
    fn become_session(&mut self, role: Option<&str>, context: &Context) {
        let named = arn_part(&self.arn, 5).and_then(|part| part.strip_prefix("assumed-role/"));
        let name = named.and_then(|rest| rest.split('/').next());
        let in_context = context.single("aws:PrincipalArn").filter(|arn| {
            let of_name = |name| arn.rsplit('/').next() == Some(name);
            is_role(arn) && name.is_none_or(of_name)
        });
        let built = name.map(|name| {
            let partition = arn_part(&self.arn, 1).unwrap_or("aws");
            format!("arn:{partition}:iam::{}:role/{name}", self.account)
        });
        let own = Some(self.arn.clone()).filter(|arn| is_role(arn));
        if own.is_some() {
            self.arn = String::new();
        }
        self.issuer = role.map(str::to_owned).or(own).or(in_context.map(str::to_owned)).or(built);
        if self.account.is_empty() {
            let account = self.issuer.as_deref().and_then(|arn| arn_part(arn, 4));
            self.account = account.unwrap_or_default().to_owned();
        }
        if self.issuer.as_deref().is_some_and(is_service_linked) {
            self.kind = PrincipalKind::ServiceLinkedRole;
        }
    }
}

fn is_role(arn: &str) -> bool {
    arn_part(arn, 2) == Some("iam") && arn_part(arn, 5).is_some_and(|p| p.starts_with("role/"))
}

fn is_service_linked(role: &str) -> bool {
    arn_part(role, 5).is_some_and(|part| part.starts_with("role/aws-service-role/"))
}

fn kind(node: &Node) -> Result<PrincipalKind, String> {
    let (arn, name) = (text(node, "arn")?.unwrap_or_default(), text(node, "type")?);
    let name = name.unwrap_or_default();
    let by_name = kind_of_name(name)?;
    let by_arn = kind_of_arn(arn)?;
    match (by_name, by_arn) {
        (Some(of_name), Some(of_arn)) if !agree(of_name, of_arn) => {
            Err(format!("the principal's type is {name}, but {arn} is none"))
        }
        (Some(kind), _) | (None, Some(kind)) => Ok(kind),
        (None, None) if node.present("service").is_some() => Ok(PrincipalKind::Service),
        (None, None) => Ok(PrincipalKind::User),
    }
}

fn agree(by_name: PrincipalKind, by_arn: PrincipalKind) -> bool {
    use PrincipalKind::{Role, ServiceLinkedRole};
    by_name == by_arn || (matches!(by_name, Role | ServiceLinkedRole) && by_arn == Role)
}

/// What a type says; `None` for those that leave it to the ARN.
fn kind_of_name(name: &str) -> Result<Option<PrincipalKind>, String> {
    let plain = name.to_ascii_lowercase().replace(['_', '-', ' '], "");
    Ok(Some(match plain.as_str() {
        // AWS's own word for whoever an ARN names.
        "" | "aws" => return Ok(None),
        "root" | "account" | "rootuser" => PrincipalKind::Root,
        "user" | "iamuser" => PrincipalKind::User,
        "role" | "iamrole" | "assumedrole" | "assumedrolesession" | "rolesession" => {
            PrincipalKind::Role
        }
        "federateduser" | "federatedusersession" => PrincipalKind::FederatedUser,
        "service" | "awsservice" | "serviceprincipal" => PrincipalKind::Service,
        "servicelinkedrole" => PrincipalKind::ServiceLinkedRole,
        "federated" | "webidentity" | "webidentityuser" | "oidc" | "saml" | "samluser" => {
            PrincipalKind::Federated
        }
        "anonymous" | "anonymoususer" | "*" => PrincipalKind::Anonymous,
        _ => return Err(format!("principals of type {name} are not known")),
    }))
}

/// What an ARN says, or a name in its place.
fn kind_of_arn(arn: &str) -> Result<Option<PrincipalKind>, String> {
    let Some(part) = arn_part(arn, 5) else {
        return match arn {
            "" => Ok(None),
            "*" | "anonymous" => Ok(Some(PrincipalKind::Anonymous)),
            service if service.ends_with(".amazonaws.com") && !service.starts_with("cognito-") => {
                Ok(Some(PrincipalKind::Service))
            }
            // The names of some identity providers are none.
            _ if !arn.starts_with("arn:") => Ok(None),
            _ => Err(format!("principals like {arn} are not known")),
        };
    };
    Ok(Some(match (arn_part(arn, 2), part.split('/').next().unwrap_or_default()) {
        (Some("iam"), "root") => PrincipalKind::Root,
        (Some("iam"), "user") => PrincipalKind::User,
        (Some("iam"), "role") | (Some("sts"), "assumed-role") => PrincipalKind::Role,
        (Some("sts"), "federated-user") => PrincipalKind::FederatedUser,
        (Some("iam"), "oidc-provider" | "saml-provider") => PrincipalKind::Federated,
        _ => return Err(format!("principals like {arn} are not known")),
    }))
}
