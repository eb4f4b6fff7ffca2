//! What a token is given, and why it may do what it does.

use serde_json::{Value, json};

use super::super::expect;
use crate::harness::on_both;

const MANAGER: [&str; 8] = [
    "mcp.view_token",
    "mcp.change_token",
    "blog.view_article",
    "blog.view_tag",
    "blog.view_author",
    "blog.view_comment",
    "blog.add_tag",
    "auth.view_group",
];

fn names(list: &Value) -> Vec<&str> {
    list["results"].as_array().unwrap().iter().map(|row| row["permission"].as_str().unwrap()).collect()
}

on_both! {
    async fn permissions_are_added_set_and_removed_by_name_or_id(app) {
        let manager = app.token(&MANAGER);
        let path = format!("/api/v1/tokens/{}/permissions", app.token(&["blog.view_tag"]).id());
        let all = app.site.cli(&["permission", "list", "--app", "blog"]);
        let id = all.as_array().unwrap().iter().find(|p| p["permission"] == "blog.add_tag").unwrap()["id"].clone();
        let body = json!({"permissions": ["blog.view_article", id]});
        let added = expect(&manager, 200, "POST", &path, Some(body)).await;
        assert_eq!(names(&added), ["blog.add_tag", "blog.view_article", "blog.view_tag"]);
        let removed = expect(&manager, 200, "DELETE", &path, Some(json!({"permissions": ["blog.add_tag", "blog.view_author"]}))).await;
        assert_eq!(names(&removed), ["blog.view_article", "blog.view_tag"]);
        let set = expect(&manager, 200, "PUT", &path, Some(json!({"permissions": ["blog.view_author"]}))).await;
        assert_eq!(names(&set), ["blog.view_author"]);
        let read_only = expect(&manager, 200, "POST", &path, Some(json!({"read_only": "blog"}))).await;
        assert_eq!(names(&read_only), ["blog.view_article", "blog.view_author", "blog.view_comment", "blog.view_tag"]);
        let wrong = manager.rest("POST", &path, Some(&json!({"permissions": ["blog.fly", 999_999], "read_only": "shop"}))).await;
        assert!([403, 422].contains(&wrong.status), "{}", wrong.text);
        assert_eq!(names(&expect(&manager, 200, "GET", &path, None).await).len(), 4, "nothing changed");
    }

    async fn the_source_of_each_permission_is_told(app) {
        let manager = app.token(&MANAGER);
        app.site.cli(&["group", "create", "Readers", "--perm", "blog.view_tag"]);
        let owner = app.user("bob");
        let limited = app.token_with(&["blog.view_article"], |new| {
            new.user_id = owner;
            new.limit_to_owner = true;
        });
        let base = format!("/api/v1/tokens/{}", limited.id());
        let groups = expect(&manager, 200, "POST", &format!("{base}/groups"), Some(json!({"groups": ["Readers"]}))).await;
        assert_eq!(groups["results"][0]["name"], "Readers");
        let held = expect(&manager, 200, "GET", &format!("{base}/permissions"), None).await;
        assert_eq!(held["results"], json!([
            {"permission": "blog.view_article", "direct": true, "groups": [], "effective": false},
            {"permission": "blog.view_tag", "direct": false, "groups": ["Readers"], "effective": false},
        ]));
        expect(&manager, 403, "PATCH", &base, Some(json!({"limit_to_owner": false, "permissions": ["blog.delete_tag"]}))).await;
        expect(&manager, 200, "PATCH", &base, Some(json!({"limit_to_owner": false}))).await;
        let question = json!({"permissions": ["blog.view_article", "blog.view_tag", "blog.add_tag", "blog.fly"]});
        let check = expect(&manager, 200, "POST", &format!("{base}/check"), Some(question)).await;
        let reasons: Vec<&str> = check["results"].as_array().unwrap().iter().map(|r| r["reason"].as_str().unwrap()).collect();
        assert_eq!(reasons, ["direct", "group Readers", "not granted", "no such permission"]);
        assert_eq!((&check["is_valid"], &check["allowed"]), (&json!(true), &json!(false)));
        let none = expect(&manager, 200, "DELETE", &format!("{base}/groups"), Some(json!({"groups": ["Readers"]}))).await;
        assert_eq!(none["results"], json!([]));
        expect(&manager, 422, "PUT", &format!("{base}/groups"), Some(json!({"groups": ["Nowhere"]}))).await;
    }
}
