//! The tokenizer of filters: splits a filter into tokens, and a token into name, operator, value.

use super::Kinds;
use super::query::Op;

/// Joins the arguments of a command line into one filter. If an argument with spaces is a single
/// test, its value is quoted: `topic:large models` becomes `topic:"large models"`.
pub fn join(words: &[String], kinds: &Kinds) -> String {
    let joined: Vec<String> = words
        .iter()
        .map(|word| {
            let whole = word.contains(char::is_whitespace) && !word.contains(['"', '(']);
            let tests = word
                .split_whitespace()
                .filter(|part| {
                    part.starts_with(['-', '!'])
                        || split_test(part).is_some_and(|(name, ..)| is_name(name, kinds))
                })
                .count();
            match split_test(word) {
                Some((name, sign, value))
                    if whole
                        && tests == 1
                        && is_name(name.trim_start_matches(['-', '!']), kinds) =>
                {
                    format!("{name}{sign}\"{value}\"")
                }
                _ => word.clone(),
            }
        })
        .collect();
    joined.join(" ")
}

/// A word or parenthesis in a filter.
#[derive(Debug, Clone)]
pub struct FilterToken<'a> {
    /// Byte offset in the filter.
    pub at: usize,
    /// Text of the token, including quotes.
    pub text: &'a str,
}

/// Splits a filter at white space and parentheses, except inside quotes. A `(` inside a word
/// belongs to the word. A quote opens at the start of a word or of a value, and closes before white
/// space, a comma, a parenthesis or the end; any other quote, such as that of 5", is a character.
pub fn tokens(text: &str) -> Vec<FilterToken<'_>> {
    let mut tokens = Vec::new();
    let mut start: Option<usize> = None;
    let mut quoted = false;
    // Whether the current word has a `(` of its own.
    let mut bracket = false;
    for (at, c) in text.char_indices() {
        let before = start.map_or("", |start| &text[start..at]);
        let opens = c == '(' && !quoted && matches!(before, "" | "-" | "!");
        let closes = c == ')' && !quoted && !bracket;
        if c == '"' {
            let may_open = matches!(before, "" | "-" | "!" | "-!")
                || before.ends_with([':', '=', '<', '>', ',']);
            if quoted {
                quoted = !ends_quote(&text[at + 1..]);
            } else {
                quoted = may_open && has_end(&text[at + 1..]);
            }
        }
        bracket |= c == '(' && !quoted && !opens;
        if (c.is_whitespace() && !quoted) || opens || closes {
            if let Some(start) = start.take() {
                tokens.push(FilterToken {
                    at: start,
                    text: &text[start..at],
                });
            }
            bracket = false;
            if opens || closes {
                tokens.push(FilterToken {
                    at,
                    text: &text[at..=at],
                });
            }
        } else if start.is_none() {
            start = Some(at);
        }
    }
    if let Some(start) = start {
        tokens.push(FilterToken {
            at: start,
            text: &text[start..],
        });
    }
    tokens
}

/// Whether a quote before this text is a closing one.
fn ends_quote(rest: &str) -> bool {
    rest.chars()
        .next()
        .is_none_or(|c| c.is_whitespace() || c == ',' || c == ')')
}

/// Whether a quote before this text is closed somewhere in it.
fn has_end(rest: &str) -> bool {
    rest.match_indices('"')
        .any(|(at, _)| ends_quote(&rest[at + 1..]))
}

/// Splits a test into name, operator and value. The name may be unknown and may start with `-` or
/// `!`. `None` if the text does not have the form of a test.
pub fn split_test(text: &str) -> Option<(&str, &'static str, &str)> {
    let end = text
        .char_indices()
        .find(|(at, c)| matches!(c, ':' | '=' | '<' | '>' | '"') || (*c == '!' && *at > 0))
        .map(|(at, _)| at)?;
    let (name, rest) = text.split_at(end);
    let plain = !name.is_empty()
        && name
            .trim_start_matches(['-', '!'])
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    let (_, sign) = Op::ALL.iter().find(|(_, sign)| rest.starts_with(sign))?;
    plain.then(|| (name, *sign, &rest[sign.len()..]))
}

/// Names of tests that are not fields.
pub const TESTS: [&str; 8] = [
    "kind", "topic", "tag", "alias", "has", "is", "added", "changed",
];

/// Fields that every entry has.
pub const CORE: [&str; 11] = [
    "slug", "title", "body", "topics", "tags", "aliases", "private", "position", "created",
    "updated", "year",
];

/// Whether the name is that of a test, a common field or a field of any kind.
pub fn is_name(name: &str, kinds: &Kinds) -> bool {
    TESTS.contains(&name) || CORE.contains(&name) || !kinds.with_field(name).is_empty()
}

/// Splits values at commas, except inside quotes. Trims the values and drops empty ones.
pub fn split_values(text: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => values.push(String::new()),
            c => {
                if let Some(last) = values.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    values
        .into_iter()
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
        .collect()
}
