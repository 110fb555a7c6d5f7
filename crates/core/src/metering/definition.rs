//! Meters (计量项) and their definitions: what is counted, in what unit, from which records of which side. A definition that has counted for anybody is not
//! changed: it gets a new version, and every closed period names by their digest the definitions that it was counted by. Pure.

use std::sync::LazyLock;

use serde::Serialize;
use xinyu_crypto::Suite;
use xinyu_protocol::tc609::metering::Tally;

use crate::negotiation::Side;

/// How the records of a period become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// The number of records.
    Count,
    /// The sum of the fact of this name; a record without it counts nothing.
    Sum(&'static str),
}

/// One meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// What it is called.
    pub name: &'static str,
    /// Its version, from 1.
    pub version: u32,
    /// In what it counts, by UCUM where it knows a unit: `1`, `By`, `ms`, `u{epsilon}` (a millionth of ε).
    pub unit: &'static str,
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
    /// How.
    pub aggregation: Aggregation,
    /// The consumer's records that it counts, as the platform does too.
    pub consumer: &'static [&'static str],
    /// What the provider counts: its own records, and uses, of which it is told.
    pub provider: &'static [&'static str],
}

/// Deliveries, as who sends and who gets them record them.
const DELIVERED: (&[&str], &[&str]) = (&["transfer.completed"], &["transfer.delivered"]);
const DONE: &[&str] = &["usage.done"];
const REFUSED: &[&str] = &["usage.refused"];
const STOPPED: &[&str] = &["usage.stopped", "usage.failed"];
const RUN: &[&str] = &["usage.done", "usage.stopped", "usage.failed"];

/// The meters in force. To change one: a new line with the next version in its place; [`digest`] changes with it, and a test says so.
pub const METERS: [Definition; 8] = [
    meter("deliveries", "1", ("交付次数", "deliveries"), Aggregation::Count, DELIVERED),
    meter("rows", "1", ("交付行数", "rows delivered"), Aggregation::Sum("rows"), DELIVERED),
    meter("bytes", "By", ("交付字节数", "bytes delivered"), Aggregation::Sum("bytes"), DELIVERED),
    meter("uses", "1", ("使用次数", "uses"), Aggregation::Count, (DONE, DONE)),
    meter("refused", "1", ("拒绝次数", "uses refused"), Aggregation::Count, (REFUSED, REFUSED)),
    meter("stopped", "1", ("中止次数", "uses stopped or failed"), Aggregation::Count, (STOPPED, STOPPED)),
    meter("compute", "ms", ("运算时长", "compute time"), Aggregation::Sum("run_ms"), (RUN, RUN)),
    meter(
        "privacy",
        "u{epsilon}",
        ("隐私预算消耗", "privacy budget spent"),
        Aggregation::Sum("epsilon_micro"),
        (DONE, &[]),
    ),
];

const fn meter(
    name: &'static str,
    unit: &'static str,
    (zh, en): (&'static str, &'static str),
    aggregation: Aggregation,
    (consumer, provider): (&'static [&'static str], &'static [&'static str]),
) -> Definition {
    Definition { name, version: 1, unit, zh, en, aggregation, consumer, provider }
}

impl Definition {
    /// The kinds of records that this side counts; none if it cannot.
    #[must_use]
    pub fn kinds(&self, side: Side) -> &'static [&'static str] {
        match side {
            Side::Consumer => self.consumer,
            Side::Provider => self.provider,
        }
    }
}

/// The meter of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Definition> {
    METERS.iter().find(|meter| meter.name == name)
}

/// What one event adds, on this side: nothing for most.
#[must_use]
pub fn tally(side: Side, kind: &str, fact: &dyn Fn(&str) -> Option<u64>) -> Tally {
    let counted = METERS.iter().filter(|meter| meter.kinds(side).contains(&kind));
    let quantity = |meter: &Definition| match meter.aggregation {
        Aggregation::Count => 1,
        Aggregation::Sum(name) => fact(name).and_then(|value| i64::try_from(value).ok()).unwrap_or(0),
    };
    counted.map(|meter| (meter.name.to_owned(), quantity(meter))).filter(|(_, quantity)| *quantity != 0).collect()
}

/// The facts that are added up of a record of this kind.
pub(crate) fn facts(kind: &str) -> impl Iterator<Item = &'static str> {
    let counted = METERS.iter().filter(move |meter| meter.consumer.contains(&kind) || meter.provider.contains(&kind));
    counted.filter_map(|meter| match meter.aggregation {
        Aggregation::Count => None,
        Aggregation::Sum(name) => Some(name),
    })
}

/// SHA-256 of the canonical JSON of [`METERS`], 64 hexadecimal digits: what a period says it was counted by.
#[must_use]
pub fn digest() -> String {
    static DIGEST: LazyLock<String> = LazyLock::new(|| {
        let bytes = xinyu_protocol::json::canonical(&METERS).unwrap_or_default();
        Suite::Intl.hash(&bytes).to_string()
    });
    DIGEST.clone()
}
