//! What the log, the platform and the sides say of the same things, held against each other. Pure.

use serde_json::Value;
use xinyu_crypto::Suite;
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::tc609::contract::ContractFile;
use xinyu_protocol::tc609::dispute::{DisputeStep, SideRecords};
use xinyu_protocol::tc609::termination::BreachNotice;
use xinyu_protocol::text::Text;

use super::bundle::{at, told};
use super::{Dispute, HEARD, Place, digest, is_record_of};
use crate::smart_clause::{self, Basis, Edition};

type Entry = (u64, SignedRecord);

/// What was found of one side.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What is missing.
    pub(super) missing: Vec<Text>,
    /// What differs.
    pub(super) differences: Vec<Text>,
}

fn fact<'a>(entry: &'a SignedRecord, name: &str) -> &'a str {
    entry.record.facts.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// That every statement stands in the log as its author recorded it, and no record tells of a statement that is not there. Gives their positions.
pub(super) fn statements(dispute: &Dispute, entries: &[Entry]) -> Result<Vec<u64>, Text> {
    let mut positions = Vec::new();
    for step in &dispute.steps {
        let (said, mut found) = (&step.statement, None);
        for (position, entry) in entries {
            if is_record_of(&entry.record, said, &dispute.place.space_id).map_err(told)? {
                found = Some(*position);
            }
        }
        let number = said.number;
        positions.push(found.ok_or_else(|| {
            at(
                "/platform/log",
                &format!("第 {number} 条陈述没有其作者的存证"),
                &format!("the log has no record of statement {number} by its author"),
            )
        })?);
    }
    let own = |entry: &&Entry| {
        let record = &entry.1.record;
        record.kind.starts_with("dispute.")
            && record.kind != HEARD
            && record.subject.as_deref() == Some(dispute.dispute_id.as_str())
            && (dispute.place.has_party(&record.actor) || dispute.place.platform == record.actor)
    };
    match entries.iter().filter(own).find(|(position, _)| !positions.contains(position)) {
        None => Ok(positions),
        Some((position, _)) => Err(at(
            "/platform/steps",
            &format!("存证 #{position} 所记的陈述不在证据包中"),
            &format!("the statement that entry {position} records is missing"),
        )),
    }
}

/// The records that statements refer to and that are not among the entries.
pub(super) fn referred(dispute: &Dispute, entries: &[Entry]) -> Vec<Text> {
    let said =
        dispute.steps.iter().flat_map(|step| step.statement.records.iter().map(|one| (step.statement.number, one)));
    said.filter(|(_, record)| !entries.iter().any(|(_, entry)| entry.record.id == **record))
        .map(|(number, record)| {
            Text::new(
                format!("第 {number} 条陈述引用的存证 {record} 不在证据包中"),
                format!("record {record}, which statement {number} refers to, is not there"),
            )
        })
        .collect()
}

/// Whether each party has recorded that it got what the others said, and got the same.
pub(super) fn heard(dispute: &Dispute, entries: &[Entry]) -> Result<(Vec<Text>, Vec<Text>), Text> {
    let (mut missing, mut differences) = (Vec::new(), Vec::new());
    for step in &dispute.steps {
        let (said, digest) = (&step.statement, digest(&step.statement).map_err(told)?);
        for party in [&dispute.place.provider, &dispute.place.consumer].into_iter().filter(|one| **one != said.author) {
            let of = |entry: &&Entry| {
                let record = &entry.1.record;
                record.kind == HEARD
                    && record.actor == *party
                    && record.subject.as_deref() == Some(dispute.dispute_id.as_str())
                    && record.facts.get("number").and_then(Value::as_u64) == Some(u64::from(said.number))
            };
            let number = said.number;
            match entries.iter().find(of) {
                None => missing.push(Text::new(
                    format!("没有 {party} 收到第 {number} 条陈述的存证"),
                    format!("there is no record that {party} has got statement {number}"),
                )),
                Some((position, entry)) if fact(entry, "digest") != digest => differences.push(Text::new(
                    format!("{party} 收到的第 {number} 条陈述内容不同（存证 #{position}）"),
                    format!("{party} got another statement {number} (entry {position})"),
                )),
                Some(_) => {}
            }
        }
    }
    Ok((missing, differences))
}

