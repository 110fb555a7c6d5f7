//! Trusted time on the command line: the time-stamps of a log as its platform tells them, and their verification offline. RFC 3161.

use std::path::Path;

use serde_json::{Value, json};
use xinyu_crypto::timestamp::{Stamp, StampAuthority};
use xinyu_evidence::checkpoint::{KEY_PATH, Keys};
use xinyu_evidence::stamped;
use xinyu_evidence::verify::FileSource;
use xinyu_protocol::api::trusted_time::StampsInfo;
use xinyu_store::Clock;

use crate::client::{Access, ask, segment};
use crate::output::{Context, Failed};

/// The time-stamps of a log.
///
/// # Errors
/// What the node answers.
pub(super) fn of_log(context: &Context, access: &Access, space: &str) -> Result<(), Failed> {
    let found: StampsInfo =
        ask(context, access, async |client| client.get(&format!("/api/v1/evidence/{}/stamps", segment(space))).await)?;
    if context.json {
        return context.print_json(&found);
    }
    if found.authorities.is_empty() {
        context.print(context.say("未配置时间戳服务", "no time-stamp authority is configured"));
    }
    if let Some(since) = found.waiting_since {
        let overdue = if found.overdue {
            context.say("，已超期，暂不受理新合约", ", overdue: no new contract is taken up")
        } else {
            ""
        };
        context.print(format!("{} {since}{overdue}", context.say("等待时间戳自", "waiting for a time-stamp since")));
    }
    if let Some(trouble) = &found.trouble {
        context.print(trouble);
    }
    for one in &found.stamps {
        context.print(format!("  {} {} · {} · {}", one.size, context.say("条", "entries"), one.at, one.authority));
    }
    Ok(())
}

/// Verifies every stamped head among the files of a log.
///
/// # Errors
/// If one does not hold, or there is none.
pub(super) fn verify(
    context: &Context,
    files: &dyn FileSource,
    size: u64,
    authority: &Path,
) -> Result<Vec<(u64, Stamp)>, Failed> {
    let path = authority.display();
    let text = std::fs::read_to_string(authority).map_err(|error| Failed::usage(format!("{path}: {error}")))?;
    let trusted = StampAuthority::all_from_pem(&text).map_err(|error| Failed::usage(format!("{path}: {error}")))?;
    let key = files.read(KEY_PATH).map_err(|error| Failed::from(format!("{KEY_PATH}: {error}")))?;
    let keys: Keys =
        String::from_utf8_lossy(&key).parse().map_err(|error| Failed::from(format!("{KEY_PATH}: {error}")))?;
    let stamps = stamped::verify(files, &keys, size, &trusted, Some(Clock::system().now()))
        .map_err(|error| Failed::from(error.to_string()))?;
    if stamps.is_empty() {
        let (zh, en) = ("日志中没有可信时间戳", "the log has no time-stamps");
        return Err(Failed::from(context.say(zh, en).to_owned()));
    }
    Ok(stamps)
}

/// As JSON.
pub(super) fn json(stamps: &[(u64, Stamp)]) -> Value {
    stamps.iter().map(|(size, stamp)| json!({ "size": size, "at": stamp.at, "authority": stamp.authority })).collect()
}

/// For people: the last one, and how many there are.
pub(super) fn tell(context: &Context, stamps: &[(u64, Stamp)]) {
    if let Some((size, stamp)) = stamps.last() {
        context.print(format!(
            "{} {}: {size} {} · {} · {}",
            stamps.len(),
            context.say("个可信时间戳，最新", "time-stamps, the newest"),
            context.say("条", "entries"),
            stamp.at,
            stamp.authority
        ));
    }
}
