//! Tokens: what an administrator does with them, and what they may do.
//!
//! One rule runs through all of it: who hands out power must hold it. Giving a token a permission or a
//! group, making a new secret for it, and bringing a refused token back to life all need the permissions
//! that are thereby made usable.

mod access;
mod change;
mod export;
mod find;
mod grants;
mod issue;
mod notices;
mod presented;
mod quota;
mod reach;
mod state;
#[cfg(test)]
mod tests;
mod usage;

pub use access::{Owner, Reason, TokenAccess, Verdict};
pub use change::{TokenChange, change};
pub use export::Export;
pub use find::{TokenDetails, count, current, details, details_of, list, list_details, resolve, statuses};
pub use grants::{
    add_groups, full_access, grant, read_only, remove_groups, revoke, set_groups, set_permissions,
};
pub use issue::{Expiry, IssueToken, Issued, MAX_GRACE, Secrets, copy, issue, rotate};
pub use notices::give_notice;
pub use presented::{Introspection, introspect, revoke_secret};
pub use reach::{beyond, is_active, may_activate};
pub use state::{TokenUpdate, activate, deactivate, delete, set_expiry, set_tool_mode, transfer, update};
pub use usage::{Bucket, Usage, usage};

use serde_json::{Value, json};

use super::audit::{self, Action, Target};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{DbConnection, TokenId, Tx};
use crate::error::{Error, Result};
use crate::models::permission::{self, Permission};
use crate::models::token;
use crate::models::{group, user};

pub use crate::models::permission::HeldPermission;
pub use crate::models::token::{
    StatusCounts, StatusFilter, Token, TokenFilter, TokenOrder, TokenPlace, TokenRow, TokenStatus,
};

fn load(conn: &mut DbConnection, id: TokenId) -> Result<Token> {
    token::find(conn, id)?.ok_or_else(|| Error::NotFound(format!("There is no token {id}")))
}

/// A token as the audit log keeps it; never its secret, nor what is stored of it.
fn snapshot(conn: &mut DbConnection, id: TokenId) -> Result<Value> {
    let token = load(conn, id)?;
    let owner = user::find(conn, token.user_id)?.map(|user| user.username);
    let groups: Vec<_> = group::list_of_token(conn, token.id)?.into_iter().map(|g| g.name).collect();
    let permissions = permission::list_direct_of_token(conn, token.id)?;
    Ok(json!({
        "name": token.name,
        "user": owner,
        "prefix": token.prefix,
        "is_active": token.is_active,
        "expires_at": token.expires_at,
        "note": token.note,
        "limit_to_owner": token.limit_to_owner,
        "tool_mode": token.tool_mode,
        "groups": groups,
        "permissions": permissions.iter().map(Permission::full_name).collect::<Vec<_>>(),
    }))
}

/// Writes down what differs between `before` and the token as it is now; nothing if nothing does.
fn record_change(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: TokenId, before: &Value) -> Result<Token> {
    let token = load(tx, id)?;
    let after = snapshot(tx, id)?;
    let (Value::Object(old), Value::Object(new)) = (before, &after) else { return Ok(token) };
    let differs = |key: &String| old.get(key) != new.get(key);
    let pick = |from: &serde_json::Map<String, Value>| -> Value {
        from.iter().filter(|(key, _)| differs(key)).map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    let changes = json!({ "before": pick(old), "after": pick(new) });
    if old != new {
        record(tx, actor, now, Action::Changed, &token, &changes)?;
    }
    Ok(token)
}

fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    action: Action,
    token: &Token,
    changes: &Value,
) -> Result<()> {
    let target = Target::new("mcp", "token", token.id, &token.name);
    audit::record(tx, actor, now, action, &target, changes)?;
    Ok(())
}
