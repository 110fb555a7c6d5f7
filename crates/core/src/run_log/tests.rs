//! What is taken of a run log, and what is found when it is altered.

use super::*;
use crate::chain::{BEGINNING, Walk};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + second).unwrap()
}

fn log(length: i64) -> Vec<RunLogEntry> {
    let one = |n: i64| entry(at(n), Level::Info, Category::Business, "usage.done", &format!("r-{n}"), "c-1");
    (1..=length).map(one).collect()
}

fn batch(log: &[RunLogEntry], from: usize, to: usize) -> Batch {
    let chain = digests(1, BEGINNING, log);
    let before = from.checked_sub(2).map_or(BEGINNING, |at| chain[at]);
    Batch { epoch: 1, begin: 1, from: u64::try_from(from).unwrap(), before, entries: log[from - 1..to].to_vec() }
}

/// What a platform keeps.
#[derive(Default)]
struct Table {
    held: Option<Held>,
    rows: Vec<(u64, RunLogEntry, [u8; 32])>,
}

impl Table {
    fn put(&mut self, batch: &Batch) -> Taken {
        let taken = take(self.held.as_ref(), batch);
        if let Taken::New { skip, digests, .. } = &taken {
            let rows = (batch.from..).zip(batch.entries.iter().cloned()).zip(digests.iter().copied()).skip(*skip);
            self.rows.extend(rows.map(|((sequence, entry), digest)| (sequence, entry, digest)));
            if let Some((sequence, _, digest)) = self.rows.last() {
                let (epoch, begin) = (batch.epoch, batch.begin);
                self.held = Some(Held { epoch, begin, sequence: *sequence, digest: *digest });
            }
        }
        taken
    }
}

#[test]
fn tc609_16_6_10_d_every_split_repeated_and_reordered_ends_in_the_same_table() {
    let log = log(8);
    for cuts in 0_u32..128 {
        let mut ends: Vec<usize> = (1..8).filter(|at| cuts & (1 << (at - 1)) != 0).collect();
        ends.push(8);
        let starts = std::iter::once(1).chain(ends.iter().map(|end| end + 1));
        let batches: Vec<Batch> = starts.zip(&ends).map(|(from, to)| batch(&log, from, *to)).collect();
        let mut table = Table::default();
        // Backwards first: all but the first say that something is missing; then twice each, until nothing is.
        for one in batches.iter().rev() {
            let taken = table.put(one);
            assert_eq!(matches!(taken, Taken::Gap { .. }), one.from != 1, "{cuts:b}: {taken:?}");
        }
        for one in batches.iter().flat_map(|one| [one, one]) {
            assert!(matches!(table.put(one), Taken::New { .. }), "{cuts:b}");
        }
        for one in &batches {
            assert!(matches!(table.put(one), Taken::New { .. }), "{cuts:b}: an old one says nothing new");
        }
        let places: Vec<u64> = table.rows.iter().map(|row| row.0).collect();
        assert_eq!(places, [1, 2, 3, 4, 5, 6, 7, 8], "{cuts:b}");
        assert!(table.rows.iter().map(|row| &row.1).eq(&log), "{cuts:b}");
        let mut walk = Walk::default();
        table
            .rows
            .iter()
            .for_each(|(sequence, entry, digest)| walk.step(&Placed { sequence: *sequence, entry }, digest));
        assert!(walk.end(8, &table.held.unwrap().digest).2.is_empty(), "{cuts:b}");
    }
}

#[test]
fn what_is_missing_is_asked_for_and_what_is_another_chain_is_not_taken() {
    let mine = log(8);
    let mut table = Table::default();
    assert_eq!(table.put(&batch(&mine, 3, 5)), Taken::Gap { next: 1 });
    table.put(&batch(&mine, 1, 4));
    assert_eq!(table.put(&batch(&mine, 6, 8)), Taken::Gap { next: 5 });

    let mut other = mine.clone();
    other[2].object = "r-30".to_owned();
    for (from, to) in [(1, 8), (2, 4), (5, 8), (5, 5), (4, 6)] {
        assert_eq!(table.put(&batch(&other, from, to)), Taken::Diverged, "{from} to {to}");
    }
    assert!(matches!(table.put(&batch(&mine, 2, 8)), Taken::New { skip: 3, .. }));
    assert_eq!(table.rows.len(), 8);

    let again = Batch { epoch: 2, begin: 5, ..batch(&other, 5, 8) };
    assert!(matches!(table.put(&again), Taken::New { skip: 0, is_beginning: true, .. }));
    assert_eq!(table.put(&batch(&mine, 1, 8)), Taken::Diverged, "an older telling is over");
    assert_eq!(table.put(&Batch { begin: 6, ..again.clone() }), Taken::Diverged, "it began elsewhere");
    assert_eq!(
        table.put(&Batch { epoch: 3, from: 7, ..again }),
        Taken::Gap { next: 5 },
        "a telling begins at its beginning"
    );
}

