//! A database that somebody else made, in the dialect and with the names of each engine.

use mcp_admin::config::AppConfig;
use mcp_admin::db::Backend;
use serde_json::{Map, Value, json};

use crate::harness::{Agent, TestApp, on_both, open};

const SQLITE: &str = include_str!("../../fixtures/chinook/sqlite.sql");
const POSTGRES: &str = include_str!("../../fixtures/chinook/postgres.sql");
const ROWS: &str = include_str!("../../fixtures/chinook/data.sql");

/// `playlist_track` → `PlaylistTrack`, as the SQLite edition has it.
fn camel(name: &str) -> String {
    let capital = |part: &str| part[..1].to_uppercase() + &part[1..];
    name.split('_').filter(|part| !part.is_empty()).map(capital).collect()
}

/// The rows with the names of the SQLite edition: only the heads of the INSERTs have names.
fn sqlite_rows() -> String {
    let head = |line: &str| {
        let words = line.strip_prefix("INSERT INTO ")?.strip_suffix(" VALUES")?;
        let (table, columns) = words.split_once(" (")?;
        let columns: Vec<String> = columns.trim_end_matches(')').split(", ").map(camel).collect();
        Some(format!("INSERT INTO {} ({}) VALUES", camel(table), columns.join(", ")))
    };
    ROWS.lines().map(|line| head(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

async fn chinook(backend: Backend) -> TestApp {
    TestApp::with_site(backend, |site, config| {
        let url = site.another("chinook.db");
        let script = match backend {
            Backend::Postgres => format!("{POSTGRES}{ROWS}"),
            Backend::Sqlite => format!("{SQLITE}BEGIN;{}COMMIT;", sqlite_rows()),
        };
        open(&url).execute_script(&script).unwrap();
        config.apps.insert("chinook".into(), AppConfig::at(url));
    })
    .await
}

/// Names of columns differ between the editions: `unit_price` and `UnitPrice`, with lookups behind.
struct Names(Backend);

impl Names {
    fn of(&self, name: &str) -> String {
        if self.0 == Backend::Postgres {
            return name.to_owned();
        }
        let (column, lookup) =
            name.split_once("__").map_or((name, String::new()), |(c, l)| (c, format!("__{l}")));
        match column.strip_prefix('-') {
            Some(column) => format!("-{}{lookup}", camel(column)),
            None => format!("{}{lookup}", camel(column)),
        }
    }

    fn object(&self, fields: Value) -> Value {
        let Value::Object(fields) = fields else { panic!("an object is needed") };
        fields.into_iter().map(|(name, value)| (self.of(&name), value)).collect::<Map<_, _>>().into()
    }
}

fn everything(app: &TestApp) -> (Agent, Names) {
    let all = app.db.read(|conn| mcp_admin::services::tokens::full_access(conn, "chinook")).unwrap();
    (app.token(&all.iter().map(String::as_str).collect::<Vec<_>>()), Names(app.backend()))
}

async fn total(agent: &Agent, arguments: Value) -> u64 {
    agent.ok("list_track", arguments).await["total_count"].as_u64().unwrap()
}

on_both! {
    from chinook;

    async fn its_models_and_relations_are_found(app) {
        let (agent, names) = everything(&app);
        let found = agent.ok("find_models", json!({})).await;
        let models: Vec<&str> = found["models"].as_array().unwrap().iter().map(|m| m["model"].as_str().unwrap()).collect();
        assert_eq!(
            models,
            ["album", "artist", "customer", "employee", "genre", "invoice", "invoice_line", "media_type", "playlist", "track"],
            "the join table is none"
        );
        let track = agent.ok("describe_track", json!({})).await;
        let field = |name: &str| {
            let name = names.of(name);
            track["fields"].as_array().unwrap().iter().find(|f| f["name"] == name).unwrap().clone()
        };
        assert_eq!((&field("name")["max_length"], &field("name")["required"]), (&json!(200), &json!(true)));
        assert_eq!(field("composer")["required"], false);
        let related = agent.ok("get_track", json!({"id": 1, "include_related": true})).await.to_string();
        for text in ["For Those About To Rock (We Salute You)", "MPEG audio file", "Rock", "Music"] {
            assert!(related.contains(text), "{text}: {related}");
        }
    }

    async fn decimals_are_exact(app) {
        let (agent, names) = everything(&app);
        let track = agent.ok("get_track", json!({"id": 1})).await;
        assert_eq!(track[names.of("unit_price")], "0.99", "{track}");
        let invoice = agent.ok("get_invoice", json!({"id": 5})).await;
        assert_eq!(invoice[names.of("total")], "13.86", "{invoice}");
    }

    async fn tracks_are_listed_filtered_searched_and_ordered(app) {
        let (agent, names) = everything(&app);
        assert_eq!(total(&agent, json!({"limit": 1})).await, 3503);
        let dear = json!({"filters": names.object(json!({"unit_price__gte": "1.00"}))});
        assert_eq!(total(&agent, dear).await, 213);
        let cheap = json!({"filters": names.object(json!({"unit_price__lt": 1}))});
        assert_eq!(total(&agent, cheap).await, 3290);
        let by_genre = json!({"filters": names.object(json!({"genre_id": 1, "name__icontains": "LOVE"}))});
        assert_eq!(total(&agent, by_genre).await, 64);
        assert_eq!(total(&agent, json!({"filters": names.object(json!({"track_id__in": [1, 2, 99999]}))})).await, 2);
        assert_eq!(total(&agent, json!({"filters": names.object(json!({"composer__isnull": true}))})).await, 977);
        let found = agent.ok("list_track", json!({"search": "let there be rock", "limit": 5})).await;
        assert_eq!(found["total_count"], 1, "{found}");
        let longest = json!({"order_by": names.of("-milliseconds"), "limit": 2, "offset": 1});
        let listed = agent.ok("list_track", longest).await;
        assert_eq!(listed["count"], 2);
        let lengths: Vec<i64> =
            listed["results"].as_array().unwrap().iter().map(|r| r[names.of("milliseconds")].as_i64().unwrap()).collect();
        assert_eq!(lengths, [5_088_838, 2_960_293]);
    }

    async fn a_record_is_created_changed_and_deleted(app) {
        let (agent, names) = everything(&app);
        let data = json!({"name": "Überraschung", "media_type_id": 1, "milliseconds": 1000, "unit_price": "1.29"});
        let created = agent.ok("create_track", json!({"data": names.object(data)})).await;
        let id = created["id"].clone();
        assert_eq!(created["object"][names.of("unit_price")], "1.29", "{created}");
        let changes = names.object(json!({"unit_price": "12345678.91", "composer": "Ada"}));
        agent.ok("update_track", json!({"id": id, "data": changes})).await;
        let read = agent.ok("get_track", json!({"id": id})).await;
        assert_eq!(read[names.of("unit_price")], "12345678.91");
        assert_eq!((&read[names.of("composer")], &read[names.of("name")]), (&json!("Ada"), &json!("Überraschung")));
        agent.ok("delete_track", json!({"id": id})).await;
        assert!(agent.refused("get_track", json!({"id": id})).await.contains("not found"));
        let outcomes: Vec<(String, String)> = app.log().into_iter()
            .filter(|entry| entry.app_label == "chinook" && entry.model == "track")
            .map(|entry| (entry.action, entry.outcome)).collect();
        let expected = ["deleted", "changed", "added"].map(|action| (action.to_owned(), "done".to_owned()));
        assert_eq!(outcomes, expected);
    }

    async fn playlists_and_tracks_are_many_to_many(app) {
        let (agent, names) = everything(&app);
        let playlist = agent.ok("get_playlist", json!({"id": 18, "include_related": true})).await.to_string();
        assert!(playlist.contains("Now's The Only Time To Rock") || playlist.contains("597"), "{playlist}");
        let mut data = names.object(json!({"name": "New"}));
        data["track"] = json!([1, 2, 3]);
        let created = agent.ok("create_playlist", json!({"data": data})).await;
        let id = created["id"].clone();
        agent.ok("update_playlist", json!({"id": id, "data": {"track": [3, 4]}})).await;
        let read = agent.ok("get_playlist", json!({"id": id, "include_related": true})).await.to_string();
        assert!(read.contains("Let's Get It Up") || read.contains("Restless and Wild"), "{read}");
        let wrong = agent.refused("update_playlist", json!({"id": id, "data": {"track": [3, 999_999]}})).await;
        assert!(wrong.contains("track"), "{wrong}");
    }

    async fn wrong_values_name_their_field_and_change_nothing(app) {
        let (agent, names) = everything(&app);
        let good = json!({"name": "x", "media_type_id": 1, "milliseconds": 1, "unit_price": "1.00"});
        let with = |field: &str, value: Value| {
            let mut data = good.clone();
            data[field] = value;
            names.object(data)
        };
        let without = |field: &str| {
            let mut data = good.clone();
            data.as_object_mut().unwrap().remove(field);
            names.object(data)
        };
        for (case, field, data) in [
            ("a foreign key violation", "media_type_id", with("media_type_id", json!(999))),
            ("a missing required field", "milliseconds", without("milliseconds")),
            ("a missing text", "name", without("name")),
            ("null where none is allowed", "name", with("name", Value::Null)),
            ("a too long text", "name", with("name", json!("x".repeat(201)))),
            ("an unknown field", "nonsense", with("nonsense", json!(1))),
            ("a wrong type", "milliseconds", with("milliseconds", json!("soon"))),
            ("a wrong decimal", "unit_price", with("unit_price", json!("a lot"))),
            ("a too large number", "milliseconds", with("milliseconds", json!(9_223_372_036_854_775_807_i64))),
        ] {
            // SQLite's INTEGER holds 64 bits, so that the last one is right there.
            if case == "a too large number" && app.backend() == Backend::Sqlite {
                continue;
            }
            let text = agent.refused("create_track", json!({"data": data})).await;
            let field = names.of(field);
            let relation = field.trim_end_matches("Id").trim_end_matches("_id");
            assert!(text.contains(&field) || text.contains(relation), "{case}: {text}");
            for word in ["SQL", "INSERT", "constraint", "relation \"", "syntax"] {
                assert!(!text.contains(word), "{case}: {text}");
            }
            let text = agent.refused("update_track", json!({"id": 1, "data": {"nonsense": 1}})).await;
            assert!(text.contains("nonsense"), "{text}");
        }
        let in_use = agent.refused("delete_artist", json!({"id": 1})).await;
        assert!(in_use.contains("album"), "{in_use}");
        assert_eq!(total(&agent, json!({"limit": 1})).await, 3503);
        assert_eq!(agent.ok("get_track", json!({"id": 1})).await[names.of("unit_price")], "0.99");
    }
}
