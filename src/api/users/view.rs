//! A user as the API shows it. No password, and nothing that is stored of one.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::api::Call;
use crate::api::etag::Versioned;
use crate::clock::UtcTime;
use crate::db::{DbConnection, UserId};
use crate::error::Result;
use crate::services::users::{self, User};

/// A user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    /// Never used again after a deletion.
    id: UserId,
    /// Unique, whatever the case of its letters.
    username: String,
    /// Empty if there is none.
    email: String,
    /// Whether the user may sign in, and the tokens of the user are accepted.
    is_active: bool,
    /// Whether the user may sign in to the admin.
    is_staff: bool,
    /// Whether the user holds every permission.
    is_superuser: bool,
    /// When the account was made.
    date_joined: UtcTime,
    /// When the user last signed in; null = never.
    last_login: Option<UtcTime>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            username: user.username,
            email: user.email,
            is_active: user.is_active,
            is_staff: user.is_staff,
            is_superuser: user.is_superuser,
            date_joined: user.date_joined,
            last_login: user.last_login,
        }
    }
}

impl UserView {
    /// Loads a user as the caller may see it.
    ///
    /// # Errors
    /// As [`users::show`].
    pub fn load(conn: &mut DbConnection, call: &Call, id: UserId) -> Result<Self> {
        Ok(users::show(conn, &call.actor, id)?.into())
    }

    /// Its id.
    pub fn id(&self) -> UserId {
        self.id
    }

    /// The address of a user.
    pub fn location(id: UserId) -> String {
        format!("/api/v1/users/{id}")
    }

    /// For the documentation.
    pub fn example() -> Value {
        json!({
            "id": 1,
            "username": "ada",
            "email": "ada@example.com",
            "is_active": true,
            "is_staff": true,
            "is_superuser": false,
            "date_joined": "2026-11-23T12:00:00Z",
            "last_login": null,
        })
    }
}

/// The version leaves out the last sign-in: no change that is made under `If-Match` is about it.
impl Versioned for UserView {
    fn version(&self) -> Value {
        let mut version = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(members) = &mut version {
            members.remove("last_login");
        }
        version
    }
}
