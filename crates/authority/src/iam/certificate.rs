//! X.509 certificates as people upload them: what they say, who signed them, and whether a private
//! key is theirs.
//!
//! Nobody's trust is asked about: that a chain leads to a known authority is the client's concern.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::signature::{self, EcdsaKeyPair, KeyPair as _, RsaKeyPair, UnparsedPublicKey};
use data_encoding::BASE32_NOPAD;
use der::asn1::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use names::Timestamp;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate that was read.
#[derive(Debug)]
pub(super) struct Certificate {
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
}

/// When a certificate is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Validity {
    NotYet,
    Now,
    NoLonger,
}

impl Certificate {
    /// The one certificate of a PEM text; `None` if there is none, or something beside it.
    pub(super) fn from_pem(text: &str) -> Option<Self> {
        let [one] = <[Self; 1]>::try_from(Self::all_from_pem(text)?).ok()?;
        Some(one)
    }

    /// All certificates of a PEM text, in order; `None` if one of them can't be read.
    pub(super) fn all_from_pem(text: &str) -> Option<Vec<Self>> {
        let sections = CertificateDer::pem_slice_iter(text.as_bytes());
        sections.map(|der| Self::from_der(der.ok()?.as_ref())).collect()
    }

    /// The certificate in this DER form.
    pub(super) fn from_der(der: &[u8]) -> Option<Self> {
        let parsed = x509_cert::Certificate::from_der(der).ok()?;
        Some(Self { der: der.to_vec(), parsed })
    }

    /// SHA-1 of the DER form, as base32: 32 characters.
    pub(super) fn id(&self) -> String {
        BASE32_NOPAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.der).as_ref())
    }

    /// The last moment at which it is good.
    pub(super) fn not_after(&self) -> Timestamp {
        moment(&self.parsed.tbs_certificate().validity().not_after)
    }

    pub(super) fn validity(&self, now: Timestamp) -> Validity {
        let from = moment(&self.parsed.tbs_certificate().validity().not_before);
        if now < from {
            Validity::NotYet
        } else if now > self.not_after() {
            Validity::NoLonger
        } else {
            Validity::Now
        }
    }

    /// Whether `issuer` is named as this certificate's issuer and has signed it.
    pub(super) fn is_signed_by(&self, issuer: &Self) -> bool {
        let (own, of) = (self.parsed.tbs_certificate(), issuer.parsed.tbs_certificate());
        own.issuer() == of.subject() && self.signature_is_of(issuer).unwrap_or(false)
    }

    fn signature_is_of(&self, issuer: &Self) -> Option<bool> {
        let algorithm = self.parsed.signature_algorithm();
        let key = issuer.parsed.tbs_certificate().subject_public_key_info().to_der().ok()?;
        let signed = signed_part(&self.der)?;
        let signature = self.parsed.signature().as_bytes()?;
        let mut algorithms = VERIFICATIONS.iter().filter(|(oid, _)| *oid == algorithm.oid);
        Some(
            algorithms.any(|(_, with)| {
                UnparsedPublicKey::new(*with, &key).verify(signed, signature).is_ok()
            }),
        )
    }

    /// Whether `key` is the private key to this certificate's public key.
    pub(super) fn has_key(&self, key: &PrivateKey) -> bool {
        let info = self.parsed.tbs_certificate().subject_public_key_info();
        info.algorithm.oid == key.algorithm
            && info.subject_public_key.as_bytes() == Some(key.public.as_slice())
    }
}

fn moment(time: &x509_cert::time::Time) -> Timestamp {
    let seconds = time.to_unix_duration().as_secs();
    Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000_000_000))
}

/// The bytes that the signature is over: the first element of the outer sequence, as it stands.
fn signed_part(der: &[u8]) -> Option<&[u8]> {
    use der::{Header, Reader as _, SliceReader};
    let mut outer = SliceReader::new(der).ok()?;
    Header::decode(&mut outer).ok()?;
    outer.tlv_bytes().ok()
}

