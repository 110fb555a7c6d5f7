//! Smart clauses (智能条款) that run by themselves: what a contract's evidence makes of them. TC609-6-2025-14 §7.5 c, §7.6 c. Pure.
//!
//! The clauses of a contract are run over the entries of its log, in the order of the log, and over nothing else: whoever has the contract and the log
//! comes to the same result, on any machine, at any time. Counters follow what the consumer's connector recorded, as the settlement does. Time is what
//! the platform wrote in its own records: a party's clock moves nothing.

pub mod language;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_evidence::entry::Record;
use xinyu_protocol::tc609::contract::Contract;
use xinyu_protocol::tc609::metering::Meter;
use xinyu_protocol::tc609::smart_clause::{ClauseCharge, Consequence, Since, SmartClause};
use xinyu_protocol::tc609::version::RenewedBy;
use xinyu_protocol::time;

use crate::contract::version::renewal;
use crate::effect::{Draft, Effect};
use crate::fault::Rejection;
use crate::metering;
use language::{Fact, Kind};

/// A contract has at most so many.
pub const MOST: usize = 32;
/// A clause has its consequence at most so often.
const MOST_TIMES: u32 = 10_000;
/// No clause charges more: a hundred million yuan.
const MOST_FEN: i64 = 10_000_000_000;

/// The record by which the platform says that the moment of a clause has come.
pub const CLOCK: &str = "contract.clock";
/// The record by which the platform says that a later version of the contract is in force.
pub const VERSIONED: &str = "contract.version_filed";
/// The record by which the platform says that a clause had its consequence.
pub const FIRED: &str = "clause.fired";

/// Whose record an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Author {
    Platform,
    Consumer,
}

/// The events at which a clause can be looked at, and whose record tells of each. One line each.
const EVENTS: &[(&str, Author)] = &[
    ("contract.filed", Author::Platform),
    (CLOCK, Author::Platform),
    ("transfer.completed", Author::Consumer),
    ("usage.done", Author::Consumer),
    ("usage.refused", Author::Consumer),
    ("usage.stopped", Author::Consumer),
    ("usage.failed", Author::Consumer),
    ("usage.destroyed", Author::Consumer),
];

/// The facts that expressions may name, besides lengths of time in seconds. One line each.
const FACTS: &[(&str, Kind)] = &[
    ("event", Kind::Word),
    ("deliveries", Kind::Number),
    ("rows", Kind::Number),
    ("bytes", Kind::Number),
    ("uses", Kind::Number),
    ("refused", Kind::Number),
    ("stopped", Kind::Number),
    ("fired", Kind::Number),
    ("now", Kind::Number),
    ("filed", Kind::Number),
    ("delivered", Kind::Number),
    ("ends", Kind::Number),
    ("minute", Kind::Number),
    ("hour", Kind::Number),
    ("day", Kind::Number),
];

/// The names of the facts, for people who write a clause.
#[must_use]
pub fn facts() -> Vec<&'static str> {
    FACTS.iter().map(|(name, _)| *name).collect()
}

/// The names of the events, for people who write a clause.
#[must_use]
pub fn events() -> Vec<&'static str> {
    EVENTS.iter().map(|(kind, _)| *kind).collect()
}

/// What clauses need to know of their contract besides its log.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// The versions of the contract, each from its filing on.
    pub editions: &'a [Edition<'a>],
    /// The provider's connector, which may refuse a renewal.
    pub provider: &'a str,
    /// The consumer's connector, whose records count.
    pub consumer: &'a str,
    /// The platform, whose clock counts.
    pub platform: &'a str,
}

/// What one version of the contract says.
#[derive(Clone, Copy, Debug)]
pub struct Edition<'a> {
    /// Which version, from 1.
    pub number: u32,
    /// Its clauses as signed.
    pub clauses: &'a [SmartClause],
    /// When the contract ends by it.
    pub ends_at: Option<Timestamp>,
}

impl<'a> Edition<'a> {
    /// Of a version.
    #[must_use]
    pub fn of(contract: &'a Contract) -> Self {
        Self {
            number: contract.version(),
            clauses: &contract.expansion_item.smart_clauses,
            ends_at: time::parse_compact(&contract.indate).ok(),
        }
    }
}

