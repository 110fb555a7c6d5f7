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

/// Dependencies whose line `name version features` the program's tree has and the tests' tree has not. Our own crates are built
/// twice anyway: their compiler is another in the test command.
fn built_twice(program: &str, tests: &str) -> Vec<String> {
    let lines = |text: &str| -> BTreeSet<String> {
        let outside = text.lines().filter(|line| !line.contains("(/"));
        outside
            .map(|line| line.trim_end_matches("(*)").trim().to_owned())
            .collect()
    };
    let tests = lines(tests);
    lines(program)
        .difference(&tests)
        .filter_map(|line| line.split(' ').next().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::built_twice;

    #[test]
    fn a_dependency_with_other_features_in_tests_is_named() {
        let program = "xinyu-cli v0.1.0 (/x) default\ntokio v1.0.0 net\nserde v1.0.0 derive,std\nserde v1.0.0 derive,std (*)";
        let tests = "tokio v1.0.0 net,test-util\nserde v1.0.0 derive,std (*)\nproptest v1.0.0 ";
        assert_eq!(built_twice(program, tests), ["tokio"]);
        assert!(built_twice(program, program).is_empty());
    }
}
