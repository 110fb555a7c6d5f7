//! A chain of versions, what may follow on what, and every way to forge it.

use serde_json::{Value, json};
use xinyu_crypto::Suite;
use xinyu_protocol::id::{ConnectorId, ContractId, PlatformId};

use super::proposal::{State, agree, decline, declined, filed, propose, receive};
use super::*;
use crate::contract::draft::{self, Basis, Party};
use crate::contract::filing::ToFile;
use crate::contract::proposal as terms_proposal;
use crate::contract::proposal::tests::{CONTRACT, PLATFORM, Parties, consumer, entry, now, provider};
use crate::contract::{Registered, file_version};
use crate::effect::Effect;
use crate::termination::proposal::Place;

pub(in crate::contract) fn hours(hours: i64) -> Timestamp {
    now().checked_add(SignedDuration::from_hours(hours)).unwrap()
}

pub(in crate::contract) fn first() -> Contract {
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
        terms: &terms_proposal::listed(&entry),
        proposal: None,
        provider: &party(&provider(), "提供方"),
        consumer: &party(&consumer(), "使用方"),
        suite: Suite::Intl,
        filing_keys: &[],
    };
    draft::draw_up(&basis, now()).unwrap()
}

fn change(previous: &Contract, kind: VersionKind) -> Change {
    Change {
        kind,
        reason: "业务需要".to_owned(),
        policies: previous.contract_policies.clone(),
        revenue: previous.expansion_item.revenue.clone(),
        smart_clauses: previous.expansion_item.smart_clauses.clone(),
        end: time::parse_compact(&previous.indate).unwrap(),
        answer_by: hours(24),
    }
}

/// A later end, and nothing else.
fn renewed(previous: &Contract) -> Contract {
    let end = time::parse_compact(&previous.indate).unwrap().checked_add(SignedDuration::from_hours(720)).unwrap();
    draw_up(previous, Change { end, ..change(previous, VersionKind::Renewal) }, hours(1)).unwrap()
}

/// Another price of a use.
pub(in crate::contract) fn amended(previous: &Contract, fen: u64) -> Contract {
    let mut change = change(previous, VersionKind::Amendment);
    change.revenue.per_use_fen = fen;
    draw_up(previous, change, hours(1)).unwrap()
}

pub(in crate::contract) fn signed(parties: &Parties, contract: Contract, is_whole: bool) -> SignedContract {
    let (ring, credential) = &parties.provider;
    let unsigned = SignedContract { contract, signatures: Vec::new() };
    let half = signing::sign(unsigned, &provider(), ring.signing(Suite::Intl), credential).unwrap();
    let (ring, credential) = &parties.consumer;
    if is_whole { signing::sign(half, &consumer(), ring.signing(Suite::Intl), credential).unwrap() } else { half }
}

pub(in crate::contract) fn filed_at(parties: &Parties, contract: Contract, at: Timestamp) -> ContractFile {
    let platform = xinyu_crypto::KeyRing::generate(&mut <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(1));
    let keys = serde_json::to_value(&parties.keys).unwrap();
    let claims = FilingClaims {
        contract_id: contract.contract_id.clone(),
        contract_hash: signing::hash(&contract).unwrap(),
        filed_at: at,
        keys_hash: Suite::Intl.hash(&xinyu_protocol::json::canonical(&keys).unwrap()).to_string(),
    };
    let payload = xinyu_protocol::json::canonical(&claims).unwrap();
    let stamp = jws::sign("xinyu-filing+jwt", &payload, platform.signing(Suite::Intl));
    let whole = signed(parties, contract, true);
    let filing = FilingStamp { platform_id: PlatformId::parse(PLATFORM).unwrap(), keys, stamp };
    ContractFile { contract: whole.contract, signatures: whole.signatures, filing }
}

