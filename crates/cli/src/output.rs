//! Speaking: data goes to stdout, words for people to stderr.

use std::error::Error;
use std::io::Write as _;

use crate::failure::Failure;

/// A line of data. A reader who has gone is no reason to stop serving.
pub(crate) fn data(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A line for people.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// What went wrong, why, and what to do next.
pub(crate) fn complain(failure: &Failure) {
    let mut text = format!("error: {}", failure.what);
    let mut cause = failure.cause.as_deref().map(|error| error as &dyn Error);
    while let Some(error) = cause {
        text.push_str(&format!("\n  because: {error}"));
        cause = error.source();
    }
    tell(&text);
    if let Some(hint) = &failure.hint {
        tell(&format!("\nhint: {hint}"));
    }
}
