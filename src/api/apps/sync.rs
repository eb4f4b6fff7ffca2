//! `POST /api/v1/apps/{app}/sync`

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::api::{Answer, Call, Endpoint};
use crate::services::apps;
use crate::services::permissions::SyncReport;

/// What is different since the database was read before.
#[derive(Debug, Serialize, ToSchema)]
struct SyncedApp {
    /// Models that are new: `blog.article`.
    added: Vec<String>,
    /// Models whose table has vanished.
    stale: Vec<String>,
    /// Models whose table is back.
    revived: Vec<String>,
    /// Permissions that are new in models that were known.
    added_permissions: Vec<String>,
    /// Models and permissions whose name for people is another one.
    renamed: Vec<String>,
}

impl From<SyncReport> for SyncedApp {
    fn from(report: SyncReport) -> Self {
        let SyncReport { added, stale, revived, added_permissions, renamed } = report;
        Self { added, stale, revived, added_permissions, renamed }
    }
}

pub fn endpoint() -> Endpoint {
    Endpoint::post("/api/v1/apps/{app}/sync", "sync_app", sync)
        .about("apps", "Read the schema of an attached database again")
        .part("app", "Label of the app")
        .details(
            "New tables get content types and permissions, those of vanished tables become stale. All attached \
             databases are read again; the answer is about this one. An app that cannot be reached stays as it is \
             in our database.",
        )
        .needs("auth.add_permission")
        .needs("auth.change_permission")
        .answers::<SyncedApp>(
            200,
            "What is different",
            json!({ "added": ["blog.review"], "stale": [], "revived": [], "added_permissions": [], "renamed": [] }),
        )
}

async fn sync(call: Call, label: Path<String>) -> Answer {
    let report = call.run(move |db, call| {
        let report = apps::reload(db, &call.actor, call.now, call.registry(), &label)?;
        call.forget();
        Ok(SyncedApp::from(report))
    });
    Ok(HttpResponse::Ok().json(report.await?))
}
