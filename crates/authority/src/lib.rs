//! The corridor, and the services that lie along it; synchronous, without sockets.

mod corridor;

pub use corridor::{Authority, Call, Origin, TlsSession, Verdict};
