//! A connector of another maker, small: a DID with a wallet (Decentralized Claims Protocol), a version document, and the consumer's side of the Dataspace
//! Protocol. Made of the protocols alone, nothing of our connector is in it. Its wallet can be that of another program, such as EDC, which has none.

pub mod consumer;
mod wallet;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use xinyu_crypto::Es256Key;
use xinyu_identity::Signer;
use xinyu_identity::did::DidWeb;
use xinyu_protocol::dcp::Scope;
use xinyu_protocol::tc609::connector::Device;
use xinyu_protocol::tc609::heterogeneous::Statement;
use xinyu_protocol::tc609::participant::Role;
use xinyu_store::{Clock, Ids};

use crate::world::SPACE;

pub use wallet::SECRET;

/// What is found at its version endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions {
    /// What is spoken here, and an older version.
    Good,
    /// An older version only.
    Old,
    /// A page for people.
    NoJson,
    /// A list that never ends.
    Endless,
    /// Nothing, for longer than anybody waits.
    Slow,
    /// A redirect to the good one.
    Redirect,
    /// A version whose path leads to another place.
    Elsewhere,
    /// Nothing.
    Missing,
}

/// One that runs until it is dropped.
pub struct Foreign {
    /// Base URL.
    pub address: String,
    /// Who it is.
    pub did: DidWeb,
    own: Arc<Own>,
    _guard: DropGuard,
}

pub(crate) struct Own {
    key: Es256Key,
    did: DidWeb,
    address: String,
    http: reqwest::Client,
    clock: Clock,
    ids: Ids,
    memory: Mutex<Memory>,
    changed: watch::Sender<()>,
}

#[derive(Default)]
pub(crate) struct Memory {
    versions: Option<Versions>,
    /// What its DID document names as address of the Dataspace Protocol, if that is not its own.
    dataspace: Option<String>,
    held: Vec<(String, String)>,
    heard: Vec<(String, Value)>,
}

impl Foreign {
    /// Starts one.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let did = DidWeb::from_base_url(&address)?;
        let key = Es256Key::generate(&mut xinyu_shell::keys::entropy()?);
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
        let own = Arc::new(Own {
            key,
            did: did.clone(),
            address: address.clone(),
            http,
            clock: Clock::system(),
            ids: Ids::system(),
            memory: Mutex::default(),
            changed: watch::Sender::new(()),
        });
        let router = Router::new()
            .route("/.well-known/did.json", get(document))
            .route("/dsp/.well-known/dspace-version", get(versions))
            .route("/good", get(|| async { axum::Json(good()) }))
            .route("/dcp/offers", post(wallet::offered))
            .route("/dcp/credentials", post(wallet::take))
            .route("/dcp/presentations/query", post(wallet::show))
            .route("/sts/token", post(wallet::token))
            .route("/dsp/2025-1/{kind}/{pid}/{*what}", post(consumer::hear))
            .with_state(Arc::clone(&own));
        let stop = CancellationToken::new();
        let ended = stop.clone();
        tokio::spawn(
            async move { axum::serve(listener, router).with_graceful_shutdown(ended.cancelled_owned()).await },
        );
        Ok(Self { address, did, own, _guard: stop.drop_guard() })
    }

    /// What a member says of it when it enrols it.
    #[must_use]
    pub fn statement(&self) -> Statement {
        Statement {
            did: self.did.to_string(),
            address: format!("{}/dsp", self.address),
            device: Device {
                connector_name: "Other Connector".to_owned(),
                supplier_name: "Other Maker".to_owned(),
                supplier_code: "91440300MA7XYU2188".to_owned(),
                connector_version: "0.15.1".to_owned(),
                ..Device::default()
            },
            role: Role::Consumer,
            spaces: vec![SPACE.to_owned()],
            authentication: "dcp".to_owned(),
            abilities: Vec::new(),
            suites: Vec::new(),
            transfer_profiles: vec!["HttpData-PULL".to_owned()],
            enforces: Vec::new(),
        }
    }

    /// Serves something else at its version endpoint.
    pub fn serve(&self, versions: Versions) {
        self.own.memory().versions = Some(versions);
    }

    /// Lets its DID document say that the Dataspace Protocol is spoken elsewhere.
    pub fn speak_at(&self, dataspace: &str) {
        self.own.memory().dataspace = Some(dataspace.to_owned());
    }

    /// Waits until it holds a credential of a type.
    ///
    /// # Errors
    /// If none comes within half a minute.
    pub async fn holds(&self, kind: &str) -> anyhow::Result<()> {
        self.own.until(|memory| memory.held.iter().any(|(held, _)| held == kind).then_some(())).await
    }
}

