//! Our side's moves: each is one step of the core, with what it takes to make it (a signature, a check) and what it leaves behind (an agreement).

use serde_json::Value;
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::{self, Move, Negotiation, Next, Offer, Side, State};
use xinyu_protocol::api::connector::Decision;
use xinyu_protocol::dsp::tolerant;
use xinyu_protocol::tc609::contract::{FilingStamp, SignedContract};
use xinyu_protocol::tc609::negotiation::ProposedTerms;
use xinyu_shell::{Failure, effect, standing};
use xinyu_store::{Topic, Tx};

use super::terms::{self, Wanted};
use super::{archive, info, member, partner};
use crate::app::Connector;
use crate::{delegation, stop};

/// What is put on the table.
pub(super) enum OnTable {
    /// With a partner: an offer of ODRL.
    Odrl(Value),
    /// With a member: terms that we sign.
    Terms(Box<ProposedTerms>),
}

/// What our side does.
pub(super) enum Action {
    /// Asks again.
    Request(OnTable),
    /// Offers.
    Offer(OnTable),
    /// Accepts.
    Accept,
    /// Agrees.
    Agree,
    /// Verifies.
    Verify,
    /// Finalises.
    Finalize,
    /// Ends it.
    Terminate(String),
}

impl Action {
    /// The state it leads to.
    fn target(&self) -> State {
        match self {
            Self::Request(_) => State::Requested,
            Self::Offer(_) => State::Offered,
            Self::Accept => State::Accepted,
            Self::Agree => State::Agreed,
            Self::Verify => State::Verified,
            Self::Finalize => State::Finalized,
            Self::Terminate(_) => State::Terminated,
        }
    }

    /// What people decided, over what is on the table of a negotiation with a member.
    pub(super) fn parse(
        decision: &Decision,
        negotiation: &Negotiation,
        table: Option<ProposedTerms>,
    ) -> Result<Self, Rejection> {
        let wanted = Wanted::from(decision);
        if wanted.is_said() && !matches!(decision.action.as_str(), "request" | "offer") {
            return Err(Rejection::bad(
                "terms-not-here",
                format!("动作「{}」不带条款，只有 request 和 offer 可以", decision.action),
                format!("{} takes no terms, only request and offer do", decision.action),
            )
            .clause("/action"));
        }
        let terms = || match (table, &decision.offer) {
            (Some(table), _) => wanted.over(table, &negotiation.product_id).map(Box::new).map(OnTable::Terms),
            (None, offer) => {
                wanted.must_be_an_offer()?;
                let offer = match offer {
                    Some(offer) => partner::well_formed(tolerant::plain(offer.clone()), &negotiation.product_id)?,
                    None => negotiation.offer.clone(),
                };
                Ok(OnTable::Odrl(offer))
            }
        };
        Ok(match decision.action.as_str() {
            "request" => Self::Request(terms()?),
            "offer" => Self::Offer(terms()?),
            "accept" => Self::Accept,
            "agree" => Self::Agree,
            "verify" => Self::Verify,
            "finalize" => Self::Finalize,
            "terminate" => Self::Terminate(decision.note.chars().take(256).collect()),
            unknown => {
                let known = info::MOVES.map(|(name, _)| name).join(", ");
                return Err(Rejection::bad(
                    "unknown-move",
                    format!("未知的动作「{unknown}」，可选：{known}"),
                    format!("unknown move {unknown}, known are {known}"),
                ));
            }
        })
    }
}

/// Makes a move of ours.
///
/// # Errors
/// If the table does not allow it, a regulator holds the contract, or what it takes is not there; nothing was changed then.
pub(super) async fn act(
    connector: &Connector,
    tx: &mut Tx,
    negotiation: Negotiation,
    action: Action,
) -> Result<Negotiation, Failure> {
    if matches!(action, Action::Finalize) && negotiation.awaited().is_some() {
        let id = &negotiation.contract_id;
        return Err(Rejection::conflict(
            "signatures-awaited",
            format!("合约 {id} 的数据服务方尚未全部签署，备案后自动生效"),
            format!("not all service parties have signed contract {id}; it is finalised by itself when it is filed"),
        )
        .clause("TC609-6-2025-14 §7.3 g")
        .into());
    }
    if !matches!(action, Action::Terminate(_)) {
        stop::must_not_hold(tx, &negotiation.contract_id).await?;
        standing::must_stand(&connector.node, tx, &negotiation.peer).await?;
    }
    make(connector, tx, negotiation, action).await
}

