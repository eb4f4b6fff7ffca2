//! `/api/v1/content-types`: the models that permissions are about.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::call::nothing;
use super::etag::Versioned;
use super::{Answer, Call, Endpoint, List};
use crate::db::ContentTypeId;
use crate::services::content_types::{self, ContentType, ContentTypeFilter, ContentTypeOrder};
use crate::services::permissions::Permission;

/// A content type.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContentType)]
struct ContentTypeView {
    /// Never used again after a deletion.
    id: ContentTypeId,
    /// Label of the app.
    app_label: String,
    /// Name of the model, unique in its app.
    model: String,
    /// For people.
    name: String,
    /// Whether its table has vanished.
    is_stale: bool,
}

impl From<ContentType> for ContentTypeView {
    fn from(row: ContentType) -> Self {
        let ContentType { id, app_label, model, name, is_stale } = row;
        Self { id, app_label, model, name, is_stale }
    }
}

impl ContentTypeView {
    fn example() -> Value {
        json!({ "id": 6, "app_label": "blog", "model": "article", "name": "article", "is_stale": false })
    }
}

/// A content type with its permissions.
#[derive(Debug, Serialize, ToSchema)]
struct ContentTypeDetails {
    #[serde(flatten)]
    row: ContentTypeView,
    /// Names of its permissions, in order.
    permissions: Vec<String>,
}

impl Versioned for ContentTypeDetails {}

impl ContentTypeDetails {
    fn example() -> Value {
        let mut example = ContentTypeView::example();
        example["permissions"] = json!(["blog.add_article", "blog.change_article"]);
        example
    }
}

/// Which content types; every condition that is given must hold.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContentTypeQuery {
    /// Of this app.
    #[schema(max_length = 100)]
    app: Option<String>,
    /// Of models of this name.
    #[schema(max_length = 100)]
    model: Option<String>,
    /// Text in the model or the name.
    #[schema(max_length = 200)]
    search: Option<String>,
    /// Those of vanished tables, or the others.
    stale: Option<bool>,
    /// The order; by app and model if nothing is said.
    sort: Option<Sort>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[schema(as = ContentTypeSort)]
enum Sort {
    #[serde(rename = "id")]
    Id,
    #[serde(rename = "-id")]
    IdDown,
    #[serde(rename = "model")]
    Model,
    #[serde(rename = "-model")]
    ModelDown,
}

impl ContentTypeQuery {
    /// The order, and whether it is turned around.
    fn order(&self) -> (ContentTypeOrder, bool) {
        match self.sort.unwrap_or(Sort::Model) {
            Sort::Id => (ContentTypeOrder::Id, false),
            Sort::IdDown => (ContentTypeOrder::Id, true),
            Sort::Model => (ContentTypeOrder::Model, false),
            Sort::ModelDown => (ContentTypeOrder::Model, true),
        }
    }
}

/// The endpoints of this resource.
pub fn endpoints() -> [Endpoint; 3] {
    [
        Endpoint::get("/api/v1/content-types", "list_content_types", list)
            .about("content types", "List content types")
            .details("By default in order of app and model; `sort` takes a minus sign in front.")
            .needs("auth.view_permission")
            .lists::<ContentTypeQuery, ContentTypeView>(&ContentTypeView::example()),
        Endpoint::get("/api/v1/content-types/{id}", "show_content_type", show)
            .about("content types", "Show a content type and its permissions")
            .needs("auth.view_permission")
            .answers::<ContentTypeDetails>(200, "The content type", ContentTypeDetails::example())
            .takes_if_none_match(),
        Endpoint::delete("/api/v1/content-types/{id}", "delete_content_type", delete)
            .about("content types", "Remove the content type of a vanished table")
            .details(
                "Its permissions go with it, whoever holds them. As long as the table is there it stays.",
            )
            .needs("auth.delete_permission")
            .answers_nothing(204, "The content type is gone")
            .problem(409),
    ]
}

async fn list(call: Call, list: List<ContentTypeQuery>) -> Answer {
    let List { filter, page } = list;
    let slice = page.slice()?;
    let found = call.read(move |conn, call| {
        let order = filter.order();
        let filter = ContentTypeFilter {
            app_label: filter.app,
            model: filter.model,
            search: filter.search.filter(|text| !text.is_empty()),
            is_stale: filter.stale,
            ..ContentTypeFilter::default()
        };
        content_types::slice(conn, &call.actor, &filter, order, &slice)
    });
    page.answer(found.await?, ContentTypeView::from)
}

async fn show(call: Call, id: Path<ContentTypeId>) -> Answer {
    let found = call.read(move |conn, call| {
        let row = content_types::show(conn, &call.actor, *id)?;
        let permissions = content_types::permissions(conn, &call.actor, *id)?;
        let permissions = permissions.iter().map(Permission::full_name).collect();
        Ok(ContentTypeDetails { row: row.into(), permissions })
    });
    call.show(&found.await?)
}

async fn delete(call: Call, id: Path<ContentTypeId>) -> Answer {
    call.write(move |tx, call| content_types::remove_stale(tx, &call.actor, call.now, *id)).await?;
    nothing()
}
