//! As SQL, for SQLite and PostgreSQL. A prefix is compared with `substr`, because SQLite's `LIKE` does not tell upper from lower case. Pure.

use super::{Literal, Node};

pub(super) fn condition(node: &Node) -> String {
    let not = |negated: bool| if negated { "NOT " } else { "" };
    match node {
        Node::Compare { field, comparison, literal } => {
            format!("{} {} {}", name(field), comparison.symbol(), value(literal))
        }
        Node::In { field, literals, negated } => {
            let literals: Vec<_> = literals.iter().map(value).collect();
            format!("{} {}IN ({})", name(field), not(*negated), literals.join(", "))
        }
        Node::Prefix { field, prefix, negated } => {
            let comparison = if *negated { "<>" } else { "=" };
            let prefix_text = value(&Literal::Text(prefix.clone()));
            format!("substr({}, 1, {}) {comparison} {prefix_text}", name(field), prefix.chars().count())
        }
        Node::IsNull { field, negated } => format!("{} IS {}NULL", name(field), not(*negated)),
        Node::And(parts) => join(parts, " AND "),
        Node::Or(parts) => join(parts, " OR "),
        Node::Not(part) => format!("NOT ({})", condition(part)),
    }
}

fn join(parts: &[Node], word: &str) -> String {
    let parts: Vec<_> = parts.iter().map(condition).collect();
    format!("({})", parts.join(word))
}

fn name(field: &str) -> String {
    let parts: Vec<_> = field.split('.').map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
    parts.join(".")
}

fn value(literal: &Literal) -> String {
    match literal {
        Literal::Bool(true) => "TRUE".to_owned(),
        Literal::Bool(false) => "FALSE".to_owned(),
        other => other.to_string(),
    }
}
