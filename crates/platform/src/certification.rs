//! The certification centre (认证中心): who applies, what was found, what was decided. TC609-6-2025-01 §5.2.2.13; TC609-6-2025-16 6.11 a.

mod attest;
pub mod clock;
pub mod decision;
mod measure;
pub mod public;
pub mod scheme;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use xinyu_core::certification::judge::{grade, judgements, score};
use xinyu_core::certification::{self, Act, By, Certification, unknown};
use xinyu_core::fault::Rejection;
use xinyu_core::participant::Member;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::certification::{CertificationInfo, CertificationLife, CertificationMove, ReportInfo};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::certification::{
    CertificationRequest, EvidenceKind, EvidenceRef, Finding, Judgement, Outcome, Subject, SubjectKind,
};
use xinyu_protocol::text::Text;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::audit::Happened;
use xinyu_store::{Timestamp, Topic, Tx};

use crate::app::Platform;
use crate::application::member;
use crate::participant::parse_id;

pub(crate) use attest::{follow, reissue};
pub(crate) use measure::admitted_at;

/// How many certifications a list shows.
const LISTED: u32 = 1_000;
/// The longest note of an applicant, in characters.
const MAX_NOTE: usize = 1_000;

/// `POST /tc609/certification`, by a connector: it applies for itself.
///
/// # Errors
/// If there is no such scheme, or the subject is not its own or certified on its way already.
pub async fn request(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let request: CertificationRequest = call.parse()?;
    let (by, this) = (call.connector()?, platform.clone());
    call.once(&platform.node, "certification.request", move |tx| {
        Box::pin(async move {
            let one = take(&this, tx, &request, &by, by.as_str()).await?;
            Answer::json(201, &life(&this, tx, &one, false).await?)
        })
    })
    .await
}

/// `POST /tc609/certifications`, by a connector: its own, with what is missing.
///
/// # Errors
/// If it is not admitted.
pub async fn list_for_peer(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let (by, this) = (call.connector()?, platform.clone());
    let items = platform.node.store.read("certification.list_for_peer", move |tx| {
        Box::pin(async move {
            member(tx, &by).await?;
            let mut items = Vec::new();
            for one in xinyu_store::certification::list(tx, by.as_str(), LISTED).await? {
                items.push(life(&this, tx, &one, false).await?);
            }
            Ok::<_, Failure>(items)
        })
    });
    Answer::json(200, &List { items: items.await? })
}

/// `POST /api/v1/certifications`: a person of the platform applies for a member.
///
/// # Errors
/// As [`request`].
pub async fn apply(
    State(platform): State<Platform>,
    person: Person,
    body: StrictJson<CertificationRequest>,
) -> Result<Json<CertificationLife>, Failure> {
    let request = body.value;
    let whose = request.connector_id.as_deref().ok_or_else(|| {
        Rejection::bad("whose", "请指明为哪个成员申请", "say for which member").clause("/connectorId")
    })?;
    let (connector, this) = (parse_id(whose)?, platform.clone());
    let applied = platform.node.store.write("certification.apply", move |tx| {
        Box::pin(async move {
            did(tx, &person, "certification.apply", connector.as_str(), &request.scheme_id).await?;
            let one = take(&this, tx, &request, &connector, &person.name).await?;
            life(&this, tx, &one, true).await
        })
    });
    Ok(Json(applied.await?))
}

async fn take(
    platform: &Platform,
    tx: &mut Tx,
    request: &CertificationRequest,
    connector: &ConnectorId,
    by: &str,
) -> Result<Certification, Failure> {
    let me = member(tx, connector).await?;
    if request.note.chars().count() > MAX_NOTE {
        let (zh, en) = (format!("申请说明至多 {MAX_NOTE} 字"), format!("a note has at most {MAX_NOTE} characters"));
        return Err(Rejection::bad("note", zh, en).clause("/note").into());
    }
    let scheme = scheme::latest(tx, &request.scheme_id).await?;
    let subject = subject(tx, &me, scheme.definition.subject, request.product_id.as_deref()).await?;
    // The counter is held until the end, so that of two applications at once the second sees the first.
    let number = xinyu_store::certification::next_number(tx).await?;
    let now = tx.now();
    let mut renews = None;
    for before in xinyu_store::certification::of_subject(tx, &request.scheme_id, &subject.id).await? {
        let state = before.state_at(now);
        if state.is_open() || state == certification::State::Suspended {
            return Err(there_already(&before, now).into());
        }
        if state == certification::State::Certified {
            renews = Some(before.certification_id);
        }
    }
    let id = format!("RZ{}{number:06}", now.strftime("%Y"));
    let one = certification::apply(id, scheme, subject, by, &request.note, renews, now);
    xinyu_store::certification::save(tx, &one).await?;
    effect::apply(&platform.node, tx, certification::records(&one, "certification.applied", &me.spaces)).await?;
    tx.signal(Topic::Participant);
    Ok(one)
}

