//! Lists in parts: on both databases the parts make up the whole, in every order.

use std::fmt::Debug;

use mcp_admin::auth::Actor;
use mcp_admin::db::DbConnection;
use mcp_admin::error::{Error, Result};
use mcp_admin::services::content_types::{self, ContentTypeFilter, ContentTypeOrder};
use mcp_admin::services::groups::{self, GroupFilter, GroupOrder};
use mcp_admin::services::permissions::{self, Permission, PermissionFilter, PermissionOrder};
use mcp_admin::services::users::{self, NewUser, UserFilter, UserOrder};
use mcp_admin::services::{Mark, Slice, Sliced, audit};

use crate::harness::{TestApp, on_both};

/// Names that sort differently by bytes, by case and by language.
const NAMES: [&str; 12] =
    ["zoe", "Ada", "ada.b", "ADA_C", "ädä", "Bob", "bob2", "_x", "1st", "Émile", "emile", "ß"];

/// Reads a list part by part, forward and backward; the keys of its rows.
fn in_parts<T, K: PartialEq + Debug>(
    app: &TestApp,
    limit: i64,
    list: impl Fn(&mut DbConnection, bool, &Slice<Mark>) -> Result<Sliced<T, Mark>>,
    key: impl Fn(&T) -> K,
) -> Vec<K> {
    let read = |descending| {
        let mut part = Slice { count: true, ..Slice::first(limit) };
        let (mut keys, mut total) = (Vec::new(), 0);
        for _ in 0..1000 {
            let found = app.db.read(|conn| list(conn, descending, &part)).unwrap();
            assert!(found.rows.len() <= usize::try_from(limit).unwrap());
            total = found.total.unwrap();
            keys.extend(found.rows.iter().map(&key));
            part.after = found.next;
            if part.after.is_none() {
                break;
            }
        }
        assert_eq!(i64::try_from(keys.len()).unwrap(), total);
        keys
    };
    let (forward, mut backward) = (read(false), read(true));
    backward.reverse();
    assert_eq!(forward, backward);
    forward
}

on_both! {
    async fn the_parts_of_a_list_make_up_the_whole(app) {
        let cli = Actor::cli();
        for name in NAMES {
            app.write(|tx, actor| {
                let new = NewUser { username: name.into(), ..NewUser::default() };
                users::create(tx, actor, app.clock.now(), &new)?;
                groups::create(tx, actor, app.clock.now(), name)
            });
        }
        for order in [UserOrder::Id, UserOrder::Username, UserOrder::DateJoined] {
            let filter = UserFilter::default();
            let list = |conn: &mut DbConnection, down, part: &Slice<Mark>| {
                users::slice(conn, &cli, &filter, (order, down), part)
            };
            let all = in_parts(&app, 1000, list, |user| user.username.clone());
            for limit in [1, 5, 11, 12] {
                assert_eq!(in_parts(&app, limit, list, |user| user.username.clone()), all, "{order:?} {limit}");
            }
        }
        for order in [GroupOrder::Id, GroupOrder::Name] {
            let filter = GroupFilter::default();
            let list = |conn: &mut DbConnection, down, part: &Slice<Mark>| {
                groups::slice(conn, &cli, &filter, (order, down), part)
            };
            let all = in_parts(&app, 1000, list, |details| details.group.name.clone());
            assert_eq!(in_parts(&app, 5, list, |details| details.group.name.clone()), all, "{order:?}");
        }
        for order in [PermissionOrder::Id, PermissionOrder::Codename] {
            let filter = PermissionFilter { search: Some("VIEW".into()), ..PermissionFilter::default() };
            let list = |conn: &mut DbConnection, down, part: &Slice<Mark>| {
                permissions::slice(conn, &cli, &filter, (order, down), part)
            };
            let all = in_parts(&app, 1000, list, Permission::full_name);
            assert!(all.contains(&"blog.view_article".into()) && !all.contains(&"blog.add_article".into()));
            assert_eq!(in_parts(&app, 2, list, Permission::full_name), all, "{order:?}");
        }
        for order in [ContentTypeOrder::Id, ContentTypeOrder::Model] {
            let filter = ContentTypeFilter { is_stale: Some(false), ..ContentTypeFilter::default() };
            let list = |conn: &mut DbConnection, down, part: &Slice<Mark>| {
                content_types::slice(conn, &cli, &filter, (order, down), part)
            };
            let all = in_parts(&app, 1000, list, |c| c.model.clone());
            assert!(all.contains(&"article".into()), "{all:?}");
            assert_eq!(in_parts(&app, 3, list, |c| c.model.clone()), all, "{order:?}");
        }
        let filter = audit::LogFilter { search: Some("ÄDÄ".to_lowercase()), ..audit::LogFilter::default() };
        let list = |conn: &mut DbConnection, down, part: &Slice<Mark>| {
            audit::slice(conn, &cli, &filter, down, part)
        };
        assert_eq!(in_parts(&app, 1, list, |entry| entry.model.clone()), ["user", "group"]);
    }

    async fn a_place_in_another_order_is_refused(app) {
        let after = |mark| Slice { after: Some(mark), ..Slice::first(5) };
        let wrong = after(Mark::Text("x".into(), 1));
        let filter = UserFilter::default();
        let order = (UserOrder::Id, false);
        let found = app.db.read(|conn| users::slice(conn, &Actor::cli(), &filter, order, &wrong));
        assert!(matches!(found, Err(Error::Invalid(errors)) if errors[0].field == "cursor"));
    }
}
