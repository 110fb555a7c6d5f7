//! What a file probably is, with reasons.

use serde::Serialize;
use serde_json::Value;
use xinyu_protocol::text::Text;

use super::{FORMATS, Format, encoding, member};

/// What a file may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Guess {
    /// Name of the format.
    pub format: &'static str,
    /// How sure it is, of a thousand.
    pub permille: u16,
    /// Why.
    pub reason: Text,
}

impl Guess {
    pub(crate) fn of(format: &Format, permille: u16, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { format: format.name, permille, reason: Text::new(zh, en) }
    }
}

/// What formats look at.
#[derive(Debug)]
pub(crate) struct Sample<'a> {
    /// The file's name, in small letters.
    pub name: String,
    /// The file.
    pub bytes: &'a [u8],
    /// Its text, if it is one.
    pub text: Option<String>,
    /// Its value, if it is JSON.
    pub json: Option<Value>,
}

impl Sample<'_> {
    /// Whether the text has it.
    pub(crate) fn says(&self, part: &str) -> bool {
        self.text.as_deref().is_some_and(|text| text.contains(part))
    }

    /// The member of the outermost object.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        self.json.as_ref().and_then(|value| value.get(name))
    }

    /// Whether the outermost object has it.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }
}

/// What a file may be, the likeliest first; nothing if it looks like none of the formats.
#[must_use]
pub fn recognise(name: &str, bytes: &[u8]) -> Vec<Guess> {
    let text = encoding::decode(bytes).ok().map(|(text, _)| text);
    let json = text.as_ref().and_then(|_| member::parse(bytes, "JSON").ok()).map(|(value, _)| value);
    let sample = Sample { name: name.to_lowercase(), bytes, text, json };
    let mut guesses: Vec<Guess> = FORMATS.iter().filter_map(|format| (format.recognise)(&sample)).collect();
    // Stable: of equals the more special format stands first.
    guesses.sort_by_key(|guess| std::cmp::Reverse(guess.permille));
    guesses
}
