//! The whole life of a token, as the example with curl shows it.

use std::process::Command;

use crate::harness::{TestApp, on_both};

fn run(app: &TestApp, token: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/token-life.sh");
    let mut command = Command::new("bash");
    command.arg(script).env("URL", &app.url).env("TOKEN", token).env("NO_PROXY", "*");
    let output = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}{stderr}");
    stdout.into_owned()
}

on_both! {
    async fn a_script_of_curl_calls_does_the_whole_life_of_a_token(app) {
        let all = app.site.cli(&["permission", "list"]);
        let names: Vec<&str> = all.as_array().unwrap().iter().map(|p| p["permission"].as_str().unwrap()).collect();
        let operator = app.token(&names);
        let token = operator.token.clone();
        let printed = run(&app, &token);
        let log: Vec<&str> = printed.lines().skip_while(|line| !line.contains("The log")).skip(1).collect();
        let actions: Vec<&str> = log.iter().map(|line| line.split(' ').nth(1).unwrap()).collect();
        let changed = ["changed"; 5];
        assert_eq!(actions, [&["added"], &changed[..], &["deleted"]].concat(), "{printed}");
        assert!(log.iter().all(|line| line.ends_with("by ada with Agent")), "{printed}");
        assert!(!printed.contains(&token), "no secret is printed");
    }
}
