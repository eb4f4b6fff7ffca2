//! `/api/v1/groups`

use serde_json::json;

use super::expect;
use crate::harness::on_both;

const MANAGER: [&str; 7] = [
    "auth.view_group",
    "auth.add_group",
    "auth.change_group",
    "auth.delete_group",
    "auth.view_user",
    "auth.change_user",
    "blog.view_article",
];

on_both! {
    async fn a_group_is_made_changed_replaced_and_deleted(app) {
        let agent = app.token(&MANAGER);
        let body = json!({"name": "Readers", "permissions": ["blog.view_article"]});
        let made = agent.rest("POST", "/api/v1/groups", Some(&body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let path = made.headers["location"].to_str().unwrap().to_owned();
        let shown = agent.rest("GET", &path, None).await;
        assert_eq!((&shown.body, &shown.headers["etag"]), (&made.body, &made.headers["etag"]));
        let known = agent.http("GET", &path).header("if-none-match", made.headers["etag"].clone());
        assert_eq!(agent.send(known).await.status, 304);

        expect(&agent, 409, "POST", "/api/v1/groups", Some(json!({"name": "Readers"}))).await;
        let renamed = expect(&agent, 200, "PATCH", &path, Some(json!({"name": "Fans"}))).await;
        assert_eq!(renamed["permissions"], json!(["blog.view_article"]));
        let stale = agent.http("DELETE", &path).header("if-match", made.headers["etag"].clone());
        assert_eq!(agent.send(stale).await.status, 412);
        let replaced = expect(&agent, 200, "PUT", &path, Some(json!({"name": "Fans"}))).await;
        assert_eq!(replaced["permissions"], json!([]));
        expect(&agent, 422, "PUT", &path, Some(json!({"permissions": []}))).await;
        expect(&agent, 204, "DELETE", &path, None).await;
        expect(&agent, 404, "GET", &path, None).await;
        expect(&agent, 404, "DELETE", &path, None).await;
    }

    async fn groups_are_listed_with_what_they_give(app) {
        let agent = app.token(&MANAGER);
        for (name, permissions) in [("b", json!([])), ("A", json!(["blog.view_article"])), ("c", json!([]))] {
            let body = json!({"name": name, "permissions": permissions});
            expect(&agent, 201, "POST", "/api/v1/groups", Some(body)).await;
        }
        let first = expect(&agent, 200, "GET", "/api/v1/groups?limit=2&total=true", None).await;
        assert_eq!(first["total"], 3);
        assert_eq!((&first["results"][0]["name"], &first["results"][1]["name"]), (&json!("A"), &json!("b")));
        assert_eq!(first["results"][0]["permissions"], json!(["blog.view_article"]));
        let next = format!("/api/v1/groups?total=true&cursor={}", first["next_cursor"].as_str().unwrap());
        let second = expect(&agent, 200, "GET", &next, None).await;
        assert_eq!((&second["results"][0]["name"], &second["next_cursor"]), (&json!("c"), &json!(null)));
        let giving = expect(&agent, 200, "GET", "/api/v1/groups?permission=blog.view_article", None).await;
        assert_eq!(giving["results"].as_array().unwrap().len(), 1);
    }

    async fn r11_r34_what_a_group_gives_works_at_once_and_is_given_only_by_who_holds_it(app) {
        let agent = app.token(&MANAGER);
        let group = expect(&agent, 201, "POST", "/api/v1/groups", Some(json!({"name": "Readers"}))).await["id"].clone();
        let permissions = format!("/api/v1/groups/{group}/permissions");
        let member = app.token_with(&[], |new| new.groups = vec![mcp_admin::db::GroupId(group.as_i64().unwrap())]);
        assert!(member.tools().await.is_empty());
        let view = Some(json!({"permissions": ["blog.view_article"]}));
        expect(&agent, 200, "POST", &permissions, view.clone()).await;
        assert!(member.tools().await.contains(&"list_article".to_owned()));
        expect(&agent, 200, "DELETE", &permissions, view.clone()).await;
        assert!(member.tools().await.is_empty());
        expect(&agent, 200, "PUT", &permissions, view).await;
        assert!(member.tools().await.contains(&"list_article".to_owned()));
        for method in ["POST", "PUT"] {
            let body = json!({"permissions": ["blog.delete_article"]});
            let refused = expect(&agent, 403, method, &permissions, Some(body)).await;
            assert_eq!(refused["detail"], "Permission denied: blog.delete_article");
        }
        let listed = expect(&agent, 200, "GET", &permissions, None).await;
        assert_eq!(listed["results"][0]["permission"], "blog.view_article");
    }

    async fn members_come_and_go(app) {
        let agent = app.token(&MANAGER);
        let group = expect(&agent, 201, "POST", "/api/v1/groups", Some(json!({"name": "Readers"}))).await["id"].clone();
        let members = format!("/api/v1/groups/{group}/members");
        let (ada, bob) = (app.user("ada"), app.user("bob"));
        let names = async || {
            let page = expect(&agent, 200, "GET", &members, None).await;
            let rows = page["results"].as_array().unwrap();
            rows.iter().map(|row| row["username"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        expect(&agent, 204, "POST", &members, Some(json!({"users": [ada]}))).await;
        expect(&agent, 204, "PUT", &members, Some(json!({"users": ["bob", ada]}))).await;
        assert_eq!(names().await, ["ada", "bob"]);
        expect(&agent, 204, "PUT", &members, Some(json!({"users": [bob]}))).await;
        assert_eq!(names().await, ["bob"]);
        expect(&agent, 204, "DELETE", &members, Some(json!({"users": ["bob", "ada"]}))).await;
        assert!(names().await.is_empty());
        let refused = expect(&agent, 422, "POST", &members, Some(json!({"users": ["nobody", 999]}))).await;
        assert_eq!(refused["errors"].as_array().unwrap().len(), 2);
    }

    async fn r15_without_permissions_no_group_is_seen_or_touched(app) {
        let agent = app.token(&["blog.view_article"]);
        for (method, path, body) in [
            ("GET", "/api/v1/groups", None),
            ("POST", "/api/v1/groups", Some(json!({"name": "x"}))),
            ("GET", "/api/v1/groups/1", None),
            ("PATCH", "/api/v1/groups/1", Some(json!({"name": "x"}))),
            ("PUT", "/api/v1/groups/1", Some(json!({"name": "x"}))),
            ("DELETE", "/api/v1/groups/1", None),
            ("GET", "/api/v1/groups/1/permissions", None),
            ("POST", "/api/v1/groups/1/permissions", Some(json!({"permissions": ["blog.view_article"]}))),
            ("GET", "/api/v1/groups/1/members", None),
            ("PUT", "/api/v1/groups/1/members", Some(json!({"users": []}))),
            ("GET", "/api/v1/permissions", None),
            ("GET", "/api/v1/permissions/1", None),
            ("GET", "/api/v1/content-types", None),
            ("GET", "/api/v1/content-types/1", None),
            ("DELETE", "/api/v1/content-types/1", None),
            ("GET", "/api/v1/apps", None),
            ("GET", "/api/v1/apps/blog", None),
            ("POST", "/api/v1/apps/blog/sync", None),
            ("GET", "/api/v1/log-entries", None),
            ("GET", "/api/v1/log-entries?format=csv", None),
            ("GET", "/api/v1/log-entries/1", None),
        ] {
            let refused = expect(&agent, 403, method, path, body).await;
            assert_eq!(refused["code"], "permission_denied", "{method} {path}");
        }
    }
}
