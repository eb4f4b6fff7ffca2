//! What saving would change, beside a picker.

use maud::{Markup, html};

use super::words::{Change, listed};
use crate::admin::components::{Icon, Tone, icon, icon_with};

/// What the preview of a picker puts the card into.
pub const EFFECT: &str = "#effect";

/// The card: what is added and removed, then what follows, to be warned of or only to be known.
pub fn effect_card(changes: &[Change], notes: &[(Tone, Markup)]) -> Markup {
    html! {
        section class="card" id="effect" aria-live="polite" aria-atomic="true" {
            header { h2 { "If you save" } }
            section {
                @if changes.is_empty() { p class="muted" { "No permission is added or removed." } } @else {
                    ul class="can" {
                        @for change in changes {
                            @let (sign, class, word) =
                                if change.is_loss { (Icon::X, "tone-bad", "Removes ") } else { (Icon::Plus, "tone-ok", "Adds ") };
                            li {
                                (icon_with(sign, class))
                                span { (word) b class="strong" { (listed(&change.deeds)) } " for " (change.model) }
                            }
                        }
                        @for (tone, note) in notes {
                            li {
                                @if *tone == Tone::Warn { (icon_with(Icon::TriangleAlert, "tone-warn")) } @else { (icon(Icon::Info)) }
                                span { (note) }
                            }
                        }
                    }
                }
            }
        }
    }
}
