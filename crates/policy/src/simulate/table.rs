//! The decision table of one action under one policy, or under two at once: fact by fact, as long as what is stated leaves something open. Values that
//! lead to the same are one case.

use jiff::Timestamp;

use super::fact::{Asked, Dimension, Fact, dimensions};
use super::reach::{Conditions, Partial};
use super::{TooMuch, Work, openness, weight};
use crate::action::{Action, Timing};
use crate::decision::{Decision, Verdict};
use crate::policy::Policy;
use crate::request::Request;
use crate::verify::verify;

/// How many cases of one action are told.
const MOST_CASES: usize = 400;
/// How many are tried before those that are alike are joined.
const MOST_TRIED: usize = 6_400;

/// The cases of one action.
pub(super) struct Table<'p> {
    pub(super) dimensions: Vec<Dimension<'p>>,
    root: Option<Node>,
}

/// What follows once some facts are stated.
#[derive(Clone, Debug)]
enum Node {
    /// Nothing more matters.
    Settled { decisions: Vec<Decision>, witness: Box<Request> },
    /// The next fact that matters, and what follows for each lot of its classes.
    Asks { dimension: usize, branches: Vec<(Vec<usize>, Node)> },
}

/// What makes a case: dimensions with the classes of each.
pub(super) type Path = Vec<(usize, Vec<usize>)>;

struct Builder<'a, 'p> {
    policies: &'a [&'p Policy],
    action: Action,
    at: Timestamp,
    dimensions: &'a [Dimension<'p>],
    facts: Vec<Fact>,
    cost: u64,
    tried: usize,
}

impl<'p> Table<'p> {
    pub(super) fn build(policies: &[&'p Policy], action: Action, at: Timestamp, work: &mut Work) -> Self {
        let conditions = Conditions::of(policies, action);
        let Ok(dimensions) = dimensions(&conditions, action, at, work) else {
            return Self { dimensions: Vec::new(), root: None };
        };
        let cost = policies.iter().map(|policy| weight(policy)).sum();
        let facts = dimensions.iter().map(|dimension| dimension.fact).collect();
        let mut builder = Builder { policies, action, at, dimensions: &dimensions, facts, cost, tried: 0 };
        let root = builder.node(0, &Asked::new(action), work).ok().filter(|root| root.count() <= MOST_CASES);
        Self { dimensions, root }
    }

    /// Whether it could be made.
    pub(super) fn is_complete(&self) -> bool {
        self.root.is_some()
    }

    /// Its cases: what makes them, what `told` makes of the decisions, and a request. Cases of which it makes nothing are left out.
    pub(super) fn cases<T>(
        &self,
        told: impl Fn(&[Decision]) -> Option<T>,
    ) -> Vec<(Vec<super::case::Said>, T, Request)> {
        let mut found = Vec::new();
        if let Some(root) = &self.root {
            self.collect(root, &mut Vec::new(), &told, &mut found);
        }
        found
    }

    fn collect<T>(
        &self,
        node: &Node,
        path: &mut Path,
        told: &impl Fn(&[Decision]) -> Option<T>,
        found: &mut Vec<(Vec<super::case::Said>, T, Request)>,
    ) {
        match node {
            Node::Settled { decisions, witness } => {
                if let Some(told) = told(decisions) {
                    found.push((super::case::said(&self.dimensions, path), told, (**witness).clone()));
                }
            }
            Node::Asks { dimension, branches } => {
                for (classes, node) in branches {
                    path.push((*dimension, classes.clone()));
                    self.collect(node, path, told, found);
                    path.pop();
                }
            }
        }
    }

    /// The decisions of the case into which a request falls.
    #[cfg(test)]
    pub(super) fn find(&self, request: &Request) -> Option<&[Decision]> {
        let mut node = self.root.as_ref()?;
        loop {
            match node {
                Node::Settled { decisions, .. } => return Some(decisions),
                Node::Asks { dimension, branches } => {
                    let class = self.dimensions.get(*dimension)?.class_of(request)?;
                    node = branches.iter().find(|(classes, _)| classes.contains(&class)).map(|(_, node)| node)?;
                }
            }
        }
    }
}

impl Builder<'_, '_> {
    fn node(&mut self, dimension: usize, asked: &Asked, work: &mut Work) -> Result<Node, TooMuch> {
        work.spend(self.cost)?;
        let request = asked.request(self.action);
        let stated = self.facts.get(..dimension).unwrap_or_default();
        let partial = Partial { request: &request, stated };
        let is_open = self.policies.iter().any(|policy| partial.is_open(policy, self.action));
        let Some(own) = self.dimensions.get(dimension).filter(|_| is_open) else {
            return self.settled(dimension, asked, work);
        };
        let mut branches: Vec<(Vec<usize>, Node)> = Vec::new();
        for class in 0..own.classes.len() {
            let mut asked = asked.clone();
            own.state(class, &mut asked, self.at);
            let node = self.node(dimension.saturating_add(1), &asked, work)?;
            match branches.iter_mut().find(|(_, other)| other.is_same(&node)) {
                Some((classes, _)) => classes.push(class),
                None => branches.push((vec![class], node)),
            }
        }
        if branches.len() == 1
            && let Some((_, node)) = branches.pop()
        {
            return Ok(node);
        }
        Ok(Node::Asks { dimension, branches })
    }

