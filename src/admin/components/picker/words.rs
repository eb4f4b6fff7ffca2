//! Permissions in words: what one lets do, and what a change of several means.

use std::collections::BTreeSet;

use super::rows::{Row, VERBS, rows};
use crate::admin::shell::capitalised;
use crate::apps::plural;
use crate::services::permissions::Permission;

/// What a permission lets one do, in a word: `view`, `publish`.
pub fn deed(permission: &Permission) -> String {
    let stem = permission.codename.strip_suffix(&permission.model).and_then(|stem| stem.strip_suffix('_'));
    let name = permission.name.strip_prefix("Can ").unwrap_or(&permission.name);
    stem.map_or_else(|| name.to_owned(), |stem| stem.replace('_', " "))
}

/// What permissions of one model let one do: the four that every model has first.
pub fn deeds<'a>(permissions: impl IntoIterator<Item = &'a Permission>) -> Vec<String> {
    let mut all: Vec<String> = permissions.into_iter().map(deed).collect();
    all.sort_by_key(|deed| VERBS.iter().position(|verb| verb == deed).unwrap_or(VERBS.len()));
    all
}

/// The same for people to begin with: `View, Add, Publish`.
pub fn titles<'a>(permissions: impl IntoIterator<Item = &'a Permission>) -> String {
    deeds(permissions).iter().map(|deed| capitalised(deed)).collect::<Vec<_>>().join(", ")
}

/// What a permission is called, without what every name begins with: `Publish article`.
pub fn title(permission: &Permission) -> String {
    capitalised(permission.name.strip_prefix("Can ").unwrap_or(&permission.name))
}

/// What somebody gets or loses on one model.
pub struct Change {
    /// Whether it is lost.
    pub is_loss: bool,
    /// What can be done, or no longer: `change`, `delete`.
    pub deeds: Vec<String>,
    /// What people call the model: `Article`.
    pub model: String,
    /// Label of the app, and name of the model.
    pub of: (String, String),
}

/// What differs between two sets of permissions, by model; what is added comes first. Names that are not
/// among `all` are left out: nobody can be told what they mean.
pub fn changes<'a>(
    all: impl IntoIterator<Item = &'a Permission>,
    before: &BTreeSet<String>,
    after: &BTreeSet<String>,
) -> Vec<Change> {
    let differs = |p: &&Permission| before.contains(&p.full_name()) != after.contains(&p.full_name());
    let all: Vec<&Permission> = all.into_iter().collect();
    let mut found = Vec::new();
    for row in rows(all) {
        for is_loss in [false, true] {
            let of = row.permissions.iter().copied().filter(differs);
            let deeds = deeds(of.filter(|p| before.contains(&p.full_name()) == is_loss));
            if !deeds.is_empty() {
                let Row { app, model, title, .. } = &row;
                let of = ((*app).to_owned(), (*model).to_owned());
                found.push(Change { is_loss, deeds, model: title.clone(), of });
            }
        }
    }
    found.sort_by_key(|change| change.is_loss);
    found
}

/// "It can now also change and delete tags. It can no longer view authors."; `who` is `It can`.
pub fn sentence(who: &str, changes: &[Change]) -> String {
    const NAMED: usize = 3;
    let told = |is_loss: bool, beginning: &str| {
        let of: Vec<&Change> = changes.iter().filter(|change| change.is_loss == is_loss).collect();
        let mut parts: Vec<String> = of
            .iter()
            .take(NAMED)
            .map(|change| format!("{} {}", listed(&change.deeds), plural(&change.model.to_lowercase())))
            .collect();
        if of.len() > NAMED {
            parts.push(format!("more on {} other models", of.len() - NAMED));
        }
        if parts.is_empty() { String::new() } else { format!("{who} {beginning} {}.", parts.join("; ")) }
    };
    let both = [told(false, "now also"), told(true, "no longer")];
    both.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `view, add and change`
pub fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{all, set};
    use super::*;

    #[test]
    fn a_change_is_told_in_words() {
        let before = set(&["blog.view_article", "blog.view_tag", "blog.gone_model"]);
        let after =
            set(&["blog.view_article", "blog.delete_article", "blog.change_article", "blog.publish_article"]);
        let found = changes(&all(), &before, &after);
        let text = sentence("It can", &found);
        assert_eq!(
            text,
            "It can now also change, delete and publish news <item>s. It can no longer view tags."
        );
        assert_eq!((found[0].is_loss, found[1].is_loss, found[1].model.as_str()), (false, true, "Tag"));
        assert_eq!(sentence("It can", &changes(&all(), &after, &after)), "");
    }
}
