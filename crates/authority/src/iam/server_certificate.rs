//! Server certificates: upload, read, list, rename, delete.
//!
//! A private key is checked and kept sealed; no answer and no record has it.

use api::iam::operations::{
    DeleteServerCertificate, GetServerCertificate, ListServerCertificates, UpdateServerCertificate,
    UploadServerCertificate,
};
use api::iam::{errors, shapes};
use api::{Empty, Fault, Operation};
use names::{IdKind, Secret, Timestamp, mint_id};

use super::certificate::{Certificate, PrivateKey, Validity};
use super::page::{self, Listed, Page};
use super::tag::Tagged;
use super::target::Target;
use super::{arn, faults, quotas, tag};
use crate::counter::Counter;
use crate::entity::{Index, ServerCertificate, Tag, folded};
use crate::handle::{Asking, Asks, Granted, Handle};

impl Listed for ServerCertificate {
    const BY_NAME: Index = Index::ServerCertificateByName;
    const BY_PATH: Index = Index::ServerCertificateByPath;

    fn path(&self) -> &str {
        &self.path
    }
}

/// The certificate of this name as it is, or as it would be at the root path.
fn target(at: &Asking<'_>, name: &str) -> Result<Target, Fault> {
    let found = at.view().entity::<ServerCertificate>(at.account(), &folded(name))?;
    Ok(match found {
        Some(found) => Target { tags: found.tags.clone(), ..Target::made(found.arn()) },
        None => Target::made(arn::server_certificate(at.account(), "/", name)),
    })
}

fn find<O>(cx: &mut Granted<'_, O>, name: &str) -> Result<ServerCertificate, Fault> {
    cx.get(&folded(name))?.ok_or_else(|| {
        faults::not_found(format!("The Server Certificate with name {name} cannot be found."))
    })
}

fn name_taken(name: &str) -> Fault {
    faults::exists(format!("The Server Certificate with name {name} already exists."))
}

impl Handle for UploadServerCertificate {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let path = input.path.as_deref().unwrap_or("/");
        let name = &input.server_certificate_name;
        let made = Target::made(arn::server_certificate(at.account(), path, name));
        Ok(tag::asked(Asks::on(made), input.tags.as_deref(), "iam:TagServerCertificate"))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let private_key = Secret::new(input.private_key);
        let tags = tag::checked(input.tags.unwrap_or_default())?;
        if cx.get::<ServerCertificate>(&folded(&input.server_certificate_name))?.is_some() {
            return Err(name_taken(&input.server_certificate_name));
        }
        let chain = input.certificate_chain;
        let expires = checked(&input.certificate_body, chain.as_deref(), &private_key, cx.now())?;
        cx.count_up(&Counter::ServerCertificates, quotas::SERVER_CERTIFICATES)
            .map_err(|limit| faults::over_quota("ServerCertificatesPerAccount", limit))?;
        let held = ServerCertificate {
            account: cx.account(),
            id: mint_id(IdKind::ServerCertificate, cx.account(), cx.chance()),
            name: input.server_certificate_name,
            path: input.path.unwrap_or_else(|| "/".to_owned()),
            body: input.certificate_body,
            chain,
            private_key,
            uploaded: cx.now().whole_second(),
            expires,
            tags,
        };
        cx.put(&held)?;
        Ok(shapes::UploadServerCertificateResponse {
            server_certificate_metadata: Some(metadata(&held)),
            tags: tag::shapes(&held.tags),
        })
    }
}

