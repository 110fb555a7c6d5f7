//! The use of data at the consumer's connector, over its own API: decided again while it runs, its duties done in their order, its violations told, all of it found
//! again in the evidence. TC609-6-2025-15 §7.1.1.3, §7.1.2.4, §7.1.3.

use futures::future::join_all;
use serde_json::{Value, json};
use xinyu_core::usage::mark;
use xinyu_core::user::totp;
use xinyu_http::ApiError;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{AgreementInfo, NewUse, UseInfo};
use xinyu_protocol::api::evidence::{EvidencePage, EvidenceSummary};
use xinyu_protocol::api::user::{Enrolment, RecoveryCodes};
use xinyu_shell::Failure;
use xinyu_store::audit::Filter;
use xinyu_testkit::world::{PASSWORD, Seat, USER, World};

fn consumer(world: &World) -> &Seat {
    &world.member(1).unwrap().seat
}

const SHORT: &str = "SELECT count(*) FROM data";
/// Longer than any use may run.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n, data WHERE i < 0";

fn new(use_id: &str, contract_id: &str, query: &str) -> NewUse {
    NewUse {
        use_id: use_id.to_owned(),
        contract_id: contract_id.to_owned(),
        action: "use".to_owned(),
        query: Some(query.to_owned()),
        purpose: None,
        region: None,
        application: None,
        code: None,
        ..NewUse::default()
    }
}

async fn ask(seat: &Seat, new: NewUse) -> Result<UseInfo, ApiError> {
    seat.api.post("/api/v1/uses", &new).await
}

async fn evidence(seat: &Seat, query: &str) -> EvidencePage {
    seat.get(&format!("/evidence?{query}")).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_1_3_b_a_running_use_is_stopped_when_its_time_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::of_partners(folder.path()).await.unwrap();
    let two_seconds = json!({ "constraintName": "elapsedTime", "constraintOperator": "11", "constraintValue": "PT2S" });
    let contract = world.hold("term", json!({ "actions": ["use"], "constraints": [two_seconds] })).await.unwrap();
    let seat = consumer(&world);
    let stopped = ask(seat, new("long", &contract, ENDLESS)).await.unwrap();
    assert_eq!((stopped.state.as_str(), stopped.decision.as_str()), ("stopped", "deny"), "{stopped:?}");
    assert!(stopped.result.is_none() && stopped.reasons[0].clause.contains("constraint"), "{stopped:?}");
    let lasted = stopped.ended_at.unwrap().duration_since(stopped.asked_at);
    println!("stopped {:?} after the end of its term", lasted - jiff::SignedDuration::from_secs(2));

    let again = ask(seat, new("again", &contract, SHORT)).await.unwrap();
    assert_eq!(again.state, "refused");
    let agreement: AgreementInfo = seat.get(&format!("/agreements/{contract}")).await.unwrap();
    assert_eq!((agreement.meter.stopped, agreement.meter.uses, agreement.meter.refused), (1, 0, 1));
    let found = evidence(seat, &format!("contract={contract}&result=stopped")).await;
    assert_eq!(found.items.len(), 1);
    let event = &found.items[0].event;
    assert_eq!((event.kind.as_str(), event.subject.as_deref()), ("usage.stopped", Some("long")));
    assert_eq!(event.facts["clauses"], json!([stopped.reasons[0].clause]));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_2_4_g_whoever_is_suspended_uses_no_more_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::of_partners(folder.path()).await.unwrap();
    let contract = world.hold("standing", json!({ "actions": ["use"] })).await.unwrap();
    let seat = consumer(&world);
    let running = join_all((0..4).map(|at| ask(seat, new(&format!("long-{at}"), &contract, ENDLESS))));
    let suspended = async {
        let all_run = |all: &List<UseInfo>| all.items.iter().filter(|one| one.state == "running").count() == 4;
        let _: List<UseInfo> = seat.until(&format!("/uses?contract={contract}"), all_run).await.unwrap();
        let id = world.member(1).unwrap().id().unwrap();
        let order = json!({ "action": "suspend", "reason": "违反空间规则" });
        let _: Value = world.platform.post(&format!("/participants/{id}/standing"), &order).await.unwrap();
    };
    let (uses, ()) = tokio::join!(running, suspended);
    for one in uses {
        let one = one.unwrap();
        assert_eq!((one.state.as_str(), one.reasons[0].clause.as_str()), ("stopped", "/partyStanding"), "{one:?}");
    }
    let agreement: AgreementInfo = seat.get(&format!("/agreements/{contract}")).await.unwrap();
    assert_eq!(agreement.meter.stopped, 4);
    world.stop().await;
}

