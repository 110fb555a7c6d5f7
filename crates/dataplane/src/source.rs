//! Where a provider's rows lie (NDI-TR-2025-05 §6.3 数据资源接入): a file (CSV, JSON, Parquet, a spreadsheet), a folder of them or a prefix of an object store, a table of SQLite, PostgreSQL or
//! MySQL, what an HTTP API answers, or a stretch of a stream (Kafka, MQTT). Only read, and in batches. Not here: binary columns, which are left out.

use std::fmt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::{BoxStream, unfold};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use url::Url;
use xinyu_core::data::{Cell, TableSchema};
use xinyu_http::EgressPolicy;
use xinyu_protocol::text::Text;

mod api;
mod confine;
mod error;
mod file;
mod held;
mod key;
mod kind;
mod mysql;
mod named;
mod object;
mod postgres;
mod pulse;
mod reading;
mod sqlite;
mod stream;
mod table;
#[cfg(test)]
mod tests;

pub use self::confine::confine;
pub use self::error::{LineFault, SourceError};
pub use self::held::Held;
pub use self::named::{KINDS, kind_of};
pub use self::object::StoreFault;
pub use self::pulse::Pulse;
pub use self::reading::{Before, Mark, Part, Reading};
pub(crate) use self::table::{failed, quoted};

/// Rows in a batch, at most.
pub const BATCH_ROWS: usize = 1_000;

/// A batch ends, too, when its values take this many bytes.
const BATCH_BYTES: usize = 1 << 20;

/// Rows, batch by batch; ends after the first error.
pub type Rows = BoxStream<'static, Result<Vec<Vec<Cell>>, SourceError>>;

/// Where rows lie.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Source {
    /// A file; its ending says what it is.
    File {
        /// Where it is: see [`confine`].
        path: PathBuf,
    },
    /// All files of a folder as one table, in the order of their names.
    Folder {
        /// Where it is, or with the ending of the files that are meant: `folder/*.csv`. See [`confine`].
        path: PathBuf,
    },
    /// An object of an S3-compatible store, or all objects directly under a prefix as one table, in the order of their names.
    Object {
        /// `s3://KEY:SECRET@bucket/key?endpoint=https://host&region=name`; a prefix ends with `/` or `/*.csv`. Never shown: see [`Source::display`].
        url: String,
        /// Where its requests may go. Not stored: who reads a stored source says it.
        #[serde(skip)]
        egress: EgressPolicy,
    },
    /// What an HTTP API answers to one question, all pages of it.
    Api {
        /// Where, with the key and what is to be known of the answer. Never shown: see [`Source::display`].
        url: String,
        /// As of an object.
        #[serde(skip)]
        egress: EgressPolicy,
        /// What was described and not read yet.
        #[serde(skip)]
        held: Held,
    },
    /// A stretch of a stream: of a topic of Kafka or MQTT.
    Stream {
        /// Where, with the key and which stretch. Never shown: see [`Source::display`].
        url: String,
        /// As of an object.
        #[serde(skip)]
        egress: EgressPolicy,
        /// As of an API.
        #[serde(skip)]
        held: Held,
    },
    /// CSV in memory, on its way from elsewhere; never stored.
    #[serde(skip)]
    Memory {
        /// What the table is called.
        name: String,
        /// As a CSV file.
        bytes: Bytes,
    },
    /// A table or a view of a database.
    Table {
        /// `sqlite://` and a path, `postgres://`, `mysql://` or `mariadb://`. May carry a password, so it is never shown: see [`Source::display`].
        url: String,
        /// Its name, or `schema.table` in PostgreSQL, `database.table` in MySQL.
        table: String,
    },
}

/// What a source holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The table: for a file, called as the file without its ending.
    pub schema: TableSchema,
    /// How many rows.
    pub rows: u64,
    /// What it is: how names of such files end (`csv`), or the engine of the database.
    #[serde(default)]
    pub form: String,
    /// How its text is encoded, where that is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// What whoever connects it should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Text>,
}

