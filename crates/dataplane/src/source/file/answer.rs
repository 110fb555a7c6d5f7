//! A JSON document with a list of objects somewhere in it, as APIs answer: which lists there are, the objects of one of them, and texts beside it. The
//! document is read as it comes; one object of it is kept at a time.

use std::fmt;
use std::io::{BufReader, Read};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::de::IoRead;

use super::json::Object;
use super::{Budget, Capped, Place, SourceError, Spool, Spooling, decode};

/// Lists are looked for so many members deep; those below are to be named.
const DEPTH_MAX: usize = 6;
/// Lists that are told, at most.
const LISTS_MAX: usize = 20;

/// A document that was fetched.
pub(in super::super) struct Answer(Spool);

/// A place in a document: the names of members, from without to within (RFC 6901).
pub(in super::super) type Pointer = [String];

type Reader<'i> = serde_json::Deserializer<IoRead<BufReader<Capped<Box<dyn Read + 'i>>>>>;

impl Answer {
    pub(in super::super) fn new(spool: Spool) -> Self {
        Self(spool)
    }

    /// Where lists of objects are; if there are none, where empty lists are.
    pub(in super::super) fn lists(&self) -> Result<Vec<Vec<String>>, SourceError> {
        let mut found = Found::default();
        self.walk(|reader, budget| Lists { way: Vec::new(), found: &mut found, budget }.deserialize(reader))?;
        Ok(if found.full.is_empty() { found.empty } else { found.full })
    }

    /// Writes the objects of a list, one a line. How many; none if no list is there.
    pub(in super::super) fn write(&self, list: &Pointer, into: &mut Spooling) -> Result<Option<u64>, SourceError> {
        let mut wanted = Wanted::Objects { into, count: None, failure: None };
        let outcome = self.walk(|reader, budget| Way { way: list, wanted: &mut wanted, budget }.deserialize(reader));
        match wanted {
            Wanted::Objects { failure: Some(failure), .. } => Err(failure),
            Wanted::Objects { count, .. } => outcome.map(|()| count),
            Wanted::Text(_) => Ok(None),
        }
    }

    /// The text at a place, if one is there.
    pub(in super::super) fn text(&self, place: &Pointer) -> Result<Option<String>, SourceError> {
        let mut wanted = Wanted::Text(None);
        self.walk(|reader, budget| Way { way: place, wanted: &mut wanted, budget }.deserialize(reader))?;
        Ok(match wanted {
            Wanted::Text(found) => found,
            Wanted::Objects { .. } => None,
        })
    }

