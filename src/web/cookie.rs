//! The cookie that carries a session's key. Its name begins with `__Host-`, which browsers accept over
//! TLS only and which no other host, port-less path or page can set; plain HTTP on this machine, where
//! some browsers know no such cookies, has one of its own.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::RequestHead;
use actix_web::http::header::{COOKIE, HOST};

use super::over_tls;
use crate::auth::SessionKey;

/// The name of the cookie over TLS.
pub const SESSION_COOKIE: &str = "__Host-mcp-admin";
const ON_THIS_MACHINE: &str = "mcp-admin-local";

/// The key that a request presents, if it presents exactly one that can be one.
pub fn session_key(head: &RequestHead) -> Option<SessionKey> {
    let wanted = name(head);
    let mut keys = head
        .headers
        .get_all(COOKIE)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == wanted)
        .map(|(_, value)| value);
    let first = keys.next()?;
    if keys.next().is_some() { None } else { SessionKey::parse(first) }
}

/// The cookie that gives the browser a key. It ends with the browser's session.
pub fn session_cookie(head: &RequestHead, key: &SessionKey) -> Cookie<'static> {
    build(head, key.reveal().to_owned()).finish()
}

/// The cookie that takes the key away again.
pub fn no_session_cookie(head: &RequestHead) -> Cookie<'static> {
    let mut cookie = build(head, String::new()).finish();
    cookie.make_removal();
    cookie
}

fn build(head: &RequestHead, value: String) -> actix_web::cookie::CookieBuilder<'static> {
    let name = name(head);
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(name == SESSION_COOKIE)
}

/// Plain HTTP is for this machine alone.
fn name(head: &RequestHead) -> &'static str {
    if is_this_machine(head) { ON_THIS_MACHINE } else { SESSION_COOKIE }
}

fn is_this_machine(head: &RequestHead) -> bool {
    let host = head.headers.get(HOST).and_then(|value| value.to_str().ok());
    !over_tls(head) && super::origin::is_loopback(host.or_else(|| head.uri.host()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn key() -> SessionKey {
        SessionKey::parse(&"k".repeat(SessionKey::LENGTH)).unwrap()
    }

    fn presented(host: &str, cookies: &[&str]) -> Option<SessionKey> {
        let mut request = TestRequest::default().insert_header(("Host", host));
        for cookie in cookies {
            request = request.append_header(("Cookie", *cookie));
        }
        session_key(request.to_http_request().head())
    }

    #[test]
    fn only_this_machine_goes_without_tls() {
        let cookie = |host: &str, proto: &str| {
            let request = TestRequest::default()
                .insert_header(("Host", host))
                .insert_header(("X-Forwarded-Proto", proto))
                .to_http_request();
            session_cookie(request.head(), &key()).to_string()
        };
        let value = "k".repeat(SessionKey::LENGTH);
        let local = format!("mcp-admin-local={value}; HttpOnly; SameSite=Strict; Path=/");
        let secure = format!("__Host-mcp-admin={value}; HttpOnly; SameSite=Strict; Secure; Path=/");
        assert_eq!(cookie("localhost:8000", "http"), local);
        assert_eq!(cookie("127.0.0.1", "http"), local);
        assert_eq!(cookie("localhost:8000", "https"), secure);
        assert_eq!(cookie("admin.example.com", "http"), secure);
        assert_eq!(cookie("localhost.example.com", "http"), secure);
    }

    #[test]
    fn exactly_one_key_of_the_right_name_is_taken() {
        let good = format!("mcp-admin-local={}", key().reveal());
        assert_eq!(presented("localhost", &[&format!("a=b; {good}; c=d")]), Some(key()));
        assert_eq!(presented("localhost", &[&good, &good]), None);
        assert_eq!(presented("localhost", &["mcp-admin-local=short"]), None);
        assert_eq!(presented("admin.example.com", &[&good]), None);
        assert_eq!(
            presented("admin.example.com", &[&format!("__Host-{}", good.replace("-local", ""))]),
            Some(key())
        );
        assert_eq!(presented("localhost", &[]), None);
    }
}
