//! Tests of the egress guard: the classic ways around one.

use std::io;
use std::net::IpAddr;

use super::*;

fn class_of(result: Result<Url, EgressError>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(EgressError::Address { class, .. }) => class.to_string(),
        Err(EgressError::Scheme { .. }) => "scheme".to_owned(),
        Err(EgressError::Port { .. }) => "port".to_owned(),
        Err(EgressError::Unlisted { .. }) => "unlisted".to_owned(),
        Err(EgressError::Userinfo) => "userinfo".to_owned(),
        Err(EgressError::Ambiguous) => "ambiguous".to_owned(),
        Err(EgressError::NotABase) => "no base".to_owned(),
        Err(EgressError::NoHost | EgressError::Unreadable { .. }) => "unreadable".to_owned(),
    }
}

#[test]
fn classic_bypasses_are_refused() {
    let policy = EgressPolicy { ports: None, ..EgressPolicy::default() };
    let cases = [
        ("https://connector.example/dsp", "ok"),
        ("https://8.8.8.8/", "ok"),
        ("https://[2606:4700::1111]/", "ok"),
        ("http://connector.example/", "scheme"),
        ("ftp://connector.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://127.0.0.1:6379/_", "scheme"),
        ("jar:https://a!/b", "scheme"),
        ("data:text/plain,x", "scheme"),
        ("connector.example", "unreadable"),
        ("//connector.example/", "unreadable"),
        ("https://", "unreadable"),
        ("https://user@connector.example/", "userinfo"),
        ("https://user:secret@connector.example/", "userinfo"),
        ("https://connector.example@169.254.169.254/", "userinfo"),
        ("https://:@127.0.0.1/", "loopback"),
        ("https://connector.example\\@127.0.0.1/", "ambiguous"),
        ("https://127.0.0.1\t.example/", "ambiguous"),
        ("https://127.0.\n0.1/", "ambiguous"),
        (" https://connector.example/", "ambiguous"),
        ("https://connector.example/\r\nx-evil:1", "ambiguous"),
        ("https://127.0.0.1/", "loopback"),
        ("https://127.8.9.10/", "loopback"),
        ("https://2130706433/", "loopback"),
        ("https://0x7f000001/", "loopback"),
        ("https://0x7f.0.0.1/", "loopback"),
        ("https://0177.0.0.1/", "loopback"),
        ("https://127.1/", "loopback"),
        ("https://127.0.0.1./", "loopback"),
        ("https://%31%32%37.0.0.1/", "loopback"),
        ("https://①②⑦.⓪.⓪.①/", "loopback"),
        ("https://127。0。0。1/", "loopback"),
        ("https://localhost/", "loopback"),
        ("https://LOCALHOST./", "loopback"),
        ("https://a.localhost/", "loopback"),
        ("https://[::1]/", "loopback"),
        ("https://[0:0:0:0:0:0:0:1]/", "loopback"),
        ("https://[::ffff:127.0.0.1]/", "loopback"),
        ("https://[::ffff:7f00:1]/", "loopback"),
        ("https://[::127.0.0.1]/", "loopback"),
        ("https://0/", "unspecified"),
        ("https://0.0.0.0/", "unspecified"),
        ("https://[::]/", "unspecified"),
        ("https://10.0.0.1/", "private"),
        ("https://172.16.0.1/", "private"),
        ("https://172.31.255.255/", "private"),
        ("https://172.32.0.1/", "ok"),
        ("https://192.168.1.1/", "private"),
        ("https://[fc00::1]/", "private"),
        ("https://[fd12:3456::1]/", "private"),
        ("https://[::ffff:10.0.0.1]/", "private"),
        ("https://169.254.169.254/latest/meta-data/", "cloud metadata"),
        ("https://2852039166/", "cloud metadata"),
        ("https://[::ffff:169.254.169.254]/", "cloud metadata"),
        ("https://[::ffff:a9fe:a9fe]/", "cloud metadata"),
        ("https://[fd00:ec2::254]/", "cloud metadata"),
        ("https://100.100.100.200/", "cloud metadata"),
        ("https://192.0.0.192/", "cloud metadata"),
        ("https://168.63.129.16/", "cloud metadata"),
        ("https://metadata.google.internal/", "cloud metadata"),
        ("https://Metadata.Google.Internal./", "cloud metadata"),
        ("https://169.254.1.1/", "link-local"),
        ("https://[fe80::1]/", "link-local"),
        ("https://[fec0::1]/", "link-local"),
        ("https://100.64.0.1/", "carrier-shared"),
        ("https://100.127.255.255/", "carrier-shared"),
        ("https://224.0.0.1/", "multicast"),
        ("https://255.255.255.255/", "multicast"),
        ("https://[ff02::1]/", "multicast"),
        ("https://240.0.0.1/", "reserved"),
        ("https://192.0.2.1/", "reserved"),
        ("https://198.18.0.1/", "reserved"),
        ("https://[2001:db8::1]/", "reserved"),
        ("https://[64:ff9b::7f00:1]/", "translated"),
        ("https://[64:ff9b:1::7f00:1]/", "translated"),
        ("https://[2002:7f00:1::]/", "translated"),
        ("https://[2001:0:4136:e378::]/", "translated"),
        ("https://[::ffff:0:127.0.0.1]/", "translated"),
    ];
    for (url, expect) in cases {
        assert_eq!(class_of(policy.check_url(url)), expect, "{url:?}");
    }
}

