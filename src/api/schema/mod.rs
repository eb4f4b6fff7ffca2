//! JSON schemas: made from types, checked against what clients send. What the documentation says of an
//! input is what the input is judged by.

mod check;
mod types;

use std::any::TypeId;
use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::endpoint::Endpoint;

/// The schema of a type, with those that it refers to.
#[derive(Debug, Clone)]
pub struct Shape {
    /// The name under which it stands among the components.
    pub name: String,
    /// Itself.
    pub schema: Value,
    /// What `$ref`s in it lead to, by name.
    pub components: BTreeMap<String, Value>,
}

impl Shape {
    /// The schema of `T`.
    pub fn of<T: ToSchema>() -> Self {
        let mut referred: Vec<(String, RefOr<Schema>)> = Vec::new();
        T::schemas(&mut referred);
        Self {
            name: T::name().into_owned(),
            schema: json(&T::schema()),
            components: referred.into_iter().map(|(name, schema)| (name, json(&schema))).collect(),
        }
    }

    /// The same for parameters of a query.
    pub fn of_query<T: ToSchema>() -> Self {
        let mut shape = Self::of::<T>();
        if let Some(properties) = shape.schema["properties"].as_object_mut() {
            properties.iter_mut().for_each(|(_, schema)| *schema = without_null(schema.take()));
        }
        shape
    }

    /// Follows `$ref`.
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let name = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/components/schemas/"));
        match name {
            Some(name) => self.components.get(name).unwrap_or(&Value::Null),
            None => schema,
        }
    }
}

/// A parameter is there or not; there is no null in a query.
fn without_null(mut schema: Value) -> Value {
    if let Some(types) = schema["type"].as_array_mut() {
        types.retain(|one| one != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    } else if let Some(alternatives) = schema["oneOf"].as_array() {
        let others: Vec<Value> = alternatives.iter().filter(|one| one["type"] != "null").cloned().collect();
        if let [only] = others.as_slice() {
            return only.clone();
        }
    }
    if let Value::Object(members) = &mut schema {
        members.retain(|_, value| !value.is_null());
    }
    schema
}

fn json(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}

/// The shapes of everything that endpoints read, by type.
#[derive(Default)]
pub struct Shapes(HashMap<TypeId, Shape>);

impl Shapes {
    /// Adds what an endpoint reads.
    pub fn add(&mut self, endpoint: &Endpoint) {
        let body = endpoint.doc.body.as_ref().map(|body| &body.input);
        for input in body.into_iter().chain(&endpoint.doc.query) {
            self.0.insert(input.type_id, input.shape.clone());
        }
    }

    /// The shape of a type, if some endpoint declared to read it.
    pub fn get<T: 'static>(&self) -> Option<&Shape> {
        self.0.get(&TypeId::of::<T>())
    }
}
