//! Policy templates (策略模板) with typed parameters: written, reviewed by another person, enabled space by space, filled in and combined to policies.
//! TC609-6-2025-14 §7.2 a–c; TC609-6-2025-15 §7.2.2.1 a–f; TC609-6-2025-01 §5.2.2.5 a. Pure. A policy (策略) is a template without parameters, so that both are
//! managed alike. What it does not do: change a contract or a listed product. Those keep the policy that they have, whatever happens to its template.

mod body;
mod check;
pub mod combine;
mod compare;
mod file;
mod fill;
mod instance;
pub mod ready;
pub mod state;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use xinyu_crypto::Suite;
use xinyu_protocol::tc609::template::{NewTemplate, Template, Values};
use xinyu_protocol::text::Text;

pub use self::check::{check, is_id};
pub use self::compare::compare;
pub use self::file::{FORMAT, TYPE, export, read_file};
pub use self::fill::fill;
pub use self::instance::{instance, review};
use self::state::{Act, State, target};
use crate::effect::{Draft, Effect};
use crate::fault::Rejection;
use crate::space::Space;

/// What people are told they offend.
pub const CLAUSE: &str = "TC609-6-2025-15 §7.2.2.1";

/// The longest reason, in characters.
const MAX_REASON: usize = 300;

/// Something that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// JSON pointer.
    pub pointer: String,
    /// What.
    pub text: Text,
}

/// All that is wrong, as one answer: the first with its place, and the others in the details.
#[must_use]
pub fn rejection(code: &'static str, what: &Text, wrong: &[Wrong]) -> Rejection {
    let first = wrong.first().cloned().unwrap_or_else(|| Wrong { pointer: String::new(), text: Text::default() });
    let rejection =
        Rejection::bad(code, format!("{}：{}", what.zh, first.text.zh), format!("{}: {}", what.en, first.text.en))
            .clause(first.pointer);
    let others = wrong.get(1..).unwrap_or_default();
    if others.is_empty() {
        return rejection;
    }
    let told = |pick: fn(&Text) -> &str, between: &str| {
        let one = |wrong: &Wrong| format!("{} {}", wrong.pointer, pick(&wrong.text));
        others.iter().map(one).collect::<Vec<_>>().join(between)
    };
    rejection.detail(Text::new(told(|text| &text.zh, "；"), told(|text| &text.en, "; ")))
}

/// Where a version came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Origin {
    /// With the program.
    BuiltIn,
    /// Written here.
    Own,
    /// Of another platform.
    Imported {
        /// Its DID.
        issuer: String,
        /// SHA-256 of what it exported.
        digest: String,
        /// Whether its signature was checked.
        is_verified: bool,
    },
}

impl Origin {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::BuiltIn => "built_in",
            Self::Own => "own",
            Self::Imported { .. } => "imported",
        }
    }
}

/// Something that was done with a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// When.
    pub at: Timestamp,
    /// `save`, `import`, or the word of an [`Act`].
    pub act: String,
    /// Who.
    pub by: String,
    /// In which space.
    pub space: Option<String>,
    /// Why.
    pub reason: String,
}

/// A version of a template, as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The template.
    pub template: Template,
    /// Where it came from.
    pub origin: Origin,
    /// Who saved it; of a built-in one nobody.
    pub author: Option<String>,
    /// Where it stands, apart from the spaces: never [`State::Enabled`] or [`State::Disabled`].
    pub state: State,
    /// Where it was enabled (true) or disabled.
    pub spaces: BTreeMap<String, bool>,
    /// What was done with it, oldest first.
    pub history: Vec<Done>,
}

