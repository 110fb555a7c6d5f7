//! The indicators of GB/T 36344-2018, each counted as what is right of what there is (X = A / B; of what is wrong, 1 − X). What cannot be counted says why. To
//! add a measure is one function and one line.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use xinyu_protocol::text::Text;

use super::declared::{Circumstances, cycle_days};
use super::grid::{day, days};
use super::hint::{self, Hint};
use super::table::TableProfiler;
use super::{PersonalKind, Tally, permille};

/// 质量维度.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// 规范性.
    Validity,
    /// 完整性.
    Completeness,
    /// 准确性.
    Accuracy,
    /// 一致性.
    Consistency,
    /// 时效性.
    Timeliness,
    /// 可访问性.
    Accessibility,
}

/// 评价指标.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Indicator {
    /// 数据标准: values of the declared kind and form.
    Standard,
    /// 权威参考数据: values in the declared code list.
    Reference,
    /// 数据元素完整性: cells with a value.
    Elements,
    /// 数据记录完整性: whole rows, of those that there should be.
    Records,
    /// 数据内容正确性: check digits, days that exist, numbers in range.
    Content,
    /// 数据重复率: rows that repeat no other.
    Repetition,
    /// 数据唯一性: different keys.
    Unique,
    /// 脏数据出现率: texts without traces of a wrong decoding.
    Dirt,
    /// 相同数据一致性: days and moments in their column's usual form.
    Same,
    /// 关联数据一致性: what columns of a row say of each other.
    Related,
    /// 基于时间段的正确性: days that are not still to come.
    Period,
    /// 基于时间点的及时性: the newest day against the declared cycle.
    Punctual,
    /// 可访问性: reads that succeed.
    Accessible,
    /// 可用性: reads that succeed in time.
    Available,
}

/// One indicator, measured or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// What is measured.
    pub indicator: Indicator,
    /// The share in permille, rounded down; nothing where it cannot be measured.
    pub permille: Option<u16>,
    /// How many are right (A).
    pub right: u64,
    /// Of how many (B).
    pub all: u64,
    /// What was counted, or why nothing.
    pub reason: Text,
}

/// Every indicator with its dimension, its name in the standard, and what measures it.
const INDICATORS: [(Indicator, Dimension, &str, &str, Count); 14] = {
    use {Dimension as D, Indicator as I};
    [
        (I::Standard, D::Validity, "数据标准", "data standard", standard),
        (I::Reference, D::Validity, "权威参考数据", "reference data", reference),
        (I::Elements, D::Completeness, "数据元素完整性", "completeness of elements", elements),
        (I::Records, D::Completeness, "数据记录完整性", "completeness of records", records),
        (I::Content, D::Accuracy, "数据内容正确性", "correctness of content", content),
        (I::Repetition, D::Accuracy, "数据重复率", "repetition", repetition),
        (I::Unique, D::Accuracy, "数据唯一性", "uniqueness", unique),
        (I::Dirt, D::Accuracy, "脏数据出现率", "dirty data", dirt),
        (I::Same, D::Consistency, "相同数据一致性", "consistency of the same data", same),
        (I::Related, D::Consistency, "关联数据一致性", "consistency of related data", related),
        (I::Period, D::Timeliness, "基于时间段的正确性", "right period", period),
        (I::Punctual, D::Timeliness, "基于时间点的及时性", "punctuality", punctual),
        (I::Accessible, D::Accessibility, "可访问性", "accessibility", accessible),
        (I::Available, D::Accessibility, "可用性", "availability", available),
    ]
};

/// Right of all with what was counted; or why nothing was.
type Count = fn(&TableProfiler, &Circumstances) -> Result<(u64, u64, Text), Text>;
type Counted = Result<(u64, u64, Text), Text>;

impl Indicator {
    /// All of them, in the order of the standard.
    pub fn all() -> impl Iterator<Item = Self> {
        INDICATORS.iter().map(|(indicator, ..)| *indicator)
    }

