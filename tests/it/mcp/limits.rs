//! Bodies and heads that are too much.

use serde_json::json;

use crate::harness::{on_both, request};

const MIB: usize = 1024 * 1024;

on_both! {
    async fn r41_bodies_and_heads_are_bounded(app) {
        let agent = app.token(&["blog.view_article"]);
        let nested = |depth: usize| {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            format!(r#"{{"method":"tools/call","name":"list_article","arguments":{{"limit":1,"filters":{{"id__in":{open}1{close}}}}}}}"#)
        };
        for framed in [false, true] {
            for depth in [200, 100_000] {
                let body = if framed { nested(depth).replacen('{', r#"{"jsonrpc":"2.0","id":1,"params":{},"#, 1) } else { nested(depth) };
                let answer = agent.post_text(body).await;
                assert_eq!(answer.status, 400, "{framed} {depth}: {}", answer.text);
            }
        }
        assert_eq!(agent.post_text(nested(1)).await.body["structuredContent"]["count"], 1);
        assert_eq!(agent.post_text(nested(50)).await.status, 200);

        let sized = |size: usize| {
            let body = json!({"method": "tools/call", "name": "list_article", "arguments": {"search": ""}}).to_string();
            let (head, tail) = body.split_once(r#""search":"#).unwrap();
            format!(r#"{head}"search":"{}{}"#, "x".repeat(size - body.len()), &tail[1..])
        };
        assert_eq!(sized(MIB).len(), MIB);
        assert_eq!(agent.post_text(sized(MIB)).await.status, 200);
        assert_eq!(agent.post_text(sized(MIB + 1)).await.status, 413);
        let chunked = reqwest::Body::from(sized(3 * MIB));
        assert_eq!(agent.post_text(chunked).await.status, 413);

        let bearer = format!("Authorization: Bearer {}", agent.token);
        let head = |count: usize| {
            // Host, Connection, Content-Type and Content-Length come with every request.
            let filler: Vec<String> = (0..count - 5).map(|i| format!("X-Filler-{i}: x")).collect();
            let mut lines: Vec<&str> = filler.iter().map(String::as_str).collect();
            lines.push(&bearer);
            request(app.address(), &lines).status
        };
        assert_eq!(head(96), 200);
        assert_eq!(head(97), 431);
        assert_eq!(agent.status().await, 200);
    }
}
