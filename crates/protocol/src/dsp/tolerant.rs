//! What the specification lets others send, brought into the plain form that we read: prefixed or expanded terms, values wrapped by JSON-LD, one thing
//! where a list stands and a list of one where one thing stands. DSP 2025-1 §4.1 lets a party process plain JSON; no context is ever loaded, so a
//! prefix counts only if it is one of the known ones. What we send needs none of this.

use serde_json::{Map, Value};

/// Prefixes of the vocabularies that DSP uses, short and long.
const PREFIXES: &[&str] = &[
    "dspace:",
    "odrl:",
    "dcat:",
    "dct:",
    "https://w3id.org/dspace/2025/1/",
    "http://www.w3.org/ns/odrl/2/",
    "http://www.w3.org/ns/dcat#",
    "http://purl.org/dc/terms/",
];

/// Members that are one thing.
const ONE: &[&str] = &[
    "action",
    "agreement",
    "agreementId",
    "assignee",
    "assigner",
    "callbackAddress",
    "code",
    "consumerPid",
    "dataAddress",
    "endpoint",
    "endpointType",
    "endpointURL",
    "eventType",
    "format",
    "leftOperand",
    "name",
    "offer",
    "operator",
    "participantId",
    "providerPid",
    "state",
    "target",
    "timestamp",
    "value",
];

/// Members that are lists.
const MANY: &[&str] = &[
    "catalog",
    "constraint",
    "dataset",
    "distribution",
    "duty",
    "endpointProperties",
    "filter",
    "hasPolicy",
    "obligation",
    "permission",
    "prohibition",
    "reason",
    "service",
];

/// Members whose value is a term itself.
const TERMS: &[&str] = &["@type", "action", "eventType", "leftOperand", "operator", "state"];

/// A message in plain form. Our own extension members (`tc609:…`) are left as they are: their bytes may be signed.
#[must_use]
pub fn plain(message: Value) -> Value {
    match message {
        Value::Object(members) => Value::Object(members.into_iter().map(member).collect::<Map<_, _>>()),
        other => other,
    }
}

fn member((name, value): (String, Value)) -> (String, Value) {
    if name == "@context" || name.starts_with("tc609:") {
        return (name, value);
    }
    let name = if name == "@type" { name } else { term(&name).to_owned() };
    let mut value = unwrapped(value);
    if (ONE.contains(&name.as_str()) || name == "@type")
        && let Value::Array(items) = &mut value
        && items.len() == 1
    {
        value = items.remove(0);
    }
    if MANY.contains(&name.as_str()) && matches!(value, Value::Object(_) | Value::String(_)) {
        value = Value::Array(vec![value]);
    }
    if TERMS.contains(&name.as_str())
        && let Value::String(text) = &value
    {
        value = Value::String(term(text).to_owned());
    }
    (name, value)
}

/// `{"@value": x}` and `{"@id": x}` are x.
fn unwrapped(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(unwrapped).collect()),
        Value::Object(mut members) => {
            if let Some(inner) = members.remove("@value") {
                return inner;
            }
            if members.len() == 1
                && let Some(id) = members.remove("@id")
            {
                return id;
            }
            plain(Value::Object(members))
        }
        other => other,
    }
}

fn term(name: &str) -> &str {
    PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(sent: Value, expect: Value) {
        assert_eq!(plain(sent), expect);
    }

    #[test]
    fn dsp_2025_1_4_1_prefixed_and_expanded_terms_are_read_as_plain_ones() {
        check(
            json!({"@type": "dspace:ContractNegotiationEventMessage", "dspace:eventType": "dspace:ACCEPTED", "dspace:consumerPid": {"@id": "c"}}),
            json!({"@type": "ContractNegotiationEventMessage", "eventType": "ACCEPTED", "consumerPid": "c"}),
        );
        check(
            json!({
                "@type": ["https://w3id.org/dspace/2025/1/CatalogRequestMessage"],
                "https://w3id.org/dspace/2025/1/filter": {"a": 1},
            }),
            json!({"@type": "CatalogRequestMessage", "filter": [{"a": 1}]}),
        );
    }

    #[test]
    fn policies_are_read_at_every_depth() {
        check(
            json!({"offer": [{
                "@id": "o", "@type": "odrl:Offer",
                "odrl:permission": {"odrl:action": {"@id": "odrl:use"}, "odrl:constraint": {
                    "odrl:leftOperand": {"@id": "odrl:count"}, "odrl:operator": {"@id": "odrl:lteq"}, "odrl:rightOperand": {"@value": "5", "@type": "xsd:integer"},
                }},
            }]}),
            json!({"offer": {
                "@id": "o", "@type": "Offer",
                "permission": [{"action": "use", "constraint": [{"leftOperand": "count", "operator": "lteq", "rightOperand": "5"}]}],
            }}),
        );
    }

    #[test]
    fn plain_messages_and_signed_extensions_stay_as_they_are() {
        let message = json!({
            "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "@type": "ContractAgreementMessage", "@id": "m",
            "agreement": {"@id": "a", "@type": "Agreement", "target": "t", "permission": [{"action": "use"}]},
            "tc609:contract": {"dct:x": {"@value": 1}},
        });
        check(message.clone(), message);
    }
}
