//! What the outcome for one action can depend on, and whether the facts that are stated settle it already. The decision itself is always asked of
//! [`crate::verify`]: this only tells where to stop asking.

use xinyu_protocol::api::policy::ActionName;

use super::fact::Fact;
use crate::action::{Action, Timing};
use crate::operand::{Limit, Sense, Test, Truth};
use crate::policy::{Constraint, Leaf, Parties, Policy, Rule, RuleKind, leaves};
use crate::request::Request;

/// Actions about which the same rules speak.
pub(super) struct Group {
    pub(super) actions: Vec<Action>,
    pub(super) spoken: bool,
}

impl Group {
    /// One of them, for all.
    pub(super) fn lead(&self) -> Action {
        self.actions.first().copied().unwrap_or(Action::Use)
    }

    pub(super) fn names(&self) -> Vec<ActionName> {
        self.actions.iter().map(|action| ActionName { code: action.code().to_owned(), text: action.label() }).collect()
    }
}

/// Every action once, in groups.
pub(super) fn groups(policies: &[&Policy]) -> Vec<Group> {
    let rules = || policies.iter().flat_map(|policy| &policy.rules);
    let mut found: Vec<(Vec<(bool, bool)>, Group)> = Vec::new();
    for action in Action::ALL {
        let about: Vec<_> = rules().map(|rule| (rule.permits(*action), rule.prohibits(*action))).collect();
        match found.iter_mut().find(|(other, _)| *other == about) {
            Some((_, group)) => group.actions.push(*action),
            None => {
                let spoken = about.iter().any(|(permits, prohibits)| *permits || *prohibits);
                found.push((about, Group { actions: vec![*action], spoken }));
            }
        }
    }
    let mut groups: Vec<_> = found.into_iter().map(|(_, group)| group).collect();
    groups.sort_by_key(|group| !group.spoken);
    groups
}

/// Everything that a decision about an action looks at.
#[derive(Default)]
pub(super) struct Conditions<'p> {
    /// Comparisons, with the kind of rule in which they stand.
    pub(super) leaves: Vec<(&'p Leaf, Sense)>,
    /// Products that rules name.
    pub(super) products: Vec<&'p [String]>,
    /// Nodes and parties that rules bind.
    pub(super) parties: Vec<&'p Parties>,
}

impl<'p> Conditions<'p> {
    pub(super) fn of(policies: &[&'p Policy], action: Action) -> Self {
        let mut all = Self::default();
        let rules = policies.iter().flat_map(|policy| &policy.rules);
        for (rule, sense) in rules.filter_map(|rule| about(rule, action).map(|sense| (rule, sense))) {
            let own = leaves(&rule.constraints).into_iter().map(|leaf| (leaf, sense));
            let of_duties = rule.duties.iter().flat_map(|duty| leaves(&duty.constraints));
            for (leaf, sense) in own.chain(of_duties.map(|leaf| (leaf, Sense::Forbid))) {
                if !all.leaves.iter().any(|(other, of)| *of == sense && is_alike(other, leaf)) {
                    all.leaves.push((leaf, sense));
                }
            }
            if !rule.products.is_empty() && !all.products.contains(&rule.products.as_slice()) {
                all.products.push(&rule.products);
            }
            if rule.parties.assignee.is_some() && !all.parties.contains(&&rule.parties) {
                all.parties.push(&rule.parties);
            }
        }
        all
    }
}

fn is_alike(one: &Leaf, other: &Leaf) -> bool {
    one.operand == other.operand
        && one.operator == other.operator
        && one.limit == other.limit
        && one.window == other.window
        && one.counts_uses == other.counts_uses
}

/// In which sense a rule bears on a decision about an action.
fn about(rule: &Rule, action: Action) -> Option<Sense> {
    match rule.kind {
        RuleKind::Permission => rule.permits(action).then_some(Sense::Permit),
        RuleKind::Prohibition => rule.prohibits(action).then_some(Sense::Forbid),
        RuleKind::Obligation => Some(Sense::Forbid),
    }
}

/// How many values a comparison names.
pub(super) fn size(leaf: &Leaf) -> usize {
    match &leaf.limit {
        Limit::Words(words) => words.len(),
        _ => 1,
    }
}

pub(super) fn leaf_truth(leaf: &Leaf, request: &Request, sense: Sense) -> Truth {
    Test::truth(leaf, request, sense)
}

/// Whether the request is about a product of the rule.
pub(super) fn product_truth(products: &[String], request: &Request) -> Truth {
    match &request.product {
        _ if products.is_empty() => Truth::Met,
        None => Truth::Unknown,
        Some(product) => Truth::of(products.contains(product)),
    }
}

/// Whether the use is made on a node of the rule, and whether by its assignee.
pub(super) fn party_truths(parties: &Parties, request: &Request) -> [Truth; 2] {
    let Some(assignee) = &parties.assignee else {
        return [Truth::Met; 2];
    };
    let is_node = |id: &String| id == assignee || Some(id) == parties.assigner.as_ref();
    let known = |truth: Option<bool>| truth.map_or(Truth::Unknown, Truth::of);
    [known(request.connector.as_ref().map(is_node)), known(request.subject.as_ref().map(|id| id == assignee))]
}

/// Which truths a condition can still come to, as a set: facts that are not stated can turn out in every way, those that are stated no more, even where
/// they leave it unclear whether the condition is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Possible(u8);

const TRUTHS: [Truth; 3] = [Truth::Met, Truth::NotMet, Truth::Unknown];

impl Possible {
    const ANY: Self = Self(0b111);

