//! Behaviour check (行为校验): a policy and the facts of one request → a decision. TC609-6-2025-15 §7.1.2.3. Pure and total. The order of the
//! rules stands at the head of the crate.

use xinyu_protocol::text::Text;

use crate::action::{Action, Timing};
use crate::decision::{Decision, DutyView, Outcome, Reason, Verdict};
use crate::operand::{Sense, Test, Truth};
use crate::policy::{Constraint, Duty, Parties, Policy, Rule};
use crate::request::{Request, Requested};

/// What one clause came to.
struct Finding {
    pointer: String,
    truth: Truth,
    text: Text,
}

/// What one rule came to.
struct Judgement<'p> {
    rule: &'p Rule,
    /// Whether the rule is about the product of the request.
    product: Truth,
    /// The whole rule, the product included.
    truth: Truth,
    findings: Vec<Finding>,
}

/// Decides on one request.
#[must_use]
pub fn verify(policy: &Policy, request: &Request) -> Decision {
    let action = match &request.action {
        Requested::Known(action) => *action,
        Requested::Unknown(code) => return unknown_action(policy, code),
    };
    let applying: Vec<_> = applying(policy, action, request).collect();
    if !applying.is_empty() {
        let judged = applying.into_iter().map(|rule| judge(rule, request, Sense::Forbid));
        return prohibited(action, judged.collect());
    }
    match chosen(policy, action, request) {
        Some((rule, pending)) if pending.is_empty() => {
            allowed(policy, action, &judge(rule, request, Sense::Permit), request)
        }
        Some((rule, pending)) => allowed_if(action, &judge(rule, request, Sense::Permit), &pending),
        None => {
            let judged = policy.permissions(action).map(|rule| judge(rule, request, Sense::Permit));
            refused(policy, action, request, judged.collect())
        }
    }
}

/// The decision without its reasons, for those who ask often and read nothing: always what [`verify`] decides.
#[must_use]
pub fn verdict(policy: &Policy, request: &Request) -> Verdict {
    let Some(action) = request.action.known() else {
        return Verdict::DenyByDefault;
    };
    if applying(policy, action, request).next().is_some() {
        return Verdict::Deny;
    }
    match chosen(policy, action, request) {
        Some((_, pending)) if pending.is_empty() => Verdict::Allow,
        Some(_) => Verdict::AllowIf,
        None if policy.permissions(action).any(|rule| product_truth(rule, request) != Truth::NotMet) => Verdict::Deny,
        None => Verdict::DenyByDefault,
    }
}

/// The prohibitions of an action that the facts do not rule out.
fn applying<'p>(policy: &'p Policy, action: Action, request: &'p Request) -> impl Iterator<Item = &'p Rule> {
    let prohibitions = policy.rules.iter().filter(move |rule| rule.prohibits(action));
    prohibitions.filter(move |rule| rule_truth(rule, request, Sense::Forbid) != Truth::NotMet)
}

/// The permission that holds, and the duties that are still to be done before the use: of several the first without such duties.
fn chosen<'p>(policy: &'p Policy, action: Action, request: &Request) -> Option<(&'p Rule, Vec<&'p Duty>)> {
    let mut first = None;
    for rule in policy.permissions(action).filter(|rule| rule_truth(rule, request, Sense::Permit) == Truth::Met) {
        let pending = pending(policy, Some(rule), request);
        if pending.is_empty() {
            return Some((rule, pending));
        }
        first = first.or(Some((rule, pending)));
    }
    first
}

/// What a rule comes to, its product and parties included.
pub(crate) fn rule_truth(rule: &Rule, request: &Request, sense: Sense) -> Truth {
    let scope = Truth::all([product_truth(rule, request), parties_truth(&rule.parties, request)]);
    if scope == Truth::NotMet {
        return scope;
    }
    Truth::all([scope, Truth::all(rule.constraints.iter().map(|part| constraint_truth(part, request, sense)))])
}

/// What a condition comes to.
pub(crate) fn constraint_truth(constraint: &Constraint, request: &Request, sense: Sense) -> Truth {
    let truth = |part: &Constraint| constraint_truth(part, request, sense);
    match constraint {
        Constraint::Leaf(leaf) => Test::truth(leaf, request, sense),
        Constraint::And(_, parts) => Truth::all(parts.iter().map(truth)),
        Constraint::Or(_, parts) => Truth::any(parts.iter().map(truth)),
        Constraint::Xone(_, parts) => Truth::one(parts.iter().map(truth)),
    }
}

