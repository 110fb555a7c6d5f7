//! Whether a request meets several goals at once: a search over the values that stand for all others, fact by fact, which leaves a branch as soon as
//! a goal is out of reach. What it finds is a request; what it rules out cannot be; and where it would take too long it says so. Pure.

use super::fact::{Fact, Value};
use super::formula::{Atom, Goal, Plan, Truths};
use crate::action::Action;
use crate::request::Request;

/// How many comparisons one question may take, and how many all questions about one policy together: some tens of milliseconds.
const MOST_STEPS: u32 = 400_000;
const MOST_IN_ALL: u32 = 4_000_000;

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// This request meets every goal.
    Yes(Box<Request>),
    /// No request does.
    No,
    /// It was not found out within the budget.
    Undecided,
}

/// What is left of the budget of one policy.
pub(super) struct Budget {
    left: u32,
    per_question: u32,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { left: MOST_IN_ALL, per_question: MOST_STEPS }
    }

    #[cfg(test)]
    pub(super) fn of(left: u32) -> Self {
        Self { left, per_question: left }
    }

    pub(super) fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Takes some of it; whether there was enough.
    pub(super) fn take(&mut self, steps: u32) -> bool {
        let is_enough = self.left >= steps;
        self.left = self.left.saturating_sub(steps);
        is_enough
    }
}

/// One fact: its values, and what each atom about it comes to with each of them.
struct Column {
    fact: Fact,
    values: Vec<Value>,
    /// Places of its atoms among all.
    atoms: Vec<usize>,
    /// By value, then by atom.
    truths: Vec<Vec<Truths>>,
}

struct Search {
    goals: Vec<(Plan, Truths)>,
    columns: Vec<Column>,
    steps_left: u32,
    /// What one look at all goals costs.
    steps: u32,
}

/// Looks for a request that meets every goal. Its action is for the caller to say.
pub(super) fn find(goals: &[Goal<'_>], budget: &mut Budget) -> Answer {
    if !budget.take(1) {
        return Answer::Undecided;
    }
    let mut distinct: Vec<Atom<'_>> = Vec::new();
    let plans: Vec<_> = goals.iter().map(|goal| (goal.formula.plan(&mut distinct), goal.wanted)).collect();
    let (columns, are_complete) = columns(&distinct, budget);
    let mut truths = vec![Truths::NONE; distinct.len()];
    let nothing = Request::new(Action::Use);
    for (place, atom) in distinct.iter().enumerate() {
        if Fact::of(*atom).is_none()
            && let Some(truth) = truths.get_mut(place)
        {
            *truth = Truths::of(atom.truth(&nothing));
        }
    }
    for column in &columns {
        column.open(&mut truths);
    }
    let given = budget.per_question.min(budget.left);
    let steps = u32::try_from(distinct.len()).unwrap_or(u32::MAX).max(1);
    let mut search = Search { goals: plans, columns, steps_left: given, steps };
    let mut chosen = Vec::new();
    let found = search.choose(&mut truths, &mut chosen);
    budget.take(given.saturating_sub(search.steps_left));
    match found {
        Some(true) => {
            let mut request = nothing;
            for (place, column) in search.columns.iter().enumerate() {
                let value = column.values.get(chosen.get(place).copied().unwrap_or(0));
                if let Some(value) = value {
                    column.fact.state(value, &mut request);
                }
            }
            Answer::Yes(Box::new(request))
        }
        Some(false) if are_complete => Answer::No,
        _ => Answer::Undecided,
    }
}

/// The facts of the atoms with their values, those with the fewest first, and whether the values stand for all.
fn columns(atoms: &[Atom<'_>], budget: &mut Budget) -> (Vec<Column>, bool) {
    let mut columns: Vec<Column> = Vec::new();
    let mut are_complete = true;
    for (place, atom) in atoms.iter().enumerate() {
        let Some(fact) = Fact::of(*atom) else { continue };
        match columns.iter_mut().find(|column| column.fact == fact) {
            Some(column) => column.atoms.push(place),
            None => columns.push(Column { fact, values: Vec::new(), atoms: vec![place], truths: Vec::new() }),
        }
    }
    for column in &mut columns {
        let own: Vec<Atom<'_>> = column.atoms.iter().filter_map(|place| atoms.get(*place)).copied().collect();
        let values = column.fact.values(&own);
        are_complete &= values.are_complete;
        let size = values.all.len().saturating_mul(own.len());
        if !budget.take(u32::try_from(size).unwrap_or(u32::MAX)) {
            return (Vec::new(), false);
        }
        for value in values.all {
            let mut request = Request::new(Action::Use);
            column.fact.state(&value, &mut request);
            let truths: Vec<Truths> = own.iter().map(|atom| Truths::of(atom.truth(&request))).collect();
            if !column.truths.contains(&truths) {
                column.truths.push(truths);
                column.values.push(value);
            }
        }
    }
    columns.sort_by_key(|column| column.values.len());
    (columns, are_complete)
}

impl Column {
    /// Its atoms may come to what any of the values makes of them.
    fn open(&self, truths: &mut [Truths]) {
        for (index, place) in self.atoms.iter().enumerate() {
            let any = self.truths.iter().filter_map(|row| row.get(index)).fold(Truths::NONE, |all, one| all.with(*one));
            if let Some(truth) = truths.get_mut(*place) {
                *truth = any;
            }
        }
    }

    /// Its atoms come to what one value makes of them.
    fn choose(&self, value: usize, truths: &mut [Truths]) {
        let row = self.truths.get(value).map(Vec::as_slice).unwrap_or_default();
        for (place, own) in self.atoms.iter().zip(row) {
            if let Some(truth) = truths.get_mut(*place) {
                *truth = *own;
            }
        }
    }
}

impl Search {
    /// Whether the goals can be met with what is chosen so far; nothing when the budget ran out before that was known.
    fn choose(&mut self, truths: &mut [Truths], chosen: &mut Vec<usize>) -> Option<bool> {
        self.steps_left = self.steps_left.checked_sub(self.steps)?;
        let mut are_met = true;
        for (plan, wanted) in &self.goals {
            let may_be = plan.truths(truths);
            if !may_be.meets(*wanted) {
                return Some(false);
            }
            are_met &= may_be.is_within(*wanted);
        }
        if are_met {
            return Some(true);
        }
        let size = self.columns.get(chosen.len())?.values.len();
        for value in 0..size {
            self.columns.get(chosen.len())?.choose(value, truths);
            chosen.push(value);
            if self.choose(truths, chosen)? {
                return Some(true);
            }
            chosen.pop();
        }
        self.columns.get(chosen.len())?.open(truths);
        Some(false)
    }
}
