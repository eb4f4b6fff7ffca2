//! What goes with something that is deleted, before it is deleted.

use maud::{Markup, html};

use super::{Tone, badge, number};

/// What becomes of one kind of thing.
pub struct Goes {
    /// What kind of thing, e.g. `Tokens`.
    pub kind: &'static str,
    /// What happens: "Deleted", "Unlinked".
    pub fate: &'static str,
    /// Whether it is lost, or stays.
    pub is_lost: bool,
    /// Some of them by name, or what it means.
    pub text: Markup,
    /// How many there are.
    pub count: i64,
}

/// The table; kinds of which there is nothing are left out.
pub fn goes_with(all: &[Goes]) -> Markup {
    html! {
        section class="card danger-zone" {
            header { h2 { "What goes with it" } }
            section class="flush" {
                table class="table" {
                    thead { tr { th scope="col" { "What" } th scope="col" { "What happens" } th scope="col" { "How many" } } }
                    tbody {
                        @for one in all.iter().filter(|one| one.count > 0) {
                            tr {
                                th scope="row" { (one.kind) }
                                td { (badge(if one.is_lost { Tone::Bad } else { Tone::Warn }, one.fate)) " " (one.text) }
                                td class="num" { (number(one.count)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// "ada, bob and 10 more"
pub fn some_of(names: &[String], count: i64) -> String {
    let more = count - i64::try_from(names.len()).unwrap_or(i64::MAX);
    match (names, more) {
        ([], _) => String::new(),
        (_, 1..) => format!("{} and {} more", names.join(", "), number(more)),
        ([one], _) => one.clone(),
        ([first @ .., last], _) => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_are_named_and_the_others_counted() {
        let names: Vec<String> = ["ada", "bob"].map(str::to_owned).to_vec();
        assert_eq!(
            [some_of(&names, 2), some_of(&names, 1200), some_of(&names[..1], 1)],
            ["ada and bob", "ada, bob and 1,198 more", "ada"]
        );
    }
}
