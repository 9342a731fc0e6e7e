//! TLS from PEM files, by rustls with aws-lc.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file cannot be read, or holds no PEM of the kind wanted.
    #[error("{path} cannot be used as {what}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Certificate chain or private key.
        what: &'static str,
        /// Why not.
        reason: String,
    },
    /// Certificate and key don't go together.
    #[error("certificate and key cannot be used")]
    Config(#[from] rustls::Error),
}

/// Reads a certificate chain and its private key.
///
/// # Errors
/// [`TlsError`] saying which file is wrong and why.
pub fn tls_config(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let file =
        |path: &Path, what, reason: String| TlsError::File { path: path.into(), what, reason };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| file(certificate, "a certificate chain", error.to_string()))?;
    if chain.is_empty() {
        return Err(file(certificate, "a certificate chain", "it holds none".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| file(key, "a private key", error.to_string()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
