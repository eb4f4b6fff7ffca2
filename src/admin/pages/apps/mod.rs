//! Attached databases: what was found in them, how they are, and reading them again.

mod list;
mod show;
mod sync;

use maud::Markup;

use crate::admin::components::{Tone, dotted};
use crate::admin::routes::Table;
use crate::services::apps::Health;

/// The pages and the form.
pub fn routes(table: &mut Table) {
    list::routes(table);
    sync::routes(table);
    show::routes(table);
}

fn health(health: Health) -> Markup {
    match health {
        Health::Ok => dotted(Tone::Ok, true, "Reachable"),
        Health::Unavailable => dotted(Tone::Bad, false, "Not reachable"),
    }
}
