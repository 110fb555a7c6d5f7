//! A model of a data plane: no data, no rules of its own; with a flaw on demand.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::super::DataPlane;
use crate::kit::client::Client;
use crate::kit::{fresh, text};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    KeepsTheAddress,
    TakesAnyAddress,
    TakesAnyRefreshToken,
    TakesAnyClient,
    GivesTheOldToken,
    ResumesSilently,
    TellsNothing,
    AlwaysAtOnce,
}

pub(super) struct Model {
    pub(super) subject: DataPlane,
    server: JoinHandle<()>,
}

struct Desk {
    flaw: Flaw,
    address: String,
    /// The control plane, which is the kit: known once a flow names the counterparty.
    kit: OnceLock<String>,
    client: Client,
    flows: Mutex<HashMap<String, (Value, &'static str)>>,
}

impl Model {
    pub(super) async fn open(flaw: Flaw) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("a bound listener has an address"));
        let client = Client::new(None).expect("a client");
        let desk =
            Arc::new(Desk { flaw, address: address.clone(), kit: OnceLock::new(), client, flows: Mutex::default() });
        let router = Router::new().fallback(handle).with_state(Arc::clone(&desk));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("the server runs") });
        let subject = DataPlane {
            url: address,
            authorization: "secret".to_owned(),
            provider_id: "did:web:provider".to_owned(),
            counterparty_id: None,
        };
        Self { subject, server }
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn handle(
    Shared(desk): Shared<Arc<Desk>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let authorization = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = String::from_utf8_lossy(&body).into_owned();
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    let (status, body) = match (method, path.as_slice()) {
        (_, ["refresh", _]) => desk.refresh(authorization, &form).await,
        _ if authorization != "secret" => (401, Value::Null),
        (Method::POST, ["dataflows", "prepare"]) => desk.begin(message, "PREPARED", "PREPARING"),
        (Method::POST, ["dataflows", "start"]) => desk.begin(message, "STARTED", "STARTING"),
        (Method::GET, ["dataflows", flow, "status"]) => (200, desk.show(flow)),
        (Method::POST, ["dataflows", flow, signal]) => desk.obey(flow, signal, &message),
        _ => (404, Value::Null),
    };
    (StatusCode::from_u16(status).expect("a status"), Json(body)).into_response()
}

impl Desk {
    fn begin(self: &Arc<Self>, order: Value, now: &'static str, later: &'static str) -> (u16, Value) {
        let did = text(&order, "counterPartyId").replace("did:web:", "http://").replace("%3A", ":");
        self.kit.get_or_init(|| did);
        let flow = text(&order, "processId").to_owned();
        let profile = text(&order, "profile").to_owned();
        let is_late = text(&order, "agreementId") == "async" && self.flaw != Flaw::AlwaysAtOnce;
        let state = if is_late { later } else { now };
        self.flows.lock().expect("no panic").insert(flow.clone(), (order, state));
        if is_late {
            self.tell(&flow, now);
        }
        let mut answer = json!({"messageId": fresh::id(), "dataFlowId": flow, "state": state});
        // The one who is written to or read from says where: the consumer of a push, the provider of a pull.
        if (profile.contains("push") == (now == "PREPARED")) && self.flaw != Flaw::KeepsTheAddress {
            answer["dataAddress"] = self.data_address(&flow, &profile);
        }
        (if is_late { 202 } else { 200 }, answer)
    }

    fn data_address(&self, flow: &str, profile: &str) -> Value {
        let property = |name: &str, value: &str| json!({"@type": "EndpointProperty", "name": name, "value": value});
        json!({"@type": "DataAddress", "endpointType": profile, "endpoint": format!("{}/data", self.address),
            "endpointProperties": [property("authorization", "old"), property("authType", "bearer"),
                property("refreshToken", "again"), property("expiresIn", "300"),
                property("refreshEndpoint", &format!("{}/refresh/{flow}", self.address))]})
    }

