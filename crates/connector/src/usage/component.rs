//! The components that a use names (算法、模型、应用程序), checked before every run: asked of the platform, its stamp and the source's signature verified, standing,
//! version, kind, space and caller compared, and the digest of the content taken. What does not pass is refused. TC609-6-2025-15 §7.1.1.2 a–c, §10.1 c.

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use xinyu_core::component::check::{self, Content, Wanted};
use xinyu_core::component::{self, SQL, UsedComponent, named};
use xinyu_core::usage::{Bar, Holding, Use};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::component::{ComponentFinding, NewComponentCheck, UsedComponentInfo};
use xinyu_protocol::api::connector::NewUse;
use xinyu_protocol::tc609::component::{ComponentAnswer, ComponentKind};
use xinyu_protocol::text::Text;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, standing};
use xinyu_store::Tx;

use crate::app::Connector;

/// What a use names, as it was checked.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// What runs.
    pub(super) query: Option<String>,
    /// The components that passed.
    pub(super) used: Vec<UsedComponent>,
    /// Why there must be no use.
    pub(super) bar: Option<Bar>,
}

impl Named {
    /// What policies are told of a kind: `identifier@version` of what passed its check, or else what was named.
    pub(super) fn fact(&self, kind: ComponentKind, said: Option<&String>) -> Option<String> {
        let used = self.used.iter().find(|used| used.kind == kind);
        used.map(UsedComponent::name).or_else(|| said.cloned())
    }
}

/// Checks what a use names.
///
/// # Errors
/// If a query is given beside an algorithm whose content is at the platform, or the platform cannot be reached: then nothing is decided, and nothing runs.
pub(super) async fn resolve(connector: &Connector, holding: &Holding, new: &NewUse) -> Result<Named, Failure> {
    let mut resolved = Named { query: new.query.clone(), ..Named::default() };
    for (kind, name, digest) in [
        (ComponentKind::Algorithm, &new.algorithm, &None),
        (ComponentKind::Model, &new.model, &new.model_digest),
        (ComponentKind::Application, &new.application, &new.application_digest),
    ] {
        let Some(name) = name.as_deref().filter(|name| must_be_registered(connector, holding, name)) else {
            continue;
        };
        let at_hand = if kind == ComponentKind::Algorithm { new.query.as_deref() } else { None };
        let digest = at_hand.map(digest_of).or_else(|| digest.clone());
        match checked(connector, holding, (kind, name), digest.as_deref()).await? {
            Ok((used, content)) => {
                if kind == ComponentKind::Algorithm {
                    resolved.query = Some(runnable(content, new.query.as_ref())?);
                }
                resolved.used.push(used);
            }
            Err(why) => {
                resolved.bar = Some(Bar { clause: check::clause(kind), why });
                // What did not pass is not even planned.
                resolved.query = None;
                return Ok(resolved);
            }
        }
    }
    Ok(resolved)
}

/// Checks again what a use runs that waited or was interrupted: a check holds for one run.
///
/// # Errors
/// If the platform cannot be reached.
pub(super) async fn again(connector: &Connector, holding: &Holding, one: &Use) -> Result<Option<Bar>, Failure> {
    for used in &one.components {
        let digest = match (used.kind, &one.query) {
            (ComponentKind::Algorithm, Some(query)) => digest_of(query),
            _ => used.digest.clone(),
        };
        let name = used.name();
        if let Err(why) = checked(connector, holding, (used.kind, &name), Some(&digest)).await? {
            return Ok(Some(Bar { clause: check::clause(used.kind), why }));
        }
    }
    Ok(None)
}

/// Why a use must not go on, as far as this node was told: a component was suspended or withdrawn, or its source is barred.
///
/// # Errors
/// If the store fails.
pub(super) async fn barred(
    connector: &Connector,
    tx: &mut Tx,
    components: &[UsedComponent],
) -> Result<Option<Bar>, Failure> {
    for used in components {
        let clause = check::clause(used.kind);
        let standing = xinyu_store::component::standing(tx, &used.component_id, &used.version).await?;
        if let Some(why) = standing.as_ref().and_then(check::bar) {
            return Ok(Some(Bar { clause, why }));
        }
        match standing::must_stand(&connector.node, tx, &used.source).await {
            Ok(()) => {}
            Err(Failure::Rejected(bar)) => return Ok(Some(Bar { clause, why: bar.text })),
            Err(failure) => return Err(failure),
        }
    }
    Ok(None)
}

