//! The facts that a policy looks at, and the classes of values that it distinguishes. Two values are in one class when every comparison of the policy
//! answers both alike. Which values to try follows from the form of the limits ([`Limit`]), not from the operand: a new operand needs no line here.

use serde_json::{Map, Value, json};
use xinyu_protocol::text::Text;

use super::reach::{Conditions, leaf_truth, party_truths, product_truth};
use super::{TooMuch, Work, fields, number, reach, when, words};
use crate::action::Action;
use crate::operand::{Limit, Operand, Sense, Truth};
use crate::policy::Leaf;
use crate::request::Request;

/// A fact, in the order in which a reader wants to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fact {
    Product,
    /// Names and codes.
    Word(Operand),
    /// Numbers of the use itself.
    Number(Operand),
    Time,
    /// Time since the first use.
    Elapsed,
    /// Uses made, ever.
    Count,
    /// Uses made in the window.
    InWindow,
    /// Whether what an alternative costs is paid.
    Paid,
}

impl Fact {
    /// What a comparison looks at; nothing for what is no condition on a request.
    pub(super) fn of(leaf: &Leaf) -> Option<Self> {
        Some(match &leaf.limit {
            Limit::Moment(_) | Limit::Hours { .. } => Self::Time,
            Limit::Period(_) if leaf.counts_uses => return None,
            Limit::Period(_) => Self::Elapsed,
            Limit::Quantity { .. } if leaf.window.is_some() => Self::InWindow,
            Limit::Quantity { .. } if matches!(leaf.operand, Operand::Count | Operand::Frequency) => Self::Count,
            Limit::Quantity { .. } => Self::Number(leaf.operand),
            Limit::Words(_) => Self::Word(leaf.operand),
            Limit::Rows(_) => return None,
            Limit::Money(_) => Self::Paid,
        })
    }

    /// The member of a request.
    pub(super) fn member(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Word(operand) | Self::Number(operand) => operand.spec().fact,
            Self::Time => "time",
            Self::Elapsed => "timeOfFirstUse",
            Self::Count => "used.count",
            Self::InWindow => "used.inWindow",
            Self::Paid => "dutiesDone",
        }
    }

    /// What people call it.
    pub(super) fn label(self) -> Text {
        match self {
            Self::Product => Text::new("数据产品", "product"),
            Self::Word(operand) | Self::Number(operand) => operand.label(),
            Self::Time => Operand::Time.label(),
            Self::Elapsed => Text::new("首次使用后经过", "time since the first use"),
            Self::Count => Text::new("第几次使用", "number of the use"),
            Self::InWindow => Text::new("时段内第几次使用", "number of the use in its window"),
            Self::Paid => Text::new("约定金额", "the agreed price"),
        }
    }
}

/// The facts of a request while it is put together.
#[derive(Clone, Debug)]
pub(super) struct Asked(Map<String, Value>);

impl Asked {
    pub(super) fn new(action: Action) -> Self {
        Self(Map::from_iter([("action".to_owned(), json!(action.code()))]))
    }

    /// States a fact; `used.count` is a member of a member.
    pub(super) fn set(&mut self, member: &str, value: Value) {
        match member.split_once('.') {
            None => {
                self.0.insert(member.to_owned(), value);
            }
            Some((outer, inner)) => {
                let whole = self.0.entry(outer).or_insert_with(|| json!({}));
                if let Some(members) = whole.as_object_mut() {
                    members.insert(inner.to_owned(), value);
                }
            }
        }
    }

    /// The time of the use, if it is stated.
    pub(super) fn time(&self) -> Option<jiff::Timestamp> {
        self.0.get(Fact::Time.member())?.as_str()?.parse().ok()
    }

    /// The request; what is no fact of one leaves nothing but its action, and so denies.
    pub(super) fn request(&self, action: Action) -> Request {
        serde_json::from_value(Value::Object(self.0.clone())).unwrap_or_else(|_| Request::new(action))
    }
}

/// One value to try.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// What states it.
    pub(super) states: States,
    pub(super) shown: Shown,
}

