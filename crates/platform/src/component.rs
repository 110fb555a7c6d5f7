//! Components (算法、模型、应用程序) at the platform: reviewed, suspended and withdrawn by its operator, shown, and handed out as stamped files.
//! TC609-6-2025-15 §7.2.1.2, §10.1 c. Every act leaves a record in the log of the space, an entry in the audit chain, and a notice to every connector.

mod clock;
pub mod peer;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use xinyu_core::component::state::{Act, State as Standing};
use xinyu_core::component::{self, Component, Done, reference, stamp, unknown};
use xinyu_core::fault::Rejection;
use xinyu_core::review::Finding;
use xinyu_core::workday::Clock;
use xinyu_crypto::{Suite, jws};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::component::{ComponentAct, ComponentInfo, ComponentLife, ComponentMove, ComponentVersion};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::component::{ComponentStanding, SignedComponent, StampedComponent};
use xinyu_protocol::tc609::contract::FilingStamp;
use xinyu_protocol::text::Text;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::audit::Happened;
use xinyu_store::{Timestamp, Topic, Tx};

use crate::app::Platform;

/// The most that a list shows.
const MOST: u32 = 500;

/// What to list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Only those of this space.
    #[serde(default)]
    space: String,
    /// Only those of this kind.
    #[serde(default)]
    kind: String,
    /// Only those that stand there.
    #[serde(default)]
    state: String,
}

/// `GET /api/v1/components?space=&kind=&state=`: all versions, newest first.
///
/// # Errors
/// If the store fails.
pub async fn list(
    State(platform): State<Platform>,
    Query(asked): Query<Asked>,
    _: Person,
) -> Result<Json<List<ComponentInfo>>, Failure> {
    let all = platform.node.store.read("component.list", move |tx| {
        Box::pin(async move {
            let all = xinyu_store::component::list(tx, &asked.space, MOST).await?;
            let is_asked = |one: &&Component| {
                (asked.kind.is_empty() || one.statement().kind.as_str() == asked.kind)
                    && (asked.state.is_empty() || one.standing.state.as_str() == asked.state)
            };
            Ok::<_, Failure>(all.iter().filter(is_asked).map(info).collect())
        })
    });
    Ok(Json(List { items: all.await? }))
}

/// `GET /api/v1/components/{id}`: every version, with what was done with it.
///
/// # Errors
/// If there is no such component.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<ComponentLife>, Failure> {
    let life = platform.node.store.read("component.show", move |tx| Box::pin(async move { life(tx, &id).await }));
    Ok(Json(life.await?))
}

/// `GET /api/v1/components/{id}/versions/{version}/file`: the registration as it stands, signed and stamped, for `xinyu component verify`.
///
/// # Errors
/// If there is no such version.
pub async fn file(
    State(platform): State<Platform>,
    Path((id, version)): Path<(String, String)>,
    _: Person,
) -> Result<Response, Failure> {
    let found = platform.node.store.read("component.file", move |tx| {
        Box::pin(async move { find(&xinyu_store::component::versions(tx, &id).await?, &id, &version).cloned() })
    });
    let bytes = xinyu_protocol::json::canonical(&stamped(found.await?)).map_err(Failure::broken)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// `GET /api/v1/components/{id}/versions/{version}/content`: what the reviewer looks at.
///
/// # Errors
/// If there is no such version, or its content stays with its source.
pub async fn content(
    State(platform): State<Platform>,
    Path((id, version)): Path<(String, String)>,
    _: Person,
) -> Result<Response, Failure> {
    let found = platform.node.store.read("component.content", move |tx| {
        Box::pin(async move {
            find(&xinyu_store::component::versions(tx, &id).await?, &id, &version)?;
            let content = xinyu_store::component::content(tx, &id, &version).await?;
            content.ok_or_else(|| {
                let name = reference(&id, &version);
                Failure::from(
                    Rejection::unknown(
                        "content-elsewhere",
                        format!("组件 {name} 的内容留在来源方，平台只有摘要"),
                        format!(
                            "the content of component {name} stays with its source, the platform has its digest only"
                        ),
                    )
                    .clause(component::CLAUSE)
                    .next(Text::new("请向来源方索取并核对摘要", "ask its source for it and compare the digest")),
                )
            })
        })
    });
    // As bytes, whatever it says it is: nothing that a stranger registered is shown by a browser.
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], found.await?).into_response())
}

