//! Components (组件: 算法、模型、应用程序): registered by their source, reviewed and stamped by the platform, checked before every run.
//! TC609-6-2025-15 §7.1.1.2 a–c, §7.2.1.2 a–c, §10.1 c; TC609-6-2025-14 C.6 rows 12–14. Pure. What runs here is SQL; a model or an application runs elsewhere, and
//! what is checked of it is the digest of what its caller has at hand.

pub mod check;
pub mod review;
pub mod stamp;
pub mod state;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_crypto::Suite;
use xinyu_protocol::tc609::component::{
    ComponentKind, ComponentNotice, ComponentStanding, ComponentStatement, Digests, SignedComponent,
};
use xinyu_protocol::tc609::contract::FilingStamp;
use xinyu_protocol::text::Text;

use self::state::{Act, State, label, target};
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;
use crate::review::{Finding, must_be_address, must_not_block};
use crate::workday::Deadline;

/// What people are told they offend.
pub const CLAUSE: &str = "TC609-6-2025-15 §7.2.1.2";
/// The largest content that the platform keeps; what is larger stays with its source.
pub const CONTENT_MAX: usize = 256 * 1024;
/// The media type of what the use environment runs.
pub const SQL: &str = "application/sql";
/// Who decides in the history of a version: the operator.
pub const PLATFORM: &str = "platform";
/// How an identifier begins.
pub const PREFIX: &str = "cmp-";
/// The longest reason, in characters.
const MAX_REASON: usize = 300;

/// Something that was done with a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// When.
    pub at: Timestamp,
    /// `register`, or the word of an [`Act`].
    pub act: String,
    /// `platform`, `source` or `rule`.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A version of a component, as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Identifier, version, and where it stands.
    pub standing: ComponentStanding,
    /// What its source signed.
    pub signed: SignedComponent,
    /// Whether the platform keeps the content.
    pub has_content: bool,
    /// What the platform attests of the standing.
    pub filing: FilingStamp,
    /// Oldest first.
    pub history: Vec<Done>,
    /// What the review found.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Until when the operator has to decide.
    #[serde(default)]
    pub deadline: Deadline,
}

impl Component {
    /// What its source says.
    #[must_use]
    pub fn statement(&self) -> &ComponentStatement {
        &self.signed.statement
    }

    /// `identifier@version`.
    #[must_use]
    pub fn name(&self) -> String {
        reference(&self.standing.component_id, &self.standing.version)
    }

    /// With the time that the operator has to decide.
    #[must_use]
    pub fn clocked(self, due_at: Timestamp) -> Self {
        let deadline = self.deadline.kept(self.standing.state == State::Submitted, due_at);
        Self { deadline, ..self }
    }

    /// What can be done with it.
    #[must_use]
    pub fn moves(&self) -> Vec<Act> {
        Act::ALL.into_iter().filter(|act| target(self.standing.state, *act).is_some()).collect()
    }
}

/// A component that a use runs or is made by, as it was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsedComponent {
    /// As what.
    pub kind: ComponentKind,
    /// Which.
    pub component_id: String,
    /// Which version.
    pub version: String,
    /// The content's digest in the suite of the space: `sm3:…` or `sha256:…`.
    pub digest: String,
    /// Whether its output may leave the use environment.
    pub output_leaves: bool,
    /// The connector of its source: one that is barred takes its components with it.
    pub source: String,
}

impl UsedComponent {
    /// `identifier@version`: the fact that policies are compared with.
    #[must_use]
    pub fn name(&self) -> String {
        reference(&self.component_id, &self.version)
    }
}

/// `identifier@version`.
#[must_use]
pub fn reference(component_id: &str, version: &str) -> String {
    format!("{component_id}@{version}")
}

/// What somebody names: an identifier, and a version if he cares for one.
#[must_use]
pub fn named(text: &str) -> (&str, Option<&str>) {
    text.split_once('@').map_or((text, None), |(id, version)| (id, Some(version)))
}

/// Both digests of a content.
#[must_use]
pub fn digests(content: &[u8]) -> Digests {
    Digests { sm3: Suite::Sm.hash(content).to_string(), sha256: Suite::Intl.hash(content).to_string() }
}

/// The digest in the suite of a space, with the name of its function.
#[must_use]
pub fn digest_in(suite: Suite, digests: &Digests) -> String {
    match suite {
        Suite::Sm => format!("sm3:{}", digests.sm3),
        Suite::Intl => format!("sha256:{}", digests.sha256),
    }
}

