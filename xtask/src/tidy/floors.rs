//! A crate depends only on crates of a lower floor, so that platform and connector can only meet through the protocol.
//!
//! Dependencies for tests obey the same rule, with two exceptions. A crate's tests may use the crate itself, which is how they switch on
//! one of its features. And from floor 3 on they may use `testkit`, which builds on everything; the tests of the pure floors may not,
//! so that they stay quick to build.

use std::process::Command;

use anyhow::Context;
use serde_json::Value;

use super::Finding;
use crate::project::{self, Project};

/// The crates by floor, as in ARCHITECTURE.md. A crate that is not here is a fault.
const FLOORS: &[&[&str]] = &[
    &["protocol", "crypto", "locale"],
    &["policy", "evidence", "identity", "access"],
    &["core"],
    &["store", "http", "discovery", "search"],
    &["shell", "dataplane", "sandbox", "privacy"],
    &["connector", "platform"],
    &["console"],
    &["cli", "testkit"],
];

/// The floors without async, IO, clock and randomness.
const PURE_FLOORS: usize = 3;

/// Crates of ours that a crate may use, where that is narrower than its floor.
const ONLY: &[(&str, &[&str])] = &[("console", &["protocol", "locale", "http"])];

/// Crates of others that bring async or IO, not to be met on a pure floor.
const IMPURE: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "futures",
    "mio",
    "socket2",
    "hyper",
    "axum",
    "tower",
    "reqwest",
    "sqlx",
    "sqlx-core",
    "tempfile",
];

/// Features of `rand` that reach for the operating system's entropy.
const ENTROPY: &[&str] = &["sys_rng", "os_rng", "thread_rng"];

/// Reads the operating system's entropy. A pure crate has it neither as its own dependency nor by a feature of `rand`; it may lie deeper,
/// under a cipher that could use it but is always handed its randomness here.
const ENTROPY_CRATE: &str = "getrandom";

/// Who depends on whom among our crates.
pub(super) fn check(project: &Project) -> anyhow::Result<Vec<Finding>> {
    let packages =
        project.metadata.get("packages").and_then(Value::as_array).context("cargo metadata lists no packages")?;
    Ok(packages.iter().flat_map(check_package).collect())
}

/// What a pure crate's own tree of dependencies holds; `cargo tree` because only it resolves the features for one crate alone.
pub(super) fn check_purity(project: &Project) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let pure = FLOORS.iter().take(PURE_FLOORS).flat_map(|floor| floor.iter());
    for name in pure.filter(|name| project.root.join("crates").join(name).is_dir()) {
        let mut cargo = Command::new(project::cargo());
        cargo.current_dir(&project.root).args(["tree", "--edges=normal", "--prefix=depth", "--format= {p} {f}"]);
        let tree = project::output(cargo.args(["--package", &format!("xinyu-{name}")]))?;
        findings.extend(impurities(&tree).into_iter().map(|text| Finding::fault(format!("crates/{name}"), text)));
    }
    Ok(findings)
}

fn check_package(package: &Value) -> Vec<Finding> {
    let name = text(package, "name");
    let dependencies = package.get("dependencies").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let ours = dependencies.iter().filter_map(|dependency| {
        let name = text(dependency, "name");
        Some((name.strip_prefix("xinyu-")?, text(dependency, "kind") == "dev"))
    });
    let place = format!("{name}/Cargo.toml");
    if name == "xtask" {
        return ours
            .map(|(other, _)| {
                Finding::fault(&place, format!("xtask is built first and uses no crate of ours, not {other}"))
            })
            .collect();
    }
    let short = name.strip_prefix("xinyu-").unwrap_or(name);
    let Some(floor) = floor_of(short) else {
        return vec![Finding::fault(
            &place,
            "the crate has no floor: give it one in xtask/src/tidy/floors.rs and in ARCHITECTURE.md",
        )];
    };
    let only = ONLY.iter().find(|(crate_name, _)| *crate_name == short).map(|(_, allowed)| *allowed);
    let mut findings = Vec::new();
    for (other, for_tests) in ours {
        let below = floor_of(other).is_some_and(|other| other < floor);
        let itself = for_tests && other == short;
        let testkit = for_tests && other == "testkit" && floor >= PURE_FLOORS && short != "testkit";
        if !below && !testkit && !itself {
            findings.push(Finding::fault(
                &place,
                format!("{short} (floor {floor}) may not depend on {other}{}", floor_in_words(other)),
            ));
        } else if let Some(allowed) = only.filter(|allowed| !for_tests && !allowed.contains(&other)) {
            findings.push(Finding::fault(
                &place,
                format!("{short} may use only {} of our crates, not {other}", allowed.join(", ")),
            ));
        }
    }
    findings
}