/// Whether a rule is about the product of the request.
pub(crate) fn product_truth(rule: &Rule, request: &Request) -> Truth {
    match &request.product {
        _ if rule.products.is_empty() => Truth::Met,
        None => Truth::Unknown,
        Some(product) => Truth::of(rule.products.contains(product)),
    }
}

/// Whether the use runs on a node of the rule, or is made by its assignee.
fn parties_truth(parties: &Parties, request: &Request) -> Truth {
    Truth::any([node_truth(parties, request), party_truth(parties, request)])
}

pub(crate) fn node_truth(parties: &Parties, request: &Request) -> Truth {
    match (&parties.assignee, &request.connector) {
        (None, _) => Truth::Met,
        (Some(_), None) => Truth::Unknown,
        (assignee, Some(_)) => Truth::of(request.connector == *assignee || request.connector == parties.assigner),
    }
}

pub(crate) fn party_truth(parties: &Parties, request: &Request) -> Truth {
    match (&parties.assignee, &request.subject) {
        (None, _) => Truth::Met,
        (Some(_), None) => Truth::Unknown,
        (assignee, Some(_)) => Truth::of(request.subject == *assignee),
    }
}

fn judge<'p>(rule: &'p Rule, request: &Request, sense: Sense) -> Judgement<'p> {
    let product = product(rule, request);
    let parties = parties(rule, request);
    let constraints: Vec<_> = rule.constraints.iter().map(|constraint| evaluate(constraint, request, sense)).collect();
    let truth = Truth::all([product.truth, parties.truth].into_iter().chain(constraints.iter().map(|(t, _)| *t)));
    let product_truth = product.truth;
    let findings = [product, parties].into_iter().chain(constraints.into_iter().flat_map(|(_, all)| all));
    Judgement { rule, product: product_truth, truth, findings: findings.collect() }
}

fn product(rule: &Rule, request: &Request) -> Finding {
    let named = rule.products.join(", ");
    let truth = product_truth(rule, request);
    let text = match &request.product {
        _ if rule.products.is_empty() => Text::new("不限数据产品", "any product"),
        None => Text::new(
            format!("请求没有说明 product，而合约只涉及数据产品 {named}"),
            format!("the request does not state product, and the contract is about {named} only"),
        ),
        Some(product) if truth == Truth::Met => {
            Text::new(format!("合约涉及数据产品 {product}"), format!("the contract is about product {product}"))
        }
        Some(product) => Text::new(
            format!("合约没有涉及数据产品 {product}，只涉及 {named}"),
            format!("the contract is not about product {product}, only about {named}"),
        ),
    };
    Finding { pointer: rule.pointer.clone(), truth, text }
}

fn parties(rule: &Rule, request: &Request) -> Finding {
    let Parties { assigner, assignee } = &rule.parties;
    let finding =
        |truth, zh: String, en: String| Finding { pointer: rule.pointer.clone(), truth, text: Text::new(zh, en) };
    let Some(assignee) = assignee else {
        return finding(Truth::Met, "不限使用节点".to_owned(), "any node".to_owned());
    };
    let (connector, subject) = (&request.connector, &request.subject);
    let truth = parties_truth(&rule.parties, request);
    let nodes: Vec<_> = assigner.iter().chain([assignee]).map(String::as_str).collect();
    let nodes = nodes.join(", ");
    match (connector, subject) {
        _ if truth == Truth::Met => finding(
            truth,
            format!("使用发生在合约约定的节点或主体：{nodes}"),
            format!("the use is made by or on a party of the contract: {nodes}"),
        ),
        (None, None) => finding(
            truth,
            format!("请求没有说明 connector，而合约只允许在节点 {nodes} 执行"),
            format!("the request does not state connector, and the contract binds the use to {nodes}"),
        ),
        _ => {
            let user = connector.iter().chain(subject).map(String::as_str).collect::<Vec<_>>().join(", ");
            finding(
                truth,
                format!("{user} 不是合约约定的执行节点或使用方：{nodes}"),
                format!("{user} is not a node or party that the contract names: {nodes}"),
            )
        }
    }
}

