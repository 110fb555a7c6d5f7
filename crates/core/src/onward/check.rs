//! What must hold of a statement of a hop before it is taken, and how its lack is told. Pure.

use jiff::Timestamp;
use serde_json::Value;
use xinyu_crypto::Suite;
use xinyu_policy::{Policy, Request, Verdict, verify_all};
use xinyu_protocol::id::PartyId;
use xinyu_protocol::tc609::onward::{OnwardAct, OnwardFile, OnwardGrant, OnwardStatement, OnwardStep};
use xinyu_protocol::text::Text;

use super::{CLAUSE, HOPS, Onward, State, TRANSITIONS, action, digest, place_of, policies, take};
use crate::contract::draft::SIGNING_SKEW_SECONDS;
use crate::contract::signing::Trust;
use crate::derived::platform_keys;
use crate::dispute::{Place, seal};
use crate::fault::Rejection;

/// How long a reason may be.
const REASON_CHARS: usize = 256;
/// How old the facts of a decision may be when it is signed.
const FACTS_SECONDS: i64 = 24 * 3600;

/// The suite of a statement.
///
/// # Errors
/// If it is unknown.
pub(super) fn suite(statement: &OnwardStatement) -> Result<Suite, Rejection> {
    statement.suite.parse().map_err(|_| bad("/suite", "未知的密码套件", "unknown suite"))
}

