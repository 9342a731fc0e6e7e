//! Whether an XML document is small enough to be parsed: its tags are counted before anybody compares
//! attributes with each other, or prefixes with the namespaces in scope, which takes the square of
//! their number.
//!
//! It reads tags alone, and counts rather too many of a text that is no XML.

/// Far more tags than a provider's metadata has.
const TAGS_MAX: usize = 20_000;
/// Attributes of one element.
const ATTRIBUTES_MAX: usize = 64;
/// Declarations of namespaces in the whole document.
const NAMESPACES_MAX: usize = 512;

/// Whether the document is within all bounds. One with a DTD is not.
pub(super) fn is_modest(text: &str) -> bool {
    let (mut tags, mut namespaces) = (0, 0);
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('<') {
        let Some(tag) = Tag::read(behind) else { return false };
        tags += 1;
        namespaces += tag.namespaces;
        if tags > TAGS_MAX || namespaces > NAMESPACES_MAX || tag.attributes > ATTRIBUTES_MAX {
            return false;
        }
        rest = tag.rest;
    }
    true
}

struct Tag<'a> {
    attributes: usize,
    namespaces: usize,
    /// What follows it.
    rest: &'a str,
}

impl<'a> Tag<'a> {
    /// Reads on behind a `<`. `None` for what does not end, and for declarations.
    fn read(text: &'a str) -> Option<Self> {
        for (begin, end) in [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")] {
            if let Some(text) = text.strip_prefix(begin) {
                let (_, rest) = text.split_once(end)?;
                return Some(Self { attributes: 0, namespaces: 0, rest });
            }
        }
        if text.starts_with('!') {
            return None;
        }
        let (mut attributes, mut quote) = (0, None);
        for (at, byte) in text.bytes().enumerate() {
            match (quote, byte) {
                (Some(open), _) if open == byte => quote = None,
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => attributes += 1,
                (None, b'>') => {
                    let (tag, rest) = text.split_at_checked(at)?;
                    let namespaces = tag.matches("xmlns").count();
                    return Some(Self { attributes, namespaces, rest });
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(name: &str, attributes: usize) -> String {
        let attributes: String = (0..attributes).map(|at| format!(" a{at}='>'")).collect();
        format!("<{name}{attributes}/>")
    }

    #[test]
    fn attributes_of_one_element_are_bounded() {
        assert!(is_modest(&tag("a", ATTRIBUTES_MAX).repeat(100)));
        assert!(!is_modest(&tag("a", ATTRIBUTES_MAX + 1)));
        assert!(!is_modest(&format!("<a>{}</a>", tag("b", ATTRIBUTES_MAX + 1))));
    }

    #[test]
    fn tags_and_namespaces_are_bounded_in_total() {
        assert!(is_modest(&"<a/>".repeat(TAGS_MAX)));
        assert!(!is_modest(&"<a/>".repeat(TAGS_MAX + 1)));
        let declaring = |count| "<a xmlns:b='c'>".repeat(count);
        assert!(is_modest(&declaring(NAMESPACES_MAX)));
        assert!(!is_modest(&declaring(NAMESPACES_MAX + 1)));
    }

    #[test]
    fn what_is_no_tag_does_not_count_and_hides_none() {
        let many = tag("a", ATTRIBUTES_MAX + 1);
        for (begin, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?x ", "?>")] {
            assert!(is_modest(&format!("<r>{begin}{many}{end}</r>")), "{begin}");
            assert!(!is_modest(&format!("<r>{begin}{end}{many}</r>")), "{begin}");
            assert!(!is_modest(&format!("<r x=\"{begin}\">{many}</r>")), "{begin}");
            assert!(!is_modest(&format!("<r>{begin}")), "{begin}");
        }
        assert!(!is_modest("<!DOCTYPE x><r/>") && !is_modest("<r"));
        assert!(is_modest("a = b > c"));
    }
}