    /// The dimension it belongs to.
    #[must_use]
    pub fn dimension(self) -> Dimension {
        let found = INDICATORS.iter().find(|(indicator, ..)| *indicator == self);
        found.map_or(Dimension::Validity, |(_, dimension, ..)| *dimension)
    }

    /// Its name in the standard.
    #[must_use]
    pub fn title(self) -> Text {
        let found = INDICATORS.iter().find(|(indicator, ..)| *indicator == self);
        found.map(|(_, _, zh, en, _)| Text::new(*zh, *en)).unwrap_or_default()
    }
}

/// All indicators of what was seen.
pub(super) fn all(table: &TableProfiler, circumstances: &Circumstances) -> Vec<Measure> {
    let measure =
        |(indicator, _, _, _, count): &(Indicator, Dimension, &str, &str, Count)| match count(table, circumstances) {
            Ok((right, all, reason)) if all > 0 => {
                Measure { indicator: *indicator, permille: Some(permille(right, all)), right, all, reason }
            }
            Ok(_) => {
                let reason = Text::new("不可测：没有可检查的值", "not measurable: there is no value to look at");
                Measure { indicator: *indicator, permille: None, right: 0, all: 0, reason }
            }
            Err(why) => Measure {
                indicator: *indicator,
                permille: None,
                right: 0,
                all: 0,
                reason: Text::new(format!("不可测：{}", why.zh), format!("not measurable: {}", why.en)),
            },
        };
    INDICATORS.iter().map(measure).collect()
}

fn counted(tally: Tally, zh: &str, en: &str) -> Counted {
    let Tally { right, all } = tally;
    Ok((right, all, Text::new(format!("{all} 个值中 {right} 个{zh}"), format!("{right} of {all} values {en}"))))
}

fn sum(tallies: impl IntoIterator<Item = Tally>) -> Tally {
    let mut sum = Tally::default();
    tallies.into_iter().for_each(|tally| sum.add(tally));
    sum
}

fn standard(table: &TableProfiler, _: &Circumstances) -> Counted {
    counted(
        sum(table.columns.iter().map(|column| column.valid)),
        "符合声明的类型与格式",
        "are of the declared kind and form",
    )
}

fn reference(table: &TableProfiler, _: &Circumstances) -> Counted {
    if table.declared.codes.is_empty() {
        return Err(Text::new("未声明代码表", "no code list is declared"));
    }
    counted(sum(table.columns.iter().map(|column| column.coded)), "在声明的代码表内", "are in the declared code list")
}

fn elements(table: &TableProfiler, _: &Circumstances) -> Counted {
    let tally = |column: &super::column::ColumnState| Tally { right: column.values, all: column.values + column.nulls };
    let Tally { right, all } = sum(table.columns.iter().map(tally));
    Ok((
        right,
        all,
        Text::new(format!("{all} 个单元格中 {right} 个有值"), format!("{right} of {all} cells have a value")),
    ))
}

fn records(table: &TableProfiler, _: &Circumstances) -> Counted {
    let known = table
        .declared
        .rows
        .ok_or_else(|| Text::new("数据源未声明行数", "the source does not say how many rows it has"))?;
    let (right, all) = (table.full_rows.min(known), known.max(table.rows));
    Ok((
        right,
        all,
        Text::new(format!("应有 {all} 行，读到完整的 {right} 行"), format!("{right} whole rows were read of {all}")),
    ))
}

fn content(table: &TableProfiler, _: &Circumstances) -> Counted {
    let of = |column: &super::column::ColumnState| {
        sum([column.checks.tally(&column.column.name), column.plausible, column.dates])
    };
    let tally = sum(table.columns.iter().map(of));
    if tally.all == 0 {
        return Err(Text::new(
            "没有可核验的字段（校验位、日期、取值范围）",
            "no column can be verified (check digits, days, ranges)",
        ));
    }
    counted(tally, "通过校验位、日期或取值范围核验", "pass the check of digits, days or ranges")
}

