//! The Chinook music shop, as others made it: `CamelCase` on SQLite, `snake_case` on PostgreSQL. The tests
//! speak of columns in `snake_case` and get them back so, that both can be held to the same answers.

mod aggregates;
mod reads;
mod writes;

use std::path::Path;
use std::sync::OnceLock;

use mcp_admin::db::Backend;
use serde_json::{Map, Value, json};

use super::attached::{Attached, execute};
use crate::harness::{Answer, Cluster, Site};

const SQLITE: &[u8] = include_bytes!("../../../fixtures/chinook/chinook.sqlite");
const POSTGRES: &str = include_str!("../../../fixtures/chinook/chinook-postgres.sql");

/// The address of a copy of the shop; on SQLite it is made at `path`.
pub fn database(backend: Backend, path: &Path) -> String {
    match backend {
        Backend::Sqlite => {
            std::fs::write(path, SQLITE).unwrap();
            path.to_str().unwrap().to_owned()
        }
        Backend::Postgres => {
            template();
            Cluster::shared().copy_database("chinook")
        }
    }
}

/// The shop behind a server.
pub struct Chinook {
    /// Where it is attached.
    pub attached: Attached,
    /// Columns in `snake_case` and as they are, the longest first.
    columns: Vec<(String, String)>,
}

impl Chinook {
    /// A copy of the shop, attached as `shop`.
    pub async fn start(backend: Backend) -> Self {
        let site = Site::new(backend);
        let url = database(backend, &site.file("chinook.sqlite"));
        let attached = Attached::start(site, "shop", url, |_| {}).await;
        let mut columns = Vec::new();
        for model in models(&attached).await {
            let description = attached.agent.ok(&format!("describe_{model}"), json!({})).await;
            let fields = description["fields"].as_array().unwrap().clone();
            columns.extend(fields.iter().map(|field| {
                let actual = field["name"].as_str().unwrap();
                (snake(actual), actual.to_owned())
            }));
        }
        columns.sort_by_key(|(_, actual)| std::cmp::Reverse(actual.len()));
        columns.dedup();
        Self { attached, columns }
    }

    /// The names of its models.
    pub async fn models(&self) -> Vec<String> {
        models(&self.attached).await
    }

    /// Calls a tool that has to succeed.
    pub async fn ok(&self, tool: &str, arguments: Value) -> Value {
        let answer = self.attached.agent.ok(tool, self.actual(arguments)).await;
        self.plain(answer)
    }

    /// Calls a tool that has to fail; its text.
    pub async fn refused(&self, tool: &str, arguments: Value) -> String {
        let text = self.attached.agent.refused(tool, self.actual(arguments)).await;
        self.columns.iter().fold(text, |text, (snake, actual)| text.replace(actual, snake))
    }

    /// Calls a tool; the answer as it is.
    pub async fn call(&self, tool: &str, arguments: Value) -> Answer {
        self.attached.agent.call(tool, self.actual(arguments)).await
    }

    /// The ids of a list and how many there are in all.
    pub async fn ids(&self, model: &str, arguments: Value) -> (Vec<i64>, u64) {
        let page = self.ok(&format!("list_{model}"), arguments).await;
        let id = |record: &Value| record[format!("{model}_id")].as_i64().unwrap();
        (page["results"].as_array().unwrap().iter().map(id).collect(), page["total_count"].as_u64().unwrap())
    }

    /// With the columns' own names.
    fn actual(&self, value: Value) -> Value {
        match value {
            Value::Object(members) => {
                let member = |(key, value): (String, Value)| match &*key {
                    "order_by" | "fields" => (key, self.actual_names(value)),
                    _ => (self.actual_name(&key), self.actual(value)),
                };
                Value::Object(members.into_iter().map(member).collect())
            }
            Value::Array(items) => items.into_iter().map(|item| self.actual(item)).collect(),
            other => other,
        }
    }

    fn actual_names(&self, value: Value) -> Value {
        match value {
            Value::String(name) => json!(self.actual_name(&name)),
            Value::Array(names) => names.into_iter().map(|name| self.actual_names(name)).collect(),
            other => other,
        }
    }

    fn actual_name(&self, key: &str) -> String {
        let (sign, rest) = key.strip_prefix('-').map_or(("", key), |rest| ("-", rest));
        let (name, lookup) =
            rest.split_once("__").map_or((rest, String::new()), |(n, l)| (n, format!("__{l}")));
        let found = self.columns.iter().find(|(snake, _)| snake == name);
        format!("{sign}{}{lookup}", found.map_or(name, |(_, actual)| actual))
    }

    /// With names in `snake_case`.
    fn plain(&self, value: Value) -> Value {
        match value {
            Value::Object(members) => {
                let members: Map<String, Value> = members
                    .into_iter()
                    .map(|(key, value)| (self.plain_name(key), self.plain(value)))
                    .collect();
                Value::Object(members)
            }
            Value::Array(items) => items.into_iter().map(|item| self.plain(item)).collect(),
            other => other,
        }
    }

    fn plain_name(&self, key: String) -> String {
        self.columns.iter().find(|(_, actual)| *actual == key).map_or(key, |(snake, _)| snake.clone())
    }
}

async fn models(attached: &Attached) -> Vec<String> {
    let found = attached.agent.ok("find_models", json!({})).await;
    found["models"].as_array().unwrap().iter().map(|m| m["model"].as_str().unwrap().to_owned()).collect()
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for (i, c) in name.chars().enumerate() {
        if c.is_uppercase() && i > 0 {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// The script without the commands for its own command line tool.
fn template() {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        let (_, sql) = POSTGRES.split_once("\\c chinook_serial;").unwrap();
        execute(&Cluster::shared().create_template("chinook"), sql);
    });
}
