//! More than two parties: what is drawn up, who signs, and that it is complete if and only if everybody has signed the same bytes.

use serde_json::{Value, json};
use xinyu_crypto::{KeyRing, Suite};
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::contract::{Contract, SignedContract};
use xinyu_protocol::tc609::negotiation::ProposedTerms;

use super::gathering::{self, Gathering, Outcome};
use super::request;
use super::*;
use crate::contract::draft::{self, Basis, Party};
use crate::contract::proposal::tests::{CONTRACT, Parties, consumer, entry, now, provider, serving};
use crate::contract::proposal::{Bounds, listed, must_be_acceptable};
use crate::contract::{difference, signing, version};
use crate::effect::Effect;
use xinyu_protocol::id::{ConnectorId, PartyId};
use xinyu_protocol::tc609::countersigning::{CountersigningEnd, CountersigningRequest};

fn third(entropy: u64, service: Service) -> ServiceParty {
    ServiceParty { connector_id: serving(entropy), name: format!("服务方 {entropy}"), service }
}

/// The listing's terms, with two service parties, of which a rule names the first.
fn terms() -> ProposedTerms {
    let mut terms = listed(&entry());
    terms.service_parties = vec![third(1, Service::Processing), third(2, Service::Audit)];
    let rule = json!({ "permissionPolicies": [{ "actions": ["process"],
        "executionNode": { "assigneeId": serving(1).as_str() } }] });
    terms.policies.push(rule);
    terms
}

fn drawn(terms: &ProposedTerms) -> Contract {
    let (entry, contract_id) = (entry(), ContractId::parse(CONTRACT).unwrap());
    let party = |connector: &ConnectorId, name: &str| Party {
        participant_id: PartyId::from(connector.clone()).owner(),
        name: name.to_owned(),
        connector_id: connector.clone(),
    };
    let basis = Basis {
        contract_id: &contract_id,
        application_id: "a1",
        entry: &entry,
        terms,
        proposal: None,
        provider: &party(&provider(), "提供方"),
        consumer: &party(&consumer(), "使用方"),
        suite: Suite::Intl,
        filing_keys: &[],
    };
    draft::draw_up(&basis, now()).unwrap()
}

fn sign(signed: SignedContract, who: &ConnectorId, (ring, credential): &(KeyRing, String)) -> SignedContract {
    signing::sign(signed, who, ring.signing(Suite::Intl), credential).unwrap()
}

fn both(parties: &Parties, contract: Contract) -> SignedContract {
    let half = sign(SignedContract { contract, signatures: Vec::new() }, &provider(), &parties.provider);
    sign(half, &consumer(), &parties.consumer)
}

fn opened(parties: &Parties) -> Gathering {
    gathering::open(both(parties, drawn(&terms())), (Vec::new(), None), "demo", now()).unwrap().0
}

fn signature(parties: &Parties, text: &Contract, at: usize) -> xinyu_protocol::tc609::contract::Signature {
    let unsigned = SignedContract { contract: text.clone(), signatures: Vec::new() };
    let who = serving(u64::try_from(at).unwrap() + 1);
    sign(unsigned, &who, &parties.serving[at]).signatures.remove(0)
}

fn kinds(effects: &[Effect]) -> Vec<&'static str> {
    let kind = |effect: &Effect| match effect {
        Effect::Record(draft) => draft.kind,
        Effect::Send(outgoing) => outgoing.kind,
        Effect::Alert { action, .. } => action,
    };
    effects.iter().map(kind).collect()
}

