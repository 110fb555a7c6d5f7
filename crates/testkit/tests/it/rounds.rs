//! Two members negotiate in rounds: counter-offers, their archive on both sides, the contract drawn up from the last round, and the use under it.

use std::time::Duration;

use serde_json::{Value, json};
use xinyu_core::contract::history;
use xinyu_core::contract::proposal::{self, Place};
use xinyu_http::ApiError;
use xinyu_protocol::api::connector::{
    AgreementInfo, Decision, NegotiationInfo, NewNegotiation, NewTransfer, ProcessInfo, UseInfo,
};
use xinyu_protocol::api::negotiation::TermsChange;
use xinyu_protocol::api::{ApplicationInfo, ContractLife, List, ListingInfo, Verdict};
use xinyu_protocol::id::{ConnectorId, ContractId, ProductId};
use xinyu_protocol::tc609::negotiation::{HistoryFile, ProposedTerms, SignedProposal};
use xinyu_shell::peer::post;
use xinyu_testkit::world::{Engine, Member, MemberOptions, SPACE, World};

const PROVIDER: &str = "91310000MA7XYU103F";
const OPERATOR: &str = "91110000MA7XYU007Q";

async fn world(folder: &std::path::Path) -> World {
    let members = [false, true].map(|is_consumer| MemberOptions {
        organisation: usize::from(is_consumer),
        is_consumer,
        ..MemberOptions::default()
    });
    World::start(folder, Engine::Memory, members.into()).await.unwrap()
}

/// A product of the provider's, listed: a hundred uses of two fields, ten yuan and one for each use.
async fn list(world: &World, auto_agree: bool) -> String {
    let provider = world.member(0).unwrap();
    provider.bring_table().await.unwrap();
    let policies = json!([{ "permissionPolicies": [{ "actions": ["compute", "read"], "constraints": [
        { "constraintName": "count", "constraintOperator": "11", "constraintValue": 100 },
        { "constraintName": "dataField", "constraintOperator": "07", "constraintValue": ["airports.name", "airports.city"] },
    ] }] }]);
    let new = json!({
        "listingId": "airports", "spaceId": SPACE, "name": "机场", "description": "三座机场", "source": "测试", "licence": "CC0", "topic": "B0300",
        "updateFrequency": "005", "keywords": [], "policies": policies, "term": "P30D", "autoAgree": auto_agree,
        "parts": [{ "table": "airports", "resource": "airports", "fields": ["name", "city", "visitors"], "masks": [] }],
        "revenue": { "baseFen": 1000, "perUseFen": 100, "shares": [
            { "participantId": PROVIDER, "permille": 900 }, { "participantId": OPERATOR, "permille": 100 },
        ] },
    });
    let _: Value = provider.seat.post("/products", &new).await.unwrap();
    let found: List<ListingInfo> =
        world.platform.until("/listings", |all: &List<ListingInfo>| !all.items.is_empty()).await.unwrap();
    let product = found.items[0].entry.product_id.as_str().to_owned();
    let verdict = Verdict { approve: true, note: String::new() };
    let _: Value = world.platform.post(&format!("/listings/{product}/decision"), &verdict).await.unwrap();
    let is_listed = |all: &Value| all["items"][0]["state"] == "listed";
    let _: Value = provider.seat.until("/products", is_listed).await.unwrap();
    product
}

/// The consumer applies, platform and provider approve. The contract.
async fn apply(world: &World, product: &str, key: &str) -> String {
    let (provider, consumer) = (world.member(0).unwrap(), world.member(1).unwrap());
    let new = json!({ "applicationId": key, "productId": product, "purpose": "研究" });
    let answer: Value = consumer.seat.post("/applications", &new).await.unwrap();
    let path = format!("/applications/{key}/decision");
    let verdict = Verdict { approve: true, note: String::new() };
    let _: Value = world.platform.post(&path, &verdict).await.unwrap();
    let is_there = |all: &List<ApplicationInfo>| all.items.iter().any(|one| one.application_id == key);
    let _: List<ApplicationInfo> = provider.seat.until("/applications", is_there).await.unwrap();
    let _: Value = provider.seat.post(&path, &verdict).await.unwrap();
    let is_approved = |all: &Value| {
        all["items"].as_array().unwrap().iter().any(|one| one["applicationId"] == key && one["state"] == "approved")
    };
    let _: Value = consumer.seat.until("/applications", is_approved).await.unwrap();
    answer["contractId"].as_str().unwrap().to_owned()
}

