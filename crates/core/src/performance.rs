//! Performance reports (履约报告): what a node says of a contract, period after period, and how whoever gets it takes it. TC609-6-2025-14 §7.5 d. Pure.
//!
//! The counts come from the node's own records of evidence and from nothing else, so that whoever has the records counts again ([`count`]). The reports of one
//! node on one contract are a chain: numbered, each with the digest of the one before, its sums carried on. What contradicts what stands in `compare`, who
//! signed and stamped in `seal`.

pub mod compare;
pub mod seal;
pub(crate) mod tell;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_crypto::Suite;
use xinyu_evidence::entry::Record;
use xinyu_policy::{Policy, RuleKind};
use xinyu_protocol::id::{ConnectorId, ContractId};
use xinyu_protocol::json::canonical;
use xinyu_protocol::tc609::contract::{ContractStatus, FilingStamp};
use xinyu_protocol::tc609::metering::Meter;
use xinyu_protocol::tc609::performance::{
    Backlog, Counts, Discrepancy, PaymentPosition, PerformanceNotice, PerformanceReport, PerformanceTaken, Quota,
    SignedReport, Verdicts,
};
use xinyu_protocol::text::Text;
use xinyu_protocol::time;

use crate::effect::{Draft, Effect};
use crate::fault::Rejection;
use crate::negotiation::Side;
use crate::payment::Order;

/// The clause that asks for it.
pub const CLAUSE: &str = "TC609-6-2025-14 §7.5 d";
/// The period where a space says nothing.
pub const USUAL_PERIOD: &str = "P1D";
/// The record by which a node says that it has drawn a report up: what it counted stands before it.
pub const REPORTED: &str = "performance.reported";

const SHORTEST: u64 = 1;
const LONGEST: u64 = 366 * 86_400;
/// A report may come so much later than it is due, of its period: a quarter.
const GRACE: u64 = 4;
/// And so many seconds at least.
const LEAST_GRACE: u64 = 5;

/// A period as a space's rule says it, in seconds: from a second to a year.
///
/// # Errors
/// If it is none.
pub fn period(text: &str) -> Result<u64, Rejection> {
    let epoch = Timestamp::UNIX_EPOCH;
    let seconds = time::parse_duration(text).and_then(|span| time::add(epoch, &span)).ok();
    let seconds = seconds.and_then(|at| u64::try_from(at.duration_since(epoch).as_secs()).ok());
    seconds.filter(|seconds| (SHORTEST..=LONGEST).contains(seconds)).ok_or_else(|| {
        Rejection::bad(
            "report-period",
            format!("履约报告周期「{text}」应为 ISO 8601 时长，从一秒到一年，如 P1D"),
            format!("the period of reports {text} must be an ISO 8601 duration from a second to a year, such as P1D"),
        )
        .clause(CLAUSE)
    })
}

/// The reports of one node on one contract, as far as they are known to whoever keeps this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// The contract.
    pub contract_id: ContractId,
    /// The space.
    pub space_id: String,
    /// The contract's suite.
    pub suite: Suite,
    /// Whose reports.
    pub reporter: ConnectorId,
    /// Which side it is.
    pub side: Side,
    /// How often.
    pub period_seconds: u64,
    /// From when: the creation of the contract, which all know.
    pub since: Timestamp,
    /// The number of the latest; 0 before the first.
    pub number: u32,
    /// Its digest.
    pub head: Option<String>,
    /// Until when it tells.
    pub until: Timestamp,
    /// What it tells in all.
    pub total: Counts,
    /// Whether it is the final one.
    pub is_final: bool,
    /// What it contradicts.
    pub discrepancies: Vec<Discrepancy>,
    /// Which one is overdue, once that was told.
    pub overdue: Option<u32>,
    /// At the platform: the place of the last record that was counted for a report.
    pub position: Option<u64>,
}

/// What a report says besides its counts, as the node finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Where the contract stands.
    pub status: ContractStatus,
    /// The version in force.
    pub version: u32,
    /// The node's account.
    pub meter: Meter,
    /// What is agreed by number.
    pub quotas: Vec<Quota>,
    /// What is to be paid.
    pub payment: Option<PaymentPosition>,
    /// Alerts since the report before.
    pub alerts: u64,
    /// What could not be told yet.
    pub backlog: Backlog,
    /// The farthest place of an own record in the log.
    pub position: Option<u64>,
}

