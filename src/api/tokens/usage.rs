//! `GET /api/v1/tokens/{id}/usage`

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::api::call::json as answer;
use crate::api::list::Query;
use crate::api::{Answer, Call, Endpoint};
use crate::clock::UtcTime;
use crate::db::TokenId;
use crate::services::tokens::{self, Bucket};

/// Which hours.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Period {
    /// The last so many days; 30 if nothing is said.
    #[schema(minimum = 1, maximum = 366)]
    days: Option<i64>,
}

/// How often a token was used.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenUsage)]
struct View {
    /// The last authenticated request; null = never used.
    last_used_at: Option<UtcTime>,
    /// The address of that request.
    last_used_ip: Option<String>,
    /// Calls of the period.
    calls: i64,
    /// Calls that were refused for lack of a permission.
    denials: i64,
    /// Calls that failed.
    errors: i64,
    /// The hours, in order; hours without a call are left out.
    hours: Vec<UsageHour>,
}

#[derive(Debug, Serialize, ToSchema)]
struct UsageHour {
    /// The beginning of the hour.
    hour: UtcTime,
    calls: i64,
    denials: i64,
    errors: i64,
}

impl From<Bucket> for UsageHour {
    fn from(bucket: Bucket) -> Self {
        Self { hour: bucket.hour, calls: bucket.calls, denials: bucket.denials, errors: bucket.errors }
    }
}

pub fn endpoint() -> Endpoint {
    Endpoint::get("/api/v1/tokens/{id}/usage", "show_token_usage", show)
        .about("tokens", "How often a token is used")
        .details("Counters are written a few seconds after the calls that they count.")
        .needs("mcp.view_token")
        .query::<Period>()
        .answers::<View>(
            200,
            "The counters",
            json!({
                "last_used_at": "2026-11-23T12:34:56Z",
                "last_used_ip": "192.0.2.7",
                "calls": 12,
                "denials": 1,
                "errors": 0,
                "hours": [{ "hour": "2026-11-23T12:00:00Z", "calls": 12, "denials": 1, "errors": 0 }],
            }),
        )
}

async fn show(call: Call, id: Path<TokenId>, period: Query<Period>) -> Answer {
    let days = period.0.days.unwrap_or(30);
    let usage = call.read(move |conn, call| tokens::usage(conn, &call.actor, call.now, *id, days)).await?;
    let sum = |of: fn(&Bucket) -> i64| usage.hours.iter().map(of).sum();
    let view = View {
        calls: sum(|hour| hour.calls),
        denials: sum(|hour| hour.denials),
        errors: sum(|hour| hour.errors),
        last_used_at: usage.token.last_used_at,
        last_used_ip: usage.token.last_used_ip,
        hours: usage.hours.into_iter().map(UsageHour::from).collect(),
    };
    Ok(answer(actix_web::http::StatusCode::OK, &view))
}
