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

#[test]
fn the_manual_has_every_member_that_a_format_carries() {
    let manual = include_str!("../../../../docs/metadata.md");
    for format in FORMATS {
        assert!(manual.contains(&format!("`{}`", format.name)), "{}", format.name);
        for carried in format.carries {
            let row = manual.lines().find(|line| line.starts_with(&format!("| `{}` |", carried.member)));
            assert!(
                row.is_some_and(|row| row.contains(&format!("`{}`", carried.place))),
                "{} {}",
                format.name,
                carried.member
            );
        }
    }
}
