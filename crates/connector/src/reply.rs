//! What a connector does with the answers to its messages.

use serde::de::DeserializeOwned;
use xinyu_core::negotiation::Side;
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::dsp::{negotiation, transfer};
use xinyu_protocol::tc609::catalog::{ListingAnswer, ListingRequest};
use xinyu_protocol::tc609::evidence::{EvidenceAnswer, EvidenceReport};
use xinyu_shell::Failure;
use xinyu_shell::outbox::{ReplyHandler, Sent};
use xinyu_store::{BoxFuture, Tx};

/// The connector's handler of answers.
pub struct Replies;

impl ReplyHandler for Replies {
    fn on_reply<'t>(&'t self, tx: &'t mut Tx, sent: &'t Sent) -> BoxFuture<'t, Result<(), Failure>> {
        Box::pin(async move {
            match sent.message.kind.as_str() {
                "evidence" => acknowledged(tx, sent).await,
                "listing" => listed(tx, sent).await,
                "dsp.negotiation.request" => negotiating(tx, sent).await,
                "dsp.transfer.request" => transferring(tx, sent).await,
                _ => Ok(()),
            }
        })
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|error| Failure::broken(format!("an answer does not parse: {error}")))
}

async fn acknowledged(tx: &mut Tx, sent: &Sent) -> Result<(), Failure> {
    let (report, answer): (EvidenceReport, EvidenceAnswer) = (read(&sent.message.body)?, read(&sent.body)?);
    let record: SignedRecord = serde_json::from_value(report.record).map_err(Failure::broken)?;
    let position = i64::try_from(answer.index).map_err(Failure::broken)?;
    xinyu_store::record::acknowledge(tx, &record.record.id, position).await?;
    Ok(())
}

async fn listed(tx: &mut Tx, sent: &Sent) -> Result<(), Failure> {
    let (request, answer): (ListingRequest, ListingAnswer) = (read(&sent.message.body)?, read(&sent.body)?);
    if let Some(mut offering) = xinyu_store::offering::find(tx, &request.listing_id).await?
        && offering.product_id.is_none()
    {
        offering.product_id = Some(answer.product_id);
        offering.state = answer.state;
        xinyu_store::offering::save(tx, &offering).await?;
    }
    Ok(())
}

async fn negotiating(tx: &mut Tx, sent: &Sent) -> Result<(), Failure> {
    let answer: negotiation::ContractNegotiation = read(&sent.body)?;
    if let Some(mut negotiation) = xinyu_store::negotiation::lock(tx, &answer.consumer_pid).await?
        && negotiation.side == Side::Consumer
        && negotiation.provider_pid.is_none()
    {
        negotiation.provider_pid = Some(answer.provider_pid);
        xinyu_store::negotiation::save(tx, &negotiation).await?;
    }
    Ok(())
}

async fn transferring(tx: &mut Tx, sent: &Sent) -> Result<(), Failure> {
    let answer: transfer::TransferProcess = read(&sent.body)?;
    if let Some(mut transfer) = xinyu_store::transfer::lock(tx, &answer.consumer_pid).await?
        && transfer.side == Side::Consumer
        && transfer.provider_pid.is_none()
    {
        transfer.provider_pid = Some(answer.provider_pid);
        xinyu_store::transfer::save(tx, &transfer).await?;
    }
    Ok(())
}