fn there_already(before: &Certification, now: Timestamp) -> Rejection {
    let (id, state) = (&before.certification_id, before.state_at(now).as_str());
    Rejection::conflict(
        "certification-open",
        format!("该对象按同一方案已有认证 {id}，当前状态为 {state}"),
        format!("the subject has certification {id} by this scheme, which is {state}"),
    )
    .clause(certification::CLAUSE)
    .next(Text::new("请先了结该认证，再重新申请", "let that one end first, then apply again"))
}

/// What is to be certified of a member.
async fn subject(
    tx: &mut Tx,
    member: &Member,
    kind: SubjectKind,
    product_id: Option<&str>,
) -> Result<Subject, Failure> {
    let connector_id = member.connector_id.as_str().to_owned();
    let participant_id = member.participant_id.as_str().to_owned();
    let (id, name) = match (kind, product_id) {
        (SubjectKind::Participant, None) => (participant_id.clone(), member.name.clone()),
        (SubjectKind::Connector, None) => {
            let kept = xinyu_store::connector::find(tx, &connector_id).await?;
            (connector_id.clone(), kept.map_or_else(|| member.name.clone(), |kept| kept.device.name_or(&member.name)))
        }
        (SubjectKind::Product, Some(product)) => {
            let listing = xinyu_store::listing::find(tx, product).await?;
            let listing = listing.filter(|listing| listing.connector_id == member.connector_id);
            let listing = listing.ok_or_else(|| {
                Rejection::unknown(
                    "unknown-product",
                    format!("{} 没有产品 {product}", member.name),
                    format!("{} has no product {product}", member.name),
                )
                .clause("/productId")
            })?;
            (product.to_owned(), listing.request.product.name.clone())
        }
        (SubjectKind::Product, None) => {
            return Err(Rejection::bad("which-product", "请指明产品", "say which product").clause("/productId").into());
        }
        (SubjectKind::Participant | SubjectKind::Connector, Some(_)) => {
            return Err(Rejection::bad(
                "not-a-product",
                "该方案的认证对象不是产品",
                "this scheme does not certify products",
            )
            .clause("/productId")
            .into());
        }
    };
    Ok(Subject { kind, id, name, connector_id, participant_id })
}

/// Which certifications to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Only of this member.
    #[serde(default)]
    connector: String,
}

/// `GET /api/v1/certifications`.
///
/// # Errors
/// If the store fails.
pub async fn list(
    State(platform): State<Platform>,
    Query(filter): Query<Filter>,
    _: Person,
) -> Result<Json<List<CertificationInfo>>, Failure> {
    let found = platform.node.store.read("certification.list", move |tx| {
        Box::pin(
            async move { xinyu_store::certification::list(tx, &filter.connector, LISTED).await.map_err(Failure::from) },
        )
    });
    let now = platform.node.store.clock().now();
    Ok(Json(List { items: found.await?.iter().map(|one| info(one, now)).collect() }))
}

/// `GET /api/v1/certifications/{id}`.
///
/// # Errors
/// If there is no such certification.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<CertificationLife>, Failure> {
    let this = platform.clone();
    let found = platform.node.store.read("certification.show", move |tx| {
        Box::pin(async move {
            let one = xinyu_store::certification::find(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            life(&this, tx, &one, true).await
        })
    });
    Ok(Json(found.await?))
}

