//! The digital contract's life (合约状态) as platform and connectors keep it. TC609-6-2025-14 §7, C.1 row 4. Pure.
//!
//! `contract` is the outer machine, `negotiation` the inner one; [`status_of`] maps the inner to the outer.

pub mod difference;
pub mod draft;
pub mod file;
pub mod filing;
pub mod history;
pub mod proposal;
pub mod signing;
pub mod version;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_crypto::Suite;
use xinyu_protocol::id::{ConnectorId, ContractId};
use xinyu_protocol::tc609::contract::{ContractStatus, FilingStamp, SignedContract};
use xinyu_protocol::tc609::metering::Statement;
use xinyu_protocol::tc609::smart_clause::SmartClause;
use xinyu_protocol::tc609::termination::TerminationVoucher;
use xinyu_protocol::tc609::usage::StrategySend;
use xinyu_protocol::tc609::version::RenewedBy;
use xinyu_protocol::time;

use self::filing::{Sealed, ToFile};
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;
use crate::metering::Reconciliation;
use crate::negotiation;
use crate::smart_clause;
use crate::termination::register::Proven;

use ContractStatus::{Initiated, Negotiating, Performing, Signed, Signing, SigningFailed, Terminated};

/// From which status to which. A contract is initiated by an application and ends in 06.
pub const TRANSITIONS: &[(ContractStatus, ContractStatus)] = &[
    (Initiated, Negotiating),
    (Initiated, Terminated),
    (Negotiating, Signing),
    (Negotiating, Terminated),
    (Signing, Signed),
    (Signing, SigningFailed),
    (Signing, Terminated),
    (SigningFailed, Negotiating),
    (SigningFailed, Terminated),
    (Signed, Performing),
    (Signed, Terminated),
    (Performing, Terminated),
];

/// The one table of both machines: which status of the outer one (合约状态, C.1 row 4) a state of the inner one (DSP 2025-1 §7.2) means. `05` and `06`
/// come after the negotiation, with filing and settlement, and `01` before it, with the application.
pub const STATUSES: [(negotiation::State, ContractStatus); 7] = [
    (negotiation::State::Requested, Negotiating),
    (negotiation::State::Offered, Negotiating),
    (negotiation::State::Accepted, Negotiating),
    (negotiation::State::Agreed, Signing),
    (negotiation::State::Verified, Signed),
    (negotiation::State::Finalized, Signed),
    (negotiation::State::Terminated, SigningFailed),
];

/// Which status of the outer machine a state of the inner one means, by [`STATUSES`].
#[must_use]
pub fn status_of(state: negotiation::State) -> ContractStatus {
    STATUSES.iter().find(|(inner, _)| *inner == state).map_or(Initiated, |(_, outer)| *outer)
}

/// A contract as the platform keeps it, from application to settlement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// One id through everything.
    pub contract_id: ContractId,
    /// The space whose rules apply.
    pub space_id: String,
    /// The space's suite.
    pub suite: Suite,
    /// The application it came from.
    pub application_id: String,
    /// What it is over, under its provider's name for it.
    pub product_id: String,
    /// The product's name.
    pub name: String,
    /// The provider's connector.
    pub provider: String,
    /// The consumer's connector.
    pub consumer: String,
    /// Where it stands.
    pub status: ContractStatus,
    /// Whether one side is a partner, whose protocol carries no signatures.
    #[serde(default)]
    pub is_unsigned: bool,
    /// Since when a regulator holds it, if one does.
    pub frozen_at: Option<Timestamp>,
    /// The order that holds it.
    #[serde(default)]
    pub freeze_order: Option<String>,
    /// How it ends, once that is agreed or decided: it has ended when the status says so.
    #[serde(default)]
    pub ending: Option<TerminationVoucher>,
    /// What became of its data, as the consumer has proven.
    #[serde(default)]
    pub proven: Option<Proven>,
    /// The contract with both signatures, once filed; where it is sealed, what is left of it to read.
    pub signed: Option<SignedContract>,
    /// Its text, where it is filed under keys of its parties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Sealed>,
    /// The renewal that was decided, while its text is awaited from the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewing: Option<RenewedBy>,
    /// Hash of the signed bytes, once filed.
    pub contract_hash: Option<String>,
    /// The platform's proof of filing.
    pub filing: Option<FilingStamp>,
    /// When it was applied for.
    pub created_at: Timestamp,
    /// When it was filed.
    pub filed_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The meters.
    pub metering: Reconciliation,
    /// The settlement.
    pub statement: Option<Statement>,
    /// Where its smart clauses stand.
    #[serde(default)]
    pub smart: smart_clause::State,
    /// The connectors of the service parties that were asked to sign it, last: they see it and tell of what they do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_parties: Vec<String>,
}

