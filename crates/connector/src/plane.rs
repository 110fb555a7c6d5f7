//! Planes of other makers, as they register: data planes with our control plane, control planes with our data plane. DPS 1.0-RC3 §4.3, §4.4. What kind a
//! plane is, and what it may show and see, was arranged and is never learnt from it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use xinyu_shell::Failure;
use xinyu_shell::arranged::{self, Arranged, ArrangedCall};

use crate::app::Connector;

/// Keeps what a plane says of itself, under the name and at the address that it gives. Of how to authorise nothing is kept: the registration comes without.
///
/// # Errors
/// If it is another one's name, or address.
pub(crate) async fn register<T: Serialize + Send + Sync + 'static>(
    connector: &Connector,
    system: Arranged,
    (id, endpoint): (&str, &str),
    bare: T,
) -> Result<StatusCode, Failure> {
    arranged::must_be_itself(&system, id, endpoint, &connector.node.egress)?;
    let kept = connector.node.store.write("plane.save", move |tx| {
        Box::pin(async move {
            xinyu_store::plane::save(tx, system.kind.as_str(), &system.id, &bare).await.map_err(Failure::from)
        })
    });
    kept.await?;
    Ok(StatusCode::OK)
}

/// `DELETE /dataplanes/{id}`, `DELETE /controlplanes/{id}`.
///
/// # Errors
/// If it is another one's name.
pub async fn deregister(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    call: ArrangedCall,
) -> Result<StatusCode, Failure> {
    let kind = call.system.kind.as_str();
    if id != call.system.id {
        return Err(arranged::unknown_system(&id).into());
    }
    let removed = connector.node.store.write("plane.remove", move |tx| {
        Box::pin(async move { xinyu_store::plane::remove(tx, kind, &id).await.map_err(Failure::from) })
    });
    removed.await?;
    Ok(StatusCode::NO_CONTENT)
}
