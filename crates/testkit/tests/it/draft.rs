//! Contracts that are created at the platform and negotiated with its operator's help, with real servers. TC609-6-2025-14 §7.2 c, §7.3 c, d, A.3.

use std::path::Path;

use serde_json::{Value, json};
use xinyu_core::contract::{file, signing};
use xinyu_core::draft::round;
use xinyu_http::ApiError;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::tc609::contract::{ContractFile, Filing, SignedContract};
use xinyu_protocol::tc609::countersigning::CountersigningAnswer;
use xinyu_protocol::tc609::draft::{DraftAnswer, DraftDocument, RoundSignature, SignedRound};
use xinyu_protocol::tc609::negotiation::{ContractNegotiate, EntitySignature, NodeInfo, Strategy, SubjectInfo};
use xinyu_shell::peer::post;
use xinyu_testkit::world::{Engine, MemberOptions, Seat, World, WorldOptions};

use crate::termination::stage::{Stage, act, agreement, refused};

/// A provider, a consumer, a regulator, and one that may serve them.
async fn stage(folder: &Path, engine: Engine) -> Stage {
    let members = [0, 1, 2, 3].map(|organisation| MemberOptions {
        organisation,
        is_consumer: organisation == 1,
        is_regulator: organisation == 2,
        is_service: organisation > 2,
        ..MemberOptions::default()
    });
    let world = World::start(folder, engine, members.into()).await.unwrap();
    world.member(0).unwrap().bring_table().await.unwrap();
    Stage { world }
}

/// A request for a draft over a product of its own, on the listing's terms.
async fn request(stage: &Stage, key: &str) -> Value {
    let _ = stage.approved(&format!("{key}-listed"), "P30D", &["read"]).await;
    let all: Value = stage.provider().seat.get("/products").await.unwrap();
    let mut all = all["items"].as_array().unwrap().iter();
    let product = all.find(|one| one["listingId"] == format!("{key}-listed")).unwrap()["productId"].clone();
    json!({
        "draftId": key, "name": format!("客流合约 {key}"), "summary": "平台协助双方商定", "productId": product,
        "provider": stage.provider().id().unwrap(), "consumer": stage.consumer().id().unwrap(), "note": "请双方过目",
    })
}

/// Creates it: the contract's id.
async fn create(stage: &Stage, new: &Value) -> Result<String, ApiError> {
    let made: Value = stage.world.platform.api.post("/api/v1/drafts", new).await?;
    Ok(made["line"]["contractId"].as_str().unwrap().to_owned())
}

/// The draft at a seat, once it is so.
async fn draft(seat: &Seat, contract: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let is_there = |all: &Value| all["items"].as_array().unwrap().iter().any(|one| one["contractId"] == contract);
    let _: Value = seat.until("/drafts", is_there).await.unwrap();
    seat.until(&format!("/drafts/{contract}"), is_so).await.unwrap()
}

fn in_state<'a>(state: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |life| life["line"]["state"] == state
}

fn at_round(number: u64) -> impl Fn(&Value) -> bool {
    move |life| life["line"]["round"] == number
}

