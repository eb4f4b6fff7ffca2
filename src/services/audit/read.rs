//! Reading the audit log: pages, single entries, and all of it in bounded memory.

use crate::auth::Actor;
use crate::db::{Db, DbConnection, LogEntryId};
use crate::error::{Error, Result};
use crate::models::page::Mark;
use crate::models::{Slice, Sliced, log_entry};

use super::LogEntry;
pub use crate::models::log_entry::LogFilter;

const VIEW: &str = "admin.view_logentry";
/// Rows that an export reads at a time.
const CHUNK: i64 = 500;

/// Lists a part of the log in the order of writing, or the newest first.
///
/// # Errors
/// `Forbidden` without `admin.view_logentry`; `Invalid` for the cursor; database faults.
pub fn slice(
    conn: &mut DbConnection,
    actor: &Actor,
    filter: &LogFilter,
    newest_first: bool,
    slice: &Slice<Mark>,
) -> Result<Sliced<LogEntry, Mark>> {
    actor.require(VIEW)?;
    log_entry::slice(conn, filter, newest_first, slice)
}

/// One entry.
///
/// # Errors
/// `Forbidden` without `admin.view_logentry`; `NotFound`; database faults.
pub fn show(conn: &mut DbConnection, actor: &Actor, id: LogEntryId) -> Result<LogEntry> {
    actor.require(VIEW)?;
    log_entry::find(conn, id)?.ok_or_else(|| Error::NotFound(format!("There is no log entry {id}")))
}

/// All entries that were there when it began, the oldest first, a few hundred at a time. No connection is held
/// between two parts.
pub struct Export {
    db: Db,
    filter: LogFilter,
    last: LogEntryId,
    part: Option<Slice<Mark>>,
}

impl Export {
    /// Begins. Blocks.
    ///
    /// # Errors
    /// `Forbidden` without `admin.view_logentry`; database faults.
    pub fn begin(db: &Db, actor: &Actor, filter: LogFilter) -> Result<Self> {
        actor.require(VIEW)?;
        let last = db.read(|conn| Ok(log_entry::last_id(conn)?))?;
        Ok(Self { db: db.clone(), filter, last, part: Some(Slice::first(CHUNK)) })
    }

    /// The next part; empty at the end. Blocks.
    ///
    /// # Errors
    /// Database faults.
    pub fn next_part(&mut self) -> Result<Vec<LogEntry>> {
        let Some(part) = self.part.take() else { return Ok(Vec::new()) };
        let found = self.db.read(|conn| log_entry::slice(conn, &self.filter, false, &part))?;
        let Sliced { mut rows, next, .. } = found;
        let read = rows.len();
        rows.retain(|entry| entry.id <= self.last);
        if next.is_some() && rows.len() == read {
            self.part = Some(Slice { after: next, ..part });
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::services::audit::{Action, Target, record};
    use crate::services::testing::{TestDb, actor_with};

    fn write_entries(test: &TestDb, count: usize) {
        let now = test.clock.now();
        test.write(|tx| {
            for n in 0..count {
                let target = Target::new("blog", if n % 2 == 0 { "article" } else { "tag" }, n, "100%_x");
                record(tx, &Actor::cli(), now, Action::Changed, &target, &json!({}))?;
            }
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn pages_follow_each_other_without_gaps_while_entries_are_added() {
        let test = TestDb::new();
        write_entries(&test, 25);
        let filter = LogFilter { app_label: Some("blog".into()), ..LogFilter::default() };
        let mut part = Slice::first(10);
        let mut seen = Vec::new();
        loop {
            let found = test.db.read(|conn| slice(conn, &Actor::cli(), &filter, true, &part)).unwrap();
            seen.extend(found.rows.iter().map(|entry| entry.object_id.parse::<usize>().unwrap()));
            write_entries(&test, 1);
            part.after = found.next;
            if part.after.is_none() {
                break;
            }
        }
        assert_eq!(seen, (0..25).rev().collect::<Vec<_>>());
    }

    #[test]
    fn every_filter_of_the_log_narrows_it() {
        let test = TestDb::new();
        write_entries(&test, 4);
        let count = |filter: LogFilter| {
            let part = Slice { count: true, ..Slice::first(1) };
            test.db.read(|conn| slice(conn, &Actor::cli(), &filter, true, &part)).unwrap().total.unwrap()
        };
        let none = LogFilter::default;
        let all = count(none());
        assert_eq!(count(LogFilter { model: Some("tag".into()), ..none() }), 2);
        assert_eq!(count(LogFilter { object_id: Some("3".into()), model: Some("tag".into()), ..none() }), 1);
        assert_eq!(count(LogFilter { search: Some("0%_X".into()), ..none() }), 4);
        assert_eq!(count(LogFilter { surface: Some("cli".into()), ..none() }), all);
        assert_eq!(count(LogFilter { surface: Some("mcp".into()), ..none() }), 0);
        assert_eq!(count(LogFilter { action: Some("deleted".into()), ..none() }), 0);
        assert_eq!(count(LogFilter { outcome: Some("done".into()), ..none() }), all);
        assert_eq!(count(LogFilter { actor: Some("COMMAND LINE".into()), ..none() }), all);
        assert_eq!(count(LogFilter { request_id: Some("x".into()), ..none() }), 0);
        assert_eq!(count(LogFilter { token_id: Some(crate::db::TokenId(1)), ..none() }), 0);
        assert_eq!(count(LogFilter { user_id: Some(crate::db::UserId(1)), ..none() }), 0);
        let now = test.clock.now();
        assert_eq!(count(LogFilter { since: Some(now), ..none() }), 0);
        assert_eq!(count(LogFilter { until: Some(now), ..none() }), all);
    }

    #[test]
    fn an_export_gives_what_was_there_when_it_began_in_parts() {
        let test = TestDb::new();
        write_entries(&test, 1203);
        let filter = LogFilter { app_label: Some("blog".into()), ..LogFilter::default() };
        let mut export = Export::begin(&test.db, &Actor::cli(), filter.clone()).unwrap();
        let mut seen = Vec::new();
        loop {
            let rows = export.next_part().unwrap();
            assert!(rows.len() <= 500, "{}", rows.len());
            if rows.is_empty() {
                break;
            }
            seen.extend(rows.into_iter().map(|entry| entry.object_id.parse::<usize>().unwrap()));
            write_entries(&test, 1);
        }
        assert_eq!(seen, (0..1203).collect::<Vec<_>>());
        assert!(export.next_part().unwrap().is_empty());
        let refused = Export::begin(&test.db, &actor_with(&[]), filter).err().unwrap();
        assert!(
            matches!(refused, Error::Forbidden { permissions } if permissions == ["admin.view_logentry"])
        );
    }
}
