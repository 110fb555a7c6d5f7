//! A certification's life by its table, whose hands it goes through, what counts, and when it ends by itself.

use jiff::SignedDuration;
use serde_json::{Value, json};
use xinyu_protocol::tc609::certification::{EvidenceKind, EvidenceRef, NewScheme, Outcome, SubjectKind};

use super::*;
use State::{Applied, Cancelled, Certified, Expired, Refused, Superseded, Withdrawn};
use judge::{grade, judgements, score};
use measure::{Facts, MEASURES, is_measure};

fn now() -> Timestamp {
    "2026-11-26T08:00:00.5Z".parse().unwrap()
}

fn definition(changes: Value) -> NewScheme {
    let criterion = |code: &str, mandatory: bool, weight: u32, measured: Value| {
        json!({
            "code": code, "text": {"zh": "指标", "en": "criterion"}, "isMandatory": mandatory, "weight": weight,
            "evidence": {"zh": "材料", "en": "papers"}, "measured": measured,
        })
    };
    let mut scheme = json!({
        "schemeId": "test", "name": {"zh": "测试", "en": "test"}, "subject": "participant", "validityMonths": 12,
        "criteria": [
            criterion("M", true, 10, json!({"measure": "good_standing", "metFrom": 1})),
            criterion("D", false, 10, json!({"measure": "member_days", "metFrom": 90, "partlyFrom": 30})),
            criterion("F", true, 10, Value::Null),
            criterion("G", false, 10, Value::Null),
        ],
        "grades": [{"grade": "A", "fromPermille": 900}, {"grade": "B", "fromPermille": 500}],
    });
    for (pointer, value) in changes.as_object().unwrap() {
        *scheme.pointer_mut(pointer).unwrap() = value.clone();
    }
    serde_json::from_value(scheme).unwrap()
}

fn applied() -> Certification {
    let subject = Subject {
        kind: SubjectKind::Participant,
        id: "p".to_owned(),
        name: "某公司".to_owned(),
        connector_id: "c".to_owned(),
        participant_id: "p".to_owned(),
    };
    let scheme = Scheme { version: 1, definition: definition(json!({})) };
    apply("RZ1".to_owned(), scheme, subject, "anna", "", None, now())
}

fn finding(code: &str, outcome: Outcome) -> Finding {
    let evidence = vec![EvidenceRef { kind: EvidenceKind::Attachment, reference: "d".to_owned() }];
    Finding { code: code.to_owned(), outcome, text: "已核查".to_owned(), evidence }
}

fn facts(days: u64) -> Facts {
    Facts::from([("good_standing".to_owned(), 1), ("member_days".to_owned(), days)])
}

fn assessed(outcome: Outcome) -> Certification {
    let one = find(applied(), finding("F", Outcome::Met), "bert", now()).unwrap();
    let one = find(one, finding("G", outcome), "bert", now()).unwrap();
    step(one, Act::Complete, By::Person("bert"), "", now()).unwrap()
}

fn certified() -> Certification {
    certify(assessed(Outcome::Met), &facts(365), "dora", "", now()).unwrap()
}

fn code<T>(result: Result<T, Rejection>) -> &'static str {
    result.err().map_or("ok", |error| error.code)
}

#[test]
fn tc609_16_6_11_a_every_state_and_act_leads_where_the_table_says() {
    for state in State::ALL {
        for act in Act::ALL {
            let targets: Vec<State> =
                TRANSITIONS.iter().filter(|row| row.0 == state && row.1 == act).map(|row| row.2).collect();
            assert!(targets.len() <= 1, "{state:?} {act:?} twice");
            // With findings, so that nothing but the table stands in the way.
            let one = Certification { state, ..assessed(Outcome::Met) };
            let went = step(one.clone(), act, By::Platform, "缘由", now());
            assert_eq!(went.as_ref().ok().map(|one| one.state), targets.first().copied(), "{state:?} {act:?}");
            assert!(went.is_ok() || code(went) == "illegal-transition");
            let is_shown = one.moves(now()).any(|shown| shown == act);
            assert_eq!(
                is_shown,
                !targets.is_empty() && !matches!(act, Act::Expire | Act::Supersede),
                "{state:?} {act:?}"
            );
        }
        let is_final = !TRANSITIONS.iter().any(|row| row.0 == state);
        assert_eq!(is_final, matches!(state, Refused | Withdrawn | Expired | Cancelled | Superseded), "{state:?}");
        assert!(!state.is_open() || !is_final);
    }
}

