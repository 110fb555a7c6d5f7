//! This connector as a device: what it is, what it can do, which program runs, and that it tells its platform so at every start.
//! NDI-TR-2025-03 tables 10 and 11; NDI-TR-2025-05 §6, §8 c (integrity of the program at start).

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use xinyu_core::fault::Rejection;
use xinyu_crypto::Suite;
use xinyu_http::json::StrictJson;
use xinyu_identity::credential::Credential;
use xinyu_protocol::api::device::{AttachmentInfo, DeviceInfo, NewAttachment, Resolution};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::connector::{
    AddressReport, AttachmentUpload, Capabilities, Declaration, DeclarationAnswer, Heartbeat, HeartbeatAnswer, Lacking,
    STANDARD as BASE,
};
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_store::Topic;

use crate::app::Connector;
use crate::{health, platform};

const DIGEST: &str = "device/binary_digest";
const LACKING: &str = "device/lacking";
/// How often a connector beats. TC609-6-2025-11 §7.2.2 g.
const BEAT: Duration = Duration::from_secs(5);

/// How long an answer to a beat is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The program that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its version.
    pub version: String,
    /// SHA-256 of its file.
    pub digest: String,
    /// SHA-256 of the file that ran before, if it was another one.
    pub previous: Option<String>,
    /// Since when it runs.
    pub started_at: Timestamp,
}

/// What this program can do.
#[must_use]
pub fn capabilities() -> Capabilities {
    let words = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect();
    let mut abilities: Vec<String> = words(&BASE);
    abilities.extend(words(&["resource", "product", "contract", "catalog", "usage_control"]));
    Capabilities {
        abilities,
        protocols: words(&["tc609", "dsp-2025-1"]),
        suites: Suite::ALL.iter().map(ToString::to_string).collect(),
    }
}

/// Takes the digest of the running program and compares it with that of the last start: another one is told in the log and to the platform.
///
/// # Errors
/// If the program's file cannot be read, or the store fails.
pub async fn inspect(connector: &Connector) -> Result<Program, Failure> {
    let digest = tokio::task::spawn_blocking(|| {
        let path = std::env::current_exe()?;
        let mut file = std::fs::File::open(path)?;
        let mut hasher = Suite::Intl.hasher();
        let mut buffer = vec![0; 1 << 20];
        loop {
            let read = std::io::Read::read(&mut file, &mut buffer)?;
            match buffer.get(..read) {
                Some(piece) if !piece.is_empty() => hasher.update(piece),
                _ => return Ok::<_, std::io::Error>(hasher.finalize().to_string()),
            }
        }
    });
    let digest = digest.await.map_err(Failure::broken)?.map_err(Failure::broken)?;
    compare(connector, digest).await
}

async fn compare(connector: &Connector, digest: String) -> Result<Program, Failure> {
    let now = digest.clone();
    let before = connector.node.store.write("device.inspect", move |tx| {
        Box::pin(async move {
            let before = xinyu_store::setting::find(tx, DIGEST).await?;
            xinyu_store::setting::set(tx, DIGEST, &now).await?;
            Ok::<_, Failure>(before)
        })
    });
    let previous = before.await?.filter(|before| *before != digest);
    if let Some(before) = &previous {
        tracing::warn!(%before, %digest, "the program is another one than at the last start: {before} then, {digest} now");
    }
    let started_at = connector.node.store.clock().now();
    Ok(Program { version: env!("CARGO_PKG_VERSION").to_owned(), digest, previous, started_at })
}

/// Declares, reports a new address, and beats, until the node stops. Nothing is said before the connector is admitted.
pub async fn run(connector: Connector) {
    let program = match inspect(&connector).await {
        Ok(program) => program,
        Err(error) => {
            tracing::error!(%error, "the running program cannot be inspected: no heartbeat is sent");
            return;
        }
    };
    let mut wake = connector.node.store.signals().subscribe(Topic::Participant);
    let mut is_declared = false;
    let mut pause = Duration::ZERO;
    loop {
        tokio::select! {
            () = connector.node.stopping() => return,
            () = tokio::time::sleep(pause) => {}
            // The admission need not wait for the next tick.
            _ = wake.wait(), if !is_declared => {}
        }
        pause = pace(&connector);
        let is_admitted = connector.node.identity().is_some_and(|identity| identity.credential.is_some());
        if !is_admitted {
            continue;
        }
        if !is_declared {
            is_declared = told(declare(&connector, &program).await, "declaration");
        }
        let beaten = tokio::time::timeout(PATIENCE, beat(&connector, &program)).await;
        if beaten.is_ok_and(|beaten| told(beaten, "heartbeat")) {
            health::heard(&connector).await;
        } else {
            health::unheard(&connector).await;
        }
    }
}

/// How long until the next beat: one that is lost is made good before a space's longest silence is over.
fn pace(connector: &Connector) -> Duration {
    health::shortest(connector).map_or(BEAT, |silence| BEAT.min(Duration::from_secs(silence) / 3))
}

