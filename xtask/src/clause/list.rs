//! The lists of clauses of a document, `docs/clauses/<prefix>.json`: what each numbered clause asks for, whether it is met, and what shows it. A test whose
//! name begins with a clause stands beside it by itself; others are named in the list.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use serde_json::Value;

use super::{ClauseTest, STANDARDS, clause_tests, test_names};
use crate::project::{Project, TextFile};

/// Where the lists are.
const FOLDER: &str = "docs/clauses/";

/// What may be said of a clause.
const STATES: [&str; 3] = ["met", "part", "open"];

/// One numbered clause.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Clause {
    /// `7.1.2.4 i`.
    pub(crate) number: String,
    /// What it asks for, in a few words of the standard's language.
    pub(crate) asks: String,
    /// One of [`STATES`].
    pub(crate) state: String,
    /// What is missing, or how it is met.
    pub(crate) note: String,
    /// Name and path of the tests that show it.
    pub(crate) tests: Vec<(String, String)>,
}

/// The clauses of one document.
pub(crate) struct ClauseList {
    /// The document's title, as in [`STANDARDS`].
    pub(crate) document: String,
    /// In the order of the document.
    pub(crate) clauses: Vec<Clause>,
}

/// Reads every list.
///
/// # Errors
/// Names the list, the clause and what is wrong with it: among that a clause that is met without a test, and a test that is not there.
pub(crate) fn read(project: &Project) -> anyhow::Result<Vec<ClauseList>> {
    let named = clause_tests(project);
    let paths = paths(project);
    let lists = project.ending(".json").filter(|file| file.path.starts_with(FOLDER));
    lists.map(|file| read_list(file, &named, &paths).with_context(|| file.path.clone())).collect()
}

/// Every test of the project with its file.
fn paths(project: &Project) -> BTreeMap<&str, &str> {
    project.ending(".rs").flat_map(|file| test_names(file).into_iter().map(|name| (name, file.path.as_str()))).collect()
}

fn read_list(file: &TextFile, named: &[ClauseTest], paths: &BTreeMap<&str, &str>) -> anyhow::Result<ClauseList> {
    let prefix = file.path.trim_start_matches(FOLDER).trim_end_matches(".json");
    let document = STANDARDS.iter().find(|(known, _)| *known == prefix).map(|(_, title)| (*title).to_owned());
    let document = document.with_context(|| format!("{prefix} is no document that xtask/src/clause.rs lists"))?;
    let rows: Vec<Value> = serde_json::from_str(&file.text).context("is no list")?;
    let own: Vec<&ClauseTest> = named.iter().filter(|test| test.document == document).collect();
    let clauses = rows.iter().map(|row| read_clause(row, &own, paths)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut numbers: Vec<&str> = clauses.iter().map(|clause| clause.number.as_str()).collect();
    numbers.sort_unstable();
    if let Some([twice, _]) = numbers.windows(2).find(|pair| pair.first() == pair.last()) {
        bail!("{twice} stands there twice");
    }
    Ok(ClauseList { document, clauses })
}

fn read_clause(row: &Value, own: &[&ClauseTest], paths: &BTreeMap<&str, &str>) -> anyhow::Result<Clause> {
    let text = |name: &str| -> anyhow::Result<String> {
        let value = row.get(name).and_then(Value::as_str).with_context(|| format!("a row without {name}: {row}"))?;
        Ok(value.to_owned())
    };
    let number = text("clause")?;
    let mut tests: Vec<(String, String)> =
        own.iter().filter(|test| shows(test, &number)).map(|test| (test.name.clone(), test.path.clone())).collect();
    for name in row.get("tests").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        let path = paths.get(name).with_context(|| format!("{number} names {name}, which is no test"))?;
        let test = (name.to_owned(), (*path).to_owned());
        if !tests.contains(&test) {
            tests.push(test);
        }
    }
    let clause = Clause { asks: text("asks")?, state: text("state")?, note: text("note")?, number, tests };
    check(&clause)?;
    Ok(clause)
}

fn check(clause: &Clause) -> anyhow::Result<()> {
    let Clause { number, state, note, tests, .. } = clause;
    if !STATES.contains(&state.as_str()) {
        bail!("{number} is {state}, it may be {}", STATES.join(", "));
    }
    if state == "met" && tests.is_empty() {
        bail!("{number} is met, but no test shows it");
    }
    if state == "part" && note.is_empty() {
        bail!("{number} is met in part, but nothing says in which");
    }
    Ok(())
}

/// Whether a test is about a clause: `7.1.2.4 e` wants the number and the letter, `9.2.3` the number.
fn shows(test: &ClauseTest, number: &str) -> bool {
    match number.split_once(' ') {
        Some((clause, letter)) => test.clause == clause && test.subject.split(' ').next() == Some(letter),
        None => test.clause == number,
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::project::{Project, TextFile};

    const TESTS: &str = "#[test]\nfn tc609_15_7_1_2_4_e_order() {}\n#[test]\nfn tc609_15_9_2_3_a_query_stops() {}\n#[test]\nfn told() {}";

    fn project(list: &str) -> Project {
        let file = |path: &str, text: &str| TextFile { path: path.to_owned(), text: text.to_owned() };
        let files = vec![file("crates/x/src/id.rs", TESTS), file("docs/clauses/tc609_15.json", list)];
        Project { root: "/".into(), files, metadata: serde_json::Value::Null }
    }

    fn check(list: &str, expect: Result<&[&[&str]], &str>) {
        match (read(&project(list)), expect) {
            (Ok(lists), Ok(expect)) => {
                let clauses = lists.iter().flat_map(|list| &list.clauses);
                let names: Vec<Vec<&str>> =
                    clauses.map(|clause| clause.tests.iter().map(|(name, _)| name.as_str()).collect()).collect();
                assert_eq!(names, expect, "{list}");
            }
            (Err(error), Err(expect)) => assert!(format!("{error:#}").contains(expect), "{error:#}"),
            (read, _) => panic!("{list}: {:?}", read.map(|_| ())),
        }
    }

    #[test]
    fn a_clause_stands_beside_its_tests() {
        check(
            r#"[{"clause": "7.1.2.4 e", "asks": "x", "state": "met", "note": "", "tests": ["told"]},
                {"clause": "9.2.3", "asks": "x", "state": "met", "note": "", "tests": []},
                {"clause": "9.2.4", "asks": "x", "state": "open", "note": "", "tests": []}]"#,
            Ok(&[&["tc609_15_7_1_2_4_e_order", "told"], &["tc609_15_9_2_3_a_query_stops"], &[]]),
        );
    }

    #[test]
    fn what_is_said_of_a_clause_has_to_hold() {
        let row = |clause: &str, state: &str, tests: &str| {
            format!(r#"{{"clause": "{clause}", "asks": "x", "state": "{state}", "note": "", "tests": [{tests}]}}"#)
        };
        let one = |clause: &str, state: &str, tests: &str| format!("[{}]", row(clause, state, tests));
        check(&one("9.2.4", "met", ""), Err("9.2.4 is met, but no test shows it"));
        check(&one("9.2.4", "met", r#""gone""#), Err("9.2.4 names gone, which is no test"));
        check(&one("9.2.4", "done", ""), Err("9.2.4 is done, it may be met, part, open"));
        check(&one("9.2.4", "part", ""), Err("9.2.4 is met in part, but nothing says in which"));
        let twice = format!("[{}, {}]", row("9", "open", ""), row("9", "open", ""));
        check(&twice, Err("9 stands there twice"));
        check(r#"[{"clause": "9"}]"#, Err("a row without"));
    }
}
