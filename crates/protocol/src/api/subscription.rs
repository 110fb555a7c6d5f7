//! Subscriptions to the catalogue, and of what this member was told. NDI-TR-2025-06 §6.4 d.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::List;
pub use crate::tc609::subscription::{
    MatchNotice, NoticeKind, SubscriptionInfo, SubscriptionList, SubscriptionRequest, Wanted,
};

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoticeInfo {
    /// What was told.
    pub notice: MatchNotice,
    /// Whether somebody has seen it.
    pub seen: bool,
}

/// `GET /matchNotices`: the latest first.
pub type NoticeList = List<NoticeInfo>;
