//! How a draft is made: checked against what the platform knows, named by a contract id at once, and signed as its first round. TC609-6-2025-14 §7.2 b, c.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use xinyu_core::contract::Registered;
use xinyu_core::draft::{self, ContractDraft, field, round};
use xinyu_core::fault::Rejection;
use xinyu_core::listing::Listing;
use xinyu_core::metering::Reconciliation;
use xinyu_core::participant::{Member, MemberState};
use xinyu_core::template;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::draft::{DraftLife, NewDraft};
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::draft::{DraftDocument, DraftState, SignedRound};
use xinyu_protocol::tc609::negotiation::ProposedTerms;
use xinyu_protocol::tc609::template::TemplateUse;
use xinyu_protocol::text::Text;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use super::{did, must_come_to_something, whole};
use crate::app::Platform;
use crate::application::{card, member};
use crate::listing;

/// `POST /api/v1/drafts`: a contract for two members. It gets its identifier at once, and is put before both. The same key is the same draft.
///
/// # Errors
/// Everything that is missing or wrong in it, at once.
pub async fn create(
    State(platform): State<Platform>,
    person: Person,
    body: StrictJson<NewDraft>,
) -> Result<Json<DraftLife>, Failure> {
    let (this, new) = (platform.clone(), body.value);
    let made = platform.node.store.write("draft.create", move |tx| {
        Box::pin(async move {
            let bytes = xinyu_protocol::json::canonical(&new).map_err(Failure::broken)?;
            let asked = xinyu_crypto::Suite::Intl.hash(&bytes).to_string();
            if let Some(there) = xinyu_store::draft::find_by_key(tx, &new.draft_id).await? {
                return match there.asked == asked {
                    true => whole(&this, tx, there.document.contract_id.as_str()).await,
                    false => Err(taken(&new.draft_id).into()),
                };
            }
            if xinyu_store::application::find(tx, &new.draft_id).await?.is_some() {
                return Err(taken(&new.draft_id).into());
            }
            crate::trusted_time::must_be(&this, tx).await?;
            let draft = drawn(&this, tx, &new, (&person.name, asked)).await?;
            let registered = registered(&this, tx, &draft).await?;
            must_come_to_something(tx, &registered, &draft).await?;
            xinyu_store::contract::insert(tx, &registered).await?;
            if !xinyu_store::draft::insert(tx, &draft).await? {
                return Err(taken(&new.draft_id).into());
            }
            effect::apply(&this.node, tx, draft::create(&draft.document)?).await?;
            did(tx, &person, "draft.create", &draft, &draft.document.draft_id).await?;
            tx.signal(Topic::Contract);
            whole(&this, tx, draft.document.contract_id.as_str()).await
        })
    });
    Ok(Json(made.await?))
}

fn taken(id: &str) -> Rejection {
    Rejection::conflict("draft-taken", format!("编号 {id} 已用于另一草案"), format!("draft {id} is another one"))
        .clause("/draftId")
}

/// Where texts are sealed for their parties nobody else draws them up.
fn sealed(space_id: &str) -> Rejection {
    Rejection::conflict(
        "draft-sealed-space",
        format!("空间 {space_id} 的合约以双方密钥加密备案，平台不参与起草和协商"),
        format!("contracts of space {space_id} are filed under keys of their parties, the platform draws none up"),
    )
    .clause("TC609-6-2025-14 §7.5 e")
    .next(Text::new("请双方在各自的连接器协商", "the parties negotiate at their own connectors"))
}

/// What a request is checked against.
pub(super) async fn around(tx: &mut Tx, new: &NewDraft) -> Result<field::Around, Failure> {
    let listing = xinyu_store::listing::find(tx, &new.product_id).await?;
    let consumer = admitted(tx, &new.consumer).await?;
    // Whom a product is not for has it through no draft either.
    let is_for = |listing: &Listing| consumer.as_ref().is_none_or(|consumer| listing.is_for(&consumer.labels()));
    let listing = listing.filter(|listing| listing.state == ListingState::Listed && is_for(listing));
    let entry = listing.map(|listing| listing.entry(&listing::grades(&listing.request.profile)));
    let mut services = Vec::new();
    for party in &new.service_parties {
        services.push(admitted(tx, party.connector_id.as_str()).await?);
    }
    let instance = match &entry {
        Some(entry) if !new.templates.is_empty() => {
            Some(instance(tx, entry.space_id.clone(), new).await?.map(|it| it.0))
        }
        _ => None,
    };
    Ok(field::Around { entry, provider: admitted(tx, &new.provider).await?, consumer, services, instance })
}

