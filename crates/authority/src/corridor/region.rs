//! Regions: which names are ones, and which region a call belongs to.
//!
//! One endpoint serves them all, so a region is what the signature says it is. Which regions exist
//! is not asked, only whether the name has a region's form.

use super::Passage;

/// The region of global services, and of calls that claim none.
pub(crate) const HOME: &str = "us-east-1";

/// Whether `text` has the form of a region's name: `eu-west-1`, `us-gov-east-1`, `eusc-de-east-1`.
pub(super) fn is_region(text: &str) -> bool {
    let mut words = text.split('-');
    let partition = words.next().unwrap_or_default();
    let number = words.next_back().unwrap_or_default();
    let (mut count, mut lower) = (0, true);
    for word in words {
        count += 1;
        lower &= is_word(word);
    }
    (partition.len() == 2 || partition == "eusc")
        && is_word(partition)
        && (1..=3).contains(&count)
        && lower
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_word(word: &str) -> bool {
    (1..=16).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
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
    fn names_of_regions_have_their_form() {
        for region in
            ["us-east-1", "ap-southeast-4", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1"]
        {
            assert!(is_region(region), "{region}");
        }
        for other in
            ["", "us", "us-1", "mars-north-9", "us-east", "us-east-", "us-east-a", "us--east-1"]
        {
            assert!(!is_region(other), "{other}");
        }
        for other in
            ["US-EAST-1", "us-east-123", "-east-1", "us-e4st-1", "us-a-b-c-d-1", "us-east-1 "]
        {
            assert!(!is_region(other), "{other}");
        }
    }
}
