//! Certificates that are trusted because they are known themselves.
//!
//! Who names a file with the server's own certificate means this certificate, whoever has signed it:
//! a self-signed one is no authority's, and no chain leads to it. Every other certificate must be
//! vouched for as ever, and whoever presents one must have its key.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

/// Trusts the certificates that are pinned, and those that others vouch for.
#[derive(Debug)]
pub(super) struct Pinned {
    certificates: Vec<CertificateDer<'static>>,
    others: Arc<WebPkiServerVerifier>,
}

impl Pinned {
    pub(super) fn new(
        certificates: Vec<CertificateDer<'static>>,
        others: Arc<WebPkiServerVerifier>,
    ) -> Self {
        Self { certificates, others }
    }
}

impl ServerCertVerifier for Pinned {
    /// The exact match, byte for byte, is enough: names and dates are an authority's words about a key,
    /// and here the key itself is known.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.certificates.iter().any(|pinned| pinned == end_entity) {
            return Ok(ServerCertVerified::assertion());
        }
        self.others.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.others.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.others.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.others.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
    use rustls::crypto::aws_lc_rs::{default_provider, sign};
    use rustls::pki_types::PrivateKeyDer;
    use rustls::pki_types::pem::PemObject as _;
    use rustls::server::ResolvesServerCert;
    use rustls::sign::{CertifiedKey, SingleCertAndKey};
    use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};

    use super::*;

    /// Signed by itself; its key is nowhere.
    const CERTIFICATE: &[u8] = b"\
-----BEGIN CERTIFICATE-----
MIIBfDCCASOgAwIBAgIUeVxH8B7jtp5sHQzHFibI8ReQOwswCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MB4XDTI2MTEyNTAxMDYwMVoXDTM2MTEyMjAx
MDYwMVowFDESMBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEMx+S0wDeRsjBwQ5cURqMCj3q3W/aEMBTh5KYIPWZEuvnWSEK66yar3dF
wCdKklbIr7j9L8nnibVxcoxAh/HYvaNTMFEwHQYDVR0OBBYEFG6JD8ADct1tNvlJ
j8AOGprrOMJBMB8GA1UdIwQYMBaAFG6JD8ADct1tNvlJj8AOGprrOMJBMA8GA1Ud
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgWF+TSRId7cw1Hp3PHc9HIr4y
bMono16v3GPjrfHKSG4CIC9JR+FZCVcx4I1DnnvRKyOI1emygAjU2rsQh+AnJYve
-----END CERTIFICATE-----
";

    /// A server that shows the certificate, and has another key.
    fn impostor(certificate: CertificateDer<'static>) -> ServerConnection {
        let rng = aws_lc_rs::rand::SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &rng).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.as_ref().to_vec().into());
        let key = sign::any_supported_type(&key).unwrap();
        let shown = SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key));
        let shown: Arc<dyn ResolvesServerCert> = Arc::new(shown);
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(shown);
        ServerConnection::new(Arc::new(config)).unwrap()
    }

    fn client(certificate: CertificateDer<'static>) -> ClientConnection {
        let provider = Arc::new(default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let others =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let pinned = Pinned::new(vec![certificate], others.build().unwrap());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(pinned))
            .with_no_client_auth();
        ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap()
    }

    #[test]
    fn who_shows_a_pinned_certificate_must_have_its_key() {
        let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
        let (mut client, mut server) = (client(certificate.clone()), impostor(certificate));
        let mut sent = Vec::new();
        client.write_tls(&mut sent).unwrap();
        server.read_tls(&mut sent.as_slice()).unwrap();
        server.process_new_packets().unwrap();
        let mut told = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut told).unwrap();
        }
        let mut told = told.as_slice();
        let mut outcome = Ok(());
        while !told.is_empty() && outcome.is_ok() {
            client.read_tls(&mut told).unwrap();
            outcome = client.process_new_packets().map(|_| ());
        }
        let refused = Error::InvalidCertificate(rustls::CertificateError::BadSignature);
        assert_eq!(outcome.unwrap_err(), refused);
    }
}