/// How a value is stated.
#[derive(Clone, Debug)]
pub(super) enum States {
    /// These members have these values.
    Members(Vec<(&'static str, Value)>),
    /// The first use lay so that the time since then has this relation to a length of time.
    Since(when::Since),
}

/// How values of a class are told together.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shown {
    /// By this.
    Word(Text),
    /// By this, unless the candidate of that index, of which it is a part, is told as well.
    Part(Text, usize),
    /// What the policy does not name.
    Other(Text),
    /// A stretch of whole numbers; without an end, all from the first on.
    Range(u64, Option<u64>),
    /// A stretch of time and hours of the day, by their indexes in the dimension's calendar.
    Moment(usize, usize),
    /// A stretch of lengths of time, by its index.
    Length(usize),
}

/// Values that the policy does not tell apart.
#[derive(Clone, Debug)]
pub(super) struct Class {
    pub(super) key: Vec<Truth>,
    /// Indexes of candidates.
    pub(super) members: Vec<usize>,
}

/// One fact with its classes.
pub(super) struct Dimension<'p> {
    pub(super) fact: Fact,
    pub(super) candidates: Vec<Candidate>,
    pub(super) classes: Vec<Class>,
    pub(super) calendar: when::Calendar,
    #[cfg_attr(not(test), expect(dead_code, reason = "tests look requests up by it"))]
    watch: Watch<'p>,
}

/// The comparisons of one fact.
pub(super) struct Watch<'p> {
    pub(super) leaves: Vec<(&'p Leaf, Sense)>,
    products: Vec<&'p [String]>,
    parties: Vec<&'p crate::policy::Parties>,
    fact: Fact,
}

impl Watch<'_> {
    /// What every comparison says to a request, as far as this fact goes.
    pub(super) fn key(&self, request: &Request) -> Vec<Truth> {
        let mut key: Vec<_> = self.leaves.iter().map(|(leaf, sense)| leaf_truth(leaf, request, *sense)).collect();
        key.extend(self.products.iter().map(|products| product_truth(products, request)));
        match self.fact {
            Fact::Word(Operand::Connector) => key.extend(self.parties.iter().map(|own| party_truths(own, request)[0])),
            Fact::Word(Operand::Subject) => key.extend(self.parties.iter().map(|own| party_truths(own, request)[1])),
            _ => {}
        }
        key
    }

    fn cost(&self) -> u64 {
        let values: usize = self.leaves.iter().map(|(leaf, _)| reach::size(leaf)).sum();
        let all = values.saturating_add(self.products.len()).saturating_add(self.parties.len());
        // A comparison of names is little beside a decision with its reasons.
        u64::try_from(all.div_ceil(16)).unwrap_or(u64::MAX).saturating_add(4)
    }

    /// How much of a class speaks for the use: classes are told in this order.
    fn favour(&self, key: &[Truth]) -> usize {
        let senses = self.leaves.iter().map(|(_, sense)| *sense).chain(std::iter::repeat(Sense::Permit));
        let speaks_for = |(truth, sense): &(&Truth, Sense)| match sense {
            Sense::Permit => **truth == Truth::Met,
            Sense::Forbid => **truth == Truth::NotMet,
        };
        key.iter().zip(senses).filter(speaks_for).count()
    }
}

/// The facts that a decision about an action looks at, each with its classes.
pub(super) fn dimensions<'p>(
    conditions: &Conditions<'p>,
    action: Action,
    at: jiff::Timestamp,
    work: &mut Work,
) -> Result<Vec<Dimension<'p>>, TooMuch> {
    let mut facts: Vec<Fact> = conditions.leaves.iter().filter_map(|(leaf, _)| Fact::of(leaf)).collect();
    if !conditions.products.is_empty() {
        facts.push(Fact::Product);
    }
    if !conditions.parties.is_empty() {
        facts.extend([Fact::Word(Operand::Connector), Fact::Word(Operand::Subject)]);
    }
    // A product settles what a rule is about, a connector mostly whom it is about.
    facts.sort_unstable_by_key(|fact| (*fact != Fact::Product, *fact != Fact::Word(Operand::Connector), *fact));
    facts.dedup();
    facts.into_iter().map(|fact| dimension(conditions, fact, action, at, work)).collect()
}

