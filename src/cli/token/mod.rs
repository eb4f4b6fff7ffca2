//! `token …`: the credentials of MCP clients.

mod args;
mod secret;
mod view;

use std::process::ExitCode;

use args::{CopyArgs, CreateArgs, GrantArgs, ListArgs, RotateArgs, SetExpiryArgs};
use clap::Subcommand;
use serde_json::json;
use view::TokenView;

use super::{Context, output};
use crate::auth::ToolMode;
use crate::db::{DbConnection, GroupId, TokenId, Tx};
use crate::error::{Error, Result};
use crate::services::tokens::{self, Expiry, Token, TokenAccess, TokenFilter, TokenUpdate};
use crate::services::{Paging, groups, users};

#[derive(Subcommand)]
pub enum TokenCommand {
    /// Issue a token and show its secret once
    Create(CreateArgs),
    /// List tokens, the newest first
    List(ListArgs),
    /// Show a token, what it may do, and why
    Show {
        /// Id, prefix, or exact name
        token: String,
    },
    /// Ask whether a token may do something, and why
    Check {
        /// Id, prefix, or exact name
        token: String,
        /// e.g. `blog.view_article`
        #[arg(required = true, value_name = "PERM")]
        permissions: Vec<String>,
    },
    /// Give a token permissions of its own
    Grant(GrantArgs),
    /// Take permissions of its own from a token
    RevokePerm {
        /// Id, prefix, or exact name
        token: String,
        /// e.g. `blog.view_article`
        #[arg(required = true, value_name = "PERM")]
        permissions: Vec<String>,
    },
    /// Put a token into groups
    AddGroup {
        /// Id, prefix, or exact name
        token: String,
        /// Name or id
        #[arg(required = true, value_name = "GROUP")]
        groups: Vec<String>,
    },
    /// Take a token out of groups
    RemoveGroup {
        /// Id, prefix, or exact name
        token: String,
        /// Name or id
        #[arg(required = true, value_name = "GROUP")]
        groups: Vec<String>,
    },
    /// Change the name, the note or the limit of a token
    Update {
        /// Id, prefix, or exact name
        token: String,
        /// The new name
        #[arg(long)]
        name: Option<String>,
        /// The new note; may be empty
        #[arg(long)]
        note: Option<String>,
        /// Whether the token can do only what its owner can do as well
        #[arg(long, value_name = "true|false")]
        limit_to_owner: Option<bool>,
    },
    /// Say how many tools a token gets over MCP
    SetToolMode {
        /// Id, prefix, or exact name
        token: String,
        /// auto: as the site is configured; full: one tool for each operation of each model; compact: one
        /// tool for each operation
        mode: ToolMode,
    },
    /// Give a token to another owner
    Transfer {
        /// Id, prefix, or exact name
        token: String,
        /// The new owner, by name or id
        #[arg(long, value_name = "USER")]
        to: String,
    },
    /// Set, extend or remove the expiry
    SetExpiry(SetExpiryArgs),
    /// Refuse a token until it is activated again
    Deactivate {
        /// Id, prefix, or exact name
        token: String,
    },
    /// Accept a token again, with the secret that it had
    Activate {
        /// Id, prefix, or exact name
        token: String,
    },
    /// Give a token a new secret and show it once
    Rotate(RotateArgs),
    /// Make a second token like this one, with a secret of its own
    Copy(CopyArgs),
    /// Delete a token for good
    Delete {
        /// Id, prefix, or exact name
        token: String,
    },
}

