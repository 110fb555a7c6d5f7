//! What must hold of a statement before it is taken, and how its lack is told. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use xinyu_crypto::Suite;
use xinyu_protocol::api::dispute::NewDisputeAttachment;
use xinyu_protocol::tc609::dispute::{Act, DisputeAttachment, DisputeStatement, Subject};
use xinyu_protocol::text::Text;

use super::{CLAUSE, Dispute, Place, digest};
use crate::fault::Rejection;

/// How long a statement may be.
const TEXT_CHARS: usize = 4_000;
/// How many records it may refer to.
const RECORDS: usize = 64;
/// How many documents go with it.
const ATTACHMENTS: usize = 4;
/// How large the content of one may be.
const CONTENT_BYTES: usize = 64 << 10;
/// How many statements a dispute has at most; the decision always has its place.
const STATEMENTS: u32 = 100;

/// The documents of a statement, with their digests.
///
/// # Errors
/// If one has no content and no digest, or its content is not base64.
pub fn attach(new: Vec<NewDisputeAttachment>, suite: Suite) -> Result<Vec<DisputeAttachment>, Rejection> {
    let one = |(index, new): (usize, NewDisputeAttachment)| {
        let digest = match (&new.content, new.digest) {
            (Some(content), _) => suite.hash(&decode(content, index)?).to_string(),
            (None, Some(digest)) => digest,
            (None, None) => {
                return Err(bad(
                    format!("/attachments/{index}"),
                    "附件须有内容或摘要",
                    "an attachment has content or a digest",
                ));
            }
        };
        Ok(DisputeAttachment { name: new.name, digest, content: new.content })
    };
    new.into_iter().enumerate().map(one).collect()
}

fn decode(content: &str, index: usize) -> Result<Vec<u8>, Rejection> {
    let at = format!("/attachments/{index}/content");
    if content.len() > CONTENT_BYTES.saturating_mul(2) {
        return Err(bad(
            at,
            "附件内容至多 64 KiB，更大的请只附摘要",
            "an attachment has at most 64 KiB, a larger one goes as a digest",
        ));
    }
    let bytes = STANDARD.decode(content).map_err(|_| bad(at.clone(), "附件内容不是 base64", "it is not base64"))?;
    if bytes.len() > CONTENT_BYTES {
        return Err(bad(
            at,
            "附件内容至多 64 KiB，更大的请只附摘要",
            "an attachment has at most 64 KiB, a larger one goes as a digest",
        ));
    }
    Ok(bytes)
}

/// The suite of a statement.
///
/// # Errors
/// If it is unknown.
pub(super) fn suite(statement: &DisputeStatement) -> Result<Suite, Rejection> {
    statement.suite.parse().map_err(|_| bad("/suite", "未知的密码套件", "unknown suite"))
}

/// That a statement belongs here, says something, and is not too long.
///
/// # Errors
/// Naming the member that is wrong.
pub fn must_be_sound(said: &DisputeStatement, place: &Place) -> Result<(), Rejection> {
    let members = [
        ("/contractId", said.contract_id == place.contract_id),
        ("/contractHash", said.contract_hash == place.contract_hash),
        ("/suite", said.suite == place.suite.to_string()),
    ];
    if let Some((at, _)) = members.into_iter().find(|(_, fits)| !fits) {
        return Err(bad(at, "陈述属于另一份合约", "the statement is of another contract"));
    }
    for (at, id) in [("/disputeId", &said.dispute_id), ("/statementId", &said.statement_id)] {
        let is_id = (1..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            && !id.starts_with('.');
        if !is_id {
            return Err(bad(at, "编号应为 1–64 个字母、数字或 - _ .", "an id has 1 to 64 letters, digits or - _ ."));
        }
    }
    let length = said.text.chars().count();
    if said.text.trim().is_empty() || length > TEXT_CHARS {
        return Err(bad(
            "/text",
            format!("陈述应为 1–{TEXT_CHARS} 个字符，现为 {length} 个"),
            format!("a statement has 1 to {TEXT_CHARS} characters, this one {length}"),
        ));
    }
    if said.records.len() > RECORDS {
        return Err(bad("/records", format!("存证最多 {RECORDS} 条"), format!("at most {RECORDS} records are named")));
    }
    if said.attachments.len() > ATTACHMENTS {
        return Err(bad(
            "/attachments",
            format!("附件最多 {ATTACHMENTS} 个"),
            format!("at most {ATTACHMENTS} attachments"),
        ));
    }
    for (index, attachment) in said.attachments.iter().enumerate() {
        attached(index, attachment, place.suite)?;
    }
    let misplaced = [
        ("/subject", said.subject.is_some() != (said.act == Act::Open)),
        ("/amountFen", said.amount_fen.is_some() && said.act != Act::Open),
        ("/ruling", said.ruling.is_some() != (said.act == Act::Decide)),
    ];
    match misplaced.into_iter().find(|(_, is_misplaced)| *is_misplaced) {
        Some((at, _)) => Err(bad(
            at,
            "该项只能且必须出现在对应的陈述中",
            "it belongs to the statement that it is for, and to no other",
        )),
        None => Ok(()),
    }
}

fn attached(index: usize, attachment: &DisputeAttachment, suite: Suite) -> Result<(), Rejection> {
    let at = |member: &str| format!("/attachments/{index}/{member}");
    if attachment.name.trim().is_empty() || attachment.name.chars().count() > 128 {
        return Err(bad(at("name"), "附件名应为 1–128 个字符", "the name of an attachment has 1 to 128 characters"));
    }
    let digest = &attachment.digest;
    if digest.len() != 64 || !digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(bad(at("digest"), "摘要应为 64 位十六进制", "a digest is 64 hexadecimal digits"));
    }
    let Some(content) = &attachment.content else { return Ok(()) };
    if suite.hash(&decode(content, index)?).to_string() == *digest {
        return Ok(());
    }
    Err(bad(at("digest"), "附件内容与摘要不符", "the content does not fit its digest"))
}

