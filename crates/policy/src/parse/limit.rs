//! What both syntaxes share about constraints: one comparison, and what a list of them means together. Pure.

use serde_json::{Value, json};
use xinyu_protocol::text::Text;

use super::{ParseCode, Reader};
use crate::action::{Action, Timing};
use crate::operand::{Limit, Operand, Period};
use crate::operator::Operator;
use crate::policy::{Constraint, Duty, Leaf, RuleKind, leaves, required};

/// How deeply constraints may be nested.
pub(super) const MAX_DEPTH: usize = 16;

/// Builds a group of constraints from its pointer and parts.
type Group = fn(String, Vec<Constraint>) -> Constraint;

/// The words that make a group; ODRL's `andSequence` is read in ODRL only.
pub(super) const GROUPS: &[(&str, Group)] =
    &[("and", Constraint::And), ("or", Constraint::Or), ("xone", Constraint::Xone), ("andSequence", Constraint::And)];

/// The window of a `frequency` that names none: see `operand/frequency.rs`.
const DEFAULT_WINDOW: &str = "P1D";

/// Builds one comparison.
pub(super) fn leaf(
    reader: &mut Reader<'_>,
    pointer: &str,
    operand: Operand,
    operator: Operator,
    value: &Value,
) -> Option<Constraint> {
    let spec = operand.spec();
    if !spec.operators.contains(&operator) {
        let known = Operator::known(spec.operators);
        let text = Text::new(
            format!("运算符 {} 不适用于{}，可用：{known}", operator.name(), spec.zh),
            format!("operator {} means nothing for {}; known are {known}", operator.name(), spec.name),
        );
        reader.fail(pointer, ParseCode::UnfitOperator, text);
        return None;
    }
    match (spec.read)(value) {
        Ok(limit) => Some(Constraint::Leaf(Box::new(Leaf {
            pointer: pointer.to_owned(),
            operand,
            operator,
            value: value.clone(),
            limit,
            window: None,
            counts_uses: false,
        }))),
        Err(text) => {
            let text = Text::new(format!("{}：{}", spec.zh, text.zh), format!("{}: {}", spec.name, text.en));
            reader.fail(pointer, ParseCode::BadValue, text);
            None
        }
    }
}

/// Says that an operator is not known.
pub(super) fn unknown_operator(reader: &mut Reader<'_>, pointer: &str, value: &Value) {
    let known = Operator::known(Operator::ALL);
    let text = Text::new(
        format!("不认识的运算符 {value}，可用：{known}"),
        format!("operator {value} is not known; known are {known}"),
    );
    reader.fail(pointer, ParseCode::UnknownOperator, text);
}

/// Says that an operand is not known.
pub(super) fn unknown_operand(reader: &mut Reader<'_>, pointer: &str, name: &str) {
    let known = Operand::known();
    let text = Text::new(
        format!("不认识的约束名称 {name}，可用：{known}"),
        format!("operand {name} is not known; known are {known}"),
    );
    reader.fail(pointer, ParseCode::UnknownOperand, text);
}

/// Says that an action is not known.
pub(super) fn unknown_action(reader: &mut Reader<'_>, pointer: &str, name: &str) {
    let known = Action::known();
    let text = Text::new(
        format!("不认识的操作行为 {name}，可用：{known}"),
        format!("action {name} is not known; known are {known}"),
    );
    reader.fail(pointer, ParseCode::UnknownAction, text);
}

/// Gives the constraints of one rule their meaning together: windows to counts, prices to duties, and refuses a row filter where nobody could
/// apply it.
pub(super) fn settle(
    reader: &mut Reader<'_>,
    kind: RuleKind,
    constraints: &mut Vec<Constraint>,
    duties: &mut Vec<Duty>,
) {
    check_filters(reader, kind, constraints);
    if kind == RuleKind::Permission {
        take_prices(constraints, duties);
    }
    bind_windows(constraints, None);
}

