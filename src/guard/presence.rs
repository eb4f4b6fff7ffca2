//! Looking again, while a long answer is sent, whether the token that asked for it still opens the door.

use std::sync::Arc;

use actix_web::dev::RequestHead;

use super::{Guard, credential};
use crate::auth::{Principal, TokenDigest};
use crate::error::Result;

/// The token of a request that was let in, without its plaintext.
#[derive(Debug, Clone, Copy)]
pub struct Pass(TokenDigest);

impl Guard {
    /// The pass of a request, from its head.
    pub fn pass(&self, head: &RequestHead) -> Option<Pass> {
        credential::presented(head).ok().map(|token| Pass(self.digest(token)))
    }

    /// Who holds a pass at this moment; `None` if it opens the door no longer. Not a use of the token.
    ///
    /// # Errors
    /// The database cannot be asked, so nobody knows.
    pub async fn holder(&self, pass: &Pass) -> Result<Option<Arc<Principal>>> {
        let entry = match self.recall(&pass.0) {
            Some(entry) => Some(entry),
            None => self.load(&pass.0).await?,
        };
        let now = self.clock.now();
        Ok(entry.filter(|entry| entry.judge(now).is_ok()).map(|entry| Arc::clone(&entry.principal)))
    }
}