    /// The decision; what is not stated yet does not matter and is stated in favour of the use. A price is not: to have paid it may also be a duty, which a
    /// case that does not speak of it has still to do.
    fn settled(&mut self, dimension: usize, asked: &Asked, work: &mut Work) -> Result<Node, TooMuch> {
        self.tried = self.tried.saturating_add(1);
        if self.tried > MOST_TRIED {
            return Err(TooMuch);
        }
        work.spend(self.cost)?;
        let mut asked = asked.clone();
        let rest = self.dimensions.iter().skip(dimension).filter(|rest| rest.fact != Fact::Paid);
        rest.for_each(|rest| rest.state(0, &mut asked, self.at));
        let witness = asked.request(self.action);
        let decisions = self.policies.iter().map(|policy| verify(policy, &witness)).collect();
        Ok(Node::Settled { decisions, witness: Box::new(witness) })
    }
}

impl Node {
    /// How many cases follow.
    fn count(&self) -> usize {
        match self {
            Self::Settled { .. } => 1,
            Self::Asks { branches, .. } => branches.iter().map(|(_, node)| node.count()).sum(),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Settled { decisions: one, .. }, Self::Settled { decisions: other, .. }) => {
                match (one.as_slice(), other.as_slice()) {
                    // Of two policies only what differs matters.
                    ([a, b], [c, d]) if is_same_effect(a, b) && is_same_effect(c, d) => true,
                    _ => one.len() == other.len() && one.iter().zip(other).all(|(a, b)| is_same_ruling(a, b)),
                }
            }
            (Self::Asks { dimension: one, branches: a }, Self::Asks { dimension: other, branches: b }) => {
                one == other && a.len() == b.len() && a.iter().zip(b).all(|((a, x), (b, y))| a == b && x.is_same(y))
            }
            _ => false,
        }
    }
}

/// The same answer by the same clause.
fn is_same_ruling(one: &Decision, other: &Decision) -> bool {
    one.decision == other.decision && super::deciding(one) == super::deciding(other) && one.duties == other.duties
}

/// The same answer with the same duties, whichever clauses say so.
pub(super) fn is_same_effect(one: &Decision, other: &Decision) -> bool {
    openness(one.decision) == openness(other.decision)
        && (openness(one.decision) == 0 || essence(one) == essence(other))
}

/// Duties without the places of their clauses.
pub(super) fn essence(decision: &Decision) -> Vec<(Action, Timing, String)> {
    let mut duties: Vec<_> =
        decision.duties.iter().map(|duty| (duty.action, duty.timing, duty.parameters.to_string())).collect();
    // The order of what comes first counts; of what comes later it does not.
    if decision.decision == Verdict::Allow {
        duties.sort();
    }
    duties
}
