//! Several messages of a connector in one request: checked each as if it came by itself, taken in one transaction, all or none. A message that was taken
//! before, by itself or in another bundle, changes nothing and gets the same answer. TC609-6-2025-01 §5.2.2.12.

use std::collections::BTreeSet;

use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use xinyu_core::evidence::Indexer;
use xinyu_core::fault::Rejection;
use xinyu_core::participant::Member;
use xinyu_evidence::batch::Checked;
use xinyu_protocol::tc609::bundle::{Bundle, BundleAnswer, MOST, Message};
use xinyu_protocol::tc609::evidence::EvidenceReport;
use xinyu_protocol::tc609::partner::PartnerContract;
use xinyu_shell::Failure;
use xinyu_shell::log::Coming;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_store::Tx;

use crate::app::Platform;
use crate::application::member;
use crate::{evidence, partner};

/// What a message is, once it was checked.
enum Part {
    Record(Box<Coming>),
    Partner(Box<PartnerContract>),
}

/// `POST /tc609/bundle`, by a connector.
///
/// # Errors
/// What the first message that is refused would get by itself.
pub async fn take(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    // Some hundred records are read and verified for milliseconds: not among the tasks that others wait for.
    let (by, parts) =
        platform.node.crew.work(move || Ok::<_, Failure>((call.connector()?, read_all(&call)?))).await??;
    let this = platform.clone();
    let taken = platform.node.store.write("bundle.take", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            xinyu_store::contract::hold(tx, concerned(&parts)).await?;
            let (mut answers, mut records) = (Vec::with_capacity(parts.len()), Vec::new());
            for part in parts {
                match part {
                    Part::Record(coming) => records.push(*coming),
                    // What follows may be about the contract that it tells of.
                    Part::Partner(told) => {
                        answers.extend(recorded(&this, tx, &me, std::mem::take(&mut records)).await?);
                        answers.push(value(&partner::take(&this, tx, &me, *told).await?)?);
                    }
                }
            }
            answers.extend(recorded(&this, tx, &me, records).await?);
            Ok::<_, Failure>(BundleAnswer { answers })
        })
    });
    Answer::json(200, &taken.await?)
}

async fn recorded(platform: &Platform, tx: &mut Tx, me: &Member, records: Vec<Coming>) -> Result<Vec<Value>, Failure> {
    let taken = evidence::take::all(platform, tx, me, records).await?;
    taken.iter().map(value).collect()
}

/// The contracts that records tell of. They are held before the log is, which the first records hold until the end.
fn concerned(parts: &[Part]) -> BTreeSet<String> {
    let contract = |part: &Part| match part {
        Part::Record(coming) => coming.signed.record.contract.clone(),
        Part::Partner(_) => None,
    };
    parts.iter().filter_map(contract).collect()
}

fn read_all(call: &PeerCall) -> Result<Vec<Part>, Failure> {
    let bundle: Bundle<Box<RawValue>> = call.parse()?;
    if bundle.messages.len() > MOST {
        return Err(malformed(&format!("it has more than {MOST} messages"), "/messages").into());
    }
    let (mut checked, mut indexer) = (Checked::default(), Indexer::default());
    bundle.messages.iter().map(|message| read(call, message, &mut checked, &mut indexer)).collect()
}

fn read(
    call: &PeerCall,
    message: &Message<Box<RawValue>>,
    checked: &mut Checked,
    indexer: &mut Indexer,
) -> Result<Part, Failure> {
    match message.path.as_str() {
        "/tc609/evidence" => {
            let sent: EvidenceReport<&RawValue> = body(&message.body)?;
            Ok(Part::Record(Box::new(Coming::new(evidence::read(call, sent.record, checked)?, indexer))))
        }
        "/tc609/partnerContract" => Ok(Part::Partner(Box::new(body(&message.body)?))),
        other => Err(malformed(&format!("{other} goes by itself"), "/messages").into()),
    }
}

fn body<'b, T: Deserialize<'b>>(body: &'b RawValue) -> Result<T, Failure> {
    serde_json::from_str(body.get()).map_err(|error| malformed(&error.to_string(), "/messages").into())
}

fn value<T: serde::Serialize>(answer: &T) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(Failure::broken)
}

fn malformed(why: &str, clause: &str) -> Rejection {
    Rejection::bad("malformed-bundle", format!("报文组无效：{why}"), format!("the bundle is not valid: {why}"))
        .clause(clause)
}
