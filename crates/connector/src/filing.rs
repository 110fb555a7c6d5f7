//! Filing under keys of the parties on our side: what comes down sealed is opened with our own key, what the platform keeps can be fetched and compared, and
//! a renewal of a text that the platform cannot read is computed here. TC609-6-2025-14 §7.5 e.

use axum::extract::{Path, Query, State};
use serde::Deserialize;
use xinyu_core::contract::version::renewal;
use xinyu_core::contract::{self, file, filing};
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::Side;
use xinyu_crypto::Suite;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::contract::{Contract, ContractFile, Filing, SignedContract};
use xinyu_protocol::tc609::filing::{FiledTextQuery, SealedFile, SealedText};
use xinyu_protocol::tc609::usage::StrategySend;
use xinyu_protocol::tc609::version::RenewalDue;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::Tx;

use crate::app::Connector;
use crate::negotiation::me;
use crate::platform;

/// A policy that came down, with the whole of the contract where that came sealed.
///
/// # Errors
/// If it does not open with our key, or is another text than it says.
pub(crate) fn opened(connector: &Connector, mut strategy: StrategySend) -> Result<StrategySend, Failure> {
    if let Some(sealed) = strategy.sealed.take() {
        if sealed.contract_id != strategy.contract_id {
            return Err(contract::unknown(strategy.contract_id.as_str()).into());
        }
        strategy.transaction_execution_strategy = open(connector, &sealed)?;
    }
    Ok(strategy)
}

fn open(connector: &Connector, sealed: &SealedText) -> Result<SignedContract, Failure> {
    let suite: Suite = sealed.suite.parse().map_err(|_| {
        Rejection::bad("unknown-suite", "备案密文的密码套件未知", "the suite of the filed text is unknown")
            .clause("/suite")
    })?;
    Ok(filing::open(sealed, &me(connector)?, connector.node.ring.opening(suite))?)
}

/// Which version is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The one in force where nothing is said.
    version: Option<u32>,
}

/// `GET /api/v1/agreements/{id}/filed`: what the platform keeps of a contract, opened with our key and checked as a stranger would, as a file for
/// `xinyu contract verify`.
///
/// # Errors
/// What the platform says; that it does not open; that its signatures or its stamp do not hold.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
    _: Person,
) -> Result<Vec<u8>, Failure> {
    let found = connector.node.store.read("filing.find", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::agreement::find(tx, &id).await?;
            Ok::<_, Failure>(found.ok_or_else(|| contract::unknown(&id))?)
        })
    });
    let query = FiledTextQuery { contract_id: found.await?.contract_id, version: wanted.version };
    let kept: SealedFile = platform::ask(&connector.node, "/tc609/filedText", &query).await?;
    let SignedContract { contract, signatures } = open(&connector, &kept.sealed)?;
    if contract.contract_id != query.contract_id {
        return Err(contract::unknown(query.contract_id.as_str()).into());
    }
    let file = ContractFile { contract, signatures, filing: kept.filing };
    // A version that renewed itself carries no signatures: it is checked with the one before.
    if file.contract.renewed_by().is_none() {
        let _ = file::check(&file).map_err(|text| Rejection::bad("filed-text-unproven", text.zh, text.en))?;
    }
    xinyu_protocol::json::canonical(&file).map_err(Failure::broken)
}

/// `POST /tc609/contractRenewal`, by the platform: a contract that we provide renews itself. The version is computed and goes to be filed.
///
/// # Errors
/// If there is no such contract here, or it is not renewed so.
pub async fn renewal_due(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let due: RenewalDue = call.parse()?;
    let this = connector.clone();
    call.once(&connector.node, "filing.renewal", move |tx| {
        Box::pin(async move {
            let id = due.contract_id.as_str();
            let agreement = xinyu_store::agreement::lock(tx, id).await?;
            let agreement =
                agreement.filter(|found| found.side == Side::Provider).ok_or_else(|| contract::unknown(id))?;
            let current = agreement.terms.signed().ok_or_else(|| contract::unknown(id))?;
            if current.contract.renewed_by() == Some(&due.by) {
                return Answer::json(200, &Status::done());
            }
            let next = renewal::renewed(&current.contract, due.by)?;
            let contract = SignedContract { contract: next, signatures: Vec::new() };
            let filing = Filing { contract, rounds: Vec::new(), previous: Some(Box::new(current.contract.clone())) };
            let (to, stream) = (this.node.platform_id(), format!("renewal/{id}"));
            let send = Outgoing::json(&to, stream, "renewal.filing", "/tc609/contractRegistrate", &filing)?;
            effect::apply(&this.node, tx, vec![Effect::Send(send)]).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// The texts of all versions of a contract of ours, for whom needs them of the platform.
///
/// # Errors
/// If the store fails.
pub(crate) async fn texts(tx: &mut Tx, contract_id: &str) -> Result<Vec<Contract>, Failure> {
    let Some(agreement) = xinyu_store::agreement::find(tx, contract_id).await? else { return Ok(Vec::new()) };
    let Some(current) = agreement.terms.signed().filter(|signed| signed.contract.is_sealed()) else {
        return Ok(Vec::new());
    };
    let kept = xinyu_store::version::kept(tx, contract_id).await?;
    Ok(kept.into_iter().map(|one| one.signed.contract).chain([current.contract.clone()]).collect())
}