impl<'a> Basis<'a> {
    /// The version that is in force where the clauses stand.
    fn edition(&self, state: &State) -> Edition<'a> {
        let number = state.version.max(1);
        let none = Edition { number, clauses: &[], ends_at: None };
        self.editions.iter().find(|edition| edition.number == number).copied().unwrap_or(none)
    }
}

/// Where the clauses of a contract stand after some entries of its log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The position of the last entry that was taken.
    pub position: Option<u64>,
    /// The version whose filing was taken last; none for the first.
    #[serde(default)]
    pub version: u32,
    /// What was counted.
    pub meter: Meter,
    /// The platform's time.
    pub now: Option<Timestamp>,
    /// When the contract was filed.
    pub filed_at: Option<Timestamp>,
    /// When the first delivery was acknowledged, by the platform's time.
    pub delivered_at: Option<Timestamp>,
    /// How often each clause had its consequence.
    pub fired: BTreeMap<String, u32>,
    /// The clauses whose moment has come.
    pub elapsed: Vec<String>,
    /// What was charged.
    pub charges: Vec<ClauseCharge>,
    /// The clause that has ended the contract, if one has.
    #[serde(default)]
    pub ended_by: Option<String>,
    /// What keeps the contract from renewing itself: a freeze, an end that was filed, open disputes and declarations of a breach.
    #[serde(default)]
    pub holds: BTreeSet<String>,
    /// The record by which a party has refused the renewal of the version in force.
    #[serde(default)]
    pub renewal_refused: Option<String>,
    /// Whether the contract is over: its data is destroyed, or the platform has said so. Nothing follows any more.
    #[serde(default)]
    pub is_over: bool,
}

impl State {
    /// What a clause has charged in all.
    #[must_use]
    pub fn charged_by(&self, clause: &str) -> u64 {
        let own = self.charges.iter().filter(|charge| charge.clause == clause);
        own.fold(0, |sum, charge| sum.saturating_add(charge.fen))
    }
}

/// One consequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// Which clause.
    pub clause: String,
    /// The record of evidence at which it was looked at.
    pub record: String,
    /// What is charged, if something is.
    pub charge: Option<ClauseCharge>,
    /// What renews the contract, if it does.
    pub renewal: Option<RenewedBy>,
}

impl Fired {
    /// Whether the contract ends by it.
    #[must_use]
    pub fn is_end(&self) -> bool {
        self.charge.is_none() && self.renewal.is_none()
    }
}

/// Checks clauses before they are offered or signed.
///
/// # Errors
/// Names the clause, its member and what is wrong.
pub fn check(clauses: &[SmartClause]) -> Result<(), Rejection> {
    if clauses.len() > MOST {
        return Err(wrong("", format!("智能条款至多 {MOST} 条"), format!("there may be {MOST} smart clauses")));
    }
    for (index, clause) in clauses.iter().enumerate() {
        check_one(clause)?;
        if clauses.iter().take(index).any(|other| other.id == clause.id) {
            return Err(wrong(&clause.id, "名称重复".to_owned(), "the name stands there twice".to_owned()));
        }
        let renews = |clause: &SmartClause| matches!(clause.then, Consequence::Renew { .. });
        if renews(clause) && clauses.iter().take(index).any(renews) {
            let (zh, en) = ("一份合约至多一条自动续签条款", "a contract renews itself by one clause at the most");
            return Err(wrong(&clause.id, zh.to_owned(), en.to_owned()));
        }
    }
    Ok(())
}

fn wrong(id: &str, zh: String, en: String) -> Rejection {
    Rejection::bad("smart-clause", format!("智能条款 {id}：{zh}"), format!("smart clause {id}: {en}"))
        .clause("TC609-6-2025-14 §7.6 c")
}

