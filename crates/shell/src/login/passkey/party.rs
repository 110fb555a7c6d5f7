//! For whom passkeys are made: browsers bind them to the name of a host, which the node's public address has to have. Loopback has a name too, so the
//! story on one machine works by `http://localhost:<port>`. See ADR 0008.

use url::{Host, Url};
use webauthn_rp::request::{AsciiDomain, RpId};
use xinyu_core::fault::Rejection;
use xinyu_protocol::text::Text;

/// The name by which every browser knows this machine, without TLS.
const LOOPBACK: &str = "localhost";

/// A node as the party that passkeys are for.
#[derive(Clone, Debug)]
pub(super) struct Party {
    /// The host's name.
    pub(super) id: RpId,
    /// The only address that the console may be open under.
    pub(super) origin: String,
}

impl Party {
    /// The party at a public address.
    ///
    /// # Errors
    /// If browsers make no passkeys for it: it is an IP address that others see, or has no TLS.
    pub(super) fn at(address: &str) -> Result<Self, Rejection> {
        let url = Url::parse(address).map_err(|_| no_name(address))?;
        let name = match url.host() {
            Some(Host::Domain(name)) => name.trim_end_matches('.').to_owned(),
            Some(Host::Ipv4(ip)) if ip.is_loopback() => LOOPBACK.to_owned(),
            Some(Host::Ipv6(ip)) if ip.is_loopback() => LOOPBACK.to_owned(),
            _ => return Err(no_name(address)),
        };
        let is_local = name == LOOPBACK || name.ends_with(".localhost");
        if url.scheme() != "https" && !is_local {
            return Err(no_tls(address));
        }
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let origin = format!("{}://{name}{port}", url.scheme());
        let id = AsciiDomain::try_from(name).map_err(|_| no_name(address))?;
        Ok(Self { id: RpId::Domain(id), origin })
    }
}

fn no_name(address: &str) -> Rejection {
    Rejection::conflict(
        "passkeys-need-a-name",
        format!("通行密钥须绑定主机名，本节点的地址 {address} 是 IP 地址"),
        format!("passkeys are bound to the name of a host, and the node's address {address} is an IP address"),
    )
    .clause("WebAuthn Level 3 §5.1.2")
    .next(Text::new(
        "请系统管理员在配置的 address 中写主机名（https）",
        "the system administrator gives the node a host name in `address`, with https",
    ))
}

fn no_tls(address: &str) -> Rejection {
    Rejection::conflict(
        "passkeys-need-tls",
        format!("浏览器只在 https 下使用通行密钥，本节点的地址是 {address}"),
        format!("browsers use passkeys over https only, and the node's address is {address}"),
    )
    .clause("WebAuthn Level 3 §5")
    .next(Text::new("请系统管理员为本节点配置 https 地址", "the system administrator gives the node an https address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, expect: Result<(&str, &str), &str>) {
        let party = Party::at(address);
        let found = match &party {
            Ok(Party { id, origin }) => Ok((id.as_ref(), origin.as_str())),
            Err(rejection) => Err(rejection.code),
        };
        assert_eq!(found, expect, "{address}");
    }

    #[test]
    fn passkeys_are_for_the_host_of_the_public_address() {
        check("https://space.example.cn", Ok(("space.example.cn", "https://space.example.cn")));
        check("https://Space.example.cn:8443/base", Ok(("space.example.cn", "https://space.example.cn:8443")));
        check("https://space.example.cn:443", Ok(("space.example.cn", "https://space.example.cn")));
        check("https://信域.example", Ok(("xn--vuqs8q.example", "https://xn--vuqs8q.example")));
        check("http://127.0.0.1:7700", Ok(("localhost", "http://localhost:7700")));
        check("http://[::1]:7700", Ok(("localhost", "http://localhost:7700")));
        check("http://localhost:7700", Ok(("localhost", "http://localhost:7700")));
        check("http://platform.localhost", Ok(("platform.localhost", "http://platform.localhost")));
    }

    #[test]
    fn what_browsers_make_no_passkeys_for_is_told_before_they_do() {
        check("https://192.0.2.7", Err("passkeys-need-a-name"));
        check("https://[2001:db8::1]", Err("passkeys-need-a-name"));
        check("http://space.example.cn", Err("passkeys-need-tls"));
        check("http://localhost.example.cn", Err("passkeys-need-tls"));
        check("nothing", Err("passkeys-need-a-name"));
    }
}
