//! The headers of security, whatever the door and the status.

use crate::harness::{TestApp, on_both, send};

const EVERYWHERE: [(&str, &str); 3] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
];

on_both! {
    async fn r30_every_answer_carries_the_headers_of_security(app) {
        let agent = app.token(&["blog.view_article"]);
        let bearer = format!("Authorization: Bearer {}", agent.token);
        let bearer = bearer.as_str();
        let list = r#"{"method":"tools/list"}"#;
        let long = format!(r#"{{"method":"{}"}}"#, "x".repeat(2 << 20));
        let ours = "Sec-Fetch-Site: same-origin";
        for (line, headers, body, status) in [
            ("GET /livez", &[][..], "", 200),
            ("GET /favicon.ico", &[], "", 200),
            ("GET /admin/sign-in", &[], "", 200),
            ("POST /mcp/", &[bearer], list, 200),
            ("GET /api/v1/me", &[bearer], "", 200),
            ("GET /", &[], "", 303),
            ("GET /admin/", &[], "", 303),
            ("POST /mcp/", &[bearer], "{", 400),
            ("POST /mcp/", &[], list, 401),
            ("GET /api/v1/me", &[], "", 401),
            ("GET /api/v1/users", &[bearer], "", 403),
            ("POST /admin/sign-in", &["Sec-Fetch-Site: cross-site"], "", 403),
            ("GET /nowhere", &[], "", 404),
            ("GET /static/admin.css", &[], "", 404),
            ("DELETE /livez", &[], "", 405),
            ("TRACE /admin/", &[], "", 405),
            ("POST /mcp/", &[bearer], &long, 413),
            ("POST /admin/setup/x", &[ours], "", 403),
        ] {
            let answer = send(app.address(), line, headers, body);
            assert_eq!(answer.status, status, "{line}: {}", answer.body);
            for (name, value) in EVERYWHERE {
                assert_eq!(answer.header(name), value, "{line}: {name}");
            }
            let policy = answer.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{line}: {policy}");
            assert!(policy.contains("frame-ancestors 'none'"), "{line}: {policy}");
            assert_eq!(answer.header("strict-transport-security"), "", "{line}");
            let tls = [headers, &["X-Forwarded-Proto: https"]].concat();
            let answer = send(app.address(), line, &tls, body);
            assert!(answer.header("strict-transport-security").starts_with("max-age="), "{line}");
        }
    }
}

#[tokio::test]
async fn r30_pages_run_scripts_of_this_site_alone() {
    let app = TestApp::start(mcp_admin::db::Backend::Sqlite).await;
    let answer = send(app.address(), "GET /admin/sign-in", &[], "");
    assert_eq!(
        answer.header("content-security-policy"),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    assert_eq!(answer.header("cache-control"), "no-store");
}
