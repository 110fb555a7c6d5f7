//! What we ask of a partner: criteria, written as the query of EDC with all names in full, which EDC takes whatever the context, and so do we.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{EDC, Field, expanded};

/// One criterion as people write it. Field and operator are the partner's to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// One of our fields, or what the partner calls its own.
    pub field: String,
    /// `=`, `ilike` and so on.
    #[serde(default = "equal")]
    pub operator: String,
    /// A text, or a list of texts for `in`.
    pub value: Value,
}

fn equal() -> String {
    "=".to_owned()
}

/// The query that all wishes make together.
#[must_use]
pub fn query(wishes: &[Wish]) -> Value {
    let criterion = |wish: &Wish| {
        json!({
            "@type": format!("{EDC}Criterion"),
            format!("{EDC}operandLeft"): in_full(&wish.field),
            format!("{EDC}operator"): wish.operator,
            format!("{EDC}operandRight"): wish.value,
        })
    };
    let criteria: Vec<Value> = wishes.iter().map(criterion).collect();
    json!({ "@type": format!("{EDC}QuerySpec"), format!("{EDC}filterExpression"): criteria })
}

/// EDC knows the properties of its assets by their names in full: ours are those of DCAT and DCT, a name that only EDC uses is EDC's.
fn in_full(field: &str) -> String {
    let of_edc = format!("{EDC}{field}");
    let known =
        Field::NAMES.iter().find_map(|(_, name, others)| match others.iter().find(|name| name.contains("://")) {
            Some(iri) if *name == field => Some((*iri).to_owned()),
            _ => others.contains(&field).then(|| of_edc.clone()).filter(|_| others.contains(&of_edc.as_str())),
        });
    known.unwrap_or_else(|| expanded(field))
}
