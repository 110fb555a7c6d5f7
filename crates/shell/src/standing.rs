//! Who is barred: asked of every request that comes in, and before every act of ours with another party. NDI-TR-2025-03 §8.
//!
//! A platform asks its own store, so that its decision holds from the next request on. A connector keeps in memory what the platform told it, as signed
//! lists and as standings by name; its processes that share a store learn of each other's news by a signal, or within seconds.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use xinyu_core::fault::Rejection;
use xinyu_core::participant::standing::bar;
use xinyu_http::auth;
use xinyu_identity::{Credential, StatusList};
use xinyu_protocol::id::PartyId;
use xinyu_protocol::tc609::participant::Standing;
use xinyu_store::{Topic, Tx};

use crate::failure::Failure;
use crate::node::{Node, NodeKind};

/// How often is looked for what another process learnt, should its signal be lost.
const PAUSE: Duration = Duration::from_secs(5);

/// What a node knows of the standing of others.
#[derive(Default)]
pub struct Standings(RwLock<Known>);

#[derive(Default)]
struct Known {
    lists: HashMap<String, StatusList>,
    parties: HashMap<String, Standing>,
}

impl Standings {
    /// Whether a credential is revoked or its holder barred.
    pub fn bars(&self, node: &Node, credential: &Credential) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let first = first_list(&node.platform.address);
        let url = credential.status.list.as_deref().unwrap_or(&first);
        // A place that the list does not have is no place of a valid credential.
        let is_revoked = known.lists.get(url).is_some_and(|list| list.is_set(credential.status.index).unwrap_or(true));
        is_revoked || known.parties.get(credential.sub.as_str()).is_some_and(|standing| bar(standing).is_some())
    }

    /// Why a party is barred, if it is.
    #[must_use]
    pub fn bar(&self, party: &str) -> Option<Rejection> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).parties.get(party).and_then(bar)
    }

    /// Takes up a standing, unless a later one is known.
    pub fn learn(&self, standing: Standing) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let party = standing.party().to_owned();
        if known.parties.get(&party).is_none_or(|there| there.sequence < standing.sequence) {
            known.parties.insert(party, standing);
        }
    }

    /// Takes up a list: what was revoked stays so.
    pub fn learn_list(&self, url: &str, list: StatusList) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match known.lists.get_mut(url) {
            Some(there) => there.merge(&list),
            None => {
                known.lists.insert(url.to_owned(), list);
            }
        }
    }
}

/// Where the first list is: credentials that name none stand in it.
#[must_use]
pub fn first_list(platform: &str) -> String {
    list_url(platform, 1)
}

/// Where a list is.
#[must_use]
pub fn list_url(platform: &str, number: u64) -> String {
    format!("{}/status/{number}", platform.trim_end_matches('/'))
}

/// What a peer is told whose request is refused; one that is barred is told why.
pub(crate) fn refused(node: &Node, rejection: &auth::Rejection) -> Response {
    if let auth::Rejection::Revoked { party, .. } = rejection
        && let Some(bar) = node.standings.bar(party.as_str())
    {
        return Failure::from(unauthenticated(bar)).into_response();
    }
    rejection.response().into_response()
}

/// 401, and not 403: with another credential it may be well, and messages that wait are not given up.
fn unauthenticated(mut bar: Rejection) -> Rejection {
    bar.status = 401;
    bar
}

/// That a credential is one of the platform's own that is not revoked, and its holder admitted; or, where that is enough, the last one of a holder that is
/// suspended.
pub(crate) async fn must_be_good(
    node: &Node,
    credential: uuid::Uuid,
    party: PartyId,
    may_be_suspended: bool,
) -> Result<(), Failure> {
    let found = node.store.read("standing.check", move |tx| {
        Box::pin(async move {
            if xinyu_store::credential::is_good(tx, &credential).await?
                || may_be_suspended && xinyu_store::credential::is_suspended(tx, &credential).await?
            {
                return Ok::<_, Failure>(None);
            }
            Ok(Some(xinyu_store::member::find(tx, party.as_str()).await?))
        })
    });
    let Some(member) = found.await? else {
        return Ok(());
    };
    let why = member.and_then(|member| bar(&xinyu_core::participant::standing::of(&member)));
    Err(unauthenticated(why.unwrap_or_else(|| {
        Rejection::forbidden(
            "credential-revoked",
            format!("凭证 {credential} 已吊销或未在本平台登记"),
            format!("credential {credential} is revoked or was never issued here"),
        )
        .clause("NDI-TR-2025-03 §8")
    }))
    .into())
}

/// That neither we nor another party are barred: before an act of ours with it.
///
/// # Errors
/// If one of us is, with the reason.
pub async fn must_stand(node: &Node, tx: &mut Tx, party: &str) -> Result<(), Failure> {
    let me = node.party().map(|party| party.as_str().to_owned()).unwrap_or_default();
    for party in [me.as_str(), party] {
        if let Some(bar) = xinyu_store::standing::find(tx, party).await?.as_ref().and_then(bar) {
            return Err(bar.into());
        }
    }
    Ok(())
}

/// Reads what was learnt before, or by another process.
///
/// # Errors
/// If the store fails or holds what is no list.
pub async fn load(node: &Node) -> Result<(), Failure> {
    let (lists, standings) = node
        .store
        .read("standing.load", |tx| {
            Box::pin(async move {
                Ok::<_, Failure>((xinyu_store::standing::lists(tx).await?, xinyu_store::standing::list(tx).await?))
            })
        })
        .await?;
    for (url, encoded) in lists {
        node.standings.learn_list(&url, StatusList::decode(&encoded).map_err(Failure::broken)?);
    }
    standings.into_iter().for_each(|standing| node.standings.learn(standing));
    Ok(())
}

/// Keeps the memory of a connector's process up to date until the node stops.
pub async fn follow(node: Arc<Node>) {
    if node.kind == NodeKind::Platform {
        return;
    }
    let mut wake = node.store.signals().subscribe(Topic::Participant);
    loop {
        tokio::select! {
            () = node.stopping() => return,
            _ = tokio::time::timeout(PAUSE, wake.wait()) => {}
        }
        if let Err(error) = load(&node).await {
            tracing::error!(%error, "who is barred could not be read, the next attempt follows");
        }
    }
}