    fn of(truths: impl IntoIterator<Item = Truth>) -> Self {
        let bit = |truth| TRUTHS.iter().position(|own| *own == truth).map_or(0, |place| 1_u8 << place);
        Self(truths.into_iter().fold(0, |all, truth| all | bit(truth)))
    }

    fn truths(self) -> impl Iterator<Item = Truth> {
        TRUTHS.into_iter().enumerate().filter(move |(place, _)| self.0 & (1 << place) != 0).map(|(_, truth)| truth)
    }

    fn join(self, other: Self, how: fn([Truth; 2]) -> Truth) -> Self {
        Self::of(self.truths().flat_map(|one| other.truths().map(move |other| how([one, other]))))
    }

    fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().fold(Self::of([Truth::Met]), |whole, part| whole.join(part, Truth::all))
    }

    fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().fold(Self::of([Truth::NotMet]), |whole, part| whole.join(part, Truth::any))
    }

    /// Exactly one: how many are met, two standing for more, and whether one is unclear.
    fn one(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut states = vec![(0_u8, false)];
        for part in parts {
            let mut next: Vec<(u8, bool)> = Vec::new();
            for (met, unclear) in states {
                for truth in part.truths() {
                    let state = match truth {
                        Truth::Met => (met.saturating_add(1).min(2), unclear),
                        Truth::NotMet => (met, unclear),
                        Truth::Unknown => (met, true),
                    };
                    if !next.contains(&state) {
                        next.push(state);
                    }
                }
            }
            states = next;
        }
        Self::of(states.into_iter().map(|(met, unclear)| {
            let met = (0..met).map(|_| Truth::Met);
            Truth::one(met.chain(unclear.then_some(Truth::Unknown)))
        }))
    }

    /// What a question about the truth is answered, if it does not matter how it turns out.
    fn answer(self, question: impl Fn(Truth) -> bool) -> Option<bool> {
        let mut answers = self.truths().map(question);
        let first = answers.next()?;
        answers.all(|other| other == first).then_some(first)
    }
}

/// A request of which some facts are stated, and of what is not stated everything is possible.
pub(super) struct Partial<'a> {
    pub(super) request: &'a Request,
    pub(super) stated: &'a [Fact],
}

impl Partial<'_> {
    fn leaf(&self, leaf: &Leaf, sense: Sense) -> Possible {
        let is_stated = Fact::of(leaf).is_none_or(|fact| self.stated.contains(&fact));
        if is_stated { Possible::of([leaf_truth(leaf, self.request, sense)]) } else { Possible::ANY }
    }

    fn condition(&self, constraint: &Constraint, sense: Sense) -> Possible {
        let parts = |parts: &[Constraint]| parts.iter().map(|part| self.condition(part, sense)).collect::<Vec<_>>();
        match constraint {
            Constraint::Leaf(leaf) => self.leaf(leaf, sense),
            Constraint::And(_, inner) => Possible::all(parts(inner)),
            Constraint::Or(_, inner) => Possible::any(parts(inner)),
            Constraint::Xone(_, inner) => Possible::one(parts(inner)),
        }
    }

    fn conditions(&self, constraints: &[Constraint], sense: Sense) -> Possible {
        Possible::all(constraints.iter().map(|constraint| self.condition(constraint, sense)))
    }

    fn rule(&self, rule: &Rule, sense: Sense) -> Possible {
        let known = |truth: Truth| match truth {
            Truth::Unknown => Possible::of([Truth::Met, Truth::NotMet]),
            truth => Possible::of([truth]),
        };
        let parts = [
            known(product_truth(&rule.products, self.request)),
            Possible::any(party_truths(&rule.parties, self.request).map(known)),
            self.conditions(&rule.constraints, sense),
        ];
        Possible::all(parts)
    }

    /// Whether facts that are not stated can still change what is decided, or which duties come with it.
    pub(super) fn is_open(&self, policy: &Policy, action: Action) -> bool {
        let mut is_unsettled = false;
        for rule in policy.rules.iter().filter(|rule| rule.prohibits(action)) {
            match self.rule(rule, Sense::Forbid).answer(|truth| truth != Truth::NotMet) {
                Some(true) => return false,
                Some(false) => {}
                None => is_unsettled = true,
            }
        }
        if is_unsettled {
            return true;
        }
        let mut pending: Option<&Rule> = None;
        for rule in policy.permissions(action) {
            match self.rule(rule, Sense::Permit).answer(|truth| truth == Truth::Met) {
                None => return true,
                Some(false) => {}
                Some(true) if !has_duties_first(policy, rule) => return self.has_open_duties(policy, rule),
                Some(true) => {
                    if self.has_open_duties(policy, rule) {
                        return true;
                    }
                    pending = Some(pending.unwrap_or(rule));
                }
            }
        }
        pending.is_some_and(|rule| self.has_open_duties(policy, rule))
    }

    /// Whether it is open if a duty is due.
    fn has_open_duties(&self, policy: &Policy, permission: &Rule) -> bool {
        let is_due = |truth| truth != Truth::NotMet;
        let of_rule = |rule: &Rule| {
            rule.duties.iter().any(|duty| self.conditions(&duty.constraints, Sense::Forbid).answer(is_due).is_none())
        };
        let of_obligation = |rule: &Rule| match self.rule(rule, Sense::Forbid).answer(is_due) {
            Some(true) => of_rule(rule),
            Some(false) => false,
            None => true,
        };
        of_rule(permission) || policy.obligations().any(of_obligation)
    }
}

/// Whether something may have to be done before the use.
fn has_duties_first(policy: &Policy, permission: &Rule) -> bool {
    let duties = permission.duties.iter().chain(policy.obligations().flat_map(|rule| &rule.duties));
    duties.into_iter().any(|duty| duty.timing == Timing::Before)
}
