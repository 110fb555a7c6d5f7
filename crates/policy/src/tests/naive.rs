//! A second evaluator, deliberately naive, written from the documentation of the crate and of TC609-6-2025-14 and -15 alone: it reads the JSON of policy
//! and request as they stand and shares no code with the engine. It knows the values that the tests draw and falls over anything else.
//! `None` is "not known".

use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde_json::{Map, Value};

type Facts = Map<String, Value>;

const NONE: &[Value] = &[];

/// `allow`, `allow_if`, `deny` or `deny_by_default`.
pub(super) fn decide(source: &Value, facts: &Facts) -> &'static str {
    let asked = text(&facts["action"]);
    let rules = |kind: &str| list(&source["contractPolicies"][0][kind]);
    let named = |rule: &Value| list(&rule["actions"]).iter().map(|action| text(action).to_owned()).collect::<Vec<_>>();
    if rules("prohibitionPolicies")
        .iter()
        .any(|rule| named(rule).iter().any(|own| prohibits(own, asked)) && holds(rule, facts, false) != Some(false))
    {
        return "deny";
    }
    let permissions: Vec<_> =
        rules("permissionPolicies").iter().filter(|rule| named(rule).iter().any(|own| permits(own, asked))).collect();
    let holding: Vec<_> = permissions.iter().filter(|rule| holds(rule, facts, true) == Some(true)).collect();
    if holding.is_empty() {
        let speaks = permissions.iter().any(|rule| product(rule, facts) != Some(false));
        return if speaks { "deny" } else { "deny_by_default" };
    }
    let is_free = |rule: &Value| {
        let mut duties = duties_of(rule, facts);
        for obligation in rules("obligationPolicies") {
            let about = all([product(obligation, facts), node(obligation, facts)]);
            let due = all(conditions(list(&obligation["constraints"]), None, facts, false));
            if about != Some(false) && due != Some(false) {
                for action in list(&obligation["actions"]) {
                    duties.push((text(action).to_owned(), timing(obligation, text(action))));
                }
            }
        }
        let before = duties.into_iter().filter(|(_, timing)| timing == "before").map(|(action, _)| action);
        let done: Vec<String> = list(&facts.get("dutiesDone").cloned().unwrap_or_default())
            .iter()
            .map(|code| text(code).to_owned())
            .collect();
        // Each duty has to be found in what was done, not before the one that comes first.
        let mut from = 0;
        before.into_iter().all(|duty| match done[from..].iter().position(|code| *code == duty) {
            Some(at) => {
                from += at;
                true
            }
            None => false,
        })
    };
    if holding.iter().any(|rule| is_free(rule)) { "allow" } else { "allow_if" }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(NONE, Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// TC609-6-2025-14 Table 4, and what `use` includes.
fn permits(own: &str, asked: &str) -> bool {
    let of_use = ["access", "read", "process", "compute", "transform", "anonymize", "desensitize", "delivery"];
    own == asked || own == "use" && of_use.contains(&asked) || own == "download" && asked == "export"
}

fn prohibits(own: &str, asked: &str) -> bool {
    let protects = [
        "anonymize",
        "desensitize",
        "plicyTransmit",
        "logRecordSend",
        "delete",
        "alert",
        "compensate",
        "encrypt",
        "notify",
        "watermark",
        "authenticate",
    ];
    permits(own, asked)
        || permits(asked, own)
        || own == "use" && !protects.contains(&asked)
        || own == "access" && asked == "read"
}

fn all(parts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let parts: Vec<_> = parts.into_iter().collect();
    if parts.contains(&Some(false)) {
        Some(false)
    } else if parts.contains(&None) {
        None
    } else {
        Some(true)
    }
}

fn any(parts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    all(parts.into_iter().map(|part| part.map(|met| !met))).map(|none| !none)
}

fn exactly_one(parts: Vec<Option<bool>>) -> Option<bool> {
    let met = parts.iter().filter(|part| **part == Some(true)).count();
    let unknown = parts.iter().filter(|part| part.is_none()).count();
    if met > 1 || met + unknown == 0 {
        Some(false)
    } else if unknown > 0 {
        None
    } else {
        Some(true)
    }
}

fn fact<'f>(facts: &'f Facts, name: &str) -> Option<&'f str> {
    facts.get(name).and_then(Value::as_str)
}

fn product(rule: &Value, facts: &Facts) -> Option<bool> {
    match rule["subject"]["dataProductId"].as_str() {
        None => Some(true),
        Some(product) => fact(facts, "product").map(|asked| asked == product),
    }
}

