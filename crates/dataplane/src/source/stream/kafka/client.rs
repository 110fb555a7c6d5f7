//! One broker, and the requests that are sent to it: those of Kafka 0.11 or 1.0, which every later one still takes.

use std::collections::HashMap;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use url::Host;
use xinyu_http::EgressPolicy;

use super::super::super::SourceError;
use super::super::address::Address;
use super::super::wire::{self, WAIT, Wire};
use super::fields::{Reader, Writer};
use super::sasl;

/// The longest answer. A broker gives one batch at least, however much is asked for.
const ANSWER_MAX: usize = 64 << 20;
/// How much is asked for at once.
const FETCH_BYTES: i32 = 4 << 20;
const FETCH_WAIT_MS: i32 = 500;

/// Places in a partition that are asked for by these numbers.
pub(super) const EARLIEST: i64 = -2;
pub(super) const LATEST: i64 = -1;

/// Only what is committed.
const COMMITTED: u8 = 1;

const FETCH: (i16, i16) = (1, 4);
const LIST_OFFSETS: (i16, i16) = (2, 2);
const METADATA: (i16, i16) = (3, 4);
pub(super) const SASL_HANDSHAKE: (i16, i16) = (17, 1);
pub(super) const SASL_AUTHENTICATE: (i16, i16) = (36, 0);

/// A connection to a broker.
pub(super) struct Broker {
    wire: Wire,
    sent: i32,
}

/// A part of a topic, and the broker that has it.
pub(super) struct Partition {
    pub(super) id: i32,
    pub(super) leader: i32,
}

/// Where a topic is.
pub(super) struct Found {
    pub(super) brokers: HashMap<i32, (Host, u16)>,
    pub(super) partitions: Vec<Partition>,
}

/// What a partition has.
pub(super) enum Fetched {
    /// Not that any more.
    Gone,
    Batches {
        bytes: Vec<u8>,
        /// Those that were aborted: who wrote them, and from where on.
        transactions: Vec<(i64, i64)>,
    },
}

impl Broker {
    /// Connects, and says who we are.
    pub(super) async fn connect(
        host: &Host,
        port: u16,
        address: &Address,
        egress: &EgressPolicy,
    ) -> Result<Self, SourceError> {
        let mut mechanism = sasl::STRONGEST;
        loop {
            let wire = wire::connect(host, port, address.is_encrypted, egress).await?;
            let mut broker = Self { wire, sent: 0 };
            let Some((user, password)) = &address.login else { return Ok(broker) };
            match sasl::log_in(&mut broker, mechanism, user, password).await? {
                None => return Ok(broker),
                // It knows another one only, and ends the connection.
                Some(other) if other != mechanism => mechanism = other,
                Some(_) => return Err(wire::broken()),
            }
        }
    }

    /// Where a topic is; a topic that is not there is not made.
    pub(super) async fn find(&mut self, topic: &str) -> Result<Found, SourceError> {
        let request = Writer::default().int(1).text(topic).byte(0);
        let answer = self.ask(METADATA, request).await?;
        let mut answer = Reader(&answer);
        answer.int()?;
        let brokers = answer.list(|broker| {
            let (id, host, port) = (broker.int()?, broker.text()?, broker.int()?);
            broker.text()?;
            Ok((id, host, port))
        })?;
        answer.text()?;
        answer.int()?;
        let topics = answer.list(|topic| {
            let error = topic.short()?;
            topic.text()?;
            topic.byte()?;
            let partitions = topic.list(|partition| {
                partition.short()?;
                let (id, leader) = (partition.int()?, partition.int()?);
                for _ in 0..2 {
                    partition.list(Reader::int)?;
                }
                Ok(Partition { id, leader })
            })?;
            Ok((error, partitions))
        })?;
        let (error, mut partitions) = topics.into_iter().next().ok_or_else(wire::broken)?;
        fail_if(error)?;
        partitions.sort_by_key(|partition| partition.id);
        let brokers = brokers.into_iter().filter_map(|(id, host, port)| {
            let host = match host.parse() {
                Ok(std::net::IpAddr::V6(address)) => Host::Ipv6(address),
                _ => Host::parse(&host).ok()?,
            };
            Some((id, (host, u16::try_from(port).ok()?)))
        });
        Ok(Found { brokers: brokers.collect(), partitions })
    }

