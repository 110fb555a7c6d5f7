//! Contracts that are filed under keys of their parties, with real servers: what the platform keeps says nothing of their policies, and everything works as
//! for others. TC609-6-2025-14 §7.4 a, §7.5 e, §8.4 a.

use std::path::Path;

use serde_json::{Value, json};
use xinyu_core::contract::{file, signing, version};
use xinyu_core::dispute::bundle;
use xinyu_http::ApiError;
use xinyu_protocol::tc609::contract::ContractFile;
use xinyu_protocol::tc609::filing::SealedFile;
use xinyu_shell::peer::post;
use xinyu_testkit::world::{Engine, Seat, WorldOptions};

use crate::termination::stage::{Stage, act, refused};

/// A number of uses that stands nowhere else.
const MARK: u64 = 481_516_234_200;

async fn stage(folder: &Path, engine: Engine) -> Stage {
    Stage::begin_with(folder, engine, WorldOptions { sealed_filing: true, ..WorldOptions::default() }).await
}

/// An amendment to so many uses, signed by both and in force.
async fn amended(stage: &Stage, contract: &str, uses: u64) {
    let (provider, consumer) = (&stage.provider().seat, &stage.consumer().seat);
    let new = json!({ "versionId": "v", "kind": "amendment", "reason": "业务需要", "change": { "uses": uses } });
    let _ = act(provider, contract, "versions", new).await.unwrap();
    let path = format!("/agreements/{contract}/versions");
    let info: Value = consumer.until(&path, |info: &Value| info["proposals"][0]["versionId"] == "v").await.unwrap();
    let yes = json!({ "versionId": "v", "action": "agree", "contractHash": info["proposals"][0]["contractHash"] });
    let _ = act(consumer, contract, "versions/decision", yes).await.unwrap();
    for seat in [provider, consumer] {
        let _: Value = seat.until(&path, |info: &Value| info["versions"].as_array().unwrap().len() == 2).await.unwrap();
    }
}

async fn filed(seat: &Seat, contract: &str, version: u32) -> ContractFile {
    let path = format!("/api/v1/agreements/{contract}/filed?version={version}");
    serde_json::from_slice(&seat.api.get_bytes(&path).await.unwrap()).unwrap()
}

async fn code(seat: &Seat, path: &str) -> String {
    match seat.api.get_bytes(path).await.unwrap_err() {
        ApiError::Problem(problem) => problem.code,
        other => panic!("{other}"),
    }
}

