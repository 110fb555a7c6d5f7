//! 元数据智能识别与转换: descriptions of data sets in the formats of the world, to and from our own [`Description`]. TC609-6-2025-01 §5.3.3.3 b. Pure.
//!
//! Nothing is dropped silently. A reader takes the members of a document out one by one, and what is left in the end is reported; of a writer each
//! format lists what it carries, and what a description has beyond that is reported. To add a format is one file and one line of [`FORMATS`].
//! Not here: fetching. No context, schema or address that a document names is ever asked for.

pub(crate) mod address;
mod arrow;
mod card;
pub(crate) mod ckan;
pub(crate) mod code;
mod croissant;
mod csvw;
pub(crate) mod dcat;
pub(crate) mod encoding;
mod frictionless;
pub(crate) mod kind;
pub(crate) mod ld;
pub(crate) mod loss;
pub(crate) mod member;
mod model;
mod openapi;
mod parquet;
pub(crate) mod recognise;
mod schema_org;
mod sql_ddl;
mod table_schema;

#[cfg(test)]
mod tests;
pub(crate) mod write;

use serde::Serialize;
use xinyu_core::fault::Rejection;

pub use card::{from_card, to_card};
pub use code::{Frequency, is_topic, topic_name};
pub use encoding::Encoding;
pub use loss::{Loss, Manner};
pub use model::{Checksum, Constraints, Description, Distribution, Field, ForeignKey, Phrase, Publisher, Table};
pub use recognise::{Guess, recognise};

use loss::Losses;
use recognise::Sample;

/// A form in which data sets are described.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// How the names of its files end.
    pub extension: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// What it can carry of a description.
    pub carries: &'static [Carried],
    recognise: fn(&Sample<'_>) -> Option<Guess>,
    read: Reader,
    write: Option<Writer>,
}

impl Format {
    /// Whether a description alone can be written in it.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.write.is_some()
    }
}

type Reader = fn(&[u8], &mut Losses) -> Result<(Description, Encoding), Rejection>;
type Writer = fn(&Description, &mut Losses) -> Result<Vec<u8>, Rejection>;

/// A member of a description, and where the format has it.
#[derive(Clone, Copy, Debug)]
pub struct Carried {
    /// JSON pointer into a [`Description`]; `*` for any position of a list.
    pub member: &'static str,
    /// The format's own name for it.
    pub place: &'static str,
}

/// All formats, one line for each; the more special first.
pub const FORMATS: &[Format] = &[
    croissant::FORMAT,
    csvw::FORMAT,
    dcat::FORMAT,
    schema_org::FORMAT,
    frictionless::FORMAT,
    ckan::FORMAT,
    openapi::FORMAT,
    arrow::FORMAT,
    parquet::FORMAT,
    sql_ddl::FORMAT,
];

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Read {
    /// The description.
    pub description: Description,
    /// How the characters were written.
    pub encoding: Encoding,
    /// What the document says and the description does not.
    pub lost: Vec<Loss>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The document.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub media_type: &'static str,
    /// What the description says and the document does not; and what the format asks for and the description does not say.
    pub lost: Vec<Loss>,
}

/// The format of a name.
///
/// # Errors
/// There is none of that name.
pub fn format(name: &str) -> Result<&'static Format, Rejection> {
    FORMATS.iter().find(|format| format.name == name).ok_or_else(|| {
        let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        let names = names.join(", ");
        Rejection::bad(
            "unknown-format",
            format!("没有这种元数据格式；可用：{names}"),
            format!("no such format of metadata; there are {names}"),
        )
    })
}

/// Reads a document.
///
/// # Errors
/// It is too large, in no encoding that we know, or not of the format; a Text in both languages says where.
pub fn read(format: &Format, bytes: &[u8]) -> Result<Read, Rejection> {
    if bytes.len() > MAX_BYTES {
        return Err(Rejection::bad(
            "metadata-too-large",
            format!("文件 {} 字节，超过 {MAX_BYTES} 字节的上限", bytes.len()),
            format!("the document has {} bytes, more than the {MAX_BYTES} that are read", bytes.len()),
        ));
    }
    let mut lost = Losses::default();
    let (description, encoding) = (format.read)(bytes, &mut lost)?;
    Ok(Read { description, encoding, lost: lost.into_list() })
}

/// Writes a description.
///
/// # Errors
/// The format is one of files with data in them, which a description is not; or the description has nothing that the format could say.
pub fn write(format: &Format, description: &Description) -> Result<Written, Rejection> {
    let Some(writer) = format.write else {
        return Err(Rejection::bad(
            "format-is-data",
            format!("{} 是数据文件格式，元数据不能单独写成这种文件", format.title),
            format!("{} is a format of files with data in them, and a description has none", format.title),
        ));
    };
    let mut lost = Losses::default();
    let bytes = writer(description, &mut lost)?;
    write::report_uncarried(description, format, &mut lost);
    Ok(Written { bytes, media_type: format.media_type, lost: lost.into_list() })
}

/// Largest document that is read. Of a Parquet file only the end need be handed in.
pub const MAX_BYTES: usize = 16 << 20;

pub(crate) fn unreadable(format: &str, zh: impl std::fmt::Display, en: impl std::fmt::Display) -> Rejection {
    Rejection::bad(
        "unreadable-metadata",
        format!("不是可读的 {format}：{zh}"),
        format!("not readable as {format}: {en}"),
    )
}
