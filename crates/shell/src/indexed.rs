//! An index beside the store, which reads on whatever changes there: of the catalogue at a platform, of other catalogues at every node. What is searched is the
//! index, what is shown comes from the store.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use xinyu_core::fault::Rejection;
use xinyu_search::{Changes, Document, Encoder, Error, Index};
use xinyu_store::{BoxFuture, Topic, Tx};

use crate::failure::Failure;
use crate::node::Node;

/// What is read at once.
const AT_ONCE: u32 = 2_000;
/// How often is looked though nobody called, for a signal that was lost on its way from another process.
const LOST: Duration = Duration::from_secs(5);
/// How long a question waits until what changed before it can be found.
const SOON: Duration = Duration::from_secs(1);

/// An index that is kept abreast of the store.
#[derive(Debug)]
pub struct Indexed {
    index: Index,
    what: Kind,
    /// Changes whenever something was read on.
    news: watch::Sender<u64>,
}

/// What an index is of.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its folder among the files of the node.
    pub folder: &'static str,
    /// What wakes it.
    pub topic: Topic,
    /// Reads what changed.
    pub read: Reader,
}

/// What changed after a number, so many at once, and the number of the latest change of all.
pub type Reader = for<'t> fn(&'t mut Tx, u64, u32) -> BoxFuture<'t, Result<(u64, Vec<Changed>), Failure>>;

/// A change: its number, the key of what changed, and what is to be found of it now, if anything is.
pub type Changed = (u64, String, Option<Making>);

/// Makes what is found out of what the store gave, beside the threads that serve.
pub type Making = Box<dyn FnOnce() -> Document + Send>;

impl Indexed {
    /// Opens an index in the node's folder; what it lacks is read on by [`run`].
    ///
    /// # Errors
    /// If there is not even memory for it.
    pub async fn open(node: &Node, what: Kind) -> Result<Self, Failure> {
        let (folder, origin) = (node.data_dir.join(what.folder), node.platform_id());
        let index = on_a_thread(move || Index::open(Path::new(&folder), &origin)).await?;
        if Encoder::shared().is_none() {
            tracing::info!("no model lies beside the program: the catalogue is searched by words alone");
        }
        Ok(Self { index: index.map_err(Failure::broken)?, what, news: watch::Sender::default() })
    }

    /// The index as it is.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Waits until it has come to a change of the store, but not for long; whether it has.
    pub async fn abreast(&self, latest: u64) -> bool {
        let mut news = self.news.subscribe();
        let waiting = async { while self.index.position() < latest && news.changed().await.is_ok() {} };
        if tokio::time::timeout(SOON, waiting).await.is_err() {
            tracing::warn!("what is searched has not read all that changed");
        }
        self.index.position() >= latest
    }

    /// Asks the index, once it has read what changed before the question. One that turns out to be damaged is made again meanwhile.
    ///
    /// # Errors
    /// If what is asked is no question, or the index fails again.
    pub async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        node: &Node,
        latest: u64,
        question: impl Fn(&Index) -> Result<T, Error> + Clone + Send + 'static,
    ) -> Result<T, Failure> {
        self.abreast(latest).await;
        match self.once(question.clone()).await? {
            Err(Error::Index(error)) => {
                tracing::error!(%error, "the index fails and is made again: {error}");
                let this = Arc::clone(self);
                on_a_thread(move || this.index.reset()).await?.map_err(Failure::broken)?;
                node.store.signals().fire(&[self.what.topic]);
                self.abreast(latest).await;
                self.once(question).await?.map_err(refused)
            }
            answer => answer.map_err(refused),
        }
    }

    async fn once<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&Index) -> Result<T, Error> + Send + 'static,
    ) -> Result<Result<T, Error>, Failure> {
        let this = Arc::clone(self);
        on_a_thread(move || question(&this.index)).await
    }

    /// Reads some changes on. Whether there may be more.
    async fn read_on(self: &Arc<Self>, node: &Node) -> Result<bool, Failure> {
        let (from, read) = (self.index.position(), self.what.read);
        let (latest, changed) = node.store.read("index.changed", move |tx| read(tx, from, AT_ONCE)).await?;
        let this = Arc::clone(self);
        if latest < from {
            tracing::warn!(folder = self.what.folder, "the store is behind the index, which is made again");
            on_a_thread(move || this.index.reset()).await?.map_err(Failure::broken)?;
            return Ok(true);
        }
        let is_full = u32::try_from(changed.len()).is_ok_and(|count| count >= AT_ONCE);
        let last = changed.last().map_or(from, |(at, ..)| *at);
        let position = if is_full { last } else { last.max(latest) };
        if position == from {
            return Ok(false);
        }
        let taken = on_a_thread(move || {
            let mut changes = Changes { position, ..Changes::default() };
            for (_, key, making) in changed {
                match making {
                    Some(making) => changes.upserts.push(making()),
                    None => changes.removals.push(key),
                }
            }
            let taken = this.index.apply(&changes);
            this.news.send_modify(|count| *count = count.wrapping_add(1));
            taken
        });
        taken.await?.map_err(Failure::broken)?;
        Ok(is_full)
    }
}

/// Reads changes of the store into an index, until the node stops.
pub async fn run(node: Arc<Node>, indexed: Arc<Indexed>) {
    let mut changed = node.store.signals().subscribe(indexed.what.topic);
    loop {
        loop {
            match indexed.read_on(&node).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(%error, folder = indexed.what.folder, "the index could not be read on, the next attempt follows");
                    break;
                }
            }
        }
        tokio::select! {
            () = node.stopping() => return,
            _ = tokio::time::timeout(LOST, changed.wait()) => {}
        }
    }
}

/// Beside the threads that serve.
///
/// # Errors
/// If the work panics.
pub async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(Failure::broken)
}

fn refused(error: Error) -> Failure {
    match error {
        Error::Question { code, text } => Rejection::bad(code, text.zh, text.en).into(),
        Error::Index(error) => Failure::broken(error),
    }
}
