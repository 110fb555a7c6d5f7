//! Entries of the log as events for people, with the names of their actors.

use std::collections::HashMap;

use xinyu_core::event::tell;
use xinyu_evidence::entry::{Record, SignedRecord};
use xinyu_protocol::api::Event;
use xinyu_shell::Failure;
use xinyu_store::Tx;
use xinyu_store::log::EntryRow;

use crate::app::Platform;

/// Names by party id.
pub type Names = HashMap<String, String>;

/// The names of all parties of the platform, itself included.
///
/// # Errors
/// If the store fails.
pub async fn names(platform: &Platform, tx: &mut Tx) -> Result<Names, Failure> {
    let mut names: Names = xinyu_store::member::list(tx)
        .await?
        .into_iter()
        .map(|member| (member.connector_id.as_str().to_owned(), member.name))
        .collect();
    names.insert(platform.node.platform_id(), platform.options.operator_name.clone());
    Ok(names)
}

/// Records of a contract that are read at once.
const PORTION: u32 = 1_000;

/// The next records of a contract after a position, in order, which is moved to the last of them; none if there are none.
///
/// # Errors
/// If the store fails.
pub(crate) async fn after(
    tx: &mut Tx,
    contract_id: &str,
    position: &mut Option<u64>,
) -> Result<Option<Vec<(u64, Record)>>, Failure> {
    let entries = xinyu_store::log::of_contract_after(tx, contract_id, *position, PORTION).await?;
    let Some(last) = entries.last() else { return Ok(None) };
    *position = Some(last.position);
    let read =
        |entry: &EntryRow| Ok((entry.position, SignedRecord::parse(&entry.leaf).map_err(Failure::broken)?.record));
    entries.iter().map(read).collect::<Result<_, Failure>>().map(Some)
}

/// An entry for people.
///
/// # Errors
/// If the entry is not a record, which only damage to the store can cause.
pub fn event(entry: &EntryRow, names: &Names) -> Result<Event, Failure> {
    let record = SignedRecord::parse(&entry.leaf).map_err(Failure::broken)?.record;
    Ok(Event {
        record_id: record.id,
        space_id: entry.space_id.clone(),
        index: Some(entry.position),
        text: tell(&record.kind, &|name| record.facts.get(name).cloned()),
        kind: record.kind,
        contract_id: record.contract,
        subject: record.subject,
        actor_name: names.get(&record.actor).cloned().unwrap_or_default(),
        actor: record.actor,
        at: record.at,
        facts: serde_json::to_value(&record.facts).map_err(Failure::broken)?,
    })
}
