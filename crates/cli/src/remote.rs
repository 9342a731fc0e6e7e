//! The server that a client's command calls, and who calls it: flags, and the variables that AWS's own
//! clients read. It never opens a store and never reads AWS's configuration files.

use std::path::PathBuf;

use clap::Args;
use http::Uri;
use http::uri::Scheme;
use names::Secret;

use crate::config::{File, environment};
use crate::failure::Failure;
use crate::service::Service;

/// Where `keywright serve` listens unless it is told otherwise.
const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:4747";
const DEFAULT_REGION: &str = "us-east-1";

/// A running server
#[derive(Debug, Args)]
pub(crate) struct Remote {
    /// The server's URL [default: $AWS_ENDPOINT_URL_IAM, …_STS and …_CLOUDTRAIL for each service,
    /// $AWS_ENDPOINT_URL, http://127.0.0.1:4747]
    #[arg(long, env = "KEYWRIGHT_ENDPOINT_URL", value_name = "URL")]
    endpoint_url: Option<String>,

    /// Region that calls are signed for, and whose trail is looked at first [default: $AWS_REGION,
    /// $AWS_DEFAULT_REGION, us-east-1]
    #[arg(long, env = "KEYWRIGHT_REGION", value_name = "REGION")]
    region: Option<String>,

    /// PEM file with the certificates that vouch for the server's. One that is the server's own is
    /// trusted as it is, whatever name and dates it bears [default: $AWS_CA_BUNDLE, the system's]
    #[arg(long, env = "KEYWRIGHT_CA_BUNDLE", value_name = "FILE")]
    ca_bundle: Option<PathBuf>,

    /// TOML file with settings, named as the long flags [default:
    /// $XDG_CONFIG_HOME/keywright/config.toml, if it is there]
    #[arg(long, env = "KEYWRIGHT_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Server and caller, all settled.
#[derive(Debug)]
pub(crate) struct Access {
    /// The URL of every service.
    named: Option<Uri>,
    file: Option<Uri>,
    pub(crate) region: String,
    pub(crate) ca_bundle: Option<PathBuf>,
    pub(crate) credentials: Credentials,
}

/// What the calls are signed with.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret: Secret<String>,
    pub(crate) session_token: Option<Secret<String>>,
}

impl Remote {
    /// Lays flags over the environment, that over the file, and the file over defaults.
    pub(crate) fn settle(self) -> Result<Access, Failure> {
        let file = File::read(self.config.as_deref())?;
        let region = self.region.or_else(|| environment("AWS_REGION"));
        let region = region.or_else(|| environment("AWS_DEFAULT_REGION")).or(file.region);
        let bundle = environment("AWS_CA_BUNDLE").map(PathBuf::from);
        Ok(Access {
            named: self.endpoint_url.as_deref().map(url).transpose()?,
            file: file.endpoint_url.as_deref().map(url).transpose()?,
            region: region.unwrap_or_else(|| DEFAULT_REGION.to_owned()),
            ca_bundle: self.ca_bundle.or(bundle).or(file.ca_bundle),
            credentials: Credentials::find()?,
        })
    }
}

impl Access {
    /// The URL of a service.
    pub(crate) fn endpoint(&self, service: Service) -> Result<Uri, Failure> {
        if let Some(named) = &self.named {
            return Ok(named.clone());
        }
        let own = environment(service.endpoint_variable());
        match (own.or_else(|| environment("AWS_ENDPOINT_URL")), &self.file) {
            (Some(text), _) => url(&text),
            (None, Some(file)) => Ok(file.clone()),
            (None, None) => url(DEFAULT_ENDPOINT),
        }
    }
}

fn url(text: &str) -> Result<Uri, Failure> {
    let refused = |what: &str| {
        Failure::new(format!("`{text}` {what}")).hint(format!("{DEFAULT_ENDPOINT}, for example"))
    };
    let url: Uri = text.parse().map_err(|error| refused("is no URL").because(error))?;
    let known = url.scheme().is_some_and(|one| *one == Scheme::HTTP || *one == Scheme::HTTPS);
    let plain = url.query().is_none() && !url.authority().is_some_and(|a| a.as_str().contains('@'));
    if !known || url.host().is_none_or(str::is_empty) || !plain {
        return Err(refused("is no http or https URL of a server"));
    }
    Ok(url)
}

impl Credentials {
    fn find() -> Result<Self, Failure> {
        let pair = (environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY"));
        let (Some(access_key_id), Some(secret)) = pair else {
            return Err(Failure::new("there are no credentials to sign with").hint(
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN); those of a \
                 profile are printed by the AWS CLI, version 2:\n  aws configure export-credentials --profile NAME \
                 --format env",
            ));
        };
        let session_token = environment("AWS_SESSION_TOKEN").map(Secret::new);
        Ok(Self { access_key_id, secret: Secret::new(secret), session_token })
    }
}

#[cfg(test)]
mod tests {
    use super::url;

    #[test]
    fn a_servers_url_has_a_scheme_and_a_host() {
        for good in ["http://127.0.0.1:4747", "https://keys.example/", "http://[::1]:80/base"] {
            assert!(url(good).is_ok(), "{good}");
        }
        for bad in ["", "127.0.0.1:4747", "ftp://a", "http://", "http://a/?b", "http://u:p@a"] {
            assert!(url(bad).is_err(), "{bad}");
        }
    }
}
