//! Reading the whole story of a refusal.
//!
//! Source: STS API Reference, DecodeAuthorizationMessage.

use api::Fault;
use api::sts::operations::DecodeAuthorizationMessage;
use api::sts::shapes;

use crate::corridor::story;
use crate::handle::{Asking, Asks, Granted, Handle};

impl Handle for DecodeAuthorizationMessage {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let vault = cx.authority().store.vault();
        let told = story::open(vault, cx.account(), &input.encoded_message);
        let told = told.ok_or_else(|| {
            let error = &api::sts::errors::INVALID_AUTHORIZATION_MESSAGE;
            Fault::new(error, "Message is not valid.")
        })?;
        Ok(shapes::DecodeAuthorizationMessageResponse { decoded_message: Some(told) })
    }
}
