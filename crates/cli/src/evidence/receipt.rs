//! Receipts on the command line.

use std::path::Path;

use serde_json::json;
use xinyu_evidence::checkpoint::{KEY_PATH, Keys};
use xinyu_evidence::receipt::{Receipt, ReceiptError};
use xinyu_evidence::verify::FileSource;

use super::witness::{self, Finding};
use crate::output::{Context, Failed};

/// Verifies a receipt with the keys of its log, and what its witnesses come to by a policy.
///
/// # Errors
/// What does not hold.
pub(super) fn verify(
    context: &Context,
    files: &dyn FileSource,
    path: &Path,
    policy: Option<&Path>,
) -> Result<(), Failed> {
    let keys = keys(files)?;
    let wrong = |error: ReceiptError| Failed::from(format!("{}: {error}", path.display()));
    let receipt = read(path)?;
    let report = receipt.verify(&keys).map_err(wrong)?;
    let finding = policy.map(|policy| witness::look(policy, &receipt.checkpoint)).transpose()?;
    let enough = || finding.as_ref().map_or(Ok(()), |finding| finding.tell(context));
    if context.json {
        context.print_json(&json!({
            "ok": true, "origin": report.origin, "size": report.size, "index": report.index, "root": report.root.to_string(),
            "kind": report.record.kind, "actor": report.record.actor, "at": report.record.at.to_string(), "signature_checked": report.is_signature_checked,
            "witnessed": finding.as_ref().map(Finding::json),
        }))?;
        return enough();
    }
    context.print(format!(
        "{} #{} / {}: {} {} {}",
        context.say("回执有效", "the receipt is valid"),
        report.index,
        report.size,
        report.record.kind,
        report.record.actor,
        report.record.at
    ));
    enough()
}

/// Reads a receipt.
///
/// # Errors
/// If it is none.
pub(super) fn read(path: &Path) -> Result<Receipt, Failed> {
    let bytes = std::fs::read(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))?;
    Receipt::parse(&bytes).map_err(|error| Failed::from(format!("{}: {error}", path.display())))
}

/// The keys of a log.
///
/// # Errors
/// If they are not there.
pub(super) fn keys(files: &dyn FileSource) -> Result<Keys, Failed> {
    let key = files.read(KEY_PATH).map_err(|error| Failed::from(format!("{KEY_PATH}: {error}")))?;
    String::from_utf8_lossy(&key).parse().map_err(|error| Failed::from(format!("{KEY_PATH}: {error}")))
}
