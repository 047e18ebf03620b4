//! The tokenizer of filters: splits a filter into tokens, and a token into name, operator, value.

use super::Kinds;
use super::query::Op;

/// Joins the arguments of a command line into one filter. If an argument with spaces is a single
/// test, its value is quoted: `topic:large models` becomes `topic:"large models"`.
pub fn join(words: &[String], kinds: &Kinds) -> String {
    let joined: Vec<String> = words
        .iter()
        .map(|word| match split_test(word) {
            Some((name, sign, value)) if is_one_test(word, kinds) => {
                format!("{name}{sign}\"{value}\"")
            }
            _ => word.clone(),
        })
        .collect();
    joined.join(" ")
}

/// Whether an argument with spaces is one test, whose value has the spaces. It is several if a later
/// word can only be a term of its own, or if no value of the test has a space.
fn is_one_test(word: &str, kinds: &Kinds) -> bool {
    let is_test =
        |part: &str| split_test(part).is_some_and(|(name, ..)| is_name(bare(name), kinds));
    let is_term = |part: &str| part.starts_with(['-', '!', '@']) || is_test(part);
    let mut parts = word.split_whitespace();
    let first = parts.next().unwrap_or_default();
    let takes_spaces = split_test(first)
        .is_some_and(|(name, ..)| !["kind", "has", "is", "year", "private"].contains(&bare(name)));
    word.contains(char::is_whitespace)
        && !word.contains(['"', '('])
        && is_test(first)
        && takes_spaces
        && !parts.any(is_term)
}

/// The name of a test without its negation.
fn bare(name: &str) -> &str {
    name.trim_start_matches(['-', '!'])
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
/// space, a comma, a parenthesis or the end; any other quote, such as that of 5", and one after a
/// backslash are characters.
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
        if c == '"' && !is_escaped(&text[..at]) {
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
        .any(|(at, _)| !is_escaped(&rest[..at]) && ends_quote(&rest[at + 1..]))
}

/// Whether a quote after this text is a character of a value: it has a backslash before it.
fn is_escaped(before: &str) -> bool {
    before.ends_with('\\')
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
pub const TESTS: [&str; 10] = [
    "kind", "topic", "tag", "alias", "has", "is", "added", "changed", "links", "linked",
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

/// Splits values at commas, except inside quotes. Trims the values and drops empty ones. `\"` is a
/// quote that belongs to its value.
pub fn split_values(text: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut quoted = false;
    let mut signs = text.chars().peekable();
    while let Some(c) = signs.next() {
        match c {
            '\\' if signs.peek() == Some(&'"') => {
                signs.next();
                if let Some(last) = values.last_mut() {
                    last.push('"');
                }
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_with_spaces_from_the_shell_stays_whole() {
        let kinds = Kinds::built_in();
        let words = |list: &[&str]| {
            join(
                &list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>(),
                &kinds,
            )
        };
        assert_eq!(words(&["topic:large models"]), "topic:\"large models\"");
        assert_eq!(words(&["kind:paper year>=2020"]), "kind:paper year>=2020");
        assert_eq!(words(&["sparse", "coding"]), "sparse coding");
        for several in [
            "kind:term @recent",
            "kind:paper vision",
            "-kind:paper -vision",
            "topic:ml -tag:old",
            "topic:ml paper=x status:read",
            "has:doi vision",
            "kind:paper title:\"a b\"",
        ] {
            assert_eq!(words(&[several]), several);
        }
        assert_eq!(words(&["-topic:large models"]), "-topic:\"large models\"");
        assert_eq!(
            words(&["added:Nov 2023", "kind:paper"]),
            "added:\"Nov 2023\" kind:paper"
        );
    }
}
