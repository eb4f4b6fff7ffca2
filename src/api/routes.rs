//! The table of all endpoints, and how it becomes routes.

use std::collections::BTreeMap;

use actix_web::guard::fn_guard;
use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, PathConfig, ServiceConfig};
use actix_web::{HttpResponse, Resource};

use super::endpoint::Endpoint;
use super::schema::Shapes;
use super::{
    Api, apps, authentication, content_types, finish, groups, log_entries, permissions, records, tokens,
    users,
};
use crate::error::Error;

/// Every endpoint, in the order of the documentation.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = Vec::new();
    all.extend(super::openapi::endpoints());
    all.push(super::me::endpoint());
    all.push(super::authorize::endpoint());
    all.extend(super::oauth2::endpoints());
    all.extend(tokens::endpoints());
    all.extend(users::endpoints());
    all.extend(groups::endpoints());
    all.extend(permissions::endpoints());
    all.extend(content_types::endpoints());
    all.extend(apps::endpoints());
    all.extend(records::endpoints());
    all.extend(log_entries::endpoints());
    all
}

/// Registers the table.
pub fn mount(routes: &mut ServiceConfig, api: &Data<Api>) {
    let endpoints = endpoints();
    let mut shapes = Shapes::default();
    for endpoint in &endpoints {
        shapes.add(endpoint);
    }
    let shapes = Data::new(shapes);
    let mut by_path: BTreeMap<&str, Vec<Endpoint>> = BTreeMap::new();
    for endpoint in endpoints {
        by_path.entry(endpoint.path).or_default().push(endpoint);
    }
    for (path, endpoints) in by_path {
        mount_path(routes, path, &endpoints, api, &shapes);
    }
}

fn mount_path(
    routes: &mut ServiceConfig,
    path: &str,
    endpoints: &[Endpoint],
    api: &Data<Api>,
    shapes: &Data<Shapes>,
) {
    let served = methods(endpoints);
    let mut allow: Vec<&str> = served.iter().map(Method::as_str).collect();
    if !served.contains(&Method::OPTIONS) {
        allow.push("OPTIONS");
    }
    let allow = allow.join(", ");
    let is_metered = endpoints.iter().all(|endpoint| endpoint.is_metered);
    let resource = || {
        let served = served.clone();
        let own = web::resource(path)
            .guard(fn_guard(move |request| served.contains(&request.head().method)))
            .app_data(api.clone())
            .app_data(shapes.clone())
            .app_data(path_config())
            .app_data(finish::Metered(is_metered));
        endpoints.iter().flat_map(Endpoint::routes).fold(own, Resource::route)
    };
    if endpoints.iter().all(|endpoint| endpoint.is_public) {
        routes.service(resource().wrap(from_fn(finish::finish)));
    } else {
        let takes_sessions = endpoints.iter().all(|endpoint| endpoint.takes_sessions);
        authentication::register(routes, &api.guard, takes_sessions, resource);
    }
    routes.service(web::resource(path).to(move |method: Method| {
        let allow = allow.clone();
        async move { other_method(&method, &allow) }
    }));
}

/// What is served: `HEAD` wherever `GET` is.
fn methods(endpoints: &[Endpoint]) -> Vec<Method> {
    let mut served: Vec<Method> = Vec::new();
    for method in endpoints.iter().flat_map(Endpoint::methods) {
        if !served.contains(&method) {
            served.push(method);
        }
    }
    served
}

/// The answer to a method that no endpoint of the path takes, whoever asks.
fn other_method(method: &Method, allow: &str) -> HttpResponse {
    if method == Method::OPTIONS {
        return HttpResponse::NoContent().insert_header((ALLOW, allow)).finish();
    }
    HttpResponse::MethodNotAllowed().insert_header((ALLOW, allow)).finish()
}

/// A part of a path that is no id is the address of nothing.
fn path_config() -> PathConfig {
    PathConfig::default()
        .error_handler(|_, _| Error::NotFound("There is nothing at this address".into()).into())
}
