//! What is to be decided, as a formula over comparisons. Pure.
//!
//! Each comparison has, for the facts that are still open, a set of truths that it may come to. A formula over them may come to whatever its parts
//! allow independently: with open facts that is too many truths and never too few, with all facts chosen it is exactly one.

use crate::operand::{Sense, Test, Truth};
use crate::policy::{Constraint, Leaf, Rule};
use crate::request::Request;
use crate::verify::{node_truth, party_truth, product_truth};

/// What a formula is made of: it depends on one [`super::fact::Fact`] at the most.
#[derive(Clone, Copy)]
pub(super) enum Atom<'p> {
    Leaf(&'p Leaf, Sense),
    /// Whether the rule is about the product.
    Product(&'p Rule),
    /// Whether the use runs on a node of the rule.
    Node(&'p Rule),
    /// Whether the rule's assignee makes the use.
    Party(&'p Rule),
}

/// A formula over atoms.
#[derive(Clone)]
pub(super) enum Formula<'p> {
    Atom(Atom<'p>),
    Not(Box<Formula<'p>>),
    All(Vec<Formula<'p>>),
    Any(Vec<Formula<'p>>),
    One(Vec<Formula<'p>>),
}

/// A formula, and what it is to come to.
#[derive(Clone)]
pub(super) struct Goal<'p> {
    pub(super) formula: Formula<'p>,
    pub(super) wanted: Truths,
}

/// A set of truths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Truths(u8);

impl Truths {
    pub(super) const NONE: Self = Self(0);
    pub(super) const MET: Self = Self(1);
    pub(super) const NOT_MET: Self = Self(2);
    /// What makes a prohibition apply.
    pub(super) const NOT_RULED_OUT: Self = Self(1 | 4);

    pub(super) fn of(truth: Truth) -> Self {
        Self(match truth {
            Truth::Met => 1,
            Truth::NotMet => 2,
            Truth::Unknown => 4,
        })
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    fn has(self, other: Self) -> bool {
        self.meets(other)
    }

    fn not(self) -> Self {
        Self(self.0 & 4 | (self.0 & 1) << 1 | (self.0 & 2) >> 1)
    }

    /// All of two, each from its set.
    fn and(self, other: Self) -> Self {
        let not_met = (self.0 | other.0) & 2;
        let met = self.0 & other.0 & 1;
        let can = |one: u8, two: u8| one & 4 != 0 && two & (1 | 4) != 0;
        let unknown = if can(self.0, other.0) || can(other.0, self.0) { 4 } else { 0 };
        Self(not_met | met | unknown)
    }

    fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// Exactly one of several, each from its set.
    fn one(parts: impl Iterator<Item = Self>) -> Self {
        // Bit 2m + u: m of the parts are met (two stands for more), and some are unknown if u is 1.
        let mut states = 1_u8;
        for part in parts {
            let mut next = 0;
            for state in (0..6_u8).filter(|state| states & (1 << state) != 0) {
                let (met, unknown) = (state / 2, state % 2);
                if part.has(Self::NOT_MET) {
                    next |= 1 << state;
                }
                if part.has(Self::MET) {
                    next |= 1 << (met.saturating_add(1).min(2) * 2 + unknown);
                }
                if part.0 & 4 != 0 {
                    next |= 1 << (met * 2 + 1);
                }
            }
            states = next;
        }
        let of = |state: u8, truth: Self| if states & (1 << state) != 0 { truth.0 } else { 0 };
        let several = of(4, Self::NOT_MET) | of(5, Self::NOT_MET);
        Self(of(0, Self::NOT_MET) | of(1, Self(4)) | of(2, Self::MET) | of(3, Self(4)) | several)
    }
}

impl<'p> Atom<'p> {
    pub(super) fn truth(self, request: &Request) -> Truth {
        match self {
            Self::Leaf(leaf, sense) => Test::truth(leaf, request, sense),
            Self::Product(rule) => product_truth(rule, request),
            Self::Node(rule) => node_truth(&rule.parties, request),
            Self::Party(rule) => party_truth(&rule.parties, request),
        }
    }

    /// Whether two are the same comparison of the same clause.
    pub(super) fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Leaf(one, sense), Self::Leaf(two, other)) => std::ptr::eq(one, two) && sense == other,
            (Self::Product(one), Self::Product(two))
            | (Self::Node(one), Self::Node(two))
            | (Self::Party(one), Self::Party(two)) => std::ptr::eq(one, two),
            _ => false,
        }
    }
}

impl<'p> Formula<'p> {
    pub(super) fn of(constraint: &'p Constraint, sense: Sense) -> Self {
        let all = |parts: &'p [Constraint]| parts.iter().map(|part| Self::of(part, sense)).collect();
        match constraint {
            Constraint::Leaf(leaf) => Self::Atom(Atom::Leaf(leaf, sense)),
            Constraint::And(_, parts) => Self::All(all(parts)),
            Constraint::Or(_, parts) => Self::Any(all(parts)),
            Constraint::Xone(_, parts) => Self::One(all(parts)),
        }
    }

    /// That the use is in the scope of a rule: its product, its nodes and parties.
    pub(super) fn scope(rule: &'p Rule) -> Vec<Self> {
        let mut parts = Vec::new();
        if !rule.products.is_empty() {
            parts.push(Self::Atom(Atom::Product(rule)));
        }
        if rule.parties.assignee.is_some() {
            parts.push(Self::Any(vec![Self::Atom(Atom::Node(rule)), Self::Atom(Atom::Party(rule))]));
        }
        parts
    }

    /// A whole rule.
    pub(super) fn rule(rule: &'p Rule, sense: Sense) -> Self {
        let mut parts = Self::scope(rule);
        parts.extend(rule.constraints.iter().map(|constraint| Self::of(constraint, sense)));
        Self::All(parts)
    }

    pub(super) fn wants(self, wanted: Truths) -> Goal<'p> {
        Goal { formula: self, wanted }
    }

    /// The same with each atom by its place in a list, to which new ones are added.
    pub(super) fn plan(&self, atoms: &mut Vec<Atom<'p>>) -> Plan {
        let mut all = |parts: &[Self]| parts.iter().map(|part| part.plan(atoms)).collect();
        match self {
            Self::All(parts) => Plan::All(all(parts)),
            Self::Any(parts) => Plan::Any(all(parts)),
            Self::One(parts) => Plan::One(all(parts)),
            Self::Not(part) => Plan::Not(Box::new(part.plan(atoms))),
            Self::Atom(atom) => {
                let known = atoms.iter().position(|other| other.is(*atom));
                Plan::Atom(known.unwrap_or_else(|| {
                    atoms.push(*atom);
                    atoms.len().saturating_sub(1)
                }))
            }
        }
    }
}

/// A formula over places in a list of atoms.
pub(super) enum Plan {
    Atom(usize),
    Not(Box<Plan>),
    All(Vec<Plan>),
    Any(Vec<Plan>),
    One(Vec<Plan>),
}

impl Plan {
    /// What it may come to, when each atom may come to what the list says.
    pub(super) fn truths(&self, atoms: &[Truths]) -> Truths {
        match self {
            Self::Atom(place) => atoms.get(*place).copied().unwrap_or(Truths::NONE),
            Self::Not(part) => part.truths(atoms).not(),
            Self::All(parts) => parts.iter().fold(Truths::MET, |all, part| all.and(part.truths(atoms))),
            Self::Any(parts) => parts.iter().fold(Truths::NOT_MET, |all, part| all.or(part.truths(atoms))),
            Self::One(parts) => Truths::one(parts.iter().map(|part| part.truths(atoms))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EACH: [Truth; 3] = [Truth::Met, Truth::NotMet, Truth::Unknown];

    /// The sets of truths say what the truths themselves say, one by one.
    #[test]
    fn sets_of_truths_are_exact() {
        let sets: Vec<Truths> = (1..8).map(Truths).collect();
        let members = |set: Truths| EACH.into_iter().filter(move |truth| set.has(Truths::of(*truth)));
        for a in &sets {
            for b in &sets {
                for c in &sets {
                    let combine = |of: &dyn Fn([Truth; 3]) -> Truth| {
                        let mut all = Truths::NONE;
                        for x in members(*a) {
                            for y in members(*b) {
                                for z in members(*c) {
                                    all = all.with(Truths::of(of([x, y, z])));
                                }
                            }
                        }
                        all
                    };
                    assert_eq!(a.and(*b).and(*c), combine(&|all| Truth::all(all)));
                    assert_eq!(a.or(*b).or(*c), combine(&|all| Truth::any(all)));
                    assert_eq!(Truths::one([*a, *b, *c].into_iter()), combine(&|all| Truth::one(all)));
                }
            }
        }
    }
}
