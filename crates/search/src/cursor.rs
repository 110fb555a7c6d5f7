//! Where the next page begins: behind the last hit of this one. A cursor holds the sorting key of a hit that its reader has seen and nothing else, so there is nothing to
//! keep secret; one that was made up begins somewhere among what is visible, or is refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::Error;

/// What hits are sorted by, the best first: what was asked for, then the newest, then by chance.
pub(crate) type Key = (u64, u64, u64);

const VERSION: u8 = 1;

/// Writes the cursor of a question.
pub(crate) fn write(question: u64, key: Key) -> String {
    let mut bytes = vec![VERSION];
    for number in [question, key.0, key.1, key.2] {
        bytes.extend(number.to_be_bytes());
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads the cursor of a question.
///
/// # Errors
/// If it is none, or another question's.
pub(crate) fn read(question: u64, cursor: &str) -> Result<Key, Error> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| forged())?;
    let Some((&VERSION, numbers)) = bytes.split_first() else { return Err(forged()) };
    let (numbers, rest) = numbers.as_chunks::<8>();
    match numbers {
        [asked, one, two, three] if rest.is_empty() => {
            if u64::from_be_bytes(*asked) != question {
                return Err(Error::question(
                    "cursor-of-another-question",
                    "翻页游标属于另一次检索，请从第一页重新开始",
                    "the cursor belongs to another question, begin at the first page",
                ));
            }
            Ok((u64::from_be_bytes(*one), u64::from_be_bytes(*two), u64::from_be_bytes(*three)))
        }
        _ => Err(forged()),
    }
}

fn forged() -> Error {
    Error::question("cursor", "翻页游标无效，请从第一页重新开始", "the cursor is none of ours, begin at the first page")
}
