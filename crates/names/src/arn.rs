//! Amazon Resource Names: splitting them, never judging whether the resource exists.

/// A borrowed ARN, split at its first five colons.
///
/// Source: IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// `iam`, `sts`, `kms`, …
    pub service: &'a str,
    /// Empty for global services.
    pub region: &'a str,
    /// Twelve digits, `aws` for resources of AWS itself, or empty.
    pub account: &'a str,
    /// Everything after the fifth colon; may contain further colons.
    pub resource: &'a str,
}

/// The text does not begin with `arn:` or has fewer than five colons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an ARN has the form arn:partition:service:region:account:resource")]
pub struct InvalidArn;

impl<'a> Arn<'a> {
    /// Splits `text`.
    ///
    /// # Errors
    /// [`InvalidArn`] if the text is not `arn:` followed by five parts.
    pub fn parse(text: &'a str) -> Result<Self, InvalidArn> {
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().ok_or(InvalidArn);
        if next()? != "arn" {
            return Err(InvalidArn);
        }
        Ok(Self {
            partition: next()?,
            service: next()?,
            region: next()?,
            account: next()?,
            resource: next()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resource_keeps_its_colons() {
        let arn = Arn::parse("arn:aws:lambda:eu-west-1:123456789012:function:rotate:7").unwrap();
        assert_eq!(arn.resource, "function:rotate:7");
        assert_eq!(arn.region, "eu-west-1");
        assert_eq!(Arn::parse("arn:aws:s3:::b").unwrap().account, "");
        for bad in ["", "arn", "arn:aws:s3::", "urn:aws:s3:::b"] {
            assert_eq!(Arn::parse(bad), Err(InvalidArn), "{bad}");
        }
    }
}
