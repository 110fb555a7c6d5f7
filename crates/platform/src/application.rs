//! Applications to use a product. TC609-6-2025-01 §6 flow 4 c: the platform decides, then the provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::application::{self, Application};
use xinyu_core::contract::Registered;
use xinyu_core::fault::Rejection;
use xinyu_core::metering::Reconciliation;
use xinyu_core::participant::{Member, MemberState};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::{ApplicationInfo, List, Verdict};
use xinyu_protocol::id::{ConnectorId, ContractId};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::application::{
    ApplicationAnswer, ApplicationDecision, ApplicationRequest, ApplicationState, PartyCard,
};
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::participant::Role;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::listing;

/// `POST /tc609/application`, by a consumer's connector.
///
/// # Errors
/// If the product is not listed for this member.
pub async fn submit(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let request: ApplicationRequest = call.parse()?;
    let consumer = call.connector()?;
    call.must_be(Role::Consumer)?;
    let (node, options) = (Arc::clone(&platform.node), Arc::clone(&platform.options));
    let this = platform.clone();
    call.once(&platform.node, "application.submit", move |tx| {
        Box::pin(async move {
            if let Some(there) = xinyu_store::application::lock(tx, &request.application_id).await? {
                if there.consumer.connector_id == consumer {
                    return Answer::json(
                        200,
                        &ApplicationAnswer { contract_id: there.contract_id, state: there.state },
                    );
                }
                return Err(application::unknown(&request.application_id).into());
            }
            if xinyu_store::draft::find_by_key(tx, &request.application_id).await?.is_some() {
                return Err(application::unknown(&request.application_id).into());
            }
            crate::trusted_time::must_be(&this, tx).await?;
            let me = member(tx, &consumer).await?;
            let listing = xinyu_store::listing::find(tx, request.product_id.as_str())
                .await?
                .filter(|listing| listing::is_visible(listing, &me))
                .ok_or_else(|| listing::unknown(request.product_id.as_str()))?;
            let owner = member(tx, &listing.connector_id).await?;
            let space = xinyu_store::space::find(tx, &listing.request.space_id)
                .await?
                .ok_or_else(|| listing::unknown(request.product_id.as_str()))?;
            let now = tx.now();
            let contract_id = ContractId::compose(&options.platform_id, now, tx.entropy());
            let entry = listing.entry(&listing::grades(&listing.request.profile));
            let contract = Registered {
                contract_id: contract_id.clone(),
                space_id: space.space_id,
                suite: space.suite,
                application_id: request.application_id.clone(),
                product_id: request.product_id.as_str().to_owned(),
                name: entry.product.name.clone(),
                provider: listing.connector_id.as_str().to_owned(),
                consumer: consumer.as_str().to_owned(),
                status: ContractStatus::Initiated,
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
                created_at: now,
                filed_at: None,
                ended_at: None,
                metering: Reconciliation::default(),
                statement: None,
                smart: xinyu_core::smart_clause::State::default(),
                service_parties: Vec::new(),
            };
            let application = Application {
                application_id: request.application_id,
                contract_id: contract_id.clone(),
                consumer: card(&me)?,
                provider: card(&owner)?,
                purpose: request.purpose,
                entry,
                state: ApplicationState::Submitted,
                submitted_at: now,
                decided_at: None,
                note: String::new(),
            };
            let (application, effects) = application::submit(application);
            xinyu_store::application::insert(tx, &application).await?;
            xinyu_store::contract::insert(tx, &contract).await?;
            effect::apply(&node, tx, effects).await?;
            tx.signal(Topic::Contract);
            Answer::json(201, &ApplicationAnswer { contract_id, state: application.state })
        })
    })
    .await
}

