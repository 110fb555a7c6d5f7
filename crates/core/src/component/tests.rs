//! Components as data: the table of their life, the chain of versions, and that whatever is changed in a registration is found.

use serde_json::{Value, json};
use xinyu_crypto::{Suite, jws};
use xinyu_protocol::id::{ConnectorId, ParticipantId, PartyId};
use xinyu_protocol::tc609::component::{
    ComponentKind, ComponentStanding, ComponentStatement, SignedComponent, StampedComponent,
};

use super::check::{Content, Wanted, bar, check};
use super::review::{Seen, by_rule, review};
use super::state::{Act, State, TRANSITIONS, target};
use super::*;
use crate::contract::proposal::tests::{Parties, consumer, now, provider, ring};
use crate::contract::signing;
use crate::review::{Findings, RULE, Severity, Tried};

const SQL_TEXT: &[u8] = b"SELECT count(*) AS n FROM data";

fn owner(connector: &ConnectorId) -> ParticipantId {
    PartyId::from(connector.clone()).owner()
}

fn statement(change: &Value) -> ComponentStatement {
    let source = provider();
    let digests = digests(SQL_TEXT);
    let mut value = json!({
        "registrationId": "r1", "spaceId": "demo", "suite": "intl", "kind": "algorithm", "name": "计数", "version": "1.0",
        "mediaType": SQL, "sizeBytes": SQL_TEXT.len(), "digests": digests, "outputs": "行数", "outputLeaves": true,
        "description": "", "purpose": "统计", "sourceId": source, "sourceEntityId": owner(&source), "issuedAt": now(),
    });
    for (name, to) in change.as_object().unwrap() {
        value[name] = to.clone();
    }
    serde_json::from_value(value).unwrap()
}

fn signed(parties: &Parties, statement: ComponentStatement) -> SignedComponent {
    let (ring, credential) = &parties.provider;
    let bytes = statement.signing_bytes().unwrap();
    let signature = signing::sign_bytes(&bytes, &provider(), ring.signing(Suite::Intl), credential);
    SignedComponent { statement, signature }
}

fn standing(state: State) -> ComponentStanding {
    let reason = if state == State::Approved { String::new() } else { "有缺陷".to_owned() };
    ComponentStanding { component_id: "cmp-1".to_owned(), version: "1.0".to_owned(), state, reason, since: now() }
}

fn stamped(parties: &Parties, signed: SignedComponent, state: State) -> StampedComponent {
    let (platform, standing) = (ring(1), standing(state));
    let sign = |suite: Suite, payload: &[u8]| jws::sign(stamp::STAMP, payload, platform.signing(suite));
    let id = parties.issuer.platform().unwrap();
    let filing = stamp::stamp(&standing, &signed, (&id, &platform.public()), &sign, now()).unwrap();
    StampedComponent { standing, signed, filing }
}

fn component(statement: ComponentStatement, state: State) -> Component {
    let parties = Parties::new();
    let StampedComponent { mut standing, signed, filing } = stamped(&parties, signed(&parties, statement), state);
    standing.version.clone_from(&signed.statement.version);
    Component {
        standing,
        signed,
        has_content: true,
        filing,
        history: Vec::new(),
        findings: Vec::new(),
        deadline: Deadline::default(),
    }
}

#[test]
fn an_act_leads_where_the_table_says_and_nowhere_else() {
    let mut led = 0;
    for from in State::ALL {
        for act in Act::ALL {
            let one = component(statement(&json!({})), from);
            match (target(from, act), step(&one, (act, "platform"), "理由", now())) {
                (Some(to), Ok((standing, done))) => {
                    assert_eq!((standing.state, done.act.as_str()), (to, act.as_str()));
                    led += 1;
                }
                (None, Err(refused)) => assert_eq!(refused.code, "component-state"),
                (expect, got) => panic!("{from:?} {act:?}: {expect:?} {got:?}"),
            }
            assert_eq!(Act::of_word(act.as_str()).unwrap(), act);
        }
    }
    assert_eq!(led, TRANSITIONS.len());
    assert_eq!(Act::of_word("delete").unwrap_err().code, "unknown-move");
    for act in [Act::Refuse, Act::Suspend, Act::Withdraw] {
        let from = TRANSITIONS.iter().find(|(_, by, _)| *by == act).unwrap().0;
        let one = component(statement(&json!({})), from);
        assert_eq!(step(&one, (act, "source"), " ", now()).unwrap_err().code, "reason-missing");
        assert_eq!(step(&one, (act, "source"), &"x".repeat(301), now()).unwrap_err().code, "reason-too-long");
    }
}

