//! What the review gate tries: whether an interface really answers, once, through the egress guard. TC609-6-2025-01 §5.3.3.3 b.

use xinyu_core::review::Tried;
use xinyu_http::fetch::Why;
use xinyu_protocol::text::Text;

use crate::app::Platform;

/// What is read of the answer of an interface.
const ANSWER: u64 = 64 * 1024;

/// What came of an interface.
pub(crate) async fn tried(platform: &Platform, address: &str) -> Tried {
    let fetched = platform.node.dcp.fetcher.get(address, "*/*", ANSWER).await;
    match fetched.map_err(|error| error.why) {
        Ok(_) | Err(Why::TooLarge(_)) => Tried::Answered(200),
        Err(Why::Refused(status) | Why::Redirected(status)) => Tried::Answered(status),
        Err(Why::Timeout) => Tried::Silent(Text::new("超时", "it did not come in time")),
        Err(Why::Egress(_)) => Tried::Silent(Text::new("地址不允许访问", "its address must not be called")),
        Err(Why::Unreachable(_) | Why::NoHeader) => Tried::Silent(Text::new("无法连接", "it cannot be reached")),
    }
}
