//! Every address of the admin. Pages link to nothing that is not made here, so a broken link does not
//! compile; the patterns of `routes` are held against these by a test.

use std::fmt::{self, Display, Write};

use super::record_key::RecordKey;
use crate::db::{ContentTypeId, GroupId, LogEntryId, SessionId, TokenId, UserId};

/// An address of the admin, escaped as a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(String);

impl Path {
    /// The same address with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        let separator = if self.0.contains('?') { '&' } else { '?' };
        self.0.push(separator);
        escape(&mut self.0, name);
        self.0.push('=');
        escape(&mut self.0, &value.to_string());
        self
    }

    /// The same address at a part of its page.
    #[must_use]
    pub fn at(mut self, id: &str) -> Self {
        self.0.push('#');
        self.0.push_str(id);
        self
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An address that the browser sent, if it is one of the admin's: never another site.
    pub fn local(text: &str) -> Option<Self> {
        let ours = text == "/admin" || text.starts_with("/admin/");
        let plain = text.chars().all(|c| c.is_ascii_graphic() && c != '\\');
        (ours && plain && !text.contains("//")).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl maud::Render for Path {
    fn render_to(&self, buffer: &mut String) {
        maud::Render::render_to(self.0.as_str(), buffer);
    }
}

/// Appends a part of an address, with everything but letters, digits and `-._~` percent-encoded.
fn escape(to: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            to.push(char::from(byte));
        } else {
            let _ = write!(to, "%{byte:02X}");
        }
    }
}

/// An address below the admin: a pattern with a value for each `{}`.
fn filled(pattern: &str, values: &[&dyn Display]) -> Path {
    let mut text = String::from("/admin");
    let mut parts = pattern.split("{}");
    text.push_str(parts.next().unwrap_or_default());
    for (value, part) in values.iter().zip(parts) {
        escape(&mut text, &value.to_string());
        text.push_str(part);
    }
    Path(text)
}

/// `paths! { name(argument: Type, …) => "/a/{}/b"; }` makes a function for each; arguments are escaped.
macro_rules! paths {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $kind:ty),*) => $pattern:literal;)+) => {$(
        $(#[$doc])*
        pub fn $name($($argument: $kind),*) -> Path {
            filled($pattern, &[$(&$argument),*])
        }
    )+};
}

