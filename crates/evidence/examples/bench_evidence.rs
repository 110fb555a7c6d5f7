//! Figures of the log, for `cargo xtask bench evidence`: each line is name, unit, amount and nanoseconds, with tabs between.

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::ops::Range;
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use xinyu_crypto::{SigningKey, Suite};
use xinyu_evidence::proof::inclusion;
use xinyu_evidence::tile::lookup_in_tiles;
use xinyu_evidence::tree::{Frontier, leaf_hash};
use xinyu_evidence::verify::{Depth, Extent, VerifyOptions, verify_log_to};
use xinyu_evidence::{Checked, Leaf, LogState, Record, SignedRecord, grow, publish};

/// A record of a use, signed, has about this size.
const RECORD_BYTES: usize = 700;
/// How many entries the log has that is audited, and in which proofs are made.
const ENTRIES: usize = 65_536;
/// How many records an actor signs together.
const TOGETHER: usize = 256;
const PROOFS: u64 = 100_000;
/// How many entries are audited whose signatures each cost a check of their own.
const ALONE: usize = 8_192;

type Files = BTreeMap<String, Vec<u8>>;
const PLATFORM: &str = "91110000MA0000000A41100AAAAAAAA0";
const CONSUMER: &str = "91110000MA0000000C51100CCCCCCCC0";

fn main() -> Result<(), Box<dyn Error>> {
    // One record a commit is a quiet space; many are what a group commit hands over.
    for (records, commits) in [(1_usize, 4_000_u32), (64, 1_000)] {
        let leaves = vec![[7_u8; RECORD_BYTES]; records];
        let started = Instant::now();
        let mut state = LogState::new();
        for _ in 0..commits {
            let growth = grow(&state, &leaves)?;
            black_box(&growth.writes);
            state = growth.state;
        }
        say(&format!("append, {records} a commit"), state.size(), started.elapsed())?;
    }
    for (name, suite) in [("SHA-256", Suite::Intl), ("SM3", Suite::Sm)] {
        let (started, mut tree) = (Instant::now(), Frontier::new());
        for _ in 0..100_000 {
            tree.append(suite, leaf_hash(suite, &[7_u8; RECORD_BYTES]));
        }
        black_box(tree.root(suite));
        say(&format!("the tree of {name} alone"), tree.size(), started.elapsed())?;
    }
    let files = log(ENTRIES, TOGETHER, Suite::Sm)?;
    let size = u64::try_from(ENTRIES)?;
    let mut random = StdRng::seed_from_u64(1);
    for (name, suite) in [("SHA-256", Suite::Intl), ("SM3", Suite::Sm)] {
        let lookup = lookup_in_tiles(suite, size, |path| files.get(path).cloned());
        let started = Instant::now();
        for _ in 0..PROOFS {
            black_box(inclusion(suite, random.random_range(0..size), size, &lookup)?);
        }
        say(&format!("inclusion proofs, {name}"), PROOFS, started.elapsed())?;
    }
    audit("SHA-256 as fsck", &files, Depth::Sha256, None)?;
    audit("both trees", &files, Depth::Structure, None)?;
    audit("both trees, signatures", &files, Depth::Full, None)?;
    audit("the same by one thread", &files, Depth::Full, Some(1))?;
    drop(files);
    for (name, suite) in [("EdDSA", Suite::Intl), ("SM2", Suite::Sm)] {
        audit(&format!("{name} for each"), &log(ALONE, 1, suite)?, Depth::Full, None)?;
    }
    audit("SHA-256 as fsck, short", &log(ENTRIES, 1, Suite::Intl)?, Depth::Sha256, None)?;
    taken()?;
    Ok(())
}

/// Audits a log as far as it is wanted.
fn audit(name: &str, files: &Files, depth: Depth, threads: Option<usize>) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let report = verify_log_to(files, &VerifyOptions::default(), Extent { depth, threads });
    let taken = started.elapsed();
    if !report.ok
        || report.entries != report.size
        || (depth == Depth::Full) != (report.signatures_checked == report.size)
    {
        return Err(format!("the log is not whole: {:?}", report.problems.first()).into());
    }
    Ok(say(&format!("audit: {name}"), report.size, taken)?)
}

/// What a platform does with the records that a connector sends, but for storing them.
fn taken() -> Result<(), Box<dyn Error>> {
    let consumer = SigningKey::generate(Suite::Sm, &mut StdRng::seed_from_u64(7));
    let key = consumer.public();
    let mut sent = Vec::new();
    for start in (0..ENTRIES / 4).step_by(TOGETHER) {
        for signed in SignedRecord::sign_all(uses(start..start + TOGETHER)?, &consumer)? {
            sent.push(signed.to_bytes()?);
        }
    }
    let (amount, started) = (u64::try_from(sent.len())?, Instant::now());
    for bundle in sent.chunks(TOGETHER) {
        let mut checked = Checked::default();
        for bytes in bundle {
            let leaf = Leaf::read(bytes.clone())?;
            leaf.verify_with(&key, &mut checked)?;
            black_box(leaf.into_parts());
        }
    }
    Ok(say("taken in by 256: parse, verify", amount, started.elapsed())?)
}

fn say(name: &str, amount: u64, taken: Duration) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{name}\t\t{amount}\t{}", taken.as_nanos())
}

/// The files of a log: the space, the consumer's key, and uses that it signed, so many together.
fn log(entries: usize, together: usize, suite: Suite) -> Result<Files, Box<dyn Error>> {
    let mut random = StdRng::seed_from_u64(7);
    let mut key = |suite| SigningKey::generate(suite, &mut random);
    let (platform, platform_sm, consumer) = (key(Suite::Intl), key(Suite::Sm), key(suite));
    let opening = json!({ "party": PLATFORM, "keys": [platform.public(), platform_sm.public()] });
    let registration = json!({ "party": CONSUMER, "keys": [consumer.public()] });
    let mut leaves = vec![
        SignedRecord::sign(record(0, "space.opened", PLATFORM, opening)?, &platform)?.to_bytes()?,
        SignedRecord::sign(record(1, "participant.key", PLATFORM, registration)?, &platform)?.to_bytes()?,
    ];
    while leaves.len() < entries {
        let until = leaves.len().saturating_add(together).min(entries);
        for signed in SignedRecord::sign_all(uses(leaves.len()..until)?, &consumer)? {
            leaves.push(signed.to_bytes()?);
        }
    }
    let growth = grow(&LogState::new(), &leaves)?;
    let heads = publish(&growth.state, "example/log", &platform, &platform_sm)?;
    let mut files: Files = growth.writes.into_iter().collect();
    files.extend(heads.map(|(path, text)| (path.to_owned(), text.into_bytes())));
    Ok(files)
}

fn uses(range: Range<usize>) -> Result<Vec<Record>, Box<dyn Error>> {
    let told = |at| {
        let facts =
            json!({ "action": "use", "rows_out": 31, "milliseconds": 18, "result_digest": "5f0c1d2e".repeat(8) });
        record(at, "usage.done", CONSUMER, facts)
    };
    range.map(told).collect()
}

fn record(at: usize, kind: &str, actor: &str, facts: Value) -> Result<Record, Box<dyn Error>> {
    Ok(Record {
        v: 1,
        id: format!("record-{at}"),
        kind: kind.to_owned(),
        space: "space-1".to_owned(),
        contract: None,
        subject: None,
        actor: actor.to_owned(),
        at: "2026-11-23T10:00:00Z".parse()?,
        facts: facts.as_object().cloned().unwrap_or_default().into_iter().collect(),
        refs: Vec::new(),
    })
}
