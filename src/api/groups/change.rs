//! `PATCH` and `PUT /api/v1/groups/{id}`

use actix_web::web::Path;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::GroupView;
use crate::api::{Answer, Body, Call, Endpoint};
use crate::db::{GroupId, Tx};
use crate::error::Result;
use crate::services::groups;
use crate::services::references::{self, Reference};

/// What to change of a group; what is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeGroup {
    /// Unique.
    #[schema(nullable = false, min_length = 1, max_length = 150)]
    name: Option<String>,
    /// All that it gives, by name or id.
    #[schema(nullable = false, max_items = 1000)]
    permissions: Option<Vec<Reference>>,
}

/// A whole group.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplaceGroup {
    /// Unique.
    #[schema(min_length = 1, max_length = 150)]
    name: String,
    /// All that it gives, by name or id; nothing if it is left out.
    #[serde(default)]
    #[schema(max_items = 1000)]
    permissions: Vec<Reference>,
}

const RULES: &str = "Who grants must hold: every permission that is new to the group.";

pub fn patch() -> Endpoint {
    Endpoint::patch("/api/v1/groups/{id}", "change_group", change)
        .about("groups", "Change a group")
        .details(RULES)
        .needs("auth.change_group")
        .body::<ChangeGroup>(json!({ "name": "Writers" }))
        .takes_if_match()
        .answers::<GroupView>(200, "The group as it is now", GroupView::example())
        .header("ETag", "The version of the group")
        .problem(409)
}

pub fn put() -> Endpoint {
    Endpoint::put("/api/v1/groups/{id}", "replace_group", replace)
        .about("groups", "Replace a group")
        .details(format!("Its members stay. {RULES}"))
        .needs("auth.change_group")
        .body::<ReplaceGroup>(json!({ "name": "Writers", "permissions": ["blog.change_article"] }))
        .takes_if_match()
        .answers::<GroupView>(200, "The group as it is now", GroupView::example())
        .header("ETag", "The version of the group")
        .problem(409)
}

async fn change(call: Call, id: Path<GroupId>, body: Body<ChangeGroup>) -> Answer {
    let view = call.write(move |tx, call| apply(tx, call, *id, &body)).await?;
    call.show(&view)
}

async fn replace(call: Call, id: Path<GroupId>, body: Body<ReplaceGroup>) -> Answer {
    let ReplaceGroup { name, permissions } = body.value;
    let whole = ChangeGroup { name: Some(name), permissions: Some(permissions) };
    let view = call.write(move |tx, call| apply(tx, call, *id, &whole)).await?;
    call.show(&view)
}

fn apply(tx: &mut Tx<'_>, call: &Call, id: GroupId, wanted: &ChangeGroup) -> Result<GroupView> {
    let (actor, now) = (&call.actor, call.now);
    actor.require("auth.change_group")?;
    call.expect(&GroupView::load(tx, call, id)?)?;
    if let Some(name) = &wanted.name {
        groups::rename(tx, actor, now, id, name)?;
    }
    if let Some(permissions) = &wanted.permissions {
        let names = references::permission_names(tx, permissions)?;
        groups::set_permissions(tx, actor, now, id, &names)?;
    }
    GroupView::load(tx, call, id)
}