#[test]
fn what_is_opened_is_opened_alone() {
    let one_machine = EgressPolicy::one_machine();
    let private = EgressPolicy { allow_private: true, ..EgressPolicy::default() };
    let listed =
        EgressPolicy { allowed_hosts: Some(vec!["A.example".into(), "127.0.0.1".into()]), ..EgressPolicy::default() };
    let cases = [
        (&one_machine, "http://127.0.0.1:7710/", "ok"),
        (&one_machine, "http://localhost:7710/", "ok"),
        (&one_machine, "http://[::1]:7710/", "ok"),
        (&one_machine, "http://10.0.0.1:7710/", "private"),
        (&one_machine, "http://169.254.169.254/", "cloud metadata"),
        (&private, "https://10.0.0.1/", "ok"),
        (&private, "https://127.0.0.1/", "loopback"),
        (&private, "https://169.254.169.254/", "cloud metadata"),
        (&private, "https://10.0.0.1:22/", "port"),
        (&private, "https://a.example:8443/", "ok"),
        (&listed, "https://a.example/", "ok"),
        (&listed, "https://a.example./", "ok"),
        (&listed, "https://b.example/", "unlisted"),
        (&listed, "https://a.example.evil.example/", "unlisted"),
        (&listed, "https://127.0.0.1/", "loopback"),
    ];
    for (policy, url, expect) in cases {
        assert_eq!(class_of(policy.check_url(url)), expect, "{url:?}");
    }
}

#[tokio::test]
async fn resolved_addresses_are_filtered() {
    let resolver = GuardedResolver::with_lookup(EgressPolicy::default(), |host| {
        Box::pin(async move {
            let addresses: &[&str] = match host.as_str() {
                "good.example" => &["8.8.8.8"],
                "mixed.example" => &["169.254.169.254", "8.8.8.8", "::1"],
                "rebind.example" => &["127.0.0.1"],
                "mapped.example" => &["::ffff:10.0.0.1"],
                "empty.example" => &[],
                _ => return Err(io::Error::from(io::ErrorKind::NotFound)),
            };
            Ok(addresses.iter().map(|address| address.parse().unwrap()).collect())
        })
    });
    let good: Vec<IpAddr> = vec!["8.8.8.8".parse().unwrap()];
    let cases = [
        ("good.example", Ok(good.clone())),
        ("mixed.example", Ok(good)),
        ("rebind.example", Err(io::ErrorKind::PermissionDenied)),
        ("mapped.example", Err(io::ErrorKind::PermissionDenied)),
        ("empty.example", Err(io::ErrorKind::NotFound)),
        ("unknown.example", Err(io::ErrorKind::NotFound)),
    ];
    for (host, expect) in cases {
        assert_eq!(resolver.addresses(host).await.map_err(|error| error.kind()), expect, "{host}");
    }
}

#[test]
fn the_default_survives_a_partial_configuration() {
    let policy: EgressPolicy = serde_json::from_str(r#"{"allow_private": true}"#).unwrap();
    assert_eq!(policy, EgressPolicy { allow_private: true, ..EgressPolicy::default() });
    assert!(serde_json::from_str::<EgressPolicy>(r#"{"allow_all": true}"#).is_err());
}

#[test]
fn an_address_has_one_form() {
    let policy = EgressPolicy::one_machine();
    let cases = [
        ("http://127.0.0.1:7710", Some("http://127.0.0.1:7710")),
        ("http://127.0.0.1:7710/", Some("http://127.0.0.1:7710")),
        ("HTTPS://A.example:443/c/", Some("https://a.example/c")),
        ("https://a.example/c/../d", Some("https://a.example/d")),
        ("https://a.example//", None),
        ("https://a.example/?x", None),
        ("https://a.example/#x", None),
        ("https://a.example/%2e%2e%2f", None),
        ("https://10.0.0.1/", None),
    ];
    for (text, expect) in cases {
        assert_eq!(base_url(&policy, text).ok().as_deref(), expect, "{text}");
    }
}
