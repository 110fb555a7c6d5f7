//! 结构与内容漂移: what changed between two profiles of one resource. NDI-TR-2025-06 §9.4 (变更); of distributions the population stability index with the bounds
//! that banks use: from 0.1 a shift to look at, from 0.25 one that makes old conclusions doubtful. Pure, and over published profiles alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xinyu_core::review::Severity;
use xinyu_protocol::text::Text;

use crate::profile::{ColumnProfile, Distribution, FEW, TableProfile};

#[cfg(test)]
mod tests;

/// From this index on, in thousandths, a distribution has shifted.
pub const PSI_SHIFTED: u32 = 100;
/// From this index on it is another one.
pub const PSI_OTHER: u32 = 250;
/// By how many permille the share of empty cells must rise to be told.
pub const NULLS_RISEN: u16 = 50;
/// By how many it must rise to be grave.
pub const NULLS_RISEN_MUCH: u16 = 200;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// What kind it is.
    pub kind: DriftKind,
    /// The column, or the table.
    pub subject: String,
    /// How much it matters.
    pub severity: Severity,
    /// Whether what was declared no longer holds, so that a delivery by the old description would fail.
    pub breaks_schema: bool,
    /// The index of stability in thousandths, of a shifted distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psi_thousandths: Option<u32>,
    /// In words.
    pub text: Text,
}

/// Kinds of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftKind {
    /// A column is new.
    Added,
    /// A column is gone.
    Removed,
    /// A column has another type.
    Retyped,
    /// The columns stand in another order.
    Reordered,
    /// More cells are empty.
    Nulls,
    /// Numbers, days, frequent values or lengths are distributed otherwise.
    Shifted,
    /// Personal data that was not there.
    Personal,
    /// The security level has risen.
    Level,
    /// What may be shown has become less: a sign of important data.
    Important,
    /// The grade of quality has fallen.
    Quality,
    /// There are fewer rows.
    Shrunk,
}

/// What changed from an older profile of a table to a newer one: the gravest first, then by column.
#[must_use]
pub fn drift(old: &TableProfile, new: &TableProfile) -> Vec<Drift> {
    let mut found = Vec::new();
    structure(old, new, &mut found);
    for (before, after) in common(old, new) {
        column(old.rows, before, new.rows, after, &mut found);
    }
    whole(old, new, &mut found);
    found.sort_by_key(|drift| std::cmp::Reverse(rank(drift.severity)));
    found
}

/// Whether something breaks what was declared.
#[must_use]
pub fn is_breaking(found: &[Drift]) -> bool {
    found.iter().any(|drift| drift.breaks_schema)
}

fn rank(severity: Severity) -> u8 {
    match severity {
        Severity::Block => 2,
        Severity::Warn => 1,
        Severity::Info => 0,
    }
}

/// Columns of both, in the order of the older.
fn common<'a>(
    old: &'a TableProfile,
    new: &'a TableProfile,
) -> impl Iterator<Item = (&'a ColumnProfile, &'a ColumnProfile)> {
    old.columns.iter().filter_map(|before| Some((before, find(new, &before.name)?)))
}

fn find<'a>(table: &'a TableProfile, name: &str) -> Option<&'a ColumnProfile> {
    table.columns.iter().find(|column| column.name == name)
}

fn structure(old: &TableProfile, new: &TableProfile, found: &mut Vec<Drift>) {
    for column in old.columns.iter().filter(|column| find(new, &column.name).is_none()) {
        let text = Text::new(format!("字段 {} 已不存在", column.name), format!("the column {} is gone", column.name));
        found.push(Drift { breaks_schema: true, ..made(DriftKind::Removed, &column.name, Severity::Block, text) });
    }
    for column in new.columns.iter().filter(|column| find(old, &column.name).is_none()) {
        let text = Text::new(
            format!("新增字段 {}（{}），未包含在已登记的产品中", column.name, column.kind),
            format!("the column {} ({}) is new and in no product yet", column.name, column.kind),
        );
        found.push(made(DriftKind::Added, &column.name, Severity::Info, text));
    }
    for (before, after) in common(old, new).filter(|(before, after)| before.kind != after.kind) {
        let text = Text::new(
            format!("字段 {} 的类型由 {} 变为 {}", before.name, before.kind, after.kind),
            format!("the column {} was {} and is {}", before.name, before.kind, after.kind),
        );
        found.push(Drift { breaks_schema: true, ..made(DriftKind::Retyped, &before.name, Severity::Block, text) });
    }
    let kept: Vec<&str> = common(old, new).map(|(before, _)| before.name.as_str()).collect();
    let order = new.columns.iter().map(|column| column.name.as_str()).filter(|name| kept.contains(name));
    if !order.eq(kept.iter().copied()) {
        let text = Text::new(
            "字段顺序有变化；按名称取用不受影响",
            "the columns stand in another order; by their names they are found as before",
        );
        found.push(made(DriftKind::Reordered, &new.name, Severity::Info, text));
    }
}

