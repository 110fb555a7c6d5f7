//! A client of one node's management API, logged in; and the patience to wait until something is so.

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use xinyu_http::ApiClient;
use xinyu_protocol::api::{Login, Session};

/// How often to look again, and for how long.
const PAUSE: Duration = Duration::from_millis(15);
const PATIENCE: Duration = Duration::from_secs(60);

/// A client, logged in.
#[derive(Clone)]
pub(crate) struct Client {
    api: ApiClient,
    /// The node's base URL.
    pub address: String,
}

impl Client {
    /// Logs in.
    pub(crate) async fn login(address: &str, name: &str, password: &str) -> anyhow::Result<Self> {
        let api = ApiClient::new(address.parse()?)?;
        let login = Login { name: name.to_owned(), password: password.to_owned() };
        let session: Session =
            api.post("/api/v1/login", &login).await.with_context(|| format!("login at {address}"))?;
        Ok(Self { api: api.with_session(session.token), address: address.to_owned() })
    }

    /// Reads.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.api.get(path).await.with_context(|| format!("GET {}{path}", self.address))
    }

    /// Reads bytes.
    pub(crate) async fn bytes(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        self.api.get_bytes(path).await.with_context(|| format!("GET {}{path}", self.address))
    }

    /// Acts.
    pub(crate) async fn post<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> anyhow::Result<T> {
        self.api.post(path, body).await.with_context(|| format!("POST {}{path}", self.address))
    }

    /// Reads until what is read is so.
    pub(crate) async fn until<T: DeserializeOwned>(
        &self,
        path: &str,
        what: &str,
        is_so: impl Fn(&T) -> bool,
    ) -> anyhow::Result<T> {
        let waiting = async {
            loop {
                let found: T = self.get(path).await?;
                if is_so(&found) {
                    return Ok(found);
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => bail!("{what} did not happen within {} s (GET {}{path})", PATIENCE.as_secs(), self.address),
        }
    }
}
