//! Tables of a server that grow by a key: what is new is read and nothing else, and all that was read is what one reading of the whole gives.

use super::*;

/// A table, as the source and as SQL says it; its columns are the key, `note` and a moment `seen`.
pub(super) struct Growing {
    pub(super) source: Source,
    pub(super) table: String,
    pub(super) key: &'static str,
    /// The key, quoted.
    pub(super) column: String,
    /// The least that the key can be here.
    pub(super) from: i64,
}

/// What one reading gave.
struct Read {
    part: Part,
    schema: TableSchema,
    rows: Vec<Vec<Cell>>,
    mark: Option<Mark>,
}

impl Growing {
    async fn read(&self, before: Option<&Read>) -> Result<Read, SourceError> {
        let before = before.map(|read| Before { mark: read.mark.as_ref().unwrap(), schema: &read.schema });
        let mut reading = self.source.read_on(before, Some(self.key), &Pulse::default()).await?;
        let mut rows = Vec::new();
        while let Some(batch) = reading.rows.next().await {
            rows.extend(batch?);
        }
        assert_eq!(u64::try_from(rows.len()).unwrap(), reading.expected, "{}", self.table);
        rows.sort_by_key(|row| key(row));
        Ok(Read { part: reading.part, schema: reading.description.schema, rows, mark: reading.mark })
    }

    fn insert(&self, from: i64, to: i64) -> String {
        let rows: Vec<String> = (from..to).map(|n| format!("({n}, '第 {n} 笔')")).collect();
        format!("INSERT INTO {} ({}, note) VALUES {}", self.table, self.column, rows.join(", "))
    }

    /// Reads it while `run` writes to it.
    pub(super) async fn check(&self, mut run: impl AsyncFnMut(String)) {
        let keys = |read: &Read| read.rows.iter().map(|row| key(row)).collect::<Vec<_>>();
        let empty = self.read(None).await.unwrap();
        assert!(matches!(empty.part, Part::All(_)) && empty.rows.is_empty(), "{:?}", empty.part);

        // More than one batch each time.
        run(self.insert(self.from, 1_500)).await;
        let first = self.read(Some(&empty)).await.unwrap();
        assert!(matches!(first.part, Part::Rest(_)), "{:?}", first.part);
        assert_eq!(keys(&first), (self.from..1_500).collect::<Vec<_>>());
        let same = self.read(Some(&first)).await.unwrap();
        assert_eq!((&same.part, same.rows.len()), (&Part::Nothing, 0));
        run(self.insert(1_500, 2_700)).await;
        let second = self.read(Some(&same)).await.unwrap();
        assert!(matches!(second.part, Part::Rest(_)), "{:?}", second.part);
        assert_eq!(keys(&second), (1_500..2_700).collect::<Vec<_>>());
        let whole = self.read(None).await.unwrap();
        assert_eq!([first.rows, second.rows].concat(), whole.rows);

        // What changes below the last key is noticed, and all of it is read.
        run(format!("DELETE FROM {} WHERE {} = 7", self.table, self.column)).await;
        run(self.insert(2_700, 2_710)).await;
        let again = self.read(Some(&whole)).await.unwrap();
        assert!(matches!(&again.part, Part::All(why) if why.en.contains("added or removed")), "{:?}", again.part);
        assert_eq!(again.rows.len(), whole.rows.len() - 1 + 10);

        // A key is a whole number, and every row has one.
        for other in ["note", "seen", "none", "\"; --", "` --"] {
            let refused = self.source.read_on(None, Some(other), &Pulse::default()).await.err();
            assert!(matches!(refused, Some(SourceError::Key(key)) if key == other), "{other}");
        }
        run(format!("INSERT INTO {} (note) VALUES ('无键')", self.table)).await;
        assert!(matches!(self.read(Some(&again)).await, Err(SourceError::Key(_))));
    }
}

/// The key stands first.
fn key(row: &[Cell]) -> i64 {
    match &row[0] {
        Cell::Integer(key) => *key,
        other => panic!("{other:?} is no key"),
    }
}
