//! The run log (运行日志) of a node: system, operation and business log in one chain of digests, and what a platform takes of the log of another. Codes and
//! identifiers only. TC609-6-2025-01 §5.2.2.12 d; NDI-TR-2025-05 §6.2.5. Pure.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use xinyu_protocol::tc609::run_log::{Category, Level, RunLogEntry, RunLogReport};
use xinyu_protocol::text::Text;

use crate::audit::is_alert;
use crate::chain::{self, Link};
use crate::fault::Rejection;
use crate::pseudonym;

/// How long entries are kept at the least, in days: six months of the longest kind.
pub const LEAST_DAYS: u32 = 184;
/// How long a code may be.
const CODE: usize = 64;
/// How long object and detail may be, in characters.
const TEXT: usize = 200;

/// The codes of system and operation log, each in a sentence of `{object}` and `{detail}`. The codes of the business log are the kinds of evidence.
pub const CODES: [(&str, &str, &str); 13] = [
    ("node.started", "节点启动，程序版本 {detail}", "the node was started, version {detail}"),
    ("node.stopped", "节点正常停止", "the node was stopped in order"),
    ("node.broken-off", "上次运行没有正常停止", "the node was not stopped in order the time before"),
    ("operation.done", "操作 {object} 已执行（{detail}）", "{object} was done ({detail})"),
    ("operation.refused", "操作 {object} 未执行（{detail}）", "{object} was not done ({detail})"),
    ("alert.raised", "安全告警 {object}（{detail}）", "the alert {object} was raised ({detail})"),
    (
        "message.set-aside",
        "发往 {detail} 的报文 {object} 无法送达，已搁置",
        "a message {object} to {detail} was set aside",
    ),
    ("platform.unreachable", "服务平台 {object} 无应答", "the platform {object} does not answer"),
    ("platform.reached", "服务平台 {object} 恢复应答", "the platform {object} answers again"),
    ("store.recovered", "本机存储曾无法写入，现已恢复", "the store took nothing for a time, and does again"),
    ("certificate.kept", "取得证书 {object}（{detail}）", "the certificate {object} was obtained ({detail})"),
    ("certificate.revoked", "证书 {object} 已被吊销", "the certificate {object} was taken back"),
    (
        "run_log.epoch",
        "运行日志与平台所存不一致，自第 {object} 条起重新上报（{detail}）",
        "the platform holds another run log: it is told anew from entry {object} on ({detail})",
    ),
];

/// An entry in a sentence. What a newer program wrote is told by its code.
#[must_use]
pub fn tell(entry: &RunLogEntry) -> Text {
    let RunLogEntry { code, object, detail, .. } = entry;
    let known = CODES.iter().find(|(known, ..)| known == code).filter(|_| entry.category != Category::Business);
    if let Some((_, zh, en)) = known {
        let fill = |text: &str| text.replace("{object}", object).replace("{detail}", detail);
        return Text::new(fill(zh), fill(en));
    }
    let under =
        |before: &str, after: &str| if detail.is_empty() { String::new() } else { format!("{before}{detail}{after}") };
    Text::new(format!("{code}：{object}{}", under("（", "）")), format!("{code}: {object}{}", under(" (", ")")))
}

/// An entry whose texts are cut to what they may have: what [`check`] would refuse is not written.
#[must_use]
pub fn entry(at: Timestamp, level: Level, category: Category, code: &str, object: &str, detail: &str) -> RunLogEntry {
    let cut = |text: &str, most: usize| text.chars().filter(|one| !one.is_control()).take(most).collect::<String>();
    RunLogEntry { at, level, category, code: cut(code, CODE), object: cut(object, TEXT), detail: cut(detail, TEXT) }
}

/// What of an audit entry stands in the run log: which operation, by whom under a pseudonym, with what result, and where the entry is. On what it was done may
/// name a person, so it stays in the audit chain. What the node did by itself belongs to the system log.
#[must_use]
pub fn of_audit(secret: &str, audit: &crate::audit::Entry) -> RunLogEntry {
    let is_own = audit.actor == "-";
    let (level, code) = match () {
        () if is_alert(&audit.action) => (Level::Warn, "alert.raised"),
        () if audit.result == "done" => (Level::Info, "operation.done"),
        () => (Level::Warn, "operation.refused"),
    };
    let category = if is_own { Category::System } else { Category::Operation };
    let by = if is_own { "-".to_owned() } else { pseudonym::of(secret, &audit.actor) };
    let detail = format!("result={} by={by} audit={}", audit.result, audit.sequence);
    entry(audit.at, level, category, code, &audit.action, &detail)
}

/// What of a record of evidence stands in the run log of whoever made it.
#[must_use]
pub fn of_record(at: Timestamp, kind: &str, record_id: &str, contract_id: Option<&str>) -> RunLogEntry {
    let is_bad =
        ["refused", "failed", "disputed", "stopped", "contradicted", "overdue"].iter().any(|word| kind.contains(word));
    let level = if is_bad { Level::Warn } else { Level::Info };
    entry(at, level, Category::Business, kind, record_id, contract_id.unwrap_or_default())
}

