//! Batches of records, format 2 (Kafka 0.11 and later): unpacked, without marks of transactions, and without what was aborted.

use std::collections::BTreeSet;
use std::io::Read;

use super::super::super::SourceError;
use super::super::wire::broken;
use super::fields::Reader;

/// How large a batch may be unpacked.
const UNPACKED_MAX: u64 = 64 << 20;

/// From the length of a batch to its records.
const HEAD: usize = 49;
const FORMAT: u8 = 2;
const PACKED: i16 = 0b111;
const TRANSACTIONAL: i16 = 1 << 4;
const CONTROL: i16 = 1 << 5;

/// Whose transactions are not to be read.
#[derive(Default)]
pub(super) struct Aborted {
    /// From where on, and who.
    expected: BTreeSet<(i64, i64)>,
    now: BTreeSet<i64>,
}

impl Aborted {
    pub(super) fn expect(&mut self, transactions: Vec<(i64, i64)>) {
        self.expected.extend(transactions.into_iter().map(|(producer, from)| (from, producer)));
    }

    fn reach(&mut self, offset: i64) {
        while let Some((from, producer)) = self.expected.first().copied().filter(|(from, _)| *from <= offset) {
            self.expected.remove(&(from, producer));
            self.now.insert(producer);
        }
    }
}

/// Takes the records from an offset on, up to another. Where the next one is: what is not whole at the end comes again.
pub(super) fn take(
    bytes: &[u8],
    from: i64,
    end: i64,
    aborted: &mut Aborted,
    mut record: impl FnMut(&[u8]) -> Result<(), SourceError>,
) -> Result<i64, SourceError> {
    let (mut rest, mut next) = (Reader(bytes), from);
    while next < end && rest.0.len() >= 12 {
        let base = rest.long()?;
        let length = usize::try_from(rest.int()?).map_err(|_| broken())?;
        let Ok(batch) = rest.take(length) else { break };
        let head = Head::read(base, batch)?;
        aborted.reach(base);
        if head.attributes & CONTROL != 0 {
            // Either mark ends a transaction.
            aborted.now.remove(&head.producer);
        } else if head.attributes & TRANSACTIONAL == 0 || !aborted.now.contains(&head.producer) {
            let packed = batch.get(HEAD..).ok_or_else(broken)?;
            let plain = unpacked(head.attributes & PACKED, packed)?;
            let mut records = Reader(&plain);
            for _ in 0..head.count {
                let one = records.varblock()?.ok_or_else(broken)?;
                let (offset, value) = value(base, one)?;
                if (from..end).contains(&offset) {
                    // Of a record that says what is no more, nothing is there.
                    record(value.unwrap_or_default())?;
                }
            }
        }
        next = next.max(head.last.saturating_add(1));
    }
    Ok(next)
}

struct Head {
    attributes: i16,
    /// Of its last record, which may have been removed.
    last: i64,
    producer: i64,
    count: i32,
}

impl Head {
    fn read(base: i64, batch: &[u8]) -> Result<Self, SourceError> {
        let mut head = Reader(batch);
        head.int()?;
        if head.byte()? != FORMAT {
            return Err(SourceError::remote(
                "记录是 Kafka 0.11 之前的格式，无法读取",
                "the records have the form from before Kafka 0.11, which is not read",
            ));
        }
        head.int()?;
        let (attributes, last) = (head.short()?, head.int()?);
        head.take(16)?;
        let producer = head.long()?;
        head.take(6)?;
        let last = base.checked_add(i64::from(last)).filter(|last| *last >= base).ok_or_else(broken)?;
        Ok(Self { attributes, last, producer, count: head.int()? })
    }
}

/// Where a record stands, and its value.
fn value(base: i64, record: &[u8]) -> Result<(i64, Option<&[u8]>), SourceError> {
    let mut record = Reader(record);
    record.byte()?;
    record.varlong()?;
    let offset = base.checked_add(record.varlong()?).ok_or_else(broken)?;
    record.varblock()?;
    Ok((offset, record.varblock()?))
}

fn unpacked(how: i16, packed: &[u8]) -> Result<Vec<u8>, SourceError> {
    let limited = |reader: &mut dyn Read| {
        let mut plain = Vec::new();
        reader.take(UNPACKED_MAX + 1).read_to_end(&mut plain).map_err(|_| broken())?;
        if plain.len() > usize::try_from(UNPACKED_MAX).unwrap_or(usize::MAX) { Err(too_large()) } else { Ok(plain) }
    };
    match how {
        0 => Ok(packed.to_vec()),
        1 => limited(&mut flate2::read::MultiGzDecoder::new(packed)),
        2 => snappy(packed),
        3 => limited(&mut lz4_flex::frame::FrameDecoder::new(packed)),
        4 => limited(&mut zstd::stream::read::Decoder::new(packed).map_err(|_| broken())?),
        _ => Err(broken()),
    }
}

const XERIAL: &[u8] = b"\x82SNAPPY\0";

/// In blocks with their lengths, as Java writes them, or in one.
fn snappy(packed: &[u8]) -> Result<Vec<u8>, SourceError> {
    let Some(framed) = packed.strip_prefix(XERIAL) else { return block(packed) };
    let mut rest = Reader(framed);
    rest.take(8)?;
    let mut plain = Vec::new();
    while !rest.0.is_empty() {
        plain.extend(block(rest.block()?)?);
        if u64::try_from(plain.len()).unwrap_or(u64::MAX) > UNPACKED_MAX {
            return Err(too_large());
        }
    }
    Ok(plain)
}

fn block(packed: &[u8]) -> Result<Vec<u8>, SourceError> {
    let length = snap::raw::decompress_len(packed).map_err(|_| broken())?;
    if u64::try_from(length).unwrap_or(u64::MAX) > UNPACKED_MAX {
        return Err(too_large());
    }
    snap::raw::Decoder::new().decompress_vec(packed).map_err(|_| broken())
}

fn too_large() -> SourceError {
    let mib = UNPACKED_MAX >> 20;
    SourceError::remote(
        format!("一批记录解压后超过 {mib} MiB"),
        format!("a batch of records has more than {mib} MiB unpacked"),
    )
}
