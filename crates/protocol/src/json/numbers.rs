//! Whether every number of a value survives RFC 8785. The library writes a number that is not finite as `null` and rounds integers to doubles, so that
//! two values would share one signature; this serializer writes nothing and only looks.

use std::fmt;

use serde::Serialize;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};

use super::error::JsonError;
use super::walk;

/// Looks at every number of a value that was written once, so that its names are known to be strings.
pub(super) fn check<T: Serialize>(value: &T) -> Result<(), JsonError> {
    let mut pointer = String::new();
    value.serialize(Look { pointer: &mut pointer }).map_err(|found| match found {
        Found::UnsafeInteger => JsonError::UnsafeInteger { pointer },
        Found::NotFinite => JsonError::NotFinite { pointer },
        Found::Other(reason) => JsonError::Unwritable { reason },
    })
}

#[derive(Debug)]
enum Found {
    UnsafeInteger,
    NotFinite,
    Other(String),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnsafeInteger => "unsafe integer",
            Self::NotFinite => "number is not finite",
            Self::Other(reason) => reason,
        })
    }
}

impl std::error::Error for Found {}

impl Error for Found {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::Other(reason.to_string())
    }
}

struct Look<'p> {
    /// After a failure, where it happened: put together on the way out of it.
    pointer: &'p mut String,
}

impl<'p> Look<'p> {
    fn integer(magnitude: u128) -> Result<(), Found> {
        if magnitude > walk::MOST_SAFE.into() { Err(Found::UnsafeInteger) } else { Ok(()) }
    }

    fn inside(self) -> Inside<'p> {
        Inside { pointer: self.pointer, variant: None, index: 0, name: String::new() }
    }

    fn inside_variant(self, variant: &'static str) -> Inside<'p> {
        Inside { variant: Some(variant), ..self.inside() }
    }
}

/// Within an array or object.
struct Inside<'p> {
    pointer: &'p mut String,
    /// The variant that it belongs to, which is a step too.
    variant: Option<&'static str>,
    index: usize,
    name: String,
}

impl Inside<'_> {
    /// One element or member.
    fn step<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Found> {
        let found = value.serialize(Look { pointer: self.pointer });
        found.inspect_err(|_| self.failed(name))
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        let found = value.serialize(Look { pointer: self.pointer });
        found.inspect_err(|_| self.failed(&self.index.to_string()))?;
        self.index += 1;
        Ok(())
    }

    /// It happened below this member.
    fn failed(&mut self, name: &str) {
        for step in [Some(name), self.variant].into_iter().flatten() {
            walk::lead(self.pointer, step);
        }
    }
}

macro_rules! looks {
    ($($method:ident($type:ty) = $look:expr;)*) => {
        $(fn $method(self, value: $type) -> Result<(), Found> {
            let look: fn($type) -> Result<(), Found> = $look;
            look(value)
        })*
    };
}

impl<'p> Serializer for Look<'p> {
    type Ok = ();
    type Error = Found;
    type SerializeSeq = Inside<'p>;
    type SerializeTuple = Inside<'p>;
    type SerializeTupleStruct = Inside<'p>;
    type SerializeTupleVariant = Inside<'p>;
    type SerializeMap = Inside<'p>;
    type SerializeStruct = Inside<'p>;
    type SerializeStructVariant = Inside<'p>;

    looks! {
        serialize_bool(bool) = |_| Ok(());
        serialize_i8(i8) = |value| Self::integer(value.unsigned_abs().into());
        serialize_i16(i16) = |value| Self::integer(value.unsigned_abs().into());
        serialize_i32(i32) = |value| Self::integer(value.unsigned_abs().into());
        serialize_i64(i64) = |value| Self::integer(value.unsigned_abs().into());
        serialize_i128(i128) = |value| Self::integer(value.unsigned_abs());
        serialize_u8(u8) = |value| Self::integer(value.into());
        serialize_u16(u16) = |value| Self::integer(value.into());
        serialize_u32(u32) = |value| Self::integer(value.into());
        serialize_u64(u64) = |value| Self::integer(value.into());
        serialize_u128(u128) = |value| Self::integer(value);
        serialize_f32(f32) = |value| if value.is_finite() { Ok(()) } else { Err(Found::NotFinite) };
        serialize_f64(f64) = |value| if value.is_finite() { Ok(()) } else { Err(Found::NotFinite) };
        serialize_char(char) = |_| Ok(());
        serialize_str(&str) = |_| Ok(());
        serialize_bytes(&[u8]) = |_| Ok(());
        serialize_unit_struct(&'static str) = |_| Ok(());
    }

    /// A text, whatever it says.
    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Found> {
        self.inside().step(variant, value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Inside<'p>, Found> {
        Ok(self.inside())
    }

    fn serialize_tuple(self, _: usize) -> Result<Inside<'p>, Found> {
        Ok(self.inside())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Inside<'p>, Found> {
        Ok(self.inside())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Inside<'p>, Found> {
        Ok(self.inside_variant(variant))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'p>, Found> {
        Ok(self.inside())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'p>, Found> {
        Ok(self.inside())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Inside<'p>, Found> {
        Ok(self.inside_variant(variant))
    }
}

macro_rules! items {
    ($($trait:ident $method:ident;)*) => {
        $(impl $trait for Inside<'_> {
            type Ok = ();
            type Error = Found;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
                self.item(value)
            }

            fn end(self) -> Result<(), Found> {
                Ok(())
            }
        })*
    };
}

items! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! members {
    ($($trait:ident;)*) => {
        $(impl $trait for Inside<'_> {
            type Ok = ();
            type Error = Found;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Found> {
                self.step(name, value)
            }

            fn end(self) -> Result<(), Found> {
                Ok(())
            }
        })*
    };
}

members! {
    SerializeStruct;
    SerializeStructVariant;
}

impl SerializeMap for Inside<'_> {
    type Ok = ();
    type Error = Found;

    /// A number as a name is rounded as well.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Found> {
        key.serialize(Look { pointer: &mut *self.pointer })?;
        self.name = match serde_json::to_value(key).map_err(Found::custom)? {
            serde_json::Value::String(name) => name,
            other => other.to_string(),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        let name = std::mem::take(&mut self.name);
        self.step(&name, value)
    }

    fn end(self) -> Result<(), Found> {
        Ok(())
    }
}
