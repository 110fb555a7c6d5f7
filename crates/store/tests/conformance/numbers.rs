//! A place to write to that takes the same row twice: messages of the outbox with a number as their body.

use xinyu_store::{Row, Store, StoreError, Tx, args};

/// Put a number.
pub(crate) async fn put(tx: &mut Tx, number: u32) -> Result<(), StoreError> {
    let sql = "INSERT INTO outbox (stream, destination, kind, path, body, created_at, due_at)
        VALUES ('test', 'nobody', 'number', '/', $1, 0, 0)";
    tx.execute(sql, args![number.to_be_bytes().to_vec()]).await.map(drop)
}

/// The numbers put, in the order of their rows.
pub(crate) async fn numbers(store: &Store) -> Vec<u32> {
    let rows = store.read("numbers", |tx| Box::pin(tx.fetch("SELECT body FROM outbox ORDER BY id", args![]))).await;
    rows.unwrap().iter().map(number).collect()
}

/// The number of a row.
pub(crate) fn number(row: &Row) -> u32 {
    u32::from_be_bytes(row.bytes("body").unwrap().try_into().unwrap())
}

/// Put a number in a transaction of its own.
pub(crate) async fn put_one(store: &Store, number: u32) -> Result<(), StoreError> {
    store.write("put", move |tx| Box::pin(put(tx, number))).await
}

/// Put a number in a transaction of its own, with a few pages of the file beside it.
pub(crate) async fn put_large(store: &Store, number: u32) -> Result<(), StoreError> {
    let write = store.write("large", move |tx| {
        Box::pin(async move {
            let sql = "INSERT INTO inbox (sender, message_id, answer, received_at) VALUES ('large', $1, $2, 0)";
            tx.execute(sql, args![number.to_string(), vec![7_u8; 20_000]]).await?;
            put(tx, number).await
        })
    });
    write.await
}
