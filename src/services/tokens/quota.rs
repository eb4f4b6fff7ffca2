//! No user owns more tokens than the site allows.

use crate::auth::TokenRules;
use crate::db::{Tx, UserId};
use crate::error::{Error, Result};
use crate::models::{token, user};

/// Insists that a user is there and may own one more token. The mutation has begun, so that no other one
/// takes the same room.
///
/// # Errors
/// `Invalid` for `user`; database faults.
pub(super) fn leave_room(tx: &mut Tx<'_>, owner: UserId, rules: &TokenRules) -> Result<()> {
    if user::find(tx, owner)?.is_none() {
        return Err(Error::invalid("user", format!("there is no user {owner}")));
    }
    let most = rules.max_per_user;
    if most > 0 && token::count_of_user(tx, owner)? >= i64::from(most) {
        let text = format!("this user owns as many tokens as anyone may, {most}; delete some first");
        return Err(Error::invalid("user", text));
    }
    Ok(())
}
