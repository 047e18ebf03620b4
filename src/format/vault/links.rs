//! Links of notes: wikilinks, relative links, embedded files and tags.

use super::note_file::is_safe;
use super::style::Style;
use crate::text::fold::fold;
use crate::text::markdown::{self, Fences};

/// `[[Note|words]]` as the name of the note.
pub(super) fn without_link(text: &str) -> &str {
    let inner = text
        .trim()
        .strip_prefix("[[")
        .and_then(|rest| rest.strip_suffix("]]"));
    inner.map_or(text, |inner| {
        inner.split(['|', '#']).next().unwrap_or(inner)
    })
}

/// `#tags` in a text, outside of code: a `#` behind white space, then letters, digits, `_`, `-` and `/`, not digits alone
/// (<https://help.obsidian.md/tags>).
pub fn inline_tags(body: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let mut fences = Fences::default();
    // In a list a fence is indented.
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
                if begins
                    && tag.chars().any(|c| !c.is_ascii_digit())
                    && !tags.iter().any(|known| fold(known) == fold(tag))
                {
                    tags.push(tag.to_owned());
                }
            }
        }
    }
    tags
}

/// The paths of files that a body refers to: `![[name]]` and `![words](path)`.
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
        let path = path
            .unwrap_or_default()
            .trim_matches(['<', '>'])
            .replace("%20", " ");
        if !path.is_empty() && path.len() <= 300 && !path.contains("://") && !found.contains(&path)
        {
            found.push(path);
        }
    }
    found
}

/// A body with its links as other programs follow them: a wikilink that names the file of its entry, or a relative link.
pub(super) fn linked(
    body: &str,
    from: &str,
    style: Style,
    target: &dyn Fn(&str) -> Option<String>,
) -> String {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find("[[") {
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
                    "[[{}{part}|{}]]",
                    path.trim_end_matches(".md"),
                    words.unwrap_or(name)
                ));
            }
            (Some(path), Style::Zola) => text.push_str(&format!(
                "[{}]({})",
                words.unwrap_or(name),
                relative(from, &path)
            )),
        }
        rest = &rest[inner.len() + 4..];
    }
    text + rest
}

/// A body with relative links to other notes as wikilinks, as an entry has them.
pub(super) fn with_wikilinks(body: &str, from: &str, is_note: &dyn Fn(&str) -> bool) -> String {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('[') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let link = markdown::leading_link(rest).filter(|_| !text.ends_with(['!', '[']));
        let found = link.and_then(|(words, address, length)| {
            let path = seen_from(from, &rest[address].replace("%20", " "))?;
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

/// A path that is relative to a file, as it is seen from the folder; none when it leads out of it.
pub fn seen_from(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/")).filter(|path| is_safe(path))
}

/// Whether a name in a wikilink is that of a file: its path, or its last part.
fn leads_to(name: &str, path: &str) -> bool {
    let path = path.trim_end_matches(".md");
    let name = name.trim_end_matches(".md");
    fold(name) == fold(path) || fold(name) == fold(path.rsplit('/').next().unwrap_or(path))
}

/// The path of one file as seen from another.
fn relative(from: &str, to: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
    let common = from
        .iter()
        .zip(&to)
        .take(from.len().min(to.len()) - 1)
        .take_while(|(a, b)| a == b)
        .count();
    let up = std::iter::repeat_n("..", from.len() - 1 - common);
    up.chain(to[common..].iter().copied())
        .collect::<Vec<_>>()
        .join("/")
        .replace(' ', "%20")
}