#[test]
fn tc609_14_6_2_1_a_contract_names_every_signatory_by_type_and_a_rule_may_name_a_service_party() {
    let contract = drawn(&terms());
    let types: Vec<_> = contract.signatory_entities.iter().map(|party| party.signatory_type.as_str()).collect();
    assert_eq!(types, ["01", "02", "03", "03"]);
    let assignee = |rule: &Value| rule["permissionPolicies"][0]["executionNode"]["assigneeId"].clone();
    let named: Vec<Value> = contract.contract_policies.iter().map(assignee).collect();
    assert_eq!(named, [json!(consumer().as_str()), json!(serving(1).as_str())]);
    // Nothing of it is in a contract of two.
    let two = serde_json::to_value(drawn(&listed(&entry()))).unwrap();
    assert_eq!(two["signatoryEntities"].as_array().unwrap().len(), 2);
    assert!(two["expansionItem"].get("serviceParties").is_none());
    // Bound again as itself it stays as it is.
    assert_eq!(draft::bind_as_in(&contract, &contract.contract_policies), contract.contract_policies);
}

#[test]
fn tc609_14_6_2_1_the_rules_of_a_service_party_survive_odrl_and_back() {
    let contract = drawn(&terms());
    let document = crate::listing::policy_document(&contract.contract_policies);
    let policy = xinyu_policy::parse_value(&document).unwrap();
    let odrl = policy.to_odrl(xinyu_policy::OdrlKind::Set, &xinyu_policy::OdrlIds::default());
    let back = xinyu_policy::parse_value(&odrl).unwrap();
    let assignees = |policy: &xinyu_policy::Policy| -> Vec<Option<String>> {
        policy.rules.iter().map(|rule| rule.parties.assignee.clone()).collect()
    };
    assert_eq!(assignees(&policy), assignees(&back));
    assert!(assignees(&back).contains(&Some(serving(1).to_string())));
}

#[test]
fn tc609_14_7_3_e_only_third_parties_serve_and_only_parties_are_named() {
    let (entry, provider, consumer) = (entry(), provider(), consumer());
    let bounds = Bounds { entry: &entry, provider: &provider, consumer: &consumer };
    must_be_acceptable(&terms(), &bounds).unwrap();
    let refused = |terms: &ProposedTerms| {
        let error = must_be_acceptable(terms, &bounds).unwrap_err();
        (error.code, error.clause.unwrap_or_default())
    };
    let with = |parties: Vec<ServiceParty>| ProposedTerms { service_parties: parties, ..listed(&entry) };
    let as_third =
        |connector: &ConnectorId| ServiceParty { connector_id: connector.clone(), ..third(1, Service::Other) };
    let at = |place: &str| ("service-party", format!("/terms/serviceParties{place}"));
    assert_eq!(refused(&with(vec![as_third(&provider)])), at("/0/connectorId"));
    assert_eq!(refused(&with(vec![third(1, Service::Audit), as_third(&consumer)])), at("/1/connectorId"));
    assert_eq!(refused(&with(vec![third(1, Service::Audit), third(1, Service::Custody)])), at("/1/connectorId"));
    assert_eq!(refused(&with(vec![ServiceParty { name: " ".to_owned(), ..third(1, Service::Audit) }])), at("/0/name"));
    assert_eq!(refused(&with(vec![third(1, Service::Audit); 9])), at(""));
    // A rule that names whoever does not sign.
    let stranger = ProposedTerms { service_parties: vec![third(2, Service::Audit)], ..terms() };
    assert_eq!(refused(&stranger).0, "another-party");
}

#[test]
fn tc609_14_7_3_b_another_service_party_is_a_difference_between_rounds() {
    let (old, mut new) = (terms(), terms());
    assert!(difference::of_terms(&old, &new).is_empty());
    new.service_parties[1].service = Service::Custody;
    let told = difference::of_terms(&old, &new);
    assert_eq!((told.len(), told[0].kind.as_str()), (1, "changed"));
    assert!(told[0].after.as_ref().unwrap().zh.contains("托管"), "{told:?}");
    new.service_parties.pop();
    assert_eq!(difference::of_terms(&old, &new)[0].kind, "removed");
    assert_eq!(difference::of_terms(&new, &old)[0].kind, "added");
    new = terms();
    new.service_parties.reverse();
    assert_eq!(difference::of_terms(&old, &new).len(), 1, "the order is signed too");
}

