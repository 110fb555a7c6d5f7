//! Policy templates at the platform: saved, reviewed by another person, enabled space by space, handed to connectors. TC609-6-2025-15 §7.2.2.1; TC609-6-2025-14
//! §7.2 a, B.2.1. Every act leaves a record in the log of the space (§7.2.3 a) and an entry in the audit chain.

pub mod exchange;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use xinyu_core::clause::clauses;
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::space::Space;
use xinyu_core::template::state::{Act, State as Standing};
use xinyu_core::template::{self, Ask, Origin, Version, ready, unknown};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::template::{
    NewInstance, TemplateAct, TemplateComparison, TemplateInfo, TemplateInstance, TemplateLife, TemplateMove,
    TemplateVersion,
};
use xinyu_protocol::tc609::template::{ContractTemplateAnswer, ContractTemplateRequest, NewTemplate, OfferedTemplate};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::audit::Happened;
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::application::member;

/// What to list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Only what is enabled in this space.
    #[serde(default)]
    space: String,
}

/// `GET /api/v1/templates?space=`: the newest version of each and whatever version is in use somewhere.
///
/// # Errors
/// If the store fails.
pub async fn list(
    State(platform): State<Platform>,
    Query(asked): Query<Asked>,
    _: Person,
) -> Result<Json<List<TemplateInfo>>, Failure> {
    let items = platform.node.store.read("template.list", move |tx| {
        Box::pin(async move {
            let spaces = xinyu_store::space::list(tx).await?;
            let mut newest: BTreeMap<String, u32> = BTreeMap::new();
            let all = all(tx).await?;
            for one in &all {
                let number = newest.entry(one.id().to_owned()).or_default();
                *number = one.template.version.max(*number);
            }
            let is_shown = |one: &&Version| {
                let used = one.enabled_in(&spaces);
                if asked.space.is_empty() {
                    newest.get(one.id()) == Some(&one.template.version) || !used.is_empty()
                } else {
                    used.contains(&asked.space)
                }
            };
            Ok::<_, Failure>(all.iter().filter(is_shown).map(|one| info(one, &spaces)).collect())
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// `GET /api/v1/templates/{id}`: every version, with what was done with it.
///
/// # Errors
/// If there is no such template.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<TemplateLife>, Failure> {
    let life = platform.node.store.read("template.show", move |tx| Box::pin(async move { life(tx, &id).await }));
    Ok(Json(life.await?))
}

/// Which versions to compare.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    from: Option<u32>,
    to: Option<u32>,
}

/// `GET /api/v1/templates/{id}/comparison?from=&to=`: by default the newest version with the one before.
///
/// # Errors
/// If there is no such template or version.
pub async fn compare(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    Query(asked): Query<Compared>,
    _: Person,
) -> Result<Json<TemplateComparison>, Failure> {
    let compared = platform.node.store.read("template.compare", move |tx| {
        Box::pin(async move {
            let versions = versions(tx, &id).await?;
            let newest = versions.first().map_or(1, |one| one.template.version);
            let to = asked.to.unwrap_or(newest);
            let from = asked.from.unwrap_or_else(|| to.saturating_sub(1).max(1));
            let (before, after) = (pick(&versions, &id, from)?, pick(&versions, &id, to)?);
            let changes = template::compare(&before.template.definition, &after.template.definition);
            Ok::<_, Failure>(TemplateComparison { from, to, changes })
        })
    });
    Ok(Json(compared.await?))
}

/// `POST /api/v1/templates`: a new template, or a new version of one, as a draft.
///
/// # Errors
/// Everything that is not in order, each with its place.
pub async fn define(
    State(platform): State<Platform>,
    person: Person,
    body: StrictJson<NewTemplate>,
) -> Result<Json<TemplateLife>, Failure> {
    Ok(Json(keep(&platform, person, body.value, Origin::Own).await?))
}

/// Saves a definition as a draft, whoever wrote it.
async fn keep(
    platform: &Platform,
    person: Person,
    definition: NewTemplate,
    origin: Origin,
) -> Result<TemplateLife, Failure> {
    let this = platform.clone();
    let saved = platform.node.store.write("template.save", move |tx| {
        Box::pin(async move {
            let id = definition.template_id.clone();
            let newest = locked(tx, &id).await?.into_iter().next();
            let (action, kind) = match origin {
                Origin::Own => ("template.save", "template.saved"),
                _ => ("template.import", "template.imported"),
            };
            let one = template::save(definition, newest.as_ref(), (origin, &person.name), tx.now())?;
            if newest.as_ref() != Some(&one) {
                if !xinyu_store::template::insert(tx, &one).await? {
                    return Err(Rejection::conflict(
                        "template-saved",
                        format!("模板 {id} 刚被他人保存，请重新查看后再保存"),
                        format!("somebody else has just saved template {id}: look again"),
                    )
                    .into());
                }
                did(tx, &person, action, &one, "").await?;
                let spaces = xinyu_store::space::list(tx).await?;
                record(&this, tx, &one, kind, &spaces).await?;
            }
            life(tx, &id).await
        })
    });
    saved.await
}

/// `POST /api/v1/templates/{id}/versions/{version}/decision`: `approve`, `refuse`, `enable`, `disable` or `delete`.
///
/// # Errors
/// If it leads nowhere from here, is not for this person to decide, or a space or reason is missing.
pub async fn decide(
    State(platform): State<Platform>,
    Path((id, version)): Path<(String, u32)>,
    person: Person,
    body: StrictJson<TemplateMove>,
) -> Result<Json<TemplateLife>, Failure> {
    let (this, asked) = (platform.clone(), body.value);
    let act = Act::of_word(&asked.action)?;
    let decided = platform.node.store.write("template.decide", move |tx| {
        Box::pin(async move {
            let versions = locked(tx, &id).await?;
            let spaces = xinyu_store::space::list(tx).await?;
            let space = asked.space_id.as_deref().map(|id| known(&spaces, id)).transpose()?;
            let before = pick(&versions, &id, version)?.clone();
            let ask = Ask { act, by: &person.name, space, reason: &asked.reason };
            let one = template::step(before, ask, &spaces, tx.now())?;
            xinyu_store::template::save(tx, &one).await?;
            let detail = space.map_or("", |space| space.space_id.as_str());
            did(tx, &person, &format!("template.{}", act.as_str()), &one, detail).await?;
            let told: Vec<Space> = space.map_or_else(|| spaces.clone(), |space| vec![space.clone()]);
            record(&this, tx, &one, act.record(), &told).await?;
            if let (Act::Enable, Some(space)) = (act, space) {
                supersede(&this, tx, &person, (&one, &versions), (space, &spaces)).await?;
            }
            tx.signal(Topic::Catalog);
            life(tx, &id).await
        })
    });
    Ok(Json(decided.await?))
}

/// One version of a template is enabled in a space at a time.
async fn supersede(
    platform: &Platform,
    tx: &mut Tx,
    person: &Person,
    (one, versions): (&Version, &[Version]),
    (space, spaces): (&Space, &[Space]),
) -> Result<(), Failure> {
    let reason = format!("v{}", one.template.version);
    for other in versions {
        if other.template.version == one.template.version || other.state_in(space) != Standing::Enabled {
            continue;
        }
        let ask = Ask { act: Act::Disable, by: &person.name, space: Some(space), reason: &reason };
        let other = template::step(other.clone(), ask, spaces, tx.now())?;
        xinyu_store::template::save(tx, &other).await?;
        did(tx, person, "template.disable", &other, &space.space_id).await?;
        record(platform, tx, &other, Act::Disable.record(), std::slice::from_ref(space)).await?;
    }
    Ok(())
}

/// `POST /api/v1/templateInstances`: filled in and combined, with the clauses in words. Nothing is stored.
///
/// # Errors
/// If one is not enabled in the space, a value does not fit, or they do not go together.
pub async fn instance(
    State(platform): State<Platform>,
    _: Person,
    body: StrictJson<NewInstance>,
) -> Result<Json<TemplateInstance>, Failure> {
    let asked = body.value;
    let made = platform.node.store.read("template.instance", move |tx| {
        Box::pin(async move {
            let spaces = xinyu_store::space::list(tx).await?;
            known(&spaces, &asked.space_id)?;
            let offered = offered(tx, std::slice::from_ref(&asked.space_id)).await?;
            Ok::<_, Failure>(template::instance(&offered, &asked.space_id, &asked.templates)?)
        })
    });
    Ok(Json(made.await?))
}

/// `POST /tc609/contractTemplate`, by a connector: what is enabled in its spaces. B.2.1.
///
/// # Errors
/// If it asks in another's name, or in a space that is not its own.
pub async fn show_to_peer(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let request: ContractTemplateRequest = call.parse()?;
    let by = call.connector()?;
    if request.issuer_id != by {
        return Err(Rejection::forbidden(
            "for-somebody-else",
            "连接器只能以本端名义请求合约模板",
            "a connector asks for templates in its own name only",
        )
        .clause("/issuerId")
        .into());
    }
    let answer = platform.node.store.read("template.show_to_peer", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            if me.participant_id != request.issuer_entity_id {
                return Err(Failure::from(
                    Rejection::forbidden(
                        "for-somebody-else",
                        "发起方主体标识与连接器所属主体不一致",
                        "the issuer's organisation is not that of its connector",
                    )
                    .clause("/issuerEntityId"),
                ));
            }
            let spaces = match request.space_id {
                None => me.spaces,
                Some(id) if me.spaces.contains(&id) => vec![id],
                Some(id) => {
                    return Err(Rejection::forbidden(
                        "not-a-member",
                        format!("{} 不是空间「{id}」的成员", me.name),
                        format!("{} is not a member of space {id}", me.name),
                    )
                    .into());
                }
            };
            let mut template = offered(tx, &spaces).await?;
            let Some(id) = request.template_id else {
                return Ok(ContractTemplateAnswer { status: "0".to_owned(), template });
            };
            template.retain(|one| one.template.definition.template_id == id);
            let status = if template.is_empty() { "1" } else { "0" };
            Ok(ContractTemplateAnswer { status: status.to_owned(), template })
        })
    });
    Answer::json(200, &answer.await?)
}

