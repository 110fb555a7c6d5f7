//! Tests of demands: said, said anew, answered, ended, and what may not be.

use xinyu_protocol::id::AreaCode;

use super::*;

const NOW: &str = "2026-11-28T08:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn connector(digit: u8) -> ConnectorId {
    let owner = ParticipantId::parse("91310000MA7XYU103F").unwrap();
    ConnectorId::compose(&owner, &AreaCode::parse("1100").unwrap(), u64::from(digit))
}

fn card() -> DemandCard {
    DemandCard {
        title: "高铁客流".to_owned(),
        description: "分站分时的进出站人数".to_owned(),
        purpose: "商圈选址".to_owned(),
        fields: vec!["station".to_owned()],
        ..DemandCard::default()
    }
}

fn request(card: DemandCard) -> DemandRequest {
    DemandRequest { demand_id: "d-1".to_owned(), space_id: "s".to_owned(), card }
}

fn published() -> Demand {
    let owner = ParticipantId::parse("91310000MA7XYU103F").unwrap();
    Demand::publish(request(card()), (connector(1), owner), at(NOW)).unwrap().0
}

fn kind(effect: &Effect) -> &'static str {
    match effect {
        Effect::Record(draft) => draft.kind,
        other => panic!("{other:?}"),
    }
}

fn told(product: &str) -> DemandOffered {
    DemandOffered {
        product_id: product.to_owned(),
        product_name: "n".to_owned(),
        provider_name: "p".to_owned(),
        note: " 含近三年 ".to_owned(),
        at: at(NOW),
    }
}

#[test]
fn tc609_01_5_2_2_9_b_a_demand_is_published_changed_answered_and_met() {
    let demand = published();
    let (same, nothing) = demand.clone().change(request(card()), &connector(1), at(NOW)).unwrap();
    assert_eq!((same.version, nothing.is_none()), (1, true));
    let until = Some(at("2026-12-01T00:00:00Z"));
    let (demand, changed) = demand.change(request(DemandCard { until, ..card() }), &connector(1), at(NOW)).unwrap();
    assert_eq!((demand.version, kind(&changed.unwrap())), (2, "demand.changed"));
    let (demand, offered) = demand.offer(connector(2), told("p-1"), at(NOW)).unwrap();
    let (demand, _) = demand.offer(connector(2), told("p-1"), at(NOW)).unwrap();
    assert_eq!(
        (demand.offers.len(), demand.offers[0].told.note.as_str(), kind(&offered)),
        (1, "含近三年", "demand.offered")
    );
    // Its time goes by: nobody answers it, its owner may give it more.
    let later = at("2026-12-02T00:00:00Z");
    assert_eq!(demand.state_at(later), DemandState::Expired);
    assert_eq!(demand.clone().offer(connector(3), told("p-2"), later).unwrap_err().code, "demand-not-open");
    let end = End::Met(Some("p-1".to_owned()));
    let (demand, met) = demand.end(end, "已签约", &connector(1), later).unwrap();
    assert_eq!((demand.state_at(later), kind(&met)), (DemandState::Met, "demand.met"));
    let Effect::Record(draft) = met else { panic!() };
    assert_eq!((draft.facts["product"].as_str(), draft.facts["by"].as_str()), (Some("p-1"), Some("owner")));
    assert!(!serde_json::to_string(&draft.facts).unwrap().contains("客流"), "the log has digests only");
}

#[test]
fn tc609_01_5_2_2_9_b_what_is_not_in_order_is_refused_with_its_place() {
    let owner = ParticipantId::parse("91310000MA7XYU103F").unwrap();
    for card in [
        DemandCard { title: " ".to_owned(), ..card() },
        DemandCard { title: "长".repeat(101), ..card() },
        DemandCard { description: String::new(), ..card() },
        DemandCard { purpose: "a\u{7}b".to_owned(), ..card() },
        DemandCard { keywords: vec!["k".to_owned(); 21], ..card() },
        DemandCard { fields: vec![String::new()], ..card() },
        DemandCard { until: Some(at(NOW)), ..card() },
    ] {
        let refusal = Demand::publish(request(card), (connector(1), owner.clone()), at(NOW)).unwrap_err();
        assert_eq!(refusal.code, "demand-invalid");
    }
    let refused = |result: Result<(Demand, Effect), Rejection>| result.unwrap_err().code;
    let other = DemandRequest { space_id: "t".to_owned(), ..request(card()) };
    assert_eq!(published().change(other, &connector(1), at(NOW)).unwrap_err().code, "demand-space");
    assert_eq!(published().change(request(card()), &connector(2), at(NOW)).unwrap_err().code, "demand-of-another");
    assert_eq!(refused(published().end(End::Withdrawn, "x", &connector(2), at(NOW))), "demand-of-another");
    assert_eq!(refused(published().end(End::Withdrawn, " ", &connector(1), at(NOW))), "demand-invalid");
    assert_eq!(refused(published().offer(connector(1), told("p"), at(NOW))), "demand-own");
    let (ended, _) = published().end(End::TakenDown, "违规", &connector(9), at(NOW)).unwrap();
    assert_eq!((ended.state, ended.note.as_str()), (DemandState::Withdrawn, "违规"));
    assert_eq!(refused(ended.end(End::Withdrawn, "x", &connector(1), at(NOW))), "demand-ended");
}
