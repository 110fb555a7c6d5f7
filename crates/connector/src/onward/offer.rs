//! Handing on: a hop is a use, decided, counted and told like any other, whose result goes to another member. Its facts say who gets it.
//! TC609-6-2025-15 §7.1.2.3, §7.1.2.4 a to e.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use xinyu_core::contract;
use xinyu_core::derived::{self, Derived};
use xinyu_core::dispute::Place;
use xinyu_core::fault::Rejection;
use xinyu_core::onward::{self, Onward, State as Standing};
use xinyu_core::usage::beyond::Beyond;
use xinyu_core::usage::{End, Holding, HoldingState, Use, UseState, duty};
use xinyu_dataplane::reseal::{self, Content};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::connector::NewUse;
use xinyu_protocol::api::onward::{NewOnward, OnwardAnswer};
use xinyu_protocol::tc609::application::PartyCard;
use xinyu_protocol::tc609::onward::{OnwardGrant, OnwardQuery, OnwardReceiver};
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::Tx;

use super::{send, shown, sign};
use crate::app::Connector;
use crate::negotiation::me;
use crate::usage::begin::{self, What};
use crate::usage::{self};
use crate::{dispute, party, platform};

/// `POST /api/v1/onward`: hands on what is held under a contract. The same key is the same hop; one that a crash or the network interrupted goes on.
///
/// # Errors
/// If nothing is held under the contract, there is no such receiver, or what the platform says; that it is not granted is an answer, not an error.
pub(crate) async fn hand_on(
    State(connector): State<Connector>,
    person: Person,
    body: StrictJson<NewOnward>,
) -> Result<Json<OnwardAnswer>, Failure> {
    let ask = body.value;
    derived::must_be_id(&ask.onward_id).map_err(|error| error.clause("/onwardId"))?;
    let action = onward::action(&ask.action)?;
    let new = NewUse {
        use_id: ask.onward_id.clone(),
        contract_id: ask.contract_id.clone(),
        action: action.code().to_owned(),
        purpose: ask.purpose.clone(),
        region: ask.region.clone(),
        code: ask.code.clone(),
        derived: ask.derived.clone(),
        ..NewUse::default()
    };
    let (holding, there) = usage::find(&connector, &new).await?;
    if let Some(there) = there.as_ref().filter(|there| there.action != new.action || there.beyond.hands_on.is_none()) {
        return Err(onward::taken(&there.use_id).into());
    }
    let input = usage_input(&connector, &holding, &new).await?;
    let one = match there {
        Some(one) if one.state == UseState::Running => one,
        Some(one) if one.state != UseState::Awaiting => return answered(&connector, &one).await.map(Json),
        former => {
            let what = match former.as_ref().and_then(|former| Some((former.request.clone()?, former.beyond.clone()))) {
                Some((request, beyond)) => What::Goes(request, beyond),
                None => asked(&connector, &holding, &ask, input.as_ref()).await?,
            };
            begin::begin_as(&connector, &holding, &new, what, former, &person).await?.0
        }
    };
    if one.state != UseState::Running {
        return answered(&connector, &one).await.map(Json);
    }
    let one = handed(&connector, &person, &ask, input.as_ref(), one).await?;
    answered(&connector, &one).await.map(Json)
}

async fn usage_input(connector: &Connector, holding: &Holding, new: &NewUse) -> Result<Option<Derived>, Failure> {
    crate::derived::input(connector, holding, new).await
}

/// What is decided on: the facts of the hop, and the policies that the data is held under.
async fn asked(
    connector: &Connector,
    holding: &Holding,
    ask: &NewOnward,
    input: Option<&Derived>,
) -> Result<What, Failure> {
    let card = receiver(connector, holding, &ask.receiver).await?;
    let content = content(connector, holding, input).await?;
    let fields = match input {
        Some(input) => input.lineage.fields.clone(),
        None => {
            let of = |table: &xinyu_protocol::tc609::catalog::TableCard| {
                let name = table.name.clone();
                table.fields.iter().map(move |field| format!("{name}.{}", field.name)).collect::<Vec<_>>()
            };
            holding.tables.iter().flat_map(of).collect()
        }
    };
    let mut request = onward::facts(onward::action(&ask.action)?, card.participant_id.as_str(), fields);
    request.purpose.clone_from(&ask.purpose);
    request.region = ask.region.clone().or_else(|| connector.options.region.clone());
    request.data_record = Some(content.rows);
    request.data_size = Some(content.bytes);
    let beyond = Beyond {
        inherited: derived::inherited(holding, input),
        derived: ask.derived.clone(),
        keep: None,
        hands_on: Some(ask.limits.uses.unwrap_or_default()),
    };
    Ok(What::Goes(request, beyond))
}

/// The receiver's connector, as the platform knows it.
async fn receiver(connector: &Connector, holding: &Holding, code: &str) -> Result<PartyCard, Failure> {
    let query = OnwardQuery { contract_id: holding.contract_id.clone(), receiver: code.to_owned() };
    let OnwardReceiver { card } = platform::ask(&connector.node, "/tc609/onwardReceiver", &query).await?;
    let record = party::check(&connector.node, &card)?;
    let saved = connector.node.store.write("onward.receiver", move |tx| {
        Box::pin(async move { xinyu_store::party::save(tx, &record).await.map_err(Failure::from) })
    });
    saved.await?;
    Ok(card)
}