/// Evaluates a condition; of the findings only those that explain the result.
fn evaluate(constraint: &Constraint, request: &Request, sense: Sense) -> (Truth, Vec<Finding>) {
    let parts = |parts: &[Constraint]| -> Vec<_> { parts.iter().map(|part| evaluate(part, request, sense)).collect() };
    let all = |parts: Vec<(Truth, Vec<Finding>)>| parts.into_iter().flat_map(|(_, findings)| findings).collect();
    match constraint {
        Constraint::Leaf(leaf) => {
            let tested = Test::explaining(leaf, request, sense);
            let finding = Finding { pointer: leaf.pointer.clone(), truth: tested.truth, text: tested.text };
            (tested.truth, vec![finding])
        }
        Constraint::And(_, inner) => {
            let parts = parts(inner);
            (Truth::all(parts.iter().map(|(truth, _)| *truth)), all(parts))
        }
        Constraint::Or(_, inner) => {
            let parts = parts(inner);
            let truth = Truth::any(parts.iter().map(|(truth, _)| *truth));
            (truth, all(only_met_if(truth, parts)))
        }
        Constraint::Xone(pointer, inner) => {
            let parts = parts(inner);
            let truth = Truth::one(parts.iter().map(|(truth, _)| *truth));
            let met = parts.iter().filter(|(truth, _)| *truth == Truth::Met).count();
            if met > 1 {
                let text = Text::new(
                    format!("约定的条件只能满足其中一个，实际满足 {met} 个"),
                    format!("exactly one of the conditions may hold, {met} do"),
                );
                return (truth, vec![Finding { pointer: pointer.clone(), truth, text }]);
            }
            (truth, all(only_met_if(truth, parts)))
        }
    }
}

fn only_met_if(truth: Truth, mut parts: Vec<(Truth, Vec<Finding>)>) -> Vec<(Truth, Vec<Finding>)> {
    if truth == Truth::Met {
        parts.retain(|(truth, _)| *truth == Truth::Met);
    }
    parts
}

/// Whether a duty is due at this use: unless the facts rule out its conditions.
fn is_due(duty: &Duty, request: &Request) -> bool {
    let truths = duty.constraints.iter().map(|constraint| constraint_truth(constraint, request, Sense::Forbid));
    Truth::all(truths) != Truth::NotMet
}

/// The duties that come with a use under a permission: its own, then those of the obligations that may be about it.
fn due<'p>(policy: &'p Policy, permission: Option<&'p Rule>, request: &Request) -> Vec<&'p Duty> {
    let obligations = policy.obligations().filter(|rule| rule_truth(rule, request, Sense::Forbid) != Truth::NotMet);
    let rules = permission.into_iter().chain(obligations);
    rules.flat_map(|rule| &rule.duties).filter(|duty| is_due(duty, request)).collect()
}

/// The duties before the use that are not done yet. The order counts: a duty that was done before an earlier one has to be done again.
fn pending<'p>(policy: &'p Policy, permission: Option<&'p Rule>, request: &Request) -> Vec<&'p Duty> {
    let mut duties = due(policy, permission, request);
    duties.retain(|duty| duty.timing == Timing::Before);
    let mut done = request.duties_done.as_slice();
    let first_open =
        duties.iter().position(|duty| match done.iter().position(|code| code.known() == Some(duty.action)) {
            Some(place) => {
                done = done.get(place..).unwrap_or_default();
                false
            }
            None => true,
        });
    first_open.map_or_else(Vec::new, |first| duties.split_off(first))
}

fn allowed(policy: &Policy, action: Action, judgement: &Judgement<'_>, request: &Request) -> Decision {
    let label = action.label();
    let text = Text::new(format!("合约允许“{}”", label.zh), format!("the contract allows to {}", label.en));
    let mut reasons = vec![Reason::new(&judgement.rule.pointer, Outcome::Permitted, text)];
    let of_constraints = judgement.findings.iter().filter(|finding| finding.pointer != judgement.rule.pointer);
    reasons.extend(of_constraints.map(reason));
    let duties = later(due(policy, Some(judgement.rule), request));
    Decision { decision: Verdict::Allow, reasons, duties }
}

/// The duties during the use, then those after it.
fn later(mut duties: Vec<&Duty>) -> Vec<DutyView> {
    duties.retain(|duty| duty.timing != Timing::Before);
    duties.sort_by_key(|duty| duty.timing);
    duties.into_iter().map(DutyView::from).collect()
}

/// What a policy that leaves a use to others asks of it all the same: the duties of its obligations.
pub(crate) fn obligations_alone(policy: &Policy, request: &Request) -> Decision {
    let pending = pending(policy, None, request);
    if pending.is_empty() {
        let duties = later(due(policy, None, request));
        return Decision { decision: Verdict::Allow, reasons: Vec::new(), duties };
    }
    let duties = pending.iter().map(|duty| DutyView::from(*duty)).collect();
    Decision { decision: Verdict::AllowIf, reasons: to_be_done(&pending).collect(), duties }
}

