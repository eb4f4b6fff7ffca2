//! Reads CHECK constraints: a small tokenizer that knows quoting, and just enough grammar to find lists
//! of allowed texts. What it does not understand it leaves to the database.

/// A word of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A bare word, as written.
    Word(String),
    /// A quoted name.
    Name(String),
    /// A string.
    Text(String),
    /// A number or one character.
    Symbol(String),
}

impl Token {
    pub fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(w) if w.eq_ignore_ascii_case(word))
    }

    pub fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self, Self::Symbol(s) if s == symbol)
    }
}

/// Splits SQL into tokens; comments and white space are left out, unfinished quotes end at the end.
pub fn tokens(sql: &str) -> Vec<Token> {
    let chars: Vec<char> = sql.chars().collect();
    let mut out = Vec::new();
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        let next = chars.get(i + 1).copied();
        match c {
            _ if c.is_whitespace() => i += 1,
            '-' if next == Some('-') => i = end_of(&chars, i, |w| w[0] == '\n'),
            '/' if next == Some('*') => i = end_of(&chars, i + 2, |w| w == ['*', '/']) + 1,
            '\'' => out.push(Token::Text(quoted(&chars, &mut i, '\''))),
            '"' => out.push(Token::Name(quoted(&chars, &mut i, '"'))),
            '`' => out.push(Token::Name(quoted(&chars, &mut i, '`'))),
            '[' if chars[i + 1..].contains(&']') && !is_array(&out) => {
                out.push(Token::Name(quoted(&chars, &mut i, ']')));
            }
            _ if c.is_alphanumeric() || c == '_' => {
                let start = i;
                let number = c.is_numeric();
                while chars.get(i).is_some_and(|c| c.is_alphanumeric() || *c == '_' || (number && *c == '.'))
                {
                    i += 1;
                }
                let word: String = chars[start..i].iter().collect();
                out.push(if number { Token::Symbol(word) } else { Token::Word(word) });
            }
            ':' if next == Some(':') => {
                out.push(Token::Symbol("::".into()));
                i += 2;
            }
            _ => {
                out.push(Token::Symbol(c.into()));
                i += 1;
            }
        }
    }
    out
}

/// Whether a bracket after these tokens is PostgreSQL's `ARRAY[` or a type's `[]`, and not a quoted name.
fn is_array(before: &[Token]) -> bool {
    before.last().is_some_and(|t| t.is_word("ARRAY"))
        || before.iter().rev().take(8).any(|t| t.is_symbol("::"))
}

/// The index after the first window from `from` on that matches.
fn end_of(chars: &[char], from: usize, matches: impl Fn(&[char]) -> bool) -> usize {
    let width = 2.min(chars.len() - from.min(chars.len()));
    let rest = chars.get(from..).unwrap_or_default();
    rest.windows(width.max(1)).position(matches).map_or(chars.len(), |p| from + p + 1)
}

/// Reads a quoted text that begins at `i`; a doubled closing quote stands for itself.
fn quoted(chars: &[char], i: &mut usize, close: char) -> String {
    let mut text = String::new();
    *i += 1;
    while let Some(&c) = chars.get(*i) {
        *i += 1;
        if c != close {
            text.push(c);
        } else if close != ']' && chars.get(*i) == Some(&close) {
            text.push(c);
            *i += 1;
        } else {
            break;
        }
    }
    text
}

/// All names in an expression that can be columns.
pub fn identifiers(expression: &str) -> Vec<String> {
    tokens(expression)
        .into_iter()
        .filter_map(|t| match t {
            Token::Word(name) | Token::Name(name) => Some(name),
            _ => None,
        })
        .collect()
}

/// The lists of allowed texts in an expression: `col IN ('a', 'b')`, `col = ANY (ARRAY['a', 'b'])`,
/// `col = 'a' OR col = 'b'`, each with `OR col IS NULL`, joined by AND, with casts and parentheses.
pub fn choices(expression: &str) -> Vec<(String, Vec<String>)> {
    let tokens = without_casts(tokens(expression));
    let whole = strip(&tokens);
    let conditions = split(whole, "AND");
    if conditions.len() > 1 && split(whole, "OR").len() > 1 {
        return Vec::new();
    }
    conditions.into_iter().filter_map(alternatives).collect()
}

