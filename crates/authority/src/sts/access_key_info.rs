//! Whose key is this? Read off the id; keys of other forms are looked up.
//!
//! Source: STS API Reference, GetAccessKeyInfo.

use api::sts::operations::GetAccessKeyInfo;
use api::sts::shapes;
use api::{Common, Fault};

use crate::credentials;
use crate::entity::Owner;
use crate::handle::{Asking, Asks, Granted, Handle};

impl Handle for GetAccessKeyInfo {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let id = &input.access_key_id;
        let account = match credentials::owner(cx.view(), id)? {
            Some(Owner::Root(account) | Owner::User(account, _)) => Some(account),
            None if id.starts_with("AKIA") || id.starts_with("ASIA") => names::account_of_id(id),
            None => None,
        };
        let account = account.ok_or_else(|| {
            let message = format!("The access key id {id} is not valid.");
            Fault::common(Common::InvalidParameterValue, message)
        })?;
        Ok(shapes::GetAccessKeyInfoResponse { account: Some(account.to_string()) })
    }
}