#[test]
fn tc609_16_6_11_a_who_applies_does_not_judge_and_who_assesses_does_not_decide() {
    let check = |one: Certification, act: Act, by: &str, expect: &str| {
        assert_eq!(code(step(one, act, By::Person(by), "缘由", now())), expect, "{act:?} by {by}");
    };
    check(applied(), Act::Begin, "anna", "applicant-judges");
    check(applied(), Act::Begin, "bert", "ok");
    check(applied(), Act::Cancel, "anna", "ok");
    check(applied(), Act::Refuse, "anna", "applicant-judges");
    assert_eq!(code(find(applied(), finding("F", Outcome::Met), "anna", now())), "applicant-judges");
    for act in [Act::Certify, Act::Refuse, Act::Reopen] {
        check(assessed(Outcome::Met), act, "bert", "assessor-decides");
        check(assessed(Outcome::Met), act, "anna", "applicant-judges");
        check(assessed(Outcome::Met), act, "dora", "ok");
    }
    // Whoever found one thing only has assessed too.
    let one = find(applied(), finding("F", Outcome::Met), "carl", now()).unwrap();
    let one = find(one, finding("G", Outcome::Met), "bert", now()).unwrap();
    let one = step(one, Act::Complete, By::Person("bert"), "", now()).unwrap();
    check(one.clone(), Act::Certify, "carl", "assessor-decides");
    // A finding that another one replaced is not forgotten.
    let one = step(one, Act::Reopen, By::Person("dora"), "再看", now()).unwrap();
    let one = find(one, finding("F", Outcome::Partly), "bert", now()).unwrap();
    assert_eq!(one.findings.iter().map(|one| one.by.as_str()).collect::<Vec<_>>(), ["bert", "bert"]);
    assert_eq!(one.assessors, ["carl", "bert"]);
    // To stop it is for everybody who decides but the applicant; to let it on again is a decision.
    check(certified(), Act::Suspend, "bert", "ok");
    check(certified(), Act::Withdraw, "anna", "applicant-judges");
    let suspended = step(certified(), Act::Suspend, By::Person("bert"), "缘由", now()).unwrap();
    check(suspended.clone(), Act::Resume, "bert", "assessor-decides");
    check(suspended, Act::Resume, "dora", "ok");
}

#[test]
fn what_needs_a_reason_is_not_done_without_one() {
    let long = "长".repeat(257);
    for (one, act) in [
        (applied(), Act::Refuse),
        (assessed(Outcome::Met), Act::Reopen),
        (certified(), Act::Suspend),
        (certified(), Act::Withdraw),
    ] {
        for reason in ["", "  ", long.as_str()] {
            assert_eq!(code(step(one.clone(), act, By::Person("dora"), reason, now())), "reason-missing", "{act:?}");
        }
    }
    assert_eq!(code(Act::of_word("certify", &Act::OF_ASSESSMENT)), "unknown-move");
    assert_eq!(Act::of_word("certify", &Act::OF_DECISION), Ok(Act::Certify));
}

#[test]
fn tc609_16_6_11_a_what_is_measured_cannot_be_typed_in() {
    let check = |finding: Finding, expect: &str| {
        let found = find(applied(), finding.clone(), "bert", now());
        assert_eq!(found.err().and_then(|error| error.clause).unwrap_or_default(), expect, "{finding:?}");
    };
    check(finding("F", Outcome::Partly), "");
    check(finding("M", Outcome::Met), "/code");
    check(finding("X", Outcome::Met), "/code");
    check(finding("F", Outcome::NotApplicable), "/outcome");
    check(finding("G", Outcome::NotApplicable), "");
    check(Finding { text: " ".to_owned(), ..finding("F", Outcome::Met) }, "/text");
    check(Finding { text: "长".repeat(2001), ..finding("F", Outcome::Met) }, "/text");
    check(Finding { evidence: Vec::new(), ..finding("F", Outcome::Met) }, "/evidence");
    check(Finding { evidence: Vec::new(), ..finding("F", Outcome::Not) }, "");
    let many = vec![finding("F", Outcome::Met).evidence[0].clone(); 21];
    check(Finding { evidence: many, ..finding("F", Outcome::Met) }, "/evidence");
    assert_eq!(code(find(assessed(Outcome::Met), finding("F", Outcome::Met), "bert", now())), "not-being-assessed");
    assert_eq!(code(find(certified(), finding("F", Outcome::Met), "bert", now())), "not-being-assessed");
}

