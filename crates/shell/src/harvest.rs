//! 目录汇聚 at every node: other catalogues that its people have it read, and what is found in them. TC609-6-2025-01 §5.2.2.4; NDI-TR-2025-06 §6.3 c.
//!
//! A person says which catalogue; [`run`] reads it when it is due, a page at a time, through the egress guard; [`shelf`] finds what is in it.

pub mod file;
mod page;
pub mod shelf;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::{Path, Query, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::OnceCell;
use xinyu_core::fault::Rejection;
use xinyu_core::harvest::{CLAUSE, HarvestSource, MOST, too_many, unknown, unknown_record};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::harvest::{
    HarvestChange, HarvestInfo, HarvestList, HarvestProgress, HarvestRequest, HarvestRun, HarvestedInfo, HarvestedPage,
    HarvestedQuery,
};
use xinyu_store::{Timestamp, Topic, Tx};
use zeroize::Zeroizing;

use crate::arranged::ArrangedKind;
use crate::failure::Failure;
use crate::indexed::Indexed;
use crate::node::{Node, NodeKind};
use crate::sealed;
use crate::user::Person;

pub use work::run;

/// What a node knows of its sources while it runs.
#[derive(Debug, Default)]
pub struct Harvests {
    /// How far each is read, of those that are.
    running: Mutex<BTreeMap<String, HarvestProgress>>,
    /// What was read, as it is searched.
    shelf: OnceCell<Arc<Indexed>>,
}

impl Harvests {
    fn progress(&self, id: &str) -> Option<HarvestProgress> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied()
    }

    fn running(&self) -> BTreeSet<String> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// That one begins to be read; false if it is already.
    fn enter(&self, id: &str) -> bool {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.contains_key(id) {
            return false;
        }
        running.insert(id.to_owned(), HarvestProgress::default());
        true
    }

    /// That one is so far.
    fn reach(&self, id: &str, progress: HarvestProgress) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), progress);
    }

    fn end(&self, id: &str) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

/// One that is read. With this its reading ends, however it ends: whoever looks is told, and it can be read again.
struct Under {
    node: Arc<Node>,
    id: String,
}

impl Under {
    /// Begins; nothing if it is read already.
    fn begin(node: &Arc<Node>, id: &str) -> Option<Self> {
        node.harvests.enter(id).then(|| Self { node: Arc::clone(node), id: id.to_owned() })
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        self.node.harvests.end(&self.id);
        self.node.store.signals().fire(&[Topic::Harvest]);
    }
}

/// `GET /api/v1/harvests`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(node): State<Arc<Node>>, _: Person) -> Result<Json<HarvestList>, Failure> {
    let read = node.store.read("harvest.list", |tx| {
        Box::pin(async move {
            let counts = xinyu_store::harvest::counts(tx).await?;
            Ok::<_, Failure>((xinyu_store::harvest::list(tx).await?, counts))
        })
    });
    let (sources, counts) = read.await?;
    let mut items: Vec<HarvestInfo> = sources.into_iter().map(|one| told(&node, one, &counts)).collect();
    items.sort_by(|one, other| (&one.title, &one.harvest_id).cmp(&(&other.title, &other.harvest_id)));
    Ok(Json(HarvestList { items }))
}

