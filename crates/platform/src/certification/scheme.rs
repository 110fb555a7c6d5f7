//! The schemes: those that come with the program, and those that the operator has saved, each in its newest version.

use axum::Json;
use axum::extract::State;
use xinyu_core::certification::measure::MEASURES;
use xinyu_core::certification::{ready, scheme};
use xinyu_core::effect::{Draft, Effect};
use xinyu_core::fault::Rejection;
use xinyu_crypto::Suite;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::certification::{MeasureInfo, SchemeList};
use xinyu_protocol::tc609::certification::{NewScheme, Scheme};
use xinyu_protocol::text::Text;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use super::did;
use crate::app::Platform;

/// `GET /api/v1/certificationSchemes`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<SchemeList>, Failure> {
    Ok(Json(listed(&platform).await?))
}

/// `POST /tc609/certificationSchemes`, by a connector.
///
/// # Errors
/// If the store fails.
pub async fn list_for_peer(State(platform): State<Platform>, _: PeerCall) -> Result<Answer, Failure> {
    Answer::json(200, &listed(&platform).await?)
}

async fn listed(platform: &Platform) -> Result<SchemeList, Failure> {
    let items = platform.node.store.read("certification.schemes", |tx| Box::pin(all(tx))).await?;
    let measures = MEASURES
        .iter()
        .map(|measure| MeasureInfo {
            name: measure.name.to_owned(),
            subject: measure.of.as_str().to_owned(),
            text: Text::new(measure.zh, measure.en),
        })
        .collect();
    Ok(SchemeList { items, measures })
}

async fn all(tx: &mut Tx) -> Result<Vec<Scheme>, Failure> {
    let saved = xinyu_store::certification::schemes(tx).await?;
    let is_saved = |one: &Scheme| saved.iter().any(|saved| saved.definition.scheme_id == one.definition.scheme_id);
    let mut all: Vec<Scheme> = ready::all().into_iter().filter(|one| !is_saved(one)).collect();
    all.extend(saved);
    Ok(all)
}

/// A scheme in its newest version.
///
/// # Errors
/// If there is none of that id.
pub(super) async fn latest(tx: &mut Tx, id: &str) -> Result<Scheme, Failure> {
    let found = all(tx).await?.into_iter().find(|scheme| scheme.definition.scheme_id == id);
    Ok(found.ok_or_else(|| scheme::unknown(id).clause("/schemeId"))?)
}

/// `POST /api/v1/certificationSchemes`: a new version, under which is applied from now on; who applied before is judged by what there was then.
///
/// # Errors
/// Naming what is not in order.
pub async fn define(
    State(platform): State<Platform>,
    person: Person,
    body: StrictJson<NewScheme>,
) -> Result<Json<Scheme>, Failure> {
    let this = platform.clone();
    let saved = platform.node.store.write("certification.define", move |tx| {
        Box::pin(async move {
            let definition = body.value;
            let before = all(tx).await?.into_iter().find(|one| one.definition.scheme_id == definition.scheme_id);
            let scheme = scheme::save(definition, before.as_ref())?;
            if before.as_ref() == Some(&scheme) {
                return Ok(scheme);
            }
            if !xinyu_store::certification::save_scheme(tx, &scheme).await? {
                let id = &scheme.definition.scheme_id;
                return Err(Rejection::conflict(
                    "scheme-saved",
                    format!("方案 {id} 刚被他人保存，请重新查看后再保存"),
                    format!("somebody else has just saved scheme {id}: look again"),
                )
                .into());
            }
            let version = scheme.version.to_string();
            did(tx, &person, "certification.define", &scheme.definition.scheme_id, &version).await?;
            let canonical = xinyu_protocol::json::canonical(&scheme).map_err(Failure::broken)?;
            let digest = Suite::Intl.hash(&canonical).to_string();
            let record = |space: &xinyu_core::space::Space| {
                Effect::Record(
                    Draft::new("certification.scheme", &space.space_id)
                        .subject(scheme.definition.scheme_id.as_str())
                        .fact("version", scheme.version)
                        .fact("digest", digest.as_str()),
                )
            };
            let effects = xinyu_store::space::list(tx).await?.iter().map(record).collect();
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Participant);
            Ok::<_, Failure>(scheme)
        })
    });
    Ok(Json(saved.await?))
}
