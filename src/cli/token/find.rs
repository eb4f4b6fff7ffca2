//! Commands that change nothing: list, show, check.

use chrono::TimeDelta;
use clap::Args;
use serde_json::{Value, json};

use super::super::{Context, output};
use super::{Status, view};
use crate::error::Result;
use crate::services::tokens::{self, TokenAccess, TokenFilter};
use crate::services::{Paging, groups, users};

#[derive(Args)]
pub struct ListArgs {
    /// How they stand
    #[arg(long)]
    status: Option<Status>,
    /// Not used for this long, or never, e.g. 30d
    #[arg(long, value_name = "DURATION", value_parser = output::duration)]
    unused_for: Option<TimeDelta>,
    /// Owned by this user, by name or id
    #[arg(long)]
    user: Option<String>,
    /// In this group, by name or id
    #[arg(long)]
    group: Option<String>,
    /// Text in the name, the prefix, the note or the owner's name
    #[arg(long)]
    search: Option<String>,
}

pub fn list(args: &ListArgs, ctx: &Context) -> Result<()> {
    let (actor, now) = (ctx.actor(), ctx.clock.now());
    let found = ctx.open()?.read(|conn| {
        let mut filter = TokenFilter {
            status: args.status.map(Into::into),
            unused_since: args.unused_for.map(|delta| now.plus(-delta)),
            search: args.search.clone(),
            ..TokenFilter::default()
        };
        if let Some(user) = &args.user {
            filter.user_id = Some(users::resolve(conn, &actor, user)?.id);
        }
        if let Some(group) = &args.group {
            filter.group_id = Some(groups::resolve(conn, &actor, group)?.id);
        }
        tokens::list(conn, &actor, now, &filter, Paging::ALL)
    })?;
    let values: Vec<Value> =
        found.rows.iter().map(|row| Value::Object(view::token(&row.token, &row.owner, now))).collect();
    ctx.print(&values, || {
        let rows: Vec<Vec<String>> = found
            .rows
            .iter()
            .map(|row| {
                let token = &row.token;
                vec![
                    token.id.to_string(),
                    token.name.clone(),
                    token.prefix.clone(),
                    row.owner.clone(),
                    token.status(now).as_str().to_owned(),
                    token.expires_at.map_or("never".to_owned(), |t| t.to_string()),
                    token.last_used_at.map_or("never".to_owned(), |t| t.to_string()),
                ]
            })
            .collect();
        output::table(&["ID", "NAME", "PREFIX", "OWNER", "STATUS", "EXPIRES", "LAST USED"], &rows)
    })
}

pub fn show(reference: &str, ctx: &Context) -> Result<()> {
    let actor = ctx.actor();
    let access = ctx.open()?.read(|conn| {
        let token = tokens::resolve(conn, &actor, reference)?;
        TokenAccess::load(conn, &actor, token.id)
    })?;
    view::print(&access, ctx)
}

pub fn check(reference: &str, permissions: &[String], ctx: &Context) -> Result<()> {
    let (actor, now) = (ctx.actor(), ctx.clock.now());
    let (token, verdicts) = ctx.open()?.read(|conn| {
        let token = tokens::resolve(conn, &actor, reference)?;
        let access = TokenAccess::load(conn, &actor, token.id)?;
        let verdicts = permissions.iter().map(|p| access.check(conn, p, now)).collect::<Result<Vec<_>>>()?;
        Ok((token, verdicts))
    })?;
    let results: Vec<Value> = verdicts
        .iter()
        .map(|v| json!({"permission": v.permission, "allowed": v.allowed, "reason": v.reason.to_string()}))
        .collect();
    let allowed = verdicts.iter().all(|v| v.allowed);
    ctx.print(&json!({"id": token.id, "name": token.name, "allowed": allowed, "results": results}), || {
        verdicts
            .iter()
            .map(|v| {
                let answer = if v.allowed { "yes" } else { "no" };
                format!("{}: {answer} ({})", output::printable(&v.permission), v.reason)
            })
            .collect::<Vec<_>>()
            .join("\n")
    })
}
