//! Short lists of what happened or needs a look: sign, words, time.

use maud::{Markup, html};

use super::{Icon, Tone, icon, icon_with};

/// One line of a feed.
pub struct FeedItem {
    /// What kind of thing it is.
    pub icon: Icon,
    /// How urgent it is.
    pub tone: Tone,
    /// What it says.
    pub text: Markup,
    /// A smaller second line.
    pub note: Markup,
    /// When, or a state; at the right.
    pub aside: Markup,
}

impl FeedItem {
    /// A line of no urgency.
    pub fn new(icon: Icon, text: Markup) -> Self {
        Self { icon, tone: Tone::None, text, note: Markup::default(), aside: Markup::default() }
    }

    /// How urgent it is.
    #[must_use]
    pub fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    /// A smaller second line.
    #[must_use]
    pub fn note(self, note: Markup) -> Self {
        Self { note, ..self }
    }

    /// What stands at the right.
    #[must_use]
    pub fn aside(self, aside: Markup) -> Self {
        Self { aside, ..self }
    }
}

/// A list of lines.
pub fn feed(items: &[FeedItem]) -> Markup {
    html! {
        ul class="feed" {
            @for item in items {
                li {
                    @match item.tone {
                        Tone::Bad => { (icon_with(item.icon, "tone-bad")) },
                        Tone::Warn => { (icon_with(item.icon, "tone-warn")) },
                        Tone::Ok => { (icon_with(item.icon, "tone-ok")) },
                        Tone::Info | Tone::None => { (icon(item.icon)) },
                    }
                    span { (item.text) @if !item.note.0.is_empty() { span class="cell-sub" { (item.note) } } }
                    (item.aside)
                }
            }
        }
    }
}
