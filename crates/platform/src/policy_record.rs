//! Policy records of space and product at the platform: saved in six steps, reviewed by another person, enabled and disabled, and sent down to the connectors of
//! the space as one signed set. TC609-6-2025-15 §7.2.2.1, §7.2.2.3. Every act leaves a record in the log of the space and an entry in the audit chain.

pub mod peer;
mod set;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use xinyu_core::contract::signing::Trust;
use xinyu_core::fault::Rejection;
use xinyu_core::listing::policy_document;
use xinyu_core::policy_record::parse::{self, Parsed};
use xinyu_core::policy_record::state::Act;
use xinyu_core::policy_record::{self, Ask, Done, MOST_ENABLED, Version, seal, unknown, unknown_version};
use xinyu_core::simulation;
use xinyu_http::json::StrictJson;
use xinyu_policy::Record;
use xinyu_protocol::api::List;
use xinyu_protocol::api::policy::PolicyDifference;
use xinyu_protocol::api::policy_record::{
    PolicyRecordAct, PolicyRecordInfo, PolicyRecordLife, PolicyRecordMove, PolicyRecordVersion,
};
use xinyu_protocol::id::PartyId;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::tc609::policy_record::{
    NewPolicyRecord, PolicyRecordStanding, PolicyRecordStatement, RecordLayer, RecordState as Standing,
    SignedPolicyRecord, StampedPolicyRecord,
};
use xinyu_protocol::text::Text;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::audit::Happened;
use xinyu_store::{Timestamp, Topic, Tx};

pub use self::set::{newest, sequences, welcome};
use crate::app::Platform;

/// The most that a list shows.
const MOST: u32 = 500;
/// The most products whose offers a space's record is compared with.
const OFFERS: usize = 20;

/// What to list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Only those of this space.
    #[serde(default)]
    space: String,
    /// Only those of this layer.
    #[serde(default)]
    layer: String,
    /// Only those that stand there.
    #[serde(default)]
    state: String,
}

/// `GET /api/v1/policyRecords?space=&layer=&state=`: all versions, by record, newest first.
///
/// # Errors
/// If the store fails.
pub async fn list(
    State(platform): State<Platform>,
    Query(asked): Query<Asked>,
    _: Person,
) -> Result<Json<List<PolicyRecordInfo>>, Failure> {
    let all = platform.node.store.read("policy_record.list", move |tx| {
        Box::pin(async move {
            let all = xinyu_store::policy_record::list(tx, &asked.space, MOST).await?;
            let is_asked = |one: &&Version| {
                (asked.layer.is_empty() || one.record().layer.as_str() == asked.layer)
                    && (asked.state.is_empty() || one.standing.state.as_str() == asked.state)
            };
            Ok::<_, Failure>(all.iter().filter(is_asked).map(info).collect())
        })
    });
    Ok(Json(List { items: all.await? }))
}

/// `GET /api/v1/policyRecords/{id}`: every version, with what was found of it and done with it.
///
/// # Errors
/// If there is no such record.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<PolicyRecordLife>, Failure> {
    let life = platform.node.store.read("policy_record.show", move |tx| Box::pin(async move { life(tx, &id).await }));
    Ok(Json(life.await?))
}

/// Which versions to compare.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    from: Option<u32>,
    to: Option<u32>,
}

/// `GET /api/v1/policyRecords/{id}/comparison?from=&to=`: by default the newest version with the one before: what is written, and what is decided, differently.
///
/// # Errors
/// If there is no such record or version.
pub async fn compare(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    Query(asked): Query<Compared>,
    _: Person,
) -> Result<Json<PolicyDifference>, Failure> {
    let found = platform.node.store.read("policy_record.compare", move |tx| {
        Box::pin(async move {
            let versions = xinyu_store::policy_record::versions(tx, &id).await?;
            let newest = versions.first().map_or(1, |one| one.standing.version);
            let to = asked.to.unwrap_or(newest);
            let from = asked.from.unwrap_or_else(|| to.saturating_sub(1).max(1));
            let (before, after) = (find(&versions, &id, from)?, find(&versions, &id, to)?);
            Ok::<_, Failure>((before.record().clone(), after.record().clone(), tx.now()))
        })
    });
    let (before, after, now) = found.await?;
    let compared = tokio::task::spawn_blocking(move || {
        let read = |one: &NewPolicyRecord| parse::read(one, 1).map(|record| parse::printed(&record.policy));
        match (read(&before), read(&after)) {
            (Ok(before), Ok(after)) => simulation::difference(&before, &after, now),
            _ => Err(Rejection::conflict("policy-not-understood", "策略无法理解", "the policy is not understood")),
        }
    });
    Ok(Json(compared.await.map_err(Failure::broken)??))
}