fn change(figures: TermsChange) -> Option<TermsChange> {
    Some(figures)
}

/// Begins; the notice of the approval may still be on its way.
async fn begin(consumer: &Member, contract: &str, figures: Option<TermsChange>) -> ProcessInfo {
    let new = NewNegotiation { contract_id: Some(contract.to_owned()), change: figures, ..NewNegotiation::default() };
    let begun = async {
        loop {
            match consumer.seat.post("/negotiations", &new).await {
                Ok(begun) => return begun,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), begun).await.unwrap()
}

async fn until(member: &Member, pid: &str, state: &str) -> NegotiationInfo {
    let is_so = |info: &NegotiationInfo| info.process.state == state;
    member.seat.until(&format!("/negotiations/{pid}"), is_so).await.unwrap()
}

/// The provider's name for the negotiation of a contract, once it has heard of it.
async fn heard(provider: &Member, contract: &str) -> String {
    let is_there = |all: &List<ProcessInfo>| all.items.iter().any(|one| one.contract_id == contract);
    let all: List<ProcessInfo> = provider.seat.until("/negotiations", is_there).await.unwrap();
    all.items.iter().find(|one| one.contract_id == contract).unwrap().pid.clone()
}

async fn decide(member: &Member, pid: &str, decision: Decision) -> anyhow::Result<ProcessInfo> {
    member.seat.post(&format!("/negotiations/{pid}/decision"), &decision).await
}

/// The code of a refusal.
fn code_of(error: &anyhow::Error) -> String {
    let refusal = error.chain().find_map(|cause| cause.downcast_ref::<ApiError>());
    match refusal {
        Some(ApiError::Problem(problem)) => problem.code.clone(),
        _ => format!("{error:#}"),
    }
}

fn act(action: &str, figures: Option<TermsChange>) -> Decision {
    Decision { action: action.to_owned(), change: figures, ..Decision::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_3_b_two_rounds_then_a_contract_then_its_use() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (provider, consumer) = (world.member(0).unwrap(), world.member(1).unwrap());
    let product = list(&world, true).await;
    let contract = apply(&world, &product, "a1").await;

    // The consumer asks for less at a lower price: the rule of the product agrees to the listing only, so a person is asked.
    let asked = change(TermsChange { uses: Some(2), base_fen: Some(500), ..TermsChange::default() });
    let begun = begin(consumer, &contract, asked).await;
    let theirs = heard(provider, &contract).await;
    let shown = until(provider, &theirs, "REQUESTED").await;
    assert_eq!(shown.process.moves, ["offer", "agree", "terminate"]);
    let said: Vec<&str> = shown.differences.iter().map(|one| one.text.zh.as_str()).collect();
    assert_eq!(said, ["使用次数 从 100 改为 2", "基础费用 从 10.00 元 改为 5.00 元"]);

    // The provider counters; the consumer's rule takes nothing that it did not ask for.
    let counter = change(TermsChange { base_fen: Some(800), term: Some("P60D".to_owned()), ..TermsChange::default() });
    decide(provider, &theirs, act("offer", counter)).await.unwrap();
    let offered = until(consumer, &begun.pid, "OFFERED").await;
    assert_eq!(offered.rounds.len(), 2);
    let said: Vec<&str> = offered.rounds[1].differences.iter().map(|one| one.text.en.as_str()).collect();
    assert_eq!(said, ["base price: from 5.00 CNY to 8.00 CNY", "term of the contract: from P30D to P60D"]);
    assert!(offered.rounds.iter().all(|round| round.is_signed));

    // The consumer accepts, and everything else follows by itself.
    decide(consumer, &begun.pid, act("accept", None)).await.unwrap();
    until(consumer, &begun.pid, "FINALIZED").await;
    let in_force = |agreement: &AgreementInfo| agreement.in_force;
    let path = format!("/agreements/{contract}");
    let _: AgreementInfo = consumer.seat.until(&path, in_force).await.unwrap();
    let filed = |life: &ContractLife| life.signed.is_some();
    let life: ContractLife = world.platform.until(&format!("/contracts/{contract}"), filed).await.unwrap();
    let signed = life.signed.unwrap().contract;
    assert_eq!(signed.expansion_item.revenue.base_fen, 800);
    assert_eq!(signed.expansion_item.proposal.as_ref().map(|proposal| proposal.round), Some(2));

    // The evidence names the document of each round, and what it replaced.
    let rounds: Vec<_> = life.events.iter().filter(|event| event.facts.get("document").is_some()).collect();
    assert_eq!(rounds.len(), 2, "{:?}", life.events);
    assert_eq!(rounds[1].facts["before"], rounds[0].facts["document"]);
    assert_eq!(rounds[1].facts["document"].as_str(), offered.rounds[1].digest.as_deref());

    // Both sides keep the same history, and strangers can check it.
    for (member, pid) in [(consumer, &begun.pid), (provider, &theirs)] {
        let bytes = member.seat.client().get_bytes(&format!("/api/v1/negotiations/{pid}/history")).await.unwrap();
        let file: HistoryFile = xinyu_protocol::json::parse_canonical(&bytes).unwrap();
        let checked = history::check(&file).unwrap();
        assert_eq!((checked.rounds, checked.signatures.len()), (2, 2));
        assert_eq!(checked.contract_hash.as_deref(), life.contract_hash.as_deref());
        let kinds: Vec<&str> = file.history.entries.iter().map(|entry| entry.kind.as_str()).collect();
        assert_eq!(kinds, ["request", "offer", "accept", "agree", "verify", "finalize"]);
    }

    // Used as agreed: twice, and no third time.
    let new = NewTransfer { contract_id: contract.clone(), ..NewTransfer::default() };
    let _: ProcessInfo = consumer.seat.post("/transfers", &new).await.unwrap();
    let is_held = |agreement: &AgreementInfo| agreement.data.as_deref() == Some("held");
    let _: AgreementInfo = consumer.seat.until(&path, is_held).await.unwrap();
    for (number, expect) in [(1, "done"), (2, "done"), (3, "refused")] {
        let new = json!({ "useId": format!("u{number}"), "contractId": contract, "action": "compute", "query": "SELECT count(city) FROM airports" });
        let made: UseInfo = consumer.seat.post("/uses", &new).await.unwrap();
        assert_eq!(made.state, expect, "{made:?}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_3_a_what_may_not_be_proposed_is_refused_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (provider, consumer) = (world.member(0).unwrap(), world.member(1).unwrap());
    let product = list(&world, false).await;
    let contract = apply(&world, &product, "a1").await;
    let begun = begin(consumer, &contract, None).await;
    let theirs = heard(provider, &contract).await;
    let before = until(provider, &theirs, "REQUESTED").await;
    assert!(before.differences.is_empty(), "the listing's own terms");
    let terms = before.terms.clone().unwrap();
    let with = |edit: &dyn Fn(&mut Value)| {
        let mut whole = serde_json::to_value(&terms).unwrap();
        edit(&mut whole);
        let terms: ProposedTerms = serde_json::from_value(whole).unwrap();
        Decision { terms: Some(terms), ..act("offer", None) }
    };
    type Edit<'a> = (&'a str, &'a dyn Fn(&mut Value));
    let cases: [Edit<'_>; 6] = [
        ("beyond-product", &|one| {
            one["policies"][0]["permissionPolicies"][0]["constraints"][1]["constraintValue"] =
                json!(["airports.secret"]);
        }),
        ("policy-conflict", &|one| {
            one["policies"][0]["prohibitionPolicies"] = json!([{ "actions": ["compute", "read"] }])
        }),
        ("policy", &|one| {
            one["policies"][0]["permissionPolicies"][0]["constraints"][0]["constraintName"] = json!("colour")
        }),
        ("another-product", &|one| {
            one["policies"][0]["permissionPolicies"][0]["subject"] =
                json!({ "dataProductId": "691350100M000100Y433501A1B2C3D47" });
        }),
        ("revenue", &|one| {
            one["revenue"]["shares"][0]["permille"] = json!(1000);
            one["revenue"]["shares"].as_array_mut().unwrap().truncate(1);
        }),
        ("contract-term", &|one| one["term"] = json!("P0D")),
    ];
    for (code, edit) in cases {
        let refused = decide(provider, &theirs, with(edit)).await.unwrap_err();
        assert_eq!(code_of(&refused), code, "{refused:#}");
    }
    for (code, decision) in [
        ("terms-not-here", act("agree", change(TermsChange { uses: Some(1), ..TermsChange::default() }))),
        ("illegal-transition", act("request", change(TermsChange { uses: Some(1), ..TermsChange::default() }))),
        ("terms-change", act("offer", change(TermsChange { uses: Some(0), ..TermsChange::default() }))),
    ] {
        let refused = decide(provider, &theirs, decision).await.unwrap_err();
        assert_eq!(code_of(&refused), code, "{refused:#}");
    }
    let after: NegotiationInfo = provider.seat.get(&format!("/negotiations/{theirs}")).await.unwrap();
    assert_eq!(after, before, "nothing was changed");

    // A second start with other terms does not slip past the open one.
    let again = NewNegotiation {
        contract_id: Some(contract.clone()),
        change: change(TermsChange { uses: Some(1), ..TermsChange::default() }),
        ..NewNegotiation::default()
    };
    let refused = consumer.seat.post::<_, ProcessInfo>("/negotiations", &again).await.unwrap_err();
    assert_eq!(code_of(&refused), "negotiation-open", "{refused:#}");

    // Refused with a reason, which both keep; after that nobody counters.
    let end = Decision { note: "价格不合适".to_owned(), ..act("terminate", None) };
    decide(provider, &theirs, end).await.unwrap();
    let ended = until(consumer, &begun.pid, "TERMINATED").await;
    assert_eq!(ended.process.reason.as_deref(), Some("价格不合适"));
    assert_eq!(ended.rounds.last().and_then(|round| round.note.as_deref()), Some("价格不合适"));
    let late = decide(consumer, &begun.pid, act("request", None)).await.unwrap_err();
    assert_eq!(code_of(&late), "illegal-transition", "{late:#}");
    world.stop().await;
}

/// A proposal of the consumer's, signed with its own key by a program that need not be ours.
fn forge(consumer: &Member, like: &SignedProposal, edit: impl FnOnce(&mut SignedProposal)) -> SignedProposal {
    let node = &consumer.seat.node;
    let mut forged = like.clone();
    edit(&mut forged);
    let suite = proposal::suite(&forged.proposal).unwrap();
    let credential = node.identity().and_then(|identity| identity.credential).unwrap();
    proposal::sign(forged.proposal, node.ring.signing(suite), &credential).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_b_2_3_rounds_in_the_words_of_the_standard_and_forged_ones() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (provider, consumer) = (world.member(0).unwrap(), world.member(1).unwrap());
    let product = list(&world, false).await;
    let contract = apply(&world, &product, "a1").await;
    let begun = begin(consumer, &contract, None).await;
    let theirs = heard(provider, &contract).await;
    until(provider, &theirs, "REQUESTED").await;
    decide(provider, &theirs, act("offer", change(TermsChange { base_fen: Some(900), ..TermsChange::default() })))
        .await
        .unwrap();
    // Nobody decides at the consumer by rule: the price is another one.
    until(consumer, &begun.pid, "OFFERED").await;
    let bytes = consumer.seat.client().get_bytes(&format!("/api/v1/negotiations/{}/history", begun.pid)).await.unwrap();
    let file: HistoryFile = xinyu_protocol::json::parse_canonical(&bytes).unwrap();
    let (first, second) =
        (file.history.entries[0].proposal.clone().unwrap(), file.history.entries[1].proposal.clone().unwrap());
    let place = Place {
        contract_id: &second.proposal.contract_id,
        application_id: &second.proposal.application_id,
        process: &second.proposal.process,
        space_id: &second.proposal.space_id,
        suite: proposal::suite(&second.proposal).unwrap(),
        product_id: &second.proposal.product_id,
        previous: Some(&second),
    };
    let me = ConnectorId::parse(&consumer.id().unwrap()).unwrap();
    let third = proposal::draw_up(&place, &me, second.proposal.terms.clone(), second.proposal.issue_time).unwrap();
    let third = SignedProposal { proposal: third, signature: first.signature.clone() };
    let third = forge(consumer, &third, |_| {});
    let rule = third.proposal.terms.policies[0]["permissionPolicies"][0].clone();
    let message = |signed: &SignedProposal| {
        json!({
            "contractName": "机场使用合约", "contractID": contract,
            "strategy": {
                "subjectInfo": { "dataProductId": product },
                "executionNodeInfo": { "assignerId": provider.id().unwrap(), "assigneeId": consumer.id().unwrap() },
                "actions": rule["actions"], "constraints": rule["constraints"],
                "policyExpansion": serde_json::to_string(signed).unwrap(),
            },
        })
    };
    let to = provider.id().unwrap();
    let send = async |body: Value| {
        let bytes = serde_json::to_vec(&body).unwrap();
        let (status, answer) = post(&consumer.seat.node, &to, "/tc609/contractNegotiate", bytes).await.unwrap();
        (status, serde_json::from_slice::<Value>(&answer).unwrap())
    };
    let refused = async |body: Value, code: &str| {
        let (status, answer) = send(body).await;
        assert!((400..500).contains(&status) && answer.to_string().contains(code), "{code}: {status} {answer}");
    };
    // Not its own signature, not the next round, another negotiation, and what the strategy does not say.
    let unsigned = SignedProposal { signature: first.signature.clone(), ..third.clone() };
    refused(message(&unsigned), "proposal-signature").await;
    refused(message(&first), "stale-round").await;
    refused(message(&second), "proposal-author").await;
    refused(message(&forge(consumer, &third, |one| one.proposal.round = 7)), "stale-round").await;
    refused(
        message(&forge(consumer, &third, |one| one.proposal.process = "urn:uuid:x".to_owned())),
        "another-proposal",
    )
    .await;
    refused(message(&forge(consumer, &third, |one| one.proposal.terms.revenue.shares.clear())), "revenue").await;
    let mut other = message(&third);
    other["strategy"]["actions"] = json!(["sell"]);
    refused(other, "strategy-differs").await;
    let mut other = message(&third);
    other["strategy"]["subjectInfo"]["dataProductId"] = json!("691350100M000100Y433501A1B2C3D47");
    refused(other, "contract-negotiate").await;
    let mut other = message(&third);
    other["contractID"] = json!("C491350100M000100Y43350120250829120000A1B2C3D4B");
    refused(other, "unknown-contract").await;
    let mut deep = message(&third);
    deep["strategy"]["policyExpansion"] = json!(format!("{}{}", "[".repeat(1000), "]".repeat(1000)));
    refused(deep, "proposal-missing").await;
    let still: NegotiationInfo = provider.seat.get(&format!("/negotiations/{theirs}")).await.unwrap();
    assert_eq!((still.process.state.as_str(), still.rounds.len()), ("OFFERED", 2));

    // The next round, in the words of the document; said again it is the same.
    for _ in 0..2 {
        let (status, answer) = send(message(&third)).await;
        assert_eq!((status, answer), (200, json!({ "negotiationStatus": "1" })));
    }
    let countered = until(provider, &theirs, "REQUESTED").await;
    assert_eq!(countered.rounds.len(), 3);
    // What was said before may not be said again.
    refused(message(&forge(consumer, &third, |one| one.proposal.terms.term = "P31D".to_owned())), "").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_7_3_f_a_delegation_must_fit_the_price_that_is_proposed() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (provider, consumer) = (world.member(0).unwrap(), world.member(1).unwrap());
    let product = list(&world, false).await;
    let contract = apply(&world, &product, "a1").await;
    // Up to 20 yuan: the listing comes to 110, two uses at the listed price to 12.
    let request = json!({
        "delegationId": "d1", "userName": "admin", "operator": "某人", "operatorId": "11010519491231002X", "operatorAuthLevel": "2",
        "authorizationType": "1", "amountFen": 2000, "products": [], "validFrom": "2020-01-01T00:00:00Z", "validUntil": "2100-01-01T00:00:00Z",
    });
    let _: Value = consumer.seat.post("/delegations", &request).await.unwrap();
    let too_much = NewNegotiation { contract_id: Some(contract.clone()), ..NewNegotiation::default() };
    let refused = consumer.seat.post::<_, ProcessInfo>("/negotiations", &too_much).await.unwrap_err();
    assert_eq!(code_of(&refused), "operator-amount", "{refused:#}");
    let begun = begin(consumer, &contract, change(TermsChange { uses: Some(2), ..TermsChange::default() })).await;
    let theirs = heard(provider, &contract).await;
    until(provider, &theirs, "REQUESTED").await;
    // What the provider makes of it is beyond the delegation: it cannot be accepted, and a counter-offer within it can be made.
    decide(provider, &theirs, act("offer", change(TermsChange { base_fen: Some(5000), ..TermsChange::default() })))
        .await
        .unwrap();
    until(consumer, &begun.pid, "OFFERED").await;
    let refused = decide(consumer, &begun.pid, act("accept", None)).await.unwrap_err();
    assert_eq!(code_of(&refused), "operator-amount", "{refused:#}");
    decide(
        consumer,
        &begun.pid,
        act("request", change(TermsChange { base_fen: Some(1500), ..TermsChange::default() })),
    )
    .await
    .unwrap();
    until(provider, &theirs, "REQUESTED").await;
    decide(provider, &theirs, act("agree", None)).await.unwrap();
    let ended = until(consumer, &begun.pid, "FINALIZED").await;
    assert_eq!(ended.rounds.iter().filter(|round| round.round.is_some()).count(), 3);
    world.stop().await;
}

/// Asks for what is never ours to do until the refusal is, or is no longer, that it is not: it says whether anything may be done at all.
async fn until_barred(member: &Member, pid: &str, is_barred: bool) -> String {
    let asked = async {
        loop {
            let code = code_of(&decide(member, pid, act("request", None)).await.unwrap_err());
            if (code != "illegal-transition") == is_barred {
                return code;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asked).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_8_a_member_suspended_in_the_middle_of_the_rounds_goes_on_where_it_stood() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (provider, consumer) = (world.member(0).unwrap(), world.member(1).unwrap());
    let product = list(&world, false).await;
    let contract = apply(&world, &product, "a1").await;
    let begun = begin(consumer, &contract, None).await;
    let theirs = heard(provider, &contract).await;
    until(provider, &theirs, "REQUESTED").await;
    let standing = format!("/participants/{}/standing", consumer.id().unwrap());
    let tell = async |action: &str| {
        let body = json!({ "action": action, "reason": "复核" });
        let _: Value = world.platform.post(&standing, &body).await.unwrap();
    };
    tell("suspend").await;
    let bar = until_barred(provider, &theirs, true).await;
    let counter = || act("offer", change(TermsChange { uses: Some(7), ..TermsChange::default() }));
    assert_eq!(code_of(&decide(provider, &theirs, counter()).await.unwrap_err()), bar);
    let still: NegotiationInfo = provider.seat.get(&format!("/negotiations/{theirs}")).await.unwrap();
    assert_eq!((still.process.state.as_str(), still.rounds.len()), ("REQUESTED", 1));
    tell("resume").await;
    until_barred(provider, &theirs, false).await;
    decide(provider, &theirs, counter()).await.unwrap();
    until(consumer, &begun.pid, "OFFERED").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_14_b_2_2_a_contract_is_created_in_the_words_of_the_standard() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (provider, consumer) = (world.member(0).unwrap(), world.member(1).unwrap());
    let product = list(&world, false).await;
    let contract = apply(&world, &product, "a1").await;
    let (contract_id, product_id) = (ContractId::parse(&contract).unwrap(), ProductId::parse(&product).unwrap());
    let me = ConnectorId::parse(&consumer.id().unwrap()).unwrap();
    let terms: ProposedTerms = serde_json::from_value(json!({
        "policies": [{ "permissionPolicies": [{ "actions": ["read"], "constraints": [
            { "constraintName": "count", "constraintOperator": "11", "constraintValue": 3 },
        ] }] }],
        "revenue": { "baseFen": 300, "perUseFen": 0, "shares": [
            { "participantId": PROVIDER, "permille": 900 }, { "participantId": OPERATOR, "permille": 100 },
        ] },
        "term": "P10D",
    }))
    .unwrap();
    let place = Place {
        contract_id: &contract_id,
        application_id: "a1",
        process: "urn:uuid:own",
        space_id: SPACE,
        suite: consumer.seat.node.suite_of(SPACE),
        product_id: &product_id,
        previous: None,
    };
    let node = &consumer.seat.node;
    let drawn = proposal::draw_up(&place, &me, terms, node.store.clock().now()).unwrap();
    let credential = node.identity().and_then(|identity| identity.credential).unwrap();
    let signed = proposal::sign(drawn, node.ring.signing(place.suite), &credential).unwrap();
    let message = json!({
        "contractName": "机场使用合约", "contractAbstract": "三座机场", "issueTime": "2026-01-01T00:00:00Z",
        "activationTime": "2026-01-01T00:00:00Z", "endTime": "2026-01-11T00:00:00Z", "signMode": "01", "issuerID": me.as_str(),
        "issuerEntityId": me.owner().as_str(), "signature": signed.signature.signature,
        "contractExpansionItem": { "callbackAddress": format!("{}/dsp/2025-1", consumer.seat.address), "proposal": signed },
    });
    let to = provider.id().unwrap();
    let send = async |body: &Value| {
        let (status, answer) =
            post(node, &to, "/tc609/contractCreate", serde_json::to_vec(body).unwrap()).await.unwrap();
        (status, serde_json::from_slice::<Value>(&answer).unwrap())
    };
    for (member, value) in [
        ("contractName", json!(" ")),
        ("contractAbstract", json!("长".repeat(1025))),
        ("endTime", json!("2025-01-01T00:00:00Z")),
        ("signMode", json!("02")),
        ("signMode", json!("99")),
        ("issuerID", json!(to)),
        ("issuerEntityId", json!(PROVIDER)),
        ("signature", json!("AA")),
    ] {
        let mut wrong = message.clone();
        wrong[member] = value;
        let (status, answer) = send(&wrong).await;
        assert!(status == 400 && answer.to_string().contains("contract-create"), "{member}: {status} {answer}");
    }
    let mut unsigned = message.clone();
    unsigned["contractExpansionItem"]["proposal"]["proposal"]["terms"]["term"] = json!("P11D");
    let (status, answer) = send(&unsigned).await;
    assert!(status == 400 && answer.to_string().contains("proposal-signature"), "{status} {answer}");
    let none: List<ProcessInfo> = provider.seat.get("/negotiations").await.unwrap();
    assert!(none.items.is_empty(), "nothing began");
    for _ in 0..2 {
        assert_eq!(send(&message).await, (200, json!({ "contractId": contract, "creationFlag": "0" })));
    }
    let theirs = heard(provider, &contract).await;
    let shown = until(provider, &theirs, "REQUESTED").await;
    assert_eq!((shown.rounds.len(), shown.terms.unwrap().revenue.base_fen), (1, 300));
    world.stop().await;
}
