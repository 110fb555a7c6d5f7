//! The life of a service: every move, and what no move may do.

use xinyu_protocol::tc609::data_service::ServiceKind;
use xinyu_protocol::text::Text;

use super::review::review;
use super::*;
use crate::review::{Severity, Tried};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn owner() -> ConnectorId {
    ConnectorId::parse("591350100M000100Y433501A1B2C3D4T").unwrap()
}

fn card(name: &str) -> ServiceCard {
    ServiceCard {
        name: name.to_owned(),
        kind: ServiceKind::Compliance,
        description: "数据出境合规审查".to_owned(),
        qualification: "律师事务所执业许可证".to_owned(),
        contact: "compliance@example.com".to_owned(),
        ..ServiceCard::default()
    }
}

fn request(card: ServiceCard) -> ServiceRequest {
    ServiceRequest { service_id: "s-1".to_owned(), space_id: "demo".to_owned(), card }
}

fn published(findings: Vec<Finding>) -> DataService {
    let who = (owner(), ParticipantId::parse("91350100M000100Y43").unwrap());
    DataService::publish(request(card("合规审查")), who, findings, at(0)).unwrap().0
}

fn change(service: DataService, card: ServiceCard) -> (DataService, Option<Effect>) {
    service.change(request(card), &owner(), Vec::new(), at(2)).unwrap()
}

fn code<T: std::fmt::Debug>(result: Result<T, Rejection>) -> &'static str {
    result.unwrap_err().code
}

fn kind(effect: &Effect) -> &'static str {
    match effect {
        Effect::Record(draft) => draft.kind,
        _ => "",
    }
}

#[test]
fn tc609_16_6_3_d_a_service_is_reviewed_listed_changed_and_taken_down() {
    let (listed, record) = published(Vec::new()).decide(true, ("", "operator"), at(1)).unwrap();
    assert_eq!((listed.state, kind(&record)), (ServiceState::Listed, "service.listed"));
    // What is listed stays until what follows it is decided; the same again is nothing.
    assert_eq!(change(listed.clone(), card("合规审查")).1, None);
    let (waiting, record) = change(listed, card("合规与审计"));
    assert_eq!((waiting.state, waiting.card.name.as_str(), waiting.version), (ServiceState::Listed, "合规审查", 2));
    assert!(record.is_some() && change(waiting.clone(), card("合规与审计")).1.is_none());
    let (kept, record) = waiting.clone().decide(false, ("资质不足", "operator"), at(3)).unwrap();
    assert_eq!(
        (kept.state, kept.card.name.as_str(), kind(&record)),
        (ServiceState::Listed, "合规审查", "service.refused")
    );
    let (new, _) = waiting.decide(true, ("", "operator"), at(3)).unwrap();
    assert_eq!((new.card.name.as_str(), new.next.clone()), ("合规与审计", None));
    let (down, record) = new.delist(Some(&owner()), "停止服务", at(4)).unwrap();
    assert_eq!((down.state, kind(&record)), (ServiceState::Delisted, "service.delisted"));
    // Published anew it is reviewed again, though it says the same.
    let (again, record) = change(down, card("合规与审计"));
    assert_eq!((again.state, record.is_some()), (ServiceState::Reviewing, true));
}