/// An entry at its place.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'e> {
    /// Its place, from 1 on.
    pub sequence: u64,
    /// The entry.
    pub entry: &'e RunLogEntry,
}

impl Link for Placed<'_> {
    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn digest(&self, previous: &[u8; 32]) -> [u8; 32] {
        let RunLogEntry { at, level, category, code, object, detail } = self.entry;
        let texts = [level.as_str(), category.as_str(), code, object, detail];
        chain::digest(b"xinyu-run-log-1", previous, self.sequence, *at, &texts)
    }
}

/// The digests of entries that follow each other from a place on.
#[must_use]
pub fn digests(from: u64, before: [u8; 32], entries: &[RunLogEntry]) -> Vec<[u8; 32]> {
    let mut last = before;
    let next = |(sequence, entry)| {
        last = Placed { sequence, entry }.digest(&last);
        last
    };
    (from..).zip(entries).map(next).collect()
}

/// A digest as it stands in messages.
#[must_use]
pub fn text(digest: &[u8; 32]) -> String {
    hex::encode(digest)
}

/// A digest out of a message; none if it is none.
#[must_use]
pub fn parse_digest(text: &str) -> Option<[u8; 32]> {
    hex::decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
}

/// What is held of the log of another: its latest telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which telling.
    pub epoch: u32,
    /// Where it began.
    pub begin: u64,
    /// The last place.
    pub sequence: u64,
    /// The digest of the entry there.
    pub digest: [u8; 32],
}

/// What comes: a report that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Which telling.
    pub epoch: u32,
    /// Where it began.
    pub begin: u64,
    /// The place of the first entry.
    pub from: u64,
    /// The digest of the entry before it.
    pub before: [u8; 32],
    /// The entries.
    pub entries: Vec<RunLogEntry>,
}

/// What becomes of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// All but the first so many are new; the digests of all.
    New {
        /// How many are held already.
        skip: usize,
        /// The digests of the whole batch.
        digests: Vec<[u8; 32]>,
        /// Whether a telling begins with it.
        is_beginning: bool,
    },
    /// What is before it is missing, from this place on.
    Gap {
        /// The place that is wanted.
        next: u64,
    },
    /// It does not go on from what is held.
    Diverged,
}

/// Whether a batch goes on from what is held. What comes twice, or out of order, is taken once and in order; what is not the chain that is held is not taken.
#[must_use]
pub fn take(held: Option<&Held>, batch: &Batch) -> Taken {
    let is_new = held.is_none_or(|held| held.epoch < batch.epoch);
    let Some(held) = held.filter(|_| !is_new) else {
        if batch.from != batch.begin {
            return Taken::Gap { next: batch.begin };
        }
        let digests = digests(batch.from, batch.before, &batch.entries);
        return Taken::New { skip: 0, digests, is_beginning: true };
    };
    if (held.epoch, held.begin) != (batch.epoch, batch.begin) {
        return Taken::Diverged;
    }
    let next = held.sequence.saturating_add(1);
    let Some(known) = next.checked_sub(batch.from) else { return Taken::Gap { next } };
    let digests = digests(batch.from, batch.before, &batch.entries);
    let skip = usize::try_from(known).unwrap_or(usize::MAX).min(digests.len());
    // Where the batch meets the end of what is held, both must say the same. One that ends before says nothing new.
    let met = match skip.checked_sub(1) {
        None => (known == 0).then_some(batch.before),
        Some(last) if u64::try_from(skip) == Ok(known) => digests.get(last).copied(),
        Some(_) => None,
    };
    if met.is_some_and(|met| met != held.digest) {
        return Taken::Diverged;
    }
    Taken::New { skip, digests, is_beginning: false }
}

/// A report that is well formed.
///
/// # Errors
/// With what is not.
pub fn check(report: RunLogReport) -> Result<Batch, Rejection> {
    let refuse = |zh: &str, en: &str| {
        Rejection::bad(
            "run-log",
            format!("运行日志报文无效：{zh}"),
            format!("the run log that was sent is not valid: {en}"),
        )
        .clause("TC609-6-2025-16 6.10 d")
    };
    let RunLogReport { epoch, begin, from, before, last: _, entries } = report;
    if entries.len() > RunLogReport::MOST {
        return Err(refuse("一次至多 500 条", "500 entries at the most go in one message"));
    }
    if epoch == 0 || begin == 0 || from < begin || from > u64::from(u32::MAX) << 20 {
        return Err(refuse("序号越界", "its places are out of bounds"));
    }
    let before =
        parse_digest(&before).ok_or_else(|| refuse("before 不是 SHA-256 摘要", "before is no SHA-256 digest"))?;
    let is_code = |code: &str| {
        (1..=CODE).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte))
    };
    let is_text = |text: &str| text.chars().count() <= TEXT && !text.chars().any(char::is_control);
    if !entries.iter().all(|entry| is_code(&entry.code) && is_text(&entry.object) && is_text(&entry.detail)) {
        return Err(refuse("编码或文字不合规则", "a code or a text breaks the rules"));
    }
    Ok(Batch { epoch, begin, from, before, entries })
}
