//! The client of a function node's interfaces: signed with the platform's SM2 certificate, and the answer is believed only if the node signed it.
//! NDI-TR-2025-03 §8.2, §8.3.3.

use std::time::Duration;

use serde_json::Value;
use xinyu_crypto::Suite;
use xinyu_http::guarded_client;
use xinyu_protocol::ndi::message::signed_reply;
use xinyu_protocol::ndi::{Code, Headers, Interface, Reply, VERSION};

use super::node::FunctionNode;
use crate::app::Platform;

/// How long a node may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const ANSWER_LIMIT: usize = 1 << 20;

/// Why nothing came of a question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Not reached, too slow, or an answer that the node did not make. It may come right.
    #[error("function node {node}: {why}")]
    Unreached {
        /// Which.
        node: String,
        /// What went wrong.
        why: String,
    },
    /// The node said no.
    #[error("function node {node} answers {code}: {message}")]
    Refused {
        /// Which.
        node: String,
        /// Its return code.
        code: Code,
        /// Its words.
        message: String,
    },
}

/// Asks a node.
///
/// # Errors
/// If it is not reached, or says no.
pub async fn call(
    platform: &Platform,
    node: &FunctionNode,
    interface: Interface,
    body: &[u8],
) -> Result<Option<Value>, CallError> {
    let unreached = |why: String| CallError::Unreached { node: node.id.clone(), why };
    let own = &platform.node;
    let key = node
        .public(own.store.clock().now())
        .ok_or_else(|| unreached("its certificate is not in order, see GET /api/v1/nodes".to_owned()))?;
    let headers = Headers {
        interface,
        version: VERSION.to_owned(),
        timestamp_ms: own.store.clock().now().as_millisecond(),
        sequence: own.store.ids().new_id().simple().to_string(),
        client_id: Some(platform.options.platform_id.as_str().to_owned()),
    };
    let signature =
        own.certificate_keys.of(Suite::Sm).sign(&headers.signed(body)).map_err(|error| unreached(error.to_string()))?;
    let url = own
        .egress
        .check_url(&format!("{}/{}", node.address.trim_end_matches('/'), interface.code()))
        .map_err(|error| unreached(error.to_string()))?;
    let client = guarded_client(&own.egress).map_err(|error| unreached(error.to_string()))?;
    let mut request = client.post(url).timeout(PATIENCE).header("content-type", "application/json");
    for (name, value) in headers.pairs() {
        request = request.header(name, value);
    }
    let request = request.header("signValue", hex::encode(signature)).body(body.to_vec());
    let mut response = request.send().await.map_err(|error| unreached(error.without_url().to_string()))?;
    if !response.status().is_success() {
        return Err(unreached(format!("status {}", response.status())));
    }
    let find = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (time, proof) = (find("timestamp"), find("signValue"));
    let mut answer = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| unreached(error.without_url().to_string()))? {
        answer.extend_from_slice(&piece);
        if answer.len() > ANSWER_LIMIT {
            return Err(unreached("its answer is longer than 1 MiB".to_owned()));
        }
    }
    let time = time.and_then(|time| time.parse::<i64>().ok());
    let proof = proof.and_then(|proof| hex::decode(proof).ok());
    let is_proven = time
        .zip(proof)
        .is_some_and(|(time, proof)| key.verifies(&signed_reply(time, &headers.sequence, &answer), &proof));
    if !is_proven {
        return Err(unreached("its answer is not signed with its certificate".to_owned()));
    }
    let reply: Reply<Value> = xinyu_http::json::read_json(&answer)
        .map_err(|_| unreached("its answer is no message of NDI-TR-2025-03 table 17".to_owned()))?;
    if reply.code.is_done() {
        return Ok(reply.data);
    }
    Err(CallError::Refused { node: node.id.clone(), code: reply.code, message: reply.message })
}
