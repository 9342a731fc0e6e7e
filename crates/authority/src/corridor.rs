//! One request, from bytes to bytes. Read this first.

use std::net::IpAddr;

use bytes::Bytes;

/// Where a request came from, as the door saw it.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The client's address.
    pub address: IpAddr,
    /// Whether the connection was encrypted up to us, or up to a proxy that we are told to trust.
    pub secure: bool,
    /// What was negotiated, if TLS ended here.
    pub tls: Option<TlsSession>,
}

/// What a TLS handshake agreed on, in the words of a trail record's `tlsDetails`.
#[derive(Debug, Clone, Copy)]
pub struct TlsSession {
    /// `TLSv1.3` or `TLSv1.2`.
    pub version: &'static str,
    /// The cipher suite's IANA name.
    pub cipher_suite: &'static str,
}

/// The authority over keys: everything behind the door.
#[derive(Debug)]
pub struct Authority {}

/// One call on its way along the corridor.
#[derive(Debug)]
pub struct Call {}

/// What became of an attempt.
#[derive(Debug)]
pub enum Verdict {
    /// The record is durable; this is the answer.
    Answer(http::Response<Bytes>),
    /// A document that the call had read was changed meanwhile: attempt it again.
    Again,
}

impl Authority {
    /// Takes in a request whose body has been read whole.
    pub fn receive(&self, request: http::Request<Bytes>, origin: Origin) -> Call {
        let _ = (request, origin);
        Call {}
    }

    /// Walks `call` along the corridor. `done` is called once, from whichever thread makes the
    /// record durable; when it is given [`Verdict::Again`], attempt the same call again.
    pub fn attempt(&self, call: &mut Call, done: Box<dyn FnOnce(Verdict) + Send>) {
        let _ = call;
        done(Verdict::Answer(http::Response::new(Bytes::new())));
    }
}
