//! What is wrong with a token, a credential, a DID or a status list: precise for the log, stable for the wire.

use std::fmt;

use thiserror::Error;
use xinyu_protocol::text::Text;

use crate::token::TokenKind;

/// A claim that was compared with what the verifier expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Claim {
    /// `iss`, who signed.
    Issuer,
    /// `sub`, whom it is about.
    Subject,
    /// `aud`, whom it is for.
    Audience,
    /// `htm`, the method.
    Method,
    /// `htu`, path and query.
    Path,
    /// `dig`, the digest of the body.
    Body,
    /// `jti`, the exchange it belongs to.
    Exchange,
    /// `sts`, the status of the response.
    Status,
    /// `did`, which must be the did:web form of the address.
    Did,
    /// `participant.id`, which the connector id contains (NDI-TR-2025-04).
    Holder,
    /// `transfer`, in a grant.
    Transfer,
}

impl Claim {
    fn name(self) -> &'static str {
        match self {
            Self::Issuer => "iss",
            Self::Subject => "sub",
            Self::Audience => "aud",
            Self::Method => "htm",
            Self::Path => "htu",
            Self::Body => "dig",
            Self::Exchange => "jti",
            Self::Status => "sts",
            Self::Did => "did",
            Self::Holder => "participant.id",
            Self::Transfer => "transfer",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Issuer => "wrong-issuer",
            Self::Subject => "wrong-subject",
            Self::Audience => "wrong-audience",
            Self::Method => "wrong-method",
            Self::Path => "wrong-path",
            Self::Body => "body-changed",
            Self::Exchange => "wrong-exchange",
            Self::Status => "wrong-status",
            Self::Did => "wrong-did",
            Self::Holder => "wrong-participant",
            Self::Transfer => "wrong-transfer",
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why something that says who somebody is was not believed. It never contains a token, only claims and key ids.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IdentityError {
    /// Not a strict compact JWS.
    #[error("{token} is not a strict JWS: {reason}")]
    Malformed {
        /// What was read.
        token: TokenKind,
        /// What the parser said.
        reason: String,
    },
    /// The named key is none of the expected signer's.
    #[error("{token} names key {kid}, which its signer does not have")]
    UnknownKey {
        /// What was read.
        token: TokenKind,
        /// The key id found.
        kid: String,
    },
    /// A token of another kind.
    #[error("{token} is of another type: {reason}")]
    WrongType {
        /// What was expected.
        token: TokenKind,
        /// What was found.
        reason: String,
    },
    /// The signature is not the key's, or the algorithm is not.
    #[error("{token} is not validly signed: {reason}")]
    BadSignature {
        /// What was read.
        token: TokenKind,
        /// What the check said.
        reason: String,
    },
    /// A claim is missing, unknown, twice there or of the wrong type.
    #[error("claims of the {token} are not well-formed: {reason}")]
    BadClaims {
        /// What was read.
        token: TokenKind,
        /// Which claim, and why.
        reason: String,
    },
    /// A claim has another value than the exchange.
    #[error("{token} has {claim} {found} where {expected} is expected")]
    Mismatch {
        /// What was read.
        token: TokenKind,
        /// The claim.
        claim: Claim,
        /// What the verifier knows.
        expected: String,
        /// What the token says.
        found: String,
    },
    /// It starts to be valid later.
    #[error("{token} is not valid before {from} (seconds since 1970)")]
    NotYetValid {
        /// What was read.
        token: TokenKind,
        /// `nbf` or `iat`.
        from: i64,
    },
    /// It is no longer valid.
    #[error("{token} expired at {at} (seconds since 1970)")]
    Expired {
        /// What was read.
        token: TokenKind,
        /// `exp`.
        at: i64,
    },
    /// It is made to live longer than its kind may, or to end before it begins.
    #[error("{token} is made to live {seconds} s where 1 to {most} s are allowed")]
    Lifetime {
        /// What was read.
        token: TokenKind,
        /// `exp` less `iat`.
        seconds: i64,
        /// The most its kind may live.
        most: i64,
    },
    /// Not a did:web that we can use.
    #[error("{did} is not a usable did:web: {reason}")]
    BadDid {
        /// What was read.
        did: String,
        /// Why not.
        reason: String,
    },
    /// Not a DID document of the expected subject.
    #[error("did document of {did} is not usable: {reason}")]
    BadDidDocument {
        /// Whose it should be.
        did: String,
        /// Why not.
        reason: String,
    },
    /// Not an encoded status list, or an index outside it.
    #[error("status list is not usable: {reason}")]
    BadStatusList {
        /// Why not.
        reason: String,
    },
}

impl IdentityError {
    /// Stable code in kebab case, for problem documents, evidence and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed-token",
            Self::UnknownKey { .. } => "unknown-key",
            Self::WrongType { .. } => "wrong-type",
            Self::BadSignature { .. } => "bad-signature",
            Self::BadClaims { .. } => "bad-claims",
            Self::Mismatch { claim, .. } => claim.code(),
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::Expired { .. } => "expired",
            Self::Lifetime { .. } => "bad-lifetime",
            Self::BadDid { .. } => "bad-did",
            Self::BadDidDocument { .. } => "bad-did-document",
            Self::BadStatusList { .. } => "bad-status-list",
        }
    }

    /// The same in both languages, for people.
    #[must_use]
    pub fn text(&self) -> Text {
        let zh = match self {
            Self::Malformed { token, reason } => format!("{}不是规范的 JWS：{reason}", token.zh()),
            Self::UnknownKey { token, kid } => format!("{}所用密钥 {kid} 不属于签发者", token.zh()),
            Self::WrongType { token, reason } => format!("{}的类型不符：{reason}", token.zh()),
            Self::BadSignature { token, reason } => format!("{}签名无效：{reason}", token.zh()),
            Self::BadClaims { token, reason } => format!("{}的声明不合规：{reason}", token.zh()),
            Self::Mismatch { token, claim, expected, found } => {
                format!("{}的 {claim} 为 {found}，应为 {expected}", token.zh())
            }
            Self::NotYetValid { token, from } => format!("{}尚未生效（{from}）", token.zh()),
            Self::Expired { token, at } => format!("{}已过期（{at}）", token.zh()),
            Self::Lifetime { token, seconds, most } => {
                format!("{}有效期 {seconds} 秒，允许 1 至 {most} 秒", token.zh())
            }
            Self::BadDid { did, reason } => format!("{did} 不是可用的 did:web：{reason}"),
            Self::BadDidDocument { did, reason } => format!("{did} 的 DID 文档不可用：{reason}"),
            Self::BadStatusList { reason } => format!("状态列表不可用：{reason}"),
        };
        Text::new(zh, self.to_string())
    }
}
