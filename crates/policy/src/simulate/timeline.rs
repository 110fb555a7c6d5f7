//! A stretch of typical use, one use after the other, each decided by [`crate::verify`] with what came before it: uses made, ever and in the window, and
//! the time of the first. As with a real contract only uses that are allowed count, duties before a use are done and the use is asked for again
//! (TC609-6-2025-15 §7.1.2.4 b), and when the agreed uses are made or the time is over the data is deleted and nothing is allowed any more.

use std::collections::BTreeMap;

use jiff::Timestamp;
use thiserror::Error;
use xinyu_protocol::api::policy::{CaseTable, PlannedUse, RefusalCount, Stretch, Tally, Timeline, Turn};
use xinyu_protocol::text::Text;
use xinyu_protocol::time;

use super::plan::Use;
use super::when::CHINA;
use super::{MOST_WORK, Told, Work, deciding, weight};
use crate::action::Action;
use crate::decision::{Decision, Verdict};
use crate::operand::{Period, civil_text};
use crate::policy::{Policy, RuleKind, required};
use crate::request::{Request, Requested, Used};
use crate::verify::verify;

/// How many uses are tried at most.
pub const MAX_STEPS: usize = 20_000;
/// The longest span.
const LONGEST_YEARS: i64 = 10;
/// More days than these are told by month.
const DAYS_TOLD: i64 = 62;
/// How many kinds of moments are told.
const MOST_TURNS: usize = 200;
/// How often duties before a use are done before it is given up.
const ROUNDS: usize = 8;

/// Why there is no timeline.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.text().en)]
pub enum TimelineError {
    /// The span is no length of time that can be looked at.
    Span(String),
    /// More uses than can be tried.
    TooManySteps,
    /// The policy is too large for so many uses.
    TooMuchWork,
}

impl TimelineError {
    /// For people.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Span(span) => Text::new(
                format!("推演的时长 {span} 应为至多 {LONGEST_YEARS} 年的 ISO 8601 时长，如 P1Y、P90D"),
                format!(
                    "span {span} is not an ISO 8601 length of time of at most {LONGEST_YEARS} years, such as P1Y or P90D"
                ),
            ),
            Self::TooManySteps => Text::new(
                format!("推演的使用超过 {MAX_STEPS} 次，请缩短时长或降低频次"),
                format!("more than {MAX_STEPS} uses would have to be tried: take a shorter span or fewer uses"),
            ),
            Self::TooMuchWork => Text::new(
                "策略过大，推演所需计算超过上限，请缩短时长或降低频次",
                "the policy is too large for so many uses: take a shorter span or fewer uses",
            ),
        }
    }
}

/// What the uses would come to, from a time on and for a span (`P1Y`). Without uses, what `tables` (the matrix of the policy) says is allowed is done
/// once a day each.
///
/// # Errors
/// If it would be too much.
pub fn timeline(
    policy: &Policy,
    uses: &[Use],
    tables: &[CaseTable],
    from: Timestamp,
    span: &str,
) -> Result<Timeline, TimelineError> {
    let bad_span = || TimelineError::Span(span.to_owned());
    let period = Period::parse(span).ok_or_else(bad_span)?;
    let until = period.after(from).ok_or_else(bad_span)?;
    if period.approximate_seconds() > LONGEST_YEARS.saturating_mul(366 * 86_400) {
        return Err(bad_span());
    }
    let assumed = uses.is_empty();
    let assumption = if assumed { assume(tables, from) } else { Vec::new() };
    let uses = if assumed { assumption.as_slice() } else { uses };
    let mut steps = Vec::new();
    for (index, one) in uses.iter().enumerate() {
        schedule(index, one, from, until, &mut steps)?;
    }
    steps.sort_unstable();
    let mut run = Run::new(policy, uses, from, until);
    for (at, index) in steps {
        run.step(at, index)?;
    }
    Ok(run.end(assumed))
}

/// What is allowed, once a day each, by the facts of a case in which it is.
fn assume(tables: &[CaseTable], from: Timestamp) -> Vec<Use> {
    let of = |table: &CaseTable| {
        let case = table.cases.iter().find(|case| matches!(case.ruling.verdict.as_str(), "allow" | "allow_if"))?;
        let mut request: Request = serde_json::from_value(case.witness.clone()).ok()?;
        // At an hour at which the policy allows it, or in the morning.
        let hour = request.time.map_or(10 * 3_600, |time| local(time).rem_euclid(86_400));
        let wait = hour.saturating_sub(local(from).rem_euclid(86_400)).rem_euclid(86_400);
        let first = Timestamp::from_second(from.as_second().saturating_add(wait)).ok()?;
        request.time = None;
        request.time_of_first_use = None;
        request.used = None;
        let action = request.action.known()?;
        // Data that is used under "use" is read, computed and so on: one of them is enough.
        Some(Use {
            label: action.label(),
            request,
            every: Period::parse("P1D")?,
            times: 1,
            from: Some(first),
            until: None,
            fulfils: true,
        })
    };
    tables.iter().filter(|table| table.spoken).filter_map(of).take(6).collect()
}

