//! `group …`: bundles of permissions for tokens and users.

use clap::Subcommand;
use serde_json::json;

use super::{Context, output};
use crate::db::{DbConnection, Tx};
use crate::error::Result;
use crate::services::groups::{self, Group, Permission};
use crate::services::{Paging, users};

#[derive(Subcommand)]
pub enum GroupCommand {
    /// Create a group
    Create {
        /// Name of the group
        name: String,
        /// Permissions to begin with, e.g. `blog.view_article`
        #[arg(long = "perm", value_name = "PERMISSION")]
        permissions: Vec<String>,
    },
    /// List groups and what they give
    List,
    /// Give a group permissions
    Grant {
        /// Name or id
        group: String,
        /// e.g. `blog.view_article`
        #[arg(required = true)]
        permissions: Vec<String>,
    },
    /// Take permissions from a group
    RevokePerm {
        /// Name or id
        group: String,
        /// e.g. `blog.view_article`
        #[arg(required = true)]
        permissions: Vec<String>,
    },
    /// Show, add or remove the users of a group
    Members {
        /// Name or id
        group: String,
        /// Users to add
        #[arg(long, value_name = "USER")]
        add: Vec<String>,
        /// Users to remove
        #[arg(long, value_name = "USER")]
        remove: Vec<String>,
    },
    /// Give a group another name
    Rename {
        /// Name or id
        group: String,
        /// The new name
        name: String,
    },
    /// Delete a group; its tokens and users lose what it gave
    Delete {
        /// Name or id
        group: String,
    },
}

pub fn run(command: &GroupCommand, ctx: &Context) -> Result<()> {
    let (actor, now) = (ctx.actor(), ctx.clock.now());
    match command {
        GroupCommand::Create { name, permissions } => change(ctx, "Created", |tx| {
            let group = groups::create(tx, &actor, now, name)?;
            if !permissions.is_empty() {
                groups::grant(tx, &actor, now, group.id, permissions)?;
            }
            Ok(group)
        }),
        GroupCommand::List => list(ctx),
        GroupCommand::Grant { group, permissions } => change(ctx, "Changed the permissions of", |tx| {
            let group = groups::resolve(tx, &actor, group)?;
            groups::grant(tx, &actor, now, group.id, permissions)?;
            Ok(group)
        }),
        GroupCommand::RevokePerm { group, permissions } => change(ctx, "Changed the permissions of", |tx| {
            let group = groups::resolve(tx, &actor, group)?;
            groups::revoke(tx, &actor, now, group.id, permissions)?;
            Ok(group)
        }),
        GroupCommand::Members { group, add, remove } => members(group, add, remove, ctx),
        GroupCommand::Rename { group, name } => change(ctx, "Renamed", |tx| {
            let group = groups::resolve(tx, &actor, group)?;
            groups::rename(tx, &actor, now, group.id, name)
        }),
        GroupCommand::Delete { group } => {
            let group = ctx.open()?.write(|tx| {
                let group = groups::resolve(tx, &actor, group)?;
                groups::delete(tx, &actor, now, group.id)?;
                Ok(group)
            })?;
            ctx.print(&group, || describe("Deleted", &group))
        }
    }
}

/// Runs a mutation with every permission in place and prints the group with what it gives.
fn change(ctx: &Context, verb: &str, work: impl FnOnce(&mut Tx<'_>) -> Result<Group>) -> Result<()> {
    let (db, _) = ctx.prepare()?;
    let (group, permissions) = db.write(|tx| {
        let group = work(tx)?;
        let permissions = names(tx, &group, ctx)?;
        Ok((group, permissions))
    })?;
    ctx.print(&json!({"id": group.id, "name": group.name, "permissions": permissions}), || {
        format!("{}\n{}", describe(verb, &group), permissions.join("\n"))
    })
}

fn list(ctx: &Context) -> Result<()> {
    let found = ctx.open()?.read(|conn| {
        let found = groups::list(conn, &ctx.actor(), None, Paging::ALL)?;
        found
            .rows
            .into_iter()
            .map(|group| names(conn, &group, ctx).map(|permissions| (group, permissions)))
            .collect::<Result<Vec<_>>>()
    })?;
    let values: Vec<_> = found
        .iter()
        .map(|(group, permissions)| json!({"id": group.id, "name": group.name, "permissions": permissions}))
        .collect();
    ctx.print(&values, || {
        let rows: Vec<Vec<String>> = found
            .iter()
            .map(|(group, permissions)| vec![group.id.to_string(), group.name.clone(), permissions.join(" ")])
            .collect();
        output::table(&["ID", "NAME", "PERMISSIONS"], &rows)
    })
}

fn members(reference: &str, add: &[String], remove: &[String], ctx: &Context) -> Result<()> {
    let (actor, now) = (ctx.actor(), ctx.clock.now());
    let (group, members) = ctx.open()?.write(|tx| {
        let group = groups::resolve(tx, &actor, reference)?;
        for user in add {
            let user = users::resolve(tx, &actor, user)?;
            groups::add_member(tx, &actor, now, group.id, user.id)?;
        }
        for user in remove {
            let user = users::resolve(tx, &actor, user)?;
            groups::remove_member(tx, &actor, now, group.id, user.id)?;
        }
        let members = groups::members(tx, &actor, group.id)?;
        Ok((group, members))
    })?;
    let names: Vec<&str> = members.iter().map(|u| u.username.as_str()).collect();
    ctx.print(&json!({"id": group.id, "name": group.name, "members": names}), || {
        format!("{} has {} members\n{}", output::printable(&group.name), names.len(), names.join("\n"))
    })
}

fn names(conn: &mut DbConnection, group: &Group, ctx: &Context) -> Result<Vec<String>> {
    let permissions = groups::permissions(conn, &ctx.actor(), group.id)?;
    Ok(permissions.iter().map(Permission::full_name).collect())
}

fn describe(verb: &str, group: &Group) -> String {
    format!("{verb} the group {} (id {})", output::printable(&group.name), group.id)
}
