//! The characters of a document. UTF-8 is the rule; UTF-16, GBK and GB18030 are read too, and named in the report.

use encoding_rs::{GB18030, GBK, UTF_16BE, UTF_16LE};
use serde::Serialize;
use xinyu_core::fault::Rejection;

/// How the characters of a document are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Encoding {
    /// UTF-8, with or without its mark.
    #[serde(rename = "UTF-8")]
    Utf8,
    /// UTF-16, the lower byte first.
    #[serde(rename = "UTF-16LE")]
    Utf16Le,
    /// UTF-16, the higher byte first.
    #[serde(rename = "UTF-16BE")]
    Utf16Be,
    /// GBK.
    #[serde(rename = "GBK")]
    Gbk,
    /// GB18030, with characters that GBK does not have.
    #[serde(rename = "GB18030")]
    Gb18030,
    /// Not a text.
    #[serde(rename = "binary")]
    Binary,
}

impl Encoding {
    /// Its usual name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Gbk => "GBK",
            Self::Gb18030 => "GB18030",
            Self::Binary => "binary",
        }
    }
}

/// The text of a document.
pub(crate) fn decode(bytes: &[u8]) -> Result<(String, Encoding), Rejection> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest).ok_or_else(|| broken(Encoding::Utf8)),
        [0xff, 0xfe, rest @ ..] => utf16(rest, Encoding::Utf16Le),
        [0xfe, 0xff, rest @ ..] => utf16(rest, Encoding::Utf16Be),
        // Every format of ours begins with a character of ASCII.
        [0, next, ..] if *next != 0 => utf16(bytes, Encoding::Utf16Be),
        [first, 0, ..] if *first != 0 => utf16(bytes, Encoding::Utf16Le),
        _ => utf8(bytes).map_or_else(|| gb(bytes), Ok),
    }
}

fn utf8(bytes: &[u8]) -> Option<(String, Encoding)> {
    std::str::from_utf8(bytes).ok().map(|text| (text.to_owned(), Encoding::Utf8))
}

fn utf16(bytes: &[u8], encoding: Encoding) -> Result<(String, Encoding), Rejection> {
    let decoder = if encoding == Encoding::Utf16Le { UTF_16LE } else { UTF_16BE };
    let text =
        decoder.decode_without_bom_handling_and_without_replacement(bytes).filter(|_| bytes.len().is_multiple_of(2));
    text.map(|text| (text.into_owned(), encoding)).ok_or_else(|| broken(encoding))
}

fn gb(bytes: &[u8]) -> Result<(String, Encoding), Rejection> {
    let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    let text = text.filter(|text| !text.contains('\0')).ok_or_else(|| {
        let at = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
        Rejection::bad(
            "unknown-encoding",
            format!("第 {at} 字节起既不是 UTF-8，也不是 GBK、GB18030 或 UTF-16；请另存为 UTF-8"),
            format!("from byte {at} on it is neither UTF-8 nor GBK, GB18030 or UTF-16; save it as UTF-8"),
        )
    })?;
    let is_gbk = GBK.encode(&text).0.as_ref() == bytes;
    Ok((text.into_owned(), if is_gbk { Encoding::Gbk } else { Encoding::Gb18030 }))
}

fn broken(encoding: Encoding) -> Rejection {
    let name = encoding.name();
    Rejection::bad(
        "broken-encoding",
        format!("文件标明为 {name}，但其中有不合 {name} 的字节"),
        format!("the document says that it is {name} and has bytes that are not"),
    )
}
