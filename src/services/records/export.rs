//! All records of a list, in bounded memory.

use std::sync::Arc;

use super::Collection;
use crate::apps::record::Record;
use crate::apps::{Catalog, Count, ListQuery};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::Db;
use crate::error::{Error, Result};

/// Rows that are read at a time.
const CHUNK: u32 = 200;

/// The records that a query finds, a few hundred at a time. No connection is held between two parts.
pub struct Export {
    db: Db,
    actor: Actor,
    now: UtcTime,
    catalog: Arc<Catalog>,
    place: (String, String),
    query: Option<ListQuery>,
}

impl Export {
    /// Begins; `catalog` is the one that the collection is of. Blocks.
    ///
    /// # Errors
    /// `Forbidden` without the model's view permission; `Invalid` for the query; database faults.
    pub fn begin(collection: &Collection<'_>, catalog: &Arc<Catalog>, query: ListQuery) -> Result<Self> {
        let query = ListQuery { limit: CHUNK, offset: 0, cursor: None, count: Count::None, ..query };
        // What is wrong with the query has to be said before the answer begins.
        collection.list(&ListQuery { limit: 1, ..query.clone() })?;
        let Collection { db, actor, now, model, .. } = *collection;
        Ok(Self {
            db: db.clone(),
            actor: actor.clone(),
            now,
            catalog: Arc::clone(catalog),
            place: (model.app_label.clone(), model.name.clone()),
            query: Some(query),
        })
    }

    /// The next part; empty at the end. Blocks.
    ///
    /// # Errors
    /// As [`Collection::list`].
    pub fn next_part(&mut self) -> Result<Vec<Record>> {
        let Some(query) = self.query.take() else { return Ok(Vec::new()) };
        let found = self.catalog.find(&self.place.0, &self.place.1);
        let (app, model) = found.ok_or_else(|| Error::internal("a model of an export is not there"))?;
        let Self { db, actor, now, catalog, .. } = &*self;
        let collection = Collection { db, actor, now: *now, catalog, app, model, watch: None, witness: None };
        let page = collection.list(&query)?;
        self.query = page.next.map(|cursor| ListQuery { cursor: Some(cursor), ..query });
        Ok(page.records)
    }
}
