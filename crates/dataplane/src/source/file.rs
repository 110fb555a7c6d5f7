//! CSV, in a file or in memory, read on a blocking thread: once to learn what the columns are, again for the rows.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek as _};
use std::path::Path;

use bytes::Bytes;
use csv::{Reader, ReaderBuilder, StringRecord};
use xinyu_core::data::{Column, TableSchema};

use super::kind::{self, Guess};
use super::{Batch, Description, LineFault, Piece, Rows, Sender, SourceError, channel, positions, received};

/// The longest row. A forgotten quote makes one row of all that follows.
const ROW_BYTES_MAX: usize = 16 << 20;

/// Runs what reads files where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    run: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    tokio::task::spawn_blocking(run).await.unwrap_or(Err(SourceError::Interrupted))
}

/// Reads a file to its end.
pub(super) fn describe(path: &Path) -> Result<Description, SourceError> {
    Opened::open(path).map(|opened| opened.description)
}

/// Looks at CSV that came from elsewhere.
pub(super) fn describe_bytes(name: &str, bytes: &Bytes) -> Result<Description, SourceError> {
    look(name.to_owned(), reader(Cursor::new(bytes)))
}

/// CSV of which all columns are known. A file stays open, so that no other can take its place.
pub(super) struct Opened {
    input: Input,
    description: Description,
}

/// Where the CSV is.
enum Input {
    File(File),
    Bytes(Bytes),
}

impl Opened {
    pub(super) fn of_bytes(name: &str, bytes: Bytes) -> Result<Self, SourceError> {
        let description = describe_bytes(name, &bytes)?;
        Ok(Self { input: Input::Bytes(bytes), description })
    }

    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) {
            return Err(SourceError::Format(path.to_owned()));
        }
        let fail = |error| SourceError::File { path: path.to_owned(), error };
        let mut file = File::open(path).map_err(fail)?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let description = look(name, reader(&file))?;
        file.rewind().map_err(fail)?;
        Ok(Self { input: Input::File(file), description })
    }

    pub(super) fn schema(&self) -> &TableSchema {
        &self.description.schema
    }

    pub(super) fn rows(self, columns: &[String]) -> Result<Rows, SourceError> {
        let Self { input, description } = self;
        let chosen = positions(&description.schema, columns)?;
        let (sender, receiver) = channel();
        tokio::task::spawn_blocking(move || {
            let sent = match &input {
                Input::File(file) => send_rows(file, &description.schema, &chosen, &sender),
                Input::Bytes(bytes) => send_rows(Cursor::new(bytes), &description.schema, &chosen, &sender),
            };
            let last = sent.map(|()| Piece::End);
            // Nobody listens any more when this fails.
            let _ = sender.blocking_send(last);
        });
        Ok(received(receiver))
    }
}

fn look<R: Read>(name: String, mut reader: Reader<Capped<R>>) -> Result<Description, SourceError> {
    let names = reader.headers().map_err(|error| fault(&error))?.clone();
    let is_named =
        |(index, name): (usize, &str)| !name.is_empty() && names.iter().take(index).all(|other| other != name);
    if names.is_empty() || !names.iter().enumerate().all(is_named) {
        return Err(SourceError::Header);
    }
    let mut guesses = vec![Guess::default(); names.len()];
    let mut rows = 0_u64;
    let mut record = StringRecord::new();
    while next(&mut reader, &mut record)? {
        for (guess, value) in guesses.iter_mut().zip(&record) {
            guess.see(value);
        }
        rows = rows.saturating_add(1);
    }
    let column = |(name, guess): (&str, &Guess)| Column { name: name.to_owned(), kind: guess.kind() };
    let columns = names.iter().zip(&guesses).map(column).collect();
    Ok(Description { schema: TableSchema { name, columns }, rows })
}

fn send_rows<R: Read>(input: R, schema: &TableSchema, chosen: &[usize], sender: &Sender) -> Result<(), SourceError> {
    let mut reader = reader(input);
    let names = reader.headers().map_err(|error| fault(&error))?;
    let changed = |line| SourceError::Line { line, fault: LineFault::Changed };
    if !names.iter().eq(schema.columns.iter().map(|column| column.name.as_str())) {
        return Err(changed(1));
    }
    let mut record = StringRecord::new();
    let mut batch = Batch::default();
    while next(&mut reader, &mut record)? {
        let cell = |index: &usize| kind::cell(record.get(*index)?, schema.columns.get(*index)?.kind);
        let row: Option<Vec<_>> = chosen.iter().map(cell).collect();
        let line = record.position().map_or(0, csv::Position::line);
        if let Some(rows) = batch.push(row.ok_or_else(|| changed(line))?)
            && sender.blocking_send(Ok(Piece::Batch(rows))).is_err()
        {
            return Ok(());
        }
    }
    if let Some(rows) = batch.take() {
        let _ = sender.blocking_send(Ok(Piece::Batch(rows)));
    }
    Ok(())
}

fn reader<R: Read>(input: R) -> Reader<Capped<R>> {
    let input = Capped { input, left: ROW_BYTES_MAX };
    ReaderBuilder::new().buffer_capacity(64 << 10).from_reader(input)
}

fn next<R: Read>(reader: &mut Reader<Capped<R>>, record: &mut StringRecord) -> Result<bool, SourceError> {
    reader.get_mut().left = ROW_BYTES_MAX;
    reader.read_record(record).map_err(|error| fault(&error))
}

fn fault(error: &csv::Error) -> SourceError {
    let line = error.position().map_or(1, csv::Position::line);
    let fault = match error.kind() {
        csv::ErrorKind::UnequalLengths { .. } => LineFault::Width,
        csv::ErrorKind::Utf8 { .. } => LineFault::Encoding,
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => LineFault::TooLong,
        _ => return SourceError::Interrupted,
    };
    SourceError::Line { line, fault }
}

/// Input that gives so many bytes and no more, until it is told again.
struct Capped<R> {
    input: R,
    left: usize,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.input.read(buffer)?;
        self.left = self.left.saturating_sub(read);
        Ok(read)
    }
}
