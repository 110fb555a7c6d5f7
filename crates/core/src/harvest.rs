//! 目录汇聚: another catalogue that is read again and again, from when it is added until it is removed, and a record of it as it is kept.
//! TC609-6-2025-01 §5.2.2.4; NDI-TR-2025-06 §6.3 c. Pure; which records are new or gone is told by the discovery crate.

#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use xinyu_protocol::api::harvest::{HarvestChange, HarvestInfo, HarvestReport, HarvestRequest, HarvestedInfo};
use xinyu_protocol::text::Text;

use crate::effect::{Draft, Effect};
use crate::fault::Rejection;

/// What people are told they offend.
pub const CLAUSE: &str = "NDI-TR-2025-06 §6.3 c";
/// Sources of a node, at most.
pub const MOST: usize = 1_000;
/// Hours between two reads, at most.
const MOST_HOURS: u32 = 720;
/// How long after a first failure it is tried again; twice as long after each further one.
const AGAIN: SignedDuration = SignedDuration::from_mins(5);

/// A catalogue that is read, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HarvestSource {
    /// Its key.
    pub harvest_id: String,
    /// What people call it.
    pub title: String,
    /// Its address; empty for a partner's, and for a file.
    pub address: String,
    /// What the file is called that was handed in last; none of a catalogue that is fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The name of its format; empty until it was recognised.
    pub format: String,
    /// The partner whose it is; empty for none.
    pub partner: String,
    /// In which space its records are shown; empty at a connector.
    pub space_id: String,
    /// Every how many hours it is read; 0: when somebody asks for it.
    pub every_hours: u32,
    /// Whether it is not read for now.
    pub is_paused: bool,
    /// What is shown to get in, sealed.
    pub token: Option<String>,
    /// Whether the next read is one of the whole.
    pub is_whole_next: bool,
    /// Reads that failed one after the other.
    pub failures: u32,
    /// When it was added.
    pub added_at: Timestamp,
    /// When it is read next.
    pub due_at: Option<Timestamp>,
    /// How it was read last.
    pub last: Option<HarvestReport>,
}

impl HarvestSource {
    /// A new one, due at once. The token is sealed already.
    ///
    /// # Errors
    /// Naming the member that is not in order: an address with credentials above all.
    pub fn add(
        harvest_id: String,
        request: HarvestRequest,
        token: Option<String>,
        now: Timestamp,
    ) -> Result<Self, Rejection> {
        let title = titled(&request.title)?;
        let hours = hours(request.every_hours)?;
        let (address, partner) = (request.address.trim().to_owned(), request.partner.trim().to_owned());
        if address.is_empty() == partner.is_empty() {
            let (zh, en) =
                ("请给出目录地址或合作方，二者取一", "give the address of a catalogue or a partner, one of them");
            return Err(wrong("/address", zh, en));
        }
        if !address.is_empty() {
            addressed(&address)?;
        }
        if !partner.is_empty() && token.is_some() {
            let (zh, en) = (
                "合作方以已约定的凭据访问，无需另给令牌",
                "a partner is asked with what is arranged with it: no token",
            );
            return Err(wrong("/token", zh, en));
        }
        let format = if partner.is_empty() { request.format } else { "dsp".to_owned() };
        Ok(Self {
            harvest_id,
            title,
            address,
            file: None,
            format,
            partner,
            space_id: request.space_id,
            every_hours: hours,
            is_paused: false,
            token,
            is_whole_next: false,
            failures: 0,
            added_at: now,
            due_at: Some(now),
            last: None,
        })
    }

    /// A new one that a person hands in as a file of this name: nothing is fetched, now or later.
    ///
    /// # Errors
    /// Naming the member that is not in order.
    pub fn of_file(
        harvest_id: String,
        title: &str,
        file: &str,
        space_id: String,
        now: Timestamp,
    ) -> Result<Self, Rejection> {
        Ok(Self {
            harvest_id,
            title: titled(title)?,
            address: String::new(),
            file: Some(filed(file)?),
            format: String::new(),
            partner: String::new(),
            space_id,
            every_hours: 0,
            is_paused: false,
            token: None,
            is_whole_next: false,
            failures: 0,
            added_at: now,
            due_at: None,
            last: None,
        })
    }

    /// Handed in anew, by a file in the place of the one before.
    ///
    /// # Errors
    /// If it is fetched, or the file has no name.
    pub fn hand_in(self, file: &str) -> Result<Self, Rejection> {
        if self.file.is_none() {
            let (zh, en) = ("该汇聚源从地址读取，不接受文件", "it is read from an address, and takes no file");
            return Err(Rejection::conflict("harvest-fetched", zh, en).clause(CLAUSE));
        }
        Ok(Self { file: Some(filed(file)?), ..self })
    }

