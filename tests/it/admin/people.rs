//! Groups, users, permissions, content types: what can be done with a mouse, and by whom.

use mcp_admin::auth::Actor;
use mcp_admin::db::{GroupId, UserId};
use mcp_admin::services::groups;
use mcp_admin::services::permissions;
use mcp_admin::services::users;

use crate::harness::{PASSWORD, TestApp, Visitor, on_both};

const PAYLOAD: &str = "<script>alert(1)</script>";

/// The id at the end of an address.
fn id_of(address: &str) -> i64 {
    address.rsplit('/').next().unwrap().parse().unwrap()
}

/// The version that a form carries.
fn version(page: &str) -> String {
    let at = page.find("name=\"version\" value=\"").unwrap() + 22;
    page[at..].split('"').next().unwrap().to_owned()
}

fn group_permissions(app: &TestApp, id: i64) -> Vec<String> {
    app.db.read(|conn| groups::show(conn, &Actor::cli(), GroupId(id))).unwrap().permissions
}

fn held(app: &TestApp, id: UserId) -> Vec<String> {
    let held = app.db.read(|conn| users::held_permissions(conn, &Actor::cli(), id)).unwrap();
    held.into_iter().map(|held| held.permission).collect()
}

fn user(app: &TestApp, id: UserId) -> Option<users::User> {
    app.db.read(|conn| users::show(conn, &Actor::cli(), id)).ok()
}

async fn new_group(visitor: &Visitor, name: &str, permissions: &[&str]) -> i64 {
    let mut fields = vec![("name", name)];
    fields.extend(permissions.iter().map(|permission| ("perm", *permission)));
    id_of(&visitor.submit("/admin/groups/new", &fields).await)
}