#[test]
fn tc609_14_7_3_g_it_is_complete_if_and_only_if_every_named_party_signed_the_same_bytes() {
    let parties = Parties::new();
    let (text, trust) = (drawn(&terms()), parties.trust());
    let all = [
        (provider(), &parties.provider),
        (consumer(), &parties.consumer),
        (serving(1), &parties.serving[0]),
        (serving(2), &parties.serving[1]),
    ];
    // Every set of signers in every order of the bits.
    for signers in 0_u32..16 {
        let mut signed = SignedContract { contract: text.clone(), signatures: Vec::new() };
        for (index, (who, keys)) in all.iter().enumerate() {
            if signers & (1 << index) != 0 {
                signed = sign(signed, who, keys);
            }
        }
        let is_checked = signing::check_complete(&signed, &trust, now()).is_ok();
        assert_eq!(is_checked, signers == 15, "{signers:04b}");
        match gathering::open(signed.clone(), (Vec::new(), None), "demo", now()) {
            Ok((gathering, _)) => assert_eq!(gathering.is_complete(), is_checked, "{signers:04b}"),
            Err(error) => assert!(error.code == "contract-unsigned" && signers & 3 != 3, "{signers:04b}"),
        }
    }
}

#[test]
fn tc609_14_7_3_g_service_parties_sign_in_any_order_and_once() {
    let parties = Parties::new();
    let (gathering, effects) =
        gathering::open(both(&parties, drawn(&terms())), (Vec::new(), None), "demo", now()).unwrap();
    assert_eq!(kinds(&effects), ["contract.signing_opened", "countersigning", "countersigning"]);
    for order in [[0, 1], [1, 0]] {
        let mut gathering = gathering.clone();
        for at in order {
            assert!(!gathering.is_complete());
            let one = signature(&parties, &gathering.signed.contract, at);
            let by = one.connector_id.clone();
            let (next, is_new) = gathering::sign(gathering, &by, one.clone(), &parties.trust(), now()).unwrap();
            assert!(is_new);
            let (same, again) = gathering::sign(next.clone(), &by, one, &parties.trust(), now()).unwrap();
            assert_eq!((same, again), (next.clone(), false));
            gathering = next;
        }
        assert!(gathering.is_complete());
        signing::check_complete(&gathering.signed, &parties.trust(), now()).unwrap();
    }
}

#[test]
fn tc609_14_7_3_f_a_forged_foreign_or_late_signature_is_refused_and_changes_nothing() {
    let parties = Parties::new();
    let gathering = opened(&parties);
    let (text, trust) = (gathering.signed.contract.clone(), parties.trust());
    let good = signature(&parties, &text, 0);
    let take = |by: &ConnectorId, signature, at| {
        gathering::sign(gathering.clone(), by, signature, &trust, at).unwrap_err().code
    };
    // Over other bytes.
    let mut altered = text.clone();
    altered.expansion_item.revenue.per_use_fen += 1;
    assert_eq!(take(&serving(1), signature(&parties, &altered, 0), now()), "contract-signature");
    // By another one's key, and in another one's name.
    let mut stolen = good.clone();
    stolen.signature = signature(&parties, &text, 1).signature;
    assert_eq!(take(&serving(1), stolen, now()), "contract-signature");
    assert_eq!(take(&serving(2), good.clone(), now()), "foreign-signature");
    // Of whoever is not asked, and of one of the two.
    assert_eq!(take(&serving(3), good.clone(), now()), "unknown-countersigning");
    assert_eq!(take(&provider(), good.clone(), now()), "unknown-countersigning");
    // Of another platform's member.
    let other = Parties::new();
    let foreign = crate::contract::signing::Trust { issuer: &other.issuer, keys: &other.serving[0].0.public() };
    let bad = gathering::sign(gathering.clone(), &serving(1), good.clone(), &foreign, now()).unwrap_err();
    assert_eq!(bad.code, "contract-signature");
    // Too late.
    let late = gathering.answer_by.checked_add(SignedDuration::from_secs(1)).unwrap();
    assert_eq!(take(&serving(1), good.clone(), late), "signing-expired");
    let over = Outcome { state: gathering::State::Withdrawn, by: Some(provider()), reason: "x".to_owned() };
    let (ended, _) = gathering::end(gathering, over, now()).unwrap();
    assert_eq!(gathering::sign(ended, &serving(1), good, &trust, now()).unwrap_err().code, "signing-over");
}

