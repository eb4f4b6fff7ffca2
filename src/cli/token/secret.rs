//! The three commands that show a secret: once, and nowhere else.

use std::fmt::Write;
use std::net::SocketAddr;

use serde_json::{Value, json};

use super::args::{CopyArgs, CreateArgs, RotateArgs};
use super::view::{self, TokenView};
use super::{Context, group_ids};
use crate::error::{Error, Result};
use crate::services::client_snippets;
use crate::services::tokens::{self, IssueToken, Issued, Secrets, TokenAccess};
use crate::services::users;

pub fn create(args: &CreateArgs, ctx: &Context) -> Result<()> {
    let (actor, now, rules) = (ctx.actor(), ctx.clock.now(), ctx.config.token_rules());
    // Also knows the permissions of apps that were attached since the last start.
    let (db, _) = ctx.prepare()?;
    let made = db.write(|tx| {
        let owner = users::resolve(tx, &actor, &args.user)?;
        let mut permissions = args.permissions.clone();
        permissions.extend(args.apps.names(tx)?);
        let new = IssueToken {
            expiry: args.expiry.expiry(now),
            is_active: !args.inactive,
            note: args.note.clone(),
            limit_to_owner: args.limit_to_owner,
            permissions,
            groups: group_ids(tx, &args.groups, ctx)?,
            ..IssueToken::new(args.name.clone(), owner.id)
        };
        let issued = tokens::issue(tx, &actor, now, &new, Secrets { rng: &mut rand::rng(), rules: &rules })?;
        let access = TokenAccess::load(tx, &actor, issued.token.id)?;
        Ok((issued, access))
    })?;
    show("Issued", &made, ctx)
}

pub fn rotate(args: &RotateArgs, ctx: &Context) -> Result<()> {
    let (actor, now, rules) = (ctx.actor(), ctx.clock.now(), ctx.config.token_rules());
    let made = ctx.open()?.write(|tx| {
        let id = tokens::resolve(tx, &actor, &args.token)?.id;
        let secrets = Secrets { rng: &mut rand::rng(), rules: &rules };
        let issued = tokens::rotate(tx, &actor, now, id, args.grace, secrets)?;
        let access = TokenAccess::load(tx, &actor, id)?;
        Ok((issued, access))
    })?;
    show("Rotated", &made, ctx)
}

pub fn copy(args: &CopyArgs, ctx: &Context) -> Result<()> {
    let (actor, now, rules) = (ctx.actor(), ctx.clock.now(), ctx.config.token_rules());
    let made = ctx.open()?.write(|tx| {
        let id = tokens::resolve(tx, &actor, &args.token)?.id;
        let secrets = Secrets { rng: &mut rand::rng(), rules: &rules };
        let expiry = args.expiry.expiry(now);
        let issued = tokens::copy(tx, &actor, now, id, args.name.as_deref(), expiry, secrets)?;
        let access = TokenAccess::load(tx, &actor, issued.token.id)?;
        Ok((issued, access))
    })?;
    show("Issued", &made, ctx)
}

fn show(verb: &str, (issued, access): &(Issued, TokenAccess), ctx: &Context) -> Result<()> {
    let now = ctx.clock.now();
    let plain = issued.plain.reveal();
    let mut value = serde_json::to_value(TokenView::full(access, now))
        .map_err(|error| Error::Internal(Box::new(error)))?;
    if let Value::Object(fields) = &mut value {
        fields.insert("token".into(), json!(plain));
    }
    ctx.print(&value, || {
        let mut text = format!(
            "{verb} the token. Its secret is shown this once and can never be read again:\n\n  {plain}\n\n{}",
            view::explain(access, now)
        );
        for snippet in client_snippets::snippets(&server_url(ctx.config.bind), "mcp-admin", plain) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "\n{} ({})\n{}", snippet.client, snippet.place, snippet.text);
        }
        text
    })
}

/// Where clients on this machine reach a server that listens on `bind`.
fn server_url(bind: SocketAddr) -> String {
    if bind.ip().is_loopback() || bind.ip().is_unspecified() {
        return format!("http://localhost:{}", bind.port());
    }
    format!("http://{bind}")
}
