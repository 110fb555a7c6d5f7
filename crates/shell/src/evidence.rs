//! The search of evidence, for people: on a platform over the logs of all spaces, on a connector over what it recorded itself. TC609-6-2025-15 §7.1.3 c, §7.2.3 c, d.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use jiff::{Timestamp, ToSpan as _, civil};
use serde::Deserialize;
use serde_json::Value;
use xinyu_core::event::tell;
use xinyu_core::evidence::{Index, RESULTS};
use xinyu_core::fault::Rejection;
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::api::Event;
use xinyu_protocol::api::evidence::{EvidenceCount, EvidenceInfo, EvidencePage, EvidenceSummary};
use xinyu_protocol::text::Text;
use xinyu_protocol::time;
use xinyu_store::evidence::{By, Found, Place, Search};

use crate::failure::Failure;
use crate::node::{Node, NodeKind};
use crate::pseudonym::{self, pseudonym};
use crate::user::Person;

/// How many records a page has at most, and unless somebody says so.
const MOST: u32 = 200;
const USUAL: u32 = 50;
/// How many lines a summary has.
const LINES: u32 = 500;
/// How many rows of an earlier program are read at once.
const PIECE: u32 = 200;

/// What to look for; what is empty is not asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    strategy: String,
    contract: String,
    subject: String,
    product: String,
    actor: String,
    /// A login name of this node, or a pseudonym.
    user: String,
    kind: String,
    result: String,
    space: String,
    /// A time, or a day.
    from: String,
    /// A time, or a day, which is included.
    to: String,
    after: String,
    limit: Option<u32>,
    /// Of a summary: by what.
    by: String,
}

/// `GET /api/v1/evidence`, newest first.
///
/// # Errors
/// If what is asked for makes no sense.
pub async fn search(
    State(node): State<Arc<Node>>,
    _: Person,
    Query(asked): Query<Asked>,
) -> Result<Json<EvidencePage>, Failure> {
    let limit = asked.limit.unwrap_or(USUAL).clamp(1, MOST);
    let (search, place) = (read(&node, &asked).await?, place(&node));
    let found = node.store.read("evidence.search", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::evidence::list(tx, place, &search, limit.saturating_add(1)).await?;
            Ok::<_, Failure>((found, xinyu_store::party::names(tx).await?))
        })
    });
    let (mut found, names) = found.await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > most;
    found.truncate(most);
    let last = found.last().filter(|_| is_more);
    let next = last.map(|last| format!("{}.{}", last.at.as_microsecond(), last.record_id));
    let items = found.iter().map(|found| info(found, &names)).collect::<Result<_, Failure>>()?;
    Ok(Json(EvidencePage { items, next }))
}

/// `GET /api/v1/evidence/summary`.
///
/// # Errors
/// If what is asked for makes no sense.
pub async fn summary(
    State(node): State<Arc<Node>>,
    _: Person,
    Query(asked): Query<Asked>,
) -> Result<Json<EvidenceSummary>, Failure> {
    let word = if asked.by.is_empty() { "product" } else { asked.by.as_str() };
    let by = By::parse(word).ok_or_else(|| {
        bad(
            "/by",
            "统计维度须为 product、user、contract、actor 或 kind",
            "by must be product, user, contract, actor or kind",
        )
    })?;
    let (search, place, word) = (read(&node, &asked).await?, place(&node), word.to_owned());
    let found = node.store.read("evidence.count", move |tx| {
        Box::pin(async move {
            let counts = xinyu_store::evidence::count(tx, place, &search, by, LINES).await?;
            let mut names: BTreeMap<String, String> = xinyu_store::party::names(tx).await?;
            let users = if by == By::Person { xinyu_store::user::list(tx).await? } else { Vec::new() };
            if by == By::Product {
                let listed = xinyu_store::listing::list(tx, None).await?;
                names.extend(
                    listed.into_iter().map(|one| (one.product_id.as_str().to_owned(), one.request.product.name)),
                );
            }
            Ok::<_, Failure>((counts, names, users))
        })
    });
    let (counts, mut names, users) = found.await?;
    for user in users {
        names.insert(pseudonym(&node, &user.name).await?, user.display_name);
    }
    let lines = counts.into_iter().map(|count| EvidenceCount {
        name: names.get(&count.key).cloned().unwrap_or_default(),
        key: count.key,
        result: count.result,
        count: count.count,
        first_at: count.first_at,
        last_at: count.last_at,
    });
    Ok(Json(EvidenceSummary { by: word, lines: lines.collect() }))
}

/// Reads once what an earlier program wrote without the columns of the search.
pub async fn catch_up(node: Arc<Node>) {
    let place = place(&node);
    loop {
        let read = node.store.write("evidence.catch-up", move |tx| {
            Box::pin(async move {
                let old = xinyu_store::evidence::unread(tx, place, PIECE).await?;
                for found in &old {
                    let (index, actor) = match signed(&found.bytes) {
                        Ok(signed) => (Index::of(&signed.record), signed.record.actor),
                        // Whatever it is, it is looked at once.
                        Err(_) => (Index { result: "recorded".to_owned(), ..Index::default() }, String::new()),
                    };
                    xinyu_store::evidence::note(tx, place, &found.record_id, &actor, &index).await?;
                }
                Ok::<_, Failure>(old.is_empty())
            })
        });
        match read.await {
            Ok(false) if !node.stop.is_cancelled() => {}
            Ok(_) => return,
            Err(error) => {
                tracing::error!(%error, "records of an earlier program could not be read for the search");
                return;
            }
        }
    }
}

