//! Where our end of a flow is, and who may open it: a grant for a member's connector, a token for everybody else. Tokens are held as digests.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use xinyu_core::dataflow::DataFlow;
use xinyu_core::negotiation::Side;
use xinyu_identity::grant::{self, GrantClaims};
use xinyu_protocol::dps::HTTP_PULL_PROFILE;
use xinyu_protocol::dsp::transfer::{DataAddress, ENDPOINT_TYPE};
use xinyu_protocol::id::{ConnectorId, PartyId};
use xinyu_shell::Failure;
use xinyu_shell::arranged::digest;
use xinyu_store::Tx;

use crate::app::Connector;

/// How long a grant or token is good, in seconds.
const GRANT_SECONDS: i64 = 6 * 60 * 60;
/// How long a token of the HTTP profile is good, in seconds; it can be renewed.
const TOKEN_SECONDS: i64 = 15 * 60;

/// Whether the other side of a flow is a member of our platform, for whose key data is encrypted.
pub(crate) fn is_member(counterparty: &str) -> bool {
    ConnectorId::parse(counterparty).is_ok()
}

/// Where the consumer pulls from.
pub(super) async fn open_outlet(connector: &Connector, tx: &mut Tx, flow: &mut DataFlow) -> Result<(), Failure> {
    let node = &connector.node;
    let agreement =
        xinyu_store::agreement::find_by_name(tx, &flow.agreement_id, Side::Provider, &flow.counterparty).await?;
    if let (Ok(peer), Some(agreement)) = (ConnectorId::parse(&flow.counterparty), agreement) {
        let now = tx.now().as_second();
        let claims = GrantClaims {
            iss: node.party().ok_or_else(|| Failure::broken("not registered"))?,
            sub: PartyId::from(peer),
            contract: agreement.contract_id,
            transfer: flow.flow_id.clone(),
            iat: now,
            exp: now.saturating_add(GRANT_SECONDS),
            jti: tx.new_id(),
        };
        let grant = grant::mint(&claims, node.ring.signing(node.suite));
        let endpoint = format!("{}/dataplane/{}", node.address, flow.flow_id);
        flow.address = Some(DataAddress::http(endpoint, &[("authorization", &grant)]));
        return Ok(());
    }
    let is_renewable = flow.profile == HTTP_PULL_PROFILE;
    let seconds = if is_renewable { TOKEN_SECONDS } else { GRANT_SECONDS };
    let (token, refresh) = (fresh(tx), fresh(tx));
    flow.token_digest = Some(digest(&token));
    flow.token_expires = Some(tx.now().as_second().saturating_add(seconds));
    let endpoint = place(connector, &flow.flow_id);
    // Connectors that know only properties find the endpoint among them.
    let properties: &[(&str, &str)] =
        &[("endpoint", &endpoint), ("authorization", &token), ("authType", "bearer"), ("endpointType", ENDPOINT_TYPE)];
    let mut address = DataAddress::http(endpoint.clone(), properties);
    if is_renewable {
        flow.refresh_digest = Some(digest(&refresh));
        let renewal = DataAddress::http(
            endpoint.clone(),
            &[
                ("authorization", &token),
                ("authType", "bearer"),
                ("refreshToken", &refresh),
                ("expiresIn", &TOKEN_SECONDS.to_string()),
                ("refreshEndpoint", &format!("{endpoint}/token")),
            ],
        );
        address = DataAddress { endpoint_type: HTTP_PULL_PROFILE.to_owned(), ..renewal };
    }
    flow.address = Some(address);
    Ok(())
}

/// Where the provider pushes to.
pub(super) fn open_inbox(connector: &Connector, tx: &Tx, flow: &mut DataFlow) {
    let token = fresh(tx);
    flow.token_digest = Some(digest(&token));
    flow.token_expires = Some(tx.now().as_second().saturating_add(GRANT_SECONDS));
    let endpoint = place(connector, &flow.flow_id);
    let properties: &[(&str, &str)] =
        &[("endpoint", &endpoint), ("authorization", &token), ("authType", "bearer"), ("endpointType", ENDPOINT_TYPE)];
    flow.address = Some(DataAddress::http(endpoint.clone(), properties));
}

/// Whether a header opens our end of a flow at this second.
pub(crate) fn opens(flow: &DataFlow, authorization: Option<&str>, now: i64) -> bool {
    let token = authorization.map(|value| value.strip_prefix("Bearer ").unwrap_or(value));
    let is_right = token.zip(flow.token_digest.as_deref()).is_some_and(|(token, expect)| digest(token) == expect);
    is_right && flow.token_expires.is_none_or(|until| now <= until)
}

/// New tokens in place of old ones: access and renewal, with the seconds that the first is good for.
pub(crate) fn renew(flow: &mut DataFlow, tx: &Tx) -> (String, String, i64) {
    let (token, refresh) = (fresh(tx), fresh(tx));
    flow.token_digest = Some(digest(&token));
    flow.refresh_digest = Some(digest(&refresh));
    flow.token_expires = Some(tx.now().as_second().saturating_add(TOKEN_SECONDS));
    (token, refresh, TOKEN_SECONDS)
}

fn place(connector: &Connector, flow_id: &str) -> String {
    format!("{}/data/{flow_id}", connector.node.address)
}

fn fresh(tx: &Tx) -> String {
    URL_SAFE_NO_PAD.encode(tx.entropy_bytes::<32>())
}
