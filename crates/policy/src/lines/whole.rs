//! Whether an input is JSON lines, or one JSON object that is laid out over many. Nothing is judged
//! here.
//!
//! An input of lines is not read ahead: who writes a line may wait for its answer.

use std::io::{self, BufRead, Cursor, Read};

use serde_json::Value;

/// What an input turned out to be.
pub(super) enum Input<R> {
    /// One object, whole or broken.
    Whole(String),
    /// Lines, the ones that have been looked at included.
    Lines(io::Chain<Cursor<Vec<u8>>, R>),
}

/// Looks at the beginning of `input`. `is_whole` says of an object in a line of its own whether it is
/// the whole input, if nothing follows.
pub(super) fn look<R: BufRead>(
    mut input: R,
    is_whole: impl Fn(&Value) -> bool,
) -> io::Result<Input<R>> {
    let mut head = Vec::new();
    let mut begin = 0;
    while head.get(begin..).is_some_and(|line| line.trim_ascii().is_empty()) {
        begin = head.len();
        if input.read_until(b'\n', &mut head)? == 0 {
            break;
        }
    }
    let first = head.get(begin..).unwrap_or_default();
    let may_be_whole = match serde_json::from_slice::<Value>(first) {
        Ok(value) => value.is_object() && is_whole(&value),
        Err(error) => error.is_eof() && first.trim_ascii().starts_with(b"{"),
    };
    if may_be_whole {
        input.read_to_end(&mut head)?;
        let text = String::from_utf8_lossy(&head);
        if is_one_object(&text) {
            return Ok(Input::Whole(text.trim().to_owned()));
        }
    }
    Ok(Input::Lines(Cursor::new(head).chain(input)))
}

/// A broken object is taken for one if no other seems to begin: each of JSON lines begins its line,
/// and what is laid out over lines is indented.
fn is_one_object(text: &str) -> bool {
    let is_object = serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object());
    is_object || text.lines().filter(|line| line.starts_with('{')).count() == 1
}
