//! A new group, with its permissions where the visitor may give them.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use crate::admin::components::{Field, Picker, apply_preset, error_summary};
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::error::Result;
use crate::services::groups;
use crate::services::permissions::{self, Permission};

const NEEDS: Needs = Needs::AnyOf(&["auth.add_group"]);
const LABELS: [(&str, &str); 2] = [("name", "Name"), ("permissions", "Permissions")];

pub fn routes(table: &mut Table) {
    table.get("/groups/new", NEEDS, show);
    table.post("/groups/new", NEEDS, submit);
}

/// What can be given: nothing by those who may not change groups.
async fn choices(visit: &Visit) -> Result<Vec<Permission>> {
    if !visit.may("auth.change_group") {
        return Ok(Vec::new());
    }
    visit.read(|conn, visit| permissions::choices(conn, &visit.actor)).await
}

async fn show(visit: Visit) -> Answer {
    let all = choices(&visit).await?;
    Ok(page(&visit, &all, "", &BTreeSet::new(), &FormErrors::none()).respond(&visit))
}

async fn submit(visit: Visit, form: Form) -> Answer {
    let mut chosen: BTreeSet<String> = form.all("perm").map(str::to_owned).collect();
    if let Some(preset) = form.filled("preset") {
        let all = choices(&visit).await?;
        apply_preset(preset, &all, &mut chosen, |name| visit.may(name));
        return Ok(page(&visit, &all, form.raw("name"), &chosen, &FormErrors::none()).respond(&visit));
    }
    let (name, wanted) = (form.raw("name").to_owned(), chosen.iter().cloned().collect::<Vec<_>>());
    let made = visit
        .write(move |tx, visit| {
            let group = groups::create(tx, &visit.actor, visit.now, &name)?;
            if !wanted.is_empty() {
                groups::grant(tx, &visit.actor, visit.now, group.id, &wanted)?;
            }
            Ok(group)
        })
        .await;
    let error = match made {
        Ok(group) => {
            let sees = visit.may("auth.view_group") || visit.may("auth.change_group");
            let to = if sees { paths::group(group.id) } else { paths::dashboard() };
            return Ok(visit.done(&to, "Group created"));
        }
        Err(error) => error,
    };
    let status = FormErrors::status(&error);
    let errors = FormErrors::of(error)?;
    let all = choices(&visit).await?;
    Ok(page(&visit, &all, form.raw("name"), &chosen, &errors).status(status).failed().respond(&visit))
}

fn page(
    visit: &Visit,
    all: &[Permission],
    name: &str,
    chosen: &BTreeSet<String>,
    errors: &FormErrors,
) -> Page {
    let nothing = (BTreeSet::new(), BTreeMap::new());
    let may_give = |name: &str| visit.may(name);
    let picker =
        Picker { all, chosen, held: &nothing.0, from_groups: &nothing.1, may_give: &may_give, preview: None };
    let permissions: Markup = html! { @if !all.is_empty() { (picker.render()) } };
    let body = html! {
        form method="post" action=(paths::group_new()) hx-post=(paths::group_new()) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
            hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first novalidate[!errors.is_empty()] {
            button hidden { "Create group" }
            (error_summary("The group was not created", errors, &LABELS))
            section class="card form-card" {
                section {
                    (Field::new("name", "Name").value(name).required().max_length(150).focused().errors(errors)
                        .help(html! { "What its members do, e.g. Editors." }).render())
                }
            }
            (permissions)
            div class="actions" {
                button type="submit" class="btn" { "Create group" }
                a href=(paths::groups()) class="btn" data-variant="ghost" { "Cancel" }
            }
        }
    };
    Page::new("New group").at(Place::Groups).below("Groups", paths::groups()).body(body)
}
