//! What to paste into MCP clients: one shown at a time, chosen by radio buttons, without script.

use maud::{Markup, html};

use super::{Icon, icon};
use crate::services::client_snippets::Snippet;

/// The clients that are shown, and how the style sheet knows them.
const SHOWN: [(&str, &str); 7] = [
    ("Claude Code", "claude"),
    ("Cursor", "cursor"),
    ("VS Code", "vscode"),
    ("Gemini CLI", "gemini"),
    ("Codex", "codex"),
    ("Claude Desktop", "desktop"),
    ("curl", "curl"),
];

/// The snippets, ready to copy. `id` keeps them apart from others in the page.
pub fn snippets(id: &str, all: &[Snippet]) -> Markup {
    let shown: Vec<(&'static str, &Snippet)> = SHOWN
        .iter()
        .filter_map(|(client, key)| Some((*key, all.iter().find(|snippet| snippet.client == *client)?)))
        .collect();
    html! {
        div class="snip stack stack-sm" {
            div class="seg wrap" role="radiogroup" aria-label="Client" {
                @for (i, (key, snippet)) in shown.iter().enumerate() {
                    label { input type="radio" name={ (id) "-client" } value=(key) checked[i == 0]; (snippet.client) }
                }
            }
            @for (key, snippet) in &shown { (pane(id, key, snippet)) }
        }
    }
}

fn pane(id: &str, key: &str, snippet: &Snippet) -> Markup {
    let target = format!("{id}-{key}");
    html! {
        div class={ "pane p-" (key) } {
            div class="row" {
                span class="muted small" {
                    @if snippet.place == "command line" { "On the command line" } @else { code { (snippet.place) } }
                }
                span class="push js-only" {
                    button type="button" class="btn" data-variant="outline" data-size="sm" data-copy={ "#" (target) }
                        aria-label={ "Copy the " (snippet.client) " snippet" } { (icon(Icon::Copy)) span data-label { "Copy" } }
                }
            }
            pre class="code" id=(target) tabindex="0" role="region" aria-label={ (snippet.client) " snippet" } { (snippet.text) }
        }
    }
}
