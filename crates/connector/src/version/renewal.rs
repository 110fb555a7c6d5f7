//! Automatic renewal on our side: what the contract says of it, and our refusal, which holds once the platform has it in the log. TC609-6-2025-14 §7.5 c.

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use xinyu_core::contract::version::renewal::{self, REFUSED};
use xinyu_core::effect::Draft;
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::api::version::{RenewalInfo, VersionsInfo};
use xinyu_protocol::tc609::contract::Contract;
use xinyu_protocol::tc609::evidence::{EvidenceAnswer, EvidenceReport};
use xinyu_protocol::time;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use super::{current, info, lock};
use crate::app::Connector;
use crate::platform;

fn name(contract_id: &str, version: u32) -> String {
    format!("renewal/{contract_id}/{version}")
}

/// Whether the platform has taken our refusal of the renewal of a version.
///
/// # Errors
/// If the store fails.
pub(crate) async fn is_refused(tx: &mut Tx, contract_id: &str, version: u32) -> Result<bool, Failure> {
    Ok(xinyu_store::setting::find(tx, &name(contract_id, version)).await?.is_some())
}

/// What a version says of its renewal.
pub(super) async fn of(tx: &mut Tx, contract: &Contract, now: Timestamp) -> Result<Option<RenewalInfo>, Failure> {
    let Some(terms) = renewal::of(&contract.expansion_item.smart_clauses) else { return Ok(None) };
    let refused = is_refused(tx, contract.contract_id.as_str(), contract.version()).await?;
    let ends_at = time::parse_compact(&contract.indate).map_err(Failure::broken)?;
    Ok(Some(RenewalInfo {
        clause: terms.clause.clone(),
        by: terms.by.to_owned(),
        decided_at: renewal::moment(terms, ends_at),
        refused,
        bar: renewal::must_be_refusable(contract, now).err().map(|why| why.code.to_owned()),
    }))
}

/// `POST /api/v1/agreements/{id}/versions/renewal`: we do not want the contract to renew itself. The same again changes nothing.
///
/// # Errors
/// If there is no such contract here, it does not renew itself, that is decided already, or what the platform says.
pub async fn refuse(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
) -> Result<Json<VersionsInfo>, Failure> {
    let (this, wanted) = (connector.clone(), id.clone());
    let signed = connector.node.store.write("renewal.sign", move |tx| {
        Box::pin(async move {
            let agreement = lock(tx, &wanted).await?;
            let now = tx.now();
            let contract = &current(&agreement, now)?.contract;
            let version = contract.version();
            if is_refused(tx, &wanted, version).await? {
                return Ok(None);
            }
            renewal::must_be_refusable(contract, now)?;
            let draft = Draft::new(REFUSED, &agreement.space_id)
                .contract(&agreement.contract_id)
                .fact("side", agreement.side.as_str())
                .fact("version", version);
            Ok::<_, Failure>(Some((effect::sign(&this.node, tx, draft)?, version)))
        })
    });
    if let Some((record, version)) = signed.await? {
        take(&connector, &person, &id, record, version).await?;
    }
    let found = connector.node.store.read("version.list", move |tx| Box::pin(async move { info::find(tx, &id).await }));
    Ok(Json(found.await?))
}

/// Has the platform take our refusal, before the renewal is decided, and keeps it. What it refused is nobody's evidence.
async fn take(
    connector: &Connector,
    person: &Person,
    id: &str,
    record: SignedRecord,
    version: u32,
) -> Result<(), Failure> {
    let report = EvidenceReport { record: serde_json::to_value(&record).map_err(Failure::broken)? };
    let _: EvidenceAnswer = platform::ask(&connector.node, "/tc609/evidence", &report).await?;
    let (name, happened) = (name(id, version), person.happened("version.refuse-renewal", id, "done"));
    let (noted, contract) = (record.record.id.clone(), id.to_owned());
    crate::regulator::keep(connector, record).await?;
    let kept = connector.node.store.write("renewal.refused", move |tx| {
        Box::pin(async move {
            xinyu_store::setting::set(tx, &name, &noted).await?;
            xinyu_store::audit::append(tx, &happened).await?;
            xinyu_store::warning::touch(tx, &contract).await?;
            tx.signal(Topic::Contract);
            Ok::<_, Failure>(())
        })
    });
    kept.await
}
