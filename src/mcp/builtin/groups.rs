//! Groups and the permissions that they give.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::kind::{Desk, Kind, Written, page, paging, read, references};
use crate::db::{DbConnection, GroupId, Tx};
use crate::error::{Error, Result};
use crate::mcp::tools::arguments::Arguments;
use crate::mcp::tools::definition::object;
use crate::services::groups::{self, Group};
use crate::services::references::{self, Reference};

/// `auth.group`
pub struct Groups;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GroupData {
    name: Option<String>,
    permissions: Option<Vec<Reference>>,
}

impl Kind for Groups {
    fn app_label(&self) -> &'static str {
        "auth"
    }

    fn model(&self) -> &'static str {
        "group"
    }

    fn itself(&self) -> &'static dyn Kind {
        &Self
    }

    fn words(&self) -> [&'static str; 2] {
        ["group", "groups"]
    }

    fn about_creation(&self) -> &'static str {
        "Permissions need auth.change_group, and who grants must hold them."
    }

    fn about_changes(&self) -> &'static str {
        "Who grants must hold what is granted."
    }

    fn schema(&self) -> Value {
        let text = json!({ "type": "string" });
        let members = [
            ("id", json!({ "type": "integer" })),
            ("name", text.clone()),
            ("permissions", json!({ "type": "array", "items": text })),
        ];
        object(members.map(|(name, schema)| (name.to_owned(), schema)), &["id", "name"])
    }

    fn filters(&self) -> Vec<(String, Value)> {
        paging()
    }

    fn data(&self, is_new: bool) -> Value {
        let members = [
            ("name", json!({ "type": "string", "minLength": 1, "maxLength": 150 })),
            ("permissions", references("permissions")),
        ];
        let required: &[&str] = if is_new { &["name"] } else { &[] };
        object(members.map(|(name, schema)| (name.to_owned(), schema)), required)
    }

    fn list(&self, desk: &Desk<'_>, mut arguments: Arguments) -> Result<Value> {
        let paging = desk.take_paging(&mut arguments);
        let search = arguments.take_text("search");
        arguments.finish(&["limit", "offset", "search"])?;
        let found = desk.mcp.db.read(|conn| groups::list(conn, desk.actor, search.as_deref(), paging))?;
        let rows: Vec<Value> = found.rows.iter().map(|group| json!(group)).collect();
        Ok(page(&rows, found.total))
    }

    fn get(&self, desk: &Desk<'_>, conn: &mut DbConnection, id: i64) -> Result<Value> {
        let found = groups::show(conn, desk.actor, GroupId(id))?;
        Ok(json!({ "id": found.group.id, "name": found.group.name, "permissions": found.permissions }))
    }

    fn create(&self, desk: &Desk<'_>, tx: &mut Tx<'_>, data: Map<String, Value>) -> Result<Written> {
        let GroupData { name, permissions } = read(data)?;
        let name = name.ok_or_else(|| Error::invalid("data.name", "is required"))?;
        let group = groups::create(tx, desk.actor, desk.now, &name)?;
        grant(desk, tx, group.id, permissions.as_deref())?;
        written(tx, group)
    }

    fn update(&self, desk: &Desk<'_>, tx: &mut Tx<'_>, id: i64, data: Map<String, Value>) -> Result<Written> {
        let GroupData { name, permissions } = read(data)?;
        grant(desk, tx, GroupId(id), permissions.as_deref())?;
        let group = match name {
            Some(name) => groups::rename(tx, desk.actor, desk.now, GroupId(id), &name)?,
            None => groups::show(tx, desk.actor, GroupId(id))?.group,
        };
        written(tx, group)
    }

    fn delete(&self, desk: &Desk<'_>, tx: &mut Tx<'_>, id: i64) -> Result<()> {
        groups::delete(tx, desk.actor, desk.now, GroupId(id))
    }
}

fn grant(desk: &Desk<'_>, tx: &mut Tx<'_>, id: GroupId, permissions: Option<&[Reference]>) -> Result<()> {
    if let Some(permissions) = permissions {
        let names = references::permission_names(tx, permissions)?;
        groups::set_permissions(tx, desk.actor, desk.now, id, &names)?;
    }
    Ok(())
}

fn written(tx: &mut Tx<'_>, group: Group) -> Result<Written> {
    let found = groups::details(tx, group)?;
    let object = json!({ "id": found.group.id, "name": found.group.name, "permissions": found.permissions });
    Ok(Written { id: found.group.id.0, object: Some(object), secret: None })
}
