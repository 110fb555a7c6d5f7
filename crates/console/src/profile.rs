//! The profile of a product or a resource (数据画像), for people. It is made by another part of the program and travels as JSON; one of another shape is
//! shown as it is.

use serde::Deserialize;
use serde_json::Value;
use xinyu_locale::format;
use xinyu_protocol::text::Text;

use crate::page::Page;
use crate::sheet::{Sheet, sheet};

/// A profile as a page shows it.
pub(crate) struct Profile {
    pub(crate) tables: Vec<Table>,
    /// What is of another shape.
    pub(crate) rest: Sheet,
}

/// One table.
#[derive(Deserialize)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) rows: u64,
    pub(crate) columns: Vec<Column>,
    pub(crate) quality: Quality,
    pub(crate) security_level: String,
}

/// One column: counts and kinds.
#[derive(Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) nulls: u64,
    pub(crate) distinct_estimate: u64,
    pub(crate) personal: Option<String>,
    #[serde(default)]
    pub(crate) sensitive: bool,
    #[serde(default)]
    pub(crate) advice: Text,
    /// What a person says of it.
    #[serde(default)]
    judgement: Option<Judgement>,
    #[serde(default)]
    pub(crate) distribution: Option<Distribution>,
    #[serde(default)]
    pub(crate) frequent: Vec<Frequent>,
    #[serde(default)]
    pub(crate) samples: Vec<Option<String>>,
}

/// How its numbers or days are distributed.
#[derive(Deserialize)]
pub(crate) struct Distribution {
    pub(crate) from: String,
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) quantiles: Option<Quantiles>,
    #[serde(default)]
    bins: Vec<Bin>,
}

/// Where the shares of the values end.
#[derive(Deserialize)]
pub(crate) struct Quantiles {
    pub(crate) p25: String,
    pub(crate) median: String,
    pub(crate) p75: String,
}

#[derive(Deserialize)]
struct Bin {
    from: String,
    rows: u64,
}

/// A frequent value.
#[derive(Deserialize)]
pub(crate) struct Frequent {
    pub(crate) value: String,
    pub(crate) permille: u16,
}

/// One bar of a small chart, 120 wide and 32 high.
pub(crate) struct Stick {
    pub(crate) x: u64,
    pub(crate) y: u64,
    pub(crate) width: u64,
    pub(crate) height: u64,
    pub(crate) from: String,
    pub(crate) rows: u64,
}

impl Distribution {
    /// One bar a bin, as high as it has rows.
    pub(crate) fn sticks(&self) -> Vec<Stick> {
        let count = u64::try_from(self.bins.len()).unwrap_or(u64::MAX).max(1);
        let highest = self.bins.iter().map(|bin| bin.rows).max().unwrap_or(0).max(1);
        let stick = |(at, bin): (u64, &Bin)| {
            let height = (u128::from(bin.rows) * 32).div_ceil(u128::from(highest));
            let height = u64::try_from(height).unwrap_or(32).min(32);
            Stick {
                x: at * 120 / count,
                y: 32 - height,
                width: (120 / count).saturating_sub(1).max(1),
                height,
                from: bin.from.clone(),
                rows: bin.rows,
            }
        };
        (0..).zip(&self.bins).map(stick).collect()
    }
}

#[derive(Deserialize)]
struct Judgement {
    found: Option<String>,
    personal: Option<String>,
    #[serde(default)]
    reason: String,
}

impl Column {
    /// What a person judged it to be, if that is not what was found; the inner none is nothing personal.
    pub(crate) fn otherwise(&self) -> Option<Option<&str>> {
        let judgement = self.judgement.as_ref()?;
        (judgement.found != judgement.personal).then_some(judgement.personal.as_deref())
    }

    /// Why a person judged it otherwise.
    pub(crate) fn reason(&self) -> &str {
        self.judgement.as_ref().map_or("", |judgement| &judgement.reason)
    }
}

/// The dimensions of quality, in permille; one that could not be computed is absent.
#[derive(Deserialize)]
pub(crate) struct Quality {
    completeness: Option<u64>,
    validity: Option<u64>,
    uniqueness: Option<u64>,
    consistency: Option<u64>,
    accuracy: Option<u64>,
    timeliness: Option<u64>,
    #[serde(default)]
    accessibility: Option<u64>,
    #[serde(default)]
    pub(crate) measures: Vec<Measure>,
    pub(crate) grade: String,
}

/// One indicator of GB/T 36344, measured or not.
#[derive(Deserialize)]
pub(crate) struct Measure {
    pub(crate) indicator: String,
    pub(crate) permille: Option<u16>,
    pub(crate) reason: Text,
}

#[derive(Deserialize)]
struct Tables {
    tables: Vec<Table>,
}

impl Profile {
    /// Reads the profile of a product, or of one table.
    pub(crate) fn read(value: &Value) -> Self {
        let product = Tables::deserialize(value).map(|found| found.tables);
        match product.or_else(|_| Table::deserialize(value).map(|table| vec![table])) {
            Ok(tables) => Self { tables, rest: Sheet::default() },
            Err(_) => Self { tables: Vec::new(), rest: sheet(value) },
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.rest.is_empty()
    }
}

impl Table {
    /// Whether something of its values is shown.
    pub(crate) fn is_shown(&self) -> bool {
        self.columns.iter().any(|column| {
            column.distribution.is_some() || !column.frequent.is_empty() || column.samples.iter().any(Option::is_some)
        })
    }
}

impl Column {
    /// The samples that there are.
    pub(crate) fn shown(&self) -> Vec<&str> {
        self.samples.iter().flatten().map(String::as_str).collect()
    }
}

impl Quality {
    /// The dimensions that there are, in words.
    pub(crate) fn dimensions(&self, page: &Page) -> Vec<(String, String)> {
        [
            ("completeness", self.completeness),
            ("validity", self.validity),
            ("uniqueness", self.uniqueness),
            ("consistency", self.consistency),
            ("accuracy", self.accuracy),
            ("timeliness", self.timeliness),
            ("accessibility", self.accessibility),
        ]
        .into_iter()
        .filter_map(|(name, permille)| Some((page.word("dimension", name), format::percent(permille?, 1000))))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn products_tables_and_strangers_are_read() {
        let column = json!({ "name": "a", "kind": "text", "nulls": 0, "distinct_estimate": 1, "unique": true, "personal": null });
        let table = json!({ "name": "t", "rows": 1, "columns": [column], "quality": { "validity": 998, "mean": 998, "grade": "001" }, "security_level": "002" });
        for (value, tables, rest) in [
            (json!({ "tables": [table] }), 1, true),
            (table.clone(), 1, true),
            (json!({ "x": 1 }), 0, false),
            (Value::Null, 0, true),
        ] {
            let profile = Profile::read(&value);
            assert_eq!((profile.tables.len(), profile.rest.is_empty()), (tables, rest), "{value}");
        }
    }
}
