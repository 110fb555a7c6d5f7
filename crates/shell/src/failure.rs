//! Why a request does not get what it asked for: the caller's fault ([`Rejection`]), or ours. Ours is logged once, here, at the boundary.

use axum::response::{IntoResponse, Response};
use thiserror::Error;
use xinyu_core::fault::Rejection;
use xinyu_http::problem::ProblemResponse;
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;
use xinyu_store::StoreError;

/// A request that failed.
#[derive(Clone, Debug, Error)]
pub enum Failure {
    /// The caller's fault.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Anything else of ours, told in the log only.
    #[error("{0}")]
    Broken(String),
}

impl Failure {
    /// One of ours.
    #[must_use]
    pub fn broken(why: impl ToString) -> Self {
        Self::Broken(why.to_string())
    }

    /// As a problem document. What is our fault is told in general terms: details stand in the log.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::Rejected(rejection) => rejection.problem(),
            Self::Store(StoreError::Full { .. }) => Problem::new(
                507,
                "storage-full",
                Text::new(
                    "存储空间已满，本次操作未生效，已有数据不受影响",
                    "the disk is full, nothing was changed and nothing was lost",
                ),
            )
            .next(Text::new("请清理磁盘空间后重试", "make room on the disk and try again")),
            Self::Store(error) if error.is_transient() => {
                Problem::new(503, "busy", Text::new("系统繁忙，本次操作未生效", "busy, nothing was changed"))
                    .next(Text::new("请稍后重试", "try again in a moment"))
            }
            Self::Store(_) | Self::Broken(_) => Problem::new(
                500,
                "internal",
                Text::new("内部错误，本次操作未生效", "internal error, nothing was changed"),
            )
            .next(Text::new("请将追踪号告知管理员", "tell the administrator the trace id")),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if !matches!(self, Self::Rejected(_)) {
            tracing::error!(error = %self, "request failed by our own fault");
        }
        ProblemResponse::new(self.problem()).into_response()
    }
}
