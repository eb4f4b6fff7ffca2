//! How pages look and behave, chosen without JavaScript: cookies of one browser, not of an account.

use actix_web::HttpRequest;
use actix_web::http::header::REFERER;

use crate::admin::form::Form;
use crate::admin::htmx;
use crate::admin::paths::{self, Path};
use crate::admin::routes::{Needs, Table};
use crate::admin::theme::{self, Theme};
use crate::admin::visit::{Answer, View, Visit};

/// Theme and shortcuts.
pub fn routes(table: &mut Table) {
    table.post("/theme", Needs::Nothing, choose_theme);
    table.post("/account/preferences", Needs::SignedIn, choose_shortcuts);
}

async fn choose_theme(request: HttpRequest, form: Form) -> Answer {
    let theme = Theme::named(form.text("theme"));
    let mut answer = htmx::redirect(View::of(&request).is_part, &came_from(&request));
    let _ = answer.add_cookie(&theme::remember(theme::THEME, theme.as_str()));
    Ok(answer)
}

async fn choose_shortcuts(visit: Visit, form: Form) -> Answer {
    let value = if form.has("shortcuts") { "on" } else { "off" };
    let mut answer = visit.done(&paths::account(), "Preferences saved");
    let _ = answer.add_cookie(&theme::remember(theme::SHORTCUTS, value));
    Ok(answer)
}

/// The page that the form was on, where the browser says so; pages ask it not to, so mostly the dashboard.
fn came_from(request: &HttpRequest) -> Path {
    let referrer = request.headers().get(REFERER).and_then(|value| value.to_str().ok());
    let path = referrer.and_then(|url| url.splitn(4, '/').nth(3));
    path.and_then(|path| Path::local(&format!("/{path}"))).unwrap_or_else(paths::dashboard)
}
