//! Trusted time over the logs (RFC 3161): once in a while the newest head of each is stamped by an authority, and the stamped head with its token stands among the
//! files of the log. A head that waits for its time longer than the operator's patience means that nobody could say any more when things happened: then no new
//! contract is taken up, until an authority answers again. What runs goes on.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use jiff::{SignedDuration, Timestamp};
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_crypto::timestamp::{MAX_BYTES, Response, Stamp, StampAuthority, request};
use xinyu_evidence::stamped::{self, imprint, paths};
use xinyu_protocol::api::trusted_time::{StampInfo, StampsInfo};
use xinyu_protocol::text::Text;
use xinyu_shell::log::files::LogFolder;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::Tx;
use xinyu_store::stamp::StampRow;

use crate::app::Platform;

/// How many time-stamps are listed.
const MOST: u32 = 20;
/// How long an authority has to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// Who is asked for the time, and how often.
#[derive(Clone, Debug)]
pub struct TrustedTime {
    /// The authorities, asked in this order; none: no time is asked for.
    pub authorities: Vec<TimeAuthority>,
    /// How often a head is stamped, if there is a new one.
    pub period: Duration,
    /// How long a head may wait before no new contract is taken up.
    pub patience: SignedDuration,
}

/// A time-stamp authority.
#[derive(Clone, Debug)]
pub struct TimeAuthority {
    /// Where it takes requests.
    pub url: String,
    /// The certificates that its answers have to lead to.
    pub trusted: Vec<StampAuthority>,
}

impl Default for TrustedTime {
    fn default() -> Self {
        Self { authorities: Vec::new(), period: Duration::from_secs(60), patience: SignedDuration::from_hours(4) }
    }
}

/// What went wrong last, and whether it was told that the time is overdue.
#[derive(Debug, Default)]
pub struct Trouble(Mutex<(Option<String>, bool)>);

impl Trouble {
    fn text(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    fn set(&self, text: Option<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = text;
    }

    /// Notes whether the time is overdue; whether that is news.
    fn turns(&self, is_overdue: bool) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = is_overdue && !state.1;
        state.1 = is_overdue;
        is_news
    }
}

/// Has heads stamped until the node stops.
pub async fn run(platform: Platform) {
    let time = &platform.options.trusted_time;
    if time.authorities.is_empty() {
        return;
    }
    loop {
        if let Err(error) = stamp_all(&platform).await {
            tracing::error!(%error, "heads of logs could not be stamped, the next attempt follows");
        }
        tokio::select! {
            () = platform.node.stopping() => return,
            () = tokio::time::sleep(time.period) => {}
        }
    }
}

async fn stamp_all(platform: &Platform) -> Result<(), Failure> {
    let logs = platform.node.store.read("trusted_time.logs", |tx| {
        Box::pin(async move {
            let mut logs = Vec::new();
            for log in xinyu_store::log::list(tx).await? {
                let last = xinyu_store::stamp::newest(tx, &log.space_id, 1).await?;
                if last.first().is_none_or(|last| last.size < log.published) && log.published > 0 {
                    let head = xinyu_store::log::head(tx, &log.space_id, log.published).await?;
                    logs.extend(head.map(|(head, _)| (log.space_id, log.published, head)));
                }
            }
            Ok::<_, Failure>(logs)
        })
    });
    for (space, size, head) in logs.await? {
        match ask(platform, head.as_bytes()).await {
            Ok((stamp, token)) => {
                keep(platform, &space, size, head, stamp, token).await?;
                platform.trouble.set(None);
            }
            Err(why) => {
                tracing::warn!(space, "the head of {size} entries has no trusted time: {why}");
                platform.trouble.set(Some(why));
            }
        }
    }
    tell(platform).await
}

/// Asks the authorities, one after the other.
async fn ask(platform: &Platform, head: &[u8]) -> Result<(Stamp, Vec<u8>), String> {
    let (imprint, mut troubles) = (imprint(head), Vec::new());
    for authority in &platform.options.trusted_time.authorities {
        let nonce = platform.node.store.ids().entropy();
        let asked = async {
            let query = request(&imprint, nonce, None).map_err(|error| error.to_string())?;
            let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
            let fetcher = &platform.node.dcp.fetcher;
            let answer = fetcher.post_plain(&authority.url, "application/timestamp-query", query, limit);
            let answer = tokio::time::timeout(ANSWER, answer).await.map_err(|_| "no answer in time".to_owned())?;
            let answer = answer.map_err(|error| error.to_string())?;
            if answer.status != 200 {
                return Err(format!("{}: HTTP {}", authority.url, answer.status));
            }
            let response = Response::parse(&answer.body).map_err(|error| error.to_string())?;
            let now = platform.node.store.clock().now();
            let stamp = response.token.verify(&imprint, Some(nonce), &authority.trusted, Some(now));
            Ok::<_, String>((stamp.map_err(|error| error.to_string())?, response.token.der().to_vec()))
        };
        match asked.await {
            Ok(found) => return Ok(found),
            Err(why) => troubles.push(why),
        }
    }
    Err(troubles.join("; ").chars().take(300).collect())
}

