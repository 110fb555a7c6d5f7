//! Policy records as data: the table of their life, the six steps, that whatever is changed in a set is found, and that they only narrow a contract.

use proptest::prelude::*;
use serde_json::{Value, json};
use xinyu_crypto::Suite;
use xinyu_policy::{Action, Decision, Request, Verdict, parse_value, verify};
use xinyu_protocol::tc609::policy_record::PolicySet;

use super::governing::{Governing, Set};
use super::parse::{offered, parse};
use super::seal::Of;
use super::state::TRANSITIONS;
use super::*;
use crate::contract::proposal::tests::{Parties, now, provider, ring};
use crate::contract::signing::Trust;

const PRODUCT: &str = "product-1";

fn rules(kind: &str, action: &str, constraints: &Value) -> Value {
    json!({ "contractPolicies": [{ kind: [{ "actions": [action], "constraints": constraints }] }] })
}

fn only(operand: &str, value: &str) -> Value {
    json!([{ "constraintName": operand, "constraintOperator": "eq", "constraintValue": value }])
}

fn new(id: &str, change: &Value) -> NewPolicyRecord {
    let mut value = json!({
        "recordId": id, "spaceId": "demo", "layer": "space", "name": "数据不出境", "kind": "constraint", "action": "deny",
        "policy": rules("prohibitionPolicies", "read", &json!([])),
    });
    value.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    serde_json::from_value(value).unwrap()
}

fn statement(record: NewPolicyRecord, version: u32, author: &str) -> PolicyRecordStatement {
    PolicyRecordStatement { record, version, suite: "intl".to_owned(), author_id: author.to_owned(), issued_at: now() }
}

/// As its author signs it: the platform a space's, the provider a product's.
fn signed(parties: &Parties, record: NewPolicyRecord) -> SignedPolicyRecord {
    let (key, credential) = &parties.provider;
    match record.layer {
        RecordLayer::Space => {
            let platform = ring(1);
            seal::sign(statement(record, 1, parties.issuer.as_str()), platform.signing(Suite::Intl), None)
        }
        RecordLayer::Product => {
            let statement = statement(record, 1, provider().as_str());
            seal::sign(statement, key.signing(Suite::Intl), Some(credential.clone()))
        }
    }
    .unwrap()
}

fn version(state: State) -> Version {
    let parties = Parties::new();
    let signed = signed(&parties, new("s-1", &json!({})));
    let standing =
        PolicyRecordStanding { record_id: "s-1".to_owned(), version: 1, state, reason: String::new(), since: now() };
    let platform = ring(1);
    let id = parties.issuer.platform().unwrap();
    let filing =
        seal::stamp(&standing, &signed, (&id, &platform.public()), platform.signing(Suite::Intl), now()).unwrap();
    let (steps, conflicts, history) = (Vec::new(), Vec::new(), Vec::new());
    Version { standing, signed, filing, author: "li".to_owned(), steps, conflicts, history }
}

#[test]
fn tc609_15_7_2_2_1_a_an_act_leads_where_the_table_says_and_nowhere_else() {
    let mut led = 0;
    for from in State::ALL {
        for act in Act::ALL {
            let ask = Ask { act, by: "wang", reason: "理由" };
            match (target(from, act), step(&version(from), ask, now())) {
                (Some(to), Ok((standing, done))) => {
                    assert_eq!((standing.state, done.act.as_str(), done.by.as_str()), (to, act.as_str(), "wang"));
                    led += 1;
                }
                (None, Err(refused)) => assert_eq!(refused.code, "policy-state"),
                (expect, got) => panic!("{from:?} {act:?}: {expect:?} {got:?}"),
            }
        }
    }
    assert_eq!(led, TRANSITIONS.len());
}

#[test]
fn tc609_15_7_2_2_1_a_nobody_reviews_what_he_wrote_and_refusing_needs_a_reason() {
    let refused = |state, act, by, reason| step(&version(state), Ask { act, by, reason }, now()).unwrap_err().code;
    for act in [Act::Approve, Act::Refuse] {
        assert_eq!(refused(State::Submitted, act, "li", "理由"), "own-policy");
    }
    assert_eq!(refused(State::Submitted, Act::Refuse, "wang", " "), "reason-missing");
    assert_eq!(refused(State::Disabled, Act::Retire, "wang", ""), "reason-missing");
    assert_eq!(refused(State::Submitted, Act::Refuse, "wang", &"长".repeat(301)), "reason-too-long");
}

