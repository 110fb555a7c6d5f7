//! What is wrong with a source. No message repeats a value, and none an address with its secrets.

use std::path::PathBuf;

use xinyu_protocol::text::Text;

use super::{StoreFault, file};

/// A source that cannot be read. No message repeats a value.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file that lies elsewhere, or that a link leads out of them to.
    #[error("{0} is not under a folder that is open to resources")]
    Outside(PathBuf),
    /// No such file, under an open folder.
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
    /// What an API or a stream does, or what its address lacks.
    #[error("{}", .0.en)]
    Remote(Text),
    /// No such table, or a name that cannot be one.
    #[error("there is no table or view {0}")]
    Table(String),
    /// No such column, or one with binary values.
    #[error("there is no column {0} that can be delivered")]
    Column(String),
    /// A column by which no table grows.
    #[error("the source does not grow by column {0}: there must be a database, and in it a whole number in every row")]
    Key(String),
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
    /// What an API or a stream does.
    pub(super) fn remote(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Remote(Text::new(zh, en))
    }

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
            Self::Remote(text) => text.zh.clone(),
            Self::Table(table) => format!("没有数据表或视图 {table}"),
            Self::Column(column) => format!("没有可交付的列 {column}"),
            Self::Key(column) => format!("数据源不能按列 {column} 递增读取：须为数据库表中每行都有值的整数列"),
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
