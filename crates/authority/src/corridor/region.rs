//! Regions: which there are, and which region a call belongs to.
//!
//! One endpoint serves them all, so a region is what the signature says it is. A name that is no
//! region's is refused: each region has a trail of its own, and nobody would look into one whose name
//! a caller has made up.

use super::Passage;

/// The region of global services, and of calls that claim none.
pub(crate) const HOME: &str = "us-east-1";

/// AWS's regions, sorted. Source: botocore's `endpoints.json` and `partitions.json`.
pub(crate) const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "me-west-1",
    "mx-central-1",
    "sa-east-1",
    "sa-west-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];

/// Whether there is a region of this name.
pub(super) fn is_region(text: &str) -> bool {
    REGIONS.binary_search(&text).is_ok()
}

impl Passage<'_> {
    /// The region that the call is made and recorded in. IAM is global: its calls are those of
    /// `us-east-1`, whichever region the client has signed for. AWS's endpoint of IAM wants
    /// `us-east-1` in the signature; but clients that are given an endpoint's URL sign with the
    /// region that they are set up for, and refusing them would shut out every user of another one.
    pub(crate) fn region(&self) -> &str {
        let claimed = self.claimed().map(|claimed| &*claimed.region);
        claimed.filter(|region| self.service.id != "iam" && is_region(region)).unwrap_or(HOME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_those_of_aws_and_no_others() {
        assert!(REGIONS.is_sorted() && REGIONS.contains(&HOME));
        for region in ["us-east-1", "ap-southeast-4", "us-gov-west-1", "us-isob-east-1"] {
            assert!(is_region(region), "{region}");
        }
        for other in
            ["", "us", "mars-north-9", "xx-anything-1", "US-EAST-1", "us-east-1 ", "aws-global"]
        {
            assert!(!is_region(other), "{other}");
        }
    }
}
