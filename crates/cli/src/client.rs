//! The management API of one node, logged in: for the commands that ask it, and for the demo. A refusal is told in one line, with its clause and what to
//! do next.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use futures::stream::{BoxStream, StreamExt as _};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use url::Url;
use xinyu_http::{ApiClient, ApiError};
use xinyu_protocol::api::login::{CertificateLogin, Challenge, DidLogin};
use xinyu_protocol::api::{LiveEvent, Login, Session};
use xinyu_protocol::json::{Limits, parse};
use xinyu_protocol::problem::Problem;

use crate::output::{Context, Failed};
use crate::signing::Signer;

/// How often to look again, and for how long.
const PAUSE: Duration = Duration::from_millis(15);
const PATIENCE: Duration = Duration::from_secs(60);

/// What is asked of a node, and as whom.
#[derive(Debug, Args)]
pub(crate) struct Asked<V: Subcommand> {
    #[command(flatten)]
    pub access: Access,
    #[command(subcommand)]
    pub verb: V,
}

/// Which node, and as whom.
#[derive(Clone, Debug, Args)]
pub(crate) struct Access {
    /// 节点地址 / base URL of the node.
    #[arg(long, env = "XINYU_NODE", default_value = "http://127.0.0.1:7710", global = true)]
    node: Url,
    /// 用户名 / user name.
    #[arg(long, default_value = "admin", global = true)]
    user: String,
    /// 密码文件 / the file that holds the password.
    #[arg(long, env = "XINYU_PASSWORD_FILE", global = true)]
    password_file: Option<PathBuf>,
    /// 动态口令或恢复码 / the one-time code of the second factor, or a recovery code.
    #[arg(long, global = true)]
    code: Option<String>,
    /// 用证书登录：证书（PEM） / logs in with a certificate, in PEM.
    #[arg(long, global = true, requires = "login_key", conflicts_with = "login_did")]
    login_certificate: Option<PathBuf>,
    /// 用 DID 登录：did:web:…#密钥名、did:jwk:…，或 did:jwk（由私钥得出） / logs in with a DID.
    #[arg(long, global = true, requires = "login_key")]
    login_did: Option<String>,
    /// 证书或 DID 的私钥（PKCS#8 PEM） / the private key of either.
    #[arg(long, global = true)]
    login_key: Option<PathBuf>,
    /// 节点的公布地址，默认同 --node；登录挑战指明其他节点则拒绝签名 / the node's public address; a challenge of another is not signed.
    #[arg(long, global = true)]
    signs_for: Option<Url>,
}

/// How to log in.
enum Means {
    Password(String),
    Certificate { certificate: String, signer: Signer },
    Did(Signer),
}

impl Access {
    /// Logs in.
    pub(crate) async fn login(&self) -> anyhow::Result<Client> {
        let address = self.node.as_str().trim_end_matches('/');
        let code = self.code.clone();
        let (method, signer, certificate) = match self.means()? {
            Means::Password(password) => {
                return Client::login_with(address, &self.user, &password, code.as_deref()).await;
            }
            Means::Certificate { certificate, signer } => ("certificate", signer, certificate),
            Means::Did(signer) => ("did", signer, String::new()),
        };
        let api = ApiClient::new(address.parse()?)?;
        let at = || format!("login at {address}");
        let path = format!("/api/v1/login/{method}");
        let asked: Challenge = api.post(&format!("{path}/challenge"), &Value::Null).await.with_context(at)?;
        let (challenge_id, answer) = (asked.challenge_id, signer.answer(&asked.text, self.signs_for())?);
        let session: Session = match signer.name() {
            None => {
                let body = CertificateLogin { challenge_id, certificate, signature: answer, code };
                api.post(&path, &body).await.with_context(at)?
            }
            Some(did) => {
                let body = DidLogin { challenge_id, did: did.to_owned(), jws: answer, code };
                api.post(&path, &body).await.with_context(at)?
            }
        };
        Ok(Client { api: api.with_session(session.token), address: address.to_owned() })
    }

    /// The node that a challenge must name to be signed.
    pub(crate) fn signs_for(&self) -> &str {
        self.signs_for.as_ref().unwrap_or(&self.node).as_str()
    }

    fn means(&self) -> anyhow::Result<Means> {
        let Some(key) = &self.login_key else {
            return self.password().map(Means::Password);
        };
        match (&self.login_certificate, &self.login_did) {
            (Some(path), _) => {
                let certificate = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
                Ok(Means::Certificate { certificate, signer: Signer::certificate(key)? })
            }
            (None, Some(did)) => Ok(Means::Did(Signer::did(key, did)?)),
            (None, None) => bail!(
                "--login-key 须与 --login-certificate 或 --login-did 同用 / --login-key goes with one of --login-certificate and --login-did"
            ),
        }
    }