/// `GET /api/v1/certifications/{id}/report`.
///
/// # Errors
/// If there is no such certification, or nothing was certified.
pub async fn report(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<ReportInfo>, Failure> {
    let found = platform.node.store.read("certification.report", move |tx| {
        Box::pin(async move {
            let one = xinyu_store::certification::find(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            match (one.report, one.report_digest) {
                (Some(report), Some(digest)) => Ok(ReportInfo { report, digest }),
                _ => Err(Failure::from(Rejection::unknown(
                    "no-report",
                    format!("认证 {id} 没有评估报告：尚未认证"),
                    format!("certification {id} has no report, nothing was certified"),
                ))),
            }
        })
    });
    Ok(Json(found.await?))
}

/// `POST /api/v1/certifications/{id}/findings`.
///
/// # Errors
/// If it is not for this person to assess, the finding does not fit the scheme, or its evidence is not there.
pub async fn find(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<Finding>,
) -> Result<Json<CertificationLife>, Failure> {
    let this = platform.clone();
    let found = platform.node.store.write("certification.find", move |tx| {
        Box::pin(async move {
            let one = xinyu_store::certification::lock(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            must_exist(tx, &one.subject.connector_id, &body.value.evidence).await?;
            let code = body.value.code.clone();
            let one = certification::find(one, body.value, &person.name, tx.now())?;
            xinyu_store::certification::save(tx, &one).await?;
            did(tx, &person, "certification.find", &one.certification_id, &code).await?;
            tx.signal(Topic::Participant);
            life(&this, tx, &one, true).await
        })
    });
    Ok(Json(found.await?))
}

/// That what a finding rests on is there: a document that the member handed in, by its digest, or an entry of the log.
async fn must_exist(tx: &mut Tx, connector: &str, evidence: &[EvidenceRef]) -> Result<(), Failure> {
    for (place, one) in evidence.iter().enumerate() {
        let is_there = match one.kind {
            EvidenceKind::Entry => xinyu_store::log::find_record(tx, &one.reference).await?.is_some(),
            EvidenceKind::Attachment => {
                let of_device = xinyu_store::connector::attachments(tx, connector).await?;
                let of_identity = xinyu_store::attachment::list(tx, connector).await?;
                of_device.iter().any(|file| file.digest == one.reference)
                    || of_identity.iter().any(|file| file.digest == one.reference)
            }
        };
        if !is_there {
            let shown: String = one.reference.chars().take(80).collect();
            return Err(Rejection::bad(
                "unknown-evidence",
                format!("没有证据「{shown}」：应为该成员附件的摘要或存证编号"),
                format!(
                    "there is no evidence {shown}: it is the digest of a document of this member, or the id of a record"
                ),
            )
            .clause(format!("/evidence/{place}"))
            .into());
        }
    }
    Ok(())
}

/// `POST /api/v1/certifications/{id}/assessment`: `begin`, `complete` or `cancel`.
///
/// # Errors
/// If it leads nowhere from here, or is not for this person to do.
pub async fn assess(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<CertificationMove>,
) -> Result<Json<CertificationLife>, Failure> {
    let CertificationMove { action, reason } = body.value;
    let act = Act::of_word(&action, &Act::OF_ASSESSMENT)?;
    let this = platform.clone();
    let moved = platform.node.store.write("certification.assess", move |tx| {
        Box::pin(async move {
            let one = xinyu_store::certification::lock(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            let one = certification::step(one, act, By::Person(&person.name), &reason, tx.now())?;
            xinyu_store::certification::save(tx, &one).await?;
            did(tx, &person, "certification.assess", &one.certification_id, act.as_str()).await?;
            let spaces = spaces(tx, &one).await?;
            effect::apply(&this.node, tx, certification::records_of(&one, act, &spaces)).await?;
            tx.signal(Topic::Participant);
            life(&this, tx, &one, true).await
        })
    });
    Ok(Json(moved.await?))
}

/// What a person did, for the audit chain; before anything is recorded, since whoever appends to a log holds it until the commit.
async fn did(tx: &mut Tx, person: &Person, action: &str, object: &str, detail: &str) -> Result<(), Failure> {
    let happened = Happened { detail: detail.to_owned(), ..person.happened(action, object, "done") };
    xinyu_store::audit::append(tx, &happened).await?;
    Ok(())
}

/// The spaces in whose logs a certification is told of.
async fn spaces(tx: &mut Tx, one: &Certification) -> Result<Vec<String>, Failure> {
    let found = xinyu_store::member::find(tx, &one.subject.connector_id).await?;
    Ok(found.map(|member| member.spaces).unwrap_or_default())
}

fn info(one: &Certification, now: Timestamp) -> CertificationInfo {
    CertificationInfo {
        certification_id: one.certification_id.clone(),
        scheme_id: one.scheme.definition.scheme_id.clone(),
        scheme_version: one.scheme.version,
        scheme_name: one.scheme.definition.name.clone(),
        subject: one.subject.clone(),
        state: one.state_at(now).as_str().to_owned(),
        grade: one.report.as_ref().map(|report| report.grade.clone()),
        applied_at: one.applied_at,
        decided_at: one.decided_at,
        valid_until: one.valid_until(),
        reason: one.reason.clone(),
    }
}

/// Everything about one: what comes out now, or what came out when it was decided. Who did what stays on the platform.
async fn life(
    platform: &Platform,
    tx: &mut Tx,
    one: &Certification,
    is_ours: bool,
) -> Result<CertificationLife, Failure> {
    let now = tx.now();
    let judgements = match &one.report {
        Some(report) => report.judgements.clone(),
        None => judgements(one, &measure::facts(platform, tx, &one.subject).await?),
    };
    let is_in_the_way = |one: &&Judgement| !matches!(one.outcome, Some(Outcome::Met | Outcome::NotApplicable));
    let missing: Vec<String> = judgements.iter().filter(is_in_the_way).map(|one| one.code.clone()).collect();
    let is_barred = judgements.iter().any(|one| one.is_mandatory && one.outcome != Some(Outcome::Met));
    let score_permille = score(&judgements);
    let would_be = score_permille.filter(|_| !is_barred).and_then(|score| grade(&one.scheme.definition, score));
    let moves = if is_ours { one.moves(now).map(|act| act.as_str().to_owned()).collect() } else { Vec::new() };
    Ok(CertificationLife {
        certification: info(one, now),
        note: one.note.clone(),
        applied_by: is_ours.then(|| one.applied_by.clone()),
        assessors: if is_ours { one.assessors.clone() } else { Vec::new() },
        decided_by: one.decided_by.clone().filter(|_| is_ours),
        would_be: would_be.map(str::to_owned),
        missing,
        score_permille,
        report_digest: one.report_digest.clone(),
        credentials: one.credentials.iter().map(|attested| attested.credential_id.clone()).collect(),
        renews: one.renews.clone(),
        moves,
        judgements,
    })
}
