//! Typical use: what is done, how often. An object of the facts of a use, flat, as `xinyu policy check` takes them, with these members beside:
//!
//! * `every`: within which time, ISO 8601; a day when absent. `times`: how many times in it, evenly; once when absent.
//! * `from`, `until`: when it begins and ends; the span of the simulation when absent. RFC 3339 or a day of China standard time.
//! * `fulfils`: whether duties that come before the use are done; they are when absent. `label`: what it is called.
//!
//! The time of a use, of the first use and how many were made come from the simulation and cannot be stated.

use jiff::Timestamp;
use serde_json::{Map, Value};
use thiserror::Error;
use xinyu_protocol::text::Text;
use xinyu_protocol::time;

use crate::operand::{Moment, Period};
use crate::request::Request;

/// How often a use may be made at most within its time.
const MOST_TIMES: u64 = 1_000;
/// What the simulation states itself.
const OWN: [&str; 3] = ["time", "timeOfFirstUse", "used"];

/// One line of typical use.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// What it is called.
    pub label: Text,
    /// The facts of each use.
    pub request: Request,
    /// Within which time …
    pub every: Period,
    /// … it is made how many times.
    pub times: u32,
    /// From when.
    pub from: Option<Timestamp>,
    /// Until when, not included.
    pub until: Option<Timestamp>,
    /// Whether duties before the use are done.
    pub fulfils: bool,
}

/// Why something is not a line of typical use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{} at {pointer:?}", text.en)]
pub struct PlanError {
    /// JSON pointer into the list of uses.
    pub pointer: String,
    /// For people.
    pub text: Text,
}

impl Use {
    /// Reads a list of them.
    ///
    /// # Errors
    /// What is wrong with the first that is none, and where.
    pub fn read_all(values: &[Value]) -> Result<Vec<Self>, PlanError> {
        values.iter().enumerate().map(|(index, value)| Self::read(index, value)).collect()
    }

    fn read(index: usize, value: &Value) -> Result<Self, PlanError> {
        let at = |member: &str| if member.is_empty() { format!("/{index}") } else { format!("/{index}/{member}") };
        let refuse = |member: &str, zh: String, en: String| PlanError { pointer: at(member), text: Text::new(zh, en) };
        let Value::Object(members) = value else {
            return Err(refuse("", "每项使用应为对象".to_owned(), "a use is an object".to_owned()));
        };
        let mut facts = members.clone();
        if let Some(own) = OWN.iter().find(|own| facts.contains_key(**own)) {
            return Err(refuse(
                own,
                format!("{own} 由推演得出，不能给定"),
                format!("{own} comes from the simulation and cannot be stated"),
            ));
        }
        let every = match facts.remove("every") {
            None => Period::parse("P1D"),
            Some(Value::String(text)) => Period::parse(&text),
            Some(_) => None,
        };
        let every = every.filter(|every| every.approximate_seconds() >= 60).ok_or_else(|| {
            refuse(
                "every",
                "应为至少一分钟的时长，如 P1D、PT1H".to_owned(),
                "a length of time of at least a minute is expected, such as P1D or PT1H".to_owned(),
            )
        })?;
        let times = match facts.remove("times") {
            None => Some(1),
            Some(value) => value.as_u64().filter(|times| (1..=MOST_TIMES).contains(times)),
        };
        let times = times.and_then(|times| u32::try_from(times).ok()).ok_or_else(|| {
            refuse(
                "times",
                format!("应为 1 至 {MOST_TIMES} 的整数"),
                format!("a whole number from 1 to {MOST_TIMES} is expected"),
            )
        })?;
        let mut when = |member: &str| match facts.remove(member) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => instant(&value).map(Some).ok_or_else(|| {
                refuse(
                    member,
                    "应为时间，如 2026-03-01 或 2026-03-01T09:00:00+08:00".to_owned(),
                    "a time is expected, such as 2026-03-01 or 2026-03-01T09:00:00+08:00".to_owned(),
                )
            }),
        };
        let (from, until) = (when("from")?, when("until")?);
        let fulfils = match facts.remove("fulfils") {
            None => true,
            Some(Value::Bool(fulfils)) => fulfils,
            Some(_) => {
                return Err(refuse("fulfils", "应为 true 或 false".to_owned(), "true or false is expected".to_owned()));
            }
        };
        let label = match facts.remove("label") {
            None => None,
            Some(Value::String(label)) => Some(label),
            Some(_) => return Err(refuse("label", "应为文字".to_owned(), "a text is expected".to_owned())),
        };
        let request = request(facts).map_err(|error| {
            refuse(
                "",
                format!("使用的事实无法理解：{error}"),
                format!("the facts of the use are not understood: {error}"),
            )
        })?;
        let Some(action) = request.action.known() else {
            return Err(refuse("action", "不认识的操作行为".to_owned(), "the action is not known".to_owned()));
        };
        let label = label.map_or_else(|| action.label(), |label| Text::new(label.clone(), label));
        Ok(Self { label, request, every, times, from, until, fulfils })
    }
}

fn request(facts: Map<String, Value>) -> Result<Request, serde_json::Error> {
    serde_json::from_value(Value::Object(facts))
}

fn instant(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    time::parse_any(text).ok().or_else(|| Moment::parse(text).map(|moment| moment.first))
}
