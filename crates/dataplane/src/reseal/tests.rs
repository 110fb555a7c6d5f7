//! What is kept and sealed anew stays the same package, and opens for nobody but its recipient, under its own key of the vault.

use futures::TryStreamExt as _;
use xinyu_core::data::{Column, ColumnKind};

use super::*;

fn key(byte: u8, suite: Suite) -> OpeningKey {
    OpeningKey::generate(suite, &mut StdRng::from_seed([byte; 32]))
}

#[tokio::test]
async fn what_goes_on_is_the_same_package_for_another_key() {
    for suite in [Suite::Sm, Suite::Intl] {
        let dir = tempfile::tempdir().unwrap();
        let vault = Arc::new(Vault::open(&dir.path().join("vault")).unwrap());
        let (ours, theirs) = (key(1, suite), key(2, suite));
        let schema = TableSchema {
            name: "derived".to_owned(),
            columns: vec![Column { name: "n".to_owned(), kind: ColumnKind::Integer }],
        };
        let rows = [vec![Cell::Integer(1)], vec![Cell::Null]];
        let place = Place { vault: &vault, key: "c/d", suite, recipient: ours.public() };
        let (received, kept) = keep(place, &schema, &rows).await.unwrap();
        assert_eq!((kept.rows, received.bytes > kept.bytes), (2, true));
        assert_eq!(content(&vault, "c/d", ours.clone(), suite).unwrap(), kept);
        assert!(content(&vault, "c/e", ours.clone(), suite).is_err());
        assert!(content(&vault, "c/d", theirs.clone(), suite).is_err());

        let stream = reseal(Arc::clone(&vault), "c/d".into(), ours.clone(), suite, theirs.public(), b"c".to_vec());
        vault.receive("c", suite, Box::pin(stream)).await.unwrap();
        assert_eq!(content(&vault, "c", theirs.clone(), suite).unwrap(), kept);
        assert!(content(&vault, "c", ours, suite).is_err());
        let missing = reseal(vault, "x".into(), theirs.clone(), suite, theirs.public(), Vec::new());
        assert!(missing.try_collect::<Vec<_>>().await.is_err());
    }
}
