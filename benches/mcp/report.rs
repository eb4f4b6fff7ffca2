//! The table and the file.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::Outcome;
use super::load::Run;
use super::measure::{Nanoseconds, median};
use super::servers::CASES;

/// Cases that the file lists beside the others, because they answer another question.
const EXTRA: [&str; 2] = ["guarded_many", "tools_list_plain"];

/// Everything that was measured.
#[derive(Default)]
pub struct Report {
    runs: BTreeMap<&'static str, Vec<Run>>,
    skipped: BTreeMap<&'static str, String>,
    in_process: Map<String, Value>,
    records: Value,
}

impl Report {
    /// Adds what the guard costs without sockets.
    pub fn in_process(&mut self, label: &str, ns: &Nanoseconds) {
        let rounded = json!({
            "bare_ns": ns.bare.round(), "guarded_ns": ns.guarded.round(), "guard_ns": ns.difference.round()
        });
        self.in_process.insert(label.to_owned(), rounded);
    }

    /// Adds what the layer of records does with many of them.
    pub fn records(&mut self, found: Value) {
        self.records = found;
    }

    /// Adds one process.
    pub fn add(&mut self, case: &'static str, run: Run) {
        self.runs.entry(case).or_default().push(run);
    }

    /// Notes why a case has no numbers.
    pub fn skip(&mut self, case: &'static str, why: &str) {
        self.skipped.insert(case, why.to_owned());
    }

    /// Medians over the processes of a case.
    fn summary(&self, case: &str) -> Option<Value> {
        let runs = self.runs.get(case)?;
        let of = |pick: fn(&Run) -> f64| median(runs.iter().map(pick).collect());
        let round = |number: f64, unit: f64| (number * unit).round() / unit;
        let bare = self.runs.get("bare");
        // Neighbours in time are compared, so that a slow minute of the machine does not count.
        let ratios: Vec<f64> =
            bare.into_iter().flatten().zip(runs).map(|(bare, run)| run.rps / bare.rps).collect();
        Some(json!({
            "rps": round(of(|r| r.rps), 1.0),
            "p50_ms": round(of(|r| r.p50_ms), 1000.0),
            "p99_ms": round(of(|r| r.p99_ms), 1000.0),
            "cpu_us": round(of(|r| r.cpu_us), 100.0),
            "ratio": round(median(ratios), 1000.0),
        }))
    }

    /// Prints the table.
    pub fn print(&self) {
        println!(
            "{:<14}{:>10}{:>10}{:>10}{:>14}{:>8}",
            "case", "req/s", "p50 ms", "p99 ms", "CPU µs/req", "ratio"
        );
        for case in CASES {
            let Some(line) = self.summary(case.name) else {
                let why = self.skipped.get(case.name).map_or("not run", String::as_str);
                println!("{:<14}{why}", case.name);
                continue;
            };
            let cell = |key: &str| line[key].to_string();
            println!(
                "{:<14}{:>10}{:>10}{:>10}{:>14}{:>8}",
                case.name,
                cell("rps"),
                cell("p50_ms"),
                cell("p99_ms"),
                cell("cpu_us"),
                cell("ratio")
            );
        }
        println!("\nin-process, token remembered (ns a call):");
        for (label, ns) in &self.in_process {
            println!(
                "  {label:<12} bare {} guarded {} guard {}",
                ns["bare_ns"], ns["guarded_ns"], ns["guard_ns"]
            );
        }
        println!("\nmany records: {:#}", self.records);
    }

    /// Writes the file.
    pub fn write(&self, path: &Path) -> Outcome<()> {
        let summaries = |extra: bool| -> Map<String, Value> {
            let chosen = CASES.iter().filter(|case| EXTRA.contains(&case.name) == extra);
            chosen.filter_map(|case| Some((case.name.to_owned(), self.summary(case.name)?))).collect()
        };
        let whole = json!({
            "cases": summaries(false),
            "extra": summaries(true),
            "in_process": self.in_process,
            "records": self.records,
            "skipped": self.skipped,
        });
        std::fs::write(path, serde_json::to_string_pretty(&whole)?)?;
        println!("written to {}", path.display());
        Ok(())
    }
}
