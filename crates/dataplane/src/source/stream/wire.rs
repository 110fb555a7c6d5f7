//! Connections to servers that speak no HTTP, through the same guard: the name is resolved and each address checked, and the connection goes to one that
//! was. A connection that is not encrypted wants a policy that allows `http`.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};
use xinyu_http::egress::GuardedResolver;
use xinyu_http::{EgressError, EgressPolicy};

use super::super::SourceError;

/// How long a server may take to answer.
pub(super) const WAIT: Duration = Duration::from_secs(30);
/// How long one address may take to let us connect.
const CONNECT: Duration = Duration::from_secs(5);

/// What is read from and written to.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

pub(super) type Wire = Box<dyn Duplex>;

/// Connects, if the policy allows it.
pub(super) async fn connect(
    host: &Host,
    port: u16,
    is_encrypted: bool,
    egress: &EgressPolicy,
) -> Result<Wire, SourceError> {
    let scheme = if is_encrypted { "https" } else { "http" };
    let url = Url::parse(&format!("{scheme}://{host}:{port}/")).map_err(|_| unreachable())?;
    egress.check(&url)?;
    let addresses = match host {
        Host::Ipv4(address) => vec![IpAddr::from(*address)],
        Host::Ipv6(address) => vec![IpAddr::from(*address)],
        Host::Domain(name) => resolved(name, egress).await?,
    };
    for address in addresses {
        if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT, TcpStream::connect((address, port))).await {
            // What is written is short, and waited for.
            let _ = stream.set_nodelay(true);
            return if is_encrypted { encrypted(host, stream).await } else { Ok(Box::new(stream)) };
        }
    }
    Err(unreachable())
}

async fn resolved(name: &str, egress: &EgressPolicy) -> Result<Vec<IpAddr>, SourceError> {
    GuardedResolver::new(egress.clone()).addresses(name).await.map_err(|error| {
        let refused = error.get_ref().and_then(|error| error.downcast_ref::<EgressError>());
        refused.map_or_else(unreachable, |refused| SourceError::Egress(refused.clone()))
    })
}

async fn encrypted(host: &Host, stream: TcpStream) -> Result<Wire, SourceError> {
    let untrusted = || SourceError::remote("服务器的证书不受信任", "the certificate of the server is not trusted");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(rustls::ConfigBuilder::with_platform_verifier)
        .map_err(|_| untrusted())?
        .with_no_client_auth();
    let name = match host {
        Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| untrusted())?,
        Host::Ipv4(address) => ServerName::from(IpAddr::from(*address)),
        Host::Ipv6(address) => ServerName::from(IpAddr::from(*address)),
    };
    let shaking = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let stream = tokio::time::timeout(WAIT, shaking).await.map_err(|_| late())?;
    match stream {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => {
            let fault = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
            Err(match fault {
                Some(rustls::Error::InvalidCertificate(_)) => untrusted(),
                _ => broken(),
            })
        }
    }
}

fn unreachable() -> SourceError {
    SourceError::remote("无法连接消息服务器", "the server of the stream cannot be reached")
}

pub(super) fn late() -> SourceError {
    SourceError::remote("消息服务器应答超时", "the server of the stream takes too long")
}

/// It ends, or says what cannot be understood.
pub(super) fn broken() -> SourceError {
    SourceError::remote("消息服务器的应答中断或无法识别", "the server of the stream breaks off or cannot be understood")
}

/// Neither name nor password is told.
pub(super) fn denied() -> SourceError {
    SourceError::remote("消息服务器拒绝该账号读取", "the server of the stream does not let this account read")
}
