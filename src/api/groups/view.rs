//! A group as the API shows it.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::api::Call;
use crate::api::etag::Versioned;
use crate::db::{DbConnection, GroupId};
use crate::error::Result;
use crate::services::groups::{self, GroupDetails};

/// A group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Group)]
pub struct GroupView {
    /// Never used again after a deletion.
    id: GroupId,
    /// Unique.
    name: String,
    /// What it gives, in order of name.
    permissions: Vec<String>,
}

impl From<GroupDetails> for GroupView {
    fn from(details: GroupDetails) -> Self {
        Self { id: details.group.id, name: details.group.name, permissions: details.permissions }
    }
}

impl GroupView {
    /// Loads a group as the caller may see it.
    ///
    /// # Errors
    /// As [`groups::show`].
    pub fn load(conn: &mut DbConnection, call: &Call, id: GroupId) -> Result<Self> {
        Ok(groups::show(conn, &call.actor, id)?.into())
    }

    /// Its id.
    pub fn id(&self) -> GroupId {
        self.id
    }

    /// The address of a group.
    pub fn location(id: GroupId) -> String {
        format!("/api/v1/groups/{id}")
    }

    /// For the documentation.
    pub fn example() -> Value {
        json!({ "id": 3, "name": "Editors", "permissions": ["blog.change_article", "blog.view_article"] })
    }
}

impl Versioned for GroupView {}