fn alternatives(tokens: &[Token]) -> Option<(String, Vec<String>)> {
    let tokens = strip(tokens);
    let parts = split(tokens, "OR");
    if parts.len() == 1 {
        return list(tokens);
    }
    let mut found: Option<(String, Vec<String>)> = None;
    let mut nulls = Vec::new();
    for part in parts {
        if let Some(column) = null_test(strip(part)) {
            nulls.push(column);
            continue;
        }
        let (column, values) = alternatives(part)?;
        match &mut found {
            None => found = Some((column, values)),
            Some((name, all)) if *name == column => all.extend(values),
            Some(_) => return None,
        }
    }
    found.filter(|(column, _)| nulls.iter().all(|n| n == column))
}

fn null_test(tokens: &[Token]) -> Option<String> {
    match tokens {
        [column @ .., is, null] if is.is_word("IS") && null.is_word("NULL") => name(column),
        _ => None,
    }
}

fn list(tokens: &[Token]) -> Option<(String, Vec<String>)> {
    let at = tokens.iter().position(|t| t.is_word("IN") || t.is_symbol("="))?;
    let column = name(&tokens[..at])?;
    let values = strip(&tokens[at + 1..]);
    let values = match values {
        [any, array @ ..] if any.is_word("ANY") => match strip(array) {
            [word, open, inner @ .., close]
                if word.is_word("ARRAY") && open.is_symbol("[") && close.is_symbol("]") =>
            {
                inner
            }
            _ => return None,
        },
        other => other,
    };
    let mut texts = Vec::new();
    let mut rest = values;
    while !rest.is_empty() {
        let end = top_level(rest, |t| t.is_symbol(",")).unwrap_or(rest.len());
        match strip(&rest[..end]) {
            [Token::Text(text)] => texts.push(text.clone()),
            _ => return None,
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    (!texts.is_empty()).then_some((column, texts))
}

/// The one name that these tokens are.
fn name(tokens: &[Token]) -> Option<String> {
    match strip(tokens) {
        [Token::Word(name) | Token::Name(name)] => Some(name.clone()),
        _ => None,
    }
}

/// Takes away parentheses around the whole.
fn strip(mut tokens: &[Token]) -> &[Token] {
    while let [open, inner @ .., close] = tokens {
        let whole = open.is_symbol("(")
            && close.is_symbol(")")
            && inner
                .iter()
                .try_fold(0_i32, |depth, t| match depth + nesting(t) {
                    d if d < 0 => None,
                    d => Some(d),
                })
                .is_some();
        if !whole {
            break;
        }
        tokens = inner;
    }
    tokens
}

fn nesting(token: &Token) -> i32 {
    match token {
        Token::Symbol(s) if s == "(" || s == "[" => 1,
        Token::Symbol(s) if s == ")" || s == "]" => -1,
        _ => 0,
    }
}

fn top_level(tokens: &[Token], wanted: impl Fn(&Token) -> bool) -> Option<usize> {
    let mut depth = 0;
    tokens.iter().position(|t| {
        depth += nesting(t);
        depth == 0 && wanted(t)
    })
}

fn split<'a>(mut tokens: &'a [Token], word: &str) -> Vec<&'a [Token]> {
    let mut parts = Vec::new();
    while let Some(at) = top_level(tokens, |t| t.is_word(word)) {
        parts.push(&tokens[..at]);
        tokens = &tokens[at + 1..];
    }
    parts.push(tokens);
    parts
}

/// Takes away `::character varying(10)[]` and the like.
fn without_casts(tokens: Vec<Token>) -> Vec<Token> {
    const OPERATORS: [&str; 7] = ["AND", "OR", "IN", "IS", "NOT", "ANY", "ARRAY"];
    let mut out = Vec::with_capacity(tokens.len());
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        if !token.is_symbol("::") {
            out.push(token);
            continue;
        }
        let in_type =
            |t: &Token| matches!(t, Token::Word(w) if !OPERATORS.iter().any(|o| w.eq_ignore_ascii_case(o)));
        while rest.next_if(|t| in_type(t) || matches!(t, Token::Name(_)) || t.is_symbol(".")).is_some() {}
        for (open, close) in [("(", ")"), ("[", "]")] {
            if rest.next_if(|t| t.is_symbol(open)).is_some() {
                while rest.next_if(|t| !t.is_symbol(close)).is_some() {}
                rest.next();
            }
        }
    }
    out
}

