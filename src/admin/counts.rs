//! How many things there are, for the side bar. Counting a long table takes time, so the numbers are kept
//! for a few seconds; a change through the admin makes them be counted anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;

use crate::clock::UtcTime;
use crate::db::DbConnection;
use crate::error::Result;
use crate::services::counts::{self, OwnCounts};

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

    /// Something was changed.
    pub fn forget(&self) {
        self.kept().own = None;
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