impl Registered {
    /// Whether a party of the space is on one side of it.
    #[must_use]
    pub fn has_party(&self, party: &str) -> bool {
        self.provider == party || self.consumer == party
    }

    /// Whether a party may see it: it is on one side, or was asked to serve it.
    #[must_use]
    pub fn is_known_to(&self, party: &str) -> bool {
        self.has_party(party) || self.service_parties.iter().any(|other| other == party)
    }

    /// The connectors of the service parties that have signed it, once it is filed.
    pub fn serving(&self) -> impl Iterator<Item = &ConnectorId> {
        let contract = self.signed.as_ref().map(|signed| &signed.contract);
        contract.into_iter().flat_map(|contract| &contract.expansion_item.service_parties).map(|one| &one.connector_id)
    }

    /// Its smart clauses, while they run: from its filing to its end.
    #[must_use]
    pub fn smart_clauses(&self) -> &[SmartClause] {
        match &self.signed {
            Some(signed) if self.status == Performing => &signed.contract.expansion_item.smart_clauses,
            _ => &[],
        }
    }

    /// The next moment of a smart clause, and which it is. While a regulator holds the contract no moment comes.
    #[must_use]
    pub fn next_moment(&self) -> Option<(Timestamp, String)> {
        match self.frozen_at {
            None => {
                let ends_at = self.signed.as_ref().and_then(|signed| time::parse_compact(&signed.contract.indate).ok());
                smart_clause::next_moment(self.smart_clauses(), ends_at, &self.smart)
            }
            Some(_) => None,
        }
    }

    /// The sides that are members of the space, the consumer first: all but partners.
    #[must_use]
    pub fn connectors(&self) -> Vec<ConnectorId> {
        [&self.consumer, &self.provider].into_iter().filter_map(|party| ConnectorId::parse(party).ok()).collect()
    }
}

/// What the evidence of its parties says of a contract, so that one status is shown for both. What is signed is in force once it is filed; what is not,
/// once it is finalised, and it is over when its data is destroyed, since there is nothing to settle. Where service parties have still to sign, what the
/// consumer signed is not signed yet.
#[must_use]
pub fn told_by(contract: &Registered, kind: &str, awaits_signatures: bool) -> Option<ContractStatus> {
    match (kind, contract.is_unsigned) {
        ("negotiation.verified", _) if awaits_signatures => Some(Signing),
        ("negotiation.requested" | "negotiation.offered", _) => Some(Negotiating),
        ("negotiation.agreed", _) => Some(Signing),
        ("negotiation.verified", _) | ("negotiation.finalized", false) => Some(Signed),
        ("negotiation.finalized", true) => Some(Performing),
        ("negotiation.terminated" | "usage.destroyed", true) => Some(Terminated),
        _ => None,
    }
}

/// Moves a contract on, step by step of the table; being there already is not an error, since both parties report.
///
/// # Errors
/// If the table does not lead there.
pub fn advance(mut contract: Registered, to: ContractStatus) -> Result<Registered, Rejection> {
    while contract.status != to {
        let next = next_towards(contract.status, to).ok_or_else(|| {
            Rejection::conflict(
                "illegal-transition",
                format!("合约 {} 不能从状态 {} 变为 {to}", contract.contract_id, contract.status),
                format!("contract {} cannot go from status {} to {to}", contract.contract_id, contract.status),
            )
            .clause("TC609-6-2025-14 C.1")
        })?;
        contract.status = next;
    }
    Ok(contract)
}

fn next_towards(from: ContractStatus, to: ContractStatus) -> Option<ContractStatus> {
    let direct = TRANSITIONS.contains(&(from, to));
    if direct {
        return Some(to);
    }
    let order = [Initiated, Negotiating, Signing, Signed, Performing];
    let position = |status| order.iter().position(|&candidate| candidate == status);
    let (here, there) = (position(from)?, position(to)?);
    if here < there { order.get(here + 1).copied() } else { None }
}

/// That no regulator holds a contract: one that is held goes no further, however far it has come.
///
/// # Errors
/// If one does. TC609-6-2025-01 §7.4.3.
pub fn must_not_be_frozen(contract: &Registered) -> Result<(), Rejection> {
    match contract.frozen_at {
        None => Ok(()),
        Some(_) => Err(frozen(&contract.contract_id, None)),
    }
}

