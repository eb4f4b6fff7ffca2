//! What can be done with the secret of a token alone: asking about it (RFC 7662) and revoking it
//! (RFC 7009).

use super::state::switch_off;
use crate::auth::{Actor, PermissionSet, PlainToken, TokenHasher};
use crate::clock::UtcTime;
use crate::db::{DbConnection, TokenId, Tx, UserId};
use crate::error::Result;
use crate::models::authentication::{self, Authentication};
use crate::models::{authz_epoch, token};

/// What is known of a token that is accepted.
#[derive(Debug, Clone)]
pub struct Introspection {
    /// Its id.
    pub token_id: TokenId,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub user_id: UserId,
    /// The owner's name.
    pub username: String,
    /// When it was issued.
    pub created_at: UtcTime,
    /// When it, or the presented secret of it, expires; `None` = never.
    pub expires_at: Option<UtcTime>,
    /// What it may do.
    pub permissions: PermissionSet,
}

/// Finds out what a secret is good for at `now`: nothing (`None`) if it is malformed or unknown, or its
/// token inactive or expired.
///
/// # Errors
/// `Forbidden` without `mcp.introspect_token`; database faults.
pub fn introspect(
    conn: &mut DbConnection,
    actor: &Actor,
    now: UtcTime,
    hasher: &TokenHasher,
    secret: &[u8],
) -> Result<Option<Introspection>> {
    actor.require("mcp.introspect_token")?;
    let Some(found) = find(conn, hasher, secret)?.filter(|found| found.is_accepted(now)) else {
        return Ok(None);
    };
    let Some(token) = token::find(conn, found.token_id)? else { return Ok(None) };
    Ok(Some(Introspection {
        token_id: found.token_id,
        name: found.token_name,
        user_id: found.user_id,
        username: found.username,
        created_at: token.created_at,
        expires_at: found.secret.until().into_iter().chain(found.expires_at).min(),
        permissions: found.permissions,
    }))
}

/// Deactivates the token that a secret belongs to. A secret that belongs to none is no error: it is as
/// the caller wants it.
///
/// # Errors
/// `Forbidden` without `mcp.change_token`, unless the actor presented this very token; database faults.
pub fn revoke_secret(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    hasher: &TokenHasher,
    secret: &[u8],
) -> Result<()> {
    let found = find(tx, hasher, secret)?.map(|found| found.token_id);
    let own = actor.principal.token.as_ref().map(|token| token.id);
    if found.is_none() || found != own {
        actor.require("mcp.change_token")?;
    }
    if let Some(id) = found {
        authz_epoch::bump(tx)?;
        switch_off(tx, actor, now, id)?;
    }
    Ok(())
}

fn find(conn: &mut DbConnection, hasher: &TokenHasher, secret: &[u8]) -> Result<Option<Authentication>> {
    if !PlainToken::is_well_formed(secret) {
        return Ok(None);
    }
    Ok(authentication::find_by_digest(conn, &hasher.digest(secret))?)
}
