//! Uses as their callers see them: what is decided at the beginning, while it runs and at the end, whatever comes first. TC609-6-2025-15 §7.1.2.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use xinyu_crypto::Suite;
use xinyu_policy::{Action, Request, Timing, Verdict, parse_value};
use xinyu_protocol::id::{ConnectorId, ContractId};
use xinyu_protocol::tc609::metering::Meter;
use xinyu_protocol::text::Text;

use super::duty::{DutyState, settle_recorded};
use super::mark::Mark;
use super::{
    Ask, Bar, End, Holding, HoldingState, Stop, Use, UseState, begin, check_id, duty, end, mark, stop, violation, watch,
};
use crate::agreement::Terms;
use crate::effect::Effect;
use crate::policy_record::governing::Governing;
use crate::transfer::Delivered;

const CONTRACT: &str = "C4500153000MA6TD000Y350020251120100000X9K2L3M7A";
const CONNECTOR: &str = "591350100M000100Y433501A1B2C3D4T";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn noon() -> Timestamp {
    at("2026-06-01T04:00:00Z")
}

fn holding(policy: Value) -> Holding {
    Holding {
        contract_id: composed(),
        product_id: "p".to_owned(),
        space_id: "s".to_owned(),
        suite: Suite::Intl,
        provider: "provider".to_owned(),
        holder: ConnectorId::parse(CONNECTOR).unwrap(),
        platform: "platform".to_owned(),
        state: HoldingState::Held,
        stopped: None,
        ending: None,
        tables: Vec::new(),
        delivered: Delivered { rows: 3, bytes: 100, digest: String::new() },
        files: Vec::new(),
        duties_done: Vec::new(),
        begun: 0,
        handed_on: 0,
        handing: std::collections::BTreeMap::new(),
        meter: Meter::default(),
        first_use_at: None,
        received_at: None,
        destroyed_at: None,
        latest_at: None,
        after_end: 0,
        terms: Terms::Unsigned(policy),
    }
}

fn composed() -> ContractId {
    let operator = xinyu_protocol::id::ParticipantId::parse("91110000MA7XYU007Q").unwrap();
    let area = xinyu_protocol::id::AreaCode::parse("1100").unwrap();
    let platform = xinyu_protocol::id::PlatformId::compose(&operator, &area, 7);
    ContractId::compose(&platform, noon(), 7)
}

/// `permission` with constraints and duties, both lists without their brackets.
fn terms(constraints: &str, duties: &str) -> Value {
    let text = format!(
        r#"{{"@type":"Agreement","@id":"urn:a","target":"p","permission":[{{"action":"read","constraint":[{constraints}],"duty":[{duties}]}}]}}"#
    );
    serde_json::from_str(&text).unwrap()
}

fn comparison(operand: &str, value: &str) -> String {
    format!(r#"{{"leftOperand":"{operand}","operator":"lteq","rightOperand":"{value}"}}"#)
}

fn policy(holding: &Holding) -> Governing {
    parse_value(&holding.terms.policy_document()).unwrap().into()
}

fn ask(ready: &[Action]) -> Ask {
    let mut request = Request::new(Action::Read);
    request.data_record = Some(3);
    request.data_size = Some(100);
    Ask {
        use_id: "u".to_owned(),
        query: None,
        request,
        begun: Vec::new(),
        bar: None,
        person: "somebody".to_owned(),
        ready: ready.to_vec(),
        former: None,
        components: Vec::new(),
        beyond: super::beyond::Beyond::default(),
    }
}

fn begun(holding: Holding, ready: &[Action], now: Timestamp) -> (Holding, Use, Vec<Effect>) {
    let policy = policy(&holding);
    begin(holding, &policy, ask(ready), now).unwrap()
}

fn done() -> End {
    End::Done { rows_out: 1, digest: "d".to_owned(), mark: None }
}

fn ended(holding: Holding, one: Use, how: End, now: Timestamp) -> (Holding, Use, Vec<Effect>) {
    let policy = policy(&holding);
    end(holding, &policy, one, how, None, now).unwrap()
}

fn kinds(effects: &[Effect]) -> Vec<&str> {
    let kind = |effect: &'_ Effect| match effect {
        Effect::Record(draft) => draft.kind,
        Effect::Alert { action, .. } => action,
        Effect::Send(message) => message.kind,
    };
    effects.iter().map(kind).collect()
}

