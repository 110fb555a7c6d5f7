//! The clauses of a policy in plain words, each with how it is enforced (策略说明). TC609-6-2025-15 §7.2.2.3 h. Every pointer that a decision names
//! stands in the list. Pure.

#[cfg(test)]
mod tests;

use serde_json::Value;
use xinyu_protocol::text::Text;

use crate::action::{Action, Enforcement, Timing};
use crate::operand::{Limit, Operand, Period, Sense, civil_text, clock_text};
use crate::operator::Operator;
use crate::policy::{Constraint, Duty, Leaf, Policy, Rule, RuleKind};

/// One clause for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// JSON pointer into the source; the same that reasons of a decision name.
    pub pointer: String,
    /// What it says.
    pub text: Text,
    /// How it is enforced.
    pub enforcement: Enforcement,
}

/// Every clause, in the order of the rules: of each rule first the rule itself, then its constraints, its duties, and what a breach costs. What
/// all rules share comes last: the end of the contract, and that what is not permitted is refused. Every pointer that a decision names stands
/// here, once.
#[must_use]
pub fn explain(policy: &Policy) -> Vec<Clause> {
    let default = Clause {
        pointer: policy.root.clone(),
        text: Text::new("合约没有允许的，一律拒绝", "what the contract does not allow is refused"),
        enforcement: Enforcement::Technical,
    };
    let of_rules = policy.rules.iter().flat_map(of_rule);
    let is_own = |clause: &Clause| policy.rules.iter().any(|rule| clause.pointer.starts_with(&rule.pointer));
    let (own, shared): (Vec<_>, Vec<_>) = of_rules.partition(is_own);
    let mut clauses: Vec<Clause> = Vec::new();
    for clause in own.into_iter().chain(shared).chain([default]) {
        if !clauses.iter().any(|other| other.pointer == clause.pointer) {
            clauses.push(clause);
        }
    }
    clauses
}

fn of_rule(rule: &Rule) -> Vec<Clause> {
    let mut clauses = vec![head(rule)];
    for constraint in &rule.constraints {
        of_constraint(rule, constraint, None, &mut clauses);
    }
    if rule.kind != RuleKind::Obligation {
        clauses.extend(rule.duties.iter().map(|duty| of_duty(duty, duty_text(duty))));
    }
    let on_breach = |duty| of_duty(duty, demand(duty, "违反时", "on a breach"));
    clauses.extend(rule.consequences.iter().map(on_breach));
    clauses
}

/// A condition, and below a group each of its parts. `choice` is said of a part that need not hold by itself.
fn of_constraint(rule: &Rule, constraint: &Constraint, choice: Option<(&str, &str)>, clauses: &mut Vec<Clause>) {
    let text = rule_condition(rule, constraint);
    let text = match choice {
        Some((zh, en)) => Text::new(format!("{}（{zh}）", text.zh), format!("{} ({en})", text.en)),
        None => text,
    };
    clauses.push(Clause { pointer: constraint.pointer().to_owned(), text, enforcement: constraint.enforcement() });
    let (parts, choice) = match constraint {
        Constraint::Leaf(_) => return,
        Constraint::And(_, parts) => (parts, choice),
        Constraint::Or(_, parts) => (parts, Some(("满足其一即可", "one of several is enough"))),
        Constraint::Xone(_, parts) => (parts, Some(("只能满足其一", "exactly one of several"))),
    };
    for part in parts {
        of_constraint(rule, part, choice, clauses);
    }
}

/// A prohibition applies under its conditions, a permission holds under them.
fn rule_condition(rule: &Rule, constraint: &Constraint) -> Text {
    if rule.kind == RuleKind::Permission {
        return condition(constraint, Sense::Permit);
    }
    let text = condition(constraint, Sense::Forbid);
    Text::new(format!("适用条件：{}", text.zh), format!("applies when {}", text.en))
}

fn of_duty(duty: &Duty, text: Text) -> Clause {
    Clause { pointer: duty.clause.clone(), text, enforcement: duty.action.enforcement() }
}

