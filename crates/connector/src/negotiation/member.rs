//! With a member: both sign the same digital contract, and the platform files it. TC609-6-2025-14 §7.3, §7.4.

use serde_json::{Value, json};
use xinyu_core::agreement::{Agreement, Terms};
use xinyu_core::contract::draft::{self, Basis, Party};
use xinyu_core::contract::{filing, proposal, signing};
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::{Move, Negotiation, Side};
use xinyu_core::transfer;
use xinyu_core::usage::{Holding, HoldingState};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::application::{ApplicationNotice, ApplicationState};
use xinyu_protocol::tc609::catalog::CatalogEntry;
use xinyu_protocol::tc609::contract::{Contract, Filing, FilingStamp, SignedContract};
use xinyu_protocol::tc609::filing::FilingKey;
use xinyu_protocol::tc609::metering::Meter;
use xinyu_protocol::tc609::negotiation::{AgreedProposal, ProposedTerms};
use xinyu_shell::{Failure, Node};
use xinyu_store::Tx;

use super::terms;
use crate::app::Connector;

/// What a contract between the two sides of an approved application is drawn up from.
pub(super) struct Ground {
    /// The application, as the platform told of it.
    pub(super) notice: ApplicationNotice,
    provider: Party,
    consumer: Party,
    suite: xinyu_crypto::Suite,
    filing_keys: Vec<FilingKey>,
}

impl Ground {
    /// From an application that both approved.
    pub(super) fn new(connector: &Connector, notice: ApplicationNotice, side: Side) -> Result<Self, Failure> {
        if side == Side::Consumer && notice.state != ApplicationState::Approved {
            return Err(Rejection::conflict(
                "application-not-approved",
                format!("使用申请 {} 尚未获得平台和提供方批准", notice.application_id),
                format!("application {} is not approved by platform and provider", notice.application_id),
            )
            .into());
        }
        let me = Party {
            participant_id: connector.options.participant_id.clone(),
            name: connector.options.participant_name.clone(),
            connector_id: me(connector)?,
        };
        let other = Party {
            participant_id: notice.party.participant_id.clone(),
            name: notice.party.participant_name.clone(),
            connector_id: notice.party.connector_id.clone(),
        };
        let suite = connector.node.suite_of(&notice.entry.space_id);
        let (provider, consumer) = match side {
            Side::Provider => (me, other),
            Side::Consumer => (other, me),
        };
        Ok(Self { notice, provider, consumer, suite, filing_keys: Vec::new() })
    }

    /// With the keys that the contract is to be filed under, where its space asks for that: ours, and the other side's as the platform has told of it.
    async fn with_filing_keys(mut self, connector: &Connector, tx: &mut Tx) -> Result<Self, Failure> {
        let rules = connector.node.rules_of(&self.notice.entry.space_id);
        if !rules.is_some_and(|rules| rules.sealed_filing) {
            return Ok(self);
        }
        let (own, me) = (connector.node.ring.public(), me(connector)?);
        let (provider, consumer) = self.sides();
        let other = if *provider == me { consumer } else { provider };
        let party = xinyu_store::party::find(tx, other.as_str()).await?;
        let theirs = party.ok_or_else(|| Failure::broken("the keys of the other side are not known"))?.keys;
        let keys_of = |id: &ConnectorId| if *id == me { &own } else { &theirs };
        self.filing_keys = filing::keys([(provider, keys_of(provider)), (consumer, keys_of(consumer))], self.suite);
        Ok(self)
    }

    /// The two connectors, the provider's first.
    pub(super) fn sides(&self) -> (&ConnectorId, &ConnectorId) {
        (&self.provider.connector_id, &self.consumer.connector_id)
    }

    /// The provider's connector.
    pub(super) fn provider_id(&self) -> &str {
        self.provider.connector_id.as_str()
    }

    /// The space's suite.
    pub(super) fn suite(&self) -> xinyu_crypto::Suite {
        self.suite
    }

