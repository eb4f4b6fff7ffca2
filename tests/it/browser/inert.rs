//! Scripts as names, notes, titles and everything else that is text.

use super::look::unfold;
use super::pages::of_administrators;
use super::site::Filled;
use crate::harness::{TestApp, open};

/// What would set a global, were it ever run: as an element, as an attribute, and as an address.
const PAYLOADS: [&str; 2] = [
    "<script>window.isRun=1</script>\"'><img src=x onerror=window.isRun=2><svg onload=window.isRun=3>",
    "javascript:window.isRun=4//",
];

/// Puts a text into every column that a person, or a client, can put one into.
fn put_everywhere(app: &TestApp, payload: &str) {
    let text = payload.replace('\'', "''");
    let (plain, numbered) = (format!("'{text}'"), format!("'{text}' || id"));
    let set = |table: &str, plains: &[&str], numbereds: &[&str]| {
        let values = plains.iter().map(|column| format!("{column} = {plain}"));
        let values: Vec<String> =
            values.chain(numbereds.iter().map(|column| format!("{column} = {numbered}"))).collect();
        format!("UPDATE {table} SET {};\n", values.join(", "))
    };
    let own = [
        set("users", &[], &["username", "email"]),
        set("groups", &[], &["name"]),
        set("tokens", &["name", "note", "last_used_ip"], &[]),
        set("sessions", &["user_agent", "ip"], &[]),
        set("permissions", &["name"], &[]),
        set("content_types", &["name"], &[]),
        set("log_entries", &["actor_label", "token_label", "object_repr", "ip", "request_id"], &[]),
        format!(
            "UPDATE log_entries SET changes = json_object({plain}, json_array({plain}, {plain}), 'name', json_array({plain}, {plain}));"
        ),
    ];
    app.db.execute_script(&own.concat()).unwrap();
    let blog = [
        set("blog_author", &["name", "country", "bio"], &["email"]),
        set("blog_tag", &[], &["name", "slug"]),
        set("blog_article", &["title", "summary", "body"], &["slug"]),
        set("blog_comment", &["author_name", "body"], &[]),
    ];
    open(&app.site.blog_url).execute_script(&blog.concat()).unwrap();
    app.invalidate();
}

#[tokio::test]
async fn r29_a_script_in_every_text_stays_inert() {
    const LOOK: &str = "const places = [...document.querySelectorAll('[href], [src], [action], [formaction]')];
        return [window.isRun ?? null, places.filter((e) => ['href', 'src', 'action', 'formaction'].some((name) =>
          e.getAttribute(name)?.trim().toLowerCase().startsWith('javascript:'))).length,
          document.documentElement.innerText.includes('window.isRun')]";
    let site = Filled::start().await;
    let person = site.signed_in("anna").await;
    let mut pages: Vec<(String, String)> =
        of_administrators(&site).into_iter().map(|shown| (shown.name.to_owned(), shown.path)).collect();
    for model in ["author", "tag", "comment"] {
        for rest in ["", "/1", "/1/history", "/1/delete"] {
            pages.push((format!("{model}{rest}"), format!("/admin/apps/blog/{model}{rest}")));
        }
    }
    pages.push(("search".into(), "/admin/palette?q=window.isRun".into()));
    let mut shown = 0;
    for payload in PAYLOADS {
        put_everywhere(&site.app, payload);
        for (name, path) in &pages {
            person.open(path).await;
            unfold(&person).await;
            let found = person.browser.evaluate(LOOK).await;
            let complaints = person.browser.complaints().await;
            assert!(
                found[0].is_null() && found[1] == 0 && complaints.is_empty(),
                "{name}: {found} {complaints:?}"
            );
            shown += usize::from(found[2] == true);
        }
    }
    assert!(shown > pages.len(), "only {shown} pages showed it");
}