fn order() -> Stop {
    Stop {
        order_id: "o".to_owned(),
        ordered_at: noon(),
        arrived_at: noon(),
        reason: "cause".to_owned(),
        by: "system".to_owned(),
    }
}

#[test]
fn tc609_15_7_1_1_3_b_a_running_use_is_over_with_the_time_it_was_permitted_for() {
    let end_of_day = at("2026-06-01T10:00:00Z");
    let held = holding(terms(&comparison("dateTime", "2026-06-01T10:00:00Z"), ""));
    let (held, one, _) = begun(held, &[], noon());
    assert_eq!(one.state, UseState::Running);
    assert_eq!(watch::next_look(&held, &policy(&held), &one, noon()), Some(end_of_day));
    let next = watch::next_look(&held, &policy(&held), &one, end_of_day).unwrap();
    assert_eq!(next, end_of_day + SignedDuration::from_micros(1));
    assert_eq!(watch::review(&held, &policy(&held), &one, None, end_of_day), None);
    let ceased = watch::review(&held, &policy(&held), &one, None, next).unwrap();
    assert!(ceased.clause().ends_with("/constraint/0"), "{ceased:?}");

    let (held, one, effects) = ended(held, one, End::Stopped(None), next);
    assert_eq!((one.state, held.meter.stopped, held.meter.uses), (UseState::Stopped, 1, 0));
    let Some(Effect::Record(draft)) = effects.first() else { panic!("{effects:?}") };
    assert_eq!((draft.kind, &draft.facts["clauses"]), ("usage.stopped", &json!([ceased.clause()])));
    assert_eq!(draft.facts["decision"], "deny");
}