/// `POST /api/v1/components/{id}/versions/{version}/decision`: `approve`, `refuse`, `suspend`, `resume` or `withdraw`.
///
/// # Errors
/// If it leads nowhere from here, or a reason is missing.
pub async fn decide(
    State(platform): State<Platform>,
    Path((id, version)): Path<(String, String)>,
    person: Person,
    body: StrictJson<ComponentMove>,
) -> Result<Json<ComponentLife>, Failure> {
    let (this, asked) = (platform.clone(), body.value);
    let act = Act::of_word(&asked.action)?;
    let decided = platform.node.store.write("component.decide", move |tx| {
        Box::pin(async move {
            let one = find(&xinyu_store::component::lock(tx, &id).await?, &id, &version)?.clone();
            let one = done(&this, tx, one, (act, component::PLATFORM), &asked.reason).await?;
            let happened = Happened {
                detail: format!("{} {}", one.standing.version, one.statement().space_id),
                ..person.happened(&format!("component.{}", act.as_str()), &id, "done")
            };
            xinyu_store::audit::append(tx, &happened).await?;
            life(tx, &id).await
        })
    });
    Ok(Json(decided.await?))
}

/// Does something with a version: stamped anew, recorded, and told to every connector in the same commit, so that what runs stops at once.
async fn done(
    platform: &Platform,
    tx: &mut Tx,
    component: Component,
    (act, by): (Act, &str),
    reason: &str,
) -> Result<Component, Failure> {
    let now = tx.now();
    let turn = component::step(&component, (act, by), reason, now)?;
    settle(platform, tx, component, act, turn).await
}

async fn settle(
    platform: &Platform,
    tx: &mut Tx,
    component: Component,
    act: Act,
    (standing, what): (ComponentStanding, Done),
) -> Result<Component, Failure> {
    let now = tx.now();
    let filing = seal(platform, &standing, &component.signed, now)?;
    let mut history = component.history;
    history.push(what);
    let one = Component { standing, filing, history, ..component };
    let one = one.clocked(platform.options.calendar.due(now, Clock::Review));
    xinyu_store::component::save(tx, &one).await?;
    let mut effects = vec![component::record(act.record(), &one)];
    if one.standing.state != Standing::Refused {
        let to = xinyu_store::member::admitted(tx).await?;
        effects.extend(component::announce(&one.standing, to.iter().map(|id| id.as_str()))?);
    }
    effect::apply(&platform.node, tx, effects).await?;
    tx.signal(Topic::Catalog);
    Ok(one)
}

/// The platform's stamp on a standing.
fn seal(
    platform: &Platform,
    standing: &ComponentStanding,
    signed: &SignedComponent,
    now: Timestamp,
) -> Result<FilingStamp, Failure> {
    let ring = &platform.node.ring;
    let sign = |suite: Suite, payload: &[u8]| jws::sign(stamp::STAMP, payload, ring.signing(suite));
    Ok(stamp::stamp(standing, signed, (&platform.options.platform_id, &ring.public()), &sign, now)?)
}

fn find<'v>(versions: &'v [Component], id: &str, version: &str) -> Result<&'v Component, Failure> {
    let found = versions.iter().find(|one| one.standing.version == version);
    found.ok_or_else(|| unknown(&reference(id, version)).into())
}

async fn life(tx: &mut Tx, id: &str) -> Result<ComponentLife, Failure> {
    let versions = xinyu_store::component::versions(tx, id).await?;
    if versions.is_empty() {
        return Err(unknown(id).into());
    }
    Ok(shown(id, &versions, None))
}

/// As somebody is told: what the review found, to the operator and to its source only.
fn shown(id: &str, versions: &[Component], by: Option<&ConnectorId>) -> ComponentLife {
    let may_know = |one: &Component| by.is_none_or(|by| one.statement().source_id == *by);
    let act = |done: &Done| ComponentAct {
        at: done.at,
        action: done.act.clone(),
        by: done.by.clone(),
        reason: done.reason.clone(),
    };
    let version = |one: &Component| ComponentVersion {
        info: info(one),
        history: one.history.iter().map(act).collect(),
        moves: one.moves().into_iter().map(|act| act.as_str().to_owned()).collect(),
        findings: one.findings.iter().filter(|_| may_know(one)).map(Finding::info).collect(),
    };
    ComponentLife { component_id: id.to_owned(), versions: versions.iter().map(version).collect() }
}

fn stamped(component: Component) -> StampedComponent {
    StampedComponent { standing: component.standing, signed: component.signed, filing: component.filing }
}

fn info(one: &Component) -> ComponentInfo {
    let (standing, statement) = (one.standing.clone(), one.statement().clone());
    ComponentInfo {
        component_id: standing.component_id,
        version: standing.version,
        former: statement.former,
        kind: statement.kind,
        name: statement.name,
        space_id: statement.space_id,
        source: statement.source_id.as_str().to_owned(),
        source_entity_id: statement.source_entity_id.as_str().to_owned(),
        state: standing.state,
        reason: standing.reason,
        since: standing.since,
        issued_at: statement.issued_at,
        media_type: statement.media_type,
        size_bytes: statement.size_bytes,
        digests: statement.digests,
        has_content: one.has_content,
        outputs: statement.outputs,
        output_leaves: statement.output_leaves,
        description: statement.description,
        purpose: statement.purpose,
        address: statement.address,
        callers: statement.callers.iter().map(|one| one.as_str().to_owned()).collect(),
        due_at: one.deadline.due_at,
    }
}
