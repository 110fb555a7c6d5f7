//! What a member's own data pipelines tell this connector (OpenLineage 2-0-2): where its products come from. It stays here; the evidence is told salted digests, and
//! only of what a listed product is made from. TC609-6-2025-01 §5.2.2.12.

pub(crate) mod told;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use xinyu_core::fault::Rejection;
use xinyu_core::lineage::pipeline::read::LIMITS;
use xinyu_core::lineage::pipeline::{Dataset, Run, Told, read};
use xinyu_http::json;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::pipeline::{DatasetBinding, DatasetInfo, PipelineRun, PipelineTaken};
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::pipeline::{Binding, Kept};
use xinyu_store::{Topic, Tx};

use self::told::Places;
use crate::app::Connector;

/// How many runs, and how many datasets at once, are listed.
const MOST: u32 = 200;
/// Events one a line.
const LINES: [&str; 2] = ["application/x-ndjson", "application/jsonl"];

/// `POST /api/v1/lineage`: events of a pipeline, all or none. Told again they change nothing.
///
/// # Errors
/// 400 naming the place of what is wrong, 413, 415.
pub async fn take(State(connector): State<Connector>, _: Person, headers: HeaderMap, body: Body) -> Response {
    let is_lines = is_lines(&headers);
    if !is_lines && let Err(problem) = json::check_content_type(&headers) {
        return problem.into_response();
    }
    let bytes = match json::read_body(body, LIMITS.bytes).await {
        Ok(bytes) => bytes,
        Err(problem) => return problem.into_response(),
    };
    taken(&connector, &bytes, is_lines).await.map(Json).into_response()
}

fn is_lines(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    LINES.contains(&kind.as_str())
}

async fn taken(connector: &Connector, bytes: &[u8], is_lines: bool) -> Result<PipelineTaken, Failure> {
    let events = read::events(bytes, is_lines)?;
    let Told { runs, datasets } = Told::of(&events)?;
    let places = Places::of(connector).await?;
    let (this, mentioned) = (connector.clone(), datasets.len());
    let written = connector.node.store.write("pipeline.take", move |tx| {
        Box::pin(async move {
            // Rows in the order of their keys, so that nobody waits for each other in a circle.
            for dataset in datasets.into_values() {
                xinyu_store::pipeline::join_dataset(tx, dataset).await?;
            }
            let mut joined = Vec::new();
            for run in runs.into_values() {
                joined.push(xinyu_store::pipeline::join_run(tx, run).await??);
            }
            let written = joined.iter().filter(|run| run.is_complete()).flat_map(|run| run.outputs.keys().cloned());
            let records = told::tell(&this, tx, &written.collect(), &places).await?;
            tx.signal(Topic::Catalog);
            Ok::<_, Failure>((joined, records))
        })
    });
    let (runs, records) = written.await?;
    Ok(PipelineTaken {
        events: count(events.len()),
        runs: runs.iter().map(run_info).collect(),
        datasets: count(mentioned),
        records,
    })
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn run_info(run: &Run) -> PipelineRun {
    PipelineRun {
        run_id: run.id.clone(),
        namespace: run.job.value.namespace.clone(),
        job: run.job.value.name.clone(),
        state: run.standing.as_str().to_owned(),
        at: run.standing.at,
        started_at: run.started_at,
        inputs: count(run.inputs.len()).into(),
        outputs: count(run.outputs.len()).into(),
    }
}

/// `GET /api/v1/lineage/runs`: the latest.
///
/// # Errors
/// If the store fails.
pub async fn runs(State(connector): State<Connector>, _: Person) -> Result<Json<List<PipelineRun>>, Failure> {
    let all = connector.node.store.read("pipeline.runs", |tx| {
        Box::pin(async move { xinyu_store::pipeline::runs(tx, MOST).await.map_err(Failure::from) })
    });
    Ok(Json(List { items: all.await?.iter().map(run_info).collect() }))
}

/// Which datasets.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// With these letters in one of their names.
    #[serde(default)]
    q: String,
    /// After this one.
    #[serde(default)]
    after: String,
}

