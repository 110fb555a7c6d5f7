//! docs/conformance.md: which test shows which clause, from the names of the tests and from the lists of clauses.

use std::fmt::Write;

use crate::clause::list::{self, ClauseList};
use crate::clause::{ClauseTest, clause_tests};
use crate::project::Project;

/// A count for each document, then a table for each: clause, what is tested, where.
pub(super) fn generate(project: &Project) -> String {
    let tests = clause_tests(project);
    let documents: Vec<&[ClauseTest]> = tests.chunk_by(|a, b| a.document == b.document).collect();
    let mut text = String::from("## Documents\n\n| document | clauses | tests |\n|---|--:|--:|\n");
    for tests in &documents {
        let clauses = tests
            .chunk_by(|a, b| a.clause == b.clause)
            .filter(|chunk| chunk.iter().any(|test| !test.clause.is_empty()));
        row(&mut text, &[title(tests), &clauses.count().to_string(), &tests.len().to_string()]);
    }
    // What is wrong with a list is a finding of tidy; here it is left out.
    for list in list::read(project).unwrap_or_default() {
        clauses(&mut text, &list);
    }
    for tests in &documents {
        let _ = write!(text, "\n## {}\n\n| clause | what | test |\n|---|---|---|\n", title(tests));
        for test in *tests {
            let link = format!("[`{}`](../{})", test.name, test.path);
            row(&mut text, &[&test.clause, &test.subject, &link]);
        }
    }
    text
}

/// Every numbered clause of a document, with what is said of it.
fn clauses(text: &mut String, list: &ClauseList) {
    let count = |state: &str| list.clauses.iter().filter(|clause| clause.state == state).count();
    let _ = write!(
        text,
        "\n## {}, clause by clause\n\n{} met, {} in part, {} open.\n\n| clause | asks for | state | shown by |\n|---|---|---|---|\n",
        list.document,
        count("met"),
        count("part"),
        count("open")
    );
    for clause in &list.clauses {
        let state =
            if clause.note.is_empty() { clause.state.clone() } else { format!("{}: {}", clause.state, clause.note) };
        let links: Vec<String> = clause.tests.iter().map(|(name, path)| format!("[`{name}`](../{path})")).collect();
        row(text, &[&clause.number, &clause.asks, &state, &links.join("<br>")]);
    }
}

fn title(tests: &[ClauseTest]) -> &str {
    tests.first().map_or("", |test| test.document.as_str())
}

fn row(text: &mut String, cells: &[&str]) {
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

#[cfg(test)]
mod tests {
    use super::generate;
    use crate::project::{Project, TextFile};

    #[test]
    fn every_clause_test_has_its_row() {
        let text = "#[test]\nfn rfc_8785_3_2_sorting() {}\n#[test]\nfn ndi_04_5_2_check_character() {}\n#[test]\nfn plain() {}".to_owned();
        let files = vec![TextFile { path: "crates/x/src/id.rs".to_owned(), text }];
        let table = generate(&Project { root: "/".into(), files, metadata: serde_json::Value::Null });
        assert!(table.contains("| NDI-TR-2025-04 标识要求 | 1 | 1 |\n| RFC 8785 | 1 | 1 |\n"), "{table}");
        assert!(
            table.contains("| 5.2 | check character | [`ndi_04_5_2_check_character`](../crates/x/src/id.rs) |"),
            "{table}"
        );
        assert!(!table.contains("plain"), "{table}");
    }
}
