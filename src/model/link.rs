//! Links to entries in a Markdown body: `[[ref]]` or `[[ref|words]]`.

use std::ops::Range;

/// The most bytes between the brackets of a link.
const LONGEST: usize = 300;

/// The start of a text in which the end of a link must be, so that many open brackets are read in
/// linear time.
fn near(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST + 2)]
}

/// The targets of all links in a Markdown text, in order and without duplicates. A part after `#`
/// is dropped; brackets with more than 300 bytes are not links.
pub fn refs(body: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = body;
    while let Some(start) = rest.find("[[") {
        rest = &rest[start + 2..];
        let Some(end) = near(rest).find("]]") else {
            continue;
        };
        let inner = &rest[..end];
        if !inner.contains(['\n', '[']) {
            let target = inner.split(['|', '#']).next().unwrap_or("").trim();
            if !target.is_empty() && !found.iter().any(|known| known == target) {
                found.push(target.to_owned());
            }
            rest = &rest[end + 2..];
        }
    }
    found
}

/// A link in a Markdown text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLink {
    /// Where it is in the text, with its brackets.
    pub range: Range<usize>,
    /// The name of the note that it leads to, without an anchor, a folder or `.md`.
    pub target: String,
    /// The words that it shows; empty for a bare link.
    pub words: String,
}

/// The links to notes in a Markdown text, in order: `[[name]]`, `[[name|words]]`, `![[name]]` unless the
/// name has the end of a file, and `[words](folder/name.md)` with a relative path.
pub fn links(text: &str) -> Vec<TextLink> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('[').map(|open| at + open) {
        at = open + 1;
        if let Some(inner) = text[open..].strip_prefix("[[") {
            let Some(length) = near(inner).find("]]") else {
                continue;
            };
            let inner = &inner[..length];
            let (target, words) = inner.split_once('|').unwrap_or((inner, ""));
            // In a table, the bar is escaped.
            let target = target
                .trim_end_matches('\\')
                .split('#')
                .next()
                .unwrap_or("")
                .trim();
            if inner.contains(['\n', '[']) || target.is_empty() {
                continue;
            }
            let end = open + 2 + length + 2;
            let embeds = text[..open].ends_with('!');
            if !(embeds && target.contains('.')) {
                found.push(TextLink {
                    range: open - usize::from(embeds)..end,
                    target: target.to_owned(),
                    words: words.trim().to_owned(),
                });
            }
            at = end;
        } else if let Some((length, path)) = destination(&text[open..])
            && let Some(target) = note_of(path)
        {
            let words = &text[open + 1..open + length];
            let end = open + length + 2 + path.len() + 1;
            let embeds = text[..open].ends_with('!');
            found.push(TextLink {
                range: open - usize::from(embeds)..end,
                target,
                words: words.to_owned(),
            });
            at = end;
        }
    }
    found
}

/// The length of the words and the destination of a link `[words](destination)` at the start of a text.
fn destination(text: &str) -> Option<(usize, &str)> {
    let length = near(text).find("](")?;
    let rest = &text[length + 2..];
    let path = &rest[..near(rest).find(')')?];
    let is_plain = !text[1..length].contains(['[', '\n']) && !path.contains(['\n', '(', ' ']);
    is_plain.then_some((length, path))
}

/// The name of the note at a relative path that ends in `.md`.
fn note_of(path: &str) -> Option<String> {
    let path = path.split('#').next().unwrap_or("");
    if path.contains("://") || path.starts_with('/') {
        return None;
    }
    let name = path.strip_suffix(".md")?.rsplit('/').next()?;
    let bytes = name.as_bytes();
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let code = name.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded)
        .ok()
        .filter(|name| !name.is_empty())
}

/// A body in which the links whose target `is_meant` picks have the target `new`. Words and anchors
/// of the links stay.
pub fn renamed(body: &str, is_meant: impl Fn(&str) -> bool, new: &str) -> String {
    let (mut text, mut rest) = (String::with_capacity(body.len()), body);
    while let Some(start) = rest.find("[[") {
        let (before, after) = rest.split_at(start + 2);
        text.push_str(before);
        rest = after;
        let Some(inner) = near(after).find("]]").map(|end| &after[..end]) else {
            continue;
        };
        let target = inner.split(['|', '#']).next().unwrap_or("");
        if !inner.contains(['\n', '[']) && is_meant(target.trim()) {
            text.push_str(new);
            rest = &after[target.len()..];
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::{links, refs, renamed};

    #[test]
    fn links_to_notes_are_found_in_each_form() {
        let text = "[[a|the a]] ![[b]] ![[p.png]] [c](x/My%20c.md#part) [w](https://x.org/d.md) [[e\\|E]] [f](f.txt) [[";
        let found: Vec<(String, String, &str)> = links(text)
            .into_iter()
            .map(|link| (link.target, link.words, &text[link.range]))
            .collect();
        let expected = [
            ("a", "the a", "[[a|the a]]"),
            ("b", "", "![[b]]"),
            ("My c", "c", "[c](x/My%20c.md#part)"),
            ("e", "E", "[[e\\|E]]"),
        ];
        assert_eq!(
            found,
            expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c))
        );
    }

    #[test]
    fn renamed_links_keep_their_words_and_anchors() {
        let body = "[[a]], [[ a |the a]], [[a#part]], [[ab]], [[a";
        assert_eq!(
            renamed(body, |target| target == "a", "term/a-2"),
            "[[term/a-2]], [[term/a-2|the a]], [[term/a-2#part]], [[ab]], [[a"
        );
    }

    #[test]
    fn links_are_found_once_each() {
        assert_eq!(
            refs("See [[vae]] and [[term/x|the x]], [[vae]] again, [[a#part]], [[ ]] and [[broken"),
            ["vae", "term/x", "a"]
        );
        assert!(refs("[[a\nb]] [[[x]").is_empty());
    }
}
