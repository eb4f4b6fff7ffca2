//! What a guarded MCP call costs, beside a handler that does nothing and a guard that does it the
//! simple way. `make bench` runs it; `cargo bench --bench mcp -- --quick` takes seconds and proves little.
//!
//! Server and load generator have a core each. Every case runs in several processes, interleaved, because
//! identical processes differ by a few per cent. The result is in `target/bench.json`.

#[path = "mcp/load.rs"]
mod load;
#[path = "mcp/measure.rs"]
mod measure;
#[path = "mcp/records.rs"]
mod records;
#[path = "mcp/report.rs"]
mod report;
#[path = "mcp/seed.rs"]
mod seed;
#[path = "mcp/servers.rs"]
mod servers;

use std::path::Path;
use std::time::Duration;

/// The allocator of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever goes wrong ends the run with its text.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// How long everything takes.
struct Plan {
    rounds: usize,
    warm_up: Duration,
    run: Duration,
    tokens_in_big_table: u32,
    in_process_calls: usize,
    rows_to_walk: u32,
}

impl Plan {
    fn full() -> Self {
        Self {
            rounds: 5,
            warm_up: Duration::from_secs(1),
            run: Duration::from_secs(2),
            tokens_in_big_table: 100_000,
            in_process_calls: 4000,
            rows_to_walk: 1_000_000,
        }
    }

    fn quick() -> Self {
        Self {
            rounds: 1,
            warm_up: Duration::from_secs(1),
            run: Duration::from_secs(1),
            tokens_in_big_table: 1000,
            in_process_calls: 100,
            rows_to_walk: 20_000,
        }
    }
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", case, directory] => servers::run(case, Path::new(directory)),
        ["records"] => {
            let directory = tempfile::tempdir()?;
            seed::everything(directory.path(), 1)?;
            let found = records::measure(directory.path(), Plan::full().rows_to_walk)?;
            println!("{}", serde_json::to_string_pretty(&found)?);
            Ok(())
        }
        ["measure", calls, database] => measure::run(calls.parse()?, Path::new(database)),
        words if words.contains(&"--quick") => bench(&Plan::quick()),
        _ => bench(&Plan::full()),
    }
}

fn bench(plan: &Plan) -> Outcome<()> {
    load::insist_on_tools()?;
    let directory = tempfile::tempdir()?;
    let tokens = seed::everything(directory.path(), plan.tokens_in_big_table)?;
    let mut report = report::Report::default();
    for (label, database) in [("10 tokens", seed::SMALL), ("many tokens", seed::BIG)] {
        let nanoseconds = measure::in_process(plan.in_process_calls, &directory.path().join(database))?;
        report.in_process(label, &nanoseconds);
    }
    report.records(records::measure(directory.path(), plan.rows_to_walk)?);
    for round in 1..=plan.rounds {
        eprintln!("round {round} of {}", plan.rounds);
        for case in &servers::CASES {
            match load::measure(case, plan, directory.path(), &tokens) {
                Ok(run) => report.add(case.name, run),
                Err(error) => report.skip(case.name, &error.to_string()),
            }
        }
    }
    report.print();
    report.write(Path::new("target/bench.json"))
}
