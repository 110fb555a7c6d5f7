//! The rounds of a draft: signed by their author and by whoever stands behind them, each answering the one before. TC609-6-2025-14 §7.3 b, e, h. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use xinyu_crypto::{SigningKey, Suite};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::contract::Signature;
use xinyu_protocol::tc609::draft::{DraftDocument, DraftRound, RoundSignature, SignedRound};
use xinyu_protocol::tc609::negotiation::{AgreedProposal, ProposedTerms};
use xinyu_protocol::text::Text;

use super::suite;
use crate::contract::draft::SIGNING_SKEW_SECONDS;
use crate::contract::signing::{self, Trust};
use crate::fault::Rejection;

/// The longest note.
pub const NOTE: usize = 512;

/// Draws up the next round of a draft. Of the first, name and abstract are what its maker gives; later ones keep them.
///
/// # Errors
/// If the round before has no canonical form, or the note is too long.
pub fn draw_up(
    document: &DraftDocument,
    (name, summary): (&str, &str),
    author: &str,
    terms: ProposedTerms,
    note: &str,
    now: Timestamp,
) -> Result<DraftRound, Rejection> {
    if note.chars().count() > NOTE {
        return Err(Rejection::bad(
            "draft-note",
            format!("说明至多 {NOTE} 个字符"),
            format!("a note has at most {NOTE} characters"),
        )
        .clause("/note"));
    }
    let previous = document.last();
    Ok(DraftRound {
        contract_id: document.contract_id.clone(),
        draft_id: document.draft_id.clone(),
        space_id: document.entry.space_id.clone(),
        suite: document.suite.clone(),
        product_id: document.entry.product_id.clone(),
        provider: document.provider.connector_id.clone(),
        consumer: document.consumer.connector_id.clone(),
        contract_name: name.to_owned(),
        contract_abstract: summary.to_owned(),
        round: previous.map_or(0, |one| one.round.round).saturating_add(1),
        previous: previous.map(|one| digest(&one.round)).transpose()?,
        author: author.to_owned(),
        issue_time: now,
        terms,
        note: note.trim().to_owned(),
    })
}

/// Signs a round: its author, or whoever stands behind it. The platform has no credential.
///
/// # Errors
/// If it has no canonical form.
pub fn sign(
    round: &DraftRound,
    signer: &str,
    key: &SigningKey,
    credential: Option<&str>,
) -> Result<RoundSignature, Rejection> {
    Ok(RoundSignature {
        signer: signer.to_owned(),
        kid: key.public().kid(),
        signature: URL_SAFE_NO_PAD.encode(key.sign(&bytes(round)?)),
        credential: credential.map(str::to_owned),
    })
}

/// The digest of a round in its suite: 64 hexadecimal digits. Evidence, the next round and the contract name it by this.
///
/// # Errors
/// If its suite is unknown or it has no canonical form.
pub fn digest(round: &DraftRound) -> Result<String, Rejection> {
    let suite: Suite = round.suite.parse().map_err(|_| unknown_suite(&round.suite))?;
    Ok(suite.hash(&bytes(round)?).to_string())
}

/// How a contract names the round that it is drawn up from.
///
/// # Errors
/// As [`digest`].
pub fn agreed(signed: &SignedRound) -> Result<AgreedProposal, Rejection> {
    Ok(AgreedProposal { round: signed.round.round, digest: digest(&signed.round)? })
}

/// That a round is by whoever brings it, who has signed it and nobody else has yet.
///
/// # Errors
/// If it is not.
pub fn must_be_by(signed: &SignedRound, by: &str) -> Result<(), Rejection> {
    let signers: Vec<&str> = signed.signatures.iter().map(|one| one.signer.as_str()).collect();
    if signed.round.author == by && signers == [by] {
        return Ok(());
    }
    Err(Rejection::bad(
        "round-author",
        format!("本轮的提出方 {} 与签名方 {} 应都是 {by}", signed.round.author, signers.join(", ")),
        format!("author {} and signer {} of the round must both be {by}", signed.round.author, signers.join(", ")),
    )
    .clause("/round/round/author"))
}

