//! Numbers over the shop, the same on both databases.

use mcp_admin::db::Backend;
use serde_json::{Value, json};

use super::Chinook;
use crate::apps::attached::on_each;

async fn results(shop: &Chinook, model: &str, arguments: Value) -> Value {
    shop.attached.agent.ok(&format!("aggregate_{model}"), arguments).await["results"].clone()
}

on_each! {
    async fn records_are_counted_and_computed(backend) {
        let shop = Chinook::start(backend).await;
        assert_eq!(results(&shop, "track", json!({})).await, json!([{"count": 3503}]));
        let all = json!({"functions": ["count", "min", "max", "sum", "avg"], "field": "unit_price"});
        let expected = json!([{"count": 3503, "min": "0.99", "max": "1.99", "sum": "3680.97", "avg": "1.05080502"}]);
        assert_eq!(results(&shop, "track", all).await, expected);
        let found = results(&shop, "track", json!({"functions": ["min", "max", "sum", "avg"], "field": "milliseconds"})).await;
        let mean = found[0]["avg"].as_f64().unwrap();
        assert!((mean - 393_599.212_103_91).abs() < 1e-6, "{mean}");
        let sums = (&found[0]["min"], &found[0]["max"], &found[0]["sum"]);
        assert_eq!(sums, (&json!(1071), &json!(5_286_953), &json!(1_378_778_040)));
        // Of a field, what is not NULL counts.
        assert_eq!(results(&shop, "track", json!({"field": "composer"})).await[0]["count"], 2526);
        let days = results(&shop, "invoice", json!({"functions": "max", "field": "invoice_date"})).await;
        assert_eq!(days[0]["max"], "2025-12-22T00:00:00");
        let some = json!({"functions": ["sum", "count"], "field": "unit_price", "filters": {"media_type_id": 3}});
        assert_eq!(results(&shop, "track", some).await, json!([{"sum": "424.86", "count": 214}]));
        let none = json!({"functions": ["count", "sum", "avg", "min"], "field": "unit_price", "filters": {"name": "nothing"}});
        assert_eq!(results(&shop, "track", none).await, json!([{"count": 0, "sum": null, "avg": null, "min": null}]));
    }

    async fn groups_are_ordered_and_bounded(backend) {
        let shop = Chinook::start(backend).await;
        let genres = json!({"group_by": "genre_id", "order_by": "-count", "limit": 3});
        let answer = shop.attached.agent.ok("aggregate_track", genres).await;
        let expected = json!([{"group": 1, "count": 1297}, {"group": 7, "count": 579}, {"group": 3, "count": 374}]);
        assert_eq!((&answer["results"], &answer["count"], &answer["more_groups"]), (&expected, &json!(3), &json!(true)));
        let best = json!({"functions": ["sum"], "field": "total", "group_by": "billing_country", "order_by": "-sum", "limit": 4});
        let expected = json!([
            {"group": "USA", "sum": "523.06"}, {"group": "Canada", "sum": "303.96"},
            {"group": "France", "sum": "195.10"}, {"group": "Brazil", "sum": "190.10"},
        ]);
        assert_eq!(results(&shop, "invoice", best).await, expected);
        // NULL is a group of its own, and the smallest.
        let bosses = results(&shop, "employee", json!({"group_by": "reports_to"})).await;
        let expected = json!([
            {"group": null, "count": 1}, {"group": 1, "count": 2}, {"group": 2, "count": 3}, {"group": 6, "count": 2},
        ]);
        assert_eq!(bosses, expected);
        let by_price = results(&shop, "track", json!({"group_by": "unit_price", "order_by": "-group"})).await;
        assert_eq!(by_price, json!([{"group": "1.99", "count": 213}, {"group": "0.99", "count": 3290}]));
    }

    async fn what_cannot_be_computed_is_refused_by_name(backend) {
        let shop = Chinook::start(backend).await;
        for (arguments, named) in [
            (json!({"functions": ["sum"]}), "field: is required"),
            (json!({"functions": ["sum"], "field": "name"}), "functions: sum cannot be computed of"),
            (json!({"functions": ["median"], "field": "bytes"}), "functions: must be of"),
            (json!({"field": "nothing"}), "field: \"nothing\": there is no such field"),
            (json!({"group_by": "nothing"}), "group_by: \"nothing\": there is no such field"),
            (json!({"group_by": "genre_id", "order_by": "sum"}), "order_by: must be group or one of"),
            (json!({"filters": {"nothing": 1}}), "filters.nothing: "),
            (json!({"offset": 1}), "offset: is not an argument"),
            (json!({"limit": 0}), "limit: "),
        ] {
            let refused = shop.attached.agent.refused("aggregate_track", arguments.clone()).await;
            assert!(refused.contains(named), "{arguments}: {refused}");
        }
        let writer = shop.attached.app.token(&["shop.change_track"]);
        assert_eq!(writer.refused("aggregate_track", json!({})).await, "Permission denied: shop.view_track");
        let other = json!({"model": "shop.track", "group_by": "genre_id"});
        let compact = shop.attached.app.token_with(&["shop.view_track"], |new| new.tool_mode = mcp_admin::auth::ToolMode::Compact);
        assert_eq!(compact.ok("aggregate_records", other).await["count"], 25);
    }
}

#[tokio::test]
async fn both_databases_compute_the_same() {
    let (left, right) = (Chinook::start(Backend::Sqlite).await, Chinook::start(Backend::Postgres).await);
    for (model, field, group) in [
        ("track", "unit_price", "genre_id"),
        ("track", "unit_price", "album_id"),
        ("track", "bytes", "media_type_id"),
        ("invoice", "total", "billing_country"),
        ("invoice", "total", "invoice_date"),
        ("invoice_line", "unit_price", "quantity"),
    ] {
        for functions in [json!(["count", "min", "max", "sum"]), json!(["avg"])] {
            if field == "bytes" && functions == json!(["avg"]) {
                continue;
            }
            let asked = json!({"functions": functions, "field": field, "group_by": group, "limit": 1000});
            let (one, other) =
                (results(&left, model, asked.clone()).await, results(&right, model, asked).await);
            assert_eq!(one, other, "{model} {field} {group}");
        }
    }
}