    /// Where a partition begins or ends.
    pub(super) async fn offset(&mut self, topic: &str, partition: i32, which: i64) -> Result<i64, SourceError> {
        let request = Writer::default().int(-1).byte(COMMITTED).int(1).text(topic);
        let answer = self.ask(LIST_OFFSETS, request.int(1).int(partition).long(which)).await?;
        let mut answer = Reader(&answer);
        answer.int()?;
        let found = answer.list(|topic| {
            topic.text()?;
            topic.list(|partition| {
                partition.int()?;
                let error = partition.short()?;
                partition.long()?;
                Ok((error, partition.long()?))
            })
        })?;
        let (error, offset) = found.into_iter().flatten().next().ok_or_else(wire::broken)?;
        fail_if(error)?;
        if offset < 0 { Err(wire::broken()) } else { Ok(offset) }
    }

    /// What a partition has from somewhere on.
    pub(super) async fn fetch(&mut self, topic: &str, partition: i32, from: i64) -> Result<Fetched, SourceError> {
        let request = Writer::default().int(-1).int(FETCH_WAIT_MS).int(1).int(FETCH_BYTES).byte(COMMITTED);
        let request = request.int(1).text(topic).int(1).int(partition).long(from).int(FETCH_BYTES);
        let answer = self.ask(FETCH, request).await?;
        let mut answer = Reader(&answer);
        answer.int()?;
        let found = answer.list(|topic| {
            topic.text()?;
            topic.list(|partition| {
                partition.int()?;
                let error = partition.short()?;
                partition.long()?;
                partition.long()?;
                let transactions = partition.list(|one| Ok((one.long()?, one.long()?)))?;
                Ok((error, transactions, partition.block()?.to_vec()))
            })
        })?;
        let (error, transactions, bytes) = found.into_iter().flatten().next().ok_or_else(wire::broken)?;
        if error == OUT_OF_RANGE {
            return Ok(Fetched::Gone);
        }
        fail_if(error)?;
        Ok(Fetched::Batches { bytes, transactions })
    }

    /// Sends a request, and waits for its answer.
    pub(super) async fn ask(&mut self, (key, version): (i16, i16), body: Writer) -> Result<Vec<u8>, SourceError> {
        self.sent = self.sent.wrapping_add(1);
        let request = Writer::default().short(key).short(version).int(self.sent).text("xinyu").bytes(&body.0);
        let request = Writer::default().block(&request.0).0;
        let exchange = async {
            self.wire.write_all(&request).await?;
            self.wire.flush().await?;
            let length = self.wire.read_i32().await?;
            let length = usize::try_from(length).ok().filter(|length| *length <= ANSWER_MAX);
            let length = length.ok_or(std::io::ErrorKind::InvalidData)?;
            // As much as comes, and not as much as is said.
            let mut answer = Vec::new();
            let limit = u64::try_from(length).unwrap_or(u64::MAX);
            (&mut self.wire).take(limit).read_to_end(&mut answer).await?;
            if answer.len() == length { Ok(answer) } else { Err(std::io::ErrorKind::UnexpectedEof.into()) }
        };
        let answer: Result<Vec<u8>, std::io::Error> = timeout(WAIT, exchange).await.map_err(|_| wire::late())?;
        let answer = answer.map_err(|_| wire::broken())?;
        let mut reader = Reader(&answer);
        if reader.int()? == self.sent { Ok(reader.0.to_vec()) } else { Err(wire::broken()) }
    }
}

const OUT_OF_RANGE: i16 = 1;

/// What a broker says is wrong.
fn fail_if(error: i16) -> Result<(), SourceError> {
    match error {
        0 => Ok(()),
        3 | 17 => Err(SourceError::remote("没有该主题", "there is no such topic")),
        29..=31 => Err(wire::denied()),
        code => Err(SourceError::remote(format!("Kafka 应答错误 {code}"), format!("Kafka answers with error {code}"))),
    }
}
