//! A product's life: every move, and what no move may do.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;
use xinyu_protocol::tc609::catalog::{ListingRequest, ListingState};
use xinyu_protocol::text::Text;

use super::difference::difference;
use super::life::{self, Decision, Next, Turn};
use super::{Listing, check_request};
use crate::effect::Effect;
use crate::fault::Rejection;
use crate::review::{Finding, Severity};
use crate::workday::Reminder;

const PROVIDER: &str = "591350100M000100Y433501A1B2C3D4T";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn request(version: u32, reason: &str) -> ListingRequest {
    serde_json::from_value(json!({
        "listingId": "k", "spaceId": "demo", "policies": [], "term": "P30D", "profile": {},
        "product": {
            "name": "客流", "description": "d", "source": "s", "licence": "CC0", "topic": "B0300", "updateFrequency": "005", "keywords": ["客流"],
            "tables": [{ "name": "t", "rows": 3, "fields": [{ "name": "a", "kind": "text" }, { "name": "b", "kind": "text", "masked": true }] }],
        },
        "revenue": { "baseFen": 1000, "perUseFen": 10, "shares": [{ "participantId": "91350100M000100Y43", "permille": 1000 }] },
        "version": version, "reason": reason,
    }))
    .unwrap()
}

fn asked() -> Turn {
    let listing = json!({
        "product_id": "691350100M000100Y433501A1B2C3D47", "connector_id": PROVIDER, "provider_id": "91350100M000100Y43",
        "provider_name": "提供方", "request": request(1, ""), "findings": [], "state": "reviewing", "requested_at": at(0),
        "decided_at": null, "note": "",
    });
    life::request(serde_json::from_value(listing).unwrap())
}

fn decide(listing: Listing, approve: bool) -> Result<Turn, Rejection> {
    life::decide(listing, Decision { approve, note: "because", by: "operator" }, at(9))
}

fn listed() -> Listing {
    decide(asked().listing, true).unwrap().listing
}

fn kinds(turn: &Turn) -> Vec<String> {
    let kind = |effect: &Effect| match effect {
        Effect::Record(draft) => Some(draft.kind.to_owned()),
        _ => None,
    };
    turn.effects.iter().filter_map(kind).collect()
}

fn code<T: std::fmt::Debug>(result: Result<T, Rejection>) -> &'static str {
    result.unwrap_err().code
}

#[test]
fn ndi_06_9_2_3_what_is_listed_stays_until_its_next_version_is() {
    let turn = life::update(listed(), request(2, "一列多了"), Vec::new(), at(10)).unwrap();
    assert_eq!((turn.listing.state, turn.listing.version(), turn.listing.latest()), (ListingState::Listed, 1, 2));
    assert_eq!(kinds(&turn), ["product.reviewed"]);
    let refused = decide(turn.listing.clone(), false).unwrap();
    assert_eq!((refused.listing.state, refused.listing.version()), (ListingState::Listed, 1));
    assert_eq!(refused.editions[0].state, ListingState::Refused);
    let approved = decide(turn.listing, true).unwrap();
    assert_eq!((approved.listing.state, approved.listing.version()), (ListingState::Listed, 2));
    assert_eq!((approved.listing.next.clone(), kinds(&approved)), (None, vec!["product.listed".to_owned()]));
    // The number of a version that was refused is not given again.
    assert_eq!(code(life::update(refused.listing.clone(), request(2, "noch"), Vec::new(), at(11))), "listing-version");
    assert!(life::update(refused.listing, request(3, "again"), Vec::new(), at(11)).is_ok());
}

#[test]
fn ndi_06_9_2_3_b_a_version_says_why_and_of_which_space_it_is() {
    assert_eq!(code(life::update(listed(), request(2, "  "), Vec::new(), at(10))), "listing-reason");
    assert_eq!(code(life::update(listed(), request(1, "same"), Vec::new(), at(10))), "listing-version");
    let elsewhere = ListingRequest { space_id: "other".to_owned(), ..request(2, "moved") };
    assert_eq!(code(life::update(listed(), elsewhere, Vec::new(), at(10))), "listing-space");
}

#[test]
fn tc609_16_6_3_b_what_the_gate_blocks_comes_in_with_no_version() {
    let (severity, text) = (Severity::Block, Text::new("阻断", "blocked"));
    let finding = Finding { severity, subject: "t.a".to_owned(), text, clause: String::new() };
    let turn = life::update(listed(), request(2, "more"), vec![finding], at(10)).unwrap();
    assert_eq!(code(decide(turn.listing.clone(), true)), "blocked-by-review");
    assert_eq!(decide(turn.listing, false).unwrap().listing.state, ListingState::Listed);
}

