//! One connection: whole requests in, answers out.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use authority::{Call, Done, Origin, TlsSession, TurnedAway, Verdict};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::Service;
use tokio::sync::oneshot;

use crate::body::{self, Bounds};
use crate::call_log;
use crate::door::Door;

/// What is known of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    door: Arc<Door>,
    address: IpAddr,
    tls: Option<TlsSession>,
}

type Answer = Response<Full<Bytes>>;

impl Connection {
    pub(crate) fn new(door: Arc<Door>, address: IpAddr, tls: Option<TlsSession>) -> Self {
        Self { door, address, tls }
    }

    async fn answer(self, request: Request<Incoming>) -> Answer {
        let metrics = Arc::clone(&self.door.metrics);
        metrics.in_flight.fetch_add(1, Ordering::Relaxed);
        let begun = tokio::time::Instant::now();
        let answer = self.walk(request).await;
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        metrics.in_flight.fetch_sub(1, Ordering::Relaxed);
        metrics.answered(answer.status().as_u16(), micros);
        call_log::line(&answer, micros);
        answer
    }

    async fn walk(self, request: Request<Incoming>) -> Answer {
        let (parts, body) = request.into_parts();
        let limits = &self.door.limits;
        let bounds = Bounds { one: limits.body, all: limits.bodies, time: limits.body_time };
        let body = body::read(body, bounds, &self.door.bodies).await;
        let origin = self.origin(&parts.headers);
        let authority = &self.door.authority;
        let (body, _taken) = match body {
            Ok(read) => read,
            Err(reason) => {
                let call = authority.receive(Request::from_parts(parts, Bytes::new()), origin);
                let (done, told) = telling();
                authority.turn_away(&call, reason, done);
                return closing(answered(told.await.ok()).unwrap_or_else(stopping));
            }
        };
        let call = authority.receive(Request::from_parts(parts, body), origin);
        self.concluded(call).await.unwrap_or_else(stopping)
    }

    /// Attempts a call until it is concluded. One that may take long does so when its turn comes,
    /// and away from this thread; it holds its body's share of memory meanwhile.
    async fn concluded(&self, mut call: Call) -> Option<Answer> {
        let authority = &self.door.authority;
        let mut turn_by = None;
        loop {
            let (done, told) = telling();
            let costly = match turn_by {
                None => authority.attempt_quickly(&mut call, done),
                Some(_) => Some(done),
            };
            if let Some(done) = costly {
                let turns = &self.door.turns;
                let deadline = *turn_by.get_or_insert_with(|| turns.deadline());
                let Some(turn) = turns.next(deadline).await else {
                    authority.turn_away(&call, TurnedAway::Busy, done);
                    return answered(told.await.ok());
                };
                let authority = Arc::clone(authority);
                let attempt = move || {
                    authority.attempt(&mut call, done);
                    call
                };
                call = turn.work(attempt).await?;
            }
            match told.await.ok() {
                Some(Verdict::Again) => {}
                verdict => return answered(verdict),
            }
        }
    }

    /// Behind a proxy that ends TLS, the last address it adds is the client's.
    fn origin(&self, headers: &HeaderMap) -> Origin {
        let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
        let forwarded = forwarded.filter(|_| self.door.proxies.is_some());
        let last = forwarded.and_then(|value| value.to_str().ok()?.rsplit(',').next());
        Origin {
            address: last.and_then(|text| text.trim().parse().ok()).unwrap_or(self.address),
            secure: self.tls.is_some() || self.door.proxies.is_some(),
            tls: self.tls,
        }
    }
}

impl Service<Request<Incoming>> for Connection {
    type Response = Answer;
    type Error = std::convert::Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Self::Error>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let connection = self.clone();
        Box::pin(async move { Ok(connection.answer(request).await) })
    }
}

/// A callback, and where to wait for what it is told.
fn telling() -> (Done, oneshot::Receiver<Verdict>) {
    let (tell, told) = oneshot::channel();
    let done = Box::new(move |verdict| {
        let _ = tell.send(verdict);
    });
    (done, told)
}

