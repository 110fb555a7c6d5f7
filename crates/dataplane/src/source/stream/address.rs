//! Addresses of topics.

use std::time::Duration;

use url::{Host, Url};

use super::super::SourceError;

/// Schemes: what it is, whether it is encrypted, and where such servers listen.
const SCHEMES: &[(&str, &str, bool, u16)] = &[
    ("mqtt", "mqtt", false, 1883),
    ("mqtts", "mqtt", true, 8883),
    ("kafka", "kafka", false, 9092),
    ("kafkas", "kafka", true, 9093),
];

/// The longest stretch that is waited for.
const SECONDS_MAX: u64 = 600;
const SECONDS: u64 = 5;
const MESSAGES: u64 = 100_000;
const MESSAGES_MAX: u64 = 100_000_000;

/// An address, taken apart.
pub(super) struct Address {
    pub(super) form: &'static str,
    pub(super) is_encrypted: bool,
    pub(super) host: Host,
    pub(super) port: u16,
    pub(super) login: Option<(String, String)>,
    pub(super) topic: String,
    /// How long messages are waited for.
    pub(super) time: Duration,
    /// How many are taken, at most.
    pub(super) messages: u64,
    /// How many of the last of each partition; all, if none.
    pub(super) last: Option<u64>,
}

impl Address {
    pub(super) fn parse(text: &str) -> Result<Self, SourceError> {
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err(unreadable());
        }
        // A filter may have `#`, which begins a fragment elsewhere.
        let url = Url::parse(&text.replace('#', "%23")).map_err(|_| unreadable())?;
        let known = SCHEMES.iter().find(|(scheme, ..)| *scheme == url.scheme()).ok_or_else(unreadable)?;
        let (_, form, is_encrypted, port) = *known;
        // The host of a scheme that is not HTTP's is kept as it was written.
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(unreadable)?;
        let host = Host::parse(host).map_err(|_| unreadable())?;
        let login = match (decoded(url.username())?, url.password().map(decoded).transpose()?) {
            (user, None) if user.is_empty() => None,
            (user, Some(password)) if !user.is_empty() => Some((user, password)),
            _ => return Err(unreadable()),
        };
        let topic = decoded(url.path().strip_prefix('/').unwrap_or_default())?;
        let is_good = match form {
            "kafka" => {
                let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
                !topic.is_empty() && topic.len() <= 249 && topic.chars().all(is_plain)
            }
            // A subscription that is shared takes messages away from those who share it.
            _ => is_filter(&topic) && !topic.starts_with('$'),
        };
        if !is_good {
            return Err(unreadable());
        }
        let port = url.port().unwrap_or(port);
        let (time, messages) = (Duration::from_secs(SECONDS), if form == "kafka" { MESSAGES_MAX } else { MESSAGES });
        let mut address = Self { form, is_encrypted, host, port, login, topic, time, messages, last: None };
        for (name, value) in url.query_pairs() {
            let number = |most: u64| {
                let number = value.parse().ok().filter(|number| (1..=most).contains(number));
                number.ok_or_else(unreadable)
            };
            match (&*name, form) {
                ("seconds", "mqtt") => address.time = Duration::from_secs(number(SECONDS_MAX)?),
                ("messages", _) => address.messages = number(MESSAGES_MAX)?,
                ("from", "kafka") if value == "earliest" => address.last = None,
                ("from", "kafka") => address.last = Some(number(MESSAGES_MAX)?),
                _ => return Err(unreadable()),
            }
        }
        Ok(address)
    }

    /// What the table is called: the last name of the topic that is one.
    pub(super) fn name(&self) -> String {
        let mut names = self.topic.split('/').filter(|name| !name.is_empty() && !matches!(*name, "+" | "#"));
        names.next_back().unwrap_or(self.form).to_owned()
    }
}

/// MQTT 3.1.1 §4.7.
fn is_filter(filter: &str) -> bool {
    let mut levels = filter.split('/').peekable();
    let mut is_good = !filter.is_empty() && filter.len() <= 65_535 && !filter.contains('\0');
    while let Some(level) = levels.next() {
        is_good &= match level {
            "+" => true,
            "#" => levels.peek().is_none(),
            name => !name.contains(['+', '#']),
        };
    }
    is_good
}

fn unreadable() -> SourceError {
    SourceError::remote(
        "地址应为 kafka(s)://用户:口令@主机:端口/主题[?from=earliest|条数&messages=上限]，或 mqtt(s)://用户:口令@主机:端口/主题过滤器[?seconds=秒数&messages=上限]；不可为共享订阅",
        "address is neither kafka(s)://user:password@host:port/topic[?from=earliest|count&messages=most] nor mqtt(s)://user:password@host:port/filter[?seconds=…&messages=most] without a shared subscription",
    )
}

fn decoded(text: &str) -> Result<String, SourceError> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.map(String::from).map_err(|_| unreadable())
}
