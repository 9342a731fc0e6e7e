//! SSH public keys of users: upload, read in either form, list, make inactive, delete.
//!
//! Source: IAM User Guide, "Use SSH keys with CodeCommit".

use api::iam::operations::{
    DeleteSSHPublicKey, GetSSHPublicKey, ListSSHPublicKeys, UpdateSSHPublicKey, UploadSSHPublicKey,
};
use api::iam::{errors, shapes};
use api::{Empty, Fault};
use data_encoding::BASE64;
use names::{IdKind, mint_id};

use super::page::{self, Page};
use super::rsa_public_key::{NoKey, RsaPublicKey};
use super::target::Target;
use super::{faults, quotas, status};
use crate::entity::{KeyStatus, SshPublicKey, User};
use crate::handle::{Asking, Asks, Granted, Handle};

impl Handle for UploadSSHPublicKey {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    /// The answer has the body as it came, with its comment; it is not kept so.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut user = cx.user(&input.user_name)?;
        let key = RsaPublicKey::from_text(&input.ssh_public_key_body).map_err(refused)?;
        let wire = BASE64.encode(key.wire());
        if user.ssh_keys.iter().any(|held| held.wire == wire) {
            let message = "Duplicate SSH public key uploaded.";
            return Err(Fault::new(&errors::DUPLICATE_SSH_PUBLIC_KEY, message));
        }
        if user.ssh_keys.len() >= quotas::SSH_PUBLIC_KEYS_PER_USER {
            let limit = quotas::SSH_PUBLIC_KEYS_PER_USER;
            return Err(faults::over_quota("SSHPublicKeysPerUser", limit));
        }
        let held = SshPublicKey {
            id: mint_id(IdKind::PublicKey, cx.account(), cx.chance()),
            wire,
            status: KeyStatus::Active,
            uploaded: cx.now().whole_second(),
        };
        let shape = shape(&user, &held, &key, input.ssh_public_key_body);
        user.ssh_keys.push(held);
        cx.put(&user)?;
        Ok(shapes::UploadSSHPublicKeyResponse { ssh_public_key: Some(shape) })
    }
}

fn refused(reason: NoKey) -> Fault {
    match reason {
        NoKey::UnknownEncoding => {
            let message = "Invalid public key uploaded.";
            Fault::new(&errors::UNRECOGNIZED_PUBLIC_KEY_ENCODING, message)
        }
        NoKey::Malformed => Fault::new(&errors::INVALID_PUBLIC_KEY, "Invalid body for public key"),
    }
}

impl Handle for GetSSHPublicKey {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let user = cx.user(&input.user_name)?;
        let id = &input.ssh_public_key_id;
        let held = user.ssh_keys.iter().find(|key| key.id.as_str() == id);
        let held = held.ok_or_else(|| no_such_key(id))?;
        let wire = BASE64.decode(held.wire.as_bytes()).unwrap_or_default();
        let key = RsaPublicKey::from_wire(&wire).ok_or_else(crate::fault::internal)?;
        let body = match input.encoding {
            shapes::EncodingType::Ssh => key.to_ssh(),
            shapes::EncodingType::Pem => key.to_pem().ok_or_else(crate::fault::internal)?,
        };
        let shape = shape(&user, held, &key, body);
        Ok(shapes::GetSSHPublicKeyResponse { ssh_public_key: Some(shape) })
    }
}

impl Handle for ListSSHPublicKeys {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, input.user_name.as_deref())?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let user = cx.named_or_calling_user(input.user_name.as_deref())?;
        let found = page::of_slice(&page, &user.ssh_keys)?;
        let metadata = |key: &SshPublicKey| shapes::SSHPublicKeyMetadata {
            user_name: user.name.clone(),
            ssh_public_key_id: key.id.to_string(),
            status: status::shape(key.status),
            upload_date: key.uploaded,
        };
        Ok(shapes::ListSSHPublicKeysResponse {
            ssh_public_keys: Some(found.items.iter().map(metadata).collect()),
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for UpdateSSHPublicKey {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let status = status::wanted(input.status)?;
        let mut user = cx.user(&input.user_name)?;
        let id = &input.ssh_public_key_id;
        match user.ssh_keys.iter_mut().find(|key| key.id.as_str() == id) {
            Some(key) => key.status = status,
            None => return Err(no_such_key(id)),
        }
        cx.put(&user)?;
        Ok(Empty)
    }
}

impl Handle for DeleteSSHPublicKey {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(Target::user(at, Some(&input.user_name))?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut user = cx.user(&input.user_name)?;
        let id = &input.ssh_public_key_id;
        let at = user.ssh_keys.iter().position(|key| key.id.as_str() == id);
        user.ssh_keys.remove(at.ok_or_else(|| no_such_key(id))?);
        cx.put(&user)?;
        Ok(Empty)
    }
}

fn no_such_key(id: &str) -> Fault {
    faults::not_found(format!("User has no Public Key with id {id}."))
}

fn shape(
    user: &User,
    held: &SshPublicKey,
    key: &RsaPublicKey,
    body: String,
) -> shapes::SSHPublicKey {
    shapes::SSHPublicKey {
        user_name: user.name.clone(),
        ssh_public_key_id: held.id.to_string(),
        fingerprint: key.fingerprint(),
        ssh_public_key_body: body,
        status: status::shape(held.status),
        upload_date: Some(held.uploaded),
    }
}
