//! `permission …`: what can be granted.

use clap::Subcommand;
use serde_json::json;

use super::{Context, output};
use crate::error::Result;
use crate::services::permissions;

#[derive(Subcommand)]
pub enum PermissionCommand {
    /// List permissions
    List {
        /// Only those of this app
        #[arg(long)]
        app: Option<String>,
    },
}

pub fn run(command: &PermissionCommand, ctx: &Context) -> Result<()> {
    let PermissionCommand::List { app } = command;
    let (db, _) = ctx.prepare()?;
    let found = db.read(|conn| permissions::list(conn, &ctx.actor(), app.as_deref()))?;
    let values: Vec<_> = found
        .iter()
        .map(|p| {
            json!({
                "id": p.id, "permission": p.full_name(), "app_label": p.app_label, "codename": p.codename,
                "model": p.model, "name": p.name, "is_stale": p.is_stale,
            })
        })
        .collect();
    ctx.print(&values, || {
        let rows: Vec<Vec<String>> = found
            .iter()
            .map(|p| vec![p.full_name(), p.name.clone(), if p.is_stale { "stale" } else { "" }.to_owned()])
            .collect();
        output::table(&["PERMISSION", "NAME", ""], &rows)
    })
}
