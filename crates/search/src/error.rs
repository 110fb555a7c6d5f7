//! What goes wrong, by whose fault.

use xinyu_protocol::text::Text;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The question is none: a cursor that we did not make, a text that is too long. The asker's fault.
    #[error("{}", text.en)]
    Question {
        /// A word for programs.
        code: &'static str,
        /// What is wrong with it.
        text: Text,
    },
    /// The index cannot be read or written. Ours.
    #[error("the index of the catalogue fails: {0}")]
    Index(String),
}

impl Error {
    pub(crate) fn question(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Question { code, text: Text::new(zh, en) }
    }
}

impl From<tantivy::TantivyError> for Error {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Index(error.to_string())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Index(error.to_string())
    }
}
