//! Links and code paths in the documents lead somewhere, and every page under docs/ can be reached from the README.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use super::Finding;
use crate::project::{Project, TextFile};

/// Where a path in back quotes begins when it means a file of this project.
const OURS: &[&str] = &["crates/", "xtask/", "docs/", "config/", "samples/", ".ci/", ".cargo/"];
/// Signs that a path in back quotes is a pattern.
const PATTERN: &[char] = &['*', '<', '{', '…', ' ', '$', '?'];

pub(super) fn check(project: &Project) -> Vec<Finding> {
    let mut findings: Vec<Finding> = project.ending(".md").flat_map(|file| check_file(project, file)).collect();
    let reached = reached_from_readme(project);
    let lost = project.ending(".md").filter(|file| file.path.starts_with("docs/") && !reached.contains(&file.path));
    findings.extend(lost.map(|file| Finding::fault(&file.path, "no link leads here from README.md")));
    findings
}

fn check_file(project: &Project, file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in prose(file) {
        let mut fault = |text: String| findings.push(Finding::fault(format!("{}:{number}", file.path), text));
        for link in links(line) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { Some(file.path.clone()) } else { resolve(&file.path, path) };
            match target {
                Some(target) if project.holds(&target) => {
                    let page = project.files.iter().find(|page| page.path == target);
                    if !anchor.is_empty() && page.is_some_and(|page| !has_heading(page, anchor)) {
                        fault(format!("{target} has no heading #{anchor}"));
                    }
                }
                _ => fault(format!("the link to {link} leads nowhere")),
            }
        }
        for path in code_paths(line).filter(|path| !project.holds(path)) {
            fault(format!("there is no {path}"));
        }
    }
    findings
}

/// The lines outside fenced code.
fn prose(file: &TextFile) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    file.lines().filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// The targets of `[text](target)` that lie in this project.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    targets.filter(|target| !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:"))
}

/// What stands in back quotes and begins like a path of ours; a line number after a colon does not count.
fn code_paths(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    let paths = quoted.filter(|text| OURS.iter().any(|start| text.starts_with(start)) && !text.contains(PATTERN));
    paths.filter_map(|text| text.split([':', '#']).next())
}

/// A link's path relative to the project's root; none when it leaves the project.
fn resolve(from: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for component in Path::new(link).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::ParentDir => drop(parts.pop()?),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

/// Headings become anchors as on the usual Git servers: lower case, signs dropped, blanks to hyphens.
fn has_heading(page: &TextFile, anchor: &str) -> bool {
    let slug = |heading: &str| -> String {
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    prose(page).filter(|(_, line)| line.starts_with('#')).any(|(_, line)| slug(line.trim_start_matches('#')) == anchor)
}

/// The pages that links lead to, page after page. A link to a folder leads to its README.md or, without one, to all its pages.
fn reached_from_readme(project: &Project) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut next = vec!["README.md".to_owned()];
    while let Some(path) = next.pop() {
        let Some(file) = project.files.iter().find(|file| file.path == path) else {
            continue;
        };
        if !reached.insert(path) {
            continue;
        }
        for link in prose(file).flat_map(|(_, line)| links(line)) {
            let target = link.split('#').next().and_then(|path| resolve(&file.path, path)).unwrap_or_default();
            let inside: Vec<&str> =
                project.ending(".md").map(|page| page.path.as_str()).filter(|page| parent(page) == target).collect();
            let index = inside.iter().copied().find(|page| page.ends_with("/README.md"));
            next.extend(
                index
                    .map_or(inside, |index| vec![index])
                    .into_iter()
                    .filter(|page| page.contains('/'))
                    .map(str::to_owned),
            );
            next.push(target);
        }
    }
    reached
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::{check, code_paths, links, resolve};
    use crate::project::{Project, TextFile};

    fn project(pages: &[(&str, &str)]) -> Project {
        let files =
            pages.iter().map(|(path, text)| TextFile { path: (*path).to_owned(), text: (*text).to_owned() }).collect();
        Project { root: crate::project::root(), files, metadata: serde_json::Value::Null }
    }

    fn faults(pages: &[(&str, &str)]) -> Vec<String> {
        check(&project(pages)).into_iter().map(|finding| format!("{}: {}", finding.place, finding.text)).collect()
    }

    #[test]
    fn links_and_paths_of_a_line() {
        let line = "see [a](b.md), ![c](d/e.png \"title\"), [web](https://x.example), `crates/x.rs:3` and `crates/*/x.rs`, `cargo`";
        assert_eq!(links(line).collect::<Vec<_>>(), ["b.md", "d/e.png"]);
        assert_eq!(code_paths(line).collect::<Vec<_>>(), ["crates/x.rs"]);
    }

    #[test]
    fn a_link_is_read_from_where_it_stands() {
        for (from, link, expect) in [
            ("docs/guide/a.md", "../adr/b.md", Some("docs/adr/b.md")),
            ("README.md", "./docs/", Some("docs")),
            ("README.md", "../outside.md", None),
            ("README.md", "/etc/passwd", None),
        ] {
            assert_eq!(resolve(from, link).as_deref(), expect, "{from} → {link}");
        }
    }

    #[test]
    fn a_link_leads_somewhere() {
        let readme = "[x](xtask/Cargo.toml) [y](xtask/none.md) `xtask/src/none.rs` `xtask/src/main.rs` [z](#part-one) [w](#two)\n## Part one!\n";
        assert_eq!(
            faults(&[("README.md", readme)]),
            [
                "README.md:1: the link to xtask/none.md leads nowhere",
                "README.md:1: README.md has no heading #two",
                "README.md:1: there is no xtask/src/none.rs",
            ]
        );
        assert!(faults(&[("README.md", "```\n[y](xtask/none.md)\n```\n")]).is_empty());
    }

    #[test]
    fn every_page_is_reached() {
        let lost = "docs/guide/b.md: no link leads here from README.md".to_owned();
        assert_eq!(
            faults(&[("README.md", "[d](docs/glossary.md)"), ("docs/glossary.md", ""), ("docs/guide/b.md", "")]),
            [lost]
        );
        assert!(faults(&[("README.md", "[d](docs)"), ("docs/glossary.md", "")]).is_empty());
    }
}