/// When the certificate ends, if it is good now, has this key and was signed by this chain.
fn checked(
    body: &str,
    chain: Option<&str>,
    private_key: &Secret<String>,
    now: Timestamp,
) -> Result<Timestamp, Fault> {
    let malformed = |message: &str| Fault::new(&errors::MALFORMED_CERTIFICATE, message);
    let unreadable = "Unable to parse certificate. Please ensure the certificate is in PEM format.";
    let leaf = Certificate::from_pem(body).ok_or_else(|| malformed(unreadable))?;
    let key = PrivateKey::from_pem(private_key.expose());
    let key = key.ok_or_else(|| malformed("Invalid Private Key."))?;
    if !leaf.has_key(&key) {
        let message = "The private key did not match the public key provided. Please verify the \
            key material and try again.";
        return Err(Fault::new(&errors::KEY_PAIR_MISMATCH, message));
    }
    match leaf.validity(now) {
        Validity::Now => {}
        Validity::NoLonger => return Err(faults::certificate_has_expired()),
        Validity::NotYet => {
            return Err(malformed(
                "Certificate is not yet valid. The 'Not Before' date restriction on the \
                 certificate has not passed.",
            ));
        }
    }
    if let Some(chain) = chain {
        let chain = Certificate::all_from_pem(chain).filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| malformed(unreadable))?;
        if let Some(at) = first_unsigned(&leaf, &chain) {
            return Err(malformed(&format!(
                "Unable to validate certificate chain. The certificate chain must start with the \
                 immediate signing certificate, followed by any intermediaries in order. The \
                 index within the chain of the invalid certificate is: {at}"
            )));
        }
    }
    Ok(leaf.not_after())
}

/// The index in the chain of the first certificate that the next one has not signed; the leaf
/// stands before the chain, at −1. The last certificate's issuer need not be there.
fn first_unsigned(leaf: &Certificate, chain: &[Certificate]) -> Option<i64> {
    let signed = [leaf].into_iter().chain(chain);
    (-1..).zip(signed.zip(chain)).find(|(_, (it, by))| !it.is_signed_by(by)).map(|(at, _)| at)
}

impl Handle for GetServerCertificate {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(target(at, &input.server_certificate_name)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let held = find(cx, &input.server_certificate_name)?;
        Ok(shapes::GetServerCertificateResponse {
            server_certificate: shapes::ServerCertificate {
                server_certificate_metadata: metadata(&held),
                certificate_body: held.body.clone(),
                certificate_chain: held.chain.clone(),
                tags: tag::shapes(&held.tags),
            },
        })
    }
}

impl Handle for ListServerCertificates {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let path = input.path_prefix.as_deref().unwrap_or("/");
        let shown = arn::server_certificate(at.account(), path, "");
        Ok(Asks::on(Target { shown, ..Target::any() }))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let prefix = input.path_prefix.as_deref();
        let found = page::by_path(cx, &page, prefix, |held| Ok(metadata(&held)))?;
        Ok(shapes::ListServerCertificatesResponse {
            server_certificate_metadata_list: found.items,
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for UpdateServerCertificate {
    /// Asked twice, for the certificate as it is and as it would be.
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let name = &input.server_certificate_name;
        let target = target(at, name)?;
        let held = at.view().entity::<ServerCertificate>(at.account(), &folded(name))?;
        let (path, name) = held
            .as_ref()
            .map_or(("/", name.as_str()), |held| (held.path.as_str(), held.name.as_str()));
        let path = input.new_path.as_deref().unwrap_or(path);
        let name = input.new_server_certificate_name.as_deref().unwrap_or(name);
        let moved = target.moved(arn::server_certificate(at.account(), path, name));
        Ok(Asks::on(target).and_on(moved))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let before = find(cx, &input.server_certificate_name)?;
        let mut held = before.clone();
        if let Some(path) = input.new_path {
            held.path = path;
        }
        if let Some(name) = input.new_server_certificate_name {
            let moved = folded(&name) != folded(&held.name);
            if moved && cx.get::<ServerCertificate>(&folded(&name))?.is_some() {
                return Err(name_taken(&name));
            }
            held.name = name;
        }
        cx.replace(&before, &held)?;
        Ok(Empty)
    }
}

impl Handle for DeleteServerCertificate {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(target(at, &input.server_certificate_name)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let held = find(cx, &input.server_certificate_name)?;
        cx.count_down(&Counter::ServerCertificates);
        cx.delete(&held);
        Ok(Empty)
    }
}

impl Tagged for ServerCertificate {
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

fn metadata(held: &ServerCertificate) -> shapes::ServerCertificateMetadata {
    shapes::ServerCertificateMetadata {
        path: held.path.clone(),
        server_certificate_name: held.name.clone(),
        server_certificate_id: held.id.to_string(),
        arn: held.arn(),
        upload_date: Some(held.uploaded),
        expiration: Some(held.expires),
    }
}
