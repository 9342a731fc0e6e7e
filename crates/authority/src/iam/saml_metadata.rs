//! A SAML identity provider's metadata document: whether it is one, and until when it is good.
//!
//! Documents with a DTD are refused, so that no entity is ever expanded and nothing is fetched; those
//! that would be dear to parse are refused before they are.
//!
//! Source: OASIS, "Metadata for SAML V2.0", sections 2.3.2, 2.4.1.1 and 2.4.3.

mod size;

use data_encoding::BASE64;
use names::Timestamp;
use roxmltree::{Document, Node, ParsingOptions};

use super::certificate::Certificate;

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";

/// Far more nodes than a provider's metadata has.
const NODES_MAX: u32 = 100_000;

/// What is read off a metadata document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Metadata {
    /// `validUntil` of the entity, or of the role, whichever comes first.
    pub(super) valid_until: Option<Timestamp>,
}

impl Metadata {
    /// Reads an `EntityDescriptor` with an `IDPSSODescriptor` that has an X.509 certificate for
    /// signatures; `None` for anything else.
    pub(super) fn read(text: &str) -> Option<Self> {
        if !size::is_modest(text) {
            return None;
        }
        let options =
            ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..Default::default() };
        let document = Document::parse_with_options(text, options).ok()?;
        let entity = document.root_element();
        if !entity.has_tag_name((METADATA, "EntityDescriptor")) {
            return None;
        }
        entity.attribute("entityID").filter(|id| !id.is_empty())?;
        let role = children(entity, (METADATA, "IDPSSODescriptor")).next()?;
        if !children(role, (METADATA, "KeyDescriptor")).any(is_of_signatures) {
            return None;
        }
        let ends = [valid_until(entity)?, valid_until(role)?];
        Some(Self { valid_until: ends.into_iter().flatten().min() })
    }
}

fn children<'a, 'input>(
    of: Node<'a, 'input>,
    name: (&'static str, &'static str),
) -> impl Iterator<Item = Node<'a, 'input>> {
    of.children().filter(move |node| node.has_tag_name(name))
}

/// Whether it is for signatures (a key without a use is for everything) and holds a certificate.
fn is_of_signatures(key: Node<'_, '_>) -> bool {
    let signs = key.attribute("use").is_none_or(|of| of == "signing");
    let infos = children(key, (SIGNATURE, "KeyInfo"));
    let data = infos.flat_map(|info| children(info, (SIGNATURE, "X509Data")));
    let mut bodies = data.flat_map(|data| children(data, (SIGNATURE, "X509Certificate")));
    signs && bodies.any(|body| holds_certificate(body.text().unwrap_or_default()))
}

fn holds_certificate(text: &str) -> bool {
    let packed: String = text.split_ascii_whitespace().collect();
    let der = BASE64.decode(packed.as_bytes()).ok();
    der.is_some_and(|der| Certificate::from_der(&der).is_some())
}

/// The attribute, if it is there; `None` if it is there and no moment. Moments are in UTC, and not
/// everybody writes the `Z` that says so.
fn valid_until(node: Node<'_, '_>) -> Option<Option<Timestamp>> {
    let Some(text) = node.attribute("validUntil") else { return Some(None) };
    let moment = Timestamp::parse_iso(text).or_else(|_| Timestamp::parse_iso(&format!("{text}Z")));
    moment.ok().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256`, without headers.
    const CERTIFICATE: &str = include_str!("saml_metadata/certificate.base64");

    fn document(of_entity: &str, of_role: &str, of_key: &str) -> String {
        format!(
            r#"<?xml version="1.0"?>
            <md:EntityDescriptor xmlns:md="{METADATA}" entityID="https://idp.example" {of_entity}>
              <md:IDPSSODescriptor {of_role}>
                <md:KeyDescriptor {of_key}>
                  <ds:KeyInfo xmlns:ds="{SIGNATURE}"><ds:X509Data>
                    <ds:X509Certificate>{CERTIFICATE}</ds:X509Certificate>
                  </ds:X509Data></ds:KeyInfo>
                </md:KeyDescriptor>
              </md:IDPSSODescriptor>
            </md:EntityDescriptor>"#
        )
    }

    #[test]
    fn a_document_ends_when_its_first_part_does() {
        let until = |text: String| Metadata::read(&text).unwrap().valid_until.map(Timestamp::iso);
        assert_eq!(until(document("", "", "")), None);
        let entity = "validUntil='2033-01-02T03:04:05.000Z'";
        let first = Some("2033-01-02T03:04:05Z".to_owned());
        assert_eq!(until(document(entity, "", "use='signing'")), first);
        let later = "validUntil='2034-01-02T03:04:05'";
        assert_eq!(until(document(entity, later, "")), first);
        assert_eq!(until(document(later, entity, "")), first);
    }

    #[test]
    fn what_lacks_a_part_is_refused() {
        let good = document("", "", "");
        assert!(Metadata::read(&good).is_some());
        for wrong in [
            String::new(),
            document("validUntil='soon'", "", ""),
            document("", "", "use='encryption'"),
            good.replace("IDPSSODescriptor", "SPSSODescriptor"),
            good.replace("KeyDescriptor", "Key"),
            good.replace("entityID=\"https://idp.example\"", ""),
            good.replace("SAML:2.0", "SAML:1.1"),
            good.replace("X509Certificate>MII", "X509Certificate>MIJ"),
            good.replace("</md:EntityDescriptor>", ""),
        ] {
            assert_ne!(wrong, good);
            assert_eq!(Metadata::read(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_dtd_is_refused_with_whatever_it_declares() {
        let good = document("", "", "");
        for dtd in [
            "<!DOCTYPE x>",
            r#"<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>"#,
            r#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>"#,
        ] {
            let text = good.replace("<?xml version=\"1.0\"?>", dtd);
            assert_ne!(text, good);
            assert_eq!(Metadata::read(&text), None, "{dtd}");
        }
    }

    #[test]
    fn depth_and_breadth_are_borne() {
        let deep = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
        assert_eq!(Metadata::read(&deep), None);
        let broad = format!("<a>{}</a>", "<b/>".repeat(250_000));
        assert_eq!(Metadata::read(&broad), None);
    }
}