#[test]
fn tc609_14_7_4_c_a_later_version_says_which_one_it_follows_on() {
    let one = first();
    assert_eq!(one.version(), 1);
    let (two, other) = (renewed(&one), amended(&one, 20));
    let three = amended(&two, 20);
    for (previous, next, number) in [(&one, &two, 2), (&one, &other, 2), (&two, &three, 3)] {
        must_follow(previous, next).unwrap();
        assert_eq!(next.version(), number);
        let link = next.expansion_item.version.as_ref().unwrap();
        assert_eq!(link.previous, signing::hash(previous).unwrap());
    }
    assert_ne!(signing::hash(&one).unwrap(), signing::hash(&two).unwrap());
    // The first version is written as it was before there were others.
    assert!(serde_json::to_value(&one).unwrap()["expansionItem"].get("version").is_none());
}

type Forgery<'a> = (&'a str, &'a dyn Fn(&mut Contract));

#[test]
fn tc609_14_7_4_c_a_gap_a_fork_or_an_edited_version_is_refused() {
    let one = first();
    let link = |contract: &mut Contract, by: &dyn Fn(&mut VersionLink)| {
        by(contract.expansion_item.version.as_mut().unwrap());
    };
    let cases: [Forgery<'_>; 12] = [
        ("version-missing", &|two| two.expansion_item.version = None),
        ("version-overtaken", &|two| link(two, &|link| link.number = 1)),
        ("version-gap", &|two| link(two, &|link| link.number = 3)),
        ("version-fork", &|two| link(two, &|link| link.previous = "0".repeat(64))),
        ("version-reason", &|two| link(two, &|link| link.reason = " ".to_owned())),
        ("version-kind", &|two| link(two, &|link| link.kind = VersionKind::Renewal)),
        ("version-differs", &|two| two.contract_name = "另一合约".to_owned()),
        ("version-differs", &|two| two.signatory_entities.swap(0, 1)),
        ("version-differs", &|two| two.expansion_item.space_id = "other".to_owned()),
        ("version-differs", &|two| {
            two.contract_policies[0]["permissionPolicies"][0]["executionNode"]["assigneeId"] = json!(PLATFORM);
        }),
        ("version-time", &|two| two.indate.clone_from(&two.sign_time)),
        ("version-time", &|two| link(two, &|link| link.answer_by = hours(24 * 40))),
    ];
    for (code, forge) in cases {
        let mut two = amended(&one, 20);
        must_follow(&one, &two).unwrap();
        forge(&mut two);
        assert_eq!(must_follow(&one, &two).unwrap_err().code, code, "{two:?}");
    }
    let same = draw_up(&one, change(&one, VersionKind::Amendment), hours(1));
    assert_eq!(same.unwrap_err().code, "version-same");
    let no_longer = draw_up(&one, change(&one, VersionKind::Renewal), hours(1));
    assert_eq!(no_longer.unwrap_err().code, "version-kind");
}

#[test]
fn tc609_14_7_4_c_what_goes_beyond_the_listing_is_refused_as_at_the_first_offer() {
    let (one, entry) = (first(), entry());
    must_stay_within(&renewed(&one), &entry).unwrap();
    must_stay_within(&amended(&one, 5), &entry).unwrap();
    let with = |by: &dyn Fn(&mut Change)| {
        let mut change = change(&one, VersionKind::Amendment);
        by(&mut change);
        must_stay_within(&draw_up(&one, change, hours(1)).unwrap(), &entry).unwrap_err().code
    };
    let rule = |change: &mut Change, member: &str, value: Value| {
        change.policies[0]["permissionPolicies"][0][member] = value;
    };
    assert_eq!(with(&|change| change.revenue.shares[0].permille = 900), "revenue");
    let unmasked = with(&|change| rule(change, "preDuties", json!([])));
    let beyond = with(&|change| {
        let field = json!([{ "constraintName": "dataField", "constraintOperator": "07", "constraintValue": ["t.z"] }]);
        rule(change, "constraints", field);
    });
    assert!(!unmasked.is_empty() && !beyond.is_empty());
    let bounds = Bounds { entry: &entry, provider: &provider(), consumer: &consumer() };
    let mut terms = terms_proposal::listed(&entry);
    terms.policies[0]["permissionPolicies"][0]["preDuties"] = json!([]);
    assert_eq!(must_be_acceptable(&terms, &bounds).unwrap_err().code, unmasked, "the same as of a first offer");
}