/// What is enabled in one of these spaces, with the spaces in which it is.
///
/// # Errors
/// If the store fails.
pub(crate) async fn offered(tx: &mut Tx, of: &[String]) -> Result<Vec<OfferedTemplate>, Failure> {
    let mut spaces = xinyu_store::space::list(tx).await?;
    spaces.retain(|space| of.contains(&space.space_id));
    let offer = |one: Version| {
        let spaces = one.enabled_in(&spaces);
        (!spaces.is_empty()).then_some(OfferedTemplate { spaces, template: one.template })
    };
    Ok(all(tx).await?.into_iter().filter_map(offer).collect())
}

/// Every version of every template, those that come with the program first, as they came or as they were decided on.
async fn all(tx: &mut Tx) -> Result<Vec<Version>, Failure> {
    let stored = xinyu_store::template::list(tx).await?;
    let is_stored = |one: &Version| stored.iter().any(|there| there.id() == one.id() && there.template.version == 1);
    let mut all = Vec::new();
    for one in ready::all() {
        all.extend(stored.iter().filter(|there| there.id() == one.id()).cloned());
        if !is_stored(&one) {
            all.push(one);
        }
    }
    let known: Vec<String> = all.iter().map(|one| one.id().to_owned()).collect();
    all.extend(stored.into_iter().filter(|one| !known.iter().any(|id| id == one.id())));
    Ok(all)
}