#[test]
fn a_statement_is_sound_or_its_first_fault_is_named() {
    assert!(must_be_sound(&statement(&json!({})), Some(SQL_TEXT)).is_ok());
    assert!(must_be_sound(&statement(&json!({})), None).is_ok());
    for (change, expect) in [
        (json!({ "name": " " }), "/name"),
        (json!({ "version": "1 0" }), "/version"),
        (json!({ "version": "1@2" }), "/version"),
        (json!({ "purpose": "" }), "/purpose"),
        (json!({ "digests": { "sm3": "AB", "sha256": "ab" } }), "/digests/sm3"),
        (json!({ "former": "0.9" }), "/former"),
        (json!({ "sizeBytes": 1 }), "/digests"),
        (json!({ "digests": digests(b"other") }), "/digests"),
        (json!({ "address": "https://user:pass@app.example.com" }), "/address"),
        (json!({ "address": "file:///etc/passwd" }), "/address"),
    ] {
        let refused = must_be_sound(&statement(&change), Some(SQL_TEXT)).unwrap_err();
        assert_eq!(refused.clause.as_deref(), Some(expect), "{change}");
    }
    let large = vec![b' '; CONTENT_MAX + 1];
    let change = json!({ "sizeBytes": large.len(), "digests": digests(&large) });
    assert_eq!(must_be_sound(&statement(&change), Some(&large)).unwrap_err().clause.as_deref(), Some("/content"));
    assert!(must_be_sound(&statement(&change), None).is_ok(), "a large content stays with its source");
    assert!(must_be_sound(&statement(&json!({ "sizeBytes": 0 })), None).is_err());
}

#[test]
fn a_new_version_follows_the_newest_of_its_own_source() {
    let first = component(statement(&json!({})), State::Approved);
    let next = |change: Value| {
        let mut all = json!({ "componentId": "cmp-1", "former": "1.0", "version": "1.1" });
        all.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        chain(&statement(&all), std::slice::from_ref(&first))
    };
    assert_eq!(next(json!({})).unwrap().as_deref(), Some("cmp-1"));
    assert_eq!(chain(&statement(&json!({})), &[]).unwrap(), None);
    let other = consumer();
    for (change, expect) in [
        (json!({ "sourceId": other, "sourceEntityId": owner(&other) }), "component-of-another"),
        (json!({ "kind": "model" }), "component-differs"),
        (json!({ "spaceId": "other" }), "component-differs"),
        (json!({ "version": "1.0" }), "version-taken"),
        (json!({ "former": "0.9" }), "version-chain"),
    ] {
        assert_eq!(next(change).unwrap_err().code, expect);
    }
    let again = statement(&json!({ "componentId": "cmp-1", "former": "1.0", "version": "1.1" }));
    assert_eq!(chain(&again, &[]).unwrap_err().code, "unknown-component");
}

