//! What columns of one row say of each other (关联数据一致性, GB/T 36344-2018). Some rules are told by the names of the columns, others are declared. To add a
//! rule is one variant, its columns and its judgement.

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use xinyu_core::data::{Cell, ColumnKind, TableSchema};
use xinyu_protocol::text::Text;

use super::grid::real;
use super::hint::{self, Hint};
use super::{PersonalKind, Tally};
use crate::recognise::is_citizen;

/// A rule over the columns of a row, by their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// The date of birth is the one in the citizen number.
    Birth {
        /// The column of the number.
        citizen: String,
        /// The column of the date.
        birth: String,
    },
    /// The sex is the one in the citizen number.
    Sex {
        /// The column of the number.
        citizen: String,
        /// The column of the sex: 男, 女, M, F, 1, 2 (GB/T 2261.1).
        sex: String,
    },
    /// The area of registration (户籍) is in the province of the citizen number.
    Area {
        /// The column of the number.
        citizen: String,
        /// The column of the code, GB/T 2260.
        area: String,
    },
    /// The start is not after the end.
    Order {
        /// The column of the start.
        start: String,
        /// The column of the end.
        end: String,
    },
    /// The parts make the total, to half a cent.
    Sum {
        /// The column of the total.
        total: String,
        /// The columns of the parts.
        parts: Vec<String>,
    },
}

/// A rule with the places of its columns and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    pub(super) rule: Rule,
    places: Vec<usize>,
    pub(super) tally: Tally,
}

/// Words of a start and of its end, in the names of two columns of days.
const SPANS: [(&str, &str); 10] = [
    ("开始", "结束"),
    ("起始", "终止"),
    ("入院", "出院"),
    ("入职", "离职"),
    ("生效", "失效"),
    ("出发", "到达"),
    ("start", "end"),
    ("begin", "end"),
    ("from", "to"),
    ("departure", "arrival"),
];

impl Rule {
    /// The rules that the names of the columns tell.
    pub(super) fn of_names(schema: &TableSchema) -> Vec<Self> {
        let hinted = |kind| {
            let says = |column: &&xinyu_core::data::Column| matches!(hint::of(&column.name), Some(Hint::Strong(found) | Hint::Weak(found)) if found == kind);
            schema.columns.iter().find(says).map(|column| column.name.clone())
        };
        let named = |words: &[&str]| {
            schema.columns.iter().find(|column| hint::says(&column.name, words)).map(|column| column.name.clone())
        };
        let mut rules = Vec::new();
        if let Some(citizen) = hinted(PersonalKind::CitizenId) {
            let birth = hinted(PersonalKind::BirthDate);
            rules.extend(birth.map(|birth| Self::Birth { citizen: citizen.clone(), birth }));
            let sex = named(&["性别", "sex", "gender"]);
            rules.extend(sex.map(|sex| Self::Sex { citizen: citizen.clone(), sex }));
            let area = named(&["户籍区划", "户籍代码", "籍贯代码", "registered_area", "domicile_code"]);
            rules.extend(area.map(|area| Self::Area { citizen: citizen.clone(), area }));
        }
        let is_time = |kind| matches!(kind, ColumnKind::Date | ColumnKind::Timestamp);
        for column in schema.columns.iter().filter(|column| is_time(column.kind)) {
            let end = SPANS.iter().find_map(|(start, end)| {
                let name = column.name.to_lowercase();
                let other = name.contains(start).then(|| name.replace(start, end))?;
                schema.columns.iter().find(|column| is_time(column.kind) && column.name.to_lowercase() == other)
            });
            let order = end.map(|end| Self::Order { start: column.name.clone(), end: end.name.clone() });
            rules.extend(order);
        }
        rules
    }

    /// With the places of its columns; nothing when one is not there.
    pub(super) fn keep(self, schema: &TableSchema) -> Option<Kept> {
        let places = self.columns().into_iter().map(|column| schema.position(column)).collect::<Option<_>>()?;
        Some(Kept { rule: self, places, tally: Tally::default() })
    }

    /// What it asks, for people.
    pub(super) fn title(&self) -> Text {
        let names = self.columns();
        let (zh, en) = match self {
            Self::Birth { .. } | Self::Sex { .. } | Self::Area { .. } => ("相符", "agree"),
            Self::Order { .. } => ("先后有序", "are in order"),
            Self::Sum { .. } => ("合计相等", "add up"),
        };
        Text::new(format!("{}{zh}", names.join("、")), format!("{} {en}", names.join(", ")))
    }

    fn columns(&self) -> Vec<&str> {
        match self {
            Self::Birth { citizen, birth: other }
            | Self::Sex { citizen, sex: other }
            | Self::Area { citizen, area: other } => {
                vec![citizen, other]
            }
            Self::Order { start, end } => vec![start, end],
            Self::Sum { total, parts } => std::iter::once(total).chain(parts).map(String::as_str).collect(),
        }
    }

    /// Whether a row keeps it; nothing when the row does not say.
    fn judge(&self, cells: &[&Cell]) -> Option<bool> {
        let [first, rest @ ..] = cells else {
            return None;
        };
        match self {
            Self::Order { .. } => Some(instant(first)? <= instant(rest.first()?)?),
            Self::Sum { .. } => {
                let total = number(first)?;
                let sum: f64 = rest.iter().map(|cell| number(cell)).sum::<Option<f64>>()?;
                Some((total - sum).abs() <= 0.005 + total.abs() * 1e-9)
            }
            Self::Birth { .. } | Self::Sex { .. } | Self::Area { .. } => {
                let (citizen, other) = (first.to_string(), rest.first()?.to_string());
                is_citizen(&citizen).then_some(())?;
                match self {
                    Self::Birth { .. } => {
                        let day: String = other.chars().filter(char::is_ascii_digit).take(8).collect();
                        (day.len() == 8).then(|| citizen.get(6..14) == Some(&day))
                    }
                    Self::Sex { .. } => {
                        let is_man = citizen.get(16..17)?.parse::<u8>().ok()? % 2 == 1;
                        match other.trim() {
                            "男" | "男性" | "M" | "m" | "male" | "1" => Some(is_man),
                            "女" | "女性" | "F" | "f" | "female" | "2" => Some(!is_man),
                            _ => None,
                        }
                    }
                    _ => {
                        let is_code = other.len() >= 2 && other.bytes().all(|byte| byte.is_ascii_digit());
                        is_code.then(|| citizen.get(..2) == other.get(..2))
                    }
                }
            }
        }
    }
}

impl Kept {
    pub(super) fn observe(&mut self, row: &[Cell]) {
        let cells: Option<Vec<&Cell>> = self.places.iter().map(|place| row.get(*place)).collect();
        if let Some(holds) = cells.and_then(|cells| self.rule.judge(&cells)) {
            self.tally.count(holds);
        }
    }
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Integer(number) => Some(real(*number)),
        Cell::Real(number) => Some(*number),
        _ => None,
    }
}

/// A moment as text, or a number, in seconds or as it is.
fn instant(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Text(text) => moment(text).map(|moment| real(moment.as_second())),
        other => number(other),
    }
}

/// A day or a moment; without a zone it is taken for UTC.
pub(super) fn moment(text: &str) -> Option<jiff::Timestamp> {
    let zoned = |moment: DateTime| jiff::tz::TimeZone::UTC.to_timestamp(moment).ok();
    text.parse::<jiff::Timestamp>()
        .ok()
        .or_else(|| text.parse::<DateTime>().ok().and_then(zoned))
        .or_else(|| text.parse::<Date>().ok().and_then(|day| zoned(day.at(0, 0, 0, 0))))
}
