//! What does not come over. A text names members, never their values.

use serde::Serialize;
use xinyu_protocol::text::Text;

/// Something that one side says and the other does not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Loss {
    /// Where: a JSON pointer, of JSON-LD in the names of our own context (`/dcat:distribution/0`), or a line. When a description is written: a pointer into the
    /// description.
    pub path: String,
    /// How.
    pub manner: Manner,
    /// Why.
    pub text: Text,
}

/// How something does not come over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// It is left out.
    Left,
    /// It comes over as something else, or less exactly.
    Changed,
    /// The format asks for it, and it is not there.
    Missing,
    /// It was taken out, since it must not travel: a credential, a control character.
    Removed,
}

impl Manner {
    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Removed => "removed",
        }
    }
}

/// Collects what is lost.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    list: Vec<Loss>,
    beyond: usize,
}

/// More than this nobody reads; how many there were is still told.
const MAX_LOSSES: usize = 10_000;

impl Losses {
    pub(crate) fn note(
        &mut self,
        manner: Manner,
        path: impl Into<String>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        if self.list.len() < MAX_LOSSES {
            self.list.push(Loss { path: path.into(), manner, text: Text::new(zh, en) });
        } else {
            self.beyond += 1;
        }
    }

    pub(crate) fn left(&mut self, path: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.note(Manner::Left, path, zh, en);
    }

    pub(crate) fn changed(&mut self, path: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.note(Manner::Changed, path, zh, en);
    }

    pub(crate) fn missing(&mut self, path: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.note(Manner::Missing, path, zh, en);
    }

    pub(crate) fn removed(&mut self, path: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.note(Manner::Removed, path, zh, en);
    }

    pub(crate) fn into_list(mut self) -> Vec<Loss> {
        if self.beyond > 0 {
            let (zh, en) = (format!("另有 {} 项未列出", self.beyond), format!("{} more are not listed", self.beyond));
            self.list.push(Loss { path: String::new(), manner: Manner::Left, text: Text::new(zh, en) });
        }
        self.list
    }
}
