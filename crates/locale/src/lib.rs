//! What console and command line say by themselves: one catalogue of messages in Fluent, Chinese and English, and numbers, money and times as each
//! language writes them. Pure. Sentences that are decided at run time (a reason, a problem) are not here: they travel in both languages.

mod catalogue;
pub mod format;

pub use catalogue::{has, ids, text, text_with};

/// A language of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lang {
    /// Chinese, in simplified characters.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Both, Chinese first.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The language tag of HTML and HTTP: `zh-CN` or `en`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }
}
