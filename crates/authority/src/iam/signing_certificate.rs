//! Signing certificates of users and of root: upload, list, make inactive, delete.
//!
//! A certificate has one holder in an account. Its private key never comes here.

use api::iam::operations::{
    DeleteSigningCertificate, ListSigningCertificates, UpdateSigningCertificate,
    UploadSigningCertificate,
};
use api::iam::{errors, shapes};
use api::{Empty, Fault, Operation};

use super::certificate::{Certificate, Validity};
use super::page::{self, Page};
use super::target::Target;
use super::{faults, quotas, status};
use crate::entity::{Account, Index, KeyStatus, SigningCertificate, User};
use crate::handle::{Asking, Asks, Granted, Handle};

/// The document that holds the certificates: a user's, or the account's for root.
enum Holder {
    User(User),
    Root(Account),
}

impl Holder {
    /// The named user, or whoever calls.
    fn of<O>(cx: &mut Granted<'_, O>, user_name: Option<&str>) -> Result<Self, Fault> {
        match user_name.or(cx.caller().user_name()).map(str::to_owned) {
            Some(name) => cx.user(&name).map(Self::User),
            None => cx.caller_account().map(Self::Root),
        }
    }

    fn certificates(&self) -> &Vec<SigningCertificate> {
        match self {
            Self::User(user) => &user.signing_certificates,
            Self::Root(account) => &account.root.signing_certificates,
        }
    }

    fn certificates_mut(&mut self) -> &mut Vec<SigningCertificate> {
        match self {
            Self::User(user) => &mut user.signing_certificates,
            Self::Root(account) => &mut account.root.signing_certificates,
        }
    }

    /// The user's name; root has none.
    fn name(&self) -> &str {
        match self {
            Self::User(user) => &user.name,
            Self::Root(_) => "",
        }
    }

    fn position(&self, id: &str) -> Result<usize, Fault> {
        let found = self.certificates().iter().position(|held| held.id == id);
        found.ok_or_else(|| no_such_certificate(id))
    }

    fn save<O>(&self, cx: &mut Granted<'_, O>) -> Result<(), Fault> {
        match self {
            Self::User(user) => cx.put(user),
            Self::Root(account) => cx.put(account),
        }
    }

    fn shape(&self, held: &SigningCertificate) -> shapes::SigningCertificate {
        shapes::SigningCertificate {
            user_name: self.name().to_owned(),
            certificate_id: held.id.clone(),
            certificate_body: held.body.clone(),
            status: status::shape(held.status),
            upload_date: Some(held.uploaded),
        }
    }
}

impl Handle for UploadSigningCertificate {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    /// Who uploads a certificate again is answered what there is.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut holder = Holder::of(cx, input.user_name.as_deref())?;
        let id = checked(cx, &input.certificate_body)?.id();
        if let Some(held) = holder.certificates().iter().find(|held| held.id == id) {
            let certificate = holder.shape(held);
            return Ok(shapes::UploadSigningCertificateResponse { certificate });
        }
        if cx.view().lookup_in(Index::SigningCertificate, cx.account(), &[&id])?.is_some() {
            let message = "Duplicate certificate uploaded.";
            return Err(Fault::new(&errors::DUPLICATE_CERTIFICATE, message));
        }
        if holder.certificates().len() >= quotas::SIGNING_CERTIFICATES_PER_USER {
            let limit = quotas::SIGNING_CERTIFICATES_PER_USER;
            return Err(faults::over_quota("CertificatesPerUser", limit));
        }
        let held = SigningCertificate {
            id,
            body: input.certificate_body,
            status: KeyStatus::Active,
            uploaded: cx.now().whole_second(),
        };
        let (account, certificate) = (cx.account(), holder.shape(&held));
        cx.desk().must_stay_absent(held.row(account, ""));
        holder.certificates_mut().push(held);
        holder.save(cx)?;
        Ok(shapes::UploadSigningCertificateResponse { certificate })
    }
}

/// The certificate of this body, if it is one and good now.
fn checked<O: Operation>(cx: &Granted<'_, O>, body: &str) -> Result<Certificate, Fault> {
    let Some(certificate) = Certificate::from_pem(body) else {
        let line = body.trim().lines().next().unwrap_or_default();
        let message = format!("Certificate {line} is malformed.");
        return Err(Fault::new(&errors::MALFORMED_CERTIFICATE, message));
    };
    match certificate.validity(cx.now()) {
        Validity::Now => Ok(certificate),
        Validity::NoLonger => Err(faults::certificate_has_expired()),
        Validity::NotYet => {
            let message = "Certificate is not yet valid. The 'Not Before' date restriction on \
                the certificate has not passed.";
            Err(Fault::new(&errors::INVALID_CERTIFICATE, message))
        }
    }
}

impl Handle for ListSigningCertificates {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let holder = Holder::of(cx, input.user_name.as_deref())?;
        let found = page::of_slice(&page, holder.certificates())?;
        Ok(shapes::ListSigningCertificatesResponse {
            certificates: found.items.iter().map(|held| holder.shape(held)).collect(),
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for UpdateSigningCertificate {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let status = status::wanted(input.status)?;
        let mut holder = Holder::of(cx, input.user_name.as_deref())?;
        let at = holder.position(&input.certificate_id)?;
        if let Some(held) = holder.certificates_mut().get_mut(at) {
            held.status = status;
        }
        holder.save(cx)?;
        Ok(Empty)
    }
}

impl Handle for DeleteSigningCertificate {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut holder = Holder::of(cx, input.user_name.as_deref())?;
        let at = holder.position(&input.certificate_id)?;
        holder.certificates_mut().remove(at);
        holder.save(cx)?;
        Ok(Empty)
    }
}

fn no_such_certificate(id: &str) -> Fault {
    faults::not_found(format!("The Certificate with id {id} cannot be found."))
}
