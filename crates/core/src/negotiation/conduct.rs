//! Who decides what our side does next: a rule, a person, or a person at every step. Pure; nothing is polled, the answer follows from the state.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use xinyu_policy::{OdrlIds, OdrlKind};
use xinyu_protocol::tc609::negotiation::SignedProposal;

use super::{Negotiation, Side, State};

/// Who decides on our side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conduct {
    /// Whatever the rules allow is done at once.
    Rule,
    /// A person agrees or accepts; what follows from that is done at once.
    #[default]
    Person,
    /// A person, or a program over the API, makes every move.
    Stepwise,
}

/// What our side does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Accepts the offer.
    Accept,
    /// Agrees.
    Agree,
    /// Verifies.
    Verify,
    /// Finalises.
    Finalize,
}

/// The next move of our side, if nobody needs to be asked.
#[must_use]
pub fn next(negotiation: &Negotiation) -> Option<Next> {
    let by_rule = negotiation.conduct == Conduct::Rule;
    if negotiation.conduct == Conduct::Stepwise {
        return None;
    }
    match (negotiation.side, negotiation.state) {
        (Side::Provider, State::Requested) if by_rule => Some(Next::Agree),
        // What was offered here is not asked about again.
        (Side::Provider, State::Accepted) => Some(Next::Agree),
        // Where service parties have to sign, it is finalised once it is filed.
        (Side::Provider, State::Verified) if negotiation.awaited().is_none() => Some(Next::Finalize),
        (Side::Consumer, State::Offered) if by_rule && is_as_asked(negotiation) => Some(Next::Accept),
        (Side::Consumer, State::Agreed) => Some(Next::Verify),
        _ => None,
    }
}

/// Whether what is offered is what the consumer asked for last: the same rules, and among members the same price and term. Anything else a person looks
/// at, however much better it may be.
#[must_use]
pub fn is_as_asked(negotiation: &Negotiation) -> bool {
    let terms = |signed: &Option<Box<SignedProposal>>| signed.as_ref().map(|signed| signed.proposal.terms.clone());
    same_rules(&negotiation.offer, &negotiation.asked)
        && terms(&negotiation.proposal) == terms(&negotiation.asked_proposal)
}

/// Whether two policies say the same, whoever says it, about what and when. Both are read by the policy engine and compared as it prints them, so that
/// spelling does not count; what it does not know is compared as it stands.
#[must_use]
pub fn same_rules(left: &Value, right: &Value) -> bool {
    rules(left) == rules(right)
}

fn rules(policy: &Value) -> Value {
    let mut bare = Map::from_iter([("@type".to_owned(), Value::from("Set"))]);
    for kind in ["permission", "prohibition", "obligation"] {
        let rules = policy.get(kind).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if !rules.is_empty() {
            bare.insert(kind.to_owned(), rules.iter().map(without_parties).collect());
        }
    }
    let bare = Value::Object(bare);
    match xinyu_policy::parse_value(&bare) {
        Ok(policy) => policy.to_odrl(OdrlKind::Set, &OdrlIds::default()),
        Err(_) => bare,
    }
}

fn without_parties(rule: &Value) -> Value {
    let mut rule = rule.clone();
    if let Value::Object(members) = &mut rule {
        members.retain(|name, value| {
            let is_empty = value.as_array().is_some_and(Vec::is_empty);
            !is_empty && !matches!(name.as_str(), "target" | "assigner" | "assignee")
        });
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::negotiation::tests::sample;

    fn check(side: Side, state: State, expect: [Option<Next>; 3]) {
        let decided = [Conduct::Rule, Conduct::Person, Conduct::Stepwise].map(|conduct| {
            let negotiation = Negotiation { conduct, ..sample(side, state) };
            next(&negotiation)
        });
        assert_eq!(decided, expect, "{side:?} {state:?}");
    }

    #[test]
    fn spelling_does_not_make_another_rule() {
        let same = |left: Value, right: Value| same_rules(&left, &right);
        let constraint = |right: Value| {
            serde_json::json!({"permission": [{"action": "use", "constraint": [
                {"leftOperand": "count", "operator": "lteq", "rightOperand": right},
            ]}]})
        };
        assert!(same(constraint("5".into()), constraint(5.into())));
        assert!(!same(constraint("5".into()), constraint("6".into())));
        let empty = serde_json::json!({"@id": "o", "target": "t", "permission": [{"action": "use", "constraint": [], "target": "t"}], "prohibition": []});
        let bare = serde_json::json!({"permission": [{"action": "use"}]});
        assert!(same(empty, bare.clone()));
        assert!(!same(bare.clone(), serde_json::json!({"permission": [{"action": "read"}]})));
        assert!(!same(
            bare,
            serde_json::json!({"permission": [{"action": "use"}], "prohibition": [{"action": "read"}]})
        ));
    }

    #[test]
    fn a_person_is_asked_once_and_a_rule_never() {
        check(Side::Provider, State::Requested, [Some(Next::Agree), None, None]);
        check(Side::Provider, State::Accepted, [Some(Next::Agree), Some(Next::Agree), None]);
        check(Side::Provider, State::Verified, [Some(Next::Finalize), Some(Next::Finalize), None]);
        check(Side::Consumer, State::Offered, [Some(Next::Accept), None, None]);
        check(Side::Consumer, State::Agreed, [Some(Next::Verify), Some(Next::Verify), None]);
        for state in [State::Finalized, State::Terminated] {
            check(Side::Provider, state, [None; 3]);
            check(Side::Consumer, state, [None; 3]);
        }
    }
}
