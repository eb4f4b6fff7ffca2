//! Actions: what the configuration lets be done to chosen records, all of them or none.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::audited::Attempt;
use super::{BulkOptions, BulkOutcome, Collection, Item};
use crate::apps::{ActionConfig, Model};
use crate::error::{Error, FieldError, Result};
use crate::services::audit::Action;

/// The action that every model has: the chosen records are deleted.
pub const DELETE_SELECTED: &str = "delete_selected";

impl Collection<'_> {
    /// Runs an action of the configuration on the records with these keys.
    ///
    /// # Errors
    /// `Forbidden` without the model's change permission or the action's own; `Invalid` with each key that
    /// stands in the way; database faults.
    pub fn act(&self, action: &ActionConfig, ids: &[Value], dry_run: bool) -> Result<BulkOutcome> {
        self.actor.require(&self.model.change_permission)?;
        if let Some(permission) = &action.permission {
            self.actor.require(permission)?;
        }
        let set: Map<String, Value> =
            action.set.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let items: Vec<Item> = ids.iter().map(|id| Item::Update(id.clone(), set.clone())).collect();
        let model = settable(self.model, action);
        Collection { model: &model, ..*self }.run_action(&action.name, &items, dry_run)
    }

    /// Deletes the records with these keys.
    ///
    /// # Errors
    /// `Forbidden` without the model's delete permission, or that of a model which would lose records along;
    /// `Invalid` with each key that stands in the way; database faults.
    pub fn delete_selected(&self, ids: &[Value], dry_run: bool) -> Result<BulkOutcome> {
        self.actor.require(&self.model.delete_permission)?;
        let items: Vec<Item> = ids.iter().cloned().map(Item::Delete).collect();
        self.run_action(DELETE_SELECTED, &items, dry_run)
    }

    fn run_action(&self, name: &str, items: &[Item], dry_run: bool) -> Result<BulkOutcome> {
        let changes = json!({ "action": name, "items": items.len() });
        let attempt = Attempt { action: Action::Ran, object_id: String::new(), changes };
        let outcome = self.many(&attempt, items, BulkOptions { atomic: true, dry_run })?;
        if outcome.errors.is_empty() { Ok(outcome) } else { Err(refusal(outcome.errors)) }
    }
}

/// The model with the fields that the action sets; clients may not be able to write them.
fn settable<'m>(model: &'m Model, action: &ActionConfig) -> Cow<'m, Model> {
    let sets =
        |index: usize| action.set.keys().any(|name| model.field(name).is_some_and(|(i, _)| i == index));
    if !(0..model.fields.len()).any(|i| sets(i) && model.fields[i].readonly) {
        return Cow::Borrowed(model);
    }
    let mut open = model.clone();
    for (index, field) in open.fields.iter_mut().enumerate() {
        field.readonly = field.readonly && !sets(index);
    }
    Cow::Owned(open)
}

/// One error for all that went wrong: the missing permissions, or each key with its reason.
fn refusal(errors: Vec<(usize, Error)>) -> Error {
    let (mut missing, mut wrong) = (BTreeSet::new(), Vec::with_capacity(errors.len()));
    for (index, error) in errors {
        match error {
            Error::Forbidden { permissions } => missing.extend(permissions),
            other => wrong.push(FieldError::new(format!("ids.{index}"), other.to_string())),
        }
    }
    if missing.is_empty() {
        return Error::Invalid(wrong);
    }
    Error::Forbidden { permissions: missing.into_iter().collect() }
}