/// Codes of one person's authenticator; each is good for once, and so is each step of its clock.
struct Authenticator {
    recovery: Vec<String>,
}

impl Authenticator {
    async fn set_up(seat: &Seat) -> Self {
        let begun: Enrolment = seat.post("/me/second-factor", &json!({ "password": PASSWORD })).await.unwrap();
        let secret = base32(&begun.secret);
        let now = u64::try_from(seat.node.store.clock().now().as_second()).unwrap();
        let code = totp::code_at(&secret, now).unwrap();
        let codes: RecoveryCodes = seat.post("/me/second-factor/confirmation", &json!({ "code": code })).await.unwrap();
        Self { recovery: codes.recovery_codes }
    }
}

fn base32(text: &str) -> Vec<u8> {
    let (mut bits, mut held, mut bytes) = (0_u32, 0_u32, Vec::new());
    for c in text.bytes().filter(|c| *c != b'=') {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == c.to_ascii_uppercase());
        bits = (bits << 5) | u32::try_from(value.unwrap()).unwrap();
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).unwrap());
        }
    }
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_2_4_e_second_authentication_and_mark_are_done_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::of_partners(folder.path()).await.unwrap();
    let permission =
        json!({ "actions": ["use"], "preDuties": ["authenticate", "watermark"], "duties": ["logRecordSend"] });
    let contract = world.hold("duties", permission).await.unwrap();
    let seat = consumer(&world);

    // What is not there yet is asked for, and nothing is counted as refused.
    let waiting = ask(seat, new("one", &contract, SHORT)).await.unwrap();
    assert_eq!((waiting.state.as_str(), waiting.awaits.as_deref()), ("awaiting", Some("authenticate")), "{waiting:?}");
    let with = |use_id: &str, code: &str| NewUse { code: Some(code.to_owned()), ..new(use_id, &contract, SHORT) };
    let refused = ask(seat, with("one", "123456")).await.unwrap_err();
    assert!(refused.to_string().contains("second factor"), "nobody has one yet: {refused}");
    let authenticator = Authenticator::set_up(seat).await;
    for wrong in ["000000", ""] {
        let refused = ask(seat, with("one", wrong)).await.unwrap_err();
        assert_eq!(refused.status(), Some(403), "{wrong}");
    }

    // The right code lets the very use go on that waits, with the query it was asked with.
    let good = &authenticator.recovery[0];
    let done = ask(seat, NewUse { query: Some(ENDLESS.to_owned()), ..with("one", good) }).await.unwrap();
    assert_eq!((done.state.as_str(), done.query.as_deref()), ("done", Some(SHORT)), "{done:?}");
    let result = done.result.clone().unwrap();
    let mark_text = result.mark.clone().unwrap();
    assert_eq!(result.columns.last().unwrap(), mark::COLUMN);
    assert!(result.rows.iter().all(|row| row.last() == Some(&json!(mark_text))));
    let found = mark::find(&json!(result.rows).to_string());
    assert_eq!(found.iter().map(|mark| mark.use_id.as_str()).collect::<Vec<_>>(), ["one"]);
    let states: Vec<_> = done.duties.iter().map(|duty| (duty.action.as_str(), duty.state.as_str())).collect();
    assert_eq!(states, [("authenticate", "done"), ("watermark", "done"), ("logRecordSend", "pending")]);

    // A code is good for once, and the same use is not made twice.
    let refused = ask(seat, with("two", good)).await.unwrap_err();
    assert_eq!(refused.status(), Some(403), "{refused}");
    let same = ask(seat, with("one", &authenticator.recovery[1])).await.unwrap();
    assert!(same.state == "done" && same.result.is_none());
    let two = ask(seat, with("two", &authenticator.recovery[1])).await.unwrap();
    assert_eq!(two.state, "done");

    // The record is sent when the platform's log holds it.
    let is_sent = |all: &List<UseInfo>| {
        all.items.iter().filter(|one| one.state == "done").all(|one| one.duties.iter().all(|duty| duty.state == "done"))
    };
    let _: List<UseInfo> = seat.until(&format!("/uses?contract={contract}"), is_sent).await.unwrap();
    let duties = evidence(seat, "kind=usage.duty&subject=one").await;
    let told: Vec<_> = duties.items.iter().rev().map(|item| item.event.facts["action"].as_str().unwrap()).collect();
    assert_eq!(told, ["authenticate", "watermark", "logRecordSend"]);
    assert_eq!(evidence(seat, "kind=usage.done&subject=one").await.items[0].event.facts["mark"], json!(mark_text));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_3_c_every_decision_is_found_by_policy_time_subject_person_and_result() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::of_partners(folder.path()).await.unwrap();
    let once = json!({ "constraintName": "count", "constraintOperator": "11", "constraintValue": "1" });
    let contract = world.hold("search", json!({ "actions": ["use"], "constraints": [once] })).await.unwrap();
    let seat = consumer(&world);

    // Of all that race for the last use one gets it.
    let uses = join_all((0..6).map(|at| ask(seat, new(&format!("race-{at}"), &contract, SHORT)))).await;
    let states: Vec<_> = uses.into_iter().map(|one| one.unwrap().state).collect();
    assert_eq!(states.iter().filter(|state| *state == "done").count(), 1, "{states:?}");
    assert_eq!(states.iter().filter(|state| *state == "refused").count(), 5, "{states:?}");

    // Refusals that become many are told, and so are attempts after the end.
    let filter = Filter { action: Some("usage".to_owned()), ..Filter::default() };
    let alerts = seat.node.store.read("audit.list", move |tx| {
        Box::pin(async move { xinyu_store::audit::list(tx, &filter, 100).await.map_err(Failure::from) })
    });
    let alerts = alerts.await.unwrap();
    assert!(alerts.iter().any(|(one, _)| one.action == "usage.refusals" && one.object == contract), "{alerts:?}");

    let denied = evidence(seat, &format!("contract={contract}&result=denied")).await;
    assert_eq!(denied.items.len(), 5);
    let strategy = denied.items[0].strategy_id.clone().unwrap();
    let by_strategy = evidence(seat, &format!("strategy={strategy}&kind=usage")).await;
    // Six decisions, the end of one use, and what became of the data.
    assert!(by_strategy.items.len() >= 7, "{by_strategy:?}");
    assert_eq!(evidence(seat, &format!("user={USER}&result=done&contract={contract}")).await.items.len(), 1);
    let pseudonym = denied.items[0].user.clone().unwrap();
    assert!(!pseudonym.contains(USER));
    assert_eq!(evidence(seat, &format!("user={pseudonym}&result=denied")).await.items.len(), 5);
    assert_eq!(evidence(seat, "user=nobody").await.items.len(), 0);
    assert_eq!(evidence(seat, "from=2000-01-01&to=2001-01-01").await.items.len(), 0);
    assert_eq!(evidence(seat, &format!("subject=race-0&from=2020-01-01&contract={contract}")).await.next, None);

    // Page by page everything once; if a record came meanwhile, again.
    let whole = async || {
        let all = evidence(seat, &format!("contract={contract}&limit=200")).await;
        all.items.into_iter().map(|item| item.event.record_id).collect::<Vec<_>>()
    };
    let mut before = whole().await;
    let (pages, seen) = loop {
        let (mut pages, mut after, mut seen) = (0, String::new(), Vec::new());
        loop {
            let page = evidence(seat, &format!("contract={contract}&limit=3&after={after}")).await;
            pages += 1;
            seen.extend(page.items.into_iter().map(|item| item.event.record_id));
            let Some(next) = page.next else { break };
            after = next;
        }
        let all = whole().await;
        if all == before {
            break (pages, seen);
        }
        before = all;
    };
    assert_eq!(seen, before);
    assert_eq!(pages, seen.len().div_ceil(3));

    let summary: EvidenceSummary = seat.get(&format!("/evidence/summary?by=user&contract={contract}")).await.unwrap();
    let line = summary.lines.iter().find(|line| line.result == "denied").unwrap();
    assert!(line.count == 5 && line.key == pseudonym && !line.name.is_empty(), "{summary:?}");

    for bad in [
        "result=maybe",
        "from=yesterday",
        "to=2026-13-01",
        "after=x",
        "from=2026-02-01&to=2026-01-01",
        "limit=x",
        "colour=red",
    ] {
        let refused = seat.api.get::<EvidencePage>(&format!("/api/v1/evidence?{bad}")).await.unwrap_err();
        assert_eq!(refused.status(), Some(400), "{bad}: {refused}");
    }
    let refused = seat.api.get::<EvidenceSummary>("/api/v1/evidence/summary?by=weather").await.unwrap_err();
    assert_eq!(refused.status(), Some(400));

    // The platform finds the same, of the whole space, and knows the person by the pseudonym only.
    let at_platform = |page: &EvidencePage| page.items.len() == 5;
    let path = format!("/evidence?contract={contract}&result=denied&user={pseudonym}");
    let page: EvidencePage = world.platform.until(&path, at_platform).await.unwrap();
    assert!(page.items.iter().all(|item| item.strategy_id.as_deref() == Some(strategy.as_str())));
    assert_eq!(evidence(&world.platform, &format!("user={USER}")).await.items.len(), 0);
    world.stop().await;
}
