//! Opening and making stores, for all commands alike.

use std::path::Path;
use std::sync::Arc;

use authority::Authority;
use authority::bootstrap::{self, BootstrapError, NewAccount, RootKeyPair};
use names::{AccountId, Secret};
use server::{SystemChance, SystemClock};
use store::{Store, StoreError};
use vault::RootKey;

use crate::config::{Settled, environment};
use crate::failure::Failure;
use crate::files;

/// Opens the store of a place.
pub(crate) fn open(place: &Settled) -> Result<Authority, Failure> {
    if !Store::exists(&place.data_dir) {
        return Err(of_store(StoreError::Missing(place.data_dir.clone()), place));
    }
    let root = root_key(&place.root_key_file)?;
    let store = Store::open(&place.data_dir, &root, Arc::new(SystemChance));
    authority(store.map_err(|error| of_store(error, place))?, place)
}

fn authority(store: Store, place: &Settled) -> Result<Authority, Failure> {
    Authority::new(Arc::new(store), Arc::new(SystemClock), Arc::new(SystemChance))
        .map_err(|error| of_store(error, place))
}

/// Reads a root key file.
pub(crate) fn root_key(path: &Path) -> Result<RootKey, Failure> {
    if !path.exists() {
        return Err(Failure::new(format!("there is no root key file {}", path.display()))
            .hint("name it with --root-key-file; without it the data cannot be opened"));
    }
    let text = Secret::new(files::read_secret(path)?);
    RootKey::from_text(text.expose()).map_err(|error| {
        Failure::new(format!("{} cannot be used", path.display()))
            .because(error)
            .hint("restore it from its backup; if no store was ever made with it, remove it")
    })
}

/// Makes a store, its root key file and its first account.
///
/// An existing store with an account is an error and nothing is changed; one without is what an
/// attempt that was cut short has left, and is made whole. An existing root key file is used.
pub(crate) fn create(
    place: &Settled,
    account: Option<AccountId>,
) -> Result<(Authority, NewAccount), Failure> {
    match open_or_create(place, account)? {
        (authority, Some(made)) => Ok((authority, made)),
        (_, None) => {
            let what = format!("{} is initialised already", place.data_dir.display());
            Err(Failure::new(what).hint(
                "`keywright serve` serves it; nothing was changed. If root's access key is lost or \
                 was never shown, `keywright account reset-root-key` makes a new one",
            ))
        }
    }
}

/// Opens a store. What is missing of store, root key file and first account is made, and the
/// account is given back if it was.
pub(crate) fn open_or_create(
    place: &Settled,
    account: Option<AccountId>,
) -> Result<(Authority, Option<NewAccount>), Failure> {
    if !Store::exists(&place.data_dir) {
        let (authority, made) = create_store(place, account)?;
        return Ok((authority, Some(made)));
    }
    let authority = open(place)?;
    let accounts = bootstrap::list_accounts(&authority);
    if !accounts.map_err(|error| of_bootstrap(&error))?.is_empty() {
        return Ok((authority, None));
    }
    let (authority, made) = with_account(authority, account, pair_from_environment()?)?;
    Ok((authority, Some(made)))
}

fn create_store(
    place: &Settled,
    account: Option<AccountId>,
) -> Result<(Authority, NewAccount), Failure> {
    refuse_key_in_data(place)?;
    let pair = pair_from_environment()?;
    let made_key = !place.root_key_file.exists();
    let root = if made_key {
        let root = RootKey::generate(&SystemChance);
        files::create_secret(&place.root_key_file, root.to_text().expose())?;
        root
    } else {
        files::remove_unfinished(&place.root_key_file);
        root_key(&place.root_key_file)?
    };
    let made = make(place, &root, account, pair);
    if made.is_err() && made_key && !Store::exists(&place.data_dir) {
        files::remove(&place.root_key_file);
    }
    made
}

fn make(
    place: &Settled,
    root: &RootKey,
    account: Option<AccountId>,
    pair: Option<RootKeyPair>,
) -> Result<(Authority, NewAccount), Failure> {
    if let Some(pair) = &pair {
        bootstrap::check_pair(pair).map_err(|error| of_bootstrap(&error))?;
    }
    let store = Store::create(&place.data_dir, root, Arc::new(SystemChance));
    let authority = authority(store.map_err(|error| of_store(error, place))?, place)?;
    with_account(authority, account, pair)
}

fn with_account(
    authority: Authority,
    account: Option<AccountId>,
    pair: Option<RootKeyPair>,
) -> Result<(Authority, NewAccount), Failure> {
    let account = bootstrap::create_account(&authority, account, pair);
    let account = account.map_err(|error| of_bootstrap(&error))?;
    Ok((authority.with_home(account.account), account))
}

