//! MySQL and MariaDB: the server named by `XINYU_TEST_MYSQL` (an address whose user may create databases and accounts), or a private MariaDB where it is
//! installed, which ends with this process; without either, this is left out and says so.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use sqlx::mysql::MySqlConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, MySqlConnection};

use super::*;

/// Starts a server in a temporary folder on a Unix socket, says so, waits for the end of its standard input, and clears up.
const KEEPER: &str = r#"
set -eu
folder=$(mktemp -d "${TMPDIR:-/tmp}/xinyu-mariadb-XXXXXX")
trap 'rm -rf "$folder"' EXIT
fail() { echo "$(tail -n 1 "$folder/log")"; exit 1; }
mariadb-install-db --no-defaults --datadir="$folder/data" --auth-root-authentication-method=normal --skip-test-db >"$folder/log" 2>&1 || fail
mariadbd --no-defaults --datadir="$folder/data" --socket="$folder/socket" --pid-file="$folder/pid" --skip-networking \
    --innodb-flush-log-at-trx-commit=0 >"$folder/log" 2>&1 </dev/null &
server=$!
until mariadb-admin --no-defaults --socket="$folder/socket" -u root ping >/dev/null 2>&1; do
    kill -0 $server 2>/dev/null || fail
    sleep 0.1
done
echo "ready $folder"
cat >/dev/null || true
kill -TERM $server
wait $server || true
"#;

fn private() -> Result<(String, Child), String> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let mut command = Command::new(if is_root { "runuser" } else { "sh" });
    if is_root {
        command.args(["-u", "mysql", "--", "sh"]);
    }
    command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").args(["-c", KEEPER]);
    command.current_dir("/").process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut keeper = command.spawn().map_err(|error| error.to_string())?;
    let mut said = String::new();
    BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut said).map_err(|error| error.to_string())?;
    let folder = said.trim().strip_prefix("ready ").ok_or_else(|| format!("no private server: {}", said.trim()))?;
    Ok((format!("mysql://root@localhost/?socket={folder}/socket"), keeper))
}

async fn connected(url: &str) -> MySqlConnection {
    url.parse::<MySqlConnectOptions>().unwrap().connect().await.unwrap()
}

async fn run(connection: &mut MySqlConnection, sql: String) {
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
}

#[tokio::test]
async fn mysql_tables() {
    let (url, _keeper) = match std::env::var("XINYU_TEST_MYSQL")
        .map_or_else(|_| private().map(|(url, keeper)| (url, Some(keeper))), |url| Ok((url, None)))
    {
        Ok(found) => found,
        Err(reason) => {
            writeln!(
                std::io::stderr(),
                "sources on MySQL are left out: {reason}; set XINYU_TEST_MYSQL, or install MariaDB"
            )
            .unwrap();
            return;
        }
    };
    let mut connection = connected(&url).await;
    let space = format!("xinyu_source_{}", std::process::id());
    run(&mut connection, format!("DROP DATABASE IF EXISTS {space}")).await;
    run(&mut connection, format!("CREATE DATABASE {space} CHARACTER SET utf8mb4")).await;
    types(&mut connection, &url, &space).await;
    misfits(&mut connection, &url, &space).await;
    run(&mut connection, format!("CREATE TABLE {space}.t (id INT PRIMARY KEY, name VARCHAR(9))")).await;
    run(&mut connection, suite::inserts(&format!("{space}.t"))).await;
    let source = Source::Table { url: url.clone(), table: format!("{space}.t") };
    suite::suite(&source).await;
    suite::suite(&Source::Table { url: url.replacen("/?", &format!("/{space}?"), 1), table: "t".to_owned() }).await;
    grows(&mut connection, &url, &space).await;
    accounts(&mut connection, &url, &space).await;
    run(&mut connection, format!("DROP DATABASE {space}")).await;
    connection.close().await.unwrap();
}

async fn grows(connection: &mut MySqlConnection, url: &str, space: &str) {
    let kinds = [("INT", -5), ("BIGINT UNSIGNED", 1), ("DECIMAL(18,0)", -5)];
    for (number, (kind, from)) in kinds.into_iter().enumerate() {
        let growing = growing::Growing {
            source: Source::Table { url: url.to_owned(), table: format!("{space}.流`水\";{number}") },
            table: format!("{space}.`流``水\";{number}`"),
            key: "主`键 \"",
            column: "`主``键 \"`".to_owned(),
            from,
        };
        let sql = format!(
            "CREATE TABLE {} ({} {kind} NULL, note VARCHAR(20), seen TIMESTAMP NULL)",
            growing.table, growing.column
        );
        run(connection, sql).await;
        growing.check(async |sql| run(connection, sql).await).await;
    }
    // A key beyond what a whole number of ours can be is told, and nothing is read as if there were none.
    run(connection, format!("CREATE TABLE {space}.beyond (id BIGINT UNSIGNED)")).await;
    run(connection, format!("INSERT INTO {space}.beyond VALUES (1), (18446744073709551615)")).await;
    let source = Source::Table { url: url.to_owned(), table: format!("{space}.beyond") };
    let refused = source.read_on(None, Some("id"), &Pulse::default()).await.err();
    assert!(matches!(refused, Some(SourceError::Value { column, .. }) if column == "id"));
}

