//! What is held, for somebody else: sealed anew for another key, piece by piece, and a result of a use sealed for ourselves. TC609-6-2025-15 §7.1.2.1 b
//! (分发过程具备加密传输), §7.1.2.4 i. The digest is that of the package, which stays the same whoever it is sealed for.

use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, stream};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use xinyu_core::data::pack::{Event, PackError, Packer};
use xinyu_core::data::{Cell, TableSchema};
use xinyu_crypto::{CHUNK_BYTES, EnvelopeWriter, OpeningKey, SealError, SealingKey, Suite};
use zeroize::Zeroize as _;

use crate::vault::{Received, Vault, VaultError};

#[cfg(test)]
mod tests;

/// What is held, as it was packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The suite's hash of the package, in hexadecimal digits.
    pub digest: String,
    /// Rows of all tables.
    pub rows: u64,
    /// Bytes of the package.
    pub bytes: u64,
}

/// Why nothing is sealed.
#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    /// What is held does not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A row that is too long.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A key of another suite, or too much data.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The operating system gives no randomness.
    #[error("operating system gives no randomness")]
    Entropy,
}

/// Reads all that is held under a key of the vault. Blocks.
///
/// # Errors
/// If it is not there, or does not open.
pub fn content(vault: &Vault, key: &str, opening: OpeningKey, suite: Suite) -> Result<Content, ResealError> {
    let (mut hasher, mut rows, mut bytes) = (suite.hasher(), 0_u64, 0_u64);
    let (mut packer, mut plain) = (Packer::default(), Vec::new());
    vault.unpack(key, opening, |event| {
        rows = rows.saturating_add(u64::from(matches!(event, Event::Row(_))));
        packed(&mut packer, &event, &mut plain).map_err(|error| error.to_string())?;
        hasher.update(&plain);
        bytes = bytes.saturating_add(u64::try_from(plain.len()).unwrap_or(u64::MAX));
        plain.zeroize();
        Ok(())
    })?;
    Ok(Content { digest: hasher.finalize().to_string(), rows, bytes })
}

fn packed(packer: &mut Packer, event: &Event, out: &mut Vec<u8>) -> Result<(), PackError> {
    match event {
        Event::Head(schema) => packer.table(schema, out),
        Event::Row(cells) => packer.row(cells, out),
    }
}

/// What is held under a key of the vault, sealed for a recipient under a context, as a stream. It breaks off if what is held does not open: such an envelope is
/// refused by whoever gets it.
pub fn reseal(
    vault: Arc<Vault>,
    key: String,
    opening: OpeningKey,
    suite: Suite,
    recipient: SealingKey,
    context: Vec<u8>,
) -> impl Stream<Item = Result<Bytes, String>> + Send + 'static {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, String>>(8);
    tokio::task::spawn_blocking(move || {
        let give = |piece: Vec<u8>| sender.blocking_send(Ok(piece.into())).map_err(|_| "nobody reads on".to_owned());
        if let Err(error) = poured(&vault, &key, opening, (suite, &recipient, &context), &give) {
            // Whoever reads may have gone.
            let _ = sender.blocking_send(Err(error.to_string()));
        }
    });
    stream::unfold(receiver, async |mut receiver| receiver.recv().await.map(|piece| (piece, receiver)))
}

fn poured(
    vault: &Vault,
    key: &str,
    opening: OpeningKey,
    (suite, recipient, context): (Suite, &SealingKey, &[u8]),
    give: &dyn Fn(Vec<u8>) -> Result<(), String>,
) -> Result<(), ResealError> {
    let (mut writer, mut out) = EnvelopeWriter::new(suite, recipient, context, &mut entropy()?)?;
    let (mut packer, mut plain) = (Packer::default(), Vec::new());
    vault.unpack(key, opening, |event| {
        packed(&mut packer, &event, &mut plain).map_err(|error| error.to_string())?;
        let sealed = writer.push(&plain, &mut out);
        plain.zeroize();
        sealed.map_err(|error| error.to_string())?;
        if out.len() >= CHUNK_BYTES { give(std::mem::take(&mut out)) } else { Ok(()) }
    })?;
    writer.finish(&mut out)?;
    give(out).map_err(VaultError::Stopped)?;
    Ok(())
}

/// Where a result is kept.
pub struct Place<'a> {
    /// The vault.
    pub vault: &'a Vault,
    /// The key under which it is kept, and to which it is bound.
    pub key: &'a str,
    /// The suite of its space.
    pub suite: Suite,
    /// Our own key.
    pub recipient: SealingKey,
}

/// Keeps a table that a use has made, sealed for ourselves: it touches the disk only so.
///
/// # Errors
/// If a row is too long, or the disk refuses; nothing is kept of it then.
pub async fn keep(
    place: Place<'_>,
    schema: &TableSchema,
    rows: &[Vec<Cell>],
) -> Result<(Received, Content), ResealError> {
    let (mut writer, mut out) =
        EnvelopeWriter::new(place.suite, &place.recipient, place.key.as_bytes(), &mut entropy()?)?;
    let (mut hasher, mut bytes) = (place.suite.hasher(), 0_u64);
    let (mut packer, mut plain) = (Packer::default(), Vec::new());
    packer.table(schema, &mut plain)?;
    for cells in std::iter::once(None).chain(rows.iter().map(Some)) {
        if let Some(cells) = cells {
            packer.row(cells, &mut plain)?;
        }
        hasher.update(&plain);
        bytes = bytes.saturating_add(u64::try_from(plain.len()).unwrap_or(u64::MAX));
        let sealed = writer.push(&plain, &mut out);
        plain.zeroize();
        sealed?;
    }
    writer.finish(&mut out)?;
    let whole = stream::iter([Ok::<_, String>(Bytes::from(out))]);
    let received = place.vault.receive(place.key, place.suite, whole).await?;
    let rows = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    Ok((received, Content { digest: hasher.finalize().to_string(), rows, bytes }))
}

fn entropy() -> Result<StdRng, ResealError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| ResealError::Entropy)?;
    let rng = StdRng::from_seed(seed);
    seed.zeroize();
    Ok(rng)
}
