//! A time-stamp authority whose signatures openssl makes: for platforms that want trusted time (RFC 3161), and to verify what they keep.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::{Context as _, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio_util::sync::CancellationToken;
use xinyu_crypto::timestamp::StampAuthority;
use xinyu_http::server::{ServeOptions, serve};

/// An authority that serves.
pub struct TimeAuthority {
    /// Where it takes requests.
    pub url: String,
    folder: PathBuf,
    is_open: Arc<AtomicBool>,
}

#[derive(Clone)]
struct Desk {
    folder: PathBuf,
    is_open: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
}

impl TimeAuthority {
    /// Whether there is an openssl to sign with.
    #[must_use]
    pub fn is_possible() -> bool {
        Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success())
    }

    /// Makes a root and a signer in a folder, and serves until `stop`.
    ///
    /// # Errors
    /// If openssl fails, or nothing can be listened on.
    pub async fn start(folder: &Path, stop: CancellationToken) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("ts.cnf"), CONFIG)?;
        std::fs::write(folder.join("extensions"), "extendedKeyUsage=critical,timeStamping\n")?;
        let key =
            |name: &'static str| ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name];
        let root = ["-subj", "/O=Test/CN=Root", "-days", "3650", "-out", "root.pem"];
        run(folder, &[&["req", "-x509"], &key("root.key")[..], &root].concat())?;
        run(
            folder,
            &[&["req", "-new"], &key("tsa.key")[..], &["-subj", "/O=Test/CN=Time", "-out", "tsa.csr"]].concat(),
        )?;
        let sign = ["x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"];
        run(folder, &[&sign[..], &["-extfile", "extensions", "-days", "3650", "-out", "tsa.pem"]].concat())?;
        let is_open = Arc::new(AtomicBool::new(true));
        let desk = Desk { folder: folder.to_owned(), is_open: Arc::clone(&is_open), asked: Arc::default() };
        let router = Router::new().route("/", post(answer)).with_state(desk);
        let serving = serve(([127, 0, 0, 1], 0).into(), router, stop, ServeOptions::default()).await?;
        let url = format!("http://{}/", serving.address());
        tokio::spawn(serving.stopped());
        Ok(Self { url, folder: folder.to_owned(), is_open })
    }

    /// Lets it answer, or not.
    pub fn open(&self, is_open: bool) {
        self.is_open.store(is_open, Ordering::Relaxed);
    }

    /// The certificates that its time-stamps lead to.
    ///
    /// # Errors
    /// If the file is gone.
    pub fn trusted(&self) -> anyhow::Result<Vec<StampAuthority>> {
        Ok(StampAuthority::all_from_pem(&std::fs::read_to_string(self.root())?)?)
    }

    /// Where its root stands.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.folder.join("root.pem")
    }

    /// Whether openssl verifies a token over a file by this root.
    ///
    /// # Errors
    /// If it does not, with what it says.
    pub fn verify(&self, data: &Path, token: &Path) -> anyhow::Result<()> {
        let (data, token) = (data.display().to_string(), token.display().to_string());
        let verify = ["ts", "-verify", "-data", &data, "-in", &token, "-token_in", "-CAfile", "root.pem"];
        run(&self.folder, &verify).map(drop)
    }
}

async fn answer(State(desk): State<Desk>, query: Bytes) -> Response {
    if !desk.is_open.load(Ordering::Relaxed) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let number = desk.asked.fetch_add(1, Ordering::Relaxed);
    let signed = tokio::task::spawn_blocking(move || -> anyhow::Result<Vec<u8>> {
        let (query_path, reply) = (format!("query-{number}"), format!("reply-{number}"));
        std::fs::write(desk.folder.join(&query_path), &query)?;
        let sign = ["ts", "-reply", "-config", "ts.cnf", "-inkey", "tsa.key", "-signer", "tsa.pem"];
        run(&desk.folder, &[&sign[..], &["-queryfile", &query_path, "-out", &reply]].concat())?;
        Ok(std::fs::read(desk.folder.join(reply))?)
    });
    match signed.await {
        Ok(Ok(reply)) => ([(header::CONTENT_TYPE, "application/timestamp-reply")], reply).into_response(),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn run(folder: &Path, command: &[&str]) -> anyhow::Result<Output> {
    let output = Command::new("openssl").args(command).current_dir(folder).output().context("openssl")?;
    ensure!(output.status.success(), "openssl {command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output)
}

const CONFIG: &str = "
[tsa]
default_tsa = desk
[desk]
serial = serial
crypto_device = builtin
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
clock_precision_digits = 3
signer_digest = sha256
ess_cert_id_alg = sha256
";
