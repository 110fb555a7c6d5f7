//! Our descriptions of data sets, a whole catalogue and a vocabulary before the tools of the formats' makers, and a file of pyarrow's before our reader. Each tool must
//! take the document as it is and refuse it with one thing made wrong. Croissant's own tool brings much along, so it stands apart; a minute the first time, seconds after.

use std::path::Path;
use std::process::Command;

use super::python;
use crate::command::run;
use crate::report::Outcome;
use crate::tck::folder;
use crate::test::workspace;

/// Packages of an environment, and which judges of the script they serve.
struct Judges {
    environment: &'static str,
    judges: &'static str,
    packages: &'static [&'static str],
}

const JUDGES: &[Judges] = &[
    Judges {
        environment: "metadata",
        judges: "light",
        packages: &[
            "frictionless==5.21.0",
            "csvw==4.1.1",
            "pyshacl==0.40.1",
            "openapi-spec-validator==0.9.0",
            "sqlglot==30.30.0",
            "pyarrow==26.0.1",
        ],
    },
    Judges { environment: "croissant", judges: "heavy", packages: &[MLCROISSANT] },
];

/// The tests that write the documents.
const MAKERS: &[&str] = &["metadata::tests::makers", "catalogue::tests::makers", "glossary::tests::skos"];

const MLCROISSANT: &str = "mlcroissant==1.1.1";
const SCRIPT: &str = include_str!("metadata.py");

/// Every judge that can be had.
pub(super) fn judged() -> anyhow::Result<Outcome> {
    let place = folder()?.join("metadata-documents");
    std::fs::create_dir_all(&place)?;
    let mut absent = Vec::new();
    for (at, group) in JUDGES.iter().enumerate() {
        let program = match bring(group) {
            Ok(program) => program,
            Err(error) => {
                absent.push(format!("{}: {error:#}", group.environment));
                continue;
            }
        };
        if at == 0 {
            ask(&program, "prepare", &place)?;
            let mut test = workspace();
            test.args(["--lib", "--"]).args(MAKERS).env("XINYU_METADATA", &place);
            run(&mut test)?;
        }
        if place.join("dcat").is_file() {
            ask(&program, group.judges, &place)?;
        }
    }
    Ok(if absent.is_empty() { Outcome::Passed } else { Outcome::LeftOut(absent.join("; ")) })
}

fn bring(group: &Judges) -> anyhow::Result<std::path::PathBuf> {
    let mut program = None;
    for package in group.packages {
        program = Some(python(group.environment, package)?.join("python"));
    }
    Ok(program.unwrap_or_else(|| "python3".into()))
}

fn ask(program: &Path, what: &str, place: &Path) -> anyhow::Result<()> {
    run(Command::new(program).args(["-c", SCRIPT, what]).arg(place))
}
