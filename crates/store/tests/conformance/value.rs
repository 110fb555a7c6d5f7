//! Values and rows through both engines.

use xinyu_store::testing::{Fixture, on_each_engine};
use xinyu_store::{Store, StoreError, Value, args};

/// What a statement answers in its column `v`.
async fn answer(store: &Store, sql: &'static str, args: Vec<Value>) -> Result<Value, StoreError> {
    store.read("value", move |tx| Box::pin(async move { Ok(tx.fetch_one(sql, args).await?.value("v")?.clone()) })).await
}

#[tokio::test]
async fn values_come_back_as_they_went() {
    on_each_engine(async |fixture: Fixture| {
        let check = async |value: Value| {
            let bound = match &value {
                Value::Bytes(_) => "INSERT INTO inbox (sender, message_id, answer, received_at) VALUES ('a', 'b', $1, 0) RETURNING answer AS v",
                Value::Text(_) => "INSERT INTO setting (name, value, changed_at) VALUES ('a', $1, 0) RETURNING value AS v",
                Value::Integer(_) => "INSERT INTO replay (issuer, jti, expires_at) VALUES ('a', 'b', $1) RETURNING expires_at AS v",
                Value::Null => "UPDATE outbox SET last_error = $1 RETURNING last_error AS v",
            };
            let sent = value.clone();
            let undone = fixture.store.write("value", move |tx| {
                Box::pin(async move {
                    crate::numbers::put(tx, 1).await?;
                    let back = tx.fetch_one(bound, vec![sent]).await?.value("v")?.clone();
                    Err::<(), _>(Told::Back(back))
                })
            });
            assert_eq!(undone.await, Err(Told::Back(value)));
        };
        for bytes in [vec![], vec![0], vec![0, 255, 1], vec![7; 100_000]] {
            check(Value::Bytes(bytes)).await;
        }
        for text in ["", "信域 xìnyù", "'; DROP TABLE outbox; --", "{\"a\": \"{FOR_UPDATE}\"}"] {
            check(Value::from(text)).await;
        }
        for integer in [0, -1, 1, i64::MIN, i64::MAX] {
            check(Value::Integer(integer)).await;
        }
        check(Value::Null).await;
    })
    .await;
}

/// The way out of a transaction that is to be undone.
#[derive(Debug, PartialEq)]
enum Told {
    Back(Value),
    Store(StoreError),
}

impl From<StoreError> for Told {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

#[tokio::test]
async fn null_takes_the_type_of_its_place() {
    on_each_engine(async |fixture: Fixture| {
        let write = fixture.store.write("null", |tx| {
            Box::pin(async move {
                let sql = "INSERT INTO outbox (stream, destination, kind, path, body, dedup_key, created_at, due_at, lease_until)
                    VALUES ('a', 'b', 'c', '/', $1, $2, 0, 0, $3) RETURNING dedup_key, lease_until";
                let none = tx.fetch_one(sql, args![vec![1_u8], None::<String>, None::<i64>]).await?;
                let some = tx.fetch_one(sql, args![vec![1_u8], "key", 9_i64]).await?;
                assert_eq!((none.optional_text("dedup_key")?, none.optional_integer("lease_until")?), (None, None));
                assert_eq!((some.text("dedup_key")?.as_str(), some.integer("lease_until")?), ("key", 9));
                let filter = "SELECT COUNT(*) AS v FROM outbox WHERE (CAST($1 AS TEXT) IS NULL OR dedup_key = $1)";
                let all = tx.fetch_one(filter, args![None::<String>]).await?.integer("v")?;
                let one = tx.fetch_one(filter, args!["key"]).await?.integer("v")?;
                Ok::<_, StoreError>((all, one))
            })
        });
        assert_eq!(write.await, Ok((2, 1)));
    })
    .await;
}

#[tokio::test]
async fn computed_columns_have_one_kind_on_both_engines() {
    on_each_engine(async |fixture: Fixture| {
        let check = async |sql: &'static str, expect: Value| {
            assert_eq!(answer(&fixture.store, sql, args![]).await, Ok(expect), "{sql}");
        };
        check("SELECT COUNT(*) AS v FROM outbox", Value::Integer(0)).await;
        check("SELECT 1 AS v", Value::Integer(1)).await;
        check("SELECT EXISTS (SELECT 1 FROM outbox) AS v", Value::Integer(0)).await;
        check("SELECT MAX(id) AS v FROM outbox", Value::Null).await;
        check("SELECT CAST(COALESCE(SUM(id), 0) AS BIGINT) AS v FROM outbox", Value::Integer(0)).await;
        check("SELECT 'a' || 'b' AS v", Value::from("ab")).await;
    })
    .await;
}

#[tokio::test]
async fn an_error_names_the_statement_and_not_its_arguments() {
    on_each_engine(async |fixture: Fixture| {
        let failing = answer(&fixture.store, "SELECT secret_column AS v FROM outbox WHERE stream = $1", args!["hush"]);
        let error = failing.await.unwrap_err().to_string();
        assert!(error.contains("SELECT secret_column AS v FROM outbox"), "{error}");
        assert!(!error.contains("hush"), "{error}");
        let none = answer(&fixture.store, "SELECT id AS v FROM outbox", args![]).await;
        assert_eq!(none, Err(StoreError::NoRow { sql: "SELECT id AS v FROM outbox".to_owned() }));
    })
    .await;
}
