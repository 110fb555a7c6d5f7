//! A provider of identities as it is configured: who it is, who we are to it, which accounts it opens, and what it must say to count as two factors.

use std::fmt;
use std::sync::Arc;

use tokio::sync::Semaphore;
use url::Url;
use xinyu_core::fault::Rejection;
use xinyu_http::{ClientError, EgressPolicy, Fetcher};
use xinyu_protocol::text::Text;
use zeroize::Zeroizing;

use super::token::IdToken;

/// How accounts there and here belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accounts {
    /// Only those that their holders tied.
    Bound,
    /// Those too that a claim names.
    Named {
        /// The claim, such as `email` or `preferred_username`.
        claim: String,
        /// What must follow `name@`; where there is none, the claim is the name and has no `@`.
        domains: Vec<String>,
    },
}

/// What a provider is made of.
#[derive(Clone)]
pub struct ProviderOptions {
    /// Its name here: letters, digits, hyphens.
    pub id: String,
    /// For people.
    pub name: Text,
    /// The issuer, to the letter.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there; none for a public client.
    pub secret: Option<Zeroizing<String>>,
    /// Other audiences that its tokens may name beside us.
    pub audiences: Vec<String>,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// Which accounts it opens.
    pub accounts: Accounts,
    /// One of these in `amr` is a second factor.
    pub amr: Vec<String>,
    /// One of these as `acr` is a second factor.
    pub acr: Vec<String>,
    /// Hosts of its endpoints beside the issuer's.
    pub hosts: Vec<String>,
    /// Whether it stands in the organisation's own network.
    pub allow_private: bool,
}

/// A provider.
#[derive(Clone)]
pub struct Provider {
    pub(crate) id: String,
    pub(crate) name: Text,
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) secret: Option<Zeroizing<String>>,
    pub(super) audiences: Vec<String>,
    pub(super) scope: String,
    accounts: Accounts,
    amr: Vec<String>,
    acr: Vec<String>,
    /// Where its endpoints may be.
    pub(super) egress: EgressPolicy,
    pub(super) fetcher: Fetcher,
    /// Strangers begin logins, and each asks the provider: so many at once.
    pub(super) beginning: Arc<Semaphore>,
}

const AT_ONCE: usize = 8;

/// Why a provider cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The configuration is wrong.
    #[error("{} / {}", .0.text.zh, .0.text.en)]
    Options(Rejection),
    /// TLS cannot be set up.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl Provider {
    /// A provider, reached within `egress` at its own hosts only.
    ///
    /// # Errors
    /// If the issuer is no address that may be reached, or the id will not do.
    pub fn new(options: ProviderOptions, egress: &EgressPolicy) -> Result<Self, ProviderError> {
        let bad = |zh: String, en: String| ProviderError::Options(Rejection::bad("bad-provider", zh, en));
        let id = options.id;
        if id.is_empty() || id.len() > 32 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(bad(
                format!("身份提供方标识「{id}」应为 1 至 32 位字母、数字、连字符"),
                format!("the id {id:?} of a provider is not 1 to 32 letters, digits or hyphens"),
            ));
        }
        let unusable = |why: String| bad(format!("issuer 不可用：{why}"), format!("issuer cannot be used: {why}"));
        let url = Url::parse(&options.issuer).map_err(|error| unusable(error.to_string()))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(unusable("it has a query or fragment".to_owned()));
        }
        let host = url.host_str().ok_or_else(|| unusable("it has no host".to_owned()))?.to_owned();
        // It is named by whoever configures the node: its own host and port are allowed, and no others. What kinds of addresses are is not lifted.
        let egress = EgressPolicy {
            allow_private: options.allow_private,
            allowed_hosts: Some([vec![host], options.hosts].concat()),
            ports: egress.ports.clone().map(|mut ports| {
                ports.extend(url.port_or_known_default());
                ports
            }),
            ..egress.clone()
        };
        egress.check(&url).map_err(|error| unusable(error.to_string()))?;
        Ok(Self {
            fetcher: Fetcher::new(egress.clone())?,
            beginning: Arc::new(Semaphore::new(AT_ONCE)),
            egress,
            id,
            name: options.name,
            issuer: options.issuer,
            client_id: options.client_id,
            secret: options.secret,
            audiences: options.audiences,
            scope: [vec!["openid".to_owned()], options.scopes].concat().join(" "),
            accounts: options.accounts,
            amr: options.amr,
            acr: options.acr,
        })
    }

    /// Its name here.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether what the provider says of the login counts as two factors here.
    pub(super) fn is_strong(&self, token: &IdToken) -> bool {
        token.amr.iter().flatten().any(|word| self.amr.contains(word))
            || token.acr.as_ref().is_some_and(|word| self.acr.contains(word))
    }

    /// The account here that the provider names, where it may.
    pub(super) fn named(&self, token: &IdToken) -> Option<String> {
        let Accounts::Named { claim, domains } = &self.accounts else {
            return None;
        };
        let value = if claim == "sub" { token.sub.as_str() } else { token.others.get(claim)?.as_str()? };
        // An address that nobody verified is whatever its holder typed.
        let is_verified = token.others.get("email_verified").is_some_and(|value| value == true);
        if claim == "email" && !is_verified {
            return None;
        }
        match value.rsplit_once('@') {
            None => domains.is_empty().then(|| value.to_owned()),
            Some((name, domain)) => {
                let is_ours = domains.iter().any(|one| one.eq_ignore_ascii_case(domain));
                (is_ours && !name.contains('@')).then(|| name.to_owned())
            }
        }
    }
}

