//! What a node forgets: messages that arrived, answers that nobody can ask for again, sessions that are over. Now and then, the oldest first, in pieces
//! between which everybody else's transactions run.
//!
//! How long an answer must be kept: until no copy of its message can come. Others cannot make one, since the token around it lives for a minute
//! and is taken once. Its sender repeats it under a new token, every half minute at the latest, for as long as no answer
//! comes ([`crate::outbox`]): so a copy is as old as the outage lasted in which the answer was lost. [`Retention::answered_days`] is the longest one
//! that is reckoned with. What comes later is a new message; what it would do twice is decided by the state of the thing, not here, and what no state
//! guards is refused by its age ([`Retention::must_be_remembered`]).

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use xinyu_core::fault::Rejection;
use xinyu_protocol::text::Text;
use xinyu_store::audit::Happened;
use xinyu_store::{BoxFuture, Store, StoreError, Tx, inbox, outbox, replay, session};

use crate::failure::Failure;
use crate::node::Node;

/// After the start, when there is other work to do.
const FIRST: Duration = Duration::from_mins(5);
/// From then on.
const PAUSE: Duration = Duration::from_hours(1);
/// How many rows one transaction takes away.
const BATCH: u32 = 500;

/// How long is kept what is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Messages that arrived, in days: for people who look into what was sent. What waits or was set aside is kept.
    pub sent_days: u32,
    /// Answers to messages, in days.
    pub answered_days: u32,
    /// Entries of the audit chain, in days; 0 for good.
    pub access_log_days: u32,
    /// What belongs to a contract, in years after its end.
    pub contract_years: u32,
    /// Whether what is due is disposed of by itself; if not, a person says so for each contract.
    pub dispose: bool,
    /// The run log, in days; at a connector only what its platform has, at a platform only what a record of evidence names.
    pub run_log_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            sent_days: 30,
            answered_days: 90,
            access_log_days: 0,
            contract_years: 3,
            dispose: false,
            run_log_days: Self::LEAST_RUN_LOG_DAYS,
        }
    }
}

/// How much was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Messages that had arrived.
    pub sent: u64,
    /// Answers.
    pub answered: u64,
    /// Sessions that were over.
    pub sessions: u64,
    /// Tokens and sequence numbers that nobody could use again by now.
    pub replays: u64,
    /// Entries of run logs.
    pub run_log: u64,
}

impl Retention {
    /// Answers are kept for that many days at least: an outage over a long holiday is no rare thing.
    pub const LEAST_ANSWERED_DAYS: u32 = 14;
    /// The audit chain is kept for that many days at least. NDI-TR-2025-03 §9.1 c.
    pub const LEAST_ACCESS_LOG_DAYS: u32 = 184;
    /// What belongs to a contract is kept for that many years at least.
    pub const LEAST_CONTRACT_YEARS: u32 = 3;

    /// How many days entries of the audit chain are kept, if not for good.
    #[must_use]
    pub fn access_log(self) -> Option<u32> {
        (self.access_log_days > 0).then_some(self.access_log_days)
    }

    /// That nothing goes sooner than it may.
    ///
    /// # Errors
    /// The key, the least that it may be, and why.
    pub fn check(self) -> Result<(), Text> {
        let (zh, en) = if self.answered_days < Self::LEAST_ANSWERED_DAYS {
            let least = Self::LEAST_ANSWERED_DAYS;
            (
                format!("retention.answered_days 须不小于 {least}：更短则中断之后重发的报文会被再次处理"),
                format!(
                    "retention.answered_days must be {least} at least, or what is sent again after an outage would be taken twice"
                ),
            )
        } else if self.access_log().is_some_and(|days| days < Self::LEAST_ACCESS_LOG_DAYS) {
            let least = Self::LEAST_ACCESS_LOG_DAYS;
            (
                format!(
                    "retention.access_log_days 须不小于 {least}（网络安全法 21 条；NDI-TR-2025-03 §9.1），或为 0 表示长期保存"
                ),
                format!(
                    "retention.access_log_days must be {least} at least (NDI-TR-2025-03 §9.1), or 0 to keep them for good"
                ),
            )
        } else if self.contract_years < Self::LEAST_CONTRACT_YEARS {
            let least = Self::LEAST_CONTRACT_YEARS;
            (
                format!("retention.contract_years 须不小于 {least}：合约终止后 3 年内仍可能诉讼或被查验"),
                format!(
                    "retention.contract_years must be {least} at least: claims may be made and records asked for that long"
                ),
            )
        } else if self.run_log_days < Self::LEAST_RUN_LOG_DAYS {
            let least = Self::LEAST_RUN_LOG_DAYS;
            (
                format!("retention.run_log_days 须不小于 {least}（六个月；NDI-TR-2025-05 §6.2.5）"),
                format!("retention.run_log_days must be {least} at least: six months (NDI-TR-2025-05 §6.2.5)"),
            )
        } else {
            return Ok(());
        };
        Err(Text::new(zh, en))
    }
    /// The run log is kept for six months at least. NDI-TR-2025-05 §6.2.5.
    pub const LEAST_RUN_LOG_DAYS: u32 = xinyu_core::run_log::LEAST_DAYS;

