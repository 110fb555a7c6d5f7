//! The ends of contracts at the platform: what both signed comes in, the voucher goes out, what is over ends by the clock. TC609-6-2025-14 §7.6, B.2.6;
//! TC609-6-2025-01 §5.2.2.5 d.

pub mod breach;
pub mod clock;

use axum::extract::{Path, State};
use jiff::Timestamp;
use xinyu_core::contract::signing::Trust;
use xinyu_core::contract::{self, Registered};
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::termination::register;
use xinyu_core::termination::voucher::{self, Stamper};
use xinyu_core::termination::{self, End, Ground};
use xinyu_crypto::{PublicKeys, jws};
use xinyu_policy::Policy;
use xinyu_protocol::api::termination::EndingInfo;
use xinyu_protocol::id::PartyId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::termination::{
    ContractTerminate, Disposal, TerminateType, TerminationKind, TerminationVoucher,
};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::onward;

/// `POST /tc609/contractTerminate`, by a party's connector: both have signed an early end, or the contract's time is over. The same end again is answered
/// again.
///
/// # Errors
/// If the contract is not the caller's, a signature does not hold, or the end is none.
pub async fn request(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let message: ContractTerminate = call.parse()?;
    let by = call.connector()?;
    let (this, caller) = (platform.clone(), call.clone());
    call.once(&platform.node, "termination.request", move |tx| {
        Box::pin(async move {
            let id = message.contract_id.as_str();
            let registered = xinyu_store::contract::lock(tx, id)
                .await?
                .filter(|contract| contract.has_party(by.as_str()))
                .ok_or_else(|| contract::unknown(id))?;
            let now = tx.now();
            let seal = Seal::of(&this);
            let (registered, effects) = match message.terminate_type {
                TerminateType::Expiry => {
                    must_be_signed(&caller, &registered, &message, now)?;
                    let ground = seal.by_itself(&registered, TerminationKind::Expiry);
                    match &registered.ending {
                        // Whatever ended it before, there is nothing left to end.
                        Some(_) if registered.status == ContractStatus::Terminated => (registered, Vec::new()),
                        _ => register::decide(registered, ground, &seal.at(now))?,
                    }
                }
                TerminateType::Early => {
                    let expansion = voucher::must_agree(&message)?;
                    termination::must_be_disposable(expansion.notice.disposal, policy(&registered).as_ref())?;
                    let issuer = PartyId::from(this.options.platform_id.clone());
                    let trust = Trust { issuer: &issuer, keys: &seal.keys };
                    let signed = (expansion.notice.clone(), expansion.signatures.clone(), message.issue_time);
                    register::take(registered, signed, &trust, &seal.at(now))?
                }
            };
            conclude(&this, tx, registered, effects).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// That an expiry is reported as it is, under the caller's own signature.
fn must_be_signed(
    call: &PeerCall,
    contract: &Registered,
    message: &ContractTerminate,
    now: Timestamp,
) -> Result<(), Failure> {
    use base64::Engine as _;
    let refuse = |why: &str| {
        Rejection::bad(
            "termination-signature",
            format!("终止报文签名无效：{why}"),
            format!("the message of termination is not signed well: {why}"),
        )
        .clause("/signature")
    };
    if message.issuer_id != call.peer.party.as_str() {
        return Err(refuse("/issuerId").into());
    }
    let notice = register::must_be_over(contract, message, now)?;
    let bytes = notice.signing_bytes().map_err(Failure::broken)?;
    let raw = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(&message.signature)
        .map_err(|error| refuse(&error.to_string()))?;
    call.peer.keys.signing(contract.suite).verify(&bytes, &raw).map_err(|error| refuse(&error.to_string()))?;
    Ok(())
}

/// The policy of a filed contract.
fn policy(contract: &Registered) -> Option<Policy> {
    let signed = contract.signed.as_ref()?;
    let document = xinyu_core::listing::policy_document(&signed.contract.contract_policies);
    xinyu_policy::parse_value(&document).ok()
}

/// That the contract lets its data go that way.
///
/// # Errors
/// If it does not.
pub(crate) fn must_be_disposable(disposal: Disposal, contract: &Registered) -> Result<(), Rejection> {
    termination::must_be_disposable(disposal, policy(contract).as_ref())
}

/// The platform as it stamps vouchers.
pub(crate) struct Seal<'a> {
    platform: &'a Platform,
    keys: PublicKeys,
}

impl<'a> Seal<'a> {
    /// With the platform's present keys.
    pub(crate) fn of(platform: &'a Platform) -> Self {
        Self { platform, keys: platform.node.ring.public() }
    }

    /// At a time.
    pub(crate) fn at(&self, now: Timestamp) -> Stamper<'_> {
        let ring = &self.platform.node.ring;
        Stamper {
            platform_id: &self.platform.options.platform_id,
            keys: &self.keys,
            sign: Box::new(|suite, payload| jws::sign(voucher::STAMP, payload, ring.signing(suite))),
            now,
        }
    }

    /// What the platform says of a contract that ends by itself.
    pub(crate) fn by_itself(&self, contract: &Registered, kind: TerminationKind) -> Ground {
        let options = &self.platform.options;
        register::by_itself(contract, kind, options.platform_id.as_str(), &options.operator_id)
    }
}

/// Stores what has become of a contract, with its effects; what was declared of one that has ended need not be decided.
///
/// # Errors
/// If the store fails.
pub(crate) async fn conclude(
    platform: &Platform,
    tx: &mut Tx,
    contract: Registered,
    mut effects: Vec<Effect>,
) -> Result<(), Failure> {
    xinyu_store::contract::save(tx, &contract).await?;
    if contract.status == ContractStatus::Terminated {
        effects.extend(breach::end(tx, contract.contract_id.as_str()).await?);
    }
    let effects = onward::reach(tx, &contract, effects).await?;
    effect::apply(&platform.node, tx, effects).await?;
    tx.signal(Topic::Contract);
    Ok(())
}

/// A member's admission is revoked: what it is party to ends, at once. NDI-TR-2025-03 §8.
///
/// # Errors
/// If the store fails.
pub(crate) async fn depart(platform: &Platform, tx: &mut Tx, party: &str, reason: &str) -> Result<(), Failure> {
    const AT_ONCE: u32 = 1_000;
    let seal = Seal::of(platform);
    for open in xinyu_store::contract::open_of(tx, party, AT_ONCE).await? {
        let id = open.contract_id.as_str();
        let Some(contract) = xinyu_store::contract::lock(tx, id).await? else { continue };
        if contract.status == ContractStatus::Terminated {
            continue;
        }
        let said = if reason.trim().is_empty() { "准入被吊销 / its admission was revoked" } else { reason };
        let ground = Ground {
            termination_id: termination::id_of(&contract.contract_id, TerminationKind::Departure),
            reason: said.chars().take(termination::REASON).collect(),
            kind: TerminationKind::Departure,
            ..seal.by_itself(&contract, TerminationKind::Departure)
        };
        let now = tx.now();
        let (contract, effects) = register::decide(contract, ground, &seal.at(now))?;
        conclude(platform, tx, contract, effects).await?;
    }
    Ok(())
}

/// A contract's end, for people.
pub(crate) fn info(voucher: &TerminationVoucher, is_effective: bool) -> EndingInfo {
    xinyu_shell::termination::info(voucher, is_effective)
}

/// `GET /api/v1/contracts/{id}/voucher`: the voucher as a file for `xinyu contract verify`.
///
/// # Errors
/// If there is no such contract, or it does not end.
pub async fn export(State(platform): State<Platform>, Path(id): Path<String>, _: Person) -> Result<Vec<u8>, Failure> {
    let found = platform.node.store.read("contract.voucher", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::contract::find(tx, &id).await?;
            found.ok_or_else(|| Failure::from(contract::unknown(&id)))
        })
    });
    let found = found.await?;
    let voucher = found.ending.ok_or_else(|| xinyu_shell::termination::no_voucher(&found.contract_id))?;
    xinyu_protocol::json::canonical(&voucher).map_err(Failure::broken)
}

/// Whether a contract's end has taken effect.
pub(crate) fn is_over(contract: &Registered, now: Timestamp) -> bool {
    let end = contract.ending.as_ref().map(End::of);
    contract.status == ContractStatus::Terminated
        || end.is_some_and(|end| end.is_effective(contract.frozen_at.is_some(), now))
}
