//! Spreadsheets (xlsx, xls, ods): the first sheet that is shown; its first row with a value names the columns. Of a formula the value that was last
//! computed counts, of merged cells the first; an error value is no value. How large one may be is asked before it is unpacked: see [`bounds`].

mod bounds;

use std::io::{Cursor, Read as _};

use calamine::{Data, Ods, Range, Reader, SheetType, SheetVisible, Xls, Xlsx};
use xinyu_protocol::text::Text;

use super::super::kind::{self, Guess};
use super::{Found, Input, Known, LineFault, Outlet, SourceError, changed, must_be_named};

pub(in super::super) use self::bounds::{CELLS_MILLION, MIB, UNPACKED_MIB};

type Bytes = Cursor<Vec<u8>>;
/// A row: its number from 1, and its values with their columns.
type Take<'t> = dyn FnMut(u64, Vec<(usize, String)>) -> Result<bool, SourceError> + 't;
type Walk = fn(Bytes, &mut Take<'_>) -> Result<(), SourceError>;

pub(super) fn look_xlsx(input: &Input) -> Result<Found, SourceError> {
    look(input, xlsx)
}
pub(super) fn look_xls(input: &Input) -> Result<Found, SourceError> {
    look(input, xls)
}
pub(super) fn look_ods(input: &Input) -> Result<Found, SourceError> {
    look(input, ods)
}
pub(super) fn send_xlsx(
    input: &Input,
    known: &Known,
    chosen: &[usize],
    outlet: &mut Outlet,
) -> Result<(), SourceError> {
    send(input, known, chosen, outlet, xlsx)
}
pub(super) fn send_xls(input: &Input, known: &Known, chosen: &[usize], outlet: &mut Outlet) -> Result<(), SourceError> {
    send(input, known, chosen, outlet, xls)
}
pub(super) fn send_ods(input: &Input, known: &Known, chosen: &[usize], outlet: &mut Outlet) -> Result<(), SourceError> {
    send(input, known, chosen, outlet, ods)
}

fn look(input: &Input, walk: Walk) -> Result<Found, SourceError> {
    let mut columns: Vec<(String, Guess)> = Vec::new();
    let mut rows = 0_u64;
    table(input, walk, &mut |_, values| {
        if columns.is_empty() {
            columns = values.into_iter().map(|name| (name, Guess::default())).collect();
            return Ok(true);
        }
        for ((_, guess), value) in columns.iter_mut().zip(&values) {
            guess.see(value);
        }
        rows = rows.saturating_add(1);
        Ok(true)
    })?;
    must_be_named(columns.iter().map(|(name, _)| name.as_str()))?;
    Ok(Found { columns, rows, encoding: None })
}

fn send(input: &Input, known: &Known, chosen: &[usize], outlet: &mut Outlet, walk: Walk) -> Result<(), SourceError> {
    let mut is_named = false;
    table(input, walk, &mut |line, values| {
        if !std::mem::replace(&mut is_named, true) {
            let is_same = values.iter().eq(known.columns.iter().map(|column| &column.name));
            return if is_same { Ok(true) } else { Err(changed(line)) };
        }
        let cell = |index: &usize| kind::cell(values.get(*index)?, known.columns.get(*index)?.kind);
        let row: Option<Vec<_>> = chosen.iter().map(cell).collect();
        Ok(outlet.push(row.ok_or_else(|| changed(line))?))
    })
}

/// The rows that have a value, as wide as the first of them; a value beside that is no part of a table.
fn table(
    input: &Input,
    walk: Walk,
    take: &mut dyn FnMut(u64, Vec<String>) -> Result<bool, SourceError>,
) -> Result<(), SourceError> {
    let mut place: Option<(usize, usize)> = None;
    walk(read(input)?, &mut |line, mut values| {
        values.retain(|(_, value)| !value.is_empty());
        let (Some((first, _)), Some((last, _))) = (values.first(), values.last()) else { return Ok(true) };
        let (from, to) = *place.get_or_insert((*first, *last));
        if *first < from || *last > to {
            return Err(SourceError::Line { line, fault: LineFault::Width });
        }
        let mut row = vec![String::new(); to.saturating_sub(from).saturating_add(1)];
        for (column, value) in values {
            if let Some(cell) = row.get_mut(column.saturating_sub(from)) {
                *cell = value;
            }
        }
        take(line, row)
    })
}

fn read(input: &Input) -> Result<Bytes, SourceError> {
    let mut bytes = Vec::new();
    let most = MIB << 20;
    input.reader()?.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| SourceError::Interrupted)?;
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length > most { Err(SourceError::TooLarge) } else { Ok(Cursor::new(bytes)) }
}

