//! `/api/v1/groups/{id}/members`: the users in a group.

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::call::nothing;
use crate::api::grants::UserReferences;
use crate::api::users::UserView;
use crate::api::{Answer, Body, Call, Endpoint, List};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{GroupId, Tx, UserId};
use crate::error::Result;
use crate::services::users::{self, UserFilter, UserOrder};
use crate::services::{groups, references};

const PATH: &str = "/api/v1/groups/{id}/members";
const GIVING: &str = "Who grants must hold what the group gives. Only superusers do it to superusers.";

/// Which members.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberQuery {
    /// Text in the name or the email address.
    #[schema(max_length = 200)]
    search: Option<String>,
}

/// The endpoints of this collection.
pub fn endpoints() -> [Endpoint; 4] {
    let takes = |endpoint: Endpoint| {
        endpoint
            .needs("auth.change_user")
            .body::<UserReferences>(UserReferences::example())
            .answers_nothing(204, "The group has these members now")
    };
    [
        Endpoint::get(PATH, "list_group_members", list)
            .about("groups", "List the users in a group")
            .details("In order of name.")
            .needs("auth.view_group")
            .needs("auth.view_user")
            .lists::<MemberQuery, UserView>(&UserView::example()),
        takes(
            Endpoint::post(PATH, "add_group_members", add)
                .about("groups", "Put users into a group")
                .details(GIVING),
        ),
        takes(
            Endpoint::put(PATH, "set_group_members", set)
                .about("groups", "Set which users are in a group")
                .details(GIVING),
        ),
        takes(
            Endpoint::delete(PATH, "remove_group_members", remove)
                .about("groups", "Take users out of a group")
                .details("A user who is not in the group is no error."),
        ),
    ]
}

async fn list(call: Call, id: Path<GroupId>, list: List<MemberQuery>) -> Answer {
    let List { filter, page } = list;
    let slice = page.slice()?;
    let found = call.read(move |conn, call| {
        call.actor.require("auth.view_user")?;
        groups::show(conn, &call.actor, *id)?;
        let search = filter.search.filter(|text| !text.is_empty());
        let filter = UserFilter { search, group_id: Some(*id), ..UserFilter::default() };
        users::slice(conn, &call.actor, &filter, (UserOrder::Username, false), &slice)
    });
    page.answer(found.await?, UserView::from)
}

async fn add(call: Call, id: Path<GroupId>, body: Body<UserReferences>) -> Answer {
    let each = |tx: &mut Tx<'_>, actor: &Actor, now, id, users: &[UserId]| {
        users.iter().try_for_each(|&user| groups::add_member(tx, actor, now, id, user))
    };
    change(call, *id, body, each).await
}

async fn set(call: Call, id: Path<GroupId>, body: Body<UserReferences>) -> Answer {
    change(call, *id, body, groups::set_members).await
}

async fn remove(call: Call, id: Path<GroupId>, body: Body<UserReferences>) -> Answer {
    let each = |tx: &mut Tx<'_>, actor: &Actor, now, id, users: &[UserId]| {
        users.iter().try_for_each(|&user| groups::remove_member(tx, actor, now, id, user))
    };
    change(call, *id, body, each).await
}

type Service = fn(&mut Tx<'_>, &Actor, UtcTime, GroupId, &[UserId]) -> Result<()>;

async fn change(call: Call, id: GroupId, body: Body<UserReferences>, service: Service) -> Answer {
    let work = call.write(move |tx, call| {
        call.actor.require("auth.change_user")?;
        let users = references::users(tx, &body.users)?;
        service(tx, &call.actor, call.now, id, &users)
    });
    work.await?;
    nothing()
}
