//! Readings of resources while they go on: how far each is, for how long still, and how it is cancelled. They live in this process; what they leave is in the store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use xinyu_core::fault::Rejection;
use xinyu_dataplane::source::{Pulse, Reading};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::resource::{NewReading, NewResource, ReadingInfo, ResourceInfo};
use xinyu_protocol::tc609::catalog::tags::FREQUENCIES;
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::{Signals, Topic};

use super::{Resource, keep, life, read};
use crate::app::Connector;

/// How long whoever begins a reading waits for its end: what is small is over by then, and what is wrong is told at once.
const PATIENCE: Duration = Duration::from_secs(2);

/// Between two signals that a reading got further.
const PAUSE: Duration = Duration::from_millis(500);

/// From when on, and from which share on, the remaining time is no guess.
const SURE_AFTER: Duration = Duration::from_secs(2);
const SURE_FROM: u16 = 10;

/// What is done with a resource that is known.
pub(super) const REFRESH: &str = "resource.refresh";

/// Ended readings that are remembered.
const REMEMBERED: usize = 50;

/// The readings of this process, by resource.
#[derive(Default)]
pub struct Readings(Mutex<BTreeMap<String, Arc<Running>>>);

/// One reading.
pub(super) struct Running {
    by: String,
    started_at: Timestamp,
    pub(super) pulse: Pulse,
    token: CancellationToken,
    over: CancellationToken,
    signals: Signals,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    end: Option<(End, Duration)>,
    rows: u64,
    expected: Option<u64>,
    /// Since when rows are read.
    rows_since: Duration,
    part: Option<(&'static str, Text)>,
    told: Duration,
}

enum End {
    Done,
    Failed(Text),
    Cancelled,
}

impl Readings {
    /// A reading begins; none while one of that resource goes on.
    fn enter(&self, name: &str, running: Arc<Running>) -> bool {
        let mut all = self.lock();
        if all.get(name).is_some_and(|one| one.is_running()) {
            return false;
        }
        all.insert(name.to_owned(), running);
        while all.len() > REMEMBERED {
            let oldest = all.iter().filter(|(_, one)| !one.is_running()).min_by_key(|(_, one)| one.started_at);
            let Some(oldest) = oldest.map(|(name, _)| name.clone()) else { break };
            all.remove(&oldest);
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Running>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, name: &str) -> Option<Arc<Running>> {
        self.lock().get(name).cloned()
    }
}

impl Running {
    fn new(connector: &Connector, by: &str) -> Self {
        Self {
            by: by.to_owned(),
            started_at: connector.node.store.clock().now(),
            pulse: Pulse::default(),
            token: CancellationToken::new(),
            over: CancellationToken::new(),
            signals: connector.node.store.signals().clone(),
            now: Mutex::default(),
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_running(&self) -> bool {
        self.now().end.is_none()
    }

    /// The source was looked at: what of it is read.
    pub(super) fn reads(&self, reading: &Reading) {
        let mut now = self.now();
        (now.rows, now.expected) = (0, Some(reading.expected));
        now.rows_since = self.pulse.elapsed();
        now.part = Some(read::word(&reading.part));
        drop(now);
        self.signals.fire(&[Topic::Reading]);
    }

    /// So many rows were read.
    pub(super) fn got(&self, rows: u64) {
        let elapsed = self.pulse.elapsed();
        let mut now = self.now();
        now.rows = rows;
        let is_due = elapsed.saturating_sub(now.told) >= PAUSE;
        if is_due {
            now.told = elapsed;
        }
        drop(now);
        if is_due {
            self.signals.fire(&[Topic::Reading]);
        }
    }

    fn cancel(&self) {
        self.pulse.stop();
        self.token.cancel();
    }

    fn end(&self, outcome: Result<(), &Failure>) {
        let end = match outcome {
            Ok(()) => End::Done,
            Err(_) if self.token.is_cancelled() => End::Cancelled,
            Err(failure) => End::Failed(failure.problem().title),
        };
        self.now().end = Some((end, self.pulse.elapsed()));
        self.over.cancel();
        self.signals.fire(&[Topic::Reading]);
    }

    fn info(&self, name: &str) -> ReadingInfo {
        let now = self.now();
        let is_looking = now.part.is_none();
        let (state, error) = match &now.end {
            None => ("running", None),
            Some((End::Done, _)) => ("done", None),
            Some((End::Failed(why), _)) => ("failed", Some(why.clone())),
            Some((End::Cancelled, _)) => ("cancelled", None),
        };
        let elapsed = now.end.as_ref().map_or_else(|| self.pulse.elapsed(), |(_, elapsed)| *elapsed);
        let (done, all) = match now.expected {
            Some(expected) => (now.rows, expected),
            None => self.pulse.looked(),
        };
        let remaining = || left(now.rows, now.expected?, elapsed.saturating_sub(now.rows_since));
        ReadingInfo {
            resource: name.to_owned(),
            state: state.to_owned(),
            phase: if is_looking { "looking" } else { "rows" }.to_owned(),
            rows: now.rows,
            expected: now.expected,
            permille: share(done, all).filter(|_| now.expected.is_some() || all > 0),
            remaining_seconds: remaining().filter(|_| now.end.is_none()),
            elapsed_seconds: elapsed.as_secs(),
            part: now.part.as_ref().map(|(part, _)| (*part).to_owned()),
            why: now.part.as_ref().map(|(_, why)| why.clone()),
            error,
            by: self.by.clone(),
            started_at: self.started_at,
        }
    }
}

/// A share in permille; of nothing it is all.
fn share(done: u64, all: u64) -> Option<u16> {
    let permille = u128::from(done).saturating_mul(1000).checked_div(u128::from(all)).unwrap_or(1000);
    u16::try_from(permille.min(1000)).ok()
}

/// How long the rest takes, as fast as it went until now; none as long as that is a guess.
fn left(rows: u64, expected: u64, spent: Duration) -> Option<u64> {
    if spent < SURE_AFTER || share(rows, expected)? < SURE_FROM {
        return None;
    }
    let rest = u128::from(expected.saturating_sub(rows));
    let seconds = spent.as_millis().saturating_mul(rest).checked_div(u128::from(rows))?.div_ceil(1000);
    u64::try_from(seconds).ok()
}

/// Begins to read a resource, on its own: it goes on whoever waits for it.
///
/// # Errors
/// If it is being read already, or what is asked for cannot be.
pub(super) fn start(
    connector: &Connector,
    person: Person,
    action: &'static str,
    new: NewResource,
    anew: bool,
) -> Result<JoinHandle<Result<ResourceInfo, Failure>>, Failure> {
    if let Some(code) = new.update_frequency.as_deref().filter(|code| !code.is_empty() && !FREQUENCIES.contains(code)) {
        let (zh, en) = (format!("未知的更新频率「{code}」"), format!("unknown update frequency {code}"));
        return Err(Rejection::bad("unknown-choice", zh, en).clause("/updateFrequency").into());
    }
    let (name, running) = (new.name.clone(), Arc::new(Running::new(connector, &person.name)));
    if !connector.readings.enter(&name, Arc::clone(&running)) {
        let (zh, en) = (format!("资源「{name}」正在读取"), format!("the resource {name} is being read"));
        let next = Text::new("请等待其结束，或先取消", "wait for its end, or cancel it first");
        return Err(Rejection::conflict("resource-being-read", zh, en).next(next).into());
    }
    connector.node.store.signals().fire(&[Topic::Reading]);
    let connector = connector.clone();
    Ok(tokio::spawn(async move {
        let outcome = tokio::select! {
            outcome = run(&connector, person, action, new, anew, &running) => outcome,
            () = running.token.cancelled() => Err(cancelled(&name).into()),
            () = connector.node.stopping() => Err(cancelled(&name).into()),
        };
        // Whoever still looks at a file stops, however it ended.
        running.pulse.stop();
        running.end(outcome.as_ref().map(|_| ()));
        outcome
    }))
}

async fn run(
    connector: &Connector,
    person: Person,
    action: &'static str,
    new: NewResource,
    anew: bool,
    running: &Running,
) -> Result<ResourceInfo, Failure> {
    let name = new.name.clone();
    // Looked up once more, now that whoever removes it cancels this.
    let new = if action == REFRESH { life::known(connector, &name).await? } else { new };
    match read::read(connector, new, anew, running).await {
        Ok(found) => keep(connector, person, action, found, running.token.clone()).await,
        Err(failure) => {
            if !running.token.is_cancelled() {
                failed(connector, &name).await?;
            }
            Err(failure)
        }
    }
}

/// A source that could not be read counts, if it was read before.
async fn failed(connector: &Connector, name: &str) -> Result<(), Failure> {
    let name = name.to_owned();
    let written = connector.node.store.write("resource.unread", move |tx| {
        Box::pin(async move {
            let Some(mut resource) = xinyu_store::resource::lock::<Resource>(tx, &name).await? else { return Ok(()) };
            resource.access = read::accessed(Some(&resource), None);
            let id = tx.new_id().to_string();
            xinyu_store::resource::save(tx, &id, &name, &resource).await.map_err(Failure::from)
        })
    });
    written.await
}

pub(super) fn cancelled(name: &str) -> Rejection {
    let (zh, en) = (format!("资源「{name}」的读取已取消"), format!("the reading of {name} was cancelled"));
    Rejection::conflict("reading-cancelled", zh, en)
}

/// What reads a resource now, if anything does.
pub(super) fn under_way(connector: &Connector, name: &str) -> Option<Arc<Running>> {
    connector.readings.find(name).filter(|one| one.is_running())
}

/// Cancels the reading of a resource that was removed, and waits for its end: then the name can be taken again. It is the one that was under way before the removal:
/// what somebody began after it under the same name is his.
pub(super) async fn abandon(running: Option<Arc<Running>>) {
    if let Some(running) = running {
        running.cancel();
        running.over.cancelled().await;
    }
}

/// Waits for the end of a reading.
///
/// # Errors
/// As it ends.
pub(super) async fn ended(handle: JoinHandle<Result<ResourceInfo, Failure>>) -> Result<Json<ResourceInfo>, Failure> {
    handle.await.map_err(Failure::broken)?.map(Json)
}

/// `GET /api/v1/readings`: those that go on, and those that ended since this connector started.
pub async fn list(State(connector): State<Connector>, _: Person) -> Json<List<ReadingInfo>> {
    let mut items: Vec<ReadingInfo> =
        connector.readings.lock().iter().map(|(name, running)| running.info(name)).collect();
    items.sort_by_key(|one| (one.state != "running", std::cmp::Reverse(one.started_at)));
    Json(List { items })
}

/// `GET /api/v1/readings/{name}`.
///
/// # Errors
/// If that resource was not read since this connector started.
pub async fn show(
    State(connector): State<Connector>,
    Path(name): Path<String>,
    _: Person,
) -> Result<Json<ReadingInfo>, Failure> {
    Ok(Json(found(&connector, &name)?.info(&name)))
}

/// `POST /api/v1/readings`: connects a resource or reads one again, and does not wait for more than a moment.
///
/// # Errors
/// If what is asked for cannot be, or fails within that moment.
pub async fn begin(
    State(connector): State<Connector>,
    person: Person,
    body: StrictJson<NewReading>,
) -> Result<Json<ReadingInfo>, Failure> {
    let NewReading { connect, refresh, anew } = body.value;
    let (action, new) = match (connect, refresh) {
        (Some(new), None) => ("resource.connect", new),
        (None, Some(name)) => (REFRESH, life::known(&connector, &name).await?),
        (Some(_), Some(_)) | (None, None) => {
            let (zh, en) = ("须给出 connect 与 refresh 之一", "one of connect and refresh is needed");
            return Err(Rejection::bad("reading-unclear", zh, en).into());
        }
    };
    let name = new.name.clone();
    let mut handle = start(&connector, person, action, new, anew)?;
    if let Ok(outcome) = tokio::time::timeout(PATIENCE, &mut handle).await {
        outcome.map_err(Failure::broken)??;
    }
    Ok(Json(found(&connector, &name)?.info(&name)))
}

/// `POST /api/v1/readings/{name}/cancellation`: what is kept of the resource stays as it was.
///
/// # Errors
/// If that resource is not being read.
pub async fn cancel(
    State(connector): State<Connector>,
    Path(name): Path<String>,
    _: Person,
) -> Result<Json<ReadingInfo>, Failure> {
    let running = found(&connector, &name)?;
    if !running.is_running() {
        let (zh, en) = (format!("资源「{name}」的读取已结束"), format!("the reading of {name} is over"));
        return Err(Rejection::conflict("reading-over", zh, en).into());
    }
    running.cancel();
    running.over.cancelled().await;
    Ok(Json(running.info(&name)))
}

fn found(connector: &Connector, name: &str) -> Result<Arc<Running>, Rejection> {
    connector.readings.find(name).ok_or_else(|| {
        let (zh, en) = (format!("资源「{name}」没有读取记录"), format!("the resource {name} is not being read"));
        Rejection::unknown("unknown-reading", zh, en)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remaining_time_is_told_once_it_is_no_guess() {
        let check = |rows, expected, seconds, expect| {
            assert_eq!(left(rows, expected, Duration::from_secs(seconds)), expect, "{rows} of {expected}");
        };
        check(500, 1_000, 1, None);
        check(9, 1_000, 60, None);
        check(10, 1_000, 60, Some(5_940));
        check(500, 1_000, 10, Some(10));
        check(999, 1_000, 10, Some(1));
        check(1_000, 1_000, 10, Some(0));
        // More rows than the source said.
        check(1_200, 1_000, 10, Some(0));
        check(0, 0, 10, None);
    }
}