/// A row filter is applied by whoever hands out the rows: that needs a permission in which it holds without alternative.
fn check_filters(reader: &mut Reader<'_>, kind: RuleKind, constraints: &[Constraint]) {
    let applied = if kind == RuleKind::Permission { required(constraints) } else { Vec::new() };
    for leaf in leaves(constraints) {
        let is_applied = applied.iter().any(|other| std::ptr::eq(*other, leaf));
        if leaf.operand == Operand::ValueExpression && !is_applied {
            let text = Text::new(
                "数据筛选条件只能作为允许策略中必须满足的约束；要排除某些数据，请在允许策略中写相反的条件",
                "a row filter stands only in a permission, among what has to hold; to exclude rows, permit those of the opposite condition",
            );
            reader.fail(&leaf.pointer, ParseCode::Misplaced, text);
        }
    }
}

/// Moves prices that have to be paid out of the constraints and into the duties before the use.
fn take_prices(constraints: &mut Vec<Constraint>, duties: &mut Vec<Duty>) {
    constraints.retain_mut(|constraint| match constraint {
        Constraint::Leaf(leaf) => match &leaf.limit {
            Limit::Money(amount) => {
                duties.push(Duty {
                    action: Action::Compensate,
                    timing: Timing::Before,
                    parameters: json!({ Operand::PayAmount.name(): amount }),
                    clause: leaf.pointer.clone(),
                    constraints: Vec::new(),
                });
                false
            }
            _ => true,
        },
        Constraint::And(_, parts) => {
            take_prices(parts, duties);
            !parts.is_empty()
        }
        Constraint::Or(..) | Constraint::Xone(..) => true,
    });
}

/// Finds over which time each count counts: the time that its own value names, else the shortest `timeWindow` of the same conjunction, else
/// that of the conjunction around it.
fn bind_windows(constraints: &mut [Constraint], outer: Option<&Period>) {
    let own = counting_window(constraints);
    let window = own.as_ref().or(outer);
    each_required(constraints, &mut |leaf| match (&leaf.limit, leaf.operand) {
        (Limit::Quantity { window: named, .. }, Operand::Count | Operand::Frequency) => {
            leaf.window = named.clone().or_else(|| window.cloned());
            if leaf.operand == Operand::Frequency && leaf.window.is_none() {
                leaf.window = Period::parse(DEFAULT_WINDOW);
            }
        }
        (Limit::Period(period), Operand::TimeWindow) => leaf.counts_uses = own.as_ref() == Some(period),
        _ => {}
    });
    each_alternative(constraints, &mut |part| bind_windows(std::slice::from_mut(part), window));
}

/// The shortest window that stands in this conjunction, if something in it counts uses and names no other window.
fn counting_window(constraints: &[Constraint]) -> Option<Period> {
    let windows =
        required(constraints).into_iter().filter_map(|leaf| match (&leaf.limit, leaf.operand, leaf.operator) {
            (_, _, Operator::Gt | Operator::Gteq | Operator::Neq | Operator::IsNoneOf) => None,
            (Limit::Period(period), Operand::TimeWindow, _) => Some(period),
            _ => None,
        });
    let shortest = windows.min_by_key(|period| period.approximate_seconds())?;
    let counts = leaves(constraints).into_iter().any(|leaf| match (&leaf.limit, leaf.operand) {
        (Limit::Quantity { window, .. }, Operand::Count | Operand::Frequency) => {
            window.as_ref().is_none_or(|window| window == shortest)
        }
        _ => false,
    });
    counts.then(|| shortest.clone())
}

fn each_required(constraints: &mut [Constraint], change: &mut dyn FnMut(&mut Leaf)) {
    for constraint in constraints {
        match constraint {
            Constraint::Leaf(leaf) => change(leaf),
            Constraint::And(_, parts) => each_required(parts, change),
            Constraint::Or(..) | Constraint::Xone(..) => {}
        }
    }
}

fn each_alternative(constraints: &mut [Constraint], change: &mut dyn FnMut(&mut Constraint)) {
    for constraint in constraints {
        match constraint {
            Constraint::Leaf(_) => {}
            Constraint::And(_, parts) => each_alternative(parts, change),
            Constraint::Or(_, parts) | Constraint::Xone(_, parts) => parts.iter_mut().for_each(&mut *change),
        }
    }
}
