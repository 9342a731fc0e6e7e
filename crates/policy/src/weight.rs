//! How much memory compiled policies take, so that whoever keeps them can bound it.
//!
//! Bytes are estimated, not measured: what an allocation costs besides its content differs from
//! allocator to allocator. Nothing here is asked when a decision is made.

/// What an allocation takes besides its content, and by rounding up.
const ALLOCATION: usize = 24;

/// The content of a text.
pub(crate) fn of_text(text: &str) -> usize {
    ALLOCATION + text.len()
}

/// The content of a list: room for its items, and what each of them takes besides itself.
pub(crate) fn of_list<T>(list: &Vec<T>, each: impl Fn(&T) -> usize) -> usize {
    ALLOCATION + list.capacity() * size_of::<T>() + list.iter().map(each).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use crate::{Document, PolicySet, Source};

    fn weight(text: &str) -> usize {
        let source = Source { name: "p".to_owned(), arn: None };
        PolicySet::compile([(source, Document::parse(text).unwrap())]).weight()
    }

    fn with(action: &str, resource: &str, condition: &str) -> usize {
        weight(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"{resource}","Condition":{{{condition}}}}}]}}"#
        ))
    }

    #[test]
    fn white_space_weighs_nothing_and_every_part_something() {
        let plain = with("s3:Get", "*", "");
        let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get","Resource":"*","Condition":{}}]}"#;
        assert_eq!(weight(&text.replace(',', &format!(",{}", " ".repeat(100_000)))), plain);
        let long = "x".repeat(10_000);
        assert!(with(&format!("s3:{long}"), "*", "") > plain + 10_000);
        assert!(with("s3:Get", &format!("arn:aws:s3:::{long}"), "") > plain + 10_000);
        let equals = format!(r#""StringEquals":{{"aws:username":"{long}"}}"#);
        assert!(with("s3:Get", "*", &equals) > plain + 10_000);
        let like = format!(r#""StringLike":{{"aws:username":"*{long}*"}}"#);
        assert!(with("s3:Get", "*", &like) > plain + 10_000);
    }

    #[test]
    fn short_pieces_weigh_what_they_take_in_memory() {
        let plain = with("s3:Get", "*", "");
        // Two characters each, but a list of blocks with a list of units.
        assert!(with("s3:Get", &format!("arn:aws:s3:::{}", "*a".repeat(100)), "") > plain + 10_000);
    }
}