#[test]
fn tc609_15_10_1_c_what_does_not_pass_every_check_does_not_run() {
    let parties = Parties::new();
    let caller = owner(&consumer());
    let wanted = Wanted { kind: ComponentKind::Algorithm, name: "cmp-1@1.0", space_id: "demo", caller: &caller };
    let good = stamped(&parties, signed(&parties, statement(&json!({}))), State::Approved);
    let run = |component: &StampedComponent, wanted: &Wanted<'_>, content: Content<'_>| {
        check(component, wanted, content, &parties.keys).map_err(|why| why.en)
    };
    let used = run(&good, &wanted, Content::Bytes(SQL_TEXT)).unwrap();
    assert_eq!(used.name(), "cmp-1@1.0");
    assert!(is_digest_of(&used.digest, &digests(SQL_TEXT)));
    let sm3 = format!("sm3:{}", digests(SQL_TEXT).sm3);
    assert!(run(&good, &Wanted { name: "cmp-1", ..wanted.clone() }, Content::Digest(&sm3)).is_ok());

    for (content, expect) in [
        (Content::Bytes(b"SELECT * FROM data"), "does not have the digest"),
        (Content::Digest("sha256:00"), "does not have the digest"),
        (Content::Digest("md5:00"), "does not have the digest"),
        (Content::Missing, "stays with its source"),
    ] {
        let why = run(&good, &wanted, content).unwrap_err();
        assert!(why.contains(expect), "{why}");
    }
    for (wanted, expect) in [
        (Wanted { name: "cmp-1@2.0", ..wanted.clone() }, "was named"),
        (Wanted { name: "cmp-2", ..wanted.clone() }, "was named"),
        (Wanted { kind: ComponentKind::Model, ..wanted.clone() }, "registered as algorithm"),
        (Wanted { space_id: "other", ..wanted.clone() }, "not that of the contract"),
    ] {
        let why = run(&good, &wanted, Content::Bytes(SQL_TEXT)).unwrap_err();
        assert!(why.contains(expect), "{why}");
    }
    for state in State::ALL.into_iter().filter(|state| *state != State::Approved) {
        let one = stamped(&parties, signed(&parties, statement(&json!({}))), state);
        let why = run(&one, &wanted, Content::Bytes(SQL_TEXT)).unwrap_err();
        assert!(why.contains("有缺陷"), "{why}");
        assert!(bar(&standing(state)).is_some());
    }
    let closed = statement(&json!({ "callers": [owner(&provider())] }));
    let closed = stamped(&parties, signed(&parties, closed), State::Approved);
    assert!(run(&closed, &wanted, Content::Bytes(SQL_TEXT)).unwrap_err().contains("may not call"));
    let own = owner(&provider());
    assert!(run(&closed, &Wanted { caller: &own, ..wanted.clone() }, Content::Bytes(SQL_TEXT)).is_ok());
    // Another platform's keys.
    let stranger = ring(9).public();
    assert!(check(&good, &wanted, Content::Bytes(SQL_TEXT), &stranger).unwrap_err().en.contains("trusted platform"));
}

#[test]
fn tc609_15_7_2_1_2_a_whatever_is_changed_in_a_registration_is_found_offline() {
    let parties = Parties::new();
    let good = stamped(&parties, signed(&parties, statement(&json!({}))), State::Approved);
    let file = xinyu_protocol::json::canonical(&good).unwrap();
    let verified = stamp::verify(&file).unwrap();
    assert_eq!((verified.source.name.as_str(), verified.component.standing.state), ("成员 2", State::Approved));
    let value: Value = serde_json::to_value(&good).unwrap();
    for (pointer, to) in [
        ("/standing/componentId", json!("cmp-2")),
        ("/standing/version", json!("1.1")),
        ("/standing/since", json!("2026-01-01T00:00:00Z")),
        ("/signed/statement/name", json!("另一个")),
        ("/signed/statement/outputLeaves", json!(false)),
        ("/signed/statement/digests/sha256", json!("00".repeat(32))),
        ("/signed/signature/signature", json!("AA")),
        ("/signed/signature/kid", json!("k")),
        ("/filing/stamp", json!("a.b.c")),
        ("/filing/keys", serde_json::to_value(ring(9).public()).unwrap()),
    ] {
        let mut changed = value.clone();
        *changed.pointer_mut(pointer).unwrap() = to;
        let bytes = xinyu_protocol::json::canonical(&changed).unwrap();
        assert!(stamp::verify(&bytes).is_err(), "{pointer}");
    }
    let text = String::from_utf8(file).unwrap().replace("\"approved\"", "\"withdrawn\"");
    assert!(stamp::verify(text.as_bytes()).is_err());
    // Signed by another than the source that it names.
    let (ring, credential) = &parties.consumer;
    let said = statement(&json!({}));
    let signature =
        signing::sign_bytes(&said.signing_bytes().unwrap(), &consumer(), ring.signing(Suite::Intl), credential);
    let forged = stamped(&parties, SignedComponent { statement: said, signature }, State::Approved);
    assert!(
        stamp::verify(&xinyu_protocol::json::canonical(&forged).unwrap()).unwrap_err().en.contains("not the source")
    );
}

