//! `audit_token`: whether a token holds no more than it needs.

use std::fmt::Write;

use rmcp::model::Prompt;

use super::arguments::PromptArguments;
use super::ready::announce;
use crate::auth::PermissionSet;
use crate::clock::UtcTime;
use crate::db::Db;
use crate::error::Result;
use crate::mcp::tools::definition::Viewer;
use crate::mcp::tools::operation::Operation;
use crate::mcp::tools::registry::allowed;
use crate::services::tokens::{self, TokenAccess};

/// The prompt's name.
pub const NAME: &str = "audit_token";

const TASK: &str = "
Say which permissions let it change or delete records, which of them it does not seem to need, whether it should \
expire sooner, and which permissions an administrator should take away. Change nothing.";

/// How it is announced.
pub fn definition() -> Prompt {
    let which =
        "Id, name or prefix of another token, for those who may see tokens; without it, the one in use";
    let arguments = [("token", which, false), ("purpose", "What the token is for", false)];
    announce(NAME, "Audit a token", "Review what a token may do, and what could be taken away", &arguments)
}

/// What the agent is asked to do. Blocks.
///
/// # Errors
/// `Forbidden` for another token without `mcp.view_token`, `NotFound`, `Conflict` for a name of several,
/// database faults.
pub fn text(viewer: &Viewer<'_>, db: &Db, now: UtcTime, arguments: &PromptArguments) -> Result<String> {
    let mut text = String::from("Review whether this token holds no more than it needs.\n\n");
    match arguments.get("token") {
        None => own(&mut text, viewer),
        Some(reference) => {
            let access = db.read(|conn| {
                let token = tokens::resolve(conn, viewer.actor, reference)?;
                TokenAccess::load(conn, viewer.actor, token.id)
            })?;
            other(&mut text, &access, now);
        }
    }
    if let Some(purpose) = arguments.get("purpose") {
        let _ = write!(text, "\nIt is meant for: {purpose}\n");
    }
    text.push_str(TASK);
    Ok(text)
}

/// The token that asks. What it may do is no secret to it.
fn own(text: &mut String, viewer: &Viewer<'_>) {
    let principal = &viewer.actor.principal;
    let name = principal.token.as_ref().map_or("", |token| token.name.as_str());
    let _ = write!(text, "Token: {name}, the one that you use now\nOwner: {}\n", principal.label);
    permissions(text, &principal.permissions);
    text.push_str("Tools by model:\n");
    for (_, model) in viewer.catalog.models() {
        let operations: Vec<&str> = allowed(viewer, model).map(Operation::verb).collect();
        if !operations.is_empty() {
            let _ = writeln!(text, "- {}: {}", model.label(), operations.join(", "));
        }
    }
}

fn other(text: &mut String, access: &TokenAccess, now: UtcTime) {
    let token = &access.token;
    let time = |time: Option<UtcTime>| time.map_or_else(|| "never".to_owned(), |time| time.to_string());
    let _ = write!(
        text,
        "Token: {} ({}…)\nOwner: {}\nAccepted now: {}\nExpires: {}\nLast used: {}\n",
        token.name,
        token.prefix,
        access.owner.username,
        if access.is_valid(now) { "yes" } else { "no" },
        time(token.expires_at),
        time(token.last_used_at),
    );
    permissions(text, access.get_all_permissions());
}

fn permissions(text: &mut String, held: &PermissionSet) {
    text.push_str(if held.is_empty() { "Permissions: none\n" } else { "Permissions:\n" });
    let mut names: Vec<&str> = held.iter().collect();
    names.sort_unstable();
    for name in names {
        let _ = writeln!(text, "- {name}");
    }
}
