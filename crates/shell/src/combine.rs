//! Many who ask about the same thing at once, answered by one piece of work.
//!
//! Whoever asks about something while nobody is at work on it sets somebody to work, who takes all that has come up, answers it, and goes on until nothing is
//! left. So one transaction decides on all that came while the one before it was being committed, and what it reads and writes once for a contract it does not
//! read and write for each of them. The work goes on when the one who asked has gone away: what it decided is decided.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use xinyu_store::BoxFuture;

use crate::failure::Failure;

/// How many are answered at once at most.
const MOST: usize = 256;

/// Who waits for what. Each key, a contract say, has its own line.
pub struct Combiner<A, B>(Mutex<HashMap<String, Vec<Waiting<A, B>>>>);

struct Waiting<A, B> {
    asked: A,
    answer: oneshot::Sender<Result<B, Failure>>,
}

impl<A, B> Default for Combiner<A, B> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<A: Send + 'static, B: Send + 'static> Combiner<A, B> {
    /// Asks, and waits for the answer. `work` answers as many as it is given, in their order; when it fails it fails for all of them, so what is wrong with one
    /// alone belongs into its answer.
    ///
    /// # Errors
    /// What the work failed by.
    pub async fn ask<W>(self: &Arc<Self>, key: &str, asked: A, work: W) -> Result<B, Failure>
    where
        W: Fn(Vec<A>) -> BoxFuture<'static, Result<Vec<B>, Failure>> + Send + Sync + 'static,
    {
        let (answer, answered) = oneshot::channel();
        if self.line_up(key, Waiting { asked, answer }) {
            let line = Line { all: Arc::clone(self), key: key.to_owned() };
            tokio::spawn(async move {
                while let Some(waiting) = line.all.take(&line.key) {
                    serve(waiting, &work).await;
                }
            });
        }
        answered.await.map_err(|_| Failure::broken("what was asked was not answered"))?
    }

    /// Whether nobody is at work on it.
    fn line_up(&self, key: &str, waiting: Waiting<A, B>) -> bool {
        let mut all = self.lock();
        if let Some(line) = all.get_mut(key) {
            line.push(waiting);
            return false;
        }
        all.insert(key.to_owned(), vec![waiting]);
        true
    }

    /// All that waits; when nothing does, the line is closed.
    fn take(&self, key: &str) -> Option<Vec<Waiting<A, B>>> {
        let mut all = self.lock();
        let line = all.get_mut(key)?;
        if line.is_empty() {
            all.remove(key);
            return None;
        }
        let rest = line.split_off(line.len().min(MOST));
        Some(std::mem::replace(line, rest))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Waiting<A, B>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve<A, B, W>(waiting: Vec<Waiting<A, B>>, work: &W)
where
    W: Fn(Vec<A>) -> BoxFuture<'static, Result<Vec<B>, Failure>>,
{
    let (asked, senders): (Vec<A>, Vec<_>) = waiting.into_iter().map(|one| (one.asked, one.answer)).unzip();
    match work(asked).await {
        Ok(answers) => {
            // Whoever has gone away needs no answer. One without an answer is told so by its sender's end.
            for (sender, answer) in senders.into_iter().zip(answers) {
                let _ = sender.send(Ok(answer));
            }
        }
        Err(failure) => {
            for sender in senders {
                let _ = sender.send(Err(failure.clone()));
            }
        }
    }
}

/// A line with somebody at work. Should the work panic, those who wait are let go, and the next who asks begins anew.
struct Line<A: Send + 'static, B: Send + 'static> {
    all: Arc<Combiner<A, B>>,
    key: String,
}

impl<A: Send + 'static, B: Send + 'static> Drop for Line<A, B> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.all.lock().remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn all_are_answered_each_with_its_own_and_few_pieces_of_work_do_it() {
        let (combiner, works) = (Arc::new(Combiner::<usize, usize>::default()), Arc::new(AtomicUsize::new(0)));
        let ask = |number: usize| {
            let works = Arc::clone(&works);
            combiner.ask("c", number, move |all| {
                works.fetch_add(1, Ordering::Relaxed);
                Box::pin(async move {
                    tokio::task::yield_now().await;
                    Ok(all.into_iter().map(|number| number * 2).collect())
                })
            })
        };
        let answers = join_all((0..1_000).map(ask)).await;
        let answers: Vec<usize> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers, (0..1_000).map(|number| number * 2).collect::<Vec<_>>());
        assert!(works.load(Ordering::Relaxed) <= 5, "{works:?}");
        assert!(combiner.lock().is_empty());
    }

    #[tokio::test]
    async fn what_fails_fails_for_those_who_waited_and_for_nobody_else() {
        let combiner = Arc::new(Combiner::<bool, bool>::default());
        let ask = |key: &'static str, fails: bool| {
            combiner.ask(key, fails, |all| {
                assert!(!all.is_empty());
                Box::pin(async move { if all.contains(&true) { Err(Failure::broken("no")) } else { Ok(all) } })
            })
        };
        let (one, two, other) = tokio::join!(ask("c", true), ask("c", false), ask("d", false));
        assert!(one.is_err() && two.is_err() && other.is_ok());
        assert!(!ask("c", false).await.unwrap());
    }

    #[tokio::test]
    async fn work_that_panics_leaves_no_line_behind() {
        let combiner = Arc::new(Combiner::<bool, bool>::default());
        let ask = |panics: bool| {
            combiner.ask("c", panics, |all| {
                Box::pin(async move {
                    assert!(!all.contains(&true), "as it is meant to");
                    Ok(all)
                })
            })
        };
        assert!(ask(true).await.is_err());
        assert!(!ask(false).await.unwrap());
        // One who goes away does not stop the work.
        drop(tokio::time::timeout(std::time::Duration::ZERO, ask(false)).await);
        assert!(!ask(false).await.unwrap());
    }
}
