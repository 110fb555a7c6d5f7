//! The README's two commands build the dependencies once. They would build them twice if a crate's tests switched on a feature of a
//! dependency that the program itself does not use: cargo compiles a crate anew for every set of features.

use std::collections::BTreeSet;
use std::process::Command;

use super::Finding;
use crate::project::{self, Project};

/// One warning that names the dependencies.
pub(super) fn check(project: &Project) -> anyhow::Result<Vec<Finding>> {
    let tree = |which: &[&str], edges: &str| {
        let mut cargo = Command::new(project::cargo());
        cargo
            .current_dir(&project.root)
            .args(["tree", "--prefix=none", "--format={p} {f}", "--edges", edges])
            .args(which);
        project::output(&mut cargo)
    };
    let program = tree(&["--package", "xinyu-cli"], "normal,build")?;
    let tests = tree(&["--workspace"], "normal,build,dev")?;
    let twice = built_twice(&program, &tests);
    if twice.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "with other features in tests than in the program, so built twice: {} (switch the feature on in the workspace's Cargo.toml)",
        twice.join(", ")
    );
    Ok(vec![Finding::warning("Cargo.toml", text)])
}

/// Dependencies whose line `name version features` the program's tree has and the tests' tree has not, each with the features that
/// tests add. Our own crates are built twice anyway: their compiler is another in the test command.
fn built_twice(program: &str, tests: &str) -> Vec<String> {
    let (program, tests) = (lines(program), lines(tests));
    let twice = program.difference(&tests).filter_map(|line| {
        let (crate_version, features) = split(line)?;
        let in_tests = tests.iter().filter_map(|line| split(line)).filter(|(other, _)| *other == crate_version);
        let added: BTreeSet<&str> =
            in_tests.flat_map(|(_, more)| more.difference(&features).copied().collect::<Vec<_>>()).collect();
        let name = crate_version.split(' ').next().unwrap_or_default();
        Some(format!("{name} (+{})", Vec::from_iter(added).join(",")))
    });
    twice.collect()
}

fn lines(tree: &str) -> BTreeSet<String> {
    let outside = tree.lines().filter(|line| !line.contains("(/"));
    outside.map(|line| line.trim_end_matches("(*)").trim_end().to_owned()).collect()
}

/// `name version` and the set of features.
fn split(line: &str) -> Option<(&str, BTreeSet<&str>)> {
    let (name, rest) = line.split_once(' ')?;
    let version = rest.split(' ').next()?;
    let features = rest.strip_prefix(version)?.trim();
    let crate_version = line.get(..name.len() + 1 + version.len())?;
    Some((crate_version, features.split(',').filter(|feature| !feature.is_empty()).collect()))
}

#[cfg(test)]
mod tests {
    use super::built_twice;

    #[test]
    fn a_dependency_with_other_features_in_tests_is_named() {
        let program = "xinyu-cli v0.1.0 (/x) default\ntokio v1.0.0 net\nbare v2.0.0 \nserde v1.0.0 derive,std\nserde v1.0.0 derive,std (*)";
        let tests = "tokio v1.0.0 net,test-util\nbare v2.0.0 std\nbare v3.0.0 other\nserde v1.0.0 derive,std (*)\nproptest v1.0.0 ";
        assert_eq!(built_twice(program, tests), ["bare (+std)", "tokio (+test-util)"]);
        assert!(built_twice(program, program).is_empty());
    }
}
