//! How values of other libraries look in a JSON schema. Never built: named in `#[schemars(with = …)]` beside a field.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// A point in time, as `jiff::Timestamp` writes it.
pub enum Instant {}

impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "description": "RFC 3339, in UTC" })
    }
}

/// A problem document (RFC 9457) as it stands on the wire.
pub enum ProblemDocument {}

impl JsonSchema for ProblemDocument {
    fn schema_name() -> Cow<'static, str> {
        "Problem".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let text = |what: &str| json_schema!({ "type": "string", "description": what });
        json_schema!({
            "type": "object",
            "description": "why it was not done, in both languages; programs match on code",
            "required": ["type", "title", "status", "code"],
            "properties": {
                "type": text("urn:xinyu:problem:<code>"),
                "title": text("in English"),
                "titleZh": text("in Chinese"),
                "status": { "type": "integer", "minimum": 400, "maximum": 599 },
                "code": text("stable, in kebab case"),
                "detail": text("what is particular to this time, in English"),
                "detailZh": text("the same in Chinese"),
                "instance": text("the trace id of the request"),
                "clause": text("the clause of a standard, or a JSON pointer into what was sent"),
                "next": text("what to do next, in English"),
                "nextZh": text("the same in Chinese"),
            },
        })
    }
}
