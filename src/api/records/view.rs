//! Records on the wire: objects whose members are the fields of the model.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::apps::Model;
use crate::apps::record::{self, ETAG, Record, Row};

/// What is written to a record: values by field, foreign keys under either name, many-to-many relations as
/// lists of ids.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct RecordData(pub Map<String, Value>);

/// A record as it is.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct RecordView(pub Row);

/// A record and its version, or its address.
pub struct Found {
    /// The record.
    pub record: RecordView,
    /// Its entity tag, with quotes.
    pub tag: String,
    /// Its address; `None` without a key.
    pub location: Option<String>,
}

impl Found {
    /// Shows a record.
    pub fn new(model: &Model, record: Record) -> Self {
        Self {
            tag: format!("\"{}\"", record::version(&record)),
            location: super::address::of(model, &record),
            record: RecordView(Row { record, version: None }),
        }
    }
}

impl RecordView {
    /// For the documentation.
    pub fn example() -> Value {
        json!({ "id": 17, "title": "How to brew tea", "author_id": 3, "published": true })
    }
}

/// The same in a list, where nothing else tells its version.
pub fn example_of_row() -> Value {
    let mut row = RecordView::example();
    row[ETAG] = json!("5d41402abc4b2a76b9719d91");
    row
}

fn object(description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(description))
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .into()
}

impl PartialSchema for RecordData {
    fn schema() -> RefOr<Schema> {
        object(
            "Values by field of the model. A foreign key goes by the name of its column or of its relation; a \
             many-to-many relation takes the list of all ids.",
        )
    }
}

impl ToSchema for RecordData {
    fn name() -> Cow<'static, str> {
        "RecordData".into()
    }
}

impl PartialSchema for RecordView {
    fn schema() -> RefOr<Schema> {
        object("The fields of the model by name. What the configuration excludes is not in it.")
    }
}

impl ToSchema for RecordView {
    fn name() -> Cow<'static, str> {
        "Record".into()
    }
}
