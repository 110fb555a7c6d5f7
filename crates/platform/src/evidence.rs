//! Evidence at the platform: records of the connectors come in, receipts and the log itself go out. TC609-6-2025-01 §5.2.2.12.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use xinyu_core::contract::Registered;
use xinyu_core::contract::version::renewal;
use xinyu_core::fault::Rejection;
use xinyu_core::participant::Member;
use xinyu_evidence::batch::Checked;
use xinyu_evidence::entry::SignedRecord;
use xinyu_evidence::{checkpoint, quorum, stamped};
use xinyu_protocol::api::{Event, List, LogCheck};
use xinyu_protocol::tc609::evidence::{EvidenceAnswer, EvidenceReport};
use xinyu_protocol::tc609::participant::Role;
use xinyu_shell::Failure;
use xinyu_shell::log::cosigned;
use xinyu_shell::log::files::LogFolder;
use xinyu_shell::log::receipt;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_store::Tx;

use crate::app::Platform;
use crate::application::member;
use crate::event::{event, names};
use crate::onward;

/// What a connector may record: what it did itself.
const OWN_KINDS: [&str; 32] = [
    "resource.",
    "negotiation.",
    "transfer.",
    "usage.",
    "contract.signed",
    "contract.end_",
    "contract.version_proposed",
    "contract.version_agreed",
    "contract.version_refused",
    "contract.version_withdrawn",
    "contract.countersigned",
    "contract.countersign_refused",
    "draft.proposed",
    "draft.taken",
    "draft.refused",
    "breach.claimed",
    "breach.answered",
    "dispute.opened",
    "dispute.stated",
    "dispute.offered",
    "dispute.settled",
    "dispute.withdrawn",
    "dispute.heard",
    "onward.",
    "payment.",
    "policy.received",
    "performance.reported",
    "renewal.refused",
    "warning.",
    "exception.",
    "regulator.",
    "did.key",
];

/// `POST /tc609/evidence`, by a connector: one record that it signed.
///
/// # Errors
/// If the record is not the caller's own, or not about something it takes part in.
pub async fn report(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let signed = read(&call, &call.parse()?, &mut Checked::default())?;
    let by = call.connector()?;
    let this = platform.clone();
    call.once(&platform.node, "evidence.report", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            Answer::json(200, &take(&this, tx, &me, &signed).await?)
        })
    })
    .await
}

/// The record of a report, once it is known to be the caller's own.
///
/// # Errors
/// If it is malformed, or not the caller's.
pub(crate) fn read(call: &PeerCall, report: &EvidenceReport, checked: &mut Checked) -> Result<SignedRecord, Failure> {
    let bytes = xinyu_protocol::json::canonical(&report.record).map_err(|error| malformed(&error.to_string()))?;
    let signed = SignedRecord::parse(&bytes).map_err(|error| malformed(&error.to_string()))?;
    check_author_with(call, &signed, checked)?;
    Ok(signed)
}

/// Appends a record of a member to the log, moves its contract on, and runs its smart clauses. One that is there keeps its place and moves nothing.
///
/// # Errors
/// If the record is not about something the member takes part in.
pub(crate) async fn take(
    platform: &Platform,
    tx: &mut Tx,
    me: &Member,
    signed: &SignedRecord,
) -> Result<EvidenceAnswer, Failure> {
    let record = &signed.record;
    let contract = must_take_part(tx, me, signed).await?;
    let awaits = record.facts.contains_key("awaits");
    if let Some(contract) = &contract
        && xinyu_core::contract::told_by(contract, &record.kind, awaits).is_some_and(|status| status != contract.status)
    {
        crate::contract::follow(tx, contract.contract_id.as_str(), &record.kind, awaits).await?;
    }
    if record.kind == renewal::REFUSED && xinyu_store::log::find_record(tx, &record.id).await?.is_none() {
        crate::version::must_be_refusable(contract.as_ref(), tx.now())?;
    }
    let is_clever = contract.as_ref().is_some_and(|contract| !contract.smart_clauses().is_empty());
    let held = match (&record.contract, is_clever) {
        (Some(id), true) => xinyu_store::contract::lock(tx, id).await?,
        _ => None,
    };
    let index = xinyu_shell::log::append(tx, signed).await?;
    if let Some(held) = held {
        crate::smart_clause::follow(platform, tx, held).await?;
    }
    Ok(EvidenceAnswer { space_id: record.space.clone(), index })
}

/// That a record was made and signed by the caller, and tells of what a connector can do.
///
/// # Errors
/// If it is not so.
pub fn check_author(call: &PeerCall, signed: &SignedRecord) -> Result<(), Failure> {
    check_author_with(call, signed, &mut Checked::default())
}

/// The same for one of many.
fn check_author_with(call: &PeerCall, signed: &SignedRecord, checked: &mut Checked) -> Result<(), Failure> {
    let record = &signed.record;
    if record.actor != call.peer.party.as_str() {
        return Err(Rejection::forbidden(
            "not-your-record",
            format!("存证由 {} 记录，不能由 {} 上报", record.actor, call.peer.party),
            format!("the record was made by {}, {} cannot report it", record.actor, call.peer.party),
        )
        .into());
    }
    if !OWN_KINDS.iter().any(|kind| record.kind.starts_with(kind)) {
        return Err(Rejection::forbidden(
            "not-your-kind",
            format!("连接器不能记录「{}」类存证", record.kind),
            format!("a connector cannot record {}", record.kind),
        )
        .into());
    }
    let key = call.peer.keys.by_kid(&signed.kid).ok_or_else(|| malformed("its key is not in the credential"))?;
    signed.verify_with(key, checked).map_err(|error| malformed(&error.to_string()))?;
    Ok(())
}