async fn types(connection: &mut MySqlConnection, url: &str, space: &str) {
    let table = format!("{space}.`a ``\"b;`");
    run(connection, format!(
        "CREATE TABLE {table} (id INT, big BIGINT UNSIGNED, tiny TINYINT(1), flag BIT(1), bits BIT(9), price DECIMAL(10,2), whole DECIMAL(18,0), wide DECIMAL(30,2),
            real4 FLOAT, real8 DOUBLE, born DATE, seen TIMESTAMP(3) NULL, local DATETIME(6), at TIME, made YEAR, name VARCHAR(9), word ENUM('x','y'), doc JSON, photo BLOB,
            raw VARBINARY(3), place POINT, `从;` TEXT CHARACTER SET gbk)"
    ))
    .await;
    run(connection, "SET time_zone = '+08:00'".to_owned()).await;
    run(connection, format!(
        "INSERT INTO {table} VALUES (-1, 9223372036854775807, 2, 1, 256, 2.50, 123456789012345678, 12345678901234567890.12, 1.5, -2.25, '2026-11-23', '2026-11-23 08:00:00.123',
            '2026-11-23 08:00:00', '12:30:00', 2026, '张三', 'y', '{{\"a\": 1}}', x'00', x'00', POINT(1, 1), '中')"
    ))
    .await;
    run(connection, format!("INSERT INTO {table} () VALUES ()")).await;
    let source = Source::Table { url: url.to_owned(), table: format!("{space}.a `\"b;") };
    let found = source.describe().await.unwrap();
    let expect = [
        ("id", "integer"),
        ("big", "integer"),
        ("tiny", "integer"),
        ("flag", "boolean"),
        ("bits", "integer"),
        ("price", "real"),
        ("whole", "integer"),
        ("wide", "text"),
        ("real4", "real"),
        ("real8", "real"),
        ("born", "date"),
        ("seen", "timestamp"),
        ("local", "timestamp"),
        ("at", "text"),
        ("made", "integer"),
        ("name", "text"),
        ("word", "text"),
        ("doc", "text"),
        ("从;", "text"),
    ];
    assert_eq!(kinds(&found.schema), expect);
    assert_eq!((found.rows, found.form.as_str()), (2, "mysql"));
    let columns: Vec<_> = expect.iter().map(|(name, _)| *name).collect();
    let rows = all(&source, &columns).await.unwrap();
    assert_eq!(
        serde_json::to_string(&rows[0]).unwrap(),
        r#"[-1,9223372036854775807,2,true,256,2.5,123456789012345678,"12345678901234567890.12",1.5,-2.25,"2026-11-23","2026-11-23T00:00:00.123000Z","2026-11-23T08:00:00.000000","12:30:00",2026,"张三","y","{\"a\": 1}","中"]"#
    );
    assert!(rows[1].iter().all(Cell::is_null), "{:?}", rows[1]);
    for table in [
        format!("{space}.none"),
        "x; DROP DATABASE mysql".to_owned(),
        format!("{space}.a"),
        "x\0".to_owned(),
        String::new(),
    ] {
        let source = Source::Table { url: url.to_owned(), table };
        assert!(matches!(source.describe().await, Err(SourceError::Table(_))));
    }
}

async fn misfits(connection: &mut MySqlConnection, url: &str, space: &str) {
    run(connection, "SET sql_mode = ''".to_owned()).await;
    run(connection, format!("CREATE TABLE {space}.odd (big BIGINT UNSIGNED, born DATE, seen DATETIME)")).await;
    run(connection, format!("INSERT INTO {space}.odd VALUES (18446744073709551615, '0000-00-00', '2026-00-00')")).await;
    let source = Source::Table { url: url.to_owned(), table: format!("{space}.odd") };
    assert_eq!(all(&source, &["big"]).await.unwrap_err().to_string(), "column big has a value that is not integer");
    assert_eq!(all(&source, &["seen"]).await.unwrap_err().to_string(), "column seen has a value that is not timestamp");
    assert_eq!(all(&source, &["born"]).await.unwrap(), [[Cell::Null]]);
}

/// What an account may do is told; and what may only read can be read.
async fn accounts(connection: &mut MySqlConnection, url: &str, space: &str) {
    let check = async |url: String, is_told: bool| {
        let source = Source::Table { url, table: format!("{space}.t") };
        let notices = source.describe().await.unwrap().notices;
        assert_eq!(notices.len(), usize::from(is_told), "{notices:?}");
        assert!(!source.display().contains("secret"));
    };
    check(url.to_owned(), true).await;
    let account = format!("xinyu_{}", std::process::id());
    run(connection, format!("CREATE OR REPLACE USER {account}@localhost IDENTIFIED BY 'secret'")).await;
    run(connection, format!("GRANT SELECT ON {space}.* TO {account}@localhost")).await;
    let mine = url.replacen("root@", &format!("{account}:secret@"), 1).replacen("mysql:", "mariadb:", 1);
    check(mine.clone(), false).await;
    run(connection, format!("GRANT UPDATE (name) ON {space}.t TO {account}@localhost")).await;
    check(mine.clone(), true).await;
    // Whatever it may do, a source is opened for reading only.
    let table::Address::MySql(options) = table::Address::parse(url).unwrap() else { panic!("no MySQL") };
    let mut reading = super::super::mysql::connect(&options).await.unwrap();
    let error = reading.execute(AssertSqlSafe(format!("DELETE FROM {space}.t"))).await.unwrap_err();
    assert!(error.to_string().contains("READ ONLY"), "{error}");
    drop(reading);
    run(connection, format!("DROP USER {account}@localhost")).await;
    let wrong = mine.replacen(":secret", ":secrets", 1);
    let error = Source::Table { url: wrong, table: format!("{space}.t") }.describe().await.unwrap_err();
    assert!(matches!(error, SourceError::Database(..)), "{error}");
}