#[test]
fn tc609_01_5_3_3_3_b_the_review_of_a_component_names_what_a_person_should_look_at() {
    let found = |change: Value, seen: Seen| -> Vec<(Severity, String)> {
        review(&statement(&change), seen).into_iter().map(|one| (one.severity, one.subject)).collect()
    };
    let here = || Seen { content: Some(Findings::default()), ..Seen::default() };
    let told = json!({ "description": "按月统计" });
    let with = |change: Value| {
        let mut all = told.clone();
        all.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        all
    };
    let expect = |severity, subject: &str| (severity, subject.to_owned());
    assert_eq!(found(told.clone(), here()), []);
    assert_eq!(found(json!({}), here()), [expect(Severity::Warn, "description")]);
    assert_eq!(found(told.clone(), Seen::default()), [expect(Severity::Warn, "content")]);
    assert_eq!(found(with(json!({ "mediaType": "application/wasm" })), here()), [expect(Severity::Info, "mediaType")]);
    let application = json!({ "kind": "application", "mediaType": "application/octet-stream" });
    let away = [expect(Severity::Warn, "content"), expect(Severity::Warn, "address")];
    assert_eq!(found(with(application.clone()), Seen::default()), away);
    let served = with(json!({ "kind": "application", "address": "https://app.example.com/run" }));
    let tried = |tried| Seen { tried: Some(tried), ..here() };
    assert_eq!(found(served.clone(), tried(Tried::Answered(401))), [expect(Severity::Info, "address")]);
    assert_eq!(found(served, tried(Tried::Answered(502))), [expect(Severity::Warn, "address")]);
    let others = Seen { strangers: vec![owner(&consumer())], namesakes: vec!["cmp-9@1".to_owned()], ..here() };
    assert_eq!(found(told, others), [expect(Severity::Warn, "callers"), expect(Severity::Warn, "name")]);
}

#[test]
fn what_the_review_blocks_is_not_approved_and_the_rule_approves_only_what_nothing_is_said_against() {
    let reviewed = |severity: Option<Severity>| {
        let mut findings = Findings::default();
        if let Some(severity) = severity {
            findings.add(severity, "content", Text::new("甲", "a"), CLAUSE);
        }
        Component { findings: findings.sorted(), ..component(statement(&json!({})), State::Submitted) }
    };
    let blocked = reviewed(Some(Severity::Block));
    assert_eq!(step(&blocked, (Act::Approve, "platform"), "", now()).unwrap_err().code, "blocked-by-review");
    assert!(step(&blocked, (Act::Refuse, "platform"), "有缺陷", now()).is_ok());
    for (severity, passes) in
        [(None, true), (Some(Severity::Info), true), (Some(Severity::Warn), false), (Some(Severity::Block), false)]
    {
        let decided = by_rule(&reviewed(severity), &[], now()).unwrap();
        assert_eq!(decided.is_some(), passes, "{severity:?}");
        if let Some((standing, done)) = decided {
            assert_eq!((standing.state, done.by.as_str()), (State::Approved, RULE));
        }
    }
    let approved = component(statement(&json!({})), State::Approved);
    assert!(by_rule(&approved, &[], now()).unwrap().is_none());
    // What a person barred comes back through a person, what its source withdrew does not matter.
    for (state, by, passes) in [
        (State::Suspended, "platform", false),
        (State::Refused, "platform", false),
        (State::Withdrawn, "platform", false),
        (State::Withdrawn, "source", true),
        (State::Approved, "platform", true),
    ] {
        let done = Done { at: now(), act: "x".to_owned(), by: by.to_owned(), reason: String::new() };
        let former = Component { history: vec![done], ..component(statement(&json!({})), state) };
        assert_eq!(by_rule(&reviewed(None), &[former], now()).unwrap().is_some(), passes, "{state:?} {by}");
    }
    let waiting = reviewed(None).clocked(now());
    assert_eq!(waiting.deadline.due_at, Some(now()));
    assert_eq!(
        Component { standing: standing(State::Approved), ..waiting }.clocked(now()).deadline,
        Deadline::default()
    );
}

#[test]
fn a_name_may_have_a_version() {
    assert_eq!(named("cmp-1"), ("cmp-1", None));
    assert_eq!(named("cmp-1@2.0"), ("cmp-1", Some("2.0")));
}
