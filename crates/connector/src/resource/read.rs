//! Reading a resource to describe and to profile it: only what is new where the source lets that be told, all of it otherwise, and always saying why.

use futures::StreamExt as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_core::offering::Offering;
use xinyu_dataplane::source::{Before, Part, Reading};
use xinyu_discovery::profile::{Access, Circumstances, Declared, Renewal, TableProfiler, renew};
use xinyu_protocol::api::resource::{NewResource, ReadInfo, RenewalInfo};
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;

use super::kept::{Kept, Place};
use super::location::Location;
use super::reading::Running;
use super::{Resource, source, unusable};
use crate::app::Connector;

/// States of a source that are remembered.
const RENEWALS: usize = 64;

/// A source that answers later than this is not available.
const IN_TIME_MS: u64 = 5_000;

/// Codes of frequencies that have a cycle, the most frequent first.
const CYCLES: [&str; 7] = ["001", "002", "003", "004", "005", "006", "007"];

/// How a resource was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    at: Timestamp,
    part: String,
    why: Text,
    rows: u64,
    took_ms: u64,
    goes_on: bool,
}

impl Report {
    pub(super) fn info(&self) -> ReadInfo {
        ReadInfo {
            at: self.at,
            part: self.part.clone(),
            why: self.why.clone(),
            rows: self.rows,
            took_ms: self.took_ms,
            goes_on: self.goes_on,
        }
    }
}

/// A state of a source, for people.
pub(super) fn renewal(seen: &Renewal) -> RenewalInfo {
    RenewalInfo { at: seen.at, seen_until: seen.seen_until }
}

/// The word for a part.
pub(super) fn word(part: &Part) -> (&'static str, Text) {
    match part {
        Part::Nothing => {
            ("nothing", Text::new("数据源自上次读取后没有变化", "the source has not changed since it was read"))
        }
        Part::Rest(why) => ("rest", why.clone()),
        Part::All(why) => ("all", why.clone()),
    }
}

/// What was read of a resource.
pub(super) struct Found {
    pub(super) resource: Resource,
    /// How far it was read, sealed.
    pub(super) sealed: Vec<u8>,
    /// Whether it was connected when this began.
    pub(super) was_connected: bool,
}

/// Reads a resource as far as it has to be; what is to be kept of that is sealed.
///
/// # Errors
/// If it cannot be read.
pub(super) async fn read(
    connector: &Connector,
    new: NewResource,
    anew: bool,
    running: &Running,
) -> Result<Found, Failure> {
    let (earlier, bytes, offerings) = before(connector, &new.name).await?;
    let place = Place::of(&new);
    let node = &connector.node;
    let (kept, mut distrust) = match bytes.map(|bytes| Kept::open(node, &new.name, &bytes, &place)) {
        Some(Ok(kept)) => (Some(kept), None),
        Some(Err(why)) => (None, Some(why)),
        None => (None, None),
    };
    if anew && kept.is_some() {
        distrust = Some(Text::new("按要求全部重新读取", "all of it was to be read again"));
    }
    let seen = match attempt(connector, &new, kept.as_ref(), distrust, running).await? {
        Some(seen) => seen,
        // What was kept and what the source says do not come to the same number of rows.
        None => {
            let why = Text::new("行数与保存的状态不符", "the number of rows does not agree with what was kept");
            let again = attempt(connector, &new, kept.as_ref(), Some(why), running).await?;
            again.ok_or_else(|| Failure::broken("a whole reading counts no other rows"))?
        }
    };
    let now = connector.node.store.clock().now();
    let is_same_place = earlier.as_ref().is_some_and(|one| {
        one.kind == new.kind
            && one.table == new.table
            && one.place(connector).is_ok_and(|location| location == new.location)
    });
    let mut renewals = earlier.as_ref().filter(|_| is_same_place).map(|one| one.renewals.clone()).unwrap_or_default();
    let is_changed = match (&seen.reading.part, &kept) {
        (Part::Nothing, _) => false,
        (Part::Rest(_), _) => true,
        // States of one seed are the same when the rows are, as far as a profile tells.
        (Part::All(_), Some(kept)) => seen.profiler != kept.profiler,
        // Nothing to compare with but what the source says of itself, and the number of rows.
        (Part::All(_), None) => match (seen.reading.written_at, renewals.last(), &earlier) {
            (Some(written_at), Some(last), _) => written_at > last.seen_until,
            (None, Some(_), Some(earlier)) => earlier.rows != seen.reading.description.rows,
            _ => true,
        },
    };
    renew(&mut renewals, is_changed, seen.reading.written_at, now, RENEWALS);
    let answered = running.pulse.answered().unwrap_or_else(|| running.pulse.elapsed());
    let access = accessed(earlier.as_ref(), Some(u64::try_from(answered.as_millis()).unwrap_or(u64::MAX)));
    let update_frequency = new.update_frequency.clone().filter(|code| !code.is_empty());
    let circumstances = Circumstances {
        now: Some(now),
        update_frequency: update_frequency.clone().or_else(|| of_products(&offerings, &new.name)),
        access: Some(access),
        renewals: renewals.clone(),
    };
    let description = seen.reading.description;
    let (part, why) = word(&seen.reading.part);
    let read = Report {
        at: now,
        part: part.to_owned(),
        why,
        rows: seen.rows,
        took_ms: u64::try_from(running.pulse.elapsed().as_millis()).unwrap_or(u64::MAX),
        goes_on: seen.reading.mark.is_some(),
    };
    let profile = seen.profiler.profile(&circumstances);
    let sealed = Kept::new(place, seen.reading.mark, seen.profiler).seal(node, &new.name)?;
    let resource = Resource {
        location: Location::keep(node, &new.name, new.location)?,
        name: new.name,
        kind: new.kind,
        table: new.table,
        schema: description.schema,
        rows: description.rows,
        form: description.form,
        encoding: description.encoding,
        notices: description.notices,
        profile,
        graded: None,
        drift: Vec::new(),
        grows_by: new.grows_by,
        update_frequency,
        read: Some(read),
        renewals,
        access,
    };
    Ok(Found { resource, sealed, was_connected: earlier.is_some() })
}

