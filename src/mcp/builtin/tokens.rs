//! Tokens. A secret is in the answer that made it and nowhere else.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::kind::{Desk, Kind, Written, page, paging, read, references};
use crate::auth::ToolMode;
use crate::clock::UtcTime;
use crate::db::{DbConnection, TokenId, Tx};
use crate::error::{Error, Result};
use crate::mcp::tools::arguments::Arguments;
use crate::mcp::tools::definition::{object, property};
use crate::services::references::{self, Reference};
use crate::services::tokens::{
    self, Expiry, IssueToken, Secrets, StatusFilter, Token, TokenChange, TokenDetails, TokenFilter,
    TokenUpdate,
};

/// `mcp.token`
pub struct Tokens;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TokenData {
    name: Option<String>,
    user: Option<Reference>,
    #[serde(deserialize_with = "present")]
    #[expect(clippy::option_option, reason = "absent, null and a time are three things")]
    expires_at: Option<Option<UtcTime>>,
    is_active: Option<bool>,
    note: Option<String>,
    limit_to_owner: Option<bool>,
    tool_mode: Option<ToolMode>,
    permissions: Option<Vec<Reference>>,
    groups: Option<Vec<Reference>>,
}

/// Keeps an explicit null, which says that a token never expires.
#[expect(clippy::option_option, reason = "absent, null and a time are three things")]
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<UtcTime>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Kind for Tokens {
    fn app_label(&self) -> &'static str {
        "mcp"
    }

    fn model(&self) -> &'static str {
        "token"
    }

    fn itself(&self) -> &'static dyn Kind {
        &Self
    }

    fn words(&self) -> [&'static str; 2] {
        ["token", "tokens"]
    }

    fn has_secret(&self) -> bool {
        true
    }

    fn about_creation(&self) -> &'static str {
        "Answers its secret this one time. Who grants must hold: every permission that it gets, itself or by a group."
    }

    fn about_changes(&self) -> &'static str {
        "Who grants must hold: what is new to it and, where the change makes it accepted again or for longer, gives it \
         to another owner or takes its limit away, everything that it has."
    }

    fn schema(&self) -> Value {
        let (text, flag) = (json!({ "type": "string" }), json!({ "type": "boolean" }));
        let maybe = json!({ "type": ["string", "null"] });
        let texts = json!({ "type": "array", "items": text });
        let members = [
            ("id", json!({ "type": "integer" })),
            ("name", text.clone()),
            ("prefix", text.clone()),
            ("user", text.clone()),
            ("status", text.clone()),
            ("is_active", flag.clone()),
            ("created_at", text.clone()),
            ("expires_at", maybe.clone()),
            ("last_used_at", maybe.clone()),
            ("last_used_ip", maybe.clone()),
            ("previous_expires_at", maybe),
            ("note", text.clone()),
            ("limit_to_owner", flag),
            ("tool_mode", text),
            ("groups", texts.clone()),
            ("permissions", texts),
        ];
        object(
            members.map(|(name, schema)| (name.to_owned(), schema)),
            &["id", "name", "prefix", "user", "status"],
        )
    }

    fn filters(&self) -> Vec<(String, Value)> {
        let mut filters = paging();
        let status = json!({ "type": "string", "enum": ["active", "expiring", "expired", "inactive"] });
        filters.push(property("status", status, "How they stand"));
        filters.push(property("user", json!({ "type": ["string", "integer"] }), "Name or id of the owner"));
        filters
    }

    fn data(&self, is_new: bool) -> Value {
        let flag = json!({ "type": "boolean" });
        let expiry = "From when on it is refused; null = never, and a new token without it 90 days from now";
        let members = [
            ("name", json!({ "type": "string", "minLength": 1, "maxLength": 200 })),
            ("user", json!({ "type": ["string", "integer"], "description": "Name or id of the owner" })),
            (
                "expires_at",
                json!({ "type": ["string", "null"], "format": "date-time", "description": expiry }),
            ),
            ("is_active", flag.clone()),
            ("note", json!({ "type": "string", "maxLength": 2000 })),
            ("limit_to_owner", flag),
            ("tool_mode", json!({ "type": "string", "enum": ["auto", "full", "compact"] })),
            ("permissions", references("permissions")),
            ("groups", references("groups")),
        ];
        let required: &[&str] = if is_new { &["name"] } else { &[] };
        object(members.map(|(name, schema)| (name.to_owned(), schema)), required)
    }

    fn list(&self, desk: &Desk<'_>, mut arguments: Arguments) -> Result<Value> {
        let paging = desk.take_paging(&mut arguments);
        let search = arguments.take_text("search");
        let status = arguments.take_text("status").and_then(|text| {
            let status = status(&text);
            if status.is_none() {
                arguments.refuse("status", "must be active, expiring, expired or inactive");
            }
            status
        });
        let user = arguments.take("user").map(serde_json::from_value::<Reference>);
        if matches!(user, Some(Err(_))) {
            arguments.refuse("user", "must be a name or an id");
        }
        arguments.finish(&["limit", "offset", "search", "status", "user"])?;
        let found = desk.mcp.db.read(|conn| {
            desk.actor.require("mcp.view_token")?;
            let user_id = user.and_then(Result::ok).map(|user| references::user(conn, &user)).transpose()?;
            let filter = TokenFilter { status, user_id, search, ..TokenFilter::default() };
            tokens::list(conn, desk.actor, desk.now, &filter, paging)
        })?;
        let rows: Vec<Value> = found.rows.iter().map(|row| view(&row.token, &row.owner, desk.now)).collect();
        Ok(page(&rows, found.total))
    }

    fn get(&self, desk: &Desk<'_>, conn: &mut DbConnection, id: i64) -> Result<Value> {
        Ok(whole(&tokens::details(conn, desk.actor, TokenId(id))?, desk.now))
    }

    fn create(&self, desk: &Desk<'_>, tx: &mut Tx<'_>, data: Map<String, Value>) -> Result<Written> {
        desk.actor.require("mcp.add_token")?;
        let data: TokenData = read(data)?;
        let user_id = match &data.user {
            Some(user) => references::user(tx, user)?,
            None => desk.actor.principal.user_id.ok_or_else(|| Error::invalid("data.user", "is required"))?,
        };
        let name = data.name.ok_or_else(|| Error::invalid("data.name", "is required"))?;
        let new = IssueToken {
            expiry: Expiry::of(data.expires_at),
            is_active: data.is_active.unwrap_or(true),
            note: data.note.unwrap_or_default(),
            limit_to_owner: data.limit_to_owner.unwrap_or(false),
            tool_mode: data.tool_mode.unwrap_or_default(),
            permissions: references::permission_names(tx, &data.permissions.unwrap_or_default())?,
            groups: references::groups(tx, &data.groups.unwrap_or_default())?,
            ..IssueToken::new(name, user_id)
        };
        let secrets = Secrets { rng: &mut rand::rng(), rules: &desk.administration.rules };
        let issued = tokens::issue(tx, desk.actor, desk.now, &new, secrets)?;
        let written = written(desk, tx, issued.token)?;
        Ok(Written { secret: Some(issued.plain), ..written })
    }

    fn update(&self, desk: &Desk<'_>, tx: &mut Tx<'_>, id: i64, data: Map<String, Value>) -> Result<Written> {
        desk.actor.require("mcp.change_token")?;
        let data: TokenData = read(data)?;
        let permissions =
            data.permissions.map(|names| references::permission_names(tx, &names)).transpose()?;
        let groups = data.groups.map(|groups| references::groups(tx, &groups)).transpose()?;
        let user = data.user.map(|user| references::user(tx, &user)).transpose()?;
        let change = TokenChange {
            update: TokenUpdate { name: data.name, note: data.note, limit_to_owner: data.limit_to_owner },
            user,
            expires_at: data.expires_at,
            is_active: data.is_active,
            tool_mode: data.tool_mode,
            permissions,
            groups,
        };
        let token =
            tokens::change(tx, desk.actor, desk.now, TokenId(id), &change, &desk.administration.rules)?;
        written(desk, tx, token)
    }

    fn delete(&self, desk: &Desk<'_>, tx: &mut Tx<'_>, id: i64) -> Result<()> {
        tokens::delete(tx, desk.actor, desk.now, TokenId(id))
    }
}

