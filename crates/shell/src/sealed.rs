//! What a node keeps sealed in its store, with its own key: personal data, attachments. NDI-TR-2025-03 §9; TC609-6-2025-13 §7.5.

use xinyu_crypto::{EnvelopeReader, EnvelopeWriter};

use crate::failure::Failure;
use crate::keys;
use crate::node::Node;

/// Seals bytes for this node; `context` says what they are, and they open under no other.
///
/// # Errors
/// If the system gives no randomness.
pub fn seal(node: &Node, context: &str, plain: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut rng = keys::entropy().map_err(Failure::broken)?;
    let keys = node.ring.public();
    let recipient = keys.sealing(node.suite);
    let (mut writer, mut sealed) =
        EnvelopeWriter::new(node.suite, recipient, context.as_bytes(), &mut rng).map_err(Failure::broken)?;
    writer.push(plain, &mut sealed).map_err(Failure::broken)?;
    writer.finish(&mut sealed).map_err(Failure::broken)?;
    Ok(sealed)
}

/// Opens what was sealed here.
///
/// # Errors
/// If it was altered, or sealed elsewhere or as something else.
pub fn open(node: &Node, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut reader = EnvelopeReader::new(node.ring.as_ref(), context.as_bytes());
    let mut plain = Vec::new();
    reader.push(sealed, &mut plain).map_err(Failure::broken)?;
    reader.finish().map_err(Failure::broken)?;
    Ok(plain)
}