/// Answers what is on the table of a seat.
async fn answer(seat: &Seat, contract: &str, action: &str, more: Value) -> Result<Value, ApiError> {
    let shown = draft(seat, contract, |_| true).await;
    let mut body = json!({ "action": action, "digest": shown["line"]["digest"] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    seat.api.post(&format!("/api/v1/drafts/{contract}/decision"), &body).await
}

/// Signs the contract that came of it, once it is asked for.
async fn sign(seat: &Seat, contract: &str, action: &str, reason: &str) -> Result<Value, ApiError> {
    let asked = |all: &Value| {
        let mut all = all["items"].as_array().unwrap().iter();
        all.any(|one| one["contractId"] == contract && one["state"] != "ended")
    };
    let _: Value = seat.until("/countersignings", asked).await.unwrap();
    let shown: Value = seat.get(&format!("/countersignings/{contract}")).await.unwrap();
    let body = json!({ "action": action, "contractHash": shown["line"]["contractHash"], "reason": reason });
    seat.api.post(&format!("/api/v1/countersignings/{contract}/decision"), &body).await
}

/// Both stand behind the round on the table.
async fn both_take(stage: &Stage, contract: &str) {
    for seat in [&stage.provider().seat, &stage.consumer().seat] {
        let shown = draft(seat, contract, |life| !life["line"]["moves"].as_array().unwrap().is_empty()).await;
        if shown["line"]["moves"].as_array().unwrap().iter().any(|one| one == "take") {
            let _ = answer(seat, contract, "take", json!({})).await.unwrap();
        }
    }
    let _ = draft(&stage.world.platform, contract, in_state("signing")).await;
}

/// What the platform answers to a message of a member: the status, and the text.
async fn tell(from: &Seat, path: &str, body: &impl serde::Serialize) -> (u16, String) {
    let platform = from.node.platform_id();
    let (status, answer) = post(&from.node, &platform, path, serde_json::to_vec(body).unwrap()).await.unwrap();
    (status, String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_3_d_created_at_the_platform_two_rounds_signed_by_both_filed_delivered_used_and_amended() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Engine::Memory).await;
    let (platform, provider, consumer) = (&stage.world.platform, &stage.provider().seat, &stage.consumer().seat);
    let new = request(&stage, "whole").await;
    let contract = create(&stage, &new).await.unwrap();
    assert_eq!(create(&stage, &new).await.unwrap(), contract, "the same key is the same draft");
    let mut other = new.clone();
    other["name"] = json!("另一份");
    refused(create(&stage, &other).await.map(Value::from), "draft-taken");

    // Both see it at their own connectors, in the words of its clauses; nobody has said anything yet.
    let shown = draft(consumer, &contract, at_round(1)).await;
    assert_eq!(shown["line"]["moves"], json!(["take", "propose", "refuse"]));
    assert_eq!(shown["parties"][0]["state"], "waits");
    assert!(!shown["rounds"][0]["clauses"].as_array().unwrap().is_empty(), "{shown}");
    assert!(shown["steps"].as_array().unwrap().iter().all(|step| step["passed"] == true));
    assert_eq!(shown["rounds"][0]["note"], "请双方过目");
    let _ = draft(provider, &contract, at_round(1)).await;

    // The consumer proposes other terms, which go to the platform and come before the provider with what differs.
    refused(answer(consumer, &contract, "propose", json!({})).await, "round-unchanged");
    refused(answer(consumer, &contract, "sell", json!({})).await, "unknown-move");
    refused(answer(consumer, &contract, "take", json!({ "change": { "term": "P1D" } })).await, "terms-not-here");
    let beyond = json!({ "change": { "fields": ["secret"] } });
    refused(answer(consumer, &contract, "propose", beyond).await, "draft-faults");
    let cheaper = json!({ "change": { "perUseFen": 8 }, "note": "每次八分" });
    let _ = answer(consumer, &contract, "propose", cheaper).await.unwrap();
    let shown = draft(provider, &contract, at_round(2)).await;
    assert_eq!(shown["rounds"][0]["authorName"], shown["line"]["consumerName"]);
    assert_eq!(shown["rounds"][0]["differences"].as_array().unwrap().len(), 1, "{shown}");
    assert_eq!(shown["rounds"][0]["stands"], json!([shown["line"]["consumerName"]]));
    let none: Value = consumer.get("/agreements").await.unwrap();
    assert!(none["items"].as_array().unwrap().is_empty(), "nothing is half there");
    let _ = answer(provider, &contract, "take", json!({})).await.unwrap();

    // Both stand behind the same round: each signs the same bytes at its own connector, and the platform can sign for nobody.
    for seat in [platform, provider, consumer] {
        let shown = draft(seat, &contract, in_state("signing")).await;
        assert!(shown["line"]["contractHash"].is_string());
    }
    refused(answer(consumer, &contract, "propose", json!({ "change": { "perUseFen": 1 } })).await, "draft-signing");
    let _ = sign(provider, &contract, "sign", "").await.unwrap();
    let life = stage.life(&contract, |life| life["parties"][0]["state"] == "signed").await;
    assert_eq!((life["line"]["status"].as_str(), life["parties"][1]["state"].as_str()), (Some("03"), Some("asked")));
    let _ = sign(consumer, &contract, "sign", "").await.unwrap();
    for seat in [provider, consumer] {
        let _ = agreement(seat, &contract, |one| one["inForce"] == true).await;
    }
    for seat in [platform, provider, consumer] {
        let shown = draft(seat, &contract, in_state("filed")).await;
        assert_eq!(
            (shown["rounds"].as_array().unwrap().len(), shown["parties"][1]["state"].as_str()),
            (2, Some("signed"))
        );
    }

    // From here on it is a contract like any other.
    let life = stage.life(&contract, |life| life["line"]["status"] == "05").await;
    let signed = &life["signed"]["contract"];
    assert_eq!((signed["signMode"].as_str(), signed["contractName"].as_str()), (Some("02"), Some("客流合约 whole")));
    assert_eq!(signed["expansionItem"]["revenue"]["perUseFen"], 8);
    let bytes = consumer.api.get_bytes(&format!("/api/v1/agreements/{contract}/file")).await.unwrap();
    let read: ContractFile = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(file::check(&read).unwrap().signatures.len(), 2);
    let bytes = provider.api.get_bytes(&format!("/api/v1/drafts/{contract}/file")).await.unwrap();
    let kept: DraftDocument = serde_json::from_slice(&bytes).unwrap();
    let last = round::digest(&kept.rounds[1].round).unwrap();
    assert_eq!(
        read.contract.expansion_item.proposal.as_ref().unwrap().digest,
        last,
        "archive and contract hold each other"
    );
    stage.deliver(&contract).await;
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");
    let version =
        json!({ "versionId": "v1", "kind": "amendment", "reason": "业务需要", "change": { "perUseFen": 20 } });
    let _ = act(provider, &contract, "versions", version).await.unwrap();
    let of = |info: &Value| info["proposals"][0].clone();
    let path = format!("/agreements/{contract}/versions");
    let info: Value = consumer.until(&path, |info| of(info)["state"] == "proposed").await.unwrap();
    let yes = json!({ "versionId": "v1", "action": "agree", "contractHash": of(&info)["contractHash"] });
    let _ = act(consumer, &contract, "versions/decision", yes).await.unwrap();
    let is_second = |life: &Value| life["signed"]["contract"]["expansionItem"]["revenue"]["perUseFen"] == 20;
    let _ = stage.life(&contract, is_second).await;

    // Every step left its record, each by whoever made it.
    let told = |life: &Value| {
        let events = life["events"].as_array().unwrap();
        let has = |kind: &str| events.iter().any(|event| event["kind"] == kind);
        ["draft.created", "draft.proposed", "draft.taken", "draft.agreed", "contract.countersigned", "contract.filed"]
            .into_iter()
            .all(has)
    };
    let life = stage.life(&contract, told).await;
    let actor = |kind: &str| {
        let mut events = life["events"].as_array().unwrap().iter();
        events.find(|event| event["kind"] == kind).unwrap()["actor"].as_str().unwrap().to_owned()
    };
    assert_eq!(actor("draft.created"), stage.world.platform.node.platform_id());
    assert_eq!(actor("draft.proposed"), stage.consumer().id().unwrap());
    assert_eq!(actor("draft.taken"), stage.provider().id().unwrap());
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_2_c_a_draft_gets_its_identifier_at_once_or_every_fault_is_named_and_nothing_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Engine::Memory).await;
    let platform = &stage.world.platform;
    let good = request(&stage, "checked").await;
    let check = async |new: &Value| -> Value { platform.post("/drafts/check", new).await.unwrap() };
    let fine = check(&good).await;
    assert!(fine["faults"].as_array().unwrap().is_empty(), "{fine}");
    assert_eq!(fine["steps"].as_array().unwrap().len(), 6);
    assert!(fine["differences"].as_array().unwrap().is_empty() && !fine["clauses"].as_array().unwrap().is_empty());

    let mut bad = good.clone();
    bad["name"] = json!(" ");
    bad["consumer"] = json!(stage.regulator().id().unwrap());
    bad["answerBy"] = json!("2020-01-01T00:00:00Z");
    bad["change"] = json!({ "term": "whenever" });
    bad["serviceParties"] = json!([{ "connectorId": stage.consumer().id().unwrap(), "name": "x", "service": "audit" }]);
    let found = check(&bad).await;
    let places: Vec<&str> =
        found["faults"].as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap()).collect();
    for place in ["/name", "/consumer", "/answerBy", "/terms/term", "/serviceParties/0"] {
        assert!(places.contains(&place), "{place} in {places:?}");
    }
    match create(&stage, &bad).await.unwrap_err() {
        ApiError::Problem(problem) => {
            assert_eq!(problem.code, "draft-faults");
            for place in places {
                assert!(problem.title.zh.contains(place), "{place}: {}", problem.title.zh);
            }
        }
        other => panic!("{other}"),
    }
    let mut torn = good.clone();
    torn["policies"] =
        json!([{ "permissionPolicies": [{ "actions": ["read"] }], "prohibitionPolicies": [{ "actions": ["read"] }] }]);
    let found = check(&torn).await;
    assert!(found["faults"][0]["text"]["zh"].as_str().unwrap().contains("可说明矛盾的请求"), "{found}");
    let steps = found["steps"].as_array().unwrap();
    assert_eq!((steps.len(), steps[3]["passed"].as_bool()), (4, Some(false)), "{steps:?}");
    refused(create(&stage, &torn).await.map(Value::from), "draft-faults");
    let none: Value = platform.get("/drafts").await.unwrap();
    assert!(none["items"].as_array().unwrap().is_empty(), "nothing is stored");

    // From a template with its values, and named at once: the register has it as being negotiated.
    let mut made = good.clone();
    made["templates"] = json!([{ "templateId": "no-such", "parameters": {} }]);
    refused(create(&stage, &made).await.map(Value::from), "draft-faults");
    let contract = create(&stage, &good).await.unwrap();
    assert_eq!(contract.len(), 47);
    let life = stage.life(&contract, |_| true).await;
    assert_eq!((life["line"]["status"].as_str(), life["signed"].is_null()), (Some("02"), true));
    refused(stage.consumer().seat.api.post("/api/v1/drafts", &good).await, "operation-not-listed");
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_3_d_refusal_expiry_withdrawal_and_whatever_bars_it_end_it_and_everybody_sees_why() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Engine::Memory).await;
    let (platform, provider, consumer) = (&stage.world.platform, &stage.provider().seat, &stage.consumer().seat);
    let ended = async |contract: &str, state: &str, why: &str| {
        for seat in [platform, provider, consumer] {
            let shown = draft(seat, contract, in_state(state)).await;
            assert!(shown["line"]["reason"].as_str().unwrap().contains(why), "{shown}");
            assert!(shown["line"]["moves"].as_array().unwrap().is_empty(), "{shown}");
            let none: Value =
                seat.get(if std::ptr::eq(seat, platform) { "/drafts" } else { "/agreements" }).await.unwrap();
            assert!(
                none["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|one| one["contractId"] != contract || one["state"] == state)
            );
        }
        assert!(stage.kinds(contract).await.iter().any(|kind| kind == "draft.ended"));
    };
    let new = request(&stage, "ended").await;
    let make = async |key: &str, more: Value| {
        let mut new = new.clone();
        new["draftId"] = json!(key);
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        create(&stage, &new).await.unwrap()
    };

    // Refused by a party, with a reason.
    let one = make("e1", json!({})).await;
    refused(answer(provider, &one, "refuse", json!({ "note": " " })).await, "termination-reason");
    let _ = answer(provider, &one, "refuse", json!({ "note": "不再提供" })).await.unwrap();
    ended(&one, "refused", "不再提供").await;
    let life = stage.life(&one, |life| life["line"]["status"] == "06").await;
    assert!(life["signed"].is_null());
    refused(answer(consumer, &one, "take", json!({})).await, "draft-over");

    // Nobody answers in time.
    let soon = platform.node.store.clock().now() + jiff::SignedDuration::from_secs(2);
    let two = make("e2", json!({ "answerBy": soon.to_string() })).await;
    ended(&two, "expired", "逾期").await;

    // Withdrawn by the operator: while it is negotiated, and while it is signed.
    let three = make("e3", json!({})).await;
    let withdraw = async |contract: &str, reason: &str| -> Result<Value, ApiError> {
        platform.api.post(&format!("/api/v1/drafts/{contract}/withdrawal"), &json!({ "reason": reason })).await
    };
    refused(withdraw(&three, "").await, "termination-reason");
    let _ = withdraw(&three, "另行商定").await.unwrap();
    ended(&three, "withdrawn", "另行商定").await;
    refused(withdraw(&three, "再次").await, "draft-over");
    let four = make("e4", json!({})).await;
    both_take(&stage, &four).await;
    let _ = sign(provider, &four, "sign", "").await.unwrap();
    let _ = stage.life(&four, |life| life["parties"][0]["state"] == "signed").await;
    let _ = withdraw(&four, "发现错误").await.unwrap();
    ended(&four, "withdrawn", "发现错误").await;
    let _ = stage.life(&four, |life| life["line"]["status"] == "0302" && life["signing"]["state"] == "withdrawn").await;

    // A party refuses to sign what it stood behind.
    let five = make("e5", json!({})).await;
    both_take(&stage, &five).await;
    let _ = sign(consumer, &five, "refuse", "法务未通过").await.unwrap();
    ended(&five, "refused", "法务未通过").await;

    // Held by a regulator, it goes no further; lifted, it goes on.
    let six = make("e6", json!({})).await;
    let _ = draft(consumer, &six, |_| true).await;
    let _ = stage.order(&six, "freeze", "z1").await.unwrap();
    let _ = stage.life(&six, |life| !life["line"]["frozenAt"].is_null()).await;
    let held = async || loop {
        // The order is on its way.
        match answer(consumer, &six, "take", json!({})).await {
            Err(ApiError::Problem(problem)) if problem.code == "contract-frozen" => break,
            Err(ApiError::Problem(problem)) if problem.code == "draft-answered" => tokio::task::yield_now().await,
            Ok(_) => tokio::task::yield_now().await,
            Err(other) => panic!("{other}"),
        }
    };
    held().await;
    let digest = draft(platform, &six, |_| true).await["line"]["digest"].clone();
    let mediated = json!({ "digest": digest, "change": { "perUseFen": 5 } });
    refused(platform.api.post(&format!("/api/v1/drafts/{six}/rounds"), &mediated).await, "contract-frozen");
    let _ = stage.order(&six, "unfreeze", "z2").await.unwrap();
    let _ = stage.life(&six, |life| life["line"]["frozenAt"].is_null()).await;
    let _: Value = platform.post(&format!("/drafts/{six}/rounds"), &mediated).await.unwrap();
    let _ = draft(provider, &six, at_round(2)).await;

    // The product is taken down meanwhile.
    let service = stage.world.service().await.unwrap();
    let product = new["productId"].as_str().unwrap().to_owned();
    let state = |product: String, state: ListingState| {
        let written = service.node.store.write("test.listing", move |tx| {
            Box::pin(async move {
                let mut listing = xinyu_store::listing::find(tx, &product).await?.unwrap();
                listing.state = state;
                xinyu_store::listing::save(tx, &listing).await?;
                tx.signal(xinyu_store::Topic::Contract);
                Ok::<_, xinyu_shell::Failure>(())
            })
        });
        async move { written.await.unwrap() }
    };
    state(product.clone(), ListingState::Delisted).await;
    ended(&six, "failed", "已下架").await;
    state(product, ListingState::Listed).await;

    // A party is suspended meanwhile.
    let seven = make("e7", json!({})).await;
    let _ = draft(provider, &seven, |_| true).await;
    let id = stage.consumer().id().unwrap();
    let suspend = json!({ "action": "suspend", "reason": "例行复核" });
    let _: Value = platform.post(&format!("/participants/{id}/standing"), &suspend).await.unwrap();
    for seat in [platform, provider] {
        let shown = draft(seat, &seven, in_state("failed")).await;
        assert!(shown["line"]["reason"].as_str().unwrap().contains("例行复核"), "{shown}");
        assert_eq!(shown["line"]["endedBy"], shown["line"]["consumerName"]);
    }
    stage.world.stop().await;
}

