//! The account's alias and summary.

use api::iam::operations::{
    CreateAccountAlias, DeleteAccountAlias, GetAccountSummary, ListAccountAliases,
};
use api::iam::shapes;
use api::{Empty, Fault};

use super::page::{self, Page};
use super::{faults, quotas};
use crate::counter::Counter;
use crate::entity::Index;
use crate::handle::{Asking, Asks, Granted, Handle};

impl Handle for CreateAccountAlias {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    /// An alias that the account has already is replaced without a word.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let alias = input.account_alias;
        if alias.len() == 12 && alias.bytes().all(|b| b.is_ascii_digit()) {
            return Err(faults::invalid_input(format!(
                "The account alias {alias} is invalid. It must not be a 12-digit number."
            )));
        }
        if cx.view().lookup(Index::Alias, &[&alias])?.is_some() {
            return Err(faults::alias_exists(&alias));
        }
        let mut account = cx.caller_account()?;
        cx.desk().must_stay_absent(Index::alias(&alias, ""));
        account.alias = Some(alias);
        cx.put(&account)?;
        Ok(Empty)
    }
}

impl Handle for DeleteAccountAlias {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut account = cx.caller_account()?;
        if account.alias.as_deref() != Some(&input.account_alias) {
            return Err(faults::no_such_alias(&input.account_alias));
        }
        account.alias = None;
        cx.put(&account)?;
        Ok(Empty)
    }
}

impl Handle for ListAccountAliases {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let page = Page::of(cx, input.marker.as_deref(), input.max_items)?;
        let account = cx.caller_account()?;
        let aliases: Vec<String> = account.alias.into_iter().collect();
        let found = page::of_slice(&page, &aliases)?;
        Ok(shapes::ListAccountAliasesResponse {
            account_aliases: found.items,
            is_truncated: Some(found.marker.is_some()),
            marker: found.marker,
        })
    }
}

impl Handle for GetAccountSummary {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, _: Self::Input) -> Result<Self::Output, Fault> {
        use shapes::SummaryKeyType as Key;
        let account = cx.caller_account()?;
        let counted = |counter| Ok::<_, Fault>(clamped(cx.count(&counter)?));
        let mut summary: Vec<(Key, i32)> = LIMITS.to_vec();
        summary.extend([
            (Key::AccountAccessKeysPresent, i32::from(!account.root.keys.is_empty())),
            (Key::Users, counted(Counter::Users)?),
            (Key::RolesQuota, clamped(account.roles_max())),
            (Key::UsersQuota, clamped(account.users_max())),
            (Key::Groups, counted(Counter::Groups)?),
            (Key::Roles, counted(Counter::Roles)?),
            (Key::InstanceProfiles, counted(Counter::InstanceProfiles)?),
            (Key::Policies, counted(Counter::Policies)?),
            (Key::AccountMFAEnabled, i32::from(!account.root.mfa.is_empty())),
            (Key::MFADevices, counted(Counter::MfaDevices)?),
            (Key::MFADevicesInUse, counted(Counter::MfaDevicesInUse)?),
            (Key::PolicyVersionsInUse, clamped(policies_in_use(cx)?)),
        ]);
        let signing = !account.root.signing_certificates.is_empty();
        let providers = cx.count(&Counter::OidcProviders)? + cx.count(&Counter::SamlProviders)?;
        let token_version = 1 + i32::from(account.settings.global_tokens_of_version_2);
        summary.extend([
            (Key::AccountSigningCertificatesPresent, i32::from(signing)),
            (Key::GlobalEndpointTokenVersion, token_version),
            (Key::Providers, clamped(providers)),
            (Key::ServerCertificates, counted(Counter::ServerCertificates)?),
        ]);
        summary.extend(NOTHING_YET.map(|key| (key, 0)));
        Ok(shapes::GetAccountSummaryResponse { summary_map: Some(summary.into_iter().collect()) })
    }
}

fn clamped(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Distinct managed policies that are attached to something.
///
/// Hops from one policy's rows to the next one's: as many steps as there are policies in use.
fn policies_in_use<O>(cx: &Granted<'_, O>) -> Result<u64, Fault> {
    let (mut found, mut after) = (0, Vec::new());
    loop {
        let rows = cx.view().scan(Index::PolicyAttachment, cx.account(), b"", Some(&after), 1)?;
        let Some(row) = rows.first() else { return Ok(found) };
        let arn = row.key.split(|byte| *byte == 0).next().unwrap_or_default();
        after = [arn, b"\x01"].concat();
        found += 1;
    }
}

const LIMITS: [(shapes::SummaryKeyType, i32); 17] = {
    use shapes::SummaryKeyType as Key;
    [
        (Key::AccessKeysPerUserQuota, quotas::ACCESS_KEYS_PER_USER as i32),
        (Key::AssumeRolePolicySizeQuota, quotas::TRUST_SIZE as i32),
        (Key::AttachedPoliciesPerGroupQuota, quotas::ATTACHED_PER_GROUP as i32),
        (Key::AttachedPoliciesPerRoleQuota, quotas::ATTACHED_PER_ROLE as i32),
        (Key::AttachedPoliciesPerUserQuota, quotas::ATTACHED_PER_USER as i32),
        (Key::GroupPolicySizeQuota, quotas::INLINE_SIZE_PER_GROUP as i32),
        (Key::GroupsPerUserQuota, quotas::GROUPS_PER_USER as i32),
        (Key::GroupsQuota, quotas::GROUPS as i32),
        (Key::InstanceProfilesQuota, quotas::INSTANCE_PROFILES as i32),
        (Key::PoliciesQuota, quotas::POLICIES as i32),
        (Key::PolicySizeQuota, quotas::POLICY_SIZE as i32),
        (Key::PolicyVersionsInUseQuota, 10_000),
        (Key::RolePolicySizeQuota, quotas::INLINE_SIZE_PER_ROLE as i32),
        (Key::ServerCertificatesQuota, quotas::SERVER_CERTIFICATES as i32),
        (Key::SigningCertificatesPerUserQuota, quotas::SIGNING_CERTIFICATES_PER_USER as i32),
        (Key::UserPolicySizeQuota, quotas::INLINE_SIZE_PER_USER as i32),
        (Key::VersionsPerPolicyQuota, quotas::VERSIONS_PER_POLICY as i32),
    ]
};

/// Counted by AWS, but no operation of IAM sets a password for root.
const NOTHING_YET: [shapes::SummaryKeyType; 1] = {
    use shapes::SummaryKeyType as Key;
    [Key::AccountPasswordPresent]
};
