//! Words that do not belong in the project: marks of unfinished work, and names of places that only some machines know.
//! They are built from pieces, so that this file does not hold them.

use super::Finding;
use crate::project::{Project, TextFile};

/// A text to find, in the files whose names end so, and why it should not be there.
struct Word {
    text: &'static str,
    ends: &'static [&'static str],
    /// Letters and digits may not touch it: `TO` + `DO` is not found in a longer word.
    whole: bool,
    why: &'static str,
}

const CODE_AND_DOCS: &[&str] = &[".rs", ".md", ".toml", ".html", ".sql", ".ftl", ".js", ".css"];
const EVERYWHERE: &[&str] = &[""];
const UNFINISHED: &str = "unfinished work: finish it or leave it out";
const STANDS_IN: &str = "unfinished work: finish it or leave it out (in SQL: a parameter)";
const NOT_RUN: &str = "a test runs, always";
const SLEEPS: &str = "a test waits for a signal, not for time";
const FOREIGN: &str = "the name of a place that a reader's machine does not know";

const WORDS: &[Word] = &[
    Word { text: concat!("TO", "DO"), ends: CODE_AND_DOCS, whole: true, why: UNFINISHED },
    Word { text: concat!("FIX", "ME"), ends: CODE_AND_DOCS, whole: true, why: UNFINISHED },
    Word { text: concat!("XX", "X"), ends: &[".rs", ".md", ".toml"], whole: true, why: UNFINISHED },
    Word { text: concat!("to", "do!("), ends: &[".rs"], whole: true, why: UNFINISHED },
    Word { text: concat!("unimpl", "emented!("), ends: &[".rs"], whole: true, why: UNFINISHED },
    Word { text: concat!("not impl", "emented"), ends: CODE_AND_DOCS, whole: true, why: UNFINISHED },
    Word { text: concat!("not yet impl", "emented"), ends: CODE_AND_DOCS, whole: true, why: UNFINISHED },
    Word { text: concat!("place", "holder"), ends: &[".rs", ".md", ".toml"], whole: false, why: STANDS_IN },
    Word { text: concat!("Place", "holder"), ends: &[".rs", ".md", ".toml"], whole: false, why: STANDS_IN },
    Word { text: concat!("#[ign", "ore"), ends: &[".rs"], whole: false, why: NOT_RUN },
    Word { text: concat!("time::sl", "eep("), ends: &["/tests.rs"], whole: false, why: SLEEPS },
    Word { text: concat!("static.", "crates.io"), ends: EVERYWHERE, whole: false, why: FOREIGN },
    Word { text: concat!("index.", "crates.io"), ends: EVERYWHERE, whole: false, why: FOREIGN },
    Word { text: concat!("registry.", "npmjs"), ends: EVERYWHERE, whole: false, why: FOREIGN },
    Word { text: concat!("files.", "pythonhosted"), ends: EVERYWHERE, whole: false, why: FOREIGN },
    Word { text: concat!("repo.", "maven"), ends: EVERYWHERE, whole: false, why: FOREIGN },
    Word { text: concat!("repo1.", "maven"), ends: EVERYWHERE, whole: false, why: FOREIGN },
    Word { text: concat!("proxy.", "golang"), ends: EVERYWHERE, whole: false, why: FOREIGN },
    Word { text: concat!("Br", "ief §"), ends: CODE_AND_DOCS, whole: false, why: FOREIGN },
    Word { text: concat!("Br", "ief invariant"), ends: CODE_AND_DOCS, whole: false, why: FOREIGN },
    Word { text: concat!("br", "ief §"), ends: CODE_AND_DOCS, whole: false, why: FOREIGN },
    Word { text: concat!("br", "ief invariant"), ends: CODE_AND_DOCS, whole: false, why: FOREIGN },
    // The build server's script alone looks beside the checkout.
    Word { text: concat!("../sha", "red"), ends: CODE_AND_DOCS, whole: false, why: FOREIGN },
    Word { text: concat!("/wor", "k/"), ends: EVERYWHERE, whole: false, why: FOREIGN },
    Word { text: concat!(".libr", "ary"), ends: EVERYWHERE, whole: true, why: FOREIGN },
    Word { text: concat!("/ro", "ot/"), ends: EVERYWHERE, whole: false, why: FOREIGN },
];

pub(super) fn check(project: &Project) -> Vec<Finding> {
    project.files.iter().flat_map(check_file).collect()
}

fn check_file(file: &TextFile) -> Vec<Finding> {
    let words: Vec<&Word> = WORDS.iter().filter(|word| word.ends.iter().any(|end| file.path.ends_with(end))).collect();
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        for word in words.iter().filter(|word| holds(line, word)) {
            findings
                .push(Finding::fault(format!("{}:{number}", file.path), format!("{:?} is {}", word.text, word.why)));
        }
        if names_issue(line) {
            findings.push(Finding::fault(
                format!("{}:{number}", file.path),
                "a numbered issue says nothing to a reader: say why",
            ));
        }
    }
    findings
}

fn holds(line: &str, word: &Word) -> bool {
    line.match_indices(word.text).any(|(at, text)| {
        let touches = |neighbour: Option<char>| neighbour.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let after = line.get(at + text.len()..).and_then(|after| after.chars().next());
        let opens = text.ends_with('(') || text.starts_with('.');
        !word.whole || (!touches(before) && (opens || !touches(after)))
    })
}

/// `issue` and a number.
fn names_issue(line: &str) -> bool {
    let line = line.to_lowercase();
    let mut mentions = line.match_indices("issue ").filter_map(|(at, text)| line.get(at + text.len()..));
    mentions.any(|rest| rest.trim_start_matches('#').starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::check_file;
    use crate::project::TextFile;

    fn check(path: &str, line: &str, expect: usize) {
        let file = TextFile { path: path.to_owned(), text: format!("//! A file.\n{line}\n") };
        let findings = check_file(&file);
        assert_eq!(findings.len(), expect, "{path}: {line}: {findings:?}");
        assert!(findings.iter().all(|finding| finding.place == format!("{path}:2")));
    }

    #[test]
    fn marks_of_unfinished_work_are_found() {
        check("a.rs", concat!("// TO", "DO: later"), 1);
        check("a.rs", concat!("    to", "do!()"), 1);
        check("a.rs", concat!("fn mas", "todon() {}"), 0);
        check("a.rs", concat!("// a place", "holder"), 1);
        check("a.html", concat!("<input place", "holder=\"x\">"), 0);
        check("a.rs", concat!("#[ign", "ore]"), 1);
        check("crates/x/src/tests.rs", concat!("tokio::time::sl", "eep(x)"), 1);
        check("crates/x/src/driver.rs", concat!("tokio::time::sl", "eep(x)"), 0);
    }

    #[test]
    fn places_of_one_machine_are_found() {
        check("a.md", concat!("see ../sha", "red/x"), 1);
        check(".ci/run", concat!("[ -d ../sha", "red/vectors ]"), 0);
        check("a.toml", concat!("https://index.", "crates.io/x"), 1);
        check("a.md", concat!("as iss", "ue 12 says"), 1);
        check("a.md", concat!("as iss", "ue #12 says"), 1);
        check("a.md", "issue a credential", 0);
        check("a.rs", concat!("//! The log. Br", "ief §6.5"), 1);
        check("a.rs", "//! In brief", 0);
    }
}