/// `GET /api/v1/policyRecords/{id}/versions/{version}/file`: the version as it stands, signed and stamped, for `xinyu policy record verify`.
///
/// # Errors
/// If there is no such version.
pub async fn file(
    State(platform): State<Platform>,
    Path((id, version)): Path<(String, u32)>,
    _: Person,
) -> Result<Response, Failure> {
    let found = platform.node.store.read("policy_record.file", move |tx| {
        Box::pin(async move { find(&xinyu_store::policy_record::versions(tx, &id).await?, &id, version).cloned() })
    });
    let Version { standing, signed, filing, .. } = found.await?;
    let stamped = StampedPolicyRecord { standing, signed, filing };
    let bytes = xinyu_protocol::json::canonical(&stamped).map_err(Failure::broken)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// `POST /api/v1/policyRecords`: a new policy of a space, or a new version of one, as a draft.
///
/// # Errors
/// The first step of its parsing that fails, with the place, and with a request that shows a conflict. That is recorded too.
pub async fn save(
    State(platform): State<Platform>,
    person: Person,
    body: StrictJson<NewPolicyRecord>,
) -> Result<Json<PolicyRecordLife>, Failure> {
    let (this, record) = (platform.clone(), body.value);
    if record.layer != RecordLayer::Space {
        return Err(Rejection::forbidden(
            "policy-of-provider",
            "产品策略由数据提供方在其连接器上编写并签名",
            "a product's policy is written and signed by its provider, at its connector",
        )
        .clause("/layer")
        .into());
    }
    let written = platform.node.store.write("policy_record.save", move |tx| {
        Box::pin(async move {
            let suite = suite_of(tx, &record.space_id).await?;
            let now = tx.now();
            let newest = xinyu_store::policy_record::versions(tx, &record.record_id).await?.into_iter().next();
            let statement = PolicyRecordStatement {
                version: newest.map_or(1, |newest| newest.standing.version.saturating_add(1)),
                suite: suite.to_string(),
                author_id: this.options.platform_id.as_str().to_owned(),
                issued_at: now,
                record,
            };
            let signed = seal::sign(statement, this.node.ring.signing(suite), None)?;
            let author = person.name.clone();
            let kept = keep(&this, tx, signed, &author).await?;
            if let Ok(version) = &kept {
                did(tx, &person, "policy_record.save", version).await?;
            }
            Ok::<_, Failure>(kept)
        })
    });
    shown(&platform, written.await?).await
}

/// `POST /api/v1/policyRecords/{id}/versions/{version}/submission`: its author wants it reviewed.
///
/// # Errors
/// If it is no draft.
pub async fn submit(
    State(platform): State<Platform>,
    Path((id, version)): Path<(String, u32)>,
    person: Person,
) -> Result<Json<PolicyRecordLife>, Failure> {
    take(platform, person, (id, version), (Act::Submit, String::new())).await
}

/// `POST /api/v1/policyRecords/{id}/versions/{version}/decision`: `approve`, `refuse`, `enable`, `disable` or `retire`.
///
/// # Errors
/// If it leads nowhere from here, is not for this person to decide, or a reason is missing.
pub async fn decide(
    State(platform): State<Platform>,
    Path((id, version)): Path<(String, u32)>,
    person: Person,
    body: StrictJson<PolicyRecordMove>,
) -> Result<Json<PolicyRecordLife>, Failure> {
    let PolicyRecordMove { action, reason } = body.value;
    let possible = [Act::Approve, Act::Refuse, Act::Enable, Act::Disable, Act::Retire];
    let act = Act::of_word(&action, &possible)?;
    take(platform, person, (id, version), (act, reason)).await
}

async fn take(
    platform: Platform,
    person: Person,
    (id, number): (String, u32),
    (act, reason): (Act, String),
) -> Result<Json<PolicyRecordLife>, Failure> {
    let this = platform.clone();
    let decided = platform.node.store.write("policy_record.decide", move |tx| {
        Box::pin(async move {
            let versions = xinyu_store::policy_record::lock(tx, &id).await?;
            find(&versions, &id, number)?;
            let ask = Ask { act, by: &person.name, reason: &reason };
            let one = done(&this, tx, (&versions, number), ask).await?;
            did(tx, &person, &format!("policy_record.{}", act.as_str()), &one).await?;
            life(tx, &id).await
        })
    });
    Ok(Json(decided.await?))
}

/// Parses a version and stores it as a draft. What does not pass leaves its record in the log and nothing else; the caller commits either.
async fn keep(
    platform: &Platform,
    tx: &mut Tx,
    signed: SignedPolicyRecord,
    author: &str,
) -> Result<Result<Version, Rejection>, Failure> {
    let now = tx.now();
    let id = signed.statement.record.record_id.clone();
    let versions = xinyu_store::policy_record::lock(tx, &id).await?;
    policy_record::follows(&signed.statement, &versions)?;
    let (issuer, keys) = (PartyId::from(platform.options.platform_id.clone()), platform.node.ring.public());
    let integrity = seal::check_author(&signed, &Trust { issuer: &issuer, keys: &keys });
    let around = around(tx, &signed.statement.record).await?;
    let Parsed { steps, conflicts, .. } = match parse::parse(&signed.statement, integrity, &around) {
        Ok(parsed) => parsed,
        Err(unparsed) => {
            let effect =
                policy_record::parsed(&signed.statement, &unparsed.steps, unparsed.rejection.clause.as_deref());
            effect::apply(&platform.node, tx, vec![effect]).await?;
            return Ok(Err(unparsed.rejection));
        }
    };
    let standing = PolicyRecordStanding {
        record_id: id,
        version: signed.statement.version,
        state: Standing::Draft,
        reason: String::new(),
        since: now,
    };
    let filing = stamp(platform, &standing, &signed, now)?;
    let history = vec![Done { at: now, act: "save".to_owned(), by: author.to_owned(), reason: String::new() }];
    let version = Version { standing, signed, filing, author: author.to_owned(), steps, conflicts, history };
    if !xinyu_store::policy_record::insert(tx, &version).await? {
        let id = &version.standing.record_id;
        return Err(Rejection::conflict(
            "policy-version",
            format!("策略 {id} 刚被他人保存，请重新查看后再保存"),
            format!("somebody else has just saved policy {id}: look again"),
        )
        .into());
    }
    let effect = policy_record::parsed(version.statement(), &version.steps, None);
    effect::apply(&platform.node, tx, vec![effect]).await?;
    tx.signal(Topic::Catalog);
    Ok(Ok(version))
}

/// Does something with a version: stamped anew and recorded. What changes what counts makes a new set, which goes down in the same commit.
async fn done(
    platform: &Platform,
    tx: &mut Tx,
    (versions, number): (&[Version], u32),
    ask: Ask<'_>,
) -> Result<Version, Failure> {
    let id = versions.first().map(|one| one.standing.record_id.clone()).unwrap_or_default();
    let before = find(versions, &id, number)?;
    let one = moved(platform, tx, before, ask).await?;
    let mut effects = Vec::new();
    let space = one.record().space_id.clone();
    let counts = matches!(ask.act, Act::Enable | Act::Disable);
    if ask.act == Act::Enable {
        // One version of a record counts at a time.
        let reason = format!("v{number}");
        let others = versions.iter().filter(|other| other.standing.state == Standing::Enabled);
        for other in others.filter(|other| other.standing.version != number) {
            let other = moved(platform, tx, other, Ask { act: Act::Disable, by: ask.by, reason: &reason }).await?;
            effects.push(policy_record::record(Act::Disable.record(), &other, None));
        }
        let enabled = xinyu_store::policy_record::enabled(tx, &space).await?.len();
        if enabled > MOST_ENABLED {
            return Err(Rejection::conflict(
                "policy-set-full",
                format!("空间「{space}」至多同时启用 {MOST_ENABLED} 项策略"),
                format!("at most {MOST_ENABLED} policies are enabled in space {space} at a time"),
            )
            .clause(policy_record::CLAUSE)
            .next(Text::new("请先禁用不再需要的策略", "disable one that is not needed any more"))
            .into());
        }
    }
    let sequence = if counts { Some(set::publish(platform, tx, &space).await?) } else { None };
    effects.push(policy_record::record(ask.act.record(), &one, sequence));
    effect::apply(&platform.node, tx, effects).await?;
    tx.signal(Topic::Catalog);
    Ok(one)
}

async fn moved(platform: &Platform, tx: &mut Tx, version: &Version, ask: Ask<'_>) -> Result<Version, Failure> {
    let now = tx.now();
    let (standing, done) = policy_record::step(version, ask, now)?;
    let filing = stamp(platform, &standing, &version.signed, now)?;
    let mut one = Version { standing, filing, ..version.clone() };
    one.history.push(done);
    xinyu_store::policy_record::save(tx, &one).await?;
    Ok(one)
}

/// What is around a record: what counts in the space now, and what is offered beneath it.
async fn around(tx: &mut Tx, record: &NewPolicyRecord) -> Result<Vec<Record>, Failure> {
    let product = record.product_id.as_deref();
    let mut all = Vec::new();
    for one in xinyu_store::policy_record::enabled(tx, &record.space_id).await? {
        let other = one.record();
        let concerns = other.layer == RecordLayer::Space || product.is_none() || other.product_id.as_deref() == product;
        if concerns && let Ok(read) = parse::read(other, one.standing.version) {
            all.push(read);
        }
    }
    let listed = xinyu_store::listing::list(tx, Some(ListingState::Listed)).await?;
    let is_beneath = |listing: &&xinyu_core::listing::Listing| {
        listing.request.space_id == record.space_id
            && product.is_none_or(|product| listing.product_id.as_str() == product)
    };
    for listing in listed.iter().filter(is_beneath).take(OFFERS) {
        all.extend(parse::offered(listing.product_id.as_str(), &policy_document(&listing.request.policies)));
    }
    Ok(all)
}

async fn suite_of(tx: &mut Tx, space_id: &str) -> Result<xinyu_crypto::Suite, Failure> {
    let space = xinyu_store::space::find(tx, space_id).await?;
    space.map(|space| space.suite).ok_or_else(|| {
        Rejection::unknown(
            "unknown-space",
            format!("没有空间「{space_id}」"),
            format!("space {space_id} does not exist"),
        )
        .clause("/spaceId")
        .into()
    })
}

/// The platform's stamp on a standing.
fn stamp(
    platform: &Platform,
    standing: &PolicyRecordStanding,
    signed: &SignedPolicyRecord,
    now: Timestamp,
) -> Result<xinyu_protocol::tc609::contract::FilingStamp, Failure> {
    let ring = &platform.node.ring;
    let key = ring.signing(seal::suite(&signed.statement)?);
    Ok(seal::stamp(standing, signed, (&platform.options.platform_id, &ring.public()), key, now)?)
}

fn find<'v>(versions: &'v [Version], id: &str, number: u32) -> Result<&'v Version, Failure> {
    if versions.is_empty() {
        return Err(unknown(id).into());
    }
    let found = versions.iter().find(|one| one.standing.version == number);
    found.ok_or_else(|| unknown_version(id, number).into())
}