/// Whether a digest with the name of its function is one of these.
#[must_use]
pub fn is_digest_of(digest: &str, digests: &Digests) -> bool {
    match digest.split_once(':') {
        Some(("sm3", value)) => value.eq_ignore_ascii_case(&digests.sm3),
        Some(("sha256", value)) => value.eq_ignore_ascii_case(&digests.sha256),
        _ => false,
    }
}

/// That a statement is in order, and fits its content where that is given.
///
/// # Errors
/// Naming the first member that is not.
pub fn must_be_sound(statement: &ComponentStatement, content: Option<&[u8]>) -> Result<(), Rejection> {
    let wrong = |at: &str, zh: String, en: String| Err(Rejection::bad("component-invalid", zh, en).clause(at));
    for (at, text, least, most) in [
        ("/registrationId", &statement.registration_id, 1, 100),
        ("/name", &statement.name, 1, 100),
        ("/outputs", &statement.outputs, 1, 1_000),
        ("/description", &statement.description, 0, 2_000),
        ("/purpose", &statement.purpose, 1, 500),
        ("/mediaType", &statement.media_type, 3, 100),
    ] {
        let length = text.trim().chars().count();
        if length < least || length > most {
            return wrong(
                at,
                format!("{at} 须为 {least}–{most} 字"),
                format!("{at} must have {least} to {most} characters"),
            );
        }
    }
    let is_version = (1..=32).contains(&statement.version.len())
        && statement.version.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_+".contains(&b));
    if !is_version {
        return wrong(
            "/version",
            "版本号须为 1–32 个字母、数字或 . - _ +".to_owned(),
            "a version has 1 to 32 letters, digits or . - _ +".to_owned(),
        );
    }
    for (at, digest) in [("/digests/sm3", &statement.digests.sm3), ("/digests/sha256", &statement.digests.sha256)] {
        if digest.len() != 64 || !digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return wrong(
                at,
                "摘要须为 64 位小写十六进制".to_owned(),
                "a digest has 64 lower-case hexadecimal digits".to_owned(),
            );
        }
    }
    if statement.component_id.is_some() != statement.former.is_some() {
        return wrong(
            "/former",
            "新版本须同时写明组件标识与所承接的版本".to_owned(),
            "a new version names its component and the version that it follows".to_owned(),
        );
    }
    if statement.callers.len() > 200 {
        return wrong("/callers", "调用方至多 200 个".to_owned(), "there are at most 200 callers".to_owned());
    }
    if let Some(address) = &statement.address {
        must_be_address(address, "/address")?;
    }
    let Some(content) = content else {
        if statement.size_bytes == 0 {
            return wrong("/sizeBytes", "内容为空".to_owned(), "the content is empty".to_owned());
        }
        return Ok(());
    };
    if content.is_empty() || content.len() > CONTENT_MAX {
        return wrong(
            "/content",
            format!("平台保存的内容须为 1–{CONTENT_MAX} 字节；更大的内容留在来源方，仅登记摘要"),
            format!(
                "a content that the platform keeps has 1 to {CONTENT_MAX} bytes; a larger one stays with its source"
            ),
        );
    }
    if u64::try_from(content.len()).ok() != Some(statement.size_bytes) || digests(content) != statement.digests {
        return wrong(
            "/digests",
            "内容与声明的大小或摘要不符".to_owned(),
            "the content does not have the size and digests that are stated".to_owned(),
        );
    }
    if statement.media_type == SQL && std::str::from_utf8(content).is_err() {
        return wrong("/content", "SQL 内容须为 UTF-8".to_owned(), "SQL is UTF-8".to_owned());
    }
    Ok(())
}