paths! {
    /// The dashboard.
    dashboard() => "/";
    /// Where people sign in.
    sign_in() => "/sign-in";
    /// Where they sign out.
    sign_out() => "/sign-out";
    /// The one-time link that makes the first administrator.
    setup(key: &str) => "/setup/{}";
    /// Where the theme is chosen without JavaScript.
    theme() => "/theme";
    /// What the command palette finds.
    palette() => "/palette";

    /// Tokens.
    tokens() => "/tokens";
    /// The same as a file.
    tokens_csv() => "/tokens.csv";
    /// A form for a new token.
    token_new() => "/tokens/new";
    /// What a form of permissions would give.
    token_preview() => "/tokens/preview";
    /// Something done to many tokens.
    tokens_bulk() => "/tokens/bulk";
    /// A token.
    token(id: TokenId) => "/tokens/{}";
    /// Its form.
    token_edit(id: TokenId) => "/tokens/{}/edit";
    /// A new secret for it.
    token_rotate(id: TokenId) => "/tokens/{}/rotate";
    /// A second token like it.
    token_copy(id: TokenId) => "/tokens/{}/copy";
    /// Another owner for it.
    token_transfer(id: TokenId) => "/tokens/{}/transfer";
    /// Switches it off.
    token_deactivate(id: TokenId) => "/tokens/{}/deactivate";
    /// Switches it on.
    token_activate(id: TokenId) => "/tokens/{}/activate";
    /// Deletes it.
    token_delete(id: TokenId) => "/tokens/{}/delete";

    /// Groups.
    groups() => "/groups";
    /// A form for a new group.
    group_new() => "/groups/new";
    /// What a form of a group would change.
    group_preview() => "/groups/preview";
    /// A group with its form.
    group(id: GroupId) => "/groups/{}";
    /// Puts users into it.
    group_members(id: GroupId) => "/groups/{}/members";
    /// Takes users out of it.
    group_member_remove(id: GroupId) => "/groups/{}/members/remove";
    /// Deletes it.
    group_delete(id: GroupId) => "/groups/{}/delete";

    /// Users.
    users() => "/users";
    /// A form for a new user.
    user_new() => "/users/new";
    /// What a form of a user would change.
    user_preview() => "/users/preview";
    /// A user with the form.
    user(id: UserId) => "/users/{}";
    /// Another password for the user.
    user_password(id: UserId) => "/users/{}/password";
    /// Switches the user off.
    user_deactivate(id: UserId) => "/users/{}/deactivate";
    /// Switches the user on.
    user_activate(id: UserId) => "/users/{}/activate";
    /// Deletes the user.
    user_delete(id: UserId) => "/users/{}/delete";

    /// Permissions and content types.
    permissions() => "/permissions";
    /// Removes a content type whose table has vanished.
    content_type_remove(id: ContentTypeId) => "/permissions/content-types/{}/remove";

    /// The audit log.
    audit() => "/audit";
    /// One entry of it.
    log_entry(id: LogEntryId) => "/audit/{}";
    /// The log as a file.
    audit_csv() => "/audit.csv";
    /// The log as JSON Lines.
    audit_jsonl() => "/audit.jsonl";

    /// Attached databases.
    apps() => "/apps";
    /// One of them.
    app(label: &str) => "/apps/{}";
    /// Reads its schema again.
    app_sync(label: &str) => "/apps/{}/sync-now";
    /// The records of a model.
    records(app: &str, model: &str) => "/apps/{}/{}";
    /// The same as a file.
    records_csv(app: &str, model: &str) => "/apps/{}/{}/records.csv";
    /// A form for a new record.
    record_new(app: &str, model: &str) => "/apps/{}/{}/new";
    /// Records that a field may point at.
    record_options(app: &str, model: &str) => "/apps/{}/{}/options";
    /// Something done to many records.
    records_action(app: &str, model: &str) => "/apps/{}/{}/action";

    /// The account of who is signed in.
    account() => "/account";
    /// Another password of one's own.
    account_password() => "/account/password";
    /// What the pages look and behave like.
    account_preferences() => "/account/preferences";
    /// Ends one session.
    session_end(id: SessionId) => "/account/sessions/{}/end";
    /// Ends all sessions.
    sessions_end() => "/account/sessions/end";
}

/// A record with its form.
pub fn record(app: &str, model: &str, key: impl Into<RecordKey>) -> Path {
    of_record(app, model, &key.into(), "")
}

/// What was done to it.
pub fn record_history(app: &str, model: &str, key: impl Into<RecordKey>) -> Path {
    of_record(app, model, &key.into(), "/history")
}

/// Deletes it.
pub fn record_delete(app: &str, model: &str, key: impl Into<RecordKey>) -> Path {
    of_record(app, model, &key.into(), "/delete")
}

/// The bytes of one of its fields.
pub fn record_bytes(app: &str, model: &str, key: impl Into<RecordKey>, field: &str) -> Path {
    let mut path = of_record(app, model, &key.into(), "/bytes/");
    escape(&mut path.0, field);
    path
}

fn of_record(app: &str, model: &str, key: &RecordKey, rest: &str) -> Path {
    let Path(model) = records(app, model);
    Path(format!("{model}/{}{rest}", key.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_parameters_are_escaped() {
        let path = record("shop", "order_line", "a/b?c").with("q", "50 % & more");
        assert_eq!(path.as_str(), "/admin/apps/shop/order_line/a%2Fb%3Fc?q=50%20%25%20%26%20more");
        assert_eq!(dashboard().as_str(), "/admin/");
    }

    #[test]
    fn only_addresses_of_the_admin_are_followed() {
        for good in ["/admin/", "/admin", "/admin/tokens?status=active"] {
            assert!(Path::local(good).is_some(), "{good}");
        }
        for bad in [
            "https://evil.example",
            "//evil.example",
            "/admin//evil",
            "/api",
            "/administrator",
            "/admin/\\evil",
            "/admin/ x",
        ] {
            assert!(Path::local(bad).is_none(), "{bad}");
        }
    }
}