/// The refusal of what would carry a frozen contract on, with the ground of the order where it is known.
#[must_use]
pub fn frozen(id: &ContractId, ground: Option<&str>) -> Rejection {
    let (zh, en) = ground.map_or_else(Default::default, |ground| (format!("：{ground}"), format!(": {ground}")));
    Rejection::conflict("contract-frozen", format!("合约 {id} 已被冻结{zh}"), format!("contract {id} is frozen{en}"))
        .clause("TC609-6-2025-01 §7.4.3")
}

/// Files a contract whose signatures were checked: it is in force, and the policy goes down to both connectors, with the sequence of the set of records that
/// counts in the space. A text that is sealed goes down sealed.
///
/// # Errors
/// If it was filed with another content, cannot be filed from where it stands, or is frozen.
pub fn file(contract: Registered, new: ToFile, now: Timestamp) -> Result<(Registered, Vec<Effect>), Rejection> {
    let hash = &new.hash;
    if let Some(filed) = &contract.contract_hash {
        if filed == hash {
            return Ok((contract, Vec::new()));
        }
        return Err(Rejection::conflict(
            "filed-otherwise",
            format!("合约 {} 已备案，内容不同（备案哈希 {filed}，本次 {hash}）", contract.contract_id),
            format!("contract {} is filed with another content (hash {filed}, this one {hash})", contract.contract_id),
        )
        .clause("TC609-6-2025-14 §7.4"));
    }
    must_not_be_frozen(&contract)?;
    let mut contract = advance(contract, Performing)?;
    contract.filed_at = Some(now);
    keep(&mut contract, &new);
    let mut record = Draft::new("contract.filed", &contract.space_id)
        .contract(&contract.contract_id)
        .fact("hash", new.hash.clone())
        .fact("product", contract.product_id.clone())
        .fact("provider", contract.provider.clone())
        .fact("consumer", contract.consumer.clone());
    if new.sealed.is_some() {
        record = record.fact("sealed", true);
    }
    if new.signed.contract.has_service_parties() {
        record = record.fact("serving", contract.serving().map(ToString::to_string).collect::<Vec<_>>());
    }
    let mut effects = vec![Effect::Record(record)];
    effects.extend(send_down(&contract, &new, 1, now)?);
    Ok((contract, effects))
}

/// What the platform keeps of what it files.
fn keep(contract: &mut Registered, new: &ToFile) {
    contract.signed = Some(new.readable());
    contract.renewing = None;
    contract.sealed.clone_from(&new.sealed);
    contract.contract_hash = Some(new.hash.clone());
    contract.filing = Some(new.filing.clone());
}

/// Files a later version, whose signatures and place were checked: it is in force from now on, and goes down to both connectors. The version before comes
/// back, to be kept.
///
/// # Errors
/// If the contract is not performed, ends, or is frozen.
pub fn file_version(
    mut contract: Registered,
    new: ToFile,
    now: Timestamp,
) -> Result<(Registered, version::Kept, Vec<Effect>), Rejection> {
    let id = contract.contract_id.clone();
    let (Some(before), Some(before_hash), Some(before_filing)) =
        (contract.signed.clone(), contract.contract_hash.clone(), contract.filing.clone())
    else {
        return Err(Rejection::conflict(
            "contract-not-filed",
            format!("合约 {id} 尚未备案，没有可变更的版本"),
            format!("contract {id} is not filed yet, there is no version to follow on"),
        )
        .clause("TC609-6-2025-14 §7.4"));
    };
    must_not_be_frozen(&contract)?;
    if contract.status != Performing || contract.ending.is_some() {
        return Err(Rejection::conflict(
            "contract-ending",
            format!("合约 {id} 已终止或已约定终止，不能变更或续签"),
            format!("contract {id} has ended or is ending, it cannot be amended or renewed"),
        )
        .clause("TC609-6-2025-14 §7.6 a"));
    }
    let signed = &new.signed.contract;
    let previous = match (&contract.sealed, &new.previous) {
        (None, _) => &before.contract,
        // One whose number is taken is told so, whatever it brings.
        (Some(_), _) if signed.version() <= before.contract.version() => &before.contract,
        (Some(_), Some(previous)) => {
            filing::must_be_filed(previous, &before_hash)?;
            previous.as_ref()
        }
        (Some(_), None) => return Err(filing::sealed(id.as_str())),
    };
    version::must_follow(previous, signed)?;
    version::must_be_timely(previous, signed, now)?;
    let number = signed.version();
    let link = signed.expansion_item.version.clone();
    let record = Draft::new(smart_clause::VERSIONED, &contract.space_id)
        .contract(&id)
        .fact("version", number)
        .fact("hash", new.hash.clone())
        .fact("previous", before_hash.clone())
        .fact("kind", link.map(|link| link.kind.as_str()).unwrap_or_default())
        .fact("end", signed.indate.clone());
    let mut effects = vec![Effect::Record(record)];
    effects.extend(send_down(&contract, &new, number, now)?);
    let kept = version::Kept {
        signed: before,
        sealed: contract.sealed.take().map(|sealed| sealed.text),
        contract_hash: before_hash,
        filing: before_filing,
        replaced_at: now,
        uses: contract.metering.platform.uses,
    };
    keep(&mut contract, &new);
    Ok((contract, kept, effects))
}

