//! The form of a Rust file: its name, its length, its opening.

use super::Finding;
use crate::project::{Project, TextFile};

/// Longer than this is a smell.
const LONG_LINES: usize = 500;
/// Longer than this is a fault.
const TOO_LONG_LINES: usize = 800;

pub(super) fn check(project: &Project) -> Vec<Finding> {
    project.ending(".rs").flat_map(check_file).collect()
}

fn check_file(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.path.ends_with("/mod.rs") {
        findings
            .push(Finding::fault(&file.path, "a module's file has the module's name: x.rs beside x/, never mod.rs"));
    }
    if !file.text.starts_with("//! ") {
        findings.push(Finding::fault(&file.path, "a file opens with //! and says what it is"));
    }
    let lines = file.text.lines().count();
    if lines > TOO_LONG_LINES {
        findings.push(Finding::fault(
            &file.path,
            format!("{lines} lines: cut it, one noun per file (at most {TOO_LONG_LINES})"),
        ));
    } else if lines > LONG_LINES {
        findings.push(Finding::warning(&file.path, format!("{lines} lines: it should be two files")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check_file;
    use crate::project::TextFile;

    fn check(path: &str, lines: usize, opening: &str, expect: &[(bool, &str)]) {
        let text = format!("{opening}\n{}", "let x = 1;\n".repeat(lines.saturating_sub(1)));
        let findings = check_file(&TextFile { path: path.to_owned(), text });
        let findings: Vec<(bool, &str)> =
            findings.iter().map(|finding| (finding.warning, finding.text.as_str())).collect();
        assert_eq!(findings, expect, "{path}, {lines} lines");
    }

    #[test]
    fn a_file_has_a_name_an_opening_and_a_length() {
        check("crates/x/src/a.rs", 500, "//! A.", &[]);
        check("crates/x/src/a.rs", 501, "//! A.", &[(true, "501 lines: it should be two files")]);
        check("crates/x/src/a.rs", 801, "//! A.", &[(false, "801 lines: cut it, one noun per file (at most 800)")]);
        check(
            "crates/x/src/a/mod.rs",
            1,
            "//! A.",
            &[(false, "a module's file has the module's name: x.rs beside x/, never mod.rs")],
        );
        check("crates/x/src/a.rs", 1, "use std::io;", &[(false, "a file opens with //! and says what it is")]);
    }
}
