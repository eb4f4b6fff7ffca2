//! Tokens as the command line shows them.

use serde_json::{Map, Value, json};

use super::super::{Context, output};
use crate::auth::PlainToken;
use crate::clock::UtcTime;
use crate::error::Result;
use crate::models::token::Token;
use crate::services::client_snippets;
use crate::services::tokens::TokenAccess;

/// A token without what it may do.
pub fn token(token: &Token, owner: &str, now: UtcTime) -> Map<String, Value> {
    let value = json!({
        "id": token.id,
        "name": token.name,
        "user": owner,
        "prefix": token.prefix,
        "status": token.status(now).as_str(),
        "is_active": token.is_active,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "last_used_ip": token.last_used_ip,
        "note": token.note,
        "limit_to_owner": token.limit_to_owner,
        "previous_expires_at": token.previous_expires_at,
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// A token with its groups and effective permissions, each with its source.
pub fn access(access: &TokenAccess, now: UtcTime) -> Map<String, Value> {
    let mut map = token(&access.token, &access.owner.username, now);
    let permissions: Vec<&str> = access.get_all_permissions().iter().collect();
    map.insert("owner".into(), json!(access.owner));
    map.insert("is_valid".into(), json!(access.is_valid(now)));
    map.insert("groups".into(), json!(access.groups.iter().map(|g| &g.name).collect::<Vec<_>>()));
    map.insert("permissions".into(), json!(permissions));
    map.insert("sources".into(), json!(access.held));
    map
}

/// Prints a token with what it may do.
///
/// # Errors
/// If stdout is closed.
pub fn print(shown: &TokenAccess, ctx: &Context) -> Result<()> {
    let now = ctx.clock.now();
    ctx.print(&access(shown, now), || describe(shown, now))
}

/// Prints a token with its new secret, which is not to be had again.
///
/// # Errors
/// If stdout is closed.
pub fn print_secret(shown: &TokenAccess, plain: &PlainToken, ctx: &Context) -> Result<()> {
    let now = ctx.clock.now();
    let mut value = access(shown, now);
    value.insert("token".into(), json!(plain.reveal()));
    ctx.print(&value, || {
        let url = format!("http://localhost:{}", ctx.config.bind.port());
        let mut lines = vec![describe(shown, now), String::new(), format!("Token: {}", plain.reveal())];
        lines.push("It is shown this once. Store it now.".to_owned());
        for snippet in client_snippets::snippets(&url, "mcp-admin", plain.reveal()) {
            lines.push(format!("\n{} ({})\n{}", snippet.client, snippet.place, snippet.text));
        }
        lines.join("\n")
    })
}

fn describe(shown: &TokenAccess, now: UtcTime) -> String {
    let token = &shown.token;
    let or = |time: Option<UtcTime>, none: &str| time.map_or(none.to_owned(), |t| t.to_string());
    let owner_state = if shown.owner.is_active { "" } else { " (inactive)" };
    let mut lines = vec![
        format!("{} (id {}, {})", output::printable(&token.name), token.id, token.prefix),
        format!("  status      {}", token.status(now).as_str()),
        format!("  owner       {}{owner_state}", output::printable(&shown.owner.username)),
        format!("  expires     {}", or(token.expires_at, "never")),
        format!("  last used   {}", or(token.last_used_at, "never")),
    ];
    if let Some(until) = token.previous_expires_at.filter(|until| *until > now) {
        lines.push(format!("  old secret  accepted until {until}"));
    }
    if token.limit_to_owner {
        lines.push("  limited to what the owner may do".to_owned());
    }
    if !token.note.is_empty() {
        lines.push(format!("  note        {}", output::printable(&token.note)));
    }
    if shown.get_all_permissions().is_empty() {
        lines.push("  no permissions, so no access".to_owned());
    }
    for held in shown.held.iter().filter(|held| shown.has_perm(&held.permission)) {
        let direct = held.direct.then(|| "direct".to_owned());
        let groups = held.groups.iter().map(|g| format!("group {}", output::printable(g)));
        let sources: Vec<String> = direct.into_iter().chain(groups).collect();
        lines.push(format!("  {}  ({})", held.permission, sources.join(", ")));
    }
    lines.join("\n")
}
