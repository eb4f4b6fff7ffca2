//! What the form of a group would change, asked for by htmx at each change. Saves nothing.

use std::collections::BTreeSet;

use super::edit;
use crate::admin::components::EFFECT;
use crate::admin::form::Form;
use crate::admin::htmx;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::db::GroupId;

pub fn routes(table: &mut Table) {
    table.post("/groups/preview", Needs::AnyOf(&["auth.change_group"]), show);
}

async fn show(visit: Visit, form: Form) -> Answer {
    let id = GroupId(form.ids("group").first().copied().unwrap_or_default());
    let mut chosen: BTreeSet<String> = form.all("perm").map(str::to_owned).collect();
    if let Some(preset) = form.filled("preset") {
        edit::preset_applied(&visit, &edit::load(&visit, id, None).await?, preset, &mut chosen);
    }
    let shown = edit::load(&visit, id, Some(&chosen)).await?;
    let (picker, effect) = (edit::picker(&visit, &shown, &chosen), edit::effect(&visit, &shown, &chosen));
    Ok(htmx::preview(&picker, EFFECT, &effect))
}