#[test]
fn tc609_14_7_3_g_whoever_signs_too_much_is_refused() {
    let parties = Parties::new();
    let text = drawn(&listed(&entry()));
    let surplus = sign(both(&parties, text), &serving(1), &parties.serving[0]);
    let error = signing::check_complete(&surplus, &parties.trust(), now()).unwrap_err();
    assert_eq!((error.code, error.clause.as_deref()), ("contract-signature", Some("/signatures/2")));
}

#[test]
fn tc609_14_6_2_1_signatories_are_the_sides_and_whom_the_terms_name() {
    must_name_alike(&drawn(&terms())).unwrap();
    must_name_alike(&drawn(&listed(&entry()))).unwrap();
    let changes: [fn(&mut Contract); 6] = [
        |contract| drop(contract.signatory_entities.pop()),
        |contract| drop(contract.expansion_item.service_parties.pop()),
        |contract| contract.signatory_entities.swap(2, 3),
        |contract| contract.signatory_entities.swap(0, 1),
        |contract| "04".clone_into(&mut contract.signatory_entities[3].signatory_type),
        |contract| contract.expansion_item.service_parties[0].name.push('x'),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut contract = drawn(&terms());
        change(&mut contract);
        assert_eq!(must_name_alike(&contract).unwrap_err().code, "signatories-differ", "{index}");
    }
}

#[test]
fn a_refusal_an_expiry_and_a_withdrawal_end_it_once_and_tell_everybody() {
    let parties = Parties::new();
    let gathering = opened(&parties);
    gathering::must_be_refusable(&gathering, &serving(2), "价格不足", now()).unwrap();
    for (by, reason, code) in [(serving(2), " ", "termination-reason"), (provider(), "x", "unknown-countersigning")] {
        assert_eq!(gathering::must_be_refusable(&gathering, &by, reason, now()).unwrap_err().code, code);
    }
    gathering::must_be_withdrawable(&gathering, &consumer(), now()).unwrap();
    let no = gathering::must_be_withdrawable(&gathering, &serving(1), now()).unwrap_err();
    assert_eq!(no.code, "unknown-countersigning");
    let signed =
        gathering::sign(gathering, &serving(1), signature(&parties, &drawn(&terms()), 0), &parties.trust(), now());
    let (gathering, _) = signed.unwrap();
    let mind = gathering::must_be_refusable(&gathering, &serving(1), "改主意", now()).unwrap_err();
    assert_eq!(mind.code, "signed-already");
    for state in gathering::State::ALL.into_iter().skip(2) {
        let outcome = Outcome { state, by: Some(serving(2)), reason: "价格不足".to_owned() };
        let (ended, effects) = gathering::end(gathering.clone(), outcome.clone(), now()).unwrap();
        assert_eq!(
            kinds(&effects),
            [
                "contract.signing_ended",
                "countersigning.end",
                "countersigning.end",
                "countersigning.end",
                "countersigning.end"
            ]
        );
        assert_eq!(gathering::end(ended.clone(), outcome, now()).unwrap(), (ended.clone(), Vec::new()));
        assert_eq!(ended.state_of(serving(1).as_str()), "signed");
        let second = if state == gathering::State::Refused { "refused" } else { "asked" };
        assert_eq!(ended.state_of(serving(2).as_str()), second);
    }
}