    fn walk(
        &self,
        read: impl FnOnce(&mut Reader<'_>, Budget) -> Result<(), serde_json::Error>,
    ) -> Result<(), SourceError> {
        let input = Place::Spool(self.0.clone()).open()?;
        let (capped, budget) = Capped::new(decode::unmarked(&input, None)?);
        let mut reader = serde_json::Deserializer::from_reader(BufReader::with_capacity(64 << 10, capped));
        read(&mut reader, budget).and_then(|()| reader.end()).map_err(|error| broken(&error))
    }
}

/// Where, and no words of the parser: they may repeat a value.
fn broken(error: &serde_json::Error) -> SourceError {
    let (line, column) = (error.line(), error.column());
    SourceError::remote(
        format!("应答不是完整的 JSON（第 {line} 行第 {column} 个字节），或嵌套过深、单条过长"),
        format!(
            "the answer is no whole JSON document, too deep, or has a record that is too long (line {line}, byte {column})"
        ),
    )
}

fn no_object(number: u64) -> SourceError {
    SourceError::remote(
        format!("第 {number} 条记录不是 JSON 对象、有重复成员或过长"),
        format!("record {number} is no JSON object, has a member twice, or is too long"),
    )
}

/// What stands at the end of a way.
enum Wanted<'w> {
    Objects { into: &'w mut Spooling, count: Option<u64>, failure: Option<SourceError> },
    Text(Option<String>),
}

/// Goes there and takes it.
struct Way<'w, 'i> {
    way: &'w Pointer,
    wanted: &'w mut Wanted<'i>,
    budget: Budget,
}

impl<'de> DeserializeSeed<'de> for Way<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// What is no list and no object.
macro_rules! ignored {
    ($value:ty, $nothing:expr, $($visit:ident $kind:ty),+) => {$(
        fn $visit<E: serde::de::Error>(self, _: $kind) -> Result<$value, E> {
            Ok($nothing)
        }
    )+
        fn visit_unit<E: serde::de::Error>(self) -> Result<$value, E> {
            Ok($nothing)
        }
    };
}

impl<'de> Visitor<'de> for Way<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let (next, rest) = self.way.split_first().unzip();
        while let Some(name) = members.next_key::<String>()? {
            self.budget.renew();
            if let (Some(next), Some(rest)) = (next, rest)
                && *next == name
            {
                members.next_value_seed(Way { way: rest, wanted: self.wanted, budget: self.budget.clone() })?;
            } else {
                members.next_value_seed(Skip(&self.budget))?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if let Some((next, rest)) = self.way.split_first() {
            let wanted_at = next.parse::<u64>().ok();
            for at in 0_u64.. {
                self.budget.renew();
                let go_on = if Some(at) == wanted_at {
                    list.next_element_seed(Way { way: rest, wanted: self.wanted, budget: self.budget.clone() })?
                } else {
                    list.next_element_seed(Skip(&self.budget))?.map(drop)
                };
                if go_on.is_none() {
                    break;
                }
            }
            return Ok(());
        }
        let Wanted::Objects { into, count, failure } = self.wanted else {
            return Skip(&self.budget).visit_seq(list).map(drop);
        };
        let number = count.get_or_insert(0);
        loop {
            self.budget.renew();
            let written = match list.next_element::<Object>() {
                Ok(None) => return Ok(()),
                Ok(Some(object)) => object.write(into),
                Err(_) => Err(no_object(number.saturating_add(1))),
            };
            *number = number.saturating_add(1);
            if let Err(error) = written {
                *failure = Some(error);
                return Err(A::Error::custom("not written"));
            }
        }
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        if let (true, Wanted::Text(found)) = (self.way.is_empty(), self.wanted) {
            *found = Some(text.to_owned());
        }
        Ok(())
    }

    ignored!((), (), visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64);
}

/// Lists that were found.
#[derive(Default)]
struct Found {
    full: Vec<Vec<String>>,
    empty: Vec<Vec<String>>,
}

/// Looks for lists, in members of members.
struct Lists<'f> {
    way: Vec<String>,
    found: &'f mut Found,
    budget: Budget,
}

impl<'de> DeserializeSeed<'de> for Lists<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Lists<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<String>()? {
            self.budget.renew();
            if self.way.len() >= DEPTH_MAX {
                members.next_value_seed(Skip(&self.budget))?;
                continue;
            }
            let way = self.way.iter().cloned().chain([name]).collect();
            members.next_value_seed(Lists { way, found: self.found, budget: self.budget.clone() })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let (mut count, mut objects) = (0_u64, 0_u64);
        self.budget.renew();
        while let Some(is_object) = list.next_element_seed(Skip(&self.budget))? {
            self.budget.renew();
            count = count.saturating_add(1);
            objects = objects.saturating_add(u64::from(is_object));
        }
        let kept = match (count, objects) {
            (0, _) => &mut self.found.empty,
            (_, 0) => return Ok(()),
            // One that is mixed is one, so that what is wrong with it is told.
            _ => &mut self.found.full,
        };
        if kept.len() < LISTS_MAX {
            kept.push(self.way);
        }
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    ignored!((), (), visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64);
}

/// Passes over a value, of which nothing is kept, so that it may be as long as it likes; whether it was an object.
struct Skip<'b>(&'b Budget);

impl<'de> DeserializeSeed<'de> for Skip<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<bool, A::Error> {
        while members.next_key::<IgnoredAny>()?.is_some() {
            self.0.renew();
            members.next_value_seed(Skip(self.0))?;
        }
        Ok(true)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        while list.next_element_seed(Skip(self.0))?.is_some() {
            self.0.renew();
        }
        Ok(false)
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }

    ignored!(bool, false, visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64);
}
