//! Kinds of values by the names of XML Schema, which CSVW, schema.org and Croissant use.

use xinyu_core::data::ColumnKind;

/// How exactly a type of others is one of our kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The same.
    Exact(ColumnKind),
    /// Ours is wider: 32 bits, an address, a time of day.
    Wider(ColumnKind),
}

impl Fit {
    /// Our kind.
    pub(crate) fn kind(self) -> ColumnKind {
        match self {
            Self::Exact(kind) | Self::Wider(kind) => kind,
        }
    }
}

/// Our kinds by their name in XML Schema.
pub(crate) fn xsd(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text => "string",
        ColumnKind::Integer => "integer",
        ColumnKind::Real => "double",
        ColumnKind::Boolean => "boolean",
        ColumnKind::Date => "date",
        ColumnKind::Timestamp => "dateTime",
    }
}

/// A name of XML Schema, with or without what stands before it.
pub(crate) fn of_xsd(name: &str) -> Option<Fit> {
    use ColumnKind::{Boolean, Date, Integer, Real, Text, Timestamp};
    use Fit::{Exact, Wider};
    let name = name.rsplit([':', '#', '/']).next().unwrap_or_default();
    Some(match name {
        "string" => Exact(Text),
        "integer" => Exact(Integer),
        "double" | "number" => Exact(Real),
        "boolean" => Exact(Boolean),
        "date" => Exact(Date),
        "dateTime" | "datetime" => Exact(Timestamp),
        "long" | "int" | "short" | "byte" | "nonNegativeInteger" | "positiveInteger" | "nonPositiveInteger"
        | "negativeInteger" | "unsignedLong" | "unsignedInt" | "unsignedShort" | "unsignedByte" => Wider(Integer),
        "decimal" | "float" => Wider(Real),
        "dateTimeStamp" => Wider(Timestamp),
        "anyAtomicType" | "any" | "anyURI" | "normalizedString" | "token" | "language" | "Name" | "NMTOKEN" | "xml"
        | "html" | "json" | "time" | "duration" | "dayTimeDuration" | "yearMonthDuration" | "gDay" | "gMonth"
        | "gMonthDay" | "gYear" | "gYearMonth" | "hexBinary" | "base64Binary" | "binary" | "QName" => Wider(Text),
        _ => return None,
    })
}
