//! Participants and their connectors, for the operator.

use askama::Template;
use axum::response::Response;
use xinyu_protocol::api::{List, ParticipantInfo};

use crate::fault::Fault;
use crate::page::Page;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "participants.html")]
struct ParticipantsPage {
    page: Page,
    participants: Vec<ParticipantInfo>,
}

/// `GET /participants`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let participants = visitor.get::<List<ParticipantInfo>>("/participants").await?.items;
    Ok(visitor.show(&ParticipantsPage { page: visitor.page("participants"), participants }))
}
