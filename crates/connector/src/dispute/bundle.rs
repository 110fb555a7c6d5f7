//! An arbitration bundle (仲裁证据包) as a party gives it: the platform's part, and beside it what the party has itself, signed. TC609-6-2025-14 §7.5 b.

use axum::extract::{Path, State};
use xinyu_core::contract;
use xinyu_core::dispute::{self, bundle};
use xinyu_core::negotiation::Side;
use xinyu_protocol::tc609::dispute::{ArbitrationBundle, BundleQuery, SideRecord, SideRecords};
use xinyu_protocol::tc609::negotiation::HistoryFile;
use xinyu_protocol::tc609::participant::Role;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;

use crate::app::Connector;
use crate::negotiation::{archive, credential, me};
use crate::platform;

/// The most records that a side gives.
const RECORDS: u32 = 50_000;

/// `GET /api/v1/disputes/{id}/bundle`: for `xinyu dispute verify`.
///
/// # Errors
/// If there is no such dispute for us, or the platform cannot be reached.
pub async fn export(State(connector): State<Connector>, Path(id): Path<String>, _: Person) -> Result<Vec<u8>, Failure> {
    let dispute_id = id.clone();
    let texts = connector.node.store.read("dispute.texts", move |tx| {
        Box::pin(async move {
            match xinyu_store::dispute::find(tx, &dispute_id).await? {
                Some(found) => crate::filing::texts(tx, found.place.contract_id.as_str()).await,
                None => Ok(Vec::new()),
            }
        })
    });
    let query = BundleQuery { dispute_id: id.clone(), texts: texts.await? };
    let mut bundle: ArbitrationBundle = platform::ask(&connector.node, "/tc609/disputeBundle", &query).await?;
    if connector.options.role != Role::Regulator {
        bundle.sides = vec![ours(&connector, id).await?];
    }
    xinyu_protocol::json::canonical(&bundle).map_err(Failure::broken)
}

async fn ours(connector: &Connector, id: String) -> Result<xinyu_protocol::tc609::dispute::SignedSide, Failure> {
    let this = connector.clone();
    let read = connector.node.store.read("dispute.side", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::dispute::find(tx, &id).await?.ok_or_else(|| dispute::unknown(&id))?;
            let contract_id = found.place.contract_id.as_str();
            let agreement = xinyu_store::agreement::find(tx, contract_id).await?;
            let agreement = agreement.ok_or_else(|| contract::unknown(contract_id))?;
            let mut kept = xinyu_store::record::list(tx, contract_id, RECORDS).await?;
            kept.reverse();
            let records = kept.into_iter().map(|one| {
                let position = one.position.and_then(|position| u64::try_from(position).ok());
                SideRecord { position, record: one.body }
            });
            let side = SideRecords {
                dispute_id: found.dispute_id,
                contract_id: agreement.contract_id.clone(),
                connector_id: me(&this)?,
                role: match agreement.side {
                    Side::Provider => "provider".to_owned(),
                    Side::Consumer => "consumer".to_owned(),
                },
                made_at: tx.now(),
                contract_hash: found.place.contract_hash,
                steps: found.steps,
                history: None,
                records: records.collect(),
            };
            let negotiation = xinyu_store::negotiation::find_by_contract(tx, side.contract_id.as_str()).await?;
            Ok::<_, Failure>((side, found.place.suite, negotiation))
        })
    });
    let (mut side, suite, negotiation) = read.await?;
    if let Some(negotiation) = negotiation {
        let history: HistoryFile = archive::file(connector, negotiation.pid().to_owned()).await?;
        side.history = Some(history);
    }
    Ok(bundle::sign(side, connector.node.ring.signing(suite), &credential(&connector.node)?)?)
}
