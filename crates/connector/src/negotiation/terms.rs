//! Terms among members: what our people propose, signed with our key, and what the other side proposes, whose signature is checked before anything else.
//! TC609-6-2025-14 §7.3 a, b, e.

use serde_json::Value;
use xinyu_core::contract::proposal::{self, Bounds, Place};
use xinyu_core::fault::Rejection;
use xinyu_core::listing::policy_document;
use xinyu_core::negotiation::{Negotiation, Offer, same_rules};
use xinyu_policy::{OdrlIds, OdrlKind};
use xinyu_protocol::api::connector::{Decision, NewNegotiation};
use xinyu_protocol::api::negotiation::TermsChange;
use xinyu_protocol::dsp::tolerant;
use xinyu_protocol::tc609::application::ApplicationNotice;
use xinyu_protocol::tc609::countersigning::ServiceParty;
use xinyu_protocol::tc609::negotiation::{ProposedTerms, SignedProposal};
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;
use xinyu_store::Tx;

use super::member::{self, Ground};
use super::partner;
use crate::app::Connector;

/// What people want on the table, in one of three ways; in none of them: what is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    terms: Option<ProposedTerms>,
    change: Option<TermsChange>,
    offer: Option<Value>,
}

impl From<&Decision> for Wanted {
    fn from(decision: &Decision) -> Self {
        Self { terms: decision.terms.clone(), change: decision.change.clone(), offer: decision.offer.clone() }
    }
}

impl From<&NewNegotiation> for Wanted {
    fn from(new: &NewNegotiation) -> Self {
        Self { terms: new.terms.clone(), change: new.change.clone(), offer: new.offer.clone() }
    }
}

impl Wanted {
    /// Whole terms.
    pub(crate) fn terms(terms: ProposedTerms) -> Self {
        Self { terms: Some(terms), ..Self::default() }
    }

    /// Whether anything is said of the terms.
    pub(crate) fn is_said(&self) -> bool {
        let changes = self.change.as_ref().is_some_and(|change| !change.is_empty());
        changes || self.terms.is_some() || self.offer.is_some()
    }

    /// That nobody asks for this with a partner, which knows nothing but an offer of ODRL.
    pub(super) fn must_be_an_offer(&self) -> Result<(), Rejection> {
        if self.terms.is_none() && self.change.as_ref().is_none_or(TermsChange::is_empty) {
            return Ok(());
        }
        Err(Rejection::bad(
            "terms-with-partner",
            "与其他厂商的连接器协商时，请以 offer（ODRL 要约）给出条款",
            "with another maker's connector give the terms as offer, an offer of ODRL",
        )
        .clause("/terms"))
    }

    /// The terms that are wanted, over what is on the table.
    ///
    /// # Errors
    /// If they are said in two ways at once, or make no sense.
    pub(crate) fn over(&self, table: ProposedTerms, product: &str) -> Result<ProposedTerms, Rejection> {
        if self.terms.is_some() && self.offer.is_some() {
            return Err(Rejection::bad(
                "terms-twice",
                "terms 与 offer 只能给出一个",
                "give either terms or offer, not both",
            )
            .clause("/offer"));
        }
        let base = match (&self.terms, &self.offer) {
            (Some(terms), _) => terms.clone(),
            (None, Some(offer)) => {
                let said = self.change.as_ref().and_then(|change| change.service_parties.as_ref());
                let services = said.unwrap_or(&table.service_parties);
                ProposedTerms { policies: read(offer, product, services)?, ..table }
            }
            (None, None) => table,
        };
        match &self.change {
            Some(change) => proposal::changed(base, change),
            None => Ok(base),
        }
    }
}

/// The policies of an offer of ODRL, without the two sides; a service party stays where a rule names it.
fn read(offer: &Value, product: &str, services: &[ServiceParty]) -> Result<Vec<Value>, Rejection> {
    let offer = partner::well_formed(tolerant::plain(offer.clone()), product)?;
    let policy = xinyu_policy::parse_value(&offer).map_err(|errors| partner::unreadable(&errors))?;
    let mut policies = policy.to_tc609();
    let rules = policies.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut);
    for rule in rules.flat_map(|kinds| kinds.values_mut()).filter_map(Value::as_array_mut).flatten() {
        if let Some(members) = rule.as_object_mut() {
            let named = members.get("executionNode").and_then(|node| node.get("assigneeId")).and_then(Value::as_str);
            match services.iter().find(|party| Some(party.connector_id.as_str()) == named) {
                Some(party) => {
                    let node = serde_json::json!({ "assigneeId": party.connector_id.as_str() });
                    members.insert("executionNode".to_owned(), node);
                }
                None => drop(members.remove("executionNode")),
            }
            members.remove("subject");
        }
    }
    Ok(policies.as_array().cloned().unwrap_or_default())
}

