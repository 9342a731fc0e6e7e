//! Who signed this? AWS Signature Version 4, the verifier's side.
//!
//! [`Claim::read`] takes apart what a request claims, [`Claim::check`] holds it against clock and
//! scope, [`Claim::verify`] against the key, and only that makes a [`Verified`]. No I/O, no clock,
//! no look-up of keys: the caller brings them. [`sign`] and [`presign`] are the other side, for
//! clients and tests; [`chunked`] has both sides of bodies in signed chunks.
//!
//! Source: IAM User Guide, "AWS Signature Version 4 for API requests"; the texts of refusals are
//! those that AWS's Query services answer.

mod canonical;
mod claim;
mod header_form;
mod hexadecimal;
mod key;
mod query_form;
mod refusal;
mod rules;
mod scope;
mod sent;
mod sign;
mod string_to_sign;
mod text;
mod verify;

pub mod chunked;
pub mod manual;

pub use claim::{Claim, Form};
pub use key::SigningKey;
pub use refusal::{Refusal, RefusalKind};
pub use rules::Rules;
pub use scope::Scope;
pub use sign::{Signer, presign, sign};
pub use verify::{Payload, Verified};
