//! The fields of Kafka's messages, in the form before "flexible" versions. What an answer says of its own length is never believed: nothing is reserved by it.

use super::super::super::SourceError;
use super::super::wire::broken;

/// A message that is being written.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn byte(self, value: u8) -> Self {
        self.bytes(&[value])
    }

    pub(super) fn short(self, value: i16) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(super) fn int(self, value: i32) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(super) fn long(self, value: i64) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// At most 32,767 bytes; what is longer is cut, and refused by the server.
    pub(super) fn text(self, text: &str) -> Self {
        let length = i16::try_from(text.len()).unwrap_or(i16::MAX);
        let kept = text.as_bytes().get(..usize::try_from(length).unwrap_or(0)).unwrap_or_default();
        self.short(length).bytes(kept)
    }

    pub(super) fn block(self, bytes: &[u8]) -> Self {
        self.int(i32::try_from(bytes.len()).unwrap_or(i32::MAX)).bytes(bytes)
    }
}

/// A message that is being read.
pub(super) struct Reader<'b>(pub(super) &'b [u8]);

impl<'b> Reader<'b> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'b [u8], SourceError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(broken)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SourceError> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or_else(broken)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, SourceError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn short(&mut self) -> Result<i16, SourceError> {
        self.array().map(i16::from_be_bytes)
    }

    pub(super) fn int(&mut self) -> Result<i32, SourceError> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn long(&mut self) -> Result<i64, SourceError> {
        self.array().map(i64::from_be_bytes)
    }

    /// Of whatever length; none is empty.
    pub(super) fn text(&mut self) -> Result<String, SourceError> {
        let length = usize::try_from(self.short()?).unwrap_or(0);
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    /// None is empty.
    pub(super) fn block(&mut self) -> Result<&'b [u8], SourceError> {
        let length = usize::try_from(self.int()?).unwrap_or(0);
        self.take(length)
    }

    /// All of a list, of which each entry takes some bytes.
    pub(super) fn list<T>(
        &mut self,
        mut entry: impl FnMut(&mut Self) -> Result<T, SourceError>,
    ) -> Result<Vec<T>, SourceError> {
        let mut all = Vec::new();
        for _ in 0..self.int()?.max(0) {
            all.push(entry(self)?);
        }
        Ok(all)
    }

    /// A number in zigzag and groups of seven bits.
    pub(super) fn varlong(&mut self) -> Result<i64, SourceError> {
        let (mut value, mut shift) = (0_u64, 0_u32);
        loop {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).ok_or_else(broken)?;
            if byte & 0x80 == 0 {
                let half = i64::try_from(value >> 1).map_err(|_| broken())?;
                return Ok(if value & 1 == 0 { half } else { -half - 1 });
            }
            shift = shift.saturating_add(7);
        }
    }

    /// Bytes behind their length; none where that is negative.
    pub(super) fn varblock(&mut self) -> Result<Option<&'b [u8]>, SourceError> {
        match usize::try_from(self.varlong()?) {
            Ok(length) => self.take(length).map(Some),
            Err(_) => Ok(None),
        }
    }
}
