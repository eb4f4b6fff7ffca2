//! Finding the model that an address names, as far as the caller may know of it.

use serde::Deserialize;

use crate::api::Call;
use crate::apps::Model;
use crate::apps::record::{self, Record};
use crate::db::Db;
use crate::error::{Error, FieldError, Result};
use crate::services::records::Collection;

/// The parts of the path. The key is read from the path as it was sent, because it may be in several parts.
#[derive(Debug, Clone, Deserialize)]
pub struct Place {
    app: String,
    model: String,
}

/// Runs blocking `work` on the records of the model that the path names.
///
/// # Errors
/// `NotFound` for a model that does not exist or is not exposed; what `work` returns, with the names of
/// fields as the caller wrote them.
pub async fn with<T: Send + 'static>(
    call: &Call,
    place: Place,
    work: impl FnOnce(&Collection<'_>, &Call) -> Result<T> + Send + 'static,
) -> Result<T> {
    call.run(move |db, call| run(db, call, &place, work)).await
}

fn run<T>(
    db: &Db,
    call: &Call,
    place: &Place,
    work: impl FnOnce(&Collection<'_>, &Call) -> Result<T>,
) -> Result<T> {
    let catalog = call.registry().catalog();
    let found = catalog.find(&place.app, &place.model).filter(|(_, model)| model.exposed);
    let (app, model) = found.ok_or_else(nothing_here)?;
    let collection = Collection {
        db,
        actor: &call.actor,
        now: call.now,
        catalog: &catalog,
        app,
        model,
        watch: None,
        witness: None,
    };
    work(&collection, call).map_err(|error| shown(call, model, error))
}

/// The version that `If-Match` insists on. `read` is asked only where several are named.
///
/// # Errors
/// What `read` returns.
pub fn expected_version(call: &Call, read: impl FnOnce() -> Result<Record>) -> Result<Option<String>> {
    let bare = |tag: &str| tag.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(tag).to_owned();
    let Some(list) = call.if_match() else { return Ok(None) };
    let tags: Vec<String> = list.split(',').map(|tag| bare(tag.trim())).collect();
    match tags.as_slice() {
        [one] if one == "*" => Ok(None),
        [one] => Ok(Some(one.clone())),
        several => {
            let current = record::version(&read()?);
            // The first is as wrong as the others; the write then says so.
            Ok(Some(if several.contains(&current) { current } else { tags[0].clone() }))
        }
    }
}

fn nothing_here() -> Error {
    Error::NotFound("There is nothing at this address".into())
}

fn shown(call: &Call, model: &Model, error: Error) -> Error {
    match error {
        Error::Invalid(errors) => Error::Invalid(errors.into_iter().map(as_written).collect()),
        // Where refusals are not explained, what may not be seen does not exist.
        Error::Forbidden { permissions } if !call.explains_denials() => {
            call.note_denial(&permissions.join(", "));
            let own = [
                &model.view_permission,
                &model.add_permission,
                &model.change_permission,
                &model.delete_permission,
            ];
            if permissions.iter().any(|permission| own.contains(&permission)) {
                nothing_here()
            } else {
                Error::Refused("Other records stand in the way".into())
            }
        }
        other => other,
    }
}

/// Below, values are in `data` and conditions in `filters`; here they are the body and the query.
fn as_written(error: FieldError) -> FieldError {
    let plain = |prefix| error.field.strip_prefix(prefix).map(str::to_owned);
    match plain("data.").or_else(|| plain("filters.")) {
        Some(field) => FieldError::new(field, error.message),
        None if error.field == "data" => FieldError::new("body", error.message),
        None => error,
    }
}
