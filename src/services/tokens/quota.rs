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
    let Some(user) = user::find(tx, owner)? else {
        return Err(Error::invalid("user", format!("there is no user {owner}")));
    };
    let most = i64::from(rules.max_per_user);
    if most > 0 && token::count_of_user(tx, owner)? >= most {
        let tokens = if most == 1 { "one token" } else { &*format!("{most} tokens") };
        let text = format!("{} owns {tokens}, and nobody may own more; delete some first", user.username);
        return Err(Error::invalid("user", text));
    }
    Ok(())
}
