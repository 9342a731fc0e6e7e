//! Known mistakes of policy engines, and what prevents each here.
//!
//! - *An allow found first ends the search, and a later deny is never seen.* [`crate::evaluate`]
//!   looks at every statement that applies before it decides.
//! - *Case-sensitive actions.* Actions are compared in lower case on both sides; resources are not.
//! - *A negated operator is false where the key is missing.* `condition.rs` lists what a missing key
//!   means for each operator in one `match`.
//! - *`ForAllValues` taken as a requirement.* It is true without values; the cases say so.
//! - *A wildcard that crosses segments.* `resource.rs` knows which wildcard may match a colon.
//! - *A wildcard smuggled in by a tag value.* What a variable brings in is literal.
//! - *Variables in documents of the old version.* They are text there.
//! - *Backtracking.* `glob.rs` takes the earliest place for each piece of a pattern and takes none back.
//! - *Two elements of one name, of which reviewer and engine read different ones.* Such a document
//!   cannot be parsed.
//! - *A kind of policy that is left out and so allows.* [`crate::Policies`] has a place for each, and
//!   `verdict.rs` says of each whether it must allow.
//! - *A grant in a resource's policy that reaches too far.* To an account it only lets the account's own
//!   policies decide; to a role it stays within boundary and session policy; across accounts it is
//!   never enough. The table of the documentation stands in `tests/matrix.rs`.
//! - *`*` in a trust policy that lets in whom any identity provider vouches for.* It doesn't.
//! - *A deny of a resource's policy that forgot its principal, and so denies nobody.* It denies all.
