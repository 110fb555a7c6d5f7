//! Partners: connectors of other makers, as configured, and those that have joined by their credentials.

use axum::Json;
use axum::extract::State;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::PartnerInfo;
use xinyu_shell::arranged::ArrangedKind;
use xinyu_shell::user::Person;

use crate::app::Connector;

/// `GET /api/v1/partners`.
pub async fn list(State(connector): State<Connector>, _: Person) -> Json<List<PartnerInfo>> {
    let node = &connector.node;
    let items = node.arranged.of(ArrangedKind::Partner).into_iter().map(|partner| PartnerInfo {
        id: partner.id.clone(),
        name: partner.title.clone(),
        address: partner.address.clone(),
        space_id: partner.space_id.clone(),
        unsigned_agreements: node.rules_of(&partner.space_id).is_some_and(|rules| rules.unsigned_agreements),
    });
    Json(List { items: items.collect() })
}
