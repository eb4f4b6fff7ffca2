//! What the guard adds to a call when the token is remembered, without sockets: the same application is
//! called with and without it, in turns, in a process of its own on one core.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use actix_web::dev::Service;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, web};
use diesel::prelude::*;
use mcp_admin::auth::{PlainToken, TokenHasher};
use mcp_admin::clock::Clock;
use mcp_admin::db::schema::tokens;
use mcp_admin::guard::bearer;

use super::{Outcome, seed, servers};

const ROUNDS: usize = 21;

/// Nanoseconds of one call.
pub struct Nanoseconds {
    /// Without the guard.
    pub bare: f64,
    /// Behind it.
    pub guarded: f64,
    /// Median of the differences of neighbouring turns.
    pub difference: f64,
}

/// Measures in a process of its own.
pub fn in_process(calls: usize, database: &Path) -> Outcome<Nanoseconds> {
    let output = Command::new("taskset")
        .args(["-c", "0"])
        .arg(std::env::current_exe()?)
        .args(["measure", &calls.to_string()])
        .arg(database)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    match numbers.as_slice() {
        [bare, guarded, difference] => {
            Ok(Nanoseconds { bare: *bare, guarded: *guarded, difference: *difference })
        }
        _ => Err(format!("no numbers: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// The process itself: prints the three numbers.
pub fn run(calls: usize, database: &Path) -> Outcome<()> {
    let token = issue(database)?;
    let header = format!("Bearer {}", token.reveal());
    actix_web::rt::System::new().block_on(async {
        let guard = servers::guard_over(database)?;
        let bare = init_service(App::new().service(web::resource("/mcp").post(servers::answer))).await;
        let app = App::new().service(web::resource("/mcp").wrap(bearer(&guard)).post(servers::answer));
        let guarded = init_service(app).await;
        let request = || {
            TestRequest::post()
                .uri("/mcp")
                .insert_header(("Host", "localhost"))
                .insert_header(("Content-Type", "application/json"))
                .insert_header(("Authorization", header.as_str()))
                .set_payload(servers::PING)
                .to_request()
        };
        let mut turns = Vec::new();
        for _ in 0..ROUNDS {
            turns.push((time(&bare, &request, calls).await?, time(&guarded, &request, calls).await?));
        }
        let of = |pick: fn(&(f64, f64)) -> f64| median(turns.iter().map(pick).collect());
        println!("{} {} {}", of(|t| t.0), of(|t| t.1), of(|t| t.1 - t.0));
        guard.shutdown();
        Ok(())
    })
}

/// A token that only this process knows.
fn issue(database: &Path) -> Outcome<PlainToken> {
    let token = PlainToken::generate(&mut rand::rng());
    diesel::insert_into(tokens::table)
        .values((
            tokens::name.eq("measured"),
            tokens::user_id.eq(1),
            tokens::prefix.eq(token.prefix()),
            tokens::digest.eq(token.digest(&TokenHasher::sha256())),
            tokens::hash_alg.eq("sha256"),
            tokens::created_at.eq(Clock::system().now()),
        ))
        .execute(&mut *seed::open(database)?.conn()?)?;
    Ok(token)
}

async fn time<S, R, B>(service: &S, request: &impl Fn() -> R, calls: usize) -> Outcome<f64>
where
    S: Service<R, Response = actix_web::dev::ServiceResponse<B>, Error = actix_web::Error>,
{
    let mut spent = std::time::Duration::ZERO;
    for _ in 0..calls {
        let request = request();
        let started = Instant::now();
        let response = service.call(request).await?;
        spent += started.elapsed();
        if !response.status().is_success() {
            return Err(format!("answered {}", response.status()).into());
        }
    }
    Ok(spent.as_secs_f64() * 1e9 / f64::from(u32::try_from(calls)?))
}

/// The middle of some numbers.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}
