//! Requests whose credential is missing, doubled, of another kind, or comes from elsewhere.

use crate::harness::{on_both, request, send};

const CALL: &str = r#"{"method":"tools/list"}"#;
const CHALLENGE: &str = r#"Bearer realm="mcp""#;
const INVALID: &str = r#"Bearer realm="mcp", error="invalid_token""#;

on_both! {
    async fn r16_the_challenge_tells_a_missing_token_from_a_bad_one(app) {
        let missing = request(app.address(), &[]);
        assert_eq!((missing.status, missing.header("www-authenticate")), (401, CHALLENGE));
        let bad = request(app.address(), &["Authorization: Bearer nonsense"]);
        assert_eq!((bad.status, bad.header("www-authenticate")), (401, INVALID));
        for answer in [missing, bad] {
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }

    async fn r17_one_credential_and_only_in_the_header(app) {
        let agent = app.token(&[]);
        let header = format!("Authorization: Bearer {}", agent.token);
        let twice = request(app.address(), &[&header, &header]);
        assert_eq!(twice.status, 400);
        assert!(twice.body.contains("invalid_request"), "{}", twice.body);
        let query = format!("POST /mcp/?access_token={}", agent.token);
        assert_eq!(send(app.address(), &query, &[], CALL).status, 401);
        assert_eq!(send(app.address(), &query, &[&header], CALL).status, 400);
    }

    async fn r18_the_scheme_is_bearer_in_any_case_and_no_other(app) {
        let agent = app.token(&[]);
        for scheme in ["Bearer", "bearer", "BEARER", "bEARER"] {
            let header = format!("authorization: {scheme} {}", agent.token);
            assert_eq!(request(app.address(), &[&header]).status, 200, "{scheme}");
        }
        for scheme in ["Basic", "DPoP", "Token", "Negotiate"] {
            let answer = request(app.address(), &[&format!("Authorization: {scheme} {}", agent.token)]);
            assert_eq!((answer.status, answer.header("www-authenticate")), (401, CHALLENGE), "{scheme}");
        }
        let cookie = request(app.address(), &[&format!("Cookie: session={}", agent.token)]);
        assert_eq!((cookie.status, cookie.header("www-authenticate")), (401, CHALLENGE));
    }

    async fn r20_foreign_origins_and_hosts_are_refused(app) {
        let agent = app.token(&[]);
        let bearer = format!("Authorization: Bearer {}", agent.token);
        let status = |more: &[&str]| request(app.address(), &[&[bearer.as_str()], more].concat()).status;
        assert_eq!(status(&[]), 200, "no Origin");
        assert_eq!(status(&[&format!("Origin: {}", app.url)]), 200);
        for foreign in ["http://evil.example", "null", "https://localhost.evil.example", "file://"] {
            assert_eq!(status(&[&format!("Origin: {foreign}")]), 403, "{foreign}");
        }
        let port = app.address().rsplit(':').next().unwrap();
        assert_eq!(status(&[&format!("Host: localhost:{port}")]), 200);
        for foreign in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"] {
            let refused = status(&[&format!("Host: {foreign}")]);
            assert!((400..500).contains(&refused), "{foreign}: {refused}");
        }
    }

    async fn r23_other_methods_are_refused_with_what_is_allowed(app) {
        for method in ["GET", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"] {
            for path in ["/mcp", "/mcp/"] {
                let answer = send(app.address(), &format!("{method} {path}"), &[], "");
                assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method} {path}");
            }
        }
        let trace = send(app.address(), "TRACE /mcp/", &["Cookie: secret=1"], "");
        assert_eq!(trace.status, 405);
        assert!(!trace.body.contains("secret"));
    }

    async fn both_addresses_serve_without_a_redirect(app) {
        let agent = app.token(&[]);
        let bearer = format!("Authorization: Bearer {}", agent.token);
        let answers = ["/mcp", "/mcp/"].map(|path| send(app.address(), &format!("POST {path}"), &[&bearer], CALL));
        assert_eq!(answers.each_ref().map(|answer| answer.status), [200, 200]);
        assert_eq!(answers[0].body, answers[1].body);
    }

    async fn discovery_of_an_authorization_server_finds_none(app) {
        for path in ["oauth-protected-resource", "oauth-protected-resource/mcp", "openid-configuration"] {
            let answer = send(app.address(), &format!("GET /.well-known/{path}"), &[], "");
            assert_eq!(answer.status, 404, "{path}");
            assert!(answer.header("content-type").contains("json"), "{path}: {}", answer.head);
        }
    }
}
