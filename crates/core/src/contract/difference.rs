//! How one round of a negotiation differs from another, clause by clause, in words. TC609-6-2025-14 §7.3 a (合约修订); TC609-6-2025-15 §7.1.3 a. Pure.
//!
//! Both are read by the policy engine and compared as it understands them: what is only written otherwise is no difference. What it does not read, or
//! finds no words for, is still said to differ.

#[cfg(test)]
mod tests;

use serde_json::Value;
use xinyu_policy::{Constraint, Duty, Leaf, Limit, OdrlIds, OdrlKind, Operand, Policy, Rule, explain, parse_value};
use xinyu_protocol::api::negotiation::DifferenceInfo;
use xinyu_protocol::tc609::contract::{Contract, Revenue};
use xinyu_protocol::tc609::countersigning::ServiceParty;
use xinyu_protocol::tc609::negotiation::ProposedTerms;
use xinyu_protocol::tc609::smart_clause::SmartClause;
use xinyu_protocol::text::Text;
use xinyu_protocol::time;

use crate::event::yuan;
use crate::listing::policy_document;

/// The differences of two terms: policies first, then price, shares and term. None if and only if they say the same.
#[must_use]
pub fn of_terms(before: &ProposedTerms, after: &ProposedTerms) -> Vec<DifferenceInfo> {
    let mut found = of_policies(&policy_document(&before.policies), &policy_document(&after.policies));
    of_revenue(&before.revenue, &after.revenue, &mut found);
    if before.term != after.term {
        let (old, new) = (plain(&before.term), plain(&after.term));
        found.push(changed("/term", None, &Text::new("合约期限", "term of the contract"), old, new));
    }
    of_services(&before.service_parties, &after.service_parties, &mut found);
    found
}

/// Who serves the contract, by the connector that signs.
fn of_services(before: &[ServiceParty], after: &[ServiceParty], found: &mut Vec<DifferenceInfo>) {
    let at = |party: &ServiceParty| format!("/serviceParties/{}", party.connector_id);
    let say = |party: &ServiceParty| {
        let (name, id, service) = (&party.name, &party.connector_id, party.service.label());
        Text::new(
            format!("数据服务方 {name}（{id}），{}", service.zh),
            format!("service party {name} ({id}), {}", service.en),
        )
    };
    let others = |party: &ServiceParty, all: &[ServiceParty]| {
        all.iter().find(|other| other.connector_id == party.connector_id).cloned()
    };
    for party in after {
        match others(party, before) {
            None => found.push(added(&at(party), None, say(party))),
            Some(old) if old != *party => found.push(replaced(&at(party), None, say(&old), say(party))),
            Some(_) => {}
        }
    }
    for party in before.iter().filter(|party| others(party, after).is_none()) {
        found.push(removed(&at(party), None, say(party)));
    }
    let order = |all: &[ServiceParty]| all.iter().map(|party| party.connector_id.to_string()).collect::<Vec<_>>();
    let (old, new) = (order(before), order(after));
    let is_same_set = old.iter().all(|id| new.contains(id)) && old.len() == new.len();
    if is_same_set && old != new {
        let what = Text::new("数据服务方的次序", "order of the service parties");
        let (old, new) = (old.join(", "), new.join(", "));
        found.push(changed("/serviceParties", None, &what, plain(&old), plain(&new)));
    }
}

/// The differences of two versions of a contract.
#[must_use]
pub fn of_versions(before: &Contract, after: &Contract) -> Vec<DifferenceInfo> {
    let (old, new) = (super::version::terms(before, ""), super::version::terms(after, ""));
    let mut found = of_terms(&old, &new);
    if before.indate != after.indate {
        let say = |text: &str| plain(&time::parse_compact(text).map_or_else(|_| text.to_owned(), |at| at.to_string()));
        let what = Text::new("有效期", "end of the contract");
        found.push(changed("/indate", None, &what, say(&before.indate), say(&after.indate)));
    }
    let (old, new) = (&before.expansion_item.smart_clauses, &after.expansion_item.smart_clauses);
    let at = |id: &str| format!("/expansionItem/smartClauses/{id}");
    let say = |clause: &SmartClause| {
        let says = serde_json::to_string(&clause.then).unwrap_or_default();
        Text::new(
            format!("智能条款 {}：若 {} 则 {says}", clause.id, clause.when),
            format!("smart clause {}: if {} then {says}", clause.id, clause.when),
        )
    };
    for clause in new {
        match old.iter().find(|other| other.id == clause.id) {
            None => found.push(added(&at(&clause.id), None, say(clause))),
            Some(other) if other != clause => found.push(replaced(&at(&clause.id), None, say(other), say(clause))),
            Some(_) => {}
        }
    }
    for clause in old.iter().filter(|clause| !new.iter().any(|other| other.id == clause.id)) {
        found.push(removed(&at(&clause.id), None, say(clause)));
    }
    found
}

