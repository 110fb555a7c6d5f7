//! What a connector keeps of a contract it signed, and of the peers it deals with. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::contract::{ContractStatus, FilingStamp, SignedContract};
use xinyu_protocol::tc609::metering::Statement;
use xinyu_protocol::tc609::participant::Role;
use xinyu_protocol::tc609::termination::TerminationVoucher;

use crate::fault::Rejection;
use crate::negotiation::Side;
use crate::termination::{self, End};
use crate::usage::Stop;

/// What was agreed, and how firmly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terms {
    /// A digital contract that both signed.
    Signed(Box<SignedContract>),
    /// An ODRL agreement with a partner whose protocol carries no signatures: enough where the space's rule says so.
    Unsigned(Value),
    /// What a holder handed on to us: the policy came with the data.
    HandedOn(Box<HandedOn>),
}

/// What a receiver holds data under that was handed on to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandedOn {
    /// By which hop.
    pub onward_id: String,
    /// The hops before it, the first one first.
    pub chain: Vec<String>,
    /// The policies that came with it; the first is that of the contract, the others narrow it.
    pub policies: Vec<Value>,
    /// When the contract ends by itself.
    pub ends_at: Option<Timestamp>,
}

impl Terms {
    /// The policies as a document that the policy engine reads. Who the two sides of an unsigned agreement are, the negotiation has established: each may
    /// know the other by a name of its own, which our engine would look for in vain.
    #[must_use]
    pub fn policy_document(&self) -> Value {
        match self {
            Self::Signed(signed) => crate::listing::policy_document(&signed.contract.contract_policies),
            Self::Unsigned(agreement) => {
                let mut policy = agreement.clone();
                if let Value::Object(members) = &mut policy {
                    members.retain(|name, _| !matches!(name.as_str(), "assigner" | "assignee"));
                }
                policy
            }
            Self::HandedOn(handed) => handed.policies.first().cloned().unwrap_or_default(),
        }
    }

    /// The policies that narrow the first one: nothing is allowed that one of them does not allow.
    #[must_use]
    pub fn narrowing(&self) -> &[Value] {
        match self {
            Self::HandedOn(handed) => handed.policies.get(1..).unwrap_or_default(),
            Self::Signed(_) | Self::Unsigned(_) => &[],
        }
    }

    /// How it came to us, if it was handed on.
    #[must_use]
    pub fn handed_on(&self) -> Option<&HandedOn> {
        match self {
            Self::HandedOn(handed) => Some(handed),
            Self::Signed(_) | Self::Unsigned(_) => None,
        }
    }

    /// When the contract ends by itself; an ODRL agreement says so in its policy, if at all.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        match self {
            Self::Signed(signed) => xinyu_protocol::time::parse_compact(&signed.contract.indate).ok(),
            Self::HandedOn(handed) => handed.ends_at,
            Self::Unsigned(_) => None,
        }
    }

    /// The signed contract.
    #[must_use]
    pub fn signed(&self) -> Option<&SignedContract> {
        match self {
            Self::Signed(signed) => Some(signed),
            Self::Unsigned(_) | Self::HandedOn(_) => None,
        }
    }
}

/// A contract on the side of one party.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// One id through everything.
    pub contract_id: ContractId,
    /// Which side we are on.
    pub side: Side,
    /// The space whose rules apply.
    pub space_id: String,
    /// What it is over.
    pub product_id: String,
    /// The connector on the other side.
    pub peer: String,
    /// The ODRL agreement.
    pub agreement_id: String,
    /// The terms.
    pub terms: Terms,
    /// Hash of the signed bytes, or of the agreement's canonical bytes.
    pub contract_hash: String,
    /// The platform's proof of filing, which came with the policy: only then data may flow. An unsigned agreement is not filed.
    pub filing: Option<FilingStamp>,
    /// The order that holds it, if one does.
    pub stopped: Option<Stop>,
    /// The settlement, when it came.
    pub statement: Option<Statement>,
    /// How it ends, once the platform has said so.
    #[serde(default)]
    pub ending: Option<TerminationVoucher>,
    /// When it ended here: nothing was done under it from then on.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
}

