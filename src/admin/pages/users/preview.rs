//! What the form of a user would change, asked for by htmx at each change. Saves nothing.

use super::CHANGE;
use super::edit::{self, Typed};
use crate::admin::components::EFFECT;
use crate::admin::form::Form;
use crate::admin::htmx;
use crate::admin::routes::Table;
use crate::admin::visit::{Answer, Visit};
use crate::db::UserId;

pub fn routes(table: &mut Table) {
    table.post("/users/preview", CHANGE, show);
}

async fn show(visit: Visit, form: Form) -> Answer {
    let id = UserId(form.ids("user").first().copied().unwrap_or_default());
    let shown = edit::load(&visit, id).await?;
    let mut typed = Typed::from(&form, &shown);
    if let Some(preset) = form.filled("preset") {
        typed.preset(&visit, &shown, preset);
    }
    Ok(htmx::preview(&edit::picker(&visit, &shown, &typed), EFFECT, &edit::effect(&shown, &typed)))
}
