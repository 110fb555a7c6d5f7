//! A contract lives: amended and renewed by later versions that both sign, with real servers. TC609-6-2025-14 §7.4 c, §7.5; TC609-6-2025-15 §7.1.2.2 f, §7.2.2.3 i.

use crate::termination::stage::{Stage, act, agreement, refused};
use serde_json::{Value, json};
use xinyu_core::contract::{history, signing, version};
use xinyu_http::ApiError;
use xinyu_protocol::tc609::contract::{ContractFile, SignedContract};
use xinyu_protocol::tc609::negotiation::HistoryFile;
use xinyu_shell::peer::post;
use xinyu_testkit::world::{Engine, Seat};

/// A use that reads a field and never comes to an end by itself.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(city) FROM n, airports WHERE i < 0";

/// What is said of the versions on one side, once it is so.
async fn versions(seat: &Seat, contract: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    seat.until(&format!("/agreements/{contract}/versions"), is_so).await.unwrap()
}

fn new(id: &str, kind: &str, more: Value) -> Value {
    let mut new = json!({ "versionId": id, "kind": kind, "reason": "业务需要" });
    new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    new
}

fn proposal<'a>(info: &'a Value, id: &str) -> &'a Value {
    info["proposals"].as_array().unwrap().iter().find(|one| one["versionId"] == id).unwrap_or(&Value::Null)
}

async fn decide(seat: &Seat, contract: &str, id: &str, action: &str, reason: &str) -> Result<Value, ApiError> {
    let is_there = |info: &Value| proposal(info, id)["versionId"].is_string();
    let info = versions(seat, contract, is_there).await;
    let hash = proposal(&info, id)["contractHash"].clone();
    let body = json!({ "versionId": id, "action": action, "contractHash": hash, "reason": reason });
    act(seat, contract, "versions/decision", body).await
}

/// Proposed by one, signed by the other, in force with both.
async fn agreed(stage: &Stage, contract: &str, new: Value, number: u64) {
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let id = new["versionId"].as_str().unwrap().to_owned();
    let _ = act(provider, contract, "versions", new).await.unwrap();
    let _ = decide(consumer, contract, &id, "agree", "").await.unwrap();
    for seat in [provider, consumer] {
        let is_filed = |info: &Value| proposal(info, &id)["state"] == "filed";
        let info = versions(seat, contract, is_filed).await;
        assert_eq!(info["versions"].as_array().unwrap().last().unwrap()["number"], number);
    }
}

