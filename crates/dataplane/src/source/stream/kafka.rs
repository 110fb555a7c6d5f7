//! Apache Kafka from 0.11 on: all partitions of a topic, one after the other, up to where they ended when the reading began. Only what is committed; no group of
//! consumers, so that no offsets are kept. The few requests that this takes are spoken here and not by a client library: none lets each connection pass the
//! egress guard, although brokers name the addresses of others, and those at hand reserve as much memory as an answer says.

mod batch;
mod client;
mod fields;
mod sasl;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use xinyu_http::EgressPolicy;
use xinyu_protocol::text::Text;

use self::batch::Aborted;
use self::client::{Broker, Fetched, Partition};
use super::address::Address;
use super::{Records, SourceError, wire};

/// Answers without a record and without an error, one after the other, before a broker is given up.
const EMPTY_MAX: u32 = 20;

/// A part of a partition.
struct Stretch {
    partition: Partition,
    from: i64,
    end: i64,
}

/// Takes what there is; what stretch that is.
pub(super) async fn read(address: &Address, egress: &EgressPolicy, records: &mut Records) -> Result<Text, SourceError> {
    let mut first = Broker::connect(&address.host, address.port, address, egress).await?;
    let found = first.find(&address.topic).await?;
    let mut brokers = HashMap::new();
    let mut stretches = Vec::new();
    for partition in found.partitions {
        let broker = match brokers.entry(partition.leader) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let (host, port) = found.brokers.get(&partition.leader).ok_or_else(wire::broken)?;
                place.insert(Broker::connect(host, *port, address, egress).await?)
            }
        };
        let begin = broker.offset(&address.topic, partition.id, client::EARLIEST).await?;
        let end = broker.offset(&address.topic, partition.id, client::LATEST).await?;
        let last = address.last.and_then(|last| i64::try_from(last).ok());
        let from = last.map_or(begin, |last| end.saturating_sub(last).max(begin));
        stretches.push(Stretch { partition, from, end });
    }
    let partitions = stretches.len();
    let mut is_whole = address.last.is_none();
    for stretch in stretches {
        let broker = brokers.get_mut(&stretch.partition.leader).ok_or_else(wire::broken)?;
        is_whole &= one(broker, &address.topic, stretch, address.messages, records).await?;
    }
    let count = records.count();
    let (zh, en) = if is_whole { ("最早", "earliest") } else { ("所取的一段", "chosen") };
    Ok(Text::new(
        format!("这是主题 {partitions} 个分区从{zh}记录到读取开始时末尾的 {count} 条记录，之后的未计入"),
        format!(
            "these are {count} records of {partitions} partitions, from the {en} ones to the end as it was when the reading began"
        ),
    ))
}

/// Reads a stretch; whether to its end.
async fn one(
    broker: &mut Broker,
    topic: &str,
    stretch: Stretch,
    most: u64,
    records: &mut Records,
) -> Result<bool, SourceError> {
    let (mut at, mut empty, mut aborted) = (stretch.from, 0_u32, Aborted::default());
    while at < stretch.end {
        if records.count() >= most {
            return Ok(false);
        }
        match broker.fetch(topic, stretch.partition.id, at).await? {
            // What was the earliest has been dropped meanwhile.
            Fetched::Gone => {
                let begin = broker.offset(topic, stretch.partition.id, client::EARLIEST).await?;
                if begin <= at {
                    return Err(wire::broken());
                }
                at = begin;
            }
            Fetched::Batches { bytes, transactions } => {
                aborted.expect(transactions);
                let next = batch::take(&bytes, at, stretch.end, &mut aborted, |record| {
                    if records.count() < most { records.take(record) } else { Ok(()) }
                })?;
                empty = if next > at { 0 } else { empty.saturating_add(1) };
                at = next;
                if empty > EMPTY_MAX {
                    return Err(wire::broken());
                }
            }
        }
    }
    Ok(true)
}