/// Checks all signatures under a round: the author's is first, nobody signs twice, and only the two sides and the platform sign at all.
///
/// # Errors
/// A [`Rejection`] naming the signature that fails.
pub fn check_signatures(
    signed: &SignedRound,
    document: &DraftDocument,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<(), Rejection> {
    let (suite, message) = (suite(document)?, bytes(&signed.round)?);
    let fail = |at: usize, text: Text| {
        Err(Rejection::bad("round-signature", text.zh, text.en).clause(format!("/round/signatures/{at}")))
    };
    if signed.signatures.first().is_none_or(|first| first.signer != signed.round.author) {
        return fail(0, Text::new("提出方没有签署本轮", "the author has not signed the round"));
    }
    for (at, one) in signed.signatures.iter().enumerate() {
        let signer = &one.signer;
        if signed.signatures.iter().take(at).any(|other| other.signer == *signer) {
            return fail(at, Text::new(format!("{signer} 重复签名"), format!("{signer} signed twice")));
        }
        let checked = if signer == trust.issuer.as_str() && at == 0 {
            by_platform(one, &message, suite, trust)
        } else if document.is_side(signer) {
            by_side(one, &message, suite, trust, now)
        } else {
            Err(Text::new(format!("{signer} 不是草案的一方"), format!("{signer} is no party of the draft")))
        };
        if let Err(text) = checked {
            return fail(at, text);
        }
    }
    let ahead = signed.round.issue_time.as_second().saturating_sub(now.as_second());
    if ahead > SIGNING_SKEW_SECONDS {
        return Err(Rejection::bad(
            "round-time",
            format!("本轮的时间比本地时钟早到 {ahead} 秒"),
            format!("the round is dated {ahead} s ahead of our clock"),
        )
        .clause("/round/round/issueTime"));
    }
    Ok(())
}

fn by_platform(one: &RoundSignature, message: &[u8], suite: Suite, trust: &Trust<'_>) -> Result<(), Text> {
    let wrong = |_| Text::new("平台的签名与本轮不符", "the platform's signature does not fit the round");
    let raw = URL_SAFE_NO_PAD.decode(&one.signature).map_err(|error| {
        Text::new(format!("签名编码无效：{error}"), format!("the signature is not base64url: {error}"))
    })?;
    let key = trust.keys.by_kid(&one.kid).filter(|key| key.suite() == suite);
    let key = key.ok_or_else(|| Text::new("不是平台的密钥", "it is no key of the platform's"))?;
    key.verify(message, &raw).map_err(wrong)
}

fn by_side(one: &RoundSignature, message: &[u8], suite: Suite, trust: &Trust<'_>, now: Timestamp) -> Result<(), Text> {
    let signer = &one.signer;
    let connector_id = ConnectorId::parse(signer).map_err(|error| error.text())?;
    let credential = one.credential.clone().ok_or_else(|| {
        Text::new(format!("{signer} 的签名缺少凭证"), format!("the signature of {signer} has no credential"))
    })?;
    let signature = Signature { connector_id, kid: one.kid.clone(), signature: one.signature.clone(), credential };
    signing::check_one(&signature, message, suite, trust, now).map(drop)
}

/// Checks that a round of a draft is of this draft and of no other, and answers the one before.
///
/// # Errors
/// A [`Rejection`] naming the member that differs; `stale-round` for one that is not the next.
pub fn check_place(document: &DraftDocument, index: usize) -> Result<(), Rejection> {
    let Some(signed) = document.rounds.get(index) else { return Ok(()) };
    let (round, before) = (&signed.round, index.checked_sub(1).and_then(|before| document.rounds.get(before)));
    let first = document.rounds.first().map(|first| &first.round);
    let name = first.map_or("", |first| first.contract_name.as_str());
    let summary = first.map_or("", |first| first.contract_abstract.as_str());
    let members = [
        ("contractId", round.contract_id.as_str(), document.contract_id.as_str()),
        ("draftId", round.draft_id.as_str(), document.draft_id.as_str()),
        ("spaceId", round.space_id.as_str(), document.entry.space_id.as_str()),
        ("suite", round.suite.as_str(), document.suite.as_str()),
        ("productId", round.product_id.as_str(), document.entry.product_id.as_str()),
        ("provider", round.provider.as_str(), document.provider.connector_id.as_str()),
        ("consumer", round.consumer.as_str(), document.consumer.connector_id.as_str()),
        ("contractName", round.contract_name.as_str(), name),
        ("contractAbstract", round.contract_abstract.as_str(), summary),
    ];
    for (name, theirs, ours) in members {
        if theirs != ours {
            return Err(Rejection::bad(
                "another-round",
                format!("该轮不属于本草案：{name} 为「{theirs}」，应为「{ours}」"),
                format!("the round belongs to another draft: {name} is {theirs}, not {ours}"),
            )
            .clause(format!("/round/round/{name}")));
        }
    }
    let expected = before.map_or(0, |before| before.round.round).saturating_add(1);
    let previous = before.map(|before| digest(&before.round)).transpose()?;
    if round.round == expected && round.previous == previous {
        return Ok(());
    }
    let number = round.round;
    Err(Rejection::conflict(
        "stale-round",
        format!("第 {number} 轮所答复的不是最新一轮，应为第 {expected} 轮"),
        format!("round {number} does not answer the last round: round {expected} is next"),
    )
    .clause("TC609-6-2025-14 §7.3 b")
    .next(Text::new("请重新查看草案，就最新一轮答复", "look at the draft again and answer its last round")))
}

fn unknown_suite(suite: &str) -> Rejection {
    Rejection::bad("unknown-suite", format!("未知的密码套件「{suite}」"), format!("suite {suite} is unknown"))
        .clause("/round/round/suite")
}

fn bytes(round: &DraftRound) -> Result<Vec<u8>, Rejection> {
    round.signing_bytes().map_err(|error| {
        Rejection::bad(
            "round-form",
            format!("本轮无法规范化：{}", error.text().zh),
            format!("the round has no canonical form: {}", error.text().en),
        )
        .clause("/round/round")
    })
}
