//! What can be said of a policy before anybody acts on it: whether it is understood, which cases it distinguishes, what a stretch of use would come to,
//! and what changes between two versions. TC609-6-2025-15 §7.2.2.3 b, d, h. Pure; the same for the API and the command line.

use jiff::Timestamp;
use serde_json::{Value, json};
use xinyu_policy::{ConflictKind, ParseError, Policy, Use, conflicts, matrix, parse_value, weight};
use xinyu_protocol::api::policy::{PolicyConflict, PolicyDifference, PolicyError, PolicyReport, SimulationInfo};
use xinyu_protocol::text::Text;

use crate::clause;
use crate::fault::Rejection;

/// For how long is looked ahead when nobody says.
pub const SPAN: &str = "P1Y";
/// How much a policy may say that is looked into: rules, conditions, values and duties together.
const MOST_WEIGHT: u64 = 2_000;

/// A policy as people write it: the contract policies of a product may stand alone, as a list.
#[must_use]
pub fn document(policy: Value) -> Value {
    if policy.is_array() { json!({ "contractPolicies": policy }) } else { policy }
}

/// What the policy says, or what in it is not understood.
#[must_use]
pub fn report(document: &Value) -> PolicyReport {
    match parse_value(document) {
        Ok(policy) if weight(&policy) > MOST_WEIGHT => {
            let text = too_large();
            let error = PolicyError { clause: String::new(), code: "too_large".to_owned(), text };
            PolicyReport { errors: vec![error], ..PolicyReport::default() }
        }
        Ok(policy) => told(document, &policy),
        Err(errors) => PolicyReport { errors: errors.iter().map(error).collect(), ..PolicyReport::default() },
    }
}

/// Refuses what nobody should offer: a policy that is not understood, or one with a clause that can never have an effect. TC609-6-2025-15 §7.1.2.2 b, d.
///
/// # Errors
/// If it is such a policy: where, why, and what to do.
pub fn must_be_usable(document: &Value) -> Result<(), Rejection> {
    let policy = parse_value(document).map_err(|errors| not_understood(&errors, ""))?;
    let blocking: Vec<_> = conflicts(&policy).into_iter().filter(|conflict| conflict.blocking).collect();
    let Some(first) = blocking.first() else {
        return Ok(());
    };
    let told = |pick: fn(&Text) -> &str| {
        blocking.iter().take(ERRORS_TOLD).map(|conflict| pick(&conflict.text)).collect::<Vec<_>>().join("\n")
    };
    Err(Rejection::bad("policy-conflict", "策略自相矛盾，签订后无法执行", "the policy contradicts itself")
        .clause(first.pointers.first().cloned().unwrap_or_default())
        .detail(Text::new(told(|text| &text.zh), told(|text| &text.en)))
        .next(Text::new(
            "请按所指位置修改；在“策略推演”中可看到每一处冲突",
            "mend it where it is said; the simulator shows every conflict",
        )))
}

/// The cases and a stretch of use.
///
/// # Errors
/// If the policy or a use is not understood, or it would be too much.
pub fn simulate(
    document: &Value,
    uses: &[Value],
    from: Timestamp,
    span: Option<&str>,
) -> Result<SimulationInfo, Rejection> {
    let policy = read(document, "")?;
    let uses = Use::read_all(uses).map_err(|error| {
        Rejection::bad("use-not-understood", error.text.zh.clone(), error.text.en.clone())
            .clause(format!("/uses{}", error.pointer))
            .next(Text::new("请修改后重试", "mend it and try again"))
    })?;
    let tables = matrix(&policy, from);
    let timeline = xinyu_policy::timeline(&policy, &uses, &tables, from, span.unwrap_or(SPAN)).map_err(|error| {
        let text = error.text();
        Rejection::bad("simulation-too-large", text.zh, text.en).clause("/span")
    })?;
    Ok(SimulationInfo { report: told(document, &policy), tables, timeline })
}

/// What changes from one version to another.
///
/// # Errors
/// If one of them is not understood.
pub fn difference(old: &Value, new: &Value, at: Timestamp) -> Result<PolicyDifference, Rejection> {
    Ok(xinyu_policy::difference(&read(old, "/old")?, &read(new, "/new")?, at))
}

/// A policy, or all that is wrong with it.
fn read(document: &Value, place: &str) -> Result<Policy, Rejection> {
    let policy = parse_value(document).map_err(|errors| not_understood(&errors, place))?;
    if weight(&policy) > MOST_WEIGHT {
        let text = too_large();
        return Err(Rejection::bad("policy-too-large", text.zh, text.en));
    }
    Ok(policy)
}

fn too_large() -> Text {
    Text::new(
        "策略过大：规则、约束、约束值与义务合计过多，无法推演",
        "the policy is too large to be looked into: rules, conditions, values and duties are too many in all",
    )
}