fn local(at: Timestamp) -> i64 {
    at.as_second().saturating_add(i64::from(CHINA.seconds()))
}

/// When a line of uses is made.
fn schedule(
    index: usize,
    one: &Use,
    from: Timestamp,
    until: Timestamp,
    steps: &mut Vec<(Timestamp, usize)>,
) -> Result<(), TimelineError> {
    let begin = one.from.unwrap_or(from);
    let end = one.until.map_or(until, |own| own.min(until));
    let Ok(span) = time::parse_duration(one.every.as_str()) else {
        return Ok(());
    };
    let nth = |number: i64| span.checked_mul(number).ok().and_then(|span| time::add(begin, &span).ok());
    // A line that began long before is taken up where the span begins.
    let passed = from.as_second().saturating_sub(begin.as_second());
    let mut number = passed.checked_div(one.every.approximate_seconds()).unwrap_or(0).saturating_sub(2).max(0);
    while let (Some(this), Some(next)) = (nth(number), nth(number.saturating_add(1))) {
        if this >= end || next <= this {
            break;
        }
        let (first, length) = (this.as_nanosecond(), next.as_nanosecond().saturating_sub(this.as_nanosecond()));
        for part in 0..i128::from(one.times) {
            let offset = length.saturating_mul(part).checked_div(i128::from(one.times)).unwrap_or(0);
            let Ok(at) = Timestamp::from_nanosecond(first.saturating_add(offset)) else { continue };
            if at >= from && at < end {
                steps.push((at, index));
            }
            if steps.len() > MAX_STEPS {
                return Err(TimelineError::TooManySteps);
            }
        }
        number = number.saturating_add(1);
    }
    Ok(())
}

/// The simulation while it runs.
struct Run<'p> {
    policy: &'p Policy,
    told: Told,
    uses: &'p [Use],
    windows: Vec<Option<Period>>,
    cost: u64,
    work: Work,
    from: Timestamp,
    until: Timestamp,
    by_day: bool,
    begun: Vec<Timestamp>,
    /// Since when the data is gone.
    gone: Option<Timestamp>,
    tallies: Vec<Tally>,
    /// The last outcome of each line of uses: the verdict and the clause.
    last: Vec<Option<(Verdict, String)>>,
    stretches: BTreeMap<String, (Tally, BTreeMap<String, u64>)>,
    turns: Vec<(Turn, usize)>,
}

impl<'p> Run<'p> {
    fn new(policy: &'p Policy, uses: &'p [Use], from: Timestamp, until: Timestamp) -> Self {
        let window = |one: &Use| one.request.action.known().and_then(|action| policy.use_window(action));
        let mut run = Self {
            policy,
            told: Told::of(policy),
            uses,
            windows: uses.iter().map(window).collect(),
            cost: weight(policy).saturating_mul(2),
            work: Work::new(MOST_WORK.saturating_mul(2)),
            from,
            until,
            by_day: until.as_second().saturating_sub(from.as_second()) <= DAYS_TOLD.saturating_mul(86_400),
            begun: Vec::new(),
            gone: None,
            tallies: vec![Tally::default(); uses.len()],
            last: vec![None; uses.len()],
            stretches: BTreeMap::new(),
            turns: Vec::new(),
        };
        run.lay_out();
        run
    }

    /// Every day or month of the span, used or not.
    fn lay_out(&mut self) {
        let step = if self.by_day { 86_400 } else { 28 * 86_400 };
        let mut at = self.from.as_second();
        while at < self.until.as_second() {
            let name = Timestamp::from_second(at).map(|at| self.name(at)).unwrap_or_default();
            self.stretches.entry(name).or_default();
            at = at.saturating_add(step);
        }
        let last = Timestamp::from_second(self.until.as_second().saturating_sub(1)).map(|at| self.name(at));
        if let Ok(last) = last {
            self.stretches.entry(last).or_default();
        }
    }

    fn name(&self, at: Timestamp) -> String {
        civil_text(at).chars().take(if self.by_day { 10 } else { 7 }).collect()
    }

