//! The adapter to an authority: one signed question over HTTP, one signed answer. NDI-TR-2025-03 §8.2. Whether it is a real authority or a stand-in is a
//! matter of configuration.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use xinyu_core::verification::{Outcome, Patience};
use xinyu_crypto::{PublicKey, Suite};
use xinyu_http::guarded_client;
use xinyu_protocol::json::{Limits, parse};
use xinyu_protocol::tc609::verification::{
    AuthorityKind, DONE, Headers, MSGCODE, MSGVERSION, Question, Reply, SEQUENCE_NUM, SIGN_VALUE, TIMESTAMP,
};
use xinyu_shell::Node;

/// The version of the messages.
const VERSION: &str = "1.0";
/// The longest answer that is read.
const LONGEST: usize = 64 * 1024;
/// How far an authority's clock may be from ours, in milliseconds.
const SKEW_MILLIS: i64 = 300_000;

/// An authority, as configured.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Which.
    pub kind: AuthorityKind,
    /// Where it takes questions.
    pub address: String,
    /// The SM2 key that it signs with.
    pub key: PublicKey,
    /// How long to wait for an answer.
    pub timeout: Duration,
    /// How often to try.
    pub patience: Patience,
}

impl Authority {
    /// Asks once.
    pub async fn ask(&self, node: &Node, subject: BTreeMap<String, String>) -> Outcome {
        match self.exchange(node, subject).await {
            Ok(outcome) => outcome,
            Err(why) => Outcome::Failed(why),
        }
    }

    async fn exchange(&self, node: &Node, subject: BTreeMap<String, String>) -> Result<Outcome, String> {
        let question = Question { nonce: hex_of(node), subject };
        let body = xinyu_protocol::json::canonical(&question).map_err(|error| error.to_string())?;
        let headers = Headers {
            code: self.kind.msgcode().to_owned(),
            version: VERSION.to_owned(),
            timestamp: node.store.clock().now().as_millisecond(),
            sequence: hex_of(node),
        };
        let signature = node.ring.signing(Suite::Sm).sign(&headers.signed(&body));
        let url = node.egress.check_url(&self.address).map_err(|error| error.to_string())?;
        let client = guarded_client(&node.egress).map_err(|error| error.to_string())?;
        let request = client
            .post(url)
            .timeout(self.timeout)
            .header("content-type", "application/json")
            .header(MSGCODE, &headers.code)
            .header(MSGVERSION, &headers.version)
            .header(TIMESTAMP, headers.timestamp)
            .header(SEQUENCE_NUM, &headers.sequence)
            .header(SIGN_VALUE, URL_SAFE_NO_PAD.encode(signature))
            .body(body.clone());
        let mut response = request.send().await.map_err(told)?;
        let status = response.status();
        let signed = |name: &str| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned).ok_or_else(|| format!("the answer ({status}) lacks {name}"))
        };
        let (answered, shown) = (
            Headers {
                code: signed(MSGCODE)?,
                version: signed(MSGVERSION)?,
                timestamp: signed(TIMESTAMP)?.parse().map_err(|_| "the answer's timestamp is none".to_owned())?,
                sequence: signed(SEQUENCE_NUM)?,
            },
            signed(SIGN_VALUE)?,
        );
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(told)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LONGEST {
                return Err(format!("the answer is longer than {LONGEST} bytes"));
            }
        }
        self.check(&headers, &answered, &shown, &bytes)?;
        let reply: Reply =
            parse(&bytes, Limits::WIRE).map_err(|error| format!("the answer does not parse: {error}"))?;
        match (reply.code.as_str(), reply.data) {
            (DONE, Some(finding)) => Ok(Outcome::Answered {
                question: Suite::Sm.hash(&body).to_string(),
                answer: Suite::Sm.hash(&bytes).to_string(),
                finding,
            }),
            (code, _) if code.starts_with('1') => Err(format!("the authority is out of order: {code}")),
            (code, _) => Ok(Outcome::Refused(format!("the authority refused the question: {code}"))),
        }
    }

    /// That the answer is to this question, fresh, and the authority's.
    fn check(&self, asked: &Headers, answered: &Headers, shown: &str, body: &[u8]) -> Result<(), String> {
        if answered.sequence != asked.sequence || answered.code != asked.code {
            return Err("the answer is to another question".to_owned());
        }
        if answered.timestamp.abs_diff(asked.timestamp) > SKEW_MILLIS.unsigned_abs() {
            return Err("the answer is not of now".to_owned());
        }
        let signature = URL_SAFE_NO_PAD.decode(shown).map_err(|_| "the answer's signature is none".to_owned())?;
        self.key
            .verify(&answered.signed(body), &signature)
            .map_err(|_| "the answer is not signed by the authority".to_owned())
    }
}

/// Without the address, which may carry what is nobody's business.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() { "no answer in time".to_owned() } else { format!("not reached: {error}") }
}

/// 128 random bits: 32 characters, as long as the standard's `sequenceNum`.
fn hex_of(node: &Node) -> String {
    node.store.ids().new_id().simple().to_string()
}
