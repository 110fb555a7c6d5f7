//! Every format: what is written is read again, but for what was reported; what others write is read, and nothing goes without a word.

mod bad_input;
mod examples;
mod makers;
mod round_trip;

use super::*;

/// Paths of what was lost.
fn paths(lost: &[Loss]) -> Vec<&str> {
    lost.iter().map(|loss| loss.path.as_str()).collect()
}

fn named(name: &str) -> &'static Format {
    format(name).unwrap()
}
