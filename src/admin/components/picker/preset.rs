//! The buttons that set a model, an app or everything to nothing, reading or all.

use std::collections::BTreeSet;

use super::rows::verb_of;
use crate::services::permissions::Permission;

/// How much of an app or a model is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Nothing.
    None,
    /// Seeing alone.
    Read,
    /// Everything.
    Full,
}

impl Level {
    /// All of them, with what they are called in addresses and for people.
    pub const ALL: [(Self, &'static str, &'static str); 3] =
        [(Self::None, "none", "None"), (Self::Read, "read", "Read"), (Self::Full, "full", "Full")];
}

/// Applies what a preset button sends, e.g. `blog.article:read`, `blog:full`, `*:none`. Permissions that
/// `may_give` refuses are not added.
pub fn apply_preset(
    preset: &str,
    all: &[Permission],
    chosen: &mut BTreeSet<String>,
    may_give: impl Fn(&str) -> bool,
) {
    let Some((scope, level)) = preset.split_once(':') else { return };
    let Some((level, ..)) = Level::ALL.into_iter().find(|(_, name, _)| *name == level) else { return };
    let is_inside = |p: &Permission| {
        scope == "*" || scope == p.app_label || scope.split_once('.') == Some((&*p.app_label, &*p.model))
    };
    for permission in all.iter().filter(|p| is_inside(p)) {
        let name = permission.full_name();
        let wanted = match level {
            Level::None => false,
            Level::Read => verb_of(permission) == "view",
            Level::Full => true,
        };
        if !wanted {
            chosen.remove(&name);
        } else if may_give(&name) {
            chosen.insert(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{all, set};
    use super::*;

    #[test]
    fn presets_give_no_more_than_the_visitor_may() {
        let mut chosen = set(&["blog.add_article"]);
        apply_preset("blog.article:read", &all(), &mut chosen, |_| true);
        assert_eq!(chosen, set(&["blog.view_article"]));
        apply_preset("blog:full", &all(), &mut chosen, |name| name != "blog.delete_article");
        assert_eq!(chosen.len(), 5);
        assert!(!chosen.contains("blog.delete_article"));
        for nonsense in ["blog", "blog:all", "shop:full", ""] {
            apply_preset(nonsense, &all(), &mut chosen, |_| true);
        }
        assert_eq!(chosen.len(), 5);
        apply_preset("*:none", &all(), &mut chosen, |_| true);
        assert!(chosen.is_empty());
    }
}