/// The differences of two policies, in either syntax.
#[must_use]
pub fn of_policies(before: &Value, after: &Value) -> Vec<DifferenceInfo> {
    if before == after {
        return Vec::new();
    }
    let whole = |zh: &str, en: &str| {
        vec![DifferenceInfo {
            kind: "changed".to_owned(),
            clause: String::new(),
            operand: None,
            text: Text::new(zh, en),
            before: None,
            after: None,
        }]
    };
    let (Ok(old), Ok(new)) = (parse_value(before), parse_value(after)) else {
        return whole(
            "策略不同，且含有本连接器不能解读的内容",
            "the policies differ, and not all of them can be read here",
        );
    };
    let found = Comparison { old: Told::new(&old), new: Told::new(&new), found: Vec::new() }.rules();
    if found.is_empty() && printed(&old) != printed(&new) {
        return whole("策略不同，请对照原文", "the policies differ: compare them as they stand");
    }
    found
}

/// A policy as the engine prints it, without what only orders it.
fn printed(policy: &Policy) -> Vec<String> {
    let printed = policy.to_odrl(OdrlKind::Set, &OdrlIds::default());
    let rules = ["permission", "prohibition", "obligation"].iter().filter_map(|kind| printed.get(kind)?.as_array());
    let mut rules: Vec<String> = rules.flatten().map(without_order).collect();
    rules.sort_unstable();
    rules
}

