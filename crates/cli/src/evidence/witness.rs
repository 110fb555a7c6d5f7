//! Witnesses on the command line: who cosigns the log of a space, what this node has cosigned, and whether a checkpoint has what a policy asks for, offline.
//! C2SP tlog-witness, tlog-policy.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};
use xinyu_evidence::note::Note;
use xinyu_evidence::quorum::TrustPolicy;
use xinyu_protocol::api::witness::{OwnWitnessInfo, WitnessesInfo};

use crate::client::{Access, ask, segment};
use crate::output::{Context, Failed};

/// Who cosigns the heads of a log.
///
/// # Errors
/// What the node answers.
pub(super) fn of_log(context: &Context, access: &Access, space: &str) -> Result<(), Failed> {
    let found: WitnessesInfo = ask(context, access, async |client| {
        client.get(&format!("/api/v1/evidence/{}/witnesses", segment(space))).await
    })?;
    if context.json {
        return context.print_json(&found);
    }
    let (zh, en) = if found.met { ("已满足", "met") } else { ("未满足", "not met") };
    context.print(format!(
        "{} · {} {} · {} {} {}",
        found.origin,
        found.size,
        context.say("条", "entries"),
        context.say("要求共签", "cosignatures asked for:"),
        found.quorum,
        context.say(zh, en)
    ));
    for one in &found.witnesses {
        let name =
            if one.party_name.is_empty() { one.key.split('+').next().unwrap_or_default() } else { &one.party_name };
        let last = one.cosigned_at.map_or_else(
            || context.say("尚未共签", "nothing cosigned").to_owned(),
            |at| format!("{} {} · {at}", one.size, context.say("条", "entries")),
        );
        let trouble = one.trouble.as_deref().map(|why| format!(" · {why}")).unwrap_or_default();
        context.print(format!("  {name}: {last}{trouble}"));
    }
    Ok(())
}

/// What this node has cosigned as a witness.
///
/// # Errors
/// What the node answers.
pub(super) fn own(context: &Context, access: &Access) -> Result<(), Failed> {
    let found: OwnWitnessInfo = ask(context, access, async |client| client.get("/api/v1/witness").await)?;
    if context.json {
        return context.print_json(&found);
    }
    context.print(&found.key);
    for one in &found.logs {
        context.print(format!(
            "  {}: {} {} · {} · {}",
            one.origin,
            one.size,
            context.say("条", "entries"),
            one.cosigned_at,
            one.root
        ));
    }
    Ok(())
}

/// What a policy finds on a checkpoint.
pub(super) struct Finding {
    is_quorum: bool,
    witnesses: Vec<(String, Option<Timestamp>)>,
}

/// A checkpoint with the lines of its witnesses, which must be the one that was verified.
///
/// # Errors
/// If it is of another head.
pub(super) fn read(context: &Context, path: &Path, verified: &str) -> Result<String, Failed> {
    let text = std::fs::read_to_string(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))?;
    if text.starts_with(verified) {
        return Ok(text);
    }
    let (zh, en) =
        ("不是这份日志当前的检查点，请重新取得", "is not the checkpoint of this log as it is: fetch it again");
    Err(Failed::from(format!("{}: {}", path.display(), context.say(zh, en))))
}

/// Reads a policy and looks at a checkpoint by it.
///
/// # Errors
/// If the policy is none, or the checkpoint is not that of a log that it names.
pub(super) fn look(path: &Path, checkpoint: &str) -> Result<Finding, Failed> {
    let text = std::fs::read_to_string(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))?;
    let policy: TrustPolicy = text.parse().map_err(|error| Failed::usage(format!("{}: {error}", path.display())))?;
    let note = Note::parse(checkpoint).map_err(|error| Failed::from(error.to_string()))?;
    let found = policy.evaluate(&note).map_err(|error| Failed::from(format!("{}: {error}", path.display())))?;
    let at = |seconds: u64| i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let witnesses = found.witnesses.iter().map(|(witness, seconds)| (witness.name.clone(), at(*seconds))).collect();
    Ok(Finding { is_quorum: found.is_quorum, witnesses })
}

impl Finding {
    /// As JSON.
    pub(super) fn json(&self) -> Value {
        let witnesses = self.witnesses.iter().map(|(name, at)| json!({ "name": name, "at": at }));
        json!({ "quorum": self.is_quorum, "witnesses": witnesses.collect::<Vec<_>>() })
    }

    /// Tells it to people.
    ///
    /// # Errors
    /// If the witnesses are not enough.
    pub(super) fn tell(&self, context: &Context) -> Result<(), Failed> {
        if !context.json {
            for (name, at) in &self.witnesses {
                let at = at.map(|at| at.to_string()).unwrap_or_default();
                context.print(format!("{} {name} {at}", context.say("已共签", "cosigned by")));
            }
        }
        if self.is_quorum {
            return Ok(());
        }
        Err(Failed::from(
            context.say("见证共签不足，未达到策略要求", "the witnesses are not enough for the policy").to_owned(),
        ))
    }
}