/// Where a new version belongs: the identifier of its component, if it may follow there.
///
/// # Errors
/// If the component is another's or of another kind or space, the version is taken, or it does not follow the newest one.
pub fn chain(statement: &ComponentStatement, versions: &[Component]) -> Result<Option<String>, Rejection> {
    let Some(id) = &statement.component_id else {
        return Ok(None);
    };
    let newest = versions.first().ok_or_else(|| unknown(id))?;
    let first = newest.statement();
    if first.source_id != statement.source_id {
        return Err(Rejection::forbidden(
            "component-of-another",
            format!("组件 {id} 由另一来源方登记，只有其来源方可登记新版本"),
            format!("component {id} is registered by another source, who alone can register a new version of it"),
        )
        .clause("/componentId"));
    }
    if first.kind != statement.kind || first.space_id != statement.space_id {
        return Err(Rejection::conflict(
            "component-differs",
            format!("组件 {id} 的新版本须属于同一空间、同一类型"),
            format!("a new version of component {id} is of the same space and kind"),
        )
        .clause(CLAUSE));
    }
    if versions.iter().any(|one| one.standing.version == statement.version) {
        return Err(Rejection::conflict(
            "version-taken",
            format!("组件 {id} 已有版本 {}", statement.version),
            format!("component {id} has a version {} already", statement.version),
        )
        .clause("/version"));
    }
    let newest = versions.iter().find(|one| one.standing.state != State::Refused).unwrap_or(newest);
    if statement.former.as_deref() != Some(newest.standing.version.as_str()) {
        let there = &newest.standing.version;
        return Err(Rejection::conflict(
            "version-chain",
            format!("新版本须承接最新版本 {there}"),
            format!("a new version follows the newest one, {there}"),
        )
        .clause("/former"));
    }
    Ok(Some(id.clone()))
}

/// Does something with a version: a new standing, to be stamped by the platform.
///
/// # Errors
/// If it leads nowhere from here, nobody says why, or the review blocks it.
pub fn step(
    component: &Component,
    (act, by): (Act, &str),
    reason: &str,
    now: Timestamp,
) -> Result<(ComponentStanding, Done), Rejection> {
    let reason = reason.trim();
    if reason.chars().count() > MAX_REASON {
        return Err(Rejection::bad(
            "reason-too-long",
            format!("理由至多 {MAX_REASON} 字"),
            format!("a reason has at most {MAX_REASON} characters"),
        )
        .clause("/reason"));
    }
    if act.needs_reason() && reason.is_empty() {
        return Err(Rejection::bad("reason-missing", "请写明理由", "say why").clause("/reason"));
    }
    let Some(state) = target(component.standing.state, act) else {
        let (name, word, there) = (component.name(), act.as_str(), label(component.standing.state));
        return Err(Rejection::conflict(
            "component-state",
            format!("组件 {name} {}，不能执行 {word}", there.zh),
            format!("component {name} is {}: {word} is not possible", there.en),
        )
        .clause(CLAUSE));
    };
    if act == Act::Approve {
        let name = component.name();
        must_not_block(&component.findings, (&format!("组件 {name} "), &format!("component {name}")))?;
    }
    let standing = ComponentStanding {
        state,
        reason: if act.needs_reason() { reason.to_owned() } else { String::new() },
        since: now,
        ..component.standing.clone()
    };
    let done = Done { at: now, act: act.as_str().to_owned(), by: by.to_owned(), reason: reason.to_owned() };
    Ok((standing, done))
}

/// What the log of the space says of what was done.
#[must_use]
pub fn record(kind: &'static str, component: &Component) -> Effect {
    let statement = component.statement();
    let mut draft = Draft::new(kind, &statement.space_id)
        .subject(&component.standing.component_id)
        .fact("kind", statement.kind.as_str())
        .fact("version", component.standing.version.as_str())
        .fact("source", statement.source_id.as_str())
        .fact("sm3", statement.digests.sm3.as_str())
        .fact("sha256", statement.digests.sha256.as_str())
        .fact("output_leaves", statement.output_leaves);
    if let Some(former) = &statement.former {
        draft = draft.fact("former", former.as_str());
    }
    if let Some(done) = component.history.last() {
        draft = draft.fact("by", done.by.as_str());
    }
    if !component.standing.reason.is_empty() {
        draft = draft.fact("reason", component.standing.reason.as_str());
    }
    Effect::Record(draft)
}

/// Tells connectors where a version stands now, each on a stream of its own.
///
/// # Errors
/// If the notice has no canonical form, which cannot be.
pub fn announce<'a>(
    standing: &ComponentStanding,
    to: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Effect>, Rejection> {
    let notice = ComponentNotice { standing: standing.clone() };
    let name = reference(&standing.component_id, &standing.version);
    let send = |party: &str| {
        let stream = format!("component/{name}/{party}");
        Outgoing::json(party, stream, "component", "/tc609/componentStatus", &notice).map(Effect::Send)
    };
    to.into_iter().map(send).collect()
}

/// There is no such component, or not for this caller.
#[must_use]
pub fn unknown(name: &str) -> Rejection {
    Rejection::unknown(
        "unknown-component",
        format!("没有登记的组件 {name}"),
        format!("component {name} is not registered"),
    )
    .clause(CLAUSE)
    .next(Text::new("请先在平台登记并通过审核", "register it with the platform first and have it reviewed"))
}