/// Whether bytes stand in any file under a folder.
fn stands_in(folder: &Path, wanted: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return stands_in(&path, wanted);
        }
        std::fs::read(&path).unwrap().windows(wanted.len()).any(|part| part == wanted)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_e_a_contract_is_filed_under_keys_that_its_parties_hold() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Engine::File).await;
    let (platform, provider, consumer) = (&stage.world.platform, &stage.provider().seat, &stage.consumer().seat);
    let contract = stage.contract("sealed", "P30D", &["read"]).await;
    assert_eq!(stage.ask(&contract, "u1").await.0, "done");
    amended(&stage, &contract, MARK).await;
    assert_eq!(stage.ask(&contract, "u2").await.0, "done", "under the version that came down sealed");

    // What the platform has says who, over what and until when; nothing of what may be done with it, in no file of its.
    let life = stage.life(&contract, |life| life["versions"].as_array().is_some_and(|all| all.len() == 2)).await;
    assert_eq!((&life["sealed"], &life["line"]["status"]), (&json!(true), &json!("05")), "{life}");
    assert_eq!(life["signed"]["contract"]["contractPolicies"], json!([]));
    assert_eq!(life["clauses"], json!([]));
    let wanted = MARK.to_string();
    assert!(stands_in(&folder.path().join("member-0"), wanted.as_bytes()), "the provider has it");
    assert!(!stands_in(&folder.path().join("platform"), wanted.as_bytes()), "the platform has it not");
    assert_eq!(code(platform, &format!("/api/v1/contracts/{contract}/file")).await, "contract-sealed");
    assert_eq!(code(platform, &format!("/api/v1/contracts/{contract}/versions/1/file")).await, "contract-sealed");
    let kept = platform.api.get_bytes(&format!("/api/v1/contracts/{contract}/sealed")).await.unwrap();
    let kept: SealedFile = serde_json::from_slice(&kept).unwrap();
    assert_eq!(kept.sealed.contract_hash, life["contractHash"].as_str().unwrap());
    let filed_event =
        life["events"].as_array().unwrap().iter().find(|event| event["kind"] == "contract.filed").unwrap();
    assert_eq!(filed_event["facts"]["sealed"], true);

    // Both open every version with their own keys, and a stranger verifies what they have opened.
    for seat in [provider, consumer] {
        let (first, second) = (filed(seat, &contract, 1).await, filed(seat, &contract, 2).await);
        assert_eq!(signing::hash(&second.contract).unwrap(), kept.sealed.contract_hash);
        assert_eq!(file::check(&second).unwrap().signatures.len(), 2);
        assert_eq!(version::check_chain(&[first, second]).unwrap().len(), 2);
        assert_eq!(code(seat, &format!("/api/v1/agreements/{contract}/filed?version=3")).await, "refused-by-platform");
        assert_eq!(code(seat, "/api/v1/agreements/C0/filed").await, "unknown-contract");
    }

    // Whoever is no party is told of no such contract, a regulator too: it has no key.
    let query = serde_json::to_vec(&json!({ "contractId": contract })).unwrap();
    let to = provider.node.platform_id();
    let (status, answer) = post(&stage.regulator().seat.node, &to, "/tc609/filedText", query).await.unwrap();
    assert_eq!((status, String::from_utf8_lossy(&answer).contains("unknown-contract")), (404, true));

    // It ends as others do, with its data destroyed.
    let end = json!({ "terminationId": "t1", "reason": "业务结束" });
    let _ = act(provider, &contract, "termination", end).await.unwrap();
    crate::termination::stage::ending(consumer, &contract, |end| end["proposals"][0]["state"] == "proposed").await;
    let _ = act(consumer, &contract, "termination/decision", json!({ "terminationId": "t1", "action": "agree" }))
        .await
        .unwrap();
    stage.life(&contract, |life| life["statement"].is_object()).await;
    for seat in [platform, provider, consumer] {
        assert_eq!(seat.set_aside().await.unwrap(), Vec::<String>::new());
    }
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_e_what_is_not_filed_as_the_space_says_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Engine::Memory).await;
    let contract = stage.filed("sealed", "P30D", &["read"]).await;
    let provider = &stage.provider().seat;
    let to = provider.node.platform_id();
    let whole = filed(provider, &contract, 1).await;
    let tell = |change: &dyn Fn(&mut ContractFile), previous: bool| {
        let mut file = whole.clone();
        change(&mut file);
        let mut body = json!({ "contract": { "contract": file.contract, "signatures": file.signatures } });
        if previous {
            let mut other = whole.contract.clone();
            other.contract_abstract.push('。');
            body["previous"] = serde_json::to_value(other).unwrap();
        }
        let (node, to) = (provider.node.clone(), to.clone());
        async move {
            let (status, answer) =
                post(&node, &to, "/tc609/contractRegistrate", serde_json::to_vec(&body).unwrap()).await.unwrap();
            (status, String::from_utf8_lossy(&answer).into_owned())
        }
    };
    // Without keys, with one only, with those of somebody else, in another order.
    let keyless = tell(&|file| file.contract.expansion_item.filing_keys.clear(), false).await;
    assert!(keyless.0 == 400 && keyless.1.contains("filing-keys"), "{keyless:?}");
    let half = tell(&|file| file.contract.expansion_item.filing_keys.truncate(1), false).await;
    assert!(half.0 == 400 && half.1.contains("filing-keys"), "{half:?}");
    let turned = tell(&|file| file.contract.expansion_item.filing_keys.reverse(), false).await;
    assert!(turned.0 == 400 && turned.1.contains("filing-keys"), "{turned:?}");
    // The same again is the same filing.
    assert_eq!(tell(&|_| (), false).await.0, 200);
    // A later version needs the one before, as it was filed.
    let proposed = json!({ "versionId": "v", "kind": "renewal", "reason": "续签", "extendBy": "P30D" });
    let _ = act(provider, &contract, "versions", proposed).await.unwrap();
    let path = format!("/agreements/{contract}/versions");
    let consumer = &stage.consumer().seat;
    let _: Value = consumer.until(&path, |info: &Value| info["proposals"][0]["versionId"] == "v").await.unwrap();
    let next = {
        let (store, contract) = (stage.consumer().store(), contract.clone());
        let found =
            store.read("test", move |tx| Box::pin(async move { xinyu_store::version::list(tx, &contract).await }));
        found.await.unwrap().remove(0).signed
    };
    let node = &consumer.node;
    let (me, credential) = (node.party().unwrap().connector().unwrap(), node.identity().unwrap().credential.unwrap());
    let suite = signing::suite(&next.contract).unwrap();
    let both = signing::sign(next, &me, node.ring.signing(suite), &credential).unwrap();
    let version = |file: &mut ContractFile| {
        file.contract = both.contract.clone();
        file.signatures.clone_from(&both.signatures);
    };
    let without = tell(&version, false).await;
    assert!(without.0 == 409 && without.1.contains("contract-sealed"), "{without:?}");
    let other = tell(&version, true).await;
    assert!(other.0 == 409 && other.1.contains("filed-text-differs"), "{other:?}");
    // A renewal that nobody has decided.
    let invented = tell(
        &|file| {
            version(file);
            let link = file.contract.expansion_item.version.as_mut().unwrap();
            let by = json!({ "clause": "x", "record": "r", "at": "2026-01-01T00:00:00Z" });
            link.renewed_by = Some(serde_json::from_value(by).unwrap());
            file.signatures.clear();
        },
        false,
    )
    .await;
    assert!(invented.0 == 400 && invented.1.contains("version-renewal"), "{invented:?}");
    assert_eq!(stage.life(&contract, |_| true).await["signed"]["contract"]["expansionItem"]["version"], Value::Null);
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_c_a_sealed_contract_renews_itself_though_the_platform_cannot_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = stage(folder.path(), Engine::File).await;
    let clause = json!([{ "id": "renew", "text": { "zh": "到期自动续签三十天", "en": "renewed by thirty days" }, "when": "uses == 0", "times": 1,
        "then": { "do": "renew", "by": "P30D", "notice": "PT59M50S" } }]);
    let contract = stage.filed_with("renewing", "PT1H", &["read"], clause).await;
    stage.world.crash(0).await.unwrap();
    for seat in [&stage.provider().seat, &stage.consumer().seat] {
        let two = |info: &Value| info["versions"].as_array().unwrap().len() == 2;
        let info: Value = seat.until(&format!("/agreements/{contract}/versions"), two).await.unwrap();
        assert_eq!(info["versions"][1]["kind"], "renewal", "{info}");
        let (first, second) = (filed(seat, &contract, 1).await, filed(seat, &contract, 2).await);
        assert!(second.signatures.is_empty() && second.contract.renewed_by().is_some());
        assert_eq!(version::check_chain(&[first, second]).unwrap().len(), 2);
    }
    let kinds = stage.kinds(&contract).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "contract.version_filed").count(), 1, "{kinds:?}");
    for seat in [&stage.world.platform, &stage.provider().seat, &stage.consumer().seat] {
        assert_eq!(seat.set_aside().await.unwrap(), Vec::<String>::new());
    }
    stage.world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_5_b_a_party_brings_the_text_for_a_bundle_and_the_platform_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), Engine::Memory).await;
    let contract = stage.contract("disputed", "P30D", &["read"]).await;
    amended(&stage, &contract, 3).await;
    let consumer = &stage.consumer().seat;
    let new = json!({ "disputeId": "d1", "contractId": contract, "subject": "performance", "text": "交付的数据缺少约定字段" });
    let _: Value = consumer.post("/disputes", &new).await.unwrap();
    let there = |all: &Value| all["items"][0]["disputeId"] == "d1";
    let _: Value = stage.world.platform.until("/disputes", there).await.unwrap();
    assert_eq!(code(&stage.world.platform, "/api/v1/disputes/d1/bundle").await, "contract-sealed");
    let bytes = consumer.api.get_bytes("/api/v1/disputes/d1/bundle").await.unwrap();
    let read = bundle::read(&bytes).unwrap();
    assert_eq!(read.platform.versions.len(), 2);
    assert!(!read.platform.contract.contract.contract_policies.is_empty());
    // A clause of the text is named in a breach, though the platform cannot look it up; one outside of it is not taken.
    let breach = |clause: &str| {
        let claim = json!({ "claimId": "b1", "ground": "breach", "clause": clause, "statement": "超出约定用途" });
        act(&stage.provider().seat, &contract, "breaches", claim)
    };
    refused(breach("/nothing").await, "refused-by-platform");
    let _ = breach("/contractPolicies/0/permissionPolicies/0").await.unwrap();
    stage.world.stop().await;
}