fn node(rule: &Value, facts: &Facts) -> Option<bool> {
    let node = &rule["executionNode"];
    let Some(assignee) = node["assigneeId"].as_str() else { return Some(true) };
    let runs_there = fact(facts, "connector").map(|at| at == assignee || Some(at) == node["assignerId"].as_str());
    any([runs_there, fact(facts, "subject").map(|who| who == assignee)])
}

fn holds(rule: &Value, facts: &Facts, permits: bool) -> Option<bool> {
    let conditions = conditions(list(&rule["constraints"]), None, facts, permits);
    all([product(rule, facts), node(rule, facts)].into_iter().chain(conditions))
}

fn timing(duty: &Value, action: &str) -> String {
    duty["expansionItem"]["timing"].as_str().map_or_else(
        || match action {
            "logRecordSend" | "delete" | "notify" => "after".to_owned(),
            "alert" => "during".to_owned(),
            _ => "before".to_owned(),
        },
        str::to_owned,
    )
}

/// The duties of a permission that the facts do not rule out; a price that has to be paid comes last.
fn duties_of(rule: &Value, facts: &Facts) -> Vec<(String, String)> {
    let mut duties = Vec::new();
    for duty in list(&rule["duties"]) {
        if all(conditions(list(&duty["constraints"]), None, facts, false)) != Some(false) {
            duties.extend(
                list(&duty["actions"]).iter().map(|action| (text(action).to_owned(), timing(duty, text(action)))),
            );
        }
    }
    let prices =
        flat(list(&rule["constraints"])).into_iter().filter(|part| part["constraintName"] == "payAmount").count();
    duties.extend((0..prices).map(|_| ("compensate".to_owned(), "before".to_owned())));
    duties
}

/// What has to hold together: `and` is taken apart.
fn flat(constraints: &[Value]) -> Vec<&Value> {
    let parts = constraints.iter().flat_map(|part| match part.get("and") {
        Some(inner) => flat(list(inner)),
        None => vec![part],
    });
    parts.collect()
}

/// Each condition of a conjunction. `permits`: of a permission, where a price is a duty and no condition.
fn conditions(constraints: &[Value], outer: Option<&str>, facts: &Facts, permits: bool) -> Vec<Option<bool>> {
    let parts = flat(constraints);
    let own = window_of(&parts);
    let window = own.or(outer);
    let is_top = outer.is_none();
    parts
        .into_iter()
        .filter(|part| !(permits && is_top && part["constraintName"] == "payAmount"))
        .map(|part| {
            for word in ["or", "xone"] {
                if let Some(inner) = part.get(word) {
                    let each: Vec<_> = list(inner)
                        .iter()
                        .map(|one| all(alternative(std::slice::from_ref(one), window, facts, permits)))
                        .collect();
                    return if word == "or" { any(each) } else { exactly_one(each) };
                }
            }
            compare(part, own, window, facts, permits)
        })
        .collect()
}

/// As [`conditions`], of a part of a choice: a price in it is a condition.
fn alternative(constraints: &[Value], outer: Option<&str>, facts: &Facts, permits: bool) -> Vec<Option<bool>> {
    conditions(constraints, Some(outer.unwrap_or("")), facts, permits)
}

/// The shortest period of a `timeWindow` in a conjunction, if something in it counts uses and names no other window.
fn window_of<'v>(parts: &[&'v Value]) -> Option<&'v str> {
    let excluded = ["gt", "gteq", "neq", "isNoneOf"];
    let windows = parts.iter().filter(|part| {
        part["constraintName"] == "timeWindow"
            && text(&part["constraintValue"]).starts_with('P')
            && !excluded.contains(&text(&part["constraintOperator"]))
    });
    let shortest = windows.map(|part| text(&part["constraintValue"])).min_by_key(|period| seconds(period))?;
    let counts = |part: &&Value| counts_without(part, shortest);
    parts.iter().any(counts).then_some(shortest)
}

fn counts_without(part: &Value, window: &str) -> bool {
    for word in ["and", "or", "xone"] {
        if let Some(inner) = part.get(word) {
            return list(inner).iter().any(|part| counts_without(part, window));
        }
    }
    let is_count = part["constraintName"] == "count" || part["constraintName"] == "frequency";
    is_count && named_window(text(&part["constraintValue"])).is_none_or(|own| own == window)
}

fn named_window(value: &str) -> Option<&str> {
    let (_, window) = value.split_once('/')?;
    Some(if window == "天" { "P1D" } else { window })
}