fn dimension<'p>(
    conditions: &Conditions<'p>,
    fact: Fact,
    action: Action,
    at: jiff::Timestamp,
    work: &mut Work,
) -> Result<Dimension<'p>, TooMuch> {
    let is_own = |(leaf, _): &&(&'p Leaf, Sense)| Fact::of(leaf) == Some(fact);
    let watch = Watch {
        leaves: conditions.leaves.iter().filter(is_own).copied().collect(),
        products: if fact == Fact::Product { conditions.products.clone() } else { Vec::new() },
        parties: conditions.parties.clone(),
        fact,
    };
    let mut calendar = when::Calendar::default();
    let candidates = match fact {
        Fact::Product => words::products(&conditions.products),
        Fact::Word(Operand::DataField) => fields::candidates(&watch, action, work)?,
        Fact::Word(operand) => words::candidates(operand, &watch.leaves, &conditions.parties),
        Fact::Number(_) | Fact::Count | Fact::InWindow => number::candidates(fact, &watch.leaves),
        Fact::Time => {
            calendar = when::Calendar::of(&watch.leaves, at);
            calendar.candidates()
        }
        Fact::Elapsed => {
            calendar = when::Calendar::of_lengths(&watch.leaves);
            calendar.lengths()
        }
        Fact::Paid => number::paid(),
    };
    let mut classes: Vec<Class> = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        work.spend(watch.cost())?;
        let mut asked = Asked::new(action);
        candidate.state(&mut asked, at);
        let key = watch.key(&asked.request(action));
        match classes.iter_mut().find(|class| class.key == key) {
            Some(class) => class.members.push(index),
            None => classes.push(Class { key, members: vec![index] }),
        }
    }
    classes.sort_by_key(|class| std::cmp::Reverse(watch.favour(&class.key)));
    Ok(Dimension { fact, candidates, classes, calendar, watch })
}

impl Candidate {
    pub(super) fn word(member: &'static str, value: Value, shown: Shown) -> Self {
        Self { states: States::Members(vec![(member, value)]), shown }
    }

    /// States the value; `at` is the time of the use if nothing else says it.
    pub(super) fn state(&self, asked: &mut Asked, at: jiff::Timestamp) {
        match &self.states {
            States::Members(members) => {
                members.iter().for_each(|(member, value)| asked.set(member, value.clone()));
            }
            States::Since(since) => since.state(asked, at),
        }
    }
}

impl Dimension<'_> {
    /// The class of a request, if one of its values is like the request's.
    #[cfg(test)]
    pub(super) fn class_of(&self, request: &Request) -> Option<usize> {
        let key = self.watch.key(request);
        self.classes.iter().position(|class| class.key == key)
    }

    /// States the first value of a class.
    pub(super) fn state(&self, class: usize, asked: &mut Asked, at: jiff::Timestamp) {
        let first = self.classes.get(class).and_then(|class| class.members.first());
        if let Some(candidate) = first.and_then(|index| self.candidates.get(*index)) {
            candidate.state(asked, at);
        }
    }

    /// The values of some classes, for people.
    pub(super) fn words(&self, classes: &[usize]) -> Text {
        let mut members: Vec<usize> = classes
            .iter()
            .filter_map(|class| self.classes.get(*class))
            .flat_map(|class| class.members.clone())
            .collect();
        members.sort_unstable();
        let shown = || members.iter().filter_map(|index| self.candidates.get(*index)).map(|candidate| &candidate.shown);
        match shown().next() {
            Some(Shown::Range(..)) => number::ranges(self.fact, shown()),
            Some(Shown::Moment(..)) => self.calendar.moments(shown()),
            Some(Shown::Length(_)) => self.calendar.stretches(shown()),
            _ => words::joined(&self.candidates, &members),
        }
    }
}