impl Own {
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signer(&self) -> Signer<'_> {
        Signer { did: &self.did, key: &self.key }
    }

    /// A token for somebody, with the right to see what is within the scopes.
    fn token(&self, audience: &str, scopes: &[Scope]) -> String {
        let now = self.clock.now();
        let access = (!scopes.is_empty()).then(|| self.signer().access(audience, scopes, self.ids.new_id(), now));
        self.signer().token(audience, access.as_deref(), self.ids.new_id(), now)
    }

    /// Waits for something that its memory shows.
    async fn until<T>(&self, find: impl Fn(&Memory) -> Option<T>) -> anyhow::Result<T> {
        let mut changes = self.changed.subscribe();
        let waiting = async {
            loop {
                let found = find(&self.memory());
                if let Some(found) = found {
                    return Ok::<_, anyhow::Error>(found);
                }
                changes.changed().await?;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting).await?
    }
}

async fn document(State(own): State<Arc<Own>>) -> Response {
    let id = own.signer().kid();
    let dataspace = own.memory().dataspace.clone().unwrap_or_else(|| format!("{}/dsp", own.address));
    let document = json!({
        "@context": ["https://www.w3.org/ns/did/v1"], "id": own.did,
        "verificationMethod": [{ "id": id, "type": "JsonWebKey2020", "controller": own.did, "publicKeyJwk": own.key.public_jwk() }],
        "authentication": [id], "assertionMethod": [id], "capabilityInvocation": [id],
        "service": [
            { "id": "#wallet", "type": "CredentialService", "serviceEndpoint": format!("{}/dcp", own.address) },
            { "id": "#dsp", "type": "DataService", "serviceEndpoint": dataspace },
        ],
    });
    axum::Json(document).into_response()
}

fn good() -> Value {
    json!({ "protocolVersions": [
        { "version": "2025-1", "path": "/2025-1", "binding": "HTTPS", "auth": { "protocol": "DCP", "version": "1.0" } },
        { "version": "2024-1", "path": "/2024-1", "binding": "HTTPS" },
    ] })
}

async fn versions(State(own): State<Arc<Own>>) -> Response {
    let served = own.memory().versions.unwrap_or(Versions::Good);
    match served {
        Versions::Good => axum::Json(good()).into_response(),
        Versions::Old => {
            axum::Json(json!({ "protocolVersions": [{ "version": "v0.8", "path": "/" }] })).into_response()
        }
        Versions::NoJson => "<html>welcome</html>".into_response(),
        Versions::Endless => {
            let piece = Bytes::from(vec![b'['; 1024]);
            let pieces = futures::stream::repeat_with(move || Ok::<_, Infallible>(piece.clone()));
            Body::from_stream(pieces).into_response()
        }
        Versions::Slow => std::future::pending().await,
        Versions::Redirect => Redirect::temporary("/good").into_response(),
        Versions::Elsewhere => {
            let versions = json!({ "protocolVersions": [{ "version": "2025-1", "path": "/../../latest/meta-data" }] });
            axum::Json(versions).into_response()
        }
        Versions::Missing => axum::http::StatusCode::NOT_FOUND.into_response(),
    }
}
