//! `cargo xtask docs`: writes the documents that are generated from the code, then builds the API pages.
//!
//! A generated document has a part by hand above the marker line and a generated part below it. `cargo xtask tidy` fails when the
//! generated part is not what the code says.

mod conformance;

use anyhow::Context;

use crate::command::{cargo, run as run_command};
use crate::project::Project;

/// Writes the generated part of a document.
type Generate = fn(&Project) -> String;

/// The generated documents: path and what stands below the marker. One line each.
const GENERATED: &[(&str, Generate)] = &[("docs/conformance.md", conformance::generate)];

/// Prints the table of permissions, which the policies decide. Whether the document is up to date is a test of that crate: tidy compiles nothing.
const PERMISSIONS: [&str; 6] = ["run", "--quiet", "--package", "xinyu-access", "--example", "permissions"];

const MARKER: &str = "<!-- Below this line everything is written by `cargo xtask docs`. -->";

/// Brings every generated document up to date and builds the API pages of our crates.
/// `--no-api` leaves the pages out: the first time they take minutes, because every dependency is checked for them.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let project = Project::read()?;
    for (path, generate) in GENERATED {
        let old = text_of(&project, path);
        let new = renewed(old, &generate(&project));
        if old != new {
            std::fs::write(project.root.join(path), new).with_context(|| format!("{path} cannot be written"))?;
            println!("written: {path}");
        }
    }
    let text = crate::project::output(cargo(&PERMISSIONS).current_dir(&project.root))?;
    let (path, old) = ("docs/permissions.md", text_of(&project, "docs/permissions.md"));
    let new = renewed(old, &text);
    if old != new {
        std::fs::write(project.root.join(path), new).with_context(|| format!("{path} cannot be written"))?;
        println!("written: {path}");
    }
    if arguments.iter().any(|argument| argument == "--no-api") {
        return Ok(());
    }
    run_command(cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-Dwarnings"))
}

/// The generated documents that are not what the code says.
pub(crate) fn stale(project: &Project) -> Vec<&'static str> {
    let stale = GENERATED.iter().filter(|(path, generate)| {
        let old = text_of(project, path);
        old != renewed(old, &generate(project))
    });
    stale.map(|(path, _)| *path).collect()
}

fn text_of<'a>(project: &'a Project, path: &str) -> &'a str {
    project.files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str())
}

/// The part by hand, the marker, the generated part.
fn renewed(old: &str, generated: &str) -> String {
    let by_hand = old.split_once(MARKER).map_or(old, |(by_hand, _)| by_hand);
    format!("{}\n\n{MARKER}\n\n{}\n", by_hand.trim_end(), generated.trim())
}

#[cfg(test)]
mod tests {
    use super::{MARKER, renewed};

    #[test]
    fn the_part_by_hand_is_kept() {
        let old = format!("# Title\n\nBy hand.\n\n{MARKER}\n\nold\n");
        let new = renewed(&old, "new");
        assert_eq!(new, format!("# Title\n\nBy hand.\n\n{MARKER}\n\nnew\n"));
        assert_eq!(renewed(&new, "new"), new);
        assert_eq!(renewed("# Title", "new"), format!("# Title\n\n{MARKER}\n\nnew\n"));
    }
}
