//! What operators ask: does it live, is it ready, what did it do.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use actix_web::web::{self, Data, ServiceConfig};
use tokio::sync::Mutex;

use super::Stopper;
use crate::clock::ClockWatch;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::guard::Guard;
use crate::telemetry;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the answers depend on.
pub(super) struct Health {
    db: Db,
    guard: Arc<Guard>,
    stopper: Stopper,
    clock: Arc<ClockWatch>,
    /// One question to the database at a time, so that a silent one does not collect threads.
    asking: Arc<Mutex<()>>,
}

impl Health {
    pub fn new(db: Db, guard: Arc<Guard>, stopper: Stopper, clock: Arc<ClockWatch>) -> Self {
        Self { db, guard, stopper, clock, asking: Arc::default() }
    }

    async fn check(&self) -> Result<()> {
        if self.stopper.is_draining() {
            return Err(Error::Unavailable("The server is stopping".into()));
        }
        if self.clock.is_set_back() {
            return Err(Error::Unavailable("The clock was set back".into()));
        }
        let asked = async {
            let permit = Arc::clone(&self.asking).lock_owned().await;
            let guard = Arc::clone(&self.guard);
            let ask = move |_: &Db| {
                let _permit = permit;
                guard.poll()
            };
            self.db.run(ask).await
        };
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(())) if self.guard.is_fresh() => Ok(()),
            Ok(Ok(())) => Err(Error::Unavailable("Changes of permissions are not heard of".into())),
            Ok(Err(_)) => Err(Error::Unavailable("The database cannot be asked".into())),
            Err(_) => Err(Error::Unavailable("The database does not answer".into())),
        }
    }
}

pub(super) fn configure(routes: &mut ServiceConfig) {
    routes
        .service(web::resource("/livez").get(live).head(live))
        .service(web::resource("/readyz").get(ready).head(ready))
        .service(web::resource("/metrics").get(metrics));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::plaintext()).body("ok\n")
}

async fn ready(health: Data<Health>) -> Result<HttpResponse> {
    health.check().await?;
    Ok(HttpResponse::Ok().content_type(ContentType::plaintext()).body("ok\n"))
}

async fn metrics(health: Data<Health>) -> Result<HttpResponse> {
    let recorder = telemetry::metrics();
    let recorder = recorder.ok_or_else(|| Error::NotFound("Metrics are recorded elsewhere".into()))?;
    health.guard.publish_stats();
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(recorder.render()))
}
