//! Refusals in the audit log, bounded.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::{Action, Outcome, Target, one_line, write};
use crate::auth::{Actor, PermissionName};
use crate::clock::UtcTime;
use crate::db::{Db, TokenId, UserId};

/// Writes down refusals, at most one entry a token, subject and minute, so that a flood cannot fill the
/// disk. Cheap to call: an entry that was already written this minute costs a look into a bounded set.
#[derive(Default)]
pub struct DenialLog {
    this_minute: Mutex<Minute>,
}

type DenialKey = (Option<UserId>, Option<TokenId>, String);

#[derive(Default)]
struct Minute {
    number: i64,
    noted: HashSet<DenialKey>,
}

impl DenialLog {
    /// Entries a minute, whoever is refused.
    const MOST: usize = 1000;

    /// Notes that `actor` was refused `permission`, or several with commas between them, on `subject` (a tool
    /// or operation). Writes on a blocking thread of its own accord; a failed write is logged and does not
    /// reach the caller.
    pub fn note(&self, db: &Db, actor: &Actor, at: UtcTime, subject: &str, permission: &str) {
        let subject = one_line(subject);
        if !self.is_news(actor, at, &subject) {
            return;
        }
        let (db, actor, permission) = (db.clone(), actor.clone(), permission.to_owned());
        let write = move || {
            let target = denied_target(&subject, &permission);
            let changes = json!({ "permission": permission });
            let written =
                db.write(|tx| write(tx, &actor, at, Action::Denied, &target, &changes, Outcome::Denied));
            if let Err(error) = written {
                tracing::error!(%error, subject, permission, "a refusal could not be written down");
            }
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(write)),
            Err(_) => write(),
        }
    }

    fn is_news(&self, actor: &Actor, at: UtcTime, subject: &str) -> bool {
        const MICROS: i64 = 60_000_000;
        let number = at.micros().div_euclid(MICROS);
        let token_id = actor.principal.token.as_ref().map(|token| token.id);
        let mut minute = self.this_minute.lock().unwrap_or_else(PoisonError::into_inner);
        if minute.number != number {
            *minute = Minute { number, noted: HashSet::new() };
        }
        minute.noted.len() < Self::MOST
            && minute.noted.insert((actor.principal.user_id, token_id, subject.to_owned()))
    }
}

/// The model that the first of the permissions is about, as far as its name tells.
fn denied_target(subject: &str, permissions: &str) -> Target {
    let permission = permissions.split(',').next().unwrap_or_default();
    let (app_label, codename) = match PermissionName::parse(permission) {
        Some(name) => (name.app_label, name.codename),
        None => (String::new(), permission.to_owned()),
    };
    let model = codename.split_once('_').map_or("", |(_, model)| model);
    Target::new(&app_label, model, "", subject)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::services::testing::{TestDb, actor_with};

    #[test]
    fn refusals_are_written_once_a_token_subject_and_minute() {
        let test = TestDb::new();
        let log = DenialLog::default();
        let actor = actor_with(&[]);
        let now = test.clock.now();
        for _ in 0..50 {
            log.note(&test.db, &actor, now, "create_article", "blog.add_article");
            log.note(&test.db, &actor, now, "delete_article", "blog.delete_article");
        }
        log.note(&test.db, &actor, now.plus(TimeDelta::minutes(1)), "create_article", "blog.add_article");
        let entries = test.log();
        assert_eq!(entries.len(), 3);
        let oldest = &entries[2];
        assert_eq!((oldest.action.as_str(), oldest.outcome.as_str()), ("denied", "denied"));
        assert_eq!((oldest.app_label.as_str(), oldest.model.as_str()), ("blog", "article"));
        assert_eq!(oldest.object_repr, "create_article");
        assert_eq!(oldest.changes, r#"{"permission":"blog.add_article"}"#);
    }

    #[test]
    fn a_flood_of_different_subjects_is_bounded() {
        let log = DenialLog::default();
        let actor = actor_with(&[]);
        let now = UtcTime::from_micros(0);
        let news = (0..5000).filter(|n| log.is_news(&actor, now, &n.to_string())).count();
        assert_eq!(news, DenialLog::MOST);
    }
}
