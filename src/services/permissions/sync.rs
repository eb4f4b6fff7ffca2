//! Keeping content types and permissions in step with the models that exist.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{ContentTypeId, DbConnection, Tx};
use crate::error::{Error, Result};
use crate::models::authz_epoch;
use crate::models::content_type::{self, ContentType, ContentTypeChanges, NewContentType};
use crate::models::permission::{self, NewPermission, Permission};
use crate::services::audit::{self, Action, Target};

/// A model that exists, as far as permissions are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentTypeSpec {
    /// Label of the app.
    pub app_label: String,
    /// Name of the model.
    pub model: String,
    /// Its name for people, in the singular.
    pub name: String,
    /// Codename and name of each permission beside the four.
    pub extra_permissions: Vec<(String, String)>,
}

impl ContentTypeSpec {
    fn built_in(app_label: &str, model: &str, name: &str, extra: &[(&str, &str)]) -> Self {
        Self {
            app_label: app_label.into(),
            model: model.into(),
            name: name.into(),
            extra_permissions: extra.iter().map(|&(c, n)| (c.to_owned(), n.to_owned())).collect(),
        }
    }

    /// Codename and name of all its permissions, as Django makes them.
    fn permissions(&self) -> BTreeMap<String, String> {
        let four = ["view", "add", "change", "delete"]
            .map(|verb| (format!("{verb}_{}", self.model), format!("Can {verb} {}", self.name)));
        four.into_iter().chain(self.extra_permissions.iter().cloned()).collect()
    }
}

/// The models that are ours.
#[must_use]
pub fn built_in() -> Vec<ContentTypeSpec> {
    let token =
        [("introspect_token", "Can ask whether a token is valid"), ("view_metrics", "Can view metrics")];
    vec![
        ContentTypeSpec::built_in("auth", "user", "user", &[]),
        ContentTypeSpec::built_in("auth", "group", "group", &[]),
        ContentTypeSpec::built_in("auth", "permission", "permission", &[]),
        ContentTypeSpec::built_in("mcp", "token", "token", &token),
        ContentTypeSpec::built_in("admin", "logentry", "log entry", &[]),
    ]
}

/// What [`sync`] does, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct SyncReport {
    /// Models that are new: `blog.article`.
    pub added: Vec<String>,
    /// Models whose table has vanished.
    pub stale: Vec<String>,
    /// Models whose table is back.
    pub revived: Vec<String>,
    /// Permissions that are new in models that were known: `blog.publish_article`.
    pub added_permissions: Vec<String>,
    /// Models and permissions whose name for people is another one.
    pub renamed: Vec<String>,
}

impl SyncReport {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What of it is about one app.
    #[must_use]
    pub fn of_app(mut self, label: &str) -> Self {
        let is_of = |name: &String| name.split_once('.').is_some_and(|(app, _)| app == label);
        for names in [
            &mut self.added,
            &mut self.stale,
            &mut self.revived,
            &mut self.added_permissions,
            &mut self.renamed,
        ] {
            names.retain(is_of);
        }
        self
    }
}

enum Step {
    Add(ContentTypeSpec),
    Update { id: ContentTypeId, name: Option<String>, is_stale: Option<bool> },
    AddPermission { content_type: ContentTypeId, codename: String, name: String },
    RenamePermission { id: crate::db::PermissionId, name: String },
}

/// Finds out what [`sync`] would do.
///
/// # Errors
/// As [`sync`].
pub fn plan(
    conn: &mut DbConnection,
    specs: &[ContentTypeSpec],
    unknown_apps: &[String],
) -> Result<SyncReport> {
    Ok(compare(conn, specs, unknown_apps)?.0)
}

/// Brings content types and permissions in step with the models that exist: adds what is missing, marks
/// what has vanished as stale, revives what is back. Nothing is ever removed. Models of `unknown_apps`,
/// whose databases could not be read, stay as they are. It is the program's own doing and needs no
/// permission; `actor` is named in the log.
///
/// # Errors
/// `Invalid` if a custom permission has a name that another model of the app uses; database faults.
pub fn sync(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    specs: &[ContentTypeSpec],
    unknown_apps: &[String],
) -> Result<SyncReport> {
    // Also makes nodes that start at the same moment do this one after the other.
    authz_epoch::bump(tx)?;
    let (report, steps) = compare(tx, specs, unknown_apps)?;
    for step in steps {
        apply(tx, step)?;
    }
    if !report.is_empty() {
        let target = Target::new("auth", "permission", "", "content types and permissions");
        audit::record(tx, actor, now, Action::Changed, &target, &json!({ "after": report }))?;
    }
    Ok(report)
}

fn apply(tx: &mut Tx<'_>, step: Step) -> Result<()> {
    match step {
        Step::Add(spec) => {
            let new = NewContentType { app_label: &spec.app_label, model: &spec.model, name: &spec.name };
            let id = content_type::insert(tx, &new)?;
            for (codename, name) in spec.permissions() {
                let new = NewPermission { content_type_id: id, codename: &codename, name: &name };
                permission::insert(tx, &new)?;
            }
        }
        Step::Update { id, name, is_stale } => {
            let changes = ContentTypeChanges { name: name.as_deref(), is_stale };
            content_type::update(tx, id, &changes)?;
        }
        Step::AddPermission { content_type, codename, name } => {
            let new = NewPermission { content_type_id: content_type, codename: &codename, name: &name };
            permission::insert(tx, &new)?;
        }
        Step::RenamePermission { id, name } => {
            permission::update(tx, id, &name)?;
        }
    }
    Ok(())
}

