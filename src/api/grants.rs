//! What is given to somebody: bodies and answers that several resources share.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::Page;
use crate::db::{GroupId, PermissionId};
use crate::services::groups::Group;
use crate::services::permissions::Permission;
use crate::services::references::Reference;
use crate::services::tokens::HeldPermission;

/// Permissions to add, to remove, or to have exactly.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PermissionReferences {
    /// By name or id.
    #[schema(max_items = 1000)]
    pub permissions: Vec<Reference>,
}

impl PermissionReferences {
    /// For the documentation.
    pub fn example() -> Value {
        json!({ "permissions": ["blog.view_article", 17] })
    }
}

/// Groups to add, to remove, or to have exactly.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupReferences {
    /// By name or id.
    #[schema(max_items = 1000)]
    pub groups: Vec<Reference>,
}

impl GroupReferences {
    /// For the documentation.
    pub fn example() -> Value {
        json!({ "groups": ["Editors", 3] })
    }
}

/// A permission that somebody holds, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldPermission)]
pub struct HeldView {
    /// `blog.view_article`
    permission: String,
    /// Whether it was given itself.
    direct: bool,
    /// Names of the groups that give it.
    groups: Vec<String>,
}

impl From<HeldPermission> for HeldView {
    fn from(held: HeldPermission) -> Self {
        Self { permission: held.permission, direct: held.direct, groups: held.groups }
    }
}

impl HeldView {
    /// For the documentation.
    pub fn example() -> Value {
        json!({ "permission": "blog.view_article", "direct": true, "groups": ["Editors"] })
    }
}

/// A group by its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupName {
    id: GroupId,
    name: String,
}

impl From<Group> for GroupName {
    fn from(group: Group) -> Self {
        Self { id: group.id, name: group.name }
    }
}

impl GroupName {
    /// For the documentation.
    pub fn example() -> Value {
        json!({ "id": 3, "name": "Editors" })
    }
}

/// A permission by its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionName {
    id: PermissionId,
    /// `blog.view_article`
    permission: String,
}

impl From<Permission> for PermissionName {
    fn from(permission: Permission) -> Self {
        Self { id: permission.id, permission: permission.full_name() }
    }
}

impl PermissionName {
    /// For the documentation.
    pub fn example() -> Value {
        json!({ "id": 17, "permission": "blog.view_article" })
    }
}

/// Users to add, to remove, or to have exactly.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserReferences {
    /// By name or id.
    #[schema(max_items = 1000)]
    pub users: Vec<Reference>,
}

impl UserReferences {
    /// For the documentation.
    pub fn example() -> Value {
        json!({ "users": ["ada", 4] })
    }
}

/// 200 with a whole list in the form of a page.
pub fn whole<T: Serialize>(rows: impl IntoIterator<Item = impl Into<T>>) -> HttpResponse {
    let results: Vec<T> = rows.into_iter().map(Into::into).collect();
    HttpResponse::Ok().json(Page { results, next_cursor: None, total: None })
}

/// The example of a page with one row.
pub fn one_row(example: &Value) -> Value {
    json!({ "results": [example], "next_cursor": null })
}
