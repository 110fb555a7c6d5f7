//! Running the program: on a folder and on ports of its own, always ended.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use xinyu_store::testing::on_databases_of_postgres;

/// The program, with arguments.
pub(crate) fn xinyu(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xinyu")).args(arguments).env("LANG", "en_US.UTF-8").output().unwrap()
}

/// A first port of which the ones ten, twenty and thirty above are free too.
pub(crate) fn free_port() -> u16 {
    for _ in 0..200 {
        // Below the ports of outgoing connections, so that none of those takes one before it is listened on.
        let port = 20_000 + u16::try_from(RandomState::new().build_hasher().finish() % 12_000).unwrap();
        if (port..=port + 30).step_by(10).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return port;
        }
    }
    panic!("no free ports");
}

/// A running program that is ended when it goes out of sight.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Makes a platform in a folder, and serves it on a port until it goes out of sight.
pub(crate) fn platform(home: &Path, port: u16) -> Running {
    let made = xinyu(&["init", "platform", home.to_str().unwrap(), "--listen", &format!("127.0.0.1:{port}")]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut command = Command::new(env!("CARGO_BIN_EXE_xinyu"));
    command.args(["serve", "--config"]).arg(home.join("xinyu.toml"));
    let running = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return running;
        }
        pause(Duration::from_millis(50));
    }
    panic!("the platform does not listen");
}

/// The port of a folder: its nodes know each other by it.
fn port_of(folder: &Path) -> u16 {
    let known = std::fs::read_to_string(folder.join("port")).ok();
    known.and_then(|port| port.trim().parse().ok()).unwrap_or_else(free_port)
}

/// The demo on a folder and, if not on SQLite in there, on databases elsewhere.
pub(crate) fn command(folder: &Path, databases: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xinyu"));
    command.args(["demo", "--json", "--lang", "en", "--port", &port_of(folder).to_string()]);
    command.arg("--data-dir").arg(folder);
    if let Some(databases) = databases {
        command.args(["--database", databases]);
    }
    command
}

/// Begins the demo on a folder; it stays up at the end of its story.
pub(crate) fn stay(folder: &Path) -> Running {
    Running(command(folder, None).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
}

/// Begins the demo on a folder.
pub(crate) fn begin_demo(folder: &Path, databases: Option<&str>) -> Running {
    Running(command(folder, databases).arg("--exit").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

/// Performs the demo on a folder to its end.
pub(crate) fn demo(folder: &Path, databases: Option<&str>) -> Value {
    let output = command(folder, databases).arg("--exit").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the demo failed: {stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a demo's report must say, whatever happened before.
pub(crate) fn essence(report: &Value) -> Value {
    let refusals: Vec<&Value> = report["refusals"].as_array().unwrap().iter().map(|one| &one["clause"]).collect();
    json!({
        "rows": report["rows_delivered"], "bytes": report["bytes_delivered"], "allowed": report["uses_allowed"],
        "refused": report["uses_refused"], "clauses": refusals, "destroyed": report["destroyed"], "metering": report["metering"],
        "settlement": report["settlement"], "entries": report["evidence"]["entries"], "verified": report["evidence"]["verified"],
    })
}

/// A test on databases of PostgreSQL, where there is one; it gets their address.
pub(crate) fn on_postgres(test: impl FnOnce(&str)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let nodes = ["platform", "provider", "consumer", "regulator"];
    runtime.block_on(on_databases_of_postgres(&nodes, async |databases| test(databases)));
}

/// Waits, but not longer than that.
pub(crate) fn pause(time: Duration) {
    let (_sender, receiver) = mpsc::channel::<()>();
    let _ = receiver.recv_timeout(time);
}
