//! A description with everything in it, in every format, for the formats' own tools to judge; and a file of another maker to read.
//! `cargo xtask interop metadata` says where.

use xinyu_core::data::{Cell, ColumnKind};

use super::*;

fn phrase(zh: &str, en: &str) -> Phrase {
    Phrase { zh: zh.to_owned(), en: en.to_owned() }
}

fn whole() -> Description {
    let said = |text: &str| Some(text.to_owned());
    let mut id = Field::new("id", ColumnKind::Integer);
    (id.required, id.constraints.unique, id.constraints.minimum) = (true, true, Some(Cell::Integer(1)));
    let mut amount = Field::new("amount", ColumnKind::Real);
    (amount.title, amount.unit, amount.constraints.maximum) =
        (phrase("金额", "Amount"), said("CNY"), Some(Cell::Real(1e6)));
    let mut state = Field::new("state", ColumnKind::Text);
    state.description = phrase("订单状态", "");
    state.constraints.allowed = vec![Cell::Text("open".to_owned()), Cell::Text("it's closed".to_owned())];
    state.constraints.max_length = Some(20);
    let mut day = Field::new("day", ColumnKind::Date);
    day.concept = said("https://schema.org/orderDate");
    let mut customer = Field::new("customer", ColumnKind::Integer);
    customer.title = phrase("客户", "Customer");
    let (seen, valid) = (Field::new("seen", ColumnKind::Timestamp), Field::new("valid", ColumnKind::Boolean));
    let mut name = Field::new("name", ColumnKind::Text);
    name.constraints.pattern = said("^[A-Z]");
    let key = |columns: &str, table: &str| ForeignKey {
        columns: vec![columns.to_owned()],
        table: table.to_owned(),
        referenced: vec!["id".to_owned()],
    };
    let file = |address: &str| Distribution {
        title: phrase("", address),
        description: phrase("", "one file"),
        format: said("CSV"),
        media_type: said("text/csv"),
        bytes: Some(1234),
        checksum: Some(Checksum { algorithm: "sha256".to_owned(), value: "ab".repeat(32) }),
        address: Some(format!("https://data.example.org/{address}")),
    };
    Description {
        title: phrase("客户订单", "Orders of customers"),
        description: phrase("2026 年的订单 <script>alert(1)</script>", "Orders of 2026"),
        keywords: vec!["订单".to_owned(), "trade".to_owned()],
        topic: said("B0300"),
        themes: vec!["http://publications.europa.eu/resource/authority/data-theme/ECON".to_owned()],
        publisher: Some(Publisher { name: "示例公司".to_owned(), identifier: said("https://a.example.org/") }),
        source: said("自行采集"),
        licence: said("https://creativecommons.org/licenses/by/4.0/"),
        frequency: Some(Frequency::Monthly),
        version: said("1.2.0"),
        issued: said("2026-11-01T00:00:00Z"),
        modified: said("2026-11-28"),
        identifiers: vec!["https://data.example.org/orders".to_owned()],
        page: said("https://data.example.org/orders.html"),
        distributions: vec![file("customers.csv"), file("orders.csv")],
        tables: vec![
            Table {
                name: "customers".to_owned(),
                title: phrase("客户", ""),
                distribution: Some(0),
                fields: vec![id.clone(), name],
                primary_key: vec!["id".to_owned()],
                ..Table::default()
            },
            Table {
                name: "orders".to_owned(),
                description: phrase("", "One row an order"),
                distribution: Some(1),
                fields: vec![id, amount, state, day, customer, seen, valid],
                primary_key: vec!["id".to_owned()],
                foreign_keys: vec![key("customer", "customers")],
                ..Table::default()
            },
        ],
    }
}

#[test]
fn every_format_says_a_whole_description() {
    let folder = std::env::var_os("XINYU_METADATA").map(std::path::PathBuf::from);
    for format in FORMATS.iter().filter(|format| format.write.is_some()) {
        let written = write(format, &whole()).unwrap();
        let missing: Vec<&Loss> = written.lost.iter().filter(|loss| loss.manner == Manner::Missing).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", format.name);
        if let Some(folder) = &folder {
            std::fs::write(folder.join(format.name), &written.bytes).unwrap();
        }
    }
    let Some(folder) = folder else { return };
    // By pyarrow: kinds that are ours, and one that is not.
    let read = read(named("parquet"), &std::fs::read(folder.join("parquet")).unwrap()).unwrap();
    let table = &read.description.tables[0];
    let kinds: Vec<ColumnKind> = table.fields.iter().map(|field| field.kind).collect();
    use ColumnKind::{Boolean, Date, Integer, Real, Text, Timestamp};
    assert_eq!(kinds, [Text, Integer, Real, Boolean, Date, Timestamp, Real]);
    assert_eq!((table.rows, table.fields[1].required), (Some(2), true));
    assert!(paths(&read.lost).contains(&"/schema/6"), "{:?}", read.lost);
}
