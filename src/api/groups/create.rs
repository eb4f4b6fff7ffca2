//! `POST /api/v1/groups`

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::GroupView;
use crate::api::{Answer, Body, Call, Endpoint};
use crate::services::groups;
use crate::services::references::{self, Reference};

/// A group to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateGroup {
    /// Unique.
    #[schema(min_length = 1, max_length = 150)]
    name: String,
    /// What it gives, by name or id.
    #[serde(default)]
    #[schema(max_items = 1000)]
    permissions: Vec<Reference>,
}

pub fn endpoint() -> Endpoint {
    Endpoint::post("/api/v1/groups", "create_group", create)
        .about("groups", "Make a group")
        .details(
            "Who grants must hold: every permission that the group gives. Giving it permissions needs \
             `auth.change_group` as well.",
        )
        .needs("auth.add_group")
        .body::<CreateGroup>(json!({ "name": "Editors", "permissions": ["blog.change_article"] }))
        .takes_idempotency_key()
        .answers::<GroupView>(201, "The group", GroupView::example())
        .header("Location", "The address of the group")
        .header("ETag", "The version of the group")
        .problem(409)
}

async fn create(call: Call, body: Body<CreateGroup>) -> Answer {
    let view = call.write(move |tx, call| {
        call.once(tx, &body, |tx| {
            let group = groups::create(tx, &call.actor, call.now, &body.name)?;
            if !body.permissions.is_empty() {
                let names = references::permission_names(tx, &body.permissions)?;
                groups::grant(tx, &call.actor, call.now, group.id, &names)?;
            }
            Ok((group.id.0, GroupView::from(groups::details(tx, group)?)))
        })
    });
    let view = view.await?;
    call.created(&GroupView::location(view.id()), &view)
}
