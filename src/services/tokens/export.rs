//! All tokens as one long list.

use super::TokenDetails;
use super::find::with_details;
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::Db;
use crate::error::Result;
use crate::models::token::{self, TokenFilter, TokenOrder, TokenPlace};
use crate::models::{Slice, Sliced};

/// Tokens of one part.
const CHUNK: i64 = 500;

/// The tokens that a filter lets through, the oldest first, a few hundred at a time. No connection is held
/// between two parts.
pub struct Export {
    db: Db,
    now: UtcTime,
    filter: TokenFilter,
    part: Option<Slice<TokenPlace>>,
}

impl Export {
    /// Begins.
    ///
    /// # Errors
    /// `Forbidden` without `mcp.view_token`.
    pub fn begin(db: &Db, actor: &Actor, now: UtcTime, filter: TokenFilter) -> Result<Self> {
        actor.require("mcp.view_token")?;
        Ok(Self { db: db.clone(), now, filter, part: Some(Slice::first(CHUNK)) })
    }

    /// The moment that every token is shown at.
    #[must_use]
    pub fn now(&self) -> UtcTime {
        self.now
    }

    /// The next part; empty at the end. Blocks.
    ///
    /// # Errors
    /// Database faults.
    pub fn next_part(&mut self) -> Result<Vec<TokenDetails>> {
        let Some(part) = self.part.take() else { return Ok(Vec::new()) };
        self.db.read(|conn| {
            let found = token::slice(conn, &self.filter, self.now, TokenOrder::Id, false, &part)?;
            let Sliced { rows, next, .. } = found;
            self.part = next.map(|place| Slice { after: Some(place), ..part });
            with_details(conn, rows)
        })
    }
}
