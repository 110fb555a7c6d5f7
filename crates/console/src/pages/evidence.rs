//! Evidence: the logs of the platform's spaces, or the records of this connector; and how a stranger verifies them.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use xinyu_http::ApiError;
use xinyu_protocol::api::trusted_time::StampsInfo;
use xinyu_protocol::api::witness::{OwnWitnessInfo, WitnessesInfo};
use xinyu_protocol::api::{Event, List, LogCheck, SpaceInfo};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::fault::Fault;
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "evidence.html")]
struct EvidencePage {
    page: Page,
    spaces: Vec<SpaceInfo>,
    /// The space whose log is shown; empty on a connector.
    space: String,
    kind: String,
    kinds: Vec<&'static str>,
    events: Vec<Event>,
    older: Option<u64>,
    check: Option<LogCheck>,
    /// Who cosigns the log that is shown.
    witnesses: Option<WitnessesInfo>,
    /// Its time-stamps.
    stamps: Option<StampsInfo>,
    /// What this node cosigns; none where it may not be looked at.
    own: Option<OwnWitnessInfo>,
}

/// What to show.
#[derive(Deserialize)]
pub(crate) struct Filter {
    #[serde(default)]
    space: String,
    #[serde(default)]
    kind: String,
    before: Option<u64>,
    #[serde(default)]
    verify: String,
}

/// The kinds of records, in the order in which a contract makes them.
const KINDS: [&str; 140] = [
    "space.opened",
    "participant.registered",
    "participant.reminder",
    "participant.key",
    "participant.refused",
    "resource.connected",
    "resource.graded",
    "demand.published",
    "demand.changed",
    "demand.offered",
    "demand.met",
    "demand.withdrawn",
    "glossary.published",
    "catalog.harvested",
    "component.registered",
    "component.reviewed",
    "component.reminder",
    "component.approved",
    "component.refused",
    "component.suspended",
    "component.resumed",
    "component.withdrawn",
    "service.requested",
    "service.reminder",
    "service.listed",
    "service.refused",
    "service.delisted",
    "product.reviewed",
    "product.reminder",
    "product.listed",
    "lineage.told",
    "lineage.stub_taken",
    "product.refused",
    "product.delisted",
    "product.deregistration_asked",
    "product.deregistration_refused",
    "product.deregistered",
    "product.registration_asked",
    "product.registered",
    "product.registration_refused",
    "product.registration_revoked",
    "application.submitted",
    "application.platform_approved",
    "application.approved",
    "application.refused",
    "contract.initiated",
    "negotiation.requested",
    "negotiation.offered",
    "negotiation.accepted",
    "negotiation.agreed",
    "negotiation.verified",
    "negotiation.finalized",
    "negotiation.terminated",
    "contract.filed",
    "transfer.requested",
    "transfer.started",
    "transfer.suspended",
    "transfer.interrupted",
    "transfer.completed",
    "transfer.delivered",
    "transfer.terminated",
    "usage.parsed",
    "usage.awaiting",
    "usage.started",
    "usage.duty",
    "usage.done",
    "usage.refused",
    "usage.stopped",
    "usage.failed",
    "usage.frozen",
    "usage.destroyed",
    "usage.kept",
    "onward.offered",
    "onward.taken",
    "onward.refused",
    "onward.withdrawn",
    "onward.received",
    "onward.destroyed",
    "metering.disputed",
    "metering.counted",
    "metering.corrected",
    "metering.closed",
    "run_log.collected",
    "settlement.stated",
    "contract.terminated",
    "contract.version_proposed",
    "contract.version_agreed",
    "contract.version_refused",
    "contract.version_withdrawn",
    "contract.version_filed",
    "draft.created",
    "draft.proposed",
    "draft.taken",
    "draft.refused",
    "draft.agreed",
    "draft.ended",
    "contract.signing_opened",
    "contract.countersigned",
    "contract.countersign_refused",
    "contract.signing_ended",
    "contract.end_proposed",
    "contract.end_agreed",
    "contract.end_refused",
    "contract.end_withdrawn",
    "contract.voucher",
    "breach.claimed",
    "breach.answered",
    "breach.decided",
    "renewal.refused",
    "performance.reported",
    "performance.taken",
    "performance.contradicted",
    "performance.overdue",
    "performance.refused",
    "warning.raised",
    "warning.closed",
    "exception.retried",
    "exception.set_aside",
    "exception.given_up",
    "dispute.opened",
    "dispute.stated",
    "dispute.offered",
    "dispute.settled",
    "dispute.withdrawn",
    "dispute.decided",
    "dispute.heard",
    "policy.parsed",
    "policy.submitted",
    "policy.reviewed",
    "policy.refused",
    "policy.enabled",
    "policy.disabled",
    "policy.retired",
    "policy.received",
    "contract.unfrozen",
    "usage.unfrozen",
    "regulator.ordered",
    "contract.frozen",
    "evidence.disposed",
    "contract.signed",
];

