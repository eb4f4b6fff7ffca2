//! `POST /api/v1/tokens/bulk`

use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::list::TokenQuery;
use crate::api::body::present;
use crate::api::call::json as answer;
use crate::api::{Answer, Body, Call, Endpoint};
use crate::clock::UtcTime;
use crate::db::{Db, DbConnection, TokenId, Tx};
use crate::error::{Error, Result};
use crate::services::Slice;
use crate::services::tokens::{self, TokenOrder};

/// Most tokens of one request.
const MOST: usize = 1000;

/// One change of many tokens.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Bulk {
    operation: Operation,
    /// These tokens; either these or a filter.
    #[schema(nullable = false, min_items = 1, max_items = 1000)]
    ids: Option<Vec<TokenId>>,
    /// The tokens that this filter lets through, at most 1,000.
    #[schema(nullable = false)]
    filter: Option<TokenQuery>,
    /// For `set_expiry`, which needs it: from when on the tokens are refused; null = never.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<UtcTime>)]
    #[expect(clippy::option_option, reason = "absent, null and a time are three things")]
    expires_at: Option<Option<UtcTime>>,
    /// All or nothing: the first fault undoes everything and is the answer.
    #[serde(default)]
    atomic: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BulkOperation)]
enum Operation {
    Activate,
    Deactivate,
    Delete,
    SetExpiry,
}

/// What became of each token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkResult)]
struct Outcome {
    operation: Operation,
    total_items: usize,
    success_count: usize,
    error_count: usize,
    results: Outcomes,
}

#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = BulkResults)]
struct Outcomes {
    /// Those that were changed.
    success: Vec<Done>,
    /// Those that stayed as they are.
    errors: Vec<Failed>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkSuccess)]
struct Done {
    /// The place among the tokens of the request, from 0.
    index: usize,
    id: TokenId,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkError)]
struct Failed {
    /// The place among the tokens of the request, from 0.
    index: usize,
    id: TokenId,
    /// As in a problem.
    code: &'static str,
    /// As in a problem.
    detail: String,
}

pub fn endpoint() -> Endpoint {
    Endpoint::post("/api/v1/tokens/bulk", "change_tokens", change)
        .about("tokens", "Activate, deactivate, delete many tokens, or set their expiry")
        .details(
            "Needs `mcp.delete_token` for `delete`, otherwise `mcp.change_token`, and what the single change needs \
             beside; a filter needs `mcp.view_token`. Each token succeeds or fails by itself unless `atomic` is set.",
        )
        .body::<Bulk>(json!({ "operation": "deactivate", "filter": { "unused_for": "30d" } }))
        .answers::<Outcome>(
            200,
            "What became of each token",
            json!({
                "operation": "deactivate",
                "total_items": 2,
                "success_count": 1,
                "error_count": 1,
                "results": {
                    "success": [{ "index": 0, "id": 7 }],
                    "errors": [{ "index": 1, "id": 8, "code": "not_found", "detail": "There is no token 8" }],
                },
            }),
        )
        .problem(403)
        .problem(404)
}

async fn change(call: Call, body: Body<Bulk>) -> Answer {
    let outcome = call.run(move |db, call| {
        let bulk = &body.value;
        bulk.check()?;
        call.actor.require(bulk.operation.permission())?;
        let ids = match &bulk.ids {
            Some(ids) => ids.clone(),
            None => db.read(|conn| bulk.matching(conn, call))?,
        };
        let results = if bulk.atomic { together(db, call, bulk, &ids)? } else { each(db, call, bulk, &ids) };
        call.forget();
        Ok(Outcome {
            operation: bulk.operation,
            total_items: ids.len(),
            success_count: results.success.len(),
            error_count: results.errors.len(),
            results,
        })
    });
    Ok(answer(StatusCode::OK, &outcome.await?))
}

impl Operation {
    fn permission(self) -> &'static str {
        if self == Self::Delete { "mcp.delete_token" } else { "mcp.change_token" }
    }
}

impl Bulk {
    /// What the schema cannot say.
    fn check(&self) -> Result<()> {
        match (&self.ids, &self.filter) {
            (Some(_), Some(_)) => return Err(Error::invalid("filter", "give either ids or a filter")),
            (None, None) => return Err(Error::invalid("ids", "give ids or a filter")),
            _ => {}
        }
        match (self.operation, self.expires_at) {
            (Operation::SetExpiry, None) => Err(Error::invalid("expires_at", "is required for set_expiry")),
            (Operation::SetExpiry, Some(_)) | (_, None) => Ok(()),
            (_, Some(_)) => Err(Error::invalid("expires_at", "belongs to set_expiry alone")),
        }
    }

    fn matching(&self, conn: &mut DbConnection, call: &Call) -> Result<Vec<TokenId>> {
        call.actor.require("mcp.view_token")?;
        let filter = self.filter.clone().unwrap_or_default().filter(conn, call.now)?;
        let slice = Slice::first(1000);
        let found =
            tokens::list_details(conn, &call.actor, call.now, &filter, (TokenOrder::Id, false), &slice)?;
        if found.next.is_some() {
            return Err(Error::invalid("filter", format!("lets more than {MOST} tokens through; narrow it")));
        }
        Ok(found.rows.iter().map(|details| details.token.id).collect())
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call, id: TokenId) -> Result<()> {
        let (actor, now) = (&call.actor, call.now);
        match self.operation {
            Operation::Activate => tokens::activate(tx, actor, now, id).map(drop),
            Operation::Deactivate => tokens::deactivate(tx, actor, now, id).map(drop),
            Operation::Delete => tokens::delete(tx, actor, now, id),
            Operation::SetExpiry => {
                tokens::set_expiry(tx, actor, now, id, self.expires_at.flatten()).map(drop)
            }
        }
    }
}

/// One transaction for all.
fn together(db: &Db, call: &Call, bulk: &Bulk, ids: &[TokenId]) -> Result<Outcomes> {
    db.write(|tx| ids.iter().try_for_each(|id| bulk.apply(tx, call, *id)))?;
    let success = ids.iter().enumerate().map(|(index, id)| Done { index, id: *id }).collect();
    Ok(Outcomes { success, errors: Vec::new() })
}

/// A transaction for each.
fn each(db: &Db, call: &Call, bulk: &Bulk, ids: &[TokenId]) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for (index, &id) in ids.iter().enumerate() {
        match db.write(|tx| bulk.apply(tx, call, id)) {
            Ok(()) => outcomes.success.push(Done { index, id }),
            Err(error) => {
                if let Error::Internal(source) = &error {
                    tracing::error!(%source, token_id = id.0, "a token of many could not be changed");
                }
                outcomes.errors.push(Failed { index, id, code: error.code(), detail: error.to_string() });
            }
        }
    }
    outcomes
}
