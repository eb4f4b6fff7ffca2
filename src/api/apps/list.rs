//! `GET /api/v1/apps` and `GET /api/v1/apps/{app}`

use actix_web::HttpResponse;
use actix_web::web::Path;

use super::view::{AppDetails, AppView};
use crate::api::grants::{one_row, whole};
use crate::api::{Answer, Call, Endpoint, Page};
use crate::services::apps;

pub fn list_endpoint() -> Endpoint {
    Endpoint::get("/api/v1/apps", "list_apps", list)
        .about("apps", "List attached databases")
        .needs("auth.view_permission")
        .answers::<Page<AppView>>(200, "All of them", one_row(&AppView::example()))
}

pub fn show_endpoint() -> Endpoint {
    Endpoint::get("/api/v1/apps/{app}", "show_app", show)
        .about("apps", "Show what was found in an attached database")
        .part("app", "Label of the app")
        .details("Tables and views that are served, and what could not be mapped with the reasons.")
        .needs("auth.view_permission")
        .answers::<AppDetails>(200, "The app", AppDetails::example())
}

async fn list(call: Call) -> Answer {
    let results = call.run(|_, call| {
        let catalog = call.registry().catalog();
        let found = apps::list(&call.actor, &catalog)?;
        Ok(found.into_iter().map(|(app, health)| AppView::new(app, health)).collect::<Vec<_>>())
    });
    Ok(whole::<AppView>(results.await?))
}

async fn show(call: Call, label: Path<String>) -> Answer {
    let details = call.run(move |_, call| {
        let catalog = call.registry().catalog();
        let (app, health) = apps::show(&call.actor, &catalog, &label)?;
        Ok(AppDetails::new(app, health))
    });
    Ok(HttpResponse::Ok().json(details.await?))
}
