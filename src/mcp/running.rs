//! Calls of the older era that tell how far they are, so that a client can give one up by its id. There
//! hanging up does not mean that; since 2026-07-28 it does, and nothing has to be remembered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::exchange::Exchange;
use crate::db::TokenId;

type Key = (TokenId, String);

/// Running calls by token and id of the request.
#[derive(Default)]
pub struct Running(Mutex<HashMap<Key, Weak<Exchange>>>);

/// A call that is forgotten when this is dropped.
pub struct Entered<'a> {
    running: &'a Running,
    key: Option<Key>,
}

impl Running {
    /// Remembers a call until it ends.
    pub fn enter(&self, id: &str, exchange: &Arc<Exchange>) -> Entered<'_> {
        let token = exchange.actor().principal.token.as_ref();
        let key = token.map(|token| (token.id, id.to_owned()));
        if let Some(key) = key.clone() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::downgrade(exchange));
        }
        Entered { running: self, key }
    }

    /// Gives a call up. Only the token that made it can.
    pub fn cancel(&self, token: TokenId, id: &str) {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(exchange) = running.get(&(token, id.to_owned())).and_then(Weak::upgrade) {
            exchange.cancel();
        }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        }
    }
}
