//! One request and its answer over a connection of its own, with TLS where the URL says so.
//!
//! It never goes on without a certificate that is vouched for, or known itself.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::pinned::Pinned;

/// An answer with a longer body is not read, in bytes.
const ANSWER_MAX: usize = 16 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// Host or TLS: no connection.
    #[error("there is no connection")]
    Connection(#[from] std::io::Error),
    /// Bytes that are no HTTP, or a connection that ended.
    #[error("the connection broke")]
    Http(#[from] hyper::Error),
    /// No answer within the time that is waited.
    #[error("there was no answer within 30 seconds")]
    Late,
    /// A body that is too long, or was cut short.
    #[error("the answer cannot be read: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    /// An answer that is none of an AWS API.
    #[error("the answer, status {0}, is not that of an AWS API")]
    Strange(StatusCode),
    /// Something that cannot be sent, in a request.
    #[error("the request cannot be made")]
    Request(#[from] http::Error),
    /// Credentials that cannot be sent in a header.
    #[error("the credentials have characters that cannot be sent")]
    Header(#[from] http::header::InvalidHeaderValue),
    /// The certificates that vouch for servers cannot be used.
    #[error("the certificates that vouch for servers cannot be read: {0}")]
    Trust(String),
}

/// Who vouches for servers: the certificates of a file, or the system's.
#[derive(Debug)]
pub(crate) struct Trust(Option<PathBuf>);

impl Trust {
    pub(crate) fn of(bundle: Option<PathBuf>) -> Self {
        Self(bundle)
    }

    /// Those who vouch; in a file that is named they may be servers' own certificates, too.
    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, Broken> {
        match &self.0 {
            Some(path) => CertificateDer::pem_file_iter(path)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|error| Broken::Trust(format!("{}: {error}", path.display()))),
            None => Ok(rustls_native_certs::load_native_certs().certs),
        }
    }

    fn connector(&self) -> Result<TlsConnector, Broken> {
        let certificates = self.certificates()?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.iter().cloned());
        if roots.is_empty() {
            return Err(Broken::Trust("there are none".to_owned()));
        }
        let unusable = |error: &dyn std::error::Error| Broken::Trust(error.to_string());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let others =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .map_err(|error| unusable(&error))?;
        // What the system trusts vouches for others; only who names a file can mean the server itself.
        let pinned = if self.0.is_some() { certificates } else { Vec::new() };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(&error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned::new(pinned, others)))
            .with_no_client_auth();
        Ok(TlsConnector::from(Arc::new(config)))
    }
}

impl Broken {
    /// Where the TLS handshake failed, if it was that.
    fn handshake(&self) -> Option<&rustls::Error> {
        let Self::Connection(error) = self else { return None };
        error.get_ref()?.downcast_ref()
    }

    /// What to do about it.
    pub(super) fn hint(&self) -> &'static str {
        match (self, self.handshake()) {
            (_, Some(rustls::Error::InvalidMessage(_))) => {
                "the server does not seem to speak TLS: name an http URL with --endpoint-url"
            }
            (Self::Trust(_), _) | (_, Some(_)) => {
                "name a PEM file with the certificate that vouches for the server's, or with the \
                 server's own, with --ca-bundle or AWS_CA_BUNDLE"
            }
            _ => "name the server with --endpoint-url",
        }
    }
}

/// Sends a request to the server of `endpoint` and reads the whole answer.
pub(crate) async fn exchange(
    endpoint: &Uri,
    request: Request<Bytes>,
    trust: &Trust,
) -> Result<Response<Bytes>, Broken> {
    let secure = endpoint.scheme() == Some(&Scheme::HTTPS);
    // An IPv6 address stands in brackets in a URL, and nowhere else.
    let host = endpoint.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let port = endpoint.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let stream = TcpStream::connect((host, port)).await?;
    if !secure {
        return send(stream, request).await;
    }
    let name = ServerName::try_from(host.to_owned()).map_err(std::io::Error::other)?;
    send(trust.connector()?.connect(name, stream).await?, request).await
}

async fn send<S>(stream: S, request: Request<Bytes>) -> Result<Response<Bytes>, Broken>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // It ends when the answer is read and the sender is gone.
    tokio::spawn(connection);
    let (parts, body) = sender.send_request(request.map(Full::new)).await?.into_parts();
    let body = Limited::new(body, ANSWER_MAX).collect().await.map_err(Broken::Body)?;
    Ok(Response::from_parts(parts, body.to_bytes()))
}
