//! Names of persons and groups.

use super::Reason;
use crate::text::fold::single_spaced;

/// The canonical form of a name: `Family, Given`, with single spaces.
///
/// A name without a comma is not split into family and given name: `Anthropic`, `Plato` and
/// `Ludwig van Beethoven` stay unchanged.
///
/// # Errors
/// The name is empty.
pub fn name(text: &str) -> Result<String, Reason> {
    let parts: Vec<String> = text.split(',').map(single_spaced).collect();
    let name = parts
        .iter()
        .filter(|part| !part.is_empty())
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if name.is_empty() {
        Err(Reason::new("a name may not be empty").hint("write it as `Vaswani, Ashish`"))
    } else {
        Ok(name)
    }
}

/// The part of a name before the comma, or the whole name if it has no comma.
pub fn family(name: &str) -> &str {
    name.split_once(',').map_or(name, |(family, _)| family)
}

/// The persons in a typed text, each as `Family, Given`. Names are separated by `;` or by `and`. The
/// last word of a name without a comma is the family name, with particles in lower case before it;
/// a name in braces or after `The` is a group and stays whole.
pub fn typed(text: &str) -> Vec<String> {
    let whole = text.trim();
    if let Some(group) = group(whole) {
        return vec![group];
    }
    whole
        .split(';')
        .flat_map(|part| split_and(part.trim()))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(typed_one)
        .collect()
}

/// The persons in the value of one flag, such as `--author`: as [`typed`], but a semicolon between
/// single words is part of one name.
pub fn typed_once(text: &str) -> Vec<String> {
    let is_name = |part: &str| part.trim().contains([',', ' ']);
    if text.contains(';') && !text.split(';').all(is_name) {
        return vec![text.trim().to_owned()];
    }
    typed(text)
}

/// The name of a group in braces.
fn group(name: &str) -> Option<String> {
    let inside = name.strip_prefix('{')?.strip_suffix('}')?;
    (!inside.contains(['{', '}'])).then(|| inside.trim().to_owned())
}

/// Splits at the word `and`, in any case.
fn split_and(text: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let lower = text.to_ascii_lowercase();
    for (at, word) in lower.match_indices(" and ") {
        parts.push(&text[start..at]);
        start = at + word.len();
    }
    parts.push(&text[start..]);
    parts
}

/// One name, turned into `Family, Given`.
fn typed_one(name: &str) -> String {
    if let Some(group) = group(name) {
        return group;
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    if name.contains(',') || words.len() < 2 || words[0] == "The" {
        return name.to_owned();
    }
    let is_particle = |word: &&&str| word.chars().next().is_some_and(char::is_lowercase);
    let before = &words[..words.len() - 1];
    let particles = before.iter().rev().take_while(is_particle).count();
    let (given, family) = words.split_at(before.len() - particles);
    if given.is_empty() {
        return name.to_owned();
    }
    format!("{}, {}", family.join(" "), given.join(" "))
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_read_as_they_are_typed() {
        for (text, names) in [
            ("Ashish Vaswani", &["Vaswani, Ashish"][..]),
            ("Vaswani, Ashish", &["Vaswani, Ashish"]),
            ("Doe, Jane; Roe, Ann", &["Doe, Jane", "Roe, Ann"]),
            ("Jane Doe and Ann Roe", &["Doe, Jane", "Roe, Ann"]),
            ("Ludwig van Beethoven", &["van Beethoven, Ludwig"]),
            ("{Google Brain}", &["Google Brain"]),
            ("The Royal Society", &["The Royal Society"]),
            ("OpenAI", &["OpenAI"]),
            ("Rand Andrews", &["Andrews, Rand"]),
        ] {
            assert_eq!(super::typed(text), names, "{text}");
        }
    }
}
