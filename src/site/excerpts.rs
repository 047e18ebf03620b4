//! Parts of bodies as plain text.

use crate::model::link;
use crate::text::markdown;

/// A body without Markdown, with the words of its links.
pub(super) fn plain(body: &str) -> String {
    let (mut text, mut at) = (String::new(), 0);
    for found in link::links(body) {
        text.push_str(&body[at..found.range.start]);
        let words = if found.words.is_empty() {
            &found.target
        } else {
            &found.words
        };
        text.push_str(words);
        at = found.range.end;
    }
    text.push_str(&body[at..]);
    let lines: Vec<String> = text.lines().map(markdown::words).collect();
    lines.join("\n")
}

/// The line of a body at an offset, without Markdown.
pub(super) fn line_at(body: &str, at: usize) -> String {
    let start = body[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = body[at..].find('\n').map_or(body.len(), |end| at + end);
    short(&plain(&body[start..end]), 240)
}

/// The first line of a body.
pub(super) fn summary(body: &str) -> String {
    let text = plain(body);
    short(
        text.lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or(""),
        160,
    )
}

/// A text cut after a word, with an ellipsis, if it has more than `most` letters.
fn short(text: &str, most: usize) -> String {
    let text = text.trim();
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => {
            let end = text[..end].rfind(' ').unwrap_or(end);
            format!("{} …", &text[..end])
        }
    }
}
