//! The mark of a result that leaves as rows (结果水印): a last column that says, in every row, of which contract and which use it is. TC609-6-2025-15 §7.1.2.1 b,
//! §7.1.2.4 e. Pure.
//!
//! It is a visible mark and nothing more: whoever wants to can delete the column. It traces what was passed on as it came, also a single row of it; whether a
//! mark is genuine tells the evidence, where the record of the use carries it beside the digest of the result. The check at its end finds slips of the pen, no
//! forgery.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use xinyu_crypto::Suite;

/// One mark.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The contract.
    pub contract_id: String,
    /// The use.
    pub use_id: String,
}

const HEAD: &str = "XYM1.";
/// The name of the column.
pub const COLUMN: &str = "xinyu_mark";
const CHECK: usize = 10;

impl Mark {
    /// Of a use under a contract.
    #[must_use]
    pub fn new(contract_id: &str, use_id: &str) -> Self {
        Self { contract_id: contract_id.to_owned(), use_id: use_id.to_owned() }
    }

    /// As it is written: `XYM1.<contract>.<use>.<check>`.
    #[must_use]
    pub fn text(&self) -> String {
        let named = URL_SAFE_NO_PAD.encode(self.use_id.as_bytes());
        format!("{HEAD}{}.{named}.{}", self.contract_id, self.check())
    }

    fn check(&self) -> String {
        let mut hasher = Suite::Intl.hasher();
        for part in ["xinyu-mark-1", &self.contract_id, &self.use_id] {
            hasher.update(part.as_bytes());
            hasher.update(&[0]);
        }
        hasher.finalize().to_string().chars().take(CHECK).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (contract, named, check) = (parts.next()?, parts.next()?, parts.next()?);
        let use_id = String::from_utf8(URL_SAFE_NO_PAD.decode(named).ok()?).ok()?;
        let mark = Self::new(contract, &use_id);
        (mark.check() == check).then_some(mark)
    }
}

/// Every mark in a text, whatever the text is otherwise: a table of any format, a line of it, a page that was copied.
#[must_use]
pub fn find(text: &str) -> BTreeSet<Mark> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*');
    let rest = text.split(HEAD).skip(1);
    rest.filter_map(|rest| Mark::parse(rest.split(|c| !is_part(c)).next()?)).collect()
}

/// Marks a table, and reads the mark back from every row of it.
///
/// # Errors
/// If a row does not carry it afterwards: such a result must not leave.
pub fn apply(mark: &Mark, columns: &mut Vec<String>, rows: &mut [Vec<Value>]) -> Result<String, String> {
    let text = mark.text();
    let mut name = COLUMN.to_owned();
    while columns.contains(&name) {
        name.push('_');
    }
    columns.push(name);
    for row in rows.iter_mut() {
        row.push(Value::from(text.clone()));
    }
    let width = columns.len();
    let carries = |row: &Vec<Value>| {
        row.len() == width
            && row.last().and_then(Value::as_str).is_some_and(|last| find(last).iter().eq(std::iter::once(mark)))
    };
    if !rows.iter().all(carries) {
        return Err("a row of the result does not carry its mark".to_owned());
    }
    Ok(text)
}
