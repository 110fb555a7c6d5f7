//! From which address a request comes. A gateway on this machine, and the console, which asks its own node, say for whom they ask; anybody else who says
//! so is not believed.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

/// The header in which a gateway says for whom it asks; its last entry is what the nearest one saw.
pub const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address, as text; `-` where nobody told it, as in a test without a server.
#[must_use]
pub fn address(headers: &HeaderMap, extensions: &Extensions) -> String {
    let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>() else {
        return "-".to_owned();
    };
    let peer = peer.ip().to_canonical();
    let told = || {
        let last = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?.rsplit(',').next()?.trim();
        last.parse::<IpAddr>().ok()
    };
    let caller = if peer.is_loopback() { told().unwrap_or(peer) } else { peer };
    caller.to_canonical().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_gateway_on_this_machine_speaks_for_others() {
        let check = |peer: Option<&str>, told: &[&'static str], expect: &str| {
            let mut extensions = Extensions::new();
            if let Some(peer) = peer {
                extensions.insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
            }
            let mut headers = HeaderMap::new();
            for line in told {
                headers.append(FORWARDED_FOR, line.parse().unwrap());
            }
            assert_eq!(address(&headers, &extensions), expect, "{peer:?} {told:?}");
        };
        check(None, &["192.0.2.1"], "-");
        check(Some("192.0.2.9:1"), &[], "192.0.2.9");
        check(Some("192.0.2.9:1"), &["192.0.2.1"], "192.0.2.9");
        check(Some("127.0.0.1:1"), &[], "127.0.0.1");
        check(Some("127.0.0.1:1"), &["198.51.100.7, 192.0.2.1"], "192.0.2.1");
        check(Some("[::1]:1"), &["198.51.100.7", "2001:db8::1"], "2001:db8::1");
        check(Some("[::ffff:192.0.2.9]:1"), &[], "192.0.2.9");
        check(Some("127.0.0.1:1"), &["<script>"], "127.0.0.1");
    }
}
