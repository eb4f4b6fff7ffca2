//! `migrate`: the schema of our own database.

use serde_json::json;

use super::Context;
use crate::db::{Db, PoolOptions, migrate};
use crate::error::Result;

pub fn run(ctx: &Context) -> Result<()> {
    let db = Db::new(&ctx.config.database()?, &PoolOptions::own())?;
    let applied = db.read(migrate::run)?;
    ctx.print(&json!({"database": db.url().to_string(), "applied": applied}), || {
        if applied.is_empty() {
            format!("{} is up to date", db.url())
        } else {
            format!("Applied to {}: {}", db.url(), applied.join(", "))
        }
    })
}