    pub(crate) fn password(&self) -> anyhow::Result<String> {
        let Some(path) = &self.password_file else {
            bail!("no password: name its file by --password-file or XINYU_PASSWORD_FILE");
        };
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        Ok(text.trim().to_owned())
    }
}

/// Does something as somebody who is logged in, and logs out.
pub(crate) fn ask<T>(
    context: &Context,
    access: &Access,
    something: impl AsyncFnOnce(&Client) -> anyhow::Result<T>,
) -> Result<T, Failed> {
    access.means().map_err(|error| Failed::usage(format!("{error:#}")))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = access.login().await.map_err(|error| refused(context, &error))?;
        let outcome = something(&client).await;
        // A session that stays behind ends by itself.
        let _ = client.post::<_, IgnoredAny>("/api/v1/logout", &Value::Null).await;
        outcome.map_err(|error| refused(context, &error))
    })
}

/// Why something was not done, in one line.
pub(crate) fn refused(context: &Context, error: &anyhow::Error) -> Failed {
    match error.chain().find_map(|cause| cause.downcast_ref::<ApiError>()) {
        // No problem document: whoever answers does not know this part of the management API.
        Some(ApiError::Problem(problem)) if problem.code == "http-status" && problem.status == 404 => {
            Failed::from(context.say(
                "该地址没有这个接口：它是连接器的地址吗？",
                "there is no such interface: is it the address of a connector?",
            ))
        }
        Some(ApiError::Problem(problem)) => Failed::from(told(context, problem)),
        Some(other @ ApiError::Unreachable { .. }) => {
            let next = context.say("请检查 --node 或 XINYU_NODE", "see --node or XINYU_NODE");
            Failed::from(format!("{other} ({next})"))
        }
        _ => Failed::from(format!("{error:#}")),
    }
}

fn told(context: &Context, problem: &Problem) -> String {
    let mut line = context.text(&problem.title).to_owned();
    if let Some(detail) = &problem.detail {
        line.push_str(context.say("：", ": "));
        line.push_str(context.text(detail));
    }
    if let Some(clause) = &problem.clause {
        line.push_str(&format!(" [{clause}]"));
    }
    if let Some(next) = &problem.next {
        line.push_str(context.say("。下一步：", ". Next: "));
        line.push_str(context.text(next));
    }
    line
}

/// JSON in a file that the user names.
pub(crate) fn read_json(path: &Path) -> Result<Value, Failed> {
    let bytes = std::fs::read(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))?;
    parse(&bytes, Limits::WIRE).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))
}

/// A client, logged in.
#[derive(Clone)]
pub(crate) struct Client {
    api: ApiClient,
    /// The node's base URL.
    pub address: String,
}

impl Client {
    /// Logs in.
    pub(crate) async fn login(address: &str, name: &str, password: &str) -> anyhow::Result<Self> {
        Self::login_with(address, name, password, None).await
    }

    /// Logs in, with the code of a second factor if there is one.
    async fn login_with(address: &str, name: &str, password: &str, code: Option<&str>) -> anyhow::Result<Self> {
        let api = ApiClient::new(address.parse()?)?;
        let login = Login {
            name: name.to_owned(),
            password: password.to_owned(),
            code: code.map(ToOwned::to_owned),
            captcha: None,
        };
        let session: Session =
            api.post("/api/v1/login", &login).await.with_context(|| format!("login at {address}"))?;
        Ok(Self { api: api.with_session(session.token), address: address.to_owned() })
    }

    /// Reads.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.api.get(path).await.with_context(|| format!("GET {}{path}", self.address))
    }

    /// Reads bytes.
    pub(crate) async fn bytes(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        self.api.get_bytes(path).await.with_context(|| format!("GET {}{path}", self.address))
    }

    /// Acts.
    pub(crate) async fn post<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> anyhow::Result<T> {
        self.api.post(path, body).await.with_context(|| format!("POST {}{path}", self.address))
    }

    /// The topics of what changes from now on, until the node ends it.
    pub(crate) async fn changes(&self) -> anyhow::Result<BoxStream<'static, String>> {
        let events = self.api.events("/api/v1/live").await.with_context(|| format!("live at {}", self.address))?;
        let topic = |event: Result<String, ApiError>| async move {
            let told: LiveEvent = serde_json::from_str(&event.ok()?).ok()?;
            Some(told.topic)
        };
        Ok(events.filter_map(topic).boxed())
    }

    /// Reads until what is read is so.
    pub(crate) async fn until<T: DeserializeOwned>(
        &self,
        path: &str,
        what: &str,
        is_so: impl Fn(&T) -> bool,
    ) -> anyhow::Result<T> {
        let waiting = async {
            loop {
                let found: T = self.get(path).await?;
                if is_so(&found) {
                    return Ok(found);
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => bail!("{what} did not happen within {} s (GET {}{path})", PATIENCE.as_secs(), self.address),
        }
    }
}

/// A text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}