/// Where the space asks for it, whatever is named; elsewhere what names a registration by its identifier.
fn must_be_registered(connector: &Connector, holding: &Holding, name: &str) -> bool {
    let rules = connector.node.rules_of(&holding.space_id);
    rules.is_some_and(|rules| rules.registered_components) || name.starts_with(component::PREFIX)
}

/// The check itself; `digest` is that of what the caller has at hand.
async fn checked(
    connector: &Connector,
    holding: &Holding,
    (kind, name): (ComponentKind, &str),
    digest: Option<&str>,
) -> Result<Result<(UsedComponent, Option<Vec<u8>>), Text>, Failure> {
    let (id, version) = named(name);
    let ComponentAnswer { component, content } = match crate::component::look_up(connector, id, version).await {
        Ok(answer) => answer,
        // The platform's no is an answer, and becomes a refused use; that it cannot be reached is none, and the use was not decided on.
        Err(Failure::Rejected(no)) if (400..500).contains(&no.status) => return Ok(Err(no.text)),
        Err(failure) => return Err(failure),
    };
    let content = match content.map(|content| STANDARD.decode(content)).transpose() {
        Ok(content) => content,
        Err(error) => {
            return Ok(Err(Text::new(
                format!("平台给出的内容无法解码：{error}"),
                format!("the content that the platform gave does not decode: {error}"),
            )));
        }
    };
    let wanted = Wanted { kind, name, space_id: &holding.space_id, caller: &connector.options.participant_id };
    let keys = &connector.node.platform.keys;
    let at_hand = digest.map_or(Content::Missing, Content::Digest);
    let of_platform = content.as_deref().map(Content::Bytes);
    // What the caller has must be what is registered, and so must be what the platform keeps.
    let parts = match (of_platform, digest) {
        (Some(kept), Some(_)) => vec![kept, at_hand],
        (Some(kept), None) if kind == ComponentKind::Algorithm => vec![kept],
        _ => vec![at_hand],
    };
    let mut used = None;
    for part in parts {
        match check::check(&component, &wanted, part, keys) {
            Ok(passed) => used = Some(passed),
            Err(why) => return Ok(Err(why)),
        }
    }
    let used = used.ok_or_else(|| Failure::broken("a component was not checked"))?;
    if kind == ComponentKind::Algorithm && component.signed.statement.media_type != SQL {
        let media = &component.signed.statement.media_type;
        return Ok(Err(Text::new(
            format!("使用环境只运行 {SQL} 的算法，{name} 是 {media}"),
            format!("the use environment runs algorithms of {SQL} only, {name} is {media}"),
        )));
    }
    Ok(Ok((used, content)))
}

/// Exactly the content that was checked.
fn runnable(content: Option<Vec<u8>>, at_hand: Option<&String>) -> Result<String, Failure> {
    if let Some(content) = content {
        return String::from_utf8(content).map_err(Failure::broken);
    }
    at_hand.cloned().ok_or_else(|| Failure::broken("an algorithm passed without content"))
}

fn digest_of(content: &str) -> String {
    component::digest_in(xinyu_crypto::Suite::Intl, &component::digests(content.as_bytes()))
}

/// `POST /api/v1/componentChecks`: what a use under a contract would find of a component. Nothing is recorded.
///
/// # Errors
/// If there is no such contract here, or the platform cannot be reached.
pub async fn check(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<NewComponentCheck>,
) -> Result<Json<ComponentFinding>, Failure> {
    let asked = body.value;
    let id = asked.contract_id;
    let holding = connector.node.store.read("component.check", move |tx| {
        Box::pin(async move {
            let holding = xinyu_store::holding::find(tx, &id).await?;
            holding.ok_or_else(|| Failure::from(xinyu_core::contract::unknown(&id)))
        })
    });
    let holding = holding.await?;
    let found = checked(&connector, &holding, (asked.kind, &asked.component), asked.digest.as_deref()).await?;
    Ok(Json(match found {
        Ok((used, _)) => ComponentFinding { holds: true, reason: None, component: Some(info(&used)) },
        Err(why) => ComponentFinding { holds: false, reason: Some(why), component: None },
    }))
}

/// A component that passed, for people.
pub(super) fn info(used: &UsedComponent) -> UsedComponentInfo {
    UsedComponentInfo {
        kind: used.kind,
        component_id: used.component_id.clone(),
        version: used.version.clone(),
        digest: used.digest.clone(),
        output_leaves: used.output_leaves,
    }
}
