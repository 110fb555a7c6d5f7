//! Reads catalogues when they are due, some at a time, and keeps what came with what is to be known for the next time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use xinyu_core::harvest::{HarvestSource, HarvestedRecord, failed};
use xinyu_discovery::catalogue::{self, Format, Page, Record};
use xinyu_discovery::harvest::{Harvest, Kept, Mark, Options, Plan, Step, Validators};
use xinyu_protocol::api::harvest::{HarvestFault, HarvestProgress, HarvestReport};
use xinyu_protocol::text::Text;
use xinyu_store::{Timestamp, Topic};

use super::Under;
use super::page::{Asked, Came, said};
use super::shelf;
use crate::effect;
use crate::failure::Failure;
use crate::node::Node;
use crate::timer;

/// Catalogues that are read at the same time.
const TOGETHER: usize = 8;
/// Records that are kept in one transaction.
const AT_ONCE: usize = 500;
/// Faults that are told with their places.
const FAULTS: usize = 20;
/// Between two times at which those who look on are told how far it is.
const TELL: Duration = Duration::from_millis(500);

/// Reads what is due, until the node stops.
pub async fn run(node: Arc<Node>) {
    if let Err(error) = shelf::open(&node).await {
        tracing::error!(%error, "what other catalogues hold is not searched");
    }
    let turns = Arc::new(Semaphore::new(TOGETHER));
    timer::run(&node, Topic::Harvest, "other catalogues", || turn(Arc::clone(&node), Arc::clone(&turns))).await;
}

/// Begins what is due and not read already. When the next is.
async fn turn(node: Arc<Node>, turns: Arc<Semaphore>) -> Result<Option<Timestamp>, Failure> {
    // Looked at first: what ends meanwhile has been put off before, and is not due when the store is asked.
    let running = node.harvests.running();
    let read = node.store.read("harvest.due", |tx| {
        Box::pin(async move {
            let now = tx.now();
            let next = xinyu_store::harvest::next_due(tx, now).await?;
            Ok::<_, Failure>((xinyu_store::harvest::due(tx, now).await?, next))
        })
    });
    let (due, next) = read.await?;
    for source in due.into_iter().filter(|source| !running.contains(&source.harvest_id)) {
        // A file may have been handed in for it meanwhile.
        let Some(under) = Under::begin(&node, &source.harvest_id) else { continue };
        let (node, turns) = (Arc::clone(&node), Arc::clone(&turns));
        tokio::spawn(async move {
            let id = source.harvest_id.clone();
            let work = async {
                let Ok(_turn) = turns.acquire().await else { return };
                if let Err(error) = one(&node, source).await {
                    tracing::error!(%error, harvest = id, "what was read of a catalogue could not be kept");
                    // Not at once again: what fails here, such as a full disk, is not mended by haste.
                    tokio::time::sleep(Duration::from_secs(30)).await;
                }
            };
            tokio::select! {
                () = node.stopping() => {}
                () = work => {}
            }
            drop(under);
        });
    }
    Ok(next)
}

/// Reads one, and keeps what came.
async fn one(node: &Arc<Node>, source: HarvestSource) -> Result<(), Failure> {
    let began = Instant::now();
    let (read, format) = read(node, &source).await?;
    conclude(node, source, (read, format), began).await
}

/// Takes a page that is the whole of a catalogue: a file.
///
/// # Errors
/// If what it says cannot be kept.
pub(super) async fn take(
    node: &Arc<Node>,
    source: HarvestSource,
    format: &'static Format,
    page: Page,
) -> Result<(), Failure> {
    let began = Instant::now();
    let kept = kept(node, &source.harvest_id).await?;
    let options = Options { is_whole: true, ..Options::default() };
    let mut run = Harvest::begin(format.name, kept, options, node.store.clock().now());
    let problem = match run.take(page, Validators::default()) {
        Step::Ask(_) => Some(Text::new(
            "该文件只是目录中的一页，未移除任何条目；请提交完整的目录",
            "the file is one page of a catalogue, and nothing is removed: hand in the whole of it",
        )),
        Step::Done | Step::Stopped(_) => None,
    };
    let (plan, kept) = run.finish();
    let outcome = Outcome { plan, kept: text(kept)?, pages: 1, problem };
    conclude(node, source, (Ok(outcome), format.name), began).await
}