/// The policy of a version goes down to both connectors. TC609-6-2025-15 §9.2.1.
fn send_down(contract: &Registered, new: &ToFile, version: u32, now: Timestamp) -> Result<Vec<Effect>, Rejection> {
    let send = |connector: &String| {
        let body = StrategySend {
            contract_id: contract.contract_id.clone(),
            strategy_id: strategy_id(&contract.contract_id),
            strategy_version: version.to_string(),
            transaction_execution_strategy: new.readable(),
            expansion_item: new.filing.clone(),
            issued_at: now,
            policy_set: new.policy_set,
            sealed: new.sealed.as_ref().map(|sealed| sealed.text.clone()),
        };
        let stream = format!("party/{connector}");
        Ok(Effect::Send(Outgoing::json(connector, stream, "strategy", "/tc609/strategySend", &body)?))
    };
    let serving: Vec<String> = contract.serving().map(ToString::to_string).collect();
    [&contract.provider, &contract.consumer].into_iter().chain(&serving).map(send).collect()
}

/// Settles a contract whose meters agree: the statement goes to both. It has ended before, or ends with it.
///
/// # Errors
/// If it cannot end from where it stands.
pub fn settle(
    contract: Registered,
    statement: Statement,
    now: Timestamp,
) -> Result<(Registered, Vec<Effect>), Rejection> {
    let mut contract = advance(contract, Terminated)?;
    contract.ended_at.get_or_insert(now);
    let mut effects = vec![Effect::Record(
        Draft::new("settlement.stated", &contract.space_id)
            .contract(&contract.contract_id)
            .fact("total_fen", statement.total_fen)
            .fact("uses", statement.meter.uses)
            .fact("rows", statement.meter.rows)
            .fact("bytes", statement.meter.bytes),
    )];
    for connector in [&contract.provider, &contract.consumer] {
        let stream = format!("party/{connector}");
        effects.push(Effect::Send(Outgoing::json(connector, stream, "statement", "/tc609/statement", &statement)?));
    }
    contract.statement = Some(statement);
    Ok((contract, effects))
}

/// The id of the one policy of a contract: a UUID made of the contract id's digest, so that all parties know it without asking.
#[must_use]
pub fn strategy_id(contract: &ContractId) -> String {
    let digest = Suite::Intl.hash(contract.as_str().as_bytes()).to_string();
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default().to_owned();
    format!("{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// A contract that is not there, or not for this caller.
#[must_use]
pub fn unknown(contract_id: &str) -> Rejection {
    Rejection::unknown(
        "unknown-contract",
        format!("没有合约 {contract_id}，或您无权查看"),
        format!("contract {contract_id} does not exist, or not for you"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tc609_14_c_1_statuses_lead_to_termination_and_never_back_from_it() {
        assert!(TRANSITIONS.iter().all(|(from, _)| *from != Terminated));
        for status in [Initiated, Negotiating, Signing, Signed, Performing] {
            assert!(next_towards(status, Terminated).is_some(), "{status}");
        }
    }

    #[test]
    fn tc609_14_c_1_every_state_of_a_negotiation_has_its_status() {
        for state in negotiation::State::ALL {
            assert_eq!(STATUSES.iter().filter(|(inner, _)| *inner == state).count(), 1, "{state:?}");
        }
        assert_eq!(status_of(negotiation::State::Offered), Negotiating);
        assert_eq!(status_of(negotiation::State::Terminated), SigningFailed);
    }

    #[test]
    fn strategy_ids_have_the_length_the_standard_gives() {
        let contract = ContractId::parse("C491350100M000100Y43350120250829120000A1B2C3D4B").unwrap();
        assert_eq!(strategy_id(&contract).len(), 36);
    }
}