/// A rule as a text in which the order of its conditions and duties does not count.
fn without_order(value: &Value) -> String {
    match value {
        // One name by itself and a list of one say the same.
        Value::Array(items) if items.len() == 1 => items.iter().map(without_order).collect(),
        Value::Array(items) => {
            let mut items: Vec<String> = items.iter().map(without_order).collect();
            items.sort_unstable();
            format!("[{}]", items.join(","))
        }
        Value::Object(members) => {
            let mut members: Vec<String> =
                members.iter().map(|(name, value)| format!("{name}:{}", without_order(value))).collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

/// A policy with what is said of each of its places.
struct Told<'p> {
    policy: &'p Policy,
    texts: Vec<(String, Text)>,
}

impl<'p> Told<'p> {
    fn new(policy: &'p Policy) -> Self {
        let texts = explain(policy).into_iter().map(|clause| (clause.pointer, clause.text)).collect();
        Self { policy, texts }
    }

    fn at(&self, pointer: &str) -> Text {
        self.texts.iter().find(|(own, _)| own == pointer).map(|(_, text)| text.clone()).unwrap_or_default()
    }

    /// A rule with everything that belongs to it, as one sentence.
    fn whole(&self, rule: &Rule) -> Text {
        let own = self.texts.iter().filter(|(pointer, _)| is_within(pointer, &rule.pointer));
        join(&own.map(|(_, text)| text.clone()).collect::<Vec<_>>(), "；", "; ")
    }
}

fn is_within(pointer: &str, root: &str) -> bool {
    pointer.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

struct Comparison<'p> {
    old: Told<'p>,
    new: Told<'p>,
    found: Vec<DifferenceInfo>,
}

impl<'p> Comparison<'p> {
    /// Rules that speak of the same actions are one rule before and after; what is left over was added or removed.
    fn rules(mut self) -> Vec<DifferenceInfo> {
        let (old, new): (Vec<&'p Rule>, Vec<&'p Rule>) =
            (self.old.policy.rules.iter().collect(), self.new.policy.rules.iter().collect());
        let alike = |one: &&Rule, other: &&Rule| one.kind == other.kind && sorted(one) == sorted(other);
        let overlap = |one: &&Rule, other: &&Rule| {
            one.kind == other.kind && one.actions.iter().any(|action| other.actions.contains(action))
        };
        let (mut pairs, old, new) = paired(old, new, alike);
        let (more, old, new) = paired(old, new, overlap);
        pairs.extend(more);
        pairs.sort_by(|one, other| one.1.pointer.cmp(&other.1.pointer));
        for (before, after) in pairs {
            self.rule(before, after);
        }
        for rule in old {
            let text = self.old.whole(rule);
            self.found.push(removed(&rule.pointer, None, text));
        }
        for rule in new {
            let text = self.new.whole(rule);
            self.found.push(added(&rule.pointer, None, text));
        }
        self.found
    }

    fn rule(&mut self, before: &'p Rule, after: &'p Rule) {
        let (old, new) = (self.old.at(&before.pointer), self.new.at(&after.pointer));
        if old != new {
            self.found.push(replaced(&after.pointer, None, old, new));
        }
        self.constraints(before, after);
        self.duties(&before.duties, &after.duties);
        self.duties(&before.consequences, &after.consequences);
        if before.inherited != after.inherited {
            let say = |is| if is { Text::new("适用", "yes") } else { Text::new("不适用", "no") };
            let what = Text::new("派生数据适用本合约", "derived data stays under the contract");
            self.found.push(changed(&after.pointer, None, &what, say(before.inherited), say(after.inherited)));
        }
    }

    fn constraints(&mut self, before: &'p Rule, after: &'p Rule) {
        let (old, new): (Vec<_>, Vec<_>) = (before.constraints.iter().collect(), after.constraints.iter().collect());
        let told_old = |one: &Constraint| self.old.at(one.pointer());
        let told_new = |one: &Constraint| self.new.at(one.pointer());
        let is_same = |one: &&Constraint, other: &&Constraint| match (one, other) {
            (Constraint::Leaf(one), Constraint::Leaf(other)) => says_the_same(one, other),
            (Constraint::Leaf(_), _) | (_, Constraint::Leaf(_)) => false,
            _ => told_old(one) == told_new(other),
        };
        let (_, old, new) = paired(old, new, is_same);
        let is_other_value = |one: &&Constraint, other: &&Constraint| match (one, other) {
            (Constraint::Leaf(one), Constraint::Leaf(other)) => {
                one.operand == other.operand && one.operator == other.operator
            }
            _ => false,
        };
        let (values, old, new) = paired(old, new, is_other_value);
        let is_other_way = |one: &&Constraint, other: &&Constraint| match (one, other) {
            (Constraint::Leaf(one), Constraint::Leaf(other)) => one.operand == other.operand,
            (Constraint::Leaf(_), _) | (_, Constraint::Leaf(_)) => false,
            _ => true,
        };
        let (ways, old, new) = paired(old, new, is_other_way);
        let mut found = Vec::new();
        for (before, after) in values.into_iter().chain(ways) {
            found.push(match (before, after) {
                (Constraint::Leaf(before), Constraint::Leaf(after))
                    if before.operator == after.operator && before.window == after.window =>
                {
                    let (old, new) = (value(before), value(after));
                    changed(&after.pointer, Some(after.operand), &after.operand.label(), old, new)
                }
                _ => replaced(after.pointer(), operand_of(after), told_old(before), told_new(after)),
            });
        }
        found.extend(old.into_iter().map(|one| removed(one.pointer(), operand_of(one), told_old(one))));
        found.extend(new.into_iter().map(|one| added(one.pointer(), operand_of(one), told_new(one))));
        self.found.extend(found);
    }

    fn duties(&mut self, before: &'p [Duty], after: &'p [Duty]) {
        let (old, new): (Vec<&Duty>, Vec<&Duty>) = (before.iter().collect(), after.iter().collect());
        let (told_old, told_new) = (|one: &Duty| self.old.at(&one.clause), |one: &Duty| self.new.at(&one.clause));
        let (_, old, new) =
            paired(old, new, |one, other| one.action == other.action && told_old(one) == told_new(other));
        let (pairs, old, new) = paired(old, new, |one, other| one.action == other.action);
        let mut found: Vec<DifferenceInfo> = pairs
            .into_iter()
            .map(|(before, after)| replaced(&after.clause, None, told_old(before), told_new(after)))
            .collect();
        found.extend(old.into_iter().map(|one| removed(&one.clause, None, told_old(one))));
        found.extend(new.into_iter().map(|one| added(&one.clause, None, told_new(one))));
        // The duties of an obligation are its head, which is compared already.
        found.retain(|one| !self.found.iter().any(|other| other.clause == one.clause && other.text == one.text));
        self.found.extend(found);
    }
}

/// Pairs what belongs together, each once, in order; and what is left over of both.
fn paired<T: Copy>(old: Vec<T>, new: Vec<T>, belong: impl Fn(&T, &T) -> bool) -> (Vec<(T, T)>, Vec<T>, Vec<T>) {
    let (mut pairs, mut left, mut rest) = (Vec::new(), Vec::new(), new);
    for one in old {
        match rest.iter().position(|other| belong(&one, other)) {
            Some(position) => pairs.push((one, rest.remove(position))),
            None => left.push(one),
        }
    }
    (pairs, left, rest)
}

fn sorted(rule: &Rule) -> Vec<&'static str> {
    let mut actions: Vec<_> = rule.actions.iter().map(|action| action.code()).collect();
    actions.sort_unstable();
    actions
}

fn says_the_same(one: &Leaf, other: &Leaf) -> bool {
    one.operand == other.operand
        && one.operator == other.operator
        && one.limit == other.limit
        && one.window == other.window
        && one.counts_uses == other.counts_uses
}

fn operand_of(constraint: &Constraint) -> Option<Operand> {
    match constraint {
        Constraint::Leaf(leaf) => Some(leaf.operand),
        _ => None,
    }
}

/// What a comparison compares with, by itself.
fn value(leaf: &Leaf) -> Text {
    match (&leaf.limit, &leaf.value) {
        (Limit::Quantity { amount, .. }, _) => plain(&amount.to_string()),
        (Limit::Words(words), _) => Text::new(words.join("、"), words.join(", ")),
        (_, Value::String(text)) => plain(text),
        (_, other) => plain(&other.to_string()),
    }
}

fn of_revenue(before: &Revenue, after: &Revenue, found: &mut Vec<DifferenceInfo>) {
    let prices = [
        ("/revenue/baseFen", Text::new("基础费用", "base price"), before.base_fen, after.base_fen),
        ("/revenue/perUseFen", Text::new("每次使用费用", "price of each use"), before.per_use_fen, after.per_use_fen),
    ];
    for (at, what, old, new) in prices {
        if old != new {
            let say = |fen: u64| Text::new(format!("{} 元", yuan(fen)), format!("{} CNY", yuan(fen)));
            found.push(changed(at, None, &what, say(old), say(new)));
        }
    }
    if before.shares != after.shares {
        let say = |revenue: &Revenue| {
            let shares: Vec<_> =
                revenue.shares.iter().map(|share| format!("{} {}‰", share.participant_id, share.permille)).collect();
            Text::new(shares.join("、"), shares.join(", "))
        };
        let what = Text::new("收益分成", "shares");
        found.push(changed("/revenue/shares", None, &what, say(before), say(after)));
    }
}

fn plain(text: &str) -> Text {
    Text::new(text, text)
}

fn join(texts: &[Text], zh: &str, en: &str) -> Text {
    let in_zh: Vec<_> = texts.iter().map(|text| text.zh.as_str()).collect();
    let in_en: Vec<_> = texts.iter().map(|text| text.en.as_str()).collect();
    Text::new(in_zh.join(zh), in_en.join(en))
}

fn made(
    kind: &str,
    at: &str,
    operand: Option<Operand>,
    text: Text,
    before: Option<Text>,
    after: Option<Text>,
) -> DifferenceInfo {
    let operand = operand.map(|operand| operand.name().to_owned());
    DifferenceInfo { kind: kind.to_owned(), clause: at.to_owned(), operand, text, before, after }
}

/// 使用次数 从 100 改为 50.
fn changed(at: &str, operand: Option<Operand>, what: &Text, old: Text, new: Text) -> DifferenceInfo {
    let text = Text::new(
        format!("{} 从 {} 改为 {}", what.zh, old.zh, new.zh),
        format!("{}: from {} to {}", what.en, old.en, new.en),
    );
    made("changed", at, operand, text, Some(old), Some(new))
}

/// One sentence in place of another.
fn replaced(at: &str, operand: Option<Operand>, old: Text, new: Text) -> DifferenceInfo {
    let text = Text::new(
        format!("「{}」改为「{}」", old.zh, new.zh),
        format!("\u{201c}{}\u{201d} became \u{201c}{}\u{201d}", old.en, new.en),
    );
    made("changed", at, operand, text, Some(old), Some(new))
}

fn added(at: &str, operand: Option<Operand>, new: Text) -> DifferenceInfo {
    let text = Text::new(format!("新增：{}", new.zh), format!("added: {}", new.en));
    made("added", at, operand, text, None, Some(new))
}

fn removed(at: &str, operand: Option<Operand>, old: Text) -> DifferenceInfo {
    let text = Text::new(format!("删除：{}", old.zh), format!("removed: {}", old.en));
    made("removed", at, operand, text, Some(old), None)
}