fn floor_of(short: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&short))
}

fn floor_in_words(short: &str) -> String {
    floor_of(short).map_or_else(|| " (no floor)".to_owned(), |floor| format!(" (floor {floor})"))
}

/// What stands in the lines `depth name version features` of a pure crate's tree and should not.
fn impurities(tree: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in tree.lines() {
        let mut words = line.split(' ').filter(|word| !word.starts_with('(') && *word != "*");
        let (Some(depth), Some(name), Some(_version)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let features: Vec<&str> = words.next().unwrap_or_default().split(',').collect();
        if IMPURE.contains(&name) {
            found.push(format!("a pure crate may not have {name} in its tree"));
        }
        if depth == "1" && name == ENTROPY_CRATE {
            found.push(format!("a pure crate may not depend on {name}: entropy is an argument"));
        }
        if depth == "1" && name == "rand" {
            let reaching = features.iter().filter(|feature| ENTROPY.contains(feature));
            found.extend(reaching.map(|feature| {
                format!("rand's feature {feature} reaches for the system's entropy: entropy is an argument")
            }));
        }
    }
    found.sort();
    found.dedup();
    found
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{check_package, impurities};

    fn check(name: &str, dependency: &str, kind: Option<&str>, expect: Option<&str>) {
        let package = json!({"name": name, "dependencies": [{"name": "serde", "kind": null}, {"name": dependency, "kind": kind}]});
        let findings: Vec<String> = check_package(&package).into_iter().map(|finding| finding.text).collect();
        assert_eq!(findings.first().map(String::as_str), expect, "{name} → {dependency}");
        assert!(findings.len() < 2, "{findings:?}");
    }

    #[test]
    fn a_crate_depends_on_lower_floors_only() {
        check("xinyu-core", "xinyu-policy", None, None);
        check("xinyu-policy", "xinyu-core", None, Some("policy (floor 1) may not depend on core (floor 2)"));
        check(
            "xinyu-platform",
            "xinyu-connector",
            None,
            Some("platform (floor 5) may not depend on connector (floor 5)"),
        );
        check(
            "xinyu-platform",
            "xinyu-connector",
            Some("dev"),
            Some("platform (floor 5) may not depend on connector (floor 5)"),
        );
        check("xinyu-store", "xinyu-shell", Some("build"), Some("store (floor 3) may not depend on shell (floor 4)"));
        check("xinyu-cli", "xinyu-other", None, Some("cli (floor 7) may not depend on other (no floor)"));
    }

    #[test]
    fn an_unknown_crate_has_no_floor() {
        let text = "the crate has no floor: give it one in xtask/src/tidy/floors.rs and in ARCHITECTURE.md";
        check("xinyu-extra", "xinyu-core", None, Some(text));
        check("other", "serde", None, Some(text));
    }

    #[test]
    fn testkit_serves_the_tests_of_the_upper_floors() {
        check("xinyu-shell", "xinyu-testkit", Some("dev"), None);
        check("xinyu-cli", "xinyu-testkit", Some("dev"), None);
        check("xinyu-store", "xinyu-store", Some("dev"), None);
        check("xinyu-shell", "xinyu-testkit", None, Some("shell (floor 4) may not depend on testkit (floor 7)"));
        check("xinyu-core", "xinyu-testkit", Some("dev"), Some("core (floor 2) may not depend on testkit (floor 7)"));
    }

    #[test]
    fn the_console_knows_only_the_client() {
        check("xinyu-console", "xinyu-http", None, None);
        check(
            "xinyu-console",
            "xinyu-platform",
            None,
            Some("console may use only protocol, locale, http of our crates, not platform"),
        );
        check("xinyu-console", "xinyu-platform", Some("dev"), None);
    }

    #[test]
    fn xtask_is_built_first() {
        check("xtask", "xinyu-core", None, Some("xtask is built first and uses no crate of ours, not core"));
        check("xtask", "serde_json", None, None);
    }

    #[test]
    fn pure_trees_hold_no_io() {
        let tree = "0 xinyu-core v0.1.0 (/x) default\n1 rand v0.10.4 alloc,sys_rng\n2 getrandom v0.4.3 \n2 tokio v1.0.0 net\n3 tokio v1.0.0 net (*)";
        let entropy = "rand's feature sys_rng reaches for the system's entropy: entropy is an argument";
        assert_eq!(impurities(tree), ["a pure crate may not have tokio in its tree", entropy]);
        assert_eq!(
            impurities("0 a v1 \n1 getrandom v0.4.3 std"),
            ["a pure crate may not depend on getrandom: entropy is an argument"]
        );
        assert!(impurities("0 a v1 \n1 rand v0.10.4 alloc\n2 getrandom v0.4.3 std").is_empty());
    }
}
