//! To whom a contract forbids delivery (限定交付连接器). TC609-6-2025-01 §5.2.2.5 a; TC609-6-2025-15 Table A.1. Pure.

use jiff::Timestamp;
use xinyu_policy::{Action, Outcome, Policy, Request, RuleKind, verify};
use xinyu_protocol::text::Text;

use crate::fault::Rejection;
use crate::policy_record::governing::Governing;

/// That no prohibition of delivery, of the contract or of the records around it, applies to this connector. Only clauses that name the delivery are looked at: what they do not say of uses is decided when
/// the data is used.
///
/// # Errors
/// The clause that forbids it.
pub fn check_receiver(policy: &Governing, product: &str, connector: &str, now: Timestamp) -> Result<(), Rejection> {
    let all = std::iter::once(&**policy).chain(policy.around());
    all.into_iter().try_for_each(|policy| check_one(policy, product, connector, now))
}

/// When time alone may change what [`check_receiver`] says.
#[must_use]
pub fn receiver_changes(policy: &Governing, product: &str, connector: &str, now: Timestamp) -> Option<Timestamp> {
    policy.next_change(&delivery(product, connector, now))
}

fn delivery(product: &str, connector: &str, now: Timestamp) -> Request {
    let mut request = Request::new(Action::Delivery);
    request.product = Some(product.to_owned());
    request.connector = Some(connector.to_owned());
    request.time = Some(now);
    request
}

fn check_one(policy: &Policy, product: &str, connector: &str, now: Timestamp) -> Result<(), Rejection> {
    let mut prohibitions = policy.clone();
    prohibitions.rules.retain(|rule| rule.kind == RuleKind::Prohibition && rule.actions.contains(&Action::Delivery));
    let decision = verify(&prohibitions, &delivery(product, connector, now));
    let prohibited = decision.reasons.into_iter().find(|reason| reason.outcome == Outcome::Prohibited);
    prohibited.map_or(Ok(()), |reason| {
        Err(Rejection::forbidden(
            "delivery-prohibited",
            format!("合约禁止向连接器 {connector} 交付：{}", reason.zh),
            format!("the contract forbids delivery to connector {connector}: {}", reason.en),
        )
        .clause(reason.clause)
        .next(Text::new("请在合约约定的连接器上接收数据", "receive the data on a connector that the contract names")))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OURS: &str = "591350100M000100Y433501A1B2C3D4T";

    #[test]
    fn tc609_01_5_2_2_5_a_data_is_delivered_to_no_connector_that_is_not_named() {
        let policy = |only: &str| {
            let constraint =
                json!({ "constraintName": "connector", "constraintOperator": "08", "constraintValue": [only] });
            let policies = json!([{
                "permissionPolicies": [{ "actions": ["read"] }],
                "prohibitionPolicies": [{ "actions": ["delivery"], "constraints": [constraint] }, { "actions": ["sell"] }],
            }]);
            Governing::from(xinyu_policy::parse_value(&json!({ "contractPolicies": policies })).unwrap())
        };
        let now = Timestamp::UNIX_EPOCH;
        for (only, expect) in [
            (OURS, None),
            // All connectors of an organisation.
            ("91350100M000100Y43", None),
            ("91310000MA7XYU103F", Some("/contractPolicies/0/prohibitionPolicies/0")),
        ] {
            let found = check_receiver(&policy(only), "p", OURS, now).err();
            let found = found.map(|refused| (refused.code, refused.clause.unwrap_or_default()));
            assert_eq!(found, expect.map(|clause| ("delivery-prohibited", clause.to_owned())), "{only}");
        }
    }
}
