//! `GET /admin/apps/{app}/{model}/{key}/bytes/{field}`: what is in a field of bytes, as a file.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Address, names, with};
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::apps::FieldKind;
use crate::apps::record::Cell;
use crate::error::Error;

pub fn routes(table: &mut Table) {
    table.get("/apps/{app}/{model}/{key}/bytes/{field}", Needs::OnModel("view"), show);
}

async fn show(visit: Visit, address: Address, parts: web::Path<(String, String, String, String)>) -> Answer {
    let name = parts.into_inner().3;
    let bytes = with(&visit, address, move |records, address| {
        let nothing = || Error::NotFound("There are no bytes here".into());
        let (_, record) = records.find(address)?;
        let field = records
            .model
            .fields
            .iter()
            .find(|f| names::value(&f.name) == name && f.kind == FieldKind::Binary);
        match field.and_then(|field| record.get(&field.name)) {
            Some(Cell::Text(text)) => STANDARD.decode(text).map_err(|_| nothing()),
            _ => Err(nothing()),
        }
    });
    // Never shown by the browser, whatever is in it.
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/octet-stream"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"bytes.bin\""))
        .body(bytes.await?))
}