fn repetition(table: &TableProfiler, _: &Circumstances) -> Counted {
    let share = u64::from(table.whole_rows.first_permille());
    let right = u64::try_from(u128::from(table.rows) * u128::from(share) / 1000).unwrap_or(table.rows);
    // Rounded up, so that the share of the sample comes out again.
    let right =
        if super::permille(right, table.rows) < u16::try_from(share).unwrap_or(1000) { right + 1 } else { right };
    Ok((
        right,
        table.rows,
        Text::new(format!("约 {share}‰ 的行不与其他行重复"), format!("about {share}‰ of the rows repeat no other")),
    ))
}

fn unique(table: &TableProfiler, _: &Circumstances) -> Counted {
    if table.declared.key.is_empty() {
        return Err(Text::new("未声明主键", "no key is declared"));
    }
    let different = table.keys.estimate().min(table.rows);
    Ok((
        different,
        table.rows,
        Text::new(
            format!("{} 行中主键约 {different} 种", table.rows),
            format!("about {different} different keys in {} rows", table.rows),
        ),
    ))
}

fn dirt(table: &TableProfiler, _: &Circumstances) -> Counted {
    counted(sum(table.columns.iter().map(|column| column.clean)), "没有乱码", "have no trace of a wrong decoding")
}

fn same(table: &TableProfiler, _: &Circumstances) -> Counted {
    let usual = |column: &super::column::ColumnState| {
        let right = column.forms.ranked().first().map_or(0, |(_, count)| *count);
        Tally { right, all: if right == 0 { 0 } else { column.values } }
    };
    let tally = sum(table.columns.iter().map(usual));
    if tally.all == 0 {
        return Err(Text::new("没有日期或时间字段", "there is no column of days or moments"));
    }
    counted(tally, "与本字段通用格式一致", "are in the usual form of their column")
}

fn related(table: &TableProfiler, _: &Circumstances) -> Counted {
    let kept: Vec<_> = table.rules.iter().filter(|rule| rule.tally.all > 0).collect();
    if kept.is_empty() {
        return Err(Text::new("没有相互关联的字段", "no columns are known to be related"));
    }
    let Tally { right, all } = sum(kept.iter().map(|rule| rule.tally));
    let titles: Vec<Text> = kept.iter().map(|rule| rule.rule.title()).collect();
    let zh: Vec<&str> = titles.iter().map(|title| title.zh.as_str()).collect();
    let en: Vec<&str> = titles.iter().map(|title| title.en.as_str()).collect();
    Ok((
        right,
        all,
        Text::new(
            format!("{}：{all} 次核对中 {right} 次成立", zh.join("；")),
            format!("{}: holds in {right} of {all} cases", en.join("; ")),
        ),
    ))
}

/// Columns of days that have been, rather than of births, plans and ends.
fn happened(table: &TableProfiler) -> impl Iterator<Item = &super::column::ColumnState> {
    const TO_COME: [&str; 14] = [
        "有效期",
        "截止",
        "到期",
        "失效",
        "结束",
        "终止",
        "计划",
        "预计",
        "end",
        "due",
        "expires",
        "expiry",
        "plan",
        "planned",
    ];
    table.columns.iter().filter(|column| {
        use xinyu_core::data::ColumnKind::{Date, Timestamp};
        let name = &column.column.name;
        let is_birth =
            matches!(hint::of(name), Some(Hint::Strong(PersonalKind::BirthDate) | Hint::Weak(PersonalKind::BirthDate)));
        matches!(column.column.kind, Date | Timestamp) && !is_birth && !hint::says(name, &TO_COME)
    })
}

fn today(now: Option<Timestamp>) -> Result<f64, Text> {
    let now = now.ok_or_else(|| Text::new("未给出当前时间", "the present is not known"))?;
    Ok(days(TimeZone::UTC.to_datetime(now).date()))
}