type Instance = Result<(Vec<serde_json::Value>, Vec<TemplateUse>), Rejection>;

async fn instance(tx: &mut Tx, space_id: String, new: &NewDraft) -> Result<Instance, Failure> {
    let offered = crate::template::offered(tx, std::slice::from_ref(&space_id)).await?;
    let made = template::instance(&offered, &space_id, &new.templates);
    Ok(made.map(|made| (made.policies, made.templates)))
}

async fn admitted(tx: &mut Tx, id: &str) -> Result<Option<Member>, Failure> {
    let found = xinyu_store::member::find(tx, id).await?;
    Ok(found.filter(|member| member.state == MemberState::Approved))
}

/// The draft of a request, with its first round.
async fn drawn(
    platform: &Platform,
    tx: &mut Tx,
    new: &NewDraft,
    (made_by, asked): (&str, String),
) -> Result<ContractDraft, Failure> {
    let (around, now) = (around(tx, new).await?, tx.now());
    let checked = field::check(new, &around, now);
    field::must_be_whole(&checked.check)?;
    let (Some(terms), Some(entry), Some(provider), Some(consumer)) =
        (checked.terms, around.entry, around.provider, around.consumer)
    else {
        return Err(Failure::broken("a draft without a fault lacks its product or a side"));
    };
    if platform.node.rules_of(&entry.space_id).is_some_and(|rules| rules.sealed_filing) {
        return Err(sealed(&entry.space_id).into());
    }
    let templates = match (&new.policies, new.templates.is_empty()) {
        _ if terms.policies == entry.policies => entry.templates.clone(),
        (None, false) if around.instance.as_ref().and_then(|made| made.as_ref().ok()) == Some(&terms.policies) => {
            instance(tx, entry.space_id.clone(), new).await??.1
        }
        _ => Vec::new(),
    };
    let suite = platform.node.suite_of(&entry.space_id);
    let mut document = DraftDocument {
        contract_id: ContractId::compose(&platform.options.platform_id, now, tx.entropy()),
        draft_id: new.draft_id.clone(),
        sequence: 1,
        state: DraftState::Open,
        suite: suite.to_string(),
        provider: card(&provider)?,
        consumer: card(&consumer)?,
        entry,
        templates,
        rounds: Vec::new(),
        created_at: now,
        answer_by: new.answer_by.unwrap_or_else(|| now.saturating_add(draft::PATIENCE).unwrap_or(Timestamp::MAX)),
        contract_hash: None,
        ended: None,
    };
    let first = signed(platform, &document, (new.name.trim(), new.summary.trim()), terms, &new.note, now)?;
    document.rounds.push(first);
    Ok(ContractDraft { document, made_by: made_by.to_owned(), asked })
}

/// A round by the platform.
pub(super) fn signed(
    platform: &Platform,
    document: &DraftDocument,
    names: (&str, &str),
    terms: ProposedTerms,
    note: &str,
    now: Timestamp,
) -> Result<SignedRound, Failure> {
    let author = platform.node.platform_id();
    let drawn = round::draw_up(document, names, &author, terms, note, now)?;
    let key = platform.node.ring.signing(draft::suite(document)?);
    let signature = round::sign(&drawn, &author, key, None)?;
    Ok(SignedRound { round: drawn, signatures: vec![signature] })
}

/// The contract that it may become, as it stands in the register: being negotiated (02).
async fn registered(platform: &Platform, tx: &mut Tx, draft: &ContractDraft) -> Result<Registered, Failure> {
    let document = &draft.document;
    // The keys of both are those of members that are admitted now.
    for side in document.sides() {
        member(tx, &side.connector_id).await?;
    }
    Ok(Registered {
        contract_id: document.contract_id.clone(),
        space_id: document.entry.space_id.clone(),
        suite: platform.node.suite_of(&document.entry.space_id),
        application_id: document.draft_id.clone(),
        product_id: document.entry.product_id.to_string(),
        name: document.entry.product.name.clone(),
        provider: document.provider.connector_id.to_string(),
        consumer: document.consumer.connector_id.to_string(),
        status: ContractStatus::Negotiating,
        is_unsigned: false,
        frozen_at: None,
        freeze_order: None,
        ending: None,
        proven: None,
        signed: None,
        sealed: None,
        renewing: None,
        contract_hash: None,
        filing: None,
        created_at: document.created_at,
        filed_at: None,
        ended_at: None,
        metering: Reconciliation::default(),
        statement: None,
        smart: xinyu_core::smart_clause::State::default(),
        service_parties: Vec::new(),
    })
}
