//! The witnesses of the logs: the connectors of a space's members that are online, and witnesses of other spaces that are configured. Each new head is shown to
//! them with the proof that it extends what they saw last; what they cosign stands under the checkpoint, and the policy of the log says how many are enough.
//! C2SP tlog-witness, tlog-policy.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use xinyu_core::heartbeat::Liveness;
use xinyu_core::participant::MemberState;
use xinyu_crypto::Suite;
use xinyu_evidence::checkpoint::{ForeignCheckpoint, PATH as CHECKPOINT};
use xinyu_evidence::cosignature::Cosigner;
use xinyu_evidence::note::{Note, Verifier};
use xinyu_evidence::proof::consistency_from_tiles;
use xinyu_evidence::quorum::{self, Group, Log, TrustPolicy, Witness};
use xinyu_evidence::witness::{self as protocol, ANSWER_MAX_BYTES, AddCheckpoint};
use xinyu_protocol::api::witness::{WitnessInfo, WitnessesInfo};
use xinyu_protocol::tc609::participant::Role;
use xinyu_shell::Failure;
use xinyu_shell::log::files::LogFolder;
use xinyu_shell::log::{cosigned, origin};
use xinyu_shell::user::Person;
use xinyu_shell::witness::{PATH, name_of};
use xinyu_store::witness::Cosigned;

use crate::app::Platform;

/// The group of all witnesses in it.
const GROUP: &str = "witnesses";
/// How many members of a space are asked; the regulators first.
const MOST: usize = 16;
/// How long the witnesses are left alone after they were asked.
const PAUSE: Duration = Duration::from_millis(250);
/// How long they have to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How soon those are asked again that did not.
const AGAIN: SignedDuration = SignedDuration::from_secs(5);
/// The longest sleep, should a signal be lost.
const LONGEST: Duration = Duration::from_secs(5);

/// Whom the logs of a platform are shown to besides its members, and how many have to have cosigned.
#[derive(Clone, Debug, Default)]
pub struct Witnesses {
    /// How many; 0: none has to.
    pub quorum: u64,
    /// Those of other spaces, with the addresses below which they are asked.
    pub others: Vec<(Cosigner, String)>,
}

/// One that is asked.
#[derive(Clone)]
struct Asked {
    cosigner: Cosigner,
    url: String,
    party: String,
    is_online: bool,
}