async fn file(seat: &Seat, contract: &str, number: u32) -> ContractFile {
    let path = format!("/api/v1/agreements/{contract}/versions/{number}/file");
    serde_json::from_slice(&seat.api.get_bytes(&path).await.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_4_c_a_contract_is_renewed_and_amended_and_every_version_stays_verifiable() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.contract("living", "P30D", &["read"]).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");

    // What cannot be a later version is refused, and changes nothing.
    for (body, code) in [
        (new("bad", "renewal", json!({})), "version-kind"),
        (new("bad", "renewal", json!({ "extendBy": "P30D", "change": { "perUseFen": 1 } })), "version-kind"),
        (new("bad", "amendment", json!({})), "version-same"),
        (new("bad", "amendment", json!({ "endTime": "2020-01-01T00:00:00Z" })), "version-time"),
        (new("bad", "renewal", json!({ "extendBy": "soon" })), "version-time"),
        (new("bad", "renewal", json!({ "extendBy": "P1D", "endTime": "2999-01-01T00:00:00Z" })), "end-twice"),
        (new("bad", "amendment", json!({ "reason": " ", "change": { "uses": 1 } })), "version-reason"),
        (new("bad", "amendment", json!({ "change": { "term": "P1D" } })), "terms-change"),
        (new("bad", "amendment", json!({ "change": { "fields": ["salary"] } })), "field-unknown"),
        (
            new(
                "bad",
                "amendment",
                json!({ "smartClauses": [{ "id": "x", "text": { "zh": "x", "en": "x" }, "on": ["usage.done"],
            "when": "1 +", "then": { "do": "end" } }] }),
            ),
            "smart-clause",
        ),
    ] {
        match act(provider, &contract, "versions", body.clone()).await.unwrap_err() {
            // The gate of a first offer has its own code for a field that is not there.
            ApiError::Problem(problem) if code == "field-unknown" => assert_eq!(problem.status, 400, "{problem:?}"),
            ApiError::Problem(problem) => assert_eq!(problem.code, code, "{body} {problem:?}"),
            other => panic!("{other}"),
        }
    }
    refused(act(provider, "C0", "versions", new("bad", "renewal", json!({}))).await, "unknown-contract");
    assert!(versions(provider, &contract, |_| true).await["proposals"].as_array().unwrap().is_empty());

    // Refused it goes on as it was; the same key is the same proposal; one waits at a time.
    let renewal = |id: &str| new(id, "renewal", json!({ "extendBy": "P30D" }));
    let _ = act(provider, &contract, "versions", renewal("v1")).await.unwrap();
    let _ = act(provider, &contract, "versions", renewal("v1")).await.unwrap();
    let other = new("v1", "amendment", json!({ "change": { "uses": 3 } }));
    refused(act(provider, &contract, "versions", other).await, "version-taken");
    refused(act(provider, &contract, "versions", renewal("v2")).await, "version-open");
    refused(decide(provider, &contract, "v1", "agree", "").await, "own-proposal");
    refused(decide(consumer, &contract, "v1", "withdraw", "").await, "not-your-move");
    let unseen = json!({ "versionId": "v1", "action": "agree", "contractHash": "0" });
    refused(act(consumer, &contract, "versions/decision", unseen).await, "version-differs");
    let _ = decide(consumer, &contract, "v1", "refuse", "暂不续签").await.unwrap();
    refused(decide(consumer, &contract, "v1", "agree", "").await, "version-answered");
    let told = versions(provider, &contract, |info| proposal(info, "v1")["state"] == "refused").await;
    assert_eq!(proposal(&told, "v1")["note"], "暂不续签");
    assert_eq!(told["versions"].as_array().unwrap().len(), 1);

    // Renewed, then amended: the counters carry on.
    agreed(&stage, &contract, renewal("v3"), 2).await;
    let amendment = new("v4", "amendment", json!({ "change": { "uses": 2, "perUseFen": 50 } }));
    agreed(&stage, &contract, amendment, 3).await;
    assert_eq!(stage.ask(&contract, "u2").await.0, "done");
    let (state, clause) = stage.ask(&contract, "u3").await;
    assert_eq!(state, "refused", "one use before the amendment, one after: {clause}");

    // Every version is there at all three, signed by both and stamped; the history holds them together.
    let life = stage.life(&contract, |life| life["versions"].as_array().is_some_and(|all| all.len() == 3)).await;
    assert!(life["versions"][0]["replacedAt"].is_string() && life["versions"][2]["replacedAt"].is_null());
    let words: Vec<&str> = life["versions"][2]["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["text"]["zh"].as_str().unwrap())
        .collect();
    assert!(words.iter().any(|text| text.contains("每次使用费用")), "{words:?}");
    let chain =
        [file(provider, &contract, 1).await, file(consumer, &contract, 2).await, file(provider, &contract, 3).await];
    assert_eq!(version::check_chain(&chain).unwrap().len(), 2);
    let path = format!("/api/v1/contracts/{contract}/versions/1/file");
    let there = stage.world.platform.api.get_bytes(&path).await.unwrap();
    assert_eq!(serde_json::from_slice::<ContractFile>(&there).unwrap(), chain[0]);
    let none = provider.api.get_bytes(&format!("/api/v1/agreements/{contract}/versions/4/file")).await;
    assert!(matches!(none, Err(ApiError::Problem(problem)) if problem.code == "unknown-version"));
    let all: Value = provider.get("/negotiations").await.unwrap();
    let pid = all["items"][0]["pid"].as_str().unwrap();
    let bytes = provider.api.get_bytes(&format!("/api/v1/negotiations/{pid}/history")).await.unwrap();
    let mut told: HistoryFile = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(history::check(&told).unwrap().versions.len(), 3);
    told.history.versions.remove(1);
    assert!(history::check(&told).is_err());

    // Used up, it is settled: the base of each term, each use at the price of its version.
    let life = stage.life(&contract, |life| life["statement"].is_object()).await;
    assert_eq!(life["statement"]["totalFen"], 1000 + 1000 + 10 + 50);
    for seat in [provider, consumer] {
        agreement(seat, &contract, |one| one["status"] == "06").await;
        let again = act(seat, &contract, "versions", renewal("late")).await;
        assert!(again.is_err(), "what is over is not renewed");
    }
    let kinds = stage.kinds(&contract).await;
    for kind in ["proposed", "refused", "agreed", "filed"] {
        assert!(kinds.iter().any(|one| *one == format!("contract.version_{kind}")), "{kind}: {kinds:?}");
    }
    assert_eq!(kinds.iter().filter(|kind| *kind == "contract.filed").count(), 1);
    for seat in [&stage.world.platform, provider, consumer] {
        assert_eq!(seat.set_aside().await.unwrap(), Vec::<String>::new());
    }
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_15_7_1_2_2_f_a_running_use_ends_at_once_when_the_new_version_permits_it_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.contract("narrowed", "P30D", &["read"]).await;
    let consumer = &stage.consumer().seat;
    let ask = json!({ "useId": "long", "contractId": contract, "action": "read", "query": ENDLESS });
    let running = consumer.post::<_, Value>("/uses", &ask);
    let narrowed = async {
        let runs = |all: &Value| all["items"].as_array().unwrap().iter().any(|one| one["state"] == "running");
        let _: Value = consumer.until(&format!("/uses?contract={contract}"), runs).await.unwrap();
        agreed(&stage, &contract, new("v1", "amendment", json!({ "change": { "fields": ["name"] } })), 2).await;
    };
    let (ended, ()) = tokio::join!(running, narrowed);
    let ended = ended.unwrap();
    assert_eq!(ended["state"], "stopped", "{ended}");
    assert!(ended["reasons"][0]["clause"].as_str().unwrap().starts_with("/contractPolicies"), "{ended}");
    // What the new version permits goes on, with the counters as they are.
    let new = json!({ "useId": "u2", "contractId": contract, "action": "read", "query": "SELECT count(name) AS n FROM airports" });
    let made: Value = consumer.post("/uses", &new).await.unwrap();
    assert_eq!(made["state"], "done", "{made}");
    let is_told = |life: &Value| life["events"].as_array().unwrap().iter().any(|one| one["kind"] == "usage.stopped");
    stage.life(&contract, is_told).await;
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_4_c_no_forged_or_racing_version_comes_into_force() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let contract = stage.contract("contested", "P30D", &["read"]).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);

    // What was signed is altered on its way, or signed by nobody: refused by the other side, nothing is kept.
    let amendment = |id: &str, fen: u64| new(id, "amendment", json!({ "change": { "perUseFen": fen } }));
    let _ = act(provider, &contract, "versions", amendment("a", 20)).await.unwrap();
    let is_there = |info: &Value| proposal(info, "a")["state"] == "proposed";
    versions(consumer, &contract, is_there).await;
    let kept = {
        let (store, contract) = (stage.consumer().store(), contract.clone());
        let found =
            store.read("test", move |tx| Box::pin(async move { xinyu_store::version::list(tx, &contract).await }));
        found.await.unwrap().remove(0)
    };
    let consumer_id = consumer.node.party().unwrap().as_str().to_owned();
    let platform_id = consumer.node.platform_id();
    let tell = |contract: SignedContract, id: &str| {
        let body = serde_json::to_vec(&json!({ "versionId": id, "contract": contract })).unwrap();
        let node = provider.node.clone();
        let to = consumer_id.clone();
        async move { post(&node, &to, "/tc609/contractVersion", body).await.unwrap() }
    };
    let mut swapped = kept.signed.clone();
    swapped.contract.expansion_item.revenue.per_use_fen = 0;
    let mut unsigned = kept.signed.clone();
    unsigned.signatures.clear();
    for (forged, id, code) in [(swapped.clone(), "f1", "contract-signature"), (unsigned, "f2", "version-author")] {
        let (status, answer) = tell(forged, id).await;
        assert_eq!(status, 400);
        assert!(String::from_utf8_lossy(&answer).contains(code), "{}", String::from_utf8_lossy(&answer));
    }
    // The platform files nothing that both have not signed.
    let half = serde_json::to_vec(&json!({ "contract": kept.signed })).unwrap();
    let (status, answer) = post(&provider.node, &platform_id, "/tc609/contractRegistrate", half).await.unwrap();
    assert_eq!((status, String::from_utf8_lossy(&answer).contains("contract-unsigned")), (400, true));
    assert_eq!(signing::hash(&kept.signed.contract).unwrap(), kept.contract_hash);

    // Frozen nothing is amended; what was proposed waits.
    stage.order(&contract, "freeze", "f1").await.unwrap();
    for seat in [provider, consumer] {
        agreement(seat, &contract, |one| one["stopped"].is_string()).await;
        refused(act(seat, &contract, "versions", amendment("z", 30)).await, "contract-frozen");
    }
    refused(decide(consumer, &contract, "a", "agree", "").await, "contract-frozen");
    assert_eq!(versions(consumer, &contract, |_| true).await["bar"], "contract-frozen");
    stage.order(&contract, "unfreeze", "l1").await.unwrap();
    for seat in [provider, consumer] {
        agreement(seat, &contract, |one| one["stopped"].is_null()).await;
    }

    // Of two that were signed at once the first one filed is in force; the other is told so, and falls.
    let _ =
        act(provider, &contract, "versions/decision", json!({ "versionId": "a", "action": "withdraw" })).await.unwrap();
    versions(consumer, &contract, |info| proposal(info, "a")["state"] == "withdrawn").await;
    agreed(&stage, &contract, amendment("b", 25), 2).await;
    let mut late = kept.signed.clone();
    let node = &consumer.node;
    let suite = signing::suite(&late.contract).unwrap();
    let credential = node.identity().unwrap().credential.unwrap();
    let me = node.party().unwrap().connector().unwrap();
    late = signing::sign(late, &me, node.ring.signing(suite), &credential).unwrap();
    let both = serde_json::to_vec(&json!({ "contract": late })).unwrap();
    let (status, answer) = post(node, &platform_id, "/tc609/contractRegistrate", both).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(status == 409 && answer.contains("version-overtaken"), "{status} {answer}");
    let (status, answer) = tell(kept.signed.clone(), "f3").await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(status == 409 && answer.contains("version-overtaken"), "{status} {answer}");
    let life = stage.life(&contract, |_| true).await;
    assert_eq!(life["signed"]["contract"]["expansionItem"]["revenue"]["perUseFen"], 25);
    assert_eq!(life["versions"].as_array().unwrap().len(), 2);

    // What is ending is not renewed.
    let end = json!({ "terminationId": "t1", "reason": "业务结束", "endTime": null });
    let _ = act(provider, &contract, "termination", end).await.unwrap();
    crate::termination::stage::ending(consumer, &contract, |end| end["proposals"][0]["state"] == "proposed").await;
    let agree = json!({ "terminationId": "t1", "action": "agree" });
    let _ = act(consumer, &contract, "termination/decision", agree).await.unwrap();
    agreement(consumer, &contract, |one| one["status"] == "06").await;
    assert!(act(consumer, &contract, "versions", amendment("y", 30)).await.is_err());
    stage.world.stop().await;
}

/// A contract over an hour that renews itself by thirty days, decided soon after it is filed, if the condition holds.
async fn renewing(stage: &Stage, key: &str, when: &str, notice: &str) -> String {
    let clause = json!([{ "id": "renew", "text": { "zh": "到期自动续签三十天", "en": "renewed by thirty days" }, "when": when, "times": 1,
        "then": { "do": "renew", "by": "P30D", "notice": notice } }]);
    stage.filed_with(key, "PT1H", &["read"], clause).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_c_a_contract_renews_itself_as_both_have_signed_in_advance() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::begin(folder.path(), Engine::File).await;
    // The notice of an hour's contract begins seconds after it is filed.
    let contract = renewing(&stage, "renewing", "uses == 0", "PT59M50S").await;
    stage.world.crash(1).await.unwrap();
    for seat in [&stage.provider().seat, &stage.consumer().seat] {
        let info = versions(seat, &contract, |info| info["versions"].as_array().unwrap().len() == 2).await;
        assert_eq!(info["versions"][1]["kind"], "renewal", "{info}");
        assert_eq!(info["renewal"]["refused"], false);
    }
    let life = stage.life(&contract, |life| life["versions"].as_array().is_some_and(|all| all.len() == 2)).await;
    assert_eq!(life["line"]["status"], "05");
    let kinds = stage.kinds(&contract).await;
    let order: Vec<&str> = ["contract.clock", "clause.fired", "contract.version_filed"].into();
    let told: Vec<&str> = kinds.iter().map(String::as_str).filter(|kind| order.contains(kind)).collect();
    assert_eq!(told, order, "once, in this order");

    // A stranger with the files checks it, and finds what was changed.
    let (first, second) =
        (file(&stage.provider().seat, &contract, 1).await, file(&stage.consumer().seat, &contract, 2).await);
    assert!(second.signatures.is_empty() && second.contract.renewed_by().is_some());
    assert_eq!(version::check_chain(&[first.clone(), second.clone()]).unwrap().len(), 2);
    let mut forged = second;
    forged.contract.indate = "20990101000000".to_owned();
    assert!(version::check_chain(&[first, forged]).is_err());
    for seat in [&stage.world.platform, &stage.provider().seat, &stage.consumer().seat] {
        assert_eq!(seat.set_aside().await.unwrap(), Vec::<String>::new());
    }
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_c_a_renewal_is_refused_in_time_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::begin(folder.path(), Engine::Memory).await;
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    // Without the clause there is nothing to refuse, and nothing renews.
    let plain = stage.filed("plain", "P30D", &["read"]).await;
    refused(act(consumer, &plain, "versions/renewal", json!({})).await, "renewal-none");
    refused(act(consumer, "C0", "versions/renewal", json!({})).await, "unknown-contract");

    // Refused by one, it does not follow for either.
    let contract = renewing(&stage, "refused", "true", "PT59M30S").await;
    let info = act(provider, &contract, "versions/renewal", json!({})).await.unwrap();
    assert_eq!(info["renewal"]["refused"], true, "{info}");
    let _ = act(provider, &contract, "versions/renewal", json!({})).await.unwrap();
    let came = |life: &Value| {
        let events = life["events"].as_array().unwrap();
        events.iter().any(|event| event["kind"] == "contract.clock")
    };
    stage.life(&contract, came).await;
    let kinds = stage.kinds(&contract).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "renewal.refused").count(), 1, "{kinds:?}");
    assert!(!kinds.iter().any(|kind| kind == "clause.fired" || kind == "contract.version_filed"), "{kinds:?}");
    refused(act(consumer, &contract, "versions/renewal", json!({})).await, "renewal-late");
    assert_eq!(versions(provider, &contract, |_| true).await["versions"].as_array().unwrap().len(), 1);

    // A condition that does not hold: it ends at its time.
    let other = renewing(&stage, "unmet", "uses > 5", "PT59M50S").await;
    stage.life(&other, came).await;
    let kinds = stage.kinds(&other).await;
    assert!(!kinds.iter().any(|kind| kind == "clause.fired"), "{kinds:?}");
    stage.world.stop().await;
}
