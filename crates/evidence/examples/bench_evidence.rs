//! Figures of the log, for `cargo xtask bench evidence`: each line is name, unit, amount and nanoseconds, with tabs between.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use xinyu_evidence::{LogState, grow};

/// A record of a use, signed, has about this size.
const RECORD_BYTES: usize = 700;

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
        let (appended, taken) = (state.size(), started.elapsed().as_nanos());
        writeln!(std::io::stdout(), "append, {records} a commit\t\t{appended}\t{taken}")?;
    }
    Ok(())
}