/// `GET /api/v1/lineage/datasets?q=&after=`.
///
/// # Errors
/// If the store fails.
pub async fn datasets(
    State(connector): State<Connector>,
    Query(wanted): Query<Wanted>,
    _: Person,
) -> Result<Json<List<DatasetInfo>>, Failure> {
    let places = Places::of(&connector).await?;
    let found = connector.node.store.read("pipeline.datasets", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::pipeline::search(tx, &wanted.q, &wanted.after, MOST).await;
            found.map_err(Failure::from)
        })
    });
    Ok(Json(List { items: found.await?.into_iter().map(|kept| info(kept, &places)).collect() }))
}

fn info(kept: Kept, places: &Places) -> DatasetInfo {
    let resources = places.resources(&kept.dataset).into_iter().map(str::to_owned).collect();
    let Kept { id, dataset, binding } = kept;
    let Dataset { name, columns, source, version, lifecycle, .. } = dataset;
    let columns = columns.map(|said| said.value).unwrap_or_default();
    DatasetInfo {
        dataset_id: id,
        namespace: name.namespace,
        name: name.name,
        columns: columns.into_iter().map(|column| (column.name, column.kind)).collect(),
        source: source.map(|said| said.value),
        version: version.map(|said| said.value),
        lifecycle: lifecycle.map(|said| said.value),
        resources,
        binding: match binding {
            None => DatasetBinding::default(),
            Some(Binding::Resource(name)) => DatasetBinding { resource: Some(name), listing_id: None },
            Some(Binding::Product(listing)) => DatasetBinding { resource: None, listing_id: Some(listing) },
        },
    }
}

/// `POST /api/v1/lineage/datasets/{id}/binding`: what a dataset is bound to, besides what its names say.
///
/// # Errors
/// If there is no such dataset, resource or product.
pub async fn bind(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<DatasetBinding>,
) -> Result<Json<DatasetInfo>, Failure> {
    let wanted = match body.value {
        DatasetBinding { resource: None, listing_id: None } => None,
        DatasetBinding { resource: Some(name), listing_id: None } => Some(Binding::Resource(name)),
        DatasetBinding { resource: None, listing_id: Some(listing) } => Some(Binding::Product(listing)),
        DatasetBinding { .. } => {
            let (zh, en) = ("resource 与 listingId 只能给出一个", "give a resource or a listingId, not both");
            return Err(Rejection::bad("binding-twice", zh, en).into());
        }
    };
    let places = Places::of(&connector).await?;
    let (this, there) = (connector.clone(), places.clone());
    let bound = connector.node.store.write("pipeline.bind", move |tx| {
        Box::pin(async move {
            let mut happened = person.happened("lineage.bind", &id, "done");
            must_be_there(tx, wanted.as_ref()).await?;
            if !xinyu_store::pipeline::bind(tx, &id, wanted.as_ref()).await? {
                let (zh, en) = (format!("没有数据集 {id}"), format!("there is no dataset {id}"));
                return Err(Rejection::unknown("unknown-dataset", zh, en).into());
            }
            happened.detail = match &wanted {
                None => "-".to_owned(),
                Some(Binding::Resource(name)) => format!("resource {name}"),
                Some(Binding::Product(listing)) => format!("product {listing}"),
            };
            xinyu_store::audit::append(tx, &happened).await?;
            let ids = [id].into();
            told::tell(&this, tx, &ids, &there).await?;
            tx.signal(Topic::Catalog);
            Ok::<_, Failure>(xinyu_store::pipeline::datasets(tx, &ids).await?)
        })
    });
    let kept = bound.await?.into_iter().next().ok_or_else(|| Failure::broken("a dataset that was bound is gone"))?;
    Ok(Json(info(kept, &places)))
}

async fn must_be_there(tx: &mut Tx, binding: Option<&Binding>) -> Result<(), Failure> {
    match binding {
        None => Ok(()),
        Some(Binding::Resource(name)) => {
            let found: Option<serde_json::Value> = xinyu_store::resource::find(tx, name).await?;
            let (zh, en) = (format!("没有资源「{name}」"), format!("resource {name} is not connected"));
            found.map(drop).ok_or_else(|| Rejection::unknown("unknown-resource", zh, en).into())
        }
        Some(Binding::Product(listing)) => {
            let found = xinyu_store::offering::find(tx, listing).await?;
            let (zh, en) = (format!("没有上架申请 {listing}"), format!("listing {listing} does not exist"));
            found.map(drop).ok_or_else(|| Rejection::unknown("unknown-listing", zh, en).into())
        }
    }
}