/// Without the secret.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Provider");
        fields.field("id", &self.id).field("issuer", &self.issuer).field("client_id", &self.client_id);
        fields.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn options() -> ProviderOptions {
        ProviderOptions {
            id: "corp".to_owned(),
            name: Text::new("公司", "company"),
            issuer: "https://id.example.cn".to_owned(),
            client_id: "xinyu".to_owned(),
            secret: Some(Zeroizing::new("hidden-word".to_owned())),
            audiences: Vec::new(),
            scopes: Vec::new(),
            accounts: Accounts::Bound,
            amr: vec!["mfa".to_owned()],
            acr: vec!["gold".to_owned()],
            hosts: Vec::new(),
            allow_private: false,
        }
    }

    fn token(others: serde_json::Value) -> IdToken {
        let mut claims = json!({ "iss": "i", "sub": "s", "aud": "a", "exp": 1, "iat": 1 });
        if let (Some(claims), Some(others)) = (claims.as_object_mut(), others.as_object()) {
            claims.extend(others.clone());
        }
        serde_json::from_value(claims).unwrap()
    }

    #[test]
    fn a_claim_names_accounts_within_its_domains_only() {
        let check = |claim: &str, domains: &[&str], others: serde_json::Value, expect: Option<&str>| {
            let domains = domains.iter().map(|one| (*one).to_owned()).collect();
            let accounts = Accounts::Named { claim: claim.to_owned(), domains };
            let provider = Provider::new(ProviderOptions { accounts, ..options() }, &EgressPolicy::default()).unwrap();
            assert_eq!(provider.named(&token(others.clone())).as_deref(), expect, "{claim} {others}");
        };
        xinyu_http::install_tls();
        let mail = |value: &str| json!({ "email": value, "email_verified": true });
        check("email", &["example.cn"], mail("wang@example.cn"), Some("wang"));
        check("email", &["example.cn"], mail("wang@EXAMPLE.cn"), Some("wang"));
        check("email", &["example.cn"], mail("wang@evil.example"), None);
        check("email", &["example.cn"], mail("wang@evil.example@example.cn"), None);
        check("email", &["example.cn"], mail("wang"), None);
        check("email", &[], mail("wang@example.cn"), None);
        check("email", &["example.cn"], json!({ "email": "wang@example.cn" }), None);
        check("email", &["example.cn"], json!({ "email": "wang@example.cn", "email_verified": "true" }), None);
        check("preferred_username", &[], json!({ "preferred_username": "wang" }), Some("wang"));
        check("preferred_username", &["example.cn"], json!({ "preferred_username": "wang" }), None);
        check("preferred_username", &[], json!({ "preferred_username": ["wang"] }), None);
        check("sub", &[], json!({ "sub": "wang" }), Some("wang"));
        let bound = Provider::new(options(), &EgressPolicy::default()).unwrap();
        assert_eq!(bound.named(&token(mail("wang@example.cn"))), None);
        assert!(!format!("{bound:?}").contains("hidden"));
    }

    #[test]
    fn only_configured_words_are_a_second_factor() {
        xinyu_http::install_tls();
        let provider = Provider::new(options(), &EgressPolicy::default()).unwrap();
        for (others, expect) in [
            (json!({}), false),
            (json!({ "amr": ["pwd"] }), false),
            (json!({ "amr": ["pwd", "mfa"] }), true),
            (json!({ "acr": "gold" }), true),
            (json!({ "acr": "mfa" }), false),
        ] {
            assert_eq!(provider.is_strong(&token(others.clone())), expect, "{others}");
        }
    }

    #[test]
    fn issuers_that_may_not_be_reached_are_refused_at_the_start() {
        xinyu_http::install_tls();
        for issuer in [
            "http://id.example.cn",
            "https://127.0.0.1",
            "https://10.0.0.1",
            "https://u@id.example.cn",
            "https://id.example.cn?a",
            "id",
        ] {
            let made =
                Provider::new(ProviderOptions { issuer: issuer.to_owned(), ..options() }, &EgressPolicy::default());
            assert!(matches!(made, Err(ProviderError::Options(_))), "{issuer}");
        }
        let private = ProviderOptions { issuer: "https://10.0.0.1:9443".to_owned(), allow_private: true, ..options() };
        Provider::new(private, &EgressPolicy::default()).unwrap();
        assert!(
            Provider::new(ProviderOptions { id: "a/b".to_owned(), ..options() }, &EgressPolicy::default()).is_err()
        );
    }
}
