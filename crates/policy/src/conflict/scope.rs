//! 范围不一致: rules about products, nodes or fields that no permission is about. These are lists of names, compared as they stand. Pure.

use std::collections::BTreeSet;

use xinyu_protocol::text::Text;

use super::{Conflict, ConflictKind, of_kind};
use crate::operand::may_be_same_field;
use crate::policy::{Policy, RuleKind};

pub(super) fn find(policy: &Policy, found: &mut Vec<Conflict>) {
    let permissions: Vec<_> = of_kind(policy, RuleKind::Permission).collect();
    let is_open = permissions.iter().any(|rule| rule.products.is_empty());
    let products: BTreeSet<_> = permissions.iter().flat_map(|rule| &rule.products).collect();
    let nodes: BTreeSet<_> = permissions.iter().flat_map(|rule| &rule.parties.assignee).collect();
    let mut add = |pointers: Vec<String>, zh: &str, en: &str| {
        found.push(Conflict {
            kind: ConflictKind::Scope,
            pointers,
            text: Text::new(zh, en),
            blocking: false,
            witness: None,
        });
    };
    for rule in policy.rules.iter().filter(|rule| rule.kind != RuleKind::Permission) {
        let is_foreign = !rule.products.is_empty() && !rule.products.iter().any(|product| products.contains(product));
        if is_foreign && !is_open && !permissions.is_empty() {
            add(
                vec![rule.pointer.clone()],
                "该条款涉及的数据产品不在任何允许策略之内",
                "this clause is about products that no permission names",
            );
        }
        let is_elsewhere = rule.parties.assignee.as_ref().is_some_and(|node| !nodes.contains(node));
        if is_elsewhere && !nodes.is_empty() {
            add(
                vec![rule.pointer.clone()],
                "该条款约束的执行节点不在任何允许策略之内",
                "this clause binds a node that no permission names",
            );
        }
    }
    for rule in &permissions {
        let Some(open) = policy.fields_of(rule) else {
            continue;
        };
        for duty in &rule.duties {
            let named = duty.parameters.get("fields").and_then(serde_json::Value::as_array);
            let is_closed = |field: &str| !open.iter().any(|other| may_be_same_field(field, other));
            let closed = named.into_iter().flatten().filter_map(serde_json::Value::as_str).any(is_closed);
            if closed {
                add(
                    vec![duty.clause.clone(), rule.pointer.clone()],
                    "义务涉及的字段不在该允许策略开放的字段之内",
                    "the duty names fields that the permission does not open",
                );
            }
        }
    }
}
