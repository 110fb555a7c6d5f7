//! How people log in besides by password, as configured: authorities for their certificates, providers of identities. Secrets come from files or the
//! environment.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use xinyu_crypto::x509::Certificate;
use xinyu_http::EgressPolicy;
use xinyu_protocol::text::Text;
use xinyu_shell::login::methods::{LoginOptions, PeopleAuthority};
use xinyu_shell::login::oidc::provider::{Accounts, Provider, ProviderOptions};
use zeroize::Zeroizing;

/// All of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LoginConfig {
    /// Authorities that issue certificates to people, beside a platform's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<PeopleAuthorityConfig>,
    /// Providers of identities (OpenID Connect).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub oidc: Vec<OidcConfig>,
}

/// An authority.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeopleAuthorityConfig {
    /// For people and logs.
    pub name: String,
    /// The file with its roots, in PEM.
    pub roots_file: PathBuf,
    /// The file with its revocation lists, in PEM or one in DER; read at each login.
    pub lists_file: PathBuf,
}

/// A provider of identities.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OidcConfig {
    /// Its name here.
    pub id: String,
    /// For people, in both languages.
    pub name: Text,
    /// The issuer, to the letter.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// The file with our secret there.
    pub client_secret_file: Option<PathBuf>,
    /// The variable of the environment with it.
    pub client_secret_env: Option<String>,
    /// Other audiences that its tokens may name beside us.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// What is asked for besides `openid`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Hosts of its endpoints beside the issuer's.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Whether it stands in the organisation's own network.
    #[serde(default)]
    pub allow_private: bool,
    /// The claim that names accounts; absent: only accounts that their holders tied.
    pub account_claim: Option<String>,
    /// What must follow `name@` in it.
    #[serde(default)]
    pub account_domains: Vec<String>,
    /// Words of `amr` that are a second factor.
    #[serde(default)]
    pub second_factor_amr: Vec<String>,
    /// Words of `acr` that are a second factor.
    #[serde(default)]
    pub second_factor_acr: Vec<String>,
}

impl LoginConfig {
    /// Relative paths are below the folder of the configuration.
    pub(super) fn place_below(&mut self, base: &Path) {
        for one in &mut self.authorities {
            one.roots_file = base.join(&one.roots_file);
            one.lists_file = base.join(&one.lists_file);
        }
        for one in &mut self.oidc {
            one.client_secret_file = one.client_secret_file.as_ref().map(|file| base.join(file));
        }
    }

    /// With what the files hold.
    pub(crate) fn read(&self, egress: &EgressPolicy) -> anyhow::Result<LoginOptions> {
        let mut options = LoginOptions::default();
        for one in &self.authorities {
            let place = one.roots_file.display();
            let text = std::fs::read_to_string(&one.roots_file).with_context(|| format!("{place}"))?;
            let roots = Certificate::chain_from_pem(&text).with_context(|| format!("{place}"))?;
            let (name, lists_file) = (one.name.clone(), one.lists_file.clone());
            options.authorities.push(PeopleAuthority { name, roots, lists_file });
        }
        for one in &self.oidc {
            if options.providers.iter().any(|known| known.id() == one.id) {
                bail!("login.oidc.id {} 重复 / is there twice", one.id);
            }
            options.providers.push(one.provider(egress).with_context(|| format!("login.oidc {}", one.id))?);
        }
        Ok(options)
    }
}

impl OidcConfig {
    fn provider(&self, egress: &EgressPolicy) -> anyhow::Result<Provider> {
        let accounts = match &self.account_claim {
            Some(claim) => Accounts::Named { claim: claim.clone(), domains: self.account_domains.clone() },
            None => Accounts::Bound,
        };
        let options = ProviderOptions {
            id: self.id.clone(),
            name: self.name.clone(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            secret: self.secret()?,
            audiences: self.audiences.clone(),
            scopes: self.scopes.clone(),
            accounts,
            amr: self.second_factor_amr.clone(),
            acr: self.second_factor_acr.clone(),
            hosts: self.hosts.clone(),
            allow_private: self.allow_private,
        };
        Ok(Provider::new(options, egress)?)
    }

    fn secret(&self) -> anyhow::Result<Option<Zeroizing<String>>> {
        let text = match (&self.client_secret_file, &self.client_secret_env) {
            (None, None) => return Ok(None),
            (Some(file), None) => std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?,
            (None, Some(name)) => std::env::var(name).with_context(|| format!("环境变量 / variable {name}"))?,
            (Some(_), Some(_)) => bail!("client_secret_file 与 client_secret_env 只能设一个 / set one of them only"),
        };
        let text = Zeroizing::new(text);
        if text.trim().is_empty() {
            bail!("客户端密钥为空 / the client secret is empty");
        }
        Ok(Some(Zeroizing::new(text.trim().to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROVIDER: &str = r#"
        id = "corp"
        name = { zh = "公司", en = "company" }
        issuer = "https://id.example.cn"
        client_id = "xinyu"
    "#;

    #[test]
    fn a_secret_comes_from_one_place_and_is_shown_nowhere() {
        xinyu_http::install_tls();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "hidden-word\n").unwrap();
        let parse = |more: &str| toml::from_str::<OidcConfig>(&format!("{PROVIDER}\n{more}")).unwrap();
        let with = parse(&format!("client_secret_file = {:?}", file.display().to_string()));
        let provider = with.provider(&EgressPolicy::default()).unwrap();
        assert!(!format!("{provider:?} {with:?}").contains("hidden-word"));
        assert_eq!(with.secret().unwrap().unwrap().as_str(), "hidden-word");
        assert!(parse("").secret().unwrap().is_none());
        let error = |more: &str| format!("{:#}", parse(more).provider(&EgressPolicy::default()).unwrap_err());
        assert!(error("client_secret_file = \"a\"\nclient_secret_env = \"B\"").contains("one of them"));
        std::fs::write(&file, " \n").unwrap();
        assert!(error(&format!("client_secret_file = {:?}", file.display().to_string())).contains("empty"));
    }

    #[test]
    fn one_id_is_one_provider() {
        xinyu_http::install_tls();
        let one: OidcConfig = toml::from_str(PROVIDER).unwrap();
        let twice = LoginConfig { oidc: vec![one.clone(), one], ..LoginConfig::default() };
        assert!(format!("{:#}", twice.read(&EgressPolicy::default()).unwrap_err()).contains("corp"));
    }
}
