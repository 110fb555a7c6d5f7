//! Trusted time over the logs of a platform, from an authority whose signatures openssl makes. RFC 3161.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use xinyu_evidence::checkpoint::{KEY_PATH, Keys};
use xinyu_evidence::stamped;
use xinyu_evidence::verify::verify_log;
use xinyu_http::ApiError;
use xinyu_platform::trusted_time::{self, TrustedTime};
use xinyu_protocol::api::trusted_time::StampsInfo;
use xinyu_shell::Failure;
use xinyu_shell::log::files::LogFolder;
use xinyu_store::audit::Filter;
use xinyu_testkit::time_authority::TimeAuthority;
use xinyu_testkit::world::{Engine, MemberOptions, ProductOptions, SPACE, World, WorldOptions};

const PERIOD: Duration = Duration::from_millis(200);

async fn world(folder: &std::path::Path, authority: &TimeAuthority, patience: SignedDuration) -> World {
    let asked = trusted_time::TimeAuthority { url: authority.url.clone(), trusted: authority.trusted().unwrap() };
    let trusted_time = TrustedTime { authorities: vec![asked], period: PERIOD, patience };
    let options = WorldOptions { trusted_time, ..WorldOptions::default() };
    let member = |organisation: usize| MemberOptions {
        organisation,
        is_consumer: organisation == 1,
        ..MemberOptions::default()
    };
    let world = World::start_with(folder, Engine::File, vec![member(0), member(1)], options).await.unwrap();
    world.member(0).unwrap().bring_table().await.unwrap();
    world
}

fn path() -> String {
    format!("/evidence/{SPACE}/stamps")
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_are_stamped_and_openssl_verifies_what_stands_among_the_files() {
    if !TimeAuthority::is_possible() {
        println!("openssl is not installed: trusted time left out");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let authority = TimeAuthority::start(&folder.path().join("tsa"), stop.clone()).await.unwrap();
    let world = world(&folder.path().join("world"), &authority, SignedDuration::from_hours(1)).await;
    let is_so = |info: &StampsInfo| !info.stamps.is_empty() && info.waiting_since.is_none();
    let info: StampsInfo = world.platform.until(&path(), is_so).await.unwrap();
    assert!(!info.overdue && info.trouble.is_none(), "{info:?}");
    assert_eq!(info.stamps[0].authority, "CN=Time,O=Test");

    let log = LogFolder::new(&world.platform.node.data_dir, SPACE).unwrap();
    let report = verify_log(&log);
    assert!(report.ok, "{:?}", report.problems);
    let keys: Keys = String::from_utf8(log.read(KEY_PATH).unwrap().unwrap()).unwrap().parse().unwrap();
    let trusted = authority.trusted().unwrap();
    let stamps = stamped::verify(&log, &keys, report.size, &trusted, None).unwrap();
    assert_eq!(stamps.len(), info.stamps.len());
    let (size, stamp) = stamps.last().unwrap();
    assert_eq!((*size, stamp.at), (info.stamps[0].size, info.stamps[0].at));
    let (head, token) = stamped::paths(*size);
    authority.verify(&log.path().join(&head), &log.path().join(&token)).unwrap();

    // A head that is not this log's, a token over something else, and a foreign authority are each found.
    let files =
        [(head.clone(), log.read(&head).unwrap().unwrap()), (token.clone(), log.read(&token).unwrap().unwrap())];
    let mut forged = files[0].1.clone();
    forged[3] ^= 1;
    log.write(&[(head.clone(), forged)]).unwrap();
    assert!(stamped::verify(&log, &keys, report.size, &trusted, None).is_err());
    assert!(authority.verify(&log.path().join(&head), &log.path().join(&token)).is_err());
    log.write(&files).unwrap();
    let other = TimeAuthority::start(&folder.path().join("other"), stop.clone()).await.unwrap();
    assert!(stamped::verify(&log, &keys, report.size, &other.trusted().unwrap(), None).is_err());
    assert!(
        stamped::verify(&log, &keys, size - 1, &trusted, None).is_err(),
        "a log that is shorter than what was stamped"
    );
    world.stop().await;
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_trusted_time_nothing_new_is_taken_up_until_it_is_back() {
    if !TimeAuthority::is_possible() {
        println!("openssl is not installed: trusted time left out");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let authority = TimeAuthority::start(&folder.path().join("tsa"), stop.clone()).await.unwrap();
    authority.open(false);
    let world = world(&folder.path().join("world"), &authority, SignedDuration::ZERO).await;
    let info: StampsInfo =
        world.platform.until(&path(), |info: &StampsInfo| info.overdue && info.trouble.is_some()).await.unwrap();
    assert!(info.stamps.is_empty() && info.trouble.unwrap().contains("503"));

    let product = world.member(0).unwrap().seed_product("airports", ProductOptions::default()).await.unwrap();
    let consumer = &world.member(1).unwrap().seat;
    let application = json!({ "applicationId": "a-1", "productId": product.as_str(), "purpose": "test" });
    let refused = consumer.api.post::<_, Value>("/api/v1/applications", &application).await.unwrap_err();
    let ApiError::Problem(problem) = refused else { panic!("{refused}") };
    // A connector hands on what the platform says.
    assert_eq!((problem.status, problem.code.as_str()), (503, "refused-by-platform"));
    assert!(problem.title.en.starts_with("no trusted time since"), "{problem:?}");
    assert!(problem.next.is_some());

    // The security administrator was told once.
    let filter = Filter { action: Some("log.time-overdue".to_owned()), ..Filter::default() };
    let told = world.platform.node.store.read("audit.list", move |tx| {
        Box::pin(async move { xinyu_store::audit::list(tx, &filter, 100).await.map_err(Failure::from) })
    });
    assert_eq!(told.await.unwrap().len(), 1);

    authority.open(true);
    let is_back = |info: &StampsInfo| !info.overdue && info.trouble.is_none() && !info.stamps.is_empty();
    let _: StampsInfo = world.platform.until(&path(), is_back).await.unwrap();
    // The door is open again: what is wrong now is the application itself, for a product that nobody has listed.
    let apply = async || match consumer.api.post::<_, Value>("/api/v1/applications", &application).await {
        Err(ApiError::Problem(problem)) => problem.status,
        other => panic!("{other:?}"),
    };
    let mut status = apply().await;
    for _ in 0..20 {
        // With no patience at all a head that was just signed is already late.
        if status != 503 {
            break;
        }
        tokio::time::sleep(PERIOD).await;
        status = apply().await;
    }
    assert_eq!(status, 404);
    world.stop().await;
    stop.cancel();
}
