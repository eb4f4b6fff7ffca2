//! The files that pages load: compiled into the binary and served under a name that carries their hash, so
//! that a browser may keep them for ever.

use std::io::Write;
use std::sync::OnceLock;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, EntityTag, HeaderValue, IfNoneMatch, VARY,
};
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::accept::{BY_ENCODING, takes_gzip};

const FOLDER: &str = "/static/";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// The name changes with the content.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const FOR_A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// A file of `static/`.
pub struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    served: OnceLock<Served>,
}

/// What is computed once.
struct Served {
    url: String,
    tag: EntityTag,
    gzip: Bytes,
}

/// Our own styles.
pub static ADMIN_CSS: Asset = Asset::new("admin.css", CSS, include_bytes!("../../static/admin.css"));
/// Our own script.
pub static ADMIN_JS: Asset = Asset::new("admin.js", JS, include_bytes!("../../static/admin.js"));
/// Styles of the components.
pub static BASECOAT_CSS: Asset =
    Asset::new("basecoat.css", CSS, include_bytes!("../../static/basecoat/basecoat-nova.cdn.min.css"));
/// What the scripts of the components are registered with.
pub static BASECOAT_JS: Asset =
    Asset::new("basecoat.js", JS, include_bytes!("../../static/basecoat/basecoat.min.js"));
/// A search over what a key may point at.
pub static COMBOBOX_JS: Asset = Asset::new("combobox.js", JS, include_bytes!("../../static/combobox.js"));
/// Styles of the API's documentation.
pub static DOCS_CSS: Asset = Asset::new("docs.css", CSS, include_bytes!("../../static/docs.css"));
/// Partial updates.
pub static HTMX: Asset = Asset::new("htmx.js", JS, include_bytes!("../../static/htmx/htmx.min.js"));
/// The icon of the site.
pub static ICON: Asset = Asset::new("icon.svg", SVG, include_bytes!("../../static/icon.svg"));
/// Messages that go away by themselves.
pub static TOAST_JS: Asset = Asset::new("toast.js", JS, include_bytes!("../../static/basecoat/toast.min.js"));

/// All of them.
pub static ALL: [&Asset; 9] =
    [&ADMIN_CSS, &ADMIN_JS, &BASECOAT_CSS, &BASECOAT_JS, &COMBOBOX_JS, &DOCS_CSS, &HTMX, &ICON, &TOAST_JS];

impl Asset {
    const fn new(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Self {
        Self { name, content_type, bytes, served: OnceLock::new() }
    }

    /// Its address: `/static/admin.0123456789ab.css`.
    pub fn url(&'static self) -> &'static str {
        &self.served().url
    }

    fn served(&self) -> &Served {
        self.served.get_or_init(|| {
            let digest = Sha256::digest(self.bytes);
            let start = digest.iter().take(6).fold(0, |number, byte| (number << 8) | u64::from(*byte));
            let hash = format!("{start:012x}");
            let (stem, extension) = self.name.rsplit_once('.').unwrap_or((self.name, ""));
            Served {
                url: format!("{FOLDER}{stem}.{hash}.{extension}"),
                // Weak: one tag for the file, packed or not.
                tag: EntityTag::new_weak(hash),
                gzip: compress(self.bytes),
            }
        })
    }

    fn respond(&self, request: &HttpRequest, kept: HeaderValue) -> HttpResponse {
        let served = self.served();
        let known = match request.get_header::<IfNoneMatch>() {
            Some(IfNoneMatch::Any) => true,
            Some(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(&served.tag)),
            None => false,
        };
        let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header((CACHE_CONTROL, kept))
            .insert_header((VARY, BY_ENCODING))
            .insert_header((ETAG, served.tag.clone()));
        if known {
            return response.finish();
        }
        response.insert_header((CONTENT_TYPE, self.content_type));
        if takes_gzip(request.headers()) {
            response.insert_header((CONTENT_ENCODING, "gzip")).body(served.gzip.clone())
        } else {
            response.body(Bytes::from_static(self.bytes))
        }
    }
}

/// Writing to memory cannot fail; if it could, an empty file would be plain to see.
fn compress(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    packed.unwrap_or_default().into()
}

/// Registers `/static/{file}` and `/favicon.ico`.
pub fn configure(routes: &mut ServiceConfig) {
    routes
        .service(web::resource(format!("{FOLDER}{{file}}")).get(serve).head(serve))
        .service(web::resource("/favicon.ico").get(favicon).head(favicon));
}

async fn serve(request: HttpRequest) -> HttpResponse {
    match ALL.iter().find(|asset| asset.served().url == request.path()) {
        Some(asset) => asset.respond(&request, FOR_EVER),
        None => super::not_found().await,
    }
}

async fn favicon(request: HttpRequest) -> HttpResponse {
    ICON.respond(&request, FOR_A_DAY)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, body::to_bytes};

    use super::*;

    #[actix_web::test]
    async fn every_file_is_served_as_it_is_packed_or_not_and_only_once() {
        let app = init_service(App::new().configure(configure)).await;
        for asset in ALL {
            let url = asset.url();
            let plain = call_service(&app, TestRequest::get().uri(url).to_request()).await;
            assert_eq!(
                (plain.status().as_u16(), plain.headers().get(CONTENT_ENCODING)),
                (200, None),
                "{url}"
            );
            assert_eq!(plain.headers().get(CONTENT_TYPE).unwrap(), asset.content_type);
            assert_eq!(plain.headers().get(CACHE_CONTROL).unwrap(), FOR_EVER);
            let tag = plain.headers().get(ETAG).unwrap().clone();
            assert_eq!(read_body(plain).await, asset.bytes);

            let wish = ("Accept-Encoding", "br, gzip;q=0.5");
            let packed =
                call_service(&app, TestRequest::get().uri(url).insert_header(wish).to_request()).await;
            assert_eq!(packed.headers().get(CONTENT_ENCODING).unwrap(), "gzip");
            assert_eq!(packed.headers().get(VARY).unwrap(), "Accept-Encoding");
            let body = read_body(packed).await;
            assert!(body.len() < asset.bytes.len(), "{url}");
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, asset.bytes);

            let known = TestRequest::get().uri(url).insert_header(("If-None-Match", tag)).to_request();
            let known = call_service(&app, known).await;
            assert_eq!(known.status(), 304);
            assert!(to_bytes(known.into_body()).await.unwrap().is_empty());
        }
    }

    #[actix_web::test]
    async fn other_names_are_not_found_and_other_methods_refused() {
        let app = init_service(App::new().configure(configure)).await;
        for (method, path, status) in [
            ("GET", "/static/admin.css", 404),
            ("GET", "/static/admin.000000000000.css", 404),
            ("GET", "/static/", 404),
            ("POST", ADMIN_CSS.url(), 405),
            ("DELETE", "/static/x", 405),
            ("HEAD", ADMIN_CSS.url(), 200),
            ("GET", "/favicon.ico", 200),
        ] {
            let request = TestRequest::with_uri(path).method(method.parse().unwrap()).to_request();
            let answer = call_service(&app, request).await;
            assert_eq!(answer.status(), status, "{method} {path}");
            if status == 405 {
                assert!(answer.headers().get("allow").unwrap().to_str().unwrap().contains("GET"));
            }
        }
    }
}
