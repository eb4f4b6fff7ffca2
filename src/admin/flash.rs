//! A message for the next page: "Token saved" after a redirection. It travels in a cookie that lives for
//! a minute, so that any replica can show it; a secret is never in it.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::undo::Undo;

/// The cookie's name.
pub const COOKIE: &str = "mcp-admin-flash";
/// Letters of a title, and of the text below it.
const LONGEST: usize = 300;
/// Bytes that a cookie of 4 KB has room for, once they are encoded.
const MOST: usize = 2_800;

/// What is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// What happened, e.g. `Token saved`.
    pub title: String,
    /// What follows from it; may be empty.
    #[serde(default)]
    pub text: String,
    /// The opposite act, if there is one that the visitor may do.
    #[serde(default)]
    pub undo: Option<Undo>,
}

impl Flash {
    /// A title alone.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// With what follows from it.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// With a way back.
    #[must_use]
    pub fn undo(mut self, undo: Option<Undo>) -> Self {
        self.undo = undo;
        self
    }

    fn encoded(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl From<&str> for Flash {
    fn from(title: &str) -> Self {
        Self::new(title)
    }
}

impl From<&String> for Flash {
    fn from(title: &String) -> Self {
        Self::new(title)
    }
}

/// The cookie that carries a message. A way back that it has no room for is left out.
pub fn carry(message: Flash) -> Cookie<'static> {
    let short = |text: &str| text.chars().take(LONGEST).collect::<String>();
    let mut message = Flash { title: short(&message.title), text: short(&message.text), undo: message.undo };
    let mut bytes = message.encoded();
    if bytes.len() > MOST {
        message.undo = None;
        bytes = message.encoded();
    }
    build(BASE64_URL_SAFE_NO_PAD.encode(bytes), Duration::minutes(1))
}

/// The cookie that takes it away once it was shown.
pub fn shown() -> Cookie<'static> {
    build(String::new(), Duration::ZERO)
}

/// The message that a cookie carries.
pub fn read(cookie: &Cookie<'_>) -> Option<Flash> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cookie.value()).ok().filter(|bytes| bytes.len() <= MOST)?;
    serde_json::from_slice(&bytes).ok().filter(|flash: &Flash| !flash.title.is_empty())
}

fn build(value: String, age: Duration) -> Cookie<'static> {
    Cookie::build(COOKIE, value)
        .path("/admin")
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(age)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_arrives_as_it_was_sent() {
        let sent = Flash::new("Token „ci; deploy“ saved\r\n")
            .text("It can now also view tags.")
            .undo(Some(Undo::Tokens { ids: vec![1, 2], activate: true }));
        assert_eq!(read(&carry(sent.clone())), Some(sent));
        assert_eq!(read(&shown()), None);
    }

    #[test]
    fn a_cookie_is_never_too_long_for_a_browser() {
        let undo = Undo::Tokens { ids: (1_000_000..1_001_000).collect(), activate: true };
        let cookie = carry(Flash::new("„".repeat(2000)).text("💬".repeat(2000)).undo(Some(undo)));
        assert!(cookie.value().len() < 3_900, "{}", cookie.value().len());
        let read = read(&cookie).unwrap();
        assert!(read.undo.is_none() && read.title.chars().count() == LONGEST);
    }
}
