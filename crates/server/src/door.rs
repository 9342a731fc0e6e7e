//! Listening, accepting, draining.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use authority::Authority;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::admin;
use crate::body::Budget;
use crate::connection::Connection;
use crate::metrics::Metrics;
use crate::places::{Place, Places};
use crate::proxies::Proxies;
use crate::turns::Turns;

/// What one client may take of the server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Connections at once from one address; none where a proxy stands before us.
    pub connections_of_address: usize,
    /// Bytes of a request's body.
    pub body: usize,
    /// Bytes of all bodies that are being read.
    pub bodies: usize,
    /// Bytes of a request's head. One that arrives at once may be up to twice as long.
    pub head: usize,
    /// For a head, or the first byte of the next one, to arrive.
    pub head_time: Duration,
    /// For a body to arrive.
    pub body_time: Duration,
    /// Calls at once of operations that may take long.
    pub costly: usize,
    /// For such a call to wait for its turn.
    pub turn_time: Duration,
    /// For calls to end when the server stops.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            connections_of_address: 2048,
            body: 1024 * 1024,
            bodies: 32 * 1024 * 1024,
            head: 32 * 1024,
            head_time: Duration::from_secs(15),
            body_time: Duration::from_secs(30),
            costly: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            turn_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(20),
        }
    }
}

/// The door's lasting parts.
#[derive(Debug)]
pub struct Door {
    pub(crate) authority: Arc<Authority>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) limits: Limits,
    /// Proxies before us, which end TLS and say who the client is; `None`: there are none.
    pub(crate) proxies: Option<Proxies>,
    pub(crate) bodies: Budget,
    pub(crate) turns: Turns,
}

impl Door {
    /// The door to `authority`. `proxies`: who stands before us, ends TLS and says who the client is.
    #[must_use]
    pub fn new(authority: Arc<Authority>, limits: Limits, proxies: Option<Proxies>) -> Self {
        let (metrics, bodies) = (Arc::default(), Budget::default());
        let turns = Turns::new(limits.costly, limits.turn_time);
        Self { authority, metrics, limits, proxies, bodies, turns }
    }
}

/// The door cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// Someone else listens there, or we may not.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// Serves until `stop` resolves, then lets calls that have begun end.
///
/// `ready` is told the addresses that are listened on, API first.
///
/// # Errors
/// [`DoorError`] if an address cannot be listened on.
pub async fn serve(
    door: Arc<Door>,
    listen: SocketAddr,
    admin_listen: Option<SocketAddr>,
    tls: Option<Arc<rustls::ServerConfig>>,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()>,
) -> Result<(), DoorError> {
    let listener = bind(listen).await?;
    let admin = match admin_listen {
        Some(address) => {
            let task = admin::serve(bind(address).await?, Arc::clone(&door));
            Some(tokio::spawn(task))
        }
        None => None,
    };
    let runtime = tokio::runtime::Handle::current();
    // From one of the runtime's own threads waking a connection's task takes no lock.
    door.authority.store().tell_through(Box::new(move |tell| {
        runtime.spawn(async move { tell() });
    }));
    let address = listener.local_addr().unwrap_or(listen);
    tracing::info!(%address, tls = tls.is_some(), "listening");
    ready(address);
    let housekeeping = tokio::spawn(keep_house(Arc::clone(&door)));
    accept(&door, &listener, tls.map(TlsAcceptor::from), stop).await;
    housekeeping.abort();
    if let Some(admin) = admin {
        admin.abort();
    }
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, DoorError> {
    TcpListener::bind(address).await.map_err(|source| DoorError::Listen { address, source })
}

/// Writes out, now and then, what is kept in memory for later.
async fn keep_house(door: Arc<Door>) {
    let mut interval = tokio::time::interval(Duration::from_secs(30));
    loop {
        interval.tick().await;
        door.authority.tick();
    }
}

async fn accept(
    door: &Arc<Door>,
    listener: &TcpListener,
    tls: Option<TlsAcceptor>,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let limits = &door.limits;
    let of_address =
        if door.proxies.is_some() { limits.connections } else { limits.connections_of_address };
    let places = Places::new(limits.connections, of_address);
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = next(door, listener, &places) => accepted,
            () = &mut stop => {
                tracing::info!("stopping: calls that have begun may end");
                break;
            }
        };
        if let Some((stream, peer, place)) = accepted.filter(|(_, peer, _)| lets_in(door, *peer)) {
            let (door, tls, watcher) = (Arc::clone(door), tls.clone(), graceful.watcher());
            tokio::spawn(async move {
                door.metrics.connections.fetch_add(1, Ordering::Relaxed);
                welcome(&door, stream, peer, tls, watcher).await;
                door.metrics.connections.fetch_sub(1, Ordering::Relaxed);
                drop(place);
            });
        }
    }
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(limits.drain_time) => {
            tracing::warn!("some calls did not end in time");
        }
    }
}

/// Behind a proxy, whoever is none of the trusted ones is not let in.
fn lets_in(door: &Door, peer: SocketAddr) -> bool {
    let address = peer.ip().to_canonical();
    let trusted = door.proxies.as_ref().is_none_or(|proxies| proxies.trusts(address));
    if !trusted && door.metrics.refused() {
        tracing::warn!(%peer, "a connection is closed: it comes from none of --trusted-proxies");
    }
    trusted
}

/// The next connection that has a place; `None`: this one has none, or could not be accepted.
async fn next(
    door: &Door,
    listener: &TcpListener,
    places: &Places,
) -> Option<(TcpStream, SocketAddr, Place)> {
    let free = places.free().await?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            let _ = stream.set_nodelay(true);
            let place = places.take(free, peer.ip().to_canonical());
            if place.is_none() && door.metrics.refused() {
                tracing::warn!(%peer, "a connection is closed: its address has its share already");
            }
            Some((stream, peer, place?))
        }
        Err(error) => {
            // Out of file descriptors, most likely: others will close theirs.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

/// Before the next try, when a connection could not be accepted.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

async fn welcome(
    door: &Arc<Door>,
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    watcher: Watcher,
) {
    let address = peer.ip().to_canonical();
    let Some(acceptor) = tls else {
        let connection = Connection::new(Arc::clone(door), address, None);
        return converse(door, TokioIo::new(stream), connection, watcher).await;
    };
    let handshake = tokio::time::timeout(door.limits.head_time, acceptor.accept(stream)).await;
    let Ok(Ok(stream)) = handshake else { return };
    let session = crate::connection::tls_session(stream.get_ref().1);
    let connection = Connection::new(Arc::clone(door), address, session);
    converse(door, TokioIo::new(stream), connection, watcher).await;
}

/// HTTP/1.1. A connection on which nothing comes is closed after [`Limits::head_time`].
async fn converse<S>(door: &Arc<Door>, io: TokioIo<S>, connection: Connection, watcher: Watcher)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(door.limits.head_time)
        .max_buf_size(door.limits.head)
        .max_headers(128);
    if let Err(error) = watcher.watch(http.serve_connection(io, connection)).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
