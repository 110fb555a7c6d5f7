//! The token service of a wallet: who works with its connector's DID asks here for tokens. DCP leaves its form open; this is the one that the official
//! kit and EDC know, OAuth client credentials with an audience, and either scopes or a token to bring back.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Form, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use xinyu_protocol::dcp::Scope;
use xinyu_shell::Node;

/// Who may ask, and by what it shows that.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// Its name.
    pub id: &'static str,
    /// Its secret.
    pub secret: &'static str,
}

/// `POST /sts/token` for one client, with the DID of `node`.
pub fn router(node: Arc<Node>, client: Client) -> Router {
    Router::new().route("/sts/token", post(token)).with_state((node, client))
}

#[derive(Deserialize)]
struct Wish {
    client_id: String,
    client_secret: String,
    audience: String,
    #[serde(default)]
    bearer_access_scope: String,
    token: Option<String>,
}

async fn token(
    State((node, client)): State<(Arc<Node>, Client)>,
    Form(wish): Form<Wish>,
) -> Result<Json<Value>, StatusCode> {
    if (wish.client_id.as_str(), wish.client_secret.as_str()) != (client.id, client.secret) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let scopes = wish.bearer_access_scope.split_whitespace().map(Scope::parse).collect::<Result<Vec<_>, _>>();
    let scopes = scopes.map_err(|_| StatusCode::BAD_REQUEST)?;
    let token = match &wish.token {
        Some(theirs) => node.dcp.token_with(&wish.audience, theirs),
        None => node.dcp.token(&wish.audience, &scopes),
    };
    Ok(Json(json!({ "access_token": token, "token_type": "Bearer", "expires_in": 300 })))
}