type Earlier = (Option<Resource>, Option<Vec<u8>>, Vec<Offering>);

async fn before(connector: &Connector, name: &str) -> Result<Earlier, Failure> {
    let name = name.to_owned();
    let found = connector.node.store.read("resource.before", move |tx| {
        Box::pin(async move {
            let earlier = xinyu_store::resource::find::<Resource>(tx, &name).await?;
            let kept = xinyu_store::resource::reading(tx, &name).await?;
            Ok::<_, Failure>((earlier, kept, xinyu_store::offering::list(tx).await?))
        })
    });
    found.await
}

/// What one pass over a source has seen.
struct Seen {
    reading: Reading,
    profiler: TableProfiler,
    rows: u64,
}

/// One pass; none if it does not fit what was kept.
async fn attempt(
    connector: &Connector,
    new: &NewResource,
    kept: Option<&Kept>,
    distrust: Option<Text>,
    running: &Running,
) -> Result<Option<Seen>, Failure> {
    let roots = &connector.options.roots;
    let broken = |error| Failure::from(unusable(&error, roots));
    let source = source(&new.kind, &new.location, new.table.as_deref(), connector)?;
    let trusted = kept.filter(|_| distrust.is_none());
    let before = trusted.and_then(|kept| Some(Before { mark: kept.mark.as_ref()?, schema: kept.profiler.schema() }));
    let grows_by = new.grows_by.as_deref().filter(|key| !key.is_empty());
    let mut reading = source.read_on(before, grows_by, &running.pulse).await.map_err(broken)?;
    if let (Part::All(why), Some(distrust)) = (&mut reading.part, distrust) {
        *why = distrust;
    }
    let whole = reading.description.rows;
    let goes_on = trusted.filter(|_| !matches!(reading.part, Part::All(_)));
    let mut profiler = match goes_on {
        Some(kept) => {
            let mut profiler = kept.profiler.clone();
            profiler.expect_rows(whole);
            profiler
        }
        None => {
            // The same seed as before, so that it can be told whether the rows are others.
            let now = connector.node.store.clock().now().as_microsecond().unsigned_abs();
            let seed = kept.map_or(now, |kept| kept.profiler.seed());
            let declared = Declared { seed, rows: Some(whole), ..Declared::default() };
            TableProfiler::with(&reading.description.schema, declared)
        }
    };
    let first = profiler.progress().rows;
    running.reads(&reading);
    let mut rows = std::mem::replace(&mut reading.rows, futures::stream::empty().boxed());
    while let Some(batch) = rows.next().await {
        for row in batch.map_err(broken)? {
            profiler.observe(&row);
        }
        running.got(profiler.progress().rows.saturating_sub(first));
        // So that whoever cancels is heard between two batches of a source that never waits.
        tokio::task::yield_now().await;
    }
    let read = profiler.progress().rows;
    if goes_on.is_some() && read != whole {
        return Ok(None);
    }
    Ok(Some(Seen { reading, profiler, rows: read.saturating_sub(first) }))
}

/// What is known of reading a source, with one more reading: after how many milliseconds it answered, or that it did not.
pub(super) fn accessed(earlier: Option<&Resource>, answered_ms: Option<u64>) -> Access {
    let mut access = earlier.map(|earlier| earlier.access).unwrap_or_default();
    access.limit_ms = IN_TIME_MS;
    access.reads = access.reads.saturating_add(1);
    access.succeeded = access.succeeded.saturating_add(u64::from(answered_ms.is_some()));
    access.in_time = access.in_time.saturating_add(u64::from(answered_ms.is_some_and(|ms| ms <= IN_TIME_MS)));
    access
}

/// The most frequent cycle that products made of a resource declare.
pub(super) fn of_products(offerings: &[Offering], name: &str) -> Option<String> {
    let is_made_of =
        |one: &&Offering| one.state != ListingState::Deregistered && one.parts.iter().any(|part| part.resource == name);
    let declared = offerings.iter().filter(is_made_of).map(|one| one.request.product.update_frequency.as_str());
    let cycles = declared.filter(|code| CYCLES.contains(code));
    cycles.min().map(str::to_owned)
}
