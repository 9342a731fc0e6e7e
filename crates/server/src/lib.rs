//! The door: sockets, TLS, HTTP, limits, draining. The only place with async besides the CLI.
//!
//! It hands whole requests to the corridor and waits for their records to be durable. It knows no
//! operation, and logs no content of any request.

mod admin;
mod body;
mod call_log;
mod chance;
mod clock;
mod connection;
mod door;
mod metrics;
mod places;
mod proxies;
mod tls;
mod turns;

pub use chance::SystemChance;
pub use clock::SystemClock;
pub use door::{Door, DoorError, Limits, serve};
pub use proxies::Proxies;
pub use rustls::ServerConfig;
pub use tls::{TlsError, tls_config};
