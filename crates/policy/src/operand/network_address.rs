//! `networkAddress` 网络地址: where on the network the executing node may be. C.6 row 4; ODRL `virtualLocation`.
//!
//! A value is an IP address, a network (`10.0.0.0/8`), a range (`10.0.0.1-10.0.0.9`), a host name, or all hosts below a name
//! (`*.example.cn`). A host name and an address cannot be compared here: nothing is resolved.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::Value;
use xinyu_protocol::text::Text;

use super::{Limit, Relation, Spec, Test, Tested, expected, words};
use crate::action::Enforcement;

pub(super) static SPEC: Spec = Spec {
    name: "networkAddress",
    also: &["networkAddresses"],
    odrl: &["virtualLocation"],
    zh: "网络地址",
    en: "network address",
    fact: "networkAddress",
    operators: words::OPERATORS,
    enforcement: Enforcement::Technical,
    relate,
    near,
    read,
    test,
};

/// A value: addresses from first to last, or a name.
enum Place {
    Addresses(u128, u128),
    Host(String),
    Below(String),
}

fn read(value: &Value) -> Result<Limit, Text> {
    let limit = words::read(value)?;
    match &limit {
        Limit::Words(words) if words.iter().all(|word| place(word).is_some()) => Ok(limit),
        _ => Err(expected(value, "IP 地址、网段、地址范围或域名", "an IP address, network, range or host name")),
    }
}

fn test(test: &Test<'_>) -> Tested {
    let facts: Vec<_> = test.request.network_address.as_deref().into_iter().collect();
    words::test(test, &facts)
}

fn relate(fact: &str, value: &str) -> Relation {
    match (place(fact), place(value)) {
        (Some(Place::Addresses(a, b)), Some(Place::Addresses(first, last))) => {
            if first <= a && b <= last {
                Relation::Within
            } else if b < first || last < a {
                Relation::Outside
            } else {
                Relation::Unclear
            }
        }
        (Some(Place::Host(fact)), Some(Place::Host(value))) => words::same(&fact, &value),
        // As with certificates, `*.example.cn` does not hold `example.cn` itself.
        (Some(Place::Host(fact)), Some(Place::Below(value))) => match fact.strip_suffix(&value) {
            Some(rest) if rest.ends_with('.') => Relation::Within,
            _ => Relation::Outside,
        },
        _ => Relation::Unclear,
    }
}

/// The first and the last address that a value means, as numbers of IPv6, IPv4 mapped into it; nothing for a name.
pub(crate) fn bounds(value: &str) -> Option<(u128, u128)> {
    match place(value)? {
        Place::Addresses(first, last) => Some((first, last)),
        Place::Host(_) | Place::Below(_) => None,
    }
}

/// The values; addresses and ranges at, beside and across the ends of each; hosts below each name and names above each host; a name of nobody.
fn near(values: &[&str]) -> Vec<String> {
    let mut near: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let mut ends = vec![Ipv4Addr::new(203, 0, 113, 1).to_ipv6_mapped().to_bits()];
    for value in values {
        match place(value) {
            Some(Place::Addresses(first, last)) => {
                ends.extend([first, last, first.saturating_sub(1), last.saturating_add(1)]);
            }
            Some(Place::Below(name)) => near.push(format!("{}.{name}", words::fresh("host", values))),
            Some(Place::Host(name)) => {
                let above = name.match_indices('.').filter_map(|(at, _)| name.get(at.saturating_add(1)..));
                near.extend(above.map(|rest| format!("*.{rest}")));
            }
            None => {}
        }
    }
    near.push(words::fresh("elsewhere.invalid", values));
    ends.sort_unstable();
    ends.dedup();
    near.extend(ends.iter().map(|end| written(*end)));
    for (index, first) in ends.iter().enumerate() {
        let lasts = ends.iter().skip(index.saturating_add(1));
        near.extend(lasts.map(|last| format!("{}-{}", written(*first), written(*last))));
    }
    near
}

fn written(number: u128) -> String {
    let address = Ipv6Addr::from_bits(number);
    address.to_ipv4_mapped().map_or_else(|| address.to_string(), |address| address.to_string())
}

fn place(text: &str) -> Option<Place> {
    let text = text.trim().trim_end_matches('.');
    if let Some((first, last)) = text.split_once('-')
        && let (Some(first), Some(last)) = (number(first), number(last))
    {
        return (first <= last).then_some(Place::Addresses(first, last));
    }
    if let Some((address, length)) = text.split_once('/') {
        return network(address, length);
    }
    if let Some(address) = number(text) {
        return Some(Place::Addresses(address, address));
    }
    let name = text.to_ascii_lowercase();
    match name.strip_prefix("*.") {
        Some(rest) if is_host(rest) => Some(Place::Below(rest.to_owned())),
        None if is_host(&name) => Some(Place::Host(name)),
        _ => None,
    }
}

fn network(address: &str, length: &str) -> Option<Place> {
    let bits: u32 = length.trim().parse().ok()?;
    let is_v4 = address.trim().parse::<Ipv4Addr>().is_ok();
    let width = if is_v4 { 32 } else { 128 };
    let host_bits = 128_u32.checked_sub(bits.checked_add(128_u32.saturating_sub(width))?)?;
    let mask = if host_bits >= 128 { u128::MAX } else { (1_u128 << host_bits).wrapping_sub(1) };
    let address = number(address)?;
    Some(Place::Addresses(address & !mask, address | mask))
}

/// An address as a number of IPv6, IPv4 mapped into it.
fn number(text: &str) -> Option<u128> {
    match text.trim().parse().ok()? {
        IpAddr::V4(address) => Some(address.to_ipv6_mapped().to_bits()),
        IpAddr::V6(address) => Some(address.to_bits()),
    }
}

fn is_host(name: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let is_dotted_number = name.chars().all(|c| c.is_ascii_digit() || c == '.');
    !is_dotted_number && name.split('.').all(is_label)
}
