//! Sessions of the admin, as far as users are concerned.

use diesel::prelude::*;

use crate::db::schema::sessions;
use crate::db::{Tx, UserId};

/// Ends every session of a user; how many there were.
///
/// # Errors
/// Database faults.
pub fn delete_of_user(tx: &mut Tx<'_>, id: UserId) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(id))).execute(&mut **tx)
}
