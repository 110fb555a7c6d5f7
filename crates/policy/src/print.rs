//! A policy as TC609-6-2025-14 JSON, and as ODRL 2.2 for DSP 2025-1. What is printed reads back as a policy that decides the same.

mod odrl;
mod tc609;
pub(crate) mod xml;

use serde_json::{Map, Value};

use crate::policy::{Constraint, Policy};

/// The ODRL profile of the terms under `tc609:`: the actions and constraint names of TC609-6-2025-14 C.5 and C.6 that ODRL lacks.
pub const PROFILE: &str = "urn:xinyu:odrl:tc609-14";

/// What kind of ODRL policy to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OdrlKind {
    /// An offer of a catalogue (without a target), or of a negotiation (with one).
    Offer,
    /// An agreement: target, assigner and assignee are needed.
    Agreement,
    /// A set.
    Set,
}

/// The identifiers of an ODRL policy. Rules that name their own product or nodes keep them; the target and the parties here are those of the
/// other rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OdrlIds {
    /// `@id`.
    pub id: String,
    /// `target`: the dataset.
    pub target: Option<String>,
    /// `assigner`: the provider.
    pub assigner: Option<String>,
    /// `assignee`: the consumer. A request is then measured against it: its `subject` or `connector` has to be this very id.
    pub assignee: Option<String>,
}

impl Policy {
    /// The value of `contractPolicies`: an array of one policy with its rules by kind, in the standard's spelling.
    #[must_use]
    pub fn to_tc609(&self) -> Value {
        tc609::print(self)
    }

    /// A contract of this policy alone as XML: what [`Policy::to_tc609`] is as JSON.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut contract = Map::new();
        contract.extend(self.id.as_ref().map(|id| ("contractId".to_owned(), Value::from(id.as_str()))));
        contract.insert("contractPolicies".to_owned(), self.to_tc609());
        xml::print(&contract)
    }

    /// An ODRL policy in the shape that DSP 2025-1 asks for: one rule per action.
    #[must_use]
    pub fn to_odrl(&self, kind: OdrlKind, ids: &OdrlIds) -> Value {
        odrl::print(self, kind, ids)
    }
}

/// Constraints in the form of TC609-6-2025-14.
pub(crate) fn constraints(constraints: &[Constraint]) -> Value {
    Value::Array(constraints.iter().map(tc609::constraint).collect())
}