#[test]
fn tc609_01_5_3_3_3_b_a_rule_lists_what_nothing_is_said_against_and_nothing_else() {
    let finding = |severity| Finding {
        severity,
        subject: "t.a".to_owned(),
        text: Text::new("发现", "found"),
        clause: String::new(),
    };
    let state = |severity: Severity| {
        let mut turn = asked();
        turn.listing.findings = vec![finding(Severity::Info), finding(severity)];
        let turn = life::by_rule(turn, at(1)).unwrap();
        (turn.listing.state, turn.listing.steps.last().unwrap().by.clone())
    };
    assert_eq!(state(Severity::Info), (ListingState::Listed, "rule".to_owned()));
    assert_eq!(state(Severity::Warn).0, ListingState::Reviewing);
    assert_eq!(state(Severity::Block).0, ListingState::Reviewing);
    // The next version, too; a deregistration is for a person.
    let next = |severity| {
        life::by_rule(life::update(listed(), request(2, "x"), vec![finding(severity)], at(10)).unwrap(), at(10))
            .unwrap()
    };
    assert_eq!(next(Severity::Info).listing.version(), 2);
    assert_eq!(next(Severity::Warn).listing.version(), 1);
    let leaving = life::by_rule(life::ask_deregistration(listed(), "no more", at(10)).unwrap(), at(10)).unwrap();
    assert_eq!(leaving.listing.state, ListingState::Listed);
    // What a person took down comes back through a person, what its provider took down by the rule.
    let provider = listed().connector_id.as_str().to_owned();
    for (by, expect) in [("Dora", ListingState::Reviewing), (provider.as_str(), ListingState::Listed)] {
        let down = life::delist(listed(), (by, "整改"), at(5)).unwrap().listing;
        let again = life::update(down, request(2, "x"), Vec::new(), at(6)).unwrap();
        assert_eq!(life::by_rule(again, at(6)).unwrap().listing.state, expect, "{by}");
    }
}

#[test]
fn tc609_01_5_3_3_3_b_the_operator_has_its_time_from_when_something_waits() {
    let (day, due) = (86_400, at(10 * 86_400));
    let waiting = asked().listing.clocked(due);
    assert_eq!(waiting.due_at, Some(due));
    assert_eq!(waiting.clone().clocked(at(20 * day)).due_at, Some(due));
    assert_eq!(waiting.deadline().reminder(at(8 * day)), None);
    assert_eq!(waiting.deadline().reminder(at(9 * day)), Some(Reminder::Near));
    let told = Listing { reminded: Some(Reminder::Near), ..waiting };
    assert_eq!(told.deadline().reminder(at(9 * day)), None);
    assert_eq!(told.deadline().reminder(due), Some(Reminder::Overdue));
    let decided = decide(told, true).unwrap().listing.clocked(due);
    assert_eq!((decided.due_at, decided.reminded, decided.deadline().reminder(at(99 * day))), (None, None, None));
}

#[test]
fn ndi_06_8_2_codes_and_audiences_that_are_none_are_blocked() {
    let mut request = request(1, "");
    assert!(check_request(&request).is_empty(), "{:?}", check_request(&request));
    request.product.tags.scenarios = vec!["S0100".to_owned(), "Z0000".to_owned()];
    request.product.topic = "运输".to_owned();
    request.product.update_frequency = "010".to_owned();
    request.audience = vec!["role:consumer".to_owned(), "everybody".to_owned()];
    let found: Vec<_> = check_request(&request).into_iter().map(|one| (one.severity, one.subject)).collect();
    let blocked = |subject: &str| (Severity::Block, subject.to_owned());
    assert_eq!(found, ["scenarios", "topic", "updateFrequency", "audience"].map(blocked));
}

#[test]
fn ndi_06_9_5_1_a_product_is_for_its_audience_and_for_whose_it_is() {
    let labels = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<BTreeSet<_>>();
    let mut listing = listed();
    assert!(listing.is_for(&labels(&[])));
    listing.request.audience = vec!["area:3501".to_owned(), "role:regulator".to_owned()];
    for (has, expect) in [
        (labels(&["role:consumer", "area:35", "area:3501", "area:350100"]), true),
        (labels(&["role:regulator"]), true),
        (labels(&["role:consumer", "area:35", "area:3502"]), false),
        (labels(&[&format!("connector:{PROVIDER}")]), true),
        (labels(&[]), false),
    ] {
        assert_eq!(listing.is_for(&has), expect, "{has:?}");
    }
}

