//! The wallet: what is offered is asked for, what comes is held, and shown to whom it gave the right. DCP 1.0.1 §5, §6.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::{Form, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use xinyu_identity::did::DidWeb;
use xinyu_identity::presentation::present;
use xinyu_identity::self_issued::open_access;
use xinyu_identity::{ClientClaims, ClientToken, ForeignDocument, VerifiableCredential};
use xinyu_protocol::dcp::{CONTEXT, ISSUER_SERVICE, Profile, Scope};

use super::Own;

/// Whoever works with its DID shows this.
pub const SECRET: &str = "arranged with the wallet";

/// Who calls, by a token for us that the document of its DID verifies.
async fn caller(own: &Own, headers: &HeaderMap) -> Result<ClientClaims, StatusCode> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = shown.and_then(|text| text.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
    let nobody = |_| StatusCode::UNAUTHORIZED;
    let token = ClientToken::parse(token, own.did.as_str(), own.clock.now()).map_err(nobody)?;
    let issuer = token.issuer();
    let fetched = own.http.get(issuer.document_url("http")).send().await.map_err(|_| StatusCode::UNAUTHORIZED)?;
    let bytes = fetched.bytes().await.map_err(|_| StatusCode::UNAUTHORIZED)?;
    let document = ForeignDocument::parse(&bytes, issuer).map_err(nobody)?;
    token.verify_by(&document).map_err(nobody)
}

pub(super) async fn offered(
    State(own): State<Arc<Own>>,
    headers: HeaderMap,
    Json(offer): Json<Value>,
) -> Result<StatusCode, StatusCode> {
    let issuer = caller(&own, &headers).await?.iss;
    let ids: Vec<Value> = offer
        .get("credentials")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|one| one.get("id").cloned())
        .collect();
    let wanted: Vec<Value> = ids.into_iter().map(|id| json!({ "id": id })).collect();
    tokio::spawn(async move {
        if let Err(error) = ask(&own, &issuer, wanted).await {
            tracing::error!(%error, "the issuer did not take the request");
        }
    });
    Ok(StatusCode::OK)
}

async fn ask(own: &Own, issuer: &DidWeb, wanted: Vec<Value>) -> anyhow::Result<()> {
    let document: Value = own.http.get(issuer.document_url("http")).send().await?.json().await?;
    let services = document.get("service").and_then(Value::as_array).cloned().unwrap_or_default();
    let service = services.iter().find(|one| one.get("type").and_then(Value::as_str) == Some(ISSUER_SERVICE));
    let endpoint = service.and_then(|one| one.get("serviceEndpoint")).and_then(Value::as_str).unwrap_or_default();
    let request = json!({
        "@context": [CONTEXT], "type": "CredentialRequestMessage", "holderPid": own.ids.new_id(), "credentials": wanted,
    });
    let token = own.token(issuer.as_str(), &[]);
    own.http
        .post(format!("{endpoint}/credentials"))
        .bearer_auth(token)
        .json(&request)
        .send()
        .await?
        .error_for_status()?;
    Ok(())
}

pub(super) async fn take(
    State(own): State<Arc<Own>>,
    headers: HeaderMap,
    Json(message): Json<Value>,
) -> Result<StatusCode, StatusCode> {
    caller(&own, &headers).await?;
    for container in message.get("credentials").and_then(Value::as_array).into_iter().flatten() {
        let jwt = container.get("payload").and_then(Value::as_str).ok_or(StatusCode::BAD_REQUEST)?;
        let credential = VerifiableCredential::parse(jwt).map_err(|_| StatusCode::BAD_REQUEST)?;
        let kind = credential.kind().to_owned();
        let mut memory = own.memory();
        memory.held.retain(|(held, _)| *held != kind);
        memory.held.push((kind, jwt.to_owned()));
    }
    own.changed.send_replace(());
    Ok(StatusCode::OK)
}

pub(super) async fn show(
    State(own): State<Arc<Own>>,
    headers: HeaderMap,
    Json(query): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    let ClientClaims { iss: verifier, token: access, .. } = caller(&own, &headers).await?;
    let (now, access) = (own.clock.now(), access.ok_or(StatusCode::UNAUTHORIZED)?);
    let access = open_access(&access, &own.did, &verifier, [&own.key], now).map_err(|_| StatusCode::UNAUTHORIZED)?;
    let asked: Vec<Scope> = query
        .get("scope")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|one| Scope::parse(one.as_str().unwrap_or_default()).ok())
        .collect();
    let covers =
        |scopes: &[Scope], kind: &String| scopes.iter().any(|scope| scope.covers(None, std::slice::from_ref(kind)));
    let held = own.memory().held.clone();
    let shown = held.into_iter().filter(|(kind, _)| covers(&asked, kind) && covers(&access.scope, kind));
    let credentials: Vec<String> = shown.map(|(_, jwt)| jwt).collect();
    let one = present(own.signer(), Profile::Vc11Sl2021Jwt, verifier.as_str(), &credentials, own.ids.new_id(), now);
    Ok(Json(json!({ "@context": [CONTEXT], "type": "PresentationResponseMessage", "presentation": [one] })))
}

#[derive(Deserialize)]
pub(super) struct Wish {
    client_secret: String,
    audience: String,
    #[serde(default)]
    bearer_access_scope: String,
    token: Option<String>,
}

/// The token service, in the form that EDC knows.
pub(super) async fn token(State(own): State<Arc<Own>>, Form(wish): Form<Wish>) -> Result<Json<Value>, StatusCode> {
    if wish.client_secret != SECRET {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let scopes = wish.bearer_access_scope.split_whitespace().map(Scope::parse).collect::<Result<Vec<_>, _>>();
    let scopes = scopes.map_err(|_| StatusCode::BAD_REQUEST)?;
    let token = match &wish.token {
        Some(theirs) => own.signer().token(&wish.audience, Some(theirs), own.ids.new_id(), own.clock.now()),
        None => own.token(&wish.audience, &scopes),
    };
    Ok(Json(json!({ "access_token": token, "token_type": "Bearer", "expires_in": 300 })))
}
