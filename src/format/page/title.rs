//! Parses and writes the title of an entry on a page: plain, emphasised or a link, with an optional
//! period before it.

use std::ops::Range;

use crate::model::admit::one_line;
use crate::model::identifier;
use crate::model::layout::Mark;
use crate::model::{Kind, Period};
use crate::text::markdown::{leading_link, unescape};

/// The title or URL in a byte range of a text: its value without escapes, on one line, and the
/// range.
pub(super) fn mark(text: &str, at: Range<usize>) -> Mark {
    Mark {
        value: one_line(&unescape(&text[at.clone()])),
        at,
    }
}

/// Parses a period and a colon at the start of a head. Returns the period and the byte offset at
/// which the title begins.
pub(super) fn leading_period(text: &str, head: Range<usize>) -> Option<(Mark, usize)> {
    let colon = head.start + text[head.clone()].find(':')?;
    let value = text[head.start..colon].trim();
    let start = colon - text[head.start..colon].trim_start().len();
    Period::read_fixed(value).ok()?;
    let rest = &text[colon + 1..head.end];
    let after = colon + 1 + (rest.len() - rest.trim_start().len());
    (after < head.end && rest.starts_with(char::is_whitespace)).then(|| {
        (
            Mark {
                value: value.to_owned(),
                at: start..start + value.len(),
            },
            after,
        )
    })
}

/// The byte ranges of a title and its URL in a text.
pub(super) struct Title {
    /// Text of the title, without markup.
    pub at: Range<usize>,
    /// URL that the title links to.
    pub url: Option<Range<usize>>,
    /// Offset after the title, its markup and the separator.
    pub after: usize,
}

/// Finds the title at the start of a head: a link, emphasised text, the text before a separator
/// (for kinds with `page.inline_body`), or the whole head.
pub(super) fn find_title(text: &str, head: Range<usize>, kind: &Kind) -> Option<Title> {
    let start = head.start;
    let whole = &text[head.clone()];
    let trimmed_end = start + whole.trim_end().len();
    if let Some(title) = linked(text, head.clone(), kind) {
        return Some(title);
    }
    for wrap in ["***", "**", "__", "*", "_"] {
        let Some(inner) = whole.strip_prefix(wrap) else {
            continue;
        };
        let Some(length) = inner.find(wrap).filter(|length| *length > 0) else {
            continue;
        };
        let (from, to) = (start + wrap.len(), start + wrap.len() + length);
        let after = to + wrap.len();
        if let Some(title) = linked(text, from..to, kind).filter(|title| title.after == to) {
            return Some(Title {
                after: separator(text, after..head.end),
                ..title
            });
        }
        let rest = text[after..head.end].trim();
        // In `**Term:** text`, the colon is inside the markup.
        let inside = text[from..to].trim_end_matches(':').len();
        if rest.is_empty()
            || (kind.page.inline_body
                && (inside < length || rest.starts_with([':', '-', '–', '—'])))
        {
            return Some(Title {
                at: from..from + inside,
                url: None,
                after: separator(text, after..head.end),
            });
        }
    }
    if kind.page.inline_body
        && let Some(at) = plain_separator(whole)
    {
        let end = start + whole[..at].trim_end().len();
        return (end > start).then(|| Title {
            at: start..end,
            url: None,
            after: separator(text, end..head.end),
        });
    }
    (trimmed_end > start).then_some(Title {
        at: start..trimmed_end,
        url: None,
        after: head.end,
    })
}

/// Parses a title that is a link at the start of a head. `None` if the kind has no `page.link`
/// field, the title is empty or the URL is invalid.
pub(super) fn linked(text: &str, head: Range<usize>, kind: &Kind) -> Option<Title> {
    kind.page.link.as_ref()?;
    let (title, url, length) = leading_link(&text[head.clone()])?;
    let shift = |range: Range<usize>| range.start + head.start..range.end + head.start;
    let (title, url) = (shift(title), shift(url));
    let harmless = identifier::url(&unescape(&text[url.clone()])).is_ok();
    (!title.is_empty() && harmless).then(|| Title {
        at: title,
        url: Some(url),
        after: separator(text, head.start + length..head.end),
    })
}

/// The byte offset after an optional separator (`:`, `-`, `–` or `—`) and the blanks around it.
fn separator(text: &str, rest: Range<usize>) -> usize {
    let tail = &text[rest.clone()];
    let blank = |s: &str| s.len() - s.trim_start_matches([' ', '\t']).len();
    let lead = blank(tail);
    let sign = tail[lead..]
        .chars()
        .next()
        .filter(|c| matches!(c, ':' | '-' | '–' | '—'))
        .map_or(0, char::len_utf8);
    let after = lead + sign;
    rest.start + after + blank(&tail[after..])
}

/// The byte offset of the first separator outside code, brackets and escapes.
fn plain_separator(head: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut code = false;
    let mut skip = false;
    for (at, c) in head.char_indices() {
        if std::mem::take(&mut skip) {
            continue;
        }
        let rest = &head[at + c.len_utf8()..];
        let spaced = at > 0 && head[..at].ends_with(' ') && rest.starts_with([' ', '\n']);
        match c {
            '\\' => skip = true,
            '`' => code = !code,
            _ if code => {}
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ':' if depth == 0
                && at > 0
                && (rest.is_empty() || rest.starts_with(char::is_whitespace)) =>
            {
                return Some(at);
            }
            '-' | '–' | '—' if depth == 0 && spaced => return Some(at),
            _ => {}
        }
    }
    None
}

/// A Markdown link. A URL with unbalanced parentheses is put in angle brackets.
pub(super) fn linked_title(title: &str, url: &str) -> String {
    if url.matches('(').count() == url.matches(')').count() {
        format!("[{title}]({url})")
    } else {
        format!("[{title}](<{url}>)")
    }
}
