//! Who am I? Always answered to whoever can sign, whatever policies say.
//!
//! Source: STS API Reference, GetCallerIdentity.

use api::Fault;
use api::sts::operations::GetCallerIdentity;
use api::sts::shapes;

use crate::handle::{Asking, Asks, Granted, Handle};

impl Handle for GetCallerIdentity {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::nothing())
    }

    fn run(cx: &mut Granted<'_, Self>, _: Self::Input) -> Result<Self::Output, Fault> {
        let caller = cx.caller();
        Ok(shapes::GetCallerIdentityResponse {
            user_id: Some(caller.user_id().to_owned()),
            account: Some(caller.credential().account_text.clone()),
            arn: Some(caller.arn().to_owned()),
        })
    }
}
