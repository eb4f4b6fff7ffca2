//! Holds the shape of the house: who may know whom, and where each outside crate may be used.
//!
//! A failing test here names a file and a line. Mend the file; widen a table only together with
//! `docs/ARCHITECTURE.md`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Modules of the crate and the modules that each may use. `tests` beside code are not judged.
const DIRECTIONS: &[(&str, &[&str])] = &[
    // Leaves. The ids of `db` are plain numbers, and `auth` names whom they belong to.
    ("error", &[]),
    ("clock", &[]),
    ("auth", &["db", "error"]),
    ("telemetry", &["clock", "config", "error"]),
    ("config", &["auth", "db", "error"]),
    ("db", &["auth", "clock", "error"]),
    ("models", &["auth", "clock", "db", "error"]),
    ("services", &["apps", "auth", "clock", "db", "error", "models"]),
    ("apps", &["auth", "clock", "config", "db", "error"]),
    ("web", &["auth", "clock", "config", "db", "error"]),
    ("guard", &["auth", "clock", "config", "db", "error", "models", "web"]),
    // The doors. None of them knows another.
    ("mcp", &["apps", "auth", "clock", "config", "db", "error", "guard", "services", "web"]),
    ("api", &["apps", "auth", "clock", "config", "db", "error", "guard", "services", "web"]),
    ("admin", &["apps", "auth", "clock", "config", "db", "error", "guard", "services", "web"]),
    ("bootstrap", &["apps", "auth", "clock", "config", "db", "error", "services"]),
    (
        "server",
        &[
            "admin",
            "api",
            "apps",
            "auth",
            "bootstrap",
            "clock",
            "config",
            "db",
            "error",
            "guard",
            "mcp",
            "services",
            "telemetry",
            "web",
        ],
    ),
    (
        "cli",
        &[
            "apps",
            "auth",
            "bootstrap",
            "clock",
            "config",
            "db",
            "error",
            "server",
            "services",
            "telemetry",
            "web",
        ],
    ),
    ("lib", &["error"]),
    ("main", &["cli"]),
];

/// Outside names and the places, by path below `src/`, that may use them.
const PLACES: &[(&str, &[&str])] = &[
    ("actix_web::", &["web/", "guard/", "mcp/", "api/", "admin/", "server", "cli/"]),
    ("maud::", &["admin/", "api/docs/"]),
    ("rmcp::", &["mcp/"]),
    (
        "diesel::",
        &[
            "db/",
            "models/",
            "apps/",
            "auth/token_digest.rs",
            "auth/tool_mode.rs",
            "auth/session_key.rs",
            "clock.rs",
        ],
    ),
    ("DbConnection::Pg", &["db/dialect", "db/connect.rs", "db/connection.rs", "apps/introspect"]),
    ("DbConnection::Sqlite", &["db/dialect", "db/connect.rs", "db/connection.rs", "apps/introspect"]),
    ("Utc::now", &["clock.rs"]),
    ("SystemTime::now", &["clock.rs"]),
];

/// Longest file in lines.
const LONGEST: usize = 400;

struct Source {
    /// Below `src/`, e.g. `guard/cache.rs`.
    path: String,
    /// Lines of code with their numbers: without comments, texts of their own and tests.
    code: Vec<(usize, String)>,
    lines: usize,
}

impl Source {
    /// The first part of its path: the module of the crate.
    fn module(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn sources(folder: &str) -> Vec<Source> {
    let folder = root().join(folder);
    let mut found = Vec::new();
    files(&folder, &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
        Source { lines: text.lines().count(), code: code(&path, &text), path }
    };
    found.into_iter().map(read).collect()
}

/// What the compiler sees of a file outside of tests.
fn code(path: &str, text: &str) -> Vec<(usize, String)> {
    let name = path.rsplit('/').next().unwrap();
    if ["tests.rs", "testing.rs"].contains(&name) || path.split('/').any(|part| part == "tests") {
        return Vec::new();
    }
    let before_tests = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let without_comment = |line: &str| line.split("//").next().unwrap().to_owned();
    before_tests.lines().enumerate().map(|(i, line)| (i + 1, without_comment(line))).collect()
}

/// The modules that follow `crate::` in a file, with the lines; groups over several lines too.
fn uses(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (index, (number, line)) in source.code.iter().enumerate() {
        for (at, _) in line.match_indices("crate::") {
            let before = line[..at].chars().next_back();
            if before.is_some_and(|c| c == '$' || c.is_alphanumeric() || c == '_') {
                continue;
            }
            let mut rest = line[at + "crate::".len()..].to_owned();
            if rest.starts_with('{') {
                for (_, next) in &source.code[index + 1..] {
                    if rest.matches('{').count() == rest.matches('}').count() {
                        break;
                    }
                    rest.push_str(next);
                }
                found.extend(members(&rest).into_iter().map(|name| (*number, name)));
            } else {
                found.push((*number, first_name(&rest)));
            }
        }
    }
    // What the root of the crate re-exports.
    for (_, name) in &mut found {
        if ["Error", "Result"].contains(&name.as_str()) {
            *name = "error".into();
        }
    }
    found
}

fn first_name(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// First names of the members of `{a::{b, c}, d}`: `a` and `d`.
fn members(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (i, c) in group.char_indices() {
        match c {
            '{' => {
                depth += 1;
                if depth == 1 {
                    start = i + 1;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
        if (c == ',' && depth == 1) || (c == '}' && depth == 0) {
            names.push(first_name(&group[start..i]));
            start = i + 1;
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        let module = source.module();
        let Some((_, allowed)) = DIRECTIONS.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("src/{}: the module `{module}` has no line in DIRECTIONS", source.path));
            continue;
        };
        for (line, name) in uses(&source) {
            if name != module && !allowed.contains(&name.as_str()) {
                wrong.push(format!("src/{}:{line}: `{module}` may not use `{name}`", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn outside_crates_stay_in_their_places() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        for (name, places) in PLACES {
            if places.iter().any(|place| source.path.starts_with(place)) {
                continue;
            }
            let lines = source.code.iter().filter(|(_, line)| line.contains(name));
            wrong.extend(lines.map(|(line, _)| format!("src/{}:{line}: {name}", source.path)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn files_fit_a_head() {
    let folders = ["src", "tests", "benches"];
    let long: Vec<String> = folders
        .iter()
        .flat_map(|folder| sources(folder).into_iter().map(move |source| (folder, source)))
        .filter(|(_, source)| source.lines > LONGEST)
        .map(|(folder, source)| format!("{folder}/{} has {} lines", source.path, source.lines))
        .collect();
    assert!(long.is_empty(), "\n{}", long.join("\n"));
}

#[test]
fn every_migration_exists_for_both_databases_and_both_directions() {
    let versions = |backend: &str| -> BTreeSet<String> {
        let folder = root().join("migrations").join(backend);
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .inspect(|path| {
                for script in ["up.sql", "down.sql"] {
                    assert!(path.join(script).is_file(), "{} has no {script}", path.display());
                }
            })
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(versions("sqlite"), versions("postgres"));
}

#[test]
fn the_reader_of_sources_sees_groups_and_skips_tests() {
    let text = "use crate::{db::{Db, Tx}, error,\n    auth};\n// crate::admin\nlet x = crate::Error::y;\n\
                #[cfg(test)]\nmod tests {\n    use crate::api;\n}\n";
    let source = Source { path: "mcp/x.rs".into(), code: code("mcp/x.rs", text), lines: 0 };
    let names: Vec<String> = uses(&source).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["db", "error", "auth", "error"]);
    assert_eq!(source.module(), "mcp");
}