/// RFC 8017, A.2.4; RFC 5758, section 3.2; RFC 8410, section 3. Where a curve is not told by the
/// algorithm, each is tried: a key fits one alone.
const VERIFICATIONS: &[(ObjectIdentifier, &dyn signature::VerificationAlgorithm)] = {
    const SHA1_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");
    const SHA256_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
    const SHA384_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
    const SHA512_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
    const SHA256_ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
    const SHA384_ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
    const SHA512_ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
    const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
    &[
        (SHA1_RSA, &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        (SHA256_RSA, &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        (SHA384_RSA, &signature::RSA_PKCS1_2048_8192_SHA384),
        (SHA512_RSA, &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        (SHA256_ECDSA, &signature::ECDSA_P256_SHA256_ASN1),
        (SHA256_ECDSA, &signature::ECDSA_P384_SHA256_ASN1),
        (SHA256_ECDSA, &signature::ECDSA_P521_SHA256_ASN1),
        (SHA384_ECDSA, &signature::ECDSA_P256_SHA384_ASN1),
        (SHA384_ECDSA, &signature::ECDSA_P384_SHA384_ASN1),
        (SHA384_ECDSA, &signature::ECDSA_P521_SHA384_ASN1),
        (SHA512_ECDSA, &signature::ECDSA_P256_SHA512_ASN1),
        (SHA512_ECDSA, &signature::ECDSA_P384_SHA512_ASN1),
        (SHA512_ECDSA, &signature::ECDSA_P521_SHA512_ASN1),
        (ED25519, &signature::ED25519),
    ]
};

/// RFC 5480, section 2.1.1.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// The public half of a private key that was read; the private half is not kept.
#[derive(Debug)]
pub(super) struct PrivateKey {
    algorithm: ObjectIdentifier,
    public: Vec<u8>,
}

impl PrivateKey {
    /// The one unencrypted private key of a PEM text, RSA of 2048 to 8192 bits or on one of the
    /// curves P-256, P-384 and P-521; `None` for anything else.
    pub(super) fn from_pem(text: &str) -> Option<Self> {
        let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).ok()?;
        match &key {
            PrivateKeyDer::Pkcs1(der) => {
                Self::of_rsa(&RsaKeyPair::from_der(der.secret_pkcs1_der()).ok()?)
            }
            PrivateKeyDer::Sec1(der) => {
                curve(|with| EcdsaKeyPair::from_private_key_der(with, der.secret_sec1_der()).ok())
            }
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                match RsaKeyPair::from_pkcs8(der) {
                    Ok(pair) => Self::of_rsa(&pair),
                    Err(_) => curve(|with| EcdsaKeyPair::from_pkcs8(with, der).ok()),
                }
            }
            _ => None,
        }
    }

    pub(super) fn is_rsa(&self) -> bool {
        self.algorithm == pkcs1::ALGORITHM_OID
    }

    fn of_rsa(pair: &RsaKeyPair) -> Option<Self> {
        let public = pair.public_key().as_ref().to_vec();
        Some(Self { algorithm: pkcs1::ALGORITHM_OID, public })
    }
}

/// The key on the first curve that takes it.
fn curve(
    read: impl Fn(&'static signature::EcdsaSigningAlgorithm) -> Option<EcdsaKeyPair>,
) -> Option<PrivateKey> {
    let curves = [
        &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
        &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
        &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
    ];
    let pair = curves.into_iter().find_map(read)?;
    let public = pair.public_key().as_ref().to_vec();
    Some(PrivateKey { algorithm: EC_PUBLIC_KEY, public })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One self-signed certificate for each algorithm, all of one name, made with `openssl req`.
    const SIGNED: &str = include_str!("certificate/signed.pem");
    /// A certificate and its key, RSA and on each curve, one behind the other.
    const PAIRS: &str = include_str!("certificate/pairs.pem");
    /// The keys of the first and third of them in their older forms.
    const RSA_PKCS1: &str = include_str!("certificate/rsa.pkcs1.pem");
    const P384_SEC1: &str = include_str!("certificate/p384.sec1.pem");

    #[test]
    fn every_algorithm_knows_its_own_signature_and_no_other() {
        let all = Certificate::all_from_pem(SIGNED).unwrap();
        assert_eq!(all.len(), 12);
        for (at, certificate) in all.iter().enumerate() {
            let by: Vec<usize> =
                (0..all.len()).filter(|by| certificate.is_signed_by(&all[*by])).collect();
            assert_eq!(by, [at]);
        }
    }

    #[test]
    fn a_changed_certificate_is_not_signed() {
        let issuer = &Certificate::all_from_pem(SIGNED).unwrap()[5];
        let at = issuer.der.windows(4).position(|four| four == b"same").unwrap();
        let mut changed = issuer.der.clone();
        changed[at] = b'S';
        let changed = Certificate::from_der(&changed).unwrap();
        assert!(issuer.is_signed_by(issuer) && !changed.is_signed_by(issuer));
    }

    #[test]
    fn a_key_belongs_to_its_certificate_alone() {
        let certificates = Certificate::all_from_pem(PAIRS).unwrap();
        let keys: Vec<PrivateKey> = PAIRS
            .split("-----BEGIN PRIVATE KEY-----")
            .skip(1)
            .map(|rest| {
                PrivateKey::from_pem(&format!("-----BEGIN PRIVATE KEY-----{rest}")).unwrap()
            })
            .collect();
        assert_eq!((certificates.len(), keys.len()), (4, 4));
        for (at, certificate) in certificates.iter().enumerate() {
            let of: Vec<usize> = (0..4).filter(|key| certificate.has_key(&keys[*key])).collect();
            assert_eq!(of, [at]);
        }
        assert!(certificates[0].has_key(&PrivateKey::from_pem(RSA_PKCS1).unwrap()));
        assert!(certificates[2].has_key(&PrivateKey::from_pem(P384_SEC1).unwrap()));
        assert!(keys[0].is_rsa() && !keys[1].is_rsa());
    }

    #[test]
    fn nothing_but_one_certificate_is_one() {
        assert!(Certificate::from_pem("").is_none());
        assert!(Certificate::from_pem(SIGNED).is_none());
        assert!(Certificate::from_pem(P384_SEC1).is_none());
        let first = SIGNED.split_inclusive("-----END CERTIFICATE-----\n").next().unwrap();
        assert!(Certificate::from_pem(first).is_some());
        assert!(Certificate::from_pem(&first.replace("MII", "MIJ")).is_none());
    }

    #[test]
    fn it_is_good_from_its_first_to_its_last_second() {
        let first = SIGNED.split_inclusive("-----END CERTIFICATE-----\n").next().unwrap();
        let certificate = Certificate::from_pem(first).unwrap();
        let last = certificate.not_after();
        let first = moment(&certificate.parsed.tbs_certificate().validity().not_before);
        let at = |moment: Timestamp| certificate.validity(moment);
        assert_eq!([at(first), at(last)], [Validity::Now; 2]);
        assert_eq!(at(first.plus_seconds(-1)), Validity::NotYet);
        assert_eq!(at(last.plus_seconds(1)), Validity::NoLonger);
    }
}
