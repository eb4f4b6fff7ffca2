//! `GET /api/docs`: the `OpenAPI` document as a page for people. It is made here, once, from the document that
//! machines read; it has no script and needs nothing from elsewhere.

mod curl;
mod operation;
mod page;
mod shape;
mod text;

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH,
};
use actix_web::middleware::Compress;
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::etag;

const PATH: &str = "/api/docs";
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);
/// It changes with a new version of the binary, and then at once.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// Registers the page.
pub fn configure(routes: &mut ServiceConfig) {
    routes.service(web::resource(PATH).wrap(Compress::default()).get(show).head(show));
}

/// The page and its entity tag.
struct Made {
    html: Bytes,
    tag: String,
}

fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let html = page::page(&super::document()).into_string();
        let digest = Sha256::digest(&html);
        // Weak: one tag for the page, packed or not.
        let tag = format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..12]));
        Made { html: html.into(), tag }
    })
}

async fn show(request: HttpRequest) -> HttpResponse {
    let made = made();
    let mut response = if is_known(request.headers(), &made.tag) {
        HttpResponse::NotModified().finish()
    } else {
        HttpResponse::Ok().content_type(ContentType::html()).body(made.html.clone())
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(CACHE_CONTROL, ASK_AGAIN);
    if let Ok(tag) = HeaderValue::from_str(&made.tag) {
        headers.insert(ETAG, tag);
    }
    response
}

fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    etag::is_known(known, tag)
}
