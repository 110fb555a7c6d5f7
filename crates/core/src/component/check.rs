//! What is checked before every run: the registration is the platform's and its source's, it is approved, of this kind and space and for this caller, in the version
//! that was named, and the content is the one that was registered. Whatever is not known is refused. TC609-6-2025-15 §7.1.1.2, §10.1 c. Pure.

use xinyu_crypto::PublicKeys;
use xinyu_protocol::id::ParticipantId;
use xinyu_protocol::tc609::component::{ComponentKind, ComponentStanding, Digests, StampedComponent};
use xinyu_protocol::text::Text;

use super::state::{State, label};
use super::{UsedComponent, digest_in, digests, is_digest_of, named, reference, stamp};

/// Who wants to run what, where.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// As what.
    pub kind: ComponentKind,
    /// `identifier` or `identifier@version`.
    pub name: &'a str,
    /// In which space.
    pub space_id: &'a str,
    /// Who calls it.
    pub caller: &'a ParticipantId,
}

/// What is at hand of the content.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// All of it.
    Bytes(&'a [u8]),
    /// The digest of what runs elsewhere, with the name of its function.
    Digest(&'a str),
    /// Nothing.
    Missing,
}

/// Checks a component.
///
/// # Errors
/// Why it must not run.
pub fn check(
    component: &StampedComponent,
    wanted: &Wanted<'_>,
    content: Content<'_>,
    platform: &PublicKeys,
) -> Result<UsedComponent, Text> {
    stamp::check(component, Some(platform))?;
    let (standing, statement) = (&component.standing, &component.signed.statement);
    let name = reference(&standing.component_id, &standing.version);
    let (id, version) = named(wanted.name);
    if standing.component_id != id || version.is_some_and(|version| version != standing.version) {
        let asked = wanted.name;
        return Err(Text::new(
            format!("平台给出的是 {name}，不是所指明的 {asked}"),
            format!("the platform gave {name} and not {asked}, which was named"),
        ));
    }
    if let Some(why) = bar(standing) {
        return Err(why);
    }
    let (zh, en) = wanted.kind.words();
    if statement.kind != wanted.kind {
        let (own_zh, own_en) = statement.kind.words();
        return Err(Text::new(
            format!("组件 {name} 是{own_zh}，不是{zh}"),
            format!("component {name} is registered as {own_en}, not as {en}"),
        ));
    }
    if statement.space_id != wanted.space_id {
        let space = &statement.space_id;
        return Err(Text::new(
            format!("{zh} {name} 登记于空间「{space}」，不是本合约的空间"),
            format!("{en} {name} is registered in space {space}, which is not that of the contract"),
        ));
    }
    let is_source = statement.source_entity_id == *wanted.caller;
    if !is_source && !statement.callers.is_empty() && !statement.callers.contains(wanted.caller) {
        return Err(Text::new(
            format!("{} 没有 {zh} {name} 的调用权限", wanted.caller),
            format!("{} may not call {en} {name}", wanted.caller),
        ));
    }
    must_match(&statement.digests, content)
        .map_err(|why| Text::new(format!("{zh} {name} {}", why.zh), format!("{en} {name}: {}", why.en)))?;
    let suite = stamp::suite(&component.signed).map_err(|error| error.text)?;
    Ok(UsedComponent {
        kind: statement.kind,
        component_id: standing.component_id.clone(),
        version: standing.version.clone(),
        digest: digest_in(suite, &statement.digests),
        output_leaves: statement.output_leaves,
        source: statement.source_id.as_str().to_owned(),
    })
}

fn must_match(registered: &Digests, content: Content<'_>) -> Result<(), Text> {
    match content {
        Content::Bytes(bytes) if digests(bytes) == *registered => Ok(()),
        Content::Digest(digest) if is_digest_of(digest, registered) => Ok(()),
        Content::Missing => Err(Text::new(
            "的内容留在来源方，须提供手头内容或其摘要（sm3:… 或 sha256:…）以供核对",
            "the content stays with its source; hand in what is at hand, or its digest (sm3:… or sha256:…)",
        )),
        Content::Bytes(_) | Content::Digest(_) => Err(Text::new(
            "的内容与登记的摘要不符，不予运行",
            "the content does not have the digest that is registered, it does not run",
        )),
    }
}

/// Why a version must not run, as it stands.
#[must_use]
pub fn bar(standing: &ComponentStanding) -> Option<Text> {
    if standing.state == State::Approved {
        return None;
    }
    let (name, there) = (reference(&standing.component_id, &standing.version), label(standing.state));
    let because =
        |sign: &str| if standing.reason.is_empty() { String::new() } else { format!("{sign}{}", standing.reason) };
    Some(Text::new(
        format!("组件 {name} {}{}", there.zh, because("：")),
        format!("component {name} is {}{}", there.en, because(": ")),
    ))
}

/// The clause of a refusal because of a component: the constraint of TC609-6-2025-14 C.6 that names such.
#[must_use]
pub fn clause(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Algorithm => "/algorithm",
        ComponentKind::Model => "/machineLearningModels",
        ComponentKind::Application => "/application",
    }
}
