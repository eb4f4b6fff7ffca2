//! Whether what is remembered still holds. Every change of who may do what counts the epoch up in the
//! database. The process that wrote throws its memory away at once; others hear a notification
//! (PostgreSQL) or see the number at the next poll. Whoever can neither hear nor poll stops trusting
//! what it remembers.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::stats::Stats;
use crate::db::{Db, DbConnection, DbManager, Ownership, dialect};
use crate::error::Result;
use crate::models::authz_epoch;

/// How often notifications are looked for; looking costs one system call.
const LOOK: Duration = Duration::from_millis(50);
/// How often the listening connection is asked whether it still lives.
const PROBE: Duration = Duration::from_secs(2);
/// Pause before the listening connection is opened again.
const RECONNECT: Duration = Duration::from_millis(500);
/// No news yet.
const NEVER: u64 = 0;

/// Ends threads.
#[derive(Default)]
pub(super) struct Stop {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    pub fn now(&self) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Waits; true if it is time to end.
    pub fn wait(&self, time: Duration) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(stopped, time, |stopped| !*stopped);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The state of one guard's memory.
pub(super) struct Epoch {
    generation: AtomicU64,
    known: AtomicI64,
    started: Instant,
    /// Milliseconds after `started`, plus one, of the last question that the database answered.
    news_at: AtomicU64,
    grace: Duration,
    stats: Arc<Stats>,
}

impl Epoch {
    pub fn new(grace: Duration, stats: Arc<Stats>) -> Self {
        Self {
            generation: AtomicU64::new(0),
            known: AtomicI64::new(i64::MIN),
            started: Instant::now(),
            news_at: AtomicU64::new(NEVER),
            grace,
            stats,
        }
    }

    /// What an entry has to be of to be believed. Take it before the entry is read from the database.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// From now on nothing that was remembered or is being loaded is believed.
    pub fn invalidate(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        Stats::count(&self.stats.invalidations);
    }

    /// Whether the database was heard of within the grace.
    pub fn is_trusted(&self) -> bool {
        match self.news_at.load(Ordering::Relaxed) {
            NEVER => false,
            at => self.started.elapsed().saturating_sub(Duration::from_millis(at - 1)) < self.grace,
        }
    }

    /// Reads the epoch and takes note of it. `resync` throws the memory away even if it did not change.
    fn ask(&self, conn: &mut DbConnection, resync: bool) -> Result<()> {
        let asked = self.started.elapsed();
        let epoch = authz_epoch::current(conn)?;
        if self.known.swap(epoch, Ordering::AcqRel) != epoch || resync {
            self.invalidate();
        }
        let millis = u64::try_from(asked.as_millis()).unwrap_or(u64::MAX - 1);
        self.news_at.fetch_max(millis + 1, Ordering::Relaxed);
        Ok(())
    }

    /// Polls once. Blocks.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub fn poll(&self, db: &Db) -> Result<()> {
        db.read(|conn| self.ask(conn, false))
    }

    /// Polls until it is stopped.
    pub fn keep_polling(&self, db: &Db, interval: Duration, stop: &Stop) {
        let mut well = true;
        while !stop.wait(interval) {
            let polled = self.poll(db);
            if let (Err(error), true) = (&polled, well) {
                tracing::warn!(%error, "the epoch cannot be polled");
            }
            well = polled.is_ok();
        }
    }

    /// Listens on a connection of its own until it is stopped, connecting again when it is lost.
    pub fn keep_listening(&self, db: &Db, stop: &Stop) {
        let manager = DbManager::new(db.url().clone(), Ownership::Own, PROBE);
        let mut well = true;
        loop {
            let result = self.listen(&manager, stop, &mut well);
            let Err(error) = result else { return };
            if well {
                tracing::warn!(%error, "notifications of changes cannot be heard; polling goes on");
            }
            well = false;
            if stop.wait(RECONNECT) {
                return;
            }
        }
    }

    fn listen(&self, manager: &DbManager, stop: &Stop, well: &mut bool) -> Result<()> {
        let mut conn = manager.open().map_err(|error| crate::Error::Unavailable(error.to_string()))?;
        dialect::listen_for_epoch(&mut conn)?;
        // What was told while nobody listened is lost, so nothing remembered before this line counts.
        self.ask(&mut conn, true)?;
        if !*well {
            tracing::info!("notifications of changes are heard again");
            *well = true;
        }
        let mut probed = Instant::now();
        while !stop.wait(LOOK) {
            if dialect::heard_of_epoch(&mut conn)? || probed.elapsed() >= PROBE {
                self.ask(&mut conn, false)?;
                probed = Instant::now();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_trusted_only_while_there_is_news() {
        let epoch = Epoch::new(Duration::from_millis(50), Arc::default());
        assert!(!epoch.is_trusted());
        epoch.news_at.store(1, Ordering::Relaxed);
        assert!(epoch.is_trusted() || epoch.started.elapsed() >= epoch.grace);
        std::thread::sleep(Duration::from_millis(60));
        assert!(!epoch.is_trusted());
    }

    #[test]
    fn a_stopped_thread_ends_at_once() {
        let stop = Arc::new(Stop::default());
        let waiting = Arc::clone(&stop);
        let thread = std::thread::spawn(move || waiting.wait(Duration::from_mins(1)));
        stop.now();
        assert!(thread.join().unwrap());
    }
}
