//! Who is barred, as the platform tells: taken up at once, for every request and every act that follows. NDI-TR-2025-03 §8.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use xinyu_http::guarded_client;
use xinyu_identity::StatusList;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::participant::{Standing, StatusNotice};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::standing::first_list;
use xinyu_shell::{Failure, Node};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::party;

/// After the start, and after a list that could not be fetched.
const FIRST: Duration = Duration::from_secs(2);
/// From then on: what is pushed comes at once, this is for what never came.
const PAUSE: Duration = Duration::from_mins(30);
/// The longest answer that is read: a full list, with room.
const LONGEST: usize = 128 * 1024;

/// `POST /tc609/participantStatus`, by the platform.
///
/// # Errors
/// If a list or a card is not the platform's.
pub async fn learn(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let StatusNotice { lists, standings } = call.parse()?;
    let node = Arc::clone(&connector.node);
    let mut read = Vec::new();
    for list in lists {
        read.push((check(&node, &list.url, &list.token)?, list.url));
    }
    let mut parties = Vec::new();
    for card in standings.iter().filter_map(|standing| standing.card.as_ref()) {
        parties.push(party::check(&node, card)?);
    }
    let me = node.party().map(|party| party.as_str().to_owned()).unwrap_or_default();
    let is_about_us = standings.iter().any(|one| one.connector_id.as_str() == me && !one.state.is_admitted());
    let (to_keep, to_learn) = (standings.clone(), read.clone());
    let answer = call
        .once(&node, "standing.learn", move |tx| {
            Box::pin(async move {
                for (list, url) in &read {
                    keep_list(tx, url, list).await?;
                }
                for standing in &standings {
                    xinyu_store::standing::save(tx, &Standing { card: None, ..standing.clone() }).await?;
                }
                for party in &parties {
                    // Whom we do not know we need not know.
                    if xinyu_store::party::find(tx, &party.party_id).await?.is_some() {
                        xinyu_store::party::save(tx, party).await?;
                    }
                }
                tx.signal(Topic::Participant);
                tx.signal(Topic::Outbox);
                Answer::json(200, &Status::done())
            })
        })
        .await?;
    for (list, url) in to_learn {
        node.standings.learn_list(&url, list);
    }
    to_keep.into_iter().for_each(|standing| node.standings.learn(Standing { card: None, ..standing }));
    if is_about_us {
        connector.running.stop_all();
    }
    Ok(answer)
}

async fn keep_list(tx: &mut Tx, url: &str, list: &StatusList) -> Result<(), Failure> {
    let mut merged = list.clone();
    if let Some(there) = xinyu_store::standing::lock_list(tx, url).await? {
        merged.merge(&StatusList::decode(&there).map_err(Failure::broken)?);
    }
    xinyu_store::standing::save_list(tx, url, &merged.encode().map_err(Failure::broken)?).await?;
    Ok(())
}

fn check(node: &Node, url: &str, token: &str) -> Result<StatusList, Failure> {
    let now = node.store.clock().now();
    StatusList::verify(token, &node.platform.keys, &node.platform.id, url, now).map_err(|error| {
        xinyu_core::fault::Rejection::bad(
            "status-list",
            format!("状态列表无效：{}", error.text().zh),
            format!("the status list is not valid: {}", error.text().en),
        )
        .into()
    })
}

/// Fetches the lists now and then: after an outage as long as messages are not kept, nothing would come by itself.
pub async fn refresh(connector: Connector) {
    let mut pause = FIRST;
    loop {
        tokio::select! {
            () = connector.node.stopping() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = match fetch(&connector.node).await {
            Ok(()) => PAUSE,
            Err(error) => {
                tracing::warn!(%error, "the lists of revoked credentials could not be fetched, the next attempt follows");
                PAUSE / 30
            }
        };
    }
}

async fn fetch(node: &Arc<Node>) -> Result<(), Failure> {
    let known = node.store.read("standing.lists", |tx| {
        Box::pin(async move { xinyu_store::standing::lists(tx).await.map_err(Failure::from) })
    });
    let mut urls: Vec<String> = known.await?.into_keys().collect();
    let first = first_list(&node.platform.address);
    if !urls.contains(&first) {
        urls.push(first);
    }
    let client = guarded_client(&node.egress).map_err(Failure::broken)?;
    for url in urls {
        let checked = node.egress.check_url(&url).map_err(Failure::broken)?;
        let response = client.get(checked).timeout(Duration::from_secs(10)).send().await.map_err(Failure::broken)?;
        let mut response = response.error_for_status().map_err(Failure::broken)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(Failure::broken)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LONGEST {
                return Err(Failure::broken(format!("{url} is longer than {LONGEST} bytes")));
            }
        }
        let list = check(node, &url, &String::from_utf8_lossy(&bytes))?;
        let (kept, name) = (list.clone(), url.clone());
        node.store
            .write("standing.fetched", move |tx| Box::pin(async move { keep_list(tx, &name, &kept).await }))
            .await?;
        node.standings.learn_list(&url, list);
    }
    Ok(())
}
