//! Commands that show a secret: create, rotate, copy.

use chrono::TimeDelta;
use clap::Args;

use super::super::{Context, output};
use super::{ExpiryArgs, Reference, view};
use crate::error::Result;
use crate::services::tokens::{self, Expiry, IssueToken, Secrets, TokenAccess};
use crate::services::{groups, users};

#[derive(Args)]
pub struct CreateArgs {
    /// Descriptive name
    #[arg(long)]
    name: String,
    /// The owner, by name or id; its permissions are not inherited
    #[arg(long)]
    user: String,
    #[command(flatten)]
    expiry: ExpiryArgs,
    /// A permission of its own, e.g. blog.view_article; may be repeated
    #[arg(long = "perm", value_name = "PERMISSION")]
    permissions: Vec<String>,
    /// A group whose permissions it has; may be repeated
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// Every view permission of this app; may be repeated
    #[arg(long, value_name = "APP")]
    read_only: Vec<String>,
    /// Every permission of this app; may be repeated
    #[arg(long, value_name = "APP")]
    full: Vec<String>,
    /// Refused until it is activated
    #[arg(long)]
    inactive: bool,
    /// Free text
    #[arg(long, default_value = "")]
    note: String,
    /// Never more than what the owner may do
    #[arg(long)]
    limit_to_owner: bool,
}

#[derive(Args)]
pub struct RotateArgs {
    #[command(flatten)]
    token: Reference,
    /// How long the old secret is still accepted, at most 7d
    #[arg(long, value_name = "DURATION", value_parser = output::duration, default_value = "0s")]
    grace: TimeDelta,
}

#[derive(Args)]
pub struct CopyArgs {
    #[command(flatten)]
    token: Reference,
    /// Name of the copy; default: the name and a version, e.g. "CI v2"
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    expiry: ExpiryArgs,
}

pub fn create(args: &CreateArgs, ctx: &Context) -> Result<()> {
    let (actor, now) = (ctx.actor(), ctx.clock.now());
    let hasher = ctx.config.token_hasher();
    let (db, _) = ctx.prepare()?;
    let (access, plain) = db.write(|tx| {
        let mut permissions = args.permissions.clone();
        for app in &args.read_only {
            permissions.extend(tokens::read_only(tx, app)?);
        }
        for app in &args.full {
            permissions.extend(tokens::full_access(tx, app)?);
        }
        let owner = users::resolve(tx, &actor, &args.user)?;
        let mut new = IssueToken {
            expiry: expiry(&args.expiry, ctx),
            is_active: !args.inactive,
            note: args.note.clone(),
            limit_to_owner: args.limit_to_owner,
            permissions,
            ..IssueToken::new(args.name.clone(), owner.id)
        };
        for group in &args.groups {
            new.groups.push(groups::resolve(tx, &actor, group)?.id);
        }
        let secrets = Secrets { rng: &mut rand::rng(), hasher: &hasher };
        let issued = tokens::issue(tx, &actor, now, &new, secrets)?;
        Ok((TokenAccess::load(tx, &actor, issued.token.id)?, issued.plain))
    })?;
    view::print_secret(&access, &plain, ctx)
}

pub fn rotate(args: &RotateArgs, ctx: &Context) -> Result<()> {
    let (actor, now) = (ctx.actor(), ctx.clock.now());
    let hasher = ctx.config.token_hasher();
    let (access, plain) = ctx.open()?.write(|tx| {
        let token = tokens::resolve(tx, &actor, &args.token.token)?;
        let secrets = Secrets { rng: &mut rand::rng(), hasher: &hasher };
        let issued = tokens::rotate(tx, &actor, now, token.id, args.grace, secrets)?;
        Ok((TokenAccess::load(tx, &actor, token.id)?, issued.plain))
    })?;
    view::print_secret(&access, &plain, ctx)
}

pub fn copy(args: &CopyArgs, ctx: &Context) -> Result<()> {
    let (actor, now) = (ctx.actor(), ctx.clock.now());
    let hasher = ctx.config.token_hasher();
    let (access, plain) = ctx.open()?.write(|tx| {
        let token = tokens::resolve(tx, &actor, &args.token.token)?;
        let secrets = Secrets { rng: &mut rand::rng(), hasher: &hasher };
        let expiry = expiry(&args.expiry, ctx);
        let issued = tokens::copy(tx, &actor, now, token.id, args.name.as_deref(), expiry, secrets)?;
        Ok((TokenAccess::load(tx, &actor, issued.token.id)?, issued.plain))
    })?;
    view::print_secret(&access, &plain, ctx)
}

fn expiry(args: &ExpiryArgs, ctx: &Context) -> Expiry {
    match (args.expires_at, args.expires_in) {
        _ if args.never => Expiry::Never,
        (Some(at), _) => Expiry::At(at),
        (None, Some(delta)) => Expiry::At(ctx.clock.now().plus(delta)),
        (None, None) => Expiry::Default,
    }
}
