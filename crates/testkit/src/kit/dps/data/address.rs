//! Data addresses: those that the kit sends, and what is demanded of the subject's. DPS profiles HTTP and Token Renewal.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::kit::{fresh, text};

/// A data address of the subject.
#[derive(Debug, Clone)]
pub(super) struct DataAddress(pub(super) Value);

/// What a client needs to renew its token.
#[derive(Debug)]
pub(super) struct Renewal {
    pub(super) endpoint: String,
    pub(super) refresh_token: String,
    pub(super) access_token: String,
}

impl DataAddress {
    /// Of the HTTP profile, to pull from, with a bearer token.
    pub(super) fn check_http_pull(&self) -> anyhow::Result<()> {
        let properties = self.properties();
        if text(&self.0, "endpointType") != HTTP_PULL {
            bail!("endpointType is not {HTTP_PULL}: {}", self.0);
        }
        if !is_http(text(&self.0, "endpoint")) {
            bail!("endpoint is no HTTP address: {}", self.0);
        }
        self.check_bearer(&properties)?;
        need(&properties, "authorization").map(drop)
    }

    /// With everything that renewal takes.
    pub(super) fn check_renewable(&self) -> anyhow::Result<()> {
        let properties = self.properties();
        self.check_bearer(&properties)?;
        need(&properties, "refreshToken")?;
        let seconds = need(&properties, "expiresIn")?;
        if !seconds.bytes().all(|byte| byte.is_ascii_digit()) {
            bail!("expiresIn is no number of seconds: {seconds}");
        }
        if !is_http(need(&properties, "refreshEndpoint")?) {
            bail!("refreshEndpoint is no HTTP address: {}", self.0);
        }
        Ok(())
    }

    pub(super) fn renewal(&self) -> anyhow::Result<Renewal> {
        let properties = self.properties();
        let find = |name| need(&properties, name).map(str::to_owned);
        Ok(Renewal {
            endpoint: find("refreshEndpoint")?,
            refresh_token: find("refreshToken")?,
            access_token: find("authorization")?,
        })
    }

    fn check_bearer(&self, properties: &BTreeMap<&str, &str>) -> anyhow::Result<()> {
        if properties.get("authType") != Some(&"bearer") {
            bail!("authType is not bearer: {}", self.0);
        }
        Ok(())
    }

    fn properties(&self) -> BTreeMap<&str, &str> {
        let list = self.0.get("endpointProperties").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().map(|property| (text(property, "name"), text(property, "value"))).collect()
    }
}

impl Renewal {
    /// The request's body.
    pub(super) fn form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", &self.refresh_token).finish()
    }
}

/// Where a provider shall push to: the kit itself. Without `@type`, as the official kit.
pub(super) fn plain(endpoint: &str) -> Value {
    json!({"endpointType": "https://w3id.org/idsa/v4.1/HTTP", "endpoint": endpoint})
}

/// Where a consumer shall pull from; its properties are without `@type`, as the official kit's.
pub(super) fn http_pull(flow: &str, is_renewable: bool) -> Value {
    let mut properties = vec![property("authorization", &fresh::id()), property("authType", "bearer")];
    if is_renewable {
        properties.push(property("refreshToken", &fresh::id()));
        properties.push(property("expiresIn", "300"));
        properties.push(property("refreshEndpoint", "https://provider.example.com/authorization/refresh"));
    }
    json!({
        "@type": "DataAddress",
        "endpointType": HTTP_PULL,
        "endpoint": format!("https://provider.example.com/data/{flow}"),
        "endpointProperties": properties,
    })
}

fn property(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

fn need<'a>(properties: &BTreeMap<&str, &'a str>, name: &str) -> anyhow::Result<&'a str> {
    let found = properties.get(name).copied().filter(|value| !value.trim().is_empty());
    found.with_context(|| format!("the data address has no property {name}"))
}

fn is_http(address: &str) -> bool {
    address.starts_with("http://") || address.starts_with("https://")
}

const HTTP_PULL: &str = "https://w3id.org/dspace-sig/profile/http-pull";
