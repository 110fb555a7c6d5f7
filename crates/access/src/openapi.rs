//! The OpenAPI 3.1 document of a node, made from the list of operations and the types of the protocol. Its dialect is JSON Schema 2020-12, which is
//! schemars' own.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use xinyu_protocol::api::schema::ProblemDocument;

use crate::operation::{self, BASE, Gives, Method, Needs, NodeKind, Operation};

/// The document.
#[must_use]
pub fn document(kind: NodeKind, title: &str, version: &str) -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
        .into_generator();
    let problem = generator.subschema_for::<ProblemDocument>();
    let mut paths = Map::new();
    for operation in operation::all(kind) {
        let path = paths.entry(operation.path.to_owned()).or_insert_with(|| json!({}));
        if let Value::Object(methods) = path {
            let method = operation.method.as_str().to_lowercase();
            methods.insert(method, described(operation, &mut generator, &problem));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": title, "version": version, "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" } },
        "servers": [{ "url": BASE }],
        "tags": tags(kind),
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": {
                "session": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "the token that POST /login gives",
                },
            },
        },
    })
}

fn described(operation: &Operation, generator: &mut SchemaGenerator, problem: &Schema) -> Value {
    let mut described = json!({
        "operationId": operation.name,
        "summary": format!("{} / {}", operation.zh, operation.en),
        "tags": [tag(operation)],
        "x-xinyu-needs": operation.needs.as_str(),
        "security": if operation.needs == Needs::Open { json!([]) } else { json!([{ "session": [] }]) },
        "responses": responses(operation, generator, problem),
    });
    let in_path = operation
        .parameters()
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let in_query = operation
        .query
        .iter()
        .map(|name| json!({ "name": name, "in": "query", "required": false, "schema": { "type": "string" } }));
    let parameters: Vec<Value> = in_path.chain(in_query).collect();
    let Value::Object(members) = &mut described else { return described };
    if !parameters.is_empty() {
        members.insert("parameters".to_owned(), Value::Array(parameters));
    }
    if let Some(shape) = operation.takes {
        let body = json!({ "required": true, "content": { "application/json": { "schema": shape(generator) } } });
        members.insert("requestBody".to_owned(), body);
    }
    described
}

fn responses(operation: &Operation, generator: &mut SchemaGenerator, problem: &Schema) -> Value {
    let done = match operation.gives {
        Gives::Nothing => ("204", json!({ "description": "done" })),
        Gives::Json(shape) => {
            ("200", json!({ "description": "done", "content": { "application/json": { "schema": shape(generator) } } }))
        }
        Gives::File => {
            ("200", json!({ "description": "the file", "content": { "application/octet-stream": { "schema": {} } } }))
        }
        Gives::Events(shape) => (
            "200",
            json!({
                "description": "server-sent events, each with this as its data",
                "content": { "text/event-stream": { "schema": shape(generator) } },
            }),
        ),
    };
    let mut responses = Map::from_iter([(done.0.to_owned(), done.1)]);
    let refusals = [
        ("400", "malformed or contradictory", operation.method == Method::Post || !operation.query.is_empty()),
        ("401", "not logged in", true),
        ("403", "not for this role, or something stands in the way", operation.needs != Needs::Open),
        ("404", "not there", operation.parameters().next().is_some()),
        ("409", "not possible in the present state", operation.method == Method::Post),
        ("default", "any other problem", true),
    ];
    for (status, description, applies) in refusals {
        if applies {
            let content = json!({ "application/problem+json": { "schema": problem } });
            responses.insert(status.to_owned(), json!({ "description": description, "content": content }));
        }
    }
    Value::Object(responses)
}

fn tag(operation: &Operation) -> &'static str {
    operation.name.split('.').next().unwrap_or(operation.name)
}

fn tags(kind: NodeKind) -> Value {
    let mut tags: Vec<&str> = Vec::new();
    for operation in operation::all(kind) {
        if !tags.contains(&tag(operation)) {
            tags.push(tag(operation));
        }
    }
    tags.into_iter().map(|name| json!({ "name": name })).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref") {
                    found.insert(target);
                }
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn openapi_3_1_names_exactly_the_operations_and_every_reference_leads_somewhere() {
        for kind in [NodeKind::Platform, NodeKind::Connector] {
            let document = document(kind, "信域", "1");
            let mut named = BTreeSet::new();
            for (path, methods) in document["paths"].as_object().unwrap() {
                for (method, operation) in methods.as_object().unwrap() {
                    named.insert((operation["operationId"].as_str().unwrap(), method.to_uppercase(), path.as_str()));
                }
            }
            let listed: BTreeSet<_> =
                operation::all(kind).map(|one| (one.name, one.method.as_str().to_owned(), one.path)).collect();
            assert_eq!(named, listed);
            let mut found = BTreeSet::new();
            references(&document, &mut found);
            assert!(found.len() > 20, "{found:?}");
            for target in found {
                let pointer = target.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
            }
        }
    }

    #[test]
    fn schemas_are_those_of_the_wire() {
        let document = document(NodeKind::Platform, "信域", "1");
        let login = &document["components"]["schemas"]["Login"];
        assert_eq!(login["additionalProperties"], json!(false));
        assert_eq!(login["required"], json!(["name", "password"]));
        let space = &document["components"]["schemas"]["SpaceInfo"]["properties"];
        assert!(space["platformPermille"].is_object(), "{space}");
    }
}