/// That a statement belongs here and says what its act says, no more and no less.
///
/// # Errors
/// Naming the member that is wrong.
pub fn must_be_sound(said: &OnwardStatement, place: &Place) -> Result<(), Rejection> {
    let members = [
        ("/contractId", said.contract_id == place.contract_id),
        ("/contractHash", said.contract_hash == place.contract_hash),
        ("/suite", said.suite == place.suite.to_string()),
    ];
    if let Some((at, _)) = members.into_iter().find(|(_, fits)| !fits) {
        return Err(bad(
            at,
            "陈述属于另一份合约，或合约的另一版本",
            "the statement is of another contract, or of another version of it",
        ));
    }
    let id = &said.onward_id;
    let is_id = (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && !id.starts_with('.');
    if !is_id {
        return Err(bad(
            "/onwardId",
            "编号应为 1–64 个字母、数字或 - _ .",
            "an id has 1 to 64 letters, digits or - _ .",
        ));
    }
    if said.reason.chars().count() > REASON_CHARS {
        return Err(bad(
            "/reason",
            format!("理由至多 {REASON_CHARS} 个字符"),
            format!("a reason has at most {REASON_CHARS} characters"),
        ));
    }
    let misplaced = [
        ("/grant", said.grant.is_some() != (said.act == OnwardAct::Offer)),
        ("/digest", said.digest.is_some() != (said.act == OnwardAct::Receive)),
        ("/files", said.files.is_some() != (said.act == OnwardAct::Destroy)),
    ];
    match misplaced.into_iter().find(|(_, is_misplaced)| *is_misplaced) {
        Some((at, _)) => Err(bad(
            at,
            "该项只能且必须出现在对应的陈述中",
            "it belongs to the statement that it is for, and to no other",
        )),
        None => said.grant.as_deref().map_or(Ok(()), |grant| fits(grant, place)),
    }
}

fn fits(grant: &OnwardGrant, place: &Place) -> Result<(), Rejection> {
    let is_first = grant.sender.as_str() == place.consumer;
    let members = [
        ("/grant/spaceId", grant.space_id == place.space_id),
        ("/grant/provider", grant.provider.as_str() == place.provider),
        ("/grant/consumer", grant.consumer.as_str() == place.consumer),
        ("/grant/chain", grant.chain.len() < HOPS && grant.chain.is_empty() == is_first),
        ("/grant/original", !grant.original.is_empty()),
    ];
    if let Some((at, _)) = members.into_iter().find(|(_, fits)| !fits) {
        return Err(bad(at, "与合约不符", "it is not as the contract has it"));
    }
    if place.has_party(grant.receiver.as_str()) || grant.receiver == grant.sender {
        return Err(bad(
            "/grant/receiver",
            "只能转授给合约当事方以外的成员",
            "it can be handed on to a member that is no party of the contract only",
        ));
    }
    Ok(())
}

/// That a statement opens a hop, and what it hands on.
///
/// # Errors
/// If it opens none.
pub(super) fn must_open(said: &OnwardStatement) -> Result<OnwardGrant, Rejection> {
    match said.grant.as_deref() {
        Some(grant) if said.act == OnwardAct::Offer && said.number == 1 && said.previous.is_none() => {
            if grant.sender == said.author {
                return Ok(grant.clone());
            }
            Err(bad("/grant/sender", "转授方须是陈述的作者", "whoever hands on is the author"))
        }
        _ => Err(super::unknown(&said.onward_id)),
    }
}

/// That a statement is the next of a hop, its author may say it, and where it leads.
///
/// # Errors
/// If it is not the next, or not the author's to say.
pub(super) fn must_follow(onward: &Onward, said: &OnwardStatement) -> Result<State, Rejection> {
    let author = said.author.as_str();
    if said.onward_id != onward.onward_id || !onward.has_party(author) {
        return Err(super::unknown(&said.onward_id));
    }
    let expected = onward.last().map_or(1, |last| last.number.saturating_add(1));
    let previous = onward.last().map(digest).transpose()?;
    if said.number != expected || said.previous != previous {
        let id = &said.onward_id;
        return Err(Rejection::conflict(
            "stale-statement",
            format!("转授 {id} 的下一条陈述应为第 {expected} 条，并衔接上一条"),
            format!("statement {expected} is the next of onward transfer {id}, and it names the one before"),
        )
        .clause("/previous")
        .next(Text::new("请重新查看该转授", "look at it again")));
    }
    if said.act == OnwardAct::Receive && said.digest.as_ref() != Some(&onward.grant.digest) {
        return Err(bad("/digest", "收到的内容不是所转授的内容", "what arrived is not what was handed on"));
    }
    let to = TRANSITIONS.iter().find(|(from, act, _)| *from == onward.state && *act == said.act);
    match to {
        Some((_, _, to)) if onward.may_say(author, said.act) => Ok(*to),
        _ => Err(not_your_move(onward, said.act.as_str())),
    }
}

/// That somebody cannot do something with a hop now.
pub(super) fn not_your_move(onward: &Onward, act: &str) -> Rejection {
    let (id, state) = (&onward.onward_id, onward.state.as_str());
    Rejection::conflict(
        "not-your-move",
        format!("转授 {id} 现为 {state}，此时不能由该方作出「{act}」：接受、拒绝由接收方作出，撤回由转授方或提供方作出"),
        format!(
            "onward transfer {id} is {state}, {act} is not for this side now: the receiver takes or refuses, sender or provider withdraw"
        ),
    )
    .clause(CLAUSE)
}

/// Checks that the author of a statement has signed it, at a time.
///
/// # Errors
/// What is wrong.
pub fn check_step(step: &OnwardStep, trust: &Trust<'_>, now: Timestamp) -> Result<(), Rejection> {
    let said = &step.statement;
    let ahead = said.at.as_second().saturating_sub(now.as_second());
    if ahead > SIGNING_SKEW_SECONDS {
        return Err(Rejection::bad(
            "onward-time",
            format!("陈述的时间比本地时钟早到 {ahead} 秒"),
            format!("the statement is dated {ahead} s ahead of our clock"),
        )
        .clause("/at"));
    }
    seal::check_signature(&step.signature, said, said.author.as_str(), suite(said)?, trust, now)
        .map_err(|text| Rejection::bad("onward-signature", text.zh, text.en).clause("/signature"))?;
    Ok(())
}

/// That the policies grant a hop on its facts, and that what goes with it is what they leave. Decided by whoever reads the first statement, as its sender did.
///
/// # Errors
/// If a policy was widened, a fact is not of this hop, or it is not granted.
pub fn must_be_granted(grant: &OnwardGrant, at: Timestamp) -> Result<(), Rejection> {
    let action = action(&grant.action)?;
    let made = policies(&grant.original, &grant.sender, &grant.receiver, &grant.limits, &grant.action)?;
    if made != grant.policies {
        return Err(Rejection::conflict(
            "policy-widened",
            "随附的策略不是原策略按转授限制收窄的结果",
            "the policies that go with it are not what the sender's leave",
        )
        .clause("/grant/policies"));
    }
    let request: Request = serde_json::from_value(grant.request.clone()).map_err(|error| {
        bad("/grant/request", format!("判定事实无法解析：{error}"), format!("the facts do not parse: {error}"))
    })?;
    let age = request.time.map(|time| at.as_second().saturating_sub(time.as_second()));
    let told = [
        ("/grant/request/action", request.action.known() == Some(action)),
        ("/grant/request/subject", request.subject.as_deref() == Some(grant.receiver_entity_id.as_str())),
        ("/grant/request/connector", request.connector.as_deref() == Some(grant.sender.as_str())),
        ("/grant/request/product", request.product.as_deref() == Some(grant.product_id.as_str())),
        ("/grant/request/dataRecord", request.data_record == Some(grant.rows)),
        ("/grant/request/time", age.is_some_and(|age| (0..=FACTS_SECONDS).contains(&age))),
    ];
    if let Some((at, _)) = told.into_iter().find(|(_, fits)| !fits) {
        return Err(bad(at, "判定事实与转授不符", "a fact is not of this hop"));
    }
    let original = read(&grant.original)?;
    let decision = verify_all(&original, &request);
    if decision.decision != Verdict::Allow {
        return Err(super::not_granted(&decision));
    }
    for policy in &original {
        if let Some(clause) = policy.unnamed_receivers(action).or_else(|| policy.indivisible()) {
            return Err(Rejection::conflict(
                "onward-not-granted",
                "合约没有明确分发对象，或其计数不能拆分",
                "the contract names no receivers, or counts uses in a way that cannot be divided",
            )
            .clause(clause));
        }
    }
    must_not_exceed(grant, 0)
}

/// That the uses that go with a hop, with those that went before from the same source, are within what the contract counts.
///
/// # Errors
/// If they are not, with the clause.
pub fn must_not_exceed(grant: &OnwardGrant, gone: u64) -> Result<(), Rejection> {
    for policy in read(&grant.original)? {
        let Some((limit, clause)) = policy.least_count() else { continue };
        let uses = grant.limits.uses.unwrap_or_default();
        if uses == 0 || gone.saturating_add(uses) > limit {
            return Err(Rejection::conflict(
                "uses-exceeded",
                format!("合约限定 {limit} 次使用，已转出 {gone} 次，不能再转出 {uses} 次"),
                format!("the contract counts {limit} uses, {gone} have gone on, {uses} more cannot"),
            )
            .clause(clause));
        }
    }
    Ok(())
}

fn read(documents: &[Value]) -> Result<Vec<Policy>, Rejection> {
    documents.iter().map(|document| xinyu_policy::parse_value(document).map_err(|_| unreadable())).collect()
}

/// That a policy does not parse.
pub(super) fn unreadable() -> Rejection {
    bad("/grant/original", "策略无法解析", "a policy does not parse")
}

/// Verifies the file of a hop, offline: every statement is its author's and follows the one before, and nothing was widened. The hop, and the key id of the
/// platform that vouches for who signed.
///
/// # Errors
/// What is wrong.
pub fn verify_file(bytes: &[u8], platform_key: Option<&str>) -> Result<(Onward, String), Rejection> {
    let file: OnwardFile = serde_json::from_slice(bytes)
        .map_err(|error| bad("", format!("文件无法解析：{error}"), format!("the file does not parse: {error}")))?;
    let first = file.steps.first().ok_or_else(|| bad("/steps", "没有陈述", "there is no statement"))?;
    let suite = suite(&first.statement)?;
    let keys = platform_keys(&file.keys)?;
    let kid = keys.signing(suite).kid();
    if platform_key.is_some_and(|wanted| wanted != kid) {
        return Err(bad(
            "/keys",
            format!("平台密钥是 {kid}，不是所指定的"),
            format!("the platform's key is {kid}, not the one asked for"),
        ));
    }
    let place = place_of(&first.statement, file.platform_id.as_str(), suite).ok_or_else(|| {
        bad("/steps/0/statement/grant", "第一条陈述没有转授内容", "the first statement hands nothing on")
    })?;
    let issuer = PartyId::from(file.platform_id.clone());
    let trust = Trust { issuer: &issuer, keys: &keys };
    let mut onward = None;
    for step in file.steps {
        check_step(&step, &trust, step.statement.at)?;
        onward = Some(take(onward, step, &place)?);
    }
    let onward = onward.ok_or_else(|| bad("/steps", "没有陈述", "there is no statement"))?;
    must_be_granted(&onward.grant, onward.offered_at)?;
    Ok((onward, kid))
}

fn bad(at: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Rejection {
    Rejection::bad("onward-statement", zh, en).clause(at)
}