/// Every cause, and the clause that a running use is stopped by.
#[test]
fn tc609_15_7_1_2_4_g_whatever_ceases_stops_the_use() {
    type Change = (&'static str, fn(&mut Holding), Option<Bar>);
    let barred = Bar::of_party(Text::new("已暂停", "suspended"));
    let changes: [Change; 5] = [
        ("", |_| (), None),
        ("/contractStatus", |held| held.stopped = Some(order()), None),
        ("/partyStanding", |_| (), Some(barred)),
        ("/permission/0", |held| held.state = HoldingState::Destroying, None),
        ("/permission", |held| held.terms = Terms::Unsigned(json!({"@type": "Agreement", "@id": "urn:a"})), None),
    ];
    for (clause, change, bar) in changes {
        let (mut held, one, _) = begun(holding(terms("", "")), &[], noon());
        change(&mut held);
        let policy = policy(&held);
        let ceased = watch::review(&held, &policy, &one, bar.as_ref(), noon());
        assert_eq!(ceased.is_none(), clause.is_empty(), "{clause}: {ceased:?}");
        // A result that came at the same time does not leave, and whoever comes second changes nothing.
        let (held, one, _) = end(held, &policy, one, done(), bar.as_ref(), noon()).unwrap();
        let expect = if clause.is_empty() { UseState::Done } else { UseState::Stopped };
        assert_eq!((one.state, one.result_digest.is_some()), (expect, clause.is_empty()), "{clause}");
        let meter = held.meter;
        let (held, again, effects) = end(held, &policy, one.clone(), done(), None, noon()).unwrap();
        assert_eq!((held.meter, &again, effects.len()), (meter, &one, 0));
    }
}

#[test]
fn what_was_touched_is_judged_by_what_was_touched() {
    for (operand, rows, bytes) in [("tc609:dateRecord", 4, 0), ("tc609:dataSize", 0, 101)] {
        let limit = if rows > 0 { "3" } else { "100" };
        let held = holding(terms(&comparison(operand, limit), ""));
        let (held, one, _) = begun(held, &[], noon());
        assert_eq!(one.state, UseState::Running, "{operand} {:?}", one.decision);
        let within = watch::touched(one.clone(), 3, 100);
        assert_eq!(watch::review(&held, &policy(&held), &within, None, noon()), None);
        let beyond = watch::touched(one, rows, bytes);
        assert!(watch::review(&held, &policy(&held), &beyond, None, noon()).is_some(), "{operand}");
    }
}

#[test]
fn a_clock_that_is_set_back_opens_nothing_again() {
    let held = holding(terms(&comparison("dateTime", "2026-06-01T10:00:00Z"), ""));
    let (held, one, _) = begun(held, &[], at("2026-06-01T10:00:01Z"));
    assert_eq!(one.state, UseState::Refused);
    let (held, one, _) = begun(held, &[], noon());
    assert_eq!((one.state, one.asked_at), (UseState::Refused, at("2026-06-01T10:00:01Z")));
    assert_eq!(held.meter.refused, 2);
}

#[test]
fn the_last_of_the_agreed_uses_is_given_once() {
    let held = holding(terms(&comparison("count", "1"), ""));
    let (held, first, _) = begun(held, &[], noon());
    let (held, second, _) = begun(held, &[], noon());
    assert_eq!((first.state, second.state, held.begun), (UseState::Running, UseState::Refused, 1));
    // And the one that runs is not stopped by its own count.
    assert_eq!(watch::review(&held, &policy(&held), &first, None, noon()), None);
}

#[test]
fn a_use_of_an_earlier_program_does_not_run_on_unseen() {
    let (held, mut one, _) = begun(holding(terms("", "")), &[], noon());
    one.request = None;
    assert!(watch::review(&held, &policy(&held), &one, None, noon()).is_some());
    assert_eq!(watch::next_look(&held, &policy(&held), &one, noon()), None);
}

const STEP_UP: &str = r#"{"action":"tc609:authenticate"}"#;
const MARK: &str = r#"{"action":"watermark"}"#;

#[test]
fn tc609_15_7_1_2_4_e_duties_before_are_done_in_their_order_and_decided_after_each() {
    let duties = [STEP_UP, MARK].join(",");
    let (held, one, effects) = begun(holding(terms("", &duties)), &[Action::Watermark], noon());
    assert_eq!(
        (one.state, held.meter.refused, held.begun),
        (UseState::Awaiting, 0, 0),
        "the mark is ready, its turn is not"
    );
    assert_eq!(kinds(&effects), ["usage.awaiting"]);
    assert_eq!(duty::awaited(&one).unwrap().action, Action::Authenticate);

    let (held, one, effects) = begun(held, &[Action::Watermark, Action::Authenticate], noon());
    assert_eq!((one.state, held.begun), (UseState::Running, 1));
    assert_eq!(
        kinds(&effects),
        ["usage.started", "usage.duty"],
        "the second authentication is done, the mark is not yet"
    );
    let states: Vec<_> = one.duties.iter().map(|duty| (duty.action, duty.state)).collect();
    assert_eq!(states, [(Action::Authenticate, DutyState::Done), (Action::Watermark, DutyState::Pending)]);

    // A running use is not asked for its duties again.
    assert_eq!(watch::review(&held, &policy(&held), &one, None, noon()), None);
    let how = End::Done { rows_out: 1, digest: "d".to_owned(), mark: Some("m".to_owned()) };
    let (_, one, effects) = ended(held, one, how, noon());
    assert_eq!(kinds(&effects), ["usage.done", "usage.duty"]);
    assert_eq!(one.duties[1].state, DutyState::Done);
}

#[test]
fn tc609_15_7_1_2_4_e_a_duty_that_nobody_does_closes_the_use() {
    // To transform before a use is nothing that a connector does.
    let (held, one, effects) = begun(holding(terms("", r#"{"action":"transform"}"#)), &[Action::Watermark], noon());
    assert_eq!((one.state, one.decision.decision), (UseState::Refused, Verdict::AllowIf));
    assert_eq!((held.meter.refused, kinds(&effects)), (1, vec!["usage.refused"]));
}

#[test]
fn tc609_15_7_1_2_4_f_the_record_is_sent_when_the_log_holds_it() {
    let (held, one, _) = begun(holding(terms("", r#"{"action":"tc609:logRecordSend"}"#)), &[], noon());
    let (_, mut one, _) = ended(held, one, done(), noon());
    assert_eq!((one.duties[0].timing, one.duties[0].state), (Timing::After, DutyState::Pending));
    assert_eq!(settle_recorded(&mut one, noon()).len(), 1);
    assert_eq!(one.duties[0].state, DutyState::Done);
    assert_eq!(settle_recorded(&mut one, noon()), [], "once");
}

#[test]
fn what_nobody_does_is_not_shown_as_done_by_technique() {
    let duties = [STEP_UP, r#"{"action":"transform"}"#, r#"{"action":"inform"}"#].join(",");
    let policy = parse_value(&terms("", &duties)).unwrap();
    let enforcement = |is_unsigned: bool| -> Vec<&str> {
        let clauses = duty::clauses(&policy, is_unsigned);
        let duties = clauses.iter().filter(|clause| clause.pointer.contains("duty"));
        duties.map(|clause| clause.enforcement.name()).collect()
    };
    assert_eq!(enforcement(false), ["technical", "legal_only", "technical"]);
    assert_eq!(enforcement(true), ["technical", "legal_only", "legal_only"], "a partner cannot be told");
}

#[test]
fn a_space_that_wants_technique_takes_nothing_that_only_the_law_keeps() {
    let kept = parse_value(&terms("", STEP_UP)).unwrap();
    assert_eq!(duty::must_be_kept_by_technique(&kept), Ok(()));
    let left = parse_value(&terms("", r#"{"action":"transform"}"#)).unwrap();
    let refused = duty::must_be_kept_by_technique(&left).unwrap_err();
    assert_eq!(refused.code, "not-by-technique");
    assert!(refused.clause.unwrap().contains("duty"));
}

#[test]
fn tc609_15_7_1_1_3_b_refusals_that_become_many_and_attempts_after_the_end_raise_alerts() {
    let mut held = holding(terms(&comparison("count", "0"), ""));
    let mut alerts = Vec::new();
    for _ in 0..violation::REFUSALS * 2 {
        let (next, _, effects) = begun(held, &[], noon());
        alerts.extend(kinds(&effects).into_iter().filter(|kind| kind.starts_with("usage.refusals")).map(str::to_owned));
        held = next;
    }
    assert_eq!(alerts, ["usage.refusals", "usage.refusals"]);

    let (mut held, _) = stop(holding(terms("", "")), order());
    let mut alerts = Vec::new();
    for attempt in 1..=100 {
        let (next, _, effects) = begun(held, &[], noon());
        if kinds(&effects).contains(&"usage.after-end") {
            alerts.push(attempt);
        }
        held = next;
    }
    assert_eq!(alerts, [1, 10, 100]);

    let (held, one, _) = begun(holding(terms("", "")), &[], noon());
    let (_, one, effects) = ended(held, one, End::Corrupt("digest".to_owned()), noon());
    assert_eq!((one.state, kinds(&effects)), (UseState::Failed, vec!["usage.failed", "usage.integrity"]));
}

#[test]
fn a_mark_is_found_in_whatever_it_was_passed_on_in() {
    let one = Mark::new(CONTRACT, "使用 1/a");
    let mut columns = vec!["city".to_owned(), mark::COLUMN.to_owned()];
    let mut rows = vec![vec![json!("上海"), json!(1)], vec![json!("深圳"), json!(2)]];
    let text = mark::apply(&one, &mut columns, &mut rows).unwrap();
    assert_eq!(columns, ["city", "xinyu_mark", "xinyu_mark_"], "a column of that name stays");
    let other = Mark::new(CONTRACT, "other");
    for passed in [
        json!(rows).to_string(),
        format!("city,mark\r\n深圳,\"{text}\"\r\n"),
        format!("| 深圳 | {text} |"),
        format!("see {text}, and {}", other.text()),
    ] {
        assert!(mark::find(&passed).contains(&one), "{passed}");
    }
    assert_eq!(mark::find(&format!("{text};{}", other.text())).len(), 2);
    for broken in
        ["", "XYM1.", "XYM1.a.b.c", &text[..text.len() - 1], &text.replace(CONTRACT, "C1"), "XYM1...", "XYM1.é.é.é"]
    {
        assert!(mark::find(broken).is_empty(), "{broken}");
    }
    let mut ragged = vec![vec![], vec![json!(1)]];
    assert!(mark::apply(&one, &mut vec!["a".to_owned()], &mut ragged).is_err());
}

#[test]
fn a_use_is_numbered_without_white_space() {
    for (id, is_fit) in [
        ("u-1", true),
        ("使用-1", true),
        ("", false),
        ("a b", false),
        ("a\tb", false),
        ("a\u{3000}b", false),
        ("a\0b", false),
    ] {
        assert_eq!(check_id(id).is_ok(), is_fit, "{id:?}");
    }
    assert!(check_id(&"x".repeat(128)).is_ok() && check_id(&"x".repeat(129)).is_err());
}
