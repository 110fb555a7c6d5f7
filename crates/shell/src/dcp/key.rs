//! The keys of a node's DID, for its people and for the log: each one that signs is recorded, so that what it signed can be judged later. DCP 1.0.1 §4.2.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRef, State};
use jiff::Timestamp;
use xinyu_core::effect::{Draft, Effect};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::credential::{DidInfo, DidKey, DidRotation};

use super::document;
use crate::effect;
use crate::failure::Failure;
use crate::node::Node;
use crate::user::Person;

/// The setting that holds the name of the key that was recorded last.
const RECORDED: &str = "did/kid";

/// `GET /api/v1/did`.
///
/// # Errors
/// If the document has no JSON form, which cannot be.
pub async fn show<S>(State(state): State<S>, _: Person) -> Result<Json<DidInfo>, Failure>
where
    S: Clone + Send + Sync + 'static,
    Arc<Node>: FromRef<S>,
{
    info(&Arc::<Node>::from_ref(&state)).map(Json)
}

/// `POST /api/v1/did/rotation`: a new key signs from now on.
///
/// # Errors
/// If the keys cannot be stored; then nothing has changed.
pub async fn rotate<S>(
    State(state): State<S>,
    _: Person,
    body: StrictJson<DidRotation>,
) -> Result<Json<DidInfo>, Failure>
where
    S: Clone + Send + Sync + 'static,
    Arc<Node>: FromRef<S>,
{
    let node = Arc::<Node>::from_ref(&state);
    let (dcp, withdraw) = (Arc::clone(&node.dcp), body.value.withdraw);
    // Sealing with a passphrase takes its time.
    let rotated = tokio::task::spawn_blocking(move || dcp.rotate(withdraw)).await;
    rotated.map_err(Failure::broken)?.map_err(Failure::broken)?;
    announce(&node).await?;
    info(&node).map(Json)
}

fn info(node: &Node) -> Result<DidInfo, Failure> {
    let time = |seconds: i64| Timestamp::from_second(seconds).map_err(Failure::broken);
    let keys = node.dcp.chain();
    let key = |link: &xinyu_crypto::Link| {
        Ok::<_, Failure>(DidKey {
            kid: link.key.kid(),
            made_at: time(link.made_at)?,
            retired_at: link.retired_at.map(time).transpose()?,
            withdrawn_at: link.withdrawn_at.map(time).transpose()?,
        })
    };
    Ok(DidInfo {
        did: node.dcp.did.to_string(),
        document: serde_json::to_value(document::of(node)).map_err(Failure::broken)?,
        keys: keys.all().map(key).collect::<Result<_, _>>()?,
    })
}

/// Records the key that signs in the log of every space that the node is in, if it was not recorded yet. Called after a rotation and at every start, for
/// a rotation that was cut off after the keys were stored.
///
/// # Errors
/// If the store fails.
pub async fn announce(node: &Arc<Node>) -> Result<(), Failure> {
    let spaces = node.spaces();
    if spaces.is_empty() || node.party().is_none() {
        return Ok(());
    }
    let (this, chain) = (Arc::clone(node), node.dcp.chain());
    let kid = chain.current().kid();
    let before = chain.all().nth(1).map(|link| (link.key.kid(), link.withdrawn_at.is_some()));
    node.store
        .write("did.announce", move |tx| {
            Box::pin(async move {
                if xinyu_store::setting::find(tx, RECORDED).await?.as_ref() == Some(&kid) {
                    return Ok(());
                }
                let record = |space: &String| {
                    let draft = Draft::new("did.key", space).subject(this.dcp.did.as_str()).fact("kid", kid.as_str());
                    Effect::Record(match &before {
                        Some((before, is_withdrawn)) => {
                            draft.fact("before", before.as_str()).fact("withdrawn", *is_withdrawn)
                        }
                        None => draft,
                    })
                };
                let effects = spaces.iter().map(record).collect();
                xinyu_store::setting::set(tx, RECORDED, &kid).await?;
                effect::apply(&this, tx, effects).await
            })
        })
        .await
}