impl Description {
    fn new(schema: TableSchema, rows: u64, form: &str) -> Self {
        Self { schema, rows, form: form.to_owned(), encoding: None, notices: Vec::new() }
    }
}

impl Source {
    /// Looks at the source: whether it can be read, its columns and its size. Reads a file as a whole.
    ///
    /// # Errors
    /// If it cannot be reached or read, or is no table.
    pub async fn describe(&self) -> Result<Description, SourceError> {
        match self {
            Self::Table { url, table } => table::Address::parse(url)?.describe(table).await,
            _ => {
                let opened = self.opened().await?;
                let description = opened.description().clone();
                if let Some(held) = self.held() {
                    held.keep(opened);
                }
                Ok(description)
            }
        }
    }

    /// The values of `columns`, in that order. What is read is one state of a database; a file must not change meanwhile; of an API or a stream it is, the
    /// first time, what was described.
    ///
    /// # Errors
    /// If the source cannot be reached or has no such column. What is wrong with a row comes with the rows.
    pub async fn rows(&self, columns: &[String]) -> Result<Rows, SourceError> {
        let columns = columns.to_vec();
        self.read(move |_| Ok(columns)).await
    }

    /// As [`Self::rows`], with the columns chosen when the schema is known.
    pub(crate) async fn read<E: From<SourceError> + Send + 'static>(
        &self,
        choose: impl FnOnce(&TableSchema) -> Result<Vec<String>, E> + Send + 'static,
    ) -> Result<Rows, E> {
        match self {
            Self::Table { url, table } => {
                let address = table::Address::parse(url)?;
                let schema = address.schema(table).await?;
                let columns = choose(&schema)?;
                Ok(address.rows(&schema, &columns, None).await?)
            }
            _ => {
                let opened = match self.held().and_then(Held::take) {
                    Some(opened) => opened,
                    None => self.opened().await?,
                };
                let columns = choose(opened.schema())?;
                Ok(opened.rows(&columns)?)
            }
        }
    }

    /// What was described and not read yet, where that may be another thing a moment later.
    fn held(&self) -> Option<&Held> {
        match self {
            Self::Api { held, .. } | Self::Stream { held, .. } => Some(held),
            Self::File { .. }
            | Self::Folder { .. }
            | Self::Object { .. }
            | Self::Memory { .. }
            | Self::Table { .. } => None,
        }
    }

    /// Files, or what was fetched into one, looked at.
    async fn opened(&self) -> Result<file::Opened, SourceError> {
        let placed = self.placed().await?;
        file::blocking(move || placed.opened()).await
    }

    /// Files, or what was fetched into one.
    async fn placed(&self) -> Result<file::Placed, SourceError> {
        match self.clone() {
            Self::File { path } => file::blocking(move || file::open(&path)).await,
            Self::Folder { path } => file::blocking(move || file::open_folder(&path)).await,
            Self::Memory { name, bytes } => file::blocking(move || file::of_bytes(&name, bytes)).await,
            Self::Object { url, egress } => object::placed(&url, &egress).await,
            Self::Api { url, egress, .. } => api::open(&url, &egress).await,
            Self::Stream { url, egress, .. } => stream::open(&url, &egress).await,
            Self::Table { .. } => Err(SourceError::Address),
        }
    }

    /// The file of this machine that is read, if it is one; to be confined as [`confine`] does.
    #[must_use]
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Self::File { path } | Self::Folder { path } => Some(path.clone()),
            Self::Memory { .. } | Self::Object { .. } | Self::Api { .. } | Self::Stream { .. } => None,
            Self::Table { url, .. } => match table::Address::parse(url) {
                Ok(table::Address::Sqlite(options)) => Some(options.get_filename().to_owned()),
                _ => None,
            },
        }
    }

    /// The same source, if the file that it reads is under one of `roots`; a database server is not a file.
    ///
    /// # Errors
    /// As [`confine`], or an address that cannot be read.
    pub fn confined(self, roots: &[PathBuf]) -> Result<Self, SourceError> {
        match self {
            Self::File { path } => Ok(Self::File { path: confine(&path, roots)? }),
            Self::Folder { path } => Ok(Self::Folder { path: confine::folder(&path, roots)? }),
            elsewhere @ (Self::Memory { .. } | Self::Object { .. } | Self::Api { .. } | Self::Stream { .. }) => {
                Ok(elsewhere)
            }
            Self::Table { url, table } => match table::Address::parse(&url)? {
                table::Address::Sqlite(options) => {
                    let url = sqlite_url(&confine(options.get_filename(), roots)?)?;
                    Ok(Self::Table { url, table })
                }
                table::Address::Postgres(_) | table::Address::MySql(_) => Ok(Self::Table { url, table }),
            },
        }
    }

    /// Where it is, for people: without user, password and options.
    #[must_use]
    pub fn display(&self) -> String {
        match self {
            Self::File { path } | Self::Folder { path } => path.display().to_string(),
            Self::Memory { name, .. } => name.clone(),
            Self::Object { url, .. } | Self::Api { url, .. } | Self::Stream { url, .. } => bare(url),
            Self::Table { url, table } => format!("{} {table}", bare(url)),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.display()).finish()
    }
}

