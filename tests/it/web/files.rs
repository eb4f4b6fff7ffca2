//! Files of ours, and those of the operator.

use mcp_admin::db::Backend;
use mcp_admin::web::assets;

use crate::harness::{Site, TestApp, send};

/// Ways that have led out of a folder somewhere.
const TRAVERSALS: [&str; 27] = [
    "../own.db",
    "../../own.db",
    "../../../../../../../../etc/passwd",
    "..%2fown.db",
    "..%2Fown.db",
    "%2e%2e/own.db",
    "%2e%2e%2fown.db",
    "%252e%252e%252fown.db",
    "..%252fown.db",
    "..%5cown.db",
    "..\\own.db",
    "....//own.db",
    "..;/own.db",
    "..%00/own.db",
    "%00",
    "logo.svg%00.png",
    "..%c0%afown.db",
    "..%ef%bc%8fown.db",
    "%c0%ae%c0%ae/own.db",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "./../own.db",
    "folder/../../own.db",
    "folder/%2e%2e/%2e%2e/own.db",
    "C:/own.db",
    "file:///etc/passwd",
];

/// A site whose operator serves a folder, beside which lies what nobody may read.
fn app() -> TestApp {
    let site = Site::new(Backend::Sqlite);
    let folder = site.file("public");
    std::fs::create_dir_all(folder.join("folder")).unwrap();
    std::fs::create_dir(folder.join(".git")).unwrap();
    for (name, text) in [
        ("logo.svg", "<svg/>"),
        ("folder/a b.txt", "inside"),
        (".env", "hidden"),
        (".git/config", "hidden"),
        ("../own-secret.txt", "outside"),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    std::os::unix::fs::symlink(site.file("own-secret.txt"), folder.join("out.txt")).unwrap();
    std::os::unix::fs::symlink(site.file(""), folder.join("up")).unwrap();
    std::os::unix::fs::symlink(folder.join("logo.svg"), folder.join("alias.svg")).unwrap();
    TestApp::on(site, |config| config.static_dir = Some(folder))
}

#[tokio::test]
async fn r47_no_path_leads_out_of_the_static_files() {
    let app = app();
    for folder in ["/static/", "/static/site/", "/static/site/folder/"] {
        for path in TRAVERSALS {
            let answer = send(app.address(), &format!("GET {folder}{path}"), &[], "");
            assert!((400..500).contains(&answer.status), "{folder}{path}: {}", answer.status);
            for secret in ["SQLite", "root:", "outside", "hidden"] {
                assert!(!answer.body.contains(secret), "{folder}{path}: {}", answer.body);
            }
        }
    }
}

#[tokio::test]
async fn r47_an_operators_folder_shows_its_files_and_nothing_else() {
    let app = app();
    let long = format!("GET /static/site/{}", "x".repeat(5000));
    for (line, status) in [
        ("GET /static/site/logo.svg", 200),
        ("HEAD /static/site/logo.svg", 200),
        ("GET /static/site/alias.svg", 200),
        ("GET /static/site/folder/a%20b.txt", 200),
        ("GET /static/site", 404),
        ("GET /static/site/", 404),
        ("GET /static/site/folder", 404),
        ("GET /static/site/folder/", 404),
        ("GET /static/site/missing.svg", 404),
        ("GET /static/site/.env", 400),
        ("GET /static/site/.git/config", 400),
        ("GET /static/site/out.txt", 404),
        ("GET /static/site/up/own.db", 404),
        ("GET /static/site/up/public/logo.svg", 200),
        ("GET /static/site/logo.svg/", 200),
        (&long, 404),
        ("POST /static/site/logo.svg", 405),
        ("DELETE /static/site/missing.svg", 405),
    ] {
        let answer = send(app.address(), line, &[], "");
        assert_eq!(answer.status, status, "{line}: {}", answer.body);
        if status >= 400 {
            assert_eq!(answer.header("content-type"), "application/problem+json", "{line}");
        } else {
            assert_eq!(answer.header("cache-control"), "no-cache", "{line}");
            assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{line}");
        }
        assert_eq!(answer.header("allow").is_empty(), status != 405, "{line}");
    }
    let tag = send(app.address(), "GET /static/site/logo.svg", &[], "").header("etag").to_owned();
    let known = format!("If-None-Match: {tag}");
    assert_eq!(send(app.address(), "GET /static/site/logo.svg", &[&known], "").status, 304);
}

#[tokio::test]
async fn without_a_folder_there_are_only_our_files_and_each_page_finds_them() {
    let app = TestApp::start(Backend::Sqlite).await;
    assert_eq!(send(app.address(), "GET /static/site/logo.svg", &[], "").status, 404);
    let page = send(app.address(), "GET /admin/sign-in", &[], "").body;
    for asset in assets::ALL {
        let is_of_the_admin = !asset.url().starts_with("/static/docs.");
        assert_eq!(page.contains(asset.url()), is_of_the_admin, "{}", asset.url());
        let answer = send(app.address(), &format!("GET {}", asset.url()), &["Accept-Encoding: gzip"], "");
        assert_eq!((answer.status, answer.header("content-encoding")), (200, "gzip"), "{}", asset.url());
        assert!(answer.header("cache-control").contains("immutable"), "{}", asset.url());
    }
}

#[test]
fn a_folder_that_does_not_exist_is_told_at_the_start() {
    let site = Site::new(Backend::Sqlite);
    let file = site.config_file("static_dir = \"/nonexistent/folder\"");
    let output = crate::harness::command(&file).args(["serve", "--bind", "127.0.0.1:0"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("static_dir"), "{said}");
}
