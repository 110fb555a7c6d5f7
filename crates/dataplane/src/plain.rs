//! Plain delivery, to a partner whose connector has no key for our envelope: one table as CSV, cut, filtered and masked like any other delivery. It is
//! protected by TLS on its way and by the contract alone afterwards, which the contract's page says.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use tokio::sync::oneshot;
use xinyu_core::data::Cell;
use xinyu_crypto::{Hasher, Suite};

use crate::deliver::{DeliverError, Delivered};
use crate::prepare::{Preparation, PrepareError, TablePlan};
use crate::source::{Rows, SourceError};

/// Runs a plan and gives its table as CSV, batch by batch. The receiver gets what went out when the stream was read to its end.
pub fn plain(
    plan: TablePlan,
    suite: Suite,
    salt: Vec<u8>,
) -> (impl Stream<Item = Result<Bytes, DeliverError>> + Send + 'static, oneshot::Receiver<Delivered>) {
    let (done, receiver) = oneshot::channel();
    let start = async move {
        let table = plan.table.clone();
        let (preparation, rows) = open(plan).await?;
        let mut run = Run {
            table,
            preparation,
            rows,
            salt,
            hasher: suite.hasher(),
            count: 0,
            bytes: 0,
            ready: VecDeque::new(),
            done: Some(done),
        };
        let names: Vec<&str> = run.preparation.schema.columns.iter().map(|column| column.name.as_str()).collect();
        let head = line(&run.table, names.into_iter())?;
        run.ready.push_back(head);
        Ok::<_, DeliverError>(stream::try_unfold(run, Run::next))
    };
    let stream = stream::once(start).flat_map(|started| match started {
        Ok(stream) => stream.boxed(),
        Err(error) => stream::iter([Err(error)]).boxed(),
    });
    (stream, receiver)
}

struct Run {
    table: String,
    preparation: Preparation,
    rows: Rows,
    salt: Vec<u8>,
    hasher: Hasher,
    count: u64,
    bytes: u64,
    ready: VecDeque<Vec<u8>>,
    done: Option<oneshot::Sender<Delivered>>,
}

impl Run {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, DeliverError> {
        if let Some(piece) = self.ready.pop_front() {
            return Ok(Some((self.out(piece), self)));
        }
        let Some(batch) = self.rows.next().await else {
            self.end();
            return Ok(None);
        };
        let batch = batch.map_err(|error| DeliverError::Source { table: self.table.clone(), error })?;
        let mut piece = Vec::new();
        for row in batch {
            if let Some(row) = self.preparation.row(row, &self.salt) {
                piece.extend(line(&self.table, row.iter().map(Cell::to_string))?);
                self.count = self.count.saturating_add(1);
            }
        }
        let piece = self.out(piece);
        Ok(Some((piece, self)))
    }

    fn out(&mut self, piece: Vec<u8>) -> Bytes {
        self.hasher.update(&piece);
        self.bytes = self.bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        piece.into()
    }

    fn end(mut self) {
        let delivered = Delivered {
            rows: self.count,
            rows_by_table: vec![(self.table, self.count)],
            bytes: self.bytes,
            digest: self.hasher.finalize().to_string(),
        };
        // Who asked may have gone.
        let _ = self.done.take().map(|done| done.send(delivered));
    }
}

async fn open(plan: TablePlan) -> Result<(Preparation, Rows), DeliverError> {
    if plan.fields.is_empty() {
        return Err(DeliverError::Nothing);
    }
    let (source, table) = (plan.source.clone(), plan.table.clone());
    let (sender, receiver) = oneshot::channel();
    let choose = move |schema: &_| {
        let preparation = Preparation::new(&plan, schema).map_err(Opening::Prepare)?;
        let columns = preparation.columns.clone();
        // The other end waits below.
        let _ = sender.send(preparation);
        Ok(columns)
    };
    let rows = source.read(choose).await.map_err(|error: Opening| match error {
        Opening::Prepare(error) => DeliverError::Prepare(error),
        Opening::Source(error) => DeliverError::Source { table: table.clone(), error },
    })?;
    let preparation = receiver.await.map_err(|_| DeliverError::Source { table, error: SourceError::Interrupted })?;
    Ok((preparation, rows))
}

/// Why a source was not opened.
enum Opening {
    Prepare(PrepareError),
    Source(SourceError),
}

impl From<SourceError> for Opening {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

/// One line of CSV.
fn line<T: AsRef<[u8]>>(table: &str, cells: impl Iterator<Item = T>) -> Result<Vec<u8>, DeliverError> {
    let broken = || DeliverError::Source { table: table.to_owned(), error: SourceError::Interrupted };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).map_err(|_| broken())?;
    writer.into_inner().map_err(|_| broken())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::MaskMethod;
    use crate::source::Source;

    #[tokio::test]
    async fn a_table_is_cut_and_masked_and_comes_back_as_csv() {
        let plan = TablePlan {
            table: "people".to_owned(),
            source: Source::Memory {
                name: "people".to_owned(),
                bytes: Bytes::from_static(b"name,phone,city\n\"Li, Lei\",13800000000,Xiamen\nHan,13900000000,\n"),
            },
            fields: vec!["name".to_owned(), "phone".to_owned()],
            filter: Vec::new(),
            masks: vec![("phone".to_owned(), MaskMethod::parse("mobile").unwrap())],
        };
        let (stream, done) = plain(plan, Suite::Intl, b"salt".to_vec());
        let pieces: Vec<Bytes> = stream.map(|piece| piece.unwrap()).collect().await;
        let text = String::from_utf8(pieces.concat()).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("name,phone"));
        assert!(lines.next().unwrap().starts_with("\"Li, Lei\",138"));
        assert!(!text.contains("13800000000") && !text.contains("Xiamen"), "{text}");
        let done = done.await.unwrap();
        assert_eq!((done.rows, done.bytes), (2, u64::try_from(text.len()).unwrap()));
        assert_eq!(done.digest, Suite::Intl.hash(text.as_bytes()).to_string());
    }
}
