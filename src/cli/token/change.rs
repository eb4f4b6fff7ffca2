//! Commands that change a token and show it afterwards.

use clap::Args;

use super::super::{Context, output};
use super::{Reference, RequiredExpiry, view};
use crate::db::{Db, TokenId, Tx};
use crate::error::Result;
use crate::services::tokens::{self, TokenAccess, TokenUpdate};
use crate::services::{groups as group_service, users};

#[derive(Args)]
pub struct GrantArgs {
    #[command(flatten)]
    token: Reference,
    /// e.g. blog.view_article
    #[arg(value_name = "PERMISSION", required_unless_present_any = ["read_only", "full"])]
    permissions: Vec<String>,
    /// Every view permission of this app; may be repeated
    #[arg(long, value_name = "APP")]
    read_only: Vec<String>,
    /// Every permission of this app; may be repeated
    #[arg(long, value_name = "APP")]
    full: Vec<String>,
}

#[derive(Args)]
pub struct UpdateArgs {
    #[command(flatten)]
    token: Reference,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// Another note
    #[arg(long)]
    note: Option<String>,
    /// Never more than what the owner may do: true or false
    #[arg(long, value_name = "BOOL")]
    limit_to_owner: Option<bool>,
    /// Another owner, by name or id
    #[arg(long)]
    user: Option<String>,
}

pub fn grant(args: &GrantArgs, ctx: &Context) -> Result<()> {
    let (db, _) = ctx.prepare()?;
    change(&db, &args.token.token, ctx, |tx, id| {
        let mut permissions = args.permissions.clone();
        for app in &args.read_only {
            permissions.extend(tokens::read_only(tx, app)?);
        }
        for app in &args.full {
            permissions.extend(tokens::full_access(tx, app)?);
        }
        tokens::grant(tx, &ctx.actor(), ctx.clock.now(), id, &permissions).map(drop)
    })
}

pub fn revoke(reference: &str, permissions: &[String], ctx: &Context) -> Result<()> {
    change(&ctx.open()?, reference, ctx, |tx, id| {
        tokens::revoke(tx, &ctx.actor(), ctx.clock.now(), id, permissions).map(drop)
    })
}

pub fn groups(reference: &str, groups: &[String], add: bool, ctx: &Context) -> Result<()> {
    let actor = ctx.actor();
    change(&ctx.open()?, reference, ctx, |tx, id| {
        let mut ids = Vec::with_capacity(groups.len());
        for group in groups {
            ids.push(group_service::resolve(tx, &actor, group)?.id);
        }
        let change = if add { tokens::add_groups } else { tokens::remove_groups };
        change(tx, &actor, ctx.clock.now(), id, &ids).map(drop)
    })
}

pub fn set_expiry(reference: &str, expiry: &RequiredExpiry, ctx: &Context) -> Result<()> {
    let now = ctx.clock.now();
    let at = expiry.expires_at.or_else(|| expiry.expires_in.map(|delta| now.plus(delta)));
    change(&ctx.open()?, reference, ctx, |tx, id| tokens::set_expiry(tx, &ctx.actor(), now, id, at).map(drop))
}

pub fn set_active(reference: &str, active: bool, ctx: &Context) -> Result<()> {
    change(&ctx.open()?, reference, ctx, |tx, id| {
        let change = if active { tokens::activate } else { tokens::deactivate };
        change(tx, &ctx.actor(), ctx.clock.now(), id).map(drop)
    })
}

pub fn update(args: &UpdateArgs, ctx: &Context) -> Result<()> {
    let (actor, now) = (ctx.actor(), ctx.clock.now());
    change(&ctx.open()?, &args.token.token, ctx, |tx, id| {
        let changes = TokenUpdate {
            name: args.name.clone(),
            note: args.note.clone(),
            limit_to_owner: args.limit_to_owner,
        };
        tokens::update(tx, &actor, now, id, &changes)?;
        if let Some(user) = &args.user {
            let owner = users::resolve(tx, &actor, user)?;
            tokens::transfer(tx, &actor, now, id, owner.id)?;
        }
        Ok(())
    })
}

pub fn delete(reference: &str, ctx: &Context) -> Result<()> {
    let (actor, now) = (ctx.actor(), ctx.clock.now());
    let access = ctx.open()?.write(|tx| {
        let token = tokens::resolve(tx, &actor, reference)?;
        let access = TokenAccess::load(tx, &actor, token.id)?;
        tokens::delete(tx, &actor, now, token.id)?;
        Ok(access)
    })?;
    ctx.print(&view::access(&access, now), || {
        format!("Deleted the token {} (id {})", output::printable(&access.token.name), access.token.id)
    })
}

fn change(
    db: &Db,
    reference: &str,
    ctx: &Context,
    work: impl FnOnce(&mut Tx<'_>, TokenId) -> Result<()>,
) -> Result<()> {
    let actor = ctx.actor();
    let access = db.write(|tx| {
        let token = tokens::resolve(tx, &actor, reference)?;
        work(tx, token.id)?;
        TokenAccess::load(tx, &actor, token.id)
    })?;
    view::print(&access, ctx)
}
