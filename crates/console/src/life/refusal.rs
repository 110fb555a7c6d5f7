//! Why a use was refused, for somebody who did not write the contract: what the contract says, why this use does not fit it, what would have been allowed,
//! and what to do next.

use jiff::Timestamp;
use xinyu_locale::text_with;
use xinyu_protocol::api::FreezeInfo;
use xinyu_protocol::api::connector::UseInfo;
use xinyu_protocol::text::Text;

use crate::clause::{Clause, kind_of, quoted};
use crate::page::Page;

/// One clause that decided, as it was recorded.
pub(crate) struct Said {
    pub(crate) clause: String,
    pub(crate) text: Text,
}

/// A clause of the contract, in its own words.
pub(crate) struct Quote {
    pub(crate) pointer: String,
    /// Where the clause stands on the page, if it does.
    pub(crate) anchor: Option<String>,
    /// `permission`, `prohibition`, `obligation` or nothing.
    pub(crate) kind: &'static str,
    pub(crate) text: Option<String>,
}

impl Quote {
    /// Whether it is no clause, but the algorithm, model or application that was named.
    pub(crate) fn is_of_component(&self) -> bool {
        matches!(self.pointer.as_str(), "/algorithm" | "/machineLearningModels" | "/application")
    }
}

/// An order that stops a contract: what a refusal under it says.
pub(crate) struct Frozen {
    /// Who ordered it, by name.
    pub(crate) by: String,
    pub(crate) ground: String,
    pub(crate) order_id: String,
    pub(crate) ordered_at: Timestamp,
}

impl Frozen {
    /// As the platform tells of it. A regulator whose name is not known is called by its role.
    pub(crate) fn new(page: &Page, freeze: &FreezeInfo) -> Self {
        Self {
            by: if freeze.by.is_empty() { page.t("role-regulator") } else { freeze.by.clone() },
            ground: freeze.ground.clone(),
            order_id: freeze.order_id.clone(),
            ordered_at: freeze.ordered_at,
        }
    }
}

/// How the contract stands whose refusals are explained.
#[derive(Default)]
pub(crate) struct Standing {
    /// The order that stops it, if one does.
    pub(crate) frozen: Option<Frozen>,
    /// Whether nothing can be asked for again, since it has ended, expired or is used up.
    pub(crate) is_over: bool,
}

/// A refusal, explained.
pub(crate) struct Refusal {
    /// `deny`, `deny_by_default` or `allow_if`.
    pub(crate) decision: String,
    /// What the contract says.
    pub(crate) quotes: Vec<Quote>,
    /// Why this use does not fit.
    pub(crate) reasons: Vec<String>,
    /// What the contract permits.
    pub(crate) allowed: Vec<String>,
    /// What to do next.
    pub(crate) next: String,
}

/// Explains a refusal by the clauses of its contract.
pub(crate) fn new(page: &Page, decision: &str, said: &[Said], clauses: &[Clause], standing: &Standing) -> Refusal {
    if said.iter().any(|reason| reason.clause == FROZEN) {
        return under_order(page, decision, said, standing.frozen.as_ref());
    }
    let mut quotes: Vec<Quote> = Vec::new();
    for reason in said {
        let found = quoted(clauses, &reason.clause);
        let pointer = found.map_or(reason.clause.as_str(), |clause| clause.pointer.as_str());
        if quotes.iter().any(|quote| quote.pointer == pointer) {
            continue;
        }
        quotes.push(Quote {
            anchor: found.map(|clause| anchor(&clause.pointer)),
            kind: kind_of(pointer),
            text: found.map(|clause| clause.text.clone()),
            pointer: pointer.to_owned(),
        });
    }
    let permissions = clauses.iter().filter(|clause| clause.kind == "permission" && !clause.is_within);
    let allowed = permissions.map(|permission| with_conditions(page, permission, clauses));
    Refusal {
        decision: decision.to_owned(),
        quotes,
        reasons: said.iter().map(|reason| page.say(&reason.text).to_owned()).filter(|text| !text.is_empty()).collect(),
        allowed: allowed.collect(),
        next: page.t(next(decision, said, clauses, standing.is_over)),
    }
}

/// Where a refusal points that rests on an order, not on a clause.
const FROZEN: &str = "/contractStatus";
/// Where pages show the order.
const ORDER: &str = "freeze-title";

