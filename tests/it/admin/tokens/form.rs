//! Making and changing tokens.

use super::{MANAGER, at, hidden, make, named};
use crate::harness::{TestApp, on_both, on_each};
use mcp_admin::services::groups;

const SCRIPT: &str = "<script>alert(1)</script>";

on_both! {
    async fn a_token_is_made_with_permissions_and_groups_and_works(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let group = app.write(|tx, actor| groups::create(tx, actor, app.clock.now(), "Editors")).id;
        let given = ["blog.change_article".to_owned()];
        app.write(|tx, actor| groups::grant(tx, actor, app.clock.now(), group, &given));
        let group = group.to_string();
        let secret = make(&visitor, &[
            ("name", "ci-deploy"), ("note", SCRIPT), ("perm", "blog.view_article"), ("perm", "blog.add_article"),
            ("groups", group.as_str()), ("tool_mode", "full"),
        ]).await;
        let agent = app.agent(&secret);
        let tools = agent.tools().await;
        assert!(tools.contains(&"create_article".to_owned()) && tools.contains(&"update_article".to_owned()), "{tools:?}");
        assert!(!tools.contains(&"delete_article".to_owned()), "{tools:?}");
        let token = &named(&app, "ci-deploy")[0];
        let left = (token.expires_at.unwrap().micros() - app.clock.now().micros()) / 86_400_000_000;
        assert!((88..=90).contains(&left), "{left}");
        let page = visitor.page(&at(token.id, "")).await;
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains(SCRIPT), "{page}");
        assert!(page.contains("Direct") && page.contains("Editors") && !page.contains(&secret));
        let entry = app.log().into_iter().find(|entry| entry.action == "added" && entry.model == "token").unwrap();
        assert_eq!((entry.actor_label.as_str(), entry.surface.as_str()), ("boss", "admin"));
    }

    async fn what_is_wrong_is_said_and_everything_typed_stays(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let once = hidden(&visitor.page("/admin/tokens/new").await, "once");
        let send = async |fields: &[(&str, &str)]| {
            let mut all = vec![("once", once.as_str()), ("note", SCRIPT)];
            all.extend(fields);
            let answer = visitor.post("/admin/tokens/new", &all).await;
            assert_eq!(answer.status, 422, "{}", answer.text);
            assert!(answer.text.contains("The token was not created") && answer.text.contains("<title>Error: New token"));
            assert!(answer.text.contains("&lt;script&gt;") && !answer.text.contains(SCRIPT));
            assert_eq!(hidden(&answer.text, "once"), once, "the key stays the same");
            answer.text
        };
        let page = send(&[("name", ""), ("expires", "90"), ("perm", "blog.view_article")]).await;
        assert!(page.contains("Name</a>: this field is required"), "{page}");
        assert!(page.contains(r#"value="blog.view_article" id="p-blog-view_article" aria-label="View Article" checked"#), "{page}");
        let page = send(&[("name", "x"), ("expires", "date"), ("expires_at", "soon")]).await;
        assert!(page.contains("choose a day") && page.contains(r#"value="soon""#), "{page}");
        let wrong = [("name", " "), ("user", "nobody"), ("expires", "date"), ("expires_at", "soon"), ("tool_mode", "x")];
        let page = send(&wrong).await;
        for told in ["Name</a>: this field is required.", "Owner</a>: ", "Last day</a>: ", "Tools</a>: "] {
            assert!(page.contains(told), "{told}: {page}");
        }
        let page = send(&[("name", "x"), ("expires", "date"), ("expires_at", "2001-01-01")]).await;
        assert!(page.contains("Choose a time in the future"), "{page}");
        let page = send(&[("name", "x"), ("expires", "sometime")]).await;
        assert!(page.contains("choose when the token expires"), "{page}");
        let page = send(&[("name", "x"), ("expires", "90"), ("perm", "blog.nonsense")]).await;
        assert!(page.contains("blog.nonsense"), "{page}");
        let page = send(&[("name", "x"), ("expires", "90"), ("perm", "blog.delete_article")]).await;
        assert!(page.contains("You may not give what you do not have yourself: blog.delete_article"), "{page}");
        let page = send(&[("name", "x"), ("expires", "90"), ("user", "nobody")]).await;
        assert!(page.contains("there is no user") || page.contains("There is no user"), "{page}");
        assert!(named(&app, "x").is_empty());
    }

    async fn presets_are_applied_without_javascript_and_save_nothing(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let before = app.dump();
        let fields = [("name", "half <b>typed"), ("expires", "never"), ("preset", "blog.article:full"), ("perm", "blog.view_article")];
        let page = visitor.post("/admin/tokens/new", &fields).await;
        assert_eq!(page.status, 200);
        for (verb, ticked) in [("View", true), ("Add", true), ("Change", true), ("Delete", false)] {
            let label = format!(r#"aria-label="{verb} Article" checked"#);
            assert_eq!(page.text.contains(&label), ticked, "{verb}: {}", page.text);
        }
        assert!(page.text.contains("Delete Article, not available: you do not have it yourself"), "{}", page.text);
        assert!(page.text.contains("half &lt;b&gt;typed") && page.text.contains("never expires") && page.text.contains("Nothing is saved yet"));
        assert_eq!(app.dump(), before);
    }

    async fn the_preview_says_what_the_agent_would_see(app) {
        let visitor = app.administrator("boss").await;
        let preview = async |fields: &[(&str, &str)]| {
            let answer = visitor.htmx_post("/admin/tokens/preview", fields).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert!(answer.text.contains(r##"<hx-partial hx-target="#summary""##) && answer.text.contains(r#"id="picker""#));
            answer.text
        };
        let none = preview(&[("name", "x")]).await;
        assert!(none.contains("0 permissions. The agent sees 0 tools."), "{none}");
        let fields = [("perm", "blog.view_article"), ("perm", "blog.delete_article"), ("tool_mode", "full")];
        let some = preview(&fields).await;
        let agent = app.token(&["blog.view_article", "blog.delete_article"]);
        let seen = agent.tools().await.len();
        assert!(some.contains(&format!("2 permissions. The agent sees {seen} tools.")), "{some}");
        assert!(some.contains("Article</b>: view, delete") && some.contains("delete</b>: article"), "{some}");
        let full = preview(&[("preset", "blog:full")]).await;
        assert!(full.contains("Article</b>: everything"), "{full}");
        let all = preview(&[("preset", "*:full")]).await;
        assert!(all.contains("change who may do what"), "{all}");
    }

    async fn a_token_is_changed_and_a_stale_form_is_not_saved_over_it(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let agent = app.token(&["blog.view_article", "blog.add_article", "blog.delete_article"]);
        let path = at(agent.id(), "/edit");
        let page = visitor.page(&path).await;
        assert!(page.contains(r#"value="Agent""#) && page.contains("As it is"), "{page}");
        // What the token has may stay, though the visitor could not give it.
        assert!(page.contains(r#"aria-label="Delete Article" checked"#), "{page}");
        let version = hidden(&page, "version");
        let typed = |version: &str, name: &str| -> Vec<(String, String)> {
            [("version", version), ("name", name), ("user", "ada"), ("expires", "keep"), ("active", "on"),
             ("perm", "blog.view_article"), ("perm", "blog.delete_article"), ("tool_mode", "compact"), ("note", "n")]
                .map(|(name, value)| (name.to_owned(), value.to_owned())).into()
        };
        let send = async |fields: Vec<(String, String)>| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            visitor.post(&path, &fields).await
        };
        let before = app.stored(agent.id());
        let mut wrong = typed(&version, "");
        wrong[3] = ("expires".into(), "sometime".into());
        let refused = send(wrong).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text.contains("Name</a>: ") && refused.text.contains("Expires</a>: "), "{}", refused.text);
        let saved = send(typed(&version, "Renamed")).await;
        assert_eq!((saved.status, saved.header("location")), (303, at(agent.id(), "").as_str()), "{}", saved.text);
        let after = app.stored(agent.id());
        assert_eq!((after.name.as_str(), after.note.as_str(), after.tool_mode.as_str()), ("Renamed", "n", "compact"));
        assert_eq!(after.expires_at, before.expires_at);
        let stale = send(typed(&version, "Mine")).await;
        assert_eq!(stale.status, 409);
        assert!(stale.text.contains("Somebody changed this token meanwhile") && stale.text.contains("Renamed"), "{}", stale.text);
        assert!(stale.text.contains(r#"value="Mine""#), "what was typed stays");
        assert_eq!(app.stored(agent.id()).name, "Renamed");
        let mine = send(typed(&hidden(&stale.text, "version"), "Mine")).await;
        assert_eq!(mine.status, 303, "{}", mine.text);
        assert_eq!(app.stored(agent.id()).name, "Mine");
        let page = visitor.page(&at(agent.id(), "")).await;
        assert!(page.contains("Mine was saved"), "{page}");
    }

    async fn another_owner_and_no_rights_beyond_ones_own(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        app.user("bob");
        let agent = app.token(&["blog.view_article"]);
        let strong = app.token(&["blog.delete_article"]);
        let to = visitor.submit(&at(agent.id(), "/transfer"), &[("user", "bob")]).await;
        assert_eq!(to, at(agent.id(), ""));
        assert_eq!(app.stored(agent.id()).user_id, app.user("bob"));
        assert_eq!(agent.status().await, 200);
        let unknown = visitor.post(&at(agent.id(), "/transfer"), &[("user", "<i>nobody")]).await;
        assert!(unknown.status == 422 && !unknown.text.contains("<i>nobody"), "{}", unknown.text);
        for form in ["/transfer", "/rotate", "/copy"] {
            let page = visitor.page(&at(strong.id(), form)).await;
            assert!(page.contains("blog.delete_article") && !page.contains("<button type=\"submit\""), "{form}: {page}");
            let once = [("user", "bob"), ("grace", "0"), ("expires", "90"), ("once", "k")];
            let refused = visitor.post(&at(strong.id(), form), &once).await;
            assert_eq!(refused.status, 422, "{form}: {}", refused.text);
        }
        assert_eq!(app.stored(strong.id()).user_id, app.user("ada"));
        assert_eq!(strong.status().await, 200);
    }
}

on_each! {
    async fn r56_who_owns_as_many_as_allowed_gets_no_more_and_the_form_tells_it_at_the_owner(backend) {
        let app = TestApp::with(backend, |config| config.max_tokens_per_user = 1).await;
        let agent = app.token(&[]);
        let visitor = app.administrator("anna").await;
        let once = hidden(&visitor.page("/admin/tokens/new").await, "once");
        let fields = [("once", once.as_str()), ("name", "CI"), ("user", "ada"), ("expires", "90"), ("active", "on")];
        let refused = visitor.post("/admin/tokens/new", &fields).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(refused.text.contains("as many tokens as anyone may, 1"), "{}", refused.text);
        assert!(refused.text.contains(r##"href="#user""##), "the summary leads to the field: {}", refused.text);
        let copied = visitor.post(&at(agent.id(), "/copy"), &[("once", "a"), ("expires", "90")]).await;
        assert!(copied.status == 422 && copied.text.contains("as many tokens as anyone may, 1"), "{}", copied.text);
        assert!(named(&app, "CI").is_empty());
    }
}
