//! All operations of the management API, each once: the routers are checked against this list, every call is authorised by it, the OpenAPI document and
//! the table of permissions are made from it. To add one is one line in the file of its kind.

mod connector;
mod person;
mod platform;

use schemars::{JsonSchema, Schema, SchemaGenerator};

/// Which kind of node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// The service platform.
    Platform,
    /// An access connector.
    Connector,
}

/// How it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Does.
    Post,
}

impl Method {
    /// The word of HTTP.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// What kind of operation it is: the policies speak of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// Nobody has to be logged in.
    Open,
    /// One's own account and sessions.
    Own,
    /// What every page shows: the node, its numbers.
    See,
    /// Looks at business.
    Look,
    /// Looks at the evidence.
    Evidence,
    /// Does business.
    Do,
    /// Decides or approves.
    Decide,
    /// Looks at accounts.
    People,
    /// Appoints the three administrators, as long as they were never all there.
    Appoint,
    /// Makes, disables and enables accounts.
    System,
    /// Proposes or confirms a role: system and security administrator, each for the other.
    Grant,
    /// Unlocks, takes roles away, follows alerts.
    Security,
    /// Reviews permissions.
    Review,
    /// Reads what was reviewed.
    Report,
    /// Reads what people did.
    Audit,
}

impl Needs {
    /// All.
    pub const ALL: [Self; 15] = [
        Self::Open,
        Self::Own,
        Self::See,
        Self::Look,
        Self::Evidence,
        Self::Do,
        Self::Decide,
        Self::People,
        Self::Appoint,
        Self::System,
        Self::Grant,
        Self::Security,
        Self::Review,
        Self::Report,
        Self::Audit,
    ];

    /// The word in the policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Own => "own",
            Self::See => "see",
            Self::Look => "look",
            Self::Evidence => "evidence",
            Self::Do => "do",
            Self::Decide => "decide",
            Self::People => "people",
            Self::Appoint => "appoint",
            Self::System => "system",
            Self::Grant => "grant",
            Self::Security => "security",
            Self::Review => "review",
            Self::Report => "report",
            Self::Audit => "audit",
        }
    }
}

/// Makes the schema of a type.
pub type Shape = fn(&mut SchemaGenerator) -> Schema;

/// What an operation answers when it did what was asked.
#[derive(Clone, Copy)]
pub enum Gives {
    /// JSON.
    Json(Shape),
    /// 204.
    Nothing,
    /// A file of bytes.
    File,
    /// Server-sent events with JSON.
    Events(Shape),
}

/// One operation.
#[derive(Clone, Copy)]
pub struct Operation {
    /// `noun.verb`, the same in policies, documents and logs.
    pub name: &'static str,
    /// How it is called.
    pub method: Method,
    /// Below `/api/v1`, with `{parameters}`.
    pub path: &'static str,
    /// What kind it is.
    pub needs: Needs,
    /// Parameters of the query; all may be absent.
    pub query: &'static [&'static str],
    /// The body.
    pub takes: Option<Shape>,
    /// The answer.
    pub gives: Gives,
    /// What it does, in Chinese.
    pub zh: &'static str,
    /// What it does, in English.
    pub en: &'static str,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} {})", self.name, self.method.as_str(), self.path)
    }
}

impl Operation {
    /// The parameters of the path.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    const fn takes(self, shape: Shape) -> Self {
        Self { takes: Some(shape), ..self }
    }

    const fn query(self, names: &'static [&'static str]) -> Self {
        Self { query: names, ..self }
    }

    const fn said(self, zh: &'static str, en: &'static str) -> Self {
        Self { zh, en, ..self }
    }
}

const fn get(name: &'static str, path: &'static str, needs: Needs, gives: Gives) -> Operation {
    Operation { name, method: Method::Get, path, needs, query: &[], takes: None, gives, zh: "", en: "" }
}

const fn post(name: &'static str, path: &'static str, needs: Needs, gives: Gives) -> Operation {
    Operation { name, method: Method::Post, path, needs, query: &[], takes: None, gives, zh: "", en: "" }
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// Where the API is served.
pub const BASE: &str = xinyu_protocol::api::PATH;

/// All operations of a kind of node, in the order of its router.
pub fn all(kind: NodeKind) -> impl Iterator<Item = &'static Operation> {
    let own = match kind {
        NodeKind::Platform => platform::OPERATIONS,
        NodeKind::Connector => connector::OPERATIONS,
    };
    person::OPERATIONS.iter().chain(own)
}

/// The operation of a route, as the router matched it: `GET`, `/api/v1/contracts/{id}`. A `HEAD` is a `GET` without a body.
#[must_use]
pub fn find(kind: NodeKind, method: &str, route: &str) -> Option<&'static Operation> {
    let method = if method == "HEAD" { "GET" } else { method };
    let path = route.strip_prefix(BASE)?;
    all(kind).find(|operation| operation.path == path && operation.method.as_str() == method)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_has_one_name_one_route_and_words() {
        for kind in [NodeKind::Platform, NodeKind::Connector] {
            let (mut names, mut routes) = (BTreeSet::new(), BTreeSet::new());
            for operation in all(kind) {
                assert!(names.insert(operation.name), "{operation:?} twice");
                assert!(routes.insert((operation.method, operation.path)), "{operation:?} twice");
                assert!(!operation.zh.is_empty() && !operation.en.is_empty(), "{operation:?} says nothing");
                let route = format!("{BASE}{}", operation.path);
                let found = find(kind, operation.method.as_str(), &route).map(|found| found.name);
                assert_eq!(found, Some(operation.name));
                assert!(operation.method == Method::Post || operation.takes.is_none(), "{operation:?} reads a body");
            }
        }
        assert!(find(NodeKind::Platform, "DELETE", "/api/v1/me").is_none());
        assert_eq!(find(NodeKind::Platform, "HEAD", "/api/v1/me").map(|one| one.name), Some("me.show"));
    }
}
