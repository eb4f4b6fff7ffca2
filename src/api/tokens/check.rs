//! `POST /api/v1/tokens/{id}/check`

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::api::call::json as answer;
use crate::api::{Answer, Body, Call, Endpoint};
use crate::db::TokenId;
use crate::services::tokens::{TokenAccess, Verdict};

/// What is asked.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Question {
    /// Names of permissions.
    #[schema(min_items = 1, max_items = 1000)]
    permissions: Vec<String>,
}

/// What a token may do at this moment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenCheck)]
struct Check {
    /// Whether the token is accepted at all.
    is_valid: bool,
    /// Whether every permission that was asked about is held by a token that is accepted.
    allowed: bool,
    /// One answer for each permission, in the order of the question.
    results: Vec<CheckResult>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CheckResult {
    /// `blog.view_article`
    permission: String,
    allowed: bool,
    /// `direct`, `group NAME`, `inactive`, `expired`, `owner inactive`, `not granted`, `not held by the owner` or
    /// `no such permission`.
    reason: String,
}

impl From<Verdict> for CheckResult {
    fn from(verdict: Verdict) -> Self {
        Self { permission: verdict.permission, allowed: verdict.allowed, reason: verdict.reason.to_string() }
    }
}

pub fn endpoint() -> Endpoint {
    Endpoint::post("/api/v1/tokens/{id}/check", "check_token", check)
        .about("tokens", "May this token do that, and why?")
        .needs("mcp.view_token")
        .body::<Question>(json!({ "permissions": ["blog.view_article", "blog.delete_article"] }))
        .answers::<Check>(
            200,
            "The answers",
            json!({
                "is_valid": true,
                "allowed": false,
                "results": [
                    { "permission": "blog.view_article", "allowed": true, "reason": "group Editors" },
                    { "permission": "blog.delete_article", "allowed": false, "reason": "not granted" },
                ],
            }),
        )
}

async fn check(call: Call, id: Path<TokenId>, body: Body<Question>) -> Answer {
    let work = call.read(move |conn, call| {
        let access = TokenAccess::load(conn, &call.actor, *id)?;
        let mut results = Vec::with_capacity(body.permissions.len());
        for permission in &body.permissions {
            results.push(CheckResult::from(access.check(conn, permission, call.now)?));
        }
        let allowed = results.iter().all(|result| result.allowed);
        Ok(Check { is_valid: access.is_valid(call.now), allowed, results })
    });
    Ok(answer(actix_web::http::StatusCode::OK, &work.await?))
}
