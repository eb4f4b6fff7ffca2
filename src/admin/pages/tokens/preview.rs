//! What the form of a token would give, asked for by htmx at each change. Saves nothing.

use super::form::TokenForm;
use super::materials::{Chosen, Materials};
use crate::admin::components::apply_preset;
use crate::admin::form::{Form, FormErrors};
use crate::admin::htmx;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::db::TokenId;
use crate::services::tokens;

pub fn routes(table: &mut Table) {
    table.post("/tokens/preview", Needs::AnyOf(&["mcp.add_token", "mcp.change_token"]), show);
}

async fn show(visit: Visit, form: Form) -> Answer {
    let id = form.ids("token").first().copied().map(TokenId);
    let read = move |conn: &mut crate::db::DbConnection, visit: &Visit| {
        let token = match id {
            Some(id) if visit.may("mcp.change_token") => Some(tokens::current(conn, id)?),
            _ => None,
        };
        Ok((Materials::load(conn, visit)?, token))
    };
    let (materials, token) = visit.read(read).await?;
    let mut chosen = Chosen::of(&form, &materials, token.as_ref());
    if let Some(preset) = form.filled("preset") {
        let held = chosen.held.clone();
        apply_preset(preset, &materials.all, &mut chosen.direct, |name| {
            visit.may(name) || held.contains(name)
        });
    }
    let errors = FormErrors::none();
    let parts = TokenForm {
        visit: &visit,
        form: &form,
        materials: &materials,
        chosen: &chosen,
        errors: &errors,
        token: token.as_ref(),
    };
    Ok(htmx::preview(&parts.picker(), "#summary", &parts.summary()))
}