/// The terms on the table of a negotiation with a member; those of the listing, where nobody has proposed others.
pub(super) fn on_table(negotiation: &Negotiation, notice: &ApplicationNotice) -> ProposedTerms {
    match &negotiation.proposal {
        Some(signed) => signed.proposal.terms.clone(),
        None => proposal::listed(&notice.entry),
    }
}

/// The terms that a contract would be signed on now, for whoever asks what it can come to.
///
/// # Errors
/// If the store fails.
pub(crate) async fn of_contract(tx: &mut Tx, notice: &ApplicationNotice) -> Result<ProposedTerms, Failure> {
    let found = xinyu_store::negotiation::find_by_contract(tx, notice.contract_id.as_str()).await?;
    let open = found.filter(|one| one.state != xinyu_core::negotiation::State::Terminated);
    Ok(open.map_or_else(|| proposal::listed(&notice.entry), |one| on_table(&one, notice)))
}

/// Puts terms on the table: within their bounds, signed with our key, as the next round.
///
/// # Errors
/// If they may not be proposed; nothing was changed then.
pub(super) async fn propose(
    connector: &Connector,
    tx: &mut Tx,
    negotiation: &Negotiation,
    terms: ProposedTerms,
) -> Result<Offer, Failure> {
    let ground = member::ground(connector, tx, negotiation).await?;
    proposal::must_be_acceptable(&terms, &ground.bounds())?;
    let odrl = odrl(&terms, &negotiation.product_id, ground.provider_id())?;
    let place = place(negotiation, &ground);
    let drawn = proposal::draw_up(&place, &member::me(connector)?, terms, tx.now())?;
    let signed =
        proposal::sign(drawn, connector.node.ring.signing(place.suite), &member::credential(&connector.node)?)?;
    Ok(Offer { odrl, proposal: Some(Box::new(signed)) })
}

/// Checks what a member proposes: its signature first; then, if it is the next move, its place in this negotiation and its bounds.
///
/// # Errors
/// If it is not signed, not in its place or not acceptable; the negotiation stays where it is.
pub(super) async fn check(
    connector: &Connector,
    tx: &mut Tx,
    negotiation: &Negotiation,
    offer: Value,
    signed: Option<SignedProposal>,
    is_next: bool,
) -> Result<Offer, Failure> {
    let signed = signed.ok_or_else(missing)?;
    let trust = connector.trust();
    proposal::check_signature(&signed, &negotiation.peer, &trust, tx.now())?;
    let odrl = partner::well_formed(offer, &negotiation.product_id)?;
    if is_next {
        let ground = member::ground(connector, tx, negotiation).await?;
        proposal::check_place(&signed.proposal, &place(negotiation, &ground))?;
        proposal::must_be_acceptable(&signed.proposal.terms, &ground.bounds())?;
        let expected = self::odrl(&signed.proposal.terms, &negotiation.product_id, ground.provider_id())?;
        if !same_rules(&odrl, &expected) {
            return Err(Rejection::bad(
                "offer-differs",
                "ODRL 要约与所签署的提案不一致",
                "the offer of ODRL says something else than the signed proposal",
            )
            .clause("/offer/permission")
            .into());
        }
    }
    Ok(Offer { odrl, proposal: Some(Box::new(signed)) })
}

fn missing() -> Rejection {
    Rejection::bad(
        "proposal-missing",
        "成员之间的协商请求须附带经签名的提案",
        "among members a request or an offer carries a signed proposal",
    )
    .clause("TC609-6-2025-14 §7.3 e /tc609:proposal")
    .next(Text::new("请将对方的连接器升级到签署提案的版本", "let the other side's program be one that signs proposals"))
}

fn place<'a>(negotiation: &'a Negotiation, ground: &'a Ground) -> Place<'a> {
    Place {
        contract_id: &negotiation.contract_id,
        application_id: negotiation.application_id.as_deref().unwrap_or_default(),
        process: &negotiation.consumer_pid,
        space_id: &negotiation.space_id,
        suite: ground.suite(),
        product_id: &ground.notice.entry.product_id,
        previous: negotiation.proposal.as_deref(),
    }
}

/// As the Dataspace Protocol carries terms.
pub(super) fn odrl(terms: &ProposedTerms, product: &str, provider: &str) -> Result<Value, Rejection> {
    let policy =
        xinyu_policy::parse_value(&policy_document(&terms.policies)).map_err(|errors| partner::unreadable(&errors))?;
    let ids = OdrlIds {
        id: format!("urn:xinyu:offer:{product}"),
        target: Some(product.to_owned()),
        assigner: Some(provider.to_owned()),
        assignee: None,
    };
    Ok(policy.to_odrl(OdrlKind::Offer, &ids))
}

/// The bounds of terms.
impl Ground {
    fn bounds(&self) -> Bounds<'_> {
        let (provider, consumer) = self.sides();
        Bounds { entry: &self.notice.entry, provider, consumer }
    }
}
