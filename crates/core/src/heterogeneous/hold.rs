//! Which contracts a connector of another maker can hold: those whose rules our side keeps when it delivers, and those that it keeps by itself by its
//! maker's word. Everything else would be promised by one who cannot keep it. TC609-6-2025-15 §7.1.2; NDI-TR-2025-05 §6.3.2.

use serde_json::Value;
use xinyu_policy::{Action, Constraint, Operand, Policy, Rule, RuleKind};
use xinyu_protocol::tc609::heterogeneous::PROHIBITION;
use xinyu_protocol::text::Text;

use crate::fault::Rejection;

/// What our data plane sees to before anything leaves: fields and rows.
const KEPT_BY_DELIVERY: [Operand; 2] = [Operand::DataField, Operand::ValueExpression];

/// Whether a word can stand in what a connector enforces.
#[must_use]
pub fn is_known(word: &str) -> bool {
    word == PROHIBITION || Operand::parse(word).is_some() || Action::parse(word).is_some()
}

/// What of a policy a connector cannot keep, in words; nothing if it can hold a contract with it.
#[must_use]
pub fn beyond(policy: &Policy, enforces: &[String]) -> Vec<Text> {
    let mut found = Vec::new();
    let mut permits_use = false;
    for rule in &policy.rules {
        match rule.kind {
            RuleKind::Prohibition if !is_among(enforces, PROHIBITION) => {
                let (zh, en) = actions(rule);
                found.push(Text::new(format!("禁止「{zh}」"), format!("a prohibition to {en}")));
            }
            RuleKind::Prohibition | RuleKind::Obligation => {}
            RuleKind::Permission => permits_use |= rule.permits(Action::Read) && rule.permits(Action::Process),
        }
        let mut operands = Vec::new();
        rule.constraints.iter().for_each(|one| collect(one, &mut operands));
        for duty in &rule.duties {
            duty.constraints.iter().for_each(|one| collect(one, &mut operands));
            if !enforces.iter().any(|word| Action::parse(word) == Some(duty.action)) {
                let label = duty.action.label();
                found.push(Text::new(format!("义务「{}」", label.zh), format!("the duty to {}", label.en)));
            }
        }
        for operand in operands {
            let is_kept = KEPT_BY_DELIVERY.contains(&operand)
                || enforces.iter().any(|word| Operand::parse(word) == Some(operand));
            if !is_kept {
                let label = operand.label();
                found.push(Text::new(format!("约束「{}」", label.zh), format!("a limit of the {}", label.en)));
            }
        }
    }
    if !permits_use && !is_among(enforces, PROHIBITION) {
        // What is not permitted is prohibited: with the data in hand, nothing would hold it to the few uses that are.
        found.push(Text::new("仅许可部分用途", "a permission of some kinds of use only"));
    }
    found.dedup();
    found
}

/// The same for a policy as it stands in an offer or a listing.
///
/// # Errors
/// Naming what cannot be kept; also if the policy cannot be read.
pub fn must_hold(policy: &Value, enforces: &[String]) -> Result<(), Rejection> {
    let refuse = |zh: String, en: String| {
        Rejection::forbidden(
            "policy-beyond-connector",
            format!("对方的异构接入连接器无法执行该合约的策略：{zh}"),
            format!("the other maker's connector cannot keep what this policy asks for: {en}"),
        )
        .clause("NDI-TR-2025-05 §6.3.2")
        .next(Text::new(
            "请改用无此类约束的产品策略，或由厂商声明并经审核具备相应的使用控制能力",
            "offer it under a policy without these, or let its maker declare that it enforces them and have it reviewed",
        ))
    };
    let parsed = xinyu_policy::parse_value(policy)
        .map_err(|_| refuse("策略无法解析".to_owned(), "the policy does not parse".to_owned()))?;
    let beyond = beyond(&parsed, enforces);
    if beyond.is_empty() {
        return Ok(());
    }
    let join = |pick: fn(&Text) -> &str, with: &str| {
        beyond.iter().take(8).map(|one| pick(one).to_owned()).collect::<Vec<_>>().join(with)
    };
    Err(refuse(join(|one| &one.zh, "、"), join(|one| &one.en, ", ")))
}

fn is_among(enforces: &[String], word: &str) -> bool {
    enforces.iter().any(|one| one == word)
}

fn actions(rule: &Rule) -> (String, String) {
    let labels: Vec<Text> = rule.actions.iter().map(|action| action.label()).collect();
    let join = |pick: fn(&Text) -> &str| labels.iter().map(pick).collect::<Vec<_>>().join("/");
    (join(|label| &label.zh), join(|label| &label.en))
}

fn collect(constraint: &Constraint, operands: &mut Vec<Operand>) {
    match constraint {
        Constraint::Leaf(leaf) => operands.push(leaf.operand),
        Constraint::And(_, parts) | Constraint::Or(_, parts) | Constraint::Xone(_, parts) => {
            parts.iter().for_each(|part| collect(part, operands));
        }
    }
}
