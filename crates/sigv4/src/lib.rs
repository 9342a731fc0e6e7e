//! Who signed this? AWS Signature Version 4, the verifier's side.
//!
//! [`Claim::read`] takes apart what a request claims, [`Claim::check`] holds it against clock and
//! scope, [`Claim::verify`] against the key, and only that makes a [`Verified`]. No I/O, no clock,
//! no look-up of keys: the caller brings them. [`sign`] is the other side, for clients and tests.
//!
//! Source: IAM User Guide, "AWS Signature Version 4 for API requests"; the texts of refusals are
//! those that AWS's Query services answer.

mod canonical;
mod claim;
mod key;
mod refusal;
mod rules;
mod sign;
mod verify;

pub mod manual;

pub use claim::{Claim, Form, Scope};
pub use key::SigningKey;
pub use refusal::{Refusal, RefusalKind};
pub use rules::Rules;
pub use sign::{Signer, sign};
pub use verify::{Payload, Verified};