#[test]
fn tc609_16_6_3_d_what_is_not_in_order_or_not_ones_own_is_refused() {
    let other = ConnectorId::parse("591350100M000100Y433501A1B2C3D5R").unwrap();
    let service = published(Vec::new());
    assert_eq!(code(service.clone().change(request(card("x")), &other, Vec::new(), at(1))), "service-of-another");
    let elsewhere = ServiceRequest { space_id: "other".to_owned(), ..request(card("x")) };
    assert_eq!(code(service.clone().change(elsewhere, &owner(), Vec::new(), at(1))), "service-space");
    assert_eq!(code(service.clone().decide(false, (" ", "operator"), at(1))), "service-invalid");
    assert_eq!(code(service.clone().delist(None, "x", at(1))), "service-not-listed");
    let (refused, _) = service.decide(false, ("不合规范", "operator"), at(1)).unwrap();
    assert_eq!(code(refused.decide(true, ("", "operator"), at(2))), "service-decided");
    for address in ["ftp://a", "https://u:p@a.example/x", "https://", "http:// a", "javascript:alert(1)"] {
        let wrong = ServiceCard { address: address.to_owned(), ..card("x") };
        assert_eq!(code(must_be_sound(&request(wrong))), "interface-address", "{address}");
    }
    let fine = ServiceCard { address: "https://api.example.com/v1?x=1@2".to_owned(), ..card("x") };
    assert!(must_be_sound(&request(fine)).is_ok());
    let long = ServiceCard { keywords: vec!["k".to_owned(); 21], ..card("x") };
    assert_eq!(code(must_be_sound(&request(long))), "service-invalid");
}

#[test]
fn tc609_01_5_3_3_3_the_review_of_a_service_blocks_warns_and_tries_its_interface() {
    let severities = |card: &ServiceCard, tried: Option<Tried>| -> Vec<(Severity, String)> {
        review(card, tried.as_ref()).into_iter().map(|one| (one.severity, one.subject)).collect()
    };
    assert_eq!(severities(&card("x"), None), []);
    let bare = ServiceCard { qualification: String::new(), contact: String::new(), ..card("x") };
    let found = |severity, subject: &str| (severity, subject.to_owned());
    assert_eq!(severities(&bare, None), [found(Severity::Block, "contact"), found(Severity::Warn, "qualification")]);
    let codes = ServiceCard { scenarios: vec!["X1".to_owned()], interface: "9".to_owned(), ..card("x") };
    assert_eq!(severities(&codes, None), [found(Severity::Block, "scenarios"), found(Severity::Block, "interface")]);
    for (tried, expect) in [
        (Tried::Answered(200), Severity::Info),
        (Tried::Answered(401), Severity::Info),
        (Tried::Answered(502), Severity::Warn),
        (Tried::Silent(Text::new("超时", "timed out")), Severity::Warn),
    ] {
        assert_eq!(severities(&card("x"), Some(tried)), [found(expect, "address")]);
    }
    let blocked = published(review(&bare, None));
    assert_eq!(code(blocked.clone().decide(true, ("", "operator"), at(1))), "blocked-by-review");
    assert!(blocked.decide(false, ("补充联系方式", "operator"), at(1)).is_ok());
}

#[test]
fn tc609_01_5_3_3_3_b_the_rule_lists_what_nothing_is_said_against_and_the_rest_waits_until_a_day() {
    let found = |severity| {
        vec![Finding { severity, subject: "x".to_owned(), text: Text::new("甲", "a"), clause: CLAUSE.to_owned() }]
    };
    for (findings, passes) in [
        (Vec::new(), true),
        (found(Severity::Info), true),
        (found(Severity::Warn), false),
        (found(Severity::Block), false),
    ] {
        let waiting = published(findings).clocked(at(100));
        assert_eq!(waiting.deadline.due_at, Some(at(100)));
        let (service, record) = waiting.by_rule(at(1)).unwrap();
        let service = service.clocked(at(200));
        assert_eq!((service.state == ServiceState::Listed, record.is_some()), (passes, passes));
        assert_eq!(service.deadline.due_at, (!passes).then_some(at(100)));
    }
    // What the operator took down or refused is for a person when it comes again; what its owner took down is not.
    let listed = || published(Vec::new()).by_rule(at(1)).unwrap().0;
    let by = owner();
    let refused = change(listed(), card("另一名称")).0.decide(false, ("不合规范", "operator"), at(3)).unwrap().0;
    for (service, passes) in [
        (listed().delist(None, "投诉", at(3)).unwrap().0, false),
        (listed().delist(Some(&by), "停止服务", at(3)).unwrap().0, true),
        (refused, false),
    ] {
        let again = change(service, card("再次发布")).0.by_rule(at(4)).unwrap();
        assert_eq!(again.1.is_some(), passes);
    }
}