fn check_one(clause: &SmartClause) -> Result<(), Rejection> {
    let id = clause.id.as_str();
    let is_name = (1..=40).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !is_name {
        return Err(wrong(
            id,
            "id 应为 1–40 个小写字母、数字或连字符".to_owned(),
            "its id must be 1 to 40 lower-case letters, digits or hyphens".to_owned(),
        ));
    }
    if let Some(kind) = clause.on.iter().find(|kind| !EVENTS.iter().any(|(known, _)| known == kind)) {
        let known = events().join(", ");
        return Err(wrong(
            id,
            format!("没有事件「{kind}」，可用：{known}"),
            format!("there is no event {kind}; there are {known}"),
        ));
    }
    if let Consequence::Renew { by, notice } = &clause.then {
        check_renewal(clause, by, notice)?;
    } else if clause.on.is_empty() && clause.after.is_none() {
        return Err(wrong(
            id,
            "没有触发时机：请给出 on 或 after".to_owned(),
            "it is never looked at: give on or after".to_owned(),
        ));
    }
    if let Some(after) = &clause.after {
        time::parse_duration(&after.period).map_err(|error| {
            wrong(
                id,
                format!("after.period「{}」不是时长：{error}", after.period),
                format!("after.period {} is no duration: {error}", after.period),
            )
        })?;
    }
    if clause.times == 0 || clause.times > MOST_TIMES {
        return Err(wrong(id, format!("times 应为 1–{MOST_TIMES}"), format!("times must be from 1 to {MOST_TIMES}")));
    }
    language::read(&clause.when, Kind::Truth, FACTS)
        .map_err(|text| wrong(id, format!("when：{}", text.zh), format!("when: {}", text.en)))?;
    if let Consequence::Charge { from, to, fen } = &clause.then {
        if from == to {
            return Err(wrong(
                id,
                "付款方与收款方相同".to_owned(),
                "who pays and who receives are the same".to_owned(),
            ));
        }
        language::read(fen, Kind::Number, FACTS)
            .map_err(|text| wrong(id, format!("fen：{}", text.zh), format!("fen: {}", text.en)))?;
    }
    Ok(())
}

/// A renewal is looked at when its period of notice begins, and at nothing else.
fn check_renewal(clause: &SmartClause, by: &str, notice: &str) -> Result<(), Rejection> {
    let id = clause.id.as_str();
    if !clause.on.is_empty() || clause.after.is_some() {
        return Err(wrong(
            id,
            "自动续签只在通知期开始时判断，不能有 on 或 after".to_owned(),
            "a renewal is looked at when its notice begins: it has neither on nor after".to_owned(),
        ));
    }
    for (name, period) in [("by", by), ("notice", notice)] {
        let epoch = Timestamp::UNIX_EPOCH;
        let span = time::parse_duration(period).and_then(|span| time::add(epoch, &span));
        if span.is_ok_and(|at| at > epoch) {
            continue;
        }
        return Err(wrong(
            id,
            format!("then.{name}「{period}」应为大于零的时长，如 P30D"),
            format!("then.{name} {period} must be a duration above zero, such as P30D"),
        ));
    }
    Ok(())
}

