//! The first of two passes over a document: that it is one JSON value, not too deep, with no name twice at any level, whatever type it is read into
//! afterwards. The library refuses repeated names only where they are fields of a struct.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::error::JsonError;

/// Checks one document.
pub(super) fn check(text: &str, depth: usize) -> Result<(), JsonError> {
    let limit = depth.min(LIBRARY_DEPTH);
    let mut state = State { limit, pointer: String::new(), fault: None };
    let mut reader = serde_json::Deserializer::from_str(text);
    if let Err(error) = (Walk { state: &mut state, depth: 0 }).deserialize(&mut reader) {
        let (pointer, line, column) = (state.pointer, error.line(), error.column());
        return Err(match state.fault {
            Some(Fault::TooDeep) => JsonError::TooDeep { limit, pointer, line, column },
            Some(Fault::DuplicateKey) => JsonError::DuplicateKey { pointer, line, column },
            None => JsonError::syntax(&error, pointer),
        });
    }
    reader.end().map_err(|error| JsonError::TrailingData { line: error.line(), column: error.column() })
}

/// One step of a JSON pointer. RFC 6901 §3.
pub(super) fn escape(step: &str) -> Cow<'_, str> {
    if step.contains(['~', '/']) { Cow::Owned(step.replace('~', "~0").replace('/', "~1")) } else { Cow::Borrowed(step) }
}

/// Puts a step before a JSON pointer.
pub(super) fn lead(pointer: &mut String, step: &str) {
    *pointer = format!("/{}{pointer}", escape(step));
}

/// The depth at which the library itself stops.
pub(super) const LIBRARY_DEPTH: usize = 127;
/// The greatest integer that RFC 7493 §2.2 trusts a reader with.
pub(super) const MOST_SAFE: u64 = (1 << 53) - 1;

struct State {
    limit: usize,
    /// After a failure, where it failed: put together on the way out of it.
    pointer: String,
    fault: Option<Fault>,
}

enum Fault {
    TooDeep,
    DuplicateKey,
}

impl State {
    /// It failed below this step.
    fn below(&mut self, step: &str) {
        lead(&mut self.pointer, step);
    }

    fn fail<E: Error>(&mut self, fault: Fault) -> E {
        self.fault = Some(fault);
        E::custom("refused")
    }
}

struct Walk<'s> {
    state: &'s mut State,
    depth: usize,
}

impl Walk<'_> {
    /// One container further in.
    fn enter<E: Error>(&mut self) -> Result<usize, E> {
        if self.depth < self.state.limit { Ok(self.depth + 1) } else { Err(self.state.fail(Fault::TooDeep)) }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a json value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let depth = self.enter()?;
        for index in 0_usize.. {
            let item = items.next_element_seed(Walk { state: &mut *self.state, depth });
            if item.inspect_err(|_| self.state.below(&index.to_string()))?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let depth = self.enter()?;
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key_seed(Name)? {
            let is_next = names.last().is_none_or(|last| *last < name);
            if !is_next && names.contains(&name) {
                self.state.below(&name);
                return Err(self.state.fail(Fault::DuplicateKey));
            }
            let value = members.next_value_seed(Walk { state: &mut *self.state, depth });
            value.inspect_err(|_| self.state.below(&name))?;
            names.insert(name);
        }
        Ok(())
    }
}

/// A name, as it stands in the document unless it has escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}