    /// That a message which says when it was written is not so old that its first copy may be forgotten. Only for what would count twice.
    ///
    /// # Errors
    /// If it is; the other side sets it aside.
    pub fn must_be_remembered(self, written_at: Timestamp, now: Timestamp) -> Result<(), Rejection> {
        if written_at >= past(now, self.answered_days) {
            return Ok(());
        }
        let days = self.answered_days;
        let mut rejection = Rejection::bad(
            "message-too-old",
            format!("报文写于 {written_at}，早于 {days} 天，无法判断是否已经处理过；请双方核对计量"),
            format!(
                "the message was written at {written_at}, more than {days} days ago: whether it came before is not known any more; compare the meters"
            ),
        );
        rejection.status = 410;
        Err(rejection)
    }
}

fn past(now: Timestamp, days: u32) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MIN)
}

/// Keeps house until the node stops.
pub async fn run(node: Arc<Node>) {
    let mut pause = FIRST;
    loop {
        tokio::select! {
            () = node.stopping() => return,
            () = tokio::time::sleep(pause) => pause = PAUSE,
        }
        match sweep(&node.store, node.retention).await {
            Ok(forgotten) if forgotten == Forgotten::default() => {}
            Ok(Forgotten { sent, answered, sessions, replays, run_log }) => {
                tracing::info!(
                    sent,
                    answered,
                    sessions,
                    replays,
                    run_log,
                    "forgot {sent} sent messages, {answered} answers, {sessions} sessions, {replays} tokens, {run_log} entries of run logs"
                );
            }
            Err(error) => tracing::error!(%error, "what is over could not be forgotten, the next attempt follows"),
        }
        match crate::login::certificate::sweep(&node).await {
            Ok(0) => {}
            Ok(gone) => tracing::warn!(gone, "untied {gone} certificates of people that their authorities took back"),
            Err(error) => {
                tracing::error!(%error, "certificates of people could not be looked at, the next attempt follows")
            }
        }
        if let Err(error) = retire(&node).await {
            tracing::error!(%error, "unused accounts could not be put to rest, the next attempt follows");
        }
    }
}

/// Puts accounts to rest that nobody used for long, with an entry in the audit chain for the security administrator. TC609-6-2025-13 §7.2.1 c.
///
/// # Errors
/// If the store fails.
pub async fn retire(node: &Node) -> Result<usize, Failure> {
    let since = node.access.rules.dormant_since(node.store.clock().now());
    let names = node
        .store
        .write("user.retire", move |tx| {
            Box::pin(async move {
                let mut names = Vec::new();
                for user in xinyu_store::user::list_unused(tx, since).await? {
                    xinyu_store::user::switch(tx, &user.name, "dormant").await?;
                    let happened = Happened {
                        actor: "-".to_owned(),
                        action: "user.dormant".to_owned(),
                        object: user.name.clone(),
                        result: "done".to_owned(),
                        ip: "-".to_owned(),
                        detail: user.role,
                    };
                    xinyu_store::audit::append(tx, &happened).await?;
                    names.push(user.name);
                }
                Ok::<_, Failure>(names)
            })
        })
        .await?;
    for name in &names {
        tracing::warn!(user = name, "user {name} was not used for long and is dormant now");
    }
    Ok(names.len())
}

/// Forgets what is over.
///
/// # Errors
/// If the store fails; what was forgotten before stays so.
pub async fn sweep(store: &Store, retention: Retention) -> Result<Forgotten, Failure> {
    let now = store.clock().now();
    // A day more than is promised: clocks differ.
    let (sent, answered) = (past(now, retention.sent_days), past(now, retention.answered_days.saturating_add(1)));
    Ok(Forgotten {
        sent: in_batches(store, "outbox.prune", move |tx| Box::pin(outbox::prune(tx, sent, BATCH))).await?,
        answered: in_batches(store, "inbox.prune", move |tx| Box::pin(inbox::prune(tx, answered, BATCH))).await?,
        sessions: store.write("session.prune", |tx| Box::pin(session::prune(tx))).await?,
        replays: store.write("replay.prune", move |tx| Box::pin(replay::prune(tx, now))).await?,
        run_log: crate::run_log::prune(store, past(now, retention.run_log_days.max(Retention::LEAST_RUN_LOG_DAYS)))
            .await?,
    })
}

async fn in_batches<F>(store: &Store, name: &'static str, prune: F) -> Result<u64, StoreError>
where
    F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<u64, StoreError>> + Clone + Send + 'static,
{
    let mut all = 0_u64;
    loop {
        let gone = store.write(name, prune.clone()).await?;
        all = all.saturating_add(gone);
        if gone < u64::from(BATCH) {
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_too_old_when_its_first_copy_may_be_forgotten() {
        let now: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        let retention = Retention::default();
        for written_at in ["2026-08-27T08:00:00Z", "2026-11-25T08:00:00Z", "2026-11-25T08:00:05Z"] {
            assert_eq!(retention.must_be_remembered(written_at.parse().unwrap(), now), Ok(()), "{written_at}");
        }
        let refused = retention.must_be_remembered("2026-08-27T07:59:59Z".parse().unwrap(), now).unwrap_err();
        assert_eq!((refused.status, refused.code), (410, "message-too-old"));
    }
}
