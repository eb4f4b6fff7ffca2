//! Changing the shop, and failing to.

use serde_json::{Value, json};

use super::Chinook;
use crate::apps::attached::on_each;

fn track() -> Value {
    json!({"name": "Tea for Two", "media_type_id": 1, "milliseconds": 1000, "unit_price": "0.99"})
}

fn with(field: &str, value: Value) -> Value {
    let mut data = track();
    data[field] = value;
    data
}

on_each! {
    async fn a_record_is_created_changed_and_deleted(backend) {
        let shop = Chinook::start(backend).await;
        let before = shop.attached.contents();
        let mut data = with("unit_price", json!("12345678.90"));
        data["album"] = json!(1);
        data["playlists"] = json!([1, 3]);
        let created = shop.ok("create_track", json!({"data": data})).await;
        let id = created["id"].clone();
        assert_eq!(id, 3504);
        assert_eq!(created["object"]["unit_price"], "12345678.90");
        assert_eq!(created["object"]["album_id"], 1);
        assert_eq!(created["object"]["composer"], Value::Null);
        assert_ne!(shop.attached.contents(), before);

        let changed = shop.ok("update_track", json!({"id": id, "data": {"composer": "Vincent Youmans", "playlists": [8]}})).await;
        assert_eq!(changed["object"]["composer"], "Vincent Youmans");
        assert_eq!(changed["object"]["name"], "Tea for Two");
        let found = shop.ok("get_track", json!({"id": id, "include_related": ["playlists"]})).await;
        assert_eq!(found["composer"], "Vincent Youmans");
        let playlists: Vec<&Value> =
            found["_related"]["playlists"].as_array().unwrap().iter().map(|p| &p["playlist_id"]).collect();
        assert_eq!(playlists, [8]);

        let deleted = shop.ok("delete_track", json!({"id": id})).await;
        assert_eq!(deleted["id"], 3504);
        assert_eq!(shop.refused("get_track", json!({"id": id})).await, "track not found");
        assert_eq!(shop.ids("track", json!({"limit": 1})).await.1, 3503);
    }

    async fn wrong_input_names_the_field_and_changes_nothing(backend) {
        let shop = Chinook::start(backend).await;
        let before = shop.attached.contents();
        for (field, value, expected) in [
            ("album_id", json!(99_999), "data.album_id: there is no album with id 99999"),
            ("album", json!(-1), "data.album: there is no album with id -1"),
            ("name", json!(null), "data.name: null is not allowed"),
            ("name", json!("x".repeat(201)), "data.name: is too long: 201 characters, at most 200 are allowed"),
            ("nam", json!("x"), "data.nam: there is no such field; fields: track_id, name, "),
            ("milliseconds", json!("long"), "data.milliseconds: expected a whole number"),
            ("milliseconds", json!(1.5), "data.milliseconds: expected a whole number"),
            ("milliseconds", json!(true), "data.milliseconds: expected a whole number"),
            ("name", json!(7), "data.name: expected a text"),
            ("name", json!({"$ne": 1}), "data.name: expected a text"),
            ("unit_price", json!("cheap"), "data.unit_price: expected a decimal number"),
            ("unit_price", json!("0.999"), "data.unit_price: has too many digits after the point"),
            ("unit_price", json!("123456789"), "data.unit_price: has too many digits before the point"),
            ("playlists", json!([1, 99_999]), "data.playlists: there is no playlist with id 99999"),
            ("playlists", json!("1"), "data.playlists: expected a list of ids"),
        ] {
            let create = shop.refused("create_track", json!({"data": with(field, value.clone())})).await;
            let update = shop.refused("update_track", json!({"id": 1, "data": {field: value, "composer": "x"}})).await;
            for text in [create, update] {
                assert!(text.starts_with(&format!("Validation failed: {expected}")), "{field}: {text}");
                assert!(!text.contains("is required"), "what is wrong is not missing: {text}");
            }
        }
        let missing = shop.refused("create_track", json!({"data": {"name": "x", "unit_price": 1}})).await;
        assert_eq!(missing, "Validation failed: data.media_type_id: is required; data.milliseconds: is required");
        let several = shop.call("create_track", json!({"data": {"nam": 1, "name": 1, "media_type": 9}})).await;
        let fields = &several.body["structuredContent"]["validation_errors"]["fields_with_errors"];
        assert!(fields.as_array().unwrap().len() >= 3, "{fields}");

        for (tool, arguments, expected) in [
            ("update_track", json!({"id": 1, "data": {}}), "Validation failed: data: must have at least one field"),
            ("update_track", json!({"id": 1, "data": {"track_id": 2}}), "Validation failed: data.track_id: the primary key cannot be changed"),
            ("update_track", json!({"id": 99_999, "data": {"name": "x"}}), "track not found"),
            ("update_track", json!({"id": 1}), "Validation failed: data: is required"),
            ("update_track", json!({"data": {"name": "x"}}), "Validation failed: id: is required"),
            ("delete_track", json!({}), "Validation failed: id: is required"),
            ("delete_track", json!({"id": 99_999}), "track not found"),
            ("delete_artist", json!({"id": 1}), "The artist cannot be deleted: 2 albums (shop.album) still point at it"),
            ("create_track", json!({"data": track(), "force": true}), "Validation failed: force: is not an argument of this tool; it takes data, dry_run"),
        ] {
            assert_eq!(shop.refused(tool, arguments.clone()).await, expected, "{tool} {arguments}");
        }
        assert_eq!(shop.attached.contents(), before);
        assert_eq!(shop.ids("track", json!({"limit": 1})).await.1, 3503);
    }
}
