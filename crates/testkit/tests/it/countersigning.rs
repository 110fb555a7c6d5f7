//! Contracts of more than two parties, with real servers: a provider, a consumer and two that serve them. TC609-6-2025-14 §6.2.1, §7.3 c, f, g, §7.4.

use std::path::Path;

use serde_json::{Value, json};
use xinyu_core::contract::{file, history, signing, version};
use xinyu_protocol::tc609::contract::{ContractFile, Filing, SignedContract};
use xinyu_protocol::tc609::countersigning::CountersigningAnswer;
use xinyu_protocol::tc609::negotiation::HistoryFile;
use xinyu_shell::peer::post;
use xinyu_testkit::world::{Engine, Member, MemberOptions, Seat, World};

use crate::termination::stage::{Stage, act, agreement, refused};

/// Their places among the members.
const SERVING: [usize; 2] = [3, 4];
const NAMES: [&str; 2] = ["津门数据加工有限公司", "蓉城数据审计有限公司"];

async fn stage(folder: &Path, engine: Engine) -> Stage {
    let members = [0, 1, 2, 3, 4].map(|organisation| MemberOptions {
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

fn serving(stage: &Stage, at: usize) -> &Member {
    stage.world.member(SERVING[at]).unwrap()
}

fn parties(stage: &Stage, services: &[usize]) -> Value {
    let words = ["processing", "audit"];
    let party = |&at: &usize| json!({ "connectorId": serving(stage, at).id().unwrap(), "name": NAMES[at], "service": words[at] });
    services.iter().map(party).collect()
}

/// The negotiation of a contract on one side, once it is so.
async fn process(seat: &Seat, contract: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let of = |all: &Value| -> Value {
        let all = all["items"].as_array().unwrap();
        all.iter().find(|one| one["contractId"] == contract).cloned().unwrap_or_default()
    };
    let all: Value = seat.until("/negotiations", |all| is_so(&of(all))).await.unwrap();
    of(&all)
}

async fn decide(seat: &Seat, pid: &str, body: Value) -> Result<Value, xinyu_http::ApiError> {
    seat.api.post(&format!("/api/v1/negotiations/{pid}/decision"), &body).await
}

/// Both sides have signed a contract that names the service parties, which are asked.
async fn two_signed(stage: &Stage, key: &str, change: Value) -> String {
    let contract = stage.approved(key, "P30D", &["read"]).await;
    negotiated(stage, &contract, change).await;
    contract
}

async fn negotiated(stage: &Stage, contract: &str, change: Value) {
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let new = json!({ "contractId": contract, "change": change });
    let _: Value = consumer.post("/negotiations", &new).await.unwrap();
    let theirs = process(provider, contract, |one| one["state"] == "REQUESTED").await;
    let agree = json!({ "action": "agree" });
    let _ = decide(provider, theirs["pid"].as_str().unwrap(), agree).await.unwrap();
}

/// What a service party was asked, once it is so.
async fn asked(seat: &Seat, contract: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let is_there = |all: &Value| {
        let all = all["items"].as_array().unwrap();
        all.iter().find(|one| one["contractId"] == contract).is_some_and(&is_so)
    };
    let _: Value = seat.until("/countersignings", is_there).await.unwrap();
    seat.get(&format!("/countersignings/{contract}")).await.unwrap()
}

async fn answer(seat: &Seat, contract: &str, action: &str, reason: &str) -> Result<Value, xinyu_http::ApiError> {
    let shown = asked(seat, contract, |_| true).await;
    let body = json!({ "action": action, "contractHash": shown["line"]["contractHash"], "reason": reason });
    seat.api.post(&format!("/api/v1/countersignings/{contract}/decision"), &body).await
}

fn state(life: &Value, at: usize) -> &str {
    life["parties"][at]["state"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_3_g_three_and_four_sign_the_same_bytes_then_it_is_filed_used_and_ended() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Engine::Memory).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let contract = two_signed(&stage, "whole", json!({ "serviceParties": parties(&stage, &[0, 1]) })).await;

    // Each sees the whole contract with its round, and may sign or refuse; nothing is in force.
    for at in [0, 1] {
        let shown = asked(&serving(&stage, at).seat, &contract, |one| one["state"] == "asked").await;
        assert_eq!(shown["line"]["moves"], json!(["sign", "refuse"]));
        assert_eq!(shown["contract"]["signatures"].as_array().unwrap().len(), 2);
        assert_eq!(shown["contract"]["contract"]["signMode"], "01");
        assert_eq!(shown["rounds"][0]["terms"]["serviceParties"].as_array().unwrap().len(), 2);
        assert!(!shown["clauses"].as_array().unwrap().is_empty());
    }
    let life = stage.life(&contract, |life| life["line"]["status"] == "03" && life["signing"]["state"] == "open").await;
    let states: Vec<&str> = (0..4).map(|at| state(&life, at)).collect();
    assert_eq!(states, ["signed", "signed", "asked", "asked"]);
    let ours = process(provider, &contract, |one| one["state"] == "VERIFIED").await;
    assert_eq!(ours["moves"], json!(["terminate"]), "it is finalised by its filing and by nobody");
    let pid = ours["pid"].as_str().unwrap();
    refused(decide(provider, pid, json!({ "action": "finalize" })).await, "signatures-awaited");
    let none: Value = consumer.get("/agreements").await.unwrap();
    assert!(none["items"].as_array().unwrap().is_empty(), "nothing is half there");

    // One signs, then the other.
    let first = &serving(&stage, 0).seat;
    let wrong = json!({ "action": "sign", "contractHash": "0" });
    refused(
        first.api.post(&format!("/api/v1/countersignings/{contract}/decision"), &wrong).await,
        "countersigning-differs",
    );
    refused(answer(first, &contract, "refuse", " ").await, "termination-reason");
    refused(answer(first, &contract, "maybe", "").await, "unknown-move");
    let _ = answer(first, &contract, "sign", "").await.unwrap();
    refused(answer(first, &contract, "refuse", "改主意").await, "countersigning-answered");
    let life = stage.life(&contract, |life| state(life, 2) == "signed").await;
    assert_eq!((life["line"]["status"].as_str(), state(&life, 3)), (Some("03"), "asked"));
    let second = &serving(&stage, 1).seat;
    let _ = answer(second, &contract, "sign", "").await.unwrap();

    // Filed, finalised, and in force at all four.
    for seat in [provider, consumer] {
        let _ = agreement(seat, &contract, |one| one["inForce"] == true).await;
        let _ = process(seat, &contract, |one| one["state"] == "FINALIZED").await;
    }
    let life = stage.life(&contract, |life| life["line"]["status"] == "05").await;
    assert_eq!(life["signing"]["state"], "filed");
    assert_eq!(life["signed"]["signatures"].as_array().unwrap().len(), 4);
    for at in [0, 1] {
        let seat = &serving(&stage, at).seat;
        let _ = asked(seat, &contract, |one| one["state"] == "filed").await;
        let bytes = seat.api.get_bytes(&format!("/api/v1/countersignings/{contract}/versions/1/file")).await.unwrap();
        let read: ContractFile = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(file::check(&read).unwrap().signatures.len(), 4);
        // Every signature counts: without one of them it is no proof.
        let mut less = read.clone();
        less.signatures.pop();
        assert!(file::check(&less).unwrap_err().en.contains("has not signed"));
        // It sees the contract's life at the platform, but not the money of the two.
        let relayed: Value = seat.get(&format!("/contracts/{contract}")).await.unwrap();
        assert!(!relayed["events"].as_array().unwrap().is_empty() && relayed["statement"].is_null());
    }
    let kinds = stage.kinds(&contract).await;
    for kind in ["contract.signing_opened", "contract.countersigned", "contract.filed", "negotiation.finalized"] {
        assert!(kinds.iter().any(|one| one == kind), "{kind} in {kinds:?}");
    }
    let path = format!("/api/v1/negotiations/{pid}/history");
    let told: HistoryFile = serde_json::from_slice(&provider.api.get_bytes(&path).await.unwrap()).unwrap();
    assert_eq!(history::check(&told).unwrap().signatures.len(), 4);

    // Used by the consumer, and ended by the two: whoever serves them is told.
    let _: Value = consumer.post("/transfers", &json!({ "contractId": contract })).await.unwrap();
    let _ = agreement(consumer, &contract, |one| one["data"] == "held").await;
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");
    let end = json!({ "terminationId": "t1", "reason": "不再需要", "disposal": "destroy" });
    let _ = act(provider, &contract, "termination", end).await.unwrap();
    let is_open = |info: &Value| info["proposals"][0]["state"] == "proposed";
    let _: Value = consumer.until(&format!("/agreements/{contract}/termination"), is_open).await.unwrap();
    let yes = json!({ "terminationId": "t1", "action": "agree" });
    let _ = act(consumer, &contract, "termination/decision", yes).await.unwrap();
    for at in [0, 1] {
        let seat = &serving(&stage, at).seat;
        let shown = asked(seat, &contract, |one| one["state"] == "terminated").await;
        assert_eq!(shown["ending"]["kind"], "agreement");
        let voucher = seat.api.get_bytes(&format!("/api/v1/countersignings/{contract}/voucher")).await.unwrap();
        assert!(String::from_utf8(voucher).unwrap().contains("不再需要"));
    }
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_3_g_a_refusal_a_withdrawal_and_an_expiry_leave_nothing_half_and_it_may_be_negotiated_anew() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Engine::Memory).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let both = parties(&stage, &[0, 1]);
    let contract = two_signed(&stage, "refused", json!({ "serviceParties": both })).await;
    let _ = answer(&serving(&stage, 0).seat, &contract, "sign", "").await.unwrap();
    let _ = answer(&serving(&stage, 1).seat, &contract, "refuse", "没有人手").await.unwrap();
    for seat in [provider, consumer] {
        let over = process(seat, &contract, |one| one["state"] == "TERMINATED").await;
        assert!(over["reason"].as_str().unwrap().contains("没有人手"), "{over}");
        let none: Value = seat.get("/agreements").await.unwrap();
        assert!(none["items"].as_array().unwrap().is_empty());
    }
    let _ = asked(&serving(&stage, 0).seat, &contract, |one| one["state"] == "ended").await;
    let _ = asked(&serving(&stage, 1).seat, &contract, |one| one["state"] == "refused").await;
    let life = stage.life(&contract, |life| life["line"]["status"] == "0302").await;
    assert_eq!((life["signing"]["state"].as_str(), state(&life, 3)), (Some("refused"), "refused"));
    assert!(life["signed"].is_null() && life["contractHash"].is_null());

    // Negotiated anew without the one that refused; withdrawn by the consumer while the other is asked.
    negotiated(&stage, &contract, json!({ "serviceParties": parties(&stage, &[0]) })).await;
    let _ = asked(&serving(&stage, 0).seat, &contract, |one| one["state"] == "asked").await;
    let ours = process(consumer, &contract, |one| one["state"] == "VERIFIED").await;
    let _ = stage.life(&contract, |life| life["signing"]["state"] == "open").await;
    let stop = json!({ "action": "terminate", "note": "改用别的产品" });
    let _ = decide(consumer, ours["pid"].as_str().unwrap(), stop).await.unwrap();
    for seat in [provider, consumer] {
        let _ = process(seat, &contract, |one| one["state"] == "TERMINATED").await;
    }
    refused(
        answer(&serving(&stage, 0).seat, &contract, "sign", "").await.and_then(|_| Err(gone())),
        "countersigning-answered",
    );

    // Nobody answers: the contract's own end is the longest time there is.
    negotiated(&stage, &contract, json!({ "serviceParties": parties(&stage, &[0]), "term": "PT3S" })).await;
    for seat in [provider, consumer] {
        let over = process(seat, &contract, |one| {
            one["state"] == "TERMINATED" && one["reason"].as_str().is_some_and(|why| why.contains("out of time"))
        })
        .await;
        assert!(over["reason"].as_str().unwrap().contains("逾期"));
    }
    let _ = asked(&serving(&stage, 0).seat, &contract, |one| one["state"] == "ended").await;
    let life = stage.life(&contract, |life| life["signing"]["state"] == "expired").await;
    assert_eq!(life["line"]["status"], "0302");

    // And once more, signed by all.
    negotiated(&stage, &contract, json!({ "serviceParties": parties(&stage, &[0]) })).await;
    let _ = asked(&serving(&stage, 0).seat, &contract, |one| one["state"] == "asked").await;
    let _ = answer(&serving(&stage, 0).seat, &contract, "sign", "").await.unwrap();
    let _ = agreement(consumer, &contract, |one| one["inForce"] == true).await;
    stage.world.stop().await;
}

/// Whoever was withdrawn from may have been asked a moment ago: either way there is nothing to sign.
fn gone() -> xinyu_http::ApiError {
    panic!("a withdrawn contract was signed")
}

/// What the platform answers to a message of a member: the status, and the text.
async fn tell(from: &Seat, path: &str, body: &impl serde::Serialize) -> (u16, String) {
    let platform = from.node.platform_id();
    let (status, answer) = post(&from.node, &platform, path, serde_json::to_vec(body).unwrap()).await.unwrap();
    (status, String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_3_f_forged_missing_surplus_and_foreign_signatures_are_refused_and_a_restart_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = stage(folder.path(), Engine::File).await;
    let contract = two_signed(&stage, "forged", json!({ "serviceParties": parties(&stage, &[0, 1]) })).await;
    let shown = asked(&serving(&stage, 0).seat, &contract, |one| one["state"] == "asked").await;
    let whole: SignedContract = serde_json::from_value(shown["contract"].clone()).unwrap();
    let hash = shown["line"]["contractHash"].as_str().unwrap().to_owned();
    let signed_by = |seat: &Seat, contract: SignedContract| {
        let suite = signing::suite(&contract.contract).unwrap();
        let (me, credential) =
            (seat.node.party().unwrap().connector().unwrap(), seat.node.identity().unwrap().credential.unwrap());
        let key = seat.node.ring.signing(suite);
        signing::sign(contract, &me, key, &credential).unwrap()
    };
    let (first, second) = (&serving(&stage, 0).seat, &serving(&stage, 1).seat);

    // A signature over other bytes, another one's, and one of whoever is not asked.
    let mut altered = whole.clone();
    altered.contract.expansion_item.revenue.base_fen = 0;
    let forged = signed_by(first, altered.clone()).signatures.pop();
    let theirs = signed_by(second, whole.clone()).signatures.pop();
    let answer_with = |signature| CountersigningAnswer {
        contract_id: whole.contract.contract_id.clone(),
        contract_hash: hash.clone(),
        signature,
        reason: String::new(),
    };
    let path = "/tc609/countersigningAnswer";
    for (from, signature, status, code) in [
        (first, forged, 400, "contract-signature"),
        (first, theirs.clone(), 400, "foreign-signature"),
        (&stage.provider().seat, theirs, 404, "unknown-countersigning"),
    ] {
        let (found, said) = tell(from, path, &answer_with(signature)).await;
        assert!(found == status && said.contains(code), "{found} {said}");
    }
    // What is filed is what two signed and whom it names; nobody is left out, and nobody signs who is not named.
    let file_it = |contract: SignedContract| Filing { contract, rounds: Vec::new(), previous: None };
    let mut half = whole.clone();
    half.signatures.pop();
    let mut hidden = whole.clone();
    hidden.contract.expansion_item.service_parties.clear();
    let mut fewer = whole.clone();
    fewer.contract.signatory_entities.pop();
    let mut renamed = whole.clone();
    renamed.contract.contract_name.push('x');
    for (forged, code) in [
        (altered, "contract-signature"),
        (half, "signing-open"),
        (hidden, "signatories-differ"),
        (fewer, "signatories-differ"),
        (renamed, "contract-signature"),
    ] {
        let (status, said) = tell(&stage.provider().seat, "/tc609/contractRegistrate", &file_it(forged)).await;
        // The same text again is not a second one: what is missing of it changes nothing.
        let is_same = code == "signing-open" && status == 200 && said.contains(&hash);
        assert!(is_same || (status == 400 && said.contains(code)), "{code}: {status} {said}");
    }
    let surplus = signed_by(&stage.world.member(2).unwrap().seat, whole.clone());
    let (status, said) = tell(&stage.provider().seat, "/tc609/contractRegistrate", &file_it(surplus)).await;
    assert!(status == 200 && said.contains("answerBy"), "the text that waits is not touched: {status} {said}");
    let life = stage.life(&contract, |_| true).await;
    assert_eq!((life["line"]["status"].as_str(), state(&life, 2), state(&life, 3)), (Some("03"), "asked", "asked"));

    // One signs, everything restarts, the other signs.
    let _ = answer(first, &contract, "sign", "").await.unwrap();
    let _ = stage.life(&contract, |life| state(life, 2) == "signed").await;
    stage.world = stage.world.crash_platform().await.unwrap();
    stage.world.crash(SERVING[1]).await.unwrap();
    stage.world.crash(0).await.unwrap();
    let life = stage.life(&contract, |life| life["signing"]["state"] == "open").await;
    assert_eq!((state(&life, 2), state(&life, 3)), ("signed", "asked"));
    let _ = answer(&serving(&stage, 1).seat, &contract, "sign", "").await.unwrap();
    for seat in [&stage.provider().seat, &stage.consumer().seat] {
        let _ = agreement(seat, &contract, |one| one["inForce"] == true).await;
        let _ = process(seat, &contract, |one| one["state"] == "FINALIZED").await;
    }
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_4_c_a_later_version_needs_the_signatures_of_all_and_one_barred_meanwhile_ends_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Engine::Memory).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let first = &serving(&stage, 0).seat;
    let contract = two_signed(&stage, "amended", json!({ "serviceParties": parties(&stage, &[0]) })).await;
    let _ = asked(first, &contract, |one| one["state"] == "asked").await;
    let _ = answer(first, &contract, "sign", "").await.unwrap();
    for seat in [provider, consumer] {
        let _ = agreement(seat, &contract, |one| one["inForce"] == true).await;
    }

    // Its parties stay; its terms change when all three have signed again.
    let new = |id: &str, fen: u64| json!({ "versionId": id, "kind": "amendment", "reason": "业务需要", "change": { "perUseFen": fen } });
    let mut others = new("v0", 1);
    others["change"]["serviceParties"] = json!([]);
    refused(act(provider, &contract, "versions", others).await, "terms-change");
    let agree = async |id: &str, fen: u64| {
        let _ = act(provider, &contract, "versions", new(id, fen)).await.unwrap();
        let of = |info: &Value| {
            info["proposals"].as_array().unwrap().iter().find(|one| one["versionId"] == id).cloned().unwrap_or_default()
        };
        let path = format!("/agreements/{contract}/versions");
        let info: Value = consumer.until(&path, |info| of(info)["state"] == "proposed").await.unwrap();
        let yes = json!({ "versionId": id, "action": "agree", "contractHash": of(&info)["contractHash"] });
        let _ = act(consumer, &contract, "versions/decision", yes).await.unwrap();
    };
    agree("v1", 20).await;
    let shown = asked(first, &contract, |one| one["version"] == 2 && one["state"] == "asked").await;
    assert!(!shown["differences"].as_array().unwrap().is_empty(), "it sees what changes: {shown}");
    let life = stage.life(&contract, |life| life["signing"]["state"] == "open").await;
    assert_eq!(
        life["signed"]["contract"]["expansionItem"]["revenue"]["perUseFen"], 10,
        "the first version is in force"
    );
    let _ = answer(first, &contract, "sign", "").await.unwrap();
    for seat in [provider, consumer] {
        let path = format!("/agreements/{contract}/versions");
        let _: Value = seat
            .until(&path, |info: &Value| info["versions"].as_array().is_some_and(|all| all.len() == 2))
            .await
            .unwrap();
    }
    let _ = asked(first, &contract, |one| one["version"] == 2 && one["state"] == "filed").await;
    let mut chain = Vec::new();
    for number in [1, 2] {
        let path = format!("/api/v1/countersignings/{contract}/versions/{number}/file");
        chain.push(serde_json::from_slice::<ContractFile>(&first.api.get_bytes(&path).await.unwrap()).unwrap());
    }
    assert_eq!(version::check_chain(&chain).unwrap().len(), 3);

    // Refused, it stays as it was, and both are told.
    agree("v2", 30).await;
    let _ = asked(first, &contract, |one| one["version"] == 3 && one["state"] == "asked").await;
    let _ = answer(first, &contract, "refuse", "过高").await.unwrap();
    for seat in [provider, consumer] {
        let is_over =
            |info: &Value| {
                info["proposals"].as_array().unwrap().iter().any(|one| {
                    one["versionId"] == "v2" && one["note"].as_str().is_some_and(|note| note.contains("过高"))
                })
            };
        let _: Value = seat.until(&format!("/agreements/{contract}/versions"), is_over).await.unwrap();
    }
    let life = stage.life(&contract, |life| life["signing"]["state"] == "refused").await;
    assert_eq!((life["line"]["status"].as_str(), life["versions"].as_array().unwrap().len()), (Some("05"), 2));

    // Another contract waits for two; one of them is revoked meanwhile.
    let waiting = two_signed(&stage, "barred", json!({ "serviceParties": parties(&stage, &[0, 1]) })).await;
    let _ = asked(first, &waiting, |one| one["state"] == "asked").await;
    let _ = answer(first, &waiting, "sign", "").await.unwrap();
    let second = serving(&stage, 1).id().unwrap();
    let revoke = json!({ "action": "revoke", "reason": "违规" });
    let _: Value = stage.world.platform.post(&format!("/participants/{second}/standing"), &revoke).await.unwrap();
    let life = stage.life(&waiting, |life| life["signing"]["state"] == "failed").await;
    assert!(life["line"]["status"] == "0302" && life["signed"].is_null(), "{life}");
    for seat in [provider, consumer] {
        let _ = process(seat, &waiting, |one| one["state"] == "TERMINATED").await;
    }
    // Nobody is asked who is no member, or under another name.
    let stranger = stage.approved("stranger", "P30D", &["read"]).await;
    let mut wrong = parties(&stage, &[0]);
    wrong[0]["name"] = json!("别的公司");
    negotiated(&stage, &stranger, json!({ "serviceParties": wrong })).await;
    for seat in [provider, consumer] {
        let over = process(seat, &stranger, |one| one["state"] == "TERMINATED").await;
        assert!(over["reason"].as_str().unwrap().contains("别的公司"), "{over}");
    }
    stage.world.stop().await;
}
