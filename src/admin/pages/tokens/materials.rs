//! What the form of a token is made from: permissions, groups, users.

use std::collections::{BTreeMap, BTreeSet};

use crate::admin::components::Choice;
use crate::admin::form::Form;
use crate::admin::visit::Visit;
use crate::auth::PermissionSet;
use crate::db::{DbConnection, GroupId};
use crate::error::Result;
use crate::services::Slice;
use crate::services::groups::{self, GroupDetails};
use crate::services::permissions::{self, Permission};
use crate::services::tokens::TokenDetails;
use crate::services::users::{self, UserFilter, UserOrder};

/// Groups and users that a form offers at most; beyond, a name is typed.
const OFFERED: i64 = 200;

/// Everything to choose from.
pub struct Materials {
    /// Every permission that can be handed out.
    pub all: Vec<Permission>,
    /// Groups with what they give.
    pub groups: Vec<GroupDetails>,
    /// Names of users, if the visitor may see them and they are few enough to choose from.
    pub users: Option<Vec<String>>,
}

impl Materials {
    /// Reads them: four queries.
    ///
    /// # Errors
    /// `Forbidden`; database faults.
    pub fn load(conn: &mut DbConnection, visit: &Visit) -> Result<Self> {
        Ok(Self {
            all: permissions::choices(conn, &visit.actor)?,
            groups: groups::choices(conn, &visit.actor, OFFERED)?,
            users: usernames(conn, visit)?,
        })
    }
}

/// Names of all users, if the visitor may see them and they are few.
///
/// # Errors
/// Database faults.
pub fn usernames(conn: &mut DbConnection, visit: &Visit) -> Result<Option<Vec<String>>> {
    if !visit.may("auth.view_user") || visit.counts.users > OFFERED {
        return Ok(None);
    }
    let order = (UserOrder::Username, false);
    let found = users::slice(conn, &visit.actor, &UserFilter::default(), order, &Slice::first(OFFERED))?;
    Ok(Some(found.rows.into_iter().map(|user| user.username).collect()))
}

/// Names as choices.
pub fn choices(names: &[String]) -> Vec<Choice> {
    names.iter().map(|name| Choice::new(name, name)).collect()
}

/// What is chosen in a form, and what follows from it.
pub struct Chosen {
    /// Permissions that are given directly.
    pub direct: BTreeSet<String>,
    /// What the groups give, with their names.
    pub from_groups: BTreeMap<String, Vec<String>>,
    /// The groups.
    pub groups: Vec<GroupId>,
    /// Direct permissions that the token has now.
    pub held: BTreeSet<String>,
}

impl Chosen {
    /// Reads a form; `token` is what it changes, if it is there already.
    pub fn of(form: &Form, materials: &Materials, token: Option<&TokenDetails>) -> Self {
        let groups: Vec<GroupId> = form.ids("groups").into_iter().map(GroupId).collect();
        let mut from_groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for details in materials.groups.iter().filter(|details| groups.contains(&details.group.id)) {
            for permission in &details.permissions {
                from_groups.entry(permission.clone()).or_default().push(details.group.name.clone());
            }
        }
        let held = token.map(|token| token.permissions.iter().cloned().collect()).unwrap_or_default();
        Self { direct: form.all("perm").map(str::to_owned).collect(), from_groups, groups, held }
    }

    /// All that the token would have.
    pub fn effective(&self) -> PermissionSet {
        self.direct.iter().chain(self.from_groups.keys()).cloned().collect()
    }

    /// Names of the groups that give something.
    pub fn group_names(&self) -> BTreeSet<&str> {
        self.from_groups.values().flatten().map(String::as_str).collect()
    }
}
