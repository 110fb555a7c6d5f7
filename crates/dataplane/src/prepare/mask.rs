//! Desensitisation (脱敏). A mask is a function of the value, the method and the salt, so the same value gives the same
//! mask throughout a contract. What is too short to keep its ends is covered as a whole. No value stays no value.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xinyu_core::data::{Cell, ColumnKind};
use xinyu_crypto::Suite;

/// How a field is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskMethod {
    /// A name: the family's character and, of three and more, the last: 张*, 张*三.
    Name,
    /// A citizen number: 3 characters and the last 4.
    CitizenId,
    /// A telephone number: 3 characters and the last 4: 138****1234.
    Mobile,
    /// An electronic address: the first character and the domain: `z***@example.com`.
    Email,
    /// An account number: 4 characters and the last 4.
    BankCard,
    /// Anything: the first and the last character.
    KeepEnds,
    /// A pseudonym of 32 hexadecimal digits, equal for equal values. As hard to undo as the salt is to guess: who knows
    /// the salt can try all telephone numbers.
    Hash,
    /// The year of a date, as a number; no value if it is none.
    Year,
    /// No value.
    Null,
}

/// Every method, by its name.
pub const METHODS: [(&str, MaskMethod); 9] = [
    ("name", MaskMethod::Name),
    ("citizen_id", MaskMethod::CitizenId),
    ("mobile", MaskMethod::Mobile),
    ("email", MaskMethod::Email),
    ("bank_card", MaskMethod::BankCard),
    ("keep_ends", MaskMethod::KeepEnds),
    ("hash", MaskMethod::Hash),
    ("year", MaskMethod::Year),
    ("null", MaskMethod::Null),
];

/// Bytes of a pseudonym: half the hash, so that 2^64 values are needed for two to meet.
const PSEUDONYM_BYTES: usize = 16;

impl MaskMethod {
    /// The method of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        METHODS.into_iter().find_map(|(known, method)| (known == name).then_some(method))
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        METHODS.into_iter().find_map(|(name, method)| (method == self).then_some(name)).unwrap_or_default()
    }

    /// Of which kind masked values are.
    #[must_use]
    pub fn kind(self, kind: ColumnKind) -> ColumnKind {
        match self {
            Self::Null => kind,
            Self::Year => ColumnKind::Integer,
            _ => ColumnKind::Text,
        }
    }

    /// Masks a value. Only [`Self::Hash`] uses the salt, which should be a secret of the provider and another for each contract.
    #[must_use]
    pub fn apply(&self, cell: Cell, salt: &[u8]) -> Cell {
        if cell.is_null() {
            return Cell::Null;
        }
        let text = match cell {
            Cell::Text(text) => text,
            other => other.to_string(),
        };
        Cell::Text(match self {
            Self::Name => {
                let tail = usize::from(text.chars().count() > 2);
                keep(&text, 1, tail)
            }
            Self::CitizenId | Self::Mobile => keep(&text, 3, 4),
            Self::Email => email(&text),
            Self::BankCard => keep(&text, 4, 4),
            Self::KeepEnds => keep(&text, 1, 1),
            Self::Hash => pseudonym(&text, salt),
            Self::Year => return year(&text),
            Self::Null => return Cell::Null,
        })
    }
}

impl fmt::Display for MaskMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Covers all but the ends; everything, if nothing would be covered.
fn keep(text: &str, head: usize, tail: usize) -> String {
    let length = text.chars().count();
    let ends = head.saturating_add(tail);
    let (head, tail) = if length > ends { (head, length.saturating_sub(tail)) } else { (0, length) };
    text.chars()
        .enumerate()
        .map(|(index, character)| if index < head || index >= tail { character } else { '*' })
        .collect()
}

fn email(text: &str) -> String {
    match text.rsplit_once('@') {
        // How long the name is would tell something: always three stars.
        Some((local, domain)) => match local.chars().next() {
            Some(first) if local.chars().nth(1).is_some() => format!("{first}***@{domain}"),
            _ => format!("***@{domain}"),
        },
        None => keep(text, 0, 0),
    }
}

/// SM3 of the salt, its length before it, and the value: of one hash function whatever the space's suite, so that a
/// contract's pseudonyms stay what they are. The length keeps apart what salt and value could share; half of the hash is
/// given, so none can be continued.
fn pseudonym(text: &str, salt: &[u8]) -> String {
    let mut hasher = Suite::Sm.hasher();
    hasher.update(&u64::try_from(salt.len()).unwrap_or(u64::MAX).to_be_bytes());
    hasher.update(salt);
    hasher.update(text.as_bytes());
    let digest = hasher.finalize();
    hex::encode(digest.as_bytes().get(..PSEUDONYM_BYTES).unwrap_or_default())
}

/// Of `1986-05-12`, with or without a time, and of `19860512`.
fn year(text: &str) -> Cell {
    let day = text.get(..10).filter(|_| text.get(10..11).is_none_or(|next| next == "T" || next == " "));
    let day = match day {
        Some(day) => day.parse::<Date>(),
        None if text.len() == 8 => Date::strptime("%Y%m%d", text),
        None => return Cell::Null,
    };
    day.map_or(Cell::Null, |day| Cell::Integer(i64::from(day.year())))
}