/// Takes one entry of the contract's log. An entry that was taken before changes nothing.
#[must_use]
pub fn step(basis: &Basis<'_>, mut state: State, position: u64, record: &Record) -> (State, Vec<Fired>) {
    if state.position.is_some_and(|taken| position <= taken) {
        return (state, Vec::new());
    }
    state.position = Some(position);
    let by_platform = record.actor == basis.platform;
    let by_consumer = record.actor == basis.consumer && !state.is_over;
    if by_platform {
        state.now = state.now.max(Some(record.at));
        if record.kind == "contract.filed" {
            state.filed_at.get_or_insert(record.at);
        }
        if record.kind == VERSIONED
            && let Some(number) = record.facts.get("version").and_then(Value::as_u64)
        {
            // Its renewal is decided anew, by its own end.
            for clause in basis.edition(&state).clauses.iter().filter(|clause| is_renewal(clause)) {
                state.elapsed.retain(|elapsed| *elapsed != clause.id);
            }
            state.renewal_refused = None;
            state.version = u32::try_from(number).unwrap_or(state.version);
        }
        if record.kind == CLOCK
            && let Some(clause) = record.facts.get("clause").and_then(Value::as_str)
        {
            state.elapsed.push(clause.to_owned());
        }
    }
    hold(basis, &mut state, record);
    if by_consumer {
        state.meter = metering::count(state.meter, &record.kind, &|name| record.facts.get(name)?.as_u64());
        if record.kind == "transfer.completed" {
            state.delivered_at = state.delivered_at.or(state.now);
        }
    }
    let is_event = EVENTS.iter().any(|(kind, author)| {
        *kind == record.kind
            && match author {
                Author::Platform => by_platform,
                Author::Consumer => by_consumer,
            }
    });
    let mut fired = Vec::new();
    for clause in basis.edition(&state).clauses.iter().filter(|_| is_event) {
        if state.is_over || state.ended_by.is_some() || !is_looked_at(clause, record) {
            continue;
        }
        if let Some(one) = look(basis, &state, clause, record) {
            let times = state.fired.entry(clause.id.clone()).or_default();
            *times = times.saturating_add(1);
            state.charges.extend(one.charge.clone());
            if clause.then == Consequence::End {
                state.ended_by = Some(clause.id.clone());
            }
            fired.push(one);
        }
    }
    state.is_over |=
        (by_consumer && record.kind == "usage.destroyed") || (by_platform && record.kind == "contract.terminated");
    (state, fired)
}

fn is_renewal(clause: &SmartClause) -> bool {
    matches!(clause.then, Consequence::Renew { .. })
}

/// Keeps what stands in the way of a renewal.
fn hold(basis: &Basis<'_>, state: &mut State, record: &Record) {
    let by_platform = record.actor == basis.platform;
    let by_party = record.actor == basis.consumer || record.actor == basis.provider;
    let about = |what: &str| format!("{what}/{}", record.subject.as_deref().unwrap_or_default());
    match record.kind.as_str() {
        "contract.frozen" if by_platform => {
            state.holds.insert("freeze".to_owned());
        }
        "contract.unfrozen" if by_platform => {
            state.holds.remove("freeze");
        }
        "contract.voucher" if by_platform => {
            state.holds.insert("end".to_owned());
        }
        "dispute.opened" if by_party => {
            state.holds.insert(about("dispute"));
        }
        "dispute.settled" | "dispute.withdrawn" if by_party => {
            state.holds.remove(&about("dispute"));
        }
        "dispute.decided" if by_platform => {
            state.holds.remove(&about("dispute"));
        }
        "breach.claimed" if by_party => {
            state.holds.insert(about("breach"));
        }
        "breach.decided" if by_platform => {
            state.holds.remove(&about("breach"));
        }
        renewal::REFUSED if by_party => {
            state.renewal_refused.get_or_insert_with(|| record.id.clone());
        }
        _ => {}
    }
}

fn is_looked_at(clause: &SmartClause, record: &Record) -> bool {
    let is_own_moment =
        record.kind == CLOCK && record.facts.get("clause").and_then(Value::as_str) == Some(clause.id.as_str());
    is_own_moment || (record.kind != CLOCK && clause.on.contains(&record.kind))
}

fn look(basis: &Basis<'_>, state: &State, clause: &SmartClause, record: &Record) -> Option<Fired> {
    let times = state.fired.get(&clause.id).copied().unwrap_or_default();
    if times >= clause.times {
        return None;
    }
    let facts = values(basis, state, times, &record.kind);
    let is_met = language::read(&clause.when, Kind::Truth, FACTS).ok()?.run(&facts)?;
    if is_met != Fact::Truth(true) {
        return None;
    }
    let renewed = |record: &Record| RenewedBy { clause: clause.id.clone(), record: record.id.clone(), at: record.at };
    let renewal = match &clause.then {
        Consequence::Renew { .. } => {
            let is_open = state.holds.is_empty() && state.renewal_refused.is_none();
            let is_timely = basis.edition(state).ends_at.is_some_and(|end| record.at < end);
            if !is_open || !is_timely {
                return None;
            }
            Some(renewed(record))
        }
        _ => None,
    };
    let charge = match &clause.then {
        Consequence::End | Consequence::Renew { .. } => None,
        Consequence::Charge { from, to, fen } => {
            let Fact::Number(fen) = language::read(fen, Kind::Number, FACTS).ok()?.run(&facts)? else {
                return None;
            };
            let fen = u64::try_from(fen.min(MOST_FEN)).ok().filter(|fen| *fen > 0)?;
            Some(ClauseCharge { clause: clause.id.clone(), from: *from, to: *to, fen, record: record.id.clone() })
        }
    };
    Some(Fired { clause: clause.id.clone(), record: record.id.clone(), charge, renewal })
}

