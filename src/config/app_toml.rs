//! Options of an app as the part of the configuration file that sets them. What is at its default is left out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::{ActionConfig, AppConfig, InlineConfig, ModelConfig, PermissionConfig};
use crate::db::DatabaseUrl;

impl AppConfig {
    /// As TOML; the password of the address is not in it.
    #[must_use]
    pub fn to_toml(&self, label: &str) -> String {
        let standard = Self::at(String::new());
        let url = DatabaseUrl::parse(self.url.reveal()).map(|url| url.to_string()).unwrap_or_default();
        let mut part = Part::new(&format!("apps.{}", key(label)));
        part.line("url", &text(&url));
        part.unless(self.schema == standard.schema, "schema", || text(&self.schema));
        part.unless(self.tables.is_empty(), "tables", || list(&self.tables));
        part.unless(self.exclude_tables.is_empty(), "exclude_tables", || list(&self.exclude_tables));
        part.unless(self.strip_prefix.is_empty(), "strip_prefix", || text(&self.strip_prefix));
        part.unless(self.statement_timeout == standard.statement_timeout, "statement_timeout", || {
            text(&humantime::format_duration(self.statement_timeout).to_string())
        });
        part.unless(self.max_connections == standard.max_connections, "max_connections", || {
            self.max_connections.to_string()
        });
        let models = self.models.iter().map(|(name, model)| model_part(label, name, model));
        std::iter::once(part.0).chain(models).collect::<Vec<_>>().join("\n")
    }
}

fn model_part(label: &str, name: &str, model: &ModelConfig) -> String {
    let mut part = Part::new(&format!("apps.{}.models.{}", key(label), key(name)));
    if let Some(expose) = model.expose {
        part.line("expose", &expose.to_string());
    }
    let lists = [
        ("fields", model.fields.as_ref()),
        ("exclude_fields", some(&model.exclude_fields)),
        ("readonly_fields", some(&model.readonly_fields)),
        ("search_fields", model.search_fields.as_ref()),
        ("list_display", model.list_display.as_ref()),
        ("ordering", model.ordering.as_ref()),
    ];
    for (option, names) in lists {
        if let Some(names) = names {
            part.line(option, &list(names));
        }
    }
    let texts = [
        ("verbose_name", &model.verbose_name),
        ("verbose_name_plural", &model.verbose_name_plural),
        ("display", &model.display),
    ];
    for (option, value) in texts {
        if let Some(value) = value {
            part.line(option, &text(value));
        }
    }
    part.unless(!model.confirm, "confirm", || "true".to_owned());
    part.unless(model.permissions.is_empty(), "permissions", || array(&model.permissions, permission));
    part.unless(model.actions.is_empty(), "actions", || array(&model.actions, action));
    part.unless(model.inlines.is_empty(), "inlines", || array(&model.inlines, inline));
    part.0
}

fn some(names: &Vec<String>) -> Option<&Vec<String>> {
    (!names.is_empty()).then_some(names)
}

/// A table of the file.
struct Part(String);

impl Part {
    fn new(path: &str) -> Self {
        Self(format!("[{path}]\n"))
    }

    fn line(&mut self, option: &str, value: &str) {
        // Writing to a text cannot fail.
        let _ = writeln!(self.0, "{option} = {value}");
    }

    fn unless(&mut self, is_default: bool, option: &str, value: impl FnOnce() -> String) {
        if !is_default {
            self.line(option, &value());
        }
    }
}

/// TOML's basic strings are JSON's, but for one control character.
fn text(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

fn key(name: &str) -> String {
    let is_bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    if is_bare { name.to_owned() } else { text(name) }
}

fn list(names: &[String]) -> String {
    format!("[{}]", names.iter().map(|name| text(name)).collect::<Vec<_>>().join(", "))
}

fn array<T>(items: &[T], write: impl Fn(&T) -> String) -> String {
    let mut all = String::from("[\n");
    for item in items {
        // Writing to a text cannot fail.
        let _ = writeln!(all, "    {},", write(item));
    }
    all.push(']');
    all
}

fn table(pairs: &[(&str, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{} = {value}", key(name))).collect();
    format!("{{ {} }}", pairs.join(", "))
}

fn permission(permission: &PermissionConfig) -> String {
    table(&[("codename", text(&permission.codename)), ("name", text(&permission.name))])
}

fn action(action: &ActionConfig) -> String {
    let mut pairs = vec![("name", text(&action.name))];
    if !action.description.is_empty() {
        pairs.push(("description", text(&action.description)));
    }
    pairs.push(("set", values(&action.set)));
    if let Some(permission) = &action.permission {
        pairs.push(("permission", text(permission)));
    }
    if action.confirm {
        pairs.push(("confirm", "true".to_owned()));
    }
    table(&pairs)
}

fn inline(inline: &InlineConfig) -> String {
    let mut pairs = vec![("model", text(&inline.model))];
    if let Some(key) = &inline.foreign_key {
        pairs.push(("foreign_key", text(key)));
    }
    pairs.push(("min", inline.min.to_string()));
    pairs.push(("max", inline.max.to_string()));
    table(&pairs)
}

fn values(set: &BTreeMap<String, Value>) -> String {
    let pairs: Vec<(&str, String)> = set.iter().map(|(name, of)| (name.as_str(), value(of))).collect();
    table(&pairs)
}

fn value(of: &Value) -> String {
    match of {
        // TOML has no null; a file cannot have set it.
        Value::Null => "\"\"".to_owned(),
        Value::String(words) => text(words),
        Value::Array(items) => format!("[{}]", items.iter().map(value).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let pairs: Vec<(&str, String)> =
                members.iter().map(|(name, of)| (name.as_str(), value(of))).collect();
            table(&pairs)
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn read(toml: &str) -> Config {
        config::Config::builder()
            .add_source(config::File::from_str(toml, config::FileFormat::Toml))
            .build()
            .and_then(config::Config::try_deserialize)
            .unwrap()
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let toml = r#"
            [apps.shop]
            url = "postgres://me:secret@db.example/shop"
            schema = "sales"
            tables = ["a*", "b\"\\c"]
            statement_timeout = "1500ms"
            [apps.shop.models.order_line]
            expose = false
            exclude_fields = ["canary"]
            list_display = []
            display = "{a} </script> {b}"
            confirm = true
            permissions = [{ codename = "ship_order", name = "Can ship" }]
            actions = [{ name = "ship", set = { "Ship ped" = true, n = 1.5, of = [1, "x"] }, permission = "shop.ship_order", confirm = true }]
            inlines = [{ model = "part", max = 3 }]
        "#;
        let shop = read(toml).apps.remove("shop").unwrap();
        let written = shop.to_toml("shop");
        assert!(!written.contains("secret"), "{written}");
        let again = read(&written).apps.remove("shop").unwrap();
        assert_eq!(format!("{again:?}"), format!("{shop:?}"));
    }
}