/// How long, where a month is thirty-one days as that of January 1970.
fn seconds(period: &str) -> i64 {
    let number: i64 = period.chars().filter(char::is_ascii_digit).collect::<String>().parse().expect("a number");
    match (period.contains('T'), period.chars().last()) {
        (false, Some('D')) => number * 86_400,
        (false, Some('M')) => number * 31 * 86_400,
        (true, Some('H')) => number * 3_600,
        _ => panic!("period {period}"),
    }
}

fn compare(part: &Value, own: Option<&str>, window: Option<&str>, facts: &Facts, permits: bool) -> Option<bool> {
    let (name, operator, value) =
        (text(&part["constraintName"]), text(&part["constraintOperator"]), &part["constraintValue"]);
    match name {
        "time" => stretch(operator, text(value), facts),
        "timeWindow" | "elapsedTime" if text(value).starts_with('P') => {
            if name == "timeWindow" && own == Some(text(value)) {
                return Some(true);
            }
            since_first_use(operator, text(value), facts)
        }
        "timeWindow" if text(value).contains(':') && !text(value).contains("00/") => {
            hours(operator, text(value), facts)
        }
        "timeWindow" => stretch(operator, text(value), facts),
        "count" | "frequency" => {
            let amount: u64 =
                text(value).chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a number");
            let window = named_window(text(value)).or(window.filter(|window| !window.is_empty()));
            let in_window = name == "frequency" || window.is_some();
            let made = facts.get("used")?.get(if in_window { "inWindow" } else { "count" })?.as_u64()?;
            let operator = if operator == "eq" && permits { "lteq" } else { operator };
            Some(number(operator, made + 1, amount))
        }
        "dataSize" => Some(number(
            operator,
            facts.get("dataSize")?.as_u64()?,
            if text(value) == "1K" { 1000 } else { text(value).parse().expect("bytes") },
        )),
        "dateRecord" => {
            Some(number(operator, facts.get("dataRecord")?.as_u64()?, text(value).parse().expect("records")))
        }
        "payAmount" => {
            let done = list(facts.get("dutiesDone")?).contains(&Value::from("compensate"));
            done.then_some(true)
        }
        "valueExpression" => Some(true),
        _ => {
            let member = if name == "machineLearningModels" { "machineLearningModel" } else { name };
            let stated: Vec<&str> = match facts.get(member)? {
                Value::Array(fields) => fields.iter().map(text).collect(),
                one => vec![text(one)],
            };
            names(name, operator, value, &stated, permits)
        }
    }
}

fn number(operator: &str, fact: u64, limit: u64) -> bool {
    match operator {
        "eq" => fact == limit,
        "neq" => fact != limit,
        "lt" => fact < limit,
        "lteq" => fact <= limit,
        "gt" => fact > limit,
        "gteq" => fact >= limit,
        _ => panic!("operator {operator}"),
    }
}

fn instant(text: &str) -> Timestamp {
    let part = |range: std::ops::Range<usize>| text[range].to_owned();
    let (date, time) = (
        format!("{}-{}-{}", part(0..4), part(4..6), part(6..8)),
        format!("{}:{}:{}", part(8..10), part(10..12), part(12..14)),
    );
    format!("{date}T{time}+08:00").parse().expect("a time")
}

fn now(facts: &Facts) -> Option<Timestamp> {
    fact(facts, "time").map(|time| time.parse().expect("a time"))
}

/// An instant, a day, or an interval.
fn stretch(operator: &str, value: &str, facts: &Facts) -> Option<bool> {
    let (first, last) = match value.split_once('/') {
        Some((first, last)) => (instant(first), instant(last)),
        None if value.contains('-') => (
            format!("{value}T00:00:00+08:00").parse().expect("a day"),
            format!("{value}T23:59:59.999999999+08:00").parse().expect("a day"),
        ),
        None => (instant(value), instant(value)),
    };
    let now = now(facts)?;
    Some(match operator {
        "lt" => now < first,
        "lteq" => now <= last,
        "gt" => now > last,
        "gteq" => now >= first,
        "neq" | "isNoneOf" => now < first || last < now,
        _ => first <= now && now <= last,
    })
}

fn hours(operator: &str, value: &str, facts: &Facts) -> Option<bool> {
    let clock =
        now(facts)?.to_zoned_datetime(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).strftime("%H:%M:%S").to_string();
    let (from, to) = value.split_once('-').expect("hours");
    let (from, to) = (format!("{from}:00"), format!("{to}:00"));
    let inside = if from <= to { from <= clock && clock <= to } else { from <= clock || clock <= to };
    Some(inside != matches!(operator, "neq" | "isNoneOf"))
}

