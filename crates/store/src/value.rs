//! A value bound to a statement or read from a column. Four kinds are enough: integers (counts, bytes, fen, microseconds, yes and no), text (JSON
//! too), bytes and nothing. There is deliberately no floating point.

use crate::StoreError;
use jiff::Timestamp;
use uuid::Uuid;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// A BIGINT.
    Integer(i64),
    /// A TEXT.
    Text(String),
    /// A BYTEA or BLOB.
    Bytes(Vec<u8>),
}

impl Value {
    /// An unsigned number as a BIGINT.
    ///
    /// # Errors
    /// [`StoreError::Range`] above 2⁶³−1.
    pub fn unsigned(value: u64) -> Result<Self, StoreError> {
        i64::try_from(value).map(Self::Integer).map_err(|_| StoreError::Range { value: value.to_string() })
    }

    /// What kind it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Integer(_) => "an integer",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        }
    }
}

impl TryFrom<u64> for Value {
    type Error = StoreError;

    fn try_from(value: u64) -> Result<Self, StoreError> {
        Self::unsigned(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Microseconds since 1970.
impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Integer(value.as_microsecond())
    }
}

/// The hyphenated lower-case form.
impl From<Uuid> for Value {
    fn from(value: Uuid) -> Self {
        Self::Text(value.to_string())
    }
}

macro_rules! from {
    ($($type:ty => $value:ident, $into:expr;)+) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $into
            }
        }
    )+};
}

from! {
    i64 => value, Self::Integer(value);
    i32 => value, Self::Integer(i64::from(value));
    u32 => value, Self::Integer(i64::from(value));
    u16 => value, Self::Integer(i64::from(value));
    u8 => value, Self::Integer(i64::from(value));
    bool => value, Self::Integer(i64::from(value));
    &str => value, Self::Text(value.to_owned());
    String => value, Self::Text(value);
    &String => value, Self::Text(value.clone());
    Vec<u8> => value, Self::Bytes(value);
    &[u8] => value, Self::Bytes(value.to_vec());
    &Vec<u8> => value, Self::Bytes(value.clone());
}

/// The arguments of a statement, each converted into a [`Value`]: `args![id, &name, due_at]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { ::std::vec![$($crate::Value::from($value)),*] };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_converted() {
        let at = Timestamp::from_microsecond(1_700_000_000_000_001).unwrap();
        assert_eq!(
            args!["a", 1_u32, true, None::<i64>, Some("b"), at, vec![1_u8], -5_i64],
            vec![
                Value::Text("a".into()),
                Value::Integer(1),
                Value::Integer(1),
                Value::Null,
                Value::Text("b".into()),
                Value::Integer(1_700_000_000_000_001),
                Value::Bytes(vec![1]),
                Value::Integer(-5),
            ]
        );
    }

    #[test]
    fn an_unsigned_number_out_of_range_is_refused() {
        assert_eq!(Value::unsigned(7), Ok(Value::Integer(7)));
        assert_eq!(Value::try_from(u64::MAX), Err(StoreError::Range { value: u64::MAX.to_string() }));
    }
}
