//! A message for the next page: "Token saved" after a redirection. It travels in a cookie that lives for
//! a minute, so that any replica can show it; a secret is never in it.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// The cookie's name.
pub const COOKIE: &str = "mcp-admin-flash";
const LONGEST: usize = 300;

/// The cookie that carries a message.
pub fn carry(message: &str) -> Cookie<'static> {
    let short: String = message.chars().take(LONGEST).collect();
    build(BASE64_URL_SAFE_NO_PAD.encode(short), Duration::minutes(1))
}

/// The cookie that takes it away once it was shown.
pub fn shown() -> Cookie<'static> {
    build(String::new(), Duration::ZERO)
}

/// The message that a cookie carries.
pub fn read(cookie: &Cookie<'_>) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cookie.value()).ok()?;
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty() && text.len() <= 4 * LONGEST)
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
        let text = "Token „ci; deploy“ saved\r\n";
        assert_eq!(read(&carry(text)).as_deref(), Some(text));
        assert_eq!(read(&shown()), None);
    }
}
