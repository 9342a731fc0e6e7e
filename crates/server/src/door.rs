//! Listening, accepting, draining.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use authority::Authority;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use crate::admin;
use crate::connection::Connection;
use crate::metrics::Metrics;

/// What one client may take of the server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Bytes of a request's body.
    pub body: usize,
    /// Bytes of a request's head.
    pub head: usize,
    /// For a head to arrive.
    pub head_time: Duration,
    /// For a body to arrive.
    pub body_time: Duration,
    /// For calls to end when the server stops.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            body: 1024 * 1024,
            head: 64 * 1024,
            head_time: Duration::from_secs(15),
            body_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(20),
        }
    }
}

/// The door's lasting parts.
#[derive(Debug)]
pub struct Door {
    /// Who answers.
    pub authority: Arc<Authority>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What a client may take.
    pub limits: Limits,
    /// A proxy before us ends TLS and says who the client is.
    pub behind_tls_proxy: bool,
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
            let task = admin::serve(bind(address).await?, Arc::clone(&door.metrics));
            Some(tokio::spawn(task))
        }
        None => None,
    };
    ready(listener.local_addr().unwrap_or(listen));
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
    let places = Arc::new(Semaphore::new(door.limits.connections));
    let mut stop = std::pin::pin!(stop);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                let (door, tls, watcher) = (Arc::clone(door), tls.clone(), graceful.watcher());
                tokio::spawn(async move {
                    door.metrics.connections.fetch_add(1, Ordering::Relaxed);
                    welcome(&door, stream, peer, tls, watcher).await;
                    door.metrics.connections.fetch_sub(1, Ordering::Relaxed);
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely: others will close theirs.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(door.limits.drain_time) => {
            tracing::warn!("some calls did not end in time");
        }
    }
}

async fn welcome(
    door: &Arc<Door>,
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    watcher: hyper_util::server::graceful::Watcher,
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

async fn converse<S>(
    door: &Arc<Door>,
    io: TokioIo<S>,
    connection: Connection,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(door.limits.head_time)
        .max_buf_size(door.limits.head)
        .max_headers(128);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(door.limits.head).unwrap_or(u32::MAX))
        .max_concurrent_streams(256)
        .keep_alive_interval(Some(Duration::from_secs(30)));
    let served = builder.serve_connection(io, connection);
    if let Err(error) = watcher.watch(served.into_owned()).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
