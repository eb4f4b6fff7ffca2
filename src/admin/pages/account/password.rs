//! Another password of one's own. All sessions end; this browser gets a new one.

use actix_web::HttpRequest;
use maud::{Markup, html};

use super::page;
use crate::admin::components::{Field, error_summary};
use crate::admin::form::{Form, FormErrors};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::error::Result;
use crate::services::sessions::{self, PasswordChange, Renewed};
use crate::web::session_cookie;

pub fn routes(table: &mut Table) {
    table.post("/account/password", Needs::SignedIn, submit);
}

async fn submit(request: HttpRequest, visit: Visit, form: Form) -> Answer {
    match change(&visit, &form).await {
        Ok(renewed) => {
            let mut answer = visit.done(&paths::account(), "Password changed; every other session was ended");
            let _ = answer.add_cookie(&session_cookie(request.head(), &renewed.key));
            Ok(answer)
        }
        Err(error) => page(&visit, &FormErrors::of(error)?).await,
    }
}

async fn change(visit: &Visit, form: &Form) -> Result<Renewed> {
    let form = form.clone();
    let work = move |db: &crate::db::Db, visit: &Visit| {
        let typed = PasswordChange {
            current: form.raw("current_password"),
            new: form.raw("password"),
            repeated: form.raw("password2"),
        };
        let state = &visit.admin().sign_in;
        let origin = &visit.actor.origin;
        sessions::change_password(db, visit.now, state, &visit.live, origin, &typed, &mut rand::rng())
    };
    visit.hash(work).await
}

pub fn card(username: &str, errors: &FormErrors) -> Markup {
    let labels = [
        ("current_password", "Current password"),
        ("password", "New password"),
        ("password2", "Repeat the new password"),
    ];
    html! {
        section class="card form-card" {
            header { h2 { "Password" } }
            section {
                form method="post" action=(paths::account_password()) hx-post=(paths::account_password()) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
                    hx-disable="find [type=submit]" hx-indicator="#progress" class="stack" data-focus-first {
                    (error_summary("The password was not changed", errors, &labels))
                    // For password managers, which keep the new one under this name.
                    input type="text" name="username" value=(username) autocomplete="username" hidden readonly;
                    (Field::new("current_password", labels[0].1).kind("password").autocomplete("current-password")
                        .required().errors(errors).render())
                    (Field::new("password", labels[1].1).kind("password").autocomplete("new-password").required()
                        .help(html! { "At least 15 characters. A sentence works well." }).errors(errors).render())
                    (Field::new("password2", labels[2].1).kind("password").autocomplete("new-password").required()
                        .errors(errors).render())
                    div { button class="btn" { "Change password" } }
                }
            }
        }
    }
}
