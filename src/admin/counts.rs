//! How many things there are, for the side bar. Counting a long table takes time, so the numbers are kept
//! for a few seconds; a change through the admin makes them be counted anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;

use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::DbConnection;
use crate::error::Result;
use crate::services::counts::{self, OwnCounts};
use crate::services::tokens::{self, StatusCounts};

/// A token that was not used for this long counts as unused.
pub const UNUSED_AFTER: TimeDelta = TimeDelta::days(30);
/// How long numbers are shown before they are counted again.
const FRESH: TimeDelta = TimeDelta::seconds(10);

/// The numbers of one process.
#[derive(Default)]
pub struct Counts {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    own: Option<(UtcTime, Arc<OwnCounts>)>,
    tokens: Option<(UtcTime, StatusCounts)>,
    records: HashMap<(String, String), i64>,
}

impl Counts {
    /// Our own tables, counted if the numbers are too old. Blocks.
    ///
    /// # Errors
    /// Database faults.
    pub fn own(&self, conn: &mut DbConnection, now: UtcTime) -> Result<Arc<OwnCounts>> {
        if let Some((at, own)) = &self.kept().own
            && (*at..at.plus(FRESH)).contains(&now)
        {
            return Ok(Arc::clone(own));
        }
        let own = Arc::new(counts::own(conn)?);
        self.kept().own = Some((now, Arc::clone(&own)));
        Ok(own)
    }

    /// How many tokens stand how. Blocks.
    ///
    /// # Errors
    /// `Forbidden`; database faults.
    pub fn tokens(&self, conn: &mut DbConnection, actor: &Actor, now: UtcTime) -> Result<StatusCounts> {
        let kept = self.kept().tokens;
        if let Some((at, counts)) = kept
            && (at..at.plus(FRESH)).contains(&now)
        {
            return Ok(counts);
        }
        let counts = tokens::statuses(conn, actor, now, now.plus(-UNUSED_AFTER))?;
        self.kept().tokens = Some((now, counts));
        Ok(counts)
    }

    /// Something was changed.
    pub fn forget(&self) {
        let mut kept = self.kept();
        (kept.own, kept.tokens) = (None, None);
    }

    /// How many records a model had when somebody looked last.
    pub fn records(&self, app: &str, model: &str) -> Option<i64> {
        self.kept().records.get(&(app.to_owned(), model.to_owned())).copied()
    }

    /// Remembers what somebody counted.
    pub fn note_records(&self, app: &str, model: &str, count: i64) {
        self.kept().records.insert((app.to_owned(), model.to_owned()), count);
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