#[test]
fn a_version_that_nobody_has_decided_on_gives_way_to_the_next() {
    let waiting = asked().listing;
    let turn = life::update(waiting, request(2, "typo"), Vec::new(), at(10)).unwrap();
    assert_eq!((turn.listing.state, turn.listing.version()), (ListingState::Reviewing, 2));
    let kept: Vec<_> = turn.editions.iter().map(|one| (one.request.version, one.state)).collect();
    assert_eq!(kept, [(2, ListingState::Reviewing), (1, ListingState::Delisted)]);
    let second = life::update(listed(), request(2, "one"), Vec::new(), at(10)).unwrap();
    let third = life::update(second.listing, request(3, "two"), Vec::new(), at(11)).unwrap();
    let kept: Vec<_> = third.editions.iter().map(|one| (one.request.version, one.state)).collect();
    assert_eq!(kept, [(2, ListingState::Delisted), (3, ListingState::Reviewing)]);
    assert_eq!(decide(third.listing, true).unwrap().listing.version(), 3);
}

#[test]
fn tc609_01_5_2_2_4_b_what_is_taken_down_comes_back_as_a_new_version() {
    let waiting = life::update(listed(), request(2, "one"), Vec::new(), at(10)).unwrap().listing;
    let turn = life::delist(waiting, (PROVIDER, "wrong"), at(11)).unwrap();
    assert_eq!((turn.listing.state, turn.listing.next.clone()), (ListingState::Delisted, None));
    assert_eq!(kinds(&turn), ["product.delisted"]);
    assert_eq!(code(life::delist(turn.listing.clone(), (PROVIDER, "again"), at(12))), "product-not-listed");
    assert_eq!(code(life::delist(listed(), ("operator", ""), at(12))), "listing-reason");
    let back = life::update(turn.listing, request(3, "mended"), Vec::new(), at(12)).unwrap();
    assert_eq!(decide(back.listing, true).unwrap().listing.state, ListingState::Listed);
}

#[test]
fn ndi_06_9_4_2_a_product_is_out_of_the_register_when_that_is_decided() {
    let turn = life::ask_deregistration(listed(), "no more", at(10)).unwrap();
    assert!(matches!(turn.listing.next, Some(Next::Deregistration { .. })));
    assert_eq!(turn.listing.state, ListingState::Listed);
    assert_eq!(code(life::update(turn.listing.clone(), request(2, "x"), Vec::new(), at(11))), "deregistration-pending");
    let kept = decide(turn.listing.clone(), false).unwrap();
    assert_eq!(
        (kept.listing.state, kinds(&kept)),
        (ListingState::Listed, vec!["product.deregistration_refused".to_owned()])
    );
    let gone = decide(turn.listing, true).unwrap();
    assert_eq!(
        (gone.listing.state, kinds(&gone)),
        (ListingState::Deregistered, vec!["product.deregistered".to_owned()])
    );
    // NDI-TR-2025-06 §9.4.2 d: why, when and by whom stay.
    let last = gone.listing.steps.last().unwrap();
    assert_eq!((last.by.as_str(), last.reason.as_str(), last.at), ("operator", "because", at(9)));
    assert_eq!(code(life::update(gone.listing.clone(), request(2, "x"), Vec::new(), at(11))), "product-deregistered");
    assert_eq!(code(life::ask_deregistration(gone.listing.clone(), "x", at(11))), "product-deregistered");
    assert_eq!(code(decide(gone.listing, true)), "already-decided");
}

#[test]
fn a_listing_of_an_earlier_program_is_its_first_version() {
    let mut old = serde_json::to_value(listed()).unwrap();
    for name in ["next", "steps"] {
        old.as_object_mut().unwrap().remove(name);
    }
    let listing: Listing = serde_json::from_value(old).unwrap();
    assert_eq!((listing.version(), listing.latest()), (1, 1));
    assert_eq!(serde_json::to_value(request(1, "")).unwrap().get("version"), None);
}

#[test]
fn ndi_06_9_2_3_b_a_difference_names_the_table_and_the_field() {
    let mut after = request(2, "why");
    after.product.tables[0].fields[1].masked = false;
    after.product.tables[0].fields.insert(0, serde_json::from_value(json!({ "name": "c", "kind": "date" })).unwrap());
    after.product.name = "客流 2".to_owned();
    after.revenue.base_fen = 2000;
    let found = difference(&request(1, ""), &after);
    let places: Vec<&str> = found.iter().map(|one| one.pointer.as_str()).collect();
    assert_eq!(
        places,
        ["/product/name", "/product/tables/t/fields/b/masked", "/product/tables/t/fields/c", "/revenue/baseFen"]
    );
    assert_eq!((found[0].before.clone(), found[0].after.clone()), (Some(json!("客流")), Some(json!("客流 2"))));
    assert_eq!((found[2].before.clone(), found[2].after.is_some()), (None, true));
    assert!(difference(&after, &after).is_empty());
}
