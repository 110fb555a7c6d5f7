//! The main job from outside: `xinyu demo --exit --json` on an empty folder.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;

use super::sample::Sample;

/// The platform of the demo.
const PLATFORM: ([u8; 4], u16) = ([127, 0, 0, 1], 7700);
/// Between two looks at a program that gives no signal to those who did not start it for that.
const LOOK_EVERY: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_secs(300);

/// Start to listening, start to end, the story's own figures, and the most memory it held.
pub(super) fn measure(program: &Path) -> anyhow::Result<Vec<Sample>> {
    let folder = Folder::new()?;
    if listening() {
        bail!("something listens on the demo's port {} already", PLATFORM.1);
    }
    let printed = folder.path.join("report.json");
    let started = Instant::now();
    let mut demo = Running(
        Command::new(program)
            .args(["demo", "--exit", "--json", "--data-dir"])
            .arg(folder.path.join("data"))
            .stdin(Stdio::null())
            .stdout(File::create(&printed)?)
            .spawn()
            .context("xinyu does not start")?,
    );
    let mut until_listening = None;
    let mut peak_bytes = 0_f64;
    let status = loop {
        if let Some(status) = demo.0.try_wait()? {
            break status;
        }
        if until_listening.is_none() && listening() {
            until_listening = Some(started.elapsed());
        }
        peak_bytes = peak_bytes.max(most_resident_bytes(demo.0.id()).unwrap_or_default());
        if started.elapsed() > PATIENCE {
            bail!("xinyu demo did not end within {} s", PATIENCE.as_secs());
        }
        look_later();
    };
    let taken = started.elapsed();
    if !status.success() {
        bail!("xinyu demo ended with {status}");
    }
    let report: Value = serde_json::from_slice(&std::fs::read(&printed)?).context("the demo's report is no JSON")?;
    let figure =
        |key: &str| report.get(key).and_then(Value::as_f64).with_context(|| format!("the demo's report has no {key}"));
    let until_listening = until_listening.context("the demo's platform never listened")?;
    let seconds = |name: &str, value: f64| Sample { name: name.to_owned(), unit: "s".to_owned(), value };
    Ok(vec![
        seconds("start to listening", until_listening.as_secs_f64()),
        seconds("story", figure("seconds_total")?),
        seconds("application to first use", figure("seconds_from_application_to_first_use")?),
        seconds("freeze to stop", figure("freeze_to_stop_ms")? / 1000.0),
        seconds("demo, start to end", taken.as_secs_f64()),
        Sample { name: "most memory resident".to_owned(), unit: "B".to_owned(), value: peak_bytes },
    ])
}

fn listening() -> bool {
    TcpStream::connect_timeout(&SocketAddr::from(PLATFORM), Duration::from_millis(50)).is_ok()
}

/// `VmHWM` of the process, which the kernel counts in KiB.
fn most_resident_bytes(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kibibytes| kibibytes * 1024.0)
}

/// Waits a moment, before a process is looked at again.
#[expect(clippy::disallowed_methods, reason = "a process measured from outside gives no signal")]
pub(super) fn look_later() {
    std::thread::sleep(LOOK_EVERY);
}

/// A process that does not outlive the measurement.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder that is removed at the end.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> anyhow::Result<Folder> {
        let path = std::env::temp_dir().join(format!("xinyu-bench-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Folder { path })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
