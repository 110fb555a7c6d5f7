//! A proposal of terms (合约协商请求): drawn up, signed, and checked by whoever receives it before anything else is looked at. TC609-6-2025-14 §7.3 a, e,
//! A.2 b. Pure.
//!
//! What may be proposed at all stands in `gate`, what people change of the terms on the table in `change`.

mod change;
mod gate;
#[cfg(test)]
pub(crate) mod tests;

use jiff::Timestamp;
use xinyu_crypto::{SigningKey, Suite};
use xinyu_protocol::id::{ConnectorId, ContractId, ProductId};
use xinyu_protocol::tc609::catalog::CatalogEntry;
use xinyu_protocol::tc609::negotiation::{AgreedProposal, Proposal, ProposedTerms, SignedProposal};
use xinyu_protocol::text::Text;

use super::draft::SIGNING_SKEW_SECONDS;
use super::signing::{self, Trust};
use crate::fault::Rejection;

pub use change::changed;
pub use gate::{Bounds, faults, must_be_acceptable, must_be_well_formed, must_keep_the_shares};

/// Where a proposal has its place: all of this is known before it is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// One contract id through everything.
    pub contract_id: &'a ContractId,
    /// The application.
    pub application_id: &'a str,
    /// The negotiation, under its consumer's name for it.
    pub process: &'a str,
    /// The space.
    pub space_id: &'a str,
    /// Its suite.
    pub suite: Suite,
    /// The product.
    pub product_id: &'a ProductId,
    /// The proposal before.
    pub previous: Option<&'a SignedProposal>,
}

/// The terms of a listing.
#[must_use]
pub fn listed(entry: &CatalogEntry) -> ProposedTerms {
    ProposedTerms {
        policies: entry.policies.clone(),
        revenue: entry.revenue.clone(),
        term: entry.term.clone(),
        service_parties: Vec::new(),
    }
}

/// Draws a proposal up, as the next one of its negotiation.
///
/// # Errors
/// If the proposal before has no canonical form, which its check has ruled out.
pub fn draw_up(
    place: &Place<'_>,
    author: &ConnectorId,
    terms: ProposedTerms,
    now: Timestamp,
) -> Result<Proposal, Rejection> {
    Ok(Proposal {
        contract_id: place.contract_id.clone(),
        application_id: place.application_id.to_owned(),
        process: place.process.to_owned(),
        space_id: place.space_id.to_owned(),
        suite: place.suite.to_string(),
        product_id: place.product_id.clone(),
        round: next_round(place),
        previous: place.previous.map(|previous| digest(&previous.proposal)).transpose()?,
        author: author.clone(),
        issue_time: now,
        terms,
    })
}

fn next_round(place: &Place<'_>) -> u32 {
    place.previous.map_or(0, |previous| previous.proposal.round).saturating_add(1)
}

/// Signs a proposal with its author's key.
///
/// # Errors
/// If it has no canonical form, such as for a number that is none of I-JSON.
pub fn sign(proposal: Proposal, key: &SigningKey, credential: &str) -> Result<SignedProposal, Rejection> {
    let signature = signing::sign_bytes(&bytes(&proposal)?, &proposal.author, key, credential);
    Ok(SignedProposal { proposal, signature })
}

/// The digest of a proposal in its suite: 64 hexadecimal digits. Evidence, the next proposal and the contract name it by this.
///
/// # Errors
/// If its suite is unknown or it has no canonical form.
pub fn digest(proposal: &Proposal) -> Result<String, Rejection> {
    Ok(suite(proposal)?.hash(&bytes(proposal)?).to_string())
}

/// How a contract names the proposal that it is drawn up from.
///
/// # Errors
/// As [`digest`].
pub fn agreed(signed: &SignedProposal) -> Result<AgreedProposal, Rejection> {
    Ok(AgreedProposal { round: signed.proposal.round, digest: digest(&signed.proposal)? })
}

