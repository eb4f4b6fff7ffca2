//! The built-in apps as tools, where a site wants them: users, groups, tokens and the audit log. Everything
//! goes through the services of their own, with their rules: a tool needs the permission that the same needs
//! over REST, and who grants must hold.

mod groups;
mod kind;
mod log_entries;
mod tokens;
mod users;

use std::sync::Arc;

use rmcp::model::Tool;
use serde_json::{Value, json};

use super::Mcp;
use super::tools::arguments::Arguments;
use super::tools::definition::{described, object, property, tool, whole};
use super::tools::operation::Operation;
use super::tools::options::{self, DRY_RUN};
use super::tools::outcome::ToolResult;
use crate::auth::{Actor, TokenRules};
use crate::error::{Error, Result};
use crate::guard::Guard;
use kind::{Desk, Kind, Written};

/// What there is to administer.
static KINDS: [&dyn Kind; 4] = [&users::Users, &groups::Groups, &tokens::Tokens, &log_entries::LogEntries];

/// What administration needs beside the database.
pub struct Administration {
    /// Is told of every change, so that the next request sees it.
    pub guard: Arc<Guard>,
    /// What holds for tokens here.
    pub rules: TokenRules,
}

/// An operation on one kind of things.
#[derive(Clone, Copy)]
pub struct Place {
    operation: Operation,
    kind: &'static dyn Kind,
}

impl Place {
    /// The permission that it needs.
    pub fn permission(self) -> String {
        let verb = match self.operation {
            Operation::Create => "add",
            Operation::Update => "change",
            Operation::Delete => "delete",
            _ => "view",
        };
        format!("{}.{verb}_{}", self.kind.app_label(), self.kind.model())
    }

    /// What errors call one of them.
    pub fn noun(self) -> &'static str {
        self.kind.words()[0]
    }
}

/// The tools of the built-in apps that a site serves.
#[derive(Default)]
pub struct Builtin(Vec<(String, Place)>);

impl Builtin {
    /// The tools of these apps. A name that an attached model has already gets the label of its app.
    pub fn new(apps: &[String], is_taken: impl Fn(&str) -> bool) -> Self {
        let mut tools = Vec::new();
        for kind in KINDS.into_iter().filter(|kind| apps.iter().any(|app| app == kind.app_label())) {
            let mut suffix = kind.suffix().to_owned();
            while is_taken(&suffix) {
                suffix = format!("{}_{suffix}", kind.app_label());
            }
            for operation in operations(kind) {
                tools.push((format!("{}_{suffix}", operation.verb()), Place { operation, kind }));
            }
        }
        Self(tools)
    }

    /// What a name stands for, whether or not it may be called.
    pub fn find(&self, name: &str) -> Option<Place> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, place)| *place)
    }

    /// The tools that `actor` may call.
    fn allowed<'a>(&'a self, actor: &'a Actor) -> impl Iterator<Item = &'a (String, Place)> {
        self.0.iter().filter(|(_, place)| actor.has_perm(&place.permission()))
    }

    /// Whether `actor` may see any of it.
    pub fn may_view_any(&self, actor: &Actor) -> bool {
        self.allowed(actor).any(|(_, place)| place.operation == Operation::List)
    }

    /// The tools as they are announced to `actor`.
    pub fn definitions(&self, actor: &Actor) -> Vec<Tool> {
        self.allowed(actor).map(|(name, place)| definition(name, *place)).collect()
    }

    /// What `find_models` says of the kinds that `actor` may see and whose name has this text in it.
    pub fn found(&self, actor: &Actor, query: &str) -> Vec<Value> {
        let may_view = |kind: &dyn Kind| {
            actor.has_perm(&Place { operation: Operation::List, kind: kind.itself() }.permission())
        };
        let one = |kind: &'static dyn Kind| {
            let tools: Vec<_> = self.allowed(actor).filter(|(_, p)| p.kind.model() == kind.model()).collect();
            let [one, many] = kind.words();
            let text = format!("{}.{} {one} {many}", kind.app_label(), kind.model());
            (!tools.is_empty() && may_view(kind) && text.contains(query)).then(|| {
                json!({
                    "app_label": kind.app_label(),
                    "model": kind.model(),
                    "verbose_name": one,
                    "verbose_name_plural": many,
                    "tools_exposed": true,
                    "operations": tools.iter().map(|(_, place)| place.operation.verb()).collect::<Vec<_>>(),
                    "tools": tools.iter().map(|(name, _)| name).collect::<Vec<_>>(),
                })
            })
        };
        KINDS.into_iter().filter_map(one).collect()
    }
}

