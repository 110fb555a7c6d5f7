//! The frame of a page, and the words, numbers and times in it: what templates call.

use jiff::Timestamp;
use xinyu_locale::{Lang, format, has, text, text_with};
use xinyu_protocol::api::warning::Severity;
use xinyu_protocol::api::{NodeInfo, UserCard};
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::countersigning::Service;
use xinyu_protocol::tc609::participant::Role;
use xinyu_protocol::text::{self as both, Text};

use crate::life;
use crate::visitor::escape;

/// What every page knows.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) lang: Lang,
    pub(crate) node: NodeInfo,
    pub(crate) user: UserCard,
    /// Path and query.
    pub(crate) here: String,
    /// What was just done, the end of a message id.
    pub(crate) done: Option<String>,
    /// The part of the menu.
    pub(crate) section: &'static str,
}

/// One line of the menu.
pub(crate) struct NavItem {
    pub(crate) href: &'static str,
    pub(crate) label: String,
    pub(crate) is_current: bool,
}

/// Gives a page without a frame the words that its base template asks for.
macro_rules! words {
    ($page:ident) => {
        impl $page {
            fn t(&self, id: &str) -> String {
                xinyu_locale::text(self.lang, id)
            }
        }
    };
}
pub(crate) use words;

/// A sentence in the reader's language.
pub(crate) fn in_lang(lang: Lang, text: &Text) -> &str {
    match lang {
        Lang::Zh => text.in_lang(both::Lang::Zh),
        Lang::En => text.in_lang(both::Lang::En),
    }
}

impl Page {
    pub(crate) fn new(lang: Lang, node: NodeInfo, user: UserCard, here: String, done: Option<String>) -> Self {
        Self { lang, node, user, here, done, section: "" }
    }

    /// A message of the catalogue.
    pub(crate) fn t(&self, id: &str) -> String {
        text(self.lang, id)
    }

    /// A message with one argument.
    pub(crate) fn t1(&self, id: &str, name: &str, value: impl AsRef<str>) -> String {
        text_with(self.lang, id, &[(name, value.as_ref())])
    }

    /// The message `<prefix>-<value>`; a value that the catalogue does not know is its own word.
    pub(crate) fn word(&self, prefix: &str, value: impl AsRef<str>) -> String {
        let value = value.as_ref();
        let id = format!("{prefix}-{}", value.replace(['.', '_'], "-").to_lowercase());
        if has(self.lang, &id) { self.t(&id) } else { value.to_owned() }
    }

    /// An industry by its letter in GB/T 4754-2017; what is within it by its code, too.
    pub(crate) fn industry(&self, code: &str) -> String {
        let section = self.word("industry", code.get(..1).unwrap_or_default());
        if code.len() == 1 { section } else { format!("{section} {code}") }
    }