    fn step(&mut self, at: Timestamp, index: usize) -> Result<(), TimelineError> {
        let Some(one) = self.uses.get(index) else { return Ok(()) };
        self.work.spend(self.cost).map_err(|_| TimelineError::TooMuchWork)?;
        self.delete_on_expiry(at);
        let mut request = one.request.clone();
        request.time = Some(at);
        request.time_of_first_use = Some(self.begun.first().copied().unwrap_or(at));
        request.used = Some(Used {
            count: u64::try_from(self.begun.len()).ok(),
            in_window: self.windows.get(index).and_then(Option::as_ref).map(|window| self.in_window(window, at)),
        });
        let (first, decision) = decide(self.policy, &mut request, one.fulfils);
        let is_conditional = first == Verdict::AllowIf;
        let (verdict, clause) = match (decision.decision, self.gone) {
            (Verdict::Allow, Some(_)) => (Verdict::Deny, destroying_clause(self.policy)),
            (Verdict::Allow, None) if is_conditional => (Verdict::AllowIf, deciding(&decision).to_owned()),
            (verdict, _) => (verdict, deciding(&decision).to_owned()),
        };
        let is_made = self.gone.is_none() && decision.decision == Verdict::Allow;
        self.count(at, index, verdict, &clause);
        self.turn_of(at, index, verdict, &clause);
        if is_made {
            self.make(at);
        }
        Ok(())
    }

    /// Uses made in the window that ends at a time.
    fn in_window(&self, window: &Period, at: Timestamp) -> u64 {
        let out = self.begun.partition_point(|begun| window.after(*begun).is_some_and(|end| end <= at));
        u64::try_from(self.begun.len().saturating_sub(out)).unwrap_or(u64::MAX)
    }

    fn count(&mut self, at: Timestamp, index: usize, verdict: Verdict, clause: &str) {
        let name = self.name(at);
        let (stretch, refusals) = self.stretches.entry(name).or_default();
        if matches!(verdict, Verdict::Deny | Verdict::DenyByDefault) {
            let count = refusals.entry(clause.to_owned()).or_default();
            *count = count.saturating_add(1);
        }
        for tally in std::iter::once(stretch).chain(self.tallies.get_mut(index)) {
            let count = match verdict {
                Verdict::Allow => &mut tally.allowed,
                Verdict::AllowIf => &mut tally.conditional,
                Verdict::Deny | Verdict::DenyByDefault => &mut tally.refused,
            };
            *count = count.saturating_add(1);
        }
    }

    /// Tells a change of what is said to a line of uses.
    fn turn_of(&mut self, at: Timestamp, index: usize, verdict: Verdict, clause: &str) {
        let Some(one) = self.uses.get(index) else { return };
        let Some(last) = self.last.get_mut(index) else { return };
        let told = self.told.text(clause);
        let (zh, en) = (&one.label.zh, &one.label.en);
        let was = last.replace((verdict, clause.to_owned()));
        let is_refused = |verdict: Verdict| matches!(verdict, Verdict::Deny | Verdict::DenyByDefault);
        let turn = match was {
            Some((was, by)) if was == verdict && (by == clause || !is_refused(verdict)) => return,
            None if verdict == Verdict::Allow => return,
            _ if is_refused(verdict) => {
                ("closes", Text::new(format!("「{zh}」被拒绝：{}", told.zh), format!("{en} is refused: {}", told.en)))
            }
            _ if verdict == Verdict::AllowIf => (
                "conditional",
                Text::new(format!("「{zh}」须先完成前置义务"), format!("{en} needs its duties done first")),
            ),
            _ => ("opens", Text::new(format!("「{zh}」可以进行"), format!("{en} is allowed"))),
        };
        self.turn(at, turn.0, turn.1, clause, index);
    }

    /// Adds a moment; one that was told already is counted.
    fn turn(&mut self, at: Timestamp, kind: &str, text: Text, clause: &str, index: usize) {
        let is_same = |(turn, of): &&mut (Turn, usize)| turn.kind == kind && turn.clause == clause && *of == index;
        let has_room = self.turns.len() < MOST_TURNS;
        match self.turns.iter_mut().find(is_same) {
            Some((turn, _)) => turn.times = turn.times.saturating_add(1),
            None if has_room => {
                let turn = Turn { at, kind: kind.to_owned(), text, clause: clause.to_owned(), times: 1 };
                self.turns.push((turn, index));
            }
            None => {}
        }
    }

    /// A use is made.
    fn make(&mut self, at: Timestamp) {
        self.begun.push(at);
        if self.begun.len() == 1 {
            let text = Text::new("首次使用，使用期限自此起算", "the first use: what is counted from it begins");
            self.turn(at, "first_use", text, "", usize::MAX);
        }
        let limit = COUNTED_USES.iter().filter_map(|action| self.policy.count_limit(*action)).max();
        let made = u64::try_from(self.begun.len()).unwrap_or(u64::MAX);
        if limit.is_some_and(|limit| made >= limit) && self.gone.is_none() {
            self.gone = Some(at);
            let text = Text::new(format!("约定的 {made} 次使用已用尽"), format!("the agreed {made} uses are made"));
            self.turn(at, "last_use", text, &self.limiting_clause(), usize::MAX);
            self.delete(at, &Text::new("使用次数用尽", "the uses are made"));
        }
    }

