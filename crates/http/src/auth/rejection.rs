//! Why a peer's request is not taken, and what it is told.

use axum::http::HeaderValue;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use thiserror::Error;
use uuid::Uuid;
use xinyu_identity::IdentityError;
use xinyu_protocol::id::PartyId;
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::problem::ProblemResponse;

/// The peer's fault, all but [`Rejection::Forgotten`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejection {
    /// A header that authentication needs.
    #[error("header {header} is missing")]
    Missing {
        /// Its name.
        header: &'static str,
    },
    /// A header that may stand only once.
    #[error("header {header} stands more than once")]
    Repeated {
        /// Its name.
        header: &'static str,
    },
    /// A header that is not text.
    #[error("header {header} is not readable")]
    Unreadable {
        /// Its name.
        header: &'static str,
    },
    /// Another scheme than `Bearer`.
    #[error("authorization is not a bearer token")]
    NotBearer,
    /// A path that others might read differently: dot segments, empty segments, backslashes, control characters.
    #[error("path is not in its plain form")]
    UnsafePath,
    /// Credential or token are not right.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The credential was revoked.
    #[error("credential {credential} is revoked")]
    Revoked {
        /// Its `jti`.
        credential: Uuid,
        /// Whose it is.
        party: PartyId,
    },
    /// The request came before.
    #[error("request {jti} was received before")]
    Replayed {
        /// Its `jti`.
        jti: Uuid,
    },
    /// The request was made before we started, and whether it came before is not remembered. A new one will do.
    #[error("request is older than what is remembered here")]
    Forgotten,
}

impl Rejection {
    /// Stable code in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "unauthenticated",
            Self::Repeated { .. } => "repeated-header",
            Self::Unreadable { .. } => "unreadable-header",
            Self::NotBearer => "not-bearer",
            Self::UnsafePath => "unsafe-path",
            Self::Identity(error) => error.code(),
            Self::Revoked { .. } => "credential-revoked",
            Self::Replayed { .. } => "replayed",
            Self::Forgotten => "replay-unknown",
        }
    }

    /// HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Repeated { .. } | Self::Unreadable { .. } | Self::UnsafePath => 400,
            Self::Forgotten => 503,
            _ => 401,
        }
    }

    /// As a problem document.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let zh = match self {
            Self::Missing { header } => format!("缺少请求头 {header}"),
            Self::Repeated { header } => format!("请求头 {header} 重复"),
            Self::Unreadable { header } => format!("请求头 {header} 无法读取"),
            Self::NotBearer => "authorization 不是 Bearer 令牌".to_owned(),
            Self::UnsafePath => "请求路径不是规范形式".to_owned(),
            Self::Identity(error) => error.text().zh,
            Self::Revoked { credential, .. } => format!("凭证 {credential} 已吊销"),
            Self::Replayed { jti } => format!("请求 {jti} 重复（重放）"),
            Self::Forgotten => "请求早于本节点的重放记录，请重新签发".to_owned(),
        };
        Problem::new(self.status(), self.code(), Text::new("对端身份未通过验证", "peer is not authenticated"))
            .detail(Text::new(zh, self.to_string()))
    }

    /// As a response, with the headers that its status asks for.
    #[must_use]
    pub fn response(&self) -> ProblemResponse {
        let response = ProblemResponse::new(self.problem());
        match self.status() {
            401 => response.header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            503 => response.header(RETRY_AFTER, HeaderValue::from_static("1")),
            _ => response,
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.response().into_response()
    }
}
