//! Ports that nobody uses at the moment. Another program may take one before it is used; nothing asks for a port so often that it shows.

use std::net::TcpListener;

use anyhow::Context;

/// So many free ports of the loopback address, all different.
pub(crate) fn free<const N: usize>() -> anyhow::Result<[u16; N]> {
    let mut held = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no loopback port is free")?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// The first of so many free ports that stand a step apart.
pub(crate) fn row(count: u16, step: u16) -> anyhow::Result<u16> {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    // Below the ports of outgoing connections, so that none of those takes one before it is listened on.
    let mut rows = (20_000..32_000).step_by(usize::from(step.saturating_mul(count)) + 1);
    rows.find(|first| (0..count).all(|at| is_free(first + at * step))).context("no row of loopback ports is free")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn ports_are_different() {
        let ports = super::free::<5>().unwrap();
        assert_eq!(ports.iter().collect::<BTreeSet<_>>().len(), 5);
    }
}
