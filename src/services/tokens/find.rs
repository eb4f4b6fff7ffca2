//! Finding tokens: lists with filters, and the one that somebody names.

use super::load;
use crate::auth::{Actor, PlainToken};
use crate::clock::UtcTime;
use crate::db::{DbConnection, TokenId};
use crate::error::{Error, Result};
use crate::models::token::{self, Token, TokenFilter, TokenRow};
use crate::models::{Paged, Paging};

/// Lists tokens, the newest first.
///
/// # Errors
/// `Forbidden` without `mcp.view_token`; database faults.
pub fn list(
    conn: &mut DbConnection,
    actor: &Actor,
    now: UtcTime,
    filter: &TokenFilter,
    paging: Paging,
) -> Result<Paged<TokenRow>> {
    actor.require("mcp.view_token")?;
    Ok(token::list(conn, filter, now, paging)?)
}

/// Finds the token that somebody means: by id, by display prefix (`mcp_` and eight characters), or by its
/// exact name if only one has it.
///
/// # Errors
/// `Forbidden` without `mcp.view_token`; `NotFound`; `Conflict` with the ids if several have the name;
/// database faults.
pub fn resolve(conn: &mut DbConnection, actor: &Actor, reference: &str) -> Result<Token> {
    actor.require("mcp.view_token")?;
    // Somebody may paste the secret itself: it must neither be searched for nor repeated in a message.
    let plain = PlainToken::parse(reference.as_bytes()).ok();
    let reference = plain.as_ref().map_or(reference, PlainToken::prefix);
    if reference.contains('\0') {
        return Err(Error::invalid("token", "remove the NUL character"));
    }
    if let Ok(id) = reference.parse()
        && let Some(token) = token::find(conn, TokenId(id))?
    {
        return Ok(token);
    }
    let mut found = if reference.starts_with("mcp_") && reference.len() == PlainToken::PREFIX_LENGTH {
        token::list_by_prefix(conn, reference)?
    } else {
        Vec::new()
    };
    if found.is_empty() {
        found = token::list_by_name(conn, reference)?;
    }
    match found.as_slice() {
        [] => Err(Error::NotFound(format!("There is no token \"{}\"", reference.escape_debug()))),
        [one] => load(conn, one.id),
        several => {
            let ids: Vec<_> = several.iter().map(|token| token.id.to_string()).collect();
            Err(Error::Conflict(format!(
                "{} tokens are called \"{reference}\": use one of the ids {}",
                ids.len(),
                ids.join(", ")
            )))
        }
    }
}