    /// Changed as a person says; `token` is sealed already, if a new one was given.
    ///
    /// # Errors
    /// Naming the member that is not in order.
    pub fn change(self, change: HarvestChange, token: Option<String>, now: Timestamp) -> Result<Self, Rejection> {
        let title = change.title.map_or(Ok(self.title.clone()), |title| titled(&title))?;
        let every_hours = change.every_hours.map_or(Ok(self.every_hours), hours)?;
        let is_paused = change.paused.unwrap_or(self.is_paused);
        if self.file.is_some() && (every_hours > 0 || is_paused || token.is_some()) {
            let (zh, en) = (
                "文件来源不按时读取，也没有令牌；请重新提交文件",
                "what is handed in as a file is not read by itself and has no token: hand in another file",
            );
            return Err(wrong("/everyHours", zh, en));
        }
        if !self.partner.is_empty() && token.is_some() {
            let (zh, en) = (
                "合作方以已约定的凭据访问，无需另给令牌",
                "a partner is asked with what is arranged with it: no token",
            );
            return Err(wrong("/token", zh, en));
        }
        let token = match change.token {
            None => self.token.clone(),
            Some(said) if said.is_empty() => None,
            Some(_) => token,
        };
        let due_at = match (is_paused, self.is_paused) {
            (true, _) => None,
            // Whoever lets it go on wants to see it.
            (false, true) => Some(now),
            (false, false) if every_hours == self.every_hours => self.due_at,
            (false, false) => self.last.as_ref().and_then(|last| later(last.at, every_hours)),
        };
        Ok(Self { title, every_hours, is_paused, token, due_at, ..self })
    }

    /// To be read now.
    ///
    /// # Errors
    /// If it is paused, or comes as a file.
    pub fn run(self, is_whole: bool, now: Timestamp) -> Result<Self, Rejection> {
        if self.file.is_some() {
            let (zh, en) = ("该汇聚源以文件提交，请重新提交文件", "it is handed in as a file: hand in another one");
            return Err(Rejection::conflict("harvest-of-file", zh, en).clause(CLAUSE));
        }
        if self.is_paused {
            let (zh, en) = ("该汇聚源已暂停，请先恢复", "it is paused: let it go on first");
            return Err(Rejection::conflict("harvest-paused", zh, en).clause(CLAUSE));
        }
        Ok(Self { is_whole_next: is_whole || self.is_whole_next, due_at: Some(now), ..self })
    }

    /// Read, or not: when it is read next.
    #[must_use]
    pub fn settle(self, report: HarvestReport, format: &str) -> Self {
        let has_failed = report.problem.is_some();
        let failures = if has_failed { self.failures.saturating_add(1) } else { 0 };
        let regular = later(report.at, self.every_hours);
        let due_at = match (self.is_paused, has_failed) {
            (true, _) => None,
            (false, false) => regular,
            (false, true) => {
                let doubled = 1_i32.checked_shl(failures.saturating_sub(1).min(12)).unwrap_or(i32::MAX);
                let again = AGAIN.checked_mul(doubled).and_then(|wait| report.at.checked_add(wait).ok());
                // One that is read on demand is not tried again by itself.
                regular.and_then(|regular| again.map(|again| again.min(regular)))
            }
        };
        let is_whole_next = self.is_whole_next && has_failed;
        let format = if format.is_empty() { self.format.clone() } else { format.to_owned() };
        Self { failures, due_at, is_whole_next, format, last: Some(report), ..self }
    }

    /// What was read stands in the log of its space, where there is one: who shows records of others can say since when and from where.
    #[must_use]
    pub fn record(&self, report: &HarvestReport) -> Option<Effect> {
        let is_news = report.new + report.changed + report.gone > 0;
        (is_news && !self.space_id.is_empty()).then(|| {
            let place = match (&self.file, self.address.as_str()) {
                // What people call a file may be anybody's name.
                (Some(_), _) => "file",
                (None, "") => self.partner.as_str(),
                (None, address) => address,
            };
            Effect::Record(
                Draft::new("catalog.harvested", &self.space_id)
                    .subject(self.harvest_id.as_str())
                    .fact("source", place)
                    .fact("new", report.new)
                    .fact("changed", report.changed)
                    .fact("gone", report.gone),
            )
        })
    }

