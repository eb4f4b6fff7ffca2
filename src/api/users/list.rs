//! `GET /api/v1/users`

use serde::Deserialize;
use utoipa::ToSchema;

use super::UserView;
use crate::api::{Answer, Call, Endpoint, List};
use crate::db::DbConnection;
use crate::error::Result;
use crate::services::references::{self, Reference};
use crate::services::users::{self, UserFilter, UserOrder};

/// Which users; every condition that is given must hold.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserQuery {
    /// Text in the name or the email address.
    #[schema(max_length = 200)]
    search: Option<String>,
    /// Active ones, or inactive ones.
    is_active: Option<bool>,
    /// Those who may sign in to the admin, or those who may not.
    is_staff: Option<bool>,
    /// Superusers, or the others.
    is_superuser: Option<bool>,
    /// In this group, by name or id.
    #[schema(max_length = 150)]
    group: Option<String>,
    /// The order; by name if nothing is said.
    sort: Option<Sort>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[schema(as = UserSort)]
enum Sort {
    #[serde(rename = "id")]
    Id,
    #[serde(rename = "-id")]
    IdDown,
    #[serde(rename = "username")]
    Username,
    #[serde(rename = "-username")]
    UsernameDown,
    #[serde(rename = "date_joined")]
    DateJoined,
    #[serde(rename = "-date_joined")]
    DateJoinedDown,
}

impl UserQuery {
    /// As the service understands it.
    fn filter(&self, conn: &mut DbConnection) -> Result<UserFilter> {
        let group = self.group.as_deref().map(Reference::parse);
        Ok(UserFilter {
            search: self.search.clone().filter(|text| !text.is_empty()),
            is_active: self.is_active,
            is_staff: self.is_staff,
            is_superuser: self.is_superuser,
            group_id: group.map(|group| references::group(conn, &group)).transpose()?,
            without_tokens: false,
        })
    }

    /// The order, and whether it is turned around.
    fn order(&self) -> (UserOrder, bool) {
        match self.sort.unwrap_or(Sort::Username) {
            Sort::Id => (UserOrder::Id, false),
            Sort::IdDown => (UserOrder::Id, true),
            Sort::Username => (UserOrder::Username, false),
            Sort::UsernameDown => (UserOrder::Username, true),
            Sort::DateJoined => (UserOrder::DateJoined, false),
            Sort::DateJoinedDown => (UserOrder::DateJoined, true),
        }
    }
}

pub fn endpoint() -> Endpoint {
    Endpoint::get("/api/v1/users", "list_users", list)
        .about("users", "List users")
        .details("By default in order of name. Filters can be combined; `sort` takes a minus sign in front.")
        .needs("auth.view_user")
        .lists::<UserQuery, UserView>(&UserView::example())
}

async fn list(call: Call, list: List<UserQuery>) -> Answer {
    let List { filter, page } = list;
    let slice = page.slice()?;
    let found = call.read(move |conn, call| {
        call.actor.require("auth.view_user")?;
        let order = filter.order();
        let filter = filter.filter(conn)?;
        users::slice(conn, &call.actor, &filter, order, &slice)
    });
    page.answer(found.await?, UserView::from)
}
