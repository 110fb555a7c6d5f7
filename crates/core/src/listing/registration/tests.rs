//! A registration's life: every move of the table, and answers that are none.

use serde_json::json;
use xinyu_protocol::ndi::product::ProductAnswer;

use super::*;

const PRODUCT: &str = "691350100M000100Y433501A1B2C3D47";
const NODE: &str = "291350100M000100Y433501A1B2C3D4L";
const PLACE: Place<'static> = Place { node_id: NODE, name: "区域功能节点" };
const PROVIDER: &str = "591350100M000100Y433501A1B2C3D4T";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn listing(version: u32) -> Listing {
    serde_json::from_value(json!({
        "product_id": PRODUCT, "connector_id": PROVIDER, "provider_id": "91350100M000100Y43", "provider_name": "提供方",
        "request": {
            "listingId": "k", "spaceId": "demo", "policies": [], "term": "P30D", "profile": {}, "version": version, "reason": "x",
            "product": { "name": "客流", "description": "d", "source": "s", "licence": "CC0", "topic": "B0300", "updateFrequency": "005",
                "keywords": [], "tables": [] },
            "revenue": { "baseFen": 0, "perUseFen": 0, "shares": [] },
        },
        "findings": [], "state": "listed", "requested_at": at(0), "decided_at": null, "note": "",
    }))
    .unwrap()
}

fn asked() -> Turn {
    ask(None, &listing(1), PLACE, (json!({ "productName": "客流" }), PLATFORM), at(1)).unwrap()
}

/// An identifier as the node gives it out.
fn code(owner: &str, area: &str, entropy: u64) -> String {
    let (owner, area) = (ParticipantId::parse(owner).unwrap(), area.parse().unwrap());
    ProductId::compose(&owner, &area, entropy).as_str().to_owned()
}

fn good() -> String {
    code("91350100M000100Y43", "3501", 7)
}

fn answer(status: &str, code: Option<&str>) -> ProductAnswer {
    let reasons =
        if status == "refused" { json!([{ "member": "industryCategory", "message": "必填" }]) } else { json!([]) };
    let mut said = json!({ "productCode": PRODUCT, "status": status, "reasons": reasons });
    if let Some(code) = code {
        said["registrationCode"] = json!(code);
    }
    serde_json::from_value(said).unwrap()
}

fn told(registration: Registration, status: &str) -> Result<Turn, Rejection> {
    let request = registration.request;
    let given = (status == "registered").then(good);
    registration.take(request, &answer(status, given.as_deref()), at(9))
}

fn kinds(turn: &Turn) -> Vec<&'static str> {
    let kind = |effect: &Effect| match effect {
        Effect::Record(draft) => Some(draft.kind),
        _ => None,
    };
    turn.effects.iter().filter_map(kind).collect()
}

/// What goes to the node: interface and body.
fn sent(turn: &Turn) -> Vec<(String, Value)> {
    let message = |effect: &Effect| match effect {
        Effect::Send(message) if message.kind == KIND => {
            assert_eq!(message.stream, format!("node/{NODE}/product/{PRODUCT}"));
            Some((message.path.clone(), serde_json::from_slice(&message.body).unwrap()))
        }
        _ => None,
    };
    turn.effects.iter().filter_map(message).collect()
}

/// A registration in a state, by the way that leads there.
fn standing(state: RegistrationState) -> Registration {
    let asked = asked().registration;
    let registered = |asked: Registration| told(asked, "registered").unwrap().registration;
    let revoking = |asked: Registration| registered(asked).withdraw("已注销", PLATFORM, at(5)).unwrap().registration;
    match state {
        RegistrationState::Asked => asked,
        RegistrationState::Reviewing => told(asked, "reviewing").unwrap().registration,
        RegistrationState::Registered => registered(asked),
        RegistrationState::Refused => told(asked, "refused").unwrap().registration,
        RegistrationState::Failed => asked.fail(1, "signature", at(5)).unwrap().registration,
        RegistrationState::Revoking => revoking(asked),
        RegistrationState::RevocationRefused => told(revoking(asked), "refused").unwrap().registration,
        RegistrationState::Revoked => told(revoking(asked), "revoked").unwrap().registration,
    }
}

#[test]
fn tc609_11_7_2_4_every_move_is_in_the_table_and_no_other_is_made() {
    for state in RegistrationState::ALL {
        let there = standing(state);
        assert_eq!(there.state, state);
        let leads = |act: Act| target(Some(state), act);
        let made = |turn: Result<Turn, Rejection>| turn.ok().map(|turn| turn.registration.state);
        let again = ask(Some(there.clone()), &listing(2), PLACE, (json!({}), "某人"), at(6));
        assert_eq!(made(again), leads(Act::Ask), "{state:?} ask");
        assert_eq!(made(there.clone().withdraw("x", PLATFORM, at(6))), leads(Act::Withdraw), "{state:?} withdraw");
        let request = there.request;
        let failed = there.clone().fail(request, "x", at(6)).unwrap().registration.state;
        assert_eq!(failed, leads(Act::Fail).unwrap_or(state), "{state:?} fail");
        let is_leaving =
            [RegistrationState::Revoking, RegistrationState::RevocationRefused, RegistrationState::Revoked];
        let is_leaving = is_leaving.contains(&state);
        for (status, act) in [
            ("reviewing", Act::Review),
            ("registered", if is_leaving { Act::Keep } else { Act::Register }),
            ("refused", if is_leaving { Act::Keep } else { Act::Refuse }),
            ("unknown", if is_leaving { Act::Revoke } else { Act::Refuse }),
            ("revoked", Act::Revoke),
        ] {
            assert_eq!(made(told(there.clone(), status)), leads(act), "{state:?} {status}");
        }
    }
}