fn compare(
    conn: &mut DbConnection,
    specs: &[ContentTypeSpec],
    unknown_apps: &[String],
) -> Result<(SyncReport, Vec<Step>)> {
    check_names(specs)?;
    let mut stored: BTreeMap<(String, String), ContentType> = content_type::list(conn)?
        .into_iter()
        .map(|row| ((row.app_label.clone(), row.model.clone()), row))
        .collect();
    let mut permissions: BTreeMap<ContentTypeId, Vec<Permission>> = BTreeMap::new();
    for row in permission::list(conn, None)? {
        permissions.entry(row.content_type_id).or_default().push(row);
    }
    let (mut report, mut steps) = (SyncReport::default(), Vec::new());
    for spec in specs {
        let label = format!("{}.{}", spec.app_label, spec.model);
        let Some(row) = stored.remove(&(spec.app_label.clone(), spec.model.clone())) else {
            report.added.push(label);
            steps.push(Step::Add(spec.clone()));
            continue;
        };
        let held = permissions.remove(&row.id).unwrap_or_default();
        compare_permissions(spec, row.id, &held, &mut report, &mut steps);
        let name = (row.name != spec.name).then(|| spec.name.clone());
        if name.is_some() || row.is_stale {
            if name.is_some() {
                report.renamed.push(label.clone());
            }
            if row.is_stale {
                report.revived.push(label);
            }
            steps.push(Step::Update { id: row.id, name, is_stale: row.is_stale.then_some(false) });
        }
    }
    for row in stored.into_values().filter(|row| !row.is_stale && !unknown_apps.contains(&row.app_label)) {
        report.stale.push(format!("{}.{}", row.app_label, row.model));
        steps.push(Step::Update { id: row.id, name: None, is_stale: Some(true) });
    }
    Ok((report, steps))
}

fn compare_permissions(
    spec: &ContentTypeSpec,
    content_type: ContentTypeId,
    held: &[Permission],
    report: &mut SyncReport,
    steps: &mut Vec<Step>,
) {
    for (codename, name) in spec.permissions() {
        let label = format!("{}.{codename}", spec.app_label);
        match held.iter().find(|p| p.codename == codename) {
            None => {
                report.added_permissions.push(label);
                steps.push(Step::AddPermission { content_type, codename, name });
            }
            Some(row) if row.name != name => {
                report.renamed.push(label);
                steps.push(Step::RenamePermission { id: row.id, name });
            }
            Some(_) => {}
        }
    }
}

/// A permission is named by app and codename alone, so no two models of an app may share a codename.
fn check_names(specs: &[ContentTypeSpec]) -> Result<()> {
    let mut seen = BTreeSet::new();
    for spec in specs {
        for codename in spec.permissions().into_keys() {
            let field = format!("apps.{}.models.{}.permissions", spec.app_label, spec.model);
            if !seen.insert((spec.app_label.as_str(), codename.clone())) {
                let message = format!("another model of the app has a permission \"{codename}\" already");
                return Err(Error::invalid(field, message));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::permissions::list;
    use crate::services::testing::TestDb;

    fn blog(model: &str, extra: &[(&str, &str)]) -> ContentTypeSpec {
        ContentTypeSpec::built_in("blog", model, model, extra)
    }

    fn run(test: &TestDb, specs: &[ContentTypeSpec], unknown: &[String]) -> Result<SyncReport> {
        let now = test.clock.now();
        test.write(|tx| sync(tx, &Actor::cli(), now, specs, unknown))
    }

    fn with_built_in(more: Vec<ContentTypeSpec>) -> Vec<ContentTypeSpec> {
        built_in().into_iter().chain(more).collect()
    }

    #[test]
    fn four_permissions_a_model_are_named_as_in_django() {
        let test = TestDb::new();
        let listed = test.db.read(|conn| list(conn, &Actor::cli(), Some("blog"))).unwrap();
        let names: Vec<_> = listed.iter().map(|p| format!("{}: {}", p.full_name(), p.name)).collect();
        assert_eq!(
            names,
            [
                "blog.add_article: Can add article",
                "blog.change_article: Can change article",
                "blog.delete_article: Can delete article",
                "blog.publish_article: Can publish article",
                "blog.view_article: Can view article",
            ]
        );
    }

    #[test]
    fn models_are_added_once_go_stale_and_come_back() {
        let test = TestDb::new();
        let both = with_built_in(vec![
            blog("article", &[("publish_article", "Can publish article")]),
            blog("tag", &[]),
        ]);
        assert_eq!(run(&test, &both, &[]).unwrap().added, ["blog.tag"]);
        assert!(run(&test, &both, &[]).unwrap().is_empty());
        let ours = built_in();
        assert_eq!(run(&test, &ours, &["blog".into()]).unwrap(), SyncReport::default());
        assert_eq!(run(&test, &ours, &[]).unwrap().stale, ["blog.article", "blog.tag"]);
        assert_eq!(run(&test, &both, &[]).unwrap().revived, ["blog.article", "blog.tag"]);
        assert_eq!(test.log().len(), 3);
    }

    #[test]
    fn two_models_of_an_app_cannot_share_a_codename() {
        let test = TestDb::new();
        let specs = with_built_in(vec![blog("article", &[("view_tag", "x")]), blog("tag", &[])]);
        let error = run(&test, &specs, &[]).unwrap_err().to_string();
        assert!(error.starts_with("apps.blog.models.tag.permissions: "), "{error}");
    }
}
