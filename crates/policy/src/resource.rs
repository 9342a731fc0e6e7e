//! Resource patterns. Colons divide an ARN into segments, and most wildcards stay in theirs.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Resource". Within the first five segments a
//! wildcard matches no colon, unless a `*` ends its segment: then it may reach beyond. In the last
//! part, the resource, wildcards match anything. A pattern with fewer segments is completed with `*`.

use crate::context::Context;
use crate::glob::{Glob, Token};
use crate::template::{Template, pattern_tokens};

/// A compiled resource pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ResourcePattern {
    Fixed(Glob),
    /// It holds variables, which are replaced for each request.
    Variable(Template),
}

impl ResourcePattern {
    pub(crate) fn new(text: &str, variables: bool) -> Self {
        let template = Template::new(text, variables);
        match template.fixed().map(|text| text.chars().map(|c| (c, true)).collect::<Vec<_>>()) {
            Some(plain) => Self::Fixed(segmented(&pattern_tokens(&plain))),
            None => Self::Variable(template),
        }
    }

    /// Bytes that it takes besides itself.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Fixed(glob) => glob.weight(),
            Self::Variable(template) => template.weight(),
        }
    }

    /// The keys without which it matches nothing.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        let template = match self {
            Self::Fixed(_) => None,
            Self::Variable(template) => Some(template),
        };
        template.into_iter().flat_map(Template::required_keys)
    }

    /// A pattern whose variable has no value matches nothing.
    #[inline]
    pub(crate) fn matches(&self, resource: &str, context: &Context) -> bool {
        match self {
            Self::Fixed(glob) => glob.matches(resource),
            Self::Variable(template) => template.substitute(context).is_some_and(|substituted| {
                segmented(&pattern_tokens(&substituted)).matches(resource)
            }),
        }
    }
}

const COLON: Token = Token::Is(b':' as u16);
const SEGMENTS: usize = 6;

/// Keeps wildcards inside the first five segments from matching colons.
fn segmented(tokens: &[Token]) -> Glob {
    let mut out = Vec::with_capacity(tokens.len() + 2);
    let mut colons = 0;
    for (at, token) in tokens.iter().enumerate() {
        if *token == COLON {
            colons += 1;
        }
        let in_segment = colons < SEGMENTS - 1;
        let ends_segment = matches!(tokens.get(at + 1), None | Some(&COLON));
        out.push(match token {
            Token::Any if in_segment && !ends_segment => Token::AnyInSegment,
            Token::One if in_segment => Token::OneInSegment,
            other => *other,
        });
    }
    // `*` alone is everything, also the resource `*` of actions that have no resource type.
    if colons < SEGMENTS - 1 && out.last() != Some(&Token::Any) && colons > 0 {
        out.extend([COLON, Token::Any]);
    }
    if out.as_slice() == [Token::OneInSegment] {
        out = vec![Token::One];
    }
    Glob::from_tokens(&out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stay_in_their_segments() {
        let cases = [
            ("*", "*", true),
            ("*", "arn:aws:s3:::b", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a:b/c", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b", false),
            ("arn:aws:s3:::b", "arn:aws:s3:::B", false),
            ("arn:aws:iam::1234*9012:user/bob", "arn:aws:iam::123456789012:user/bob", true),
            ("arn:aws:iam::1*2:user/bob", "arn:aws:iam::1:2:user/bob", false),
            ("arn:aws:ec2:us-?ast-1:*:instance/*", "arn:aws:ec2:us-east-1:1:instance/i", true),
            ("arn:aws:s3:*", "arn:aws:s3:::b/c", true),
            ("arn:aws:s3", "arn:aws:s3:::b/c", true),
            ("arn:aws:iam::1:user/*", "*", false),
        ];
        for (pattern, resource, expected) in cases {
            let compiled = ResourcePattern::new(pattern, true);
            assert_eq!(
                compiled.matches(resource, &Context::new()),
                expected,
                "{pattern} {resource}"
            );
        }
    }
}
