//! May they? Policy documents in, a decision with its reasons out.
//!
//! Pure: no I/O, no clock, no look-up of accounts or entities. [`validate`] is the grammar at the
//! moment of writing, [`Document`] and [`PolicySet`] what evaluation works on, [`evaluate`] the
//! decision. [`oracle`] decides the same a second time, naively, to be compared with.
//!
//! Source: IAM User Guide, "IAM JSON policy reference"; behaviour that the guide leaves open
//! follows what was recorded of IAM.

mod condition;
mod context;
mod context_keys;
mod date;
mod decision;
mod document;
mod evaluate;
mod explain;
mod glob;
mod json;
mod lines;
mod operator;
mod principal_values;
mod principals;
mod raw;
mod reach;
mod request;
mod resource;
mod set;
mod span;
mod template;
mod validate;
mod verdict;
mod weight;

pub mod manual;
pub mod oracle;

pub use context::{Context, ContextValue};
pub use context_keys::context_keys;
pub use decision::{Decision, Effect, Layer, Reason};
pub use document::{Document, Malformed};
pub use evaluate::{Policies, ResourcePolicy, ResourcePolicyKind, evaluate};
pub use explain::{Explanation, Matched, Part, Says, explain};
pub use lines::{Judged, check_lines, eval_lines};
pub use principal_values::map_principals;
pub use reach::{Reach, reach};
pub use request::{Principal, PrincipalKind, Request};
pub use set::{PolicySet, Source};
pub use span::{Position, Span};
pub use validate::{PolicyKind, quota_size, validate};
