//! Why a signature is refused. A reason can be followed from the log to the line that gave it.

use names::Timestamp;

/// Why a request does not prove who sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Neither an `Authorization` header nor `X-Amz-Algorithm`.
    Unsigned,
    /// Both forms at once.
    SignedTwice,
    /// A scheme other than `AWS4-HMAC-SHA256`.
    UnknownAlgorithm(String),
    /// A part of the `Authorization` header without an equal-sign.
    NotKeyValue {
        /// The part.
        part: String,
        /// The whole header.
        header: String,
    },
    /// Parts of the `Authorization` header are missing; the text names them all.
    HeaderPartsMissing(String),
    /// Parts of a presigned query string are missing; the text names them all.
    QueryPartsMissing(String),
    /// The header must take part in the signature and doesn't.
    NotSigned(String),
    /// `SignedHeaders` is not sorted, in lower case and without repetition.
    SignedHeadersMalformed,
    /// `SignedHeaders` names a header that the request lacks.
    SignedHeaderAbsent(String),
    /// The date has another form.
    BadDate(String),
    /// The credential is not five parts.
    BadCredential(String),
    /// The request is older than the clock allows.
    Expired {
        /// When the request says it was signed.
        moment: Timestamp,
        /// Our clock.
        now: Timestamp,
        /// How far they may lie apart.
        minutes: i64,
    },
    /// The request is from the future.
    NotYetCurrent {
        /// When the request says it was signed.
        moment: Timestamp,
        /// Our clock.
        now: Timestamp,
        /// How far they may lie apart.
        minutes: i64,
    },
    /// A presigned URL past its `X-Amz-Expires`.
    UrlExpired,
    /// `X-Amz-Expires` is no number between 1 and 604800.
    BadExpiry(String),
    /// What is wrong with the credential scope; the text names it all.
    WrongScope(String),
    /// The body is not the one whose hash was signed.
    PayloadMismatch,
    /// The signature is that of another request or another key.
    Mismatch,
}

/// Which of AWS's errors a refusal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// `MissingAuthenticationToken`.
    MissingAuthenticationToken,
    /// `IncompleteSignature`.
    IncompleteSignature,
    /// `SignatureDoesNotMatch`.
    SignatureDoesNotMatch,
    /// `RequestExpired`.
    RequestExpired,
}

impl Refusal {
    /// Which of AWS's errors this is.
    #[must_use]
    pub fn kind(&self) -> RefusalKind {
        match self {
            Self::Unsigned => RefusalKind::MissingAuthenticationToken,
            Self::UnknownAlgorithm(_)
            | Self::NotKeyValue { .. }
            | Self::HeaderPartsMissing(_)
            | Self::QueryPartsMissing(_)
            | Self::BadDate(_)
            | Self::BadCredential(_)
            | Self::BadExpiry(_) => RefusalKind::IncompleteSignature,
            Self::UrlExpired => RefusalKind::RequestExpired,
            Self::SignedTwice
            | Self::NotSigned(_)
            | Self::SignedHeadersMalformed
            | Self::SignedHeaderAbsent(_)
            | Self::Expired { .. }
            | Self::NotYetCurrent { .. }
            | Self::WrongScope(_)
            | Self::PayloadMismatch
            | Self::Mismatch => RefusalKind::SignatureDoesNotMatch,
        }
    }

    /// AWS's text.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Unsigned => "Request is missing Authentication Token".to_owned(),
            Self::SignedTwice => String::new(),
            Self::UnknownAlgorithm(name) => format!("Unsupported AWS 'algorithm': '{name}'."),
            Self::NotKeyValue { part, header } => format!(
                "'{part}' not a valid key=value pair (missing equal-sign) in Authorization header: \
                 '{header}'."
            ),
            Self::HeaderPartsMissing(text) | Self::QueryPartsMissing(text) => text.clone(),
            Self::NotSigned(name) => {
                format!("{name} must be a 'SignedHeader' in the AWS Authorization.")
            }
            Self::BadDate(text) => format!(
                "Date must be in ISO-8601 'basic format'. Got '{text}'. See \
                 http://en.wikipedia.org/wiki/ISO_8601"
            ),
            Self::BadCredential(text) => format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{text}'"
            ),
            Self::Expired { moment, now, minutes } => format!(
                "Signature expired: {} is now earlier than {} ({} - {minutes} min.)",
                moment.basic(),
                now.plus_seconds(-minutes * 60).basic(),
                now.basic(),
            ),
            Self::NotYetCurrent { moment, now, minutes } => format!(
                "Signature not yet current: {} is still later than {} ({} + {minutes} min.)",
                moment.basic(),
                now.plus_seconds(minutes * 60).basic(),
                now.basic(),
            ),
            Self::UrlExpired => "Request has expired.".to_owned(),
            Self::BadExpiry(text) => format!(
                "X-Amz-Expires must be a number of seconds between 1 and 604800, got '{text}'"
            ),
            Self::WrongScope(text) => text.clone(),
            Self::SignedHeadersMalformed
            | Self::SignedHeaderAbsent(_)
            | Self::PayloadMismatch
            | Self::Mismatch => MISMATCH.to_owned(),
        }
    }
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you \
    provided. Check your AWS Secret Access Key and signing method. Consult the service \
    documentation for details.";
