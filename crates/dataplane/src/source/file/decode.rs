//! Text in other encodings than UTF-8, as Chinese programs write it: GBK and GB18030, and UTF-16 by its mark. What is not well-formed in it is an error,
//! never a question mark.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::{Input, SourceError};

/// Bytes that are decoded at once.
const CHUNK: usize = 64 << 10;

/// Tries how the text of a file is encoded: as its mark says, or in UTF-8, or, where it is not that, in GB18030, of which GBK is a part. What was tried last
/// says what is wrong.
pub(super) fn tried<T>(
    input: &Input,
    is_encoding: impl Fn(&SourceError) -> bool,
    read: impl Fn(Option<&'static str>) -> Result<T, SourceError>,
) -> Result<T, SourceError> {
    // What goes on is written as what it goes on from.
    if let Some(head) = input.head() {
        return read(head.encoding);
    }
    let mut begin = [0_u8; 4];
    let length = fill(&mut input.reader()?, &mut begin)?;
    let begin = begin.get(..length).unwrap_or_default();
    let marked = Encoding::for_bom(begin).map(|(encoding, _)| encoding).or_else(|| unmarked_utf16(begin));
    match marked {
        Some(encoding) if encoding != UTF_8 => read(Some(encoding.name())),
        _ => match read(None) {
            Err(error) if is_encoding(&error) => read(Some(GB18030.name())).map_err(|_| error),
            other => other,
        },
    }
}

/// UTF-16 whose writer left out the mark: its first two characters are of ASCII, and no other text has a zero beside each.
fn unmarked_utf16(begin: &[u8]) -> Option<&'static Encoding> {
    match begin {
        [1..=127, 0, 1..=127, 0] => Some(UTF_16LE),
        [0, 1..=127, 0, 1..=127] => Some(UTF_16BE),
        _ => None,
    }
}

fn fill(input: &mut impl Read, buffer: &mut [u8]) -> Result<usize, SourceError> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest).map_err(|_| SourceError::Interrupted)? {
            0 => break,
            more => filled = filled.saturating_add(more),
        }
    }
    Ok(filled)
}

/// The text of a file in UTF-8; from another encoding if one is named.
pub(super) fn reader<'i>(input: &'i Input, encoding: Option<&'static str>) -> Result<Box<dyn Read + 'i>, SourceError> {
    let bytes = input.reader()?;
    match encoding.and_then(|name| Encoding::for_label(name.as_bytes())) {
        None => Ok(Box::new(bytes)),
        Some(encoding) => Ok(Box::new(Decoded {
            input: bytes,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: Vec::new(),
            text: Vec::new(),
            given: 0,
            is_over: false,
        })),
    }
}

/// The same, without the mark that some programs put before UTF-8.
pub(super) fn unmarked<'i>(
    input: &'i Input,
    encoding: Option<&'static str>,
) -> Result<Box<dyn Read + 'i>, SourceError> {
    let mut text = reader(input, encoding)?;
    let mut begin = vec![0_u8; 3];
    let length = fill(&mut text, &mut begin)?;
    begin.truncate(length);
    if begin == "\u{feff}".as_bytes() {
        begin.clear();
    }
    Ok(Box::new(io::Cursor::new(begin).chain(text)))
}

/// Bytes of another encoding, read as UTF-8.
struct Decoded<R> {
    input: R,
    decoder: Decoder,
    /// What was read and not decoded.
    raw: Vec<u8>,
    /// What was decoded, and how much of it was given.
    text: Vec<u8>,
    given: usize,
    is_over: bool,
}

impl<R: Read> Decoded<R> {
    /// Decodes some more.
    fn go_on(&mut self) -> io::Result<()> {
        let mut chunk = vec![0_u8; CHUNK];
        let read = self.input.read(&mut chunk)?;
        self.is_over = read == 0;
        self.raw.extend(chunk.get(..read).unwrap_or_default());
        // Enough for all of it, so that one step takes all there is.
        let room = self.decoder.max_utf8_buffer_length_without_replacement(self.raw.len()).unwrap_or(CHUNK);
        self.text.resize(room, 0);
        let (result, taken, given) =
            self.decoder.decode_to_utf8_without_replacement(&self.raw, &mut self.text, self.is_over);
        if matches!(result, DecoderResult::Malformed(..)) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.raw.drain(..taken);
        self.text.truncate(given);
        self.given = 0;
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given >= self.text.len() && !self.is_over {
            self.go_on()?;
        }
        let rest = self.text.get(self.given..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(from), Some(to)) = (rest.get(..length), buffer.get_mut(..length)) {
            to.copy_from_slice(from);
        }
        self.given = self.given.saturating_add(length);
        Ok(length)
    }
}