/// The contract that a record is about, if it is about one.
async fn must_take_part(tx: &mut Tx, me: &Member, signed: &SignedRecord) -> Result<Option<Registered>, Failure> {
    let record = &signed.record;
    let contract = match &record.contract {
        Some(contract) => xinyu_store::contract::find(tx, contract).await?,
        None => None,
    };
    let own = me.connector_id.as_str();
    // Whoever serves a contract tells of its signature, and of nothing that the two do.
    let serves = |contract: &Registered| contract.is_known_to(own) && record.kind.starts_with("contract.countersign");
    let party = record.contract.is_none()
        || contract.as_ref().is_some_and(|contract| contract.has_party(own) || serves(contract));
    if me.spaces.contains(&record.space) && (party || me.role == Role::Regulator) {
        return Ok(contract);
    }
    // Whoever got the data from somebody tells that it did, and what it does with it, and nothing else of the contract.
    if let Some(contract) = contract
        && me.spaces.contains(&record.space)
        && ["usage.", "onward."].into_iter().any(|own| record.kind.starts_with(own))
        && onward::is_receiver(tx, contract.contract_id.as_str(), me.connector_id.as_str()).await?
    {
        return Ok(Some(contract));
    }
    Err(Rejection::forbidden(
        "not-a-party",
        format!("{} 不是该空间成员或合约当事方，不能存证「{}」", me.name, record.kind),
        format!(
            "{} is not a member of the space or not a party of the contract: no {} of it is taken",
            me.name, record.kind
        ),
    )
    .into())
}

/// A record that is not one.
#[must_use]
pub fn malformed(why: &str) -> Rejection {
    Rejection::bad("malformed-record", format!("存证无效：{why}"), format!("the record is not valid: {why}"))
}

/// Which events to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Only of this kind.
    #[serde(default)]
    kind: String,
    /// Only older than this position.
    before: Option<u64>,
    /// At most so many.
    limit: Option<u32>,
}

/// `GET /api/v1/evidence/{space}/events`, newest first.
///
/// # Errors
/// If the store fails.
pub async fn events(
    State(platform): State<Platform>,
    Path(space): Path<String>,
    Query(filter): Query<Filter>,
    _: Person,
) -> Result<Json<List<Event>>, Failure> {
    let this = platform.clone();
    let items = platform
        .node
        .store
        .read("evidence.events", move |tx| {
            Box::pin(async move {
                let names = names(&this, tx).await?;
                let before = filter.before.unwrap_or(u64::MAX);
                let entries =
                    xinyu_store::log::newest(tx, &space, &filter.kind, before, filter.limit.unwrap_or(100).min(500))
                        .await?;
                entries.iter().map(|entry| event(entry, &names)).collect::<Result<Vec<_>, Failure>>()
            })
        })
        .await?;
    Ok(Json(List { items }))
}

/// `GET /evidence/{space}/{path}`: the log as files, for everyone. C2SP tlog-tiles.
///
/// # Errors
/// If the file cannot be read.
pub async fn tile(
    State(platform): State<Platform>,
    Path((space, path)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let text = match path.as_str() {
        checkpoint::PATH => cosigned::checkpoint(&platform.node, &space).await?.map(|note| note.to_string()),
        quorum::PATH => cosigned::policy(&platform.node, &space)?,
        _ => None,
    };
    if let Some(text) = text {
        return Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response());
    }
    let folder = LogFolder::new(&platform.node.data_dir, &space)?;
    let is_text = path.ends_with("checkpoint") || path == "key" || path == stamped::INDEX;
    let found = tokio::task::spawn_blocking(move || folder.read(&path))
        .await
        .map_err(Failure::broken)?
        .map_err(Failure::broken)?;
    let kind = if is_text { "text/plain; charset=utf-8" } else { "application/octet-stream" };
    Ok(match found {
        Some(bytes) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}

/// `GET /evidence/{space}/receipt/{record}`: a receipt that a stranger verifies offline, to be kept as a file of that name. It waits until the record is in
/// the tree.
///
/// # Errors
/// If there is no such record.
pub async fn receipt(
    State(platform): State<Platform>,
    Path((space, record)): Path<(String, String)>,
) -> Result<impl IntoResponse, Failure> {
    let bytes = receipt::of(&platform.node, &space, &record).await?;
    let name: String = record.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    Ok(([(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.receipt.json\""))], bytes))
}

/// `GET /api/v1/evidence/{space}/verify`: everything is computed again from the files.
///
/// # Errors
/// If the files cannot be read.
pub async fn verify(
    State(platform): State<Platform>,
    Path(space): Path<String>,
    _: Person,
) -> Result<Json<LogCheck>, Failure> {
    let folder = LogFolder::new(&platform.node.data_dir, &space)?;
    let report = tokio::task::spawn_blocking(move || xinyu_evidence::verify::verify_log(&folder))
        .await
        .map_err(Failure::broken)?;
    Ok(Json(LogCheck {
        ok: report.ok,
        entries: report.entries,
        root: report.root.to_string(),
        checkpoint: report.checkpoint,
        signatures_checked: report.signatures_checked,
        problems: report.problems.into_iter().map(|problem| problem.to_string()).collect(),
    }))
}