/// That a statement opens a dispute, and what over.
///
/// # Errors
/// If it is none, or its author is no party.
pub(super) fn must_open(said: &DisputeStatement, place: &Place) -> Result<Subject, Rejection> {
    if said.act != Act::Open || said.number != 1 || said.previous.is_some() {
        return Err(super::unknown(&said.dispute_id));
    }
    if !place.has_party(&said.author) {
        return Err(crate::contract::unknown(place.contract_id.as_str()));
    }
    said.subject.ok_or_else(|| bad("/subject", "须说明争议事项", "a dispute is about something"))
}

/// That a statement is the next of a dispute, and its author may say it.
///
/// # Errors
/// If it is not the next, or not the author's to say.
pub(super) fn must_follow(dispute: &Dispute, said: &DisputeStatement) -> Result<(), Rejection> {
    let (place, author) = (&dispute.place, said.author.as_str());
    if said.dispute_id != dispute.dispute_id || !(place.has_party(author) || place.platform == author) {
        return Err(super::unknown(&said.dispute_id));
    }
    if !dispute.state.is_open() {
        return Err(closed(dispute));
    }
    let expected = dispute.last().map_or(1, |last| last.number.saturating_add(1));
    let previous = dispute.last().map(digest).transpose()?;
    if said.number != expected || said.previous != previous {
        return Err(Rejection::conflict(
            "stale-statement",
            format!("争议 {} 的下一条陈述应为第 {expected} 条，并衔接上一条", said.dispute_id),
            format!("statement {expected} is the next of dispute {}, and it names the one before", said.dispute_id),
        )
        .clause("/previous")
        .next(Text::new("请重新查看争议，就最新陈述答复", "look at the dispute again and answer its last statement")));
    }
    let is_over = matches!(said.act, Act::State | Act::Offer) && expected >= STATEMENTS;
    if is_over {
        return Err(Rejection::conflict(
            "dispute-full",
            format!("争议的陈述至多 {STATEMENTS} 条，请撤回、和解或待裁决"),
            format!("a dispute has at most {STATEMENTS} statements: withdraw it, settle it, or wait for the decision"),
        ));
    }
    if said.act == Act::Decide && place.platform == author && !dispute.is_heard(said.at) {
        return Err(Rejection::conflict(
            "dispute-not-heard",
            format!("对方尚未答复，答复期至 {}", dispute.answer_by),
            format!("the other party was not heard yet, it has until {}", dispute.answer_by),
        )
        .clause(CLAUSE)
        .next(Text::new("请等待对方答复，或待答复期满", "wait for its answer, or for the time to run out")));
    }
    if dispute.moves(author, said.at).contains(&said.act) {
        return Ok(());
    }
    let act = said.act.as_str();
    Err(Rejection::conflict(
        "not-your-move",
        format!("此时不能由 {author} 作出「{act}」：撤回由提起方，接受和解由收到提议的一方，裁决由平台作出"),
        format!("{act} is not for {author} now: the opener withdraws, who was offered a settlement accepts it, the platform decides"),
    )
    .clause(CLAUSE))
}

/// That a dispute is over.
pub(super) fn closed(dispute: &Dispute) -> Rejection {
    let (id, state) = (&dispute.dispute_id, dispute.state.as_str());
    Rejection::conflict(
        "dispute-closed",
        format!("争议 {id} 已了结（{state}），不能再陈述"),
        format!("dispute {id} is {state}, nothing can be said in it any more"),
    )
    .clause(CLAUSE)
}

/// That an id names something else already.
#[must_use]
pub fn taken(id: &str) -> Rejection {
    Rejection::conflict("statement-taken", format!("编号 {id} 已用于另一陈述"), format!("{id} is another statement"))
}

fn bad(at: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Rejection {
    Rejection::bad("dispute-statement", zh, en).clause(at)
}
