//! Known mistakes of signature verifiers, and what prevents each here.
//!
//! - *Comparing signatures byte by byte until the first difference.* `SigningKey::accepts` compares
//!   with aws-lc's constant-time function; no other comparison of signatures exists in this crate.
//! - *Checking the clock in one form and forgetting the other.* Header and query form become one
//!   [`crate::Claim`], and [`crate::Claim::check`] does not look at the form.
//! - *Believing `x-amz-content-sha256`.* The body is hashed always; a sent hash is compared with it
//!   and never used in its place, save for object storage, where the rules say so by name.
//! - *Taking a body in chunks for verified because its request was.* A request that announces chunks
//!   is refused with a whole body in hand; [`crate::chunked::Decoder`] wants a [`crate::Verified`]
//!   and lets nothing of a signed chunk out before the chunk's own signature is good.
//! - *Unsigned headers that steer the call.* Every `x-amz-*` header that arrives must be signed, so
//!   that `X-Amz-Target` cannot be exchanged. Only a session token may be added afterwards: it is
//!   sealed, and bound to the access key id.
//! - *Missing signed headers taken for empty ones.* A header that is listed and absent is a refusal.
//! - *A path or query seen differently by verifier and router.* Both take the request's own text;
//!   the canonical form is used for nothing but the signature.
//! - *Two signatures, of which one is checked and the other believed.* Header and query form at
//!   once are refused.
//! - *Scope not checked, so that yesterday's key or another service's signature is good.* Date,
//!   region's form, service and terminator are checked before any key is looked up.
//! - *A proof that anyone can make.* [`crate::Verified`] has a private field and one maker.
