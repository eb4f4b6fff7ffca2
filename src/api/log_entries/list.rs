//! `GET /api/v1/log-entries` and `GET /api/v1/log-entries/{id}`

use actix_web::HttpRequest;
use actix_web::web::Path;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::export;
use super::view::example;
use crate::api::export::{Format, asked_format};
use crate::api::{Answer, Call, Endpoint, List};
use crate::clock::UtcTime;
use crate::db::{LogEntryId, TokenId, UserId};
use crate::services::audit::{self, LogFilter, LogRow};

/// Which entries; every condition that is given must hold.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LogQuery {
    /// By this user, or with a token of this user.
    user_id: Option<UserId>,
    /// By the name of the user at that time, whatever the case.
    #[schema(max_length = 200)]
    actor: Option<String>,
    /// With this token.
    token_id: Option<TokenId>,
    /// `admin`, `api`, `mcp`, `cli` or `server`.
    #[schema(max_length = 40)]
    surface: Option<String>,
    /// `added`, `changed`, `deleted`, `denied` and others.
    #[schema(max_length = 40)]
    action: Option<String>,
    /// About something of this app.
    #[schema(max_length = 100)]
    app: Option<String>,
    /// About something of models of this name.
    #[schema(max_length = 100)]
    model: Option<String>,
    /// About the object with this id.
    #[schema(max_length = 200)]
    object_id: Option<String>,
    /// `done`, `failed`, `denied` or `pending`.
    #[schema(max_length = 40)]
    outcome: Option<String>,
    /// At this moment or later.
    since: Option<UtcTime>,
    /// Before this moment.
    until: Option<UtcTime>,
    /// Of this request.
    #[schema(max_length = 200)]
    request_id: Option<String>,
    /// Text in what it was done to, or in the names of user and token.
    #[schema(max_length = 200)]
    search: Option<String>,
    /// The order of writing; the newest first if nothing is said.
    sort: Option<Sort>,
    /// Everything at once, the oldest first, instead of a page. `Accept` says the same.
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = LogEntrySort)]
enum Sort {
    #[serde(rename = "id")]
    OldestFirst,
    #[serde(rename = "-id")]
    NewestFirst,
}

impl From<LogQuery> for LogFilter {
    fn from(query: LogQuery) -> Self {
        Self {
            user_id: query.user_id,
            actor: query.actor,
            token_id: query.token_id,
            surface: query.surface,
            action: query.action,
            app_label: query.app,
            model: query.model,
            object_id: query.object_id,
            outcome: query.outcome,
            since: query.since,
            until: query.until,
            request_id: query.request_id,
            search: query.search.filter(|text| !text.is_empty()),
        }
    }
}

pub fn list_endpoint() -> Endpoint {
    Endpoint::get("/api/v1/log-entries", "list_log_entries", list)
        .about("audit log", "List the audit log, or export it")
        .details(
            "The newest first. With `format`, or `Accept: text/csv` or `application/x-ndjson`, everything that the \
             filters let through is streamed, the oldest first. Cells of the CSV form that a spreadsheet would \
             take for a formula begin with an apostrophe.",
        )
        .needs("admin.view_logentry")
        .lists::<LogQuery, LogRow>(&example())
        .answers_as("text/csv", 200, "All of it", json!("id,at,user_id,actor,…\r\n4711,2026-11-23T12:00:00Z,1,ada,…\r\n"))
        .answers_as("application/x-ndjson", 200, "All of it", json!("{\"id\":4711,…}\n"))
}

pub fn show_endpoint() -> Endpoint {
    Endpoint::get("/api/v1/log-entries/{id}", "show_log_entry", show)
        .about("audit log", "Show an entry of the audit log")
        .needs("admin.view_logentry")
        .answers::<LogRow>(200, "The entry", example())
        .takes_if_none_match()
}

async fn list(request: HttpRequest, call: Call, list: List<LogQuery>) -> Answer {
    let List { filter, page } = list;
    if let Some(format) = asked_format(filter.format, &request)? {
        return export::stream(&call, filter.into(), format).await;
    }
    let slice = page.slice()?;
    let found = call.read(move |conn, call| {
        let newest_first = filter.sort != Some(Sort::OldestFirst);
        audit::slice(conn, &call.actor, &filter.into(), newest_first, &slice)
    });
    page.answer(found.await?, LogRow::from)
}

async fn show(call: Call, id: Path<LogEntryId>) -> Answer {
    let entry = call.read(move |conn, call| audit::show(conn, &call.actor, *id)).await?;
    call.show(&LogRow::from(entry))
}