/// `POST /tc609/applicationDecision`, by the provider's connector.
///
/// # Errors
/// If it is not the provider's to decide, or not now.
pub async fn decide_by_provider(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let decision: ApplicationDecision = call.parse()?;
    let by = call.connector()?;
    let node = Arc::clone(&platform.node);
    call.once(&platform.node, "application.decide_by_provider", move |tx| {
        Box::pin(async move {
            let application = find(tx, &decision.application_id).await?;
            let now = tx.now();
            let (application, effects) =
                application::decide_by_provider(application, &by, decision.approve, &decision.note, now)?;
            store(&node, tx, &application, effects).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// `POST /api/v1/applications/{id}/decision`, by the operator.
///
/// # Errors
/// If there is no such application, or it is decided already.
pub async fn decide(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
    body: StrictJson<Verdict>,
) -> Result<Json<ApplicationInfo>, Failure> {
    let (node, verdict) = (Arc::clone(&platform.node), body.value);
    let application = platform
        .node
        .store
        .write("application.decide", move |tx| {
            Box::pin(async move {
                let application = find(tx, &id).await?;
                let now = tx.now();
                let (application, effects) =
                    application::decide_by_platform(application, verdict.approve, &verdict.note, now)?;
                store(&node, tx, &application, effects).await?;
                Ok::<_, Failure>(application)
            })
        })
        .await?;
    Ok(Json(info(&application, None)))
}

/// `GET /api/v1/applications`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<List<ApplicationInfo>>, Failure> {
    let (all, contracts) = listed(&platform).await?;
    Ok(Json(List { items: all.iter().map(|one| info(one, contracts.get(one.contract_id.as_str()))).collect() }))
}

/// The newest applications, and the contracts that they are for, by id.
async fn listed(platform: &Platform) -> Result<(Vec<Application>, BTreeMap<String, Registered>), Failure> {
    platform
        .node
        .store
        .read("application.list", |tx| {
            Box::pin(async move {
                let applications = xinyu_store::application::list(tx, 500).await?;
                let contracts = xinyu_store::contract::list(tx, "", 500).await?;
                let by_id = contracts.into_iter().map(|contract| (contract.contract_id.as_str().to_owned(), contract));
                Ok::<_, Failure>((applications, by_id.collect()))
            })
        })
        .await
}

/// `POST /tc609/applications`, by a connector: those it made, and those it decides on.
///
/// # Errors
/// If the store fails.
pub async fn list_for_peer(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let by = call.connector()?;
    let (all, contracts) = listed(&platform).await?;
    let own = all.iter().filter(|application| {
        let asked = application.state != ApplicationState::Submitted && application.provider.connector_id == by;
        asked || application.consumer.connector_id == by
    });
    Answer::json(200, &List { items: own.map(|one| info(one, contracts.get(one.contract_id.as_str()))).collect() })
}

async fn find(tx: &mut Tx, id: &str) -> Result<Application, Failure> {
    xinyu_store::application::lock(tx, id).await?.ok_or_else(|| application::unknown(id).into())
}

async fn store(
    node: &xinyu_shell::Node,
    tx: &mut Tx,
    application: &Application,
    effects: Vec<xinyu_core::effect::Effect>,
) -> Result<(), Failure> {
    xinyu_store::application::save(tx, application).await?;
    if let Some(contract) = xinyu_store::contract::lock(tx, application.contract_id.as_str()).await? {
        if application.state == ApplicationState::Refused {
            let mut contract = xinyu_core::contract::advance(contract, ContractStatus::Terminated)?;
            contract.ended_at = Some(tx.now());
            xinyu_store::contract::save(tx, &contract).await?;
        } else {
            xinyu_core::contract::must_not_be_frozen(&contract)?;
        }
    }
    effect::apply(node, tx, effects).await?;
    tx.signal(Topic::Contract);
    Ok(())
}

/// A member that is admitted.
///
/// # Errors
/// If it is not.
pub async fn member(tx: &mut Tx, connector: &ConnectorId) -> Result<Member, Failure> {
    xinyu_store::member::find(tx, connector.as_str())
        .await?
        .filter(|member| member.state == MemberState::Approved)
        .ok_or_else(|| {
            Rejection::forbidden(
                "not-admitted",
                format!("{connector} 尚未获准接入"),
                format!("{connector} is not admitted"),
            )
            .into()
        })
}

pub(crate) fn card(member: &Member) -> Result<PartyCard, Failure> {
    Ok(PartyCard {
        connector_id: member.connector_id.clone(),
        participant_id: member.participant_id.clone(),
        participant_name: member.name.clone(),
        role: member.role,
        address: member.address.clone(),
        credential: member.credential.clone().ok_or_else(|| Failure::broken("an admitted member has no credential"))?,
    })
}

fn info(application: &Application, contract: Option<&Registered>) -> ApplicationInfo {
    ApplicationInfo {
        application_id: application.application_id.clone(),
        contract_id: application.contract_id.as_str().to_owned(),
        product_id: application.entry.product_id.as_str().to_owned(),
        product_name: application.entry.product.name.clone(),
        consumer: application.consumer.participant_name.clone(),
        provider: application.provider.participant_name.clone(),
        purpose: application.purpose.clone(),
        state: application.state,
        contract_status: contract.map(|contract| contract.status),
        frozen_at: contract.and_then(|contract| contract.frozen_at),
        note: application.note.clone(),
    }
}