impl Version {
    /// Its template's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.template.definition.template_id
    }

    /// Whether it is meant for a kind of space.
    #[must_use]
    pub fn is_meant_for(&self, kind: &str) -> bool {
        let kinds = &self.template.definition.space_kinds;
        kinds.is_empty() || kinds.iter().any(|one| one == kind)
    }

    /// Where it stands in a space.
    #[must_use]
    pub fn state_in(&self, space: &Space) -> State {
        if self.state != State::Reviewed {
            return self.state;
        }
        match self.spaces.get(&space.space_id) {
            Some(true) => State::Enabled,
            Some(false) => State::Disabled,
            None if self.origin == Origin::BuiltIn && self.is_meant_for(&space.kind) => State::Enabled,
            None => State::Reviewed,
        }
    }

    /// Where it stands, all spaces taken together: enabled if it is in one of them.
    #[must_use]
    pub fn state(&self, spaces: &[Space]) -> State {
        let there: Vec<State> = spaces.iter().map(|space| self.state_in(space)).collect();
        [State::Enabled, State::Disabled].into_iter().find(|state| there.contains(state)).unwrap_or(self.state)
    }

    /// The spaces in which it is enabled.
    #[must_use]
    pub fn enabled_in(&self, spaces: &[Space]) -> Vec<String> {
        let enabled = spaces.iter().filter(|space| self.state_in(space) == State::Enabled);
        enabled.map(|space| space.space_id.clone()).collect()
    }

    /// What can be done with it, in one space or another.
    #[must_use]
    pub fn moves(&self, spaces: &[Space]) -> Vec<Act> {
        let can = |act: &Act| match act {
            Act::Enable => spaces
                .iter()
                .any(|space| self.is_meant_for(&space.kind) && target(self.state_in(space), Act::Enable).is_some()),
            Act::Disable => spaces.iter().any(|space| target(self.state_in(space), Act::Disable).is_some()),
            other => target(self.state(spaces), *other).is_some(),
        };
        Act::ALL.into_iter().filter(can).collect()
    }
}

/// The next version of a template, as a draft; the same definition again is the version that is there.
///
/// # Errors
/// Everything that is wrong with the definition.
pub fn save(
    definition: NewTemplate,
    newest: Option<&Version>,
    (origin, by): (Origin, &str),
    now: Timestamp,
) -> Result<Version, Rejection> {
    if let Err(wrong) = check(&definition) {
        let what = Text::new("模板未通过校验", "the template is not in order");
        return Err(rejection("template-invalid", &what, &wrong)
            .next(Text::new("请按所列位置修改后重新保存", "mend what is listed and save it again")));
    }
    if let Some(newest) = newest
        && newest.template.definition == definition
        && newest.state != State::Deleted
    {
        return Ok(newest.clone());
    }
    let version = newest.map_or(1, |newest| newest.template.version.saturating_add(1));
    let act = if origin == Origin::Own { "save" } else { "import" };
    let done = Done { at: now, act: act.to_owned(), by: by.to_owned(), space: None, reason: String::new() };
    Ok(Version {
        template: Template { version, definition },
        origin,
        author: Some(by.to_owned()),
        state: State::Draft,
        spaces: BTreeMap::new(),
        history: vec![done],
    })
}

/// What somebody wants to do with a version.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// What.
    pub act: Act,
    /// Who.
    pub by: &'a str,
    /// In which space.
    pub space: Option<&'a Space>,
    /// Why.
    pub reason: &'a str,
}

