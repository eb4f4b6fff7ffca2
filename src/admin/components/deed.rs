//! Permissions that are known by their names alone, in words.

use crate::admin::visit::Visit;
use crate::apps::plural;
use crate::services::permissions::built_in;

/// What a permission lets one do: "delete article".
pub fn deed(visit: &Visit, permission: &str) -> String {
    words(visit, permission, |one, _| one)
}

/// What it lets one do in general: "delete articles".
pub fn deed_in_general(visit: &Visit, permission: &str) -> String {
    words(visit, permission, |_, many| many)
}

/// `which` chooses from what one thing is called and what several are. What a model is called by its
/// configuration is told to those who may see it; for others a model is no different from one that there is not.
fn words(visit: &Visit, permission: &str, which: impl Fn(String, String) -> String) -> String {
    let Some((app, codename)) = permission.split_once('.') else { return permission.to_owned() };
    let verb_before = |model: &str| codename.strip_suffix(model)?.strip_suffix('_').map(str::to_owned);
    let catalog = visit.registry().catalog();
    let attached = catalog.models().filter(|(_, model)| model.app_label == app && visit.sees(model));
    let attached = attached.filter_map(|(_, model)| {
        let (one, many) = (&model.verbose_name, &model.verbose_name_plural);
        Some((verb_before(&model.name)?, one.clone(), many.clone()))
    });
    let ours = built_in().into_iter().filter(|model| model.app_label == app);
    let ours =
        ours.filter_map(|model| Some((verb_before(&model.model)?, model.name.clone(), plural(&model.name))));
    let guess = || {
        let (verb, model) = codename.split_once('_')?;
        let one = model.replace('_', " ");
        Some((verb.to_owned(), one.clone(), plural(&one)))
    };
    // Where one name ends with another, the longer one is meant.
    let known = attached.chain(ours).min_by_key(|(verb, ..)| verb.len());
    match known.or_else(guess) {
        Some((verb, one, many)) => format!("{} {}", verb.replace('_', " "), which(one, many)),
        None => codename.to_owned(),
    }
}
