//! What the shop holds, as a client sees it.

use mcp_admin::db::Backend;
use serde_json::{Value, json};

use super::{Chinook, snake};
use crate::apps::attached::on_each;

const MODELS: [&str; 10] = [
    "album",
    "artist",
    "customer",
    "employee",
    "genre",
    "invoice",
    "invoice_line",
    "media_type",
    "playlist",
    "track",
];

on_each! {
    async fn tables_become_models_with_their_relations(backend) {
        let shop = Chinook::start(backend).await;
        assert_eq!(shop.models().await, MODELS);
        let track = shop.ok("describe_track", json!({})).await;
        let relations: Vec<[&str; 3]> = track["relations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| ["name", "kind", "model"].map(|key| r[key].as_str().unwrap()))
            .collect();
        for expected in [
            ["album", "foreign_key", "shop.album"],
            ["genre", "foreign_key", "shop.genre"],
            ["media_type", "foreign_key", "shop.media_type"],
            ["invoice_lines", "reverse", "shop.invoice_line"],
            ["playlists", "many_to_many", "shop.playlist"],
        ] {
            assert!(relations.contains(&expected), "{expected:?} in {relations:?}");
        }
        assert_eq!(relations.len(), 5);
        let employee = shop.ok("describe_employee", json!({})).await;
        let own = employee["relations"].as_array().unwrap().iter().filter(|r| r["model"] == "shop.employee");
        assert_eq!(own.count(), 2, "a table that points at itself has both directions");
    }

    async fn every_track_is_listed_and_decimals_are_exact(backend) {
        let shop = Chinook::start(backend).await;
        let (ids, total) = shop.ids("track", json!({})).await;
        assert_eq!((ids.len(), total), (100, 3503));
        let mut seen = Vec::new();
        for offset in [0, 1000, 2000, 3000, 4000] {
            let (ids, _) = shop.ids("track", json!({"limit": 1000, "offset": offset, "fields": ["track_id"]})).await;
            seen.extend(ids);
        }
        assert_eq!(seen, (1..=3503).collect::<Vec<_>>());

        let page = shop.ok("list_track", json!({"limit": 1})).await;
        assert_eq!(page["results"][0]["unit_price"], "0.99");
        let invoices = shop.ok("list_invoice", json!({"limit": 1000, "fields": ["total"]})).await;
        let cents = |record: &Value| record["total"].as_str().unwrap().replace('.', "").parse::<u64>().unwrap();
        let sum: u64 = invoices["results"].as_array().unwrap().iter().map(cents).sum();
        assert_eq!(sum, 232_860);
    }

    async fn tracks_are_filtered_searched_and_ordered(backend) {
        let shop = Chinook::start(backend).await;
        for (arguments, total) in [
            (json!({"filters": {"unit_price__gte": "1.00"}}), 213),
            (json!({"filters": {"unit_price__gte": 1}}), 213),
            (json!({"filters": {"unit_price": "0.99"}}), 3290),
            (json!({"filters": {"genre_id__in": [1, 3]}}), 1671),
            (json!({"filters": {"name__icontains": "LOVE"}}), 114),
            (json!({"filters": {"composer__isnull": true}}), 977),
            (json!({"filters": {"composer__isnull": false, "album": 1}}), 10),
            (json!({"filters": {"name__icontains": "100%"}}), 1),
            (json!({"filters": {"name__icontains": "1%0"}}), 0),
            (json!({"search": "love", "filters": {"unit_price": 0.99}}), 174),
        ] {
            assert_eq!(shop.ids("track", arguments.clone()).await.1, total, "{arguments}");
        }
        let longest = json!({"order_by": "-milliseconds", "limit": 3});
        assert_eq!(shop.ids("track", longest).await.0, [2820, 3224, 3244]);
        let by_two = json!({"order_by": ["-unit_price", "milliseconds"], "limit": 1});
        assert_eq!(shop.ok("list_track", by_two).await["results"][0]["unit_price"], "1.99");
    }

    async fn related_records_come_along(backend) {
        let shop = Chinook::start(backend).await;
        let playlist = shop.ok("get_playlist", json!({"id": 17, "include_related": true})).await;
        let tracks = playlist["_related"]["tracks"].as_array().unwrap();
        assert_eq!(tracks.len(), 26);
        let track = shop.ok("get_track", json!({"id": 1, "include_related": ["album", "playlists"]})).await;
        assert_eq!(track["_related"]["album"]["title"], "For Those About To Rock We Salute You");
        assert_eq!(track["_related"]["playlists"].as_array().unwrap().len(), 3);
        assert_eq!(track["_related"].as_object().unwrap().len(), 2);
    }
}

/// What a field's declaration becomes, without the words of the database. Where the relation is called
/// as the column is, it is not said twice.
fn field(field: &Value) -> Value {
    let name = snake(field["name"].as_str().unwrap());
    let relation = field["relation"].as_str().filter(|relation| *relation != name);
    let facts = ["type", "required", "nullable", "read_only", "primary_key", "max_length"];
    json!([name, relation, facts.map(|key| &field[key])])
}

/// Texts without the spaces at their ends, which PostgreSQL takes off the literals of the script, and whether there
/// is another page instead of its cursor, which has the names of columns in it, as a version has.
fn trimmed(value: Value) -> Value {
    match value {
        Value::String(text) => json!(text.trim_end()),
        Value::Array(items) => items.into_iter().map(trimmed).collect(),
        Value::Object(members) => {
            let member = |(key, value): (String, Value)| match key.as_str() {
                "next_cursor" | "_etag" => (key, json!(value.is_string())),
                _ => (key, trimmed(value)),
            };
            members.into_iter().map(member).collect()
        }
        other => other,
    }
}

#[tokio::test]
async fn both_databases_give_the_same_answers() {
    let (left, right) = (Chinook::start(Backend::Sqlite).await, Chinook::start(Backend::Postgres).await);
    assert_eq!(left.attached.agent.tools().await, right.attached.agent.tools().await);
    for model in MODELS {
        let describe = format!("describe_{model}");
        let (one, other) = (left.ok(&describe, json!({})).await, right.ok(&describe, json!({})).await);
        let fields = |d: &Value| d["fields"].as_array().unwrap().iter().map(field).collect::<Vec<_>>();
        assert_eq!(fields(&one), fields(&other), "{model}");
        for key in ["relations", "search_fields", "operations", "verbose_name"] {
            // A relation that would be called as its column is gets a name of its own.
            let names = |d: &Value| d[key].to_string().to_lowercase().replace("_record", "").replace('_', "");
            assert_eq!(names(&one), names(&other), "{model}: {key}");
        }
        let list = format!("list_{model}");
        let all = json!({"limit": 1000});
        assert_eq!(
            trimmed(left.ok(&list, all.clone()).await),
            trimmed(right.ok(&list, all).await),
            "{model}"
        );
    }
    for arguments in [
        json!({"order_by": "name", "limit": 200}),
        json!({"order_by": ["-composer", "name"], "limit": 200, "offset": 100}),
        json!({"order_by": "composer", "limit": 200, "offset": 900}),
        json!({"search": "São angus", "limit": 50}),
        json!({"filters": {"name__startswith": "Á"}}),
        json!({"filters": {"name__istartswith": "á"}}),
        json!({"filters": {"unit_price__range": ["0.98", "0.995"], "name__iendswith": "LOVE"}}),
        json!({"filters": {"milliseconds__gt": 5_000_000}, "fields": ["name", "milliseconds"]}),
    ] {
        let (one, other) =
            (left.ok("list_track", arguments.clone()).await, right.ok("list_track", arguments.clone()).await);
        assert_eq!(trimmed(one), trimmed(other), "{arguments}");
    }
    for filters in [
        json!({"invoice_date__year": 2021}),
        json!({"invoice_date__date": "2021-01-01"}),
        json!({"invoice_date__gte": "2025-06-01T00:00:00"}),
        json!({"billing_city": "São Paulo"}),
    ] {
        let arguments = json!({"filters": filters});
        let (one, other) =
            (left.ok("list_invoice", arguments.clone()).await, right.ok("list_invoice", arguments).await);
        assert_eq!(trimmed(one), trimmed(other), "{filters}");
    }
    for wrong in [
        json!({"filters": {"nam": 1}}),
        json!({"filters": {"unit_price__icontains": "1"}}),
        json!({"filters": {"milliseconds": "long"}}),
        json!({"order_by": "nothing"}),
        json!({"fields": ["name", "nothing"]}),
        json!({"limit": 0, "offset": -1}),
    ] {
        let (one, other) = (
            left.refused("list_track", wrong.clone()).await,
            right.refused("list_track", wrong.clone()).await,
        );
        assert_eq!(one, other, "{wrong}");
    }
}
