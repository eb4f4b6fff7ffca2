//! `/api/v1/permissions`: what can be handed out.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::etag::Versioned;
use super::{Answer, Call, Endpoint, List};
use crate::db::{ContentTypeId, PermissionId};
use crate::services::permissions::{self, Permission, PermissionFilter, PermissionOrder};

/// A permission.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Permission)]
struct PermissionView {
    /// Never used again after a deletion.
    id: PermissionId,
    /// What it is called everywhere: `blog.view_article`.
    permission: String,
    /// Label of the app.
    app_label: String,
    /// Name of the model.
    model: String,
    /// Unique in its app.
    codename: String,
    /// For people.
    name: String,
    /// The content type that it belongs to.
    content_type: ContentTypeId,
    /// Whether the model's table has vanished; then it cannot be handed out.
    is_stale: bool,
}

impl From<Permission> for PermissionView {
    fn from(row: Permission) -> Self {
        Self {
            permission: row.full_name(),
            id: row.id,
            app_label: row.app_label,
            model: row.model,
            codename: row.codename,
            name: row.name,
            content_type: row.content_type_id,
            is_stale: row.is_stale,
        }
    }
}

impl Versioned for PermissionView {}

impl PermissionView {
    fn example() -> Value {
        json!({
            "id": 17,
            "permission": "blog.view_article",
            "app_label": "blog",
            "model": "article",
            "codename": "view_article",
            "name": "Can view article",
            "content_type": 6,
            "is_stale": false,
        })
    }
}

/// Which permissions; every condition that is given must hold.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PermissionQuery {
    /// Of this app.
    #[schema(max_length = 100)]
    app: Option<String>,
    /// Of models of this name.
    #[schema(max_length = 100)]
    model: Option<String>,
    /// Text in the codename or the name.
    #[schema(max_length = 200)]
    search: Option<String>,
    /// Those of vanished tables, or the others.
    stale: Option<bool>,
    /// The order; by name if nothing is said.
    sort: Option<Sort>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[schema(as = PermissionSort)]
enum Sort {
    #[serde(rename = "id")]
    Id,
    #[serde(rename = "-id")]
    IdDown,
    #[serde(rename = "permission")]
    Name,
    #[serde(rename = "-permission")]
    NameDown,
}

impl PermissionQuery {
    /// The order, and whether it is turned around.
    fn order(&self) -> (PermissionOrder, bool) {
        match self.sort.unwrap_or(Sort::Name) {
            Sort::Id => (PermissionOrder::Id, false),
            Sort::IdDown => (PermissionOrder::Id, true),
            Sort::Name => (PermissionOrder::Codename, false),
            Sort::NameDown => (PermissionOrder::Codename, true),
        }
    }
}

/// The endpoints of this resource.
pub fn endpoints() -> [Endpoint; 2] {
    [
        Endpoint::get("/api/v1/permissions", "list_permissions", list)
            .about("permissions", "List permissions")
            .details("By default in order of app and codename; `sort` takes a minus sign in front.")
            .needs("auth.view_permission")
            .lists::<PermissionQuery, PermissionView>(&PermissionView::example()),
        Endpoint::get("/api/v1/permissions/{id}", "show_permission", show)
            .about("permissions", "Show a permission")
            .needs("auth.view_permission")
            .answers::<PermissionView>(200, "The permission", PermissionView::example())
            .takes_if_none_match(),
    ]
}

async fn list(call: Call, list: List<PermissionQuery>) -> Answer {
    let List { filter, page } = list;
    let slice = page.slice()?;
    let found = call.read(move |conn, call| {
        let order = filter.order();
        let filter = PermissionFilter {
            app_label: filter.app,
            model: filter.model,
            search: filter.search.filter(|text| !text.is_empty()),
            is_stale: filter.stale,
        };
        permissions::slice(conn, &call.actor, &filter, order, &slice)
    });
    page.answer(found.await?, PermissionView::from)
}

async fn show(call: Call, id: Path<PermissionId>) -> Answer {
    let found = call.read(move |conn, call| permissions::show(conn, &call.actor, *id)).await?;
    call.show(&PermissionView::from(found))
}