#[test]
fn tc609_14_7_3_c_a_service_party_takes_only_what_two_signed_and_names_it() {
    let parties = Parties::new();
    let (signed, me, trust) = (both(&parties, drawn(&terms())), serving(1), parties.trust());
    let ask = |contract: SignedContract, me: &ConnectorId| {
        let message = CountersigningRequest {
            contract,
            rounds: Vec::new(),
            answer_by: now() + SignedDuration::from_hours(1),
            draft: None,
        };
        request::receive(message, me, &trust, now())
    };
    assert_eq!(ask(signed.clone(), &serving(3)).unwrap_err().code, "not-a-service-party");
    let mut half = signed.clone();
    half.signatures.pop();
    assert_eq!(ask(half, &me).unwrap_err().code, "contract-unsigned");
    let mut altered = signed.clone();
    altered.contract.expansion_item.revenue.base_fen += 1;
    assert_eq!(ask(altered, &me).unwrap_err().code, "contract-signature");

    let asked = ask(signed, &me).unwrap();
    assert_eq!(asked.moves(now()), ["sign", "refuse"]);
    let (ring, credential) = &parties.serving[0];
    let key = ring.signing(Suite::Intl);
    let (signed, effects) = request::sign(asked.clone(), &me, key, credential, "platform", now()).unwrap();
    assert_eq!(
        (signed.state, kinds(&effects)),
        (request::State::Signed, vec!["contract.countersigned", request::ANSWER])
    );
    let again = request::refuse(signed.clone(), &me, "改主意", "platform", now()).unwrap_err();
    assert_eq!(again.code, "countersigning-answered");
    let late = now() + SignedDuration::from_hours(2);
    assert_eq!(
        request::sign(asked.clone(), &me, key, credential, "platform", late).unwrap_err().code,
        "signing-expired"
    );
    let (refused, _) = request::refuse(asked, &me, "价格不足", "platform", now()).unwrap();
    let end = CountersigningEnd {
        contract_id: ContractId::parse(CONTRACT).unwrap(),
        contract_hash: signed.contract_hash.clone(),
        outcome: "withdrawn".to_owned(),
        by: None,
        reason: "不再需要".to_owned(),
        at: now(),
    };
    assert_eq!(request::ended(refused, &end).state, request::State::Refused);
    assert_eq!(request::ended(signed, &end).note.as_deref(), Some("不再需要"));
}

#[test]
fn tc609_14_7_4_c_a_later_version_keeps_all_parties_and_needs_all_signatures() {
    let parties = Parties::new();
    let first = drawn(&terms());
    let change = version::Change {
        kind: xinyu_protocol::tc609::version::VersionKind::Amendment,
        reason: "业务需要".to_owned(),
        policies: first.contract_policies.clone(),
        revenue: xinyu_protocol::tc609::contract::Revenue { per_use_fen: 77, ..first.expansion_item.revenue.clone() },
        smart_clauses: Vec::new(),
        end: xinyu_protocol::time::parse_compact(&first.indate).unwrap(),
        answer_by: now() + SignedDuration::from_hours(24),
    };
    let second = version::draw_up(&first, change, now()).unwrap();
    assert_eq!(second.signatory_entities, first.signatory_entities);
    let mut without = second.clone();
    without.signatory_entities.pop();
    assert_eq!(version::must_follow(&first, &without).unwrap_err().code, "version-differs");
    without = second.clone();
    without.expansion_item.service_parties.pop();
    assert_eq!(version::must_follow(&first, &without).unwrap_err().code, "version-differs");
    let signed = both(&parties, second);
    assert_eq!(signing::check_complete(&signed, &parties.trust(), now()).unwrap_err().code, "contract-unsigned");
    // It is asked for no longer than the version itself is good.
    let (gathering, _) = gathering::open(signed, (Vec::new(), None), "demo", now()).unwrap();
    assert_eq!(gathering.answer_by, now() + SignedDuration::from_hours(24));
}