/// How many of the errors are told in one sentence.
const ERRORS_TOLD: usize = 10;

fn not_understood(errors: &[ParseError], place: &str) -> Rejection {
    let first = errors.first().map(|error| error.pointer.clone()).unwrap_or_default();
    let line = |pick: fn(&Text) -> &str| {
        let lines = errors.iter().take(ERRORS_TOLD).map(|error| format!("{}: {}", error.pointer, pick(&error.text)));
        lines.collect::<Vec<_>>().join("\n")
    };
    Rejection::bad("policy-not-understood", "策略无法理解", "the policy is not understood")
        .clause(format!("{place}{first}"))
        .detail(Text::new(line(|text| &text.zh), line(|text| &text.en)))
        .next(Text::new("请按所指位置修改策略后重试", "mend the policy where it is said and try again"))
}

fn told(document: &Value, policy: &Policy) -> PolicyReport {
    let conflicts: Vec<PolicyConflict> = conflicts(policy)
        .into_iter()
        .map(|found| PolicyConflict {
            kind: kind(found.kind).to_owned(),
            clauses: found.pointers,
            text: found.text,
            blocking: found.blocking,
            witness: found.witness.and_then(|request| serde_json::to_value(request).ok()),
        })
        .collect();
    PolicyReport {
        usable: !conflicts.iter().any(|conflict| conflict.blocking),
        errors: Vec::new(),
        conflicts,
        clauses: clause::clauses(document).unwrap_or_default(),
    }
}

fn kind(kind: ConflictKind) -> &'static str {
    match kind {
        ConflictKind::Authorisation => "authorisation",
        ConflictKind::Contradiction => "contradiction",
        ConflictKind::Scope => "scope",
        ConflictKind::Duty => "duty",
        ConflictKind::Undecided => "undecided",
    }
}

fn error(error: &ParseError) -> PolicyError {
    let code = serde_json::to_value(error.code).ok().and_then(|code| code.as_str().map(str::to_owned));
    PolicyError { clause: error.pointer.clone(), code: code.unwrap_or_default(), text: error.text.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn tc609_15_7_2_2_3_b_what_is_not_understood_is_told_with_its_place() {
        let policies = json!([{ "permissionPolicies": [{ "actions": ["read"], "constraints": [
            { "constraintName": "colour", "constraintOperator": "eq", "constraintValue": "red" }] }] }]);
        let report = report(&document(policies.clone()));
        assert!(!report.usable && report.clauses.is_empty());
        let place = "/contractPolicies/0/permissionPolicies/0/constraints/0/constraintName";
        assert_eq!((report.errors[0].clause.as_str(), report.errors[0].code.as_str()), (place, "unknown_operand"));
        let rejection = simulate(&document(policies), &[], at(), None).unwrap_err();
        assert_eq!((rejection.code, rejection.clause.as_deref()), ("policy-not-understood", Some(place)));
    }

    #[test]
    fn tc609_15_7_2_2_3_d_conflicts_are_told_with_their_clauses() {
        let policies = json!([{ "permissionPolicies": [{ "actions": ["read"] }], "prohibitionPolicies": [{ "actions": ["read"] }] }]);
        let report = report(&document(policies));
        assert!(!report.usable);
        assert_eq!(report.conflicts[0].kind, "authorisation");
        assert_eq!(
            report.conflicts[0].clauses,
            ["/contractPolicies/0/permissionPolicies/0", "/contractPolicies/0/prohibitionPolicies/0"]
        );
    }

    #[test]
    fn uses_and_versions_that_are_not_understood_are_told_with_their_place() {
        let good = json!({ "contractPolicies": [{ "permissionPolicies": [{ "actions": ["read"] }] }] });
        let check = |rejection: Rejection, code: &str, clause: &str| {
            assert_eq!((rejection.code, rejection.clause.as_deref()), (code, Some(clause)), "{rejection:?}");
        };
        let uses = [json!({ "action": "read", "times": 0 })];
        check(simulate(&good, &uses, at(), None).unwrap_err(), "use-not-understood", "/uses/0/times");
        check(simulate(&good, &[], at(), Some("P99Y")).unwrap_err(), "simulation-too-large", "/span");
        check(
            difference(&good, &json!({ "contractPolicies": [3] }), at()).unwrap_err(),
            "policy-not-understood",
            "/new/contractPolicies/0",
        );
        let rules: Vec<_> = (0..501).map(|_| json!({ "actions": ["read"] })).collect();
        let large = json!({ "contractPolicies": [{ "permissionPolicies": rules }] });
        assert_eq!(difference(&large, &good, at()).unwrap_err().code, "policy-too-large");
    }
}
