//! The uses of a contract, put together from their events: one line each, however many events tell of it.

use jiff::Timestamp;
use serde_json::Value;
use xinyu_protocol::api::Event;
use xinyu_protocol::text::Text;

use super::refusal::{self, Said};
use super::{Refusal, Standing};
use crate::clause::{Clause, word};
use crate::page::Page;

/// One use.
pub(crate) struct Use {
    pub(crate) use_id: String,
    pub(crate) action: String,
    /// `running`, `done`, `refused`, `stopped` or `failed`.
    pub(crate) state: &'static str,
    pub(crate) actor: String,
    pub(crate) asked_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) rows_out: Option<u64>,
    pub(crate) why: Option<String>,
    /// Why it was refused, for one that was.
    pub(crate) refusal: Option<Refusal>,
}

/// The uses that events tell of, in the order in which they were asked for.
pub(crate) fn of_events(page: &Page, events: &[Event], clauses: &[Clause], standing: &Standing) -> Vec<Use> {
    let mut uses: Vec<Use> = Vec::new();
    for event in events {
        let Some(state) = state(&event.kind) else { continue };
        let use_id = event.subject.clone().unwrap_or_else(|| event.record_id.clone());
        let fact = |name: &str| event.facts.get(name).map(word);
        if let Some(known) = uses.iter_mut().find(|one| one.use_id == use_id) {
            known.state = state;
            known.ended_at = (state != "running").then_some(event.at);
            known.rows_out = event.facts.get("rows_out").and_then(Value::as_u64).or(known.rows_out);
            known.why = fact("why").or_else(|| known.why.take());
            continue;
        }
        let action = fact("action").unwrap_or_default();
        let refusal = (state == "refused").then(|| {
            let decision = fact("decision").unwrap_or_default();
            refusal::new(page, &decision, &reasons(&event.facts), clauses, standing)
        });
        uses.push(Use {
            use_id,
            action: page.word("action", &action),
            state,
            actor: if event.actor_name.is_empty() { page.short(&event.actor) } else { event.actor_name.clone() },
            asked_at: event.at,
            ended_at: (state != "running").then_some(event.at),
            rows_out: event.facts.get("rows_out").and_then(Value::as_u64),
            why: fact("why"),
            refusal,
        });
    }
    uses
}

fn state(kind: &str) -> Option<&'static str> {
    match kind {
        "usage.started" => Some("running"),
        "usage.done" => Some("done"),
        "usage.refused" => Some("refused"),
        "usage.stopped" => Some("stopped"),
        "usage.failed" => Some("failed"),
        _ => None,
    }
}

/// The reasons of a record: a list of clauses beside the same list in words.
fn reasons(facts: &Value) -> Vec<Said> {
    let list = |name: &str| match facts.get(name) {
        Some(Value::Array(items)) => items.iter().map(word).collect(),
        Some(other) => vec![word(other)],
        None => Vec::new(),
    };
    let (clauses, zh, en) = (list("clauses"), list("reasons_zh"), list("reasons_en"));
    let at = |list: &[String], index: usize| list.get(index).cloned().unwrap_or_default();
    let count = clauses.len().max(zh.len()).max(en.len());
    (0..count)
        .map(|index| Said { clause: at(&clauses, index), text: Text::new(at(&zh, index), at(&en, index)) })
        .collect()
}