/// Checks that its author signed a proposal: first of all, whatever it says.
///
/// # Errors
/// A [`Rejection`] saying what fails.
pub fn check_signature(
    signed: &SignedProposal,
    author: &str,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<(), Rejection> {
    let (proposal, signer) = (&signed.proposal, &signed.signature.connector_id);
    if proposal.author != *signer || signer.as_str() != author {
        return Err(Rejection::bad(
            "proposal-author",
            format!("提案的提出方 {} 与签名方 {signer} 应都是 {author}", proposal.author),
            format!("author {} and signer {signer} of the proposal must both be {author}", proposal.author),
        )
        .clause("/proposal/author"));
    }
    let message = bytes(proposal)?;
    signing::check_one(&signed.signature, &message, suite(proposal)?, trust, now)
        .map_err(|why| Rejection::bad("proposal-signature", why.zh, why.en).clause("/proposal/signature"))?;
    let ahead = proposal.issue_time.as_second().saturating_sub(now.as_second());
    if ahead > SIGNING_SKEW_SECONDS {
        return Err(Rejection::bad(
            "proposal-time",
            format!("提案的时间比本地时钟早到 {ahead} 秒"),
            format!("the proposal is dated {ahead} s ahead of our clock"),
        )
        .clause("/proposal/proposal/issueTime"));
    }
    Ok(())
}

/// Checks that a proposal is the next one of this negotiation and of no other.
///
/// # Errors
/// A [`Rejection`] naming the member that differs; `stale-round` for one that is not the next.
pub fn check_place(proposal: &Proposal, place: &Place<'_>) -> Result<(), Rejection> {
    let members = [
        ("contractId", proposal.contract_id.as_str(), place.contract_id.as_str()),
        ("applicationId", proposal.application_id.as_str(), place.application_id),
        ("process", proposal.process.as_str(), place.process),
        ("spaceId", proposal.space_id.as_str(), place.space_id),
        ("productId", proposal.product_id.as_str(), place.product_id.as_str()),
    ];
    for (name, theirs, ours) in members {
        if theirs != ours {
            return Err(Rejection::bad(
                "another-proposal",
                format!("提案不属于本协商：{name} 为「{theirs}」，应为「{ours}」"),
                format!("the proposal belongs to another negotiation: {name} is {theirs}, not {ours}"),
            )
            .clause(format!("/proposal/proposal/{name}")));
        }
    }
    if proposal.suite != place.suite.to_string() {
        return Err(Rejection::bad(
            "unknown-suite",
            format!("提案使用密码套件「{}」，本空间为「{}」", proposal.suite, place.suite),
            format!("the proposal uses suite {}, this space uses {}", proposal.suite, place.suite),
        )
        .clause("/proposal/proposal/suite"));
    }
    let expected = next_round(place);
    let previous = place.previous.map(|previous| digest(&previous.proposal)).transpose()?;
    if proposal.round == expected && proposal.previous == previous {
        return Ok(());
    }
    let round = proposal.round;
    let (zh, en) = if round == expected {
        ("其所答复的不是上一轮提案".to_owned(), "it answers another proposal than the one before".to_owned())
    } else {
        (format!("应为第 {expected} 轮"), format!("round {expected} is next"))
    };
    Err(Rejection::conflict(
        "stale-round",
        format!("第 {round} 轮提案不是最新一轮：{zh}"),
        format!("round {round} of the negotiation is not the next: {en}"),
    )
    .clause("TC609-6-2025-14 §7.3 b")
    .next(Text::new("请重新查看协商，就最新一轮答复", "look at the negotiation again and answer its last round")))
}

/// The suite a proposal is signed in.
///
/// # Errors
/// If it is neither `sm` nor `intl`.
pub fn suite(proposal: &Proposal) -> Result<Suite, Rejection> {
    proposal.suite.parse().map_err(|_| {
        Rejection::bad(
            "unknown-suite",
            format!("提案使用了未知的密码套件「{}」", proposal.suite),
            format!("the proposal names an unknown suite {}", proposal.suite),
        )
        .clause("/proposal/proposal/suite")
    })
}

fn bytes(proposal: &Proposal) -> Result<Vec<u8>, Rejection> {
    proposal.signing_bytes().map_err(|error| {
        Rejection::bad(
            "proposal-form",
            format!("提案无法规范化：{}", error.text().zh),
            format!("the proposal has no canonical form: {}", error.text().en),
        )
        .clause("/proposal/proposal")
    })
}
