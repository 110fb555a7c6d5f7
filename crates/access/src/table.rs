//! The table of permissions, `docs/permissions.md`: every operation with the roles that may call it, as the policies decide.

use crate::decision::{Access, AccessError, Rules};
use crate::operation::{self, Needs, NodeKind, Operation};
use crate::role::Role;

/// The generated part of the document.
///
/// # Errors
/// If the policies do not fit the operations.
pub fn markdown() -> Result<String, AccessError> {
    let mut text = String::new();
    for (kind, title) in [(NodeKind::Platform, "服务平台 Platform"), (NodeKind::Connector, "接入连接器 Connector")]
    {
        let access = Access::new(kind, None)?;
        text.push_str(&format!("## {title}\n\n| operation | route | kind | "));
        let roles: Vec<String> = Role::ALL.iter().map(|role| format!("{} {role}", role.zh())).collect();
        text.push_str(&roles.join(" | "));
        text.push_str(" | |\n|---|---|---|");
        text.push_str(&":-:|".repeat(Role::ALL.len()));
        text.push_str("---|\n");
        for operation in operation::all(kind) {
            text.push_str(&line(&access, operation));
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    Ok(text)
}

fn line(access: &Access, operation: &Operation) -> String {
    let may = access.roles(operation, Rules::default());
    let marks = Role::ALL.map(|role| if may.contains(&role) { "✓" } else { "" });
    let kind = if operation.needs == Needs::Open { "open".to_owned() } else { operation.needs.as_str().to_owned() };
    format!(
        "| `{}` | `{} {}` | {kind} | {} | {}, {} |\n",
        operation.name,
        operation.method.as_str(),
        operation.path,
        marks.join(" | "),
        operation.zh,
        operation.en
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_says_what_the_policies_decide() {
        let document = include_str!("../../../docs/permissions.md");
        let (_, generated) = document.split_once("everything is written by `cargo xtask docs`. -->").unwrap();
        assert_eq!(generated.trim(), markdown().unwrap(), "docs/permissions.md is stale: run `cargo xtask docs`");
    }
}
