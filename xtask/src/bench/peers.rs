//! Programs of other makers beside ours, in the same run: Tessera's POSIX driver (Go) and PostgreSQL. What is not on this machine is left out with a word.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use super::demo::look_later;
use super::sample::Sample;
use crate::command::{on_path, run};
use crate::project;

/// Like the clients of ours.
const CLIENTS: &str = "64";
/// The size of an entry of ours.
const ROW: &str = "CREATE TABLE entry (id BIGSERIAL PRIMARY KEY, body BYTEA NOT NULL)";
const INSERT: &str = "INSERT INTO entry (body) VALUES (decode(repeat('00', 1400), 'hex'));\n";
const SECONDS: &str = "3";
const PATIENCE: Duration = Duration::from_secs(20);

/// Compiles the program on Tessera; the first time Go brings its modules.
pub(super) fn tessera() -> anyhow::Result<PathBuf> {
    let project = project::Project::read()?;
    let program = project::target(&project.metadata).join("release").join("tessera-peer");
    let usual = Path::new("/usr/local/go/bin/go");
    let go = if on_path("go") || !usual.is_file() { Path::new("go") } else { usual };
    let mut build = Command::new(go);
    build.args(["build", "-o"]).arg(&program).arg(".").current_dir(project.root.join("xtask/peers/tessera"));
    run(&mut build).context("Go cannot build it")?;
    Ok(program)
}

/// Where PostgreSQL has its programs.
pub(super) fn postgres() -> anyhow::Result<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed")?;
    let folders = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    folders.filter(|folder| folder.join("pgbench").is_file()).max().context("PostgreSQL has no pgbench here")
}

/// Inserts a second, each committed and synced, on a server of its own.
pub(super) fn inserts(binaries: &Path) -> anyhow::Result<Vec<Sample>> {
    let server = Server::start(binaries)?;
    let script = server.folder.join("insert.sql");
    std::fs::write(&script, INSERT)?;
    project::output(server.program("psql").args(["-q", "-c", ROW]))?;
    let mut bench = server.program("pgbench");
    bench.args(["-n", "-c", CLIENTS, "-j", "2", "-T", SECONDS, "-f"]).arg(&script);
    let printed = project::output(&mut bench)?;
    let value = rate(&printed).with_context(|| format!("pgbench printed no rate: {printed}"))?;
    Ok(vec![Sample { name: format!("  PostgreSQL inserts, {CLIENTS} clients"), unit: "/s".to_owned(), value }])
}

/// `tps = 7812.3 (without initial connection time)`.
fn rate(printed: &str) -> Option<f64> {
    let line = printed.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split(' ').next()?.parse().ok()
}

/// A server that syncs what it commits, in a folder of its own, on a socket in it.
struct Server {
    binaries: PathBuf,
    folder: PathBuf,
    process: Child,
}

impl Server {
    fn start(binaries: &Path) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("xinyu-bench-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        // It refuses to run as root.
        run(Command::new("chown").arg("postgres").arg(&folder))?;
        let as_postgres = |program: &str| {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(binaries.join(program)).current_dir("/");
            command
        };
        let data = folder.join("data");
        project::output(as_postgres("initdb").arg("-D").arg(&data).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "--locale=C",
        ]))?;
        let mut command = as_postgres("postgres");
        command.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-c", "listen_addresses="]);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let server = Self { binaries: binaries.to_owned(), folder, process };
        let started = std::time::Instant::now();
        while !server.program("pg_isready").stdout(Stdio::null()).status()?.success() {
            if started.elapsed() > PATIENCE {
                bail!("PostgreSQL does not start");
            }
            look_later();
        }
        Ok(server)
    }

    /// A program that speaks to it.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.join(name));
        command.arg("-h").arg(&self.folder).args(["-U", "postgres"]);
        command.env("PGDATABASE", "postgres");
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stop = Command::new("runuser")
            .args(["-u", "postgres", "--"])
            .arg(self.binaries.join("pg_ctl"))
            .args(["stop", "-m", "immediate", "-D"])
            .arg(self.folder.join("data"))
            .current_dir("/")
            .stdout(Stdio::null())
            .status();
        if stop.is_err() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn the_rate_stands_behind_its_name() {
        let printed = "latency average = 8.1 ms\ntps = 7812.300000 (without initial connection time)\n";
        assert_eq!(rate(printed), Some(7812.3));
        assert_eq!(rate("latency average = 8.1 ms\n"), None);
    }
}