fn answered(verdict: Option<Verdict>) -> Option<Answer> {
    match verdict {
        Some(Verdict::Answer(answer)) => Some(answer.map(Full::new)),
        Some(Verdict::Again) | None => None,
    }
}

/// The store is closed: nothing can be recorded any more, so nothing is said of the call.
fn stopping() -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from_static(b"The server is stopping.")));
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    closing(answer)
}

/// What is left of the request is not read.
fn closing(mut answer: Answer) -> Answer {
    answer.headers_mut().insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
    answer
}

/// What the handshake agreed on, in a trail record's words.
pub(crate) fn tls_session(connection: &rustls::ServerConnection) -> Option<TlsSession> {
    let version = match connection.protocol_version()? {
        rustls::ProtocolVersion::TLSv1_3 => "TLSv1.3",
        rustls::ProtocolVersion::TLSv1_2 => "TLSv1.2",
        _ => return None,
    };
    // IANA's names; rustls marks those of TLS 1.3.
    let suite = match connection.negotiated_cipher_suite()?.suite().as_str()? {
        "TLS13_AES_128_GCM_SHA256" => "TLS_AES_128_GCM_SHA256",
        "TLS13_AES_256_GCM_SHA384" => "TLS_AES_256_GCM_SHA384",
        "TLS13_CHACHA20_POLY1305_SHA256" => "TLS_CHACHA20_POLY1305_SHA256",
        other => other,
    };
    Some(TlsSession { version, cipher_suite: suite })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::task::Poll;
    use std::time::Duration;

    use authority::Authority;
    use store::Store;
    use vault::RootKey;

    use super::*;
    use crate::{Limits, SystemChance, SystemClock};

    const COSTLY: &str = "Action=SimulateCustomPolicy&Version=2010-05-08";
    const CHEAP: &str = "Action=GetCallerIdentity&Version=2011-06-15";

    /// A connection to a door with one turn for costly calls.
    fn connection(turn_time: Duration) -> (tempfile::TempDir, Connection) {
        let (chance, place) = (Arc::new(SystemChance), tempfile::tempdir().unwrap());
        let root = RootKey::generate(&*chance);
        let store = Store::create(&place.path().join("data"), &root, chance.clone()).unwrap();
        let authority = Authority::new(Arc::new(store), Arc::new(SystemClock), chance).unwrap();
        let limits = Limits { costly: 1, turn_time, ..Limits::default() };
        let door = Door::new(Arc::new(authority), limits, None);
        (place, Connection::new(Arc::new(door), Ipv4Addr::LOCALHOST.into(), None))
    }

    /// The status of the answer to an unsigned call.
    async fn status(connection: &Connection, body: &'static str) -> u16 {
        let request = Request::post("/").body(Bytes::from_static(body.as_bytes())).unwrap();
        let origin = connection.origin(&HeaderMap::new());
        let call = connection.door.authority.receive(request, origin);
        connection.concluded(call).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn cheap_calls_are_answered_while_costly_ones_wait_for_their_turn() {
        let (_place, connection) = connection(Duration::from_secs(60));
        let turns = &connection.door.turns;
        let turn = turns.next(turns.deadline()).await;
        let mut waiting = std::pin::pin!(status(&connection, COSTLY));
        let begun = std::future::poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx))).await;
        assert!(begun.is_pending());
        assert_eq!(status(&connection, CHEAP).await, 403);
        drop(turn);
        assert_eq!(waiting.await, 403);
    }

    #[tokio::test]
    async fn whoever_gets_no_turn_in_time_is_told_that_the_server_is_busy() {
        let (_place, connection) = connection(Duration::ZERO);
        let turn = connection.door.turns.next(connection.door.turns.deadline()).await;
        assert_eq!(status(&connection, COSTLY).await, 503);
        assert_eq!(status(&connection, CHEAP).await, 403);
        drop(turn);
        assert_eq!(status(&connection, COSTLY).await, 403);
    }
}
