//! Delivery (NDI-TR-2025-05 数据交付): plans become one package, encrypted for one recipient while it flows. Nothing is
//! kept: the reader of the stream decides how fast the source is read.
//!
//! The length of the ciphertext follows from the package alone: the same data, the same length.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::sync::oneshot;
use xinyu_core::data::pack::{PackError, Packer};
use xinyu_crypto::{CHUNK_BYTES, EnvelopeWriter, Hasher, SealError, SealingKey, Suite};
use zeroize::Zeroize as _;

use crate::prepare::{Preparation, PrepareError, TablePlan};
use crate::source::{Rows, SourceError};

#[cfg(test)]
mod tests;

/// What went out, known when all of it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Rows of all tables.
    pub rows: u64,
    /// Rows of each table, in the order of the plans.
    pub rows_by_table: Vec<(String, u64)>,
    /// Bytes of ciphertext.
    pub bytes: u64,
    /// The suite's hash of the ciphertext, in hexadecimal digits.
    pub digest: String,
}

/// A delivery that broke off. What was sent of it does not open: an envelope without its end is refused.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// A plan that does not fit its source.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// A source that gave an error on the way.
    #[error("table {table}: {error}")]
    Source {
        /// The table of the plan.
        table: String,
        /// Why.
        error: SourceError,
    },
    /// A row that is too long, for one.
    #[error("table {table}: {error}")]
    Pack {
        /// The table of the plan.
        table: String,
        /// Why.
        error: PackError,
    },
    /// The plans deliver no field at all.
    #[error("no field of any table is to be delivered")]
    Nothing,
    /// A key of another suite, or too much data.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The operating system gives no randomness.
    #[error("operating system gives no randomness")]
    Entropy,
}

/// Runs `plans` and gives the package, encrypted for `recipient` under `context` (the vault expects the contract's id),
/// in pieces of about 64 KiB. `salt` is what pseudonyms are made with: a secret of the provider's, one for each contract.
///
/// The receiver gets what was delivered when the stream has been read to its end, and nothing if it broke off.
pub fn deliver(
    plans: Vec<TablePlan>,
    suite: Suite,
    recipient: SealingKey,
    context: Vec<u8>,
    salt: Vec<u8>,
) -> (impl Stream<Item = Result<Bytes, DeliverError>> + Send + 'static, oneshot::Receiver<Delivered>) {
    let (done, receiver) = oneshot::channel();
    let start = async move {
        let run = Run::begin(plans, suite, &recipient, &context, salt, done)?;
        Ok::<_, DeliverError>(stream::try_unfold(run, Run::next))
    };
    let stream = stream::once(start).flat_map(|started| match started {
        Ok(stream) => stream.boxed(),
        Err(error) => stream::iter([Err(error)]).boxed(),
    });
    (stream, receiver)
}

/// A delivery under way.
struct Run {
    plans: VecDeque<TablePlan>,
    salt: Vec<u8>,
    table: Option<Table>,
    packer: Packer,
    /// None when the last chunk was written.
    writer: Option<EnvelopeWriter>,
    out: Vec<u8>,
    hasher: Hasher,
    bytes: u64,
    rows_by_table: Vec<(String, u64)>,
    done: oneshot::Sender<Delivered>,
}

/// A table under way.
struct Table {
    preparation: Preparation,
    rows: Rows,
    count: u64,
}

impl Run {
    fn begin(
        mut plans: Vec<TablePlan>,
        suite: Suite,
        recipient: &SealingKey,
        context: &[u8],
        salt: Vec<u8>,
        done: oneshot::Sender<Delivered>,
    ) -> Result<Self, DeliverError> {
        plans.retain(|plan| !plan.fields.is_empty());
        if plans.is_empty() {
            return Err(DeliverError::Nothing);
        }
        let (writer, header) = EnvelopeWriter::new(suite, recipient, context, &mut entropy()?)?;
        Ok(Self {
            plans: plans.into(),
            salt,
            table: None,
            packer: Packer::default(),
            writer: Some(writer),
            out: header,
            hasher: suite.hasher(),
            bytes: 0,
            rows_by_table: Vec::new(),
            done,
        })
    }

