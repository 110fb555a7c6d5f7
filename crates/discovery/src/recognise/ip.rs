//! IPv4 addresses that are routed in the Internet; a version number has the same form. IPv6 is left out.

use std::net::Ipv4Addr;

use super::cue::{Context, Cue};
use super::number::Chain;
use super::{Finding, Kind, Reason, Verdict};

pub(super) fn judge(chain: &Chain, at: usize, context: &Context<'_>) -> Option<Finding> {
    let groups = chain.pointed(at);
    let ([first, _, _, last], true) = (groups, groups.len() == 4) else {
        return None;
    };
    let mut octets = [0_u8; 4];
    for (octet, group) in octets.iter_mut().zip(at..) {
        *octet = chain.text(group).parse().ok()?;
    }
    let address = Ipv4Addr::from(octets);
    let is_routed = !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || address.is_broadcast()
        || octets.starts_with(&[0]));
    let place = first.start..last.end;
    let is_named = context.says(place.start, place.end, Cue::Network);
    // A version seldom has a large number in every place.
    let looks_like_version = octets.iter().filter(|octet| **octet < 20).count() >= 3;
    let verdict = Verdict::new(if looks_like_version { 350 } else { 600 })
        .with(Reason::InRange)
        .when(is_named, 250, Reason::ContextWord)
        .unless(context.denies(place.start), 400);
    is_routed.then(|| verdict.finding(Kind::IpAddress, place))
}