    fn delete_on_expiry(&mut self, now: Timestamp) {
        if let Some(end) = self.policy.expires_at().filter(|end| now > *end && self.gone.is_none()) {
            self.gone = Some(end);
        }
    }

    fn delete(&mut self, at: Timestamp, why: &Text) {
        let clause = destroying_clause(self.policy);
        let text = Text::new(format!("{}，数据须删除", why.zh), format!("{}: the data is to be deleted", why.en));
        self.turn(at, "delete", text, &clause, usize::MAX);
    }

    /// The clause that limits the uses.
    fn limiting_clause(&self) -> String {
        let rules = self.policy.rules.iter().filter(|rule| rule.kind == RuleKind::Permission);
        let counts = rules
            .flat_map(|rule| required(&rule.constraints))
            .filter(|leaf| leaf.operand == crate::operand::Operand::Count && leaf.window.is_none());
        counts.map(|leaf| leaf.pointer.clone()).next().unwrap_or_default()
    }

    /// What ends by the calendar, whether somebody tries then or not.
    fn calendar(&mut self) {
        if let Some(end) = self.policy.expires_at().filter(|end| (self.from..self.until).contains(end)) {
            let text = Text::new(
                format!("合约许可于 {} 全部到期", civil_text(end)),
                format!("the last permission ends at {} (China standard time)", civil_text(end)),
            );
            self.turn(end, "expires", text, "", usize::MAX);
            if self.gone.is_none_or(|gone| gone >= end) {
                self.delete(end, &Text::new("期限已过", "the time is over"));
            }
        }
        let first = self.begun.first().copied();
        let terms: Vec<_> = self.policy.rules.iter().filter(|rule| rule.kind == RuleKind::Permission).collect();
        for leaf in terms.into_iter().flat_map(|rule| required(&rule.constraints)) {
            let crate::operand::Limit::Period(period) = &leaf.limit else { continue };
            if leaf.counts_uses {
                continue;
            }
            if let Some(end) = first.and_then(|first| period.after(first)).filter(|end| *end < self.until) {
                let text = Text::new(
                    format!("自首次使用起满 {}", crate::explain::length(period).zh),
                    format!("{} have passed since the first use", crate::explain::length(period).en),
                );
                self.turn(end, "term", text, &leaf.pointer, usize::MAX);
            }
        }
    }

    fn end(mut self, assumed: bool) -> Timeline {
        self.calendar();
        let told = &self.told;
        let stretches = self.stretches.into_iter().map(|(name, (count, refusals))| {
            let mut refusals: Vec<_> = refusals
                .into_iter()
                .map(|(clause, count)| RefusalCount { text: told.text(&clause), clause, count })
                .collect();
            refusals.sort_by_key(|refusal| std::cmp::Reverse(refusal.count));
            Stretch { name, count, refusals }
        });
        let stretches = stretches.collect();
        let planned = |(one, count): (&Use, Tally)| PlannedUse {
            label: one.label.clone(),
            action: match &one.request.action {
                Requested::Known(action) => action.code().to_owned(),
                Requested::Unknown(code) => code.clone(),
            },
            every: one.every.as_str().to_owned(),
            times: one.times,
            count,
        };
        let mut moments: Vec<Turn> = self.turns.into_iter().map(|(turn, _)| turn).collect();
        moments.sort_by_key(|turn| turn.at);
        Timeline {
            from: self.from,
            until: self.until,
            assumed,
            uses: self.uses.iter().zip(self.tallies).map(planned).collect(),
            stretches,
            moments,
        }
    }
}

/// The first verdict, and the decision once duties before the use are done, if they are.
fn decide(policy: &Policy, request: &mut Request, fulfils: bool) -> (Verdict, Decision) {
    let mut decision = verify(policy, request);
    let first = decision.decision;
    for _ in 0..ROUNDS {
        if decision.decision != Verdict::AllowIf || !fulfils {
            break;
        }
        request.duties_done.extend(decision.duties.iter().map(|duty| Requested::from(duty.action)));
        decision = verify(policy, request);
    }
    (first, decision)
}

/// The clause that demands deletion, or the policy as a whole.
fn destroying_clause(policy: &Policy) -> String {
    let demands = |rule: &&crate::policy::Rule| rule.actions.contains(&Action::Delete);
    policy.rules.iter().find(demands).map_or_else(|| policy.root.clone(), |rule| rule.pointer.clone())
}

/// The actions whose uses end the data when the agreed number of them is made.
pub const COUNTED_USES: [Action; 7] =
    [Action::Use, Action::Access, Action::Read, Action::Process, Action::Compute, Action::JointDevelop, Action::Export];
