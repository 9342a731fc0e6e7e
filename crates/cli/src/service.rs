//! The services that a client's command calls, and by which names AWS's clients know them. It calls
//! none.

/// The services that are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Iam,
    Sts,
    CloudTrail,
}

impl Service {
    /// The service as a credential scope names it.
    pub(crate) fn scope(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::CloudTrail => "cloudtrail",
        }
    }

    /// The variable in which AWS's clients look for the service's URL.
    pub(crate) fn endpoint_variable(self) -> &'static str {
        match self {
            Self::Iam => "AWS_ENDPOINT_URL_IAM",
            Self::Sts => "AWS_ENDPOINT_URL_STS",
            Self::CloudTrail => "AWS_ENDPOINT_URL_CLOUDTRAIL",
        }
    }

    /// Version of the API, as a query names it; for CloudTrail, whose calls are named by a header, the
    /// header's beginning.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
            Self::CloudTrail => "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
        }
    }
}