    /// The basis of the contract, on terms that were agreed on.
    fn basis<'a>(&'a self, terms: &'a ProposedTerms, proposal: Option<AgreedProposal>) -> Basis<'a> {
        Basis {
            contract_id: &self.notice.contract_id,
            application_id: &self.notice.application_id,
            entry: &self.notice.entry,
            terms,
            proposal,
            provider: &self.provider,
            consumer: &self.consumer,
            suite: self.suite,
            filing_keys: &self.filing_keys,
        }
    }
}

/// Our own connector.
pub(crate) fn me(connector: &Connector) -> Result<ConnectorId, Failure> {
    connector.node.party().and_then(|party| party.connector()).ok_or_else(|| {
        Rejection::conflict("not-registered", "本连接器尚未注册", "this connector is not registered yet").into()
    })
}

/// Our own credential, which goes with our signatures.
pub(crate) fn credential(node: &Node) -> Result<String, Failure> {
    node.identity().and_then(|identity| identity.credential).ok_or_else(|| {
        Rejection::conflict("not-admitted", "本连接器尚未获准接入", "this connector is not admitted yet").into()
    })
}

pub(super) async fn ground(connector: &Connector, tx: &mut Tx, negotiation: &Negotiation) -> Result<Ground, Failure> {
    let application = negotiation.application_id.as_deref().unwrap_or_default();
    let notice = xinyu_store::notice::find(tx, application)
        .await?
        .ok_or_else(|| xinyu_core::application::unknown(application))?;
    Ground::new(connector, notice, negotiation.side)?.with_filing_keys(connector, tx).await
}

/// The provider draws the contract up and signs it.
pub(super) async fn agree(connector: &Connector, tx: &mut Tx, negotiation: &Negotiation) -> Result<Move, Failure> {
    let ground = ground(connector, tx, negotiation).await?;
    let table = terms::on_table(negotiation, &ground.notice);
    let contract = draft::draw_up(&ground.basis(&table, agreed(negotiation)?), tx.now())?;
    let signed = sign(connector, SignedContract { contract, signatures: Vec::new() })?;
    Ok(Move::Agree(odrl(negotiation, &signed.contract), Some(signed)))
}

/// Which proposal the contract is drawn up from: the one on the table.
fn agreed(negotiation: &Negotiation) -> Result<Option<AgreedProposal>, Rejection> {
    negotiation.proposal.as_deref().map(proposal::agreed).transpose()
}

/// The consumer checks what the provider drew up and signed: it draws the same up itself, from the proposal on its own table, and looks for the first
/// difference. The agreement of ODRL that comes along must say the same.
pub(super) async fn check(
    connector: &Connector,
    tx: &mut Tx,
    negotiation: &Negotiation,
    agreement: &Value,
    signed: &SignedContract,
) -> Result<(), Failure> {
    let ground = ground(connector, tx, negotiation).await?;
    let now = tx.now();
    let table = terms::on_table(negotiation, &ground.notice);
    draft::check(&signed.contract, &ground.basis(&table, agreed(negotiation)?), now)?;
    xinyu_core::partner::check(agreement, &negotiation.offer, &negotiation.product_id)?;
    let trust = connector.trust();
    let checked = signing::check(signed, &trust, now)?;
    if checked.iter().any(|signature| signature.connector_id == negotiation.peer) {
        return Ok(());
    }
    Err(Rejection::bad("contract-unsigned", "缺少提供方的签名", "the provider has not signed")
        .clause("/signatures")
        .into())
}

