//! The admin listener: health and metrics, on an address of its own, off by default.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};

use crate::door::{ACCEPT_PAUSE, Door};

/// Connections at once; a monitor needs one or two.
const CONNECTIONS: usize = 64;

pub(crate) async fn serve(listener: TcpListener, door: Arc<Door>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let door = Arc::clone(&door);
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let door = Arc::clone(&door);
                async move { Ok::<_, Infallible>(answer(request.uri().path(), &door).await) }
            });
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(door.limits.head_time);
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
            drop(place);
        });
    }
}

async fn answer(path: &str, door: &Door) -> Response<Full<Bytes>> {
    let ok = || (StatusCode::OK, "ok\n".to_owned());
    let (status, body) = match path {
        "/healthz" => ok(),
        "/readyz" if can_write(door).await => ok(),
        "/readyz" => (StatusCode::SERVICE_UNAVAILABLE, "the store cannot write\n".to_owned()),
        "/metrics" => (StatusCode::OK, door.metrics.text()),
        _ => (StatusCode::NOT_FOUND, "not found\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let kind = http::HeaderValue::from_static("text/plain; version=0.0.4");
    response.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    response
}

/// Whether the store makes a small change durable, as a call would need it to.
async fn can_write(door: &Door) -> bool {
    let (tell, told) = oneshot::channel();
    door.authority.store().probe(Box::new(move |outcome| {
        let _ = tell.send(outcome.is_ok());
    }));
    matches!(tokio::time::timeout(PROBE_TIME, told).await, Ok(Ok(true)))
}

/// A store that takes longer is not ready.
const PROBE_TIME: Duration = Duration::from_secs(5);
