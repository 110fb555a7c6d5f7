//! With a partner, another maker's connector: what its protocol cannot carry (signatures, filing) the space's rules say whether we do without. What is
//! agreed is an ODRL agreement, and it is kept when it is finalised, never before.

use jiff::Timestamp;
use serde_json::Value;
use xinyu_core::agreement::{Agreement, Terms};
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::{Move, Negotiation, Side, same_rules};
use xinyu_core::partner::{self, Parties};
use xinyu_core::termination::End;
use xinyu_core::transfer;
use xinyu_core::usage::{Holding, HoldingState};
use xinyu_policy::{OdrlIds, OdrlKind};
use xinyu_protocol::dsp::negotiation::OfferHead;
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::application::ApplicationNotice;
use xinyu_protocol::tc609::metering::Meter;
use xinyu_protocol::tc609::partner::PartnerContract;
use xinyu_shell::Failure;
use xinyu_shell::arranged::{Arranged, ArrangedKind};
use xinyu_store::Tx;

use super::member::me;
use crate::app::Connector;
use crate::{stop, termination};

/// That the rules of a space let an agreement be enough that nobody signed.
pub(super) fn must_be_enough(connector: &Connector, space_id: &str) -> Result<(), Rejection> {
    let rules = connector.node.rules_of(space_id);
    partner::must_be_enough(rules.is_some_and(|rules| rules.unsigned_agreements), space_id)
}

/// That the other side, where it is a connector of another maker that consumes, can keep what is to be agreed.
///
/// # Errors
/// Naming what it cannot keep.
pub(super) fn must_hold(connector: &Connector, negotiation: &Negotiation, offer: &Value) -> Result<(), Rejection> {
    match connector.node.arranged.find(ArrangedKind::Partner, &negotiation.peer) {
        Some(partner) => crate::catalog::must_hold(&partner, offer),
        None => Ok(()),
    }
}

/// A contract id for a contract with a partner: of our platform, composed here.
pub(super) fn contract_id(connector: &Connector, tx: &Tx) -> Result<ContractId, Failure> {
    let platform = connector.node.platform.id.platform().ok_or_else(|| Failure::broken("the platform id is none"))?;
    Ok(ContractId::compose(&platform, tx.now(), tx.entropy()))
}

/// Tells the platform of the contract, ahead of everything that is recorded about it.
pub(super) fn tell(
    connector: &Connector,
    negotiation: &Negotiation,
    partner: &Arranged,
    product_name: &str,
) -> Result<Effect, Failure> {
    let told = PartnerContract {
        contract_id: negotiation.contract_id.clone(),
        space_id: negotiation.space_id.clone(),
        product_id: negotiation.product_id.clone(),
        product_name: product_name.to_owned(),
        side: negotiation.side.as_str().to_owned(),
        partner_id: partner.id.clone(),
        partner_name: partner.title.clone(),
    };
    let stream = format!("evidence/{}", negotiation.contract_id);
    let to = connector.node.platform_id();
    Ok(Effect::Send(Outgoing::json(&to, stream, "partner.contract", "/tc609/partnerContract", &told)?))
}

/// An offer as DSP carries it in a message, over this thing: an `Offer` with a name, at least one rule, and rules that our policy engine can keep.
pub(super) fn well_formed(mut offer: Value, target: &str) -> Result<Value, Rejection> {
    let refuse = |zh: String, en: String, clause: &str| Rejection::bad("offer", zh, en).clause(clause);
    let head: OfferHead = serde_json::from_value(offer.clone()).map_err(|error| {
        refuse(format!("要约无法解析：{error}"), format!("the offer does not parse: {error}"), "/offer")
    })?;
    if head.target.as_deref().is_some_and(|found| found != target) {
        return Err(refuse(
            "要约的标的不是所协商的产品".to_owned(),
            "the offer is not over what is negotiated".to_owned(),
            "/offer/target",
        ));
    }
    let has_rules = ["permission", "prohibition"].iter().any(|kind| offer.get(kind).is_some_and(Value::is_array));
    if !has_rules {
        return Err(refuse(
            "要约不含任何许可或禁止".to_owned(),
            "the offer has neither a permission nor a prohibition".to_owned(),
            "/offer/permission",
        ));
    }
    if let Value::Object(members) = &mut offer {
        members.remove("@context");
        members.insert("@type".to_owned(), Value::from("Offer"));
        members.insert("target".to_owned(), Value::from(target));
    }
    Ok(offer)
}

/// The offer of a product of ours, as it stands in the catalogue.
pub(crate) fn offer_of(
    offering: &xinyu_core::offering::Offering,
    product: &str,
    target: Option<&str>,
    assigner: &str,
) -> Result<Value, Failure> {
    let document = xinyu_core::listing::policy_document(&offering.request.policies);
    let policy = xinyu_policy::parse_value(&document).map_err(|errors| unreadable(&errors))?;
    let ids = OdrlIds {
        id: format!("urn:xinyu:offer:{product}"),
        target: target.map(str::to_owned),
        assigner: Some(assigner.to_owned()),
        assignee: None,
    };
    Ok(policy.to_odrl(OdrlKind::Offer, &ids))
}

