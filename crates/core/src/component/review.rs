//! The review of a component before it may run: whether its description says enough, whom it names, and what was seen of its content and its interface.
//! TC609-6-2025-15 §7.2.1.2 a–c; TC609-6-2025-01 §5.3.3.3 b. Pure: what is seen is handed in.

use std::collections::BTreeSet;

use jiff::Timestamp;
use xinyu_protocol::id::ParticipantId;
use xinyu_protocol::tc609::component::{ComponentKind, ComponentStanding, ComponentStatement};
use xinyu_protocol::text::Text;

use super::state::{Act, State};
use super::{CLAUSE, Component, Done, PLATFORM, SQL, step};
use crate::effect::{Draft, Effect};
use crate::fault::Rejection;
use crate::review::{Finding, Findings, RULE, Severity, Tried, is_clear};

/// How many that have the same name are named.
const NAMESAKES: usize = 5;

/// What the platform saw besides the statement.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What is in the content; none if it stays with its source.
    pub content: Option<Findings>,
    /// What came of its interface, if it has one.
    pub tried: Option<Tried>,
    /// Callers that are not in the space.
    pub strangers: Vec<ParticipantId>,
    /// Components of other sources in the space that have its name and kind.
    pub namesakes: Vec<String>,
}

/// What the review finds, what weighs most first.
#[must_use]
pub fn review(statement: &ComponentStatement, seen: Seen) -> Vec<Finding> {
    let is_content_here = seen.content.is_some();
    let mut findings = seen.content.unwrap_or_default();
    let mut found = |severity, subject: &str, zh: String, en: String| {
        findings.add(severity, subject, Text::new(zh, en), CLAUSE);
    };
    if statement.description.trim().is_empty() {
        let (zh, en) = ("没有说明它做什么", "it does not say what it does");
        found(Severity::Warn, "description", zh.to_owned(), en.to_owned());
    }
    if !is_content_here {
        let (zh, en) =
            ("内容留在来源方，只能核对摘要", "its content stays with its source, only its digest can be compared");
        found(Severity::Warn, "content", zh.to_owned(), en.to_owned());
    } else if statement.kind == ComponentKind::Algorithm && statement.media_type != SQL {
        let media = &statement.media_type;
        let zh = format!("{media} 不在本使用环境中运行，使用时核对摘要");
        found(Severity::Info, "mediaType", zh, format!("{media} does not run here, a use of it compares its digest"));
    }
    if statement.kind == ComponentKind::Application && !is_content_here && statement.address.is_none() {
        let (zh, en) =
            ("应用程序既无内容，也无接口地址", "the application has neither a content nor an interface here");
        found(Severity::Warn, "address", zh.to_owned(), en.to_owned());
    }
    for stranger in &seen.strangers {
        let zh = format!("可调用方 {stranger} 不是空间成员");
        found(Severity::Warn, "callers", zh, format!("caller {stranger} is not a member of the space"));
    }
    for namesake in &seen.namesakes {
        let zh = format!("另一来源方的组件 {namesake} 同名");
        found(Severity::Warn, "name", zh, format!("component {namesake} of another source has the same name"));
    }
    if let Some(tried) = &seen.tried {
        findings.interface(tried, CLAUSE);
    }
    findings.sorted()
}

/// Components of other sources that have the name and kind of this one, of those that members of its space see: each once, a few of them.
#[must_use]
pub fn namesakes(statement: &ComponentStatement, there: &[Component]) -> Vec<String> {
    let is_one = |one: &&Component| {
        let other = one.statement();
        let is_seen = !matches!(one.standing.state, State::Submitted | State::Refused);
        is_seen
            && other.name == statement.name
            && other.kind == statement.kind
            && other.source_id != statement.source_id
    };
    let names: BTreeSet<String> = there.iter().filter(is_one).map(|one| one.standing.component_id.clone()).collect();
    names.into_iter().take(NAMESAKES).collect()
}

/// What the log of the space says of a review: how much was found, not what.
#[must_use]
pub fn reviewed(component: &Component) -> Effect {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let blocking = component.findings.iter().filter(|one| one.severity == Severity::Block).count();
    let draft = Draft::new("component.reviewed", &component.statement().space_id)
        .subject(&component.standing.component_id)
        .fact("version", component.standing.version.as_str())
        .fact("blocking", count(blocking))
        .fact("findings", count(component.findings.len()));
    Effect::Record(draft)
}

/// Where a version stands that nothing is said against, by the rule of its space; nothing where something is. What the review warns of is for a person, and so is a
/// component of which the platform suspended, withdrew or refused a version: its `former` ones.
///
/// # Errors
/// As for a step.
pub fn by_rule(
    component: &Component,
    former: &[Component],
    now: Timestamp,
) -> Result<Option<(ComponentStanding, Done)>, Rejection> {
    let is_barred = |one: &Component| {
        let stands_off = matches!(one.standing.state, State::Suspended | State::Withdrawn | State::Refused);
        stands_off && one.history.last().is_some_and(|done| done.by == PLATFORM)
    };
    let is_clear = is_clear(&component.findings) && !former.iter().any(is_barred);
    if component.standing.state != State::Submitted || !is_clear {
        return Ok(None);
    }
    step(component, (Act::Approve, RULE), "", now).map(Some)
}
