//! Evidence at the platform: records of the connectors come in, receipts and the log itself go out. TC609-6-2025-01 §5.2.2.12.

pub(crate) mod take;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use xinyu_core::evidence::Indexer;
use xinyu_core::fault::Rejection;
use xinyu_core::metering;
use xinyu_crypto::PublicKey;
use xinyu_evidence::batch::Checked;
use xinyu_evidence::entry::{Leaf, SignedRecord};
use xinyu_evidence::receipt::Receipt;
use xinyu_evidence::{checkpoint, quorum, stamped};
use xinyu_protocol::api::{Event, List, LogCheck};
use xinyu_protocol::tc609::evidence::EvidenceReport;
use xinyu_shell::Failure;
use xinyu_shell::log::Coming;
use xinyu_shell::log::cosigned;
use xinyu_shell::log::files::LogFolder;
use xinyu_shell::log::receipt;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;

use crate::app::Platform;
use crate::application::member;
use crate::event::{event, names};

/// What a connector may record: what it did itself.
const OWN_KINDS: [&str; 36] = [
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
    "metering.counted",
    "metering.corrected",
    "lineage.told",
    "lineage.stub_taken",
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
    let sent: EvidenceReport<Box<RawValue>> = call.parse()?;
    let signed = Coming::new(read(&call, &sent.record, &mut Checked::default())?, &mut Indexer::default());
    let by = call.connector()?;
    let this = platform.clone();
    call.once(&platform.node, "evidence.report", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let taken = take::all(&this, tx, &me, vec![signed]).await?;
            Answer::json(200, &taken.first())
        })
    })
    .await
}

/// The record of a report, once it is known to be the caller's own.
///
/// # Errors
/// If it is malformed, or not the caller's.
pub(crate) fn read(call: &PeerCall, sent: &RawValue, checked: &mut Checked) -> Result<Leaf, Failure> {
    let leaf = record(sent)?;
    let key = key_of_author(call, &leaf)?;
    leaf.verify_with(key, checked).map_err(|error| malformed(&error.to_string()))?;
    metering::must_count(&leaf.record)?;
    Ok(leaf)
}

/// A record as it was sent: mostly in the canonical form in which it was signed; another spelling is brought into that form first.
fn record(sent: &RawValue) -> Result<Leaf, Failure> {
    if let Ok(leaf) = Leaf::read(sent.get().as_bytes().to_vec()) {
        return Ok(leaf);
    }
    let value: Value = serde_json::from_str(sent.get()).map_err(|error| malformed(&error.to_string()))?;
    let bytes = xinyu_protocol::json::canonical(&value).map_err(|error| malformed(&error.to_string()))?;
    Ok(Leaf::read(bytes).map_err(|error| malformed(&error.to_string()))?)
}

/// That a record was made and signed by the caller, and tells of what a connector can do.
///
/// # Errors
/// If it is not so.
pub fn check_author(call: &PeerCall, signed: &SignedRecord) -> Result<(), Failure> {
    let key = key_of_author(call, signed)?;
    signed.verify(key).map_err(|error| malformed(&error.to_string()))?;
    Ok(())
}

/// The caller's key that a record names, if the caller can have made it.
fn key_of_author<'c>(call: &'c PeerCall, signed: &SignedRecord) -> Result<&'c PublicKey, Failure> {
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
    Ok(call.peer.keys.by_kid(&signed.kid).ok_or_else(|| malformed("its key is not in the credential"))?)
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
    Ok(([(header::CONTENT_DISPOSITION, attachment(&record, "receipt.json"))], bytes))
}

/// `GET /evidence/{space}/proof/{record}`: what the receipt proves by the SHA-256 tree, for the tools of others. C2SP tlog-proof.
///
/// # Errors
/// If there is no such record.
pub async fn proof(
    State(platform): State<Platform>,
    Path((space, record)): Path<(String, String)>,
) -> Result<impl IntoResponse, Failure> {
    let bytes = receipt::of(&platform.node, &space, &record).await?;
    let proof = Receipt::parse(&bytes).and_then(|receipt| receipt.to_tlog_proof()).map_err(Failure::broken)?;
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, attachment(&record, "tlog-proof")),
    ];
    Ok((headers, proof.to_string()))
}

fn attachment(record: &str, ending: &str) -> String {
    let name: String = record.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("attachment; filename=\"{name}.{ending}\"")
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
