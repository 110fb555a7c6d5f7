//! The life of a listed product: versions, each through the review gate; taken down by its provider or by the operator, brought back, and out of the register
//! for good. What is in the catalogue stays there while its next version is looked at. NDI-TR-2025-06 §9.2.3, §9.4; TC609-6-2025-16 6.3 b. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_protocol::tc609::catalog::{ListingDecision, ListingRequest, ListingState};
use xinyu_protocol::text::Text;

use super::Listing;
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;
use crate::review::{Finding, RULE, Severity, is_clear, must_not_block};

/// The clause on versions.
pub const VERSIONS: &str = "NDI-TR-2025-06 §9.2.3";
/// The clause on the end.
pub const END: &str = "NDI-TR-2025-06 §9.4";
/// Characters of a reason at most.
const REASON: usize = 1024;

/// One version of a product, as it is kept. NDI-TR-2025-06 §9.2.3 c.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// What was asked for, with the number of the version and the reason.
    pub request: ListingRequest,
    /// What the gate found.
    pub findings: Vec<Finding>,
    /// Where it stands.
    pub state: ListingState,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// Why, when refused or taken down.
    pub note: String,
}

/// What waits for the operator besides the version that counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// A new version of what is in the catalogue.
    Version(Box<Edition>),
    /// To be taken out of the register.
    Deregistration {
        /// Why.
        reason: String,
        /// When it was asked for.
        asked_at: Timestamp,
    },
}

/// What became of a product, by whom, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// Of which version.
    pub version: u32,
    /// What was done: `request`, `list`, `refuse`, `delist`, `ask_deregistration`, `keep` or `deregister`.
    pub act: Act,
    /// The connector that asked, or the name of the person who decided.
    pub by: String,
    /// Why; empty where nobody said.
    pub reason: String,
}

/// What is done to a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// A version is asked for.
    Request,
    /// It comes into the catalogue.
    List,
    /// It does not.
    Refuse,
    /// It is taken down.
    Delist,
    /// Its provider wants it out of the register.
    AskDeregistration,
    /// It stays there.
    Keep,
    /// It is out.
    Deregister,
}

impl Act {
    /// As it stands in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::List => "list",
            Self::Refuse => "refuse",
            Self::Delist => "delist",
            Self::AskDeregistration => "ask_deregistration",
            Self::Keep => "keep",
            Self::Deregister => "deregister",
        }
    }
}

/// A decision of the operator: whether, why, and who made it.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// Whether what waits is approved.
    pub approve: bool,
    /// Why.
    pub note: &'a str,
    /// Who decided.
    pub by: &'a str,
}

/// A product after a change, the versions that are to be kept, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// As it is now.
    pub listing: Listing,
    /// Versions that changed.
    pub editions: Vec<Edition>,
    /// What is recorded and sent.
    pub effects: Vec<Effect>,
}

impl Listing {
    /// The version that counts, as it is kept.
    #[must_use]
    pub fn edition(&self) -> Edition {
        Edition {
            request: self.request.clone(),
            findings: self.findings.clone(),
            state: self.state,
            requested_at: self.requested_at,
            decided_at: self.decided_at,
            note: self.note.clone(),
        }
    }

