//! Links to entries in a Markdown body: `[[ref]]` or `[[ref|words]]`.

use std::collections::HashSet;
use std::ops::Range;

use crate::text::{markdown, paths};

/// The most bytes between the brackets of a link.
const LONGEST: usize = 300;

/// The start of a text in which the end of a link must be, so that many open brackets are read in
/// linear time.
fn near(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST + 2)]
}

/// The targets of all links in a Markdown text, in order and without duplicates: the text of
/// `[[target]]` without a part after `#`, and the path in `[words](path/note.md)`, which is relative to
/// `note`, the path of the note that has this text. Code has no links; brackets with more than 300
/// bytes are not links.
pub fn refs(body: &str, note: Option<&str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let links = links(body);
    if links.is_empty() {
        return found;
    }
    let code = markdown::code(body);
    let mut seen = HashSet::new();
    for link in links {
        if markdown::is_within(&code, link.range.start) {
            continue;
        }
        let target = match (link.path, note) {
            (Some(path), Some(note)) => paths::seen_from(note, &path).unwrap_or(path),
            (Some(path), None) => path,
            (None, _) => link.target,
        };
        if seen.insert(target.clone()) {
            found.push(target);
        }
    }
    found
}

/// A link in a Markdown text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLink {
    /// Where it is in the text, with its brackets.
    pub range: Range<usize>,
    /// What it leads to: the text in the brackets without an anchor, or the name of the note at a
    /// path, without folder and `.md`.
    pub target: String,
    /// The relative path that it leads to, if it has one instead of a name.
    pub path: Option<String>,
    /// The words that it shows; empty for a bare link.
    pub words: String,
}

/// The links to notes in a Markdown text, in order: `[[name]]`, `[[name|words]]`, `![[name]]` unless the
/// name has the end of a file; and `[words](folder/name.md)`, the definition `[label]: name.md` and
/// `href="name.md"` with a relative path.
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
                    path: None,
                    words: words.trim().to_owned(),
                });
            }
            at = end;
        } else if let Some((words, path, length)) = destination(&text[open..])
            && let Some((path, target)) = note_at(path)
        {
            let end = open + length;
            // A definition `[label]: note.md` shows no words.
            let is_inline = text[open + 1 + words.len()..].starts_with("](");
            let embeds = text[..open].ends_with('!');
            found.push(TextLink {
                range: open - usize::from(embeds)..end,
                target,
                path: Some(path),
                words: if is_inline { words } else { "" }.to_owned(),
            });
            at = end;
        }
    }
    found.extend(html_links(text));
    found.sort_by_key(|link| link.range.start);
    found
}

/// The attributes `href="note.md"` of HTML in a text.
fn html_links(text: &str) -> impl Iterator<Item = TextLink> {
    text.match_indices("href=").filter_map(|(at, name)| {
        let value = &text[at + name.len()..];
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let path = &value[1..1 + near(&value[1..]).find(quote)?];
        let length = name.len() + path.len() + 2;
        let (path, target) = note_at(path)?;
        Some(TextLink {
            range: at..at + length,
            target,
            path: Some(path),
            words: String::new(),
        })
    })
}

/// The words, the destination and the length of a link `[words](destination "title")` or a definition
/// `[label]: destination "title"` at the start of a text.
fn destination(text: &str) -> Option<(&str, &str, usize)> {
    let length = near(text).find(']')?;
    let words = text[1..length].trim_matches('\n');
    if words.contains(['[', '\n']) || words.len() + 1 != length {
        return None;
    }
    let rest = &text[length + 1..];
    let inside = rest.strip_prefix('(').or_else(|| rest.strip_prefix(':'))?;
    let end = if rest.starts_with('(') { ')' } else { '\n' };
    let spaces = inside.len() - inside.trim_start_matches(' ').len();
    let angled = inside[spaces..].starts_with('<');
    let start = spaces + usize::from(angled);
    let until = |c: char| match angled {
        true => c == '>',
        false => c.is_whitespace() || c == end || c == '(',
    };
    let path = &inside[start..];
    let path = &path[..near(path).find(until).unwrap_or(path.len())];
    let after = start + path.len();
    let tail = &inside[after..];
    let closed = match near(tail).find(end) {
        Some(closed) if end == ')' => closed + 1,
        Some(closed) => closed,
        None if end == '\n' => tail.len(),
        None => return None,
    };
    (!path.contains('\n')).then_some((words, path, length + 2 + after + closed))
}

