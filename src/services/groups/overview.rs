//! Groups as lists and pages show them: with how many they concern.

use chrono::TimeDelta;

use super::{Group, GroupDetails, GroupFilter, GroupOrder, details, load, may_see, with_permissions};
use crate::auth::{Actor, PermissionName};
use crate::clock::UtcTime;
use crate::db::{DbConnection, GroupId};
use crate::error::Result;
use crate::models::holders::{self, GroupSize};
use crate::models::page::Mark;
use crate::models::token::{self, TokenFilter, TokenOrder, TokenRow};
use crate::models::user::{self, User, UserFilter, UserOrder};
use crate::models::{Slice, Sliced, group, log_entry};

/// A group in a list.
#[derive(Debug, Clone)]
pub struct GroupRow {
    /// The group and what it gives.
    pub details: GroupDetails,
    /// Its members.
    pub size: GroupSize,
}

/// Lists a part of the groups in order of name, backward if the flag says so.
///
/// # Errors
/// `Forbidden` without `auth.view_group` or `auth.change_group`; `Invalid` for the cursor; database faults.
pub fn rows(
    conn: &mut DbConnection,
    actor: &Actor,
    filter: &GroupFilter,
    backward: bool,
    slice: &Slice<Mark>,
) -> Result<Sliced<GroupRow, Mark>> {
    may_see(actor)?;
    let Sliced { rows, next, total } = group::slice(conn, filter, (GroupOrder::Name, backward), slice)?;
    let ids: Vec<GroupId> = rows.iter().map(|group| group.id).collect();
    let sizes = holders::of_groups(conn, &ids)?;
    let with_size = |details: GroupDetails| {
        let size = sizes.get(&details.group.id).copied().unwrap_or_default();
        GroupRow { details, size }
    };
    let rows = with_permissions(conn, rows)?.into_iter().map(with_size).collect();
    Ok(Sliced { rows, next, total })
}

/// Names of the groups that give a permission, in order, at most so many.
///
/// # Errors
/// `Forbidden` without `auth.view_group` or `auth.change_group`; database faults.
pub fn names_with_permission(
    conn: &mut DbConnection,
    actor: &Actor,
    name: &PermissionName,
    most: i64,
) -> Result<Vec<String>> {
    may_see(actor)?;
    Ok(group::list_names_with_permission(conn, name, most)?)
}

/// The place of a group in the list.
#[must_use]
pub fn place(row: &GroupRow) -> Mark {
    let Group { id, name } = &row.details.group;
    Mark::Text(name.clone(), id.0)
}

/// A group and some of those whom a change of it concerns.
#[derive(Debug, Clone)]
pub struct Affected {
    /// How many there are.
    pub size: GroupSize,
    /// The first users in it in order of name, for those who may see users.
    pub users: Option<Vec<User>>,
    /// The first tokens in it in order of name, for those who may see tokens.
    pub tokens: Option<Vec<TokenRow>>,
}

/// Tells whom a group concerns, naming at most `most` of a kind.
///
/// # Errors
/// Database faults.
pub fn affected(
    conn: &mut DbConnection,
    actor: &Actor,
    now: UtcTime,
    id: GroupId,
    most: i64,
) -> Result<Affected> {
    let size = holders::of_groups(conn, &[id])?.remove(&id).unwrap_or_default();
    let first = Slice::first(most);
    let users = actor
        .has_perm("auth.view_user")
        .then(|| {
            let filter = UserFilter { group_id: Some(id), ..UserFilter::default() };
            user::slice(conn, &filter, (UserOrder::Username, false), &first)
        })
        .transpose()?;
    let tokens = actor
        .has_perm("mcp.view_token")
        .then(|| {
            let filter = TokenFilter { group_id: Some(id), ..TokenFilter::default() };
            token::slice(conn, &filter, now, TokenOrder::Name, false, &Slice::first(most))
        })
        .transpose()?;
    Ok(Affected { size, users: users.map(|found| found.rows), tokens: tokens.map(|found| found.rows) })
}

/// What tokens of a group did to models lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentDeed {
    /// The model, as `blog.article`.
    pub model: String,
    /// `added`, `changed` or `deleted`.
    pub action: String,
    /// How many of the tokens did.
    pub tokens: i64,
}

/// Tells what tokens of a group did in the last 30 days to models, which are named as `blog.article`. The
/// audit log knows; who may not see it learns nothing.
///
/// # Errors
/// Database faults.
pub fn recent_deeds(
    conn: &mut DbConnection,
    actor: &Actor,
    now: UtcTime,
    id: GroupId,
    models: &[String],
) -> Result<Vec<RecentDeed>> {
    if models.is_empty() || !actor.has_perm("admin.view_logentry") {
        return Ok(Vec::new());
    }
    let names: Vec<String> =
        models.iter().filter_map(|name| name.split_once('.')).map(|(_, model)| model.to_owned()).collect();
    let found = log_entry::count_tokens_of_group(conn, id, now.plus(-TimeDelta::days(30)), &names)?;
    let deeds = found.into_iter().map(|(app_label, model, action, tokens)| RecentDeed {
        model: format!("{app_label}.{model}"),
        action,
        tokens,
    });
    Ok(deeds.filter(|deed| models.contains(&deed.model)).collect())
}

/// A group that is about to be deleted, with whom that concerns.
///
/// # Errors
/// `Forbidden` without `auth.delete_group`; `NotFound`; database faults.
pub fn deletion(
    conn: &mut DbConnection,
    actor: &Actor,
    now: UtcTime,
    id: GroupId,
) -> Result<(GroupDetails, Affected)> {
    actor.require("auth.delete_group")?;
    let group = load(conn, id)?;
    Ok((details(conn, group)?, affected(conn, actor, now, id, 2)?))
}
