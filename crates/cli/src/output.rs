//! What every command writes with: the language, the form, and how it fails.

use std::io::Write as _;

use comfy_table::{Table, presets};
use serde::Serialize;
use xinyu_protocol::text::{Lang, Text};

/// Language and form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    /// The reader's language.
    pub lang: Lang,
    /// Whether to print JSON.
    pub json: bool,
}

/// A command that did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failed {
    /// One clear line for stderr, unless all was said already.
    pub line: Option<String>,
    /// Exit status.
    pub status: u8,
}

impl<E: std::fmt::Display> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { line: Some(format!("xinyu: {error:#}")), status: 1 }
    }
}

impl Failed {
    /// All was said already.
    pub(crate) fn quietly(status: u8) -> Self {
        Self { line: None, status }
    }

    /// Wrong input, status 2.
    pub(crate) fn usage(line: impl std::fmt::Display) -> Self {
        Self { line: Some(format!("xinyu: {line}")), status: 2 }
    }
}

impl Context {
    /// From the command line, else from the environment.
    pub(crate) fn new(json: bool, lang: Option<&str>) -> Self {
        let from_environment = || {
            ["LC_ALL", "LC_MESSAGES", "LANG"]
                .iter()
                .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
                .unwrap_or_default()
        };
        let lang = Lang::from_locale(&lang.map_or_else(from_environment, str::to_owned));
        Self { lang, json }
    }

    /// One of two texts.
    pub(crate) fn say<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// A text in the reader's language.
    pub(crate) fn text<'a>(&self, text: &'a Text) -> &'a str {
        text.in_lang(self.lang)
    }

    /// Prints a line. A reader who has closed the pipe has read enough.
    pub(crate) fn print(&self, line: impl AsRef<str>) {
        let _ = writeln!(std::io::stdout(), "{}", line.as_ref());
    }

    /// Prints an object as JSON.
    pub(crate) fn print_json<T: Serialize>(&self, value: &T) -> Result<(), Failed> {
        self.print(serde_json::to_string_pretty(value)?);
        Ok(())
    }

    /// Prints a value as JSON on one line, where many follow one another.
    pub(crate) fn print_json_line<T: Serialize>(&self, value: &T) -> Result<(), Failed> {
        self.print(serde_json::to_string(value)?);
        Ok(())
    }

    /// Prints a table for people. Cells are not cut: identifiers are there to be copied.
    pub(crate) fn print_table(&self, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
        self.print(self.table(head, rows));
    }

    /// The same table, for where it is not standard output that it goes to.
    pub(crate) fn table(&self, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_header(head.iter().map(|word| (*word).to_owned()));
        table.add_rows(rows);
        table.trim_fmt()
    }

    /// A message of the catalogue.
    pub(crate) fn message(&self, id: &str) -> String {
        xinyu_locale::text(self.locale(), id)
    }

    /// The language of the catalogue of messages.
    pub(crate) fn locale(&self) -> xinyu_locale::Lang {
        match self.lang {
            Lang::Zh => xinyu_locale::Lang::Zh,
            Lang::En => xinyu_locale::Lang::En,
        }
    }

    /// The word `<prefix>-<value>` of the catalogue; a value that it does not know is its own word.
    pub(crate) fn word(&self, prefix: &str, value: &str) -> String {
        let lang = self.locale();
        let id = format!("{prefix}-{}", value.replace('_', "-").to_lowercase());
        if xinyu_locale::has(lang, &id) { xinyu_locale::text(lang, &id) } else { value.to_owned() }
    }
}
