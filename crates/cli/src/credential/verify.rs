//! `xinyu credential verify FILE`: a stranger verifies a credential, with nothing but the file and what its issuer publishes: DID document, status list,
//! schema. No node of ours is asked, and nobody logs in. DCP 1.0.1 §5.4.3; W3C Bitstring Status List v1.0.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::UNIX_EPOCH;

use jiff::Timestamp;
use serde_json::{Value, json};
use xinyu_http::{EgressPolicy, Fetcher};
use xinyu_identity::VerifiableCredential;
use xinyu_shell::Failure;
use xinyu_shell::dcp::verifier;

use crate::output::{Context, Failed};

/// Verifies the credential in a file.
pub(crate) fn run(context: &Context, file: &Path, is_local: bool) -> Result<(), Failed> {
    let text = std::fs::read_to_string(file).map_err(|error| Failed::usage(format!("{}: {error}", file.display())))?;
    let credential = VerifiableCredential::parse(text.trim())
        .map_err(|error| Failed::from(format!("{}: {error}", file.display())))?;
    let egress = if is_local { EgressPolicy::one_machine() } else { EgressPolicy::default() };
    let fetcher = Fetcher::new(egress)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let now = now()?;
    let checked = runtime.block_on(verifier::check(&fetcher, &credential, &mut BTreeMap::new(), now));
    match checked {
        Ok(()) => print(context, &credential),
        Err(Failure::Rejected(rejection)) => {
            let line =
                format!("{}: {}", context.say("凭证不可信", "not to be believed"), context.text(&rejection.text));
            Err(Failed::from(line))
        }
        Err(other) => Err(Failed::from(format!("{other:?}"))),
    }
}

fn print(context: &Context, credential: &VerifiableCredential) -> Result<(), Failed> {
    if context.json {
        return context.print_json(&json!({
            "ok": true, "id": credential.id, "types": credential.types, "issuer": credential.issuer,
            "validUntil": credential.valid_until, "subjects": credential.subjects,
        }));
    }
    context.print(format!(
        "{}: {} {} {}",
        context.say("凭证有效，未撤销", "the credential is good and not revoked"),
        credential.kind(),
        context.say("签发方", "issued by"),
        credential.issuer
    ));
    for (name, value) in credential.subjects.iter().flatten() {
        let value = value.as_str().map_or_else(|| Value::to_string(value), str::to_owned);
        context.print(format!("  {name}: {value}"));
    }
    Ok(())
}

fn now() -> Result<Timestamp, Failed> {
    #[expect(clippy::disallowed_methods, reason = "a person asks whether it is good now; no clock of a node is near")]
    let now = std::time::SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp::from_second(i64::try_from(now.as_secs())?)?)
}
