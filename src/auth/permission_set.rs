//! Permission names and sets of them.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// `app_label.codename`, e.g. `blog.view_article`, as in Django.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionName {
    /// The label of the app, e.g. `blog`.
    pub app_label: String,
    /// The codename within the app, e.g. `view_article`.
    pub codename: String,
}

impl PermissionName {
    /// Splits at the first dot; `None` if there is no app label or no codename.
    pub fn parse(text: &str) -> Option<Self> {
        let (app_label, codename) = text.split_once('.')?;
        if app_label.is_empty() || codename.is_empty() {
            return None;
        }
        Some(Self { app_label: app_label.to_owned(), codename: codename.to_owned() })
    }
}

impl fmt::Display for PermissionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.app_label, self.codename)
    }
}

/// The permissions that somebody holds, sorted. Sets with the same members have the same fingerprint.
#[derive(Clone, PartialEq, Eq)]
pub struct PermissionSet {
    names: Arc<[Box<str>]>,
    fingerprint: u128,
}

impl PermissionSet {
    /// No permissions, so no access.
    pub fn empty() -> Self {
        std::iter::empty::<String>().collect()
    }

    /// Whether `app_label.codename` is held. A name without an app label never is.
    pub fn has(&self, permission: &str) -> bool {
        self.names.binary_search_by(|held| (**held).cmp(permission)).is_ok()
    }

    /// Whether every one of them is held.
    pub fn has_all<'a>(&self, permissions: impl IntoIterator<Item = &'a str>) -> bool {
        permissions.into_iter().all(|p| self.has(p))
    }

    /// All names in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(AsRef::as_ref)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The same for equal sets and different for different ones: a key for what is derived from a set.
    pub fn fingerprint(&self) -> u128 {
        self.fingerprint
    }

    /// What both sets hold.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.iter().filter(|p| other.has(p)).map(str::to_owned).collect()
    }
}

impl FromIterator<String> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        let sorted: BTreeSet<String> = names.into_iter().collect();
        let mut hash = Sha256::new();
        for name in &sorted {
            hash.update(name.as_bytes());
            hash.update([0]);
        }
        let mut first = [0; 16];
        first.copy_from_slice(&hash.finalize()[..16]);
        Self {
            names: sorted.into_iter().map(String::into_boxed_str).collect(),
            fingerprint: u128::from_le_bytes(first),
        }
    }
}

impl fmt::Debug for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> PermissionSet {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn membership_needs_the_app_label() {
        let held = set(&["blog.view_article", "blog.add_article"]);
        assert!(held.has("blog.view_article"));
        assert!(!held.has("view_article"));
        assert!(held.has_all(["blog.add_article", "blog.view_article"]));
        assert!(!held.has_all(["blog.add_article", "blog.delete_article"]));
        assert!(!PermissionSet::empty().has("blog.view_article"));
    }

    #[test]
    fn fingerprints_depend_on_members_only() {
        assert_eq!(set(&["a.b", "c.d"]).fingerprint(), set(&["c.d", "a.b", "a.b"]).fingerprint());
        assert_ne!(set(&["a.b", "c.d"]).fingerprint(), set(&["a.b"]).fingerprint());
        assert_eq!(set(&["a.b", "c.d"]).intersection(&set(&["c.d", "e.f"])), set(&["c.d"]));
    }
}
