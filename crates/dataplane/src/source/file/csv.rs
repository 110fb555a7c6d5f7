//! CSV and TSV: the first line names the columns.

use std::io::{self, Read};

use csv::{Reader, ReaderBuilder, StringRecord};

use super::super::kind::{self, Guess};
use super::{Budget, Capped, Found, Input, Known, LineFault, Outlet, SourceError, changed, decode, must_be_named};

type Records<'i> = Reader<Capped<Box<dyn Read + 'i>>>;

/// Reads it to its end.
pub(super) fn look(input: &Input, delimiter: u8) -> Result<Found, SourceError> {
    let is_encoding = |error: &SourceError| matches!(error, SourceError::Line { fault: LineFault::Encoding, .. });
    decode::tried(input, is_encoding, |encoding| read(input, delimiter, encoding))
}

fn read(input: &Input, delimiter: u8, encoding: Option<&'static str>) -> Result<Found, SourceError> {
    let (mut reader, budget) = reader(input, encoding, delimiter)?;
    let names = names(input, &mut reader)?;
    must_be_named(names.iter().map(String::as_str))?;
    let mut guesses = vec![Guess::default(); names.len()];
    let mut rows = 0_u64;
    let mut record = StringRecord::new();
    while next(&mut reader, &budget, &mut record)? {
        must_be_wide(input, &names, &record)?;
        for (guess, value) in guesses.iter_mut().zip(&record) {
            guess.see(value);
        }
        rows = rows.saturating_add(1);
    }
    Ok(Found { columns: names.into_iter().zip(guesses).collect(), rows, encoding })
}

/// Sends its rows.
pub(super) fn send(
    input: &Input,
    delimiter: u8,
    found: &Known,
    chosen: &[usize],
    outlet: &mut Outlet,
) -> Result<(), SourceError> {
    let (mut reader, budget) = reader(input, found.encoding, delimiter)?;
    let names = names(input, &mut reader)?;
    if !names.iter().eq(found.columns.iter().map(|column| &column.name)) {
        return Err(changed(1));
    }
    let mut record = StringRecord::new();
    while next(&mut reader, &budget, &mut record)? {
        must_be_wide(input, &names, &record)?;
        let cell = |index: &usize| kind::cell(record.get(*index)?, found.columns.get(*index)?.kind);
        let row: Option<Vec<_>> = chosen.iter().map(cell).collect();
        let line = record.position().map_or(0, csv::Position::line);
        if !outlet.push(row.ok_or_else(|| changed(line))?) {
            return Ok(());
        }
    }
    Ok(())
}

/// The names of the columns: in the first line, or known where that was read before.
fn names<R: Read>(input: &Input, reader: &mut Reader<R>) -> Result<Vec<String>, SourceError> {
    match input.head() {
        Some(head) => Ok(head.names.clone()),
        None => Ok(reader.headers().map_err(|error| fault(&error))?.iter().map(str::to_owned).collect()),
    }
}

/// Where the first line is not there, nobody else compares with it.
fn must_be_wide(input: &Input, names: &[String], record: &StringRecord) -> Result<(), SourceError> {
    if input.head().is_none() || record.len() == names.len() {
        return Ok(());
    }
    let line = record.position().map_or(1, csv::Position::line);
    Err(SourceError::Line { line, fault: LineFault::Width })
}

fn reader<'i>(
    input: &'i Input,
    encoding: Option<&'static str>,
    delimiter: u8,
) -> Result<(Records<'i>, Budget), SourceError> {
    let (capped, budget) = Capped::new(decode::reader(input, encoding)?);
    let mut builder = ReaderBuilder::new();
    builder.delimiter(delimiter).buffer_capacity(64 << 10).has_headers(input.head().is_none());
    Ok((builder.from_reader(capped), budget))
}

fn next<R: Read>(
    reader: &mut Reader<Capped<R>>,
    budget: &Budget,
    record: &mut StringRecord,
) -> Result<bool, SourceError> {
    budget.renew();
    reader.read_record(record).map_err(|error| fault(&error))
}

fn fault(error: &csv::Error) -> SourceError {
    let line = error.position().map_or(1, csv::Position::line);
    let fault = match error.kind() {
        csv::ErrorKind::UnequalLengths { .. } => LineFault::Width,
        csv::ErrorKind::Utf8 { .. } => LineFault::Encoding,
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::InvalidData => LineFault::Encoding,
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => LineFault::TooLong,
        _ => return SourceError::Interrupted,
    };
    SourceError::Line { line, fault }
}
