//! The schema in the footer of a Parquet file. Only the end of the file is looked at: no page, and no statistics, which hold values. There is no writer: a
//! description is no file.

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::file::metadata::{FooterTail, ParquetMetaData, ParquetMetaDataReader};
use parquet::schema::types::Type;
use xinyu_core::data::ColumnKind;
use xinyu_core::fault::Rejection;

use super::encoding::Encoding;
use super::loss::Losses;
use super::member;
use super::model::{Description, Distribution, Field, Table};
use super::recognise::{Guess, Sample};
use super::{Format, unreadable};

pub(super) const FORMAT: Format = Format {
    name: "parquet",
    title: "Parquet",
    extension: ".parquet",
    media_type: "application/vnd.apache.parquet",
    carries: &[],
    recognise,
    read,
    write: None,
};

const MARK: &[u8; 4] = b"PAR1";
const MARK_OF_ENCRYPTED: &[u8; 4] = b"PARE";
/// What stands behind the footer: its length and the mark.
const TAIL: usize = 8;

fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    let is_marked = sample.bytes.ends_with(MARK) || sample.bytes.ends_with(MARK_OF_ENCRYPTED);
    is_marked.then(|| Guess::of(&FORMAT, 999, "末尾有 Parquet 的标记", "it ends with the mark of Parquet"))
}

/// Reads the footer; what stands before it may be missing.
fn read(bytes: &[u8], lost: &mut Losses) -> Result<(Description, Encoding), Rejection> {
    if bytes.ends_with(MARK_OF_ENCRYPTED) {
        return Err(unreadable(FORMAT.title, "文件尾部已加密", "its footer is encrypted"));
    }
    let metadata = footer(bytes)?;
    let file = metadata.file_metadata();
    let rows = u64::try_from(file.num_rows()).ok();
    let mut table = Table { name: "data".to_owned(), rows, distribution: Some(0), ..Table::default() };
    for (at, column) in file.schema().get_fields().iter().enumerate() {
        let path = format!("/schema/{at}");
        let Some(name) = member::clean(&path, column.name().to_owned(), lost) else { continue };
        let mut field = Field::new(name, ColumnKind::Text);
        let info = column.get_basic_info();
        field.required = info.has_repetition() && info.repetition() == Repetition::REQUIRED;
        let (kind, fit) = kind(column);
        field.kind = kind;
        if fit != Fit::Exact {
            member::other_kind(&path, fit == Fit::Wider, kind, lost);
        }
        table.push(field, &path, lost);
    }
    for entry in file.key_value_metadata().into_iter().flatten() {
        let path =
            member::pointer("/metadata", &member::clean("/metadata", entry.key.clone(), lost).unwrap_or_default());
        lost.left(path, "自定义元数据项未采用", "a member of the custom metadata is not taken");
    }
    let file = Distribution {
        format: Some("PARQUET".to_owned()),
        media_type: Some(FORMAT.media_type.to_owned()),
        ..Distribution::default()
    };
    Ok((Description { distributions: vec![file], tables: vec![table], ..Description::default() }, Encoding::Binary))
}

fn footer(bytes: &[u8]) -> Result<ParquetMetaData, Rejection> {
    let cut = || unreadable(FORMAT.title, "文件尾部不完整", "its footer is cut or broken");
    let (before, tail) = bytes.split_at_checked(bytes.len().saturating_sub(TAIL)).ok_or_else(cut)?;
    let length = FooterTail::try_from(tail).map_err(|_| cut())?.metadata_length();
    let footer = before.len().checked_sub(length).and_then(|begin| before.get(begin..)).ok_or_else(cut)?;
    ParquetMetaDataReader::decode_metadata(footer).map_err(|_| cut())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    Exact,
    Wider,
    Unknown,
}

fn kind(column: &Type) -> (ColumnKind, Fit) {
    use Fit::{Exact, Unknown, Wider};
    if column.is_group()
        || column.get_basic_info().has_repetition() && column.get_basic_info().repetition() == Repetition::REPEATED
    {
        return (ColumnKind::Text, Wider);
    }
    match (column.get_basic_info().logical_type_ref(), column.get_physical_type()) {
        (Some(LogicalType::String), _) => (ColumnKind::Text, Exact),
        (Some(LogicalType::Date), _) => (ColumnKind::Date, Exact),
        (Some(LogicalType::Timestamp(_)), _) | (None, Physical::INT96) => (ColumnKind::Timestamp, Exact),
        (Some(LogicalType::Decimal(_)), _) | (None, Physical::FLOAT) | (Some(LogicalType::Float16), _) => {
            (ColumnKind::Real, Wider)
        }
        (Some(LogicalType::Integer(kind)), _) if kind.bit_width == 64 && kind.is_signed => (ColumnKind::Integer, Exact),
        (Some(LogicalType::Integer(_)), _) => (ColumnKind::Integer, Wider),
        (
            Some(LogicalType::Enum | LogicalType::Json | LogicalType::Uuid | LogicalType::Time(_) | LogicalType::Bson),
            _,
        ) => (ColumnKind::Text, Wider),
        (None, Physical::BOOLEAN) => (ColumnKind::Boolean, Exact),
        (None, Physical::INT64) => (ColumnKind::Integer, Exact),
        (None, Physical::INT32) => (ColumnKind::Integer, Wider),
        (None, Physical::DOUBLE) => (ColumnKind::Real, Exact),
        (None, Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY) => (ColumnKind::Text, Wider),
        (Some(_), _) => (ColumnKind::Text, Unknown),
    }
}
