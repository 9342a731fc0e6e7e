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
    if policy::quota_size(document) > quotas::POLICY_SIZE {
        return Err(faults::over_quota("PolicySize", quotas::POLICY_SIZE));
    }
    Ok(())
}

/// RFC 3986, section 2.3: what stays as it is when a document is percent-encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A document as IAM's answers carry it: percent-encoded.
///
/// Source: IAM API Reference, GetUserPolicy, "PolicyDocument".
pub(crate) fn encoded(document: &str) -> String {
    utf8_percent_encode(document, RESERVED).to_string()
}
