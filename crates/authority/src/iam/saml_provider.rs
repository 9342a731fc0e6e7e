//! SAML providers: create, read, list, update, delete, private keys.
//!
//! A private key is checked and kept sealed; answers show its id and when it came, no more.
//!
//! Source: IAM User Guide, "Create a SAML identity provider in IAM".

use api::iam::operations::{
    CreateSAMLProvider, DeleteSAMLProvider, GetSAMLProvider, ListSAMLProviders, UpdateSAMLProvider,
};
use api::iam::shapes;
use api::{Empty, Fault, Operation};
use data_encoding::BASE32_NOPAD;
use names::{Chance, Secret, Timestamp};

use super::certificate::PrivateKey;
use super::page;
use super::saml_metadata::Metadata;
use super::tag::Tagged;
use super::target::Target;
use super::{arn, faults, managed, quotas, tag};
use crate::counter::Counter;
use crate::entity::{AssertionEncryption, Index, SamlPrivateKey, SamlProvider, Tag};
use crate::handle::{Asking, Asks, Granted, Handle};

fn target(at: &Asking<'_>, provider_arn: &str) -> Result<Target, Fault> {
    let found = match SamlProvider::key_of(at.account(), provider_arn) {
        Some(key) => at.view().entity::<SamlProvider>(at.account(), key)?,
        None => None,
    };
    let tags = found.map(|found| found.tags).unwrap_or_default();
    Ok(Target { tags, ..Target::made(provider_arn.to_owned()) })
}

/// The account's provider of this ARN; what is no ARN, or one of something else, is another fault.
fn find<O>(cx: &mut Granted<'_, O>, provider_arn: &str) -> Result<SamlProvider, Fault> {
    if !managed::parsed(provider_arn)?.resource.starts_with("saml-provider/") {
        return Err(faults::invalid_input(format!("ARN {provider_arn} is not valid.")));
    }
    let found = match SamlProvider::key_of(cx.account(), provider_arn) {
        Some(key) => cx.get::<SamlProvider>(key)?.filter(|found| found.arn() == provider_arn),
        None => None,
    };
    found.ok_or_else(|| faults::not_found(format!("Manifest not found for arn {provider_arn}")))
}

/// Until when the metadata is good: a hundred years where it does not say.
fn read_metadata(text: &str, now: Timestamp) -> Result<Timestamp, Fault> {
    const CENTURY: i64 = 100 * 365 * 24 * 60 * 60;
    let read = Metadata::read(text);
    let read = read.ok_or_else(|| faults::invalid_input("Could not parse metadata"))?;
    Ok(read.valid_until.unwrap_or_else(|| now.whole_second().plus_seconds(CENTURY)))
}

/// What AWS's ids of SAML providers and their keys are made of: 32 capital letters and digits.
fn mint_id(chance: &dyn Chance) -> String {
    let mut random = [0; 20];
    chance.fill(&mut random);
    BASE32_NOPAD.encode(&random)
}

fn add_key<O>(
    cx: &Granted<'_, O>,
    keys: &mut Vec<SamlPrivateKey>,
    pem: Secret<String>,
) -> Result<(), Fault> {
    if !PrivateKey::from_pem(pem.expose()).is_some_and(|key| key.is_rsa()) {
        return Err(faults::invalid_input("Invalid private key."));
    }
    if keys.len() >= quotas::PRIVATE_KEYS_PER_SAML_PROVIDER {
        let limit = quotas::PRIVATE_KEYS_PER_SAML_PROVIDER;
        return Err(faults::over_quota("PrivateKeysPerSAMLProvider", limit));
    }
    let added = cx.now().whole_second();
    keys.push(SamlPrivateKey { id: mint_id(cx.chance()), pem, added });
    Ok(())
}

fn encryption(mode: shapes::AssertionEncryptionModeType) -> AssertionEncryption {
    match mode {
        shapes::AssertionEncryptionModeType::Required => AssertionEncryption::Required,
        shapes::AssertionEncryptionModeType::Allowed => AssertionEncryption::Allowed,
    }
}

