//! The checkpoint of any log, as far as C2SP tlog-checkpoint fixes it. A witness serves logs of other makers, whose
//! checkpoints have other extension lines than ours, or none; what stands in them is nothing to it.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use xinyu_crypto::Digest;

use super::CheckpointError;

/// What every checkpoint says. Nothing of it is to be believed before its note is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignCheckpoint {
    /// Whose log.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root of the SHA-256 tree over them.
    pub root: Digest,
    /// The further lines, which mean nothing here.
    pub extensions: Vec<String>,
}

impl ForeignCheckpoint {
    /// Reads the text of a checkpoint's note.
    ///
    /// # Errors
    /// The line that is malformed: an empty origin, a size with a sign or a leading zero, a root that is not 32 bytes of
    /// base64, an empty extension line, or a last line without its newline.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = (1..).zip(text.split_inclusive('\n')).map(|(number, line)| match line.strip_suffix('\n') {
            Some(line) if !line.is_empty() => Ok(line),
            _ => Err(CheckpointError::Line(number)),
        });
        let mut line = |number| lines.next().unwrap_or(Err(CheckpointError::Line(number)));
        let (origin, size, root) = (line(1)?, line(2)?, line(3)?);
        let size = parse_size(size).ok_or(CheckpointError::Line(2))?;
        let root = super::digest(root).ok_or(CheckpointError::Line(3))?;
        let extensions = lines.map(|line| line.map(str::to_owned)).collect::<Result<_, _>>()?;
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    /// The text of the note: what [`Self::parse`] reads.
    pub fn text(&self) -> String {
        let Self { origin, size, root, extensions } = self;
        let root = BASE64_STANDARD.encode(root);
        let extensions: String = extensions.iter().map(|line| format!("{line}\n")).collect();
        format!("{origin}\n{size}\n{root}\n{extensions}")
    }
}

/// A size in its one spelling: decimal, no sign, no leading zero.
pub(crate) fn parse_size(text: &str) -> Option<u64> {
    text.parse().ok().filter(|size: &u64| size.to_string() == text)
}