/// A signature of a seat under a round.
fn under(seat: &Seat, signed: &SignedRound) -> RoundSignature {
    let me = seat.node.party().unwrap().as_str().to_owned();
    let credential = seat.node.identity().unwrap().credential.unwrap();
    let key = seat.node.ring.signing(signed.round.suite.parse().unwrap());
    round::sign(&signed.round, &me, key, Some(&credential)).unwrap()
}

async fn document(seat: &Seat, contract: &str) -> DraftDocument {
    let bytes = seat.api.get_bytes(&format!("/api/v1/drafts/{contract}/file")).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_3_d_forged_stale_and_foreign_answers_are_refused_and_a_crash_between_two_signatures_loses_nothing()
{
    let folder = tempfile::tempdir().unwrap();
    let mut stage = stage(folder.path(), Engine::File).await;
    let contract = create(&stage, &request(&stage, "forged").await).await.unwrap();
    for seat in [&stage.provider().seat, &stage.consumer().seat] {
        let _ = draft(seat, &contract, at_round(1)).await;
    }
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let first = document(consumer, &contract).await;
    let digest = |signed: &SignedRound| round::digest(&signed.round).unwrap();
    let bare = |digest: String| DraftAnswer {
        contract_id: first.contract_id.clone(),
        digest,
        signature: None,
        round: None,
        reason: String::new(),
    };
    let taking = |digest: String, signature: RoundSignature| DraftAnswer { signature: Some(signature), ..bare(digest) };
    let offering = |seat: &Seat, change: &dyn Fn(&mut SignedRound)| {
        let author = seat.node.party().unwrap().as_str().to_owned();
        let before = &first.rounds[0].round;
        let mut terms = before.terms.clone();
        terms.revenue.per_use_fen = 6;
        let names = (before.contract_name.as_str(), before.contract_abstract.as_str());
        let round = round::draw_up(&first, names, &author, terms, "", seat.node.store.clock().now()).unwrap();
        let mut signed = SignedRound { round, signatures: Vec::new() };
        change(&mut signed);
        signed.signatures.push(under(seat, &signed));
        DraftAnswer { round: Some(signed), ..bare(digest(&first.rounds[0])) }
    };
    let path = "/tc609/draftAnswer";
    let one = digest(&first.rounds[0]);
    let mut altered = offering(consumer, &|_| {});
    altered.round.as_mut().unwrap().round.terms.revenue.base_fen = 0;
    let twice = DraftAnswer { signature: Some(under(consumer, &first.rounds[0])), ..offering(consumer, &|_| {}) };
    for (from, body, code) in [
        (consumer, altered, "round-signature"),
        (consumer, offering(provider, &|_| {}), "round-author"),
        (consumer, offering(consumer, &|one| one.round.draft_id.push('x')), "another-round"),
        (consumer, offering(consumer, &|one| one.round.round = 5), "stale-round"),
        (consumer, offering(consumer, &|one| one.round.previous = Some("0".repeat(64))), "stale-round"),
        (consumer, offering(consumer, &|one| one.round.terms.term = "never".to_owned()), "draft-faults"),
        (consumer, twice, "draft-answer"),
        (consumer, taking("0".repeat(64), under(consumer, &first.rounds[0])), "stale-round"),
        (consumer, taking(one.clone(), under(provider, &first.rounds[0])), "foreign-signature"),
        (consumer, bare(one.clone()), "termination-reason"),
        (&stage.world.member(3).unwrap().seat, taking(one.clone(), under(consumer, &first.rounds[0])), "unknown-draft"),
        (&stage.regulator().seat, bare(one.clone()), "unknown-draft"),
    ] {
        let (status, said) = tell(from, path, &body).await;
        assert!((400..500).contains(&status) && said.contains(code), "{code}: {status} {said}");
    }
    assert_eq!(document(&stage.world.platform, &contract).await, first, "nothing of all that changes anything");

    // A round that crosses another is stale; its author sees the one that came first, and why its own was not taken.
    let _ = answer(provider, &contract, "propose", json!({ "change": { "perUseFen": 9 } })).await.unwrap();
    let _ = draft(&stage.world.platform, &contract, at_round(2)).await;
    let (status, said) = tell(consumer, path, &offering(consumer, &|_| {})).await;
    assert!(status == 409 && said.contains("stale-round"), "{status} {said}");
    let (status, said) = tell(consumer, path, &taking(one.clone(), under(consumer, &first.rounds[0]))).await;
    assert!(status == 409 && said.contains("stale-round"), "{status} {said}");
    let _ = draft(consumer, &contract, at_round(2)).await;
    let second = document(consumer, &contract).await;
    let of_first = RoundSignature { ..under(consumer, &first.rounds[0]) };
    let (status, said) = tell(consumer, path, &taking(digest(&second.rounds[1]), of_first)).await;
    assert!(status == 400 && said.contains("round-signature"), "the signature of another round: {status} {said}");

    // Agreed on; nobody files it past its draft, and no signature is taken but those of its parties over these bytes.
    both_take(&stage, &contract).await;
    let asked = |all: &Value| !all["items"].as_array().unwrap().is_empty();
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let _: Value = consumer.until("/countersignings", asked).await.unwrap();
    let shown: Value = consumer.get(&format!("/countersignings/{contract}")).await.unwrap();
    let whole: SignedContract = serde_json::from_value(shown["contract"].clone()).unwrap();
    assert!(whole.signatures.is_empty());
    let signed_by = |seat: &Seat, contract: SignedContract| {
        let suite = signing::suite(&contract.contract).unwrap();
        let (me, credential) =
            (seat.node.party().unwrap().connector().unwrap(), seat.node.identity().unwrap().credential.unwrap());
        signing::sign(contract, &me, seat.node.ring.signing(suite), &credential).unwrap()
    };
    let complete = signed_by(consumer, signed_by(provider, whole.clone()));
    let filing = Filing { contract: complete.clone(), rounds: Vec::new(), previous: None };
    let mut direct = complete;
    direct.contract.sign_mode = "01".to_owned();
    for body in [filing, Filing { contract: direct, rounds: Vec::new(), previous: None }] {
        let (status, said) = tell(provider, "/tc609/contractRegistrate", &body).await;
        assert!(status == 409 && said.contains("contract-of-draft"), "{status} {said}");
    }
    let with = |signature| CountersigningAnswer {
        contract_id: whole.contract.contract_id.clone(),
        contract_hash: signing::hash(&whole.contract).unwrap(),
        signature,
        reason: String::new(),
    };
    let mut other = whole.clone();
    other.contract.expansion_item.revenue.base_fen = 0;
    let forged = signed_by(consumer, other).signatures.pop();
    let theirs = signed_by(provider, whole.clone()).signatures.pop();
    for (from, signature, code) in [
        (consumer, forged, "contract-signature"),
        (consumer, theirs.clone(), "foreign-signature"),
        (&stage.world.member(3).unwrap().seat, theirs, "unknown-countersigning"),
    ] {
        let (status, said) = tell(from, "/tc609/countersigningAnswer", &with(signature)).await;
        assert!((400..500).contains(&status) && said.contains(code), "{code}: {status} {said}");
    }

    // One signs, everything restarts, the other signs.
    let _ = sign(provider, &contract, "sign", "").await.unwrap();
    let _ = stage.life(&contract, |life| life["parties"][0]["state"] == "signed").await;
    stage.world = stage.world.crash_platform().await.unwrap();
    stage.world.crash(1).await.unwrap();
    stage.world.crash(0).await.unwrap();
    let shown = draft(&stage.world.platform, &contract, in_state("signing")).await;
    assert_eq!(
        (shown["parties"][0]["state"].as_str(), shown["parties"][1]["state"].as_str()),
        (Some("signed"), Some("asked"))
    );
    let _ = sign(&stage.consumer().seat, &contract, "sign", "").await.unwrap();
    for seat in [&stage.provider().seat, &stage.consumer().seat] {
        let _ = agreement(seat, &contract, |one| one["inForce"] == true).await;
        let _ = draft(seat, &contract, in_state("filed")).await;
    }
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_3_d_the_operator_mediates_a_service_party_signs_and_the_documents_own_interface_answers() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Engine::Memory).await;
    let (platform, provider, consumer) = (&stage.world.platform, &stage.provider().seat, &stage.consumer().seat);
    let service = stage.world.member(3).unwrap();
    let mut new = request(&stage, "mediated").await;
    new["serviceParties"] =
        json!([{ "connectorId": service.id().unwrap(), "name": "津门数据加工有限公司", "service": "audit" }]);
    let contract = create(&stage, &new).await.unwrap();
    let _ = draft(consumer, &contract, at_round(1)).await;
    let _ = answer(consumer, &contract, "take", json!({})).await.unwrap();
    let shown = draft(platform, &contract, |life| life["parties"][1]["state"] == "stands").await;

    // What was said of the round before counts no more once the operator proposes another.
    let propose = async |digest: &Value, fen: u64| -> Result<Value, ApiError> {
        let body = json!({ "digest": digest, "change": { "perUseFen": fen }, "note": "折中" });
        platform.api.post(&format!("/api/v1/drafts/{contract}/rounds"), &body).await
    };
    let shown = propose(&shown["line"]["digest"], 9).await.unwrap();
    assert_eq!((shown["line"]["round"].as_u64(), shown["parties"][1]["state"].as_str()), (Some(2), Some("waits")));
    refused(propose(&json!("0"), 5).await, "stale-round");
    refused(propose(&shown["line"]["digest"], 9).await, "round-unchanged");
    let _ = draft(provider, &contract, at_round(2)).await;
    let _ = draft(consumer, &contract, at_round(2)).await;

    // Another maker's connector confirms in the words of the document (B.2.3, signMode 02).
    let table = document(consumer, &contract).await;
    let last = table.rounds.last().unwrap();
    let rule = &last.round.terms.policies[0]["permissionPolicies"][0];
    let strategy = |actions: Value, provider: String| Strategy {
        subject_info: SubjectInfo { data_product_id: last.round.product_id.to_string(), data_product_name: None },
        execution_node_info: NodeInfo {
            provider_node_id: provider,
            provider_node_name: None,
            consumer_node_id: Some(last.round.consumer.to_string()),
            consumer_node_name: None,
        },
        actions: serde_json::from_value(actions).unwrap(),
        constraints: rule["constraints"].as_array().cloned().unwrap_or_default(),
        policy_expansion: None,
    };
    let confirm = |actions: Value, provider: String, by: &Seat| ContractNegotiate {
        contract_name: last.round.contract_name.clone(),
        contract_id: last.round.contract_id.clone(),
        strategy: strategy(actions, provider),
        signature_list: vec![EntitySignature {
            entity_id: last.round.consumer.owner().to_string(),
            signature: under(by, last).signature,
            signatory_time: by.node.store.clock().now(),
        }],
    };
    let path = "/tc609/contractNegotiate";
    let owner = last.round.provider.to_string();
    for (body, code) in [
        (confirm(json!(["sell"]), owner.clone(), consumer), "contract-negotiate"),
        (confirm(rule["actions"].clone(), last.round.consumer.to_string(), consumer), "contract-negotiate"),
        (confirm(rule["actions"].clone(), owner.clone(), provider), "round-signature"),
    ] {
        let (status, said) = tell(consumer, path, &body).await;
        assert!(status == 400 && said.contains(code), "{code}: {status} {said}");
    }
    let mut empty = confirm(rule["actions"].clone(), owner.clone(), consumer);
    empty.signature_list.clear();
    let (status, said) = tell(consumer, path, &empty).await;
    assert!(status == 400 && said.contains("policyExpansion"), "{status} {said}");
    let (status, said) = tell(consumer, path, &confirm(rule["actions"].clone(), owner, consumer)).await;
    assert!(status == 200 && said.contains("\"1\""), "{status} {said}");
    let _ = answer(provider, &contract, "take", json!({})).await.unwrap();
    let _ = draft(platform, &contract, in_state("signing")).await;

    // All three sign the same bytes; it is filed with the last.
    let _ = sign(&service.seat, &contract, "sign", "").await.unwrap();
    let _ = sign(provider, &contract, "sign", "").await.unwrap();
    let life = stage.life(&contract, |life| life["parties"][0]["state"] == "signed").await;
    assert_eq!(life["line"]["status"], "03");
    let _ = sign(consumer, &contract, "sign", "").await.unwrap();
    for seat in [provider, consumer] {
        let _ = agreement(seat, &contract, |one| one["inForce"] == true).await;
    }
    let life = stage.life(&contract, |life| life["line"]["status"] == "05").await;
    assert_eq!(life["signed"]["signatures"].as_array().unwrap().len(), 3);
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_e_where_texts_are_sealed_the_platform_draws_none_up() {
    let folder = tempfile::tempdir().unwrap();
    let options = WorldOptions { sealed_filing: true, ..WorldOptions::default() };
    let stage = Stage::begin_with(folder.path(), Engine::Memory, options).await;
    let new = request(&stage, "sealed").await;
    let made = stage.world.platform.api.post::<_, Value>("/api/v1/drafts", &new).await;
    refused(made, "draft-sealed-space");
    let all: Value = stage.world.platform.get("/drafts").await.unwrap();
    assert_eq!(all["items"], json!([]));
    stage.world.stop().await;
}
