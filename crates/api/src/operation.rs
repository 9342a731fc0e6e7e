//! Operations and services as data: lists of them can be subtracted from one another.

use crate::{ErrorInfo, Structure};

/// A service.
#[derive(Debug)]
pub struct ServiceInfo {
    /// `iam`, `sts`, …: the prefix of its actions.
    pub id: &'static str,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// `2010-05-08`, …
    pub api_version: &'static str,
    /// The service's name in a credential scope.
    pub signing_name: &'static str,
    /// The XML name space of its answers (awsQuery).
    pub xml_namespace: &'static str,
    /// What stands before the operation in `X-Amz-Target` (awsJson).
    pub target_prefix: &'static str,
    /// `iam.amazonaws.com`, …: its name in trail records.
    pub event_source: &'static str,
    /// Its operations, sorted by name.
    pub operations: &'static [&'static OperationInfo],
}

/// Protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Form parameters in, XML out.
    Query,
    /// JSON documents, the operation in a header.
    Json,
    /// JSON documents, the operation in method and path.
    RestJson,
}

/// Whether an operation changes anything; `readOnly` in trail records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing.
    Read,
    /// It may change something.
    Write,
}

/// What the model says about an operation.
#[derive(Debug)]
pub struct OperationInfo {
    /// The service's id.
    pub service: &'static str,
    /// `CreateUser`, …
    pub name: &'static str,
    /// `iam:CreateUser`, …: the action that policies name.
    pub action: &'static str,
    /// Whether it changes anything.
    pub effect: Effect,
    /// Whether it is called without a signature (`noAuth` in the model).
    pub unsigned: bool,
    /// `POST`, …
    pub method: &'static str,
    /// `/`, or a template such as `/2015-03-31/functions/{FunctionName}`.
    pub uri: &'static str,
    /// The status of a success.
    pub status: u16,
    /// Errors that it declares.
    pub errors: &'static [&'static ErrorInfo],
    /// Its input's schema.
    pub input: &'static crate::Type,
    /// Its output's schema.
    pub output: &'static crate::Type,
    /// Whether the model gives it an output at all: if not, its answer has no result element.
    pub has_output: bool,
    /// A value into the input's (the output's) generated type and back: what is lost on the way
    /// shows where the generated code and the schema differ.
    pub through_types: [fn(crate::Value) -> Option<crate::Value>; 2],
}

/// An operation's unit struct.
pub trait Operation: Send + Sync + 'static {
    /// What the model says about it.
    const INFO: &'static OperationInfo;
    /// What comes in.
    type Input: Structure;
    /// What goes out.
    type Output: Structure;
}

impl ServiceInfo {
    /// The operation of this name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&'static OperationInfo> {
        let at = self.operations.binary_search_by(|operation| operation.name.cmp(name)).ok()?;
        self.operations.get(at).copied()
    }
}