impl Chain {
    /// Of a contract that has just come into force.
    #[must_use]
    pub fn open(
        (contract_id, space_id, suite): (&ContractId, &str, Suite),
        (reporter, side): (&ConnectorId, Side),
        period_seconds: u64,
        since: Timestamp,
    ) -> Self {
        Self {
            contract_id: contract_id.clone(),
            space_id: space_id.to_owned(),
            suite,
            reporter: reporter.clone(),
            side,
            period_seconds,
            since,
            number: 0,
            head: None,
            until: since,
            total: Counts::default(),
            is_final: false,
            discrepancies: Vec::new(),
            overdue: None,
            position: None,
        }
    }

    /// When the next report is due; none after the final one. Periods are counted from the beginning, however late a report was.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        if self.is_final {
            return None;
        }
        let period = i64::try_from(self.period_seconds.max(1)).ok()?;
        let told = self.until.as_second().saturating_sub(self.since.as_second()).max(0);
        let periods = told.checked_div(period)?.saturating_add(1);
        let after = SignedDuration::from_secs(periods.saturating_mul(period));
        self.since.checked_add(after).ok()
    }

    /// When the next report is overdue.
    #[must_use]
    pub fn overdue_at(&self) -> Option<Timestamp> {
        let grace = (self.period_seconds / GRACE).max(LEAST_GRACE);
        self.due_at()?.checked_add(SignedDuration::from_secs(i64::try_from(grace).ok()?)).ok()
    }

    /// When the first report is missed by whoever begins to expect it now: contracts of before there were reports have their time as well.
    #[must_use]
    pub fn missed_from(&self, now: Timestamp) -> Option<Timestamp> {
        let patience = self.overdue_at()?.duration_since(self.until);
        now.checked_add(patience).ok()
    }

    /// Where it stands, in a word.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> &'static str {
        match self.overdue_at() {
            None => "closed",
            Some(at) if at < now => "overdue",
            Some(_) => "waiting",
        }
    }

    /// Draws the next report up: with what was counted since the one before.
    #[must_use]
    pub fn draw(&self, period: Counts, facts: Facts, is_final: bool, now: Timestamp) -> PerformanceReport {
        PerformanceReport {
            contract_id: self.contract_id.clone(),
            reporter: self.reporter.clone(),
            side: self.side.as_str().to_owned(),
            number: self.number.saturating_add(1),
            previous: self.head.clone(),
            from: self.until,
            until: now.max(self.until),
            is_final,
            status: facts.status,
            version: facts.version,
            total: sum(&self.total, &period),
            period,
            meter: facts.meter,
            quotas: facts.quotas,
            payment: facts.payment,
            alerts: facts.alerts,
            backlog: facts.backlog,
            position: facts.position,
        }
    }

    /// Takes the next report, whose signature was checked.
    ///
    /// # Errors
    /// A [`Rejection`] if it is not the next one of this chain.
    pub fn take(mut self, report: &PerformanceReport) -> Result<Self, Rejection> {
        self.must_be_of_here(report)?;
        let (id, number) = (&self.contract_id, report.number);
        let refuse = |code, zh: &str, en: &str, at: &str| {
            Err(Rejection::bad(
                code,
                format!("合约 {id} 的第 {number} 期履约报告{zh}"),
                format!("performance report {number} on contract {id} {en}"),
            )
            .clause(format!("/expansionItem/report/{at}")))
        };
        if self.is_final {
            return refuse("performance-closed", "在最终报告之后", "comes after the final one", "number");
        }
        if number <= self.number {
            let (zh, en) = ("与已受理的同一期不同，或被重放", "was taken before with another content, or is replayed");
            return refuse("performance-fork", zh, en, "number");
        }
        if self.number.checked_add(1) != Some(number) {
            return refuse("performance-gap", "之前缺少报告", "leaves a gap before it", "number");
        }
        if report.previous != self.head {
            return refuse("performance-fork", "接续的不是上一期", "follows on another one than there is", "previous");
        }
        if report.from != self.until || report.until < report.from {
            return refuse(
                "performance-time",
                "的时段不接续上一期",
                "does not begin where the one before ended",
                "from",
            );
        }
        if report.total != sum(&self.total, &report.period) {
            return refuse("performance-sum", "的累计与各期之和不符", "has sums that do not add up", "total");
        }
        if report.is_final && report.status != ContractStatus::Terminated {
            let (zh, en) = ("自称最终报告，但合约尚未终止", "says that it is final, but the contract is not over");
            return refuse("performance-final", zh, en, "isFinal");
        }
        self.head = Some(digest(report, self.suite)?);
        self.number = number;
        self.until = report.until;
        self.total = report.total.clone();
        self.is_final = report.is_final;
        self.overdue = None;
        Ok(self)
    }

    fn must_be_of_here(&self, report: &PerformanceReport) -> Result<(), Rejection> {
        let fits = report.contract_id == self.contract_id
            && report.reporter == self.reporter
            && report.side == self.side.as_str();
        if fits {
            return Ok(());
        }
        Err(Rejection::bad(
            "performance-differs",
            "履约报告的合约、上报方或身份不符",
            "contract, reporter or side of the report are not those expected",
        )
        .clause("/expansionItem/report"))
    }

    /// That a report has not come in time, once for each.
    #[must_use]
    pub fn miss(mut self, now: Timestamp) -> Option<(Self, Draft)> {
        let number = self.number.saturating_add(1);
        if self.overdue == Some(number) || self.overdue_at().is_none_or(|at| at > now) {
            return None;
        }
        self.overdue = Some(number);
        let draft = self
            .draft("performance.overdue")
            .fact("number", number)
            .fact("due", self.due_at().map(|at| at.to_string()).unwrap_or_default());
        Some((self, draft))
    }

    /// A record about one of these reports.
    #[must_use]
    pub fn draft(&self, kind: &'static str) -> Draft {
        Draft::new(kind, &self.space_id)
            .contract(&self.contract_id)
            .subject(self.reporter.as_str())
            .fact("side", self.side.as_str())
    }
}