/// Runs the smart clauses of the contract again over the entries, and compares with what the platform recorded.
pub(super) fn smart(versions: &[ContractFile], place: &Place, entries: &[Entry]) -> (usize, Vec<Text>) {
    let editions: Vec<_> = versions.iter().map(|file| Edition::of(&file.contract)).collect();
    let basis =
        Basis { editions: &editions, provider: &place.provider, consumer: &place.consumer, platform: &place.platform };
    if editions.iter().all(|edition| edition.clauses.is_empty()) {
        return (0, Vec::new());
    }
    let fired = smart_clause::replay(&basis, entries.iter().map(|(position, entry)| (*position, &entry.record))).1;
    let recorded = entries
        .iter()
        .map(|(_, entry)| entry)
        .filter(|entry| entry.record.kind == smart_clause::FIRED && entry.record.actor == place.platform);
    let recorded = recorded.map(|entry| {
        let fen = entry.record.facts.get("fen").and_then(Value::as_u64);
        (entry.record.subject.clone().unwrap_or_default(), fact(entry, "at").to_owned(), fen)
    });
    let computed =
        fired.iter().map(|one| (one.clause.clone(), one.record.clone(), one.charge.as_ref().map(|charge| charge.fen)));
    if computed.eq(recorded) {
        return (fired.len(), Vec::new());
    }
    let differs = Text::new(
        "智能条款依存证复算的结果与平台记录不同",
        "the smart clauses come to something else than the platform recorded",
    );
    (fired.len(), vec![differs])
}

/// The declarations of which the log has no record with their digest.
pub(super) fn breaches(breaches: &[BreachNotice], suite: Suite, entries: &[Entry]) -> Vec<Text> {
    let is_logged = |notice: &BreachNotice| {
        let digest = xinyu_protocol::json::canonical(&notice.claim).map(|bytes| suite.hash(&bytes).to_string());
        let digest = digest.unwrap_or_default();
        entries.iter().any(|(_, entry)| {
            entry.record.kind == "breach.claimed"
                && entry.record.actor == notice.by
                && entry.record.subject.as_deref() == Some(notice.claim.claim_id.as_str())
                && fact(entry, "digest") == digest
        })
    };
    let differs = |notice: &BreachNotice| {
        let id = &notice.claim.claim_id;
        Text::new(
            format!("违约声明 {id} 与声明方的存证不符"),
            format!("declaration {id} is not the one that its maker recorded"),
        )
    };
    breaches.iter().filter(|notice| !is_logged(notice)).map(differs).collect()
}

/// How what a side has compares with what the platform and its log have.
pub(super) fn side(
    side: &SideRecords,
    records: &[(Option<u64>, SignedRecord)],
    dispute: &Dispute,
    entries: &[Entry],
) -> Found {
    let (who, mut found) = (side.connector_id.as_str(), Found::default());
    for (position, own) in records {
        let id = &own.record.id;
        match (entries.iter().find(|(_, entry)| entry.record.id == *id), position) {
            (Some((_, entry)), _) if entry != own => found.differences.push(Text::new(
                format!("{who} 的存证 {id} 与日志中的不同"),
                format!("record {id} of {who} is another one in the log"),
            )),
            (Some((there, _)), Some(position)) if there != position => found.differences.push(Text::new(
                format!("{who} 的存证 {id} 在日志中位于 #{there}，平台曾答复 #{position}"),
                format!("record {id} of {who} is entry {there}, but the platform had said {position}"),
            )),
            (Some(_), _) => {}
            (None, Some(position)) => found.differences.push(Text::new(
                format!("平台曾确认 {who} 的存证 {id}（#{position}），平台提供的记录中却没有"),
                format!("the platform had acknowledged record {id} of {who} as entry {position}, but does not show it"),
            )),
            (None, None) => found.missing.push(Text::new(
                format!("{who} 的存证 {id} 尚未进入日志"),
                format!("record {id} of {who} is not in the log yet"),
            )),
        }
    }
    for (position, entry) in entries.iter().filter(|(_, entry)| entry.record.actor == who) {
        if !records.iter().any(|(_, own)| own.record.id == entry.record.id) {
            found.missing.push(Text::new(
                format!("日志 #{position} 是 {who} 所记，该方却未提供"),
                format!("entry {position} was recorded by {who}, which does not show it"),
            ));
        }
    }
    let last = side.steps.len().max(dispute.steps.len());
    for index in 0..last {
        let number = index.saturating_add(1);
        let (own, there): (Option<&DisputeStep>, _) = (side.steps.get(index), dispute.steps.get(index));
        let differs = match (own, there) {
            (Some(own), Some(there)) if own == there => continue,
            (None, _) => {
                found.missing.push(Text::new(
                    format!("{who} 没有第 {number} 条陈述"),
                    format!("{who} does not have statement {number}"),
                ));
                continue;
            }
            (Some(_), None) => Text::new(
                format!("{who} 有第 {number} 条陈述，平台没有"),
                format!("{who} has a statement {number} that the platform has not"),
            ),
            (Some(_), Some(_)) => Text::new(
                format!("{who} 与平台的第 {number} 条陈述不同"),
                format!("{who} and the platform have different statements {number}"),
            ),
        };
        found.differences.push(differs);
    }
    found
}
