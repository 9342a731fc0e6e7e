//! RSA public keys as people upload them, in SSH's form or as PEM, and from one form to the other.
//!
//! It never touches a private key.

use data_encoding::BASE64;
use der::asn1::UintRef;
use der::pem::LineEnding;
use der::{Decode as _, Document};
use pkcs1::RsaPublicKeyRef;
use ssh_encoding::{Decode as _, Encode as _, Mpint};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};

/// What SSH calls the kind of key.
const SSH_RSA: &str = "ssh-rsa";

/// Bits that a key may have.
///
/// Source: IAM User Guide, "Use SSH keys with CodeCommit".
const BITS: std::ops::RangeInclusive<usize> = 2048..=16384;

/// An RSA public key of an allowed size, in SSH's wire form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RsaPublicKey {
    wire: Vec<u8>,
}

/// Why a text is no such key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    /// It begins neither like an SSH key nor like a PEM block of a public key.
    UnknownEncoding,
    /// It begins like one, but holds none, or one of a wrong size.
    Malformed,
}

impl RsaPublicKey {
    /// Reads `ssh-rsa BASE64 [COMMENT]`, or PEM of PKCS #1 or of X.509.
    pub(super) fn from_text(text: &str) -> Result<Self, NoKey> {
        let text = text.trim();
        if text.starts_with("-----BEGIN ") {
            return Self::from_pem(text);
        }
        let mut words = text.split_ascii_whitespace();
        if words.next() != Some(SSH_RSA) {
            return Err(NoKey::UnknownEncoding);
        }
        let wire = words.next().and_then(|word| BASE64.decode(word.as_bytes()).ok());
        Self::from_wire(&wire.ok_or(NoKey::Malformed)?).ok_or(NoKey::Malformed)
    }

    fn from_pem(text: &str) -> Result<Self, NoKey> {
        let (label, document) = Document::from_pem(text).map_err(|_| NoKey::Malformed)?;
        let key = match label {
            "RSA PUBLIC KEY" => Self::from_pkcs1(document.as_bytes()),
            "PUBLIC KEY" => Self::from_spki(document.as_bytes()),
            _ => return Err(NoKey::UnknownEncoding),
        };
        key.ok_or(NoKey::Malformed)
    }

    fn from_spki(der: &[u8]) -> Option<Self> {
        let info = SubjectPublicKeyInfoRef::from_der(der).ok()?;
        let is_rsa = info.algorithm.oid == pkcs1::ALGORITHM_OID;
        Self::from_pkcs1(info.subject_public_key.as_bytes().filter(|_| is_rsa)?)
    }

    fn from_pkcs1(der: &[u8]) -> Option<Self> {
        let key = RsaPublicKeyRef::from_der(der).ok()?;
        Self::of(key.modulus.as_bytes(), key.public_exponent.as_bytes())
    }

    /// The key in this wire form; `None` if it is none.
    pub(super) fn from_wire(wire: &[u8]) -> Option<Self> {
        let [exponent, modulus] = numbers(wire)?;
        Self::of(modulus.as_positive_bytes()?, exponent.as_positive_bytes()?)
    }

    fn of(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let leading = modulus.first()?.leading_zeros() as usize;
        let bits = (modulus.len() * 8).checked_sub(leading)?;
        let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
        if !BITS.contains(&bits) || !odd(modulus) || !odd(exponent) || exponent == [1] {
            return None;
        }
        let mut wire = Vec::with_capacity(modulus.len() + 64);
        SSH_RSA.encode(&mut wire).ok()?;
        Mpint::from_positive_bytes(exponent).encode(&mut wire).ok()?;
        Mpint::from_positive_bytes(modulus).encode(&mut wire).ok()?;
        Some(Self { wire })
    }

    /// SSH's wire form.
    pub(super) fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// MD5 of the wire form, with colons between the bytes.
    pub(super) fn fingerprint(&self) -> String {
        let digest = md5::compute(&self.wire);
        let bytes: Vec<String> = digest.0.iter().map(|byte| format!("{byte:02x}")).collect();
        bytes.join(":")
    }

