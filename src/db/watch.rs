//! Statements that take too long. Nothing can stop SQLite inside a view that gives no rows, nor a server
//! that has fallen silent, so whoever waits for such a statement gives it up. The thread that runs it
//! learns of that when the statement ends: it does nothing more in that database, its transaction is
//! rolled back and its connection is thrown away.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

thread_local! {
    /// When the statement that this thread runs began.
    static STARTED: Cell<Option<Instant>> = const { Cell::new(None) };
    /// Who waits for the work of this thread.
    static WATCH: RefCell<Option<Arc<Watch>>> = const { RefCell::new(None) };
}

/// No statement runs.
const IDLE: u64 = 0;
/// Nobody waits any more.
const GIVEN_UP: u64 = u64::MAX;

/// What one piece of work and who waits for it know of each other.
pub(super) struct Watch {
    made: Instant,
    /// [`IDLE`], [`GIVEN_UP`], or microseconds after `made`, plus one, when the running statement began.
    state: AtomicU64,
}

impl Watch {
    pub fn new() -> Self {
        Self { made: Instant::now(), state: AtomicU64::new(IDLE) }
    }

    /// Gives the work up if it is in a statement that has run for `limit`.
    ///
    /// # Errors
    /// After which time it is worth asking again.
    pub fn give_up_after(&self, limit: Duration) -> Result<(), Duration> {
        let state = self.state.load(Ordering::Acquire);
        if state == IDLE {
            return Err(limit);
        }
        let ran = self.made.elapsed().saturating_sub(Duration::from_micros(state - 1));
        if let Some(rest) = limit.checked_sub(ran).filter(|rest| !rest.is_zero()) {
            return Err(rest);
        }
        // Only in the middle of a statement, so that its end is the first that the thread knows of it.
        let swapped = self.state.compare_exchange(state, GIVEN_UP, Ordering::AcqRel, Ordering::Acquire);
        swapped.map(drop).map_err(|_| limit)
    }

    fn is_given_up(&self) -> bool {
        self.state.load(Ordering::Acquire) == GIVEN_UP
    }

    /// Stays given up.
    fn set(&self, state: u64) {
        let change = |old| (old != GIVEN_UP).then_some(state);
        // A refusal to change is no fault.
        let _ = self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, change);
    }
}

/// The time in which this thread works for a [`Watch`].
pub(super) struct Watched {
    given_up: Arc<AtomicI64>,
}

impl Watched {
    /// From now on this thread works for `watch`. When that ends, `given_up` is one less if it was given up.
    pub fn by(watch: Arc<Watch>, given_up: Arc<AtomicI64>) -> Self {
        WATCH.set(Some(watch));
        Self { given_up }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        STARTED.set(None);
        if WATCH.take().is_some_and(|watch| watch.is_given_up()) {
            self.given_up.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// A statement of this thread begins.
pub(super) fn statement_begins() {
    STARTED.set(Some(Instant::now()));
    WATCH.with_borrow(|watch| {
        if let Some(watch) = watch {
            let micros = u64::try_from(watch.made.elapsed().as_micros()).unwrap_or(GIVEN_UP - 2);
            watch.set(micros + 1);
        }
    });
}

/// It ended; how long it took, if it had begun.
pub(super) fn statement_ends() -> Option<Duration> {
    WATCH.with_borrow(|watch| {
        if let Some(watch) = watch {
            watch.set(IDLE);
        }
    });
    STARTED.take().map(|started| started.elapsed())
}

/// How long the statement that this thread runs has been running.
pub fn running_for() -> Option<Duration> {
    STARTED.get().map(|started| started.elapsed())
}

/// Whether nobody waits any more for what this thread does.
pub fn is_given_up() -> bool {
    WATCH.with_borrow(|watch| watch.as_ref().is_some_and(|watch| watch.is_given_up()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r60_only_a_statement_that_runs_too_long_is_given_up() {
        let watch = Arc::new(Watch::new());
        let given_up = Arc::new(AtomicI64::new(0));
        let watched = Watched::by(Arc::clone(&watch), Arc::clone(&given_up));
        let (none, long) = (Duration::ZERO, Duration::from_hours(1));
        assert_eq!(watch.give_up_after(none), Err(none), "nothing runs");
        statement_begins();
        assert!(watch.give_up_after(long).is_err_and(|wait| wait <= long));
        statement_ends();
        assert_eq!(watch.give_up_after(none), Err(none), "it ended in time");
        statement_begins();
        assert!(!is_given_up());
        given_up.fetch_add(1, Ordering::AcqRel);
        assert_eq!(watch.give_up_after(none), Ok(()));
        statement_ends();
        assert!(is_given_up());
        statement_begins();
        assert!(is_given_up(), "for good");
        drop(watched);
        assert!(!is_given_up(), "the thread is free for other work");
        assert_eq!(given_up.load(Ordering::Acquire), 0);
    }
}