/// Digest of a report's canonical bytes, in the contract's suite: 64 hexadecimal digits.
///
/// # Errors
/// If it has no canonical form.
pub fn digest(report: &PerformanceReport, suite: Suite) -> Result<String, Rejection> {
    let bytes = canonical(report).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    Ok(suite.hash(&bytes).to_string())
}

/// Adds one record of a node on this side to the counts; what is neither about deliveries nor about uses is left out.
#[must_use]
pub fn count(mut counts: Counts, side: Side, record: &Record) -> Counts {
    let number = |name: &str| record.facts.get(name).and_then(Value::as_u64).unwrap_or(0);
    let word = |name: &str| record.facts.get(name).and_then(Value::as_str).unwrap_or_default();
    if !(record.kind.starts_with("usage.") || record.kind.starts_with("transfer.")) {
        return counts;
    }
    counts.records = counts.records.saturating_add(1);
    let one_more = |counter: &mut u64| *counter = counter.saturating_add(1);
    match (record.kind.as_str(), side) {
        ("transfer.completed", Side::Consumer) | ("transfer.delivered", Side::Provider) => {
            one_more(&mut counts.deliveries);
            counts.rows = counts.rows.saturating_add(number("rows"));
            counts.bytes = counts.bytes.saturating_add(number("bytes"));
        }
        ("transfer.suspended" | "transfer.terminated", _) => one_more(&mut counts.delivery_failures),
        ("usage.done", _) => one_more(&mut counts.done),
        ("usage.refused", _) => one_more(&mut counts.refused),
        ("usage.stopped", _) => one_more(&mut counts.stopped),
        ("usage.failed", _) => one_more(&mut counts.failed),
        ("usage.duty", _) if word("outcome") == "done" => one_more(&mut counts.duties_done),
        ("usage.duty", _) => one_more(&mut counts.duties_failed),
        _ => {}
    }
    let decided = matches!(record.kind.as_str(), "usage.started" | "usage.awaiting" | "usage.refused");
    if decided && !word("action").is_empty() {
        let verdicts = counts.actions.entry(word("action").to_owned()).or_default();
        match record.kind.as_str() {
            "usage.started" => one_more(&mut verdicts.allowed),
            "usage.awaiting" => one_more(&mut verdicts.conditional),
            _ => one_more(&mut verdicts.refused),
        }
    }
    counts
}