    /// `ssh-rsa BASE64`, without a comment.
    pub(super) fn to_ssh(&self) -> String {
        format!("{SSH_RSA} {}", BASE64.encode(&self.wire))
    }

    /// PEM of the X.509 form; `None` cannot be for a key that was read.
    pub(super) fn to_pem(&self) -> Option<String> {
        let [exponent, modulus] = numbers(&self.wire)?;
        let key = RsaPublicKeyRef {
            modulus: UintRef::new(modulus.as_positive_bytes()?).ok()?,
            public_exponent: UintRef::new(exponent.as_positive_bytes()?).ok()?,
        };
        let info = SubjectPublicKeyInfo {
            algorithm: AlgorithmIdentifierOwned {
                oid: pkcs1::ALGORITHM_OID,
                parameters: Some(der::asn1::Null.into()),
            },
            subject_public_key: der::asn1::BitString::from_bytes(&encoded(&key)?).ok()?,
        };
        let document = Document::encode_msg(&info).ok()?;
        document.to_pem("PUBLIC KEY", LineEnding::LF).ok()
    }
}

/// Exponent and modulus of an RSA key in SSH's wire form (RFC 4253, section 6.6).
fn numbers(mut wire: &[u8]) -> Option<[Mpint; 2]> {
    let kind = <String as ssh_encoding::Decode>::decode(&mut wire).ok()?;
    let exponent = Mpint::decode(&mut wire).ok()?;
    let modulus = Mpint::decode(&mut wire).ok()?;
    (kind == SSH_RSA && wire.is_empty()).then_some([exponent, modulus])
}

fn encoded(value: &impl der::Encode) -> Option<Vec<u8>> {
    value.to_der().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `ssh-keygen -t rsa -b 2048`, whose `-l -E md5` says the fingerprint.
    const SSH: &str = include_str!("rsa_public_key/example.pub");
    /// The same key through `ssh-keygen -e -m PKCS8`.
    const X509: &str = include_str!("rsa_public_key/example.spki.pem");
    /// The same key through `ssh-keygen -e -m PEM`.
    const PKCS1: &str = include_str!("rsa_public_key/example.pkcs1.pem");
    const FINGERPRINT: &str = include_str!("rsa_public_key/example.md5");

    #[test]
    fn all_three_forms_are_one_key() {
        let key = RsaPublicKey::from_text(SSH).unwrap();
        assert_eq!(RsaPublicKey::from_text(X509).unwrap(), key);
        assert_eq!(RsaPublicKey::from_text(PKCS1).unwrap(), key);
        assert_eq!(RsaPublicKey::from_wire(key.wire()).unwrap(), key);
        assert_eq!(key.fingerprint(), FINGERPRINT.trim());
        assert_eq!(key.to_pem().unwrap(), X509);
        assert!(SSH.starts_with(&key.to_ssh()), "{SSH}");
    }

    #[test]
    fn what_is_no_key_is_told_apart() {
        let refused = |text: &str| RsaPublicKey::from_text(text).unwrap_err();
        assert_eq!(refused("ssh-ed25519 AAAA"), NoKey::UnknownEncoding);
        assert_eq!(refused("hello"), NoKey::UnknownEncoding);
        assert_eq!(refused("ssh-rsa"), NoKey::Malformed);
        assert_eq!(refused("ssh-rsa !"), NoKey::Malformed);
        assert_eq!(refused(&SSH.replace("AAAAB3", "AAAAB4")), NoKey::Malformed);
        assert_eq!(refused(&X509.replace("PUBLIC", "PRIVATE")), NoKey::UnknownEncoding);
        assert_eq!(refused(&X509.replace("MIIB", "MIIC")), NoKey::Malformed);
        let short = Mpint::from_positive_bytes(&[0xff; 128]);
        let mut wire = Vec::new();
        SSH_RSA.encode(&mut wire).unwrap();
        Mpint::from_positive_bytes(&[1, 0, 1]).encode(&mut wire).unwrap();
        short.encode(&mut wire).unwrap();
        assert_eq!(RsaPublicKey::from_wire(&wire), None);
    }
}
