//! What happens and who does it, step by step, on stderr.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use xinyu_protocol::text::Lang;

use crate::output::Context;

/// The display.
pub(crate) struct Progress {
    bar: ProgressBar,
    context: Context,
}

/// How many steps the story has.
const STEPS: u64 = 12;

impl Progress {
    /// A display; silent when a machine reads the output.
    pub(crate) fn new(context: &Context) -> Self {
        let bar = if context.json { ProgressBar::hidden() } else { ProgressBar::new(STEPS) };
        if let Ok(style) = ProgressStyle::with_template("{bar:20.cyan/blue} {pos:>2}/{len} {elapsed:>4} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, context: *context }
    }

    /// A step begins.
    pub(crate) fn begin(&self, zh: &str, en: &str) {
        self.bar.set_message(self.context.say(zh, en).to_owned());
    }

    /// A step is done: what came of it.
    pub(crate) fn done(&self, zh: impl AsRef<str>, en: impl AsRef<str>) {
        self.bar.inc(1);
        let line = format!("✓ {:>2}  {}", self.bar.position(), self.context.say(zh.as_ref(), en.as_ref()));
        if self.context.json {
            return;
        }
        // Where stderr is no terminal the bar draws nothing; the lines are wanted there too.
        if self.bar.is_hidden() {
            eprintln!("{line}");
        } else {
            self.bar.println(line);
        }
    }

    /// The reader's language.
    pub(crate) fn lang(&self) -> Lang {
        self.context.lang
    }

    /// All is told.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