on_both! {
    async fn a_group_is_made_changed_filled_and_deleted(app) {
        let boss = app.administrator("boss").await;
        assert!(boss.page("/admin/groups").await.contains("No groups yet"));
        let id = new_group(&boss, "Editors", &["blog.view_article", "blog.change_article"]).await;
        let path = format!("/admin/groups/{id}");
        assert_eq!(group_permissions(&app, id), ["blog.change_article", "blog.view_article"]);

        let page = boss.page(&path).await;
        let preset = boss.post(&path, &[("name", "Writers"), ("perm", "blog.view_article"), ("preset", "blog.tag:read"), ("version", &version(&page))]).await;
        assert_eq!(preset.status, 200);
        for text in ["Adds", "blog.view_tag", "Removes", "blog.change_article", "value=\"Writers\""] {
            assert!(preset.text.contains(text), "{text}");
        }
        assert_eq!(group_permissions(&app, id).len(), 2, "a preset saves nothing");

        let fields = [("name", "Writers"), ("perm", "blog.view_article"), ("perm", "blog.view_tag"), ("version", &*version(&page))];
        assert_eq!(boss.submit(&path, &fields).await, path);
        assert_eq!(group_permissions(&app, id), ["blog.view_article", "blog.view_tag"]);
        let stale = boss.post(&path, &[("name", "Authors"), ("perm", "blog.view_tag"), ("version", &version(&page))]).await;
        assert_eq!(stale.status, 409);
        assert!(stale.text.contains("Somebody changed this group") && stale.text.contains("value=\"Authors\""));
        assert_eq!(group_permissions(&app, id).len(), 2);

        let ada = app.user("ada");
        app.token_with(&[], |new| new.groups = vec![GroupId(id)]);
        boss.submit(&format!("{path}/members"), &[("user", "ADA")]).await;
        assert_eq!(held(&app, ada), ["blog.view_article", "blog.view_tag"]);
        let wrong = boss.post(&format!("{path}/members"), &[("user", PAYLOAD)]).await;
        assert!(wrong.status == 422 && wrong.text.contains("There is no user") && !wrong.text.contains(PAYLOAD));
        let page = boss.page(&path).await;
        assert!(page.contains("1 token and 1 user get these permissions") && page.contains(">ada<"));
        let list = boss.page("/admin/groups?q=WRIT").await;
        assert!(list.contains("Writers") && list.contains(&format!("/admin/users?group={id}")));
        assert!(boss.page("/admin/groups?q=none").await.contains("No group matches"));

        boss.submit(&format!("{path}/members/remove"), &[("user", &ada.to_string())]).await;
        assert!(held(&app, ada).is_empty());
        boss.submit(&format!("{path}/members"), &[("user", "ada")]).await;
        let ask = boss.page(&format!("{path}/delete")).await;
        for text in ["Delete the group Writers?", "1 user and 1 token lose what it gives", "ada", "Agent"] {
            assert!(ask.contains(text), "{text}");
        }
        assert_eq!(boss.submit(&format!("{path}/delete"), &[]).await, "/admin/groups");
        assert_eq!(boss.get(&path).await.status, 404);
        assert!(held(&app, ada).is_empty());
    }

    async fn names_that_are_taken_or_wrong_are_told_and_nothing_typed_is_lost(app) {
        let boss = app.administrator("boss").await;
        new_group(&boss, "Editors", &[]).await;
        let taken = boss.post("/admin/groups/new", &[("name", "Editors"), ("perm", "blog.view_tag")]).await;
        assert_eq!(taken.status, 409);
        assert!(taken.text.contains("<title>Error: ") && taken.text.contains("aria-invalid=\"true\""), "{}", taken.text);
        assert!(taken.text.contains("href=\"#name\">Name</a>: a group named “Editors” exists already."), "{}", taken.text);
        assert!(taken.text.contains("A group named “Editors” exists already.</p>"), "{}", taken.text);
        let readers = new_group(&boss, "Readers", &[]).await;
        let renamed = boss.post(&format!("/admin/groups/{readers}"), &[("name", "Editors")]).await;
        assert!(renamed.status == 409 && renamed.text.contains("href=\"#name\""), "{}", renamed.text);
        let empty = boss.post("/admin/groups/new", &[("name", " "), ("perm", "blog.view_tag")]).await;
        assert_eq!(empty.status, 422);
        assert!(empty.text.contains("aria-invalid=\"true\""));
        let ticked = empty.text.split("value=\"blog.view_tag\"").nth(1).unwrap().split('>').next().unwrap();
        assert!(ticked.contains("checked"), "{ticked}");
        let user = boss.post("/admin/users/new", &[("username", "two words"), ("email", "nobody"), ("is_staff", "on")]).await;
        assert_eq!(user.status, 422);
        assert!(user.text.contains("value=\"two words\"") && user.text.contains("value=\"nobody\""));
        assert!(user.text.contains("username-error") && user.text.contains("email-error"), "both at once");
        let all = [("username", "BOSS"), ("email", "nobody"), ("password", "short"), ("password2", "other")];
        let user = boss.post("/admin/users/new", &all).await;
        for field in ["email", "password", "password2"] {
            assert!(user.text.contains(&format!("href=\"#{field}\"")), "{field}: {}", user.text);
        }
        let user = boss.post("/admin/users/new", &[("username", "BOSS"), ("password", "short"), ("password2", "short")]).await;
        assert!(user.text.contains("a user named “BOSS” exists already.") && user.text.contains("password-error"), "{}", user.text);
        let user = boss.post("/admin/users/new", &[("username", "BOSS")]).await;
        assert!(user.status == 409 && user.text.contains("href=\"#username\""), "{}", user.text);
        let secret = boss.post("/admin/users/new", &[("username", "ada"), ("password", "a sentence to sign in"), ("password2", "another")]).await;
        assert!(secret.status == 422 && !secret.text.contains("a sentence to sign in"));
        let short = boss.post("/admin/users/new", &[("username", "ada"), ("password", "short"), ("password2", "short")]).await;
        assert!(short.status == 422 && short.text.contains("password-error"));
        assert!(boss.page("/admin/users?q=ada").await.contains("No user matches"));
        for (path, field) in [("/admin/groups/new", "name"), ("/admin/users/new", "username")] {
            let answer = boss.post(path, &[(field, PAYLOAD), ("email", PAYLOAD)]).await;
            let page = if answer.status == 303 { boss.page(answer.header("location")).await } else { answer.text };
            assert!(page.contains("&lt;script&gt;") && !page.contains(PAYLOAD), "{path}");
        }
    }

    async fn a_user_is_made_given_permissions_switched_off_and_on(app) {
        let boss = app.administrator("boss").await;
        let group = new_group(&boss, "Editors", &["blog.view_article"]).await;
        let made = boss.submit("/admin/users/new", &[("username", "ada"), ("email", "ada@example.com"), ("is_active", "on"), ("is_staff", "on"), ("password", PASSWORD), ("password2", PASSWORD)]).await;
        let ada = UserId(id_of(&made));
        let page = boss.page(&made).await;
        let fields = [("username", "ada"), ("email", "a@example.com"), ("is_staff", "on"), ("groups", &*group.to_string()), ("perm", "blog.view_tag"), ("version", &*version(&page))];
        boss.submit(&made, &fields).await;
        assert_eq!(held(&app, ada), ["blog.view_article", "blog.view_tag"]);
        assert_eq!(user(&app, ada).unwrap().email, "a@example.com");
        assert_eq!(boss.post(&made, &fields).await.status, 409, "the form is of an earlier version");
        let page = boss.page(&made).await;
        assert!(page.contains("from Editors"), "what a group gives is named");

        let other = Visitor::new(&app.url);
        assert_eq!(other.sign_in("ada").await.status, 303);
        assert_eq!(other.get("/admin/").await.status, 200);
        boss.submit(&format!("{made}/deactivate"), &[]).await;
        assert_eq!(other.get("/admin/").await.status, 303, "the session ended");
        assert!(boss.page("/admin/users?status=inactive").await.contains("a@example.com"));
        boss.submit(&format!("{made}/activate"), &[]).await;
        let words = "another sentence to sign in";
        let differs = boss.post(&format!("{made}/password"), &[("password", words), ("password2", "x")]).await;
        assert!(differs.status == 422 && !differs.text.contains(words));
        boss.submit(&format!("{made}/password"), &[("password", words), ("password2", words)]).await;
        assert_eq!(other.sign_in("ada").await.status, 422, "the old password is gone");
        let signs_in = other.post("/admin/sign-in", &[("username", "ada"), ("password", words)]).await;
        assert_eq!(signs_in.status, 303);
        assert!(app.log().iter().all(|entry| !entry.changes.contains(words)));
    }

    async fn the_list_of_users_is_searched_filtered_sorted_and_turned(app) {
        let boss = app.administrator("boss").await;
        for n in 0..70 {
            app.user(&format!("user{n:02}"));
        }
        let first = boss.page("/admin/users?q=user").await;
        assert!(first.contains("50 of 70") && first.contains("user00") && !first.contains(">user50<"));
        let next = first.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
        let second = boss.page(&next.split('"').next().unwrap().replace("&amp;", "&")).await;
        assert!(second.contains(">user50<") && second.contains(">user69<") && !second.contains(">user49<"));
        let down = boss.page("/admin/users?q=user&sort=-name").await;
        assert!(down.contains(">user69<") && !down.contains(">user00<") && down.contains("aria-sort=\"descending\""));
        let supers = boss.page("/admin/users?status=superusers").await;
        assert!(supers.contains(">boss<") && !supers.contains(">user00<"));
        assert!(boss.page("/admin/users?sort=-joined").await.contains(">user69<"));
        app.issue(&mcp_admin::services::tokens::IssueToken::new("Its", app.user("user03")));
        let idle = boss.page("/admin/users?q=user&status=without-tokens").await;
        assert!(idle.contains("50 of 69") && !idle.contains(">user03<"), "{idle}");
        assert!(boss.page("/admin/users").await.contains("Without tokens<span>70</span>"), "boss owns none either");
        assert_eq!(boss.get("/admin/users?group=x").await.status, 422);
    }

    async fn a_user_goes_with_the_tokens_transferred_or_deleted_in_the_same_step(app) {
        let boss = app.administrator("boss").await;
        for (name, fate) in [("one", "transfer"), ("two", "delete")] {
            let id = app.user(name);
            let new = mcp_admin::services::tokens::IssueToken::new(format!("Token of {name}"), id);
            let agent = app.issue(&new);
            let path = format!("/admin/users/{id}/delete");
            let ask = boss.page(&path).await;
            assert!(ask.contains(&format!("Token of {name}")) && ask.contains("Give them to another user"));
            assert_eq!(boss.post(&path, &[]).await.status, 422, "nothing is deleted without a word about the tokens");
            let nobody = boss.post(&path, &[("tokens", "transfer"), ("heir", "nobody")]).await;
            assert!(nobody.status == 422 && nobody.text.contains("there is no user"));
            assert!(user(&app, id).is_some());
            assert_eq!(boss.submit(&path, &[("tokens", fate), ("heir", "boss")]).await, "/admin/users");
            assert!(user(&app, id).is_none());
            assert_eq!(agent.status().await, if fate == "transfer" { 200 } else { 401 }, "{fate}");
        }
        let id = app.user("many");
        for n in 0..10 {
            app.issue(&mcp_admin::services::tokens::IssueToken::new(format!("{n}"), id));
        }
        let path = format!("/admin/users/{id}/delete");
        assert!(boss.page(&path).await.contains("To confirm, type many"));
        assert_eq!(boss.post(&path, &[("tokens", "delete")]).await.status, 422);
        boss.submit(&path, &[("tokens", "delete"), ("confirm", "many")]).await;
        assert!(user(&app, id).is_none());
    }

    async fn the_last_superuser_stays(app) {
        let boss = app.administrator("boss").await;
        let id = app.user("boss");
        let path = format!("/admin/users/{id}");
        let page = boss.page(&path).await;
        assert!(page.contains("last active superuser"));
        assert!(!page.contains(&format!("{path}/deactivate")) && !page.contains(&format!("{path}/delete")));
        assert_eq!(boss.post(&format!("{path}/deactivate"), &[]).await.status, 409);
        assert_eq!(boss.post(&format!("{path}/delete"), &[]).await.status, 409);
        let fields = [("username", "boss"), ("version", &*version(&page))];
        boss.submit(&path, &fields).await;
        assert!(user(&app, id).unwrap().is_superuser, "a switch that cannot be changed is not read");
    }

    async fn r34_no_page_gives_what_the_visitor_does_not_hold(app) {
        let boss = app.administrator("boss").await;
        let strong = new_group(&boss, "Deleters", &["blog.delete_article"]).await;
        let weak = new_group(&boss, "Readers", &["blog.view_article"]).await;
        let staff = app.visitor("staff", &["auth.change_user", "auth.view_user", "auth.change_group", "auth.view_group", "blog.view_article"]).await;
        let ada = app.user("ada");
        let path = format!("/admin/users/{ada}");
        let page = staff.page(&path).await;
        let tick = |value: &str| page.split(&format!("value=\"{value}\"")).nth(1).unwrap().split('>').next().unwrap().to_owned();
        assert!(tick("blog.delete_article").contains("disabled") && !tick("blog.view_article").contains("disabled"));
        let choice = |id: i64| {
            let at = page.find(&format!("name=\"groups\" value=\"{id}\"")).unwrap();
            page[at..].split('>').next().unwrap().to_owned()
        };
        assert!(choice(strong).contains("disabled") && !choice(weak).contains("disabled"));
        let (strong, weak) = (strong.to_string(), weak.to_string());
        for field in [("perm", "blog.delete_article"), ("groups", &*strong)] {
            let refused = staff.post(&path, &[("username", "ada"), field]).await;
            assert_eq!(refused.status, 422, "{field:?}");
            assert!(refused.text.contains("blog.delete_article"));
        }
        assert!(held(&app, ada).is_empty());
        staff.submit(&path, &[("username", "ada"), ("groups", &weak), ("perm", "blog.view_article")]).await;
        assert_eq!(held(&app, ada), ["blog.view_article"]);
        let group = format!("/admin/groups/{weak}");
        assert_eq!(staff.post(&group, &[("name", "Readers"), ("perm", "blog.delete_article")]).await.status, 422);

        let root = app.user("boss");
        let of_root = staff.page(&format!("/admin/users/{root}")).await;
        assert!(of_root.contains("Only superusers can change superusers") && !of_root.contains("Save user"));
        for (act, fields) in [("", vec![("username", "root")]), ("/password", vec![("password", PASSWORD), ("password2", PASSWORD)]), ("/deactivate", vec![])] {
            let answer = staff.post(&format!("/admin/users/{root}{act}"), &fields).await;
            assert!([403, 409, 422].contains(&answer.status), "{act}: {}", answer.status);
        }
        let root = user(&app, root).unwrap();
        assert!(root.is_active && root.username == "boss");
        assert_eq!(staff.get(&format!("{path}/delete")).await.status, 403);
        assert_eq!(staff.post("/admin/users/new", &[("username", "x")]).await.status, 403);
        let to_power = staff.post(&path, &[("username", "ada"), ("is_superuser", "on"), ("groups", &weak)]).await;
        assert_eq!(to_power.status, 303);
        assert!(!user(&app, ada).unwrap().is_superuser);
    }

    async fn who_only_looks_is_offered_nothing_else(app) {
        let boss = app.administrator("boss").await;
        let group = new_group(&boss, "Readers", &["blog.view_article"]).await;
        let ada = app.user("ada");
        let viewer = app.visitor("viewer", &["auth.view_user", "auth.view_group", "auth.view_permission"]).await;
        let pages = ["/admin/users".to_owned(), "/admin/groups".into(), "/admin/permissions".into(), format!("/admin/users/{ada}"), format!("/admin/groups/{group}")];
        for path in &pages {
            let page = viewer.page(path).await;
            let main = page.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
            for offer in ["method=\"post\" action", "/new\"", "/delete\"", "formaction", "Save "] {
                assert!(!main.contains(offer), "{path}: {offer}");
            }
        }
        for path in ["/admin/users/new", "/admin/groups/new"] {
            assert_eq!(viewer.get(path).await.status, 403, "{path}");
        }
        let maker = app.visitor("maker", &["auth.add_user", "auth.add_group"]).await;
        assert_eq!(maker.submit("/admin/users/new", &[("username", "new"), ("is_active", "on")]).await, "/admin/");
        assert_eq!(maker.submit("/admin/groups/new", &[("name", "New")]).await, "/admin/");
        assert_eq!(maker.get("/admin/users").await.status, 403);
    }

    async fn permissions_tell_who_has_them_and_vanished_tables_can_be_removed(app) {
        let boss = app.administrator("boss").await;
        let group = new_group(&boss, "Readers", &["blog.view_article"]).await;
        app.token(&["blog.view_article"]);
        let page = boss.page("/admin/permissions?q=article").await;
        let row = page.split("blog.view_article").nth(1).unwrap().split("</tr>").next().unwrap();
        assert!(row.contains("/admin/groups?permission="), "{row}");
        assert!(boss.page("/admin/permissions?q=VIEW_TAG").await.contains("blog.view_tag"));
        assert!(boss.page("/admin/permissions?q=nothing-like-it").await.contains("No permission matches"));
        let by_permission = row.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(boss.page(by_permission).await.contains("Readers"));

        app.write(|tx, actor| permissions::sync(tx, actor, app.clock.now(), &permissions::built_in(), &[]));
        let page = boss.page("/admin/permissions").await;
        assert!(page.contains("id=\"stale\"") && page.contains("blog.article"));
        let label = "aria-label=\"Remove blog.article\"";
        let link = page.split(label).next().unwrap().rsplit("href=\"").next().unwrap().split('"').next().unwrap().to_owned();
        let ask = boss.page(&link).await;
        assert!(ask.contains("Remove blog.article?") && ask.contains("blog.add_article"));
        let viewer = app.visitor("viewer", &["auth.view_permission"]).await;
        assert!(!viewer.page("/admin/permissions").await.contains("/remove"));
        assert_eq!(viewer.post(&link, &[]).await.status, 403);
        assert_eq!(boss.submit(&link, &[]).await, "/admin/permissions");
        assert_eq!(boss.get(&link).await.status, 404);
        assert!(group_permissions(&app, group).is_empty());
    }
}
