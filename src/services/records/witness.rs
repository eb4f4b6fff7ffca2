//! What the records that a write is about were before it, for who has to compare that with what was seen.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Collection;
use crate::apps::Model;
use crate::apps::record::{self, Cascade};
use crate::db::Tx;
use crate::error::Result;

/// Is told, inside the transaction, what the records were before they were written.
pub trait Witness: Sync {
    /// `state` differs whenever a record that is written differs, or what a deletion takes along.
    ///
    /// # Errors
    /// Any error undoes the write.
    fn saw(&self, state: &str) -> Result<()>;
}

/// A record that a write is about: its model and its key.
pub type Concerned<'a> = (&'a Model, &'a Value);

impl Collection<'_> {
    /// Does `work`, and tells the witness what these records were before it and what it takes along.
    pub(super) fn witnessed<T>(
        &self,
        tx: &mut Tx<'_>,
        concerned: &[Concerned<'_>],
        work: impl FnOnce(&mut Tx<'_>) -> Result<T>,
        cascaded: impl FnOnce(&T) -> Vec<Cascade>,
    ) -> Result<T> {
        let Some(witness) = self.witness else { return work(tx) };
        let mut state = Sha256::new();
        for (model, id) in concerned {
            let version = record::current_version(tx, model, id)?;
            state.update(format!("{} {}\n", model.label(), version.as_deref().unwrap_or("-")));
        }
        let done = work(tx)?;
        for Cascade { model, effect, count } in cascaded(&done) {
            state.update(format!("{model} {effect} {count}\n"));
        }
        witness.saw(&record::short_digest(state))?;
        Ok(done)
    }
}