/// Every version of a template, newest first.
async fn versions(tx: &mut Tx, id: &str) -> Result<Vec<Version>, Failure> {
    let versions: Vec<Version> = all(tx).await?.into_iter().filter(|one| one.id() == id).collect();
    if versions.is_empty() { Err(unknown(id).into()) } else { Ok(versions) }
}

/// The same, held until the transaction ends; none for a new template.
async fn locked(tx: &mut Tx, id: &str) -> Result<Vec<Version>, Failure> {
    let mut versions = xinyu_store::template::lock(tx, id).await?;
    if !versions.iter().any(|one| one.template.version == 1) {
        versions.extend(ready::find(id));
    }
    Ok(versions)
}

fn pick<'v>(versions: &'v [Version], id: &str, version: u32) -> Result<&'v Version, Rejection> {
    if versions.is_empty() {
        return Err(unknown(id));
    }
    versions.iter().find(|one| one.template.version == version).ok_or_else(|| {
        Rejection::unknown(
            "unknown-version",
            format!("模板 {id} 没有第 {version} 版"),
            format!("template {id} has no version {version}"),
        )
    })
}

fn known<'s>(spaces: &'s [Space], id: &str) -> Result<&'s Space, Rejection> {
    spaces.iter().find(|space| space.space_id == id).ok_or_else(|| {
        Rejection::unknown("unknown-space", format!("没有空间「{id}」"), format!("space {id} does not exist"))
            .clause("/spaceId")
    })
}