fn operations(kind: &dyn Kind) -> impl Iterator<Item = Operation> + use<> {
    use Operation::{Create, Delete, Get, List, Update};
    let writes = !kind.is_read_only();
    [List, Get, Create, Update, Delete].into_iter().filter(move |operation| writes || !operation.writes())
}

fn definition(name: &str, Place { operation, kind }: Place) -> Tool {
    let [one, many] = kind.words();
    let id = || property("id", json!({ "type": "integer", "minimum": 1 }), format!("Id of the {one}"));
    let data = |description: &str| property("data", kind.data(operation == Operation::Create), description);
    let (title, description, properties, required, mut output): (_, _, Vec<_>, &[&str], _) = match operation {
        Operation::List => {
            (format!("List {many}"), format!("List {many}."), kind.filters(), &[], kind.page())
        }
        Operation::Create => (
            format!("Create {one}"),
            format!("Create a {one}. {}", kind.about_creation()),
            vec![data("Values by field"), options::dry_run()],
            &["data"],
            written(kind),
        ),
        Operation::Update => (
            format!("Change {one}"),
            format!("Change a {one}. {}", kind.about_changes()),
            vec![id(), data("New values by field; what is left out stays"), options::dry_run()],
            &["id", "data"],
            written(kind),
        ),
        Operation::Delete => (
            format!("Delete {one}"),
            format!("Delete a {one}."),
            vec![id(), options::dry_run()],
            &["id"],
            whole([("success", json!({ "const": true })), ("id", json!({ "type": "integer" }))]),
        ),
        _ => (format!("Get {one}"), format!("Get one {one}."), vec![id()], &["id"], kind.schema()),
    };
    if operation.writes() {
        output["properties"][DRY_RUN] = json!({ "const": true });
    }
    tool(name, &title, description, operation.annotations(&title), object(properties, required), &output)
}

/// The schema of the answer to a creation or a change.
fn written(kind: &dyn Kind) -> Value {
    let mut output = whole([
        ("success", json!({ "const": true })),
        ("id", json!({ "type": "integer" })),
        ("object", kind.schema()),
    ]);
    if kind.has_secret() {
        let secret = json!({ "type": "string" });
        output["properties"]["token"] = described(secret, "The secret, which is answered this one time");
    }
    output
}

/// Does an operation whose permission was checked. Blocks.
///
/// # Errors
/// `Invalid` for arguments; what the services answer.
pub fn run(mcp: &Mcp, actor: &Actor, place: Place, arguments: Arguments) -> Result<ToolResult> {
    let Some(administration) = &mcp.administration else {
        return Err(Error::Refused("The built-in apps are not served here".into()));
    };
    let desk = Desk { mcp, administration, actor, now: mcp.clock.now() };
    let answer = perform(&desk, place, arguments)?;
    Ok(ToolResult::success(&super::json(&answer)))
}

fn perform(desk: &Desk<'_>, Place { operation, kind }: Place, mut arguments: Arguments) -> Result<Value> {
    if operation == Operation::List {
        return kind.list(desk, arguments);
    }
    let id = if operation == Operation::Create { None } else { arguments.take_count("id", 1) };
    if id.is_none() && operation != Operation::Create && !arguments.are_wrong() {
        arguments.refuse("id", "is required");
    }
    let id = id.and_then(|id| i64::try_from(id).ok()).unwrap_or_default();
    if operation == Operation::Get {
        arguments.finish(&["id"])?;
        return desk.mcp.db.read(|conn| kind.get(desk, conn, id));
    }
    let dry_run = arguments.take_flag(DRY_RUN);
    let written = if operation == Operation::Delete {
        arguments.finish(&["id", DRY_RUN])?;
        desk.write(dry_run, |tx| kind.delete(desk, tx, id))?;
        Written { id, object: None, secret: None }
    } else {
        let data = arguments.require_object("data");
        let is_new = operation == Operation::Create;
        arguments.finish(if is_new { &["data", DRY_RUN] } else { &["id", "data", DRY_RUN] })?;
        desk.write(dry_run, |tx| {
            if is_new { kind.create(desk, tx, data) } else { kind.update(desk, tx, id, data) }
        })?
    };
    let mut answer = json!({ "success": true, "id": written.id });
    if let Some(object) = written.object {
        answer["object"] = object;
    }
    if dry_run {
        answer[DRY_RUN] = json!(true);
    } else if let Some(secret) = written.secret {
        answer["token"] = json!(secret.reveal());
    }
    Ok(answer)
}
