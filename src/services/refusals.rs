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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// `app_label.codename`
    pub missing_permission: String,
    /// Names of groups that hold it, at most twenty; empty also where that cannot be found out.
    pub held_by_groups: Vec<String>,
    /// A sentence for people.
    pub how_to_get: String,
}

/// Explains refusals. Who is refused again and again costs one query in five seconds.
#[derive(Default)]
pub struct Refusals {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    period: i64,
    groups: HashMap<String, Vec<String>>,
}

impl Refusals {
    /// Explains why `permission` was needed. A database that does not answer makes it shorter, not late.
    pub async fn explain(&self, db: &Db, now: UtcTime, permission: &str) -> Refusal {
        let period = now.micros().div_euclid(REMEMBERED);
        if let Some(groups) = self.remembered(period, permission) {
            return refusal(permission, groups);
        }
        let name = PermissionName::parse(permission);
        let groups = match name {
            Some(name) => db.run(move |db| db.read(|conn| holders(conn, &name))).await,
            None => Ok(Vec::new()),
        };
        let Ok(groups) = groups else { return refusal(permission, Vec::new()) };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.groups.len() < MOST_KNOWN {
            known.groups.insert(permission.to_owned(), groups.clone());
        }
        drop(known);
        refusal(permission, groups)
    }

    fn remembered(&self, period: i64, permission: &str) -> Option<Vec<String>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.period != period {
            *known = Known { period, groups: HashMap::new() };
        }
        known.groups.get(permission).cloned()
    }
}

fn holders(conn: &mut DbConnection, name: &PermissionName) -> Result<Vec<String>> {
    Ok(group::list_names_with_permission(conn, name, MOST_GROUPS)?)
}

fn refusal(permission: &str, held_by_groups: Vec<String>) -> Refusal {
    let through = match held_by_groups.as_slice() {
        [] => String::new(),
        [one] => format!(", or for the group that has it: {one}"),
        several => format!(", or for one of the groups that have it: {}", several.join(", ")),
    };
    Refusal {
        missing_permission: permission.to_owned(),
        how_to_get: format!("Ask an administrator for the permission {permission}{through}"),
        held_by_groups,
    }
}
