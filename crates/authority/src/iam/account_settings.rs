//! What an account switches on for STS: its tokens' version, and issuing tokens for others.

use api::iam::operations::{
    DisableOutboundWebIdentityFederation, EnableOutboundWebIdentityFederation,
    GetOutboundWebIdentityFederationInfo, SetSecurityTokenServicePreferences,
};
use api::iam::{errors, shapes};
use api::{Empty, Fault};
use names::mint_uuid;

use crate::entity::OutboundFederation;
use crate::handle::{Asking, Asks, Granted, Handle};

impl Handle for SetSecurityTokenServicePreferences {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut account = cx.caller_account()?;
        account.settings.global_tokens_of_version_2 =
            input.global_endpoint_token_version == shapes::GlobalEndpointTokenVersion::V2Token;
        cx.put(&account)?;
        Ok(Empty)
    }
}

impl Handle for EnableOutboundWebIdentityFederation {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    /// The issuer is made once: whoever trusts it goes on trusting it when it is enabled again.
    fn run(cx: &mut Granted<'_, Self>, _: Self::Input) -> Result<Self::Output, Fault> {
        let mut account = cx.caller_account()?;
        let before = account.settings.outbound_federation.take();
        if before.as_ref().is_some_and(|before| before.enabled) {
            let message = "Outbound web identity federation is already enabled for your account.";
            return Err(Fault::new(&errors::FEATURE_ENABLED, message));
        }
        let issuer = before.map_or_else(
            || format!("https://{}.tokens.sts.global.api.aws", mint_uuid(cx.chance())),
            |before| before.issuer,
        );
        let enabled = OutboundFederation { issuer: issuer.clone(), enabled: true };
        account.settings.outbound_federation = Some(enabled);
        cx.put(&account)?;
        Ok(shapes::EnableOutboundWebIdentityFederationResponse { issuer_identifier: Some(issuer) })
    }
}

impl Handle for DisableOutboundWebIdentityFederation {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, _: Self::Input) -> Result<Self::Output, Fault> {
        let mut account = cx.caller_account()?;
        let federation = account.settings.outbound_federation.as_mut();
        let federation = federation.filter(|federation| federation.enabled);
        federation.ok_or_else(disabled)?.enabled = false;
        cx.put(&account)?;
        Ok(Empty)
    }
}

impl Handle for GetOutboundWebIdentityFederationInfo {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, _: Self::Input) -> Result<Self::Output, Fault> {
        let federation = cx.caller_account()?.settings.outbound_federation;
        let federation = federation.filter(|federation| federation.enabled);
        let federation = federation.ok_or_else(disabled)?;
        Ok(shapes::GetOutboundWebIdentityFederationInfoResponse {
            issuer_identifier: Some(federation.issuer),
            jwt_vending_enabled: Some(true),
        })
    }
}

fn disabled() -> Fault {
    let message = "Outbound web identity federation is not enabled for your account.";
    Fault::new(&errors::FEATURE_DISABLED, message)
}
