//! Whether a request that changes something came from a page of ours (cross-site request forgery). A
//! browser says so in `Sec-Fetch-Site`, which no page can forge, and in `Origin`; a request that carries
//! a cookie and neither of them is refused.

use actix_web::Error as ActixError;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, ORIGIN};
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::AllowList;
use crate::error::{Error, Result};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Judges a request that may have been sent with a cookie: methods that only read pass.
///
/// `Origin: null` is what browsers send from pages with `Referrer-Policy: no-referrer`, ours among them;
/// it says nothing, and `Sec-Fetch-Site` decides.
///
/// # Errors
/// `Refused`.
pub fn check_same_origin(head: &RequestHead, allowed: &AllowList) -> Result<()> {
    if only_reads(head) {
        return Ok(());
    }
    let ours = match senders(head)? {
        (Some(site), None) => site == "same-origin",
        (Some(site), Some(origin)) => site == "same-origin" && allowed.is_own(head, origin),
        (None, Some(origin)) => allowed.is_own(head, origin),
        (None, None) => false,
    };
    if ours { Ok(()) } else { Err(foreign()) }
}

/// Judges a request that was sent with a cookie for data rather than for a page: one that only reads has to
/// come from a page of ours as well, or from a person who typed its address. `Host` is judged too.
///
/// # Errors
/// `Refused`.
pub fn check_own_page(head: &RequestHead, allowed: &AllowList) -> Result<()> {
    if !allowed.knows_host(head) {
        return Err(unknown_host());
    }
    if !only_reads(head) {
        return check_same_origin(head, allowed);
    }
    let (site, origin) = senders(head)?;
    let ours = site.is_none_or(|site| site == "same-origin" || site == "none")
        && origin.is_none_or(|origin| allowed.is_own(head, origin));
    if ours { Ok(()) } else { Err(foreign()) }
}

fn only_reads(head: &RequestHead) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(&head.method)
}

/// What the request says of the page that it came from: `Sec-Fetch-Site`, and `Origin` if it is one.
fn senders(head: &RequestHead) -> Result<(Option<&str>, Option<&str>)> {
    let one = |name: HeaderName| -> Result<Option<&str>> {
        let mut values = head.headers.get_all(name);
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => value.to_str().map(Some).map_err(|_| foreign()),
            _ => Err(foreign()),
        }
    };
    Ok((one(SEC_FETCH_SITE)?, one(ORIGIN)?.filter(|origin| *origin != "null")))
}

fn foreign() -> Error {
    Error::Refused("This request did not come from a page of this site".into())
}

/// The check as a middleware, together with that of `Host`; the list is application data.
///
/// # Errors
/// Those of the service behind it.
pub async fn same_origin(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, ActixError> {
    let refused = match request.app_data::<Data<AllowList>>() {
        Some(allowed) if !allowed.knows_host(request.head()) => Some(unknown_host()),
        Some(allowed) => check_same_origin(request.head(), allowed).err(),
        None => Some(Error::internal("no list of allowed hosts")),
    };
    match refused {
        Some(error) => Ok(request.error_response(error)),
        None => Ok(next.call(request).await?.map_into_boxed_body()),
    }
}

fn unknown_host() -> Error {
    Error::Refused("This host name is not answered here; see allowed_hosts in the configuration".into())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const SITES: [Option<&str>; 5] =
        [None, Some("same-origin"), Some("same-site"), Some("cross-site"), Some("none")];
    const ORIGINS: [Option<&str>; 4] =
        [None, Some("http://localhost:8000"), Some("null"), Some("https://evil.example")];

    fn passes(method: &Method, site: Option<&str>, origin: Option<&str>) -> bool {
        let mut request =
            TestRequest::default().method(method.clone()).insert_header(("Host", "localhost:8000"));
        if let Some(site) = site {
            request = request.insert_header(("Sec-Fetch-Site", site));
        }
        if let Some(origin) = origin {
            request = request.insert_header(("Origin", origin));
        }
        let list = AllowList::new(&[], &[], None);
        check_same_origin(request.to_http_request().head(), &list).is_ok()
    }

    #[test]
    fn r28_whatever_changes_something_has_to_come_from_a_page_of_ours() {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let mut let_in = Vec::new();
            for site in SITES {
                let passing = ORIGINS.into_iter().filter(|origin| passes(&method, site, *origin));
                let_in.extend(passing.map(|origin| (site, origin)));
            }
            let expected = [
                (None, Some("http://localhost:8000")),
                (Some("same-origin"), None),
                (Some("same-origin"), Some("http://localhost:8000")),
                (Some("same-origin"), Some("null")),
            ];
            assert_eq!(let_in, expected, "{method}");
        }
    }

    #[test]
    fn r28_reading_needs_no_origin() {
        for method in [Method::GET, Method::HEAD] {
            assert!(SITES.iter().all(|site| ORIGINS.iter().all(|origin| passes(&method, *site, *origin))));
        }
    }

    #[test]
    fn r28_data_is_read_by_our_own_pages_only() {
        let list = AllowList::new(&[], &[], None);
        let reads = |host: &str, site: Option<&str>, origin: Option<&str>| {
            let mut request = TestRequest::default().insert_header(("Host", host));
            request = site.into_iter().fold(request, |r, site| r.insert_header(("Sec-Fetch-Site", site)));
            request = origin.into_iter().fold(request, |r, origin| r.insert_header(("Origin", origin)));
            check_own_page(request.to_http_request().head(), &list).is_ok()
        };
        let own = Some("http://localhost:8000");
        for site in [None, Some("same-origin"), Some("none")] {
            assert!(reads("localhost:8000", site, None) && reads("localhost:8000", site, own), "{site:?}");
            assert!(!reads("localhost:8000", site, Some("https://evil.example")), "{site:?}");
        }
        for site in ["same-site", "cross-site", "odd"] {
            assert!(!reads("localhost:8000", Some(site), None), "{site}");
        }
        assert!(!reads("evil.example", Some("same-origin"), None));
    }

    #[test]
    fn r28_a_header_that_comes_twice_is_refused() {
        let request = TestRequest::default()
            .method(Method::POST)
            .insert_header(("Host", "localhost"))
            .append_header(("Sec-Fetch-Site", "same-origin"))
            .append_header(("Sec-Fetch-Site", "cross-site"))
            .to_http_request();
        assert!(check_same_origin(request.head(), &AllowList::new(&[], &[], None)).is_err());
    }
}