/// The CHECK constraints of a CREATE TABLE statement, each with its name if it has one.
pub fn of_create_table(sql: &str) -> Vec<(Option<String>, Vec<Token>)> {
    let tokens = tokens(sql);
    let mut found = Vec::new();
    let mut depth = 0;
    let mut i = 0;
    while i < tokens.len() {
        depth += nesting(&tokens[i]);
        let opens = tokens.get(i + 1).is_some_and(|t| t.is_symbol("("));
        if depth != 1 || !tokens[i].is_word("CHECK") || !opens {
            i += 1;
            continue;
        }
        let mut inner = 0;
        let length = tokens[i + 1..].iter().position(|t| {
            inner += nesting(t);
            inner == 0
        });
        let end = length.map_or(tokens.len(), |n| i + 1 + n);
        let name = match i.checked_sub(2).map(|n| &tokens[n..i]) {
            Some([word, Token::Word(name) | Token::Name(name)]) if word.is_word("CONSTRAINT") => {
                Some(name.clone())
            }
            _ => None,
        };
        found.push((name, tokens[i + 2..end].to_vec()));
        i = end + 1;
    }
    found
}

/// An expression in one form, whatever its spaces and comments, so that it can be compared.
pub fn normalise(expression: &str) -> String {
    render(&tokens(expression))
}

/// Tokens as SQL again.
pub fn render(tokens: &[Token]) -> String {
    let words: Vec<String> = tokens
        .iter()
        .map(|t| match t {
            Token::Word(w) | Token::Symbol(w) => w.clone(),
            Token::Name(n) => format!("\"{}\"", n.replace('"', "\"\"")),
            Token::Text(t) => format!("'{}'", t.replace('\'', "''")),
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(expression: &str) -> Option<(String, Vec<String>)> {
        choices(expression).into_iter().next()
    }

    fn found(column: &str, values: &[&str]) -> (String, Vec<String>) {
        (column.to_owned(), values.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn lists_are_found_in_all_their_forms() {
        for expression in [
            "status IN ('draft', 'it''s')",
            "(\"status\" in('draft','it''s'))",
            "[status] IN ('draft', /* , 'x' */ 'it''s')",
            "status IS NULL OR status IN ('draft', 'it''s')",
            "status = 'draft' OR status = 'it''s'",
            "((status)::text = ANY ((ARRAY['draft'::character varying, 'it''s'::character varying])::text[]))",
            "(status = ANY (ARRAY['draft'::text, 'it''s'::text]))",
            "((status)::text = ANY (ARRAY[('draft'::character varying(10))::text, ('it''s'::text)]))",
            "status IN ('draft', 'it''s') AND price > 0",
        ] {
            assert_eq!(one(expression), Some(found("status", &["draft", "it's"])), "{expression}");
        }
        assert_eq!(one("(kind = 'only'::text)"), Some(found("kind", &["only"])));
    }

    #[test]
    fn what_is_no_list_is_left_alone() {
        for expression in [
            "status NOT IN ('a')",
            "price IN (1, 2)",
            "lower(status) IN ('a')",
            "status IN ('a') OR price > 0",
            "status = 'a' AND x OR y",
            "status IN ('a') OR kind IN ('a')",
            "length(x) = 3",
            "x IN (SELECT 'a')",
            "'unfinished",
            "[",
            "",
            ")(",
            "((",
            "a::",
            "/*",
        ] {
            assert_eq!(one(expression), None, "{expression}");
        }
    }

    #[test]
    fn checks_of_a_create_table_are_found_with_their_names() {
        let sql = "CREATE TABLE \"t (CHECK (\" (a TEXT CHECK (a IN ('x')), [check] INT DEFAULT (1), -- CHECK (z)\n\
                   b INT, CONSTRAINT positive CHECK (b > (0)))";
        let found: Vec<(Option<String>, String)> =
            of_create_table(sql).into_iter().map(|(name, tokens)| (name, render(&tokens))).collect();
        assert_eq!(
            found,
            [(None, "a IN ( 'x' )".to_owned()), (Some("positive".into()), "b > ( 0 )".to_owned())]
        );
        assert_eq!(normalise("b>(0)"), "b > ( 0 )");
        assert_eq!(identifiers("\"Odd name\" > 1"), ["Odd name"]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,80}", sql in "[\\[\\]()'\"`/*:, aINORCHEK-]{0,40}") {
            for text in [text, sql] {
                choices(&text);
                identifiers(&text);
                of_create_table(&text);
            }
        }
    }
}