/// What is held, by its digest; of what is not here, nothing: that is decided on, too.
async fn content(connector: &Connector, holding: &Holding, input: Option<&Derived>) -> Result<Content, Failure> {
    if holding.state != HoldingState::Held {
        return Ok(Content { digest: String::new(), rows: 0, bytes: 0 });
    }
    let key = input.map_or_else(|| holding.contract_id.as_str().to_owned(), Derived::key);
    let (vault, suite) = (Arc::clone(&connector.vault), holding.suite);
    let opening = connector.node.ring.opening(suite).clone();
    let read = tokio::task::spawn_blocking(move || reseal::content(&vault, &key, opening, suite));
    read.await.map_err(Failure::broken)?.map_err(Failure::broken)
}

/// Hands on what was decided: signed, filed with the platform, and the use ends with it. What the platform refuses ends the use as well; what did not reach it
/// waits to be asked for again.
async fn handed(
    connector: &Connector,
    person: &Person,
    ask: &NewOnward,
    input: Option<&Derived>,
    one: Use,
) -> Result<Use, Failure> {
    let id = one.contract_id.as_str().to_owned();
    let (holding, _) =
        usage::find(connector, &NewUse { use_id: one.use_id.clone(), contract_id: id.clone(), ..NewUse::default() })
            .await?;
    let card = receiver(connector, &holding, &ask.receiver).await?;
    let content = content(connector, &holding, input).await?;
    let (this, wanted, derived, made) = (connector.clone(), ask.clone(), input.cloned(), one.clone());
    let signed = connector.node.store.write("onward.offer", move |tx| {
        Box::pin(async move {
            let source = source(&this, tx, &holding).await?;
            let (place, chain) = (source.0.clone(), source.1.clone());
            let grant = grant(&this, (&holding, derived.as_ref()), &wanted, &made, source, (&card, content))?;
            let statement = onward::first(&made.use_id, &place, grant, tx.now());
            let digest = onward::digest(&statement)?;
            tracing::info!(contract = %holding.contract_id, hops = chain.len(), "what is held under {} goes on", holding.contract_id);
            Ok::<_, Failure>((sign(&this, tx, statement, &place).await?, place, digest))
        })
    });
    let (message, place, digest) = match signed.await {
        Ok(signed) => signed,
        Err(Failure::Rejected(refusal)) => return failed(connector, &one, refusal).await,
        Err(failure) => return Err(failure),
    };
    match send(connector, Some(person), message, place).await {
        Ok(()) => {
            let how = End::Done {
                rows_out: one.request.as_ref().and_then(|one| one.data_record).unwrap_or_default(),
                digest,
                mark: None,
            };
            usage::ended(connector, &one, how, None).await
        }
        Err(Failure::Rejected(refusal)) if (400..500).contains(&refusal.status) => {
            failed(connector, &one, refusal).await
        }
        Err(failure) => Err(failure),
    }
}

async fn failed(connector: &Connector, one: &Use, refusal: Rejection) -> Result<Use, Failure> {
    usage::ended(connector, one, End::Failed(refusal.text.en.clone()), None).await?;
    Err(refusal.into())
}

/// By what we hold data under a contract: its place, and the hops before.
async fn source(connector: &Connector, tx: &mut Tx, holding: &Holding) -> Result<(Place, Vec<String>), Failure> {
    let id = holding.contract_id.as_str();
    if let Some(handed) = holding.terms.handed_on() {
        let hop: Onward = xinyu_store::onward::find(tx, &handed.onward_id)
            .await?
            .filter(|hop| hop.state == Standing::Received)
            .ok_or_else(|| onward::unknown(&handed.onward_id))?;
        return Ok((hop.place.clone(), hop.chain()));
    }
    let agreement = xinyu_store::agreement::find(tx, id).await?.ok_or_else(|| contract::unknown(id))?;
    Ok((dispute::place(connector, &agreement)?, Vec::new()))
}

fn grant(
    connector: &Connector,
    (holding, derived): (&Holding, Option<&Derived>),
    ask: &NewOnward,
    one: &Use,
    (place, chain): (Place, Vec<String>),
    (card, content): (&PartyCard, Content),
) -> Result<OnwardGrant, Failure> {
    let sender = me(connector)?;
    let original = derived::policies(holding, derived);
    let party = |id: &str| {
        xinyu_protocol::id::ConnectorId::parse(id).map_err(|_| Failure::broken("a party of a contract is no connector"))
    };
    Ok(OnwardGrant {
        space_id: holding.space_id.clone(),
        product_id: holding.product_id.clone(),
        provider: party(&place.provider)?,
        consumer: party(&place.consumer)?,
        receiver: card.connector_id.clone(),
        receiver_entity_id: card.participant_id.clone(),
        action: ask.action.clone(),
        purpose: one.purpose.clone(),
        chain,
        lineage: derived.map(|derived| derived.lineage.clone()),
        tables: derived.map_or_else(|| holding.tables.clone(), |derived| vec![derived.table.clone()]),
        rows: content.rows,
        digest: content.digest,
        limits: ask.limits.clone(),
        policies: onward::policies(&original, &sender, &card.connector_id, &ask.limits, &ask.action)?,
        original,
        sender,
        request: serde_json::to_value(&one.request).map_err(Failure::broken)?,
        first_use_at: holding.first_use_at,
        ends_at: holding.terms.ends_at(),
    })
}

async fn answered(connector: &Connector, one: &Use) -> Result<OnwardAnswer, Failure> {
    let use_info = usage::info(one, None);
    let onward = match one.state {
        UseState::Done => Some(shown(connector, one.use_id.clone()).await?),
        _ => None,
    };
    Ok(OnwardAnswer {
        state: use_info.state,
        decision: use_info.decision,
        reasons: use_info.reasons,
        awaits: duty::awaited(one).map(|view| view.action.code().to_owned()),
        onward,
    })
}
