//! `DELETE /api/v1/users/{id}`

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::ToSchema;

use super::UserView;
use crate::api::call::nothing;
use crate::api::list::Query;
use crate::api::{Answer, Call, Endpoint};
use crate::db::{DbConnection, UserId};
use crate::error::{Error, FieldError, Result};
use crate::services::references::{self, Reference};
use crate::services::users::{self, OwnedTokens};

/// What becomes of the tokens of the user.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Deletion {
    /// `delete`, or `transfer:` and the name or id of another user. Without it a user who owns tokens is not
    /// deleted.
    #[schema(max_length = 200, example = "transfer:ada")]
    tokens: Option<String>,
}

impl Deletion {
    fn decision(&self, conn: &mut DbConnection) -> Result<OwnedTokens> {
        let wrong =
            || Error::invalid("tokens", "must be delete, or transfer: and a user such as transfer:ada");
        match self.tokens.as_deref() {
            None => Ok(OwnedTokens::Refuse),
            Some("delete") => Ok(OwnedTokens::Delete),
            Some(text) => {
                let heir =
                    text.strip_prefix("transfer:").filter(|name| !name.is_empty()).ok_or_else(wrong)?;
                let heir = references::user(conn, &Reference::parse(heir)).map_err(of_tokens)?;
                Ok(OwnedTokens::TransferTo(heir))
            }
        }
    }
}

/// Below, the fields have other names.
fn of_tokens(error: Error) -> Error {
    match error {
        Error::Invalid(errors) => {
            Error::Invalid(errors.into_iter().map(|e| FieldError::new("tokens", e.message)).collect())
        }
        other => other,
    }
}

pub fn endpoint() -> Endpoint {
    Endpoint::delete("/api/v1/users/{id}", "delete_user", delete)
        .about("users", "Delete a user")
        .details(
            "The entries of the audit log stay. The tokens of the user need a decision in the same step; deleting \
             them needs `mcp.delete_token`, transferring them `mcp.change_token`.",
        )
        .needs("auth.delete_user")
        .query::<Deletion>()
        .takes_if_match()
        .answers_nothing(204, "The user is gone")
        .problem(409)
}

async fn delete(call: Call, id: Path<UserId>, query: Query<Deletion>) -> Answer {
    let work = call.write(move |tx, call| {
        call.actor.require("auth.delete_user")?;
        if call.expects() {
            call.expect(&UserView::load(tx, call, *id)?)?;
        }
        let owned = query.0.decision(tx)?;
        users::delete(tx, &call.actor, call.now, *id, owned, call.token_rules()).map_err(of_tokens)
    });
    work.await?;
    nothing()
}
