//! Speaking: data goes to stdout, words for people to stderr.

use std::error::Error;

use crate::failure::Failure;

/// A line of data.
#[expect(clippy::print_stdout, reason = "stdout is where data goes")]
pub(crate) fn data(line: &str) {
    println!("{line}");
}

/// A line for people.
#[expect(clippy::print_stderr, reason = "stderr is where people are spoken to")]
pub(crate) fn tell(line: &str) {
    eprintln!("{line}");
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
