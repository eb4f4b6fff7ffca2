//! Names for models, relations and tools, made from whatever names tables and columns have. The same
//! names come out each time.

use std::collections::HashSet;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// Longest name of a model.
const MODEL_LENGTH: usize = 80;
/// Longest tool name is 64; this is the longest verb.
const SUFFIX_LENGTH: usize = 64 - "autocomplete_".len();

/// `[a-z0-9_]+` from any name: `Order Details` → `order_details`, `PlaylistTrack` → `playlist_track`,
/// `Ärzte` → `aerzte`; letters that have no Latin spelling here become `u` and their code in hex.
pub fn model_name(table: &str) -> String {
    let chars: Vec<char> = table.chars().collect();
    let mut name = String::with_capacity(table.len());
    for (i, &c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|p| chars.get(p)).copied();
        let after = chars.get(i + 1).copied();
        let new_word = c.is_uppercase()
            && (before.is_some_and(|b| b.is_lowercase() || b.is_numeric())
                || (before.is_some_and(char::is_uppercase) && after.is_some_and(char::is_lowercase)));
        if new_word {
            push_separator(&mut name);
        }
        for c in c.to_lowercase() {
            push_char(&mut name, c);
        }
    }
    let name = name.trim_matches('_');
    if name.is_empty() { format!("table_{}", hash(table)) } else { shorten(name, MODEL_LENGTH) }
}

fn push_separator(name: &mut String) {
    if !name.is_empty() && !name.ends_with('_') {
        name.push('_');
    }
}

fn push_char(name: &mut String, c: char) {
    match c {
        'a'..='z' | '0'..='9' => name.push(c),
        'ä' | 'æ' => name.push_str("ae"),
        'ö' | 'œ' => name.push_str("oe"),
        'ü' => name.push_str("ue"),
        'ß' => name.push_str("ss"),
        'à'..='å' | 'ā' | 'ă' | 'ą' => name.push('a'),
        'ç' | 'ć' | 'č' => name.push('c'),
        'ď' | 'đ' | 'ð' => name.push('d'),
        'è'..='ë' | 'ē' | 'ę' | 'ě' => name.push('e'),
        'ğ' => name.push('g'),
        'ì'..='ï' | 'ī' | 'ı' => name.push('i'),
        'ł' => name.push('l'),
        'ñ' | 'ń' | 'ň' => name.push('n'),
        'ò'..='õ' | 'ø' | 'ō' | 'ő' => name.push('o'),
        'ř' => name.push('r'),
        'ś' | 'š' | 'ş' => name.push('s'),
        'ť' => name.push('t'),
        'þ' => name.push_str("th"),
        'ù'..='û' | 'ū' | 'ů' | 'ű' => name.push('u'),
        'ý' | 'ÿ' => name.push('y'),
        'ź' | 'ż' | 'ž' => name.push('z'),
        c if c.is_alphanumeric() => {
            // Writing to a string cannot fail.
            let _ = write!(name, "u{:x}", u32::from(c));
        }
        _ => push_separator(name),
    }
}

/// Cuts a name that is too long and puts a hash of the whole at its end.
fn shorten(name: &str, length: usize) -> String {
    if name.len() <= length {
        return name.to_owned();
    }
    let hash = hash(name);
    let kept: String = name.chars().take(length - hash.len() - 1).collect();
    format!("{}_{hash}", kept.trim_end_matches('_'))
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(4).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The first of `name`, `name_2`, `name_3`, … that is not taken; it is taken then.
pub fn unique(name: &str, taken: &mut HashSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{name}_{number}");
        number += 1;
    }
    candidate
}

/// Model names of tables after the prefix is taken off. A table whose name is already what it would
/// become keeps it, whatever the others are called.
pub fn model_names(tables: &[&str], prefix: &str) -> Vec<String> {
    let stripped =
        |table: &str| table.strip_prefix(prefix).filter(|rest| !rest.is_empty()).map(str::to_owned);
    let bare: Vec<String> = tables.iter().map(|t| stripped(t).unwrap_or_else(|| (*t).to_owned())).collect();
    let wanted: Vec<String> = bare.iter().map(|t| model_name(t)).collect();
    let mut names = vec![String::new(); tables.len()];
    let mut taken = HashSet::new();
    for exact in [true, false] {
        for (i, name) in wanted.iter().enumerate() {
            if (bare[i] == *name) == exact {
                names[i] = unique(name, &mut taken);
            }
        }
    }
    names
}