/// The key that seals must not lie with what it seals.
fn refuse_key_in_data(place: &Settled) -> Result<(), Failure> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if absolute(&place.root_key_file).starts_with(absolute(&place.data_dir)) {
        let what = "the root key file must not lie in the data directory";
        return Err(Failure::new(what).hint(
            "a copy of the data would carry its key; name another place with --root-key-file",
        ));
    }
    Ok(())
}

/// The root key pair that automation brings: both variables or none.
fn pair_from_environment() -> Result<Option<RootKeyPair>, Failure> {
    let id = environment("KEYWRIGHT_ROOT_ACCESS_KEY_ID");
    let secret = environment("KEYWRIGHT_ROOT_SECRET_ACCESS_KEY").map(Secret::new);
    match (id, secret) {
        (None, None) => Ok(None),
        (Some(access_key_id), Some(secret_access_key)) => {
            Ok(Some(RootKeyPair { access_key_id, secret_access_key }))
        }
        _ => Err(Failure::new("only one half of the root access key is given").hint(
            "set KEYWRIGHT_ROOT_ACCESS_KEY_ID and KEYWRIGHT_ROOT_SECRET_ACCESS_KEY, or neither",
        )),
    }
}

/// A bootstrap error with what to do about it.
pub(crate) fn of_bootstrap(error: &BootstrapError) -> Failure {
    let failure = Failure::new(error.to_string());
    match error {
        BootstrapError::NoSuchAccount(_) => failure.hint("`keywright account list` lists all"),
        BootstrapError::BadAccessKeyId | BootstrapError::WeakSecret => {
            failure.hint("leave both variables away, and a strong pair is made and printed once")
        }
        BootstrapError::LastPolicy => failure.hint(
            "without any nothing would be allowed; attach another one first, or detach the policies \
             that deny, and the level is gone",
        ),
        BootstrapError::BadPolicy(_) => failure.hint(
            "5120 characters at most; a resource control policy only denies, to the principal \"*\"; \
             `keywright policy check --type scp` or rcp checks it without a server",
        ),
        _ => failure,
    }
}

/// A store error with what to do about it.
pub(crate) fn of_store(error: StoreError, place: &Settled) -> Failure {
    let hint = hint_of(&error, place);
    let failure = match error {
        StoreError::Copy { to, cause } => {
            Failure::new(format!("cannot copy the store to {}", to.display())).because(*cause)
        }
        error => Failure::new(format!("cannot use the store in {}", place.data_dir.display()))
            .because(error),
    };
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn hint_of(error: &StoreError, place: &Settled) -> Option<String> {
    match error {
        StoreError::Copy { cause, .. } => match **cause {
            StoreError::Exists(_) | StoreError::NotEmpty(_) => {
                Some("name an empty or missing directory; nothing was changed".to_owned())
            }
            _ => None,
        },
        StoreError::Missing(_) => Some("`keywright init` makes one".to_owned()),
        StoreError::InUse(_) => {
            Some("stop the other server, or name another --data-dir".to_owned())
        }
        StoreError::WrongRootKey => Some(format!(
            "{} belongs to other data; name the right file with --root-key-file",
            place.root_key_file.display()
        )),
        StoreError::Tampered(_) => {
            Some("`keywright check` lists what is wrong; restore a backup".to_owned())
        }
        StoreError::NewerFormat { .. } => Some("use a newer keywright".to_owned()),
        StoreError::NotAStore => Some(format!(
            "if it was being made and root's access key was never shown, nothing is lost: empty {} \
             and begin again; otherwise restore a backup",
            place.data_dir.display()
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::File;

    /// Between the making of a store and that of its account there is a moment.
    #[test]
    fn a_store_without_an_account_is_made_whole() {
        let dir = tempfile::tempdir().unwrap();
        let place = Settled {
            data_dir: dir.path().join("data"),
            root_key_file: dir.path().join("root.key"),
            file: File::default(),
        };
        let root = RootKey::generate(&SystemChance);
        files::create_secret(&place.root_key_file, root.to_text().expose()).unwrap();
        drop(Store::create(&place.data_dir, &root, Arc::new(SystemChance)).unwrap());
        let wanted: AccountId = "123456789012".parse().unwrap();
        let (authority, made) = open_or_create(&place, Some(wanted)).unwrap();
        assert_eq!(made.unwrap().account, wanted);
        authority.store().close();
        drop(authority);
        let (authority, made) = open_or_create(&place, None).unwrap();
        assert!(made.is_none());
        assert_eq!(bootstrap::list_accounts(&authority).unwrap(), [wanted]);
        drop(authority);
        let again = create(&place, None).unwrap_err();
        assert!(again.what.ends_with("is initialised already"), "{again:?}");
    }

    #[test]
    fn a_secret_file_is_made_once_and_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("inner/key");
        files::create_secret(&path, "first").unwrap();
        assert!(files::create_secret(&path, "second").is_err());
        assert_eq!(files::read_secret(&path).ok().unwrap(), "first");
        assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 1);
    }
}