const PAGE: u32 = 50;

/// `GET /evidence`.
pub(crate) async fn show(visitor: Visitor, Query(filter): Query<Filter>) -> Result<Response, Fault> {
    let page = visitor.page("evidence");
    let kind = KINDS.into_iter().find(|kind| *kind == filter.kind).unwrap_or_default();
    let own = visitor.try_get::<OwnWitnessInfo>("/witness").await.ok();
    if !page.is_platform() {
        let mut events = visitor.get::<List<Event>>("/events").await?.items;
        events.retain(|event| kind.is_empty() || event.kind == kind);
        newest_first(&mut events);
        return Ok(visitor.show(&EvidencePage {
            page,
            spaces: Vec::new(),
            space: String::new(),
            kind: kind.to_owned(),
            kinds: KINDS.to_vec(),
            events,
            older: None,
            check: None,
            witnesses: None,
            stamps: None,
            own,
        }));
    }
    let spaces = visitor.get::<List<SpaceInfo>>("/spaces").await?.items;
    if !filter.space.is_empty() && !spaces.iter().any(|space| space.space_id == filter.space) {
        return Err(unknown(&visitor, &filter.space));
    }
    let asked = spaces.iter().find(|space| space.space_id == filter.space).or_else(|| spaces.first());
    let space = asked.map(|space| space.space_id.clone()).unwrap_or_default();
    let (mut events, mut check, mut witnesses, mut stamps) = (Vec::new(), None, None, None);
    if !space.is_empty() {
        witnesses = visitor.try_get(&format!("/evidence/{}/witnesses", escape(&space))).await.ok();
        stamps = visitor.try_get(&format!("/evidence/{}/stamps", escape(&space))).await.ok();
        let mut path = format!("/evidence/{}/events?limit={PAGE}", escape(&space));
        if !kind.is_empty() {
            path.push_str(&format!("&kind={kind}"));
        }
        if let Some(before) = filter.before {
            path.push_str(&format!("&before={before}"));
        }
        events = visitor.get::<List<Event>>(&path).await?.items;
        if !filter.verify.is_empty() {
            check = Some(visitor.get(&format!("/evidence/{}/verify", escape(&space))).await?);
        }
    }
    let is_full = u32::try_from(events.len()).is_ok_and(|count| count >= PAGE);
    let older = events.last().and_then(|event| event.index).filter(|index| is_full && *index > 0);
    Ok(visitor.show(&EvidencePage {
        page,
        spaces,
        space,
        kind: kind.to_owned(),
        kinds: KINDS.to_vec(),
        events,
        older,
        check,
        witnesses,
        stamps,
        // A platform is a witness of other spaces only.
        own: own.filter(|own| !own.logs.is_empty()),
    }))
}

/// In the order of the log, what it does not hold yet first. Positions of several logs tell nothing of each other: there the time decides.
fn newest_first(events: &mut [Event]) {
    let is_one_log = events.windows(2).all(|pair| matches!(pair, [one, next] if one.space_id == next.space_id));
    let place = |event: &Event| if is_one_log { (event.index.is_none(), event.index) } else { (false, None) };
    events.sort_by_key(|event| std::cmp::Reverse((place(event), event.at)));
}

fn unknown(visitor: &Visitor, space: &str) -> Fault {
    let title = Text::new(format!("没有逻辑空间 {space}"), format!("there is no space {space}"));
    let next = Text::new("请在存证页选择一个空间的日志", "choose the log of a space on the page of evidence");
    visitor.fault(ApiError::Problem(Box::new(Problem::new(404, "unknown-space", title).next(next))))
}
