//! Contracts at the platform: filing, and the whole life of one on one page. TC609-6-2025-14 §7.4; TC609-6-2025-01 §5.2.2.5.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::contract::{self, Registered};
use xinyu_core::contract::{filing, signing};
use xinyu_core::fault::Rejection;
use xinyu_core::listing::policy_document;
use xinyu_core::usage::duty;
use xinyu_crypto::jws;
use xinyu_protocol::api::{
    ClauseInfo, ContractLife, ContractLine, Event, FreezeInfo, List, MeteringInfo, SmartClauseInfo,
};
use xinyu_protocol::tc609::contract::{
    Contract, ContractFile, Filing, FilingClaims, FilingReceipt, FilingStamp, SignedContract,
};
use xinyu_protocol::tc609::participant::Role;
use xinyu_protocol::tc609::smart_clause::SmartClause;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::countersigning;
use crate::event::{Names, event, names};
use crate::termination::{self, breach, is_over};
use crate::version;

/// `POST /tc609/contractRegistrate`, by the provider's connector once both signed.
///
/// # Errors
/// If the contract is not the one applied for, or a signature does not hold.
pub async fn file(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let filing: Filing = call.parse()?;
    let by = call.connector()?;
    let this = platform.clone();
    call.once(&platform.node, "contract.file", move |tx| {
        Box::pin(async move {
            let signed = &filing.contract;
            let id = signed.contract.contract_id.clone();
            let registered = xinyu_store::contract::lock(tx, id.as_str())
                .await?
                .filter(|contract| contract.has_party(by.as_str()))
                .ok_or_else(|| contract::unknown(id.as_str()))?;
            crate::draft::must_not_be_passed(tx, &signed.contract).await?;
            must_be_fileable(tx, &registered, &signed.contract).await?;
            if signed.contract.renewed_by().is_some() {
                version::must_be_renewable(&registered, &filing)?;
            } else if signed.contract.has_service_parties() {
                return crate::countersigning::begin(&this, tx, registered, filing).await;
            } else {
                signing::check_complete(signed, &checked::trust(&this).as_trust(), tx.now())?;
            }
            let (contract_hash, filing) = take(&this, tx, registered, filing.contract, filing.previous).await?;
            Answer::json(200, &FilingReceipt { status: "0".to_owned(), contract_hash, filing })
        })
    })
    .await
}

/// Files a contract, or a later version of one, whose parties and signatures were checked: it is in force from now on.
///
/// # Errors
/// If it was filed with another content, cannot be filed from where it stands, does not follow on the version before, or is frozen.
pub(crate) async fn take(
    platform: &Platform,
    tx: &mut Tx,
    registered: Registered,
    signed: SignedContract,
    previous: Option<Box<Contract>>,
) -> Result<(String, FilingStamp), Failure> {
    if version::is_later(&signed) {
        let filed = version::file(platform, tx, registered, signed, previous).await?;
        tx.signal(Topic::Contract);
        return Ok(filed);
    }
    let now = tx.now();
    let mut new = crate::filing::to_file(platform, tx, &registered, signed, None).await?;
    if let Some(there) = &registered.filing {
        new.filing = there.clone();
    }
    let (hash, stamp) = (new.hash.clone(), new.filing.clone());
    let (registered, effects) = contract::file(registered, new, now)?;
    xinyu_store::contract::save(tx, &registered).await?;
    crate::performance::begin(platform, tx, &registered).await?;
    crate::metering::period::begin(platform, tx, &registered).await?;
    effect::apply(&platform.node, tx, effects).await?;
    if !registered.smart_clauses().is_empty() {
        crate::smart_clause::follow(platform, tx, registered).await?;
    }
    tx.signal(Topic::Contract);
    Ok((hash, stamp))
}

/// Whose credentials count, as this platform knows: its own.
pub(crate) mod checked {
    use xinyu_core::contract::signing::Trust;
    use xinyu_crypto::PublicKeys;
    use xinyu_protocol::id::PartyId;

    use crate::app::Platform;

    /// The platform with its keys.
    pub(crate) struct Own {
        issuer: PartyId,
        keys: PublicKeys,
    }

    impl Own {
        /// As a check of signatures takes it.
        pub(crate) fn as_trust(&self) -> Trust<'_> {
            Trust { issuer: &self.issuer, keys: &self.keys }
        }
    }

    /// This platform.
    pub(crate) fn trust(platform: &Platform) -> Own {
        Own { issuer: PartyId::from(platform.options.platform_id.clone()), keys: platform.node.ring.public() }
    }
}