    fn obey(self: &Arc<Self>, flow: &str, signal: &str, message: &Value) -> (u16, Value) {
        let (order, _) = self.flows.lock().expect("no panic").get(flow).cloned().expect("a flow of the model");
        let is_http = text(&order, "profile").starts_with("https://");
        let is_renewable = message["dataAddress"].to_string().contains("refreshToken");
        if signal == "started" && is_http && !is_renewable && self.flaw != Flaw::TakesAnyAddress {
            return (400, Value::Null);
        }
        let state = match signal {
            "started" | "resume" => "STARTED",
            "suspend" => "SUSPENDED",
            "terminate" => "TERMINATED",
            _ => "COMPLETED",
        };
        self.enter(flow, state);
        if signal != "resume" || self.flaw == Flaw::ResumesSilently {
            return (200, Value::Null);
        }
        (200, json!({"messageId": fresh::id(), "dataFlowId": flow, "state": state}))
    }

    /// Enters the state later and tells so, again after a 404.
    fn tell(self: &Arc<Self>, flow: &str, state: &'static str) {
        let (desk, flow) = (Arc::clone(self), flow.to_owned());
        let path = format!("/transfers/{flow}/dataflow/{}", state.to_lowercase());
        if self.flaw == Flaw::TellsNothing {
            return;
        }
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            desk.enter(&flow, state);
            let url = format!("{}{path}", desk.kit.get().expect("a known kit"));
            let message = json!({"messageId": fresh::id(), "dataFlowId": flow, "state": state});
            for _ in 0..20 {
                if desk.client.post(&url, &message).await.expect("the kit answers").is_success() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }

    fn enter(&self, flow: &str, state: &'static str) {
        self.flows.lock().expect("no panic").get_mut(flow).expect("a flow of the model").1 = state;
    }

    /// Tells the state. What is to complete by itself does so once somebody has seen it started.
    fn show(self: &Arc<Self>, flow: &str) -> Value {
        let (state, completes) = {
            let mut flows = self.flows.lock().expect("no panic");
            let (order, state) = flows.get_mut(flow).expect("a flow");
            let completes = *state == "STARTED" && text(order, "agreementId") == "complete";
            if completes {
                order["agreementId"] = json!("seen");
            }
            (*state, completes)
        };
        if completes {
            self.tell(flow, "COMPLETED");
        }
        json!({"dataFlowId": flow, "state": state})
    }

    async fn refresh(&self, authorization: &str, form: &str) -> (u16, Value) {
        let is_known =
            form == "grant_type=refresh_token&refresh_token=again" || self.flaw == Flaw::TakesAnyRefreshToken;
        let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
        if !is_known || (!self.is_client(token).await && self.flaw != Flaw::TakesAnyClient) {
            return (401, json!({"error": "invalid_grant"}));
        }
        let token = if self.flaw == Flaw::GivesTheOldToken { "old" } else { "new" };
        (200, json!({"access_token": token, "token_type": "Bearer"}))
    }

    /// The token is signed by the key in the client's document, and meant for the provider.
    async fn is_client(&self, token: &str) -> bool {
        let document = format!("{}/.well-known/did.json", self.kit.get().expect("a known kit"));
        let document = self.client.get_ok(&document).await.expect("the kit's document").body.expect("a body");
        let method = &document["verificationMethod"][0];
        let (signed, signature) = token.rsplit_once('.').expect("a token");
        let (header, claims) = signed.split_once('.').expect("a token");
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64url");
        let json = |part: &str| serde_json::from_slice::<Value>(&decode(part)).expect("JSON");
        let (header, claims) = (json(header), json(claims));
        let jwk = &method["publicKeyJwk"];
        let point = [vec![4], decode(text(jwk, "x")), decode(text(jwk, "y"))].concat();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        key.verify(signed.as_bytes(), &decode(signature)).expect("the signature is the key's");
        assert_eq!((&header["kid"], &header["alg"]), (&method["id"], &json!("ES256")));
        assert_eq!(
            (&claims["iss"], &claims["sub"], &claims["token"]),
            (&document["id"], &document["id"], &json!("old"))
        );
        claims["aud"] == "did:web:provider"
    }
}