#[test]
fn an_answer_comes_in_time_and_before_the_end() {
    let one = first();
    let two = renewed(&one);
    must_be_timely(&one, &two, hours(24)).unwrap();
    assert_eq!(must_be_timely(&one, &two, hours(25)).unwrap_err().code, "version-expired");
    let end = time::parse_compact(&one.indate).unwrap();
    assert_eq!(must_last(&one, end).unwrap_err().code, "contract-over");
    must_be_of_now(&two, hours(1)).unwrap();
    assert_eq!(must_be_of_now(&two, hours(3)).unwrap_err().code, "sign-time");
}

#[test]
fn tc609_14_7_4_c_a_stranger_checks_all_versions() {
    let parties = Parties::new();
    let one = first();
    let two = renewed(&one);
    let three = amended(&two, 20);
    let chain = || {
        vec![
            filed_at(&parties, one.clone(), hours(0)),
            filed_at(&parties, two.clone(), hours(2)),
            filed_at(&parties, three.clone(), hours(3)),
        ]
    };
    assert_eq!(check_chain(&chain()).unwrap().len(), 2);
    assert!(check_chain(&[]).unwrap().is_empty());
    let code = |chain: Vec<ContractFile>| check_chain(&chain).unwrap_err().code;
    let forged = |by: &dyn Fn(&mut Vec<ContractFile>)| {
        let mut chain = chain();
        by(&mut chain);
        code(chain)
    };
    assert_eq!(forged(&|chain| drop(chain.remove(0))), "version-gap");
    assert_eq!(forged(&|chain| drop(chain.remove(1))), "version-gap");
    assert_eq!(forged(&|chain| chain[2] = filed_at(&parties, amended(&one, 30), hours(3))), "version-overtaken");
    assert_eq!(forged(&|chain| chain[1] = filed_at(&parties, amended(&one, 30), hours(2))), "version-fork");
    assert_eq!(forged(&|chain| chain[1].contract.indate = "20400101000000".to_owned()), "version-filing");
    assert_eq!(forged(&|chain| drop(chain[2].signatures.pop())), "contract-unsigned");
    assert_eq!(forged(&|chain| chain[2].filing.stamp = chain[1].filing.stamp.clone()), "version-filing");
    assert_eq!(forged(&|chain| chain[2] = filed_at(&parties, three.clone(), hours(1))), "version-filing");
    assert_eq!(forged(&|chain| chain[1] = filed_at(&parties, two.clone(), hours(30))), "version-expired");
}

