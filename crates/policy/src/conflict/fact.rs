//! The facts of a request that comparisons are about, and for each the few values that stand for all others: at, just beside and away from every
//! limit that the comparisons name. Between two such values no comparison changes, so a search over them is a search over all requests.
//!
//! "Not stated" is no such value: less that is known never opens anything (a property of the engine, tested), so what can be met can be met with
//! every fact stated.

mod field;
mod time;

use jiff::Timestamp;

use super::formula::Atom;
use crate::action::Action;
use crate::operand::{Limit, Operand};
use crate::policy::Leaf;
use crate::request::{Request, Used};

/// A fact; the two times of a request are one, because a term from the first use compares them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Product,
    Subject,
    Connector,
    Application,
    Times,
    Region,
    NetworkAddress,
    PhysicalAddress,
    ExecutionEnv,
    EncryptMode,
    DeliveryMethod,
    Algorithm,
    Model,
    Fields,
    DataSize,
    DataRecord,
    Purpose,
    UsedCount,
    UsedInWindow,
    Paid,
}

/// One value of a fact.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Fields(Vec<String>),
    Number(u64),
    Times(Timestamp, Option<Timestamp>),
    Paid(bool),
}

/// The values that stand for all, and whether they really do: too many of them are cut short.
pub(super) struct Values {
    pub(super) all: Vec<Value>,
    pub(super) are_complete: bool,
}

impl Fact {
    /// The fact that an atom depends on; nothing when it holds or fails whatever the request says.
    pub(super) fn of(atom: Atom<'_>) -> Option<Self> {
        match atom {
            Atom::Leaf(leaf, _) => Self::of_leaf(leaf),
            Atom::Product(_) => Some(Self::Product),
            Atom::Node(_) => Some(Self::Connector),
            Atom::Party(_) => Some(Self::Subject),
        }
    }

    fn of_leaf(leaf: &Leaf) -> Option<Self> {
        Some(match leaf.operand {
            Operand::ValueExpression => return None,
            Operand::TimeWindow if leaf.counts_uses => return None,
            Operand::Time | Operand::TimeWindow | Operand::ElapsedTime => Self::Times,
            Operand::Region => Self::Region,
            Operand::NetworkAddress => Self::NetworkAddress,
            Operand::PhysicalAddress => Self::PhysicalAddress,
            Operand::Count | Operand::Frequency if leaf.window.is_some() => Self::UsedInWindow,
            Operand::Count | Operand::Frequency => Self::UsedCount,
            Operand::DataSize => Self::DataSize,
            Operand::DataRecord => Self::DataRecord,
            Operand::DataField => Self::Fields,
            Operand::Application => Self::Application,
            Operand::Algorithm => Self::Algorithm,
            Operand::Model => Self::Model,
            Operand::ExecutionEnv => Self::ExecutionEnv,
            Operand::EncryptMode => Self::EncryptMode,
            Operand::DeliveryMethod => Self::DeliveryMethod,
            Operand::PayAmount => Self::Paid,
            Operand::Subject => Self::Subject,
            Operand::Connector => Self::Connector,
            Operand::Purpose => Self::Purpose,
        })
    }

    /// The operand that names such facts.
    fn named_by(self) -> Option<Operand> {
        Some(match self {
            Self::Subject => Operand::Subject,
            Self::Connector => Operand::Connector,
            Self::Application => Operand::Application,
            Self::Region => Operand::Region,
            Self::NetworkAddress => Operand::NetworkAddress,
            Self::PhysicalAddress => Operand::PhysicalAddress,
            Self::ExecutionEnv => Operand::ExecutionEnv,
            Self::EncryptMode => Operand::EncryptMode,
            Self::DeliveryMethod => Operand::DeliveryMethod,
            Self::Algorithm => Operand::Algorithm,
            Self::Model => Operand::Model,
            Self::Purpose => Operand::Purpose,
            Self::Fields => Operand::DataField,
            // Compared as it stands, like a purpose.
            Self::Product => Operand::Purpose,
            Self::Times | Self::DataSize | Self::DataRecord | Self::UsedCount | Self::UsedInWindow | Self::Paid => {
                return None;
            }
        })
    }

