//! Parquet: its columns say what they are. Nested and binary columns are left out.

use std::io::Read as _;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::data_type::Decimal;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::{Type, TypePtr};
use xinyu_core::data::{Cell, Column, ColumnKind};
use xinyu_protocol::text::Text;

use super::super::kind::Guess;
use super::super::object::{Object, Ranged};
use super::{Found, Input, Known, Outlet, SourceError, changed, must_be_named};

/// More digits than this no 64-bit floating-point number tells apart: such a decimal is text.
const EXACT_DIGITS: i32 = 15;
/// How large a group of rows may be unpacked.
const GROUP_MAX: i64 = 4 << 30;

type Open = Box<dyn FileReader>;

fn open(input: &Input) -> Result<Open, SourceError> {
    let reader: Open = match input {
        Input::File(file) => {
            let file = file.try_clone().map_err(|_| SourceError::Interrupted)?;
            Box::new(SerializedFileReader::new(file).map_err(fault)?)
        }
        Input::Bytes(bytes) => Box::new(SerializedFileReader::new(bytes.clone()).map_err(fault)?),
        Input::Spool(spool) => Box::new(SerializedFileReader::new(spool.file()?).map_err(fault)?),
        Input::Span(span) => Box::new(SerializedFileReader::new(span.file()?).map_err(fault)?),
        Input::Object(object) => Box::new(SerializedFileReader::new(object.clone()).map_err(fault)?),
    };
    let is_bomb = reader.metadata().row_groups().iter().any(|group| group.total_byte_size() > GROUP_MAX);
    if is_bomb {
        return Err(content("行组过大", "a group of rows is too large"));
    }
    Ok(reader)
}

/// By ranges: only the columns that are asked for travel.
impl Length for Object {
    fn len(&self) -> u64 {
        self.bytes()
    }
}

impl ChunkReader for Object {
    type T = Ranged;

    fn get_read(&self, start: u64) -> Result<Ranged, ParquetError> {
        Ok(Ranged::new(self.clone(), start))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        if start.checked_add(length).is_none_or(|end| end > self.bytes()) {
            return Err(ParquetError::EOF("a range is beyond the end".to_owned()));
        }
        let mut bytes = Vec::new();
        Ranged::new(self.clone(), start).take(length).read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// Reads what its end says of it.
pub(super) fn look(input: &Input) -> Result<Found, SourceError> {
    let reader = open(input)?;
    let metadata = reader.metadata().file_metadata();
    let fields = metadata.schema_descr().root_schema().get_fields();
    let known = fields.iter().filter_map(|field| Some((field.name().to_owned(), kind(field)?)));
    let columns: Vec<(String, Guess)> = known.map(|(name, kind)| (name, Guess::declared(kind))).collect();
    must_be_named(columns.iter().map(|(name, _)| name.as_str()))?;
    Ok(Found { columns, rows: u64::try_from(metadata.num_rows()).unwrap_or(0), encoding: None })
}

/// Sends its rows, group by group.
pub(super) fn send(input: &Input, known: &Known, chosen: &[usize], outlet: &mut Outlet) -> Result<(), SourceError> {
    let reader = open(input)?;
    let columns: Vec<&Column> = chosen.iter().filter_map(|index| known.columns.get(*index)).collect();
    let root = reader.metadata().file_metadata().schema_descr().root_schema();
    let wanted = |field: &&TypePtr| columns.iter().any(|column| column.name == field.name());
    let fields: Vec<TypePtr> = root.get_fields().iter().filter(wanted).cloned().collect();
    // Columns that are asked for twice stand in the file once.
    let places: Option<Vec<(usize, &TypePtr)>> =
        columns.iter().map(|column| fields.iter().enumerate().find(|(_, field)| field.name() == column.name)).collect();
    let places = places.ok_or_else(|| changed(0))?;
    let projection = Type::group_type_builder(root.name()).with_fields(fields.clone()).build().map_err(fault)?;
    let mut line = 0_u64;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).map_err(fault)?;
        for row in group.get_row_iter(Some(projection.clone())).map_err(fault)? {
            line = line.saturating_add(1);
            let values = row.map_err(fault)?.into_columns();
            let cell = |(column, (place, field)): (&&Column, &(usize, &TypePtr))| {
                let (_, value) = values.get(*place)?;
                cell(value, field, column.kind)
            };
            let row: Option<Vec<Cell>> = columns.iter().zip(&places).map(cell).collect();
            if !outlet.push(row.ok_or_else(|| changed(line))?) {
                return Ok(());
            }
        }
    }
    // The end of the file says how many rows it has, and that was told.
    if line == known.rows {
        Ok(())
    } else {
        Err(content("行数与文件尾所述不符", "it has another number of rows than its end says"))
    }
}