    pub(crate) fn say<'a>(&self, text: &'a Text) -> &'a str {
        in_lang(self.lang, text)
    }

    pub(crate) fn number(&self, value: &u64) -> String {
        format::number(*value)
    }

    pub(crate) fn money(&self, amount_fen: &u64) -> String {
        format::money(self.lang, *amount_fen)
    }

    pub(crate) fn bytes(&self, value: &u64) -> String {
        format::bytes(*value)
    }

    pub(crate) fn time(&self, at: &Timestamp) -> String {
        format::time(self.lang, *at)
    }

    pub(crate) fn permille(&self, value: &u16) -> String {
        format::percent(u64::from(*value), 1000)
    }

    pub(crate) fn status(&self, status: &ContractStatus) -> String {
        self.word("status", status.code())
    }

    /// The tone of where reports stand.
    /// The name in a verifier key.
    pub(crate) fn witness<'a>(&self, key: &'a str) -> &'a str {
        key.split('+').next().unwrap_or_default()
    }

    pub(crate) fn performance_tone(&self, state: &str) -> &'static str {
        match state {
            "overdue" => "bad",
            "closed" => "plain",
            _ => "good",
        }
    }

    /// The tone of a warning.
    pub(crate) fn severity_tone(&self, severity: &Severity) -> &'static str {
        match severity {
            Severity::Notice => "calm",
            Severity::Warning => "wait",
            Severity::Serious => "bad",
        }
    }

    /// The tone of a message that did not arrive.
    pub(crate) fn exception_tone(&self, state: &str) -> &'static str {
        match state {
            "retrying" => "wait",
            "given_up" => "plain",
            _ => "bad",
        }
    }

    pub(crate) fn role(&self, role: &Role) -> String {
        self.word("role", role.as_str())
    }

    /// How data travels: the last part of the name of a format or of a profile.
    pub(crate) fn format(&self, name: &str) -> String {
        let last = name.rsplit('/').next().unwrap_or(name);
        self.word("format", last)
    }

    /// Words in a row: `甲、乙` or `a, b`.
    pub(crate) fn list(&self, words: &[String]) -> String {
        words.join(match self.lang {
            Lang::Zh => "、",
            Lang::En => ", ",
        })
    }

    /// Clauses in a row, which may have commas of their own.
    pub(crate) fn list_of(&self, clauses: &[String]) -> String {
        clauses.join(match self.lang {
            Lang::Zh => "；",
            Lang::En => "; ",
        })
    }

    /// A long identifier with its middle left out.
    pub(crate) fn short(&self, id: impl ToString) -> String {
        let id = id.to_string();
        let chars: Vec<char> = id.chars().collect();
        match (chars.get(..10), chars.len().checked_sub(8).and_then(|from| chars.get(from..))) {
            (Some(head), Some(tail)) if chars.len() > 24 => {
                format!("{}…{}", head.iter().collect::<String>(), tail.iter().collect::<String>())
            }
            _ => id,
        }
    }

    /// A text as a segment of a path or a value of a query.
    pub(crate) fn link(&self, text: impl ToString) -> String {
        escape(&text.to_string())
    }

    /// Where a clause stands on its page.
    pub(crate) fn anchor(&self, pointer: &str) -> String {
        life::anchor(pointer)
    }

    /// How an event looks in a timeline.
    pub(crate) fn event_class(&self, kind: &str) -> &'static str {
        life::event_class(kind)
    }

    /// The word of a listing's state.
    pub(crate) fn listing(&self, state: &ListingState) -> &'static str {
        state.as_str()
    }

    /// The colour that goes with a state's word.
    pub(crate) fn tone(&self, state: &str) -> &'static str {
        match state {
            "active" | "approved" | "confirmed" | "listed" | "done" | "05" | "0301" | "allow" | "held"
            | "FINALIZED" | "COMPLETED" | "in_force" | "technical" | "valid" | "online" | "certified" | "met"
            | "enabled" | "received" | "itself" | "allowed" | "parsed" | "settled" | "signed" | "filed" | "stands"
            | "registered" => "good",
            "unconfirmed" | "pending" | "verified" | "asking" | "unavailable" | "suspended" | "reviewing"
            | "submitted" | "platform_approved" | "01" | "02" | "03" | "warn" | "awaited" | "late" | "allow_if"
            | "audit" | "destroying" | "SUSPENDED" | "PREPARING" | "STARTING" | "applied" | "assessing"
            | "assessed" | "partly" | "open" | "unknown" | "due" | "draft" | "awaiting" | "conditional" | "opened"
            | "answered" | "offered" | "taken" | "asked" | "reviewed" | "waits" | "signing" | "revoking" => "wait",
            "locked" | "dormant" | "disabled" | "refused" | "revoked" | "departed" | "contradicted" | "delisted"
            | "0302" | "deny" | "deny_by_default" | "block" | "stopped" | "failed" | "TERMINATED" | "expired"
            | "withdrawn" | "destroyed" | "cancelled" | "not" | "nobody" | "gone" | "deleted" | "retired"
            | "denied" | "rejected" | "revocation_refused" => "bad",
            "running" | "info" | "REQUESTED" | "OFFERED" | "ACCEPTED" | "AGREED" | "VERIFIED" | "STARTED"
            | "INITIALIZED" | "PREPARED" | "paid" | "decided" | "platform" | "counterpart" => "calm",
            _ => "",
        }
    }

    /// Where the page is in the other language.
    pub(crate) fn other_language(&self) -> String {
        let (path, query) = self.here.split_once('?').unwrap_or((self.here.as_str(), ""));
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        let kept = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "lang" && name != "done");
        pairs.extend_pairs(kept);
        pairs.append_pair("lang", if self.lang == Lang::Zh { "en" } else { "zh" });
        format!("{path}?{}", pairs.finish())
    }

    /// What was just done.
    pub(crate) fn done(&self) -> Option<String> {
        let id = format!("done-{}", self.done.as_ref()?);
        has(self.lang, &id).then(|| self.t(&id))
    }

    pub(crate) fn is_platform(&self) -> bool {
        self.node.kind == "platform"
    }

    pub(crate) fn is_provider(&self) -> bool {
        !self.is_platform() && !matches!(self.node.role, Some(Role::Consumer | Role::Regulator))
    }

    pub(crate) fn is_consumer(&self) -> bool {
        !self.is_platform() && !matches!(self.node.role, Some(Role::Provider | Role::Regulator))
    }

    pub(crate) fn is_regulator(&self) -> bool {
        !self.is_platform() && self.node.role == Some(Role::Regulator)
    }

    /// What a service party does.
    pub(crate) fn service(&self, service: &Service) -> String {
        in_lang(self.lang, &service.label()).to_owned()
    }

    /// Whether this node serves contracts of others.
    pub(crate) fn is_service(&self) -> bool {
        self.node.role == Some(Role::Service)
    }

    /// Whether this node can be a side of a contract.
    pub(crate) fn is_party(&self) -> bool {
        !self.is_platform() && !self.is_regulator()
    }

    /// Whether the person may call an operation.
    pub(crate) fn may(&self, operation: &str) -> bool {
        self.user.may.iter().any(|name| name == operation)
    }

    /// Whether the person may decide on a kind of thing.
    pub(crate) fn may_decide(&self, kind: &str) -> bool {
        self.may(&format!("{kind}.decide"))
    }

    /// Whether this is an address at the platform's relay.
    pub(crate) fn is_relayed(&self, address: &str) -> bool {
        xinyu_http::relay::place_at(&self.node.platform, address).is_some()
    }

    /// Where the public log is: here, or on the platform. The platform's address comes from the node's own configuration.
    pub(crate) fn log_base(&self) -> &str {
        if self.is_platform() { "" } else { self.node.platform.trim_end_matches('/') }
    }

    /// The menu of this kind of node.
    pub(crate) fn nav(&self) -> Vec<NavItem> {
        let everything = [
            ("/", "overview", "contract.list", true),
            ("/participants", "participants", "participant.list", self.is_platform()),
            ("/connectors", "connectors", "connector.list", self.is_platform()),
            (
                "/heterogeneous",
                "heterogeneous",
                if self.is_platform() { "connector.list" } else { "heterogeneous.list" },
                self.is_platform() || self.is_party(),
            ),
            ("/certificates", "certificates", "certificate.list", true),
            ("/certifications", "certifications", "certification.list", true),
            ("/registration", "registration", "registration.show", !self.is_platform()),
            ("/device", "device", "device.show", !self.is_platform()),
            ("/nodes", "nodes", "node.list", self.is_platform()),
            ("/spaces", "spaces", "space.list", self.is_platform()),
            ("/templates", "templates", "template.list", self.is_platform() || self.is_provider()),
            ("/policies/records", "policy-records", "policy_record.list", self.is_platform() || self.is_party()),
            ("/components", "components", "component.list", self.is_platform() || self.is_party()),
            ("/glossary", "glossary", "glossary.list", self.is_platform() || self.is_party()),
            ("/resources", "resources", "resource.list", self.is_provider()),
            ("/products", "products", "product.list", self.is_provider()),
            ("/metadata", "metadata", "metadata.read", self.is_party()),
            ("/simulator", "simulator", "policy.simulate", true),
            (
                "/catalog",
                "catalog",
                if self.is_platform() { "listing.list" } else { "catalog.search" },
                !self.is_regulator(),
            ),
            ("/harvested", "harvested", "harvest.search", self.is_platform() || self.is_party()),
            ("/services", "services", "service.list", self.is_platform() || self.is_party()),
            ("/demands", "demands", "demand.list", self.is_platform() || self.is_party()),
            ("/subscriptions", "subscriptions", "subscription.list", self.is_party()),
            ("/partners", "partners", "partner.list", self.is_party()),
            ("/applications", "applications", "application.list", !self.is_regulator()),
            ("/negotiations", "negotiations", "negotiation.list", self.is_party()),
            ("/agreements", "agreements", "agreement.list", self.is_party()),
            ("/transfers", "transfers", "transfer.list", self.is_party()),
            ("/derived", "derived", "derived.list", self.is_consumer()),
            ("/onward-transfers", "onward", "onward.list", self.is_platform() || self.is_party()),
            ("/contracts", "contracts", "contract.list", true),
            ("/drafts", "drafts", "draft.list", self.is_platform() || self.is_party()),
            ("/countersignings", "countersignings", "countersigning.list", self.is_party()),
            ("/performance", "performance", "performance.list", !self.is_regulator()),
            ("/warnings", "warnings", "warning.list", true),
            ("/disputes", "disputes", "dispute.list", true),
            ("/credentials", "credentials", "credential.list", true),
            ("/evidence", "evidence", if self.is_platform() { "evidence.events" } else { "event.list" }, true),
            ("/retention", "retention", "retention.list", true),
            ("/users", "users", if self.may("user.appoint") { "user.appoint" } else { "user.list" }, true),
            ("/reviews", "reviews", if self.may("review.list") { "review.list" } else { "review.report" }, true),
            ("/audit", "audit", "audit.list", true),
            ("/run-log", "run-log", "run_log.list", true),
            ("/permissions", "permissions", "permissions", true),
            ("/account", "account", "", true),
        ];
        everything
            .into_iter()
            .filter(|(_, _, operation, shown)| *shown && (operation.is_empty() || self.may(operation)))
            .map(|(href, section, ..)| (href, section))
            .map(|(href, section)| NavItem {
                href,
                label: self.word("nav", section),
                is_current: section == self.section,
            })
            .collect()
    }
}