fn values(basis: &Basis<'_>, state: &State, times: u32, event: &str) -> Vec<(&'static str, Fact)> {
    let count = |value: u64| Fact::Number(i64::try_from(value).unwrap_or(i64::MAX));
    let moment = |at: Option<Timestamp>| Fact::Number(at.map_or(0, Timestamp::as_second));
    let meter = &state.meter;
    vec![
        ("event", Fact::Word(event.to_owned())),
        ("deliveries", count(meter.deliveries)),
        ("rows", count(meter.rows)),
        ("bytes", count(meter.bytes)),
        ("uses", count(meter.uses)),
        ("refused", count(meter.refused)),
        ("stopped", count(meter.stopped)),
        ("fired", count(u64::from(times))),
        ("now", moment(state.now)),
        ("filed", moment(state.filed_at)),
        ("delivered", moment(state.delivered_at)),
        ("ends", moment(basis.edition(state).ends_at)),
        ("minute", Fact::Number(60)),
        ("hour", Fact::Number(3_600)),
        ("day", Fact::Number(86_400)),
    ]
}

/// Runs the clauses over a whole log, from its beginning: what a third party does.
#[must_use]
pub fn replay<'r>(basis: &Basis<'_>, entries: impl Iterator<Item = (u64, &'r Record)>) -> (State, Vec<Fired>) {
    let mut all = Vec::new();
    let mut state = State::default();
    for (position, record) in entries {
        let (next, fired) = step(basis, state, position, record);
        state = next;
        all.extend(fired);
    }
    (state, all)
}

/// The next moment of a clause that has not come yet, and which clause it is. The platform then writes a record of kind [`CLOCK`].
#[must_use]
pub fn next_moment(clauses: &[SmartClause], ends_at: Option<Timestamp>, state: &State) -> Option<(Timestamp, String)> {
    if state.is_over || state.ended_by.is_some() {
        return None;
    }
    let moments = clauses.iter().filter(|clause| !state.elapsed.contains(&clause.id)).filter_map(|clause| {
        if is_renewal(clause) {
            let is_spent = state.fired.get(&clause.id).is_some_and(|fired| *fired >= clause.times);
            state.filed_at.filter(|_| !is_spent)?;
            let at = renewal::moment(renewal::of(std::slice::from_ref(clause))?, ends_at?)?;
            return Some((at, clause.id.clone()));
        }
        let after = clause.after.as_ref()?;
        let since = match after.since {
            Since::Filed => state.filed_at,
            Since::Delivered => state.delivered_at,
        }?;
        let at = time::add(since, &time::parse_duration(&after.period).ok()?).ok()?;
        Some((at, clause.id.clone()))
    });
    moments.min()
}

/// The record of a clause that had its consequence.
#[must_use]
pub fn told(space: &str, contract: &xinyu_protocol::id::ContractId, fired: &Fired) -> Effect {
    let draft =
        Draft::new(FIRED, space).contract(contract).subject(fired.clause.clone()).fact("at", fired.record.clone());
    if fired.renewal.is_some() {
        return Effect::Record(draft.fact("do", "renew"));
    }
    Effect::Record(match &fired.charge {
        Some(charge) => draft
            .fact("do", "charge")
            .fact("from", charge.from.name())
            .fact("to", charge.to.name())
            .fact("fen", charge.fen),
        None => draft.fact("do", "end"),
    })
}

#[cfg(test)]
mod tests;