fn period(table: &TableProfiler, circumstances: &Circumstances) -> Counted {
    let today = today(circumstances.now)?;
    let mut tally = Tally::default();
    for range in happened(table).flat_map(|column| column.spread.ranges()) {
        tally.all += range.count;
        // Elsewhere it is tomorrow already.
        tally.right += if range.low <= today + 1.0 { range.count } else { 0 };
    }
    if tally.all == 0 {
        return Err(Text::new("没有记录发生时间的字段", "no column says when something happened"));
    }
    counted(tally, "不晚于当前时间", "are not still to come")
}

fn punctual(table: &TableProfiler, circumstances: &Circumstances) -> Counted {
    let today = today(circumstances.now)?;
    let code = circumstances.update_frequency.as_deref().unwrap_or_default();
    let cycle =
        cycle_days(code).ok_or_else(|| Text::new("未声明固定的更新周期", "no fixed cycle of updates is declared"))?;
    if let Some(seen) = renewed(circumstances, u64::from(cycle)) {
        return Ok(seen);
    }
    let days_until_now =
        happened(table).flat_map(|column| column.spread.ranges()).filter(|range| range.low <= today + 1.0);
    let newest = days_until_now.map(|range| range.high.min(today + 1.0)).max_by(f64::total_cmp);
    let newest = newest.ok_or_else(|| Text::new("没有记录发生时间的字段", "no column says when something happened"))?;
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "days of some thousand years"
    )]
    let age = (today - newest.floor()).max(0.0) as u64;
    let (cycle, all) = (u64::from(cycle), age.max(u64::from(cycle)));
    let month = day(newest).map(|day| day.strftime("%Y-%m").to_string()).unwrap_or_default();
    Ok((
        cycle,
        all,
        Text::new(
            format!("最新数据为 {month}，已 {age} 天；按声明的周期应在 {cycle} 天内"),
            format!("the newest is of {month}, {age} days old; by the declared cycle it should be within {cycle} days"),
        ),
    ))
}

/// By the states of the source that were really seen; one that was seen at one moment only says nothing.
fn renewed(circumstances: &Circumstances, cycle: u64) -> Option<(u64, u64, Text)> {
    let ages = circumstances.renewals.iter().filter(|state| state.seen_until > state.at).map(|state| state.days());
    let ages: Vec<u64> = ages.collect();
    let (newest, states) = (circumstances.renewals.last()?, u64::try_from(ages.len()).unwrap_or(u64::MAX));
    if states == 0 {
        return None;
    }
    let all = ages.iter().fold(0_u64, |sum, age| sum.saturating_add((*age).max(cycle)));
    let late = ages.iter().filter(|age| **age > cycle).count();
    let day = TimeZone::UTC.to_datetime(newest.at).date();
    Some((
        cycle.saturating_mul(states),
        all,
        Text::new(
            format!("实际观察到 {states} 次更新状态，{late} 次超出声明周期（{cycle} 天）未更新；最近一次更新于 {day}"),
            format!(
                "{states} states of the source were seen, {late} of them stood longer than the declared cycle of {cycle} days; the latest is of {day}"
            ),
        ),
    ))
}

fn access(circumstances: &Circumstances) -> Result<super::Access, Text> {
    circumstances.access.ok_or_else(|| Text::new("尚无访问记录", "reads of the source were not recorded"))
}

fn accessible(_: &TableProfiler, circumstances: &Circumstances) -> Counted {
    let access = access(circumstances)?;
    let (right, all) = (access.succeeded.min(access.reads), access.reads);
    Ok((right, all, Text::new(format!("{all} 次读取中 {right} 次成功"), format!("{right} of {all} reads succeeded"))))
}

fn available(_: &TableProfiler, circumstances: &Circumstances) -> Counted {
    let access = access(circumstances)?;
    let (right, all, limit) = (access.in_time.min(access.reads), access.reads, access.limit_ms);
    Ok((
        right,
        all,
        Text::new(
            format!("{all} 次读取中 {right} 次在 {limit} 毫秒内"),
            format!("{right} of {all} reads within {limit} ms"),
        ),
    ))
}
