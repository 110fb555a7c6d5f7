//! A program that we read line by line, for so long and no longer, and that does not outlive us.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// A running program. Everything that it prints also stands in its log file.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    until: Instant,
}

impl Running {
    /// Starts the program; [`Running::line`] fails once the time is over.
    pub(crate) fn start(command: &mut Command, log: &Path, patience: Duration) -> anyhow::Result<Running> {
        let mut file = File::create(log).with_context(|| format!("{} cannot be written", log.display()))?;
        let errors = file.try_clone()?;
        // Left open until the program is dropped: some run until it ends.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
        let mut child =
            command.spawn().with_context(|| format!("{} does not start", command.get_program().display()))?;
        let (sender, lines) = channel();
        let printed = child.stdout.take().context("the program's output is not ours to read")?;
        std::thread::spawn(move || {
            let mut printed = BufReader::new(printed);
            let mut line = Vec::new();
            // Bytes, because not every program prints only UTF-8. Who does not listen any more does not stop the log.
            while printed.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let _ = file.write_all(&line);
                let _ = sender.send(String::from_utf8_lossy(&line).trim_end().to_owned());
                line.clear();
            }
        });
        Ok(Running { child, lines, until: Instant::now() + patience })
    }

    /// The next line; nothing at the end of the output.
    pub(crate) fn line(&mut self) -> anyhow::Result<Option<String>> {
        match self.lines.recv_timeout(self.until.saturating_duration_since(Instant::now())) {
            Ok(line) => Ok(Some(line)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => bail!("it took too long and was ended"),
        }
    }

    /// Reads until a line holds a text.
    pub(crate) fn wait_for(&mut self, text: &str) -> anyhow::Result<()> {
        while let Some(line) = self.line()? {
            if line.contains(text) {
                return Ok(());
            }
        }
        bail!("it ended before it said {text:?}")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::Running;

    fn start(name: &str, script: &str, patience: Duration) -> (Running, std::path::PathBuf) {
        let log = std::env::temp_dir().join(format!("xinyu-child-{name}-{}", std::process::id()));
        (Running::start(Command::new("sh").args(["-c", script]), &log, patience).unwrap(), log)
    }

    #[test]
    fn lines_come_and_stay_in_the_log() {
        let (mut running, log) = start("lines", "echo one; echo two; echo three >&2", Duration::from_secs(20));
        running.wait_for("two").unwrap();
        assert_eq!(running.line().unwrap(), None);
        drop(running);
        let text = std::fs::read_to_string(&log).unwrap();
        // What goes to the errors may come between the others.
        let of_output: Vec<_> = text.lines().filter(|line| *line != "three").collect();
        assert_eq!(of_output, ["one", "two"], "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
        std::fs::remove_file(log).unwrap();
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let started = Instant::now();
        let (mut running, log) = start("hangs", "echo $$; exec sleep 60", Duration::from_millis(300));
        let process = running.line().unwrap().unwrap();
        assert_eq!(running.line().unwrap_err().to_string(), "it took too long and was ended");
        drop(running);
        assert!(!std::path::Path::new(&format!("/proc/{process}")).exists());
        assert!(started.elapsed() < Duration::from_secs(20));
        std::fs::remove_file(log).unwrap();
    }
}
