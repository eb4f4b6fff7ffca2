//! `GET /api/v1/groups`

use serde::Deserialize;
use utoipa::ToSchema;

use super::GroupView;
use crate::api::{Answer, Call, Endpoint, List};
use crate::db::DbConnection;
use crate::error::Result;
use crate::services::groups::{self, GroupFilter, GroupOrder};
use crate::services::references::{self, Reference};

/// Which groups; every condition that is given must hold.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GroupQuery {
    /// Text in the name.
    #[schema(max_length = 200)]
    search: Option<String>,
    /// Giving this permission, by name or id.
    #[schema(max_length = 200)]
    permission: Option<String>,
    /// The order; by name if nothing is said.
    sort: Option<Sort>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[schema(as = GroupSort)]
enum Sort {
    #[serde(rename = "id")]
    Id,
    #[serde(rename = "-id")]
    IdDown,
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDown,
}

impl GroupQuery {
    /// As the service understands it.
    fn filter(&self, conn: &mut DbConnection) -> Result<GroupFilter> {
        let permission = self.permission.as_deref().map(Reference::parse);
        Ok(GroupFilter {
            search: self.search.clone().filter(|text| !text.is_empty()),
            permission_id: permission.map(|one| references::permission(conn, &one)).transpose()?,
        })
    }

    /// The order, and whether it is turned around.
    fn order(&self) -> (GroupOrder, bool) {
        match self.sort.unwrap_or(Sort::Name) {
            Sort::Id => (GroupOrder::Id, false),
            Sort::IdDown => (GroupOrder::Id, true),
            Sort::Name => (GroupOrder::Name, false),
            Sort::NameDown => (GroupOrder::Name, true),
        }
    }
}

pub fn endpoint() -> Endpoint {
    Endpoint::get("/api/v1/groups", "list_groups", list)
        .about("groups", "List groups")
        .details("By default in order of name; `sort` takes a minus sign in front.")
        .needs("auth.view_group")
        .lists::<GroupQuery, GroupView>(&GroupView::example())
}

async fn list(call: Call, list: List<GroupQuery>) -> Answer {
    let List { filter, page } = list;
    let slice = page.slice()?;
    let found = call.read(move |conn, call| {
        call.actor.require("auth.view_group")?;
        let order = filter.order();
        let filter = filter.filter(conn)?;
        groups::slice(conn, &call.actor, &filter, order, &slice)
    });
    page.answer(found.await?, GroupView::from)
}
