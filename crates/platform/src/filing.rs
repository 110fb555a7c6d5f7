//! Filing under keys of the parties at the platform: the text is read once, sealed for those who signed it, and asked for with a key of theirs only.
//! TC609-6-2025-14 §7.4 a, §7.5 e.

use axum::extract::{Path, State};
use xinyu_core::contract::filing::{self, ToFile};
use xinyu_core::contract::{self, Registered, signing};
use xinyu_core::fault::Rejection;
use xinyu_protocol::tc609::contract::{Contract, SignedContract};
use xinyu_protocol::tc609::filing::{FiledTextQuery, SealedFile};
use xinyu_shell::Failure;
use xinyu_shell::keys::entropy;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_store::{BoxFuture, Tx};

use crate::app::Platform;
use crate::version;

/// That a contract names filing keys where its space files under keys of the parties, and none elsewhere.
///
/// # Errors
/// If it does not.
pub(crate) async fn must_be_as_the_space_says(tx: &mut Tx, contract: &Contract) -> Result<(), Failure> {
    let space = xinyu_store::space::find(tx, &contract.expansion_item.space_id).await?;
    Ok(filing::must_be_as_the_space_says(contract, space.is_some_and(|space| space.sealed_filing))?)
}

/// A contract whose signatures were checked, as it is to be filed: stamped, and sealed where it says so.
///
/// # Errors
/// If a key that it names is not its party's.
pub(crate) async fn to_file(
    platform: &Platform,
    tx: &mut Tx,
    registered: &Registered,
    signed: SignedContract,
    previous: Option<Box<Contract>>,
) -> Result<ToFile, Failure> {
    let hash = signing::hash(&signed.contract)?;
    let stamp = crate::contract::stamp(platform, registered, &hash, tx.now())?;
    let policy_set = crate::contract::policy_set(tx, registered).await?;
    let mut sealed = None;
    if signed.contract.is_sealed() {
        let mut parties = Vec::new();
        for signatory in &signed.contract.signatory_entities {
            let party = xinyu_store::party::find(tx, signatory.connector_id.as_str()).await?;
            parties.extend(party.map(|party| (signatory.connector_id.clone(), party.keys)));
        }
        let mut rng = entropy().map_err(Failure::broken)?;
        sealed = Some(filing::seal(&signed, &hash, &parties, &mut rng)?);
    }
    Ok(ToFile { signed, hash, filing: stamp, sealed, previous, policy_set })
}

/// `GET /api/v1/contracts/{id}/sealed`: the sealed text of the version in force with its stamp. Its parties open it.
///
/// # Errors
/// If there is no such contract, or it is not filed under keys of its parties.
pub async fn export(State(platform): State<Platform>, Path(id): Path<String>, _: Person) -> Result<Vec<u8>, Failure> {
    let found = platform.node.store.read("filing.export", move |tx| {
        Box::pin(async move {
            let contract = xinyu_store::contract::find(tx, &id).await?.ok_or_else(|| contract::unknown(&id))?;
            find(tx, contract, None).await
        })
    });
    xinyu_protocol::json::canonical(&found.await?).map_err(Failure::broken)
}

/// `POST /tc609/filedText`, by a party: what is kept of a version, so that it can be opened and compared there.
///
/// # Errors
/// If there is no such contract or version for the caller, or it is not filed under keys of its parties.
pub async fn show_to_peer(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let query: FiledTextQuery = call.parse()?;
    let by = call.connector()?;
    let found = platform.node.store.read("filing.show", move |tx| {
        Box::pin(async move {
            let id = query.contract_id.as_str();
            let found = xinyu_store::contract::find(tx, id).await?.filter(|found| found.is_known_to(by.as_str()));
            find(tx, found.ok_or_else(|| contract::unknown(id))?, query.version).await
        })
    });
    Answer::json(200, &found.await?)
}

fn find(tx: &mut Tx, contract: Registered, version: Option<u32>) -> BoxFuture<'_, Result<SealedFile, Failure>> {
    Box::pin(async move {
        let id = contract.contract_id.clone();
        let (Some(sealed), Some(filing)) = (&contract.sealed, &contract.filing) else {
            return Err(open(id.as_str()).into());
        };
        match version {
            Some(number) if number != sealed.text.version => {
                let kept = version::before(tx, &contract).await?;
                let kept = kept.into_iter().filter_map(|one| one.sealed.map(|text| (text, one.filing)));
                let found = kept.into_iter().find(|(text, _)| text.version == number);
                let (sealed, filing) = found.ok_or_else(|| xinyu_shell::version::unknown(number))?;
                Ok(SealedFile { sealed, filing })
            }
            _ => Ok(SealedFile { sealed: sealed.text.clone(), filing: filing.clone() }),
        }
    })
}

/// The refusal where a text is readable, or not there yet.
fn open(id: &str) -> Rejection {
    Rejection::conflict(
        "contract-not-sealed",
        format!("合约 {id} 尚未备案，或不是加密备案"),
        format!("contract {id} is not filed yet, or not under keys of its parties"),
    )
    .clause(filing::CLAUSE)
}