/// What a column is; none of one that is left out.
fn kind(field: &Arc<Type>) -> Option<ColumnKind> {
    let info = field.get_basic_info();
    if !field.is_primitive() || (info.has_repetition() && info.repetition() == Repetition::REPEATED) {
        return None;
    }
    Some(match (field.get_physical_type(), info.converted_type(), info.logical_type_ref()) {
        (_, ConvertedType::DECIMAL, _) => {
            if precision(field) <= EXACT_DIGITS {
                ColumnKind::Real
            } else {
                ColumnKind::Text
            }
        }
        (Physical::BOOLEAN, ..) => ColumnKind::Boolean,
        (Physical::FLOAT | Physical::DOUBLE, ..) => ColumnKind::Real,
        (Physical::INT32, ConvertedType::DATE, _) => ColumnKind::Date,
        (Physical::INT96, ..)
        | (Physical::INT64, ConvertedType::TIMESTAMP_MILLIS | ConvertedType::TIMESTAMP_MICROS, _) => {
            ColumnKind::Timestamp
        }
        (Physical::INT64, ConvertedType::NONE, Some(LogicalType::Timestamp(_))) => ColumnKind::Timestamp,
        (_, ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS, _) | (_, _, Some(LogicalType::Time(_))) => {
            return None;
        }
        // Numbers that 64 bits with a sign do not hold.
        (Physical::INT64, ConvertedType::UINT_64, _) => ColumnKind::Text,
        (Physical::INT32 | Physical::INT64, ..) => ColumnKind::Integer,
        (Physical::BYTE_ARRAY, ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON, _) => ColumnKind::Text,
        (Physical::FIXED_LEN_BYTE_ARRAY, _, Some(LogicalType::Uuid)) => ColumnKind::Text,
        _ => return None,
    })
}

fn precision(field: &Type) -> i32 {
    match field {
        Type::PrimitiveType { precision, .. } => *precision,
        Type::GroupType { .. } => i32::MAX,
    }
}

/// A value of a column; none if it does not fit.
fn cell(value: &Field, field: &Type, kind: ColumnKind) -> Option<Cell> {
    Some(match value {
        Field::Null => Cell::Null,
        Field::Bool(truth) => Cell::Boolean(*truth),
        Field::Byte(number) => Cell::Integer((*number).into()),
        Field::Short(number) => Cell::Integer((*number).into()),
        Field::Int(number) => Cell::Integer((*number).into()),
        Field::Long(nanos) if kind == ColumnKind::Timestamp => Cell::Text(moment(nanosecond(*nanos)?, field)),
        Field::Long(number) => Cell::Integer(*number),
        Field::UByte(number) => Cell::Integer((*number).into()),
        Field::UShort(number) => Cell::Integer((*number).into()),
        Field::UInt(number) => Cell::Integer((*number).into()),
        Field::ULong(number) => Cell::Text(number.to_string()),
        Field::Float(number) => finite(f64::from(*number)),
        Field::Double(number) => finite(*number),
        Field::Decimal(number) if kind == ColumnKind::Real => Cell::Real(decimal(number)?.parse().ok()?),
        Field::Decimal(number) => Cell::Text(decimal(number)?),
        Field::Str(text) => Cell::Text(text.clone()),
        Field::Bytes(bytes) => Cell::Text(uuid(bytes.data())?),
        Field::Date(days) => {
            let day = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(*days).ok()?).ok()?;
            Cell::Text(day.to_string())
        }
        Field::TimestampMillis(millis) => Cell::Text(moment(jiff::Timestamp::from_millisecond(*millis).ok()?, field)),
        Field::TimestampMicros(micros) => Cell::Text(moment(jiff::Timestamp::from_microsecond(*micros).ok()?, field)),
        _ => return None,
    })
}

/// What is no finite number is no value.
fn finite(number: f64) -> Cell {
    if number.is_finite() { Cell::Real(number) } else { Cell::Null }
}

fn nanosecond(nanos: i64) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_nanosecond(nanos.into()).ok()
}

/// With `Z` where the column says that it is universal time; without a zone otherwise.
fn moment(at: jiff::Timestamp, field: &Type) -> String {
    match field.get_basic_info().logical_type_ref() {
        Some(LogicalType::Timestamp(said)) if !said.is_adjusted_to_u_t_c => {
            jiff::tz::Offset::UTC.to_datetime(at).to_string()
        }
        _ => at.to_string(),
    }
}

/// The digits of a decimal number; none of one with more than 38.
fn decimal(number: &Decimal) -> Option<String> {
    let bytes = number.data();
    let is_negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let mut wide = [if is_negative { 0xff } else { 0 }; 16];
    let from = wide.len().checked_sub(bytes.len())?;
    wide.get_mut(from..)?.copy_from_slice(bytes);
    let unscaled = i128::from_be_bytes(wide);
    let scale = usize::try_from(number.scale()).ok()?;
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale.checked_add(1)?);
    let (whole, fraction) = digits.split_at_checked(digits.len().checked_sub(scale)?)?;
    let sign = if is_negative { "-" } else { "" };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

fn uuid(bytes: &[u8]) -> Option<String> {
    let text = hex::encode(<[u8; 16]>::try_from(bytes).ok()?);
    let part = |from, to| text.get(from..to).unwrap_or_default();
    Some([part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-"))
}

fn fault(error: ParquetError) -> SourceError {
    // What a value is stands in no message: the words of the reader may hold bytes of it.
    match error {
        ParquetError::EOF(_) => content("文件不完整", "it ends too early"),
        ParquetError::NYI(_) => content("其编码方式暂不支持", "it is written in a way that is not read here"),
        ParquetError::IndexOutOfBound(..) => content("其中的位置越界", "a place is out of bounds"),
        _ => content("无法解析", "it does not parse"),
    }
}

fn content(zh: &str, en: &str) -> SourceError {
    SourceError::Content { form: "Parquet", fault: Text::new(zh, en) }
}