/// Policies that our engine does not read.
pub(crate) fn unreadable(errors: &[xinyu_policy::ParseError]) -> Rejection {
    match errors.first() {
        Some(error) => {
            Rejection::bad("policy", error.text.zh.clone(), error.text.en.clone()).clause(error.pointer.clone())
        }
        None => Rejection::bad("policy", "合约策略无法解析", "the policies do not parse"),
    }
}

/// Whether what the consumer asks for is what we offer: of a partner the rules, of a member the very terms of the listing, as they were when its
/// application was approved. Nothing else is agreed to by rule.
pub(super) async fn is_as_offered(tx: &mut Tx, negotiation: &Negotiation) -> Result<bool, Failure> {
    // What we offered and they accepted needs no comparison.
    if negotiation.side == Side::Consumer || negotiation.state == xinyu_core::negotiation::State::Accepted {
        return Ok(true);
    }
    if let Some(application) = &negotiation.application_id {
        let notice = xinyu_store::notice::find(tx, application).await?;
        let is_listed = |notice: &ApplicationNotice| {
            super::terms::on_table(negotiation, notice) == xinyu_core::contract::proposal::listed(&notice.entry)
        };
        return Ok(notice.as_ref().is_some_and(is_listed));
    }
    let Some(offering) = xinyu_store::offering::find_by_target(tx, &negotiation.product_id).await? else {
        return Ok(false);
    };
    let ours = offer_of(&offering, &negotiation.product_id, None, "")?;
    Ok(same_rules(&ours, &negotiation.offer))
}

/// Under what name a partner knows us.
pub(crate) fn name_of_us(connector: &Connector, partner: &str) -> String {
    let arranged = connector.node.arranged.find(ArrangedKind::Partner, partner);
    let known_as = arranged.and_then(|partner| partner.known_as.clone());
    known_as.or_else(|| connector.node.party().map(|party| party.as_str().to_owned())).unwrap_or_default()
}

/// The provider draws the agreement up.
pub(super) fn agree(connector: &Connector, negotiation: &Negotiation, now: Timestamp) -> Value {
    let me = name_of_us(connector, &negotiation.peer);
    let id = format!("urn:xinyu:agreement:{}", negotiation.contract_id);
    let parties =
        Parties { agreement_id: &id, target: &negotiation.product_id, assigner: &me, assignee: &negotiation.peer };
    partner::agreement(&negotiation.offer, &parties, now)
}

/// The consumer checks what the provider drew up, and that our policy engine can keep it: what it cannot read it could not control.
pub(super) fn verify(connector: &Connector, negotiation: &Negotiation) -> Result<Move, Failure> {
    must_be_enough(connector, &negotiation.space_id)?;
    let agreement = negotiation.agreement.as_ref().ok_or_else(|| Failure::broken("nothing was agreed"))?;
    partner::check(agreement, &negotiation.offer, &negotiation.product_id)?;
    Ok(Move::Verify(None))
}

/// Keeps a finalised agreement, and on the consumer's side the place for its data.
pub(super) async fn keep(connector: &Connector, tx: &mut Tx, negotiation: &Negotiation) -> Result<(), Failure> {
    let terms = negotiation.agreement.clone().ok_or_else(|| Failure::broken("nothing was agreed"))?;
    let name = terms.get("@id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let suite = connector.node.suite_of(&negotiation.space_id);
    let bytes = xinyu_protocol::json::canonical(&terms).map_err(Failure::broken)?;
    // The partner may have finalised what a regulator holds.
    let stopped = stop::find(tx, negotiation.contract_id.as_str()).await?;
    let ending = termination::end::find(tx, negotiation.contract_id.as_str()).await?;
    let agreement = Agreement {
        contract_id: negotiation.contract_id.clone(),
        side: negotiation.side,
        space_id: negotiation.space_id.clone(),
        product_id: negotiation.product_id.clone(),
        peer: negotiation.peer.clone(),
        agreement_id: name,
        contract_hash: suite.hash(&bytes).to_string(),
        terms: Terms::Unsigned(terms.clone()),
        filing: None,
        stopped: stopped.clone(),
        statement: None,
        ending: ending.clone(),
        ended_at: None,
    };
    xinyu_store::agreement::save(tx, &agreement).await?;
    if negotiation.side == Side::Provider {
        return Ok(());
    }
    let holding = Holding {
        contract_id: negotiation.contract_id.clone(),
        product_id: negotiation.product_id.clone(),
        space_id: negotiation.space_id.clone(),
        suite,
        provider: negotiation.peer.clone(),
        holder: me(connector)?,
        platform: connector.node.platform_id(),
        state: HoldingState::Awaited,
        stopped,
        ending: ending.as_ref().map(End::of),
        tables: Vec::new(),
        delivered: transfer::Delivered::default(),
        files: Vec::new(),
        duties_done: Vec::new(),
        begun: 0,
        handed_on: 0,
        handing: std::collections::BTreeMap::new(),
        meter: Meter::default(),
        first_use_at: None,
        received_at: None,
        destroyed_at: None,
        latest_at: None,
        after_end: 0,
        terms: Terms::Unsigned(terms),
    };
    Ok(xinyu_store::holding::save(tx, &holding).await?)
}
