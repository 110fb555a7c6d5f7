//! Answers to the challenges of a login, signed with a key of one's own: for the commands that log in so, and for `xinyu key`, which works off-line for
//! whoever logs in on a page. A text that names another node than the one that is meant is not signed: whoever passed it on would log in there.
//! NDI-TR-2025-03 §7.1.4.2, §7.1.4.3.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Subcommand;
use url::Url;
use xinyu_core::user::statement::node_of;
use xinyu_crypto::HolderKey;
use xinyu_crypto::x509::CertificateKey;
use xinyu_identity::HolderDid;
use zeroize::Zeroizing;

use crate::output::{Context, Failed};

/// What can be done with a private key, off-line.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 对标准输入中的登录挑战签名：默认为证书登录的签名，--did 则为 DID 登录的 JWS / signs a challenge of a login that stands on standard input.
    Sign {
        /// 私钥（PKCS#8 PEM） / the private key, PKCS#8 in PEM.
        #[arg(long)]
        private_key: PathBuf,
        /// 要登录的节点地址；挑战指明其他节点则拒绝签名 / where to log in; a challenge of another node is not signed.
        #[arg(long)]
        signs_for: Url,
        /// DID：did:web:…#密钥名 或 did:jwk:…；省略冒号后内容的 did:jwk 表示由该私钥得出 / the DID; `did:jwk` alone is that of the key.
        #[arg(long)]
        did: Option<String>,
    },
    /// 显示私钥对应的 did:jwk / the did:jwk of a private key.
    Did {
        /// 私钥（PKCS#8 PEM） / the private key, PKCS#8 in PEM.
        #[arg(long)]
        private_key: PathBuf,
    },
}

/// Runs a verb.
pub(crate) fn run(context: &Context, verb: &Verb) -> Result<(), Failed> {
    match verb {
        Verb::Sign { private_key, signs_for, did } => {
            let mut text = String::new();
            std::io::stdin().take(MAX_TEXT).read_to_string(&mut text)?;
            let (text, node) = (text.trim_end_matches(['\r', '\n']), signs_for.as_str());
            let answer = match did {
                Some(did) => Signer::did(private_key, did).and_then(|signer| signer.answer(text, node)),
                None => Signer::certificate(private_key).and_then(|signer| signer.answer(text, node)),
            };
            context.print(answer?);
            Ok(())
        }
        Verb::Did { private_key } => {
            let key = HolderKey::from_pem(&read(private_key)?).with_context(|| private_key.display().to_string())?;
            context.print(key.did_jwk());
            Ok(())
        }
    }
}

/// A challenge is a line.
const MAX_TEXT: u64 = 4096;

/// Whoever signs.
pub(crate) enum Signer {
    /// With the key of a certificate.
    Certificate(CertificateKey),
    /// With a key of a DID, by its name.
    Did {
        /// The DID.
        did: String,
        /// The name of the key.
        kid: String,
        /// The key.
        key: HolderKey,
    },
}

impl Signer {
    /// The key of a certificate in a file.
    pub(crate) fn certificate(private_key: &Path) -> anyhow::Result<Self> {
        let key = CertificateKey::from_pem(&read(private_key)?).with_context(|| private_key.display().to_string())?;
        Ok(Self::Certificate(key))
    }

    /// The key of a DID in a file.
    pub(crate) fn did(private_key: &Path, did: &str) -> anyhow::Result<Self> {
        let key = HolderKey::from_pem(&read(private_key)?).with_context(|| private_key.display().to_string())?;
        if did == "did:jwk" {
            let did = key.did_jwk();
            return Ok(Self::Did { kid: format!("{did}#0"), did, key });
        }
        let (name, fragment) = did.split_once('#').map_or((did, None), |(name, fragment)| (name, Some(fragment)));
        let kid = match (HolderDid::parse(name)?, fragment) {
            (HolderDid::Jwk(_), _) => format!("{name}#0"),
            (HolderDid::Web(_), Some(fragment)) => format!("{name}#{fragment}"),
            (HolderDid::Web(_), None) => {
                bail!("did:web 须写明密钥名，如 {name}#key-1 / name the key of a did:web, such as {name}#key-1")
            }
        };
        Ok(Self::Did { did: name.to_owned(), kid, key })
    }

    /// The DID, if it is one.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Certificate(_) => None,
            Self::Did { did, .. } => Some(did),
        }
    }

    /// The answer to a challenge of `node`.
    pub(crate) fn answer(&self, text: &str, node: &str) -> anyhow::Result<String> {
        let Some(named) = node_of(text) else {
            bail!("这不是登录挑战 / this is no challenge of a login");
        };
        if named.trim_end_matches('/') != node.trim_end_matches('/') {
            bail!(
                "挑战来自 {named}，而不是 {node}，不予签名 / the challenge is of {named} and not of {node}, and is not signed (--signs-for)"
            );
        }
        Ok(match self {
            Self::Certificate(key) => STANDARD.encode(key.sign_der(text.as_bytes())?),
            Self::Did { kid, key, .. } => key.sign_jws("JWT", kid, text.as_bytes()),
        })
    }
}

fn read(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    std::fs::read_to_string(path).map(Zeroizing::new).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n";
    const TEXT: &str =
        "xinyu-login/1 node=https://space.example purpose=login method=did nonce=ab time=2026-11-26T03:10:00Z";

    #[test]
    fn a_challenge_of_another_node_is_not_signed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        std::fs::write(&path, KEY).unwrap();
        let signer = Signer::did(&path, "did:jwk").unwrap();
        signer.answer(TEXT, "https://space.example/").unwrap();
        for (text, node) in [
            (TEXT, "https://other.example"),
            (TEXT, "https://space.example.evil"),
            ("pay 7 to somebody", "https://space.example"),
        ] {
            assert!(signer.answer(text, node).is_err(), "{text} for {node}");
        }
        assert!(Signer::did(&path, "did:web:a.example").is_err(), "which key?");
        assert!(Signer::did(&path, "did:web:a.example#k").is_ok());
        assert!(Signer::certificate(&path).is_err(), "an Ed25519 key is in no certificate here");
    }
}
