//! Tokens as one long answer.

use super::view::TokenView;
use crate::api::export::{self, Format, Parts};
use crate::api::{Answer, Call};
use crate::error::Result;
use crate::services::tokens::{Export, TokenFilter};

const COLUMNS: &[&str] = &[
    "id",
    "name",
    "prefix",
    "user",
    "status",
    "is_active",
    "created_at",
    "expires_at",
    "last_used_at",
    "last_used_ip",
    "previous_expires_at",
    "note",
    "limit_to_owner",
    "tool_mode",
    "groups",
    "permissions",
];

impl Parts for Export {
    type Row = TokenView;

    fn next(&mut self) -> Result<Vec<TokenView>> {
        let now = self.now();
        Ok(self.next_part()?.into_iter().map(|details| TokenView::new(details, now)).collect())
    }
}

/// Streams the tokens that a filter lets through, the oldest first.
///
/// # Errors
/// `Forbidden` without `mcp.view_token`; database faults.
pub async fn stream(call: &Call, filter: TokenFilter, format: Format) -> Answer {
    let begun = call.run(move |db, call| Export::begin(db, &call.actor, call.now, filter)).await?;
    Ok(export::stream("tokens", format, COLUMNS.iter().copied(), begun))
}
