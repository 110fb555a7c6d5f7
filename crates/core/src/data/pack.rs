//! The package that is delivered (NDI-TR-2025-05 数据交付, batch stream): JSON lines, so that any tool can read it.
//!
//! A table is one line `{"table":…,"columns":[{"name":…,"kind":…},…]}`, then one line for each row, an array of cells
//! in the order of the columns; tables follow one another. Written and read piece by piece: neither side ever holds
//! more than one line.

use super::{Cell, TableSchema};

/// The longest line, its end included. A row beyond it is refused where the package is written.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// Writes a package.
#[derive(Debug, Default)]
pub struct Packer {
    width: Option<usize>,
}

impl Packer {
    /// Begins a table, appending its head to `out`.
    ///
    /// # Errors
    /// A head longer than a line may be.
    pub fn table(&mut self, schema: &TableSchema, out: &mut Vec<u8>) -> Result<(), PackError> {
        write_line(schema, out)?;
        self.width = Some(schema.columns.len());
        Ok(())
    }

    /// Appends a row of the table begun last.
    ///
    /// # Errors
    /// No table begun, another number of cells than it has columns, or longer than a line may be.
    pub fn row(&mut self, cells: &[Cell], out: &mut Vec<u8>) -> Result<(), PackError> {
        check_width(self.width, cells.len())?;
        write_line(&cells, out)
    }
}

/// What a package says, line by line.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A table begins.
    Head(TableSchema),
    /// A row of the table that began last.
    Row(Vec<Cell>),
}

/// Reads a package as its bytes arrive. After an error it gives no more.
#[derive(Debug, Default)]
pub struct Unpacker {
    pending: Vec<u8>,
    width: Option<usize>,
    line: u64,
    failed: Option<UnpackError>,
}

impl Unpacker {
    /// Takes the next bytes, in pieces of any size; appends what they complete to `events`.
    ///
    /// # Errors
    /// A line that is too long, is neither a head nor a row, or has another width than its table; again the same after that.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), UnpackError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.take(bytes, events).map_err(|fault| {
            let error = UnpackError { line: self.line.saturating_add(1), fault };
            self.failed = Some(error.clone());
            error
        })
    }

    /// Checks that the last line was whole.
    ///
    /// # Errors
    /// [`PackError::CutOff`], or the error that came before.
    pub fn finish(self) -> Result<(), UnpackError> {
        match self.failed {
            Some(error) => Err(error),
            None if self.pending.is_empty() => Ok(()),
            None => Err(UnpackError { line: self.line.saturating_add(1), fault: PackError::CutOff }),
        }
    }

    fn take(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), PackError> {
        let mut pieces = bytes.split_inclusive(|byte| *byte == b'\n');
        for piece in pieces.by_ref() {
            if self.pending.len().saturating_add(piece.len()) > LINE_BYTES_MAX {
                return Err(PackError::LineTooLong);
            }
            if piece.last() != Some(&b'\n') {
                self.pending.extend_from_slice(piece);
                break;
            }
            let event = if self.pending.is_empty() {
                self.read(piece)?
            } else {
                let mut line = std::mem::take(&mut self.pending);
                line.extend_from_slice(piece);
                let event = self.read(&line)?;
                line.clear();
                self.pending = line;
                event
            };
            events.push(event);
            self.line = self.line.saturating_add(1);
        }
        Ok(())
    }

    fn read(&mut self, line: &[u8]) -> Result<Event, PackError> {
        if line.first() == Some(&b'{') {
            let head: TableSchema = serde_json::from_slice(line)?;
            self.width = Some(head.columns.len());
            return Ok(Event::Head(head));
        }
        let cells: Vec<Cell> = serde_json::from_slice(line)?;
        check_width(self.width, cells.len())?;
        Ok(Event::Row(cells))
    }
}

fn check_width(expected: Option<usize>, found: usize) -> Result<(), PackError> {
    match expected {
        None => Err(PackError::NoTable),
        Some(expected) if expected == found => Ok(()),
        Some(expected) => Err(PackError::Width { expected, found }),
    }
}

fn write_line(value: &impl serde::Serialize, out: &mut Vec<u8>) -> Result<(), PackError> {
    let start = out.len();
    serde_json::to_writer(&mut *out, value)?;
    out.push(b'\n');
    if out.len().saturating_sub(start) > LINE_BYTES_MAX {
        out.truncate(start);
        return Err(PackError::LineTooLong);
    }
    Ok(())
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// A row before any head.
    #[error("row stands before any table")]
    NoTable,
    /// A row that does not fit its table.
    #[error("row has {found} cells, the table {expected} columns")]
    Width {
        /// Columns of the table.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// See [`LINE_BYTES_MAX`].
    #[error("line is longer than {LINE_BYTES_MAX} bytes")]
    LineTooLong,
    /// The package ends within a line.
    #[error("package is cut off")]
    CutOff,
    /// Not the JSON that stands here; where in the line, never what.
    #[error("line is neither a table's head nor a row ({category} at column {column})")]
    Json {
        /// `syntax`, `data` or `end`.
        category: &'static str,
        /// From 1.
        column: usize,
    },
}

/// The parser's own message would repeat what stands in the line, which may be personal data.
impl From<serde_json::Error> for PackError {
    fn from(error: serde_json::Error) -> Self {
        use serde_json::error::Category;
        let category = match error.classify() {
            Category::Io | Category::Syntax => "syntax",
            Category::Data => "data",
            Category::Eof => "end",
        };
        Self::Json { category, column: error.column() }
    }
}

/// A package that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("package line {line}: {fault}")]
pub struct UnpackError {
    /// Its number, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub fault: PackError,
}
