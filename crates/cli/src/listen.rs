//! Where to listen: an address or a host's name, and a port. Names are looked up when the server
//! starts, and never again.

use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::str::FromStr;

use serde::Deserialize;

use crate::failure::Failure;

/// An address or a name, and a port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Listen(String);

/// Why a text is no such thing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoListen {
    #[error("the port is missing; {0}, for example")]
    NoPort(String),
    #[error("the address is missing; {0}, for example")]
    NoHost(String),
    #[error("the port is no number up to 65535; 127.0.0.1:4747, for example")]
    BadPort,
}

impl FromStr for Listen {
    type Err = NoListen;

    fn from_str(text: &str) -> Result<Self, NoListen> {
        if text.parse::<SocketAddr>().is_ok() {
            return Ok(Self(text.to_owned()));
        }
        if let Ok(address) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Err(NoListen::NoPort(SocketAddr::new(address, 4747).to_string()));
        }
        match text.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && !port.is_empty() => {
                port.parse::<u16>().map_err(|_| NoListen::BadPort)?;
                Ok(Self(text.to_owned()))
            }
            Some(("", _)) | None if text.parse::<u16>().is_ok() || text.starts_with(':') => {
                let port = text.trim_start_matches(':');
                Err(NoListen::NoHost(format!("127.0.0.1:{port}")))
            }
            _ => Err(NoListen::NoPort(format!("{}:4747", text.trim_end_matches(':')))),
        }
    }
}

impl TryFrom<String> for Listen {
    type Error = NoListen;

    fn try_from(text: String) -> Result<Self, NoListen> {
        text.parse()
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Listen {
    /// The address that is meant. A name with several stands for its first of IPv4, which every client
    /// of `localhost` tries.
    pub(crate) fn resolve(&self) -> Result<SocketAddr, Failure> {
        let what = || format!("{self} cannot be listened on");
        let hint = "name an address of this machine with its port; 127.0.0.1:4747, for example";
        let found = self.0.to_socket_addrs();
        let found = found.map_err(|error| Failure::new(what()).because(error).hint(hint))?;
        let found: Vec<SocketAddr> = found.collect();
        let first = found.iter().find(|address| address.is_ipv4()).or(found.first());
        first.copied().ok_or_else(|| Failure::new(what()).hint(hint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Listen, String> {
        text.parse().map_err(|error: NoListen| error.to_string())
    }

    #[test]
    fn addresses_and_names_have_a_port() {
        for good in ["127.0.0.1:0", "[::1]:4747", "localhost:4747", "keys.example:443"] {
            assert_eq!(read(good).unwrap().to_string(), good);
        }
        for (bad, told) in [
            ("127.0.0.1", "the port is missing; 127.0.0.1:4747, for example"),
            ("::1", "the port is missing; [::1]:4747, for example"),
            ("[::1]", "the port is missing; [::1]:4747, for example"),
            ("localhost", "the port is missing; localhost:4747, for example"),
            ("localhost:", "the port is missing; localhost:4747, for example"),
            (":8080", "the address is missing; 127.0.0.1:8080, for example"),
            ("8080", "the address is missing; 127.0.0.1:8080, for example"),
            ("localhost:http", "the port is no number up to 65535; 127.0.0.1:4747, for example"),
            ("localhost:65536", "the port is no number up to 65535; 127.0.0.1:4747, for example"),
        ] {
            assert_eq!(read(bad).unwrap_err(), told, "{bad}");
        }
    }

    #[test]
    fn the_own_machine_is_found_by_its_name() {
        let found = read("localhost:4747").unwrap().resolve().unwrap();
        assert!(found.ip().is_loopback() && found.port() == 4747, "{found}");
        assert!(read("no-such-host.invalid:1").unwrap().resolve().is_err());
    }
}
