//! `cargo xtask tidy`: the rules of the house that no compiler checks. Also a test of this crate, so that it cannot be forgotten.

mod features;
mod floors;
mod links;
mod migrations;
mod sources;
mod words;

use anyhow::bail;

use crate::project::Project;
use crate::report::Outcome;
use crate::{clause, docs};

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// A warning does not fail the check.
    warning: bool,
    place: String,
    text: String,
}

impl Finding {
    fn fault(place: impl Into<String>, text: impl Into<String>) -> Finding {
        Finding { warning: false, place: place.into(), text: text.into() }
    }

    fn warning(place: impl Into<String>, text: impl Into<String>) -> Finding {
        Finding { warning: true, place: place.into(), text: text.into() }
    }
}

/// A rule; its error is that it could not be checked.
type Check = fn(&Project) -> anyhow::Result<Vec<Finding>>;

/// One line for each rule.
const CHECKS: &[Check] = &[
    floors::check,
    floors::check_purity,
    features::check,
    |project| Ok(sources::check(project)),
    |project| Ok(words::check(project)),
    |project| Ok(links::check(project)),
    |project| Ok(migrations::check(project)),
    |project| Ok(check_clauses(project)),
    |project| Ok(check_clause_lists(project)),
    |project| Ok(check_generated(project)),
];

/// Runs every check.
pub(crate) fn run(_: &[String]) -> anyhow::Result<()> {
    check(&Project::read()?).map(|_| ())
}

/// Prints what was found; an error when there is more than warnings.
pub(crate) fn check(project: &Project) -> anyhow::Result<Outcome> {
    let mut faults = 0_usize;
    for check in CHECKS {
        for finding in check(project)? {
            println!("{}{}: {}", if finding.warning { "warning: " } else { "" }, finding.place, finding.text);
            faults += usize::from(!finding.warning);
        }
    }
    if faults > 0 {
        bail!("{faults} to mend");
    }
    Ok(Outcome::Passed)
}

/// A test that looks like a clause of a document which `xtask/src/clause.rs` does not list would be missing in the conformance table.
fn check_clauses(project: &Project) -> Vec<Finding> {
    let unknown = project.ending(".rs").flat_map(|file| {
        let names = clause::test_names(file).into_iter().filter(|name| clause::is_unknown(name));
        names.map(|name| {
            Finding::fault(&file.path, format!("{name} names a document that xtask/src/clause.rs does not list"))
        })
    });
    unknown.collect()
}

/// A clause that is said to be met has a test, and a test that is named is there.
fn check_clause_lists(project: &Project) -> Vec<Finding> {
    let read = clause::list::read(project);
    read.err().map(|error| Finding::fault("docs/clauses", format!("{error:#}"))).into_iter().collect()
}

fn check_generated(project: &Project) -> Vec<Finding> {
    docs::stale(project)
        .into_iter()
        .map(|path| Finding::fault(path, "is not what the code says: run cargo xtask docs"))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::project::Project;

    #[test]
    fn the_project_is_tidy() {
        let checked = super::check(&Project::read().unwrap());
        assert!(checked.is_ok(), "see above: {}", checked.err().unwrap());
    }
}
