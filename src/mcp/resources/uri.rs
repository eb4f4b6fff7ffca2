//! Addresses of resources. Parts are percent-encoded, so that any name can be in one.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::apps::Model;

/// The template of a model's description.
pub const SCHEMA_TEMPLATE: &str = "schema://{app}/{model}";
/// The template of a record.
pub const RECORD_TEMPLATE: &str = "record://{app}/{model}/{id}";

/// What an address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceUri {
    /// A model.
    Schema {
        /// The label of its app.
        app: String,
        /// Its name.
        model: String,
    },
    /// One record.
    Record {
        /// The label of the app.
        app: String,
        /// The model.
        model: String,
        /// The values of its key, in order.
        key: Vec<String>,
    },
}

impl ResourceUri {
    /// Reads an address; `None` if it is none of ours.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix("schema://") {
            let (app, model) = rest.split_once('/')?;
            return Some(Self::Schema { app: decode(app)?, model: decode(model)? });
        }
        let (app, rest) = text.strip_prefix("record://")?.split_once('/')?;
        let (model, key) = rest.split_once('/')?;
        let key = key.split(',').map(decode).collect::<Option<_>>()?;
        Some(Self::Record { app: decode(app)?, model: decode(model)?, key })
    }

    /// The name of its model, `app_label.model`.
    pub fn label(&self) -> String {
        let (Self::Schema { app, model } | Self::Record { app, model, .. }) = self;
        format!("{app}.{model}")
    }
}

/// The address of a model's description.
pub fn schema(model: &Model) -> String {
    format!("schema://{}/{}", encode(&model.app_label), encode(&model.name))
}

/// The key of a record in the form in which tools take it; `None` if there are more or fewer values than
/// columns.
pub fn id(model: &Model, key: &[String]) -> Option<Value> {
    match (model.primary_key.as_slice(), key) {
        ([_], [one]) => Some(Value::String(one.clone())),
        (columns, values) if columns.len() == values.len() => {
            let name = |index: &usize| model.fields[*index].name.to_string();
            let pairs = columns.iter().zip(values);
            let object: Map<String, Value> =
                pairs.map(|(index, value)| (name(index), Value::String(value.clone()))).collect();
            Some(Value::Object(object))
        }
        _ => None,
    }
}

/// Percent-encodes everything but unreserved characters (RFC 3986, section 2.3).
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let value = digit(bytes.next())? * 16 + digit(bytes.next())?;
                out.push(u8::try_from(value).ok()?);
            }
            b'/' | b'?' | b'#' => return None,
            other => out.push(other),
        }
    }
    let text = String::from_utf8(out).ok()?;
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_name_models_and_records() {
        let schema = ResourceUri::Schema { app: "blog".into(), model: "article".into() };
        assert_eq!(ResourceUri::parse("schema://blog/article"), Some(schema));
        let record = ResourceUri::parse("record://blog/seat/1,a%2Cb%2F").unwrap();
        let key = vec!["1".to_owned(), "a,b/".to_owned()];
        assert_eq!(record, ResourceUri::Record { app: "blog".into(), model: "seat".into(), key });
        assert_eq!(record.label(), "blog.seat");
        for wrong in [
            "",
            "schema://",
            "schema://blog",
            "schema://blog/",
            "schema://blog/article/1",
            "schema://blog/a?b",
            "record://blog/article",
            "record://blog/article/",
            "record://blog/article/%",
            "record://blog/article/%f",
            "record://blog/article/%ff",
            "SCHEMA://blog/article",
            "file:///etc/passwd",
        ] {
            assert_eq!(ResourceUri::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]
        #[test]
        fn r57_any_name_can_be_in_an_address(names in proptest::collection::vec("\\PC{1,8}", 3)) {
            let text = format!("record://{}/{}/{}", encode(&names[0]), encode(&names[1]), encode(&names[2]));
            let expected =
                ResourceUri::Record { app: names[0].clone(), model: names[1].clone(), key: vec![names[2].clone()] };
            prop_assert_eq!(ResourceUri::parse(&text), Some(expected));
        }

        #[test]
        fn r57_any_text_is_an_address_or_none(text in any::<String>()) {
            let _ = ResourceUri::parse(&text);
            let _ = ResourceUri::parse(&format!("record://{text}"));
        }
    }
}
