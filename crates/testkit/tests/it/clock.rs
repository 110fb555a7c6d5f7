//! A clock that jumps takes nothing from the log: entries stand in the order in which they were taken, whatever time they tell, and heads only grow.
//! TC609-6-2025-01 §5.2.2.12.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use xinyu_core::effect::{Draft, Effect};
use xinyu_evidence::verify::{VerifyOptions, records};
use xinyu_evidence::{LogReport, verify_log_with};
use xinyu_shell::log::files::LogFolder;
use xinyu_shell::{Failure, effect};
use xinyu_store::Clock;
use xinyu_testkit::world::{Engine, SPACE, Seat, World, WorldOptions};

/// The jumps in seconds: a day back, over the end of what 32 bits count, back over it, a leap second as machines tell it, and a day on once more.
const JUMPS: [i64; 5] = [-86_400, 2 * 86_400, -86_400, -1, 86_400];

/// Appends a record, and moves the clock before there is a head over it.
async fn append(seat: &Seat, jump: i64) -> u64 {
    let node = seat.node.clone();
    let appended = seat.node.store.write("test.append", move |tx| {
        Box::pin(async move {
            effect::apply(&node, tx, vec![Effect::Record(Draft::new("warning.closed", SPACE).fact("jump", jump))])
                .await?;
            // The publisher is woken by the commit, which comes after this.
            node.store.clock().advance(SignedDuration::from_secs(jump));
            Ok::<_, Failure>(xinyu_store::log::find(tx, SPACE).await?.unwrap().size)
        })
    });
    appended.await.unwrap()
}

/// The published log once it has so many entries, verified against an earlier head.
async fn verified(platform: &Seat, size: u64, earlier: Option<&LogReport>) -> LogReport {
    let folder = LogFolder::new(&platform.node.data_dir, SPACE).unwrap();
    let earlier = earlier.map(|report| report.checkpoint.clone());
    let options = VerifyOptions { earlier, ..VerifyOptions::default() };
    for _ in 0..600 {
        let report = verify_log_with(&folder, &options);
        if report.ok && report.size >= size {
            return report;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{size} entries are in no head: {:?}", verify_log_with(&folder, &options).problems);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_and_security_10_a_clock_that_jumps_takes_nothing_from_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual("2038-01-18T12:00:00Z".parse::<Timestamp>().unwrap());
    let options = WorldOptions { clock: clock.clone(), ..WorldOptions::default() };
    let mut world = World::start_with(folder.path(), Engine::File, Vec::new(), options).await.unwrap();
    let mut last = verified(&world.platform, append(&world.platform, 0).await, None).await;
    for jump in JUMPS {
        let size = append(&world.platform, jump).await;
        last = verified(&world.platform, size, Some(&last)).await;
    }
    // A platform that starts with a clock that was set back goes on with the same log.
    clock.advance(SignedDuration::from_hours(-36));
    world = world.crash_platform().await.unwrap();
    let size = append(&world.platform, 0).await;
    last = verified(&world.platform, size, Some(&last)).await;

    // The order is that of the log, and not that of the times that it tells.
    let all = records(&LogFolder::new(&world.platform.node.data_dir, SPACE).unwrap(), last.size).unwrap();
    assert!(all.iter().enumerate().all(|(at, (index, _))| usize::try_from(*index).unwrap() == at));
    let ours: Vec<_> = all.iter().filter(|(_, one)| one.record.kind == "warning.closed").collect();
    let told: Vec<i64> = ours.iter().filter_map(|(_, one)| one.record.facts["jump"].as_i64()).collect();
    assert_eq!(told, [&[0][..], &JUMPS, &[0]].concat());
    let back = ours.windows(2).filter(|pair| pair[1].1.record.at < pair[0].1.record.at).count();
    assert_eq!(back, 4, "three jumps and the restart went back");
    world.stop().await;
}