/// Does it. Nobody judges what he wrote himself.
///
/// # Errors
/// If it leads nowhere from here, is not for this person, or a space or reason is missing.
pub fn step(mut version: Version, ask: Ask<'_>, spaces: &[Space], now: Timestamp) -> Result<Version, Rejection> {
    let Ask { act, by, reason, .. } = ask;
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
    let space =
        if act.is_of_space() {
            Some(ask.space.ok_or_else(|| {
                Rejection::bad("space-missing", "请指明空间", "say in which space").clause("/spaceId")
            })?)
        } else {
            None
        };
    let state = space.map_or_else(|| version.state(spaces), |space| version.state_in(space));
    if target(state, act).is_none() {
        return Err(leads_nowhere(&version, state, act));
    }
    if matches!(act, Act::Approve | Act::Refuse) && version.author.as_deref() == Some(by) {
        let id = version.id();
        return Err(Rejection::forbidden(
            "own-template",
            format!("模板 {id} 由您保存，须由他人审核"),
            format!("you saved template {id} yourself: somebody else has to review it"),
        )
        .clause(CLAUSE)
        .next(Text::new("请由另一位业务管理人员审核", "ask another manager to review it")));
    }
    if let (Act::Enable, Some(space)) = (act, space)
        && !version.is_meant_for(&space.kind)
    {
        let (id, kind) = (version.id(), &space.kind);
        return Err(Rejection::conflict(
            "not-for-this-space",
            format!("模板 {id} 不适用于 {kind} 类型的空间「{}」", space.space_id),
            format!("template {id} is not meant for spaces of kind {kind} such as {}", space.space_id),
        )
        .clause(CLAUSE));
    }
    match (act, space) {
        (Act::Approve, _) => version.state = State::Reviewed,
        (Act::Refuse, _) => version.state = State::Refused,
        (Act::Delete, _) => version.state = State::Deleted,
        (Act::Enable | Act::Disable, Some(space)) => {
            version.spaces.insert(space.space_id.clone(), act == Act::Enable);
        }
        (Act::Enable | Act::Disable, None) => {}
    }
    version.history.push(Done {
        at: now,
        act: act.as_str().to_owned(),
        by: by.to_owned(),
        space: space.map(|space| space.space_id.clone()),
        reason: reason.to_owned(),
    });
    Ok(version)
}

fn leads_nowhere(version: &Version, state: State, act: Act) -> Rejection {
    let (id, number, label, word) = (version.id(), version.template.version, state.label(), act.as_str());
    let rejection = Rejection::conflict(
        "template-state",
        format!("模板 {id} 第 {number} 版{}，不能执行 {word}", label.zh),
        format!("version {number} of template {id} is {}: {word} is not possible", label.en),
    )
    .clause(CLAUSE);
    match (state, act) {
        (State::Enabled, Act::Delete) => {
            rejection.next(Text::new("请先在各空间禁用", "disable it in every space first"))
        }
        (State::Draft, Act::Enable) => rejection.next(Text::new("请先由他人审核", "somebody else reviews it first")),
        _ => rejection,
    }
}

/// What the logs of spaces say of an act.
#[must_use]
pub fn records<'a>(version: &Version, kind: &'static str, spaces: impl IntoIterator<Item = &'a str>) -> Vec<Effect> {
    let digest = digest(&version.template);
    let record = |space: &str| {
        Effect::Record(
            Draft::new(kind, space)
                .subject(version.id())
                .fact("version", version.template.version)
                .fact("digest", digest.as_str())
                .fact("origin", version.origin.as_str()),
        )
    };
    spaces.into_iter().map(record).collect()
}

/// SHA-256 of the canonical form of a template.
#[must_use]
pub fn digest(template: &Template) -> String {
    let bytes = xinyu_protocol::json::canonical(template).or_else(|_| serde_json::to_vec(template));
    Suite::Intl.hash(&bytes.unwrap_or_default()).to_string()
}

/// The policy with the defaults, and with examples for what has none: to be shown to people.
#[must_use]
pub fn example(template: &NewTemplate) -> Value {
    let policy = fill(template, &check::example(template)).unwrap_or_default();
    json!({ "contractPolicies": [policy] })
}

/// The values with which a template is filled in, the defaults included: what a product remembers.
#[must_use]
pub fn values(template: &NewTemplate, given: &Values) -> Values {
    fill::take(template, given).0
}

/// There is no such template, or not for this caller.
#[must_use]
pub fn unknown(id: &str) -> Rejection {
    Rejection::unknown("unknown-template", format!("没有策略模板 {id}"), format!("template {id} does not exist"))
}
