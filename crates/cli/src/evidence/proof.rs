//! Proofs of one entry in the standard form on the command line. C2SP tlog-proof.

use std::path::Path;

use serde_json::json;
use xinyu_evidence::checkpoint::KEY_PATH;
use xinyu_evidence::note::Verifier;
use xinyu_evidence::tlog_proof::{TlogProof, TlogProofError};
use xinyu_evidence::verify::FileSource;

use super::receipt;
use super::witness::{self, Finding};
use crate::output::{Context, Failed};

/// Prints the proof that a receipt holds.
///
/// # Errors
/// If there is no receipt.
pub(super) fn export(context: &Context, path: &Path) -> Result<(), Failed> {
    let proof = receipt::read(path)?.to_tlog_proof();
    let proof = proof.map_err(|error| Failed::from(format!("{}: {error}", path.display())))?;
    context.print(proof.to_string().trim_end());
    Ok(())
}

/// Verifies a proof with the key of its log: the first line of the log's file `key`.
///
/// # Errors
/// What does not hold.
pub(super) fn verify(
    context: &Context,
    files: &dyn FileSource,
    (path, entry): (&Path, Option<&Path>),
    policy: Option<&Path>,
) -> Result<(), Failed> {
    let wrong = |error: TlogProofError| Failed::from(format!("{}: {error}", path.display()));
    let read = |path: &Path| std::fs::read(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())));
    let proof: TlogProof = String::from_utf8_lossy(&read(path)?).parse().map_err(wrong)?;
    let entry = entry.map(read).transpose()?.or_else(|| proof.extra.clone());
    let entry =
        entry.ok_or_else(|| {
            Failed::usage(context.say(
                "证明未附带存证原文，请用 --entry 给出",
                "the proof does not bring the entry: give it with --entry",
            ))
        })?;
    let checkpoint = proof.verify(&key(files)?, &entry).map_err(wrong)?;
    let finding = policy.map(|policy| witness::look(policy, &proof.checkpoint.to_string())).transpose()?;
    if context.json {
        context.print_json(&json!({
            "ok": true, "origin": checkpoint.origin, "size": checkpoint.size, "index": proof.index, "root": checkpoint.root.to_string(),
            "entry": String::from_utf8_lossy(&entry), "witnessed": finding.as_ref().map(Finding::json),
        }))?;
    } else {
        context.print(format!(
            "{} #{} / {}: {}",
            context.say("证明有效", "the proof is valid"),
            proof.index,
            checkpoint.size,
            String::from_utf8_lossy(&entry)
        ));
    }
    finding.map_or(Ok(()), |finding| finding.tell(context))
}

/// The key of a log of any maker.
fn key(files: &dyn FileSource) -> Result<Verifier, Failed> {
    let bytes = files.read(KEY_PATH).map_err(|error| Failed::from(format!("{KEY_PATH}: {error}")))?;
    let text = String::from_utf8_lossy(&bytes);
    text.lines().next().unwrap_or_default().parse().map_err(|error| Failed::from(format!("{KEY_PATH}: {error}")))
}