fn to_be_done(pending: &[&Duty]) -> impl Iterator<Item = Reason> {
    pending.iter().map(|duty| {
        let label = duty.action.label();
        let text = Text::new(format!("须先完成：{}", label.zh), format!("to be done first: {}", label.en));
        Reason::new(&duty.clause, Outcome::DutyPending, text)
    })
}

fn allowed_if(action: Action, judgement: &Judgement<'_>, pending: &[&Duty]) -> Decision {
    let label = action.label();
    let text = Text::new(
        format!("合约允许“{}”，但须先完成前置义务", label.zh),
        format!("the contract allows to {}, once the duties before it are done", label.en),
    );
    let mut reasons = vec![Reason::new(&judgement.rule.pointer, Outcome::Permitted, text)];
    reasons.extend(to_be_done(pending));
    let duties = pending.iter().map(|duty| DutyView::from(*duty)).collect();
    Decision { decision: Verdict::AllowIf, reasons, duties }
}

fn prohibited(action: Action, applying: Vec<Judgement<'_>>) -> Decision {
    let label = action.label();
    let mut reasons = Vec::new();
    for judgement in applying {
        let text = match judgement.truth {
            Truth::Unknown => Text::new(
                format!("不能排除合约对“{}”的禁止", label.zh),
                format!("it cannot be ruled out that the contract prohibits to {} here", label.en),
            ),
            _ => Text::new(format!("合约禁止“{}”", label.zh), format!("the contract prohibits to {}", label.en)),
        };
        reasons.push(Reason::new(&judgement.rule.pointer, Outcome::Prohibited, text));
        let is_said = |finding: &&Finding| finding.truth == Truth::Unknown || finding.pointer != judgement.rule.pointer;
        reasons.extend(judgement.findings.iter().filter(is_said).map(reason));
    }
    Decision { decision: Verdict::Deny, reasons, duties: Vec::new() }
}

/// No permission holds. Those that are about the product say why they do not; if there is none, the contract is silent.
fn refused(policy: &Policy, action: Action, request: &Request, permissions: Vec<Judgement<'_>>) -> Decision {
    let label = action.label();
    let (speaking, silent): (Vec<_>, Vec<_>) =
        permissions.into_iter().partition(|judgement| judgement.product != Truth::NotMet);
    if !speaking.is_empty() {
        let failed = speaking.iter().flat_map(|judgement| &judgement.findings);
        let reasons = failed.filter(|finding| finding.truth != Truth::Met).map(reason).collect();
        return Decision { decision: Verdict::Deny, reasons, duties: Vec::new() };
    }
    let mut reasons: Vec<_> = silent
        .iter()
        .flat_map(|judgement| judgement.findings.iter().find(|finding| finding.truth == Truth::NotMet))
        .map(|finding| Reason::new(&finding.pointer, Outcome::NotMentioned, finding.text.clone()))
        .collect();
    if reasons.is_empty() {
        let of = request.product.as_ref().map(|product| format!(" {product} ")).unwrap_or_default();
        let text = Text::new(
            format!("合约没有约定可以对数据产品{of}“{}”，未约定的一律拒绝", label.zh),
            format!("the contract does not say that one may {}, and what it does not allow is refused", label.en),
        );
        reasons.push(Reason::new(&policy.root, Outcome::NotMentioned, text));
    }
    Decision { decision: Verdict::DenyByDefault, reasons, duties: Vec::new() }
}

fn unknown_action(policy: &Policy, code: &str) -> Decision {
    let text = Text::new(
        format!("不认识的操作行为 {code}，未约定的一律拒绝"),
        format!("action {code} is not known, and what the contract does not allow is refused"),
    );
    let reasons = vec![Reason::new(&policy.root, Outcome::NotMentioned, text)];
    Decision { decision: Verdict::DenyByDefault, reasons, duties: Vec::new() }
}

fn reason(finding: &Finding) -> Reason {
    let outcome = match finding.truth {
        Truth::Met => Outcome::Met,
        Truth::NotMet => Outcome::NotMet,
        Truth::Unknown => Outcome::MissingFact,
    };
    Reason::new(&finding.pointer, outcome, finding.text.clone())
}
