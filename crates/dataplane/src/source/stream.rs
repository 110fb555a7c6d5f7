//! Streams: a stretch of a topic as a table. What comes is written into a nameless file first, so that a reading ends and is the same to its end. A record is
//! a JSON object; one that is none is left out, and how many were is told. Only read: nothing is published, and nothing is left on the server (no session,
//! no group of consumers, no offsets). Each kind of server is a file of its own here.
//!
//! `mqtt://user:password@host:1883/filter?seconds=5&messages=100000` takes what comes within a while, what is retained first; `mqtts://` is encrypted.
//! `kafka://user:password@host:9092/topic?from=1000` takes all partitions one after the other, from the earliest record, or the last so many, to the end
//! as it was when the reading began; `kafkas://` is encrypted.

mod address;
mod kafka;
mod mqtt;
mod wire;

use url::Url;
use xinyu_http::EgressPolicy;
use xinyu_protocol::text::Text;

use self::address::Address;
use super::SourceError;
use super::file::{self, Placed, Spooling, record};

/// How much of a stream is taken, at most.
const BYTES_MAX: u64 = 4 << 30;

/// Takes a stretch.
pub(super) async fn open(url: &str, egress: &EgressPolicy) -> Result<Placed, SourceError> {
    let address = Address::parse(url)?;
    let mut records = Records { rows: Spooling::new(BYTES_MAX)?, taken: 0, left_out: 0 };
    let stretch = match address.form {
        "kafka" => kafka::read(&address, egress, &mut records).await?,
        _ => mqtt::read(&address, egress, &mut records).await?,
    };
    let mut notices: Vec<Text> = Url::parse(url).ok().and_then(|url| super::api::plain(&url)).into_iter().collect();
    notices.push(stretch);
    notices.extend(records.notice());
    if records.taken == 0 {
        return Err(records.none());
    }
    let (name, form) = (address.name(), address.form);
    let rows = records.rows.done()?;
    Ok(file::of_spools(&name, "jsonl", vec![rows])?.told(form, notices))
}

/// Records being gathered.
struct Records {
    rows: Spooling,
    taken: u64,
    left_out: u64,
}

impl Records {
    fn take(&mut self, record: &[u8]) -> Result<(), SourceError> {
        if record::write(record, &mut self.rows)? {
            self.taken = self.taken.saturating_add(1);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
        Ok(())
    }

    fn count(&self) -> u64 {
        self.taken.saturating_add(self.left_out)
    }

    fn notice(&self) -> Option<Text> {
        let count = self.left_out;
        let text = || {
            Text::new(
                format!("{count} 条记录不是 JSON 对象，未计入"),
                format!("{count} records are no JSON objects and were left out"),
            )
        };
        (count > 0).then(text)
    }

    fn none(&self) -> SourceError {
        let count = self.left_out;
        match count {
            0 => SourceError::remote("主题中没有记录", "there are no records in the topic"),
            _ => SourceError::remote(
                format!("主题中的 {count} 条记录都不是 JSON 对象"),
                format!("none of the {count} records of the topic is a JSON object"),
            ),
        }
    }
}