/// `GET /api/v1/harvests/{id}`.
///
/// # Errors
/// If there is none of that key.
pub async fn show(
    State(node): State<Arc<Node>>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<HarvestInfo>, Failure> {
    one(&node, id).await.map(Json)
}

async fn one(node: &Node, id: String) -> Result<HarvestInfo, Failure> {
    let read = node.store.read("harvest.show", move |tx| {
        Box::pin(async move {
            let all = xinyu_store::harvest::list(tx).await?;
            let one = all.into_iter().find(|one| one.harvest_id == id).ok_or_else(|| unknown(&id))?;
            Ok::<_, Failure>((one, xinyu_store::harvest::counts(tx).await?))
        })
    });
    let (one, counts) = read.await?;
    Ok(told(node, one, &counts))
}

fn told(node: &Node, source: HarvestSource, counts: &BTreeMap<String, u64>) -> HarvestInfo {
    let records = counts.get(&source.harvest_id).copied().unwrap_or_default();
    let progress = node.harvests.progress(&source.harvest_id);
    HarvestInfo { progress, ..source.info(records) }
}

/// `POST /api/v1/harvests`: it is read at once, and then as often as is said.
///
/// # Errors
/// If it is not in order, its space, format or partner is unknown, its address is one that we do not go to, or there are too many.
pub async fn add(
    State(node): State<Arc<Node>>,
    person: Person,
    body: StrictJson<HarvestRequest>,
) -> Result<Json<HarvestInfo>, Failure> {
    let mut request = body.value;
    let place = |code, zh: String, en: String, at: &str| Rejection::bad(code, zh, en).clause(at);
    if !request.format.is_empty() {
        xinyu_discovery::catalogue::format(&request.format).map_err(|wrong| wrong.clause("/format"))?;
    }
    if !request.partner.is_empty() && node.arranged.find(ArrangedKind::Partner, request.partner.trim()).is_none() {
        let (zh, en) = (format!("没有合作方 {}", request.partner), format!("there is no partner {}", request.partner));
        return Err(place("unknown-partner", zh, en, "/partner").into());
    }
    request.space_id = placed(&node, &request.space_id)?;
    let id = node.store.ids().new_id().to_string();
    let token = request.token.take().filter(|token| !token.is_empty());
    let token = token.map(|token| seal(&node, &id, &token)).transpose()?;
    let source = HarvestSource::add(id.clone(), request, token, node.store.clock().now())?;
    if !source.address.is_empty() {
        node.egress.check_url(&source.address).map_err(|refused| {
            let zh = format!("该地址不允许访问：{refused}");
            place("egress-refused", zh, format!("the address must not be called: {refused}"), "/address")
        })?;
    }
    let happened = person.happened("harvest.add", &id, "done");
    let added = node.store.write("harvest.add", move |tx| {
        Box::pin(async move {
            if xinyu_store::harvest::list(tx).await?.len() >= MOST {
                return Err(too_many().into());
            }
            xinyu_store::harvest::save(tx, &source).await?;
            xinyu_store::audit::append(tx, &happened).await?;
            tx.signal(Topic::Harvest);
            Ok::<_, Failure>(source)
        })
    });
    Ok(Json(added.await?.info(0)))
}

/// In which space records are shown; at a connector in none.
fn placed(node: &Node, space: &str) -> Result<String, Rejection> {
    match node.kind {
        NodeKind::Connector => Ok(String::new()),
        NodeKind::Platform if node.rules_of(space).is_some() => Ok(space.to_owned()),
        NodeKind::Platform => {
            let zh = format!("请选择空间，其成员将看到汇聚的条目；没有空间「{space}」");
            let en = format!("say in which space its records are shown: there is no space {space}");
            Err(Rejection::bad("unknown-space", zh, en).clause("/spaceId"))
        }
    }
}

/// What opens a source, sealed for this node and for it.
fn seal(node: &Node, id: &str, token: &str) -> Result<String, Failure> {
    Ok(STANDARD.encode(sealed::seal(node, &context(id), token.as_bytes())?))
}

fn context(id: &str) -> String {
    format!("harvest-token:{id}")
}

/// `POST /api/v1/harvests/{id}`.
///
/// # Errors
/// If there is none of that key, or what is said is not in order.
pub async fn change(
    State(node): State<Arc<Node>>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<HarvestChange>,
) -> Result<Json<HarvestInfo>, Failure> {
    let change = body.value;
    let token = change.token.as_deref().filter(|token| !token.is_empty());
    let token = token.map(|token| seal(&node, &id, token)).transpose()?;
    settle(&node, id, person, "harvest.change", move |source, now| source.change(change, token, now)).await
}

/// `POST /api/v1/harvests/{id}/run`: reads it now.
///
/// # Errors
/// If there is none of that key, or it is paused.
pub async fn start(
    State(node): State<Arc<Node>>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<HarvestRun>,
) -> Result<Json<HarvestInfo>, Failure> {
    let is_whole = body.value.whole;
    settle(&node, id, person, "harvest.run", move |source, now| source.run(is_whole, now)).await
}

async fn settle(
    node: &Arc<Node>,
    id: String,
    person: Person,
    action: &'static str,
    step: impl FnOnce(HarvestSource, Timestamp) -> Result<HarvestSource, Rejection> + Send + 'static,
) -> Result<Json<HarvestInfo>, Failure> {
    let happened = person.happened(action, &id, "done");
    let settled = node.store.write(action, move |tx| {
        Box::pin(async move {
            let source = xinyu_store::harvest::lock(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            let source = step(source, tx.now())?;
            xinyu_store::harvest::save(tx, &source).await?;
            xinyu_store::audit::append(tx, &happened).await?;
            tx.signal(Topic::Harvest);
            Ok::<_, Failure>((source, xinyu_store::harvest::counts(tx).await?))
        })
    });
    let (source, counts) = settled.await?;
    Ok(Json(told(node, source, &counts)))
}

/// `POST /api/v1/harvests/{id}/removal`: it is not read any more, and what was read of it is gone.
///
/// # Errors
/// If there is none of that key.
pub async fn remove(
    State(node): State<Arc<Node>>,
    Path(id): Path<String>,
    person: Person,
) -> Result<Json<HarvestList>, Failure> {
    let happened = person.happened("harvest.remove", &id, "done");
    let removed = node.store.write("harvest.remove", move |tx| {
        Box::pin(async move {
            xinyu_store::harvest::lock(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            let keys: Vec<String> = xinyu_store::harvest::marks(tx, &id).await?.into_keys().collect();
            xinyu_store::harvest::take_away(tx, &id, &keys).await?;
            xinyu_store::harvest::remove(tx, &id).await?;
            xinyu_store::audit::append(tx, &happened).await?;
            tx.signal(Topic::Harvest);
            Ok::<_, Failure>(())
        })
    });
    removed.await?;
    list(State(node), person).await
}

/// `GET /api/v1/harvested?q=&source=&after=&limit=`: what was read, for people of this node.
///
/// # Errors
/// If the question is too long or its cursor none.
pub async fn search(
    State(node): State<Arc<Node>>,
    Query(asked): Query<HarvestedQuery>,
    _: Person,
) -> Result<Json<HarvestedPage>, Failure> {
    let spaces = node.store.read("harvest.spaces", |tx| Box::pin(spaces(tx)));
    Ok(Json(shelf::find(&node, asked, spaces.await?).await?))
}

/// All of a node: its people see what it reads.
async fn spaces(tx: &mut Tx) -> Result<BTreeSet<String>, Failure> {
    Ok(xinyu_store::harvest::list(tx).await?.into_iter().map(|source| source.space_id).collect())
}

/// `GET /api/v1/harvested/{id}`: one record, whole.
///
/// # Errors
/// If there is none of that key.
pub async fn record(
    State(node): State<Arc<Node>>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<HarvestedInfo>, Failure> {
    let spaces = node.store.read("harvest.spaces", |tx| Box::pin(spaces(tx)));
    let query = HarvestedQuery { record: id.clone(), ..HarvestedQuery::default() };
    let page = shelf::find(&node, query, spaces.await?).await?;
    page.entries.into_iter().next().map(Json).ok_or_else(|| unknown_record(&id).into())
}

/// That a source is to be read and cannot be, for want of what opens it.
fn opened(node: &Node, source: &HarvestSource) -> Result<Option<Zeroizing<String>>, Failure> {
    let Some(kept) = &source.token else { return Ok(None) };
    let bytes = STANDARD.decode(kept).map_err(Failure::broken)?;
    let bytes = sealed::open(node, &context(&source.harvest_id), &bytes)?;
    let token = String::from_utf8(bytes).map_err(|_| {
        Failure::from(
            Rejection::conflict("harvest-token", "令牌无法读取，请重新填写", "its token cannot be read: give it again")
                .clause(CLAUSE),
        )
    })?;
    Ok(Some(Zeroizing::new(token)))
}