#[test]
fn tc609_15_7_2_2_1_a_a_version_follows_the_one_before_and_stays_its_authors() {
    let there = [version(State::Enabled)];
    let check = |record: NewPolicyRecord, number: u32, author: &str, expect: &str| {
        let refused = follows(&statement(record, number, author), &there).unwrap_err();
        assert_eq!(refused.code, expect);
    };
    let author = there[0].statement().author_id.clone();
    assert_eq!(follows(&statement(new("s-1", &json!({})), 2, &author), &there), Ok(()));
    check(new("s-1", &json!({})), 2, "somebody", "policy-of-another");
    check(new("s-1", &json!({})), 3, &author, "policy-version");
    check(new("s-1", &json!({ "spaceId": "other" })), 2, &author, "policy-differs");
    check(new("s-1", &json!({ "layer": "product", "productId": "p" })), 2, &author, "policy-differs");
}

/// The steps that passed, and by what the next one failed, with its place.
fn steps(change: &Value) -> (usize, Option<(&'static str, String)>) {
    let statement = statement(new("s-1", change), 1, "platform");
    match parse(&statement, Ok(()), &[]) {
        Ok(parsed) => (parsed.steps.iter().filter(|step| step.passed).count(), None),
        Err(unparsed) => {
            assert!(!unparsed.steps.last().unwrap().passed);
            let passed = unparsed.steps.iter().filter(|step| step.passed).count();
            (passed, Some((unparsed.rejection.code, unparsed.rejection.clause.unwrap_or_default())))
        }
    }
}

#[test]
fn tc609_15_7_1_2_2_a_to_f_a_record_is_parsed_in_six_steps_and_the_first_that_fails_is_told() {
    assert_eq!(steps(&json!({})), (6, None));
    let list = rules("prohibitionPolicies", "read", &only("region", "310000"))["contractPolicies"].clone();
    assert_eq!(steps(&json!({ "policy": list })), (6, None), "a list of policies may stand alone");
    let check = |change: Value, passed: usize, code: &str, place: &str| {
        let (got, failed) = steps(&change);
        let (found, clause) = failed.unwrap();
        assert_eq!((got, found), (passed, code), "{change}");
        assert!(clause.starts_with(place), "{clause} does not begin with {place}");
    };
    let policy = |value: Value| json!({ "policy": value });
    // Syntax.
    check(json!({ "recordId": "S 1" }), 1, "policy-not-understood", "/recordId");
    check(json!({ "name": " " }), 1, "policy-not-understood", "/name");
    check(json!({ "productId": "p" }), 1, "policy-not-understood", "/productId");
    check(json!({ "layer": "product" }), 1, "policy-not-understood", "/productId");
    check(
        json!({ "validFrom": "2026-02-01T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z" }),
        1,
        "policy-not-understood",
        "/validUntil",
    );
    check(policy(json!({})), 1, "policy-not-understood", "");
    check(policy(json!({ "contractPolicies": [{ "more": 1 }] })), 1, "policy-not-understood", "/policy");
    // Semantics.
    let unknown = rules("prohibitionPolicies", "read", &only("colour", "red"));
    let place = "/policy/contractPolicies/0/prohibitionPolicies/0/constraints/0/constraintName";
    check(policy(unknown), 2, "policy-not-understood", place);
    check(policy(rules("prohibitionPolicies", "fly", &json!([]))), 2, "policy-not-understood", "/policy");
    check(policy(rules("permissionPolicies", "read", &json!([]))), 2, "policy-not-understood", "/policy");
    check(json!({ "action": "perhaps" }), 2, "policy-not-understood", "/action");
    check(json!({ "parameters": { "unused": 1 } }), 2, "policy-not-understood", "/parameters/unused");
    check(policy(json!({ "contractPolicies": [] })), 2, "policy-empty", "/policy");
    let duty = json!({ "contractPolicies": [{ "obligationPolicies": [{ "actions": ["delete"] }] }] });
    check(policy(duty), 2, "policy-duty", "/policy");
    let foreign = json!({ "contractPolicies": [{ "prohibitionPolicies": [
        { "actions": ["read"], "subject": { "dataProductId": "other" } }] }] });
    let product = json!({ "layer": "product", "productId": PRODUCT, "policy": foreign });
    check(product, 2, "policy-of-another-product", "/policy");
    // Conflicts.
    let never = json!([
        { "constraintName": "region", "constraintOperator": "eq", "constraintValue": "310000" },
        { "constraintName": "region", "constraintOperator": "eq", "constraintValue": "110000" },
    ]);
    let allows = json!({ "action": "allow", "policy": rules("permissionPolicies", "read", &never) });
    check(allows, 3, "policy-conflict", "/policy/contractPolicies/0");
    // Integrity comes before everything.
    let wrong = Err(Text::new("不符", "does not fit"));
    let failed = parse(&statement(new("s-1", &json!({})), 1, "x"), wrong, &[]).unwrap_err();
    assert_eq!((failed.steps.len(), failed.rejection.code), (1, "policy-integrity"));
}

#[test]
fn tc609_15_7_2_2_3_d_conflicts_with_what_is_beneath_are_told_with_a_request_that_shows_them() {
    let offer = offered(PRODUCT, &rules("permissionPolicies", "read", &json!([]))).unwrap();
    let parsed = parse(&statement(new("s-1", &json!({})), 1, "x"), Ok(()), &[offer]).unwrap();
    let found = parsed.conflicts.iter().find(|conflict| conflict.kind == "authorisation").unwrap();
    assert!(found.clauses.iter().any(|clause| clause.starts_with("/space/s-1@1/")), "{found:?}");
    assert!(found.clauses.iter().any(|clause| clause.starts_with("/contract/product-1/")), "{found:?}");
    assert_eq!(found.witness.as_ref().unwrap()["action"], "read");
    // The version before does not count beside its successor.
    let before = parsed.record;
    let again = parse(&statement(new("s-1", &json!({})), 2, "x"), Ok(()), &[before]).unwrap();
    assert!(again.conflicts.iter().all(|one| one.clauses.iter().all(|clause| !clause.contains("s-1@1"))));
}

fn set_of(parties: &Parties, records: Vec<NewPolicyRecord>, sequence: u64) -> PolicySet {
    let platform = ring(1);
    let records = records.into_iter().map(|record| signed(parties, record)).collect();
    let of = Of { platform: parties.issuer.as_str(), space: "demo", suite: Suite::Intl };
    seal::set(records, of, sequence, platform.signing(Suite::Intl), now()).unwrap()
}

fn open(parties: &Parties, set: &PolicySet) -> Result<Set, Rejection> {
    let keys = ring(1).public();
    let trust = Trust { issuer: &parties.issuer, keys: &keys };
    seal::open(set, &trust, &|space| (space == "demo").then_some(Suite::Intl))
}

fn product_record(change: &Value) -> NewPolicyRecord {
    let mut all = json!({ "layer": "product", "productId": PRODUCT, "action": "allow",
        "policy": rules("permissionPolicies", "read", &only("region", "310000")) });
    all.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    new("p-1", &all)
}

#[test]
fn tc609_15_7_1_2_2_a_whatever_is_changed_in_a_set_is_found() {
    let parties = Parties::new();
    let set = set_of(&parties, vec![product_record(&json!({})), new("s-1", &json!({}))], 7);
    let opened = open(&parties, &set).unwrap();
    assert_eq!((opened.sequence, opened.records.len(), opened.space_id.as_str()), (7, 2, "demo"));
    let check = |changed: PolicySet, what: &str| {
        let refused = open(&parties, &changed).unwrap_err();
        assert_eq!(refused.code, "policy-set-invalid", "{what}: {refused:?}");
    };
    let mut less = set.clone();
    less.records.pop();
    check(less, "a record is left out");
    let mut other = set.clone();
    other.records[0].statement.record.priority = 9;
    check(other, "a record is changed");
    check(PolicySet { stamp: set_of(&parties, vec![], 8).stamp, ..set.clone() }, "the proof of another set");
    check(PolicySet { stamp: "x.y.z".to_owned(), ..set.clone() }, "no proof");
    // The platform itself cannot make or change a provider's record: signed as a whole, it is still refused.
    let resealed = |records: Vec<SignedPolicyRecord>, key: u64| {
        let ring = ring(key);
        let of = Of { platform: parties.issuer.as_str(), space: "demo", suite: Suite::Intl };
        seal::set(records, of, 8, ring.signing(Suite::Intl), now()).unwrap()
    };
    let mut forged = set.records.clone();
    forged[0].statement.record.action = "deny".to_owned();
    check(resealed(forged, 1), "a provider's record that the platform changed");
    let mut unsigned = set.records.clone();
    unsigned[0].credential = None;
    check(resealed(unsigned, 1), "a product's record without its provider");
    check(resealed(set.records.clone(), 2), "another key");
    let foreign = set_of(&parties, vec![new("s-1", &json!({ "spaceId": "other" }))], 8);
    check(foreign, "a record of another space");
}

#[test]
fn a_version_verifies_as_a_file_and_a_changed_one_does_not() {
    let Version { standing, signed, filing, .. } = version(State::Enabled);
    let stamped = xinyu_protocol::tc609::policy_record::StampedPolicyRecord { standing, signed, filing };
    let file = xinyu_protocol::json::canonical(&stamped).unwrap();
    assert_eq!(seal::verify(&file).unwrap().record, stamped);
    let text = String::from_utf8(file).unwrap();
    for (from, to) in
        [("\"enabled\"", "\"retired\""), ("\"priority\":0", "\"priority\":1"), ("数据不出境", "数据可出境")]
    {
        assert!(text.contains(from), "{text}");
        assert!(seal::verify(text.replacen(from, to, 1).as_bytes()).is_err(), "{from}");
    }
}

fn contract() -> xinyu_policy::Policy {
    parse_value(&rules("permissionPolicies", "read", &json!([]))).unwrap()
}

fn asked(region: &str) -> Request {
    let mut request = Request::new(Action::Read);
    request.product = Some(PRODUCT.to_owned());
    request.region = Some(region.to_owned());
    request.time = Some(now());
    request
}

fn decided(records: Vec<NewPolicyRecord>, region: &str) -> Decision {
    let parties = Parties::new();
    let set = open(&parties, &set_of(&parties, records, 3)).unwrap();
    Governing::within(contract(), Some(&set), PRODUCT, now()).decide(&asked(region))
}

#[test]
fn tc609_15_7_2_2_1_b_a_refusal_names_layer_record_version_and_clause_in_both_languages() {
    let refused = decided(vec![new("s-1", &json!({}))], "310000");
    assert_eq!(refused.decision, Verdict::Deny);
    let reason = &refused.reasons[0];
    assert_eq!(reason.clause, "/space/s-1@1/contractPolicies/0/prohibitionPolicies/0");
    assert!(reason.zh.starts_with("空间策略 s-1「数据不出境」第 1 版："), "{}", reason.zh);
    assert!(reason.en.starts_with("space policy s-1 (数据不出境), version 1: "), "{}", reason.en);
    // A product's permission narrows what the contract leaves open, for its own product alone.
    assert_eq!(decided(vec![product_record(&json!({}))], "310000").decision, Verdict::Allow);
    let refused = decided(vec![product_record(&json!({}))], "110000");
    assert_eq!(refused.decision, Verdict::Deny);
    assert!(refused.reasons[0].clause.starts_with("/product/p-1@1/"), "{refused:?}");
    assert_eq!(decided(vec![product_record(&json!({ "productId": "other" }))], "110000").decision, Verdict::Allow);
    // What the contract itself refuses stands where it stood.
    let own = decided(vec![product_record(&json!({}))], "310000");
    assert!(own.reasons.iter().any(|reason| reason.clause == "/contractPolicies/0/permissionPolicies/0"), "{own:?}");
}

#[test]
fn without_records_the_contract_decides_as_it_always_did() {
    let alone = Governing::from(contract());
    let parties = Parties::new();
    let empty = open(&parties, &set_of(&parties, vec![], 4)).unwrap();
    let within = Governing::within(contract(), Some(&empty), PRODUCT, now());
    for governing in [&alone, &within] {
        assert_eq!(governing.decide(&asked("310000")), verify(&contract(), &asked("310000")));
        assert!(governing.counted().is_empty() && governing.around().is_empty());
    }
    assert_eq!((alone.sequence(), within.sequence()), (None, Some(4)));
}

#[test]
fn a_record_counts_within_its_time_and_the_next_moment_is_known() {
    let parties = Parties::new();
    let at = |hours: i64| now().checked_add(jiff::SignedDuration::from_hours(hours)).unwrap();
    let record = new("s-1", &json!({ "validFrom": at(1), "validUntil": at(2) }));
    let set = open(&parties, &set_of(&parties, vec![record], 1)).unwrap();
    for (hours, verdict, next) in
        [(0, Verdict::Allow, Some(at(1))), (1, Verdict::Deny, Some(at(2))), (2, Verdict::Allow, None)]
    {
        let governing = Governing::within(contract(), Some(&set), PRODUCT, at(hours));
        let mut request = asked("310000");
        request.time = Some(at(hours));
        assert_eq!(governing.decide(&request).decision, verdict, "after {hours} h");
        assert_eq!(governing.next_change(&request), next, "after {hours} h");
    }
}

#[test]
fn tc609_15_7_1_2_3_b_fields_are_delivered_as_far_as_every_layer_opens_them() {
    let parties = Parties::new();
    let fields = |names: &[&str]| json!([{ "constraintName": "dataField", "constraintOperator": "07", "constraintValue": names }]);
    let of = |policy: Value| product_record(&json!({ "policy": policy }));
    let check = |records: Vec<NewPolicyRecord>, expect: Option<&[&str]>| {
        let set = open(&parties, &set_of(&parties, records, 1)).unwrap();
        let governing = Governing::within(contract(), Some(&set), PRODUCT, now());
        let found = governing.readable_around(&[Action::Use, Action::Read]);
        let expect = expect.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(found, expect);
    };
    check(vec![], None);
    check(vec![of(rules("permissionPolicies", "read", &fields(&["name", "city"])))], Some(&["city", "name"]));
    check(vec![of(rules("permissionPolicies", "compute", &fields(&["name"])))], None);
    check(vec![of(rules("permissionPolicies", "read", &only("region", "310000")))], None);
}

fn openness(decision: &Decision) -> u8 {
    match decision.decision {
        Verdict::Deny | Verdict::DenyByDefault => 0,
        Verdict::AllowIf => 1,
        Verdict::Allow => 2,
    }
}

fn any_record(at: usize) -> impl Strategy<Value = NewPolicyRecord> {
    let regions = prop_oneof![Just("310000"), Just("110000"), Just("CN")];
    let actions = prop_oneof![Just("read"), Just("use"), Just("compute")];
    (any::<bool>(), any::<bool>(), actions, regions, 0_u32..3).prop_map(
        move |(is_product, denies, action, region, priority)| {
            let (kind, effect) = if denies { ("prohibitionPolicies", "deny") } else { ("permissionPolicies", "allow") };
            let mut change = json!({
                "action": effect, "priority": priority, "policy": rules(kind, action, &only("region", region)),
            });
            if is_product {
                change["layer"] = json!("product");
                change["productId"] = json!(PRODUCT);
            }
            new(&format!("r-{at}"), &change)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn tc609_15_7_2_2_3_d_with_one_layer_more_nothing_opens(
        first in any_record(0), second in any_record(1), region in prop_oneof![Just("310000"), Just("110000"), Just("US")],
    ) {
        let alone = verify(&contract(), &asked(region));
        let one = decided(vec![first.clone()], region);
        let both = decided(vec![first.clone(), second.clone()], region);
        prop_assert!(openness(&one) <= openness(&alone));
        // Another layer narrows further; another permission of the same layer may widen that layer, and never the contract.
        if first.layer != second.layer || second.action == "deny" {
            prop_assert!(openness(&both) <= openness(&one), "{first:?} {second:?} {region}");
        }
        prop_assert!(openness(&both) <= openness(&alone));
    }
}
