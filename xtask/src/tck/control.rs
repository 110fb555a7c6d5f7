//! What shows that our harness is right before it blames a connector: each kit on the connector that it carries inside, and the
//! Dataspace Protocol kit on EDC's connector, which its makers built to pass it.

use std::process::Command;
use std::time::Duration;

use anyhow::Context;

use super::child::Running;
use super::dsp::{self, Subject};
use super::kit::{self, DPS, DSP, Kit, folder};
use super::port;
use super::properties::{pairs, text};
use crate::java;
use crate::report::{Outcome, Report};

/// EDC is up within seconds, on a busy machine within ten.
const PATIENCE_TO_START: Duration = Duration::from_secs(60);
/// As in EDC's own run of the kit.
const WAIT_SECONDS: u32 = 7;
/// EDC names a context of its own beside the protocol's; the kit fetches none. One term is all that it must find there.
const EDC_CONTEXT: &str = r#"{"@context":{"edc":"https://w3id.org/edc/v0.0.1/ns/"}}"#;

/// Every control, then how each went.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut report = Report::new();
    report.step("dsp kit on its own connector", || inside(&DSP, "dataspacetck.dsp.local.connector"));
    report.step("dps kit on its own connector", || inside(&DPS, "dataspacetck.dps.local.connector"));
    report.step("dsp kit on EDC", on_edc);
    report.finish()
}

fn inside(kit: &Kit, switch: &str) -> anyhow::Result<Outcome> {
    let [port] = port::free()?;
    kit::run(kit, port, &pairs(&[(switch, "true")]))?;
    Ok(Outcome::Passed)
}

fn on_edc() -> anyhow::Result<Outcome> {
    let classpath = java::classpath("edc-tck")?;
    let [own, management, protocol, webhook, control, version, kit_port] = port::free()?;
    let local = |port: u16, path: &str| format!("http://127.0.0.1:{port}{path}");
    let folder = folder()?;
    let settings = folder.join("edc-tck.properties");
    let root = local(protocol, "/api/dsp");
    let written = pairs(&[
        ("edc.participant.id", "participantContextId"),
        ("edc.component.id", "edc-tck"),
        ("edc.hostname", "127.0.0.1"),
        ("edc.dsp.callback.address", &root),
        ("edc.management.context.enabled", "true"),
        ("edc.transfer.proxy.token.signer.privatekey.alias", "private-key"),
        ("edc.transfer.proxy.token.verifier.publickey.alias", "public-key"),
        ("web.http.port", &own.to_string()),
        ("web.http.path", "/api"),
        ("web.http.control.port", &control.to_string()),
        ("web.http.control.path", "/api/control"),
        ("web.http.management.port", &management.to_string()),
        ("web.http.management.path", "/api/management"),
        ("web.http.version.port", &version.to_string()),
        ("web.http.version.path", "/api/version"),
        ("web.http.protocol.port", &protocol.to_string()),
        ("web.http.protocol.path", "/api/dsp"),
        ("web.http.tck.port", &webhook.to_string()),
        ("web.http.tck.path", "/tck"),
    ]);
    std::fs::write(&settings, text(&written))?;
    let context = folder.join("edc-context.jsonld");
    std::fs::write(&context, EDC_CONTEXT)?;

    let mut java = Command::new("java");
    java.arg(format!("-Dedc.fs.config={}", settings.display())).args(["-cp", &classpath]);
    java.arg("org.eclipse.edc.boot.system.runtime.BaseRuntime");
    let mut edc = Running::start(&mut java, &folder.join("edc-tck.log"), PATIENCE_TO_START)?;
    edc.wait_for(" ready").context("EDC")?;

    let subject = Subject {
        participant_id: "participantContextId".to_owned(),
        protocol_url: format!("{root}/2025-1"),
        root_url: root,
        negotiate_url: local(webhook, "/tck/negotiations/requests"),
        transfer_url: local(webhook, "/tck/transfers/requests"),
        // This EDC takes any and holds everyone for the kit.
        authorization: r#"{"region":"any","audience":"any","clientId":"any"}"#.to_owned(),
    };
    let mut properties = dsp::properties(&subject, WAIT_SECONDS);
    properties.extend(pairs(&[
        ("dataspacetck.dsp.jsonld.context.edc.path", &context.display().to_string()),
        ("dataspacetck.dsp.jsonld.context.edc.uri", "https://w3id.org/edc/dspace/v0.0.1"),
    ]));
    kit::run(&DSP, kit_port, &properties)?;
    Ok(Outcome::Passed)
}