fn since_first_use(operator: &str, period: &str, facts: &Facts) -> Option<bool> {
    let now = now(facts)?;
    let first: Timestamp = fact(facts, "timeOfFirstUse")?.parse().expect("a time");
    let span: jiff::Span = period.parse().expect("a period");
    let end = first
        .to_zoned_datetime(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)))
        .checked_add(span)
        .expect("a time")
        .timestamp();
    Some(match operator {
        "lt" => now < end,
        "gteq" => now >= end,
        "gt" | "neq" | "isNoneOf" => now > end,
        _ => now <= end,
    })
}

/// All stated names have to lie as a permission says; of a prohibition one that does is enough.
fn names(operand: &str, operator: &str, value: &Value, stated: &[&str], permits: bool) -> Option<bool> {
    let values: Vec<&str> = match value {
        Value::Array(values) => values.iter().map(text).collect(),
        one => text(one).split(',').collect(),
    };
    if stated.is_empty() || stated.iter().any(|one| *one == "99" && operand == "executionEnv") {
        return None;
    }
    let within = |one: &str| any(values.iter().map(|value| lies_within(operand, one, value)));
    let of_each = |each: Vec<Option<bool>>| if permits { all(each) } else { any(each) };
    let covered = all(values.iter().map(|value| any(stated.iter().map(|one| lies_within(operand, value, one)))));
    match operator {
        "neq" | "isNoneOf" => of_each(stated.iter().map(|one| within(one).map(|is| !is)).collect()),
        "hasPart" => covered,
        "isAllOf" if !permits => covered,
        "isAllOf" => all(stated.iter().map(|one| within(one)).chain([covered])),
        _ => of_each(stated.iter().map(|one| within(one)).collect()),
    }
}

fn lies_within(operand: &str, one: &str, other: &str) -> Option<bool> {
    match operand {
        "region" => region(one, other),
        "networkAddress" => network(one, other),
        "dataField" => field(one, other),
        "physicalAddress" => Some(one.to_lowercase() == other.to_lowercase()),
        _ => Some(one == other),
    }
}

/// Codes lie within shorter codes, of the mainland within CN; a larger area is unclear, and so is a name.
fn region(one: &str, other: &str) -> Option<bool> {
    let is_code = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = |text: &str| !text.is_ascii();
    let cut = |text: &str| text.strip_suffix("0000").or_else(|| text.strip_suffix("00")).unwrap_or(text).to_owned();
    match (one, other) {
        _ if one == other => Some(true),
        _ if is_name(one) && is_name(other) => Some(false),
        _ if is_name(one) || is_name(other) => None,
        (_, "CN") => Some(is_code(one) && !["71", "81", "82"].iter().any(|start| one.starts_with(start))),
        ("CN", _) => {
            if is_code(other) {
                None
            } else {
                Some(false)
            }
        }
        _ if is_code(one) && is_code(other) => {
            if cut(one).starts_with(&cut(other)) {
                Some(true)
            } else if cut(other).starts_with(&cut(one)) {
                None
            } else {
                Some(false)
            }
        }
        _ => Some(false),
    }
}

fn network(one: &str, other: &str) -> Option<bool> {
    let range = |text: &str| -> Option<(u32, u32)> {
        let (address, bits) = text.split_once('/').unwrap_or((text, "32"));
        let first = address.parse::<Ipv4Addr>().ok()?.to_bits();
        let rest = u32::MAX.checked_shr(bits.parse().ok()?).unwrap_or(0);
        Some((first & !rest, first | rest))
    };
    if let (Some((a, b)), Some((first, last))) = (range(one), range(other)) {
        return if first <= a && b <= last {
            Some(true)
        } else if b < first || last < a {
            Some(false)
        } else {
            None
        };
    }
    let is_host = |text: &str| range(text).is_none() && !text.contains(['*', '!']);
    match other.strip_prefix('*') {
        Some(end) if is_host(one) => Some(one.ends_with(end) && one.len() > end.len()),
        None if is_host(one) && is_host(other) => Some(one == other),
        _ => None,
    }
}

fn field(one: &str, other: &str) -> Option<bool> {
    let column = |field: &str| field.split('.').next_back().expect("a name").to_owned();
    if one == other || !other.contains('.') && column(one) == other {
        return Some(true);
    }
    let both_say = one.contains('.') && other.contains('.');
    let alike = if both_say {
        one.to_lowercase() == other.to_lowercase()
    } else {
        column(one).to_lowercase() == column(other).to_lowercase()
    };
    if alike { None } else { Some(false) }
}
