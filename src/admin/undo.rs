//! The opposite of what was just done, for the button in its message. Only acts of this list can come back
//! out of a cookie, and the services judge them like any other.

use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::paths::{self, Path};
use crate::db::{GroupId, TokenId, UserId};

/// An act that takes another one back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Undo {
    /// Tokens are switched on again, or off again.
    Tokens {
        /// Which.
        ids: Vec<i64>,
        /// On.
        activate: bool,
    },
    /// A user is switched on again, or off again.
    User {
        /// Who.
        id: i64,
        /// On.
        activate: bool,
    },
    /// A user is put into a group again.
    AddMember {
        /// Which.
        group: i64,
        /// The name of the user.
        user: String,
    },
    /// A user is taken out of a group again.
    RemoveMember {
        /// Which.
        group: i64,
        /// Who.
        user: i64,
    },
}

impl Undo {
    /// The button. Afterwards one is at `next` again, the page that it is on.
    pub fn form(&self, next: &str) -> Markup {
        let (path, fields) = self.request(next);
        html! {
            form method="post" action=(path) {
                @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                button type="submit" class="btn" data-variant="outline" data-size="xs" { "Undo" }
            }
        }
    }

    fn request(&self, next: &str) -> (Path, Vec<(&'static str, String)>) {
        match self {
            Self::Tokens { ids, activate } => match (ids.as_slice(), activate) {
                ([id], true) => (paths::token_activate(TokenId(*id)).with("next", next), Vec::new()),
                ([id], false) => (paths::token_deactivate(TokenId(*id)).with("next", next), Vec::new()),
                (many, on) => {
                    let deed = if *on { "activate" } else { "deactivate" };
                    let mut fields = vec![("do", deed.to_owned()), ("next", next.to_owned())];
                    fields.extend(many.iter().map(|id| ("ids", id.to_string())));
                    (paths::tokens_bulk(), fields)
                }
            },
            Self::User { id, activate: true } => {
                (paths::user_activate(UserId(*id)).with("next", next), Vec::new())
            }
            Self::User { id, activate: false } => {
                (paths::user_deactivate(UserId(*id)).with("next", next), Vec::new())
            }
            Self::AddMember { group, user } => {
                (paths::group_members(GroupId(*group)), vec![("user", user.clone())])
            }
            Self::RemoveMember { group, user } => {
                (paths::group_member_remove(GroupId(*group)), vec![("user", user.to_string())])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_button_sends_the_opposite_and_comes_back() {
        let of = |undo: Undo| undo.form("/admin/tokens?q=a&b").into_string();
        let one = of(Undo::Tokens { ids: vec![7], activate: true });
        assert!(one.contains("/admin/tokens/7/activate?next=%2Fadmin%2Ftokens%3Fq%3Da%26b"), "{one}");
        let many = of(Undo::Tokens { ids: vec![7, 8], activate: false });
        assert!(
            many.contains("action=\"/admin/tokens/bulk\"") && many.contains("value=\"deactivate\""),
            "{many}"
        );
        assert_eq!(many.matches("name=\"ids\"").count(), 2);
        let member = of(Undo::AddMember { group: 3, user: "<ada>".into() });
        assert!(member.contains("/admin/groups/3/members\"") && member.contains("&lt;ada&gt;"), "{member}");
    }
}