/// What was refused because the contract is frozen: who ordered it, on what ground, and whom to ask.
fn under_order(page: &Page, decision: &str, said: &[Said], frozen: Option<&Frozen>) -> Refusal {
    let by = frozen.map_or_else(|| page.t("role-regulator"), |frozen| frozen.by.clone());
    let text = frozen.map(|frozen| {
        let at = page.time(&frozen.ordered_at);
        let order = [("by", by.as_str()), ("ground", &frozen.ground), ("order", &frozen.order_id), ("at", &at)];
        text_with(page.lang, "frozen-by-order", &order)
    });
    let reasons = said.iter().map(|reason| page.say(&reason.text).to_owned());
    Refusal {
        decision: decision.to_owned(),
        quotes: vec![Quote {
            pointer: FROZEN.to_owned(),
            anchor: frozen.map(|_| ORDER.to_owned()),
            kind: "",
            text: Some(text.unwrap_or_else(|| page.t("frozen-title"))),
        }],
        reasons: reasons.filter(|text| !text.is_empty()).collect(),
        allowed: Vec::new(),
        next: page.t1("next-frozen", "by", by),
    }
}

/// A permission with its conditions, in one sentence.
fn with_conditions(page: &Page, permission: &Clause, clauses: &[Clause]) -> String {
    let belongs = |clause: &&Clause| {
        let rest = clause.pointer.strip_prefix(&permission.pointer);
        clause.is_within && clause.kind == "permission" && rest.is_some_and(|rest| rest.starts_with('/'))
    };
    let conditions: Vec<String> = clauses.iter().filter(belongs).map(|clause| clause.text.clone()).collect();
    if conditions.is_empty() {
        return permission.text.clone();
    }
    let conditions = page.list_of(&conditions);
    text_with(page.lang, "allowed-if", &[("permission", &permission.text), ("conditions", &conditions)])
}

/// Explains a refused use of this connector.
pub(crate) fn of_use(page: &Page, one: &UseInfo, clauses: &[Clause], standing: &Standing) -> Option<Refusal> {
    let said: Vec<Said> =
        one.reasons.iter().map(|reason| Said { clause: reason.clause.clone(), text: reason.text.clone() }).collect();
    (one.state == "refused").then(|| new(page, &one.decision, &said, clauses, standing))
}

/// The anchor of a clause: its pointer with letters and digits only.
pub(crate) fn anchor(pointer: &str) -> String {
    let plain: String = pointer.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("clause{plain}")
}

fn next(decision: &str, said: &[Said], clauses: &[Clause], is_over: bool) -> &'static str {
    if is_over {
        return "next-over";
    }
    let limited = |name: &str| {
        let conditions = said.iter().filter_map(|reason| clauses.iter().find(|clause| clause.pointer == reason.clause));
        conditions.into_iter().any(|clause| clause.operand == name)
    };
    let is_kind = |kind: &str| said.iter().any(|reason| kind_of(&reason.clause) == kind);
    match decision {
        "deny_by_default" => "next-not-mentioned",
        "allow_if" => "next-duties",
        _ if is_kind("prohibition") => "next-prohibited",
        _ if is_kind("obligation") => "next-destroyed",
        _ if limited("count") => "next-count",
        _ if limited("region") => "next-region",
        _ if limited("dataField") => "next-field",
        _ if limited("purpose") => "next-purpose",
        _ if limited("frequency") => "next-frequency",
        _ if is_kind("permission") || said.iter().any(|reason| reason.clause.contains("/indate")) => "next-constraint",
        _ => "next-ask",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_next_follows_from_the_clause() {
        let condition = |position: usize, operand: &str| Clause {
            kind: "permission",
            pointer: format!("/contractPolicies/0/permissionPolicies/0/constraints/{position}"),
            text: String::new(),
            enforcement: String::new(),
            is_within: true,
            operand: operand.to_owned(),
        };
        let clauses = [condition(0, "count"), condition(1, "region"), condition(2, "dataField"), condition(3, "time")];
        for (decision, clause, expect) in [
            ("deny_by_default", "", "next-not-mentioned"),
            ("allow_if", "/contractPolicies/0/permissionPolicies/0/preDuties/0", "next-duties"),
            ("deny", "/contractPolicies/0/prohibitionPolicies/0", "next-prohibited"),
            ("deny", "/contractPolicies/0/obligationPolicies/0", "next-destroyed"),
            ("deny", "/contractPolicies/0/permissionPolicies/0/constraints/0", "next-count"),
            ("deny", "/contractPolicies/0/permissionPolicies/0/constraints/1", "next-region"),
            ("deny", "/contractPolicies/0/permissionPolicies/0/constraints/2", "next-field"),
            ("deny", "/contractPolicies/0/permissionPolicies/0/constraints/3", "next-constraint"),
            ("deny", "/indate", "next-constraint"),
            ("deny", "", "next-ask"),
        ] {
            let said = [Said { clause: clause.to_owned(), text: Text::default() }];
            assert_eq!(next(decision, &said, &clauses, false), expect, "{decision} {clause}");
            assert_eq!(next(decision, &said, &clauses, true), "next-over", "{decision} {clause}");
        }
    }
}
