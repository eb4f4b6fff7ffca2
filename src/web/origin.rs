//! Which `Host` and `Origin` are answered. Without this a page of a foreign site could talk to a server
//! on a visitor's own machine by letting its name point there (DNS rebinding).

use std::net::SocketAddr;

use actix_web::dev::RequestHead;
use actix_web::http::header::{HOST, ORIGIN};

/// The allowed values, checked once a request and without allocation.
#[derive(Debug, Clone)]
pub struct AllowList {
    any_host: bool,
    hosts: Vec<HostRule>,
    any_origin: bool,
    origins: Vec<String>,
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignOrigin {
    /// `Host` is missing or not in the list.
    Host,
    /// `Origin` is there and not in the list.
    Origin,
}

#[derive(Debug, Clone)]
struct HostRule {
    name: String,
    /// `None` = any port.
    port: Option<String>,
}

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl AllowList {
    /// From the settings `allowed_hosts` and `allowed_origins`. Without hosts: the loopback names with
    /// any port, and `bound`. `*` stands for any. A host without a port is allowed with every port.
    #[must_use]
    pub fn new(hosts: &[String], origins: &[String], bound: Option<SocketAddr>) -> Self {
        let mut rules: Vec<HostRule> = hosts.iter().map(|host| HostRule::parse(host)).collect();
        if hosts.is_empty() {
            rules = LOOPBACK.iter().map(|name| HostRule::parse(name)).collect();
            rules.extend(bound.map(|address| HostRule::parse(&address.to_string())));
        }
        Self {
            any_host: hosts.iter().any(|host| host == "*"),
            hosts: rules,
            any_origin: origins.iter().any(|origin| origin == "*"),
            origins: origins.iter().map(|origin| origin.trim_end_matches('/').to_owned()).collect(),
        }
    }

    /// Judges `Host`, an absolute request target, and `Origin` if it is sent. An origin is ours if it is
    /// http(s) and its host is allowed, or, where any host is, if it is the very host that was asked.
    ///
    /// # Errors
    /// What is foreign.
    pub fn check(&self, head: &RequestHead) -> Result<(), ForeignOrigin> {
        if !self.knows_host(head) {
            return Err(ForeignOrigin::Host);
        }
        let mut origins = head.headers.get_all(ORIGIN);
        let Some(origin) = origins.next() else { return Ok(()) };
        let ours = origin.to_str().is_ok_and(|origin| self.is_own(head, origin));
        if ours && origins.next().is_none() { Ok(()) } else { Err(ForeignOrigin::Origin) }
    }

    /// Whether `Host`, and an absolute request target, are allowed.
    #[must_use]
    pub fn knows_host(&self, head: &RequestHead) -> bool {
        let target = head.uri.authority().is_none_or(|authority| self.allows_host(authority.as_str()));
        target && host(head).is_some_and(|host| self.allows_host(host))
    }

    /// Whether `origin`, as a request sent it, is ours.
    #[must_use]
    pub fn is_own(&self, head: &RequestHead, origin: &str) -> bool {
        host(head).is_some_and(|host| self.allows_origin(origin, host))
    }

    fn allows_host(&self, host: &str) -> bool {
        self.any_host || self.hosts.iter().any(|rule| rule.matches(host))
    }

    fn allows_origin(&self, origin: &str, asked: &str) -> bool {
        if self.any_origin || self.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)) {
            return true;
        }
        let Some(host) = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")) else {
            return false;
        };
        if self.any_host { host.eq_ignore_ascii_case(asked) } else { self.allows_host(host) }
    }
}

impl HostRule {
    fn parse(text: &str) -> Self {
        let (name, port) = split_port(text);
        Self { name: name.to_owned(), port: port.map(str::to_owned) }
    }

    fn matches(&self, host: &str) -> bool {
        let Some((name, rest)) = host.as_bytes().split_at_checked(self.name.len()) else { return false };
        let port = match rest {
            [] => None,
            [b':', port @ ..] if port.iter().all(u8::is_ascii_digit) => Some(port),
            _ => return false,
        };
        let wanted = self.port.as_deref().map(str::as_bytes);
        let same_port = wanted.is_none() || wanted == port || port.is_none() && wanted == Some(b"80");
        same_port && name.eq_ignore_ascii_case(self.name.as_bytes())
    }
}

fn host(head: &RequestHead) -> Option<&str> {
    let header = head.headers.get(HOST).and_then(|value| value.to_str().ok());
    header.or_else(|| head.uri.authority().map(actix_web::http::uri::Authority::as_str))
}

/// Whether `host`, with or without a port, is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let (name, _) = split_port(host);
    LOOPBACK.iter().any(|loopback| name.eq_ignore_ascii_case(loopback))
}

/// `name:port` or `[v6]:port` in its two parts.
fn split_port(host: &str) -> (&str, Option<&str>) {
    let after_brackets = host.rfind(']').map_or(0, |at| at + 1);
    match host[after_brackets..].rfind(':') {
        Some(at) => (&host[..after_brackets + at], Some(&host[after_brackets + at + 1..])),
        None => (host, None),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn judge(list: &AllowList, host: &str, origin: Option<&str>) -> Result<(), ForeignOrigin> {
        let mut request = TestRequest::default().insert_header(("Host", host));
        if let Some(origin) = origin {
            request = request.insert_header(("Origin", origin));
        }
        list.check(request.to_http_request().head())
    }

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn r20_by_default_only_this_machine_is_answered() {
        let list = AllowList::new(&[], &[], Some("192.0.2.7:8000".parse().unwrap()));
        for host in ["localhost", "LocalHost:8000", "127.0.0.1:9", "[::1]", "[::1]:8000", "192.0.2.7:8000"] {
            assert_eq!(judge(&list, host, None), Ok(()), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "192.0.2.7:9",
            "127.0.0.1.evil.example:8000",
            "localhost:80:x",
            "localhos",
            "[::1",
        ] {
            assert_eq!(judge(&list, host, None), Err(ForeignOrigin::Host), "{host}");
        }
        assert_eq!(judge(&list, "localhost", Some("http://localhost:3000")), Ok(()));
        for origin in ["http://evil.example", "null", "file://localhost", "http://localhost.evil.example"] {
            assert_eq!(judge(&list, "localhost", Some(origin)), Err(ForeignOrigin::Origin), "{origin}");
        }
    }

    #[test]
    fn r20_configured_hosts_and_origins() {
        let list = AllowList::new(&texts(&["mcp.example.com"]), &texts(&["https://app.example.com/"]), None);
        assert_eq!(judge(&list, "mcp.example.com:443", Some("https://mcp.example.com")), Ok(()));
        assert_eq!(judge(&list, "mcp.example.com", Some("https://app.example.com")), Ok(()));
        assert_eq!(judge(&list, "localhost", None), Err(ForeignOrigin::Host));
        let any = AllowList::new(&texts(&["*"]), &[], None);
        assert_eq!(judge(&any, "whatever.example", Some("https://whatever.example")), Ok(()));
        assert_eq!(judge(&any, "whatever.example", Some("https://evil.example")), Err(ForeignOrigin::Origin));
    }
}
