//! Proposals: signed by their author, in their place, within what may be proposed.

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use uuid::Uuid;
use xinyu_crypto::{KeyRing, PublicKeys};
use xinyu_identity::credential::{Credential, Holder, StatusEntry};
use xinyu_identity::did::DidWeb;
use xinyu_protocol::api::negotiation::TermsChange;
use xinyu_protocol::id::{ParticipantId, PartyId};
use xinyu_protocol::tc609::participant::Role;

use super::*;

pub(crate) const CONTRACT: &str = "C491350100M000100Y43350120250829120000A1B2C3D4B";
pub(crate) const PRODUCT: &str = "691350100M000100Y433501A1B2C3D47";
pub(crate) const PLATFORM: &str = "491350100M000100Y433501A1B2C3D4E";
pub(crate) const PROVIDER: &str = "591350100M000100Y433501A1B2C3D4T";

/// The consumer's connector: of another organisation.
pub(crate) fn consumer() -> ConnectorId {
    let owner = ParticipantId::parse("91440300MA7XYU2188").unwrap();
    ConnectorId::compose(&owner, &xinyu_protocol::id::AreaCode::parse("4403").unwrap(), 7)
}

pub(crate) fn provider() -> ConnectorId {
    ConnectorId::parse(PROVIDER).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn ring(seed: u64) -> KeyRing {
    KeyRing::generate(&mut StdRng::seed_from_u64(seed))
}

/// A service party's connector: of a third organisation.
pub(crate) fn serving(entropy: u64) -> ConnectorId {
    let code = if entropy == 1 { "1111000000XYU9018K" } else { "91310000MA7XYU103F" };
    let owner = ParticipantId::parse(code).unwrap();
    ConnectorId::compose(&owner, &xinyu_protocol::id::AreaCode::parse("3100").unwrap(), entropy)
}

/// A platform, and keys and credentials of the two sides.
pub(crate) struct Parties {
    pub(crate) issuer: PartyId,
    pub(crate) keys: PublicKeys,
    pub(crate) provider: (KeyRing, String),
    pub(crate) consumer: (KeyRing, String),
    pub(crate) serving: [(KeyRing, String); 2],
}

impl Parties {
    pub(crate) fn new() -> Self {
        let platform = ring(1);
        let issuer = PartyId::parse(PLATFORM).unwrap();
        let member = |seed: u8, connector: &ConnectorId, role: Role| {
            let ring = ring(seed.into());
            let claims = Credential {
                iss: issuer.clone(),
                sub: connector.clone().into(),
                jti: Uuid::from_bytes([seed; 16]),
                iat: now().as_second() - 1000,
                nbf: now().as_second() - 1000,
                exp: now().as_second() + 1_000_000,
                participant: Holder {
                    id: PartyId::from(connector.clone()).owner(),
                    name: format!("成员 {seed}"),
                    role,
                },
                keys: ring.public(),
                address: "https://a.example".to_owned(),
                did: DidWeb::from_base_url("https://a.example").unwrap(),
                status: StatusEntry { list: None, index: 0 },
            };
            let credential = Credential::issue(&claims, platform.signing(Suite::Intl));
            (ring, credential)
        };
        let (first, second) = (member(2, &provider(), Role::Provider), member(3, &consumer(), Role::Consumer));
        let serving = [member(4, &serving(1), Role::Service), member(5, &serving(2), Role::Service)];
        Self { keys: platform.public(), issuer, provider: first, consumer: second, serving }
    }

    pub(crate) fn trust(&self) -> Trust<'_> {
        Trust { issuer: &self.issuer, keys: &self.keys }
    }

    pub(crate) fn sign(&self, proposal: Proposal) -> SignedProposal {
        let (ring, credential) = if proposal.author == provider() { &self.provider } else { &self.consumer };
        sign(proposal, ring.signing(Suite::Intl), credential).unwrap()
    }
}