/// Both together.
#[must_use]
pub fn sum(one: &Counts, other: &Counts) -> Counts {
    let mut all = Counts {
        records: one.records.saturating_add(other.records),
        deliveries: one.deliveries.saturating_add(other.deliveries),
        rows: one.rows.saturating_add(other.rows),
        bytes: one.bytes.saturating_add(other.bytes),
        delivery_failures: one.delivery_failures.saturating_add(other.delivery_failures),
        done: one.done.saturating_add(other.done),
        refused: one.refused.saturating_add(other.refused),
        stopped: one.stopped.saturating_add(other.stopped),
        failed: one.failed.saturating_add(other.failed),
        duties_done: one.duties_done.saturating_add(other.duties_done),
        duties_failed: one.duties_failed.saturating_add(other.duties_failed),
        actions: one.actions.clone(),
    };
    for (action, more) in &other.actions {
        let there: &mut Verdicts = all.actions.entry(action.clone()).or_default();
        there.allowed = there.allowed.saturating_add(more.allowed);
        there.conditional = there.conditional.saturating_add(more.conditional);
        there.refused = there.refused.saturating_add(more.refused);
    }
    all
}

/// What a policy agrees by number, and how much of it is used.
#[must_use]
pub fn quotas(policy: &Policy, meter: &Meter) -> Vec<Quota> {
    let mut quotas: Vec<Quota> = Vec::new();
    for rule in policy.rules.iter().filter(|rule| rule.kind == RuleKind::Permission) {
        for action in &rule.actions {
            let code = action.code();
            if let Some(limit) = policy.count_limit(*action)
                && !quotas.iter().any(|quota| quota.action == code)
            {
                quotas.push(Quota { action: code.to_owned(), limit, used: meter.uses });
            }
        }
    }
    quotas
}

/// How far an order is paid.
#[must_use]
pub fn payment(order: &Order) -> PaymentPosition {
    let all = order.payees.iter();
    let due_fen = all.clone().fold(0, |sum: u64, payee| sum.saturating_add(payee.amount_fen));
    let paid = all.filter(|payee| payee.confirmed_at.is_some());
    let paid_fen = paid.fold(0, |sum: u64, payee| sum.saturating_add(payee.amount_fen));
    PaymentPosition { state: order.state.as_str().to_owned(), due_fen, paid_fen }
}

/// A report as a node keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The report.
    pub signed: SignedReport,
    /// Its digest.
    pub digest: String,
    /// What the platform says of it, once it has come there.
    pub taken: Option<(PerformanceTaken, FilingStamp)>,
}

impl Kept {
    /// Of what the platform has taken.
    #[must_use]
    pub fn of(notice: &PerformanceNotice) -> Self {
        let taken = (notice.taken.clone(), notice.stamp.clone());
        Self { signed: notice.signed.clone(), digest: taken.0.digest.clone(), taken: Some(taken) }
    }

    /// As everybody is told of it; none while the platform has not taken it.
    #[must_use]
    pub fn notice(self) -> Option<PerformanceNotice> {
        let (taken, stamp) = self.taken?;
        Some(PerformanceNotice { signed: self.signed, taken, stamp })
    }
}

/// The alert about a contract's reports.
#[must_use]
pub fn alert(action: &'static str, chain: &Chain, detail: &str) -> Effect {
    Effect::Alert { action, object: chain.contract_id.as_str().to_owned(), detail: detail.to_owned() }
}

/// No reports on such a contract.
#[must_use]
pub fn unknown(contract_id: &str) -> Rejection {
    Rejection::unknown(
        "unknown-performance",
        format!("合约 {contract_id} 没有履约报告：尚未备案，或未经双方签署"),
        format!("there are no performance reports on contract {contract_id}: it is not filed, or nobody signed it"),
    )
    .next(Text::new("合约备案后按周期自动上报", "they begin when the contract is filed"))
}
