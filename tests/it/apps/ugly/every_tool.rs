//! Every tool of every odd model answers, and answers as it promised.

use std::collections::BTreeSet;

use mcp_admin::db::Backend;
use serde_json::{Map, Value, json};

use super::start;
use crate::apps::attached::{Attached, on_each};
use crate::apps::conforms;

const MODELS: [&str; 16] = [
    "choosy",
    "codes",
    "compact_rows",
    "computed",
    "drop_table_x",
    "kinds",
    "loud_names",
    "no_key",
    "order",
    "order_details",
    "select",
    "things",
    "uenicoede",
    "upper_case",
    "upper_case_2",
    "x",
];

/// The key of a record: one value, or an object of columns.
fn key(keys: &[String], record: &Value) -> Value {
    match keys {
        [one] => record[one].clone(),
        several => several.iter().map(|k| (k.clone(), record[k].clone())).collect::<Map<_, _>>().into(),
    }
}

/// The announced tools and what came of calling them.
struct Visitor<'a> {
    ugly: &'a Attached,
    tools: Vec<Value>,
    called: BTreeSet<String>,
}

impl Visitor<'_> {
    fn has(&self, tool: &str) -> bool {
        self.tools.iter().any(|t| t["name"] == tool)
    }

    /// Calls a tool; whether it succeeded, and its structured content, which has to conform.
    async fn call(&mut self, tool: &str, arguments: Value) -> (bool, Value) {
        let announced =
            self.tools.iter().find(|t| t["name"] == tool).unwrap_or_else(|| panic!("{tool}")).clone();
        let answer = self.ugly.agent.call(tool, arguments.clone()).await;
        let context = format!("{tool} {arguments}: {}", answer.text);
        assert_eq!(answer.status, 200, "{context}");
        let structured = &answer.body["structuredContent"];
        assert_ne!(structured["code"], "internal_error", "{context}");
        assert_eq!(conforms::problem(&announced["outputSchema"], structured), None, "{context}");
        if !answer.is_error() {
            let success = &announced["outputSchema"]["anyOf"][0];
            assert_eq!(conforms::problem(success, structured), None, "{context}");
            assert_eq!(serde_json::from_str::<Value>(answer.tool_text()).unwrap(), *structured, "{context}");
        }
        self.called.insert(tool.to_owned());
        (!answer.is_error(), structured.clone())
    }

    async fn ok(&mut self, tool: &str, arguments: Value) -> Value {
        let (succeeded, structured) = self.call(tool, arguments.clone()).await;
        assert!(succeeded, "{tool} {arguments}: {structured}");
        structured
    }

    async fn visit(&mut self, model: &str) {
        let description = self.ok(&format!("describe_{model}"), json!({})).await;
        let fields = description["fields"].as_array().unwrap().clone();
        let names = |of: &dyn Fn(&Value) -> bool| -> Vec<String> {
            fields.iter().filter(|f| of(f)).map(|f| f["name"].as_str().unwrap().to_owned()).collect()
        };
        let (all, keys) = (names(&|_| true), names(&|f| f["primary_key"] == true));
        let writable = names(&|f| f["read_only"] == false && f["primary_key"] == false);

        let list = format!("list_{model}");
        let records = self.ok(&list, json!({"fields": all})).await["results"].as_array().unwrap().clone();
        for name in &all {
            for order in [name.clone(), format!("-{name}")] {
                self.call(&list, json!({"order_by": order})).await;
            }
            for isnull in [true, false] {
                let found = self.ok(&list, json!({"filters": {format!("{name}__isnull"): isnull}})).await;
                let expected = records.iter().filter(|r| r[name.as_str()].is_null() == isnull).count();
                assert_eq!(found["total_count"], expected, "{model}.{name} isnull {isnull}");
            }
            for record in &records {
                self.call(&list, json!({"filters": {name.as_str(): record[name.as_str()]}})).await;
            }
        }
        self.call(&list, json!({"search": "e'\"%_\\"})).await;

        let aggregate = format!("aggregate_{model}");
        assert_eq!(self.ok(&aggregate, json!({})).await["results"], json!([{"count": records.len()}]));
        for name in &all {
            let all = ["count", "min", "max", "sum", "avg"];
            for functions in all {
                self.call(&aggregate, json!({"functions": [functions], "field": name})).await;
            }
            self.call(&aggregate, json!({"group_by": name, "order_by": "-count"})).await;
        }

        let suggest = format!("autocomplete_{model}");
        if self.has(&suggest) {
            let found = self.ok(&suggest, json!({"limit": 1000})).await;
            assert_eq!(found["count"], records.len(), "{model}");
            self.ok(&suggest, json!({"term": "e'\"%_\\"})).await;
        }

        let get = format!("get_{model}");
        for record in records.iter().filter(|_| !keys.is_empty()) {
            let id = key(&keys, record);
            let relations = !description["relations"].as_array().unwrap().is_empty();
            let arguments =
                if relations { json!({"id": id, "include_related": true}) } else { json!({"id": id}) };
            let got = self.ok(&get, arguments).await;
            for name in &all {
                assert_eq!(got[name.as_str()], record[name.as_str()], "{model}.{name}");
            }
            for relation in description["relations"].as_array().unwrap() {
                self.ok(&format!("related_{model}"), json!({"id": id, "relation": relation["name"]})).await;
            }
            self.ok(&format!("history_{model}"), json!({"id": id})).await;
            let update = format!("update_{model}");
            if self.has(&update) {
                for name in &writable {
                    self.write_back(&update, &id, name, &record[name.as_str()]).await;
                }
            }
        }
        let create = format!("create_{model}");
        if self.has(&create) {
            self.call(&create, json!({"data": {}})).await;
            if let Some(record) = records.first() {
                let data: Map<String, Value> =
                    writable.iter().map(|n| (n.clone(), record[n.as_str()].clone())).collect();
                self.call(&create, json!({"data": data})).await;
            }
        }
        let (bulk, action) = (format!("bulk_{model}"), format!("action_{model}"));
        if self.has(&bulk) {
            self.call(&bulk, json!({"operation": "create", "items": records, "dry_run": true})).await;
        }
        if self.has(&action) {
            self.ok(&format!("actions_{model}"), json!({})).await;
            let ids: Vec<Value> = records.iter().map(|record| key(&keys, record)).collect();
            self.call(&bulk, json!({"operation": "delete", "items": ids, "dry_run": true})).await;
            self.call(&action, json!({"action": "delete_selected", "ids": ids, "dry_run": true})).await;
        }
        let delete = format!("delete_{model}");
        if self.has(&delete) {
            let id = key(&keys, &records[0]);
            let (deleted, _) = self.call(&delete, json!({"id": id})).await;
            let (found, _) = self.call(&get, json!({"id": id})).await;
            assert_ne!(deleted, found, "{model}: what is deleted is gone, what is refused is there");
        }
    }

    /// Writes the value that is there, which changes nothing. Values that their own declaration forbids
    /// may be refused.
    async fn write_back(&mut self, update: &str, id: &Value, name: &str, value: &Value) {
        let (succeeded, answer) = self.call(update, json!({"id": id, "data": {name: value}})).await;
        if succeeded {
            assert_eq!(answer["object"][name], *value, "{update} {name}");
        } else {
            assert_eq!(answer["code"], "validation_error", "{update} {name}: {answer}");
        }
    }
}

on_each! {
    async fn every_tool_of_every_model_answers_as_announced(backend) {
        let ugly = start(backend).await;
        let found = ugly.agent.ok("find_models", json!({})).await;
        let models: Vec<&str> =
            found["models"].as_array().unwrap().iter().map(|m| m["model"].as_str().unwrap()).collect();
        let expected = MODELS.into_iter().filter(|m| backend == Backend::Sqlite || *m != "compact_rows");
        assert_eq!(models, expected.collect::<Vec<_>>());

        let tools = ugly.agent.list().await.body["tools"].as_array().unwrap().clone();
        let names: BTreeSet<&str> = tools.iter().map(|t| t["name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), tools.len(), "names are unique");
        for name in &names {
            let valid = name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
            assert!(valid && (1..=64).contains(&name.len()), "{name}");
        }
        let mut visitor = Visitor { ugly: &ugly, tools: tools.clone(), called: BTreeSet::new() };
        visitor.ok("find_models", json!({"query": "x"})).await;
        for model in models {
            visitor.visit(model).await;
        }
        let left: Vec<&&str> = names.iter().filter(|name| !visitor.called.contains(**name)).collect();
        assert!(left.is_empty(), "not called: {left:?}");
    }
}