/// That a contract could be filed if it were signed: it is the one in the register, names its signatories, stays within what was listed, and says what the space
/// takes and whether its text is sealed.
///
/// # Errors
/// If it is not so.
pub(crate) async fn must_be_fileable(tx: &mut Tx, registered: &Registered, contract: &Contract) -> Result<(), Failure> {
    must_match(registered, contract)?;
    xinyu_core::countersigning::must_name_alike(contract)?;
    version::must_stay_within(tx, registered, contract).await?;
    must_be_enforceable(tx, contract).await?;
    crate::filing::must_be_as_the_space_says(tx, contract).await
}

fn must_match(registered: &Registered, contract: &Contract) -> Result<(), Failure> {
    let fits = contract.provider().is_some_and(|party| party.connector_id.as_str() == registered.provider)
        && contract.consumer().is_some_and(|party| party.connector_id.as_str() == registered.consumer)
        && contract.expansion_item.space_id == registered.space_id
        && contract.expansion_item.application_id == registered.application_id
        && contract.expansion_item.suite == registered.suite.to_string();
    if fits {
        return Ok(());
    }
    Err(Rejection::bad(
        "contract-differs",
        format!("合约 {} 的当事方、空间、申请或密码套件与平台登记不符", registered.contract_id),
        format!(
            "parties, space, application or suite of contract {} are not those of the application",
            registered.contract_id
        ),
    )
    .clause("TC609-6-2025-14 §7.4")
    .into())
}

/// Where the space takes only what technique keeps, that the contract says nothing else: terms that were negotiated were in no listing.
async fn must_be_enforceable(tx: &mut Tx, contract: &Contract) -> Result<(), Failure> {
    let space = xinyu_store::space::find(tx, &contract.expansion_item.space_id).await?;
    if !space.is_some_and(|space| space.technical_only) {
        return Ok(());
    }
    let policy = xinyu_policy::parse_value(&policy_document(&contract.contract_policies)).map_err(|errors| {
        let place = errors.first().map(|error| error.pointer.clone()).unwrap_or_default();
        Rejection::bad("policy", "合约策略无法解析", "the policies do not parse").clause(place)
    })?;
    Ok(duty::must_be_kept_by_technique(&policy)?)
}

/// The sequence of the set of records that counts in the space of a contract: its connectors decide nothing under it without.
///
/// # Errors
/// If the store fails.
pub(crate) async fn policy_set(tx: &mut Tx, registered: &Registered) -> Result<Option<u64>, Failure> {
    let there = xinyu_store::policy_record::sequence(tx, &registered.space_id).await?;
    Ok(there.map(|(sequence, _)| sequence).filter(|sequence| *sequence > 0))
}

/// The platform's proof of filing.
///
/// # Errors
/// If something has no canonical form.
pub(crate) fn stamp(
    platform: &Platform,
    registered: &Registered,
    hash: &str,
    now: jiff::Timestamp,
) -> Result<FilingStamp, Failure> {
    let keys = serde_json::to_value(platform.node.ring.public()).map_err(Failure::broken)?;
    let canonical_keys = xinyu_protocol::json::canonical(&keys).map_err(Failure::broken)?;
    let claims = FilingClaims {
        contract_id: registered.contract_id.clone(),
        contract_hash: hash.to_owned(),
        filed_at: now,
        keys_hash: registered.suite.hash(&canonical_keys).to_string(),
    };
    let payload = xinyu_protocol::json::canonical(&claims).map_err(Failure::broken)?;
    Ok(FilingStamp {
        platform_id: platform.options.platform_id.clone(),
        keys,
        stamp: jws::sign("xinyu-filing+jwt", &payload, platform.node.ring.signing(registered.suite)),
    })
}

/// `GET /api/v1/contracts`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<List<ContractLine>>, Failure> {
    Ok(Json(List { items: lines(&platform, String::new()).await? }))
}

/// `POST /tc609/contracts`, by a member: its own contracts; for a regulator, all.
///
/// # Errors
/// If the store fails.
pub async fn list_for_peer(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let party =
        if call.role() == Some(Role::Regulator) { String::new() } else { call.connector()?.as_str().to_owned() };
    Answer::json(200, &List { items: lines(&platform, party).await? })
}

async fn lines(platform: &Platform, party: String) -> Result<Vec<ContractLine>, Failure> {
    let this = platform.clone();
    platform
        .node
        .store
        .read("contract.list", move |tx| {
            Box::pin(async move {
                let names = names(&this, tx).await?;
                let contracts = xinyu_store::contract::list(tx, &party, 500).await?;
                let uses = Uses::read(tx).await?;
                Ok(contracts.iter().map(|contract| line(contract, &names, &uses)).collect())
            })
        })
        .await
}

/// `GET /api/v1/contracts/{id}`.
///
/// # Errors
/// If there is no such contract.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<ContractLife>, Failure> {
    Ok(Json(life(&platform, id, Viewer::Ours).await?))
}

