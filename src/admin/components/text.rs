//! Words, numbers and badges.

use maud::{Markup, html};

use super::Tone;

/// A short state without a dot.
pub fn badge(tone: Tone, text: &str) -> Markup {
    html! { span class="badge" data-tone=(tone.as_str()) { (text) } }
}

/// A short state: a full dot works, a ring does not.
pub fn dotted(tone: Tone, works: bool, text: &str) -> Markup {
    let dot = if works { "full" } else { "ring" };
    html! { span class="badge" data-tone=(tone.as_str()) data-dot=(dot) { (text) } }
}

/// A code name, such as a permission.
pub fn code(text: &str) -> Markup {
    html! { span class="badge" data-tone="code" { (text) } }
}

/// A number with commas: 18,204.
pub fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        text.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number for a narrow place: 9,999, then 18k, then 1.2M.
pub fn abbreviated(n: i64) -> String {
    match n {
        ..10_000 => number(n),
        10_000..1_000_000 => format!("{}k", n / 1_000),
        1_000_000..10_000_000 => format!("{}.{}M", n / 1_000_000, n % 1_000_000 / 100_000),
        _ => format!("{}M", number(n / 1_000_000)),
    }
}

/// A number with its noun: `1 token`, `12 tokens`.
pub fn plural(n: i64, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {many}", number(n)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_shortened() {
        assert_eq!(
            [number(0), number(999), number(18_204), number(-1_000_000)],
            ["0", "999", "18,204", "-1,000,000"]
        );
        let short = [9_999, 18_204, 999_999, 1_250_000, 12_000_000].map(abbreviated);
        assert_eq!(short, ["9,999", "18k", "999k", "1.2M", "12M"]);
        assert_eq!([plural(1, "token", "tokens"), plural(0, "token", "tokens")], ["1 token", "0 tokens"]);
    }
}
