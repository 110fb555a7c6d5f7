//! The PostgreSQL server that tests run on: one that is named, or a private one.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A server on which databases can be created.
pub(super) struct Server {
    /// Its address up to the database's name.
    base: String,
    /// Its address after the database's name.
    query: String,
    admin: String,
    /// The private server's keeper. It ends when this end of its standard input is closed, and that is when this process ends, however it ends.
    _keeper: Option<Child>,
}

/// A database of one test.
pub(super) struct Database {
    pub(super) url: String,
    name: String,
}

/// The server, started at the first call; none when the machine has none, which is said once.
///
/// # Panics
/// When one is named and its name is no address: whoever asks for PostgreSQL must not get a pass without it.
#[expect(clippy::panic, reason = "a test ends here when what it was given is wrong")]
pub(super) fn find() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let found = SERVER.get_or_init(|| match std::env::var("XINYU_TEST_POSTGRES") {
        Ok(url) => Some(Server::named(&url).unwrap_or_else(|reason| panic!("{reason}"))),
        // Written past the capture of the test harness, so that it is seen when all tests pass.
        Err(_) => Server::private()
            .map_err(|reason| writeln!(std::io::stderr(), "tests on PostgreSQL are left out: {reason}"))
            .ok(),
    });
    found.as_ref()
}

impl Server {
    fn named(url: &str) -> Result<Self, String> {
        let (place, query) = url.split_once('?').map_or((url, String::new()), |(p, q)| (p, format!("?{q}")));
        let slash = place.find("://").and_then(|scheme| place.get(scheme + 3..)?.find('/').map(|at| scheme + 3 + at));
        let base = slash.and_then(|slash| place.get(..slash)).unwrap_or(place).to_owned();
        if !base.contains("://") {
            return Err("XINYU_TEST_POSTGRES is not an address (postgres://user@host/database)".to_owned());
        }
        Ok(Self { base, query, admin: url.to_owned(), _keeper: None })
    }

    fn private() -> Result<Self, String> {
        let binaries = binaries()
            .ok_or("set XINYU_TEST_POSTGRES to an address, or install PostgreSQL (/usr/lib/postgresql/*/bin/initdb)")?;
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        // initdb refuses to run as root.
        let mut command = if is_root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        let keeper = command.args(["-c", KEEPER, "keeper"]).arg(&binaries).current_dir("/").process_group(0);
        let keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut keeper = keeper.map_err(|error| format!("the private server does not start: {error}"))?;
        let mut said = String::new();
        if let Some(output) = keeper.stdout.take() {
            BufReader::new(output).read_line(&mut said).map_err(|error| error.to_string())?;
        }
        let Some(folder) = said.trim().strip_prefix("ready ") else {
            return Err(format!("the private server does not start: {}", said.trim()));
        };
        let (base, query) = ("postgres://xinyu@localhost".to_owned(), format!("?host={folder}"));
        let admin = format!("{base}/postgres{query}");
        Ok(Self { base, query, admin, _keeper: Some(keeper) })
    }

    /// A name that no other test has.
    pub(super) fn name(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        format!("xinyu_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The address of a database.
    pub(super) fn url(&self, name: &str) -> String {
        format!("{}/{name}{}", self.base, self.query)
    }

    /// Create an empty database.
    pub(super) async fn create(&self, name: String) -> Result<Database, sqlx::Error> {
        self.send(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        self.send(format!("CREATE DATABASE {name}")).await?;
        Ok(Database { url: self.url(&name), name })
    }

    /// Remove a test's database, with whoever is still connected to it.
    pub(super) async fn remove(&self, database: &Database) {
        if let Err(error) = self.send(format!("DROP DATABASE {} WITH (FORCE)", database.name)).await {
            tracing::warn!("test database {} is left behind: {error}", database.name);
        }
    }

    async fn send(&self, sql: String) -> Result<(), sqlx::Error> {
        let mut connection = PgConnection::connect(&self.admin).await?;
        connection.execute(sqlx::raw_sql("SET client_min_messages = warning")).await?;
        connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
        connection.close().await
    }
}

/// Where the newest PostgreSQL of this machine has its binaries.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    let found = folders.filter(|folder| folder.join("initdb").exists());
    found.max_by_key(|folder| {
        let version = folder.parent().and_then(|version| version.file_name()?.to_str()?.parse::<u32>().ok());
        version.unwrap_or(0)
    })
}

/// Starts a server in a temporary folder on a Unix socket, says so, waits for the end of its standard input, and clears up. Nothing in such a
/// server needs to outlive a crash of the machine, so it does not sync.
const KEEPER: &str = r#"
set -eu
folder=$(mktemp -d "${TMPDIR:-/tmp}/xinyu-postgres-XXXXXX")
trap 'rm -rf "$folder"' EXIT
fail() { echo "$(tail -n 1 "$folder/log")"; exit 1; }
"$1/initdb" -D "$folder/data" -U xinyu -A trust -E UTF8 --locale=C --no-sync >"$folder/log" 2>&1 || fail
"$1/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=400 \
    -c fsync=off -c full_page_writes=off >"$folder/log" 2>&1 </dev/null &
server=$!
until "$1/pg_isready" -q -h "$folder"; do
    kill -0 $server 2>/dev/null || fail
    sleep 0.1
done
echo "ready $folder"
cat >/dev/null || true
kill -INT $server
wait $server || true
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_server_is_taken_apart() {
        let check = |url: &str, base: &str, query: &str| {
            let server = Server::named(url).unwrap();
            assert_eq!((server.base.as_str(), server.query.as_str()), (base, query));
        };
        check("postgres://u:p@h:5432/db", "postgres://u:p@h:5432", "");
        check("postgres://u@localhost/db?host=/run/x", "postgres://u@localhost", "?host=/run/x");
        check("postgres://u@h", "postgres://u@h", "");
        assert!(Server::named("h:5432").is_err());
    }
}
