//! Packages as they are written, cut, damaged and read.

use super::pack::{Event, LINE_BYTES_MAX, PackError, Packer, UnpackError, Unpacker};
use super::*;

fn schema(name: &str, columns: &[(&str, ColumnKind)]) -> TableSchema {
    let columns = columns.iter().map(|(name, kind)| Column { name: (*name).to_owned(), kind: *kind }).collect();
    TableSchema { name: name.to_owned(), columns }
}

fn unpack(bytes: &[u8], piece: usize) -> Result<Vec<Event>, UnpackError> {
    let (mut unpacker, mut events) = (Unpacker::default(), Vec::new());
    for part in bytes.chunks(piece) {
        unpacker.push(part, &mut events)?;
    }
    unpacker.finish()?;
    Ok(events)
}

#[test]
fn a_package_reads_as_it_was_written_in_pieces_of_any_size() {
    let cities =
        schema("cities", &[("name", ColumnKind::Text), ("people", ColumnKind::Integer), ("area", ColumnKind::Real)]);
    let empty = schema("空", &[("是", ColumnKind::Boolean)]);
    let rows = [
        vec![Cell::Text("上海\n\"市\"".into()), Cell::Integer(i64::MIN), Cell::Real(6340.5)],
        vec![Cell::Null, Cell::Integer(i64::MAX), Cell::Real(3.0)],
        vec![Cell::Text(String::new()), Cell::Boolean(true), Cell::Real(5e-324)],
    ];
    let (mut packer, mut bytes) = (Packer::default(), Vec::new());
    packer.table(&cities, &mut bytes).unwrap();
    for row in &rows {
        packer.row(row, &mut bytes).unwrap();
    }
    packer.table(&empty, &mut bytes).unwrap();
    let mut expect = vec![Event::Head(cities)];
    expect.extend(rows.into_iter().map(Event::Row));
    expect.push(Event::Head(empty));
    for piece in [1, 2, 7, 64, bytes.len()] {
        assert_eq!(unpack(&bytes, piece).as_ref(), Ok(&expect), "pieces of {piece}");
    }
}

#[test]
fn real_numbers_keep_every_bit() {
    for number in [38.704022, -101.473911, 0.1, 1.0 / 3.0, 1e21, f64::MAX, f64::MIN_POSITIVE, -0.0, 2.0f64.powi(60)] {
        let text = serde_json::to_string(&Cell::Real(number)).unwrap();
        let Cell::Real(back) = serde_json::from_str(&text).unwrap() else { panic!("{text} is not real") };
        assert_eq!(back.to_bits(), number.to_bits(), "{text}");
    }
    assert_eq!(serde_json::to_string(&Cell::Real(f64::NAN)).unwrap(), "null");
}

#[test]
fn what_is_no_package_is_refused_with_its_line() {
    let head = r#"{"table":"t","columns":[{"name":"a","kind":"text"}]}"#;
    let too_long = format!("{head}\n[\"{}\"]\n", "x".repeat(LINE_BYTES_MAX));
    for (text, line, fault) in [
        ("[1]\n".to_owned(), 1, PackError::NoTable),
        (format!("{head}\n[1,2]\n"), 2, PackError::Width { expected: 1, found: 2 }),
        (format!("{head}\n[\"a\"]\n[\"b\""), 3, PackError::CutOff),
        (format!("{head}\n[\"a\"]\n[[1]]\n"), 3, PackError::Json { category: "data", column: 2 }),
        (format!("{head}\n[9223372036854775808]\n"), 2, PackError::Json { category: "data", column: 20 }),
        (format!("{head}\n\n"), 2, PackError::Json { category: "end", column: 0 }),
        (
            r#"{"table":"t","columns":[],"more":1}"#.to_owned() + "\n",
            1,
            PackError::Json { category: "data", column: 32 },
        ),
        (too_long, 2, PackError::LineTooLong),
    ] {
        let expect = Err(UnpackError { line, fault });
        for piece in [5, text.len()] {
            assert_eq!(unpack(text.as_bytes(), piece), expect, "{:.90}", text);
        }
    }
}

#[test]
fn an_error_says_nothing_of_the_row_and_stays() {
    let mut unpacker = Unpacker::default();
    let error = unpacker.push(b"[\"13800001234\", oops]\n", &mut Vec::new()).unwrap_err();
    assert!(!error.to_string().contains("1380000"), "{error}");
    assert_eq!(unpacker.push(b"{\"table\":\"t\",\"columns\":[]}\n", &mut Vec::new()), Err(error.clone()));
    assert_eq!(unpacker.finish(), Err(error));
}

#[test]
fn a_row_too_long_to_be_read_is_not_written() {
    let (mut packer, mut bytes) = (Packer::default(), Vec::new());
    packer.table(&schema("t", &[("a", ColumnKind::Text)]), &mut bytes).unwrap();
    let before = bytes.len();
    let fits = LINE_BYTES_MAX - "[\"\"]\n".len();
    assert_eq!(packer.row(&[Cell::Text("x".repeat(fits + 1))], &mut bytes), Err(PackError::LineTooLong));
    assert_eq!(bytes.len(), before);
    packer.row(&[Cell::Text("x".repeat(fits))], &mut bytes).unwrap();
    assert_eq!(unpack(&bytes, 4096).unwrap().len(), 2);
}
