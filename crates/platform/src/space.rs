//! Logical spaces. TC609-6-2025-01 §5.2.2.6.

use axum::Json;
use axum::extract::State;
use xinyu_core::fault::Rejection;
use xinyu_core::performance;
use xinyu_core::space::{self, Space};
use xinyu_core::usage::health;
use xinyu_evidence::growth::LogState;
use xinyu_protocol::api::{List, NewSpace, SpaceInfo};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, SpaceRules, effect};

use crate::app::Platform;
use xinyu_http::json::StrictJson;

/// `POST /api/v1/spaces`.
///
/// # Errors
/// If the space is not well formed or its id is taken by another.
pub async fn open(
    State(platform): State<Platform>,
    _: Person,
    body: StrictJson<NewSpace>,
) -> Result<Json<SpaceInfo>, Failure> {
    let new = body.value;
    let suite = new.suite.parse().map_err(|_| {
        Rejection::bad(
            "unknown-suite",
            format!("未知的密码套件「{}」，可选 sm、intl", new.suite),
            format!("unknown suite {}, known are sm and intl", new.suite),
        )
    })?;
    let space = Space {
        space_id: new.space_id,
        name: new.name,
        description: new.description,
        kind: new.kind,
        suite,
        platform_permille: new.platform_permille,
        unsigned_agreements: new.unsigned_agreements,
        requires: new.requires,
        technical_only: new.technical_only,
        registered_components: new.registered_components,
        sealed_filing: new.sealed_filing,
        listing_by_rule: new.listing_by_rule,
        components_by_rule: new.components_by_rule,
        open_catalogue: new.open_catalogue,
        report_period: new.report_period,
        max_silence: new.max_silence,
    };
    let (space, effects) = space::open(space, &platform.node.ring.public(), platform.node.platform_id().as_str())?;
    platform.node.learn_rules(&space.space_id, rules(&space));
    let (node, stored) = (std::sync::Arc::clone(&platform.node), space.clone());
    let state = serde_json::to_string(&LogState::new()).map_err(Failure::broken)?;
    platform
        .node
        .store
        .write("space.open", move |tx| {
            Box::pin(async move {
                if !xinyu_store::space::insert(tx, &stored).await? {
                    let there = xinyu_store::space::find(tx, &stored.space_id).await?;
                    if there.as_ref() == Some(&stored) {
                        return Ok(());
                    }
                    return Err(Failure::from(Rejection::conflict(
                        "space-taken",
                        format!("空间标识「{}」已被使用", stored.space_id),
                        format!("space id {} is taken", stored.space_id),
                    )));
                }
                xinyu_store::log::create(tx, &stored.space_id, &state).await?;
                effect::apply(&node, tx, effects).await
            })
        })
        .await?;
    // The first space has the key of our DID from the beginning, and not only after the next start.
    xinyu_shell::dcp::key::announce(&platform.node).await?;
    Ok(Json(info(&space, 0, 0)))
}

/// `GET /api/v1/spaces`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<List<SpaceInfo>>, Failure> {
    let items = platform
        .node
        .store
        .read("space.list", |tx| {
            Box::pin(async move {
                let (spaces, logs) = (xinyu_store::space::list(tx).await?, xinyu_store::log::list(tx).await?);
                let size = |id: &str| {
                    logs.iter().find(|log| log.space_id == id).map_or((0, 0), |log| (log.size, log.published))
                };
                Ok::<_, Failure>(
                    spaces
                        .iter()
                        .map(|space| {
                            let (entries, published) = size(&space.space_id);
                            info(space, entries, published)
                        })
                        .collect(),
                )
            })
        })
        .await?;
    Ok(Json(List { items }))
}

/// All spaces.
///
/// # Errors
/// If the store fails.
pub async fn all(platform: &Platform) -> Result<Vec<Space>, Failure> {
    platform
        .node
        .store
        .read("space.list", |tx| Box::pin(async move { xinyu_store::space::list(tx).await.map_err(Failure::from) }))
        .await
}

/// What a node needs to know of a space's rules.
#[must_use]
pub fn rules(space: &Space) -> SpaceRules {
    SpaceRules {
        suite: space.suite,
        unsigned_agreements: space.unsigned_agreements,
        registered_components: space.registered_components,
        sealed_filing: space.sealed_filing,
        report_seconds: performance::period(&space.report_period).unwrap_or(86_400),
        silence_seconds: health::silence(&space.max_silence).unwrap_or_default(),
    }
}

fn info(space: &Space, entries: u64, published: u64) -> SpaceInfo {
    SpaceInfo {
        space_id: space.space_id.clone(),
        name: space.name.clone(),
        description: space.description.clone(),
        kind: space.kind.clone(),
        suite: space.suite.to_string(),
        platform_permille: space.platform_permille,
        unsigned_agreements: space.unsigned_agreements,
        requires: space.requires.clone(),
        technical_only: space.technical_only,
        registered_components: space.registered_components,
        sealed_filing: space.sealed_filing,
        listing_by_rule: space.listing_by_rule,
        components_by_rule: space.components_by_rule,
        open_catalogue: space.open_catalogue,
        report_period: space.report_period.clone(),
        max_silence: space.max_silence.clone(),
        entries,
        published,
    }
}