#[test]
fn ndi_05_6_2_5_a_flipped_byte_of_any_field_is_found() {
    let chain = digests(1, BEGINNING, &log(3));
    let check = |name: &str, alter: &dyn Fn(&mut RunLogEntry)| {
        let mut altered = log(3);
        alter(&mut altered[1]);
        let found = digests(1, BEGINNING, &altered);
        assert_eq!(found[0], chain[0]);
        assert_ne!(found[1], chain[1], "{name}");
        assert_ne!(found[2], chain[2], "{name}");
    };
    let flip = |text: &str, at: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= 1;
        String::from_utf8(bytes).unwrap()
    };
    let one = log(2).remove(1);
    (0..one.code.len()).for_each(|at| check("code", &|entry| entry.code = flip(&entry.code, at)));
    (0..one.object.len()).for_each(|at| check("object", &|entry| entry.object = flip(&entry.object, at)));
    (0..one.detail.len()).for_each(|at| check("detail", &|entry| entry.detail = flip(&entry.detail, at)));
    for bit in 0..40 {
        check("at", &|entry| {
            entry.at = Timestamp::from_microsecond(entry.at.as_microsecond() ^ (1 << bit)).unwrap();
        });
    }
    check("level", &|entry| entry.level = Level::Warn);
    check("category", &|entry| entry.category = Category::System);
    check("a letter moved to the next field", &|entry| {
        entry.object = "r-2c".to_owned();
        entry.detail = "-1".to_owned();
    });
    assert_ne!(digests(2, BEGINNING, &log(3))[0], chain[0], "the place counts");
}

#[test]
fn every_code_is_told_in_a_sentence_of_its_own() {
    for (code, ..) in CODES {
        let told = tell(&entry(at(0), Level::Info, Category::System, code, "o", "d"));
        assert!(!told.zh.contains('{') && !told.zh.starts_with(code) && !told.en.contains('{'), "{code}: {told:?}");
    }
    let told = tell(&entry(at(0), Level::Info, Category::Business, "usage.done", "r-1", "c-1"));
    assert_eq!((told.zh.as_str(), told.en.as_str()), ("usage.done：r-1（c-1）", "usage.done: r-1 (c-1)"));
}

#[test]
fn tc609_15_10_4_c_an_audit_entry_is_told_without_a_name() {
    let audit = |actor: &str, action: &str, result: &str| crate::audit::Entry {
        sequence: 7,
        at: at(0),
        actor: actor.to_owned(),
        action: action.to_owned(),
        object: "zhangsan".to_owned(),
        result: result.to_owned(),
        ip: "192.0.2.1".to_owned(),
        detail: "zhangsan".to_owned(),
    };
    let check = |one: crate::audit::Entry, level: Level, category: Category, code: &str| {
        let told = of_audit("secret", &one);
        assert_eq!((told.level, told.category, told.code.as_str()), (level, category, code));
        let all = format!("{told:?}");
        assert!(!all.contains("wang") && !all.contains("zhangsan") && !all.contains("192.0.2.1"), "{all}");
        assert!(all.contains("audit=7"), "{all}");
    };
    check(audit("wang", "user.create", "done"), Level::Info, Category::Operation, "operation.done");
    check(audit("wang", "login", "wrong-password"), Level::Warn, Category::Operation, "operation.refused");
    check(audit("wang", "login.locked", "done"), Level::Warn, Category::Operation, "alert.raised");
    check(audit("-", "user.dormant", "done"), Level::Warn, Category::System, "alert.raised");
}

#[test]
fn a_report_that_is_not_well_formed_is_refused() {
    let good =
        || RunLogReport { epoch: 1, begin: 1, from: 1, before: hex::encode(BEGINNING), last: 3, entries: log(3) };
    assert!(check(good()).is_ok());
    let refused = |name: &str, alter: &dyn Fn(&mut RunLogReport)| {
        let mut report = good();
        alter(&mut report);
        assert_eq!(check(report).unwrap_err().code, "run-log", "{name}");
    };
    refused("epoch", &|report| report.epoch = 0);
    refused("begin", &|report| report.begin = 0);
    refused("from", &|report| report.begin = 2);
    refused("far", &|report| report.from = u64::MAX);
    refused("before", &|report| report.before = "00".to_owned());
    refused("many", &|report| report.entries = vec![log(1).remove(0); 501]);
    refused("code", &|report| report.entries[1].code = "Usage done".to_owned());
    refused("no code", &|report| report.entries[1].code = String::new());
    refused("control", &|report| report.entries[1].object = "a\nb".to_owned());
    refused("long", &|report| report.entries[1].detail = "x".repeat(201));
}