pub(crate) fn entry() -> CatalogEntry {
    serde_json::from_value(json!({
        "productId": PRODUCT, "spaceId": "demo", "providerId": "91350100M000100Y43", "providerName": "提供方", "connectorId": PROVIDER,
        "product": {
            "name": "客流", "description": "d", "source": "s", "licence": "CC0", "topic": "B0300", "updateFrequency": "005", "keywords": [],
            "tables": [{ "name": "t", "rows": 3, "fields": [
                { "name": "a", "kind": "text" }, { "name": "b", "kind": "text", "masked": true }, { "name": "c", "kind": "integer" },
            ] }],
        },
        "policies": [{ "permissionPolicies": [{
            "actions": ["compute"],
            "constraints": [
                { "constraintName": "count", "constraintOperator": "11", "constraintValue": 100 },
                { "constraintName": "dataField", "constraintOperator": "07", "constraintValue": ["t.a", "t.b"] },
            ],
            "preDuties": [{ "actions": ["desensitize"], "expansionItem": { "fields": ["t.b"], "method": "mask" } }],
        }] }],
        "revenue": { "baseFen": 1000, "perUseFen": 10, "shares": [
            { "participantId": "91350100M000100Y43", "permille": 850 }, { "participantId": "91310000MA7XYU103F", "permille": 150 },
        ] },
        "term": "P30D", "qualityLevel": "001", "securityLevel": "001", "personalData": false,
    }))
    .unwrap()
}

pub(crate) fn place<'a>(
    entry: &'a CatalogEntry,
    contract: &'a ContractId,
    previous: Option<&'a SignedProposal>,
) -> Place<'a> {
    Place {
        contract_id: contract,
        application_id: "a1",
        process: "urn:uuid:c",
        space_id: "demo",
        suite: Suite::Intl,
        product_id: &entry.product_id,
        previous,
    }
}

fn contract() -> ContractId {
    ContractId::parse(CONTRACT).unwrap()
}

fn refused(result: Result<(), Rejection>) -> Option<(&'static str, String)> {
    result.err().map(|error| {
        assert!(!error.text.zh.is_empty() && !error.text.en.is_empty() && error.text.zh != error.text.en);
        (error.code, error.clause.unwrap_or_default())
    })
}

#[test]
fn tc609_14_7_3_e_a_proposal_carries_its_authors_signature_over_every_bit() {
    let (parties, entry, contract) = (Parties::new(), entry(), contract());
    let drawn = draw_up(&place(&entry, &contract, None), &consumer(), listed(&entry), now()).unwrap();
    let signed = parties.sign(drawn);
    let check = |signed: &SignedProposal, author: &ConnectorId| {
        refused(check_signature(signed, author.as_str(), &parties.trust(), now())).map(|(code, _)| code)
    };
    assert_eq!(check(&signed, &consumer()), None);
    assert_eq!(check(&signed, &provider()), Some("proposal-author"));
    let with = |change: fn(&mut SignedProposal)| {
        let mut changed = signed.clone();
        change(&mut changed);
        check(&changed, &consumer())
    };
    assert_eq!(with(|one| one.proposal.terms.revenue.base_fen = 1), Some("proposal-signature"));
    assert_eq!(with(|one| one.proposal.terms.policies.clear()), Some("proposal-signature"));
    assert_eq!(with(|one| one.proposal.round = 2), Some("proposal-signature"));
    assert_eq!(with(|one| one.proposal.suite = "sm".to_owned()), Some("proposal-signature"));
    assert_eq!(with(|one| one.proposal.suite = "rot13".to_owned()), Some("unknown-suite"));
    assert_eq!(with(|one| one.signature.signature.clear()), Some("proposal-signature"));
    assert_eq!(with(|one| one.signature.credential.push('x')), Some("proposal-signature"));
    let foreign = Trust { issuer: &parties.issuer, keys: &parties.provider.0.public() };
    assert_eq!(
        refused(check_signature(&signed, consumer().as_str(), &foreign, now())).map(|(code, _)| code),
        Some("proposal-signature")
    );
    let early = now().checked_sub(jiff::SignedDuration::from_secs(SIGNING_SKEW_SECONDS + 1)).unwrap();
    let ahead = check_signature(&signed, consumer().as_str(), &parties.trust(), early);
    assert_eq!(refused(ahead).map(|(code, _)| code), Some("proposal-time"));
}

