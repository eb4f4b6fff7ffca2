//! Excluded fields do not exist, read-only ones are shown and never written.

use mcp_admin::config::ModelConfig;

use super::forms::{fields, links, pairs};
use crate::apps::attached::Attached;
use crate::harness::on_each;

const SQL: &str = "
CREATE TABLE owner (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, pin VARCHAR(40) DEFAULT 'CANARY-1');
CREATE TABLE pet (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, chip VARCHAR(40) NOT NULL DEFAULT 'fixed',
    secret_note VARCHAR(40) DEFAULT 'CANARY-2', owner_id INTEGER REFERENCES owner (id) ON DELETE CASCADE);
INSERT INTO owner VALUES (1, 'Ada', 'CANARY-3');
INSERT INTO pet VALUES (1, 'Rex', 'chip-1', 'CANARY-4', 1), (2, 'Tom', 'chip-2', 'CANARY-5', 1);
";

on_each! {
    async fn excluded_fields_appear_nowhere_and_read_only_ones_are_never_written(backend) {
        let pets = Attached::script(backend, "zoo", SQL, |config| {
            let models = &mut config.apps.get_mut("zoo").unwrap().models;
            models.insert("owner".into(), ModelConfig { exclude_fields: vec!["pin".into()], ..ModelConfig::default() });
            models.insert("pet".into(), ModelConfig {
                exclude_fields: vec!["secret_note".into()],
                readonly_fields: vec!["chip".into()],
                ..ModelConfig::default()
            });
        }).await;
        let visitor = pets.app.administrator("boss").await;
        let path = "/admin/apps/zoo/pet/1";
        let page = visitor.page(path).await;
        assert!(page.contains("chip-1") && !page.contains("name=\"d.chip\""), "{page}");
        let mut form = fields(&page, path);
        form.extend([("d.chip".into(), "forged".into()), ("d.secret_note".into(), "forged".into()), ("n.secret_note".into(), "on".into())]);
        form.iter_mut().find(|(name, _)| name == "d.name").unwrap().1 = "Max".into();
        visitor.submit(path, &pairs(&form)).await;
        let new = "/admin/apps/zoo/pet/new";
        let made = visitor.submit(new, &[("d.id", "3"), ("d.name", "Kim"), ("d.chip", "forged"), ("d.secret_note", "forged")]).await;

        // Every page that can be reached, and what nobody links to.
        let mut waiting: Vec<String> = vec![
            "/admin/apps/zoo/pet?f.secret_note=x".into(),
            "/admin/apps/zoo/pet?f.secret_note__icontains=CANARY".into(),
            "/admin/apps/zoo/pet?sort=secret_note".into(),
            "/admin/apps/zoo/pet?c=secret_note&c=name".into(),
            "/admin/apps/zoo/pet/records.csv?c=secret_note".into(),
            "/admin/apps/zoo/pet/options?q=CANARY&to=secret_note".into(),
            "/admin/apps/zoo/pet/1/bytes/d.secret_note".into(),
            "/admin/palette?q=CANARY".into(),
            "/admin/apps/zoo/pet/1/delete".into(),
            "/admin/apps/zoo/owner/1/delete".into(),
            made,
        ];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(path) = waiting.pop() {
            if !seen.insert(path.clone()) || seen.len() > 400 {
                continue;
            }
            let answer = visitor.get(&path).await;
            assert!(answer.status < 500, "{path}");
            for canary in ["CANARY-", "forged"] {
                assert!(!answer.text.contains(canary), "{canary} in {path}: {}", answer.text);
            }
            let is_of_zoo = |link: &String| link.starts_with("/admin/apps/zoo") && !link.contains('#');
            waiting.extend(links(&answer.text).into_iter().filter(is_of_zoo));
        }
        assert!(seen.len() > 20, "{seen:?}");
        for entry in pets.app.log() {
            assert!(!entry.changes.contains("CANARY-") && !entry.changes.contains("forged"), "{entry:?}");
        }
        let agent = &pets.agent;
        let kim = agent.ok("get_pet", serde_json::json!({ "id": 3 })).await;
        assert_eq!(kim["chip"], "fixed");
    }
}