#[test]
fn tc609_01_5_2_2_4_a_a_product_is_registered_updated_and_revoked() {
    let first = asked();
    assert_eq!(kinds(&first), ["product.registration_asked"]);
    let body = json!({ "productCode": PRODUCT, "requestNo": 1, "version": 1, "product": { "productName": "客流" } });
    assert_eq!(sent(&first), [("RegisterProduct".to_owned(), body)]);

    let turn = told(first.registration, "registered").unwrap();
    assert_eq!(kinds(&turn), ["product.registered"]);
    assert_eq!(turn.registration.registered().unwrap().code.as_str(), good());
    // The same answer again says nothing new.
    assert_eq!(told(turn.registration.clone(), "registered").unwrap().effects.len(), 0);

    assert!(turn.registration.is_behind(2) && !turn.registration.is_behind(1));
    let turn = ask(Some(turn.registration), &listing(2), PLACE, (json!({}), PLATFORM), at(10)).unwrap();
    let body =
        json!({ "productCode": PRODUCT, "requestNo": 2, "version": 2, "registrationCode": good(), "product": {} });
    assert_eq!(sent(&turn), [("UpdateProduct".to_owned(), body)]);
    assert!(turn.registration.registered().is_some(), "it stays registered while its update is looked at");
    let turn = told(turn.registration, "registered").unwrap();

    let turn = turn.registration.withdraw("已注销", PLATFORM, at(11)).unwrap();
    let body = json!({ "productCode": PRODUCT, "requestNo": 3, "registrationCode": good(), "reason": "已注销" });
    assert_eq!(sent(&turn), [("RevokeProduct".to_owned(), body)]);
    let turn = told(turn.registration, "revoked").unwrap();
    assert_eq!(kinds(&turn), ["product.registration_revoked"]);
    assert_eq!(turn.registration.registered(), None);
    let states: Vec<&str> = turn.registration.steps.iter().map(|step| step.state.as_str()).collect();
    assert_eq!(states, ["asked", "registered", "asked", "registered", "revoking", "revoked"]);
}

#[test]
fn tc609_11_7_2_4_a_what_is_refused_says_why_and_goes_again() {
    let turn = told(asked().registration, "refused").unwrap();
    assert_eq!(kinds(&turn), ["product.registration_refused"]);
    assert_eq!(turn.registration.reasons[0].member, "industryCategory");
    assert_eq!(turn.registration.steps.last().unwrap().reason, "industryCategory：必填");
    let turn = ask(Some(turn.registration), &listing(2), PLACE, (json!({}), PLATFORM), at(10)).unwrap();
    assert_eq!((turn.registration.reasons.len(), sent(&turn)[0].0.as_str()), (0, "RegisterProduct"));
    // What is answered to the earlier request now is past.
    let late = turn.registration.take(1, &answer("refused", None), at(11)).unwrap();
    assert_eq!((late.registration.state, late.effects.len()), (RegistrationState::Asked, 0));
}

#[test]
fn tc609_11_7_2_4_b_the_result_is_asked_for_ever_more_seldom() {
    let mut registration = asked().registration;
    let mut pauses = Vec::new();
    for _ in 0..9 {
        registration = told(registration, "reviewing").unwrap().registration;
        pauses.push(registration.ask_at.unwrap().duration_since(at(9)).as_mins());
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert_eq!(registration.steps.len(), 2, "to be looked at still is no step");
    let turn = registration.query().unwrap();
    assert_eq!((turn.registration.ask_at, sent(&turn)[0].0.as_str()), (None, "QueryProductRegistration"));
}

#[test]
fn ndi_04_4_3_an_identifier_is_one_of_that_product_by_that_node() {
    let refused = |registration: Registration, code: Option<&str>| {
        let request = registration.request;
        let wrong = registration.take(request, &answer("registered", code), at(9)).unwrap_err();
        (wrong.code, wrong.text.en)
    };
    for (code, why) in [
        (None, "without an identifier"),
        (Some("abc".to_owned()), "not in order"),
        (Some(PROVIDER.to_owned()), "not in order"),
        (Some(good().replace("3501", "3502")), "not in order"),
        (Some(code("91310000MA7XYU103F", "3501", 7)), "another owner"),
        (Some(code("91350100M000100Y43", "1101", 7)), "another area"),
    ] {
        let (kind, text) = refused(asked().registration, code.as_deref());
        assert!(kind == "registration-answer" && text.contains(why), "{code:?}: {text}");
    }
    let other = code("91350100M000100Y43", "3501", 8);
    let there = standing(RegistrationState::Registered);
    assert!(refused(there, Some(&other)).1.contains("changes the identifier"));
    // The identifier of an older register may follow it.
    let extended = format!("{}•{PRODUCT}", good());
    assert!(asked().registration.take(1, &answer("registered", Some(&extended)), at(9)).is_ok());
    let mut elsewhere = answer("reviewing", None);
    elsewhere.product_code = good();
    assert_eq!(asked().registration.take(1, &elsewhere, at(9)).unwrap_err().code, "registration-answer");
}