/// Cell by cell: only the strings are held.
fn xlsx(mut bytes: Bytes, take: &mut Take<'_>) -> Result<(), SourceError> {
    bounds::unpacks(&mut bytes)?;
    let fault = |error: calamine::XlsxError| unreadable(&error);
    let mut book = Xlsx::new(bytes).map_err(fault)?;
    let Some(sheet) = shown(&book) else { return Ok(()) };
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(fault)?;
    let (mut row, mut values) = (0_u32, Vec::new());
    while let Some(cell) = cells.next_cell().map_err(fault)? {
        let (next, column) = cell.get_position();
        if next != row {
            if next < row {
                return Err(content("行的次序错乱", "its rows are not in order"));
            }
            if !take(u64::from(row).saturating_add(1), std::mem::take(&mut values))? {
                return Ok(());
            }
            row = next;
        }
        values.push((usize::try_from(column).unwrap_or(usize::MAX), text(&cell.get_value().clone().into())));
    }
    take(u64::from(row).saturating_add(1), values).map(|_| ())
}

fn xls(mut bytes: Bytes, take: &mut Take<'_>) -> Result<(), SourceError> {
    bounds::xls_fits(&mut bytes)?;
    let mut book = Xls::new(bytes).map_err(|error| unreadable(&error))?;
    let Some(sheet) = shown(&book) else { return Ok(()) };
    let range = book.worksheet_range(&sheet).map_err(|error| unreadable(&error))?;
    walk(&range, take)
}

fn ods(mut bytes: Bytes, take: &mut Take<'_>) -> Result<(), SourceError> {
    bounds::unpacks(&mut bytes)?;
    bounds::ods_fits(&mut bytes)?;
    let mut book = Ods::new(bytes).map_err(|error| unreadable(&error))?;
    let Some(sheet) = shown(&book) else { return Ok(()) };
    let range = book.worksheet_range(&sheet).map_err(|error| unreadable(&error))?;
    walk(&range, take)
}

/// The first sheet with cells that is shown, or else the first.
fn shown<B: Reader<Bytes>>(book: &B) -> Option<String> {
    let sheets: Vec<_> = book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).collect();
    let shown = sheets.iter().find(|sheet| sheet.visible == SheetVisible::Visible).or(sheets.first());
    shown.map(|sheet| sheet.name.clone())
}

fn walk(range: &Range<Data>, take: &mut Take<'_>) -> Result<(), SourceError> {
    let first = range.start().map_or(0, |(row, _)| u64::from(row));
    for (row, line) in range.rows().zip(first.saturating_add(1)..) {
        if !take(line, row.iter().map(text).enumerate().collect())? {
            return Ok(());
        }
    }
    Ok(())
}

/// A value as CSV has it: a spreadsheet has no whole numbers, and its days are numbers.
fn text(value: &Data) -> String {
    match value {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(truth) => truth.to_string(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            match (hour, minute, second, milli) {
                (0, 0, 0, 0) => date,
                (.., 0) => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
                _ => format!("{date}T{hour:02}:{minute:02}:{second:02}.{milli:03}"),
            }
        }
        Data::DateTime(span) => span.as_f64().to_string(),
    }
}

/// The words of the reader may hold a value, so that they are not repeated.
fn unreadable(_: &impl std::error::Error) -> SourceError {
    content("无法解析，可能已损坏或加密", "it does not parse, and may be damaged or encrypted")
}

fn content(zh: &str, en: &str) -> SourceError {
    SourceError::Content { form: "spreadsheet", fault: Text::new(zh, en) }
}
