//! `/api/v1/apps/{app}/{model}/records`: the records of attached databases, on the same layer as the tools.

mod address;
mod change;
mod create;
mod delete;
mod list;
mod model;
mod show;
mod view;

use super::Endpoint;

const COLLECTION: &str = "/api/v1/apps/{app}/{model}/records";
const RECORD: &str = "/api/v1/apps/{app}/{model}/records/{id}";

/// The endpoints of this resource.
pub fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint| {
        endpoint.part("app", "Label of the app").part("model", "Name of the model, e.g. `article`")
    };
    let of_record = |endpoint: Endpoint| described(endpoint).part("id", address::DESCRIPTION);
    vec![
        described(list::endpoint()),
        described(create::endpoint()),
        of_record(show::endpoint()),
        of_record(change::endpoint()),
        of_record(delete::endpoint()),
    ]
}
