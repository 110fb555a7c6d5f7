//! Work handed to threads, and taken back in whatever order it is done. Who hands it out keeps the order, and never has more of it away than it wants to.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Those who work; without any, the work is done where it is given.
pub(super) struct Crew<'c, T, D> {
    queue: &'c Queue<T>,
    work: &'c (dyn Fn(T) -> D + Sync),
    sender: Option<Sender<D>>,
    done: Receiver<D>,
    hands: usize,
}

struct Queue<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
}

struct State<T> {
    /// What others wait for.
    urgent: VecDeque<T>,
    later: VecDeque<T>,
    is_over: bool,
}

/// Runs `lead` with up to `hands` threads that do `work`. When it returns, what nobody has begun is not done any more.
pub(super) fn with<T: Send, D: Send, R>(
    hands: usize,
    work: &(dyn Fn(T) -> D + Sync),
    lead: impl FnOnce(&Crew<'_, T, D>) -> R,
) -> R {
    let state = State { urgent: VecDeque::new(), later: VecDeque::new(), is_over: false };
    let queue = Queue { state: Mutex::new(state), ready: Condvar::new() };
    let (sender, done) = channel();
    thread::scope(|scope| {
        // A machine that has no thread to give leaves the work to fewer, or to the one that gives it.
        let begun = (0..hands).map_while(|_| {
            let (sender, queue) = (sender.clone(), &queue);
            thread::Builder::new().spawn_scoped(scope, move || queue.serve(work, &sender)).ok()
        });
        let hands = begun.count();
        let _end = End(&queue);
        let sender = (hands == 0).then_some(sender);
        lead(&Crew { queue: &queue, work, sender, done, hands })
    })
}

/// However it comes to its end, by a panic too: nobody waits for work that nobody gives, nor for results of those who are gone.
struct End<'q, T>(&'q Queue<T>);

impl<T> Drop for End<'_, T> {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl<T, D> Crew<'_, T, D> {
    /// How many work.
    pub(super) fn hands(&self) -> usize {
        self.hands.max(1)
    }

    /// Hands out a piece of work, before all that is less urgent.
    pub(super) fn give(&self, task: T, is_urgent: bool) {
        match &self.sender {
            // It is received by this very thread.
            Some(sender) => drop(sender.send((self.work)(task))),
            None => self.queue.give(task, is_urgent),
        }
    }

    /// What is done next; none if everybody is gone.
    pub(super) fn take(&self) -> Option<D> {
        self.done.recv().ok()
    }
}

impl<T> Queue<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give(&self, task: T, is_urgent: bool) {
        let mut state = self.state();
        if is_urgent {
            state.urgent.push_back(task)
        } else {
            state.later.push_back(task)
        }
        drop(state);
        self.ready.notify_one();
    }

    fn end(&self) {
        self.state().is_over = true;
        self.ready.notify_all();
    }

    fn next(&self) -> Option<T> {
        let mut state = self.state();
        loop {
            if state.is_over {
                return None;
            }
            if let Some(task) = state.urgent.pop_front() {
                return Some(task);
            }
            if let Some(task) = state.later.pop_front() {
                return Some(task);
            }
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn serve<D>(&self, work: &(dyn Fn(T) -> D + Sync), sender: &Sender<D>) {
        let _end = End(self);
        while let Some(task) = self.next() {
            if sender.send(work(task)).is_err() {
                return;
            }
        }
    }
}