async fn make(
    connector: &Connector,
    tx: &mut Tx,
    negotiation: Negotiation,
    action: Action,
) -> Result<Negotiation, Failure> {
    negotiation::must_be_allowed(&negotiation, negotiation.side, action.target())?;
    let is_partner = negotiation.is_with_partner();
    if matches!(action, Action::Agree | Action::Verify) {
        delegation::must_still_act(tx, negotiation.contract_id.as_str()).await?;
    }
    if negotiation.side == Side::Provider {
        match &action {
            Action::Offer(OnTable::Odrl(terms)) => partner::must_hold(connector, &negotiation, terms)?,
            Action::Agree => partner::must_hold(connector, &negotiation, &negotiation.offer)?,
            _ => {}
        }
    }
    let made = match action {
        Action::Request(table) => Move::Request(put(connector, tx, &negotiation, table).await?),
        Action::Offer(table) => Move::Offer(put(connector, tx, &negotiation, table).await?),
        Action::Accept => Move::Accept,
        Action::Agree if is_partner => Move::Agree(partner::agree(connector, &negotiation, tx.now()), None),
        Action::Agree => member::agree(connector, tx, &negotiation).await?,
        Action::Verify if is_partner => partner::verify(connector, &negotiation)?,
        Action::Verify => member::verify(connector, tx, &negotiation).await?,
        Action::Finalize => Move::Finalize,
        Action::Terminate(reason) => Move::Terminate(reason),
    };
    let is_last = matches!(made, Move::Finalize);
    let side = negotiation.side;
    let (mut negotiation, mut effects) = negotiation::step(negotiation, side, made.clone())?;
    archive::keep(connector, tx, &mut negotiation, side, &made).await?;
    if is_last && is_partner {
        partner::keep(connector, tx, &negotiation).await?;
    } else if is_last && agreement_is_new(&negotiation) {
        effects.push(member::keep(connector, tx, &negotiation).await?);
    }
    xinyu_store::negotiation::save(tx, &negotiation).await?;
    effect::apply(&connector.node, tx, effects).await?;
    tx.signal(Topic::Negotiation);
    Ok(negotiation)
}

/// With more than two parties it is kept and filed before it is finalised.
fn agreement_is_new(negotiation: &Negotiation) -> bool {
    !negotiation.contract.as_ref().is_some_and(|signed| signed.contract.has_service_parties())
}

/// A contract of more than two parties was filed with all signatures: it is taken up here, and the provider finalises the negotiation. None: it is not the
/// one that both sides of this negotiation signed.
///
/// # Errors
/// If the store fails.
pub(crate) async fn finalize(
    connector: &Connector,
    tx: &mut Tx,
    mut negotiation: Negotiation,
    signed: SignedContract,
    filing: FilingStamp,
) -> Result<Option<xinyu_core::agreement::Agreement>, Failure> {
    let ours = negotiation.contract.as_ref().filter(|ours| ours.contract.has_service_parties());
    let is_ours = ours.is_some_and(|ours| ours.contract == signed.contract);
    if !is_ours || !matches!(negotiation.state, State::Verified | State::Finalized) {
        return Ok(None);
    }
    xinyu_core::contract::signing::check_complete(&signed, &connector.trust(), tx.now())?;
    negotiation.contract = Some(signed.clone());
    let agreement = member::in_force(connector, tx, &negotiation, signed, filing).await?;
    xinyu_store::negotiation::save(tx, &negotiation).await?;
    if negotiation.side == Side::Provider && negotiation.state == State::Verified {
        make(connector, tx, negotiation, Action::Finalize).await?;
    }
    Ok(Some(agreement))
}

/// Ends a negotiation whose contract has ended; one that is over, or with a side that is not there to hear it, stays as it is.
///
/// # Errors
/// If the store fails.
pub(crate) async fn end(
    connector: &Connector,
    tx: &mut Tx,
    negotiation: Negotiation,
    reason: &str,
) -> Result<(), Failure> {
    if negotiation::must_be_allowed(&negotiation, negotiation.side, State::Terminated).is_err() {
        return Ok(());
    }
    make(connector, tx, negotiation, Action::Terminate(reason.chars().take(256).collect())).await.map(drop)
}

async fn put(connector: &Connector, tx: &mut Tx, negotiation: &Negotiation, table: OnTable) -> Result<Offer, Failure> {
    match table {
        OnTable::Odrl(odrl) => Ok(odrl.into()),
        OnTable::Terms(terms) => terms::propose(connector, tx, negotiation, *terms).await,
    }
}

/// Makes whatever moves need nobody to be asked, unless a regulator holds the contract.
///
/// # Errors
/// As [`act`].
pub(super) async fn advance(
    connector: &Connector,
    tx: &mut Tx,
    mut negotiation: Negotiation,
) -> Result<Negotiation, Failure> {
    if negotiation::next(&negotiation).is_some() {
        let is_held = stop::find(tx, negotiation.contract_id.as_str()).await?.is_some();
        // What nobody may do now waits for somebody who may, or for better days.
        if is_held
            || standing::must_stand(&connector.node, tx, &negotiation.peer).await.is_err()
            || delegation::must_still_act(tx, negotiation.contract_id.as_str()).await.is_err()
        {
            return Ok(negotiation);
        }
    }
    while let Some(next) = negotiation::next(&negotiation) {
        let action = match next {
            Next::Accept => Action::Accept,
            // Terms of the other side's own are not agreed to by rule: a person looks at them.
            Next::Agree if !partner::is_as_offered(tx, &negotiation).await? => return Ok(negotiation),
            Next::Agree => Action::Agree,
            Next::Verify => Action::Verify,
            Next::Finalize => Action::Finalize,
        };
        negotiation = make(connector, tx, negotiation, action).await?;
    }
    Ok(negotiation)
}
