//! EDC's settings file and its ports, one for each group of its interfaces.

use std::net::TcpListener;

use anyhow::Context;

use super::{EdcClaims, EdcOptions};

/// The ports of one EDC.
#[derive(Debug)]
pub(super) struct Ports {
    own: u16,
    control: u16,
    management: u16,
    protocol: u16,
    public: u16,
    version: u16,
}

impl Ports {
    /// Ports that are free now. They are let go only when all are found, so that they differ.
    pub(super) fn free() -> anyhow::Result<Ports> {
        let mut held = Vec::new();
        let mut next = || -> anyhow::Result<u16> {
            let listener = TcpListener::bind(("127.0.0.1", 0)).context("no loopback port is free")?;
            let port = listener.local_addr()?.port();
            held.push(listener);
            Ok(port)
        };
        Ok(Ports {
            own: next()?,
            control: next()?,
            management: next()?,
            protocol: next()?,
            public: next()?,
            version: next()?,
        })
    }

    /// The base of the protocol's versions.
    pub(super) fn root_url(&self) -> String {
        format!("http://127.0.0.1:{}/api/dsp", self.protocol)
    }

    pub(super) fn management_url(&self) -> String {
        format!("http://127.0.0.1:{}/api/management", self.management)
    }
}

/// The file's text. None of our values has anything that Java's format would read otherwise.
pub(super) fn text(options: &EdcOptions, ports: &Ports) -> String {
    let Ports { own, control, management, protocol, public, version } = ports;
    let participant_id = &options.participant_id;
    let callback_url = options.callback_url.clone().unwrap_or_else(|| ports.root_url());
    let mut text = format!(
        "edc.participant.id={participant_id}
edc.component.id={participant_id}
edc.hostname=127.0.0.1
edc.dsp.callback.address={callback_url}
edc.dataplane.api.public.baseurl=http://127.0.0.1:{public}/api/public
edc.transfer.proxy.token.signer.privatekey.alias=private-key
edc.transfer.proxy.token.verifier.publickey.alias=public-key
"
    );
    for (name, port, path) in [
        ("", own, ""),
        (".control", control, "/control"),
        (".management", management, "/management"),
        (".protocol", protocol, "/dsp"),
        (".public", public, "/public"),
        (".version", version, "/version"),
    ] {
        text.push_str(&format!("web.http{name}.port={port}\nweb.http{name}.path=/api{path}\n"));
    }
    if let Some(EdcClaims { token_url, secret, trusted_issuer }) = &options.claims {
        // Lists of the revoked are kept for half a second: its own value is a quarter of an hour.
        text.push_str(&format!(
            "edc.iam.issuer.id={participant_id}
edc.iam.did.web.use.https=false
edc.iam.trusted-issuer.platform.id={trusted_issuer}
edc.iam.credential.revocation.cache.validity=500
edc.did.resolver.cache.expiry=500
xinyu.wallet.tokens={token_url}
xinyu.wallet.secret={secret}
"
        ));
    }
    if let Some(millis) = options.poll_millis {
        for machine in ["negotiation.consumer", "negotiation.provider", "transfer", "dataplane"] {
            text.push_str(&format!("edc.{machine}.state-machine.iteration-wait-millis={millis}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{EdcOptions, Ports, text};

    #[test]
    fn settings_name_every_port_once() {
        let ports = Ports { own: 1, control: 2, management: 3, protocol: 4, public: 5, version: 6 };
        let mut options = EdcOptions {
            classpath: String::new(),
            folder: "/tmp".into(),
            participant_id: "somebody".to_owned(),
            poll_millis: None,
            callback_url: None,
            claims: None,
        };
        let defaults = text(&options, &ports);
        assert!(defaults.contains("edc.dsp.callback.address=http://127.0.0.1:4/api/dsp\n"), "{defaults}");
        assert!(defaults.contains("web.http.port=1\nweb.http.path=/api\n"), "{defaults}");
        assert!(
            defaults.contains("web.http.management.port=3\nweb.http.management.path=/api/management\n"),
            "{defaults}"
        );
        assert!(!defaults.contains("iteration"), "{defaults}");
        options.poll_millis = Some(10);
        options.callback_url = Some("http://127.0.0.1:9/api/dsp".to_owned());
        let tuned = text(&options, &ports);
        assert!(tuned.contains("edc.negotiation.provider.state-machine.iteration-wait-millis=10\n"), "{tuned}");
        assert!(tuned.contains("edc.dsp.callback.address=http://127.0.0.1:9/api/dsp\n"), "{tuned}");
    }
}
