//! The API as its models describe it: shapes, constraints, operations, errors.
//!
//! One directory per service is generated from `models/` by `cargo xtask codegen`; the rest of this
//! crate gives the generated code its words. Nothing here reads or writes bytes: that is `wire`.

mod data;
mod fault;
mod operation;
mod schema;
mod value;

pub mod cloudtrail;
pub mod iam;
pub mod kms;
pub mod lambda;
pub mod secretsmanager;
pub mod sts;

pub use data::{Blob, Data, Empty, Members, Structure};
pub use fault::{Common, ErrorInfo, ErrorRef, Fault, Side};
pub use operation::{Effect, Operation, OperationInfo, Protocol, ServiceInfo};
pub use schema::{Kind, Location, Member, Type};
pub use value::Value;

/// All services, sorted by id.
pub static SERVICES: [&ServiceInfo; 6] = [
    &cloudtrail::SERVICE,
    &iam::SERVICE,
    &kms::SERVICE,
    &lambda::SERVICE,
    &secretsmanager::SERVICE,
    &sts::SERVICE,
];

/// The service that signs with this name.
#[must_use]
pub fn service_by_signing_name(name: &str) -> Option<&'static ServiceInfo> {
    SERVICES.iter().copied().find(|service| service.signing_name == name)
}

/// How many operations all services have together.
#[must_use]
pub fn operation_count() -> usize {
    SERVICES.iter().map(|service| service.operations.len()).sum()
}