    /// The version that counts.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.request.version
    }

    /// The latest version that was asked for.
    #[must_use]
    pub fn latest(&self) -> u32 {
        match &self.next {
            Some(Next::Version(edition)) => edition.request.version,
            // One that was dropped or refused has its number for good.
            _ => self.steps.iter().map(|step| step.version).fold(self.version(), u32::max),
        }
    }

    /// Whether the last word on it was a person's no: a refusal, or that the operator took it down.
    fn is_barred(&self) -> bool {
        let last = self.steps.iter().rev().find(|step| matches!(step.act, Act::List | Act::Refuse | Act::Delist));
        last.is_some_and(|step| match step.act {
            Act::Refuse => true,
            Act::Delist => step.by != self.connector_id.as_str(),
            _ => false,
        })
    }

    fn step(&mut self, version: u32, act: Act, (by, reason): (&str, &str), at: Timestamp) {
        self.steps.push(Step { at, version, act, by: by.to_owned(), reason: reason.to_owned() });
    }

    fn record(&self, kind: &'static str, version: u32) -> Draft {
        Draft::new(kind, &self.request.space_id)
            .subject(self.product_id.as_str())
            .fact("provider", self.connector_id.as_str())
            .fact("version", version)
    }

    fn tell(&self, version: u32, state: ListingState, note: &str) -> Result<Effect, Rejection> {
        let decision = ListingDecision {
            listing_id: self.request.listing_id.clone(),
            product_id: self.product_id.clone(),
            state,
            note: note.to_owned(),
            version,
        };
        let (party, path) = (self.connector_id.as_str(), "/tc609/listingDecision");
        Ok(Effect::Send(Outgoing::json(party, format!("party/{party}"), "listing.decision", path, &decision)?))
    }

    fn reviewed(&self, edition: &Edition) -> Effect {
        let blocking = edition.findings.iter().filter(|finding| finding.severity == Severity::Block).count();
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let record = self.record("product.reviewed", edition.request.version);
        Effect::Record(record.fact("blocking", count(blocking)).fact("findings", count(edition.findings.len())))
    }

    /// What counts from now on.
    fn put(&mut self, edition: Edition) {
        let Edition { request, findings, state, requested_at, decided_at, note } = edition;
        (self.request, self.findings, self.state) = (request, findings, state);
        (self.requested_at, self.decided_at, self.note) = (requested_at, decided_at, note);
    }

    /// A next version that is not decided any more; nothing of a deregistration.
    fn drop_next(&mut self, now: Timestamp) -> Vec<Edition> {
        match self.next.take() {
            Some(Next::Version(edition)) => vec![edition.dropped(now)],
            other => {
                self.next = other;
                Vec::new()
            }
        }
    }

    fn must_be_registered(&self) -> Result<(), Rejection> {
        if self.state != ListingState::Deregistered {
            return Ok(());
        }
        Err(Rejection::conflict(
            "product-deregistered",
            format!("产品 {} 已注销", self.product_id),
            format!("product {} is deregistered", self.product_id),
        )
        .clause(END)
        .next(Text::new("请登记为新产品", "list it as a new product")))
    }
}

impl Edition {
    fn dropped(self, now: Timestamp) -> Self {
        Self { state: ListingState::Delisted, decided_at: Some(now), ..self }
    }
}

/// Takes the first request for a product into review.
#[must_use]
pub fn request(mut listing: Listing) -> Turn {
    let (at, by) = (listing.requested_at, listing.connector_id.as_str().to_owned());
    listing.step(listing.version(), Act::Request, (&by, ""), at);
    let edition = listing.edition();
    let effects = vec![listing.reviewed(&edition)];
    Turn { listing, editions: vec![edition], effects }
}

/// A reason that can be kept.
///
/// # Errors
/// If it is empty or too long.
pub fn must_have_reason(reason: &str) -> Result<(), Rejection> {
    let length = reason.trim().chars().count();
    if (1..=REASON).contains(&length) {
        return Ok(());
    }
    Err(Rejection::bad(
        "listing-reason",
        format!("请说明原因，1 至 {REASON} 个字符"),
        format!("say why, in 1 to {REASON} characters"),
    )
    .clause("/reason"))
}

