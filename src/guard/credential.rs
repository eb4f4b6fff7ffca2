//! Finding the one credential of a request. Nothing here hashes or asks a database.

use actix_web::dev::RequestHead;
use actix_web::http::header::AUTHORIZATION;

use super::answer::Refusal;
use crate::auth::PlainToken;

/// The longest `Authorization` that is read.
const MAX_LENGTH: usize = 1024;
const SCHEME: &[u8] = b"bearer";

/// The token that a request presents: exactly one `Authorization` header with the scheme `Bearer` in any
/// case (RFC 7235), of the right form. A token in the query is none, and beside a header it is one too
/// many (RFC 6750, section 2).
pub(super) fn presented(head: &RequestHead) -> Result<&[u8], Refusal> {
    let mut headers = head.headers.get_all(AUTHORIZATION);
    let Some(header) = headers.next() else { return Err(Refusal::Missing) };
    if headers.next().is_some() {
        return Err(Refusal::Ambiguous);
    }
    let value = header.as_bytes();
    if value.len() > MAX_LENGTH {
        return Err(Refusal::Invalid);
    }
    let (scheme, rest) = value.split_at(value.iter().position(|b| *b == b' ').unwrap_or(value.len()));
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(Refusal::Missing);
    }
    if head.uri.query().is_some_and(has_token) {
        return Err(Refusal::Ambiguous);
    }
    let token = rest.trim_ascii_start();
    if PlainToken::is_well_formed(token) { Ok(token) } else { Err(Refusal::Invalid) }
}

fn has_token(query: &str) -> bool {
    query.split('&').any(|pair| pair.split('=').next() == Some("access_token"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn token() -> String {
        PlainToken::generate(&mut rand::rng()).reveal().to_owned()
    }

    fn judge(uri: &str, headers: &[&str]) -> Result<(), Refusal> {
        let mut request = TestRequest::with_uri(uri);
        for header in headers {
            request = request.append_header(("Authorization", *header));
        }
        presented(request.to_http_request().head()).map(|_| ())
    }

    #[test]
    fn r18_the_scheme_is_bearer_in_any_case() {
        let token = token();
        for scheme in ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "] {
            assert_eq!(judge("/", &[&format!("{scheme} {token}")]), Ok(()), "{scheme}");
        }
        for scheme in ["Basic", "DPoP", "Token", "", "Bear", "Bearerx"] {
            assert_eq!(judge("/", &[&format!("{scheme} {token}")]), Err(Refusal::Missing), "{scheme}");
        }
    }

    #[test]
    fn r04_what_is_no_token_is_refused_by_its_form() {
        let token = token();
        let long = "x".repeat(1100);
        for text in ["", "x", &token[1..], &format!("{token}x"), &format!("{token}, Bearer {token}"), &long] {
            assert_eq!(judge("/", &[&format!("Bearer {text}")]), Err(Refusal::Invalid), "{text}");
        }
    }

    #[test]
    fn r17_one_credential_only() {
        let one = format!("Bearer {}", token());
        assert_eq!(judge("/", &[&one, &one]), Err(Refusal::Ambiguous));
        assert_eq!(judge("/?a=1&access_token=x", &[&one]), Err(Refusal::Ambiguous));
        assert_eq!(judge("/?access_token=x", &[]), Err(Refusal::Missing));
        assert_eq!(judge("/?my_access_token=x", &[&one]), Ok(()));
    }
}