fn column(old_rows: u64, old: &ColumnProfile, new_rows: u64, new: &ColumnProfile, found: &mut Vec<Drift>) {
    let name = &new.name;
    let (before, after) = (share(old.nulls, old_rows), share(new.nulls, new_rows));
    if after >= before + NULLS_RISEN {
        let severity = if after >= before + NULLS_RISEN_MUCH { Severity::Warn } else { Severity::Info };
        let text = Text::new(
            format!("字段 {name} 的空值由 {before}‰ 升至 {after}‰"),
            format!("empty cells of {name} rose from {before}‰ to {after}‰"),
        );
        found.push(made(DriftKind::Nulls, name, severity, text));
    }
    if let Some(kind) = new.personal.filter(|kind| old.personal.is_none_or(|before| kind.level() > before.level())) {
        let title = kind.title();
        let text = Text::new(
            format!("字段 {name} 新出现{}，须重新审核", title.zh),
            format!("the column {name} now holds {}; it is to be reviewed again", title.en),
        );
        found.push(made(DriftKind::Personal, name, Severity::Block, text));
    }
    if new.kind == old.kind
        && let Some((psi, of)) = shift(old, new).filter(|(psi, _)| *psi >= PSI_SHIFTED)
    {
        let (severity, zh, en) = match psi {
            PSI_OTHER.. => (Severity::Warn, "已明显不同", "is another one"),
            _ => (Severity::Info, "有偏移", "has shifted"),
        };
        let index = format!("{}.{:03}", psi / 1000, psi % 1000);
        let text = Text::new(
            format!("字段 {name} 的{}分布{zh}（PSI {index}）", of.zh),
            format!("the distribution of {} in {name} {en} (PSI {index})", of.en),
        );
        found.push(Drift { psi_thousandths: Some(psi), ..made(DriftKind::Shifted, name, severity, text) });
    }
    use crate::profile::Exposure::{Nothing, Shape};
    if new.exposure == Shape && new.personal.is_none() && !matches!(old.exposure, Shape | Nothing) {
        let text = Text::new(
            format!("字段 {name} 出现重要数据线索，须重新定级"),
            format!("the column {name} has a sign of important data; it is to be graded anew"),
        );
        found.push(made(DriftKind::Important, name, Severity::Block, text));
    }
}

fn whole(old: &TableProfile, new: &TableProfile, found: &mut Vec<Drift>) {
    if new.security_level > old.security_level {
        let (before, after) = (old.security_level.code(), new.security_level.code());
        let text = Text::new(
            format!("安全等级由 {before} 升为 {after}，须重新审核"),
            format!("the security level rose from {before} to {after}; it is to be reviewed again"),
        );
        found.push(made(DriftKind::Level, &new.name, Severity::Block, text));
    }
    if new.quality.grade > old.quality.grade {
        let (before, after) = (old.quality.grade.letter(), new.quality.grade.letter());
        let text = Text::new(
            format!("质量等级由 {before} 降为 {after}"),
            format!("the grade of quality fell from {before} to {after}"),
        );
        found.push(made(DriftKind::Quality, &new.name, Severity::Warn, text));
    }
    if new.rows < old.rows {
        let text = Text::new(
            format!("行数由 {} 减为 {}", old.rows, new.rows),
            format!("there were {} rows and are {}", old.rows, new.rows),
        );
        let severity = if new.rows < old.rows / 2 { Severity::Warn } else { Severity::Info };
        found.push(made(DriftKind::Shrunk, &new.name, severity, text));
    }
}

fn made(kind: DriftKind, subject: &str, severity: Severity, text: Text) -> Drift {
    Drift { kind, subject: subject.to_owned(), severity, breaks_schema: false, psi_thousandths: None, text }
}

fn share(part: u64, whole: u64) -> u16 {
    let share = u128::from(part) * 1000 / u128::from(whole).max(1);
    u16::try_from(share).unwrap_or(1000)
}