/// Shows new heads to the witnesses until the node stops.
pub async fn run(platform: Platform) {
    let mut published = platform.node.published.subscribe();
    loop {
        if let Err(error) = ask_all(&platform).await {
            tracing::error!(%error, "the witnesses of the logs could not be asked, the next attempt follows");
        }
        tokio::select! {
            () = platform.node.stopping() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        tokio::select! {
            () = platform.node.stopping() => return,
            _ = tokio::time::timeout(LONGEST, published.changed()) => {}
        }
    }
}

async fn ask_all(platform: &Platform) -> Result<(), Failure> {
    let logs = platform
        .node
        .store
        .read("witness.logs", |tx| Box::pin(async move { xinyu_store::log::list(tx).await.map_err(Failure::from) }));
    for log in logs.await? {
        if log.published > 0 {
            ask(platform, &log.space_id).await?;
        }
    }
    Ok(())
}

/// Shows the newest head of a log to those that have not cosigned it.
async fn ask(platform: &Platform, space: &str) -> Result<(), Failure> {
    let folder = LogFolder::new(&platform.node.data_dir, space)?;
    let Some(note) = head(&folder)? else { return Ok(()) };
    let checkpoint = ForeignCheckpoint::parse(&note.text).map_err(Failure::broken)?;
    let all = of_space(platform, space).await?;
    if let Some(policy) = policy(platform, space, &all)? {
        cosigned::declare(&platform.node, space, &policy.to_string())?;
    }
    let said: BTreeMap<String, Cosigned> =
        said(platform, space).await?.into_iter().map(|one| (one.witness.clone(), one)).collect();
    let now = platform.node.store.clock().now();
    let due = all.into_iter().filter(|one| one.is_online).filter_map(|one| {
        let before = said.get(&one.cosigner.to_string()).cloned();
        let is_not_due = before.as_ref().is_some_and(|before| match &before.trouble {
            None => before.size == checkpoint.size,
            Some(_) => now.duration_since(before.asked_at) < AGAIN,
        });
        (!is_not_due).then_some((one, before))
    });
    let asking = due.map(|(one, before)| show(platform, space, &folder, &note, checkpoint.size, one, before));
    let mut is_new = false;
    for answered in join_all(asking).await {
        is_new |= answered?;
    }
    if is_new {
        // Whoever waits for enough of them looks again.
        platform.node.cosigned.send_modify(|count| *count = count.wrapping_add(1));
    }
    Ok(())
}

async fn said(platform: &Platform, space: &str) -> Result<Vec<Cosigned>, Failure> {
    let space = space.to_owned();
    let found = platform.node.store.read("witness.of_log", move |tx| {
        Box::pin(async move { xinyu_store::witness::of_log(tx, &space).await.map_err(Failure::from) })
    });
    found.await
}

/// Shows a head to one witness, and keeps what it says: whether it has cosigned.
async fn show(
    platform: &Platform,
    space: &str,
    folder: &LogFolder,
    note: &Note,
    size: u64,
    one: Asked,
    before: Option<Cosigned>,
) -> Result<bool, Failure> {
    let before = before.unwrap_or_else(|| Cosigned {
        space_id: space.to_owned(),
        witness: one.cosigner.to_string(),
        size: 0,
        line: String::new(),
        cosigned_at: None,
        asked_at: platform.node.store.clock().now(),
        trouble: None,
    });
    let mut answer = post(platform, folder, note, size, &one, before.size).await;
    // Another process of this platform, or one of before, has shown it more.
    if let Err(Trouble::Knows(known)) = answer
        && known <= size
    {
        answer = post(platform, folder, note, size, &one, known).await;
    }
    let asked_at = platform.node.store.clock().now();
    let kept = match answer {
        Ok((line, at)) => Cosigned { size, line, cosigned_at: Some(at), asked_at, trouble: None, ..before },
        Err(trouble) => {
            let trouble = trouble.text();
            if before.trouble.as_ref() != Some(&trouble) {
                tracing::warn!(
                    space,
                    witness = one.cosigner.name(),
                    "the head of {size} entries was not cosigned: {trouble}"
                );
            }
            Cosigned { asked_at, trouble: Some(trouble), ..before }
        }
    };
    let is_new = kept.trouble.is_none();
    let saved = platform.node.store.write("witness.save", move |tx| {
        Box::pin(async move { xinyu_store::witness::save(tx, &kept).await.map_err(Failure::from) })
    });
    saved.await?;
    Ok(is_new)
}

/// Why a head was not cosigned.
enum Trouble {
    /// The witness has cosigned a head of this size last, from which nothing was proven.
    Knows(u64),
    /// Anything else.
    Other(String),
}

impl Trouble {
    fn text(self) -> String {
        match self {
            Self::Knows(known) => format!("the witness has cosigned a head of {known} entries, which is not ours"),
            Self::Other(text) => text.chars().take(300).collect(),
        }
    }
}

async fn post(
    platform: &Platform,
    folder: &LogFolder,
    note: &Note,
    size: u64,
    one: &Asked,
    old: u64,
) -> Result<(String, Timestamp), Trouble> {
    let other = |text: String| Trouble::Other(text);
    let folder = folder.clone();
    let proof = tokio::task::spawn_blocking(move || match old {
        0 => Ok(Vec::new()),
        old => consistency_from_tiles(Suite::Intl, |path| folder.read(path).ok().flatten(), old, size),
    });
    let proof = proof.await.map_err(|error| other(error.to_string()))?.map_err(|error| other(error.to_string()))?;
    let request = AddCheckpoint::new(old, proof, note.clone()).map_err(|error| other(error.to_string()))?;
    let url = format!("{}/add-checkpoint", one.url);
    let limit = u64::try_from(ANSWER_MAX_BYTES).unwrap_or(u64::MAX);
    let fetcher = &platform.node.dcp.fetcher;
    let body = request.to_string().into_bytes();
    let answer = fetcher.post_plain(&url, "text/plain; charset=utf-8", body, limit);
    let answer = tokio::time::timeout(PATIENCE, answer).await.map_err(|_| other("it does not answer".to_owned()))?;
    let answer = answer.map_err(|error| other(error.to_string()))?;
    match answer.status {
        200 => {
            let lines = protocol::parse_answer(&answer.body).map_err(|error| other(error.to_string()))?;
            let mut cosigned = note.clone();
            let accepted = protocol::accept(&mut cosigned, &lines, &[&one.cosigner]);
            let accepted = accepted.map_err(|error| other(error.to_string()))?;
            let line = lines.iter().find(|line| one.cosigner.is_named_by(line)).map(ToString::to_string);
            let seconds = accepted.first().and_then(|(_, seconds)| i64::try_from(*seconds).ok());
            let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
            line.zip(at).ok_or_else(|| other("its cosignature bears no time".to_owned()))
        }
        409 => Err(protocol::parse_conflict(&answer.body).map_or_else(|| other("409".to_owned()), Trouble::Knows)),
        status => Err(other(format!("{status} {}", String::from_utf8_lossy(&answer.body).trim()))),
    }
}

/// The checkpoint as the log signed it.
fn head(folder: &LogFolder) -> Result<Option<Note>, Failure> {
    let Some(bytes) = folder.read(CHECKPOINT).map_err(Failure::broken)? else { return Ok(None) };
    Note::parse(&String::from_utf8_lossy(&bytes)).map(Some).map_err(Failure::broken)
}

/// The witnesses of a log: members of its space, regulators first, and those of other spaces.
async fn of_space(platform: &Platform, space: &str) -> Result<Vec<Asked>, Failure> {
    let found = platform.node.store.read("witness.members", |tx| {
        Box::pin(async move {
            Ok::<_, Failure>((xinyu_store::member::list(tx).await?, xinyu_store::heartbeat::list(tx).await?))
        })
    });
    let (mut members, pulses) = found.await?;
    let beats: BTreeSet<String> =
        pulses.into_iter().filter(|pulse| pulse.liveness == Liveness::Online).map(|pulse| pulse.connector_id).collect();
    members.retain(|member| member.state == MemberState::Approved && member.spaces.iter().any(|one| one == space));
    members.sort_by_key(|member| (member.role != Role::Regulator, member.registered_at));
    let mut all = Vec::new();
    for member in members.into_iter().take(MOST) {
        let name = name_of(member.connector_id.as_str());
        let cosigner = Cosigner::new(&name, member.keys.signing(Suite::Intl).clone()).map_err(Failure::broken)?;
        let url = format!("{}{PATH}", member.address);
        let party = member.connector_id.as_str().to_owned();
        all.push(Asked { cosigner, url, is_online: beats.contains(&party), party });
    }
    let other = |(cosigner, url): &(Cosigner, String)| Asked {
        cosigner: cosigner.clone(),
        url: url.clone(),
        party: String::new(),
        is_online: true,
    };
    all.extend(platform.options.witnesses.others.iter().map(other));
    Ok(all)
}

/// The key and the witnesses of a log.
fn known(platform: &Platform, space: &str, all: &[Asked]) -> Result<TrustPolicy, Failure> {
    let mut policy = TrustPolicy::default();
    let key = platform.node.ring.public().signing(Suite::Intl).clone();
    let verifier = Verifier::new(&origin(&platform.node.platform_id(), space), key).map_err(Failure::broken)?;
    let url = Some(format!("{}/evidence/{space}", platform.node.address));
    policy.add_log(Log { verifier, url }).map_err(Failure::broken)?;
    for one in all {
        let name = one.cosigner.name().to_owned();
        let witness = Witness { name, cosigner: one.cosigner.clone(), url: Some(one.url.clone()) };
        policy.add_witness(witness).map_err(Failure::broken)?;
    }
    Ok(policy)
}

/// The policy of a log: how many of its witnesses are enough. None while there are not so many: no policy can ask for more than there are, and one that asks for
/// less would let through what nobody has seen.
fn policy(platform: &Platform, space: &str, all: &[Asked]) -> Result<Option<TrustPolicy>, Failure> {
    let mut policy = known(platform, space, all)?;
    let threshold = usize::try_from(platform.options.witnesses.quorum).unwrap_or(usize::MAX);
    if threshold > all.len() {
        return Ok(None);
    }
    if threshold == 0 {
        policy.set_quorum(quorum::NONE).map_err(Failure::broken)?;
        return Ok(Some(policy));
    }
    let members = all.iter().map(|one| one.cosigner.name().to_owned()).collect();
    policy.add_group(Group { name: GROUP.to_owned(), threshold, members }).map_err(Failure::broken)?;
    policy.set_quorum(GROUP).map_err(Failure::broken)?;
    Ok(Some(policy))
}

/// `GET /api/v1/evidence/{space}/witnesses`.
///
/// # Errors
/// If there is no such space, or the store fails.
pub async fn list(
    State(platform): State<Platform>,
    Path(space): Path<String>,
    _: Person,
) -> Result<Json<WitnessesInfo>, Failure> {
    let names = platform.node.store.read("witness.names", |tx| {
        Box::pin(async move { xinyu_store::party::names(tx).await.map_err(Failure::from) })
    });
    let names = names.await?;
    let all = of_space(&platform, &space).await?;
    let mut said: BTreeMap<String, Cosigned> =
        said(&platform, &space).await?.into_iter().map(|one| (one.witness.clone(), one)).collect();
    let found = known(&platform, &space, &all)?;
    let note = cosigned::checkpoint(&platform.node, &space).await?;
    let evaluation = note.as_ref().and_then(|note| found.evaluate(note).ok());
    let quorum = platform.options.witnesses.quorum;
    let enough = |count: usize| u64::try_from(count).is_ok_and(|count| count >= quorum);
    let mut info = |one: Asked| {
        let key = one.cosigner.to_string();
        let said = said.remove(&key);
        WitnessInfo {
            party_name: names.get(&one.party).cloned().unwrap_or_default(),
            party: one.party,
            size: said.as_ref().map_or(0, |said| said.size),
            cosigned_at: said.as_ref().and_then(|said| said.cosigned_at),
            asked_at: said.as_ref().map(|said| said.asked_at),
            trouble: said.and_then(|said| said.trouble),
            key,
        }
    };
    Ok(Json(WitnessesInfo {
        origin: origin(&platform.node.platform_id(), &space),
        size: evaluation.as_ref().map_or(0, |found| found.checkpoint.size),
        quorum,
        met: evaluation.as_ref().is_some_and(|found| enough(found.witnesses.len())),
        witnesses: all.into_iter().map(&mut info).collect(),
        space_id: space,
    }))
}