    /// As people are told, with how many records are kept.
    #[must_use]
    pub fn info(self, records: u64) -> HarvestInfo {
        HarvestInfo {
            harvest_id: self.harvest_id,
            title: self.title,
            address: self.address,
            file: self.file,
            format: self.format,
            partner: self.partner,
            space_id: self.space_id,
            every_hours: self.every_hours,
            has_token: self.token.is_some(),
            paused: self.is_paused,
            records,
            added_at: self.added_at,
            due_at: self.due_at,
            progress: None,
            last: self.last,
        }
    }
}

/// A record of another catalogue, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HarvestedRecord {
    /// What is told of it in a list.
    pub info: HarvestedInfo,
    /// The source's identifier of it.
    pub key: String,
    /// The digest of what is kept of it.
    pub digest: String,
    /// Codes by which it is narrowed, where the source gives them.
    pub codes: Codes,
    /// Its columns: table, name, kind.
    pub columns: Vec<(String, String, String)>,
    /// The whole of it.
    pub record: Value,
}

/// Codes of NDI-TR-2025-06, where the source gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Codes {
    /// 行业.
    pub industry: String,
    /// 应用场景.
    pub scenario: String,
    /// 交付形式.
    pub form: String,
    /// 更新频率.
    pub frequency: String,
    /// 质量等级.
    pub quality: String,
    /// 安全等级.
    pub security: String,
}

/// That there is none of that key.
#[must_use]
pub fn unknown(id: &str) -> Rejection {
    let (zh, en) = (format!("没有汇聚源 {id}"), format!("there is no harvested catalogue {id}"));
    Rejection::unknown("unknown-harvest", zh, en).clause(CLAUSE)
}

/// That there is no record of that key, or none for the caller.
#[must_use]
pub fn unknown_record(id: &str) -> Rejection {
    let (zh, en) = (format!("没有外部目录条目 {id}"), format!("there is no record {id} of another catalogue"));
    Rejection::unknown("unknown-harvested", zh, en).clause(CLAUSE)
}

/// That a node has as many as it may.
#[must_use]
pub fn too_many() -> Rejection {
    let (zh, en) = (format!("汇聚源最多 {MOST} 个"), format!("a node reads {MOST} other catalogues at most"));
    Rejection::conflict("harvests-many", zh, en).clause(CLAUSE)
}

fn wrong(place: &str, zh: impl Into<String>, en: impl Into<String>) -> Rejection {
    Rejection::bad("harvest-invalid", zh, en).clause(place)
}

fn titled(said: &str) -> Result<String, Rejection> {
    let title = said.trim();
    if (1..=100).contains(&title.chars().count()) && !title.chars().any(char::is_control) {
        return Ok(title.to_owned());
    }
    let (zh, en) =
        ("名称须为 1 至 100 个字符，不含控制字符", "a title has 1 to 100 characters and no control characters");
    Err(wrong("/title", zh, en))
}

fn filed(said: &str) -> Result<String, Rejection> {
    let name = said.trim();
    if (1..=128).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    let (zh, en) = (
        "文件名须为 1 至 128 个字符，不含控制字符",
        "the name of a file has 1 to 128 characters and no control characters",
    );
    Err(wrong("/name", zh, en))
}

fn hours(said: u32) -> Result<u32, Rejection> {
    if said <= MOST_HOURS {
        return Ok(said);
    }
    let (zh, en) = (format!("读取间隔最多 {MOST_HOURS} 小时"), format!("it is read every {MOST_HOURS} hours at least"));
    Err(wrong("/everyHours", zh, en))
}

/// An address that can be kept and shown: in the Web, and nothing in it that opens anything.
fn addressed(said: &str) -> Result<(), Rejection> {
    let url = Url::parse(said).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = url.filter(|_| said.len() <= 2_048) else {
        let (zh, en) = ("地址须为 http 或 https 网址", "the address is one of http or https");
        return Err(wrong("/address", zh, en));
    };
    let opens = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["token", "key", "secret", "password", "passwd", "signature", "sig", "auth"]
            .iter()
            .any(|one| name.contains(one))
    };
    if !url.username().is_empty() || url.password().is_some() || url.query_pairs().any(|(name, _)| opens(&name)) {
        let zh = "地址中不得含用户名、口令或令牌；令牌请填在专门的字段，密封保存";
        let en =
            "an address has no user name, password or token in it: give a token in its own field, where it is sealed";
        return Err(wrong("/address", zh, en));
    }
    Ok(())
}

fn later(at: Timestamp, hours: u32) -> Option<Timestamp> {
    (hours > 0).then(|| at.checked_add(SignedDuration::from_hours(i64::from(hours))).ok()).flatten()
}

/// How a read that failed is told.
#[must_use]
pub fn failed(at: Timestamp, took_ms: u64, problem: Text) -> HarvestReport {
    HarvestReport { at, took_ms, problem: Some(problem), ..HarvestReport::default() }
}