impl Agreement {
    /// Whether it binds: filed, or with a partner and finalised, which is when it is kept.
    #[must_use]
    pub fn is_in_force(&self) -> bool {
        self.filing.is_some() || matches!(self.terms, Terms::Unsigned(_))
    }

    /// Its end, once it is known.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        self.ending.as_ref().map(End::of)
    }

    /// That its end has not taken effect.
    ///
    /// # Errors
    /// If it has.
    pub fn must_not_have_ended(&self, now: Timestamp) -> Result<(), Rejection> {
        match self.end() {
            Some(end) if self.ended_at.is_some() || end.is_effective(self.is_frozen(), now) => {
                Err(termination::over(&self.contract_id, &end))
            }
            _ => Ok(()),
        }
    }

    /// That its term lasts, whether or not the platform has said yet that it is over.
    ///
    /// # Errors
    /// If it is.
    pub fn must_last(&self, now: Timestamp) -> Result<(), Rejection> {
        match self.terms.ends_at() {
            Some(end) if now > end => {
                let id = &self.contract_id;
                Err(Rejection::conflict(
                    "contract-over",
                    format!("合约 {id} 已于 {end} 到期"),
                    format!("the term of contract {id} was over at {end}"),
                ))
            }
            _ => Ok(()),
        }
    }

    /// When time alone ends it: its term, or an end of which the platform has said when.
    #[must_use]
    pub fn ends_next(&self, now: Timestamp) -> Option<Timestamp> {
        let term = self.terms.ends_at().and_then(|end| end.checked_add(SignedDuration::from_micros(1)).ok());
        let ends = term.into_iter().chain(self.end().map(|end| end.ends_at));
        ends.filter(|end| *end > now).min()
    }

    /// Whether a regulator's order holds it, rather than the provider's.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.stopped.as_ref().is_some_and(Stop::is_freeze)
    }

    /// Where the contract stands, as far as this side has heard. What is signed ends with its settlement; an unsigned one, which is not settled, with its
    /// data, whose holding says whether it is destroyed.
    #[must_use]
    pub fn status(&self, is_destroyed: bool) -> ContractStatus {
        let is_over = self.ended_at.is_some()
            || self.statement.is_some()
            || (is_destroyed && matches!(self.terms, Terms::Unsigned(_)));
        match (is_over, self.is_in_force()) {
            (true, _) => ContractStatus::Terminated,
            (false, true) => ContractStatus::Performing,
            (false, false) => ContractStatus::Signed,
        }
    }
}

/// A node we deal with: the platform or another connector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyRecord {
    /// Its identifier.
    pub party_id: String,
    /// Whose it is.
    pub participant_id: String,
    /// The participant's name.
    pub name: String,
    /// In which role.
    pub role: Role,
    /// Base URL.
    pub address: String,
    /// Its public keys, from its credential (or from our configuration, for the platform).
    pub keys: xinyu_crypto::PublicKeys,
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use xinyu_protocol::tc609::metering::Meter;

    use super::*;

    /// What an unsigned agreement, whose statement never comes, tells of itself.
    fn check(is_destroyed: bool, statement: &Value, expect: ContractStatus) {
        let agreement: Agreement = serde_json::from_value(json!({
            "contract_id": "C491350100M000100Y43350120250829120000A1B2C3D4B", "side": "consumer", "space_id": "space", "product_id": "p",
            "peer": "edc", "agreement_id": "a", "terms": { "unsigned": {} }, "contract_hash": "", "filing": null, "stopped": null, "statement": statement,
        }))
        .unwrap();
        assert_eq!(agreement.status(is_destroyed), expect, "{is_destroyed} {statement}");
    }

    #[test]
    fn an_agreement_is_over_with_its_settlement_or_its_data() {
        let statement = json!({
            "contractId": "C491350100M000100Y43350120250829120000A1B2C3D4B", "lines": [], "shares": [], "postings": [], "totalFen": 0,
            "meter": Meter::default(), "at": "2026-01-01T00:00:00Z",
        });
        check(false, &Value::Null, ContractStatus::Performing);
        check(true, &Value::Null, ContractStatus::Terminated);
        check(false, &statement, ContractStatus::Terminated);
    }
}
