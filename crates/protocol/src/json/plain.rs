//! Writing that watches itself: whether what is written is plain, all names in ASCII and in their order, all numbers integers within ±(2^53 − 1); then it is
//! canonical as it stands. A value that was read is written
//! against the text it was read from, nowhere else: one pass says that the text is its one form.

use std::io::{Error, ErrorKind, Result, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};

use super::walk::{LIBRARY_DEPTH, MOST_SAFE};

/// What a value is written as, if that is plain.
pub(super) fn write<T: Serialize>(value: &T) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    is_plain(value, &mut bytes, LIBRARY_DEPTH).then_some(bytes)
}

/// Whether a value is written as this text, and plainly, with containers `depth` deep at most.
pub(super) fn is_written_as<T: Serialize>(value: &T, text: &[u8], depth: usize) -> bool {
    let mut rest = Against(text);
    is_plain(value, &mut rest, depth) && rest.0.is_empty()
}

fn is_plain<T: Serialize>(value: &T, writer: impl Write, depth: usize) -> bool {
    let mut seen = Seen { limit: depth, is_plain: true, ..Seen::default() };
    let is_written = value.serialize(&mut Serializer::with_formatter(writer, Watch(&mut seen))).is_ok();
    is_written && seen.is_plain
}

/// A text that what is written must repeat; what is left of it.
struct Against<'t>(&'t [u8]);

impl Write for Against<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0 = self.0.strip_prefix(bytes).ok_or_else(|| Error::from(ErrorKind::InvalidData))?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> Result<()> {
        self.write(bytes).map(|_| ())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// What was seen so far.
#[derive(Default)]
struct Seen {
    limit: usize,
    depth: usize,
    is_plain: bool,
    /// Within a name, which is put together here.
    is_name: bool,
    is_first: bool,
    name: Vec<u8>,
    /// The last name of each object that is open, by depth.
    before: Vec<Vec<u8>>,
}

impl Seen {
    fn enter(&mut self) {
        self.depth += 1;
        self.is_plain &= self.depth <= self.limit;
        if self.before.len() < self.depth {
            self.before.push(Vec::new());
        }
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// A name is complete: it must follow the one before it.
    fn named(&mut self) {
        self.is_name = false;
        if let Some(before) = self.depth.checked_sub(1).and_then(|depth| self.before.get_mut(depth)) {
            self.is_plain &= self.is_first || *before < self.name;
            std::mem::swap(before, &mut self.name);
        }
    }
}

/// The library's own way of writing without white space, watched.
struct Watch<'s>(&'s mut Seen);

macro_rules! integers {
    ($($method:ident($type:ty) = $is_safe:expr;)*) => {
        $(fn $method<W: ?Sized + Write>(&mut self, writer: &mut W, value: $type) -> Result<()> {
            let is_safe: fn($type) -> bool = $is_safe;
            self.0.is_plain &= is_safe(value);
            CompactFormatter.$method(writer, value)
        })*
    };
}

impl Formatter for Watch<'_> {
    integers! {
        write_i64(i64) = |value| value.unsigned_abs() <= MOST_SAFE;
        write_u64(u64) = |value| value <= MOST_SAFE;
        write_i128(i128) = |value| value.unsigned_abs() <= MOST_SAFE.into();
        write_u128(u128) = |value| value <= MOST_SAFE.into();
        write_f32(f32) = |_| false;
        write_f64(f64) = |_| false;
    }

    /// A number or a text that the library did not look into.
    fn write_number_str<W: ?Sized + Write>(&mut self, writer: &mut W, value: &str) -> Result<()> {
        self.0.is_plain = false;
        CompactFormatter.write_number_str(writer, value)
    }

    fn write_raw_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> Result<()> {
        self.0.is_plain = false;
        CompactFormatter.write_raw_fragment(writer, fragment)
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> Result<()> {
        if self.0.is_name {
            self.0.is_plain &= fragment.is_ascii();
            self.0.name.extend_from_slice(fragment.as_bytes());
        }
        CompactFormatter.write_string_fragment(writer, fragment)
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> Result<()> {
        // Names are compared as they are written, and these are not.
        self.0.is_plain &= !self.0.is_name;
        CompactFormatter.write_char_escape(writer, escape)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.enter();
        CompactFormatter.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.leave();
        CompactFormatter.end_array(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.enter();
        CompactFormatter.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.leave();
        CompactFormatter.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        (self.0.is_name, self.0.is_first) = (true, first);
        self.0.name.clear();
        CompactFormatter.begin_object_key(writer, first)
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.named();
        CompactFormatter.end_object_key(writer)
    }
}
