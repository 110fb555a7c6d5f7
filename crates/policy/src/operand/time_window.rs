//! `timeWindow` 时间窗口. C.6 row 2; ODRL `timeInterval`. Three kinds of value, as the standard's own examples have them (Appendix D):
//!
//! * A length of time (`P1D`) beside a `count` or `frequency`: the window within which uses are counted. It is then no condition of its own.
//! * A length of time alone (`lteq P365D`): how long after the first use the data may be used (`timeOfFirstUse`). `eq`, `isA` and `isPartOf` are
//!   read as `lteq`; `gt` and `gteq` mean not before that time has passed.
//! * An interval (`2024-03-20 23:59:59 -- 2025-03-20 23:59:59`), or hours of every day (`09:00-18:00`): the use lies within.

use jiff::civil;
use serde_json::Value;
use xinyu_protocol::text::Text;

use super::moment::{self, Moment, Period, civil_text, clock_text, second_of_day};
use super::{Limit, Spec, Test, Tested, Truth, expected, one_text, words};
use crate::action::Enforcement;
use crate::operator::Operator;

pub(super) static SPEC: Spec = Spec {
    name: "timeWindow",
    also: &["timewindow"],
    odrl: &["timeInterval"],
    zh: "时间窗口",
    en: "time window",
    fact: "time",
    operators: moment::OPERATORS,
    enforcement: Enforcement::Technical,
    relate: words::same,
    near: words::near,
    read,
    test,
};

fn read(value: &Value) -> Result<Limit, Text> {
    let refused = || {
        expected(
            value,
            "时间窗口（如 P7D、09:00-18:00 或起止区间）",
            "a time window (such as P7D, 09:00-18:00, or an interval)",
        )
    };
    if let Some(text) = one_text(value) {
        if let Some(period) = Period::parse(&text) {
            return Ok(Limit::Period(period));
        }
        if let Some((from, to)) = hours(&text) {
            return Ok(Limit::Hours { from, to });
        }
    }
    let is_stretch = |moment: &Moment| moment.first < moment.last;
    Moment::read(value).filter(is_stretch).map(Limit::Moment).ok_or_else(refused)
}

/// `09:00-18:00`, `0900-1800`, `T09:00/T18:00`.
fn hours(text: &str) -> Option<(u32, u32)> {
    let (from, to) = ["--", "-", "/", "~", "至"].iter().find_map(|separator| text.split_once(separator))?;
    Some((hour(from)?, hour(to)?))
}

fn hour(text: &str) -> Option<u32> {
    let text = text.trim().trim_start_matches('T');
    let time = ["%H:%M:%S", "%H:%M", "%H%M"].iter().find_map(|form| civil::Time::strptime(form, text).ok())?;
    Some(moment::second(time))
}

fn test(test: &Test<'_>) -> Tested {
    match &test.leaf.limit {
        Limit::Period(period) if test.leaf.counts_uses => test.tested(Truth::Met, || {
            Text::new(
                format!("使用次数按时间窗口 {} 统计", period.as_str()),
                format!("uses are counted within {}", period.as_str()),
            )
        }),
        Limit::Period(period) => since_first_use(test, period),
        Limit::Moment(moment) => super::time::within(test, moment),
        Limit::Hours { from, to } => within_hours(test, *from, *to),
        _ => test.unreadable(),
    }
}

fn within_hours(test: &Test<'_>, from: u32, to: u32) -> Tested {
    let Some(now) = test.request.time else {
        return test.missing();
    };
    let second = second_of_day(now);
    let is_inside = if from <= to { (from..=to).contains(&second) } else { second >= from || second <= to };
    let excludes = matches!(test.leaf.operator, Operator::Neq | Operator::IsNoneOf);
    let truth = Truth::of(is_inside != excludes);
    test.tested(truth, || {
        let (at, from, to) = (civil_text(now), clock_text(from), clock_text(to));
        let (zh, en) = if is_inside { ("在", "within") } else { ("不在", "outside") };
        Text::new(
            format!("使用时间 {at} {zh}约定的每日时段 {from}-{to} 内"),
            format!("the time of use {at} lies {en} the agreed hours {from}-{to}"),
        )
    })
}

/// Compares the time since the first use with a length of time.
pub(super) fn since_first_use(test: &Test<'_>, period: &Period) -> Tested {
    let Some(now) = test.request.time else {
        return test.missing_fact("time");
    };
    let Some(first) = test.request.time_of_first_use else {
        return test.missing_fact("timeOfFirstUse");
    };
    let Some(end) = period.after(first) else {
        return test.unreadable();
    };
    let truth = match test.leaf.operator {
        Operator::Lt => Truth::of(now < end),
        Operator::Gt => Truth::of(now > end),
        Operator::Gteq => Truth::of(now >= end),
        Operator::Neq | Operator::IsNoneOf => Truth::of(now > end),
        _ => Truth::of(now <= end),
    };
    test.tested(truth, || {
        let (at, start, end) = (civil_text(now), civil_text(first), civil_text(end));
        let length = period.as_str();
        let (zh, en) = match truth {
            Truth::Met => ("符合", "meets"),
            _ => ("不符合", "does not meet"),
        };
        Text::new(
            format!("使用时间 {at} {zh}约定的使用期限：首次使用 {start} 起 {length}，至 {end}"),
            format!("the time of use {at} {en} the agreed term: {length} from the first use at {start}, until {end}"),
        )
    })
}
