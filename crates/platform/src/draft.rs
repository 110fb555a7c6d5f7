//! Drafts at the platform (平台参与协商): its operator draws a contract up for two members, checks it, puts it before them, and mediates; the two propose, take or
//! refuse at their own connectors. What both stand behind is signed by all and filed by the same way as any other contract ([`crate::countersigning`]): the
//! platform signs for nobody. TC609-6-2025-14 §7.2 c, §7.3 d, A.3.

pub mod clock;
mod make;
pub mod standard;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use xinyu_core::contract::{self, Registered, signing};
use xinyu_core::countersigning::gathering::{self, Gathering};
use xinyu_core::draft::{self, ContractDraft, field, held, last, must_be_last, must_be_open, round, unknown};
use xinyu_core::fault::Rejection;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::draft::{DraftCheck, DraftInfo, DraftLife, DraftWithdrawal, NewDraft, NewDraftRound};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::draft::{DraftAnswer, DraftState, SignedRound};
use xinyu_shell::draft::{View, info, life};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::audit::Happened;
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::contract::{checked, must_be_fileable};
use crate::countersigning;

pub use make::create;

/// The most that a list shows.
const MOST: u32 = 500;

/// `GET /api/v1/drafts`: newest first.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<List<DraftInfo>>, Failure> {
    let this = platform.clone();
    let items = platform.node.store.read("draft.list", move |tx| {
        Box::pin(async move {
            let now = tx.now();
            let all = xinyu_store::draft::list(tx, MOST).await?;
            let line = |one: &ContractDraft| {
                let id = this.node.platform_id();
                info(&one.document, &view(one, &(&id, &this.options.operator_name), &|_| false, now))
            };
            Ok::<_, Failure>(all.iter().map(line).collect::<Result<Vec<_>, _>>()?)
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// `GET /api/v1/drafts/{id}`: all rounds, with their differences and who stands behind each.
///
/// # Errors
/// If there is no such draft.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<DraftLife>, Failure> {
    let this = platform.clone();
    let shown = platform.node.store.read("draft.show", move |tx| Box::pin(async move { whole(&this, tx, &id).await }));
    Ok(Json(shown.await?))
}

/// `GET /api/v1/drafts/{id}/file`: the draft with all rounds and signatures, in canonical form, for the archive.
///
/// # Errors
/// If there is no such draft.
pub async fn export(State(platform): State<Platform>, Path(id): Path<String>, _: Person) -> Result<Response, Failure> {
    let found = platform.node.store.read("draft.export", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::draft::find(tx, &id).await?;
            found.ok_or_else(|| Failure::from(unknown(&id)))
        })
    });
    let bytes = xinyu_protocol::json::canonical(&found.await?.document).map_err(Failure::broken)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// `POST /api/v1/drafts/check`: everything that is missing or wrong in a draft, and what its policies come to. Nothing is stored.
///
/// # Errors
/// If the store fails.
pub async fn check(
    State(platform): State<Platform>,
    _: Person,
    body: StrictJson<NewDraft>,
) -> Result<Json<DraftCheck>, Failure> {
    let new = body.value;
    let found = platform.node.store.read("draft.check", move |tx| {
        Box::pin(async move {
            let around = make::around(tx, &new).await?;
            let now = tx.now();
            Ok::<_, Failure>(field::check(&new, &around, now).check)
        })
    });
    Ok(Json(found.await?))
}

/// `POST /api/v1/drafts/{id}/rounds`: the operator mediates with a round of its own, which both parties have to answer.
///
/// # Errors
/// If another round is on the table than the one that was shown, the terms are not in order, or it is too late.
pub async fn propose(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<NewDraftRound>,
) -> Result<Json<DraftLife>, Failure> {
    let (this, new) = (platform.clone(), body.value);
    let proposed = platform.node.store.write("draft.propose", move |tx| {
        Box::pin(async move {
            let (registered, draft) = lock(tx, &id).await?;
            let (now, document) = (tx.now(), &draft.document);
            must_be_open(document, now)?;
            must_be_last(document, &new.digest)?;
            let before = &last(document)?.round;
            let mut terms = new.terms.clone().unwrap_or_else(|| before.terms.clone());
            if let Some(change) = &new.change {
                terms = contract::proposal::changed(terms, change)?;
            }
            held::must_be_new(document, &terms)?;
            let names = (before.contract_name.as_str(), before.contract_abstract.as_str());
            let signed = make::signed(&this, document, names, terms, &new.note, now)?;
            let by = this.node.platform_id();
            let draft = put(&this, tx, registered, draft, (&by, signed)).await?;
            did(tx, &person, "draft.propose", &draft, "").await?;
            whole(&this, tx, draft.document.contract_id.as_str()).await
        })
    });
    Ok(Json(proposed.await?))
}

/// `POST /api/v1/drafts/{id}/withdrawal`: the operator takes it back, also while it is being signed.
///
/// # Errors
/// If no reason is said, or it has ended.
pub async fn withdraw(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<DraftWithdrawal>,
) -> Result<Json<DraftLife>, Failure> {
    let (this, reason) = (platform.clone(), body.value.reason);
    let withdrawn = platform.node.store.write("draft.withdraw", move |tx| {
        Box::pin(async move {
            xinyu_core::termination::must_be_said(&reason)?;
            let (registered, draft) = lock(tx, &id).await?;
            if draft.document.state.is_final() {
                must_be_open(&draft.document, tx.now())?;
            }
            did(tx, &person, "draft.withdraw", &draft, &reason).await?;
            let by = this.node.platform_id();
            end(&this, tx, registered, draft, (DraftState::Withdrawn, Some(&by), &reason)).await?;
            whole(&this, tx, &id).await
        })
    });
    Ok(Json(withdrawn.await?))
}

/// `POST /tc609/draftAnswer`, by provider or consumer: it takes the round on the table, proposes another, or refuses.
///
/// # Errors
/// If it is no side, another round is on the table, the signature does not hold, or it is too late; nothing is changed then.
pub async fn answered(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let answer: DraftAnswer = call.parse()?;
    let by = call.connector()?;
    let this = platform.clone();
    call.once(&platform.node, "draft.answered", move |tx| {
        Box::pin(async move {
            hear(&this, tx, &by, answer).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// Takes the answer of a party.
async fn hear(
    platform: &Platform,
    tx: &mut Tx,
    by: &ConnectorId,
    answer: DraftAnswer,
) -> Result<ContractDraft, Failure> {
    let (registered, draft) = lock(tx, answer.contract_id.as_str()).await?;
    if !draft.document.is_side(by.as_str()) {
        return Err(unknown(answer.contract_id.as_str()).into());
    }
    let now = tx.now();
    match (answer.signature, answer.round) {
        (Some(_), Some(_)) => Err(Rejection::bad(
            "draft-answer",
            "签名与新一轮只能给出一项",
            "give either a signature or a round, not both",
        )
        .clause("/round")
        .into()),
        (None, Some(signed)) => put(platform, tx, registered, draft, (by.as_str(), signed)).await,
        (Some(signature), None) => {
            contract::must_not_be_frozen(&registered)?;
            must_go_on(tx, &draft).await?;
            let ContractDraft { document, made_by, asked } = draft;
            let trust = checked::trust(platform);
            let (document, is_new) = draft::take(document, by, &answer.digest, signature, &trust.as_trust(), now)?;
            let draft = ContractDraft { document, made_by, asked };
            if !is_new {
                return Ok(draft);
            }
            if draft::is_agreed(&draft.document) {
                return agree(platform, tx, registered, draft).await;
            }
            keep(platform, tx, &draft, draft::tell(&draft.document)?).await?;
            Ok(draft)
        }
        (None, None) => {
            draft::must_be_refusable(&draft.document, by, &answer.digest, &answer.reason, now)?;
            let why = (DraftState::Refused, Some(by.as_str()), answer.reason.as_str());
            end(platform, tx, registered, draft.clone(), why).await?;
            Ok(draft)
        }
    }
}

/// A round comes to the table, by a party or by ourselves, and is put before the others.
async fn put(
    platform: &Platform,
    tx: &mut Tx,
    registered: Registered,
    draft: ContractDraft,
    (by, signed): (&str, SignedRound),
) -> Result<ContractDraft, Failure> {
    contract::must_not_be_frozen(&registered)?;
    must_go_on(tx, &draft).await?;
    let (now, trust) = (tx.now(), checked::trust(platform));
    let ContractDraft { document, made_by, asked } = draft;
    let (document, is_new) = draft::propose(document, by, signed, &trust.as_trust(), now)?;
    let draft = ContractDraft { document, made_by, asked };
    if !is_new {
        return Ok(draft);
    }
    must_come_to_something(tx, &registered, &draft).await?;
    let mut effects = Vec::new();
    if by == platform.node.platform_id() {
        effects.push(draft::proposed(&draft.document)?);
    }
    effects.extend(draft::tell(&draft.document)?);
    keep(platform, tx, &draft, effects).await?;
    Ok(draft)
}

/// That the round on the table could be filed as a contract, were it signed now.
pub(super) async fn must_come_to_something(
    tx: &mut Tx,
    registered: &Registered,
    draft: &ContractDraft,
) -> Result<(), Failure> {
    let now = tx.now();
    let contract = draft::draw_up(&draft.document, last(&draft.document)?, now)?;
    must_be_fileable(tx, registered, &contract).await?;
    countersigning::must_serve(tx, &contract).await
}

/// The two stand behind one round: the contract is drawn up, and all parties are asked for their signatures.
async fn agree(
    platform: &Platform,
    tx: &mut Tx,
    registered: Registered,
    draft: ContractDraft,
) -> Result<ContractDraft, Failure> {
    let now = tx.now();
    let contract = draft::draw_up(&draft.document, last(&draft.document)?, now)?;
    let hash = signing::hash(&contract)?;
    let (document, effects) = draft::agreed(draft.document, &hash)?;
    let draft = ContractDraft { document, ..draft };
    keep(platform, tx, &draft, effects).await?;
    countersigning::begin_drafted(platform, tx, registered, contract, draft.document.clone()).await?;
    Ok(draft)
}

/// It ends without a contract: by itself while it is negotiated, with the signatures while it is signed.
async fn end(
    platform: &Platform,
    tx: &mut Tx,
    registered: Registered,
    draft: ContractDraft,
    (state, by, reason): (DraftState, Option<&str>, &str),
) -> Result<(), Failure> {
    if draft.document.state == DraftState::Signing {
        let hash = draft.document.contract_hash.clone().unwrap_or_default();
        let state = match state {
            DraftState::Withdrawn => gathering::State::Withdrawn,
            DraftState::Expired => gathering::State::Expired,
            _ => gathering::State::Failed,
        };
        // Whose doing it is the parties are told of parties only.
        let by = by.and_then(|by| ConnectorId::parse(by).ok());
        let outcome = gathering::Outcome { state, by, reason: reason.to_owned() };
        return countersigning::stop(platform, tx, registered, &hash, outcome).await;
    }
    let now = tx.now();
    let (document, effects) = draft::end(draft.document.clone(), state, by, reason, now)?;
    keep(platform, tx, &ContractDraft { document, ..draft }, effects).await?;
    if let Ok(mut over) = contract::advance(registered, ContractStatus::Terminated)
        && over.signed.is_none()
    {
        over.ended_at.get_or_insert(now);
        xinyu_store::contract::save(tx, &over).await?;
    }
    Ok(())
}

/// The signatures under a contract came to an end: so does the draft that it was drawn up from, if it was.
///
/// # Errors
/// If the store fails.
pub(crate) async fn signing_over(platform: &Platform, tx: &mut Tx, gathering: &Gathering) -> Result<(), Failure> {
    let found = xinyu_store::draft::lock(tx, gathering.contract_id.as_str()).await?;
    let hash = Some(gathering.contract_hash.as_str());
    let Some(draft) = found.filter(|draft| draft.document.contract_hash.as_deref() == hash) else { return Ok(()) };
    if draft.document.state != DraftState::Signing {
        return Ok(());
    }
    let (by, reason) = (gathering.by.as_ref().map(ConnectorId::as_str), gathering.reason.clone().unwrap_or_default());
    let state = match gathering.state {
        gathering::State::Open => return Ok(()),
        gathering::State::Filed => {
            let (document, effects) = draft::filed(draft.document)?;
            return keep(platform, tx, &ContractDraft { document, ..draft }, effects).await;
        }
        gathering::State::Refused => DraftState::Refused,
        gathering::State::Expired => DraftState::Expired,
        gathering::State::Withdrawn => DraftState::Withdrawn,
        gathering::State::Failed => DraftState::Failed,
    };
    let now = tx.now();
    let (document, effects) = draft::end(draft.document, state, by, &reason, now)?;
    keep(platform, tx, &ContractDraft { document, ..draft }, effects).await
}

/// A member is barred: the drafts that it is party to come to nothing.
///
/// # Errors
/// If the store fails.
pub(crate) async fn depart(platform: &Platform, tx: &mut Tx, party: &ConnectorId, reason: &str) -> Result<(), Failure> {
    for open in xinyu_store::draft::open(tx, MOST).await? {
        let serves =
            |one: &SignedRound| one.round.terms.service_parties.iter().any(|other| other.connector_id == *party);
        if !open.document.is_side(party.as_str()) && !open.document.last().is_some_and(serves) {
            continue;
        }
        let (registered, draft) = lock(tx, open.document.contract_id.as_str()).await?;
        let reason = format!("{party} 已被暂停或不再是成员 / {party} is suspended or no member any more {reason}");
        end(platform, tx, registered, draft, (DraftState::Failed, Some(party.as_str()), reason.trim_end())).await?;
    }
    Ok(())
}

/// That what is negotiated over is still there: the product is listed, and both sides are admitted.
///
/// # Errors
/// What is not.
async fn must_go_on(tx: &mut Tx, draft: &ContractDraft) -> Result<(), Failure> {
    match barred(tx, draft).await? {
        None => Ok(()),
        Some((_, reason)) => {
            let (zh, en) = reason.split_once(" / ").unwrap_or((&reason, &reason));
            Err(Rejection::conflict("draft-barred", zh, en).clause("TC609-6-2025-14 §7.3 d").into())
        }
    }
}

/// Why a draft cannot go on, and whose doing it is.
async fn barred(tx: &mut Tx, draft: &ContractDraft) -> Result<Option<(Option<String>, String)>, Failure> {
    for card in draft.document.sides() {
        let id = &card.connector_id;
        if crate::application::member(tx, id).await.is_err() {
            let reason = format!("{id} 已被暂停或不再是成员 / {id} is suspended or no member any more");
            return Ok(Some((Some(id.to_string()), reason)));
        }
    }
    let product = &draft.document.entry.product_id;
    let listing = xinyu_store::listing::find(tx, product.as_str()).await?;
    let is_listed =
        listing.is_some_and(|listing| listing.state == xinyu_protocol::tc609::catalog::ListingState::Listed);
    Ok(if is_listed {
        None
    } else {
        Some((None, format!("产品 {product} 已下架 / product {product} is not listed any more")))
    })
}

/// The contract first, and then its draft: everybody locks in this order.
async fn lock(tx: &mut Tx, id: &str) -> Result<(Registered, ContractDraft), Failure> {
    let registered = xinyu_store::contract::lock(tx, id).await?.ok_or_else(|| unknown(id))?;
    let draft = xinyu_store::draft::lock(tx, id).await?.ok_or_else(|| unknown(id))?;
    Ok((registered, draft))
}

async fn keep(
    platform: &Platform,
    tx: &mut Tx,
    draft: &ContractDraft,
    effects: Vec<xinyu_core::effect::Effect>,
) -> Result<(), Failure> {
    xinyu_store::draft::save(tx, draft).await?;
    effect::apply(&platform.node, tx, effects).await?;
    tx.signal(Topic::Contract);
    Ok(())
}

async fn did(tx: &mut Tx, person: &Person, action: &str, draft: &ContractDraft, detail: &str) -> Result<(), Failure> {
    let happened =
        Happened { detail: detail.to_owned(), ..person.happened(action, draft.document.contract_id.as_str(), "done") };
    xinyu_store::audit::append(tx, &happened).await?;
    Ok(())
}

fn view<'a>(
    draft: &ContractDraft,
    platform: &(&'a str, &'a str),
    has_signed: &'a dyn Fn(&str) -> bool,
    now: jiff::Timestamp,
) -> View<'a> {
    let moves = match draft.document.state {
        DraftState::Open if now <= draft.document.answer_by => vec!["propose", "withdraw"],
        DraftState::Open | DraftState::Signing => vec!["withdraw"],
        _ => Vec::new(),
    };
    View { moves, note: None, platform: *platform, has_signed }
}

async fn whole(platform: &Platform, tx: &mut Tx, id: &str) -> Result<DraftLife, Failure> {
    let draft = xinyu_store::draft::find(tx, id).await?.ok_or_else(|| unknown(id))?;
    let gatherings = xinyu_store::countersigning::gatherings(tx, id).await?;
    let hash = draft.document.contract_hash.clone();
    let own = gatherings.into_iter().find(|one| Some(&one.contract_hash) == hash.as_ref());
    let has_signed = |connector: &str| own.as_ref().is_some_and(|own| own.has_signed(connector));
    let (now, platform_id) = (tx.now(), platform.node.platform_id());
    let names = (platform_id.as_str(), platform.options.operator_name.as_str());
    Ok(life(&draft.document, &view(&draft, &names, &has_signed, now))?)
}

/// That a contract is not filed past its draft: by a party, in the words of another mode, or before all have agreed.
///
/// # Errors
/// If it is.
pub(crate) async fn must_not_be_passed(
    tx: &mut Tx,
    contract: &xinyu_protocol::tc609::contract::Contract,
) -> Result<(), Failure> {
    let id = contract.contract_id.as_str();
    let is_drafted = xinyu_store::draft::find(tx, id).await?.is_some();
    if contract.expansion_item.version.is_some()
        || (!is_drafted && contract.sign_mode != xinyu_core::contract::draft::ASSISTED)
    {
        return Ok(());
    }
    Err(Rejection::conflict(
        "contract-of-draft",
        format!("合约 {id} 由平台参与协商，各方认可草案并签署后由平台备案"),
        format!("contract {id} is negotiated with the platform, which files it when all parties have signed it"),
    )
    .clause("TC609-6-2025-14 §7.3 d /contract/contract/signMode")
    .into())
}

/// The digest of a round that is on the table, for whoever answers by the document's interface.
fn digest_of(draft: &ContractDraft) -> Result<String, Failure> {
    Ok(round::digest(&last(&draft.document)?.round)?)
}
