//! The table of every page and form: method, address, what it needs, handler. A `Visit` looks up here what
//! its own address needs, so that a handler cannot be reached by somebody who lacks it, and the tests take
//! the whole authorization matrix from it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use actix_web::http::Method;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{FromRequest, Handler, Responder};

use super::Admin;
use super::{door, pages};

/// Who may open a page or send a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Anybody: signing in, for instance.
    Nothing,
    /// Somebody who is signed in.
    SignedIn,
    /// Somebody who holds one of these permissions.
    AnyOf(&'static [&'static str]),
    /// Somebody who holds all of these permissions.
    AllOf(&'static [&'static str]),
    /// Somebody who holds this permission on the model of the address, e.g. `view`.
    OnModel(&'static str),
    /// Somebody who may see at least one model of the app of the address, or permissions.
    OnApp,
}

/// One row of the table.
#[derive(Clone)]
pub struct Route {
    /// GET or POST.
    pub method: Method,
    /// The address below `/admin`, e.g. `/tokens/{id}`.
    pub pattern: &'static str,
    /// Who may.
    pub needs: Needs,
    make: Arc<dyn Fn() -> actix_web::Route + Send + Sync>,
}

/// Collects the rows.
#[derive(Default)]
pub struct Table(Vec<Route>);

impl Table {
    /// A page.
    pub fn get<F, Args>(&mut self, pattern: &'static str, needs: Needs, handler: F)
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::GET, pattern, needs, handler);
    }

    /// A form.
    pub fn post<F, Args>(&mut self, pattern: &'static str, needs: Needs, handler: F)
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::POST, pattern, needs, handler);
    }

    fn add<F, Args>(&mut self, method: Method, pattern: &'static str, needs: Needs, handler: F)
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let of = method.clone();
        let make = Arc::new(move || web::method(of.clone()).to(handler.clone()));
        self.0.push(Route { method, pattern, needs, make });
    }
}

/// Every page and form. An address with fewer parts that vary comes before one that it would be hidden by.
pub fn routes() -> &'static [Route] {
    static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
        let mut table = Table::default();
        pages::routes(&mut table);
        table.0
    });
    &ROUTES
}

/// What an address needs; an address that is not in the table is for nobody.
pub fn needs(method: &Method, pattern: &str) -> Option<Needs> {
    static INDEX: LazyLock<BTreeMap<(&'static str, &'static str), Needs>> = LazyLock::new(|| {
        routes().iter().map(|route| ((route.method.as_str(), route.pattern), route.needs)).collect()
    });
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    INDEX.get(&(method, pattern)).copied()
}

/// Registers all of them behind the door.
pub fn mount(app: &mut ServiceConfig, admin: &Data<Admin>) {
    // Of the application, not the scope: the door stands in front of the scope.
    app.app_data(admin.clone());
    let mut scope = web::scope("/admin");
    let mut patterns: Vec<&'static str> = Vec::new();
    for route in routes() {
        if !patterns.contains(&route.pattern) {
            patterns.push(route.pattern);
        }
    }
    for pattern in patterns {
        let of_pattern: Vec<&Route> = routes().iter().filter(|route| route.pattern == pattern).collect();
        let mut resource = web::resource(pattern);
        let mut allow = Vec::new();
        for route in of_pattern {
            allow.push(route.method.as_str());
            if route.method == Method::GET {
                allow.push("HEAD");
                // Actix leaves the body of an answer to HEAD away by itself.
                resource = resource.route((route.make)().method(Method::HEAD));
            }
            resource = resource.route((route.make)());
        }
        let allow = allow.join(", ");
        scope = scope.service(resource.default_service(web::to(move || {
            let allow = allow.clone();
            async move { crate::web::method_not_allowed(&allow) }
        })));
    }
    let scope = scope
        .default_service(web::to(door::nothing_here))
        .wrap(from_fn(door::door))
        .wrap(Compress::default());
    app.service(scope);
    app.route("/", web::get().to(door::to_dashboard));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_is_registered_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for route in routes() {
            assert!(
                seen.insert((route.method.as_str(), route.pattern)),
                "{} {}",
                route.method,
                route.pattern
            );
        }
    }

    #[test]
    fn what_is_not_in_the_table_is_for_nobody() {
        assert_eq!(needs(&Method::DELETE, "/tokens"), None);
        assert_eq!(needs(&Method::GET, "/nowhere"), None);
    }
}