/// A new version, with what the gate found. What is in the catalogue stays there until it is decided.
///
/// # Errors
/// If it is not a later version, or the product is out of the register or about to be.
pub fn update(
    mut listing: Listing,
    request: ListingRequest,
    findings: Vec<Finding>,
    now: Timestamp,
) -> Result<Turn, Rejection> {
    must_have_reason(&request.reason)?;
    listing.must_be_registered()?;
    if matches!(listing.next, Some(Next::Deregistration { .. })) {
        return Err(Rejection::conflict(
            "deregistration-pending",
            format!("产品 {} 的注销申请尚未决定", listing.product_id),
            format!("the deregistration of product {} is still to be decided", listing.product_id),
        )
        .clause(END));
    }
    let latest = listing.latest();
    if request.version <= latest {
        return Err(Rejection::conflict(
            "listing-version",
            format!("产品 {} 已有第 {latest} 版，新版本号应更大，不是 {}", listing.product_id, request.version),
            format!("product {} has version {latest}, a new one is later, not {}", listing.product_id, request.version),
        )
        .clause(VERSIONS));
    }
    if request.space_id != listing.request.space_id {
        let space = &listing.request.space_id;
        return Err(Rejection::bad(
            "listing-space",
            format!("产品 {} 属于空间「{space}」，不能改到另一空间", listing.product_id),
            format!("product {} is of space {space} and cannot move", listing.product_id),
        )
        .clause("/spaceId"));
    }
    let (by, reason) = (listing.connector_id.as_str().to_owned(), request.reason.clone());
    listing.step(request.version, Act::Request, (&by, &reason), now);
    let (state, note) = (ListingState::Reviewing, String::new());
    let edition = Edition { request, findings, state, requested_at: now, decided_at: None, note };
    let effects = vec![listing.reviewed(&edition)];
    let mut editions = listing.drop_next(now);
    editions.push(edition.clone());
    match listing.state {
        ListingState::Listed => listing.next = Some(Next::Version(Box::new(edition))),
        // A version that nobody has decided on is not decided any more.
        ListingState::Reviewing => {
            editions.push(listing.edition().dropped(now));
            listing.put(edition);
        }
        _ => listing.put(edition),
    }
    Ok(Turn { listing, editions, effects })
}

/// The operator's decision over what waits. What the gate blocks cannot be listed.
///
/// # Errors
/// If nothing waits, or the gate blocks it.
pub fn decide(mut listing: Listing, decision: Decision<'_>, now: Timestamp) -> Result<Turn, Rejection> {
    match listing.next.take() {
        Some(Next::Version(edition)) => decide_version(listing, *edition, decision, now),
        Some(Next::Deregistration { .. }) => decide_deregistration(listing, decision, now),
        None if listing.state == ListingState::Reviewing => {
            let edition = listing.edition();
            decide_version(listing, edition, decision, now)
        }
        None => Err(Rejection::conflict(
            "already-decided",
            format!("产品 {} 已有审核结论", listing.product_id),
            format!("product {} is decided already", listing.product_id),
        )),
    }
}

/// Lists a version at once that the gate found nothing against: no block and no warning. What it warns of is for a person, and so is what a
/// person refused or took down. TC609-6-2025-01 §5.3.3.3 b.
///
/// # Errors
/// If a message cannot be written.
pub fn by_rule(turn: Turn, now: Timestamp) -> Result<Turn, Rejection> {
    if turn.listing.is_barred() {
        return Ok(turn);
    }
    let passes = match &turn.listing.next {
        Some(Next::Version(edition)) => is_clear(&edition.findings),
        Some(Next::Deregistration { .. }) => false,
        None => turn.listing.state == ListingState::Reviewing && is_clear(&turn.listing.findings),
    };
    if !passes {
        return Ok(turn);
    }
    let decided = decide(turn.listing, Decision { approve: true, note: "", by: RULE }, now)?;
    let editions = turn.editions.into_iter().chain(decided.editions).collect();
    Ok(Turn { editions, effects: turn.effects.into_iter().chain(decided.effects).collect(), ..decided })
}

