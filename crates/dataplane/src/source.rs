//! Where a provider's rows lie (NDI-TR-2025-05 §6.3 数据资源接入): a file (CSV, JSON, Parquet, a spreadsheet), a folder of them or a prefix of an object store, or a table of SQLite, PostgreSQL or MySQL. Only read,
//! and in batches. Not here: binary columns, which are left out.

use std::fmt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use url::Url;
use xinyu_core::data::{Cell, TableSchema};
use xinyu_http::EgressPolicy;
use xinyu_protocol::text::Text;

mod confine;
mod file;
mod kind;
mod mysql;
mod object;
mod postgres;
mod sqlite;
mod table;
#[cfg(test)]
mod tests;

pub use self::confine::confine;
pub use self::object::StoreFault;
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
            _ => Ok(self.opened().await?.description()),
        }
    }

    /// The values of `columns`, in that order. What is read is one state of a database; a file must not change meanwhile.
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
                Ok(address.rows(&schema, &columns).await?)
            }
            _ => {
                let opened = self.opened().await?;
                let columns = choose(opened.schema())?;
                Ok(opened.rows(&columns)?)
            }
        }
    }

    /// Files, looked at.
    async fn opened(&self) -> Result<file::Opened, SourceError> {
        match self.clone() {
            Self::File { path } => file::blocking(move || file::open(&path)).await,
            Self::Folder { path } => file::blocking(move || file::open_folder(&path)).await,
            Self::Memory { name, bytes } => file::blocking(move || file::of_bytes(&name, bytes)).await,
            Self::Object { url, egress } => object::open(&url, &egress).await,
            Self::Table { .. } => Err(SourceError::Address),
        }
    }

    /// The file of this machine that is read, if it is one; to be confined as [`confine`] does.
    #[must_use]
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Self::File { path } | Self::Folder { path } => Some(path.clone()),
            Self::Memory { .. } | Self::Object { .. } => None,
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
            elsewhere @ (Self::Memory { .. } | Self::Object { .. }) => Ok(elsewhere),
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
            Self::Object { url, .. } => bare(url),
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
        Ok(mut url) if matches!(url.scheme(), "sqlite" | "postgres" | "postgresql" | "mysql" | "mariadb" | "s3") => {
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
    stream::unfold(Some(receiver), async |receiver| {
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

/// A source that cannot be read. No message repeats a value.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// See [`confine`].
    #[error("{0} is not under a folder that is open to resources")]
    Outside(PathBuf),
    /// No such file, under an open folder. See [`confine`].
    #[error("there is no file {0}")]
    Missing(PathBuf),
    /// A file that is not there, or may not be read.
    #[error("{path} cannot be read: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file of another kind, told by its ending.
    #[error("{0} has none of the known endings {known}", known = file::endings())]
    Format(PathBuf),
    /// A file without names, or with a name that is empty or repeated.
    #[error("first line names no columns, or one twice or without a name")]
    Header,
    /// A file that is not what its ending says.
    #[error("the file is no {form}: {}", fault.en)]
    Content {
        /// What its ending says.
        form: &'static str,
        /// What is wrong.
        fault: Text,
    },
    /// Something in one of several files.
    #[error("{0}: {1}")]
    Within(String, Box<SourceError>),
    /// Files of several forms.
    #[error("the file has another form than the first of the folder")]
    Mixed,
    /// Parts that are not of one table.
    #[error("the file has other columns than the first of the folder")]
    Columns,
    /// Parts that declare a column to be of different kinds.
    #[error("column {0} is of another kind than in the first file of the folder")]
    Kinds(String),
    /// A folder without files.
    #[error("{0} has no files with the known endings {known}", known = file::endings())]
    Empty(PathBuf),
    /// A folder with more files than are read as one table.
    #[error("more than {most} files")]
    TooMany {
        /// How many there may be.
        most: usize,
    },
    /// A file that is too large to be read in one piece, as spreadsheets are.
    #[error(
        "a spreadsheet may have {} MiB, {} MiB unpacked and {} million cells: save it as CSV or Parquet",
        file::SHEET_MIB,
        file::SHEET_UNPACKED_MIB,
        file::SHEET_CELLS_MILLION
    )]
    TooLarge,
    /// A line that is not as the others.
    #[error("line {line}: {fault}")]
    Line {
        /// Its number, from 1.
        line: u64,
        /// What is wrong.
        fault: LineFault,
    },
    /// An address that cannot be read.
    #[error("address is neither sqlite:// with a path nor postgres://, mysql:// or mariadb:// with a host")]
    Address,
    /// An address of an object that cannot be read.
    #[error("address is not s3://KEY:SECRET@bucket/key?endpoint=https://host&region=name")]
    ObjectAddress,
    /// An address that must not be asked from here.
    #[error(transparent)]
    Egress(#[from] xinyu_http::EgressError),
    /// No such object, or none under a prefix.
    #[error("there is no object {0}")]
    NoObject(String),
    /// The object store refuses or cannot be reached.
    #[error("the object store {}", .0.en())]
    Store(StoreFault),
    /// No such table, or a name that cannot be one.
    #[error("there is no table or view {0}")]
    Table(String),
    /// No such column, or one with binary values.
    #[error("there is no column {0} that can be delivered")]
    Column(String),
    /// A value that its column does not allow (SQLite does).
    #[error("column {column} has a value that is not {kind}")]
    Value {
        /// The column.
        column: String,
        /// Of which kind its values are.
        kind: xinyu_core::data::ColumnKind,
    },
    /// The database refuses or cannot be reached.
    #[error("database {0}: {1}")]
    Database(String, sqlx::Error),
    /// The reader broke down.
    #[error("reading was interrupted")]
    Interrupted,
    /// The machine cannot write what it was asked to make.
    #[error("{path} cannot be written: {error}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

impl SourceError {
    /// What is wrong, for people; the words of an engine are its detail.
    #[must_use]
    pub fn text(&self) -> Text {
        let zh = match self {
            Self::Outside(path) => format!("{} 不在允许接入的目录下", path.display()),
            Self::Missing(path) => format!("文件 {} 不存在", path.display()),
            Self::File { path, .. } => format!("文件 {} 无法读取", path.display()),
            Self::Format(path) => format!("{} 的格式无法识别，支持 {}", path.display(), file::endings()),
            Self::Header => "首行应为列名，且不能为空或重复".to_owned(),
            Self::Content { form, fault } => format!("文件内容不是正确的 {form}：{}", fault.zh),
            Self::Within(name, error) => format!("{name}：{}", error.text().zh),
            Self::Mixed => "与目录中第一个文件的格式不同".to_owned(),
            Self::Columns => "与目录中第一个文件的列不同".to_owned(),
            Self::Kinds(column) => format!("列 {column} 的类型与目录中第一个文件不同"),
            Self::Empty(path) => format!("{} 中没有可识别的文件，支持 {}", path.display(), file::endings()),
            Self::TooMany { most } => format!("文件超过 {most} 个"),
            Self::TooLarge => format!(
                "电子表格不得超过 {} MiB、解压后 {} MiB、{} 百万单元格，请另存为 CSV 或 Parquet",
                file::SHEET_MIB,
                file::SHEET_UNPACKED_MIB,
                file::SHEET_CELLS_MILLION
            ),
            Self::Line { line, fault } => format!("第 {line} 行{}", fault.zh()),
            Self::Address => "数据库地址应为 sqlite:// 加路径，或 postgres://、mysql://、mariadb:// 加主机".to_owned(),
            Self::ObjectAddress => "对象地址应为 s3://KEY:SECRET@桶/键?endpoint=https://主机&region=区域".to_owned(),
            Self::Egress(_) => "该地址不在本节点允许外联的范围内".to_owned(),
            Self::NoObject(key) => format!("没有对象 {key}"),
            Self::Store(fault) => format!("对象存储{}", fault.zh()),
            Self::Table(table) => format!("没有数据表或视图 {table}"),
            Self::Column(column) => format!("没有可交付的列 {column}"),
            Self::Value { column, kind } => format!("列 {column} 中有不属于 {} 类型的值", kind.as_str()),
            Self::Database(..) => "数据库无法打开或读取".to_owned(),
            Self::Interrupted => "读取中断".to_owned(),
            Self::Write { path, .. } => format!("{} 无法写入", path.display()),
        };
        let en = match self {
            Self::File { path, .. } => format!("file {} cannot be read", path.display()),
            Self::Within(name, error) => format!("{name}: {}", error.text().en),
            Self::Database(..) => "the database cannot be opened or read".to_owned(),
            Self::Write { path, .. } => format!("{} cannot be written", path.display()),
            other => other.to_string(),
        };
        Text::new(zh, en)
    }

    /// What the engine or the system says, in its own words.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        match self {
            Self::File { error, .. } | Self::Write { error, .. } => Some(error.to_string()),
            Self::Within(_, error) => error.words(),
            Self::Database(doing, error) => Some(format!("{doing}: {error}")),
            _ => None,
        }
    }
}

/// What is wrong with a line of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// Not as many values as there are names.
    #[error("another number of values than the first line has names")]
    Width,
    /// Other characters.
    #[error("neither UTF-8 nor GBK, GB18030, or UTF-16 with its mark")]
    Encoding,
    /// A quote without its end, most likely.
    #[error("longer than a row may be")]
    TooLong,
    /// No object of plain members, as JSON has them.
    #[error("not a JSON object")]
    Shape,
    /// A value that does not fit what the file was a moment ago.
    #[error("the file changed while it was read")]
    Changed,
}

impl LineFault {
    fn zh(self) -> &'static str {
        match self {
            Self::Width => "的值数与首行的列数不同",
            Self::Encoding => "的编码无法识别，应为 UTF-8、GBK、GB18030，或带标记的 UTF-16",
            Self::Shape => "不是 JSON 对象",
            Self::TooLong => "过长，可能缺少右引号",
            Self::Changed => "读取时文件发生了变化",
        }
    }
}
