//! `/api/docs`: the documentation for people.

use crate::harness::{TestApp, on_both};

async fn get(app: &TestApp, path: &str) -> (u16, reqwest::header::HeaderMap, String) {
    let response = reqwest::get(format!("{}{path}", app.url)).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.text().await.unwrap())
}

on_both! {
    async fn the_documentation_is_a_page_without_scripts_that_needs_nothing_from_elsewhere(app) {
        let (status, headers, page) = get(&app, "/api/docs").await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "text/html; charset=utf-8"));
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self';") && !policy.contains("script"), "{policy}");
        for text in ["List tokens", "mcp.view_token", "/api/v1/tokens/{id}/rotate", "Idempotency-Key", "blog.view_article"] {
            assert!(page.contains(text), "{text}");
        }
        let links: Vec<&str> = page.split("<link ").skip(1).filter_map(|link| link.split("href=\"").nth(1)?.split('"').next()).collect();
        assert_eq!(links.len(), 2);
        for link in links {
            let (status, headers, _) = get(&app, link).await;
            assert_eq!((status, headers["cache-control"].to_str().unwrap()), (200, "public, max-age=31536000, immutable"), "{link}");
        }
    }

    async fn it_is_sent_once_and_packed(app) {
        let client = reqwest::Client::new();
        let address = format!("{}/api/docs", app.url);
        let packed = client.get(&address).header("accept-encoding", "gzip").send().await.unwrap();
        assert_eq!(packed.headers()["content-encoding"], "gzip");
        let tag = packed.headers()["etag"].clone();
        assert!(packed.bytes().await.unwrap().len() < 60_000);
        let again = client.get(&address).header("if-none-match", tag).send().await.unwrap();
        assert_eq!((again.status().as_u16(), again.text().await.unwrap()), (304, String::new()));
        assert_eq!(client.head(&address).send().await.unwrap().status(), 200);
        let posted = client.post(&address).send().await.unwrap();
        assert_eq!((posted.status().as_u16(), &posted.headers()["allow"]), (405, &"GET, HEAD".parse().unwrap()));
    }
}
