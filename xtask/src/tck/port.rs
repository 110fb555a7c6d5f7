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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn ports_are_different() {
        let ports = super::free::<5>().unwrap();
        assert_eq!(ports.iter().collect::<BTreeSet<_>>().len(), 5);
    }
}