#[test]
fn tc609_16_6_11_a_what_came_out_decides_over_the_grade() {
    use Outcome::{Met, Not, NotApplicable, Partly};
    for (outcome, days, expect) in [
        (Met, 90, Ok((1000, "A"))),
        (Met, 89, Ok((875, "B"))),
        (Met, 29, Ok((750, "B"))),
        (Partly, 29, Ok((625, "B"))),
        (Not, 29, Ok((500, "B"))),
        (NotApplicable, 90, Ok((1000, "A"))),
        (NotApplicable, 30, Ok((833, "B"))),
    ] {
        let decided = judge::decide(&assessed(outcome), &facts(days), now());
        let decided = decided.as_ref().map(|report| (report.score_permille, report.grade.as_str()));
        assert_eq!(decided, expect.as_ref().copied(), "{outcome:?} {days}");
    }
    // A mandatory criterion is met or nothing is certified, whatever the score.
    let none = Facts::new();
    assert_eq!(code(certify(assessed(Met), &none, "dora", "", now())), "mandatory-not-met");
    let half = find(applied(), finding("F", Partly), "bert", now()).unwrap();
    let half = find(half, finding("G", Met), "bert", now()).unwrap();
    let half = step(half, Act::Complete, By::Person("bert"), "", now()).unwrap();
    assert_eq!(code(certify(half, &facts(90), "dora", "", now())), "mandatory-not-met");
    // Not everything was looked at.
    let begun = find(applied(), finding("F", Met), "bert", now()).unwrap();
    assert_eq!(code(step(begun.clone(), Act::Complete, By::Person("bert"), "", now())), "assessment-incomplete");
    assert_eq!(score(&judgements(&begun, &facts(90))), Some(750));
    assert_eq!(score(&[]), None);
    let mut high = assessed(Not);
    high.scheme.definition.grades.pop();
    assert_eq!(code(certify(high.clone(), &facts(90), "dora", "", now())), "score-too-low");
    assert_eq!(grade(&high.scheme.definition, 899), None);
}

#[test]
fn tc609_16_6_11_a_a_certification_ends_by_the_clock() {
    let one = certified();
    let until = one.valid_until().unwrap();
    assert_eq!(until, "2027-11-26T08:00:00Z".parse().unwrap(), "twelve months, in whole seconds");
    let before = until - SignedDuration::from_millis(1);
    assert_eq!((one.state_at(before), one.state_at(until)), (Certified, Expired));
    for act in [Act::Suspend, Act::Withdraw, Act::Supersede] {
        assert_eq!(code(step(one.clone(), act, By::Platform, "缘由", until)), "illegal-transition", "{act:?}");
    }
    let suspended = step(one.clone(), Act::Suspend, By::Platform, "缘由", before).unwrap();
    assert_eq!(suspended.state_at(until), Expired);
    assert_eq!(code(step(suspended, Act::Resume, By::Person("dora"), "", until)), "illegal-transition");
    assert_eq!(step(one, Act::Expire, By::Platform, "", until).unwrap().state, Expired);
    let withdrawn = step(certified(), Act::Withdraw, By::Platform, "缘由", before).unwrap();
    assert_eq!(withdrawn.state_at(until), Withdrawn);
    assert_eq!(applied().state_at(until), Applied);
}