async fn did(tx: &mut Tx, person: &Person, action: &str, one: &Version) -> Result<(), Failure> {
    let detail = format!("v{} {}", one.standing.version, one.record().space_id);
    let happened = Happened { detail, ..person.happened(action, &one.standing.record_id, "done") };
    xinyu_store::audit::append(tx, &happened).await?;
    Ok(())
}

async fn shown(platform: &Platform, kept: Result<Version, Rejection>) -> Result<Json<PolicyRecordLife>, Failure> {
    let id = kept?.standing.record_id;
    let life = platform.node.store.read("policy_record.show", move |tx| Box::pin(async move { life(tx, &id).await }));
    Ok(Json(life.await?))
}

async fn life(tx: &mut Tx, id: &str) -> Result<PolicyRecordLife, Failure> {
    let versions = xinyu_store::policy_record::versions(tx, id).await?;
    let Some(newest) = versions.first() else {
        return Err(unknown(id).into());
    };
    // What the newest version does not go together with is found anew: what is around it may have changed since.
    let around = around(tx, newest.record()).await?;
    let now = parse::read(newest.record(), newest.standing.version).map(|record| parse::told(&record, &around));
    let mut shown: Vec<PolicyRecordVersion> = versions.iter().map(version).collect();
    if let (Some(first), Ok(conflicts)) = (shown.first_mut(), now) {
        first.conflicts = conflicts;
    }
    Ok(PolicyRecordLife { record_id: id.to_owned(), versions: shown })
}

fn version(one: &Version) -> PolicyRecordVersion {
    let read = parse::read(one.record(), one.standing.version);
    let clauses = read.ok().and_then(|record| xinyu_core::clause::clauses(&parse::printed(&record.policy)).ok());
    let act = |done: &Done| PolicyRecordAct {
        at: done.at,
        action: done.act.clone(),
        by: done.by.clone(),
        reason: done.reason.clone(),
    };
    PolicyRecordVersion {
        info: info(one),
        steps: one.steps.clone(),
        conflicts: one.conflicts.clone(),
        clauses: clauses.unwrap_or_default(),
        history: one.history.iter().map(act).collect(),
        moves: one.moves().into_iter().map(|act| act.as_str().to_owned()).collect(),
    }
}

fn info(one: &Version) -> PolicyRecordInfo {
    let (standing, statement) = (one.standing.clone(), one.statement());
    PolicyRecordInfo {
        record: statement.record.clone(),
        version: standing.version,
        state: standing.state,
        reason: standing.reason,
        since: standing.since,
        author_id: statement.author_id.clone(),
        author: one.author.clone(),
        issued_at: statement.issued_at,
        hash: seal::hash(statement).unwrap_or_default(),
    }
}
