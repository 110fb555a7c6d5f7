//! Drafts at a party (平台参与协商): the platform puts a contract before us, our people take it, propose other terms, or refuse, with our own key; what both stand
//! behind is signed by `POST /countersignings/{id}/decision` as any text that we are asked to sign. TC609-6-2025-14 §7.3 c, d, g, A.3.

pub mod force;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use xinyu_core::contract::proposal::changed;
use xinyu_core::delegation::Deed;
use xinyu_core::draft::held::{self, Hand, Held};
use xinyu_core::draft::{self, last, unknown};
use xinyu_core::fault::Rejection;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::draft::{DraftDecision, DraftInfo, DraftLife};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::draft::{DraftAnswer, DraftDocument};
use xinyu_protocol::tc609::negotiation::ProposedTerms;
use xinyu_shell::draft::{View, info, life};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, standing};
use xinyu_store::audit::Happened;
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::negotiation::{credential, me};
use crate::{delegation, party, stop};

/// The most that a list shows.
const MOST: u32 = 200;

/// `POST /tc609/draft`, by the platform: a draft that we are a side of, as it stands.
///
/// # Errors
/// If it is not ours, a signature does not hold, or what we know of it was rewritten.
pub async fn told(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let document: DraftDocument = call.parse()?;
    let this = connector.clone();
    call.once(&connector.node, "draft.told", move |tx| {
        Box::pin(async move {
            take_in(&this, tx, document).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// Takes in what the platform says of a draft.
///
/// # Errors
/// As [`told`].
pub(crate) async fn take_in(connector: &Connector, tx: &mut Tx, document: DraftDocument) -> Result<(), Failure> {
    let (own, now) = (me(connector)?, tx.now());
    let held = xinyu_store::draft::lock_held(tx, document.contract_id.as_str()).await?;
    if held.is_none() {
        // Whoever stands on the other side is learnt with the draft.
        for card in document.sides().into_iter().filter(|card| card.connector_id != own) {
            xinyu_store::party::save(tx, &party::check(&connector.node, card)?).await?;
        }
    }
    let held = held::receive(held, document, &own, &connector.trust(), now)?;
    xinyu_store::draft::hold(tx, &held).await?;
    tx.signal(Topic::Contract);
    Ok(())
}

/// `GET /api/v1/drafts`: those that were put before us, newest first.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<DraftInfo>>, Failure> {
    let this = connector.clone();
    let items = connector.node.store.read("draft.list", move |tx| {
        Box::pin(async move {
            let (own, now, platform) = (me(&this), tx.now(), this.node.platform_id());
            let all = xinyu_store::draft::list_held(tx, MOST).await?;
            let Ok(own) = own else { return Ok(Vec::new()) };
            let mut items = Vec::new();
            for held in &all {
                let signed = signatures(tx, held).await?;
                let has_signed = |party: &str| signed.iter().any(|one| one == party);
                items.push(info(&held.document, &view(held, own.as_str(), &platform, &has_signed, now))?);
            }
            Ok::<_, Failure>(items)
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// `GET /api/v1/drafts/{id}`: all rounds, with their differences and who stands behind each.
///
/// # Errors
/// If there is no such draft here.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<DraftLife>, Failure> {
    let this = connector.clone();
    let shown = connector.node.store.read("draft.show", move |tx| Box::pin(async move { whole(&this, tx, &id).await }));
    Ok(Json(shown.await?))
}

/// `GET /api/v1/drafts/{id}/file`: the draft with all rounds and signatures, in canonical form, for the archive.
///
/// # Errors
/// If there is no such draft here.
pub async fn export(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Response, Failure> {
    let found = connector.node.store.read("draft.export", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::draft::find_held(tx, &id).await?;
            found.ok_or_else(|| Failure::from(unknown(&id)))
        })
    });
    let bytes = xinyu_protocol::json::canonical(&found.await?.document).map_err(Failure::broken)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// `POST /api/v1/drafts/{id}/decision`: our people take the round on the table, propose another, or refuse with a reason.
///
/// # Errors
/// If another round is on the table than the one that was shown, the terms are not in order, it is too late, the contract is held, or the person may not act
/// for us.
pub async fn decide(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<DraftDecision>,
) -> Result<Json<DraftLife>, Failure> {
    let (this, decision) = (connector.clone(), body.value);
    let wanted = id.clone();
    let found = connector.node.store.read("draft.find", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::draft::find_held(tx, &wanted).await?;
            found.ok_or_else(|| Failure::from(unknown(&wanted)))
        })
    });
    let found = found.await?;
    draft::must_be_last(&found.document, &decision.digest)?;
    let terms = terms(&found.document, &decision)?;
    // Whoever binds the organisation must be allowed to, and the platform is asked before.
    let deed = Deed {
        product_id: found.document.entry.product_id.to_string(),
        amount_fen: delegation::amount(terms.as_ref().unwrap_or(&last(&found.document)?.round.terms)),
    };
    let acting = match decision.action.as_str() {
        "take" | "propose" => delegation::who_signs(&connector, &person, deed.clone()).await?,
        _ => None,
    };
    let decided = connector.node.store.write("draft.decide", move |tx| {
        Box::pin(async move {
            let held = xinyu_store::draft::lock_held(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            let (own, platform, now) = (me(&this)?, this.node.platform_id(), tx.now());
            let (suite, credential) = (draft::suite(&held.document)?, credential(&this.node)?);
            let key = this.node.ring.signing(suite);
            let hand = Hand { me: &own, key, credential: &credential, platform: &platform };
            if decision.action != "refuse" {
                stop::must_not_hold(tx, &held.document.contract_id).await?;
                for other in held.document.sides().into_iter().filter(|card| card.connector_id != own) {
                    standing::must_stand(&this.node, tx, other.connector_id.as_str()).await?;
                }
                if let Some(acting) = &acting {
                    delegation::must_allow(tx, acting, &deed).await?;
                }
            }
            let (held, effects) = match (decision.action.as_str(), terms) {
                ("take", _) => held::take(held, &decision.digest, hand, now)?,
                ("propose", Some(terms)) => held::propose(held, &decision.digest, (terms, &decision.note), hand, now)?,
                ("refuse", _) => held::refuse(held, &decision.digest, &decision.note, hand, now)?,
                (unknown, _) => return Err(unknown_move(unknown).into()),
            };
            xinyu_store::draft::hold(tx, &held).await?;
            effect::apply(&this.node, tx, effects).await?;
            let happened = Happened {
                detail: decision.digest.clone(),
                ..person.happened(&format!("draft.{}", decision.action), &id, "done")
            };
            xinyu_store::audit::append(tx, &happened).await?;
            tx.signal(Topic::Contract);
            whole(&this, tx, &id).await
        })
    });
    Ok(Json(decided.await?))
}

fn unknown_move(action: &str) -> Rejection {
    Rejection::bad(
        "unknown-move",
        format!("未知的动作「{action}」，可选：take, propose, refuse"),
        format!("unknown move {action}, known are take, propose, refuse"),
    )
    .clause("/action")
}

/// What our people want on the table; none, where they propose nothing.
fn terms(document: &DraftDocument, decision: &DraftDecision) -> Result<Option<ProposedTerms>, Rejection> {
    let is_said = decision.terms.is_some() || decision.change.is_some();
    match decision.action.as_str() {
        "propose" => {
            let table = decision.terms.clone().map_or_else(|| Ok(last(document)?.round.terms.clone()), Ok)?;
            decision.change.as_ref().map_or(Ok(table.clone()), |change| changed(table, change)).map(Some)
        }
        "take" | "refuse" if is_said => Err(Rejection::bad(
            "terms-not-here",
            format!("动作「{}」不带条款，只有 propose 可以", decision.action),
            format!("{} takes no terms, only propose does", decision.action),
        )
        .clause("/action")),
        "take" | "refuse" => Ok(None),
        other => Err(unknown_move(other)),
    }
}

/// The platform did not take our answer: so our people see why.
///
/// # Errors
/// If the store fails.
pub(crate) async fn not_taken(tx: &mut Tx, body: &[u8], why: &str) -> Result<(), Failure> {
    let Ok(answer) = serde_json::from_slice::<DraftAnswer>(body) else {
        return Ok(());
    };
    if let Some(held) = xinyu_store::draft::lock_held(tx, answer.contract_id.as_str()).await? {
        xinyu_store::draft::hold(tx, &held::not_taken(held, &answer, why)).await?;
        tx.signal(Topic::Contract);
    }
    Ok(())
}

fn view<'a>(
    held: &Held,
    own: &str,
    platform: &'a str,
    has_signed: &'a dyn Fn(&str) -> bool,
    now: jiff::Timestamp,
) -> View<'a> {
    let mut moves = held.moves(own, now);
    if has_signed(own) {
        moves.retain(|one| *one != "sign");
    }
    View { moves, note: held.note.clone(), platform: (platform, PLATFORM), has_signed }
}

/// A connector knows its platform by its identifier.
const PLATFORM: &str = "平台运营方 / platform operator";

async fn whole(connector: &Connector, tx: &mut Tx, id: &str) -> Result<DraftLife, Failure> {
    let held = xinyu_store::draft::find_held(tx, id).await?.ok_or_else(|| unknown(id))?;
    let signed = signatures(tx, &held).await?;
    let has_signed = |party: &str| signed.iter().any(|one| one == party);
    let (own, platform, now) = (me(connector)?, connector.node.platform_id(), tx.now());
    Ok(life(&held.document, &view(&held, own.as_str(), &platform, &has_signed, now))?)
}

/// The parties of which we know that they have signed what came of a draft.
async fn signatures(tx: &mut Tx, held: &Held) -> Result<Vec<String>, Failure> {
    let Some(hash) = &held.document.contract_hash else { return Ok(Vec::new()) };
    let all = xinyu_store::countersigning::of_contract(tx, held.document.contract_id.as_str()).await?;
    let own = all.into_iter().find(|one| one.contract_hash == *hash);
    let signed = own.map(|one| one.signed.signatures).unwrap_or_default();
    Ok(signed.into_iter().map(|one| one.connector_id.to_string()).collect())
}