fn decide_version(
    mut listing: Listing,
    mut edition: Edition,
    Decision { approve, note, by }: Decision<'_>,
    now: Timestamp,
) -> Result<Turn, Rejection> {
    if approve {
        let id = &listing.product_id;
        must_not_block(&edition.findings, (&format!("产品 {id} "), &format!("product {id}")))?;
    }
    let version = edition.request.version;
    let (state, act, kind) = if approve {
        (ListingState::Listed, Act::List, "product.listed")
    } else {
        (ListingState::Refused, Act::Refuse, "product.refused")
    };
    (edition.state, edition.decided_at) = (state, Some(now));
    note.clone_into(&mut edition.note);
    listing.step(version, act, (by, note), now);
    let record = listing.record(kind, version).fact("by", if by == RULE { RULE } else { "operator" });
    let effects = vec![Effect::Record(record), listing.tell(version, state, note)?];
    // What is in the catalogue stays there when its next version is refused.
    if approve || version == listing.version() {
        listing.put(edition.clone());
    }
    Ok(Turn { listing, editions: vec![edition], effects })
}

fn decide_deregistration(
    mut listing: Listing,
    Decision { approve, note, by }: Decision<'_>,
    now: Timestamp,
) -> Result<Turn, Rejection> {
    let version = listing.version();
    if approve {
        (listing.state, listing.decided_at) = (ListingState::Deregistered, Some(now));
        note.clone_into(&mut listing.note);
    }
    let (act, kind) =
        if approve { (Act::Deregister, "product.deregistered") } else { (Act::Keep, "product.deregistration_refused") };
    listing.step(version, act, (by, note), now);
    let effects = vec![Effect::Record(listing.record(kind, version)), listing.tell(version, listing.state, note)?];
    Ok(Turn { editions: vec![listing.edition()], listing, effects })
}

/// Takes a product down: nobody finds it or applies for it any more; what was agreed on it goes on. A version that waited is not decided any more.
///
/// # Errors
/// If no reason is given, or the product is not in the catalogue.
pub fn delist(mut listing: Listing, (by, reason): (&str, &str), now: Timestamp) -> Result<Turn, Rejection> {
    must_have_reason(reason)?;
    listing.must_be_registered()?;
    if listing.state != ListingState::Listed {
        return Err(Rejection::conflict(
            "product-not-listed",
            format!("产品 {} 不在目录中", listing.product_id),
            format!("product {} is not in the catalogue", listing.product_id),
        )
        .clause("TC609-6-2025-01 §5.2.2.4 b"));
    }
    let (version, state) = (listing.version(), ListingState::Delisted);
    let mut editions = listing.drop_next(now);
    (listing.state, listing.decided_at) = (state, Some(now));
    reason.clone_into(&mut listing.note);
    listing.step(version, Act::Delist, (by, reason), now);
    let side = if by == listing.connector_id.as_str() { "provider" } else { "operator" };
    let record = listing.record("product.delisted", version).fact("by", side);
    let effects = vec![Effect::Record(record), listing.tell(version, state, reason)?];
    editions.push(listing.edition());
    Ok(Turn { listing, editions, effects })
}

/// The provider asks that a product be taken out of the register. The operator decides.
///
/// # Errors
/// If no reason is given, or it is out already.
pub fn ask_deregistration(mut listing: Listing, reason: &str, now: Timestamp) -> Result<Turn, Rejection> {
    must_have_reason(reason)?;
    listing.must_be_registered()?;
    if matches!(listing.next, Some(Next::Deregistration { .. })) {
        return Ok(Turn { listing, editions: Vec::new(), effects: Vec::new() });
    }
    let (version, by) = (listing.version(), listing.connector_id.as_str().to_owned());
    let editions = listing.drop_next(now);
    listing.next = Some(Next::Deregistration { reason: reason.to_owned(), asked_at: now });
    listing.step(version, Act::AskDeregistration, (&by, reason), now);
    let effects = vec![Effect::Record(listing.record("product.deregistration_asked", version))];
    Ok(Turn { listing, editions, effects })
}