    /// The values that stand for all, as these atoms see them.
    pub(super) fn values(self, atoms: &[Atom<'_>]) -> Values {
        let leaves: Vec<&Leaf> = atoms
            .iter()
            .filter_map(|atom| match atom {
                Atom::Leaf(leaf, _) => Some(*leaf),
                _ => None,
            })
            .collect();
        let complete = |all: Vec<Value>| Values { all, are_complete: true };
        match self {
            Self::Times => time::values(&leaves),
            Self::Fields => field::values(&leaves),
            Self::Paid => complete(vec![Value::Paid(true), Value::Paid(false)]),
            Self::DataSize | Self::DataRecord | Self::UsedCount | Self::UsedInWindow => complete(numbers(&leaves)),
            _ => {
                let words = named(atoms);
                let near = self.named_by().map(|operand| (operand.spec().near)(&words)).unwrap_or_default();
                complete(near.into_iter().map(Value::Text).collect())
            }
        }
    }

    /// Writes a value into a request.
    pub(super) fn state(self, value: &Value, request: &mut Request) {
        match (self, value) {
            (Self::Times, Value::Times(time, first)) => {
                request.time = Some(*time);
                request.time_of_first_use = *first;
            }
            (Self::Fields, Value::Fields(fields)) => request.data_field.clone_from(fields),
            (Self::Paid, Value::Paid(is_paid)) => {
                request.duties_done = if *is_paid { vec![Action::Compensate.into()] } else { Vec::new() };
            }
            (_, Value::Number(number)) => {
                let number = Some(*number);
                let used = request.used.unwrap_or_default();
                match self {
                    Self::DataSize => request.data_size = number,
                    Self::DataRecord => request.data_record = number,
                    Self::UsedCount => request.used = Some(Used { count: number, ..used }),
                    _ => request.used = Some(Used { in_window: number, ..used }),
                }
            }
            (_, Value::Text(text)) => {
                if let Some(member) = self.text_member(request) {
                    *member = Some(text.clone());
                }
            }
            _ => {}
        }
    }

    fn text_member(self, request: &mut Request) -> Option<&mut Option<String>> {
        Some(match self {
            Self::Product => &mut request.product,
            Self::Subject => &mut request.subject,
            Self::Connector => &mut request.connector,
            Self::Application => &mut request.application,
            Self::Region => &mut request.region,
            Self::NetworkAddress => &mut request.network_address,
            Self::PhysicalAddress => &mut request.physical_address,
            Self::ExecutionEnv => &mut request.execution_env,
            Self::EncryptMode => &mut request.encrypt_mode,
            Self::DeliveryMethod => &mut request.delivery_method,
            Self::Algorithm => &mut request.algorithm,
            Self::Model => &mut request.machine_learning_model,
            Self::Purpose => &mut request.purpose,
            _ => return None,
        })
    }
}

/// The names that the atoms compare with.
fn named<'a>(atoms: &[Atom<'a>]) -> Vec<&'a str> {
    let mut words: Vec<&str> = Vec::new();
    for atom in atoms {
        match atom {
            Atom::Leaf(leaf, _) => {
                if let Limit::Words(own) = &leaf.limit {
                    words.extend(own.iter().map(String::as_str));
                }
            }
            Atom::Product(rule) => words.extend(rule.products.iter().map(String::as_str)),
            Atom::Node(rule) => {
                words.extend(rule.parties.assignee.iter().chain(&rule.parties.assigner).map(String::as_str));
            }
            Atom::Party(rule) => words.extend(rule.parties.assignee.as_deref()),
        }
    }
    let mut seen = Vec::new();
    for word in words {
        if !seen.contains(&word) {
            seen.push(word);
        }
    }
    seen
}

/// At and beside each amount; the number of a use is one more than the uses made.
fn numbers(leaves: &[&Leaf]) -> Vec<Value> {
    let mut numbers = vec![0];
    for leaf in leaves {
        if let Limit::Quantity { amount, .. } = leaf.limit {
            let below = [amount.saturating_sub(2), amount.saturating_sub(1)];
            numbers.extend(below.into_iter().chain([amount, amount.saturating_add(1)]));
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers.into_iter().map(Value::Number).collect()
}
