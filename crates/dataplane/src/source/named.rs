//! How people name a source: its kind, and a path or an address. The kind can be told by the address, so that a new scheme is one line here.

use xinyu_http::EgressPolicy;

use super::{Held, Source};

/// Kinds of source, as they are named.
pub const KINDS: &[&str] = &["file", "folder", "object", "table", "api", "stream"];

/// Schemes of addresses, and the kind behind each.
const ADDRESSES: &[(&str, &str)] = &[
    ("s3", "object"),
    ("http", "api"),
    ("https", "api"),
    ("kafka", "stream"),
    ("kafkas", "stream"),
    ("mqtt", "stream"),
    ("mqtts", "stream"),
];

/// Schemes of addresses that are shown, without what may be secret in them.
pub(super) const SCHEMES: &[&str] = &[
    "sqlite",
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "s3",
    "http",
    "https",
    "kafka",
    "kafkas",
    "mqtt",
    "mqtts",
];

/// The kind of what lies there: by the scheme of an address, or by the form of a path.
#[must_use]
pub fn kind_of(location: &str, has_table: bool) -> &'static str {
    let scheme = location.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let known = scheme.as_deref().and_then(|scheme| ADDRESSES.iter().find(|(name, _)| *name == scheme));
    match (known, scheme) {
        (Some((_, kind)), _) => kind,
        (None, Some(_)) => "table",
        (None, None) if has_table => "table",
        (None, None) if location.ends_with('/') || location.contains('*') => "folder",
        (None, None) => "file",
    }
}

impl Source {
    /// A source of a kind; requests go where `egress` allows. None if there is no such kind, or if it wants a table and has none, or has one and wants none.
    #[must_use]
    pub fn named(kind: &str, location: &str, table: Option<&str>, egress: &EgressPolicy) -> Option<Self> {
        let (url, egress) = (|| location.to_owned(), || egress.clone());
        Some(match (kind, table) {
            ("file", None) => Self::File { path: location.into() },
            ("folder", None) => Self::Folder { path: location.into() },
            ("object", None) => Self::Object { url: url(), egress: egress() },
            ("api", None) => Self::Api { url: url(), egress: egress(), held: Held::default() },
            ("stream", None) => Self::Stream { url: url(), egress: egress(), held: Held::default() },
            ("table", Some(table)) => Self::Table { url: url(), table: table.to_owned() },
            _ => return None,
        })
    }
}