/// A relative path that ends in `.md`, decoded, and the name of the note at it.
fn note_at(path: &str) -> Option<(String, String)> {
    let path = path.split('#').next().unwrap_or("");
    if path.contains("://") || path.starts_with('/') {
        return None;
    }
    let path = paths::decoded(path)?;
    let name = path.strip_suffix(".md")?.rsplit('/').next()?;
    let name = Some(name.to_owned()).filter(|name| !name.is_empty())?;
    Some((path, name))
}

/// A body in which the links whose target `is_meant` picks have the target `new`. Words and anchors
/// of the links stay. A link by a path stays too: the file does not move.
pub fn renamed(body: &str, is_meant: impl Fn(&str) -> bool, new: &str) -> String {
    let (mut text, mut at) = (String::with_capacity(body.len()), 0);
    for link in links(body) {
        let source = &body[link.range.clone()];
        let inner = source.trim_start_matches(['!', '[']).trim_end_matches("]]");
        if link.path.is_some() || !is_meant(&link.target) {
            continue;
        }
        let start = link.range.end - 2 - inner.len();
        let name = inner.split(['|', '#']).next().unwrap_or(inner);
        text.push_str(&body[at..start]);
        text.push_str(new);
        at = start + name.trim_end_matches('\\').len();
    }
    text + &body[at..]
}

#[cfg(test)]
mod tests {
    use super::{links, refs, renamed};

    #[test]
    fn links_to_notes_are_found_in_each_form() {
        let text = "[[a|the a]] ![[b]] ![[p.png]] [c](x/My%20c.md#part) [w](https://x.org/d.md) [[e\\|E]] [f](f.txt) [g](<My g.md>) [h](h.md \"a title\") <a href=\"i.md\">I</a> [j][k]\n[k]: k.md 'a title'\n[[";
        let found: Vec<(String, String, &str)> = links(text)
            .into_iter()
            .map(|link| (link.target, link.words, &text[link.range]))
            .collect();
        let expected = [
            ("a", "the a", "[[a|the a]]"),
            ("b", "", "![[b]]"),
            ("My c", "c", "[c](x/My%20c.md#part)"),
            ("e", "E", "[[e\\|E]]"),
            ("My g", "g", "[g](<My g.md>)"),
            ("h", "h", "[h](h.md \"a title\")"),
            ("i", "", "href=\"i.md\""),
            ("k", "", "[k]: k.md 'a title'"),
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
            refs(
                "See [[vae]] and [[term/x|the x]], [[vae]] again, [[a#part]], [[ ]] and [[broken",
                None
            ),
            ["vae", "term/x", "a"]
        );
        assert!(refs("[[a\nb]] [[[x]", None).is_empty());
    }

    #[test]
    fn paths_are_relative_to_the_note_and_code_has_no_links() {
        let body = "[x](My%20Note.md#part) [y](../Up.md) | [[Sub/Dup\\|cell]] `[[code]]`\n\n```\n[[fence]] [a](b.md)\n```\n";
        assert_eq!(
            refs(body, Some("Sub/Deep/a.md")),
            ["Sub/Deep/My Note.md", "Sub/Up.md", "Sub/Dup"]
        );
        assert_eq!(refs(body, None), ["My Note.md", "../Up.md", "Sub/Dup"]);
    }
}