/// The greatest shift that the two profiles tell, and of what.
fn shift(old: &ColumnProfile, new: &ColumnProfile) -> Option<(u32, Text)> {
    let numbers = old.distribution.as_ref().zip(new.distribution.as_ref());
    let numbers = numbers.and_then(|(old, new)| Some((psi(&rebinned(old, new)?), Text::new("取值", "values"))));
    let texts = categories(old, new).map(|pairs| (psi(&pairs), Text::new("常见取值", "frequent values")));
    let lengths = lengths(old, new).map(|pairs| (psi(&pairs), Text::new("文本长度", "lengths")));
    let is_text = old.kind == xinyu_core::data::ColumnKind::Text;
    [numbers, texts, lengths.filter(|_| is_text)].into_iter().flatten().max_by_key(|(psi, _)| *psi)
}

/// The population stability index in thousandths: Σ (a − b) · ln (a / b) over the shares. An empty class counts as half a row, as usual.
fn psi(pairs: &[(f64, f64)]) -> u32 {
    let (old, new) = pairs.iter().fold((0.0, 0.0), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1));
    if old < 1.0 || new < 1.0 {
        return 0;
    }
    let sum: f64 = pairs
        .iter()
        .map(|(before, after)| {
            let (before, after) = (before.max(0.5) / old, after.max(0.5) / new);
            (after - before) * (after / before).ln()
        })
        .sum();
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and cut at a million"
    )]
    let thousandths = (sum * 1000.0).round().clamp(0.0, 1e6) as u32;
    thousandths
}

/// The rows of the newer distribution in the bins of the older; those outside go to the first and the last.
fn rebinned(old: &Distribution, new: &Distribution) -> Option<Vec<(f64, f64)>> {
    let (edges, cuts) = (old.edges(), new.edges());
    if old.scale != new.scale || edges.is_empty() || cuts.is_empty() {
        return None;
    }
    let last = old.bins.len().checked_sub(1)?;
    let bins = old.bins.iter().zip(edges.iter().zip(edges.iter().skip(1))).enumerate();
    let pairs = bins.map(|(place, (bin, (from, to)))| {
        let from = if place == 0 { f64::NEG_INFINITY } else { *from };
        let to = if place == last { f64::INFINITY } else { *to };
        let parts = new.bins.iter().zip(cuts.iter().zip(cuts.iter().skip(1)));
        let rows = parts.map(|(part, (low, high))| real(part.rows) * overlap(*low, *high, from, to)).sum();
        (real(bin.rows), rows)
    });
    Some(pairs.collect())
}

/// Which share of a span lies within another.
fn overlap(low: f64, high: f64, from: f64, to: f64) -> f64 {
    if high <= low {
        return f64::from(u8::from(from <= low && low < to));
    }
    ((high.min(to) - low.max(from)) / (high - low)).clamp(0.0, 1.0)
}

/// Frequent values of both, and all others together; nothing where either has none.
fn categories(old: &ColumnProfile, new: &ColumnProfile) -> Option<Vec<(f64, f64)>> {
    if old.frequent.is_empty() || new.frequent.is_empty() {
        return None;
    }
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for value in &old.frequent {
        counts.entry(&value.value).or_default().0 += value.rows;
    }
    for value in &new.frequent {
        counts.entry(&value.value).or_default().1 += value.rows;
    }
    let values = |column: &ColumnProfile| column.lengths.iter().map(|share| share.values).sum::<u64>();
    // A value that one of the two does not list has there no more rows than the least that is listed, and is in the rest.
    let listed: Vec<(u64, u64)> = counts.into_values().filter(|(old, new)| *old > 0 && *new > 0).collect();
    let (known_old, known_new) = listed.iter().fold((0, 0), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1));
    let rest = (values(old).saturating_sub(known_old), values(new).saturating_sub(known_new));
    let worth = [rest].into_iter().filter(|(old, new)| (*old).max(*new) >= FEW);
    Some(listed.iter().copied().chain(worth).map(|(old, new)| (real(old), real(new))).collect())
}

/// Values by length, in the classes of both.
fn lengths(old: &ColumnProfile, new: &ColumnProfile) -> Option<Vec<(f64, f64)>> {
    if old.lengths.is_empty() || new.lengths.is_empty() {
        return None;
    }
    // The last class of a column ends at its longest value, so classes are told apart by their power of two.
    let class = |to: u64| to.max(1).next_power_of_two().min(256);
    let mut counts: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for share in &old.lengths {
        counts.entry(class(share.to)).or_default().0 += share.values;
    }
    for share in &new.lengths {
        counts.entry(class(share.to)).or_default().1 += share.values;
    }
    Some(counts.into_values().map(|(old, new)| (real(old), real(new))).collect())
}

fn real(count: u64) -> f64 {
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a share of rows is meant to be a fraction")]
    let real = count as f64;
    real
}
