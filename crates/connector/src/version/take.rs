//! A later version comes down from the platform and is in force here: for what begins from now on, and for what runs (`usage::watch` decides again at the
//! signal). Counters, data and what was done stay as they are. TC609-6-2025-15 §7.1.2.2 a, f.

use xinyu_core::agreement::{Agreement, Terms};
use xinyu_core::contract::signing;
use xinyu_core::contract::version::proposal;
use xinyu_core::contract::version::{self, Kept};
use xinyu_protocol::tc609::contract::{FilingStamp, SignedContract};
use xinyu_shell::Failure;
use xinyu_store::{Topic, Tx};

use crate::app::Connector;

/// Takes a version up, if it is the next one and we signed it. None: it is not, and nothing is changed.
///
/// # Errors
/// If the store fails.
pub(crate) async fn take_up(
    connector: &Connector,
    tx: &mut Tx,
    mut agreement: Agreement,
    signed: SignedContract,
    filing: FilingStamp,
) -> Result<Option<Agreement>, Failure> {
    let (now, hash) = (tx.now(), signing::hash(&signed.contract)?);
    let id = agreement.contract_id.as_str().to_owned();
    let (Some(before), Some(before_filing)) = (agreement.terms.signed().cloned(), agreement.filing.clone()) else {
        return Ok(None);
    };
    let pending = xinyu_store::version::list(tx, &id).await?;
    // Our own signature is on nothing that is not among these.
    let is_known = match signed.contract.renewed_by() {
        None => pending.iter().any(|one| one.contract_hash == hash),
        // What both have signed in advance, unless the platform has taken our refusal.
        Some(_) => !super::renewal::is_refused(tx, &id, before.contract.version()).await?,
    };
    let follows = version::must_follow(&before.contract, &signed.contract).is_ok();
    let is_signed = signing::check_version(&signed, &connector.trust(), now).is_ok();
    if !is_known || !follows || !is_signed {
        return Ok(None);
    }
    let mut holding = xinyu_store::holding::lock(tx, &id).await?;
    let uses = match &holding {
        Some(holding) => holding.meter.uses,
        None => xinyu_store::meter::find(tx, &id).await?.uses,
    };
    let kept = Kept {
        signed: before,
        sealed: None,
        contract_hash: agreement.contract_hash.clone(),
        filing: before_filing,
        replaced_at: now,
        uses,
    };
    xinyu_store::version::keep(tx, &kept).await?;
    let terms = Terms::Signed(Box::new(signed));
    if let Some(mut holding) = holding.take() {
        holding.terms = terms.clone();
        xinyu_store::holding::save(tx, &holding).await?;
    }
    agreement.terms = terms;
    agreement.contract_hash.clone_from(&hash);
    agreement.filing = Some(filing);
    xinyu_store::agreement::save(tx, &agreement).await?;
    let note = "另一版本已备案生效 / another version was filed";
    for one in pending {
        xinyu_store::version::save(tx, &proposal::filed(one, &hash, note)).await?;
    }
    tx.signal(Topic::Usage);
    Ok(Some(agreement))
}
