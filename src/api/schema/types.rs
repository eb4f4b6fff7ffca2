//! Schemas of the types that wire types are made of.

use std::borrow::Cow;

use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::auth::ToolMode;
use crate::clock::UtcTime;
use crate::db::{ContentTypeId, GroupId, LogEntryId, PermissionId, TokenId, UserId};
use crate::services::references::Reference;

impl PartialSchema for UtcTime {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A moment, RFC 3339"))
            .examples([json!("2026-11-23T12:00:00Z")])
            .into()
    }
}

impl ToSchema for UtcTime {
    fn name() -> Cow<'static, str> {
        "Timestamp".into()
    }
}

impl PartialSchema for ToolMode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["auto", "full", "compact"]))
            .description(Some("Which set of tools a token gets over MCP"))
            .into()
    }
}

impl ToSchema for ToolMode {}

impl PartialSchema for Reference {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Array(vec![Type::Integer, Type::String]))
            .description(Some("An id or a name"))
            .minimum(Some(1))
            .min_length(Some(1))
            .max_length(Some(200))
            .into()
    }
}

impl ToSchema for Reference {}

macro_rules! ids {
    ($($name:ident),+) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
                    .minimum(Some(1))
                    .examples([json!(1)])
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

ids!(ContentTypeId, GroupId, LogEntryId, PermissionId, TokenId, UserId);