fn head(rule: &Rule) -> Clause {
    let labels: Vec<_> = rule.actions.iter().map(|action| action.label()).collect();
    let actions = join(&labels, "、", ", ");
    let mut text = match rule.kind {
        RuleKind::Permission => Text::new(format!("只允许「{}」", actions.zh), format!("may only {}", actions.en)),
        RuleKind::Prohibition => Text::new(format!("禁止「{}」", actions.zh), format!("must not {}", actions.en)),
        RuleKind::Obligation => {
            let duties: Vec<_> = rule.duties.iter().map(duty_text).collect();
            join(&duties, "；", "; ")
        }
    };
    if !rule.products.is_empty() {
        let products = rule.products.join(", ");
        text = Text::new(format!("{}（数据产品 {products}）", text.zh), format!("{} (product {products})", text.en));
    }
    if let Some(assignee) = &rule.parties.assignee {
        let nodes: Vec<_> = rule.parties.assigner.iter().chain([assignee]).map(String::as_str).collect();
        let nodes = nodes.join(", ");
        text = Text::new(format!("{}，限于 {nodes}", text.zh), format!("{}, at {nodes} only", text.en));
    }
    Clause { pointer: rule.pointer.clone(), text, enforcement: own_enforcement(rule) }
}

/// Of the rule without its constraints, which are clauses of their own.
fn own_enforcement(rule: &Rule) -> Enforcement {
    match rule.kind {
        RuleKind::Permission => Enforcement::Technical,
        RuleKind::Prohibition | RuleKind::Obligation => {
            rule.actions.iter().map(|action| action.enforcement()).max().unwrap_or(Enforcement::Technical)
        }
    }
}

fn duty_text(duty: &Duty) -> Text {
    let (zh, en) = match duty.timing {
        Timing::Before => ("使用前", "before the use"),
        Timing::During => ("使用时", "during the use"),
        Timing::After => ("使用后", "after the use"),
    };
    demand(duty, zh, en)
}

/// What is to be done on an occasion.
fn demand(duty: &Duty, zh: &str, en: &str) -> Text {
    let label = duty.action.label();
    let deleted = deletion(duty);
    let is_deletion = deleted.is_some();
    let mut text = deleted.unwrap_or_else(|| Text::new(format!("{zh}须{}", label.zh), format!("{en}: {}", label.en)));
    if !is_deletion && let Some(details) = details(duty) {
        text = Text::new(format!("{}（{}）", text.zh, details.zh), format!("{} ({})", text.en, details.en));
    }
    if !duty.constraints.is_empty() {
        let conditions: Vec<_> = duty.constraints.iter().map(|part| condition(part, Sense::Forbid)).collect();
        let when = join(&conditions, "，", ", ");
        text = Text::new(format!("{}，条件：{}", text.zh, when.zh), format!("{}, when {}", text.en, when.en));
    }
    text
}

/// To delete on the occasion that the contract itself brings about; with nothing more said of it.
fn deletion(duty: &Duty) -> Option<Text> {
    let parameters = duty.parameters.as_object().filter(|members| members.len() == 1)?;
    match (duty.action, parameters.get("after")?.as_str()?) {
        (Action::Delete, "count") => {
            Some(Text::new("使用次数用尽后删除全部副本", "when the uses are made: delete every copy"))
        }
        (Action::Delete, "expiry") => Some(Text::new("到期后删除全部副本", "on expiry: delete every copy")),
        _ => None,
    }
}

