//! What a kit's output says. Its lines for the tests and our runner's summary must agree: a kit that dies half way has not passed.

use anyhow::bail;

/// What was read so far.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    passed: Vec<String>,
    failed: Vec<String>,
    /// Each with its cause. A class of tests that cannot start stands here too, though none of its tests ran.
    failures: Vec<String>,
    counted_passed: Option<usize>,
    counted_failed: Option<usize>,
}

impl Verdict {
    /// Takes in a line; what it says of one test.
    pub(crate) fn read(&mut self, line: &str) -> Option<String> {
        if let Some(said) = line.strip_prefix("kit ") {
            self.read_summary(said);
            return None;
        }
        // `[2026-11-25T17:42:24.513404516] SUCCESSFUL: CAT:01-03`
        let (_, said) = line.split_once("] ")?;
        if let Some(test) = said.strip_prefix("SUCCESSFUL: ") {
            self.passed.push(test.to_owned());
            return Some(format!("passed {test}"));
        }
        let test = said.strip_prefix("FAILED: ").or_else(|| said.strip_prefix("ABORTED: "))?;
        self.failed.push(test.to_owned());
        Some(format!("FAILED {test}"))
    }

    fn read_summary(&mut self, said: &str) {
        match said.split_once(": ") {
            Some(("passed", count)) => self.counted_passed = count.parse().ok(),
            Some(("failed", count)) => self.counted_failed = count.parse().ok(),
            Some(("failure", failure)) => self.failures.push(failure.to_owned()),
            _ => {}
        }
    }

    /// How many tests passed, when all went well and none is missing. Those that are superseded may fail, and nothing else.
    pub(crate) fn judge(mut self, expected: usize, superseded: &[&str]) -> anyhow::Result<usize> {
        let before = self.failed.len();
        for name in superseded {
            self.failed.retain(|failed| failed != name);
            self.failures.retain(|failure| failure.strip_prefix(*name).is_none_or(|rest| !rest.starts_with(": ")));
        }
        let aside = before - self.failed.len();
        if !self.failed.is_empty() || !self.failures.is_empty() {
            let why = if self.failures.is_empty() { self.failed.join(", ") } else { self.failures.join("\n  ") };
            bail!("{} passed, {} failed:\n  {why}", self.passed.len(), self.failed.len());
        }
        let (Some(passed), Some(failed)) = (self.counted_passed, self.counted_failed) else {
            bail!("the kit ended without a summary, after {} tests", self.passed.len());
        };
        if passed != self.passed.len() || failed != aside {
            bail!("the kit counts {passed} passed and {failed} failed, and named {} and {aside}", self.passed.len());
        }
        if passed + aside < expected {
            bail!("the kit ran {} tests, not {expected}", passed + aside);
        }
        Ok(passed)
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict;

    fn check(lines: &[&str], expected: usize, expect: Result<usize, &str>) {
        let mut verdict = Verdict::default();
        for line in lines {
            verdict.read(line);
        }
        let judged = verdict.judge(expected, &["old"]).map_err(|error| error.to_string());
        assert_eq!(judged, expect.map_err(str::to_owned), "{lines:?}");
    }

    #[test]
    fn a_kit_passes_when_every_test_does() {
        let one = "[2026-11-25T17:42:24.5] SUCCESSFUL: CAT:01-03";
        let two = "[2026-11-25T17:42:24.5] SUCCESSFUL: CN:01-01";
        let bad = "[2026-11-25T17:42:24.5] FAILED: TP_C:03-06";
        let noise = "[2026-11-25T17:42:24.5] Started: CAT:01-03: Verify that FAILED: is no line";
        check(&[noise, one, two, "kit passed: 2", "kit failed: 0"], 2, Ok(2));
        check(&[one, "kit passed: 1", "kit failed: 0"], 2, Err("the kit ran 1 tests, not 2"));
        check(&[one, two], 2, Err("the kit ended without a summary, after 2 tests"));
        check(
            &[one, "kit passed: 2", "kit failed: 0"],
            1,
            Err("the kit counts 2 passed and 0 failed, and named 1 and 0"),
        );
        check(
            &[
                one,
                bad,
                "kit failure: TP_C:03-06: Verify x: java.lang.AssertionError: no",
                "kit passed: 1",
                "kit failed: 1",
            ],
            2,
            Err("1 passed, 1 failed:\n  TP_C:03-06: Verify x: java.lang.AssertionError: no"),
        );
        check(&[one, bad], 2, Err("1 passed, 1 failed:\n  TP_C:03-06"));
        let old = ["[2026-11-25T17:42:24.5] FAILED: old", "kit failure: old: java.lang.AssertionError: got 200"];
        check(&[one, old[0], old[1], "kit passed: 1", "kit failed: 1"], 2, Ok(1));
        check(
            &[one, old[0], old[1], "kit passed: 1", "kit failed: 2"],
            2,
            Err("the kit counts 1 passed and 2 failed, and named 1 and 1"),
        );
        check(&[one, bad, old[0], "kit passed: 1", "kit failed: 2"], 2, Err("1 passed, 1 failed:\n  TP_C:03-06"));
        let newer = "[2026-11-25T17:42:24.5] FAILED: older";
        check(&[one, newer, "kit passed: 1", "kit failed: 1"], 2, Err("1 passed, 1 failed:\n  older"));
        check(
            &["kit failure: MET_01: java.lang.NoClassDefFoundError: x", "kit passed: 0", "kit failed: 0"],
            0,
            Err("0 passed, 0 failed:\n  MET_01: java.lang.NoClassDefFoundError: x"),
        );
    }
}
