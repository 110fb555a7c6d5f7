//! EDC, the Dataspace Protocol connector of another maker, as a partner: a Java process of its own, driven through its management API.
//!
//! It stands for every connector that knows nothing of us. Participants are known by plain names and prove nothing
//! (`token.rs` says what goes over the wire); data is pulled over HTTP with the token of a started transfer. Everything listens on the
//! loopback address and lives in memory.

mod catalog;
mod management;
mod negotiation;
mod provision;
mod settings;
mod token;
mod transfer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::time::{MissedTickBehavior, interval, timeout};

pub use catalog::Offer;
pub use token::token;
pub use transfer::DataAddress;

use settings::Ports;

/// EDC is up within five seconds on an idle machine, and gets a minute.
const PATIENCE_TO_START: Duration = Duration::from_secs(60);
/// What a partner does takes EDC seconds with its own settings: every step waits for the next turn of a loop.
const PATIENCE_TO_ACT: Duration = Duration::from_secs(60);
/// EDC gives no signal to those outside; it is asked this often.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// EDC's main class.
const MAIN: &str = "org.eclipse.edc.boot.system.runtime.BaseRuntime";

/// What an EDC is started with.
pub struct EdcOptions {
    /// The jars, as `cargo xtask java edc` prints them.
    pub classpath: String,
    /// Where its settings and its log go.
    pub folder: PathBuf,
    /// Its name in the data space; any text but a term of the contexts on the wire, such as `edc`, which no agreement could name.
    pub participant_id: String,
    /// How long its state machines rest when they find nothing to do; EDC's own value is 1000. With a short rest two EDCs sometimes fail
    /// with each other: one verifies an agreement before the other has stored that it was delivered, and takes the 409 as final.
    pub poll_millis: Option<u64>,
    /// The base that it tells partners to call it back at, without the version's path; its own address if not given. With another a proxy
    /// can listen to what partners say.
    pub callback_url: Option<String>,
    /// Whether it knows partners by their credentials; it shows plain names otherwise.
    pub claims: Option<EdcClaims>,
}

/// What an EDC that knows partners by credentials is told. Its name is a DID then.
pub struct EdcClaims {
    /// Where its wallet gives it tokens.
    pub token_url: String,
    /// What it shows there.
    pub secret: String,
    /// The issuer that it believes, a DID.
    pub trusted_issuer: String,
}

/// A running EDC; it ends when this is dropped.
pub struct Edc {
    child: Child,
    ports: Ports,
    participant_id: String,
    client: reqwest::Client,
}

/// Somebody that EDC talks with.
#[derive(Clone, Debug)]
pub struct Partner {
    /// What must stand as `clientId` in the partner's tokens, and as assigner or assignee in its agreements.
    pub participant_id: String,
    /// Its Dataspace Protocol address with the version's path, without a slash at the end.
    pub protocol_url: String,
}

impl Edc {
    /// Starts it and waits until it says that it is ready.
    ///
    /// # Errors
    ///
    /// There is no java, EDC ends at once or is not ready in time; its log has more.
    pub async fn start(options: EdcOptions) -> anyhow::Result<Edc> {
        let ports = Ports::free()?;
        std::fs::create_dir_all(&options.folder)?;
        let path = |end: &str| options.folder.join(format!("{}.{end}", options.participant_id));
        std::fs::write(path("properties"), settings::text(&options, &ports))?;
        let log = File::create(path("log"))?;
        let mut java = Command::new("java");
        java.arg(format!("-Dedc.fs.config={}", path("properties").display()));
        java.args(["-cp", &options.classpath, MAIN]);
        java.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = java.spawn().context("java does not start")?;
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE_TO_ACT).build()?;
        let mut edc = Edc { child, ports, participant_id: options.participant_id.clone(), client };
        edc.ready(&path("log"))
            .await
            .with_context(|| format!("EDC {}, see {}", options.participant_id, path("log").display()))?;
        Ok(edc)
    }

    /// How others find it.
    #[must_use]
    pub fn partner(&self) -> Partner {
        Partner { participant_id: self.participant_id.clone(), protocol_url: format!("{}/2025-1", self.root_url()) }
    }

    /// Where `/.well-known/dspace-version` is found.
    #[must_use]
    pub fn root_url(&self) -> String {
        self.ports.root_url()
    }

    /// The process, for those who measure it.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// EDC's probe of readiness answers before its other interfaces do; its log says when all are there.
    async fn ready(&mut self, log: &Path) -> anyhow::Result<()> {
        let looking = async {
            let mut looks = looks();
            loop {
                looks.tick().await;
                if let Some(status) = self.child.try_wait()? {
                    bail!("it ended with {status}");
                }
                let said = String::from_utf8_lossy(&std::fs::read(log)?).into_owned();
                if said.lines().any(|line| line.contains("Runtime") && line.contains(" ready")) {
                    return Ok(());
                }
            }
        };
        timeout(PATIENCE_TO_START, looking).await.context("it is not ready in time")?
    }
}

impl Drop for Edc {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ticks to ask EDC at.
fn looks() -> tokio::time::Interval {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks
}
