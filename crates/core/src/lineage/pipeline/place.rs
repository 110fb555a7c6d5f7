//! Which names of datasets mean the place that a resource of this connector lies at. The naming conventions of OpenLineage: a file is `file` and its path, a table of
//! PostgreSQL is `postgres://host:port` and `database.schema.table`; of SQLite, which has none there, it is the address of the file and the table.

use super::Name;

const POSTGRES_PORT: &str = "5432";
const POSTGRES_SCHEMA: &str = "public";

/// A name as names are compared: spellings of one place that clients are known to use become one.
#[must_use]
pub fn normal(name: &Name) -> Name {
    let Name { namespace, name: path } = name;
    let namespace = namespace.trim_end_matches('/');
    match namespace.split_once(':').map_or(namespace, |(scheme, _)| scheme) {
        "file" if matches!(namespace, "file" | "file:" | "file://localhost") => {
            let path = path.strip_prefix("file://").unwrap_or(path);
            Name::new("file", format!("/{}", path.trim_start_matches('/')))
        }
        "postgres" | "postgresql" => match authority(namespace) {
            Some((host, _)) => Name::new(format!("postgres://{host}"), path),
            None => Name::new(namespace, path),
        },
        "sqlite" => Name::new(bare(namespace), path),
        _ => Name::new(namespace, path),
    }
}

/// The name of a file, as names are compared.
#[must_use]
pub fn file(path: &str) -> Name {
    normal(&Name::new("file", path))
}

/// The name of a table at the address of its database, as names are compared; none if the address is of a kind that nobody names.
#[must_use]
pub fn table(url: &str, table: &str) -> Option<Name> {
    if url.starts_with("sqlite:") {
        let table = table.strip_prefix("main.").unwrap_or(table);
        return Some(normal(&Name::new(url, table)));
    }
    let (host, database) = url.starts_with("postgres").then(|| authority(url)).flatten()?;
    let table = if table.contains('.') { table.to_owned() } else { format!("{POSTGRES_SCHEMA}.{table}") };
    Some(Name::new(format!("postgres://{host}"), format!("{database}.{table}")))
}

/// Host with port, and the database, of an address; without who logs in.
fn authority(url: &str) -> Option<(String, String)> {
    let (_, rest) = bare(url).split_once("://").map(|(scheme, rest)| (scheme.to_owned(), rest.to_owned()))?;
    let (place, database) = rest.split_once('/').unwrap_or((&rest, ""));
    let host = place.rsplit_once('@').map_or(place, |(_, host)| host).to_ascii_lowercase();
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let host = if has_port { host } else { format!("{host}:{POSTGRES_PORT}") };
    Some((host, database.to_owned()))
}

/// An address without its query.
fn bare(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}
