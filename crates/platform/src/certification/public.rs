//! Certificates as strangers look them up, without a login: what was certified, whether it is good now, and the credential that says so.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use xinyu_core::certification::{self, Certification, unknown};
use xinyu_core::fault::Rejection;
use xinyu_protocol::api::List;
use xinyu_protocol::api::certification::PublicCertificate;
use xinyu_protocol::dcp::Profile;
use xinyu_shell::Failure;
use xinyu_store::Timestamp;

use crate::app::Platform;

/// How many a list shows.
const LISTED: u32 = 500;

/// What to look for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// A part of a number, a name or an identifier; empty: all.
    #[serde(default)]
    q: String,
}

/// `GET /certified`, open to all: what is good now.
///
/// # Errors
/// If the store fails.
pub async fn list(
    State(platform): State<Platform>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<List<PublicCertificate>>, Failure> {
    let now = platform.node.store.clock().now();
    let valid = platform.node.store.read("certified.list", move |tx| {
        Box::pin(async move { xinyu_store::certification::valid(tx, now, LISTED).await.map_err(Failure::from) })
    });
    let wanted = wanted.q.trim().to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&wanted);
    let fits = |one: &PublicCertificate| {
        let subject = &one.subject;
        [&one.certification_id, &subject.name, &subject.id, &subject.participant_id, &subject.connector_id]
            .into_iter()
            .any(|text| has(text))
    };
    let shown = valid.await?.into_iter().filter_map(|one| certificate(&platform, &one, now)).filter(fits).collect();
    Ok(Json(List { items: shown }))
}

/// `GET /certified/{id}`, open to all: one that was certified, good or not.
///
/// # Errors
/// If nothing was certified under that number.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
) -> Result<Json<PublicCertificate>, Failure> {
    let now = platform.node.store.clock().now();
    let one = found(&platform, &id).await?;
    Ok(Json(certificate(&platform, &one, now).ok_or_else(|| unknown(&id))?))
}

/// `GET /certified/{id}/credential/{profile}`, open to all: the credential, `vc11` or `vc20`, for `xinyu credential verify` or any other verifier.
///
/// # Errors
/// If nothing is certified under that number now, or there is no such profile.
pub async fn credential(
    State(platform): State<Platform>,
    Path((id, profile)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let now = platform.node.store.clock().now();
    let one = found(&platform, &id).await?;
    let is_valid = one.state_at(now) == certification::State::Certified;
    let attested = one.credentials.iter().find(|attested| word(attested.profile) == profile && is_valid);
    let attested = attested.ok_or_else(|| {
        Rejection::unknown(
            "no-credential",
            format!("认证 {id} 没有有效的 {profile} 凭证"),
            format!("certification {id} has no {profile} credential that is good"),
        )
    })?;
    Ok(([(CONTENT_TYPE, "application/jwt"), (CACHE_CONTROL, "no-cache")], attested.jwt.clone()).into_response())
}

async fn found(platform: &Platform, id: &str) -> Result<Certification, Failure> {
    let wanted = id.to_owned();
    let found = platform.node.store.read("certified.find", move |tx| {
        Box::pin(async move { xinyu_store::certification::find(tx, &wanted).await.map_err(Failure::from) })
    });
    Ok(found.await?.ok_or_else(|| unknown(id))?)
}

/// What a stranger sees: nothing of what was never certified.
fn certificate(platform: &Platform, one: &Certification, now: Timestamp) -> Option<PublicCertificate> {
    let report = one.report.as_ref()?;
    let state = one.state_at(now);
    Some(PublicCertificate {
        certification_id: one.certification_id.clone(),
        is_valid: state == certification::State::Certified,
        state: state.as_str().to_owned(),
        scheme_id: one.scheme.definition.scheme_id.clone(),
        scheme_version: one.scheme.version,
        scheme_name: one.scheme.definition.name.clone(),
        subject: one.subject.clone(),
        grade: report.grade.clone(),
        valid_from: report.decided_at,
        valid_until: report.valid_until,
        report_digest: one.report_digest.clone()?,
        issuer: platform.node.dcp.did.to_string(),
        profiles: one.credentials.iter().map(|attested| word(attested.profile).to_owned()).collect(),
    })
}

fn word(profile: Profile) -> &'static str {
    match profile {
        Profile::Vc20BsslJwt => "vc20",
        Profile::Vc11Sl2021Jwt => "vc11",
    }
}
