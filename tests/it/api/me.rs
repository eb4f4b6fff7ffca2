//! `/api/v1/me` and `/api/v1/authorize`: whoever has a credential may know what it is good for.

use serde_json::json;

use crate::harness::on_both;

on_both! {
    async fn everybody_may_know_who_he_is(app) {
        let reader = app.token_with(&["blog.view_article"], |new| new.name = "Reader".into());
        let me = reader.rest("GET", "/api/v1/me", None).await;
        assert_eq!(me.status, 200, "{}", me.text);
        assert_eq!(me.body["user"]["username"], "ada");
        assert_eq!(me.body["token"], json!({"id": reader.id(), "name": "Reader"}));
        assert_eq!((&me.body["is_superuser"], &me.body["permissions"]), (&json!(false), &json!(["blog.view_article"])));
        let again = reader.http("GET", "/api/v1/me").header("if-none-match", me.header("etag"));
        assert_eq!(reader.send(again).await.status, 304);
        assert_eq!(app.token(&[]).rest("GET", "/api/v1/me", None).await.body["permissions"], json!([]));
        assert_eq!(app.agent("").rest("GET", "/api/v1/me", None).await.status, 401);
    }

    async fn a_proxy_learns_whether_every_permission_is_held(app) {
        let reader = app.token(&["blog.view_article", "blog.view_tag"]);
        let ask = async |query: &str| reader.rest("GET", &format!("/api/v1/authorize{query}"), None).await;
        for query in ["", "?permission=blog.view_tag", "?permission=blog.view_tag&permission=blog.view_article"] {
            let answer = ask(query).await;
            assert_eq!((answer.status, &*answer.text), (200, ""), "{query}");
            assert_eq!(answer.header("x-mcp-user"), "ada");
            assert_eq!(answer.header("x-mcp-token-id"), reader.id().to_string());
            assert_eq!(answer.header("x-mcp-permissions"), "blog.view_article blog.view_tag");
            assert!(!answer.headers.contains_key("ratelimit"), "it does not count");
        }
        let lacking = ask("?permission=blog.view_tag&permission=blog.add_tag").await;
        assert_eq!((lacking.status, lacking.body["code"].as_str()), (403, Some("permission_denied")));
        assert_eq!(ask("?permissions=blog.view_tag").await.status, 422, "a misspelt question is no yes");
        assert_eq!(app.agent("mcp_x").rest("GET", "/api/v1/authorize", None).await.status, 401);
    }

    async fn r40_a_name_beyond_ascii_passes_as_utf_8(app) {
        let owner = app.user("Zoë");
        let agent = app.token_with(&[], |new| new.user_id = owner);
        let answer = agent.rest("GET", "/api/v1/authorize", None).await;
        assert_eq!(answer.headers["x-mcp-user"].as_bytes(), "Zoë".as_bytes());
    }
}
