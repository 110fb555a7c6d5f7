//! How large a spreadsheet is, asked before it is read: a few bytes may say that a cell stands a million times, or unpack to more than a machine holds.
//! What is said of sizes is not believed: parts are unpacked, and thrown away.

use std::io::{BufRead as _, BufReader, Read as _};

use super::{Bytes, SourceError, content};

/// How large a spreadsheet may be.
pub(in super::super::super) const MIB: u64 = 64;
/// How large it may be unpacked.
pub(in super::super::super) const UNPACKED_MIB: u64 = 512;
/// How many cells it may have, where they are all held at once (xls, ods), with the empty ones between them.
pub(in super::super::super) const CELLS_MILLION: u64 = 10;

/// Unpacks a zip archive, to nowhere.
pub(super) fn unpacks(bytes: &mut Bytes) -> Result<(), SourceError> {
    let mut archive = zip::ZipArchive::new(bytes).map_err(|_| no_archive())?;
    let mut left = UNPACKED_MIB << 20;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| no_archive())?;
        let mut part = part.take(left.saturating_add(1));
        let size = std::io::copy(&mut part, &mut std::io::sink()).map_err(|_| no_archive())?;
        left = left.checked_sub(size).ok_or(SourceError::TooLarge)?;
    }
    Ok(())
}

fn no_archive() -> SourceError {
    content("不是完整的压缩包，可能已损坏或加密", "it is no whole zip archive, and may be damaged or encrypted")
}

/// Counts the cells of an OpenDocument spreadsheet, which may say of a row or a cell how often it stands there.
pub(super) fn ods_fits(bytes: &mut Bytes) -> Result<(), SourceError> {
    let mut archive = zip::ZipArchive::new(bytes).map_err(|_| no_archive())?;
    let part = archive.by_name("content.xml").map_err(|_| no_archive())?;
    let mut reader = BufReader::new(part);
    let mut piece = Vec::new();
    let (mut rows, mut empty_rows, mut widest) = (0_u64, 0_u64, 0_u64);
    let (mut repeats, mut width, mut at) = (1_u64, 0_u64, 0_u64);
    loop {
        piece.clear();
        let read = reader.read_until(b'<', &mut piece).map_err(|_| no_archive())?;
        let is_row = piece.starts_with(b"table:table-row") && !piece.starts_with(b"table:table-row-");
        if is_row || read == 0 {
            // What was the last row until here. Empty rows count once something stands below them.
            empty_rows = empty_rows.saturating_add(repeats);
            if width > 0 {
                rows = rows.saturating_add(std::mem::take(&mut empty_rows));
            }
            widest = widest.max(width);
            if rows.saturating_mul(widest) > CELLS_MILLION * 1_000_000 {
                return Err(SourceError::TooLarge);
            }
            (repeats, width, at) = (repeated(&piece, b"number-rows-repeated=")?, 0, 0);
        }
        if read == 0 {
            return Ok(());
        }
        if piece.starts_with(b"table:table-cell") || piece.starts_with(b"table:covered-table-cell") {
            at = at.saturating_add(repeated(&piece, b"number-columns-repeated=")?);
            let is_empty = piece.trim_ascii_end().ends_with(b"/><") && find(&piece, b"value-type=").is_none();
            if !is_empty {
                width = at;
            }
        }
    }
}

/// What an attribute says; 1 if it is not there.
fn repeated(piece: &[u8], attribute: &[u8]) -> Result<u64, SourceError> {
    let Some(at) = find(piece, attribute) else { return Ok(1) };
    let rest = piece.get(at.saturating_add(attribute.len()).saturating_add(1)..).unwrap_or_default();
    let digits: Vec<u8> = rest.iter().copied().take_while(u8::is_ascii_digit).take(20).collect();
    let number = std::str::from_utf8(&digits).ok().and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| content("单元格的重复次数无法解析", "the number of repetitions of a cell does not parse"))
}

fn find(piece: &[u8], what: &[u8]) -> Option<usize> {
    piece.windows(what.len()).position(|window| window == what)
}

/// Records of cells (BIFF8): each begins with its row and its column.
const CELLS: [u16; 9] = [0x0006, 0x00bd, 0x00be, 0x00d6, 0x00fd, 0x0201, 0x0203, 0x0204, 0x0205];
const CELL_RK: u16 = 0x027e;
const BEGIN: u16 = 0x0809;
const SHEET: u16 = 0x0085;

/// Counts the cells of an old spreadsheet.
pub(super) fn xls_fits(bytes: &mut Bytes) -> Result<(), SourceError> {
    let damaged = || content("不是完整的 xls 文件", "it is no whole xls file");
    let mut file = cfb::CompoundFile::open(bytes).map_err(|_| damaged())?;
    let name = if file.is_stream("/Workbook") { "/Workbook" } else { "/Book" };
    let mut stream = Vec::new();
    file.open_stream(name).and_then(|mut found| found.read_to_end(&mut stream)).map_err(|_| damaged())?;
    let (mut rest, mut sheets, mut most, mut rows, mut columns) = (stream.as_slice(), 0_u64, 0_u64, 0_u64, 0_u64);
    while let Some(([id, length], after)) = words(rest) {
        let record = after.get(..usize::from(length)).ok_or_else(damaged)?;
        match id {
            BEGIN => (rows, columns) = (0, 0),
            SHEET => sheets = sheets.saturating_add(1),
            _ if id == CELL_RK || CELLS.contains(&id) => {
                let ([row, column], _) = words(record).ok_or_else(damaged)?;
                // Several cells in one record: the last two bytes are the last column.
                let last = record.last_chunk().map_or(column, |last| u16::from_le_bytes(*last));
                let column = if matches!(id, 0x00bd | 0x00be) { column.max(last) } else { column };
                rows = rows.max(u64::from(row).saturating_add(1));
                columns = columns.max(u64::from(column).saturating_add(1));
                most = most.max(rows.saturating_mul(columns));
            }
            _ => {}
        }
        rest = after.get(usize::from(length)..).unwrap_or_default();
    }
    if most.saturating_mul(sheets.max(1)) > CELLS_MILLION * 1_000_000 { Err(SourceError::TooLarge) } else { Ok(()) }
}

/// The first two numbers of 16 bits, and the rest.
fn words(bytes: &[u8]) -> Option<([u16; 2], &[u8])> {
    let ([a, b, c, d], rest) = bytes.split_first_chunk()?;
    Some(([u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d])], rest))
}
