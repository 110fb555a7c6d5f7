//! Any JSON object as facts and tables. Profiles are made by another part of the program, which is free to find more than a page knows of.

use serde_json::Value;

use crate::clause::word;

/// What an object says: its plain members, and its lists of objects as tables.
#[derive(Default)]
pub(crate) struct Sheet {
    pub(crate) facts: Vec<(String, String)>,
    pub(crate) tables: Vec<Table>,
}

/// A list of objects.
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

const DEPTH: usize = 6;

/// Reads any value.
pub(crate) fn sheet(value: &Value) -> Sheet {
    let mut sheet = Sheet::default();
    sheet.read("", value, 0);
    sheet
}

impl Sheet {
    pub(crate) fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.tables.is_empty()
    }

    fn read(&mut self, name: &str, value: &Value, depth: usize) {
        let below = |key: &str| {
            if name.is_empty() { key.to_owned() } else { format!("{name} · {key}") }
        };
        match value {
            Value::Null => {}
            Value::Object(members) if depth < DEPTH => {
                members.iter().for_each(|(key, member)| self.read(&below(key), member, depth + 1));
            }
            Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_object) && depth < DEPTH => {
                // Tables that hold tables (the columns of each table of a product) are told one by one.
                let nested = |item: &Value| item.as_object().is_some_and(|item| item.values().any(is_table));
                if items.iter().any(nested) {
                    for (index, item) in items.iter().enumerate() {
                        let title = ["name", "table"]
                            .iter()
                            .find_map(|key| item.get(key)?.as_str())
                            .map_or_else(|| (index + 1).to_string(), str::to_owned);
                        self.read(&below(&title), item, depth + 1);
                    }
                } else {
                    self.tables.push(table(name, items));
                }
            }
            other => self.facts.push((name.to_owned(), word(other))),
        }
    }
}

fn is_table(value: &Value) -> bool {
    value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(Value::is_object))
}

fn table(name: &str, items: &[Value]) -> Table {
    let mut columns: Vec<String> = Vec::new();
    for key in items.iter().filter_map(Value::as_object).flat_map(|item| item.keys()) {
        if !columns.contains(key) {
            columns.push(key.clone());
        }
    }
    let cell =
        |item: &Value, column: &String| item.get(column).filter(|value| !value.is_null()).map(word).unwrap_or_default();
    let rows = items.iter().map(|item| columns.iter().map(|column| cell(item, column)).collect()).collect();
    Table { name: name.to_owned(), columns, rows }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_become_facts_and_lists_become_tables() {
        let value = json!({
            "grade": "A", "none": null, "levels": ["1", "2"],
            "tables": [{"name": "t", "columns": [{"name": "a", "nulls": 0}, {"name": "b", "kind": "text"}]}],
        });
        let sheet = sheet(&value);
        let facts: Vec<_> = sheet.facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(facts, [("grade", "A"), ("levels", "1, 2"), ("tables · t · name", "t")]);
        assert_eq!(sheet.tables[0].name, "tables · t · columns");
        assert_eq!(sheet.tables[0].columns.len(), 3);
        assert_eq!(sheet.tables[0].rows.len(), 2);
    }
}
