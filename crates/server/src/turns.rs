//! Turns of calls that may take long: no more of them at once than there are processors, each on a
//! thread of its own. The threads that all connections share never run one.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// The turns, taken in the order in which they were asked for.
#[derive(Debug)]
pub(crate) struct Turns {
    free: Arc<Semaphore>,
    time: Duration,
}

/// A turn; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn(OwnedSemaphorePermit);

impl Turns {
    /// `at_once` turns, and one at least. Whoever waits longer than `time` gets none.
    pub(crate) fn new(at_once: usize, time: Duration) -> Self {
        Self { free: Arc::new(Semaphore::new(at_once.max(1))), time }
    }

    /// Until when whoever begins to wait now may wait.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.time
    }

    /// The next turn; `None`: none came in time.
    pub(crate) async fn next(&self, deadline: Instant) -> Option<Turn> {
        let next = Arc::clone(&self.free).acquire_owned();
        tokio::time::timeout_at(deadline, next).await.ok()?.ok().map(Turn)
    }
}

impl Turn {
    /// Does `work`. Once begun it goes on to its end, and keeps the turn until then, also when nobody
    /// waits for it any more. `None`: it broke off.
    pub(crate) async fn work<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let Self(turn) = self;
        let worked = tokio::task::spawn_blocking(move || {
            let worked = work();
            drop(turn);
            worked
        });
        worked.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_too_long_gets_no_turn() {
        let turns = Turns::new(0, Duration::ZERO);
        let first = turns.next(turns.deadline()).await;
        assert!(first.is_some());
        assert!(turns.next(turns.deadline()).await.is_none());
        drop(first);
        assert!(turns.next(turns.deadline()).await.is_some());
    }

    #[tokio::test]
    async fn a_turn_is_kept_until_its_work_ends_though_nobody_waits() {
        let turns = Turns::new(1, Duration::from_secs(60));
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let turn = turns.next(turns.deadline()).await.unwrap();
        {
            let mut work = std::pin::pin!(turn.work(move || ended.recv()));
            // Begun, and then given up.
            let begun = std::future::poll_fn(|cx| std::task::Poll::Ready(work.as_mut().poll(cx)));
            assert!(begun.await.is_pending());
        }
        assert!(turns.next(Instant::now()).await.is_none());
        end.send(()).unwrap();
        assert!(turns.next(turns.deadline()).await.is_some());
    }
}
