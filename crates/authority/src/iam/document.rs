//! Policy documents at the moment of writing: grammar and size, in AWS's words.

use api::Fault;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{faults, quotas};

/// Checks an identity policy's grammar.
pub(crate) fn check(document: &str) -> Result<(), Fault> {
    policy::validate(policy::PolicyKind::Identity, document)
        .map_err(|malformed| faults::malformed_policy(malformed.message))
}

/// Checks the document of a managed policy: grammar, then size.
pub(crate) fn check_managed(document: &str) -> Result<(), Fault> {
    check(document)?;
    if !fits(document, quotas::POLICY_SIZE) {
        return Err(faults::over_quota("PolicySize", quotas::POLICY_SIZE));
    }
    Ok(())
}

/// Whether a document has room under `quota`: without its white space under the quota itself, and
/// as it was written under what goes with that quota.
pub(crate) fn fits(document: &str, quota: usize) -> bool {
    policy::quota_size(document) <= quota && document.chars().count() <= quotas::written_max(quota)
}

/// RFC 3986, section 2.3: what stays as it is when a document is percent-encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A document as IAM's answers carry it: percent-encoded.
///
/// Source: IAM API Reference, GetUserPolicy, "PolicyDocument".
pub(crate) fn encoded(document: &str) -> String {
    utf8_percent_encode(document, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_free_but_not_without_end() {
        let padded = |blanks: usize| format!("{}{}", "x".repeat(2048), " ".repeat(blanks));
        let room = quotas::written_max(2048) - 2048;
        assert!(fits(&padded(room), 2048) && !fits(&padded(room + 1), 2048));
        assert!(!fits(&"x".repeat(2049), 2048));
        // Characters are counted, not bytes.
        assert!(fits(&"ÿ".repeat(2048), 2048));
    }
}
