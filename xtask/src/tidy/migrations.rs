//! A migration that no code names would never run.

use super::Finding;
use crate::project::Project;

/// Every `.sql` file under a folder `migrations` is named in the Rust code of its crate.
pub(super) fn check(project: &Project) -> Vec<Finding> {
    let forgotten = project.ending(".sql").filter(|file| {
        let Some((before, name)) = file.path.split_once("/migrations/") else {
            return false;
        };
        let folder = before.strip_suffix("/src").unwrap_or(before);
        !project.ending(".rs").any(|code| code.path.starts_with(folder) && code.text.contains(name))
    });
    forgotten.map(|file| Finding::fault(&file.path, "no code names this migration: add its line to the list")).collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::project::{Project, TextFile};

    #[test]
    fn a_migration_stands_in_the_list() {
        let file = |path: &str, text: &str| TextFile { path: path.to_owned(), text: text.to_owned() };
        let files = vec![
            file("crates/store/migrations/0001_base.sql", ""),
            file("crates/store/migrations/0002_domain.sql", ""),
            file("crates/store/src/migration.rs", "include_str!(\"../migrations/0001_base.sql\")"),
            file("crates/other/src/lib.rs", "0002_domain.sql"),
        ];
        let findings = check(&Project { root: "/".into(), files, metadata: serde_json::Value::Null });
        let places: Vec<&str> = findings.iter().map(|finding| finding.place.as_str()).collect();
        assert_eq!(places, ["crates/store/migrations/0002_domain.sql"]);
    }
}
