//! The one middleware of the admin: hosts and origins, the session behind the cookie, errors as pages, the
//! headers of a page.

use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, VARY};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error as ActixError, HttpMessage, HttpRequest, HttpResponse};

use super::visit::{SignedIn, Visit};
use super::{Admin, failure, htmx, paths};
use crate::error::{Error, Result};
use crate::services::sessions::{self, Activity};
use crate::web::{NO_STORE, check_same_origin, session_key};

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
const VARIES: HeaderValue = HeaderValue::from_static("HX-Request, HX-Request-Type, Cookie");
const CSP: HeaderName = actix_web::http::header::CONTENT_SECURITY_POLICY;

/// Everything that comes in and goes out.
pub async fn door(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, ActixError> {
    let Some(admin) = request.app_data::<Data<Admin>>().cloned() else {
        return Err(Error::internal("the admin has no state").into());
    };
    let let_in = match judge(&request, &admin) {
        Ok(()) => recognise(&request, &admin).await,
        Err(refused) => Err(refused),
    };
    let mut response = match let_in {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(error) => {
            let page = failure::page_of(&admin, request.request(), &error).await;
            request.into_response(page)
        }
    };
    if let Some(page) = failure::page_for(&admin, &response).await {
        response = ServiceResponse::new(response.request().clone(), page);
    }
    let headers = response.headers_mut();
    headers.insert(CSP, POLICY);
    headers.append(VARY, VARIES);
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, NO_STORE);
    }
    Ok(response)
}

/// Whether the request comes from a page of ours, if it changes something.
fn judge(request: &ServiceRequest, admin: &Admin) -> Result<()> {
    if !admin.allowed.knows_host(request.head()) {
        return Err(Error::Refused(
            "This host name is not answered here; see allowed_hosts in the configuration".into(),
        ));
    }
    check_same_origin(request.head(), &admin.allowed)
}

/// Finds out who is behind the cookie. One hop off the async threads; none without a cookie.
async fn recognise(request: &ServiceRequest, admin: &Data<Admin>) -> Result<()> {
    let Some(key) = session_key(request.head()) else { return Ok(()) };
    let (digest, now, shared) = (key.digest(), admin.clock.now(), admin.clone());
    let ask = move |db: &crate::db::Db| {
        let Some(live) = sessions::authenticate(db, now, &digest, Activity::Person)? else { return Ok(None) };
        let counts = db.read(|conn| shared.counts.own(conn, now))?;
        Ok(Some(SignedIn { live: Arc::new(live), counts }))
    };
    if let Some(signed_in) = admin.db.run(ask).await? {
        request.extensions_mut().insert(signed_in);
    }
    Ok(())
}

/// Where there is no page.
pub async fn nothing_here(request: HttpRequest) -> Result<HttpResponse> {
    // Whoever is not signed in learns nothing of what there is.
    Visit::of(&request)?;
    Err(Error::NotFound("No page has this address".into()))
}

/// The address of the server itself leads to the admin.
pub async fn to_dashboard() -> HttpResponse {
    htmx::redirect(false, &paths::dashboard())
}