fn told(outcome: Result<(), Failure>, what: &str) -> bool {
    if let Err(error) = &outcome {
        tracing::debug!(%error, "the platform did not take the {what}, the next one follows");
    }
    outcome.is_ok()
}

async fn declare(connector: &Connector, program: &Program) -> Result<(), Failure> {
    let node = &connector.node;
    let declaration = Declaration {
        device: connector.options.device.clone(),
        capabilities: capabilities(),
        version: program.version.clone(),
        binary_digest: program.digest.clone(),
        previous_digest: program.previous.clone(),
    };
    let answer: DeclarationAnswer = platform::ask(node, "/tc609/connectorDeclaration", &declaration).await?;
    if !answer.lacking.is_empty() {
        tracing::warn!(lacking = ?answer.lacking, "spaces ask for what this connector lacks");
    }
    let lacking = serde_json::to_string(&answer.lacking).map_err(Failure::broken)?;
    node.store
        .write("device.declared", move |tx| {
            Box::pin(async move { xinyu_store::setting::set(tx, LACKING, &lacking).await.map_err(Failure::from) })
        })
        .await?;
    if credential_address(connector).is_some_and(|address| address != node.address) {
        let report = AddressReport { address: node.address.clone() };
        let _: Status = platform::ask(node, "/tc609/addressReport", &report).await?;
    }
    Ok(())
}

/// Where our credential says that we are.
fn credential_address(connector: &Connector) -> Option<String> {
    let node = &connector.node;
    let credential = node.identity()?.credential?;
    let now = node.store.clock().now();
    Some(Credential::verify(&credential, &node.platform.keys, &node.platform.id, now).ok()?.address)
}

async fn beat(connector: &Connector, program: &Program) -> Result<(), Failure> {
    let beat = Heartbeat {
        version: program.version.clone(),
        binary_digest: program.digest.clone(),
        address: connector.node.address.clone(),
        started_at: program.started_at,
    };
    let answer: HeartbeatAnswer = platform::ask(&connector.node, "/tc609/heartbeat", &beat).await?;
    crate::policy_record::set::heard(connector, answer.policy_sets).await
}

/// `POST /tc609/addressCheck`, by the platform: that we answer, with our proof, is what it wants to know.
///
/// # Errors
/// If somebody else asks, or for another address.
pub async fn check_address(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let asked: AddressReport = call.parse()?;
    if asked.address != connector.node.address {
        return Err(Rejection::conflict(
            "other-address",
            format!("本连接器的地址是 {}", connector.node.address),
            format!("this connector is at {}", connector.node.address),
        )
        .into());
    }
    Answer::json(200, &Status::done())
}

/// `GET /api/v1/device`.
///
/// # Errors
/// If the store fails.
pub async fn show(State(connector): State<Connector>, _: Person) -> Result<Json<DeviceInfo>, Failure> {
    let node = Arc::clone(&connector.node);
    let found = node.store.read("device.show", |tx| {
        Box::pin(async move {
            let digest = xinyu_store::setting::find(tx, DIGEST).await?;
            let lacking = xinyu_store::setting::find(tx, LACKING).await?;
            Ok::<_, Failure>((digest, lacking))
        })
    });
    let (digest, lacking) = found.await?;
    let lacking: Option<Vec<Lacking>> =
        lacking.map(|text| serde_json::from_str(&text)).transpose().map_err(Failure::broken)?;
    Ok(Json(DeviceInfo {
        device: connector.options.device.clone(),
        capabilities: capabilities(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        binary_digest: digest.unwrap_or_default(),
        is_declared: lacking.is_some(),
        lacking: lacking.unwrap_or_default(),
        heard_at: connector.health.look().heard_at,
        unfit: health::unfit(&connector),
    }))
}

/// `POST /api/v1/attachments`: hands a document to the platform.
///
/// # Errors
/// What the platform says.
pub async fn attach(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<NewAttachment>,
) -> Result<Json<AttachmentInfo>, Failure> {
    let new = body.value;
    if STANDARD.decode(&new.content).is_err() {
        return Err(Rejection::bad("attachment", "附件内容不是 base64", "the content is no base64").into());
    }
    let upload = AttachmentUpload {
        kind: new.kind,
        name: new.name,
        issue_org: new.issue_org,
        expire_date: new.expire_date,
        content: new.content,
    };
    platform::ask(&connector.node, "/tc609/attachment", &upload).await.map(Json)
}

/// `GET /api/v1/identifiers/{code}`: the platform is asked where the thing is.
///
/// # Errors
/// What the platform says.
pub async fn resolve(
    State(connector): State<Connector>,
    Path(code): Path<String>,
    _: Person,
) -> Result<Json<Resolution>, Failure> {
    let question = serde_json::json!({ "code": code });
    platform::ask(&connector.node, "/tc609/identifier", &question).await.map(Json)
}
