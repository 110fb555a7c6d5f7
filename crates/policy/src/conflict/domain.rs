//! The values of a fact with which one comparison holds. Pure.

use crate::operand::{Limit, Operand, Period, Relation, Sense};
use crate::operator::Operator;
use crate::policy::Leaf;

/// Which fact: two comparisons are compared only if they are about the same one. Counts within different windows are different facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    operand: Operand,
    window: Option<Period>,
}

/// The values that let a comparison hold.
pub(super) enum Domain<'a> {
    /// From the first to the last; empty when the first is larger.
    Range(i128, i128),
    /// One of these, or a part of one.
    In(&'a Leaf, &'a [String]),
    /// None of these.
    NotIn(&'a Leaf, &'a [String]),
    /// No value.
    Nothing,
}

impl<'a> Domain<'a> {
    /// The fact that a comparison is about, and the values with which it holds; nothing when that cannot be said.
    pub(super) fn of(leaf: &'a Leaf, sense: Sense) -> Option<(Fact, Self)> {
        let mut fact = Fact { operand: leaf.operand, window: leaf.window.clone() };
        let domain = match &leaf.limit {
            Limit::Quantity { amount, .. } => {
                let is_count = matches!(leaf.operand, Operand::Count | Operand::Frequency);
                let operator = match leaf.operator {
                    Operator::Eq if is_count && sense == Sense::Permit => Operator::Lteq,
                    operator => operator,
                };
                let amount = i128::from(*amount);
                range(operator, amount, amount, if is_count { 1 } else { 0 })?
            }
            Limit::Moment(moment) => {
                fact.operand = Operand::Time;
                range(leaf.operator, moment.first.as_nanosecond(), moment.last.as_nanosecond(), i128::MIN)?
            }
            Limit::Period(_) if leaf.counts_uses => return None,
            Limit::Period(period) => {
                fact.operand = Operand::ElapsedTime;
                let length = i128::from(period.approximate_seconds());
                let operator = match leaf.operator {
                    Operator::Eq | Operator::IsA | Operator::IsAnyOf | Operator::IsPartOf => Operator::Lteq,
                    operator => operator,
                };
                range(operator, length, length, 0)?
            }
            Limit::Words(words) => match leaf.operator {
                Operator::Neq | Operator::IsNoneOf => Self::NotIn(leaf, words),
                Operator::HasPart => return None,
                Operator::IsAllOf if leaf.operand == Operand::DataField => return None,
                Operator::IsAllOf if words.len() > 1 => Self::Nothing,
                _ => Self::In(leaf, words),
            },
            Limit::Hours { .. } | Limit::Rows(_) | Limit::Money(_) => return None,
        };
        Some((fact, domain))
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Range(first, last) => first > last,
            Self::Nothing => true,
            Self::In(..) | Self::NotIn(..) => false,
        }
    }

    /// Whether no value lies in both.
    pub(super) fn is_apart(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, _) | (_, Self::Nothing) => true,
            (Self::Range(a, b), Self::Range(c, d)) => a.max(c) > b.min(d),
            (Self::In(leaf, one), Self::In(_, other)) => {
                let relate = leaf.operand.spec().relate;
                let is_outside =
                    |a: &str, b: &str| relate(a, b) == Relation::Outside && relate(b, a) == Relation::Outside;
                one.iter().all(|a| other.iter().all(|b| is_outside(a, b)))
            }
            (Self::In(leaf, one), Self::NotIn(_, other)) | (Self::NotIn(leaf, other), Self::In(_, one)) => {
                let relate = leaf.operand.spec().relate;
                one.iter().all(|a| other.iter().any(|b| relate(a, b) == Relation::Within))
            }
            _ => false,
        }
    }

    /// Whether every value of this lies in the other.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, _) => true,
            (Self::Range(a, b), Self::Range(c, d)) => c <= a && b <= d,
            (Self::In(leaf, one), Self::In(_, other)) => {
                let relate = leaf.operand.spec().relate;
                one.iter().all(|a| other.iter().any(|b| relate(a, b) == Relation::Within))
            }
            (Self::In(leaf, one), Self::NotIn(_, other)) => {
                let relate = leaf.operand.spec().relate;
                let is_outside =
                    |a: &str, b: &str| relate(a, b) == Relation::Outside && relate(b, a) == Relation::Outside;
                one.iter().all(|a| other.iter().all(|b| is_outside(a, b)))
            }
            _ => false,
        }
    }

    /// Whether this is over before the other begins.
    pub(super) fn ends_before(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Range(_, last), Self::Range(first, _)) if last < first)
    }
}

/// The range of a comparison with a stretch; nothing for comparisons that leave a hole.
fn range<'a>(operator: Operator, first: i128, last: i128, least: i128) -> Option<Domain<'a>> {
    Some(match operator {
        Operator::Eq | Operator::IsA | Operator::IsAnyOf | Operator::IsPartOf => Domain::Range(first.max(least), last),
        Operator::Lt => Domain::Range(least, first.saturating_sub(1)),
        Operator::Lteq => Domain::Range(least, last),
        Operator::Gt => Domain::Range(last.saturating_add(1).max(least), i128::MAX),
        Operator::Gteq => Domain::Range(first.max(least), i128::MAX),
        _ => return None,
    })
}