/// The consumer signs too, and makes a place for the data.
pub(super) async fn verify(connector: &Connector, tx: &mut Tx, negotiation: &Negotiation) -> Result<Move, Failure> {
    let signed = negotiation.contract.clone().ok_or_else(|| missing("/contract"))?;
    let both = sign(connector, signed)?;
    // What service parties have still to sign is taken up when it is filed, so that nothing is left of it if they do not.
    if !both.contract.has_service_parties() {
        let ground = ground(connector, tx, negotiation).await?;
        take_up(connector, tx, negotiation, &ground, both.clone()).await?;
    }
    Ok(Move::Verify(Some(both)))
}

/// The provider checks that the consumer signed the same.
pub(super) fn check_both(
    connector: &Connector,
    negotiation: &Negotiation,
    signed: &SignedContract,
    now: jiff::Timestamp,
) -> Result<(), Failure> {
    let ours = negotiation.contract.as_ref().map(|contract| &contract.contract);
    if ours != Some(&signed.contract) {
        return Err(Rejection::bad(
            "contract-differs",
            "使用方签署的合约与提供方签署的不同",
            "the consumer signed another contract than the provider",
        )
        .clause("TC609-6-2025-14 §7.3")
        .into());
    }
    let trust = connector.trust();
    if !signed.contract.has_service_parties() {
        signing::check_complete(signed, &trust, now)?;
        return Ok(());
    }
    let checked = signing::check(signed, &trust, now)?;
    let own = me(connector)?;
    for id in [own.as_str(), negotiation.peer.as_str()] {
        if !checked.iter().any(|one| one.connector_id == id) {
            return Err(Rejection::bad(
                "contract-unsigned",
                format!("缺少 {id} 的签名"),
                format!("{id} has not signed"),
            )
            .clause("/signatures")
            .into());
        }
    }
    Ok(())
}

/// The provider has the service parties asked for their signatures: the platform does so, and files what all have signed.
pub(super) async fn gather(connector: &Connector, tx: &mut Tx, negotiation: &Negotiation) -> Result<Effect, Failure> {
    let contract = negotiation.contract.clone().ok_or_else(|| missing("/contract"))?;
    let proposals = xinyu_store::round::list(tx, negotiation.pid()).await?.into_iter().filter_map(|one| one.proposal);
    let rounds = proposals.skip_while(|one| one.proposal.terms.service_parties.is_empty()).collect();
    let stream = format!("evidence/{}", negotiation.contract_id);
    let filing = Filing { contract, rounds, previous: None };
    let platform = connector.node.platform_id();
    Ok(Effect::Send(Outgoing::json(&platform, stream, GATHERING, "/tc609/contractRegistrate", &filing)?))
}

/// The kind of message by which a contract goes to the platform that service parties have still to sign.
pub(crate) const GATHERING: &str = "countersigning.filing";

/// Takes up a contract of more than two parties that was filed: on the consumer's side with a place for the data.
pub(super) async fn in_force(
    connector: &Connector,
    tx: &mut Tx,
    negotiation: &Negotiation,
    signed: SignedContract,
    filing: FilingStamp,
) -> Result<Agreement, Failure> {
    if negotiation.side == Side::Consumer {
        let ground = ground(connector, tx, negotiation).await?;
        take_up(connector, tx, negotiation, &ground, signed.clone()).await?;
    }
    let agreement = Agreement { filing: Some(filing), ..agreement(negotiation, signed)? };
    xinyu_store::agreement::save(tx, &agreement).await?;
    Ok(agreement)
}

/// The provider keeps the contract that both signed, and has it filed.
pub(super) async fn keep(connector: &Connector, tx: &mut Tx, negotiation: &Negotiation) -> Result<Effect, Failure> {
    let signed = negotiation.contract.clone().ok_or_else(|| missing("/contract"))?;
    xinyu_store::agreement::save(tx, &agreement(negotiation, signed.clone())?).await?;
    let stream = format!("evidence/{}", negotiation.contract_id);
    let platform = connector.node.platform_id();
    let filing = Filing { contract: signed, rounds: Vec::new(), previous: None };
    Ok(Effect::Send(Outgoing::json(&platform, stream, "filing", "/tc609/contractRegistrate", &filing)?))
}

