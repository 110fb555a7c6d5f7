//! The catalogue of messages and the pages agree: every message that a template or a page asks for exists, in both languages, and no template leaves
//! anything unescaped.

use std::fs;
use std::path::{Path, PathBuf};

use xinyu_locale::{Lang, has};
use xinyu_protocol::tc609::catalog::tags::{FORMS, FREQUENCIES, INDUSTRIES, ORIGINS, SCENARIOS, TOPICS};
use xinyu_protocol::tc609::data_service::ServiceKind;

fn files(folder: &str, end: &str) -> Vec<(PathBuf, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().ends_with(end) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

#[test]
fn every_message_that_is_asked_for_exists() {
    let mut asked = 0;
    for (path, text) in files("templates", ".html").into_iter().chain(files("src", ".rs")) {
        for call in [".t(\"", ".t1(\"", "text_with(page.lang, \""] {
            for id in text.split(call).skip(1).filter_map(|rest| rest.split('"').next()) {
                asked += 1;
                for lang in Lang::ALL {
                    assert!(has(lang, id), "{} asks for {id}, which {} lacks", path.display(), lang.tag());
                }
            }
        }
    }
    assert!(asked > 200, "the templates were not read: {asked}");
}

#[test]
fn every_word_that_the_api_uses_exists() {
    for (prefix, values) in [
        ("status", &["01", "02", "03", "0301", "0302", "05", "06"][..]),
        ("role", &["operator", "provider", "consumer", "service", "regulator"]),
        ("kind", &["platform", "connector"]),
        ("topic", &TOPICS),
        ("glossary-change", &["added", "changed", "removed"]),
        ("catalogue-format", &["dcat", "dsp", "ckan", "ndi-06"]),
        ("service-kind", &ServiceKind::ALL.map(ServiceKind::as_str)),
        ("service-interface", &["001", "002", "003", "004", "005"]),
        ("notice", &["subscription", "demand", "fitting"]),
        ("scenario", &SCENARIOS),
        ("frequency", &FREQUENCIES),
        ("delivery-form", &FORMS),
        ("origin", &ORIGINS),
        ("industry", &INDUSTRIES.map(|(letter, _)| letter)),
        (
            "state",
            &["pending", "verified", "approved", "refused", "suspended", "revoked", "departed", "change-pending"],
        ),
        ("draft", &["open", "signing", "filed", "refused", "expired", "withdrawn", "failed"]),
        ("draft-party", &["waits", "stands", "asked", "signed", "refused"]),
        ("draft-step", &["integrity", "syntax", "semantics", "conflicts", "executable", "store"]),
        ("registration", &["none", "pending", "approved", "suspended", "revoked", "departed"]),
        ("verification", &["asking", "confirmed", "contradicted", "unavailable", "superseded"]),
        ("authority", &["market-regulator", "public-security", "tax", "social-security", "bank"]),
        ("standing", &["approve", "refuse", "suspend", "resume", "revoke", "leave", "verify"]),
        ("delegation", &["usable", "unusable", "ended"]),
        ("reminder", &["near", "overdue"]),
        ("user", &["system", "security", "audit", "manager", "clerk", "viewer"]),
        ("account", &["active", "unconfirmed", "locked", "dormant", "disabled"]),
        ("grant", &["proposed", "in-effect", "ended"]),
        ("to-do", &["password", "password-soon", "second-factor", "passkey", "unconfirmed", "administrators"]),
        (
            "did",
            &[
                "login",
                "login-locked",
                "login-cloned",
                "passkey-add",
                "login-key-remove",
                "logout",
                "denied",
                "me-password",
                "second-factor-begin",
                "second-factor-confirm",
                "second-factor-reset",
                "session-end",
                "user-create",
                "user-appoint",
                "user-disable",
                "user-enable",
                "user-unlock",
                "user-password",
                "user-dormant",
                "user-recover",
                "grant-propose",
                "grant-confirm",
                "grant-withdraw",
                "review-keep",
                "review-withdraw",
                "certification-define",
                "certification-apply",
                "certification-find",
                "certification-assess",
                "certification-decide",
                "reputation-compute",
                "payment-pay",
                "payment-confirm",
                "payment-refuse",
                "component-register",
                "component-approve",
                "component-refuse",
                "component-suspend",
                "component-resume",
                "component-withdraw",
                "template-save",
                "template-import",
                "template-export",
                "template-approve",
                "template-refuse",
                "template-enable",
                "template-disable",
                "template-delete",
                "draft-create",
                "draft-propose",
                "draft-take",
                "draft-refuse",
                "draft-withdraw",
            ],
        ),
        (
            "result",
            &[
                "wrong-login",
                "wrong-password",
                "wrong-code",
                "account-locked",
                "second-factor-needed",
                "role-needed",
                "operator-missing",
                "operator-amount",
                "operator-product",
                "operator-invalid",
            ],
        ),
        (
            "certification",
            &[
                "applied",
                "assessing",
                "assessed",
                "certified",
                "refused",
                "suspended",
                "withdrawn",
                "expired",
                "cancelled",
                "superseded",
            ],
        ),
        // The fields of NDI-TR-2025-03, Tables 1 to 10, and of what a function node says.
        (
            "identity",
            &[
                "identitycode",
                "fullname",
                "certtype",
                "certcode",
                "certeffdate",
                "certexpdate",
                "phone",
                "authlevel",
                "authtype",
                "authtime",
                "identitystatus",
                "nationality",
                "sex",
                "birthdate",
                "socialsecuritycard",
                "socialsecuritycardsite",
                "alipayaccount",
                "weixinaccount",
                "useremail",
                "useraddress",
                "enterprisename",
                "enterprisecode",
                "enterprisetype",
                "operatingperiodbegin",
                "operatingperiodend",
                "authstatus",
                "authdate",
                "legalperson",
                "legalpersoncertno",
                "legalpersonauthlevel",
                "legalpersonauthtype",
                "enterpriseaddress",
                "regamount",
                "regdate",
                "businessscope",
                "industrycategory",
                "industrycategory2",
                "businesslicense",
                "approvalauthority",
                "legalpersonphone",
                "legalpersonemail",
                "legalpersonstatus",
                "bankaccount",
                "bankname",
                "platformname",
                "platformtype",
                "operator",
                "operatoridtype",
                "operatorid",
                "operatorauthlevel",
                "operatorauthtype",
                "authorizationtype",
                "attachtype",
                "attachname",
                "attachcode",
                "issueorg",
                "issuedate",
                "expiredate",
                "verifyurl",
                "description",
            ],
        ),
        ("reading", &["enterprise", "person", "operator"]),
        ("operator-standing", &["active", "gone", "unknown"]),
        ("identifier", &["connector", "platform", "product", "known"]),
        ("component-kind", &["algorithm", "model", "application"]),
        ("component-state", &["submitted", "refused", "approved", "suspended", "withdrawn"]),
        ("policy-record-layer", &["space", "product"]),
        ("policy-record-state", &["draft", "submitted", "refused", "reviewed", "enabled", "disabled", "retired"]),
        ("policy-record-do", &["submit", "approve", "refuse", "enable", "disable", "retire"]),
        ("policy-record-act", &["save", "submit", "approve", "refuse", "enable", "disable", "retire"]),
        ("policy-record-step", &["integrity", "syntax", "semantics", "conflicts", "executable", "store"]),
        ("policy-record-action", &["allow", "deny"]),
        ("component-by", &["source", "platform", "rule"]),
        ("component-do", &["approve", "refuse", "suspend", "resume", "withdraw"]),
        ("template-kind", &["constraint", "action", "combined"]),
        ("template-effect", &["allow", "deny", "oblige"]),
        ("template-object", &["data", "event", "role"]),
        ("template-origin", &["built-in", "own", "imported"]),
        ("template-state", &["draft", "refused", "reviewed", "enabled", "disabled", "deleted"]),
        ("template-act", &["save", "import", "approve", "refuse", "enable", "disable", "delete"]),
        ("template-do", &["approve", "refuse", "enable", "disable", "delete"]),
        (
            "parameter",
            &[
                "integer",
                "duration",
                "instant",
                "hours",
                "code",
                "codes",
                "words",
                "regions",
                "participants",
                "connectors",
                "fields",
                "rows",
            ],
        ),
        ("certified-kind", &["participant", "connector", "product"]),
        ("certify", &["begin", "complete", "cancel", "certify", "refuse", "reopen", "suspend", "resume", "withdraw"]),
        ("outcome", &["met", "partly", "not", "not-applicable", "open"]),
        ("evidence-kind", &["attachment", "entry"]),
        ("meter", &["deliveries", "rows", "bytes", "uses", "refused", "stopped", "compute", "privacy"]),
        ("metering-silent", &["provider", "consumer"]),
        ("run-log-level", &["info", "warn", "error"]),
        ("run-log-category", &["system", "operation", "business"]),
        ("lineage-kind", &["product", "source", "delivery", "derived", "handed", "result", "dataset", "foreign"]),
        ("pipeline-state", &["running", "complete", "failed", "aborted"]),
        ("lineage-towards", &["both", "source", "use"]),
        ("lineage-what", &["missing", "digest", "rows", "bytes"]),
        ("listing", &["reviewing", "listed", "refused", "delisted", "deregistered"]),
        ("listing-act", &["request", "list", "refuse", "delist", "ask-deregistration", "keep", "deregister"]),
        (
            "node-registration",
            &["asked", "reviewing", "registered", "refused", "failed", "revoking", "revocation-refused", "revoked"],
        ),
        ("application", &["submitted", "platform-approved", "approved", "refused"]),
        ("difference", &["added", "removed", "changed"]),
        ("decision", &["allow", "allow-if", "deny", "deny-by-default"]),
        ("enforcement", &["technical", "audit", "legal-only"]),
        ("clause", &["permission", "prohibition", "obligation"]),
        ("severity", &["info", "warn", "block"]),
        ("suite", &["sm", "intl"]),
        ("data", &["awaited", "held", "destroying", "destroyed"]),
        ("use", &["running", "done", "refused", "stopped", "failed"]),
        ("item", &["base", "use"]),
        ("payment", &["due", "paid", "confirmed"]),
        ("means", &["bank-transfer", "bank-draft", "cheque", "third-party"]),
        ("waiting", &["participant", "listing", "application", "negotiation"]),
        ("dimension", &["completeness", "validity", "uniqueness", "consistency", "accuracy", "timeliness"]),
        (
            "personal",
            &[
                "citizen-id",
                "passport",
                "name",
                "mobile",
                "email",
                "address",
                "birth-date",
                "account",
                "vehicle-plate",
                "landline",
                "none",
                "bank-card",
                "health",
                "biometric",
                "religion",
                "track",
                "specific-identity",
            ],
        ),
        ("resource", &["file", "table"]),
        (
            "indicator",
            &[
                "standard",
                "reference",
                "elements",
                "records",
                "content",
                "repetition",
                "unique",
                "dirt",
                "same",
                "related",
                "period",
                "punctual",
                "accessible",
                "available",
            ],
        ),
        ("drift-severity", &["info", "warn", "block"]),
        ("demand-state", &["open", "met", "withdrawn", "expired"]),
        ("demand-only", &["own", "open", "fitting"]),
        ("resource-only", &["personal", "ungraded", "unused"]),
        ("reading", &["running", "done", "failed", "cancelled"]),
        ("read", &["nothing", "rest", "all"]),
        ("grade", &["general1", "general2", "general3", "general4", "important", "core"]),
        (
            "counter",
            &[
                "members",
                "products",
                "contracts",
                "agreements",
                "frozen",
                "uses",
                "refused",
                "orders",
                "entries",
                "waiting",
                "resources",
                "pending",
            ],
        ),
        ("meter", &["deliveries", "rows", "bytes", "uses", "refused", "stopped"]),
        ("type", &["text", "integer", "real", "boolean", "date", "timestamp"]),
        ("quality", &["001", "002", "003", "004"]),
        ("security", &["001", "002", "003", "004", "005"]),
        ("frequency", &["001", "002", "003", "004", "005", "006", "007", "008", "009"]),
        ("space", &["enterprise", "industry", "city", "personal", "cross-border"]),
        (
            "phase",
            &[
                "application",
                "negotiation",
                "filing",
                "delivery",
                "uses",
                "destruction",
                "settlement",
                "supervision",
                "other",
            ],
        ),
        (
            "next",
            &[
                "not-mentioned",
                "duties",
                "frozen",
                "prohibited",
                "destroyed",
                "over",
                "count",
                "frequency",
                "region",
                "field",
                "purpose",
                "constraint",
                "ask",
            ],
        ),
        ("leave", &["frozen", "destroyed", "ended", "not-in-force", "awaited", "expired", "used-up"]),
        (
            "done",
            &[
                "approved",
                "refused",
                "space",
                "resource",
                "graded",
                "demand",
                "demand-ended",
                "demand-offered",
                "refreshed",
                "resource-removed",
                "reading",
                "reading-cancelled",
                "product",
                "applied",
                "negotiation",
                "moved",
                "transfer",
                "frozen",
            ],
        ),
        ("field", &["parts", "policies", "revenue"]),
        ("nav", &["negotiations", "transfers", "partners", "agreements"]),
        (
            "process",
            &[
                "requested",
                "offered",
                "accepted",
                "agreed",
                "verified",
                "finalized",
                "terminated",
                "started",
                "suspended",
                "completed",
                "initialized",
                "preparing",
                "prepared",
                "starting",
            ],
        ),
        (
            "move",
            &[
                "request",
                "offer",
                "accept",
                "agree",
                "verify",
                "finalize",
                "terminate",
                "start",
                "suspend",
                "complete",
                "prepared",
                "started",
                "completed",
                "errored",
            ],
        ),
        ("severity", &["notice", "warning", "serious"]),
        ("retention-state", &["kept", "due", "held", "ordered", "disposed"]),
        ("retention-obstacle", &["held", "frozen", "disputed", "unproven", "waiting"]),
        ("exception-state", &["waiting", "retrying", "set-aside", "given-up", "delivered"]),
        ("conduct", &["rule", "person", "stepwise"]),
        ("conduct-hint", &["rule", "person", "stepwise"]),
        ("format", &["httpdata-pull", "httpdata-push", "http-pull", "http-push"]),
    ] {
        for value in values {
            let id = format!("{prefix}-{}", value.replace('_', "-").to_lowercase());
            assert!(Lang::ALL.into_iter().all(|lang| has(lang, &id)), "{id}");
        }
    }
    // The kinds of records that the page of evidence filters by.
    let (_, evidence) = files("src/pages", "evidence.rs").pop().unwrap();
    let kinds = evidence.split("const KINDS").nth(1).unwrap().split("];").next().unwrap();
    let kinds: Vec<&str> = kinds.split('"').skip(1).step_by(2).collect();
    assert_eq!(kinds.len(), 140);
    for kind in kinds {
        assert!(has(Lang::Zh, &format!("event-{}", kind.replace(['.', '_'], "-"))), "{kind}");
    }
}

#[test]
fn nothing_is_left_unescaped_or_inline() {
    for (path, text) in files("templates", ".html") {
        for bad in ["|safe", "| safe", "style=", "<style", "onclick", "javascript:", "http://", "https://"] {
            assert!(!text.contains(bad), "{} holds {bad}", path.display());
        }
        assert_eq!(
            text.matches("<script").count(),
            text.matches("<script src=\"/assets/").count(),
            "{}",
            path.display()
        );
    }
    for (path, text) in files("assets", "").into_iter().filter(|(path, _)| !path.ends_with("mark.svg")) {
        assert!(
            !text.contains("http:") && !text.contains("https:") && !text.contains("@import"),
            "{} loads from outside",
            path.display()
        );
    }
}
