//! A stand-in for an authority (公安, 税务, 市场监管, 社保, bank): it knows one register, checks who asks, and answers right, wrong, slowly or brokenly, as it
//! is told. A real one is a configuration.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use xinyu_core::verification::Patience;
use xinyu_crypto::{PublicKey, SigningKey, Suite};
use xinyu_platform::verification::authority::Authority;
use xinyu_protocol::tc609::verification::{
    AuthorityKind, DONE, Finding, Headers, MSGCODE, MSGVERSION, Question, Reply, SEQUENCE_NUM, SIGN_VALUE, TIMESTAMP,
};

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// By its register.
    Right,
    /// Later than anybody waits.
    Slow,
    /// Signed by somebody else.
    Forged,
    /// Something that is no answer.
    Broken,
    /// That it is out of order.
    OutOfOrder,
    /// To another question.
    Replayed,
    /// That it does not take the question.
    Refusing,
}

/// An authority that runs until it is dropped.
pub struct Stand {
    /// Where it takes questions.
    pub address: String,
    state: Arc<Register>,
    _guard: DropGuard,
}

struct Register {
    key: SigningKey,
    stranger: SigningKey,
    asker: Mutex<Option<PublicKey>>,
    manner: Mutex<Manner>,
    known: BTreeMap<String, String>,
    asked: AtomicU32,
    seen: Mutex<Vec<String>>,
}

impl Stand {
    /// Starts one that knows these fields.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(known: &[(&str, &str)]) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let address = format!("http://{}/verify", listener.local_addr()?);
        let mut rng = xinyu_shell::keys::entropy()?;
        let state = Arc::new(Register {
            key: SigningKey::generate(Suite::Sm, &mut rng),
            stranger: SigningKey::generate(Suite::Sm, &mut rng),
            asker: Mutex::new(None),
            manner: Mutex::new(Manner::Right),
            known: known.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
            asked: AtomicU32::new(0),
            seen: Mutex::default(),
        });
        let stop = CancellationToken::new();
        let routes = Router::new().route("/verify", post(answer)).with_state(Arc::clone(&state));
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, routes).with_graceful_shutdown(stopped).await });
        Ok(Self { address, state, _guard: stop.drop_guard() })
    }

    /// As a platform configures it.
    #[must_use]
    pub fn configured(&self, kind: AuthorityKind) -> Authority {
        Authority {
            kind,
            address: self.address.clone(),
            key: self.state.key.public(),
            timeout: Duration::from_millis(300),
            patience: Patience { attempts: 3, backoff: SignedDuration::from_millis(20) },
        }
    }

    /// Whose questions it takes.
    pub fn trust(&self, asker: PublicKey) {
        *self.state.asker.lock().unwrap_or_else(PoisonError::into_inner) = Some(asker);
    }

    /// How it answers from now on.
    pub fn behave(&self, manner: Manner) {
        *self.state.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> u32 {
        self.state.asked.load(Ordering::SeqCst)
    }
}

async fn answer(State(register): State<Arc<Register>>, headers: HeaderMap, body: Bytes) -> Response {
    register.asked.fetch_add(1, Ordering::SeqCst);
    let manner = *register.manner.lock().unwrap_or_else(PoisonError::into_inner);
    if manner == Manner::Slow {
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    match reply(&register, &headers, &body, manner) {
        Ok(response) => response,
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error:#}")).into_response(),
    }
}

fn reply(register: &Register, headers: &HeaderMap, body: &[u8], manner: Manner) -> anyhow::Result<Response> {
    let header = |name: &str| -> anyhow::Result<&str> {
        headers.get(name).and_then(|value| value.to_str().ok()).with_context(|| format!("{name} is missing"))
    };
    let asked = Headers {
        code: header(MSGCODE)?.to_owned(),
        version: header(MSGVERSION)?.to_owned(),
        timestamp: header(TIMESTAMP)?.parse()?,
        sequence: header(SEQUENCE_NUM)?.to_owned(),
    };
    let signature = URL_SAFE_NO_PAD.decode(header(SIGN_VALUE)?)?;
    let asker = register.asker.lock().unwrap_or_else(PoisonError::into_inner).clone();
    asker.context("nobody is trusted")?.verify(&asked.signed(body), &signature)?;
    {
        let mut seen = register.seen.lock().unwrap_or_else(PoisonError::into_inner);
        anyhow::ensure!(!seen.contains(&asked.sequence), "sequenceNum was used before");
        seen.push(asked.sequence.clone());
    }
    let question: Question = serde_json::from_slice(body)?;
    let differing: Vec<String> = question
        .subject
        .iter()
        .filter(|(name, value)| register.known.get(*name) != Some(value))
        .map(|(name, _)| name.clone())
        .collect();
    let found = Reply {
        code: DONE.to_owned(),
        message: String::new(),
        data: Some(Finding { is_match: differing.is_empty(), differing }),
    };
    let reply = match manner {
        Manner::OutOfOrder => Reply { code: "100001".to_owned(), message: "busy".to_owned(), data: None },
        Manner::Refusing => Reply { code: "202002".to_owned(), message: "format".to_owned(), data: None },
        _ => found,
    };
    let bytes = match manner {
        Manner::Broken => b"<html>502</html>".to_vec(),
        _ => serde_json::to_vec(&reply)?,
    };
    let answered = Headers {
        timestamp: Timestamp::from_millisecond(asked.timestamp)?.as_millisecond(),
        sequence: if manner == Manner::Replayed { "0".repeat(32) } else { asked.sequence.clone() },
        ..asked
    };
    let key = if manner == Manner::Forged { &register.stranger } else { &register.key };
    let shown = URL_SAFE_NO_PAD.encode(key.sign(&answered.signed(&bytes)));
    let head = [
        (MSGCODE, answered.code.clone()),
        (MSGVERSION, answered.version.clone()),
        (TIMESTAMP, answered.timestamp.to_string()),
        (SEQUENCE_NUM, answered.sequence.clone()),
        (SIGN_VALUE, shown),
    ];
    Ok((head, bytes).into_response())
}