fn status(text: &str) -> Option<StatusFilter> {
    Some(match text {
        "active" => StatusFilter::Active,
        "expiring" => StatusFilter::Expiring,
        "expired" => StatusFilter::Expired,
        "inactive" => StatusFilter::Inactive,
        _ => return None,
    })
}

fn written(desk: &Desk<'_>, tx: &mut Tx<'_>, token: Token) -> Result<Written> {
    let id = token.id.0;
    let object = whole(&tokens::details_of(tx, token)?, desk.now);
    Ok(Written { id, object: Some(object), secret: None })
}

fn view(token: &Token, owner: &str, now: UtcTime) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "prefix": token.prefix,
        "user": owner,
        "status": token.status(now).as_str(),
        "is_active": token.is_active,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "last_used_ip": token.last_used_ip,
        "previous_expires_at": token.previous_expires_at,
        "note": token.note,
        "limit_to_owner": token.limit_to_owner,
        "tool_mode": token.tool_mode,
    })
}

/// With groups and direct permissions.
fn whole(details: &TokenDetails, now: UtcTime) -> Value {
    let mut found = view(&details.token, &details.owner.username, now);
    found["groups"] = details.groups.iter().map(|group| json!(group.name)).collect();
    found["permissions"] = json!(details.permissions);
    found
}
