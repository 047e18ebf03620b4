//! Reads and rewrites the links of notes: wikilinks, relative links, embedded files and tags.

use std::collections::HashSet;

use super::note_file::is_safe;
use super::style::Style;
use crate::text::fold::fold;
use crate::text::markdown::{self, Fences};
use crate::text::paths;

/// The name of the note in a link such as `[[Note|words]]`; other text is returned unchanged.
pub(super) fn without_link(text: &str) -> &str {
    let inner = text
        .trim()
        .strip_prefix("[[")
        .and_then(|rest| rest.strip_suffix("]]"));
    inner.map_or(text, |inner| {
        inner.split(['|', '#']).next().unwrap_or(inner)
    })
}

/// The `#tags` in a text, outside of code, without the `#`. A tag begins a line or follows white
/// space. It consists of letters, digits, `_`, `-` and `/`, and not only of digits
/// (<https://help.obsidian.md/tags>).
pub fn inline_tags(body: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    let mut fences = Fences::default();
    // A fence in a list is indented.
    for line in body.lines().filter(|line| !fences.visit(line.trim_start())) {
        for (number, text) in line
            .split('`')
            .enumerate()
            .filter(|(number, _)| number % 2 == 0)
        {
            let whole = number == 0;
            for (at, _) in text.match_indices('#') {
                let begins = text[..at]
                    .chars()
                    .next_back()
                    .map_or(whole, char::is_whitespace);
                let tag = &text[at + 1..];
                let tag = &tag[..tag
                    .find(|c: char| !c.is_alphanumeric() && !"_-/".contains(c))
                    .unwrap_or(tag.len())];
                if begins && tag.chars().any(|c| !c.is_ascii_digit()) && known.insert(fold(tag)) {
                    tags.push(tag.to_owned());
                }
            }
        }
    }
    tags
}

/// The paths of the files that a body embeds, as `![[name]]` or `![words](path)`; URLs are skipped.
pub fn embeds(body: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in body.match_indices("![") {
        let rest = &body[at + 2..];
        let path = match rest.strip_prefix('[') {
            Some(inner) => inner
                .split("]]")
                .next()
                .map(|inner| inner.split(['|', '#']).next().unwrap_or(inner)),
            None => rest
                .find("](")
                .and_then(|at| rest[at + 2..].split([')', ' ']).next()),
        };
        let path = path.unwrap_or_default().trim_matches(['<', '>']);
        let path = paths::decoded(path).unwrap_or_else(|| path.to_owned());
        if !path.is_empty() && path.len() <= 300 && !path.contains("://") && !found.contains(&path)
        {
            found.push(path);
        }
    }
    found
}

/// A body with its wikilinks as other programs follow them: wikilinks to the file of an entry
/// (Obsidian) or `@/` and the path of the file (Zola). `target` returns the path of the file that a
/// name refers to.
pub(super) fn linked(body: &str, style: Style, target: &dyn Fn(&str) -> Option<String>) -> String {
    let code = markdown::code(body);
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find("[[") {
        let place = body.len() - rest.len() + at;
        if let Some(code) = code.iter().find(|code| code.contains(&place)) {
            let end = code.end - (place - at);
            text.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let embedded = rest[..at].ends_with('!');
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let inner = rest
            .find("]]")
            .map(|end| &rest[2..end])
            .filter(|inner| inner.len() <= 300 && !inner.contains(['\n', '[']));
        let Some(inner) = inner else {
            text.push_str("[[");
            rest = &rest[2..];
            continue;
        };
        let (place, words) = inner
            .split_once('|')
            .map_or((inner, None), |(place, words)| (place, Some(words)));
        // In a table, the bar is escaped.
        let bar = if place.ends_with('\\') { "\\|" } else { "|" };
        let place = place.trim_end_matches('\\');
        let (name, part) = place
            .split_once('#')
            .map_or((place, ""), |(name, part)| (name, part));
        let path = if embedded { None } else { target(name.trim()) };
        match (path, style) {
            (None, _) => text.push_str(&format!("[[{inner}]]")),
            (Some(path), Style::Obsidian) if leads_to(name.trim(), &path) => {
                text.push_str(&format!("[[{inner}]]"))
            }
            (Some(path), Style::Obsidian) => {
                let part = if part.is_empty() {
                    String::new()
                } else {
                    format!("#{part}")
                };
                text.push_str(&format!(
                    "[[{}{part}{bar}{}]]",
                    path.trim_end_matches(".md"),
                    words.unwrap_or(name)
                ));
            }
            (Some(path), Style::Zola) => {
                let part = if part.is_empty() {
                    ""
                } else {
                    &place[name.len()..]
                };
                text.push_str(&format!(
                    "[{}](@/{}{part})",
                    words.unwrap_or(name),
                    path.replace(' ', "%20")
                ));
            }
        }
        rest = &rest[inner.len() + 4..];
    }
    text + rest
}

/// A body with its relative links to other notes turned into wikilinks. `from` is the path of the
/// note.
pub(super) fn with_wikilinks(body: &str, from: &str, is_note: &dyn Fn(&str) -> bool) -> String {
    let code = markdown::code(body);
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('[') {
        text.push_str(&rest[..at]);
        let is_code = markdown::is_within(&code, body.len() - rest.len() + at);
        rest = &rest[at..];
        let link = markdown::leading_link(rest).filter(|_| !is_code && !text.ends_with(['!', '[']));
        let found = link.and_then(|(words, address, length)| {
            let path = seen_from(from, &paths::decoded(&rest[address])?)?;
            is_note(&path).then(|| {
                (
                    format!("[[{}|{}]]", path.trim_end_matches(".md"), &rest[words]),
                    length,
                )
            })
        });
        match found {
            Some((link, length)) => {
                text.push_str(&link);
                rest = &rest[length..];
            }
            None => {
                text.push('[');
                rest = &rest[1..];
            }
        }
    }
    text + rest
}

/// A path relative to the file `from` as a safe path within the folder; `None` if it leads out of it.
pub fn seen_from(from: &str, path: &str) -> Option<String> {
    paths::seen_from(from, path).filter(|path| is_safe(path))
}

/// Whether a name in a wikilink refers to a file: it is the path or its last part.
fn leads_to(name: &str, path: &str) -> bool {
    let path = path.trim_end_matches(".md");
    let name = name.trim_end_matches(".md");
    fold(name) == fold(path) || fold(name) == fold(path.rsplit('/').next().unwrap_or(path))
}
