//! What is said to somebody who lacks a permission: which one, who has it, and how to get it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::auth::PermissionName;
use crate::clock::UtcTime;
use crate::db::{Db, DbConnection};
use crate::error::Result;
use crate::models::group;

/// Groups that are named at most.
const MOST_GROUPS: i64 = 20;
/// Permissions whose groups are remembered at most.
const MOST_KNOWN: usize = 1000;
/// For so many microseconds it is remembered which groups hold a permission.
const REMEMBERED: i64 = 5_000_000;

/// An explained refusal. Where refusals are not explained it is not made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// `app_label.codename`; the first, if several are missing.
    pub missing_permission: String,
    /// All of them, if several are missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_permissions: Vec<String>,
    /// Names of groups that hold all of them, at most twenty; empty also where that cannot be found out.
    pub held_by_groups: Vec<String>,
    /// A sentence for people.
    pub how_to_get: String,
}

/// Names of groups by the permission that they hold.
type Holders = HashMap<String, Vec<String>>;

/// Explains refusals. Who is refused again and again costs one query in five seconds.
#[derive(Default)]
pub struct Refusals {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    period: i64,
    groups: Holders,
}

impl Refusals {
    /// Explains why `permissions` were needed. A database that does not answer makes it shorter, not late.
    pub async fn explain(&self, db: &Db, now: UtcTime, permissions: &[String]) -> Refusal {
        let (mut found, unknown) = self.remembered(now, permissions);
        if !unknown.is_empty()
            && let Ok(asked) = db.run(move |db| db.read(|conn| holders(conn, &unknown))).await
        {
            self.remember(now, &asked);
            found.extend(asked);
        }
        refusal(permissions, &found)
    }

    /// The same where it may block.
    pub fn explain_here(&self, db: &Db, now: UtcTime, permissions: &[String]) -> Refusal {
        let (mut found, unknown) = self.remembered(now, permissions);
        if !unknown.is_empty()
            && let Ok(asked) = db.read(|conn| holders(conn, &unknown))
        {
            self.remember(now, &asked);
            found.extend(asked);
        }
        refusal(permissions, &found)
    }

    /// What is remembered of these permissions, and those of which nothing is.
    fn remembered(&self, now: UtcTime, permissions: &[String]) -> (Holders, Vec<String>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.begin(now);
        let (mut found, mut unknown) = (Holders::new(), Vec::new());
        for permission in permissions {
            match known.groups.get(permission) {
                Some(groups) => drop(found.insert(permission.clone(), groups.clone())),
                None => unknown.push(permission.clone()),
            }
        }
        (found, unknown)
    }

    fn remember(&self, now: UtcTime, found: &Holders) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.begin(now);
        if known.groups.len() < MOST_KNOWN {
            known.groups.extend(found.clone());
        }
    }
}

impl Known {
    /// Forgets what was known in another period.
    fn begin(&mut self, now: UtcTime) {
        let period = now.micros().div_euclid(REMEMBERED);
        if self.period != period {
            *self = Self { period, groups: Holders::new() };
        }
    }
}

fn holders(conn: &mut DbConnection, permissions: &[String]) -> Result<Holders> {
    let mut found = Holders::new();
    for permission in permissions {
        let groups = match PermissionName::parse(permission) {
            Some(name) => group::list_names_with_permission(conn, &name, MOST_GROUPS)?,
            None => Vec::new(),
        };
        found.insert(permission.clone(), groups);
    }
    Ok(found)
}

fn refusal(permissions: &[String], holders: &Holders) -> Refusal {
    let (first, others) = permissions.split_first().map_or((String::new(), &[][..]), |(f, o)| (f.clone(), o));
    let hold = |permission: &String| holders.get(permission).map(Vec::as_slice).unwrap_or_default();
    let mut groups = hold(&first).to_vec();
    groups.retain(|group| others.iter().all(|permission| hold(permission).contains(group)));
    let (noun, it) = if others.is_empty() { ("permission", "it") } else { ("permissions", "them") };
    let through = match groups.as_slice() {
        [] => String::new(),
        [one] => format!(", or for the group that has {it}: {one}"),
        several => format!(", or for one of the groups that have {it}: {}", several.join(", ")),
    };
    Refusal {
        how_to_get: format!("Ask an administrator for the {noun} {}{through}", permissions.join(", ")),
        missing_permission: first,
        missing_permissions: if others.is_empty() { Vec::new() } else { permissions.to_vec() },
        held_by_groups: groups,
    }
}