/// The suffixes of tool names for models given as `(app label, model name)`.
pub fn tool_suffixes(models: &[(&str, &str)]) -> Vec<String> {
    let mut taken = HashSet::new();
    let shared = |name: &str| models.iter().filter(|(_, other)| *other == name).count() > 1;
    let mut suffixes = vec![String::new(); models.len()];
    // Those that need no app label go first, so that no label of another app can push them aside.
    for with_label in [false, true] {
        for (i, (app, name)) in models.iter().enumerate() {
            if shared(name) == with_label {
                let whole = if with_label { format!("{app}_{name}") } else { (*name).to_owned() };
                suffixes[i] = unique_suffix(&whole, &mut taken);
            }
        }
    }
    suffixes
}

fn unique_suffix(whole: &str, taken: &mut HashSet<String>) -> String {
    let mut number = 1;
    loop {
        let candidate = if number == 1 { whole.to_owned() } else { format!("{whole}_{number}") };
        let candidate = shorten(&candidate, SUFFIX_LENGTH);
        if taken.insert(candidate.clone()) {
            return candidate;
        }
        number += 1;
    }
}

/// The name of the relation behind a foreign key column: `author_id` and `AuthorId` → `author`,
/// `ReportsTo` → `reports_to`.
pub fn relation_name(column: &str) -> String {
    let name = model_name(column);
    match name.strip_suffix("_id").or_else(|| name.strip_suffix("_fk")) {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => name,
    }
}

/// A text of a client in an error text: short, and without control characters.
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 100;
    let mut out = String::new();
    for c in text.chars().take(LONGEST) {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}

/// Words for people: `order_details` → `order details`.
pub fn verbose(model: &str) -> String {
    model.replace('_', " ")
}

/// A plural that is right more often than not.
pub fn plural(verbose: &str) -> String {
    match verbose.as_bytes() {
        [.., b's'] => verbose.to_owned(),
        [.., b'x' | b'z'] | [.., b'c' | b's', b'h'] => format!("{verbose}es"),
        [.., before, b'y'] if !b"aeiou".contains(before) => format!("{}ies", &verbose[..verbose.len() - 1]),
        _ => format!("{verbose}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_table_name_becomes_a_model_name() {
        for (table, model) in [
            ("article", "article"),
            ("articles", "articles"),
            ("Order Details", "order_details"),
            ("PlaylistTrack", "playlist_track"),
            ("HTTPServer", "http_server"),
            ("ORDERS", "orders"),
            ("select", "select"),
            ("\"; DROP TABLE x", "drop_table_x"),
            ("it's \"odd\"", "it_s_odd"),
            ("Ärzte", "aerzte"),
            ("Größe", "groesse"),
            ("цена", "u446u435u43du430"),
            ("2fa", "2fa"),
            ("a__b--c", "a_b_c"),
        ] {
            assert_eq!(model_name(table), model, "{table}");
        }
        assert!(model_name("???").starts_with("table_"));
        assert_ne!(model_name("???"), model_name("!!!"));
        let long = "x".repeat(300);
        assert!(model_name(&long).len() <= MODEL_LENGTH);
    }

    #[test]
    fn colliding_names_are_numbered_and_exact_ones_win() {
        assert_eq!(model_names(&["Order", "ORDER", "order"], ""), ["order_2", "order_3", "order"]);
        assert_eq!(
            model_names(&["blog_article", "article", "blog_"], "blog_"),
            ["article", "article_2", "blog"]
        );
    }

    #[test]
    fn tool_suffixes_are_short_and_unique() {
        let long = "y".repeat(70);
        let suffixes = tool_suffixes(&[
            ("blog", "article"),
            ("shop", "article"),
            ("x", "blog_article"),
            ("x", "order"),
            ("x", &long),
        ]);
        assert_eq!(&suffixes[..4], ["blog_article_2", "shop_article", "blog_article", "order"]);
        assert!(suffixes[4].len() <= SUFFIX_LENGTH);
        assert_eq!(suffixes.iter().collect::<HashSet<_>>().len(), 5);
    }

    #[test]
    fn relations_lose_their_id() {
        for (column, relation) in [
            ("author_id", "author"),
            ("AlbumId", "album"),
            ("ReportsTo", "reports_to"),
            ("id", "id"),
            ("_id", "id"),
        ] {
            assert_eq!(relation_name(column), relation);
        }
    }

    #[test]
    fn plurals() {
        for (one, many) in
            [("article", "articles"), ("news", "news"), ("category", "categories"), ("box", "boxes")]
        {
            assert_eq!(plural(one), many);
        }
    }

    proptest::proptest! {
        #[test]
        fn names_hold_only_what_tools_may(table in "\\PC{0,90}") {
            let name = model_name(&table);
            proptest::prop_assert!(!name.is_empty() && name.len() <= MODEL_LENGTH);
            proptest::prop_assert!(name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_')));
            proptest::prop_assert_eq!(model_name(&table), name);
        }
    }
}