/// That a digital contract is missing where the space demands one.
pub(super) fn missing(clause: &str) -> Rejection {
    Rejection::bad("contract-missing", "该空间要求附带已签名的数字合约", "this space demands a signed digital contract")
        .clause(format!("TC609-6-2025-14 §7.3 {clause}"))
}

fn sign(connector: &Connector, signed: SignedContract) -> Result<SignedContract, Failure> {
    let suite = signing::suite(&signed.contract)?;
    let credential = credential(&connector.node)?;
    Ok(signing::sign(signed, &me(connector)?, connector.node.ring.signing(suite), &credential)?)
}

/// Keeps the contract, and the place for its data.
async fn take_up(
    connector: &Connector,
    tx: &mut Tx,
    negotiation: &Negotiation,
    ground: &Ground,
    signed: SignedContract,
) -> Result<(), Failure> {
    let holding = holding_of(connector, &ground.notice.entry, signed.clone())?;
    xinyu_store::agreement::save(tx, &agreement(negotiation, signed)?).await?;
    xinyu_store::holding::save(tx, &holding).await?;
    Ok(())
}

fn agreement(negotiation: &Negotiation, signed: SignedContract) -> Result<Agreement, Failure> {
    let about = (negotiation.space_id.as_str(), negotiation.product_id.as_str());
    agreement_on(negotiation.side, &negotiation.peer, about, signed)
}

/// What a signed contract is on one side, before it is filed.
///
/// # Errors
/// If its suite is unknown.
pub(crate) fn agreement_on(
    side: Side,
    peer: &str,
    (space_id, product_id): (&str, &str),
    signed: SignedContract,
) -> Result<Agreement, Failure> {
    Ok(Agreement {
        contract_id: signed.contract.contract_id.clone(),
        side,
        space_id: space_id.to_owned(),
        product_id: product_id.to_owned(),
        peer: peer.to_owned(),
        agreement_id: signed.contract.expansion_item.agreement_id.clone(),
        contract_hash: signing::hash(&signed.contract)?,
        terms: Terms::Signed(Box::new(signed)),
        filing: None,
        stopped: None,
        statement: None,
        ending: None,
        ended_at: None,
    })
}

/// The place for the data of a contract.
///
/// # Errors
/// If we are not registered, or the suite is unknown.
pub(crate) fn holding_of(
    connector: &Connector,
    entry: &CatalogEntry,
    signed: SignedContract,
) -> Result<Holding, Failure> {
    Ok(Holding {
        contract_id: signed.contract.contract_id.clone(),
        product_id: entry.product_id.as_str().to_owned(),
        space_id: entry.space_id.clone(),
        suite: signing::suite(&signed.contract)?,
        provider: entry.connector_id.as_str().to_owned(),
        holder: me(connector)?,
        platform: connector.node.platform_id(),
        state: HoldingState::Awaited,
        stopped: None,
        ending: None,
        tables: entry.product.tables.clone(),
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
        terms: Terms::Signed(Box::new(signed)),
    })
}

/// The ODRL agreement of a contract: the offer with its parties and time.
fn odrl(negotiation: &Negotiation, contract: &Contract) -> Value {
    let party = |party: Option<&xinyu_protocol::tc609::contract::Signatory>| {
        json!(party.map(|party| party.connector_id.as_str()).unwrap_or_default())
    };
    let mut agreement = negotiation.offer.clone();
    if let Value::Object(members) = &mut agreement {
        members.insert("@type".to_owned(), json!("Agreement"));
        members.insert("@id".to_owned(), json!(contract.expansion_item.agreement_id));
        members.insert("target".to_owned(), json!(negotiation.product_id));
        members.insert("assigner".to_owned(), party(contract.provider()));
        members.insert("assignee".to_owned(), party(contract.consumer()));
        members.remove("@context");
    }
    agreement
}