#[test]
fn tc609_14_7_3_b_each_round_answers_the_one_before() {
    let (parties, entry, contract) = (Parties::new(), entry(), contract());
    let first = parties.sign(draw_up(&place(&entry, &contract, None), &consumer(), listed(&entry), now()).unwrap());
    let second = draw_up(&place(&entry, &contract, Some(&first)), &provider(), listed(&entry), now()).unwrap();
    assert_eq!((second.round, second.previous.clone()), (2, Some(digest(&first.proposal).unwrap())));
    let check = |proposal: &Proposal, previous: Option<&SignedProposal>| {
        refused(check_place(proposal, &place(&entry, &contract, previous)))
    };
    assert_eq!(check(&second, Some(&first)), None);
    let stale = |found: Option<(&'static str, String)>| assert_eq!(found.map(|(code, _)| code), Some("stale-round"));
    // Replayed, skipped, and an answer to something else.
    stale(check(&first.proposal, Some(&first)));
    stale(check(&second, None));
    let other = Proposal { previous: Some("0".repeat(64)), ..second.clone() };
    stale(check(&other, Some(&first)));
    let elsewhere = |change: fn(&mut Proposal)| {
        let mut changed = second.clone();
        change(&mut changed);
        check(&changed, Some(&first)).map(|(_, clause)| clause)
    };
    type Change = (&'static str, fn(&mut Proposal));
    let changes: [Change; 4] = [
        ("/proposal/proposal/process", |one| one.process = "urn:uuid:d".to_owned()),
        ("/proposal/proposal/applicationId", |one| one.application_id = "a2".to_owned()),
        ("/proposal/proposal/spaceId", |one| one.space_id = "other".to_owned()),
        ("/proposal/proposal/suite", |one| one.suite = "sm".to_owned()),
    ];
    for (clause, change) in changes {
        assert_eq!(elsewhere(change).as_deref(), Some(clause));
    }
    let product = ProductId::compose(
        &ParticipantId::parse("91350100M000100Y43").unwrap(),
        &xinyu_protocol::id::AreaCode::parse("1100").unwrap(),
        9,
    );
    let other = Proposal { product_id: product, ..second };
    assert_eq!(check(&other, Some(&first)).map(|(_, clause)| clause).as_deref(), Some("/proposal/proposal/productId"));
}

fn acceptable(terms: &ProposedTerms) -> Option<(&'static str, String)> {
    let (entry, provider, consumer) = (entry(), provider(), consumer());
    refused(must_be_acceptable(terms, &Bounds { entry: &entry, provider: &provider, consumer: &consumer }))
}

fn with(change: impl FnOnce(&mut Value)) -> ProposedTerms {
    let mut terms = serde_json::to_value(listed(&entry())).unwrap();
    change(&mut terms);
    serde_json::from_value(terms).unwrap()
}

fn nested(depth: usize) -> Value {
    let leaf = json!({ "constraintName": "count", "constraintOperator": "11", "constraintValue": 5 });
    (0..depth).fold(leaf, |inner, _| json!({ "and": [inner] }))
}

#[test]
fn tc609_15_7_1_2_2_d_what_is_proposed_passes_the_gates_of_a_listing() {
    assert_eq!(acceptable(&listed(&entry())), None);
    let permission = "/policies/0/permissionPolicies/0";
    let fewer = changed(listed(&entry()), &TermsChange { uses: Some(5), base_fen: Some(0), ..TermsChange::default() });
    assert_eq!(acceptable(&fewer.unwrap()), None);
    let at = |pointer: &str, value: Value| {
        let pointer = pointer.to_owned();
        with(move |terms| *terms.pointer_mut(&pointer).unwrap() = value)
    };
    let constraint = format!("{permission}/constraints/0");
    let operand =
        at(&constraint, json!({ "constraintName": "colour", "constraintOperator": "01", "constraintValue": "x" }));
    let cases = [
        (operand, "policy", format!("/terms{constraint}/constraintName")),
        (at(&constraint, nested(200)), "proposal-form", "/terms/policies".to_owned()),
        (at(&constraint, nested(12)), "proposal-form", "/terms/policies".to_owned()),
        (at("/policies", json!([])), "nothing-permitted", "/terms/policies".to_owned()),
        (
            at("/policies", json!("x".repeat(200_000).chars().map(|_| "xx").collect::<Vec<_>>())),
            "proposal-size",
            "/terms".to_owned(),
        ),
        (at("/term", "P0D".into()), "contract-term", "/terms/term".to_owned()),
        (at("/term", "P101Y".into()), "contract-term", "/terms/term".to_owned()),
        (at("/term", "-P1D".into()), "contract-term", "/terms/term".to_owned()),
        (at("/term", "soon".into()), "contract-term", "/terms/term".to_owned()),
        (at("/revenue/perUseFen", json!(9_007_199_254_740_991_u64)), "revenue", "/terms/revenue/perUseFen".to_owned()),
        (at("/revenue/shares/0/permille", 900.into()), "revenue", "/terms/revenue/shares".to_owned()),
        (
            with(|terms| {
                terms["revenue"]["shares"][0]["permille"] = 900.into();
                terms["revenue"]["shares"][1]["permille"] = 100.into();
            }),
            "revenue",
            "/terms/revenue/shares".to_owned(),
        ),
        (
            at(&format!("{permission}/constraints/1/constraintValue"), json!(["t.a", "t.secret"])),
            "beyond-product",
            format!("/terms{permission}/constraints/1"),
        ),
        (
            with(|terms| {
                terms["policies"][0]["permissionPolicies"][0].as_object_mut().unwrap().remove("preDuties");
            }),
            "beyond-product",
            "/terms/policies".to_owned(),
        ),
        (
            with(|terms| {
                terms["policies"][0]["permissionPolicies"][0]["subject"] =
                    json!({ "dataProductId": "691350100M000100Y433501A1B2C3D48" });
            }),
            "another-product",
            format!("/terms{permission}/subject"),
        ),
        (
            with(|terms| {
                terms["policies"][0]["permissionPolicies"][0]["executionNode"] =
                    json!({ "assignerId": PROVIDER, "assigneeId": "591350100M000100Y433501A1B2C3D4X" });
            }),
            "another-party",
            format!("/terms{permission}/executionNode"),
        ),
    ];
    for (terms, code, clause) in cases {
        let found = acceptable(&terms).unwrap_or_else(|| panic!("{code} expected"));
        assert_eq!(found.0, code, "{found:?}");
        assert!(clause.is_empty() || found.1 == clause, "{found:?} instead of {clause}");
    }
    assert_eq!(acceptable(&at(&constraint, nested(5))), None);
    let contradiction = with(|terms| {
        terms["policies"][0]["prohibitionPolicies"] = json!([{ "actions": ["compute"] }]);
    });
    assert_eq!(acceptable(&contradiction).map(|(code, _)| code), Some("policy-conflict"));
}

#[test]
fn a_change_replaces_a_limit_or_adds_it_and_makes_sense() {
    let change = TermsChange {
        uses: Some(50),
        fields: Some(vec!["t.a".to_owned()]),
        duration: Some("P7D".to_owned()),
        term: Some("P60D".to_owned()),
        base_fen: Some(1),
        per_use_fen: Some(2),
        service_parties: None,
    };
    let terms = changed(listed(&entry()), &change).unwrap();
    let constraints = terms.policies[0]["permissionPolicies"][0]["constraints"].as_array().unwrap();
    let told: Vec<_> = constraints
        .iter()
        .map(|one| (one["constraintName"].as_str().unwrap(), one["constraintValue"].clone()))
        .collect();
    assert_eq!(told, [("count", json!(50)), ("dataField", json!(["t.a"])), ("elapsedTime", json!("P7D"))]);
    assert_eq!((terms.term.as_str(), terms.revenue.base_fen, terms.revenue.per_use_fen), ("P60D", 1, 2));
    assert_eq!(acceptable(&terms), None);
    for (change, clause) in [
        (TermsChange { uses: Some(0), ..TermsChange::default() }, "/change/uses"),
        (TermsChange { fields: Some(Vec::new()), ..TermsChange::default() }, "/change/fields"),
        (TermsChange { fields: Some(vec![" ".to_owned()]), ..TermsChange::default() }, "/change/fields"),
    ] {
        assert_eq!(changed(listed(&entry()), &change).unwrap_err().clause.as_deref(), Some(clause));
    }
    let empty = ProposedTerms { policies: Vec::new(), ..listed(&entry()) };
    let change = TermsChange { uses: Some(1), ..TermsChange::default() };
    assert_eq!(changed(empty, &change).unwrap_err().clause.as_deref(), Some("/change/count"));
    assert!(TermsChange::default().is_empty());
}