fn place(node: &Node) -> Place {
    match node.kind {
        NodeKind::Platform => Place::Logs,
        NodeKind::Connector => Place::Own,
    }
}

async fn read(node: &Node, asked: &Asked) -> Result<Search, Failure> {
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let person = match some(&asked.user) {
        // A platform knows no names of the people who use.
        Some(name) if node.kind == NodeKind::Connector && !pseudonym::is_one(&name) => {
            Some(pseudonym(node, &name).await?)
        }
        other => other,
    };
    let result = some(&asked.result);
    if result.as_deref().is_some_and(|result| !RESULTS.contains(&result)) {
        let known = RESULTS.join(", ");
        return Err(bad("/result", format!("结果须为 {known} 之一"), format!("result must be one of {known}")).into());
    }
    let (from, to) = (moment("/from", &asked.from)?, moment("/to", &asked.to)?);
    if let (Some((from, _)), Some((_, to))) = (from, to)
        && from >= to
    {
        return Err(bad("/to", "结束时间早于开始时间", "the end is before the beginning").into());
    }
    Ok(Search {
        strategy_id: some(&asked.strategy),
        contract_id: some(&asked.contract),
        subject: some(&asked.subject),
        product_id: some(&asked.product),
        actor: some(&asked.actor),
        person,
        kind: some(&asked.kind),
        result,
        space_id: some(&asked.space),
        from: from.map(|(first, _)| first),
        to: to.map(|(_, end)| end),
        after: cursor(&asked.after)?,
    })
}

/// Where a time or a day of China begins, and where it is over.
fn moment(clause: &str, text: &str) -> Result<Option<(Timestamp, Timestamp)>, Rejection> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let unreadable = || {
        bad(
            clause,
            format!("时间 {text} 无法识别，请写作 2026-06-01 或 2026-06-01T08:00:00+08:00"),
            format!("{text} is no time; write 2026-06-01 or 2026-06-01T08:00:00+08:00"),
        )
    };
    if let Ok(at) = time::parse_any(text) {
        return Ok(Some((at, at)));
    }
    let day: civil::Date = text.parse().map_err(|_| unreadable())?;
    let midnight = |day: civil::Date| {
        let at = jiff::tz::offset(8).to_timestamp(day.to_datetime(civil::Time::MIN));
        at.map_err(|_| unreadable())
    };
    let next = day.checked_add(1.day()).map_err(|_| unreadable())?;
    Ok(Some((midnight(day)?, midnight(next)?)))
}

fn cursor(text: &str) -> Result<Option<(Timestamp, String)>, Rejection> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = || {
        let (micros, id) = text.split_once('.')?;
        Some((time::from_micros(micros.parse().ok()?).ok()?, id.to_owned()))
    };
    read().map(Some).ok_or_else(|| bad("/after", "分页标记无效", "after is no cursor of a page before"))
}

fn bad(clause: &str, zh: impl Into<String>, en: impl Into<String>) -> Rejection {
    Rejection::bad("bad-search", zh, en)
        .clause(clause)
        .next(Text::new("请修改查询条件后重试", "mend what is asked for"))
}

fn signed(bytes: &[u8]) -> Result<SignedRecord, Failure> {
    // A connector keeps its records as JSON that was written by the store, a log the exact bytes.
    let value: Value = serde_json::from_slice(bytes).map_err(Failure::broken)?;
    serde_json::from_value(value).map_err(Failure::broken)
}

fn info(found: &Found, names: &BTreeMap<String, String>) -> Result<EvidenceInfo, Failure> {
    let record = signed(&found.bytes)?.record;
    Ok(EvidenceInfo {
        strategy_id: found.index.strategy_id.clone(),
        product_id: found.index.product_id.clone(),
        user: found.index.person.clone(),
        result: found.index.result.clone(),
        event: Event {
            record_id: record.id,
            space_id: found.space_id.clone(),
            index: found.position.and_then(|position| u64::try_from(position).ok()),
            text: tell(&record.kind, &|name| record.facts.get(name).cloned()),
            kind: record.kind,
            contract_id: record.contract,
            subject: record.subject,
            actor_name: names.get(&record.actor).cloned().unwrap_or_default(),
            actor: record.actor,
            at: record.at,
            facts: serde_json::to_value(&record.facts).map_err(Failure::broken)?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_whole_day_in_china() {
        let (first, end) = moment("/from", "2026-06-01").unwrap().unwrap();
        assert_eq!(
            (first.to_string(), end.to_string()),
            ("2026-05-31T16:00:00Z".to_owned(), "2026-06-01T16:00:00Z".to_owned())
        );
        let (at, same) = moment("/to", "2026-06-01T08:00:00+08:00").unwrap().unwrap();
        assert_eq!((at, at.to_string().as_str()), (same, "2026-06-01T00:00:00Z"));
        for bad in ["yesterday", "2026-13-01", "2026-06-31", "1"] {
            assert_eq!(moment("/from", bad).unwrap_err().clause.as_deref(), Some("/from"), "{bad}");
        }
        assert_eq!(moment("/from", " ").unwrap(), None);
    }

    #[test]
    fn a_cursor_leads_back_to_where_it_was() {
        let (at, id) = cursor("1800000000000000.0190-a.b").unwrap().unwrap();
        assert_eq!((at.as_second(), id.as_str()), (1_800_000_000, "0190-a.b"));
        for bad in ["x", "1", "x.y", "99999999999999999999.a"] {
            assert!(cursor(bad).is_err(), "{bad}");
        }
    }
}
