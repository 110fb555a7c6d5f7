//! CSV and TSV: the first line names the columns.

use std::io::{self, Read};

use csv::{Reader, ReaderBuilder, StringRecord};

use super::super::kind::{self, Guess};
use super::{Budget, Capped, Found, Input, Known, LineFault, Outlet, SourceError, changed, decode, must_be_named};

/// Reads it to its end.
pub(super) fn look(input: &Input, delimiter: u8) -> Result<Found, SourceError> {
    let is_encoding = |error: &SourceError| matches!(error, SourceError::Line { fault: LineFault::Encoding, .. });
    decode::tried(input, is_encoding, |encoding| read(input, delimiter, encoding))
}

fn read(input: &Input, delimiter: u8, encoding: Option<&'static str>) -> Result<Found, SourceError> {
    let (mut reader, budget) = reader(decode::reader(input, encoding)?, delimiter);
    let names = reader.headers().map_err(|error| fault(&error))?.clone();
    must_be_named(&names)?;
    let mut guesses = vec![Guess::default(); names.len()];
    let mut rows = 0_u64;
    let mut record = StringRecord::new();
    while next(&mut reader, &budget, &mut record)? {
        for (guess, value) in guesses.iter_mut().zip(&record) {
            guess.see(value);
        }
        rows = rows.saturating_add(1);
    }
    Ok(Found { columns: names.iter().map(str::to_owned).zip(guesses).collect(), rows, encoding })
}

/// Sends its rows.
pub(super) fn send(
    input: &Input,
    delimiter: u8,
    found: &Known,
    chosen: &[usize],
    outlet: &mut Outlet,
) -> Result<(), SourceError> {
    let (mut reader, budget) = reader(decode::reader(input, found.encoding)?, delimiter);
    let names = reader.headers().map_err(|error| fault(&error))?;
    if !names.iter().eq(found.columns.iter().map(|column| column.name.as_str())) {
        return Err(changed(1));
    }
    let mut record = StringRecord::new();
    while next(&mut reader, &budget, &mut record)? {
        let cell = |index: &usize| kind::cell(record.get(*index)?, found.columns.get(*index)?.kind);
        let row: Option<Vec<_>> = chosen.iter().map(cell).collect();
        let line = record.position().map_or(0, csv::Position::line);
        if !outlet.push(row.ok_or_else(|| changed(line))?) {
            return Ok(());
        }
    }
    Ok(())
}

fn reader<R: Read>(input: R, delimiter: u8) -> (Reader<Capped<R>>, Budget) {
    let (input, budget) = Capped::new(input);
    (ReaderBuilder::new().delimiter(delimiter).buffer_capacity(64 << 10).from_reader(input), budget)
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