/// The parameters of a duty; those that we do not give a meaning to are shown as they are.
fn details(duty: &Duty) -> Option<Text> {
    let parameters = duty.parameters.as_object()?;
    let texts: Vec<_> = parameters
        .iter()
        .map(|(name, value)| {
            let word = plain(value);
            match (duty.action, name.as_str(), word.as_str()) {
                (Action::Delete, "after", "count") => Text::new("次数用完后", "when the uses are made"),
                (Action::Delete, "after", "expiry") => Text::new("到期后", "on expiry"),
                (Action::Desensitize | Action::Anonymize, "method", "mask") => Text::new("遮盖", "masked"),
                (Action::Desensitize | Action::Anonymize, "method", "hash") => Text::new("哈希", "hashed"),
                (Action::Desensitize | Action::Anonymize, "method", "generalize") => Text::new("泛化", "generalised"),
                (Action::Desensitize | Action::Anonymize, "fields", _) => {
                    Text::new(format!("字段 {word}"), format!("fields {word}"))
                }
                (_, "payAmount" | "value", _) => Text::new(word.clone(), word.clone()),
                _ => Text::new(format!("{name}：{word}"), format!("{name}: {word}")),
            }
        })
        .collect();
    (!texts.is_empty()).then(|| join(&texts, "，", ", "))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn condition(constraint: &Constraint, sense: Sense) -> Text {
    let all = |parts: &[Constraint]| {
        let texts: Vec<_> = parts.iter().map(|part| condition(part, sense)).collect();
        join(&texts, "；", "; ")
    };
    match constraint {
        Constraint::Leaf(leaf) => comparison(leaf, sense),
        Constraint::And(_, parts) => {
            let parts = all(parts);
            Text::new(format!("同时满足（{}）", parts.zh), format!("all of ({})", parts.en))
        }
        Constraint::Or(_, parts) => {
            let parts = all(parts);
            Text::new(format!("至少满足其一（{}）", parts.zh), format!("at least one of ({})", parts.en))
        }
        Constraint::Xone(_, parts) => {
            let parts = all(parts);
            Text::new(format!("只满足其一（{}）", parts.zh), format!("exactly one of ({})", parts.en))
        }
    }
}

fn comparison(leaf: &Leaf, sense: Sense) -> Text {
    let label = leaf.operand.label();
    let how = leaf.operator.label();
    let is_about_time = matches!(leaf.operand, Operand::Time | Operand::TimeWindow);
    match &leaf.limit {
        Limit::Moment(moment) if is_about_time => {
            let (first, last) = (civil_text(moment.first), civil_text(moment.last));
            let (zh, en) = match leaf.operator {
                Operator::Lt => (format!("早于 {first}"), format!("before {first}")),
                Operator::Lteq => (format!("不晚于 {last}"), format!("not after {last}")),
                Operator::Gt => (format!("晚于 {last}"), format!("after {last}")),
                Operator::Gteq => (format!("不早于 {first}"), format!("not before {first}")),
                Operator::Neq | Operator::IsNoneOf => {
                    (format!("不在 {first} 至 {last} 内"), format!("outside {first} to {last}"))
                }
                _ => (format!("在 {first} 至 {last} 内"), format!("within {first} to {last}")),
            };
            Text::new(format!("使用时间{zh}"), format!("time of use {en} (China standard time)"))
        }
        Limit::Period(period) if leaf.counts_uses => {
            let length = length(period);
            Text::new(format!("使用次数按 {} 统计", length.zh), format!("uses are counted within {}", length.en))
        }
        Limit::Period(period) => {
            let how = if matches!(leaf.operator, Operator::Gt | Operator::Gteq) { how } else { Operator::Lteq.label() };
            let length = length(period);
            Text::new(
                format!("自首次使用起{} {}", how.zh, length.zh),
                format!("{} {} from the first use", how.en, length.en),
            )
        }
        Limit::Hours { from, to } => {
            let hours = format!("{}-{}", clock_text(*from), clock_text(*to));
            let is_outside = matches!(leaf.operator, Operator::Neq | Operator::IsNoneOf);
            let (zh, en) = if is_outside { ("不在", "outside") } else { ("在", "within") };
            Text::new(
                format!("使用时间{zh}每天 {hours} 内"),
                format!("time of use {en} {hours} every day (China standard time)"),
            )
        }
        Limit::Quantity { amount, .. } => quantity(leaf, *amount, sense),
        Limit::Words(words) => {
            let words: Vec<_> = words.iter().map(|word| word_text(leaf.operand, word)).collect();
            let words = join(&words, "、", ", ");
            if sense == Sense::Permit && is_choice(leaf.operator) {
                return Text::new(
                    format!("仅限{}：{}", label.zh, words.zh),
                    format!("only this {}: {}", label.en, words.en),
                );
            }
            Text::new(format!("{}{} {}", label.zh, how.zh, words.zh), format!("{}: {} {}", label.en, how.en, words.en))
        }
        Limit::Rows(expression) => {
            Text::new(format!("仅限满足 {expression} 的行"), format!("only rows where {expression}"))
        }
        Limit::Money(amount) => Text::new(format!("须支付 {amount}"), format!("{amount} is to be paid")),
        Limit::Moment(_) => Text::new(label.zh, label.en),
    }
}

fn quantity(leaf: &Leaf, amount: u64, sense: Sense) -> Text {
    let label = leaf.operand.label();
    let how = match (leaf.operand, leaf.operator) {
        // See `operand/count.rs`.
        (Operand::Count | Operand::Frequency, Operator::Eq) if sense == Sense::Permit => Operator::Lteq.label(),
        (_, operator) => operator.label(),
    };
    let (unit_zh, unit_en) = match leaf.operand {
        Operand::Count | Operand::Frequency => ("次", "uses"),
        Operand::DataSize => ("字节", "bytes"),
        _ => ("条", "records"),
    };
    let (window_zh, window_en) = match &leaf.window {
        Some(window) => (window.zh(), format!(" within {}", length(window).en)),
        None => (String::new(), String::new()),
    };
    Text::new(
        format!("{}{window_zh}{} {amount} {unit_zh}", label.zh, how.zh),
        format!("{}: {} {amount} {unit_en}{window_en}", label.en, how.en),
    )
}

/// See `operand/words.rs`: these four are used alike.
fn is_choice(operator: Operator) -> bool {
    matches!(operator, Operator::Eq | Operator::IsA | Operator::IsAnyOf | Operator::IsPartOf)
}

/// `P1DT12H` as 1 天 12 小时; what cannot be said so, as it is written.
pub(crate) fn length(period: &Period) -> Text {
    let written = period.as_str();
    spoken(written).unwrap_or_else(|| Text::new(written, written))
}

fn spoken(iso: &str) -> Option<Text> {
    let whole = iso.strip_prefix('P')?;
    let (date, time) = whole.split_once('T').unwrap_or((whole, ""));
    let dates = [('Y', "年", "year"), ('M', "个月", "month"), ('W', "周", "week"), ('D', "天", "day")];
    let times = [('H', "小时", "hour"), ('M', "分钟", "minute"), ('S', "秒", "second")];
    let mut words = Vec::new();
    for (text, units) in [(date, &dates[..]), (time, &times[..])] {
        for part in text.split_inclusive(|c: char| c.is_ascii_alphabetic()) {
            let letter = part.chars().next_back()?;
            let number: u64 = part.strip_suffix(letter)?.parse().ok()?;
            let (_, zh, en) = units.iter().find(|(own, ..)| *own == letter)?;
            let plural = if number == 1 { "" } else { "s" };
            words.push(Text::new(format!("{number} {zh}"), format!("{number} {en}{plural}")));
        }
    }
    (!words.is_empty()).then(|| join(&words, " ", " "))
}

fn word_text(operand: Operand, word: &str) -> Text {
    operand.code_label(word).unwrap_or_else(|| Text::new(word, word))
}

fn join(texts: &[Text], zh: &str, en: &str) -> Text {
    let in_zh: Vec<_> = texts.iter().map(|text| text.zh.as_str()).collect();
    let in_en: Vec<_> = texts.iter().map(|text| text.en.as_str()).collect();
    Text::new(in_zh.join(zh), in_en.join(en))
}
