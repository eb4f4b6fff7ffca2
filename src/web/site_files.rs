//! Files of the operator, such as a logo of his own, from the folder `static_dir`. Only what is in it: no
//! listing, no hidden file, nothing that a symbolic link leads out to.

use std::path::{Path, PathBuf};

use actix_files::Files;
use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, ServiceConfig};

use super::method_not_allowed;

/// They may change, so a browser asks each time whether they did.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// Registers `/static/site/…`.
pub fn configure(routes: &mut ServiceConfig, folder: &Path) {
    let root = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let inside = root.clone();
    let files = Files::new("/", root).path_filter(move |path, _| is_file_of(&inside, path));
    routes.service(web::scope("/static/site").wrap(from_fn(read_only)).service(files));
}

/// Whether `path` is a file in `root`, wherever links lead.
fn is_file_of(root: &Path, path: &Path) -> bool {
    let real: PathBuf = match root.join(path).canonicalize() {
        Ok(real) => real,
        Err(_) => return false,
    };
    real.starts_with(root) && real.is_file()
}

async fn read_only(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request.into_response(method_not_allowed("GET, HEAD")));
    }
    let mut response = next.call(request).await?.map_into_boxed_body();
    response.headers_mut().insert(CACHE_CONTROL, ASK_AGAIN);
    Ok(response)
}