#[test]
fn a_proposal_is_answered_once_and_an_agreement_outweighs_a_withdrawal() {
    let parties = Parties::new();
    let one = first();
    let two = amended(&one, 20);
    let (to_consumer, to_provider) = (consumer(), provider());
    let there = Place { peer: to_consumer.as_str(), space_id: "demo", platform: PLATFORM };
    let here = Place { peer: to_provider.as_str(), space_id: "demo", platform: PLATFORM };
    let (ours, effects) = propose("v".to_owned(), signed(&parties, two.clone(), false), there, hours(1)).unwrap();
    assert_eq!(effects.len(), 2, "a record and a message");
    assert_eq!(ours.moves(hours(1)), ["withdraw"]);
    assert_eq!(ours.moves(hours(25)), [""; 0], "nobody answered");
    let theirs = receive("v".to_owned(), signed(&parties, two.clone(), false), here, hours(1)).unwrap();
    let both = signed(&parties, two, true);
    assert_eq!(agree(ours.clone(), both.clone(), &first(), PLATFORM, hours(1)).unwrap_err().code, "own-proposal");
    assert_eq!(decline(theirs.clone(), " ", hours(1)).unwrap_err().code, "termination-reason");
    let (refused, _) = decline(theirs.clone(), "不同意", hours(1)).unwrap();
    assert_eq!(refused.state, State::Refused);
    assert_eq!(agree(refused, both.clone(), &first(), PLATFORM, hours(1)).unwrap_err().code, "version-answered");
    let (agreed, effects) = agree(theirs, both, &first(), PLATFORM, hours(1)).unwrap();
    let [Effect::Record(record), Effect::Send(send)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((record.kind, send.path.as_str()), ("contract.version_agreed", "/tc609/contractRegistrate"));
    // The withdrawal crosses the agreement, and comes too late.
    let (withdrawn, _) = decline(ours, "", hours(1)).unwrap();
    let answer = xinyu_protocol::tc609::version::VersionAnswer {
        version_id: "v".to_owned(),
        contract_id: one.contract_id,
        answer: "withdrawn".to_owned(),
        reason: String::new(),
        at: hours(1),
    };
    let (agreed, is_taken) = declined(agreed, &answer).unwrap();
    assert!(!is_taken);
    for pending in [&withdrawn, &agreed] {
        assert_eq!(filed(pending.clone(), &agreed.contract_hash, "").state, State::Filed);
    }
    assert_eq!(filed(agreed, "another", "另一版").state, State::Superseded);
}

pub(in crate::contract) fn registered(parties: &Parties) -> Registered {
    let file = filed_at(parties, first(), now());
    serde_json::from_value(json!({
        "contract_id": CONTRACT, "space_id": "demo", "suite": "intl", "application_id": "a1", "product_id": "p", "name": "n",
        "provider": provider(), "consumer": consumer(), "status": "05", "frozen_at": null,
        "signed": { "contract": file.contract, "signatures": file.signatures },
        "contract_hash": signing::hash(&file.contract).unwrap(), "filing": file.filing, "created_at": now(), "filed_at": now(),
        "ended_at": null, "metering": { "provider": null, "consumer": null, "platform": xinyu_protocol::tc609::metering::Meter::default(), "differences": [] },
        "statement": null,
    }))
    .unwrap()
}

#[test]
fn tc609_14_7_4_c_of_two_versions_that_race_one_is_filed_and_the_other_told_clearly() {
    let parties = Parties::new();
    let (two, other) = (amended(&first(), 20), amended(&first(), 30));
    let file = |contract: Registered, next: &Contract, at| {
        let stamped = filed_at(&parties, next.clone(), at);
        let both = SignedContract { contract: stamped.contract, signatures: stamped.signatures };
        let new = ToFile {
            signed: both,
            hash: signing::hash(next).unwrap(),
            filing: stamped.filing,
            sealed: None,
            previous: None,
            policy_set: None,
        };
        file_version(contract, new, at)
    };
    let (won, kept, effects) = file(registered(&parties), &two, hours(2)).unwrap();
    assert_eq!((kept.signed.contract.version(), won.signed.as_ref().unwrap().contract.version()), (1, 2));
    let versions: Vec<Value> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send(send) => Some(serde_json::from_slice::<Value>(&send.body).unwrap()["strategyVersion"].clone()),
            _ => None,
        })
        .collect();
    assert_eq!(versions, ["2", "2"], "it goes down to both");
    assert_eq!(file(won, &other, hours(2)).unwrap_err().code, "version-overtaken");
    let frozen = Registered { frozen_at: Some(now()), ..registered(&parties) };
    assert_eq!(file(frozen, &two, hours(2)).unwrap_err().code, "contract-frozen");
    let ended = Registered { status: crate::contract::ContractStatus::Terminated, ..registered(&parties) };
    assert_eq!(file(ended, &two, hours(2)).unwrap_err().code, "contract-ending");
    assert_eq!(file(registered(&parties), &two, hours(25)).unwrap_err().code, "version-expired");
}

/// A contract that renews itself by thirty days, decided a day before its end.
fn renewing() -> (Contract, Timestamp) {
    let mut one = first();
    one.expansion_item.smart_clauses = serde_json::from_value(json!([{
        "id": "renew", "text": { "zh": "自动续签", "en": "renewal" }, "when": "true", "times": 3,
        "then": { "do": "renew", "by": "P30D", "notice": "P1D" },
    }]))
    .unwrap();
    let moment = renewal::moment(
        renewal::of(&one.expansion_item.smart_clauses).unwrap(),
        time::parse_compact(&one.indate).unwrap(),
    );
    (one, moment.unwrap())
}

