//! Prepared lists for clients that take them packed, as most HTTP clients do by default.

use std::io::Read;

use mcp_admin::db::Backend;
use serde_json::{Value, json};

use crate::harness::TestApp;

/// Status, coding and the unpacked document of an answer; its size on the way.
async fn asked(request: reqwest::RequestBuilder, accept: &str) -> (u16, String, Value, usize) {
    let answer = request.header("accept-encoding", accept).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    let status = answer.status().as_u16();
    let coding = answer.headers().get("content-encoding").map_or("", |value| value.to_str().unwrap());
    let coding = coding.to_owned();
    let body = answer.bytes().await.unwrap();
    let mut text = Vec::new();
    if coding == "gzip" {
        flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut text).unwrap();
    } else {
        text = body.to_vec();
    }
    (status, coding, serde_json::from_slice(&text).unwrap(), body.len())
}

#[tokio::test]
async fn lists_come_packed_to_who_takes_that_and_say_the_same() {
    let app = TestApp::start(Backend::Sqlite).await;
    let agent = app.token(&["blog.view_article", "blog.change_article", "blog.view_author"]);
    let post = |body: &Value| agent.request().body(body.to_string());
    let framed = |method: &str, id: Value| json!({"jsonrpc": "2.0", "id": id, "method": method});
    for body in [
        framed("tools/list", json!(7)),
        framed("tools/list", json!("an \"id\" \u{1F980} of a client")),
        framed("resources/list", json!(1)),
        framed("resources/templates/list", json!(1)),
        framed("prompts/list", json!(1)),
        json!({"method": "tools/list"}),
    ] {
        let (status, coding, plain, size) = asked(post(&body), "identity").await;
        assert_eq!((status, &*coding), (200, ""), "{body}");
        let (status, coding, unpacked, packed_size) = asked(post(&body), "gzip, deflate, br").await;
        assert_eq!((status, &*coding, &unpacked), (200, "gzip", &plain), "{body}");
        if body["method"] == "tools/list" {
            assert!(packed_size * 4 < size, "{packed_size} of {size}");
        }
    }
    // An id that does not fit a block, and answers that are made for one call, come as they are.
    let long = framed("tools/list", json!("x".repeat(70_000)));
    assert_eq!(asked(post(&long), "gzip").await.1, "");
    assert_eq!(asked(post(&framed("ping", json!(1))), "gzip").await.1, "");
}