async fn record(
    platform: &Platform,
    tx: &mut Tx,
    one: &Version,
    kind: &'static str,
    spaces: &[Space],
) -> Result<(), Failure> {
    let effects: Vec<Effect> = template::records(one, kind, spaces.iter().map(|space| space.space_id.as_str()));
    effect::apply(&platform.node, tx, effects).await
}

async fn did(tx: &mut Tx, person: &Person, action: &str, one: &Version, space: &str) -> Result<(), Failure> {
    let detail = format!("v{} {space}", one.template.version).trim().to_owned();
    let happened = Happened { detail, ..person.happened(action, one.id(), "done") };
    xinyu_store::audit::append(tx, &happened).await?;
    Ok(())
}

async fn life(tx: &mut Tx, id: &str) -> Result<TemplateLife, Failure> {
    let spaces = xinyu_store::space::list(tx).await?;
    let version = |one: &Version| TemplateVersion {
        info: info(one, &spaces),
        history: one
            .history
            .iter()
            .map(|done| TemplateAct {
                at: done.at,
                action: done.act.clone(),
                by: done.by.clone(),
                space_id: done.space.clone(),
                reason: done.reason.clone(),
            })
            .collect(),
        moves: one.moves(&spaces).into_iter().map(|act| act.as_str().to_owned()).collect(),
        clauses: clauses(&template::example(&one.template.definition)).unwrap_or_default(),
    };
    let versions = versions(tx, id).await?.iter().map(version).collect();
    let spaces = spaces.iter().map(|space| (space.space_id.clone(), space.kind.clone())).collect();
    Ok(TemplateLife { template_id: id.to_owned(), versions, spaces })
}

fn info(one: &Version, spaces: &[Space]) -> TemplateInfo {
    let (issuer, is_verified) = match &one.origin {
        Origin::Imported { issuer, is_verified, .. } => (Some(issuer.clone()), *is_verified),
        Origin::BuiltIn | Origin::Own => (None, false),
    };
    TemplateInfo {
        template: one.template.clone(),
        state: one.state(spaces).as_str().to_owned(),
        origin: one.origin.as_str().to_owned(),
        issuer,
        is_verified,
        spaces: one.enabled_in(spaces),
        author: one.author.clone(),
        saved_at: one.history.first().filter(|_| one.author.is_some()).map(|done| done.at),
    }
}
