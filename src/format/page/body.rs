//! The body of an entry on a page: removes indentation when reading and adds it when writing.

use crate::model::layout::Mark;
use crate::text::markdown::item_marker;

/// The byte offset at which the first paragraph of a list item ends: before a blank line or a line
/// that begins another block. `content` is the offset at which the paragraph begins.
pub(super) fn head_end(text: &str, content: usize) -> usize {
    let mut end = text[content..]
        .find('\n')
        .map_or(text.len(), |at| content + at + 1);
    while end < text.len() {
        let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
        let line = text[end..line_end].trim();
        if line.is_empty() || begins_block(line) {
            break;
        }
        end = line_end;
    }
    end
}

/// Whether a line (without its indentation) begins a block other than a paragraph.
pub(super) fn begins_block(line: &str) -> bool {
    item_marker(line)
        .is_some_and(|(_, marker, _)| marker.ends_with([' ', '\t']) || marker.len() == line.len())
        || line.starts_with(['#', '>', '|', '<'])
        || line.starts_with("```")
        || line.starts_with("~~~")
        || (!line.is_empty()
            && line
                .bytes()
                .all(|b| matches!(b, b'-' | b'=' | b'*' | b'_' | b' ')))
}

/// The body of a list item: the text after the title in the first paragraph (up to `head_end`) with
/// the blocks under it, or only the blocks.
pub(super) fn body(text: &str, after: usize, head_end: usize, indent: usize) -> Option<Mark> {
    let after = after.min(text.len());
    if text[after..head_end.max(after)].trim().is_empty() {
        return block(text, after, indent);
    }
    let end = text.trim_end().len();
    (end > after).then(|| Mark {
        value: dedent(&text[after..end], indent, true),
        at: after..end,
    })
}

/// The whole lines after an offset, without leading and trailing blank lines; `None` if all are
/// blank.
pub(super) fn block(text: &str, after: usize, indent: usize) -> Option<Mark> {
    let end = text.trim_end().len();
    let rest = text.get(after..end)?;
    let first = after + (rest.len() - rest.trim_start().len());
    if first >= end {
        return None;
    }
    let start = text[..first].rfind('\n').map_or(0, |at| at + 1);
    Some(Mark {
        value: dedent(&text[start..end], indent, false),
        at: start..end,
    })
}

/// The value of a body that begins on the line of its title: without the indentation of its other lines.
pub(super) fn inline_value(text: &str, indent: usize) -> String {
    dedent(text, indent, true)
}

/// Removes up to `indent` spaces or one tab from each line, except from an inline first line.
/// Line ends become line feeds.
fn dedent(text: &str, indent: usize, first_is_inline: bool) -> String {
    let lines: Vec<&str> = text
        .split('\n')
        .enumerate()
        .map(|(n, line)| {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if n == 0 && first_is_inline {
                return line;
            }
            match line.strip_prefix('\t') {
                Some(rest) if indent > 0 => rest,
                _ => &line[(line.len() - line.trim_start_matches(' ').len()).min(indent)..],
            }
        })
        .collect();
    lines.join("\n").trim_end().to_owned()
}

/// Indents each line that is not empty by `indent` spaces, except an inline first line.
pub(super) fn indented(body: &str, indent: usize, first_is_inline: bool) -> String {
    let pad = " ".repeat(indent);
    let lines: Vec<String> = body
        .split('\n')
        .enumerate()
        .map(|(n, line)| {
            if line.is_empty() || (n == 0 && first_is_inline) {
                line.to_owned()
            } else {
                format!("{pad}{line}")
            }
        })
        .collect();
    lines.join("\n")
}
