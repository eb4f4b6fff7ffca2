//! Values and names that are meant to break something.

use serde_json::{Value, json};

use super::start;
use crate::apps::attached::on_each;

/// What one would try first.
const INJECTIONS: [&str; 12] = [
    "'",
    "\"",
    "' OR '1'='1",
    "1; DROP TABLE x; --",
    "'; DELETE FROM x; --",
    "\"; DROP TABLE x; --",
    "1) OR (SELECT 1)=(1",
    "x' UNION SELECT canary FROM x --",
    "$1",
    "%' OR 1=1 --",
    "\\'; SELECT pg_sleep(10); --",
    "id) FROM x; DELETE FROM x; --",
];

on_each! {
    async fn r44_nul_characters_and_lone_surrogates_are_refused(backend) {
        let ugly = start(backend).await;
        let before = ugly.contents();
        for (tool, arguments, field) in [
            ("create_codes", json!({"data": {"code": "a\0b"}}), "data.code"),
            ("create_codes", json!({"data": {"code": "new", "label": "\0"}}), "data.label"),
            ("update_codes", json!({"id": "", "data": {"label": "\0"}}), "data.label"),
            ("update_codes", json!({"id": "\0", "data": {"label": "x"}}), "id"),
            ("delete_codes", json!({"id": "\0"}), "id"),
            ("get_codes", json!({"id": "\0"}), "id"),
            ("list_codes", json!({"filters": {"code": "\0"}}), "filters.code"),
            ("list_codes", json!({"filters": {"code__in": ["a", "\0"]}}), "filters.code__in"),
            ("list_codes", json!({"search": "\0"}), "search"),
            ("list_codes", json!({"order_by": "co\0de"}), "order_by"),
            ("find_models", json!({"query": "\0"}), "query"),
        ] {
            let text = ugly.agent.refused(tool, arguments).await;
            assert!(text.contains(field) && text.contains("NUL"), "{tool} {field}: {text}");
        }
        for lone in ["\\ud800", "\\udc00", "\\udc00\\ud800", "\\ud800x"] {
            for (tool, arguments) in [
                ("create_codes", format!(r#"{{"data": {{"code": "{lone}"}}}}"#)),
                ("create_codes", format!(r#"{{"data": {{"{lone}": "x"}}}}"#)),
                ("list_codes", format!(r#"{{"search": "{lone}"}}"#)),
                ("get_codes", format!(r#"{{"id": "{lone}"}}"#)),
            ] {
                let body = format!(r#"{{"method":"tools/call","name":"{tool}","arguments":{arguments}}}"#);
                let answer = ugly.agent.post_text(body).await;
                assert!(answer.status == 400 || answer.is_error(), "{tool} {arguments}: {}", answer.text);
            }
        }
        let name = ugly.agent.post_text(r#"{"method":"tools/call","name":"\ud800"}"#).await;
        assert_eq!(name.status, 400, "{}", name.text);
        assert_eq!(ugly.contents(), before);
    }

    async fn r45_numbers_out_of_any_range_are_refused_or_capped(backend) {
        let ugly = start(backend).await;
        let before = ugly.contents();
        for id in ["-1", "9223372036854775808", "-9223372036854775809", "1e400", "1e30", "1.5", "\"1e400\"", "\"x\"", "null", "[]", "{}", "true", "99999999999999999999999999", "-1e400", "00", "0x1", "NaN", "1_000"] {
            for tool in ["get_x", "delete_x", "update_x"] {
                let data = if tool == "update_x" { r#","data":{"canary":"dead"}"# } else { "" };
                let body = format!(r#"{{"method":"tools/call","name":"{tool}","arguments":{{"id":{id}{data}}}}}"#);
                let answer = ugly.agent.post_text(body).await;
                assert!(answer.status == 400 || answer.is_error(), "{tool} {id}: {}", answer.text);
                assert_ne!(answer.body["structuredContent"]["code"], "internal_error", "{tool} {id}");
            }
            let body = format!(r#"{{"method":"tools/call","name":"list_x","arguments":{{"filters":{{"id":{id}}}}}}}"#);
            let answer = ugly.agent.post_text(body).await;
            let empty = answer.body["structuredContent"]["total_count"] == 0;
            assert!(answer.status == 400 || answer.is_error() || empty, "{id}: {}", answer.text);
            assert_ne!(answer.body["structuredContent"]["code"], "internal_error", "{id}");
        }
        for (limit, offset) in [(json!(1_000_000_000), json!(0)), (json!(u64::MAX / 2), json!(i64::MAX)), (json!(1), json!(i64::MAX))] {
            let page = ugly.agent.ok("list_x", json!({"limit": limit, "offset": offset})).await;
            assert_eq!(page["total_count"], 1, "{limit} {offset}");
            assert_eq!(page["count"], u64::from(offset == 0));
        }
        for (name, value) in [("limit", json!(0)), ("limit", json!(-1)), ("limit", json!(u64::MAX)), ("limit", json!(1.5)), ("limit", json!("1")), ("offset", json!(-1)), ("offset", json!(u64::MAX)), ("offset", json!(1e300))] {
            let text = ugly.agent.refused("list_x", json!({name: value})).await;
            assert!(text.starts_with(&format!("Validation failed: {name}: must be a whole number")), "{text}");
        }
        assert_eq!(ugly.contents(), before);
    }

    async fn r46_injections_are_values_or_unknown_names(backend) {
        let ugly = start(backend).await;
        let before = ugly.contents();
        for injection in INJECTIONS {
            for lookup in ["", "__icontains", "__gte", "__startswith"] {
                let page = ugly.agent.ok("list_x", json!({"filters": {format!("canary{lookup}"): injection}})).await;
                let expected = u64::from(lookup == "__gte" && "alive" >= injection);
                assert_eq!(page["total_count"], expected, "{lookup} {injection}");
            }
            assert_eq!(ugly.agent.ok("list_x", json!({"search": injection})).await["total_count"], 0, "{injection}");
            assert_eq!(ugly.agent.ok("list_x", json!({"filters": {"canary__in": [injection]}})).await["total_count"], 0);
            let named: [(&str, Value); 7] = [
                ("filters", json!({"filters": {injection: 1}})),
                ("filters", json!({"filters": {format!("id__{injection}"): 1}})),
                ("filters", json!({"filters": {format!("{injection}__gte"): 1}})),
                ("order_by", json!({"order_by": injection})),
                ("order_by", json!({"order_by": ["id", format!("-{injection}")]})),
                ("fields", json!({"fields": ["id", injection]})),
                ("data", json!({"data": {"id": 7, injection: "x"}})),
            ];
            for (place, arguments) in named {
                let tool = if place == "data" { "create_x" } else { "list_x" };
                let text = ugly.agent.refused(tool, arguments.clone()).await;
                assert!(text.starts_with(&format!("Validation failed: {place}")), "{arguments}: {text}");
            }
            assert_eq!(ugly.agent.refused("get_codes", json!({"id": injection})).await, "codes not found");
            let unknown = ugly.agent.call(injection, json!({})).await;
            assert_eq!(unknown.status, 404, "{}", unknown.text);
        }
        assert_eq!(ugly.contents(), before);
        for injection in INJECTIONS {
            let created = ugly.agent.ok("create_codes", json!({"data": {"code": injection, "label": injection}})).await;
            assert_eq!((&created["id"], &created["object"]["label"]), (&json!(injection), &json!(injection)));
            let found = ugly.agent.ok("list_codes", json!({"filters": {"label__contains": injection, "code": injection}})).await;
            assert_eq!(found["total_count"], 1, "{injection}");
            ugly.agent.ok("delete_codes", json!({"id": injection})).await;
        }
        assert_eq!(ugly.agent.ok("list_x", json!({"fields": ["id", "canary"]})).await["results"], json!([{"id": 1, "canary": "alive"}]));
    }
}