async fn keep(
    platform: &Platform,
    space: &str,
    size: u64,
    head: String,
    stamp: Stamp,
    token: Vec<u8>,
) -> Result<(), Failure> {
    let folder = LogFolder::new(&platform.node.data_dir, space)?;
    let (head_path, token_path) = paths(size);
    let files = [(head_path, head.into_bytes()), (token_path, token.clone())];
    {
        let _turn = platform.node.publishing.lock().await;
        let written = tokio::task::spawn_blocking(move || -> std::io::Result<()> {
            folder.write(&files)?;
            let index = stamped::index(&stamped::sizes(&folder)).into_bytes();
            folder.write(&[(stamped::INDEX.to_owned(), index)])
        });
        written.await.map_err(Failure::broken)?.map_err(Failure::broken)?;
    }
    let row = StampRow { space_id: space.to_owned(), size, stamped_at: stamp.at, authority: stamp.authority, token };
    let kept = platform.node.store.write("trusted_time.keep", move |tx| {
        Box::pin(async move { xinyu_store::stamp::insert(tx, &row).await.map_err(Failure::from) })
    });
    kept.await.map(drop)
}

/// Tells the security administrator, once, when a head has waited too long.
async fn tell(platform: &Platform) -> Result<(), Failure> {
    let (this, detail) = (platform.clone(), platform.trouble.text().unwrap_or_default());
    let told = platform.node.store.write("trusted_time.tell", move |tx| {
        Box::pin(async move {
            let since = overdue_since(&this, tx).await?;
            if !this.trouble.turns(since.is_some()) {
                return Ok(());
            }
            let object = since.map(|since| since.to_string()).unwrap_or_default();
            let alert = Effect::Alert { action: "log.time-overdue", object, detail };
            effect::apply(&this.node, tx, vec![alert]).await
        })
    });
    told.await
}

/// Since when a head waits for its time, if it has waited too long.
async fn overdue_since(platform: &Platform, tx: &mut Tx) -> Result<Option<Timestamp>, Failure> {
    let time = &platform.options.trusted_time;
    if time.authorities.is_empty() {
        return Ok(None);
    }
    let (since, now) = (xinyu_store::stamp::waiting_since(tx).await?, tx.now());
    Ok(since.filter(|since| now.duration_since(*since) > time.patience))
}

/// That somebody can say when things happen, before something new is taken up.
///
/// # Errors
/// If a head has waited for its time longer than it may.
pub(crate) async fn must_be(platform: &Platform, tx: &mut Tx) -> Result<(), Failure> {
    let Some(since) = overdue_since(platform, tx).await? else { return Ok(()) };
    let mut rejection = Rejection::conflict(
        "no-trusted-time",
        format!("自 {since} 起没有可信时间戳，平台暂不受理新的合约；已有合约照常履行"),
        format!("no trusted time since {since}: no new contract is taken up, what is in force goes on"),
    )
    .next(Text::new(
        "请联系平台运营者恢复时间戳服务，恢复后自动受理",
        "ask the operator to bring the time-stamp authority back; then it is taken up by itself",
    ));
    // It may be asked again as it is.
    rejection.status = 503;
    Err(rejection.into())
}

/// `GET /api/v1/evidence/{space}/stamps`.
///
/// # Errors
/// If the store fails.
pub async fn list(
    State(platform): State<Platform>,
    Path(space): Path<String>,
    _: Person,
) -> Result<Json<StampsInfo>, Failure> {
    let (this, of) = (platform.clone(), space.clone());
    let found = platform.node.store.read("trusted_time.list", move |tx| {
        Box::pin(async move {
            let stamps = xinyu_store::stamp::newest(tx, &of, MOST).await?;
            let waiting = xinyu_store::stamp::waiting_since(tx).await?;
            Ok::<_, Failure>((stamps, waiting, overdue_since(&this, tx).await?))
        })
    });
    let (stamps, waiting_since, overdue) = found.await?;
    let time = &platform.options.trusted_time;
    let is_asked = !time.authorities.is_empty();
    let info = |one: StampRow| StampInfo { size: one.size, at: one.stamped_at, authority: one.authority };
    Ok(Json(StampsInfo {
        space_id: space,
        authorities: time.authorities.iter().map(|one| one.url.clone()).collect(),
        patience_seconds: u64::try_from(time.patience.as_secs()).unwrap_or_default(),
        waiting_since: waiting_since.filter(|_| is_asked),
        overdue: overdue.is_some(),
        trouble: platform.trouble.text(),
        stamps: stamps.into_iter().map(info).collect(),
    }))
}
