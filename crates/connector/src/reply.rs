//! What a connector does with the answers to its messages.

mod address;
mod told;

use serde::de::DeserializeOwned;
use xinyu_core::contract::version::proposal::FILING;
use xinyu_core::countersigning::request::ANSWER;
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::Side;
use xinyu_core::transfer::Delivered;
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::dps::FlowStatus;
use xinyu_protocol::dsp::{negotiation, tolerant, transfer};
use xinyu_protocol::tc609::catalog::{ListingAnswer, ListingRequest};
use xinyu_protocol::tc609::evidence::{EvidenceAnswer, EvidenceReport};
use xinyu_shell::Failure;
use xinyu_shell::outbox::{Refused, ReplyHandler, Sent};
use xinyu_store::outbox::OutboxMessage;
use xinyu_store::{BoxFuture, Topic, Tx};

use crate::app::Connector;
use crate::transfer::follow;
use crate::{payment, performance};

/// The connector's handler of answers.
pub struct Replies(pub Connector);

impl ReplyHandler for Replies {
    fn on_reply<'t>(&'t self, tx: &'t mut Tx, sent: &'t Sent) -> BoxFuture<'t, Result<(), Failure>> {
        Box::pin(async move {
            match sent.message.kind.as_str() {
                "evidence" => acknowledged(&self.0, tx, sent).await,
                "usage.feedback" => told::taken(&self.0, tx, &sent.message.body).await,
                "listing" => listed(tx, sent).await,
                "dsp.negotiation.request" | "dsp.negotiation.offer" => negotiating(tx, sent).await,
                "dsp.transfer.request" => transferring(tx, sent).await,
                "dps.prepare" | "dps.start" => flowing(&self.0, tx, sent).await,
                kind if kind.starts_with("dsp.") && !sent.is_late => address::taken(tx, &sent.message).await,
                _ => Ok(()),
            }
        })
    }

    fn addressed<'t>(
        &'t self,
        tx: &'t mut Tx,
        message: OutboxMessage,
    ) -> BoxFuture<'t, Result<OutboxMessage, Failure>> {
        Box::pin(async move { address::complete(tx, message).await })
    }

    fn is_moot<'t>(&'t self, tx: &'t mut Tx, message: &'t OutboxMessage) -> BoxFuture<'t, Result<bool, Failure>> {
        Box::pin(async move { address::is_moot(tx, message).await })
    }

    fn on_refused<'t>(&'t self, tx: &'t mut Tx, refused: &'t Refused) -> BoxFuture<'t, Result<(), Failure>> {
        Box::pin(async move {
            let message = &refused.message;
            match message.kind.as_str() {
                "payment" => payment::bounced(tx, refused).await,
                "listing" | "deregistration" => crate::product::life::not_taken(tx, refused).await,
                "performance" => performance::bounced(&self.0, tx, refused).await,
                "termination.agreed" if message.destination == self.0.node.platform_id() => {
                    crate::termination::refused(tx, &message.body, &refused.why).await
                }
                FILING => crate::version::answer::refused(tx, &message.body, &refused.why).await,
                crate::negotiation::GATHERING => {
                    crate::countersigning::side::not_begun(&self.0, tx, &message.body, &refused.why).await
                }
                xinyu_core::draft::ANSWER => crate::draft::not_taken(tx, &message.body, &refused.why).await,
                ANSWER => crate::countersigning::not_taken(tx, &message.body, &refused.why).await,
                "usage.feedback" => told::refused(&self.0, tx, &message.body).await,
                _ => address::refused(&self.0, tx, refused).await,
            }
        })
    }
}

/// An answer of our platform, which proved it: it will speak our language again.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|error| Failure::broken(format!("an answer does not parse: {error}")))
}

async fn acknowledged(connector: &Connector, tx: &mut Tx, sent: &Sent) -> Result<(), Failure> {
    let (report, answer): (EvidenceReport, EvidenceAnswer) = (read(&sent.message.body)?, read(&sent.body)?);
    let record: SignedRecord = serde_json::from_value(report.record).map_err(Failure::broken)?;
    let position = i64::try_from(answer.index).map_err(Failure::broken)?;
    xinyu_store::record::acknowledge(tx, &record.record.id, position).await?;
    told::recorded(connector, tx, &record.record).await
}

async fn listed(tx: &mut Tx, sent: &Sent) -> Result<(), Failure> {
    let (request, answer): (ListingRequest, ListingAnswer) = (read(&sent.message.body)?, read(&sent.body)?);
    if let Some(mut offering) = xinyu_store::offering::lock(tx, &request.listing_id).await?
        && offering.product_id.is_none()
    {
        offering.product_id = Some(answer.product_id);
        offering.state = answer.state;
        xinyu_store::offering::save(tx, &offering).await?;
    }
    Ok(())
}

/// An answer of the Dataspace Protocol, as other makers write it.
fn plain<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Rejection> {
    let value = serde_json::from_slice(bytes).map(tolerant::plain);
    value.and_then(serde_json::from_value).map_err(|error| unreadable(&error))
}

/// That nobody can read another maker's answer: its fault, and as good as a refusal.
fn unreadable(error: &serde_json::Error) -> Rejection {
    Rejection::bad("unreadable-answer", format!("应答无法解析：{error}"), format!("the answer does not parse: {error}"))
}

/// The peer's process id, which its first answer tells.
async fn negotiating(tx: &mut Tx, sent: &Sent) -> Result<(), Failure> {
    let answer: negotiation::ContractNegotiation = plain(&sent.body)?;
    let ours = address::pid_of(&sent.message);
    if let Some(mut negotiation) = xinyu_store::negotiation::lock(tx, &ours).await?
        && negotiation.peer_pid().is_none()
    {
        match negotiation.side {
            Side::Consumer => negotiation.provider_pid = Some(answer.provider_pid),
            Side::Provider => negotiation.consumer_pid = answer.consumer_pid,
        }
        xinyu_store::negotiation::save(tx, &negotiation).await?;
        tx.signal(Topic::Negotiation);
    }
    Ok(())
}

async fn transferring(tx: &mut Tx, sent: &Sent) -> Result<(), Failure> {
    let answer: transfer::TransferProcess = plain(&sent.body)?;
    let ours = address::pid_of(&sent.message);
    if let Some(mut transfer) = xinyu_store::transfer::lock(tx, &ours).await?
        && transfer.peer_pid().is_none()
    {
        transfer.provider_pid = Some(answer.provider_pid);
        xinyu_store::transfer::save(tx, &transfer).await?;
        tx.signal(Topic::Transfer);
    }
    Ok(())
}

/// A data plane that is done at once says so in its answer; one that takes its time tells later.
async fn flowing(connector: &Connector, tx: &mut Tx, sent: &Sent) -> Result<(), Failure> {
    let status: FlowStatus = serde_json::from_slice(&sent.body).map_err(|error| unreadable(&error))?;
    let ours = address::pid_of(&sent.message);
    follow(connector, tx, &ours, status, Delivered::default()).await
}
