//! What a client takes for an answer, judged in the headers as they are, without allocation.

use actix_web::http::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue};

/// What `Vary` says where the packing of an answer depends on the client.
pub const BY_ENCODING: HeaderValue = HeaderValue::from_static("Accept-Encoding");

/// Whether a JSON answer is welcome; a client that does not say takes what comes.
pub fn takes_json(headers: &HeaderMap) -> bool {
    if !headers.contains_key(ACCEPT) {
        return true;
    }
    let wanted = ["application/json", "application/*", "*/*"];
    wanted_of(headers, ACCEPT).any(|range| wanted.iter().any(|wanted| range.eq_ignore_ascii_case(wanted)))
}

/// Whether an answer may come in parts, as server-sent events; a client has to say so.
pub fn takes_events(headers: &HeaderMap) -> bool {
    wanted_of(headers, ACCEPT).any(|range| range.eq_ignore_ascii_case("text/event-stream"))
}

/// Whether an answer may be packed with gzip; a client that does not say gets it as it is.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    wanted_of(headers, ACCEPT_ENCODING).any(|coding| coding.eq_ignore_ascii_case("gzip"))
}

/// The media type without its parameters.
pub fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// What a header lists, without what has a weight of zero.
fn wanted_of(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter(|member| !is_refused(member)).map(essence)
}

/// Whether a member of a list has a weight of zero.
fn is_refused(member: &str) -> bool {
    member.split(';').skip(1).any(|parameter| {
        let weight = parameter.trim().strip_prefix("q=").or(parameter.trim().strip_prefix("Q="));
        weight.is_some_and(|weight| weight.trim().parse::<f32>() == Ok(0.0))
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn json_is_welcome_unless_something_else_alone_is() {
        assert!(takes_json(&HeaderMap::new()));
        for value in ["application/json", "*/*", "text/html, application/*;q=0.1", "TEXT/x,APPLICATION/JSON"]
        {
            assert!(takes_json(&with(ACCEPT, value)), "{value}");
        }
        for value in ["text/html", "", "application/json;q=0", "application/json; Q=0.0, text/event-stream"] {
            assert!(!takes_json(&with(ACCEPT, value)), "{value}");
        }
    }

    #[test]
    fn events_come_only_to_who_asks_for_them() {
        assert!(!takes_events(&HeaderMap::new()));
        assert!(takes_events(&with(ACCEPT, "application/json, Text/Event-Stream;q=0.5")));
        for value in ["*/*", "application/json", "text/event-stream;q=0"] {
            assert!(!takes_events(&with(ACCEPT, value)), "{value}");
        }
    }

    #[test]
    fn gzip_is_taken_only_by_who_says_so() {
        assert!(!takes_gzip(&HeaderMap::new()));
        for value in ["gzip", "gzip, deflate", "br;q=1.0, GZIP;q=0.5", "identity,gzip"] {
            assert!(takes_gzip(&with(ACCEPT_ENCODING, value)), "{value}");
        }
        for value in ["identity", "", "gzip;q=0", "br", "x-gzip-not"] {
            assert!(!takes_gzip(&with(ACCEPT_ENCODING, value)), "{value}");
        }
    }
}
