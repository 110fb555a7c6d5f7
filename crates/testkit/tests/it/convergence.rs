//! Two connectors over a network that fails and through crashes of either: in every state, by every message, both come to the same state, and each records
//! its own moves once. What is tried is enumerated from the tables of transitions of DSP 2025-1 §7.2 and §9.2.

mod course;
mod play;
mod stage;

use xinyu_core::negotiation::Side;
use xinyu_store::testing::on_databases_of_postgres;
use xinyu_testkit::world::Engine;

use course::Case;
use stage::Stage;

const BOTH: &[Side] = &[Side::Consumer, Side::Provider];

/// Plays cases on a stage of their own, once for each list of nodes that crash.
async fn check(cases: &[Case], crashes: &[&[Side]]) {
    check_on(Engine::File, cases, crashes).await;
}

async fn check_on(engine: Engine, cases: &[Case], crashes: &[&[Side]]) {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::open(folder.path(), engine).await.unwrap();
    for (number, sides) in crashes.iter().enumerate() {
        let played = play::play(&mut stage, &format!("play-{number}"), cases.to_vec(), sides).await;
        if let Err(error) = played {
            let [consumer, provider] = [Side::Consumer, Side::Provider].map(|side| stage.set_aside(side));
            panic!("{sides:?} crashed: {error:#}\nset aside: {:#?} {:#?}", consumer.await, provider.await);
        }
    }
    for side in [Side::Consumer, Side::Provider] {
        assert_eq!(stage.count(side).await.unwrap(), cases.len() * crashes.len(), "{side:?}");
        assert_eq!(stage.set_aside(side).await.unwrap(), [""; 0], "{side:?}");
    }
    stage.stop().await;
}

#[test]
fn every_row_of_both_tables_is_tried() {
    let cases = course::single_moves();
    for row in course::rows() {
        let count = cases.iter().filter(|case| case.moves == [row]).count();
        assert!(count >= 3, "{row}: {count}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_in_every_state_by_every_message_ends_in_one_state() {
    check(&course::single_moves(), &[&[Side::Consumer], &[Side::Provider], BOTH]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_moves_in_a_row_are_heard_in_their_order() {
    check(&course::double_moves(), &[&[], BOTH]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moves_that_cross_end_in_one_state() {
    check(&course::crossing_moves(), &[&[], BOTH]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_too_crashes_and_crossing_moves_end_in_one_state() {
    on_databases_of_postgres(&["platform", "member_0", "member_1"], async |databases| {
        let cases = [course::single_moves(), course::crossing_moves()].concat();
        check_on(Engine::Postgres(databases.to_owned()), &cases, &[BOTH]).await;
    })
    .await;
}
