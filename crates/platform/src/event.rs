//! Entries of the log as events for people, with the names of their actors.

use std::collections::HashMap;

use xinyu_core::event::tell;
use xinyu_evidence::entry::SignedRecord;
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