/// An address without what may be secret in it.
fn bare(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut url) if named::SCHEMES.contains(&url.scheme()) => {
            url.set_query(None);
            url.set_fragment(None);
            // An address without a host has no user either.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.to_string()
        }
        _ => "unreadable address".to_owned(),
    }
}

fn sqlite_url(path: &Path) -> Result<String, SourceError> {
    let url = Url::from_file_path(path).map_err(|()| SourceError::Outside(path.to_owned()))?;
    Ok(format!("sqlite://{}", url.path()))
}

/// What a reader sends: the end is sent too, so that a reader that breaks down is not taken for one that is done.
enum Piece {
    Batch(Vec<Vec<Cell>>),
    End,
}

type Sender = mpsc::Sender<Result<Piece, SourceError>>;
type Receiver = mpsc::Receiver<Result<Piece, SourceError>>;

/// A reader is at most this many batches ahead.
fn channel() -> (Sender, Receiver) {
    mpsc::channel(2)
}

fn received(receiver: Receiver) -> Rows {
    unfold(Some(receiver), async |receiver| {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Ok(Piece::Batch(rows))) => Some((Ok(rows), Some(receiver))),
            Some(Ok(Piece::End)) => None,
            Some(Err(error)) => Some((Err(error), None)),
            None => Some((Err(SourceError::Interrupted), None)),
        }
    })
    .boxed()
}

/// Rows being gathered into a batch.
#[derive(Default)]
struct Batch {
    rows: Vec<Vec<Cell>>,
    bytes: usize,
}

impl Batch {
    /// Adds a row; gives the batch back when it is full.
    fn push(&mut self, row: Vec<Cell>) -> Option<Vec<Vec<Cell>>> {
        self.bytes = self.bytes.saturating_add(row.iter().map(Cell::bytes).sum());
        self.rows.push(row);
        if self.rows.len() < BATCH_ROWS && self.bytes < BATCH_BYTES {
            return None;
        }
        self.take()
    }

    /// What was gathered, if anything.
    fn take(&mut self) -> Option<Vec<Vec<Cell>>> {
        self.bytes = 0;
        Some(std::mem::take(&mut self.rows)).filter(|rows| !rows.is_empty())
    }
}

/// Where the chosen columns stand.
fn positions(schema: &TableSchema, columns: &[String]) -> Result<Vec<usize>, SourceError> {
    let find = |name: &String| schema.position(name).ok_or_else(|| SourceError::Column(name.clone()));
    columns.iter().map(find).collect()
}
