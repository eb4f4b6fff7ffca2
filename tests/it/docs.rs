//! The documents say what is so.

use std::path::{Path, PathBuf};

use mcp_admin::error::Error;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn documents() -> Vec<PathBuf> {
    let folders = ["", "docs", "docs/adr", "static"];
    let mut found: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(root().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    found.sort();
    found
}

/// Targets of `[text](target)` that are files of ours.
fn links(text: &str) -> Vec<&str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|target| target.split('#').next().unwrap())
        .filter(|target| !target.is_empty() && !target.contains("://") && !target.contains(' '))
        .collect()
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        let folder = document.parent().unwrap();
        let missing = links(&text).into_iter().filter(|target| !folder.join(target).exists());
        broken.extend(missing.map(|target| format!("{}: {target}", document.display())));
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_error_code_is_explained() {
    let document = read("docs/errors.md");
    let errors = [
        Error::Unauthenticated,
        Error::forbidden(String::new()),
        Error::Refused(String::new()),
        Error::NotFound(String::new()),
        Error::Conflict(String::new()),
        Error::Repeated { id: String::new() },
        Error::PreconditionFailed(String::new()),
        Error::Malformed(String::new()),
        Error::Invalid(Vec::new()),
        Error::RateLimited { retry_after: 1 },
        Error::Unavailable(String::new()),
        Error::internal(""),
    ];
    for error in errors {
        assert!(
            document.contains(&format!("`{}`", error.code())),
            "{} is not in docs/errors.md",
            error.code()
        );
    }
}

/// Names of the public fields of a struct in a source file.
fn fields(source: &str, name: &str) -> Vec<String> {
    let body = source.split(&format!("pub struct {name} {{")).nth(1).unwrap().split("\n}").next().unwrap();
    body.lines()
        .filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':').map(|(name, _)| name.to_owned()))
        .collect()
}

fn settings_source() -> String {
    let folder = root().join("src");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let mut text = read(&folder.join("config.rs"));
    for entry in std::fs::read_dir(folder.join("config")).into_iter().flatten() {
        text.push_str(&read(&entry.unwrap().path()));
    }
    text
}

#[test]
fn every_setting_is_explained() {
    let source = settings_source();
    let documents = format!("{}{}", read("README.md"), read("docs/configuration.md"));
    for name in ["Config", "McpConfig", "ApiConfig", "AppConfig", "ModelConfig"] {
        for field in fields(&source, name) {
            assert!(documents.contains(&field), "{name}.{field} is in no document");
        }
    }
}

/// The code of the crate and of its tests.
fn sources() -> String {
    fn read_all(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read_all(&path, text);
            } else if path.extension().is_some_and(|e| e == "rs") {
                text.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut text = String::new();
    for folder in ["src", "tests/it"] {
        read_all(&root().join(folder), &mut text);
    }
    text
}

#[test]
fn every_test_that_the_comparison_names_is_there() {
    let (document, sources) = (read("docs/parity.md"), sources());
    let is_test = |word: &&str| {
        word.matches('_').count() > 2
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let named: Vec<&str> = document.split('`').filter(is_test).collect();
    assert!(named.len() > 50, "{}", named.len());
    let missing: Vec<&&str> = named.iter().filter(|name| !sources.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_row_of_the_comparison_is_answered() {
    let document = read("docs/parity.md");
    let rows: Vec<u32> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" |")?.0.parse().ok())
        .collect();
    let missing: Vec<u32> = (26..=106).chain(115..=146).filter(|row| !rows.contains(row)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_target_of_the_makefile_explains_itself() {
    let makefile = read("Makefile");
    let targets = makefile.lines().find_map(|line| line.strip_prefix(".PHONY: ")).unwrap();
    for target in targets.split(' ') {
        let explained =
            makefile.lines().any(|line| line.starts_with(&format!("{target}:")) && line.contains("## "));
        assert!(explained, "{target}");
    }
}

#[test]
fn the_files_of_the_project_name_no_machine() {
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for word in ["/home/", "/tmp/"] {
            assert!(!text.contains(word), "{}: {word}", document.display());
        }
    }
    for folder in ["conformance", "browser"] {
        let lock = read(&format!("tests/{folder}/package-lock.json"));
        assert!(!lock.contains("\"resolved\""), "the lock file of {folder} names a registry");
    }
}
