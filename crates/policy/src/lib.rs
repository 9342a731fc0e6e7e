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
mod date;
mod document;
mod evaluate;
mod glob;
mod json;
mod lines;
mod operator;
mod resource;
mod set;
mod template;
mod validate;

pub mod manual;
pub mod oracle;

pub use context::{Context, ContextValue};
pub use document::{Document, Malformed};
pub use evaluate::{Decision, Effect, Layer, Policies, Principal, Reason, Request, evaluate};
pub use lines::{check_lines, eval_lines};
pub use set::{PolicySet, Source};
pub use validate::{PolicyKind, quota_size, validate};
