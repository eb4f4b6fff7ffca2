//! Tokens as the command line shows them.

use serde::Serialize;

use super::super::output;
use crate::auth::ToolMode;
use crate::clock::UtcTime;
use crate::db::TokenId;
use crate::services::tokens::{HeldPermission, Token, TokenAccess, TokenRow, TokenStatus};

/// A token as `--json` prints it.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a token")]
pub struct TokenView<'a> {
    id: TokenId,
    name: &'a str,
    prefix: &'a str,
    user: &'a str,
    status: TokenStatus,
    is_valid: bool,
    is_active: bool,
    owner_is_active: bool,
    created_at: UtcTime,
    expires_at: Option<UtcTime>,
    last_used_at: Option<UtcTime>,
    last_used_ip: Option<&'a str>,
    note: &'a str,
    limit_to_owner: bool,
    tool_mode: ToolMode,
    previous_expires_at: Option<UtcTime>,
    #[serde(flatten)]
    access: Option<AccessView<'a>>,
}

/// What a token was given, and what it may do.
#[derive(Serialize)]
struct AccessView<'a> {
    groups: Vec<&'a str>,
    held: &'a [HeldPermission],
    permissions: Vec<&'a str>,
}

impl<'a> TokenView<'a> {
    /// As a list shows it.
    pub fn row(row: &'a TokenRow, now: UtcTime) -> Self {
        Self::new(&row.token, &row.owner, row.owner_active, now)
    }

    /// With what it was given, and what it may do.
    pub fn full(access: &'a TokenAccess, now: UtcTime) -> Self {
        let view = AccessView {
            groups: access.groups.iter().map(|group| group.name.as_str()).collect(),
            held: &access.held,
            permissions: access.get_all_permissions().iter().collect(),
        };
        let owner = &access.owner;
        Self { access: Some(view), ..Self::new(&access.token, &owner.username, owner.is_active, now) }
    }

    fn new(token: &'a Token, owner: &'a str, owner_is_active: bool, now: UtcTime) -> Self {
        Self {
            id: token.id,
            name: &token.name,
            prefix: &token.prefix,
            user: owner,
            status: token.status(now),
            is_valid: token.is_valid(owner_is_active, now),
            is_active: token.is_active,
            owner_is_active,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            last_used_ip: token.last_used_ip.as_deref(),
            note: &token.note,
            limit_to_owner: token.limit_to_owner,
            tool_mode: token.tool_mode,
            previous_expires_at: token.previous_expires_at,
            access: None,
        }
    }
}

/// A list of tokens for people.
pub fn table(rows: &[TokenRow], now: UtcTime) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.token.id.to_string(),
                row.token.name.clone(),
                row.owner.clone(),
                status(&row.token, row.owner_active, now),
                minutes_or(row.token.expires_at, "never"),
                minutes_or(row.token.last_used_at, "never"),
                format!("{}…", row.token.prefix),
            ]
        })
        .collect();
    output::table(&["ID", "NAME", "USER", "STATUS", "EXPIRES", "LAST USED", "PREFIX"], &rows)
}

/// One token for people, with what it may do and why.
pub fn explain(access: &TokenAccess, now: UtcTime) -> String {
    let token = &access.token;
    let groups: Vec<_> = access.groups.iter().map(|group| group.name.as_str()).collect();
    let mut facts = vec![
        ("Id", token.id.to_string()),
        ("Name", token.name.clone()),
        ("Prefix", format!("{}…", token.prefix)),
        ("User", access.owner.username.clone()),
        ("Status", status(token, access.owner.is_active, now)),
        ("Created", minutes(token.created_at)),
        ("Expires", minutes_or(token.expires_at, "never")),
        ("Last used", minutes_or(token.last_used_at, "never")),
    ];
    if let Some(until) = token.previous_expires_at.filter(|&until| until > now) {
        facts.push(("Old secret", format!("accepted until {}", minutes(until))));
    }
    if !groups.is_empty() {
        facts.push(("Groups", groups.join(", ")));
    }
    if token.limit_to_owner {
        facts.push(("Limit", "only what its owner can do as well".into()));
    }
    if token.tool_mode != ToolMode::Auto {
        facts.push(("Tools", token.tool_mode.as_str().into()));
    }
    if !token.note.is_empty() {
        facts.push(("Note", token.note.clone()));
    }
    let lines = facts.iter().map(|(name, value)| format!("{name:<10}  {}\n", output::printable(value)));
    let mut text: String = lines.collect();
    if access.held.is_empty() {
        text.push_str("\nIt has no permissions, so no access.\n");
        return text;
    }
    let rows: Vec<Vec<String>> = access.held.iter().map(|held| permission_row(access, held)).collect();
    text.push('\n');
    text.push_str(&output::table(&["PERMISSION", "FROM"], &rows));
    text.push('\n');
    text
}

fn permission_row(access: &TokenAccess, held: &HeldPermission) -> Vec<String> {
    let direct = held.direct.then(|| "direct".to_owned());
    let groups = held.groups.iter().map(|name| format!("group {name}"));
    let mut from = direct.into_iter().chain(groups).collect::<Vec<_>>().join(", ");
    if !access.has_perm(&held.permission) {
        from.push_str(" (not held by the owner)");
    }
    vec![held.permission.clone(), from]
}

fn status(token: &Token, owner_active: bool, now: UtcTime) -> String {
    let own = token.status(now);
    let accepted = matches!(own, TokenStatus::Active | TokenStatus::Expiring);
    if accepted && !owner_active { "owner inactive".into() } else { own.as_str().into() }
}

fn minutes(at: UtcTime) -> String {
    at.naive().format("%Y-%m-%d %H:%M").to_string()
}

fn minutes_or(at: Option<UtcTime>, absent: &str) -> String {
    at.map_or_else(|| absent.to_owned(), minutes)
}
