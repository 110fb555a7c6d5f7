//! Readings of resources: how far they are, shown on the pages of resources, and cancelled there.

use axum::extract::Path;
use axum::response::Response;
use serde::de::IgnoredAny;
use xinyu_protocol::api::List;
use xinyu_protocol::api::resource::ReadingInfo;

use crate::fault::Fault;
use crate::visitor::{Visitor, escape};

/// The readings that go on or did not end well; one that is done shows in its resource.
pub(crate) async fn shown(visitor: &Visitor) -> Result<Vec<ReadingInfo>, Fault> {
    let mut readings = visitor.get::<List<ReadingInfo>>("/readings").await?.items;
    readings.retain(|one| one.state != "done");
    Ok(readings)
}

/// What is said of a reading that was begun: that it is over, or that it goes on.
pub(crate) fn done(reading: &ReadingInfo, over: &'static str) -> &'static str {
    if reading.state == "running" { "reading" } else { over }
}

/// `POST /readings/{name}/cancellation`.
pub(crate) async fn cancel(visitor: Visitor, Path(name): Path<String>) -> Result<Response, Fault> {
    let _: IgnoredAny = visitor.post(&format!("/readings/{}/cancellation", escape(&name)), &()).await?;
    Ok(visitor.go("/resources", "reading-cancelled"))
}
