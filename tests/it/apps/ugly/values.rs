//! Odd values arrive as they are, and odd names work as names.

use mcp_admin::db::Backend;
use serde_json::{Value, json};

use super::start;
use crate::apps::attached::on_each;

/// The members of `expected` are in `record` exactly.
fn assert_holds(record: &Value, expected: &Value) {
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(record[name], *value, "{name}");
    }
}

#[tokio::test]
async fn values_of_postgres_keep_every_digit() {
    let ugly = start(Backend::Postgres).await;
    let record = ugly.agent.ok("get_kinds", json!({"id": 1})).await;
    assert_holds(
        &record,
        &json!({
            "big": "9223372036854775807",
            "price": "1234567890123456789012345678.0123456789",
            "ok": true,
            "at": "2026-11-23T07:00:00Z",
            "local": "2026-11-23T12:30:00.250",
            "day": "2026-11-23",
            "clock": "12:30:00",
            "raw": "AP8=",
            "real_": 1.5,
            "double_": 0.1,
            "texts": ["a", "b c", null, "q\"uote"],
            "grid": [[1, 2], [3, 4]],
            "moods": ["happy"],
            "short": "abc",
            "small": -32768,
            "above": 7,
        }),
    );
    let text = ugly.agent.call("get_kinds", json!({"id": 1})).await.text;
    assert!(text.contains("12345678901234567890123"), "JSON keeps its numbers: {text}");
    let precise = json!({"price": "-9999999999999999999999999999.9999999999", "big": "-9223372036854775808",
        "at": "2026-11-23T12:30:00.000001+02:00", "texts": ["{}", "\\", "NULL", "ünï"], "raw": "/w==",
        "numbers": [1, "9007199254740993"]});
    let stored = ugly.agent.ok("update_kinds", json!({"id": 2, "data": precise})).await;
    assert_holds(
        &stored["object"],
        &json!({
            "price": "-9999999999999999999999999999.9999999999",
            "big": "-9223372036854775808",
            "at": "2026-11-23T10:30:00.000001Z",
            "texts": ["{}", "\\", "NULL", "ünï"],
            "raw": "/w==",
        }),
    );
    let choosy = ugly.agent.ok("describe_choosy", json!({})).await;
    assert_eq!(choosy["fields"][3]["choices"], json!(["happy", "it's \"odd\""]));
}

#[tokio::test]
async fn values_of_sqlite_come_by_their_declared_types_or_as_they_are() {
    let ugly = start(Backend::Sqlite).await;
    assert_holds(
        &ugly.agent.ok("get_kinds", json!({"id": 1})).await,
        &json!({
            "big": "9223372036854775807",
            "price": "0.50",
            "ok": true,
            "at": "2026-11-23T12:30:00",
            "day": "2026-11-23",
            "clock": "12:30:00",
            "meta": {"a": [1, null]},
            "raw": "AP8=",
            "real_": 1.5,
            "anything": "text",
        }),
    );
    assert_holds(
        &ugly.agent.ok("get_kinds", json!({"id": 2})).await,
        &json!({"big": "not a number", "price": "free", "ok": "maybe", "at": "someday", "meta": "{broken"}),
    );
}

on_each! {
    async fn r46_odd_names_work_as_names(backend) {
        let ugly = start(backend).await;
        let agent = &ugly.agent;
        let column = "\"; DROP TABLE x; --";
        let found = agent.ok("list_drop_table_x", json!({
            "filters": {column: "bobby", format!("{column}__icontains"): "BOB", "it's__startswith": "it'", "a__b": "dunder", "gte__gte": 5, "x.y, z__isnull": false},
            "order_by": [format!("-{column}"), "select", "it's"],
            "fields": [column, "it's", "select", "a__b"],
        })).await;
        assert_eq!(found["results"], json!([{column: "bobby", "it's": "it's", "select": "from", "a__b": "dunder"}]));
        let data = json!({column: "\"; DROP TABLE x; --", "it's": "'", "select": "*", "x.y, z": "dots"});
        let taken = agent.refused("create_drop_table_x", json!({"data": data})).await;
        assert!(taken.starts_with("Validation failed: data.x.y, z: another "), "{taken}");
        let data = json!({column: "\"; DROP TABLE x; --", "it's": "'", "select": "*"});
        let created = agent.ok("create_drop_table_x", json!({"data": data})).await;
        assert_eq!((&created["id"], &created["object"][column]), (&json!(3), &json!("\"; DROP TABLE x; --")));

        let key = json!({"Order ID": 1, "product\"s id": 3});
        let changed = agent.ok("update_order_details", json!({"id": key, "data": {"100%": "%s", "Qty.": 9}})).await;
        assert_eq!((&changed["id"], &changed["object"]["100%"]), (&key, &json!("%s")));
        agent.ok("delete_order_details", json!({"id": key})).await;
        assert_eq!(agent.ok("list_order_details", json!({})).await["total_count"], 1);

        let related = agent.ok("get_select", json!({"id": 1, "include_related": true})).await;
        assert!(related["_related"].to_string().contains("none"), "{related}");
        let name = agent.ok("list_uenicoede", json!({"filters": {"名前": "太郎"}, "order_by": "größe"})).await;
        assert_eq!(name["results"][0]["emoji 🎉"], "🎉");
        assert_eq!(agent.ok("get_codes", json!({"id": "a/b \"c\""})).await["label"], "odd");
        assert_eq!(agent.ok("get_codes", json!({"id": ""})).await["label"], "empty");
        for id in ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "F81D4FAE7DEC11D0A76500A0C91E6BF6"] {
            assert_eq!(agent.ok("get_things", json!({"id": id})).await["name"], "one");
        }
        let done = agent.ok("update_choosy", json!({"id": 1, "data": {"state": "it's done"}})).await;
        assert_eq!(done["object"]["state"], "it's done");
        for (data, field) in [(json!({"state": "old"}), "data.state: must be one of"), (json!({"score": 11}), "data.score: ")] {
            let text = agent.refused("update_choosy", json!({"id": 1, "data": data})).await;
            assert!(text.starts_with(&format!("Validation failed: {field}")), "{text}");
        }
        let computed = agent.ok("create_computed", json!({"data": {"net": 21}})).await;
        assert_eq!(computed["object"]["gross"], 42);
        let text = agent.refused("update_computed", json!({"id": 1, "data": {"gross": 1}})).await;
        assert_eq!(text, "Validation failed: data.gross: is computed by the database and cannot be written");
        for tool in ["create_loud_names", "update_loud_names", "delete_loud_names", "get_no_key"] {
            let answer = agent.call(tool, json!({"id": 1, "data": {}})).await;
            assert_eq!((answer.status, &answer.body["code"]), (404, &json!("unknown_tool")), "{tool}");
        }
    }
}