impl Handle for CreateSAMLProvider {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        let made = arn::at_root_path(at.account(), "saml-provider", &input.name);
        let asks = Asks::on(Target::made(made));
        Ok(tag::asked(asks, input.tags.as_deref(), "iam:TagSAMLProvider"))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let pem = input.add_private_key.map(Secret::new);
        if input.context_provider.is_some() || input.identity_center_instance_arn.is_some() {
            return Err(faults::no_identity_center());
        }
        let tags = tag::checked(input.tags.unwrap_or_default())?;
        let valid_until = read_metadata(&input.saml_metadata_document, cx.now())?;
        if cx.get::<SamlProvider>(&input.name)?.is_some() {
            let name = &input.name;
            return Err(faults::exists(format!("SAMLProvider with name {name} already exists.")));
        }
        let mut private_keys = Vec::new();
        if let Some(pem) = pem {
            add_key(cx, &mut private_keys, pem)?;
        }
        cx.count_up(&Counter::SamlProviders, quotas::SAML_PROVIDERS)
            .map_err(|limit| faults::over_quota("SAMLProvidersPerAccount", limit))?;
        let provider = SamlProvider {
            account: cx.account(),
            name: input.name,
            id: mint_id(cx.chance()),
            metadata: input.saml_metadata_document,
            created: cx.now().whole_second(),
            valid_until,
            encryption: input.assertion_encryption_mode.map(encryption),
            private_keys,
            tags,
        };
        cx.put(&provider)?;
        Ok(shapes::CreateSAMLProviderResponse {
            saml_provider_arn: Some(provider.arn()),
            tags: tag::shapes(&provider.tags),
        })
    }
}

impl Handle for GetSAMLProvider {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(target(at, &input.saml_provider_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        use shapes::AssertionEncryptionModeType as Mode;
        let provider = find(cx, &input.saml_provider_arn)?;
        let key = |key: &SamlPrivateKey| shapes::SAMLPrivateKey {
            key_id: Some(key.id.clone()),
            timestamp: Some(key.added),
        };
        let keys: Vec<_> = provider.private_keys.iter().map(key).collect();
        Ok(shapes::GetSAMLProviderResponse {
            saml_provider_uuid: Some(provider.id),
            saml_metadata_document: Some(provider.metadata),
            create_date: Some(provider.created),
            valid_until: Some(provider.valid_until),
            tags: tag::shapes(&provider.tags),
            assertion_encryption_mode: provider.encryption.map(|mode| match mode {
                AssertionEncryption::Required => Mode::Required,
                AssertionEncryption::Allowed => Mode::Allowed,
            }),
            private_key_list: (!keys.is_empty()).then_some(keys),
            ..shapes::GetSAMLProviderResponse::default()
        })
    }
}

impl Handle for ListSAMLProviders {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    /// All at once: an account has no more of them than fit an answer.
    fn run(cx: &mut Granted<'_, Self>, _: Self::Input) -> Result<Self::Output, Fault> {
        let most = usize::try_from(quotas::SAML_PROVIDERS).unwrap_or(usize::MAX);
        let mut list = Vec::new();
        for row in cx.view().scan(Index::SamlProvider, cx.account(), b"", None, most)? {
            let name = page::last_part(&row.key);
            let found = cx.view().entity::<SamlProvider>(cx.account(), name)?;
            list.extend(found.map(|provider| shapes::SAMLProviderListEntry {
                arn: Some(provider.arn()),
                valid_until: Some(provider.valid_until),
                create_date: Some(provider.created),
                is_trusted_identity_propagation_enabled: Some(false),
            }));
        }
        Ok(shapes::ListSAMLProvidersResponse { saml_provider_list: Some(list) })
    }
}

impl Handle for UpdateSAMLProvider {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(target(at, &input.saml_provider_arn)?))
    }

    /// A key is removed before one is added, so that two can be exchanged for two.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let pem = input.add_private_key.map(Secret::new);
        let wants_context = input.context_provider.is_some()
            || input.identity_center_instance_arn.is_some()
            || input.remove_context_provider == Some(true)
            || input.remove_identity_center_instance == Some(true);
        if wants_context {
            return Err(faults::no_identity_center());
        }
        let mut provider = find(cx, &input.saml_provider_arn)?;
        if let Some(document) = input.saml_metadata_document {
            provider.valid_until = read_metadata(&document, cx.now())?;
            provider.metadata = document;
        }
        if let Some(mode) = input.assertion_encryption_mode {
            provider.encryption = Some(encryption(mode));
        }
        if let Some(id) = input.remove_private_key {
            let at = provider.private_keys.iter().position(|key| key.id == id);
            let missing = || faults::not_found(format!("Private key {id} cannot be found."));
            provider.private_keys.remove(at.ok_or_else(missing)?);
        }
        if let Some(pem) = pem {
            add_key(cx, &mut provider.private_keys, pem)?;
        }
        cx.put(&provider)?;
        Ok(shapes::UpdateSAMLProviderResponse { saml_provider_arn: Some(provider.arn()) })
    }
}

impl Handle for DeleteSAMLProvider {
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on(target(at, &input.saml_provider_arn)?))
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let provider = find(cx, &input.saml_provider_arn)?;
        cx.count_down(&Counter::SamlProviders);
        cx.delete(&provider);
        Ok(Empty)
    }
}

impl Tagged for SamlProvider {
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
