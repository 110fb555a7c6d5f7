//! Logical spaces (逻辑空间). TC609-6-2025-01 §5.2.2.6: one platform runs many. Pure.

use serde::{Deserialize, Serialize};
use xinyu_crypto::{PublicKeys, Suite};
use xinyu_protocol::api::usual_silence;

use crate::effect::{Draft, Effect};
use crate::fault::Rejection;
use crate::performance;
use crate::usage::health;

/// One logical space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Space {
    /// Lower-case letters, digits and hyphens; it stands in addresses.
    pub space_id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// `enterprise`, `industry`, `city`, `personal` or `cross_border`.
    pub kind: String,
    /// The suite of signatures and encryption.
    pub suite: Suite,
    /// The platform's share of every settlement, in thousandths.
    pub platform_permille: u16,
    /// Whether an agreement that nobody signed is enough, with another maker's connector that cannot sign.
    #[serde(default)]
    pub unsigned_agreements: bool,
    /// What it asks of connectors: abilities of NDI-TR-2025-05, `protocol:<name>`, `suite:<name>`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// Whether what is listed has to be kept by technique: no duty and no condition may rest on the law alone.
    #[serde(default)]
    pub technical_only: bool,
    /// Whether a use can name registered algorithms, models and applications only. Spaces of before the registry name what they like.
    #[serde(default)]
    pub registered_components: bool,
    /// Whether contracts are filed under keys of their parties. TC609-6-2025-14 §7.5 e.
    #[serde(default)]
    pub sealed_filing: bool,
    /// Whether a product or a service that the gate finds nothing against is listed at once, without a person. TC609-6-2025-01 §5.3.3.3 b.
    #[serde(default)]
    pub listing_by_rule: bool,
    /// Likewise an algorithm, a model or an application.
    #[serde(default)]
    pub components_by_rule: bool,
    /// Whether its catalogue is open to everybody, but for what is for some of its members. TC609-6-2025-01 §5.2.2.4 c.
    #[serde(default)]
    pub open_catalogue: bool,
    /// How often a node reports how a contract is performed, ISO 8601. TC609-6-2025-14 §7.5 d.
    #[serde(default = "usual_period")]
    pub report_period: String,
    /// How long a connector may be without its platform before it stops what runs, ISO 8601; empty: as long as it likes. TC609-6-2025-15 §7.1.2.4 g.
    #[serde(default = "usual_silence")]
    pub max_silence: String,
}

fn usual_period() -> String {
    performance::USUAL_PERIOD.to_owned()
}

/// The five kinds of spaces of the action plan.
pub const KINDS: [&str; 5] = ["enterprise", "industry", "city", "personal", "cross_border"];

/// Whether a text can be a space's id: 1 to 40 lower-case letters, digits and hyphens, no hyphen first. It names a folder too.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
}

/// Opens a space: the first record of its log names the platform's keys, from which a stranger verifies all that follows.
///
/// # Errors
/// A [`Rejection`] naming the member that is wrong.
pub fn open(space: Space, platform_keys: &PublicKeys, party: &str) -> Result<(Space, Vec<Effect>), Rejection> {
    let id = &space.space_id;
    if !is_id(id) {
        return Err(Rejection::bad(
            "space-id",
            format!("空间标识「{id}」只能由 1–40 个小写字母、数字和连字符组成"),
            format!("space id {id} must be 1 to 40 lower-case letters, digits and hyphens"),
        ));
    }
    if !KINDS.contains(&space.kind.as_str()) {
        return Err(Rejection::bad(
            "space-kind",
            format!("未知的空间类型「{}」，可选：{}", space.kind, KINDS.join("、")),
            format!("unknown kind of space {}, known are {}", space.kind, KINDS.join(", ")),
        ));
    }
    if space.platform_permille > 500 {
        return Err(Rejection::bad(
            "space-share",
            format!("平台分成 {}‰ 超过上限 500‰", space.platform_permille),
            format!("platform share {}‰ exceeds 500‰", space.platform_permille),
        ));
    }
    crate::connector::check_requires(&space.requires)?;
    performance::period(&space.report_period)?;
    health::silence(&space.max_silence)?;
    let record = Draft::new("space.opened", id)
        .fact("name", space.name.clone())
        .fact("kind", space.kind.clone())
        .fact("suite", space.suite.to_string())
        .fact("unsigned_agreements", space.unsigned_agreements)
        .fact("technical_only", space.technical_only)
        .fact("registered_components", space.registered_components)
        .fact("sealed_filing", space.sealed_filing)
        .fact("listing_by_rule", space.listing_by_rule)
        .fact("components_by_rule", space.components_by_rule)
        .fact("open_catalogue", space.open_catalogue)
        .fact("report_period", space.report_period.clone())
        .fact("max_silence", space.max_silence.clone())
        .fact("party", party)
        .fact("keys", crate::participant::signing_keys(platform_keys)?);
    Ok((space, vec![Effect::Record(record)]))
}
