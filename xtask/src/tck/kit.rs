//! The kits, and how one is run.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::child::Running;
use super::properties::{pairs, text};
use super::verdict::Verdict;
use crate::{java, project};

/// An official kit.
pub(crate) struct Kit {
    /// Also the name of its pom.
    pub(crate) name: &'static str,
    launcher: &'static str,
    packages: &'static [&'static str],
    tests: usize,
    patience: Duration,
    /// Tests that the specification, and so a later release of the kit, has turned into their opposite.
    superseded: &'static [&'static str],
}

/// Dataspace Protocol 2025-1. Two tests of 67 are switched off by its authors. EDC takes 143 s, most of it waiting by design.
pub(crate) const DSP: Kit = Kit {
    name: "dsp-tck",
    launcher: "org.eclipse.dataspacetck.dsp.system.DspSystemLauncher",
    packages: &["org.eclipse.dataspacetck.dsp.verification"],
    tests: 65,
    patience: Duration::from_secs(420),
    superseded: &[],
};

/// Data Plane Signaling 1.0-RC3: control plane and data plane in both roles.
pub(crate) const DPS: Kit = Kit {
    name: "dps-tck",
    launcher: "org.eclipse.dataspacetck.dps.system.DpsSystemLauncher",
    packages: &["org.eclipse.dataspacetck.dps.verification"],
    tests: 38,
    patience: Duration::from_secs(300),
    superseded: &[],
};

/// Decentralized Claims Protocol 1.0, by what our side is; the kit plays the rest. Three tests of 88 are switched off by its authors.
pub(crate) const DCP: [(&str, Kit); 3] = [
    ("dcp.holder", dcp(&[DCP_TESTS.0, DCP_TESTS.1], 40, &[DCP_ESCALATION])),
    ("dcp.issuer", dcp(&[DCP_TESTS.2], 25, &[DCP_FORMAT])),
    ("dcp.verifier", dcp(&[DCP_TESTS.3], 20, &[])),
];

const DCP_TESTS: (&str, &str, &str, &str) = (
    "org.eclipse.dataspacetck.dcp.verification.issuance.cs",
    "org.eclipse.dataspacetck.dcp.verification.presentation.cs",
    "org.eclipse.dataspacetck.dcp.verification.issuance.issuer",
    "org.eclipse.dataspacetck.dcp.verification.presentation.verifier",
);

/// The release that Maven serves wants that who asks for more than it may see is refused. Since 1.0.1 of the specification, and of the
/// kit, the asker gets what it may see.
const DCP_ESCALATION: &str =
    "5.4.1.2 Verify Resolution API invalid scope escalation request for a SensitiveDataCredential";

/// It reads a credential's `format` in words of its own, `VC1_0_JWT`; the specification and later releases have the profile's name.
const DCP_FORMAT: &str = "6.4.1 IssuerService should accept a CredentialRequest";

const fn dcp(packages: &'static [&'static str], tests: usize, superseded: &'static [&'static str]) -> Kit {
    let launcher = "org.eclipse.dataspacetck.dcp.system.DcpSystemLauncher";
    Kit { name: "dcp-tck", launcher, packages, tests, patience: Duration::from_secs(120), superseded }
}

/// Runs a kit that listens on a loopback port; its properties say where the connector is and what is in it. How many tests passed, or
/// an error that names each failure and the log.
pub(crate) fn run(kit: &Kit, port: u16, properties: &[(String, String)]) -> anyhow::Result<usize> {
    let classpath = java::classpath(kit.name)?;
    let folder = folder()?;
    let log = folder.join(format!("{}.log", kit.name));
    let file = folder.join(format!("{}.properties", kit.name));
    let mut written = pairs(&[
        ("dataspacetck.launcher", kit.launcher),
        ("dataspacetck.host", "127.0.0.1"),
        ("dataspacetck.port", &port.to_string()),
        ("dataspacetck.callback.address", &callback(port)),
        ("dataspacetck.debug", "true"),
    ]);
    written.extend_from_slice(properties);
    std::fs::write(&file, text(&written)).with_context(|| format!("{} cannot be written", file.display()))?;

    let started = Instant::now();
    let mut java = Command::new("java");
    java.args(["-cp", &classpath]).arg(project::root().join("xtask/java/kit/Kit.java")).arg(&file).args(kit.packages);
    let said = || format!("{}, see {}", kit.name, log.display());
    let mut running = Running::start(&mut java, &log, kit.patience).with_context(said)?;
    let mut verdict = Verdict::default();
    while let Some(line) = running.line().with_context(said)? {
        if let Some(of_a_test) = verdict.read(&line) {
            println!("{} {of_a_test}", kit.name);
        }
    }
    let passed = verdict.judge(kit.tests, kit.superseded).with_context(said)?;
    let left = kit.tests.saturating_sub(passed);
    let aside = if left > 0 { format!(", {left} superseded by the specification") } else { String::new() };
    println!("{}: {passed} tests passed{aside} in {:.1} s", kit.name, started.elapsed().as_secs_f64());
    Ok(passed)
}

/// Where a kit that listens on this port is called back: the counterpart's address in the protocol, and for Data Plane Signaling also
/// the control plane's.
pub(crate) fn callback(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Where runs leave their properties and logs.
pub(crate) fn folder() -> anyhow::Result<PathBuf> {
    let folder = java::target()?.join("run");
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}