/// `POST /tc609/contract`, by a party or a regulator: `{"contractId": …}`.
///
/// # Errors
/// If there is no such contract for the caller.
pub async fn show_to_peer(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Query {
        contract_id: String,
    }
    let query: Query = call.parse()?;
    let viewer = match call.role() {
        Some(Role::Regulator) => Viewer::Regulator,
        _ => Viewer::Party(call.connector()?.as_str().to_owned()),
    };
    Answer::json(200, &life(&platform, query.contract_id, viewer).await?)
}

/// `GET /api/v1/contracts/{id}/file`: the contract as a file for `xinyu contract verify`.
///
/// # Errors
/// If there is no such contract, or it is not filed yet.
pub async fn export(State(platform): State<Platform>, Path(id): Path<String>, _: Person) -> Result<Vec<u8>, Failure> {
    let contract = platform
        .node
        .store
        .read("contract.find", move |tx| {
            Box::pin(async move {
                let found = xinyu_store::contract::find(tx, &id).await?;
                found.ok_or_else(|| Failure::from(contract::unknown(&id)))
            })
        })
        .await?;
    if contract.sealed.is_some() {
        return Err(filing::sealed(contract.contract_id.as_str()).into());
    }
    let (Some(signed), Some(filing)) = (contract.signed, contract.filing) else {
        return Err(Rejection::conflict("contract-not-filed", "合约尚未备案", "the contract is not filed yet").into());
    };
    let file = ContractFile { contract: signed.contract, signatures: signed.signatures, filing };
    xinyu_protocol::json::canonical(&file).map_err(Failure::broken)
}

/// Who looks at a contract.
enum Viewer {
    /// The platform's own people.
    Ours,
    /// A regulator.
    Regulator,
    /// A member, to whom only its own contracts are there.
    Party(String),
}

async fn life(platform: &Platform, id: String, viewer: Viewer) -> Result<ContractLife, Failure> {
    let this = platform.clone();
    platform
        .node
        .store
        .read("contract.show", move |tx| {
            Box::pin(async move {
                let contract = xinyu_store::contract::find(tx, &id)
                    .await?
                    .filter(|contract| match &viewer {
                        Viewer::Party(party) => contract.is_known_to(party),
                        Viewer::Ours | Viewer::Regulator => true,
                    })
                    .ok_or_else(|| contract::unknown(&id))?;
                let names = names(&this, tx).await?;
                let events = events(tx, &id, &names).await?;
                let uses = Uses::read(tx).await?;
                let is_ours = matches!(viewer, Viewer::Ours);
                let payment = crate::payment::of_contract(&this, tx, &contract, is_ours).await?;
                let breaches = breach::infos(tx, &id, &names).await?;
                let ending =
                    contract.ending.as_ref().map(|there| termination::info(there, is_over(&contract, tx.now())));
                let versions = version::infos(tx, &contract).await?;
                let newest = xinyu_store::countersigning::gatherings(tx, &id).await?.into_iter().next();
                let parties = countersigning::parties(&contract, newest.as_ref());
                let signing = newest.as_ref().map(countersigning::signing_info);
                let life = page(&contract, events, &names, &uses)?;
                let life = ContractLife { payment, breaches, ending, versions, parties, signing, ..life };
                // What the two owe each other is no business of whoever serves them.
                Ok(match &viewer {
                    Viewer::Party(party) if !contract.has_party(party) => {
                        ContractLife { payment: None, breaches: Vec::new(), statement: None, ..life }
                    }
                    _ => life,
                })
            })
        })
        .await
}

/// The events of a contract, in the order of the log.
///
/// # Errors
/// If the store fails.
pub async fn events(tx: &mut Tx, id: &str, names: &Names) -> Result<Vec<Event>, Failure> {
    xinyu_store::log::of_contract(tx, id).await?.iter().map(|entry| event(entry, names)).collect()
}

