//! Users: accounts, their groups and permissions. Passwords neither come in nor go out this way.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::kind::{Desk, Kind, Written, page, paging, read, references};
use crate::db::{DbConnection, Tx, UserId};
use crate::error::{Error, Result};
use crate::mcp::tools::arguments::Arguments;
use crate::mcp::tools::definition::{object, property};
use crate::services::references::{self, Reference};
use crate::services::users::{self, NewUser, OwnedTokens, User, UserFilter, UserUpdate};

/// `auth.user`
pub struct Users;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct UserData {
    username: Option<String>,
    email: Option<String>,
    is_active: Option<bool>,
    is_staff: Option<bool>,
    is_superuser: Option<bool>,
    groups: Option<Vec<Reference>>,
    permissions: Option<Vec<Reference>>,
}

impl Kind for Users {
    fn app_label(&self) -> &'static str {
        "auth"
    }

    fn model(&self) -> &'static str {
        "user"
    }

    fn itself(&self) -> &'static dyn Kind {
        &Self
    }

    fn words(&self) -> [&'static str; 2] {
        ["user", "users"]
    }

    fn about_creation(&self) -> &'static str {
        "It has no password, so nobody can sign in as it until an administrator gives it one. Groups and permissions \
         need auth.change_user."
    }

    fn about_changes(&self) -> &'static str {
        "Who grants must hold what is granted."
    }

    fn schema(&self) -> Value {
        let (text, flag) = (json!({ "type": "string" }), json!({ "type": "boolean" }));
        let texts = json!({ "type": "array", "items": text });
        let members = [
            ("id", json!({ "type": "integer" })),
            ("username", text.clone()),
            ("email", text.clone()),
            ("is_active", flag.clone()),
            ("is_staff", flag.clone()),
            ("is_superuser", flag),
            ("date_joined", text),
            ("last_login", json!({ "type": ["string", "null"] })),
            ("groups", texts.clone()),
            ("permissions", texts),
        ];
        object(members.map(|(name, schema)| (name.to_owned(), schema)), &["id", "username", "is_active"])
    }

    fn filters(&self) -> Vec<(String, Value)> {
        let mut filters = paging();
        for (name, what) in [
            ("is_active", "Those that are active, or not"),
            ("is_staff", "Those that may sign in to the admin, or not"),
            ("is_superuser", "Superusers, or the others"),
        ] {
            filters.push(property(name, json!({ "type": "boolean" }), what));
        }
        filters
    }

    fn data(&self, is_new: bool) -> Value {
        let flag = json!({ "type": "boolean" });
        let members = [
            ("username", json!({ "type": "string", "minLength": 1, "maxLength": 150 })),
            ("email", json!({ "type": "string", "maxLength": 254 })),
            ("is_active", flag.clone()),
            ("is_staff", flag.clone()),
            ("is_superuser", flag),
            ("groups", references("groups")),
            ("permissions", references("permissions")),
        ];
        let required: &[&str] = if is_new { &["username"] } else { &[] };
        object(members.map(|(name, schema)| (name.to_owned(), schema)), required)
    }

    fn list(&self, desk: &Desk<'_>, mut arguments: Arguments) -> Result<Value> {
        let paging = desk.take_paging(&mut arguments);
        let filter = UserFilter {
            search: arguments.take_text("search"),
            is_active: arguments.take_switch("is_active"),
            is_staff: arguments.take_switch("is_staff"),
            is_superuser: arguments.take_switch("is_superuser"),
            ..UserFilter::default()
        };
        arguments.finish(&["limit", "offset", "search", "is_active", "is_staff", "is_superuser"])?;
        let found = desk.mcp.db.read(|conn| users::list(conn, desk.actor, &filter, paging))?;
        let rows: Vec<Value> = found.rows.iter().map(view).collect();
        Ok(page(&rows, found.total))
    }

    fn get(&self, desk: &Desk<'_>, conn: &mut DbConnection, id: i64) -> Result<Value> {
        let user = users::show(conn, desk.actor, UserId(id))?;
        whole(desk, conn, &user)
    }

    fn create(&self, desk: &Desk<'_>, tx: &mut Tx<'_>, data: Map<String, Value>) -> Result<Written> {
        let data: UserData = read(data)?;
        let username = data.username.clone();
        let new = NewUser {
            username: username.ok_or_else(|| Error::invalid("data.username", "is required"))?,
            email: data.email.clone().unwrap_or_default(),
            password: None,
            is_active: data.is_active.unwrap_or(true),
            is_staff: data.is_staff.unwrap_or(false),
            is_superuser: data.is_superuser.unwrap_or(false),
        };
        let user = users::create(tx, desk.actor, desk.now, &new)?;
        grant(desk, tx, user.id, &data)?;
        written(desk, tx, &user)
    }

    fn update(&self, desk: &Desk<'_>, tx: &mut Tx<'_>, id: i64, data: Map<String, Value>) -> Result<Written> {
        let data: UserData = read(data)?;
        let (actor, now, id) = (desk.actor, desk.now, UserId(id));
        // What the account may lose comes first, so that the rules judge what is left.
        grant(desk, tx, id, &data)?;
        let update = UserUpdate {
            username: data.username,
            email: data.email,
            is_staff: data.is_staff,
            is_superuser: data.is_superuser,
        };
        let mut user = users::update(tx, actor, now, id, &update)?;
        match data.is_active {
            Some(true) if !user.is_active => user = users::activate(tx, actor, now, id)?,
            Some(false) if user.is_active => user = users::deactivate(tx, actor, now, id)?,
            _ => {}
        }
        written(desk, tx, &user)
    }

    fn delete(&self, desk: &Desk<'_>, tx: &mut Tx<'_>, id: i64) -> Result<()> {
        users::delete(tx, desk.actor, desk.now, UserId(id), OwnedTokens::Refuse, &desk.administration.rules)
    }
}

fn grant(desk: &Desk<'_>, tx: &mut Tx<'_>, id: UserId, data: &UserData) -> Result<()> {
    if let Some(permissions) = &data.permissions {
        let names = references::permission_names(tx, permissions)?;
        users::set_permissions(tx, desk.actor, desk.now, id, &names)?;
    }
    if let Some(groups) = &data.groups {
        let groups = references::groups(tx, groups)?;
        users::set_groups(tx, desk.actor, desk.now, id, &groups)?;
    }
    Ok(())
}

fn view(user: &User) -> Value {
    json!({
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "is_active": user.is_active,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "date_joined": user.date_joined,
        "last_login": user.last_login,
    })
}

/// With groups and direct permissions.
fn whole(desk: &Desk<'_>, conn: &mut DbConnection, user: &User) -> Result<Value> {
    let mut found = view(user);
    let groups = users::groups(conn, desk.actor, user.id)?;
    found["groups"] = groups.into_iter().map(|group| json!(group.name)).collect();
    let held = users::held_permissions(conn, desk.actor, user.id)?;
    found["permissions"] = held.into_iter().filter(|h| h.direct).map(|h| json!(h.permission)).collect();
    Ok(found)
}

/// Who may only add users sees of a new one what it has given.
fn written(desk: &Desk<'_>, conn: &mut DbConnection, user: &User) -> Result<Written> {
    let may_see = desk.actor.has_perm("auth.view_user") || desk.actor.has_perm("auth.change_user");
    let object = if may_see { whole(desk, conn, user)? } else { view(user) };
    Ok(Written { id: user.id.0, object: Some(object), secret: None })
}
