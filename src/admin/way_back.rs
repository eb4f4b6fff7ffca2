//! The way back from a page that was refused: the nearest one above it that the visitor may open.

use actix_web::HttpRequest;
use actix_web::http::Method;

use super::paths::Path;
use super::visit::Visit;

/// Where it leads, and in words.
pub fn way_back(visit: &Visit, request: &HttpRequest) -> Option<(Path, String)> {
    let pattern = request.match_pattern()?;
    let (mut pattern, mut path) = (pattern.as_str(), request.path());
    if request.method() == Method::GET {
        (pattern, path) = (above(pattern)?, above(path)?);
    }
    loop {
        // Everybody may open the dashboard, and every page leads there.
        let below_admin = pattern.strip_prefix("/admin").filter(|pattern| pattern.len() > 1)?;
        if visit.may_open(below_admin, request) {
            return Some((Path::local(path)?, words(visit, below_admin, request)));
        }
        (pattern, path) = (above(pattern)?, above(path)?);
    }
}

/// An address without its last part.
fn above(address: &str) -> Option<&str> {
    address.rsplit_once('/').map(|(above, _)| above)
}

fn words(visit: &Visit, pattern: &str, request: &HttpRequest) -> String {
    let part = |name: &str| request.match_info().get(name).unwrap_or_default();
    let catalog = visit.registry().catalog();
    let model = catalog.find(part("app"), part("model")).map(|(_, model)| model);
    let to = match (pattern, model) {
        ("/apps/{app}/{model}/{key}", Some(model)) => format!("the {}", model.verbose_name),
        ("/apps/{app}/{model}", Some(model)) => format!("the {}", model.verbose_name_plural),
        ("/apps/{app}", _) => part("app").to_owned(),
        (list, _) if !list.contains('{') => format!("the {}", list.trim_start_matches('/').replace('-', " ")),
        (one, _) => {
            let kind = one.trim_start_matches('/').split('/').next().unwrap_or_default();
            format!("the {}", kind.strip_suffix('s').unwrap_or(kind).replace('-', " "))
        }
    };
    format!("Back to {to}")
}
