//! Which tokens expire soon and were not told of yet.

use diesel::prelude::*;

use super::EXPIRING_WITHIN;
use crate::clock::UtcTime;
use crate::db::schema::{tokens, users};
use crate::db::{DbConnection, TokenId, Tx};

/// A token that expires soon.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ExpiringToken {
    /// The token.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// The owner's name.
    pub owner: String,
}

/// The tokens whose expiry is to be told of. A macro, because the type of the condition is long.
macro_rules! untold {
    ($now:expr) => {{
        let now: UtcTime = $now;
        let unknown = tokens::noticed_expiry
            .is_null()
            .or(tokens::noticed_expiry.ne(tokens::expires_at).assume_not_null());
        (tokens::expires_at.gt(now).assume_not_null())
            .and(tokens::expires_at.le(now.plus(EXPIRING_WITHIN)).assume_not_null())
            .and(unknown)
    }};
}

/// Tokens that are accepted at `now`, expire within [`EXPIRING_WITHIN`], and whose expiry nobody was told
/// of; those that expire first come first, at most `limit`.
///
/// # Errors
/// Database faults.
pub fn list_expiring_untold(
    conn: &mut DbConnection,
    now: UtcTime,
    limit: i64,
) -> QueryResult<Vec<ExpiringToken>> {
    tokens::table
        .inner_join(users::table)
        .filter(untold!(now))
        .filter(tokens::is_active.and(users::is_active))
        .order((tokens::expires_at, tokens::id))
        .limit(limit)
        .select((tokens::id, tokens::name, users::username))
        .load(conn)
}

/// Notes that the expiry of a token is told of, and gives it; `None` if it was noted before, or does not
/// come soon any more: of several who try at once one gets it.
///
/// # Errors
/// Database faults.
pub fn note_expiry(tx: &mut Tx<'_>, id: TokenId, now: UtcTime) -> QueryResult<Option<UtcTime>> {
    diesel::update(tokens::table.find(id))
        .filter(untold!(now))
        .set(tokens::noticed_expiry.eq(tokens::expires_at))
        .returning(tokens::expires_at.assume_not_null())
        .get_result(&mut **tx)
        .optional()
}
