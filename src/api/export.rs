//! In which form a list is asked for: as a page, or as one long answer.

use actix_web::HttpRequest;
use actix_web::http::header::ACCEPT;

use crate::error::{Error, Result};
pub use crate::web::export::{Format, Parts, stream};

/// What the parameter says, or else the header `Accept`; `None` = a page of JSON.
///
/// # Errors
/// `Invalid` for a page of an export.
pub fn asked_format(parameter: Option<Format>, request: &HttpRequest) -> Result<Option<Format>> {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = accept.split(',').next().and_then(|one| one.split(';').next()).unwrap_or_default().trim();
    let by_header = [Format::Csv, Format::Jsonl].into_iter().find(|format| format.media_type() == first);
    let asked = parameter.or(by_header);
    let of_page =
        |name: &str| request.query_string().split('&').any(|pair| pair.split('=').next() == Some(name));
    match ["limit", "cursor", "total"].into_iter().find(|name| of_page(name)) {
        Some(name) if asked.is_some() => Err(Error::invalid(name, "an export has no pages; leave it out")),
        _ => Ok(asked),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_format_is_asked_for_by_parameter_or_header_and_has_no_pages() {
        let asked = |parameter, accept: &str, query: &str| {
            let uri = format!("/x?{query}");
            asked_format(
                parameter,
                &TestRequest::get().uri(&uri).insert_header((ACCEPT, accept)).to_http_request(),
            )
        };
        assert_eq!(asked(None, "application/json", "limit=3").unwrap(), None);
        assert_eq!(asked(None, "text/csv;q=1, */*", "").unwrap(), Some(Format::Csv));
        assert_eq!(asked(Some(Format::Jsonl), "text/csv", "").unwrap(), Some(Format::Jsonl));
        assert!(asked(Some(Format::Csv), "*/*", "format=csv&limit=3").is_err());
    }
}