    /// The next piece; none at the end.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, DeliverError> {
        while self.out.len() < CHUNK_BYTES && self.writer.is_some() {
            self.step().await?;
        }
        if self.out.is_empty() {
            self.end();
            return Ok(None);
        }
        let piece = self.out.split_off(self.out.len().min(2 * CHUNK_BYTES));
        let piece = Bytes::from(std::mem::replace(&mut self.out, piece));
        self.hasher.update(&piece);
        self.bytes = self.bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        Ok(Some((piece, self)))
    }

    /// Reads a batch, or goes to the next table, or to the end.
    async fn step(&mut self) -> Result<(), DeliverError> {
        let Some(table) = &mut self.table else {
            return match self.plans.pop_front() {
                Some(plan) => self.open(plan).await,
                None => self.writer.take().map_or(Ok(()), |writer| Ok(writer.finish(&mut self.out)?)),
            };
        };
        let name = &table.preparation.schema.name;
        let Some(batch) = table.rows.next().await else {
            self.rows_by_table.push((name.clone(), table.count));
            self.table = None;
            return Ok(());
        };
        let batch = batch.map_err(|error| DeliverError::Source { table: name.clone(), error })?;
        let mut plain = Vec::new();
        for row in batch {
            if let Some(row) = table.preparation.row(row, &self.salt) {
                let packed = self.packer.row(&row, &mut plain);
                packed.map_err(|error| DeliverError::Pack { table: name.clone(), error })?;
                table.count = table.count.saturating_add(1);
            }
        }
        self.seal(plain)
    }

    async fn open(&mut self, plan: TablePlan) -> Result<(), DeliverError> {
        let (source, table) = (plan.source.clone(), plan.table.clone());
        let (sender, receiver) = oneshot::channel();
        let choose = move |schema: &_| {
            let preparation = Preparation::new(&plan, schema)?;
            let columns = preparation.columns.clone();
            // The other end waits below.
            let _ = sender.send(preparation);
            Ok(columns)
        };
        let rows = source.read(choose).await.map_err(|error| match error {
            Opening::Prepare(error) => error,
            Opening::Source(error) => PrepareError::Source { table: table.clone(), error },
        })?;
        let interrupted = || PrepareError::Source { table: table.clone(), error: SourceError::Interrupted };
        let preparation = receiver.await.map_err(|_| interrupted())?;
        let mut plain = Vec::new();
        let packed = self.packer.table(&preparation.schema, &mut plain);
        packed.map_err(|error| DeliverError::Pack { table, error })?;
        self.table = Some(Table { preparation, rows, count: 0 });
        self.seal(plain)
    }

    fn seal(&mut self, mut plain: Vec<u8>) -> Result<(), DeliverError> {
        let sealed = self.writer.as_mut().map_or(Ok(()), |writer| writer.push(&plain, &mut self.out));
        plain.zeroize();
        Ok(sealed?)
    }

    fn end(self) {
        let delivered = Delivered {
            rows: self.rows_by_table.iter().map(|(_, rows)| rows).sum(),
            rows_by_table: self.rows_by_table,
            bytes: self.bytes,
            digest: self.hasher.finalize().to_string(),
        };
        // Who asked may have gone.
        let _ = self.done.send(delivered);
    }
}

/// Why a source was not opened.
enum Opening {
    Prepare(PrepareError),
    Source(SourceError),
}

impl From<PrepareError> for Opening {
    fn from(error: PrepareError) -> Self {
        Self::Prepare(error)
    }
}

impl From<SourceError> for Opening {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

fn entropy() -> Result<StdRng, DeliverError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| DeliverError::Entropy)?;
    let rng = StdRng::from_seed(seed);
    seed.zeroize();
    Ok(rng)
}
