//! This program in the place of rustdoc: when cargo calls it for a crate's doc tests, it first writes the crate's pages with every
//! warning an error, then runs the tests. `cargo doc` would do it too, after checking every dependency a second time: minutes.
//! Crates without a library have no pages.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

/// The folder for the pages; that it is set is what puts this program in rustdoc's place.
const PAGES: &str = "XTASK_RUSTDOC_PAGES";

/// Options of rustdoc that make it run tests, with the number of values that follow each.
const TESTING: &[(&str, usize)] = &[
    ("--test", 0),
    ("--no-run", 0),
    ("--no-capture", 0),
    ("--nocapture", 0),
    ("--test-args", 1),
    ("--test-run-directory", 1),
    ("--test-runtool", 1),
    ("--test-runtool-arg", 1),
    ("--persist-doctests", 1),
];

/// Makes the cargo command call us for rustdoc.
pub(crate) fn install(cargo: &mut Command, pages: &Path) -> anyhow::Result<()> {
    cargo.env("RUSTDOC", std::env::current_exe()?).env(PAGES, pages);
    Ok(())
}

/// The folder for the pages when we were called as rustdoc.
pub(crate) fn requested() -> Option<OsString> {
    std::env::var_os(PAGES)
}

/// Pages first, tests second; both must succeed.
pub(crate) fn run(pages: &OsString, arguments: &[String]) -> ExitCode {
    let testing = arguments.iter().any(|argument| argument == "--test");
    let written = !testing || {
        let mut command = rustdoc(&without_testing(arguments));
        succeeds(command.arg("--out-dir").arg(pages).arg("-Dwarnings"))
    };
    let tested = succeeds(&mut rustdoc(arguments));
    if written && tested { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn rustdoc(arguments: &[String]) -> Command {
    let mut command = Command::new("rustdoc");
    command.args(arguments).env_remove(PAGES);
    command
}

fn succeeds(command: &mut Command) -> bool {
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("rustdoc does not start: {error}");
            false
        }
    }
}

fn without_testing(arguments: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let (name, joined) = argument.split_once('=').map_or((argument.as_str(), false), |(name, _)| (name, true));
        match TESTING.iter().find(|(option, _)| *option == name) {
            Some((_, 1)) if !joined => drop(rest.next()),
            Some(_) => {}
            None => kept.push(argument.clone()),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::without_testing;

    fn check(arguments: &str, expect: &str) {
        let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
        assert_eq!(without_testing(&arguments).join(" "), expect);
    }

    #[test]
    fn pages_are_written_with_the_options_of_the_tests() {
        check("--crate-type lib --test src/lib.rs --extern a=b", "--crate-type lib src/lib.rs --extern a=b");
        check("--test-run-directory /x --test-args --nocapture src/lib.rs", "src/lib.rs");
        check("--test-run-directory=/x src/lib.rs --edition=2024", "src/lib.rs --edition=2024");
    }
}
