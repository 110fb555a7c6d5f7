//! Why a use was refused, for somebody who did not write the contract: what the contract says, why this use does not fit it, what would have been allowed,
//! and what to do next.

use xinyu_locale::text_with;
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
    /// What to do next: a message id.
    pub(crate) next: &'static str,
}

/// Explains a refusal by the clauses of its contract.
pub(crate) fn new(page: &Page, decision: &str, said: &[Said], clauses: &[Clause]) -> Refusal {
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
        next: next(decision, said),
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
pub(crate) fn of_use(page: &Page, one: &UseInfo, clauses: &[Clause]) -> Option<Refusal> {
    let said: Vec<Said> =
        one.reasons.iter().map(|reason| Said { clause: reason.clause.clone(), text: reason.text.clone() }).collect();
    (one.state == "refused").then(|| new(page, &one.decision, &said, clauses))
}

/// The anchor of a clause: its pointer with letters and digits only.
pub(crate) fn anchor(pointer: &str) -> String {
    let plain: String = pointer.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("clause{plain}")
}

fn next(decision: &str, said: &[Said]) -> &'static str {
    let stands = |part: &str| said.iter().any(|reason| reason.clause.contains(part));
    match decision {
        "deny_by_default" => "next-not-mentioned",
        "allow_if" => "next-duties",
        _ if stands("/contractStatus") => "next-frozen",
        _ if said.iter().any(|reason| kind_of(&reason.clause) == "prohibition") => "next-prohibited",
        _ if said.iter().any(|reason| kind_of(&reason.clause) == "obligation") => "next-destroyed",
        _ if said.iter().any(|reason| kind_of(&reason.clause) == "permission") || stands("/indate") => {
            "next-constraint"
        }
        _ => "next-ask",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_next_follows_from_the_clause() {
        for (decision, clause, expect) in [
            ("deny_by_default", "", "next-not-mentioned"),
            ("allow_if", "/contractPolicies/0/permissionPolicies/0/preDuties/0", "next-duties"),
            ("deny", "/contractStatus", "next-frozen"),
            ("deny", "/contractPolicies/0/prohibitionPolicies/0", "next-prohibited"),
            ("deny", "/contractPolicies/0/obligationPolicies/0", "next-destroyed"),
            ("deny", "/contractPolicies/0/permissionPolicies/0/constraints/1", "next-constraint"),
            ("deny", "/indate", "next-constraint"),
            ("deny", "", "next-ask"),
        ] {
            let said = [Said { clause: clause.to_owned(), text: Text::default() }];
            assert_eq!(next(decision, &said), expect, "{decision} {clause}");
        }
    }
}
