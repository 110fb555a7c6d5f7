//! Masks by table; plans that fit and plans that do not.

use super::*;
use xinyu_core::data::ColumnKind;

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

#[test]
fn masks_cover_what_they_should() {
    let check = |method: &str, value: &str, expect: &str| {
        let method = MaskMethod::parse(method).unwrap();
        assert_eq!(method.apply(text(value), b"salt"), text(expect), "{method} of {value}");
    };
    check("name", "张三", "张*");
    check("name", "张小三", "张*三");
    check("name", "欧阳娜娜", "欧**娜");
    check("name", "张", "*");
    check("name", "", "");
    check("citizen_id", "11010519491231002X", "110***********002X");
    check("citizen_id", "1234567", "*******");
    check("mobile", "13812345678", "138****5678");
    check("mobile", "5678", "****");
    check("email", "zhangsan@example.com", "z***@example.com");
    check("email", "z@example.com", "***@example.com");
    check("email", "\"a@b\"@example.com", "\"***@example.com");
    check("email", "zhangsan", "********");
    check("bank_card", "6222021234567890123", "6222***********0123");
    check("bank_card", "62220123", "********");
    check("keep_ends", "北京市朝阳区", "北****区");
    check("keep_ends", "ab", "**");
    // openssl dgst -sm3 of 0000000000000004, "salt" and the number, its first half.
    check("hash", "13812345678", "ababd8b70667502ecc820ece8c090d86");
}

#[test]
fn years_and_nothing() {
    let check = |value: Cell, expect: Cell| assert_eq!(MaskMethod::Year.apply(value.clone(), b""), expect, "{value}");
    check(text("1986-05-12"), Cell::Integer(1986));
    check(text("1986-05-12T08:00:00Z"), Cell::Integer(1986));
    check(text("1986-05-12 08:00"), Cell::Integer(1986));
    check(text("19860512"), Cell::Integer(1986));
    check(Cell::Integer(19_860_512), Cell::Integer(1986));
    check(text("1986-02-30"), Cell::Null);
    check(text("1986-05-123"), Cell::Null);
    check(text("spring"), Cell::Null);
    check(text("一九八六年五月"), Cell::Null);
    for (_, method) in METHODS {
        assert_eq!(method.apply(Cell::Null, b"salt"), Cell::Null, "{method} makes a value of none");
    }
    assert_eq!(MaskMethod::Null.apply(Cell::Integer(7), b""), Cell::Null);
}

#[test]
fn every_method_is_called_as_it_is_written() {
    for (name, method) in METHODS {
        assert_eq!(MaskMethod::parse(name), Some(method));
        assert_eq!(method.to_string(), name);
        assert_eq!(serde_json::to_value(method).unwrap(), name);
    }
    assert_eq!(MaskMethod::parse("Name"), None);
    assert_eq!(MaskMethod::parse(""), None);
}

#[test]
fn pseudonyms_are_equal_for_equal_values_and_salts_only() {
    let hash = |value: Cell, salt: &[u8]| MaskMethod::Hash.apply(value, salt);
    assert_eq!(hash(text("138"), b"a"), hash(Cell::Integer(138), b"a"));
    assert_ne!(hash(text("138"), b"a"), hash(text("139"), b"a"));
    assert_ne!(hash(text("138"), b"a"), hash(text("138"), b"b"));
    // Salt and value cannot flow into one another.
    assert_ne!(hash(text("bc"), b"a"), hash(text("c"), b"ab"));
}

fn source() -> TableSchema {
    let column = |(name, kind): (&str, _)| Column { name: name.to_owned(), kind };
    let columns = [
        ("id", ColumnKind::Integer),
        ("name", ColumnKind::Text),
        ("born", ColumnKind::Date),
        ("city", ColumnKind::Text),
    ];
    TableSchema { name: "source".to_owned(), columns: columns.map(column).into() }
}

fn plan(fields: &[&str], filter: &[&str], masks: &[(&str, &str)]) -> TablePlan {
    TablePlan {
        table: "people".to_owned(),
        source: Source::File { path: "people.csv".into() },
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        filter: filter.iter().map(|filter| Expression::parse(filter).unwrap()).collect(),
        masks: masks.iter().map(|(field, method)| ((*field).to_owned(), MaskMethod::parse(method).unwrap())).collect(),
    }
}

#[test]
fn tc609_14_c6_fields_and_values_decide_what_is_delivered() {
    // In the order of the plan's columns: id, name, born, city.
    let rows =
        [(1, "张小三", "1986-05-12", "北京"), (2, "李四", "1990-01-01", "上海"), (3, "王小五", "2001-07-07", "北京")];
    let check = |fields: &[&str], filter: &[&str], masks: &[(&str, &str)], expect: &[&str]| {
        let prepared = Preparation::new(&plan(fields, filter, masks), &source()).unwrap();
        let pick = |row: &(i64, &str, &str, &str), column: &str| match column {
            "id" => Cell::Integer(row.0),
            "name" => text(row.1),
            "born" => text(row.2),
            _ => text(row.3),
        };
        let read = rows.iter().map(|row| prepared.columns.iter().map(|column| pick(row, column)).collect());
        let found: Vec<String> = read
            .filter_map(|row: Vec<Cell>| prepared.row(row, b"salt"))
            .map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|"))
            .collect();
        assert_eq!(found, expect, "{fields:?} {filter:?} {masks:?}");
    };
    check(&["name", "id"], &[], &[], &["张小三|1", "李四|2", "王小五|3"]);
    check(&["name"], &["city = '北京'"], &[], &["张小三", "王小五"]);
    check(&["name"], &["people.city = '北京'", "id < 3"], &[], &["张小三"]);
    check(&["name"], &["name = '李四'"], &[("name", "name")], &["李*"]);
    check(&["born"], &["id > 1"], &[("born", "year")], &["1990", "2001"]);
    check(&["name"], &[], &[("name", "name"), ("name", "null")], &["", "", ""]);
    check(&["id"], &[], &[("name", "name")], &["1", "2", "3"]);
    check(&["id"], &["name = '李*'"], &[("name", "name")], &[]);
}

#[test]
fn masked_columns_say_what_they_hold() {
    let masks = [("id", "hash"), ("born", "year"), ("city", "null")];
    let prepared = Preparation::new(&plan(&["id", "born", "city"], &[], &masks), &source()).unwrap();
    let kinds: Vec<_> = prepared.schema.columns.iter().map(|column| column.kind).collect();
    assert_eq!(kinds, [ColumnKind::Text, ColumnKind::Integer, ColumnKind::Text]);
    assert_eq!(prepared.schema.name, "people");
}

#[test]
fn plans_that_do_not_fit_deliver_nothing() {
    let check = |plan: TablePlan, expect: &str| {
        assert_eq!(Preparation::new(&plan, &source()).unwrap_err().to_string(), expect);
    };
    check(plan(&["salary"], &[], &[]), "table people has no field salary to deliver");
    check(plan(&["id"], &["salary > 1"], &[]), "table people has no field salary to filter by");
    check(plan(&["id"], &["other.id > 1"], &[]), "table people has no field other.id to filter by");
    check(plan(&["id"], &[], &[("nmae", "name")]), "table people has no field nmae to mask");
    check(plan(&["id", "id"], &[], &[]), "field id of table people is asked for twice");
}
