//! Whole catalogues (数据目录): many descriptions of data sets in one document, as other catalogues give them out a page at a time and as ours goes out.
//! TC609-6-2025-01 §5.2.2.4; NDI-TR-2025-06. Pure.
//!
//! A record that cannot be read never spoils the others: it is counted and named by its place. What is lost of a record is told with the record. To add
//! a format is one file and one line of [`FORMATS`]. Not here: fetching; which records are new or gone is told by [`crate::harvest`].

mod bounds;
mod ckan;
mod dcat;
mod dsp;
mod linked;
pub mod ndi;
mod page;
mod record;

#[cfg(test)]
mod tests;

use serde_json::Value;
use xinyu_core::fault::Rejection;
use xinyu_protocol::text::Text;

use crate::metadata::loss::Losses;
use crate::metadata::recognise::Sample;
use crate::metadata::{Guess, Loss, MAX_BYTES, Written, encoding, member};

pub use bounds::MAX_RECORDS;
pub use page::{About, Fault, From, Next, Page};
pub use record::{Record, Registration, Service};

/// A form in which catalogues go from one place to another.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    recognise: fn(&Sample<'_>) -> Option<(u16, Text)>,
    read: Reader,
    write: Option<Writer>,
}

type Reader = fn(Value, &From<'_>, &mut Losses) -> Result<Page, Rejection>;
type Writer = fn(&Catalogue<'_>, &mut Losses) -> Result<Vec<u8>, Rejection>;

/// All formats, one line for each; the more special first.
pub const FORMATS: &[Format] = &[dsp::FORMAT, dcat::FORMAT, ckan::FORMAT, ndi::FORMAT];

/// What is written: a catalogue, or a page of it.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue<'a> {
    /// What is said of the whole.
    pub about: &'a About,
    /// The records of this page.
    pub records: &'a [Record],
    /// How many records the whole has.
    pub total: u64,
    /// The address of this page and of the one after it, if there is one.
    pub next: Option<(&'a str, &'a str)>,
}

/// The format of a name.
///
/// # Errors
/// There is none of that name.
pub fn format(name: &str) -> Result<&'static Format, Rejection> {
    FORMATS.iter().find(|format| format.name == name).ok_or_else(|| {
        let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        let names = names.join(", ");
        Rejection::bad(
            "unknown-catalogue-format",
            format!("没有这种目录格式；可用：{names}"),
            format!("no such format of catalogues; there are {names}"),
        )
    })
}

/// What kind of catalogue a document may be, the likeliest first; nothing if it is none.
#[must_use]
pub fn recognise(bytes: &[u8]) -> Vec<Guess> {
    let Some((text, _)) = encoding::decode(bytes).ok().filter(|_| bytes.len() <= MAX_BYTES) else { return Vec::new() };
    let Ok((json, _)) = member::parse(bytes, "JSON") else { return Vec::new() };
    let sample = Sample { name: String::new(), bytes, text: Some(text), json: Some(json) };
    let guess = |format: &Format| {
        (format.recognise)(&sample).map(|(permille, reason)| Guess { format: format.name, permille, reason })
    };
    let mut guesses: Vec<Guess> = FORMATS.iter().filter_map(guess).collect();
    // Stable: of equals the more special format stands first.
    guesses.sort_by_key(|guess| std::cmp::Reverse(guess.permille));
    guesses
}

/// The format that a document is in.
///
/// # Errors
/// It is no JSON, which is told with its place, or no catalogue that we know.
pub fn recognised(bytes: &[u8]) -> Result<&'static Format, Rejection> {
    if let Some(guess) = recognise(bytes).first() {
        return format(guess.format);
    }
    member::parse(bytes, "JSON")?;
    Err(Rejection::bad(
        "catalogue-unrecognised",
        "不是可识别的目录（DCAT、DSP、CKAN、NDI-TR-2025-06）；可指明格式",
        "it is no catalogue that we know (DCAT, DSP, CKAN, NDI-TR-2025-06): say its format",
    ))
}

/// Reads a page.
///
/// # Errors
/// It is too large, in no encoding that we know, not of the format, or an answer that says it failed; a Text in both languages says where.
pub fn read(format: &Format, bytes: &[u8], from: &From<'_>) -> Result<Page, Rejection> {
    if bytes.len() > MAX_BYTES {
        return Err(Rejection::bad(
            "catalogue-too-large",
            format!("这一页 {} 字节，超过 {MAX_BYTES} 字节的上限；请减小每页条数", bytes.len()),
            format!(
                "the page has {} bytes, more than the {MAX_BYTES} that are read; ask for fewer records a page",
                bytes.len()
            ),
        ));
    }
    let (value, encoding) = member::parse(bytes, format.title)?;
    let mut lost = Losses::default();
    let mut page = (format.read)(value, from, &mut lost)?;
    page.encoding = encoding;
    page.lost.extend(lost.into_list());
    Ok(page)
}

/// Writes a catalogue, or a page of it. Paths of what is lost begin with the record, `/records/3/tables`.
///
/// # Errors
/// The format is one that is only read.
pub fn write(format: &Format, catalogue: &Catalogue<'_>) -> Result<Written, Rejection> {
    let Some(writer) = format.write else {
        return Err(Rejection::bad(
            "catalogue-is-only-read",
            format!("{} 目录只能读入，不能写出", format.title),
            format!("catalogues of {} are read and not written", format.title),
        ));
    };
    let mut lost = Losses::default();
    let bytes = writer(catalogue, &mut lost)?;
    Ok(Written { bytes, media_type: format.media_type, lost: lost.into_list() })
}

/// What is lost of one record, as a part of what is lost of the whole.
fn note_record(at: usize, of_record: Losses, lost: &mut Losses) {
    for Loss { path, manner, text } in of_record.into_list() {
        lost.note(manner, format!("/records/{at}{path}"), text.zh, text.en);
    }
}
