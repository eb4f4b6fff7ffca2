//! Every tool of every model against its own schemas: arguments are made from what a tool announces; whatever comes of
//! them, the answer is as announced, and nothing of ours breaks.

mod arguments;
mod rows;
mod writes;

use std::collections::BTreeMap;

use arguments::{Dice, Known, value};
use serde_json::{Map, Value, json};

use super::attached::{Attached, on_each};
use super::chinook::Chinook;
use super::{conforms, ugly};
use crate::harness::Agent;

/// The tools of a client by name.
pub struct Tools {
    pub agent: Agent,
    pub by_name: BTreeMap<String, Value>,
}

impl Tools {
    pub async fn of(attached: &Attached) -> Self {
        let agent = attached.agent.clone();
        let tools = agent.list().await.body["tools"].as_array().unwrap().clone();
        let by_name =
            tools.into_iter().map(|tool| (tool["name"].as_str().unwrap().to_owned(), tool)).collect();
        Self { agent, by_name }
    }

    /// Calls a tool: whether it succeeded, and its structured content, which has to conform.
    pub async fn call(&self, name: &str, arguments: &Value) -> (bool, Value) {
        let announced = self.by_name.get(name).unwrap_or_else(|| panic!("no tool {name}"));
        let answer = self.agent.call(name, arguments.clone()).await;
        let context = format!("{name} {arguments}: {}", answer.text);
        assert_eq!(answer.status, 200, "{context}");
        let structured = answer.body["structuredContent"].clone();
        assert_ne!(structured["code"], "internal_error", "{context}");
        let schema = &announced["outputSchema"];
        assert_eq!(conforms::problem(schema, &structured), None, "{context}");
        if !answer.is_error() {
            assert_eq!(conforms::problem(&schema["anyOf"][0], &structured), None, "{context}");
            assert_eq!(serde_json::from_str::<Value>(answer.tool_text()).unwrap(), structured, "{context}");
        }
        (!answer.is_error(), structured)
    }

    /// Arguments of a tool as its schema has them; the items of a bulk write as the tools for one record have them.
    pub fn arguments(&self, name: &str, dice: &mut Dice, known: &Known) -> Value {
        let mut made = value(&self.by_name[name]["inputSchema"], dice, known);
        let Some(model) = name.strip_prefix("bulk_") else { return made };
        let one = |verb: &str, dice: &mut Dice| {
            let tool = self.by_name.get(&format!("{verb}_{model}"));
            tool.map_or(Value::Null, |tool| value(&tool["inputSchema"], dice, known))
        };
        let count = 1 + dice.below(4);
        made["items"] = match made["operation"].as_str().unwrap() {
            "create" => (0..count).map(|_| one("create", dice)["data"].clone()).collect(),
            "update" => (0..count)
                .map(|_| {
                    let update = one("update", dice);
                    json!({"id": update["id"], "data": update["data"]})
                })
                .collect(),
            _ => (0..count).map(|_| one("delete", dice)["id"].clone()).collect(),
        };
        made
    }

    /// What is worth knowing of a model: its keys, and a cursor.
    async fn known(&self, model: &str) -> Known {
        let list = self.call(&format!("list_{model}"), &json!({"limit": 3})).await.1;
        let keys: Vec<String> = match self.by_name.get(&format!("get_{model}")) {
            Some(get) => match get["inputSchema"]["properties"]["id"]["properties"].as_object() {
                Some(columns) => columns.keys().cloned().collect(),
                None => vec![String::new()],
            },
            None => Vec::new(),
        };
        let described = self.call(&format!("describe_{model}"), &json!({})).await.1;
        let name = described["fields"].as_array().unwrap().iter().find(|field| field["primary_key"] == true);
        let name = name.map(|field| field["name"].as_str().unwrap().to_owned());
        let records = list["results"].as_array().unwrap();
        let id = |record: &Value| match (keys.as_slice(), &name) {
            ([_], Some(name)) => record[name.as_str()].clone(),
            (several, _) => {
                several.iter().map(|k| (k.clone(), record[k].clone())).collect::<Map<_, _>>().into()
            }
        };
        let ids: Vec<Value> = if keys.is_empty() { Vec::new() } else { records.iter().map(id).collect() };
        let some = vec![Value::Array(ids.clone())];
        let cursor = list["next_cursor"].is_string().then(|| list["next_cursor"].clone());
        Known::from([
            ("id".into(), ids),
            ("ids".into(), some),
            ("cursor".into(), cursor.into_iter().collect()),
        ])
    }

    /// Calls every tool some times; how often with success.
    async fn try_all(&self, times: u64) -> usize {
        let mut successes = 0;
        let found = self.call("find_models", &json!({})).await.1;
        for model in found["models"].as_array().unwrap() {
            let model = model["model"].as_str().unwrap();
            let mut known = self.known(model).await;
            let own = |name: &&String| name.split_once('_').is_some_and(|(_, suffix)| suffix == model);
            for name in self.by_name.keys().filter(own) {
                for time in 0..times {
                    let mut dice = Dice(time * 1_000_003 + name.len() as u64);
                    dice.below(7);
                    let arguments = self.arguments(name, &mut dice, &known);
                    successes += usize::from(self.call(name, &arguments).await.0);
                }
                if !name.starts_with("list") {
                    known = self.known(model).await;
                }
            }
        }
        successes
    }
}

on_each! {
    async fn every_tool_of_every_odd_model_keeps_its_schemas(backend) {
        let ugly = ugly::start(backend).await;
        let tools = Tools::of(&ugly).await;
        let tried = tools.by_name.len() * 12;
        let successes = tools.try_all(12).await;
        assert!(successes * 4 > tried, "too little gets through: {successes} of {tried}");
    }

    async fn every_tool_of_the_shop_keeps_its_schemas(backend) {
        let shop = Chinook::start(backend).await;
        let tools = Tools::of(&shop.attached).await;
        let tried = tools.by_name.len() * 8;
        let successes = tools.try_all(8).await;
        assert!(successes * 4 > tried, "too little gets through: {successes} of {tried}");
    }
}