/// Runs a command; only `check` has more than one way to succeed.
pub fn run(command: &TokenCommand, ctx: &Context) -> Result<ExitCode> {
    let (actor, now) = (ctx.actor(), ctx.clock.now());
    let done = match command {
        TokenCommand::Create(args) => secret::create(args, ctx),
        TokenCommand::Rotate(args) => secret::rotate(args, ctx),
        TokenCommand::Copy(args) => secret::copy(args, ctx),
        TokenCommand::List(args) => list(args, ctx),
        TokenCommand::Show { token } => {
            let access = ctx.open()?.read(|conn| access(conn, token, ctx))?;
            ctx.print(&TokenView::full(&access, now), || view::explain(&access, now))
        }
        TokenCommand::Check { token, permissions } => return check(token, permissions, ctx),
        TokenCommand::Grant(args) => grant(args, ctx),
        TokenCommand::RevokePerm { token, permissions } => {
            change(token, "Changed", ctx, |tx, id| tokens::revoke(tx, &actor, now, id, permissions))
        }
        TokenCommand::AddGroup { token, groups } => change(token, "Changed", ctx, |tx, id| {
            let groups = group_ids(tx, groups, ctx)?;
            tokens::add_groups(tx, &actor, now, id, &groups)
        }),
        TokenCommand::RemoveGroup { token, groups } => change(token, "Changed", ctx, |tx, id| {
            let groups = group_ids(tx, groups, ctx)?;
            tokens::remove_groups(tx, &actor, now, id, &groups)
        }),
        TokenCommand::Update { token, name, note, limit_to_owner } => {
            let update =
                TokenUpdate { name: name.clone(), note: note.clone(), limit_to_owner: *limit_to_owner };
            change(token, "Changed", ctx, |tx, id| tokens::update(tx, &actor, now, id, &update))
        }
        TokenCommand::SetToolMode { token, mode } => {
            change(token, "Changed", ctx, |tx, id| tokens::set_tool_mode(tx, &actor, now, id, *mode))
        }
        TokenCommand::Transfer { token, to } => change(token, "Transferred", ctx, |tx, id| {
            let owner = users::resolve(tx, &actor, to)?;
            tokens::transfer(tx, &actor, now, id, owner.id, &ctx.config.token_rules())
        }),
        TokenCommand::SetExpiry(args) => {
            let expires_at = match args.expiry.expiry(now) {
                Expiry::At(at) => Some(at),
                Expiry::Never | Expiry::Default => None,
            };
            change(&args.token, "Changed", ctx, |tx, id| tokens::set_expiry(tx, &actor, now, id, expires_at))
        }
        TokenCommand::Deactivate { token } => {
            change(token, "Deactivated", ctx, |tx, id| tokens::deactivate(tx, &actor, now, id))
        }
        TokenCommand::Activate { token } => {
            change(token, "Activated", ctx, |tx, id| tokens::activate(tx, &actor, now, id))
        }
        TokenCommand::Delete { token } => delete(token, ctx),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Finds a token and everything that decides what it may do.
fn access(conn: &mut DbConnection, reference: &str, ctx: &Context) -> Result<TokenAccess> {
    let token = tokens::resolve(conn, &ctx.actor(), reference)?;
    TokenAccess::load(conn, &ctx.actor(), token.id)
}

/// Runs one mutation of a token and prints how the token is now.
fn change(
    reference: &str,
    verb: &str,
    ctx: &Context,
    work: impl FnOnce(&mut Tx<'_>, TokenId) -> Result<Token>,
) -> Result<()> {
    let access = ctx.open()?.write(|tx| {
        let id = tokens::resolve(tx, &ctx.actor(), reference)?.id;
        work(tx, id)?;
        TokenAccess::load(tx, &ctx.actor(), id)
    })?;
    let now = ctx.clock.now();
    ctx.print(&TokenView::full(&access, now), || {
        format!("{verb} the token.\n\n{}", view::explain(&access, now))
    })
}

fn grant(args: &GrantArgs, ctx: &Context) -> Result<()> {
    // Also knows the permissions of apps that were attached since the last start.
    ctx.prepare()?;
    change(&args.token, "Changed", ctx, |tx, id| {
        let permissions = args.permissions.names(tx)?;
        if permissions.is_empty() {
            return Err(Error::invalid("permissions", "name a permission, --read-only APP or --full APP"));
        }
        tokens::grant(tx, &ctx.actor(), ctx.clock.now(), id, &permissions)
    })
}

fn delete(reference: &str, ctx: &Context) -> Result<()> {
    let token = ctx.open()?.write(|tx| {
        let token = tokens::resolve(tx, &ctx.actor(), reference)?;
        tokens::delete(tx, &ctx.actor(), ctx.clock.now(), token.id)?;
        Ok(token)
    })?;
    ctx.print(&json!({"id": token.id, "name": token.name, "deleted": true}), || {
        format!("Deleted the token {} (id {})", output::printable(&token.name), token.id)
    })
}

/// Scripts read the answer from the exit code: 1 if anything is not allowed.
fn check(reference: &str, permissions: &[String], ctx: &Context) -> Result<ExitCode> {
    let now = ctx.clock.now();
    let (token, verdicts) = ctx.open()?.read(|conn| {
        let access = access(conn, reference, ctx)?;
        let verdicts = permissions.iter().map(|permission| access.check(conn, permission, now));
        let verdicts = verdicts.collect::<Result<Vec<_>>>()?;
        Ok((access.token, verdicts))
    })?;
    let allowed = verdicts.iter().all(|verdict| verdict.allowed);
    let value = json!({
        "id": token.id,
        "name": token.name,
        "allowed": allowed,
        "permissions": verdicts.iter().map(|verdict| json!({
            "permission": verdict.permission,
            "allowed": verdict.allowed,
            "reason": verdict.reason.to_string(),
        })).collect::<Vec<_>>(),
    });
    ctx.print(&value, || {
        let rows: Vec<Vec<String>> = verdicts
            .iter()
            .map(|verdict| {
                let reason = verdict.reason.to_string();
                vec![verdict.permission.clone(), output::yes_no(verdict.allowed), reason]
            })
            .collect();
        output::table(&["PERMISSION", "ALLOWED", "WHY"], &rows)
    })?;
    Ok(if allowed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(args: &ListArgs, ctx: &Context) -> Result<()> {
    let now = ctx.clock.now();
    let actor = ctx.actor();
    let found = ctx.open()?.read(|conn| {
        let user = args.user.as_deref().map(|user| users::resolve(conn, &actor, user)).transpose()?;
        let group = args.group.as_deref().map(|group| groups::resolve(conn, &actor, group)).transpose()?;
        let filter = TokenFilter {
            status: args.status.map(Into::into),
            unused_since: args.unused_for.map(|span| now.plus(-span)),
            user_id: user.map(|user| user.id),
            group_id: group.map(|group| group.id),
            search: args.search.clone(),
            ..TokenFilter::default()
        };
        tokens::list(conn, &actor, now, &filter, Paging::ALL)
    })?;
    let views: Vec<_> = found.rows.iter().map(|row| TokenView::row(row, now)).collect();
    ctx.print(&views, || view::table(&found.rows, now))
}

fn group_ids(conn: &mut DbConnection, references: &[String], ctx: &Context) -> Result<Vec<GroupId>> {
    references.iter().map(|name| Ok(groups::resolve(conn, &ctx.actor(), name)?.id)).collect()
}
