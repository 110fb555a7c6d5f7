//! What a use does beside giving its answer: it reads derived data, keeps its result, or hands data on. Each is decided with it, under every policy that
//! counts. TC609-6-2025-15 §7.1.2.4 i, §7.1.2.1 b. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_policy::{Action, Decision, Policy, Request, Verdict, strictest, verify};

use super::Holding;
use super::decide::refuse;
use crate::policy_record::governing::Governing;

/// Where the standard asks that a contract names who may get the data.
pub const RECEIVERS: &str = "TC609-6-2025-15 §7.1.2.1 b";

/// Beside the answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beyond {
    /// The policies that count beside that of the contract: those that derived data was made under, and those that came with data that was handed on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherited: Vec<Value>,
    /// Derived data that is read in the place of what was delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<String>,
    /// What the result is kept as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<String>,
    /// The uses that go on to somebody, if it is a hop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hands_on: Option<u64>,
}

impl Beyond {
    /// Whether there is nothing beside the answer.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// What all policies say of a request, and of what goes with it.
    #[must_use]
    pub fn verify(&self, policy: &Governing, request: &Request) -> Decision {
        if self.is_nothing() {
            return policy.decide(request);
        }
        let read: Option<Vec<Policy>> =
            self.inherited.iter().map(|document| xinyu_policy::parse_value(document).ok()).collect();
        let Some(inherited) = read else {
            let (zh, en) = ("继承的策略无法解析", "a policy that it inherits does not parse");
            return refuse("/contractPolicies", zh.to_owned(), en.to_owned());
        };
        let mut requests = vec![request.clone()];
        if self.keep.is_some() {
            requests.push(Request { action: Action::Storage.into(), ..request.clone() });
        }
        let mut decisions = Vec::new();
        for request in &requests {
            decisions.push(policy.decide(request));
            decisions.extend(inherited.iter().map(|policy| verify(policy, request)));
        }
        if self.hands_on.is_some() {
            let contract: &Policy = policy;
            let all = std::iter::once(contract).chain(&inherited);
            decisions.extend(all.filter_map(|policy| must_name(policy, request)));
        }
        strictest(decisions)
    }

    /// When time alone may change what the policies beside that of the contract say.
    #[must_use]
    pub fn next_change(&self, request: &Request) -> Option<Timestamp> {
        let read = self.inherited.iter().filter_map(|document| xinyu_policy::parse_value(document).ok());
        read.filter_map(|policy| policy.next_change(request)).min()
    }
}

/// A hop needs a contract that says to whom, and counts in a way that can be divided; and a contract that forbids its policy to travel forbids the hop.
fn must_name(policy: &Policy, request: &Request) -> Option<Decision> {
    let action = request.action.known()?;
    if let Some(clause) = policy.unnamed_receivers(action) {
        return Some(refuse(
            clause,
            format!("合约没有明确分发对象，不能转授（{RECEIVERS}）"),
            format!("the contract does not name who may get it, nothing is handed on ({RECEIVERS})"),
        ));
    }
    if let Some(clause) = policy.indivisible() {
        return Some(refuse(
            clause,
            "合约按时间窗口或频次计数，不能拆分给第三方".to_owned(),
            "the contract counts uses over a window, which cannot be divided between two holders".to_owned(),
        ));
    }
    let travels = Request { action: Action::PolicyTransmit.into(), ..request.clone() };
    let told = verify(policy, &travels);
    (told.decision == Verdict::Deny).then_some(told)
}

/// Why the uses that shall go with a hop cannot: fewer are left, or the contract counts them and the hop does not say how many.
pub(super) fn must_be_left(holding: &Holding, policy: &Policy, beyond: &Beyond) -> Option<Decision> {
    let uses = beyond.hands_on?;
    let (limit, clause) = policy.least_count()?;
    // The hop itself is one.
    let left = limit.saturating_sub(holding.spoken_for()).saturating_sub(1);
    if (1..=left).contains(&uses) {
        return None;
    }
    Some(refuse(
        &clause,
        format!("合约限定使用次数，本次转授后至多可带出 {left} 次，请求为 {uses} 次"),
        format!("the contract counts uses: {left} can go with this hop, {uses} were asked for"),
    ))
}