#[test]
fn tc609_16_6_11_a_a_scheme_is_checked_when_it_is_saved() {
    let long = "长".repeat(301);
    for (changes, expect) in [
        (json!({}), None),
        (json!({"/schemeId": ""}), Some("/schemeId")),
        (json!({"/schemeId": "Upper"}), Some("/schemeId")),
        (json!({"/schemeId": "a/b"}), Some("/schemeId")),
        (json!({"/schemeId": "-a"}), Some("/schemeId")),
        (json!({"/name/en": " "}), Some("/name/en")),
        (json!({"/name/zh": long}), Some("/name/zh")),
        (json!({"/validityMonths": 0}), Some("/validityMonths")),
        (json!({"/validityMonths": 61}), Some("/validityMonths")),
        (json!({"/criteria": []}), Some("/criteria")),
        (json!({"/criteria/1/code": "M"}), Some("/criteria/1/code")),
        (json!({"/criteria/1/code": "a b"}), Some("/criteria/1/code")),
        (json!({"/criteria/2/weight": 0}), Some("/criteria/2/weight")),
        (json!({"/criteria/2/weight": 101}), Some("/criteria/2/weight")),
        (json!({"/criteria/2/evidence/zh": ""}), Some("/criteria/2/evidence/zh")),
        (json!({"/criteria/2/text/en": "a\nb"}), Some("/criteria/2/text/en")),
        (json!({"/criteria/0/measured/measure": "beauty"}), Some("/criteria/0/measured/measure")),
        (json!({"/criteria/0/measured/measure": "heartbeat_online"}), Some("/criteria/0/measured/measure")),
        (json!({"/criteria/0/measured/metFrom": 0}), Some("/criteria/0/measured")),
        (json!({"/criteria/1/measured/partlyFrom": 90}), Some("/criteria/1/measured")),
        (json!({"/grades": []}), Some("/grades")),
        (json!({"/grades/0/grade": "B"}), Some("/grades/1/grade")),
        (json!({"/grades/0/fromPermille": 1001}), Some("/grades/0/fromPermille")),
        (json!({"/grades/1/fromPermille": 900}), Some("/grades/1/fromPermille")),
        (json!({"/grades/1/fromPermille": 0}), Some("/grades/1/fromPermille")),
    ] {
        let checked = scheme::check(&definition(changes.clone()));
        assert_eq!(checked.err().and_then(|error| error.clause).as_deref(), expect, "{changes}");
    }
}

#[test]
fn a_scheme_is_never_changed_but_saved_anew() {
    let first = scheme::save(definition(json!({})), None).unwrap();
    assert_eq!(first.version, 1);
    assert_eq!(scheme::save(first.definition.clone(), Some(&first)).unwrap(), first);
    let second = scheme::save(definition(json!({"/validityMonths": 6})), Some(&first)).unwrap();
    assert_eq!(second.version, 2);
    let other = NewScheme {
        subject: SubjectKind::Connector,
        criteria: ready::all()[1].definition.criteria.clone(),
        ..definition(json!({}))
    };
    assert_eq!(scheme::save(other, Some(&first)).unwrap_err().clause.as_deref(), Some("/subject"));
}

#[test]
fn the_schemes_that_come_with_the_program_are_in_order() {
    for ready in ready::all() {
        assert_eq!(scheme::check(&ready.definition), Ok(()), "{}", ready.definition.scheme_id);
    }
    for kind in SubjectKind::ALL {
        assert!(ready::all().iter().any(|scheme| scheme.definition.subject == kind));
    }
    for (name, kind, expect) in [
        ("document:supply_chain", SubjectKind::Connector, true),
        ("document:supply_chain", SubjectKind::Product, false),
        ("document:diary", SubjectKind::Connector, false),
        ("capability:suite:sm", SubjectKind::Connector, true),
        ("capability:flying", SubjectKind::Connector, false),
    ] {
        assert_eq!(is_measure(name, kind), expect, "{name}");
    }
    assert!(MEASURES.iter().all(|one| is_measure(one.name, one.of) && measure::words(one.name).zh == one.zh));
}

#[test]
fn the_log_names_numbers_and_nobody() {
    let one = Certification { report_digest: Some("abc".to_owned()), ..certified() };
    let effects = records_of(&one, Act::Certify, &["s".to_owned(), "t".to_owned()]);
    assert_eq!(effects.len(), 2);
    let Effect::Record(draft) = &effects[0] else { panic!("a record") };
    assert_eq!((draft.kind, draft.subject.as_deref()), ("certification.certified", Some("c")));
    let told = serde_json::to_string(&draft.facts).unwrap();
    assert!(told.contains("abc") && told.contains("\"A\""), "{told}");
    assert!(!["anna", "bert", "dora", "某公司"].iter().any(|name| told.contains(name)), "{told}");
    assert_eq!(records_of(&one, Act::Begin, &["s".to_owned()]), []);
}
