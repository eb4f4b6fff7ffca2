//! The audit log tells of the expiry of each token before it comes, once for each expiry, however many
//! servers look and however often they start.

use serde_json::json;

use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::models::token::{self, EXPIRING_WITHIN, ExpiringToken};
use crate::services::audit::{self, Action, Target};

/// Notices of one transaction.
const BATCH: i64 = 100;

/// Whether an expiry is so near that whoever sets it has not to be told of it.
pub(super) fn is_known(expires_at: UtcTime, now: UtcTime) -> bool {
    expires_at <= now.plus(EXPIRING_WITHIN)
}

/// Tells of the tokens that are accepted and expire within 14 days, if that was not told before: an entry
/// in the audit log, and a line in the log of the server that wrote it. How many it told of. Blocks.
///
/// # Errors
/// Database faults; what was not told then is told the next time.
pub fn give_notice(db: &Db, now: UtcTime) -> Result<usize> {
    let mut told = 0;
    loop {
        let untold = db.read(|conn| Ok(token::list_expiring_untold(conn, now, BATCH)?))?;
        if untold.is_empty() {
            return Ok(told);
        }
        let mine =
            db.write(|tx| untold.iter().map(|token| tell(tx, now, token)).collect::<Result<Vec<_>>>())?;
        let before = told;
        for (token, expires_at) in untold.iter().zip(mine).filter_map(|(token, at)| Some((token, at?))) {
            let (token_id, expires_at) = (token.id.0, tracing::field::display(expires_at));
            tracing::warn!(token_id, token = ?token.name, owner = ?token.owner, expires_at, "a token expires soon");
            told += 1;
        }
        if told == before {
            // Another server tells of the same ones.
            return Ok(told);
        }
    }
}

/// The expiry that was told of; `None` if somebody else did.
fn tell(tx: &mut Tx<'_>, now: UtcTime, token: &ExpiringToken) -> Result<Option<UtcTime>> {
    let Some(expires_at) = token::note_expiry(tx, token.id, now)? else { return Ok(None) };
    let target = Target::new("mcp", "token", token.id, &token.name);
    let changes = json!({ "expires_at": expires_at, "user": token.owner });
    audit::record(tx, &Actor::server(), now, Action::Expiring, &target, &changes)?;
    Ok(Some(expires_at))
}
