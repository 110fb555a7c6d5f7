//! Reading a source on from where it was left. A mark says how far it was read and by what that is recognised; with it the source is read again only as far as it
//! must be: not at all when it is what it was, from the end of what was read when it has only grown, and as a whole whenever that cannot be told.

use futures::StreamExt as _;
use futures::stream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_core::data::TableSchema;
use xinyu_protocol::text::Text;

use super::{Description, Pulse, Rows, Source, SourceError, file, table};

/// How far a source was read. It holds names, sizes and digests, and no value but the last key of a table that grows by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark(pub(super) How);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum How {
    /// Files, objects, or what was fetched.
    Files(file::Mark),
    /// A table of a database.
    Table(table::Mark),
}

/// What was read before: the mark of it, and the table that it was then.
#[derive(Clone, Copy, Debug)]
pub struct Before<'b> {
    /// How far.
    pub mark: &'b Mark,
    /// Its columns then.
    pub schema: &'b TableSchema,
}

/// Which part of a source has to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// None: it is what it was.
    Nothing,
    /// What was added; what was read before is as it was. By what that is known.
    Rest(Text),
    /// All of it, and why.
    All(Text),
}

/// A source that is about to be read.
pub struct Reading {
    /// The whole of it as it is now.
    pub description: Description,
    /// What of it is read.
    pub part: Part,
    /// The rows of that part, all columns in the order of the description.
    pub rows: Rows,
    /// How many these are.
    pub expected: u64,
    /// How far the source was read when these rows were; none where it cannot be told again.
    pub mark: Option<Mark>,
    /// When it was last written to, where the source itself says so.
    pub written_at: Option<Timestamp>,
}

impl Source {
    /// Looks at the source, and reads what of it was not read before. `key` names a column of whole numbers by which a table grows: rows are only ever added, each
    /// with a number above all others.
    ///
    /// # Errors
    /// If it cannot be reached or read, or is no table.
    pub async fn read_on(
        &self,
        before: Option<Before<'_>>,
        key: Option<&str>,
        pulse: &Pulse,
    ) -> Result<Reading, SourceError> {
        match self {
            Self::Table { url, table: name } => {
                let address = table::Address::parse(url)?;
                table::read_on(&address, name, before, key, pulse).await
            }
            _ if key.is_some() => Err(SourceError::Key(key.unwrap_or_default().to_owned())),
            _ => {
                let (opened, reading) = self.opened_since(before, pulse).await?;
                let description = opened.description().clone();
                let columns: Vec<String> =
                    description.schema.columns.iter().map(|column| column.name.clone()).collect();
                let rows = match reading.part {
                    Part::Nothing => stream::empty().boxed(),
                    Part::Rest(_) | Part::All(_) => opened.rows(&columns)?,
                };
                let file::Since { part, expected, mark, written_at } = reading;
                Ok(Reading { description, part, rows, expected, mark: mark.map(How::Files).map(Mark), written_at })
            }
        }
    }

    async fn opened_since(
        &self,
        before: Option<Before<'_>>,
        pulse: &Pulse,
    ) -> Result<(file::Opened, file::Since), SourceError> {
        let placed = self.placed().await?;
        pulse.answers();
        let before = before.and_then(|before| match &before.mark.0 {
            How::Files(mark) => Some((mark.clone(), before.schema.clone())),
            How::Table(_) => None,
        });
        let pulse = pulse.clone();
        file::blocking(move || placed.since(before.as_ref(), &pulse)).await
    }
}

/// Why all of it is read.
pub(super) fn all(zh: impl Into<String>, en: impl Into<String>) -> Part {
    Part::All(Text::new(zh, en))
}
