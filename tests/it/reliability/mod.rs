//! What goes wrong around a server, and what it does then.

mod clock;
mod crashes;
mod full_disk;
mod outages;
mod panics;
mod stalls;
mod stop;

use std::time::Duration;

use crate::harness::RawAnswer;
use crate::harness::send;

/// Longer than anything here may take, and short enough to notice what never ends.
const PATIENCE: Duration = Duration::from_secs(20);

/// `GET` of an address of the server, without a credential.
fn get(address: &str, path: &str) -> RawAnswer {
    send(address, &format!("GET {path}"), &[], "")
}