/// Keeps what came of a read, and how it went.
async fn conclude(
    node: &Arc<Node>,
    source: HarvestSource,
    (read, format): (Result<Outcome, Text>, &'static str),
    began: Instant,
) -> Result<(), Failure> {
    let took = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let now = node.store.clock().now();
    let (report, kept) = match read {
        Ok(Outcome { plan, kept, pages, problem }) => {
            if !keep_records(node, &source, &plan, now).await? {
                return Ok(());
            }
            (HarvestReport { problem, ..report(plan, pages, now, took()) }, Some(kept))
        }
        Err(problem) => (failed(now, took(), problem), None),
    };
    let (this, id) = (Arc::clone(node), source.harvest_id);
    let settled = node.store.write("harvest.settle", move |tx| {
        Box::pin(async move {
            // One that was removed meanwhile keeps nothing, and nothing was kept of it since.
            let Some(source) = xinyu_store::harvest::lock(tx, &id).await? else { return Ok(()) };
            let record = source.record(&report);
            xinyu_store::harvest::save(tx, &source.settle(report, format)).await?;
            if let Some(kept) = kept {
                xinyu_store::harvest::keep(tx, &id, &kept).await?;
            }
            effect::apply(&this, tx, record.into_iter().collect()).await?;
            tx.signal(Topic::Harvest);
            Ok::<_, Failure>(())
        })
    });
    settled.await
}

/// What came of a read.
struct Outcome {
    plan: Plan,
    /// What is to be known the next time.
    kept: String,
    pages: u64,
    /// Why it broke off, if it did.
    problem: Option<Text>,
}

/// Reads one from its first page on, as far as it comes, and says in which format it turned out to be.
async fn read(node: &Arc<Node>, source: &HarvestSource) -> Result<(Result<Outcome, Text>, &'static str), Failure> {
    let asked = match Asked::of(node, source) {
        Ok(asked) => asked,
        Err(failure) => return Ok((Err(said(&failure)), "")),
    };
    let format = match source.format.as_str() {
        "" => asked.format().await,
        name => catalogue::format(name).map_err(|wrong| wrong.text),
    };
    let format = match format {
        Ok(format) => format,
        Err(problem) => return Ok((Err(problem), "")),
    };
    let kept = kept(node, &source.harvest_id).await?;
    let options = Options { is_whole: source.is_whole_next, ..Options::default() };
    let mut run = Harvest::begin(format.name, kept, options, node.store.clock().now());
    let (mut ask, mut progress, mut told) = (run.first(), HarvestProgress::default(), Instant::now());
    let problem = loop {
        match asked.page(format, &ask).await {
            Ok(Came::NotModified) => {
                let (plan, kept) = run.not_modified();
                let outcome = Outcome { plan, kept: text(kept)?, pages: progress.pages, problem: None };
                return Ok((Ok(outcome), format.name));
            }
            Ok(Came::Page(page, validators)) => {
                progress.pages += 1;
                progress.records += u64::try_from(page.records.len()).unwrap_or_default();
                progress.total = page.total.max(progress.total);
                node.harvests.reach(&source.harvest_id, progress);
                if told.elapsed() >= TELL {
                    told = Instant::now();
                    node.store.signals().fire(&[Topic::Harvest]);
                }
                match run.take(*page, validators) {
                    Step::Ask(next) => ask = next,
                    Step::Done | Step::Stopped(_) => break None,
                }
            }
            Err(problem) => break Some(problem),
        }
    };
    if let (Some(problem), 0) = (&problem, progress.pages) {
        return Ok((Err(problem.clone()), format.name));
    }
    let (plan, kept) = run.finish();
    Ok((Ok(Outcome { plan, kept: text(kept)?, pages: progress.pages, problem }), format.name))
}

/// What was kept of a source: the digests stand with its records, the rest beside it.
async fn kept(node: &Node, id: &str) -> Result<Kept, Failure> {
    let id = id.to_owned();
    let read = node.store.read("harvest.kept", move |tx| {
        Box::pin(async move {
            let marks = xinyu_store::harvest::marks(tx, &id).await?;
            Ok::<_, Failure>((xinyu_store::harvest::kept(tx, &id).await?, marks))
        })
    });
    let (rest, marks) = read.await?;
    // What an older program kept in another form only makes this read one of the whole.
    let rest: Kept = serde_json::from_str(&rest).unwrap_or_default();
    let records = marks.into_iter().map(|(key, (digest, modified))| (key, Mark { digest, modified })).collect();
    Ok(Kept { records, ..rest })
}

fn text(kept: Kept) -> Result<String, Failure> {
    serde_json::to_string(&Kept { records: BTreeMap::new(), ..kept }).map_err(Failure::broken)
}

/// Keeps the records some at a time, so that others write between. What is kept when it breaks off is known the next time. False once the source is gone:
/// whoever removes it takes away what is there, and each piece looks for the source first, so nothing comes after.
async fn keep_records(node: &Node, source: &HarvestSource, plan: &Plan, now: Timestamp) -> Result<bool, Failure> {
    let records: Vec<&Record> = plan.new.iter().chain(&plan.changed).collect();
    for piece in records.chunks(AT_ONCE) {
        let piece = piece.iter().map(|record| shelf::kept(source, record, now)).collect::<Result<Vec<_>, _>>()?;
        let id = source.harvest_id.clone();
        let stored = node.store.write("harvest.put", move |tx| {
            let mut piece: Vec<HarvestedRecord> = piece;
            Box::pin(async move {
                if xinyu_store::harvest::lock(tx, &id).await?.is_none() {
                    return Ok(false);
                }
                let ids: Vec<String> = piece.iter().map(|record| record.info.record_id.clone()).collect();
                let there = xinyu_store::harvest::of(tx, &ids).await?.into_iter();
                let since: BTreeMap<String, _> = there.map(|one| (one.info.record_id, one.info.since)).collect();
                for record in &mut piece {
                    let known = since.get(&record.info.record_id).copied().flatten();
                    record.info.since = known.or(record.info.since);
                }
                xinyu_store::harvest::put(tx, &piece).await?;
                tx.signal(Topic::Harvest);
                Ok::<_, Failure>(true)
            })
        });
        if !stored.await? {
            return Ok(false);
        }
    }
    for piece in plan.gone.chunks(AT_ONCE) {
        let (id, piece) = (source.harvest_id.clone(), piece.to_vec());
        let stored = node.store.write("harvest.gone", move |tx| {
            Box::pin(async move {
                if xinyu_store::harvest::lock(tx, &id).await?.is_none() {
                    return Ok(false);
                }
                xinyu_store::harvest::take_away(tx, &id, &piece).await?;
                tx.signal(Topic::Harvest);
                Ok::<_, Failure>(true)
            })
        });
        if !stored.await? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn report(plan: Plan, pages: u64, at: Timestamp, took_ms: u64) -> HarvestReport {
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let faults = plan.faults.iter().take(FAULTS);
    HarvestReport {
        at,
        took_ms,
        whole: plan.is_whole,
        pages,
        new: count(plan.new.len()),
        changed: count(plan.changed.len()),
        unchanged: plan.unchanged,
        gone: count(plan.gone.len()),
        faulty: count(plan.faults.len()),
        faults: faults.map(|fault| HarvestFault { place: fault.place.clone(), text: fault.text.clone() }).collect(),
        notes: plan.notes,
        problem: None,
    }
}