fn page(contract: &Registered, events: Vec<Event>, names: &Names, uses: &Uses) -> Result<ContractLife, Failure> {
    let freeze = contract.frozen_at.map(|ordered_at| {
        // The last one: what was frozen before was lifted.
        let frozen = events.iter().rfind(|event| event.kind == "contract.frozen");
        let order = frozen.and_then(|event| event.subject.as_deref());
        let ordered =
            events.iter().find(|event| event.kind == "regulator.ordered" && event.subject.as_deref() == order);
        FreezeInfo {
            by: ordered.map(|event| event.actor_name.clone()).unwrap_or_default(),
            order_id: frozen.and_then(|event| event.subject.clone()).unwrap_or_default(),
            ground: frozen.and_then(|event| event.facts.get("ground")?.as_str().map(str::to_owned)).unwrap_or_default(),
            ordered_at: ordered.map_or(ordered_at, |event| event.at),
            stopped_at: events
                .iter()
                .find(|event| event.kind == "usage.stopped" && event.at >= ordered_at)
                .map(|event| event.at),
        }
    });
    let metering = &contract.metering;
    let readable = contract.signed.as_ref().filter(|_| contract.sealed.is_none());
    Ok(ContractLife {
        line: line(contract, names, uses),
        suite: contract.suite.to_string(),
        clauses: readable.map(|signed| clauses(&signed.contract)).transpose()?.unwrap_or_default(),
        signed: contract.signed.clone(),
        sealed: contract.sealed.is_some(),
        contract_hash: contract.contract_hash.clone(),
        events,
        metering: MeteringInfo {
            provider: metering.provider,
            consumer: metering.consumer,
            platform: metering.platform,
            differences: metering.differences.clone(),
        },
        statement: contract.statement.clone(),
        payment: None,
        freeze,
        ending: None,
        breaches: Vec::new(),
        smart_clauses: smart_clauses(contract),
        versions: Vec::new(),
        parties: Vec::new(),
        signing: None,
    })
}

/// The smart clauses of a contract, over or not, with what became of them.
fn smart_clauses(contract: &Registered) -> Vec<SmartClauseInfo> {
    let clauses = contract.signed.iter().flat_map(|signed| &signed.contract.expansion_item.smart_clauses);
    let info = |clause: &SmartClause| SmartClauseInfo {
        clause: clause.clone(),
        fired: contract.smart.fired.get(&clause.id).copied().map_or(0, u64::from),
        fen: contract.smart.charged_by(&clause.id),
    };
    clauses.map(info).collect()
}

/// The clauses of a contract for people.
///
/// # Errors
/// If its policies do not parse, which filing has ruled out.
pub fn clauses(contract: &Contract) -> Result<Vec<ClauseInfo>, Failure> {
    let document = policy_document(&contract.contract_policies);
    xinyu_core::clause::clauses(&document).map_err(|errors| {
        Failure::broken(
            errors.first().map_or_else(|| "policies do not parse".to_owned(), |error| error.text.en.clone()),
        )
    })
}

/// The uses that the log tells of, by contract. The account of a contract ends with the destruction of its data; the log does not.
pub struct Uses {
    done: BTreeMap<String, u64>,
    refused: BTreeMap<String, u64>,
}

impl Uses {
    /// Counts them.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn read(tx: &mut Tx) -> Result<Self, Failure> {
        Ok(Self {
            done: xinyu_store::log::tally(tx, "usage.done").await?,
            refused: xinyu_store::log::tally(tx, "usage.refused").await?,
        })
    }

    /// Made and refused, of all contracts.
    #[must_use]
    pub fn sum(&self) -> (u64, u64) {
        let sum =
            |counts: &BTreeMap<String, u64>| counts.values().fold(0, |sum: u64, count| sum.saturating_add(*count));
        (sum(&self.done), sum(&self.refused))
    }
}

fn line(contract: &Registered, names: &Names, uses: &Uses) -> ContractLine {
    let count = |counts: &BTreeMap<String, u64>| counts.get(contract.contract_id.as_str()).copied().unwrap_or_default();
    let name = |id: &str| names.get(id).cloned().unwrap_or_default();
    ContractLine {
        contract_id: contract.contract_id.as_str().to_owned(),
        name: contract.name.clone(),
        product_id: contract.product_id.clone(),
        space_id: contract.space_id.clone(),
        provider: contract.provider.clone(),
        provider_name: name(&contract.provider),
        consumer: contract.consumer.clone(),
        consumer_name: name(&contract.consumer),
        status: contract.status,
        unsigned: contract.is_unsigned,
        frozen_at: contract.frozen_at,
        created_at: contract.created_at,
        total_fen: contract.statement.as_ref().map(|statement| statement.total_fen),
        uses: count(&uses.done),
        refused: count(&uses.refused),
    }
}

/// Moves a contract on as the evidence of its parties tells, so that one status is shown for both.
///
/// # Errors
/// If the store fails.
pub async fn follow(tx: &mut Tx, contract_id: &str, kind: &str, awaits_signatures: bool) -> Result<(), Failure> {
    let Some(registered) = xinyu_store::contract::lock(tx, contract_id).await? else {
        return Ok(());
    };
    let Some(to) = contract::told_by(&registered, kind, awaits_signatures) else {
        return Ok(());
    };
    // A record that comes late tells of a status that is over already.
    if let Ok(moved) = contract::advance(registered, to) {
        xinyu_store::contract::save(tx, &moved).await?;
        tx.signal(Topic::Contract);
    }
    Ok(())
}
