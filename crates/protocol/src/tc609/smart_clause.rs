//! Smart clauses (智能条款): conditions and consequences that all parties sign with the contract, in its `expansionItem`, and that run by themselves.
//! TC609-6-2025-14 §7.5 c (自动化履行), §7.6 c (自动终止的条件规则).

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// One smart clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SmartClause {
    /// Its name within the contract: 1 to 40 lower-case letters, digits and hyphens.
    pub id: String,
    /// What it says, for people.
    pub text: Text,
    /// At which events of the contract it is looked at, by the kind of their evidence, such as `usage.done`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<String>,
    /// At which moment it is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// The condition: an expression of the Common Expression Language over the facts of the contract, which is true or false.
    pub when: String,
    /// How often it has its consequence at the most.
    #[serde(default = "once")]
    pub times: u32,
    /// What follows.
    pub then: Consequence,
}

fn once() -> u32 {
    1
}

/// A moment: so long after something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct After {
    /// After what.
    pub since: Since,
    /// How long, ISO 8601, such as `P30D`.
    pub period: String,
}

/// What a moment is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// The filing, when the contract came into force.
    Filed,
    /// The first delivery that the consumer acknowledged.
    Delivered,
}

/// What follows from a clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Consequence {
    /// One party owes another an amount: a payment that falls due, a penalty, a refund. It is stated with the settlement.
    Charge {
        /// Who owes it.
        from: ChargedParty,
        /// To whom.
        to: ChargedParty,
        /// How much, in fen: an expression over the same facts that is a whole number; less than one is no charge.
        fen: String,
    },
    /// The contract ends, as its other ends do: uses stop, data is disposed of, meters are reconciled.
    End,
    /// 自动续签: the contract goes on by a version that both have signed in advance with this clause. It is looked at so long before the end, and until then
    /// either party may refuse.
    Renew {
        /// By how long, ISO 8601.
        by: String,
        /// How long before the end it is decided, ISO 8601.
        notice: String,
    },
}

/// The parties of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChargedParty {
    /// The data provider.
    Provider,
    /// The data consumer.
    Consumer,
}

impl ChargedParty {
    /// Its name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Consumer => "consumer",
        }
    }
}

/// What a clause charged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClauseCharge {
    /// Which clause.
    pub clause: String,
    /// Who owes.
    pub from: ChargedParty,
    /// To whom.
    pub to: ChargedParty,
    /// How much.
    pub fen: u64,
    /// The record of evidence that made it follow.
    pub record: String,
}