fn by(at: Timestamp) -> xinyu_protocol::tc609::version::RenewedBy {
    xinyu_protocol::tc609::version::RenewedBy { clause: "renew".to_owned(), record: "r1".to_owned(), at }
}

#[test]
fn tc609_14_7_5_c_what_a_renewal_comes_to_is_computed_by_everybody_to_the_last_byte() {
    let (one, moment) = renewing();
    let two = renewal::renewed(&one, by(moment)).unwrap();
    must_follow(&one, &two).unwrap();
    assert_eq!((two.version(), two.contract_policies == one.contract_policies), (2, true));
    let end = |contract: &Contract| time::parse_compact(&contract.indate).unwrap();
    assert_eq!(end(&two), time::add(end(&one), &time::parse_duration("P30D").unwrap()).unwrap());
    assert_eq!(renewal::renewed(&one, by(moment)).unwrap(), two);
    let three = renewal::renewed(&two, by(end(&two).checked_sub(SignedDuration::from_hours(1)).unwrap())).unwrap();
    must_follow(&two, &three).unwrap();

    let code = |contract: &Contract, at| renewal::renewed(contract, by(at)).unwrap_err().code;
    assert_eq!(code(&first(), moment), "version-renewal", "what was not agreed does not renew");
    assert_eq!(code(&one, moment.checked_sub(SignedDuration::from_secs(1)).unwrap()), "version-renewal");
    assert_eq!(code(&one, end(&one)), "version-renewal");
    let forgeries: [&dyn Fn(&mut Contract); 6] = [
        &|two| two.indate = time::compact(moment.checked_add(SignedDuration::from_hours(24 * 99)).unwrap()),
        &|two| two.expansion_item.revenue.per_use_fen = 1,
        &|two| two.expansion_item.smart_clauses.clear(),
        &|two| two.sign_time = time::compact(moment.checked_add(SignedDuration::from_secs(5)).unwrap()),
        &|two| two.expansion_item.version.as_mut().unwrap().reason = "x".to_owned(),
        &|two| two.expansion_item.version.as_mut().unwrap().renewed_by.as_mut().unwrap().clause = "other".to_owned(),
    ];
    for (index, forge) in forgeries.iter().enumerate() {
        let mut forged = two.clone();
        forge(&mut forged);
        assert!(must_follow(&one, &forged).is_err(), "{index}");
    }
}

#[test]
fn tc609_14_7_5_c_a_renewed_version_bears_no_signatures_and_stands_in_the_chain() {
    let parties = Parties::new();
    let (one, moment) = renewing();
    let two = renewal::renewed(&one, by(moment)).unwrap();
    let chain = |change: &dyn Fn(&mut ContractFile)| {
        let mut second = filed_at(&parties, two.clone(), moment);
        second.signatures.clear();
        change(&mut second);
        check_chain(&[filed_at(&parties, one.clone(), now()), second])
    };
    assert_eq!(chain(&|_| {}).unwrap().len(), 2, "it was signed by both with the version before");
    let signatures = filed_at(&parties, two.clone(), moment).signatures;
    assert_eq!(chain(&|file| file.signatures.clone_from(&signatures)).unwrap_err().code, "contract-signature");
    // Without the clause that renews it, a version that nobody signed is none.
    let mut bare = two.clone();
    bare.expansion_item.version.as_mut().unwrap().renewed_by = None;
    let mut bare = filed_at(&parties, bare, moment);
    bare.signatures.clear();
    let refused = check_chain(&[filed_at(&parties, one.clone(), now()), bare]);
    assert_eq!(refused.unwrap_err().code, "contract-unsigned");
}

#[test]
fn tc609_14_7_5_c_a_renewal_can_be_refused_until_its_notice_begins() {
    let (one, moment) = renewing();
    renewal::must_be_refusable(&one, now()).unwrap();
    assert_eq!(renewal::must_be_refusable(&one, moment).unwrap_err().code, "renewal-late");
    assert_eq!(renewal::must_be_refusable(&first(), now()).unwrap_err().code, "renewal-none");
}
