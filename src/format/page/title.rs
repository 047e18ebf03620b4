//! Parses and writes the title of an entry on a page: plain, emphasised or a link, with an optional
//! period before it.

use std::ops::Range;

use super::marks::{address, link_at, near};
use super::tail;
use crate::model::identifier;
use crate::model::layout::Mark;
use crate::model::{FieldType, Kind, Period};
use crate::text::markdown::{self, Definitions};

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

/// What the text of an item does not say itself.
#[derive(Debug, Clone, Default)]
pub(super) struct ItemContext {
    /// The reference definitions of the page.
    pub definitions: Definitions,
    /// Whether the user said what the items of the page are, because its headings do not.
    pub foreign: bool,
}

/// The title at the start of an item, and where it is.
pub(super) struct Title {
    /// Text of the title, without markup around it.
    pub at: Range<usize>,
    /// Address that the title links to.
    pub url: Option<Mark>,
    /// Offset after the title, its markup and the separator.
    pub after: usize,
    /// Offset after the title and its markup.
    pub end: usize,
}

/// Finds the title at the start of a head: a link, emphasised text, the text before a separator
/// (for kinds with `page.inline_body`), before a period in parentheses or a link with a label, or the
/// whole head. On a page of somebody else, the first link of an item that lists links is its title.
pub(super) fn find_title(
    text: &str,
    head: Range<usize>,
    kind: &Kind,
    context: &ItemContext,
) -> Option<Title> {
    let head = match decoration(text, head.clone(), kind) {
        Some(start) => start..head.end,
        None => head,
    };
    let start = head.start;
    let whole = &text[head.clone()];
    let trimmed_end = start + whole.trim_end().len();
    if let Some(title) = linked(text, head.clone(), kind, context) {
        return Some(title);
    }
    let is_list = context.foreign && lists_links(kind);
    let mut tail = tail::begins(text, head.clone(), kind);
    if is_list {
        let names = tail::names_begin(text, head.clone());
        tail = tail.into_iter().chain(names).min();
    }
    if is_list {
        let starts_with_link = whole.trim_start_matches(['*', '_', '~']).starts_with('[');
        if (tail.is_none() || starts_with_link)
            && let Some(title) = first_link(text, head.clone(), kind, context)
        {
            return Some(title);
        }
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
        if let Some(title) = linked(text, from..to, kind, context).filter(|title| title.after == to)
        {
            return Some(Title {
                after: separator(text, after..head.end),
                end: after,
                ..title
            });
        }
        let rest = text[after..head.end].trim();
        // In `**Term:** text`, the colon is inside the markup.
        let inside = text[from..to].trim_end_matches(':').len();
        let goes_on = kind.page.inline_body
            && (inside < length || rest.starts_with([':', '-', '–', '—']))
            || wrap.len() > 1 && kind.page.link.is_some() && rest.starts_with([',', '('])
            || tail.is_some_and(|tail| text[after..tail.max(after)].trim().is_empty());
        if rest.is_empty() || goes_on {
            return Some(Title {
                at: from..from + inside,
                url: None,
                after: separator(text, after..head.end),
                end: after,
            });
        }
    }
    let until = kind
        .page
        .inline_body
        .then(|| plain_separator(whole))
        .flatten()
        .map(|at| start + at);
    if let Some(tail) = tail.filter(|tail| until.is_none_or(|until| *tail < until)) {
        let end = start
            + text[start..tail]
                .trim_end_matches([' ', ',', '.', '-', '–'])
                .len();
        return (end > start).then_some(Title {
            at: start..end,
            url: None,
            after: tail,
            end: tail,
        });
    }
    if let Some(until) = until {
        let end = start + text[start..until].trim_end().len();
        return (end > start).then(|| Title {
            at: start..end,
            url: None,
            after: separator(text, end..head.end),
            end,
        });
    }
    (trimmed_end > start).then_some(Title {
        at: start..trimmed_end,
        url: None,
        after: head.end,
        end: head.end,
    })
}

/// Whether the items of a kind on a page are links, rather than names with explanations.
pub fn lists_links(kind: &Kind) -> bool {
    kind.page.link.is_some() && (has_identifiers(kind) || !kind.page.inline_body)
}

/// Whether a kind has a field for a DOI or an arXiv id, as kinds of works have.
fn has_identifiers(kind: &Kind) -> bool {
    let identifiers = [FieldType::Doi, FieldType::Arxiv];
    identifiers.iter().any(|of| kind.first(*of).is_some())
}

/// Whether the entries of a kind are works with identifiers.
pub fn holds_works(kind: &Kind) -> bool {
    lists_links(kind) && has_identifiers(kind)
}

/// Whether the entries of a kind are plain links, with neither dates on the page nor choices.
pub fn holds_links(kind: &Kind) -> bool {
    let dated = kind.told_by().is_some();
    lists_links(kind) && !has_identifiers(kind) && !dated && kind.first(FieldType::Choice).is_none()
}

/// The first link in a head whose words are not a label. The text before it is not part of the title.
fn first_link(text: &str, head: Range<usize>, kind: &Kind, context: &ItemContext) -> Option<Title> {
    let head = near(text, head);
    let mut at = head.start;
    while let Some(open) = text[at..head.end].find('[').map(|open| at + open) {
        at = open + 1;
        let is_picture = text[head.start..open].ends_with('!');
        if let Some(title) = linked(text, open..head.end, kind, context).filter(|_| !is_picture) {
            let url = title.url.as_ref();
            let is_web = url.is_some_and(|url| url.value.contains("://"));
            let title = unmarked(text, &head, open, title);
            return (is_web && !tail::is_label(&text[title.at.clone()])).then_some(title);
        }
    }
    None
}

/// A link with the emphasis around it, which begins before `open`: the title ends after that.
fn unmarked(text: &str, head: &Range<usize>, open: usize, title: Title) -> Title {
    let before = &text[head.start..open];
    let marks = before.len() - before.trim_end_matches(['*', '_', '~']).len();
    let wrap = &before[before.len() - marks..];
    let closing: String = wrap.chars().rev().collect();
    match marks > 0 && text[title.end..head.end].starts_with(&closing) {
        true => Title {
            after: separator(text, title.end + marks..head.end),
            end: title.end + marks,
            ..title
        },
        false => title,
    }
}

/// The offset of a link after what only decorates it: signs and emoji, `:codes:`, pictures and a date.
fn decoration(text: &str, head: Range<usize>, kind: &Kind) -> Option<usize> {
    kind.page.link.as_ref()?;
    let mut at = head.start;
    while at < head.end {
        let rest = &text[at..head.end];
        let c = rest.chars().next()?;
        if rest.starts_with('[') && !rest.starts_with("[!") {
            return (at > head.start).then_some(at);
        }
        if rest.starts_with("**[") || rest.starts_with("*[") {
            return (at > head.start).then_some(at);
        }
        let word = rest.split([' ', '[']).next().unwrap_or(rest);
        let is_code = word.len() > 2 && word.starts_with(':') && word.ends_with(':');
        let is_date = word.len() >= 4
            && word.starts_with(|c: char| c.is_ascii_digit() || c == '(')
            && Period::read_fixed(word.trim_matches(['(', ')', ':'])).is_ok();
        at += if rest.starts_with("![") {
            link_at(text, at + 1..head.end)?.2 + 1
        } else if rest.starts_with("[![") {
            link_at(text, at..head.end)?.2
        } else if is_code || is_date {
            word.len()
        } else if c.is_alphanumeric() || "*_~`\\<(\"'#".contains(c) {
            return None;
        } else {
            c.len_utf8()
        };
    }
    None
}

/// Parses a title that is a link at the start of a head: `[title](address)`, `[title][label]`,
/// `[label]`, `<address>` or an address. `None` if the kind has no `page.link` field, the title is
/// empty or the address is invalid.
pub(super) fn linked(
    text: &str,
    head: Range<usize>,
    kind: &Kind,
    context: &ItemContext,
) -> Option<Title> {
    kind.page.link.as_ref()?;
    let (title, url, length) = inline(text, &head)
        .or_else(|| bare(text, &head))
        .or_else(|| by_label(text, &head, &context.definitions))?;
    let is_harmless = identifier::url(&url.value).is_ok();
    let title = unwrapped(text, title);
    let end = head.start + length;
    (!text[title.clone()].trim().is_empty() && is_harmless).then(|| Title {
        at: title,
        url: Some(url),
        after: separator(text, end..head.end),
        end,
    })
}

/// A link `[title](address)`. A label in brackets or a picture is no title.
fn inline(text: &str, head: &Range<usize>) -> Option<(Range<usize>, Mark, usize)> {
    let (title, url, length) = link_at(text, head.clone())?;
    let is_title = !text[title.clone()].starts_with("![");
    is_title.then(|| (title, address(text, url), length))
}

/// A link `<address>`, or an address without brackets.
fn bare(text: &str, head: &Range<usize>) -> Option<(Range<usize>, Mark, usize)> {
    let source = &text[head.clone()];
    let (inner, signs) = match source.strip_prefix('<') {
        Some(inner) => (inner, 1),
        None => (source, 0),
    };
    let is_web = inner.starts_with("https://") || inner.starts_with("http://");
    let length = match signs {
        1 => inner.find('>')?,
        _ => inner.find(char::is_whitespace).unwrap_or(inner.len()),
    };
    let length = if signs == 0 {
        inner[..length]
            .trim_end_matches(['.', ',', ':', ';', ')'])
            .len()
    } else {
        length
    };
    let at = head.start + signs..head.start + signs + length;
    let is_one = is_web && !inner[..length].contains([' ', '<', '\n']);
    is_one.then(|| (at.clone(), address(text, at), length + 2 * signs))
}

/// A link `[title][label]`, `[label][]` or `[label]` to a definition on the page.
fn by_label(
    text: &str,
    head: &Range<usize>,
    definitions: &Definitions,
) -> Option<(Range<usize>, Mark, usize)> {
    if definitions.is_empty() {
        return None;
    }
    let source = &text[head.clone()];
    let inner = source.strip_prefix('[')?;
    let words = inner.find(']')?;
    let label = inner[words + 1..]
        .strip_prefix('[')
        .and_then(|rest| Some((rest, rest.find(']')?)));
    let (label, length) = match label {
        Some((_, 0)) => (&inner[..words], words + 4),
        Some((rest, length)) => (&rest[..length], words + length + 4),
        None => (&inner[..words], words + 2),
    };
    let url = Mark {
        value: definitions
            .get(&markdown::label(label))?
            .replace(' ', "%20"),
        // The address is elsewhere on the page.
        at: head.start..head.start,
    };
    Some((head.start + 1..head.start + 1 + words, url, length))
}

/// The range of a title without the emphasis around the whole of it.
fn unwrapped(text: &str, at: Range<usize>) -> Range<usize> {
    for wrap in ["***", "**", "__", "*", "_", "`"] {
        let source = &text[at.clone()];
        let inner = source
            .strip_prefix(wrap)
            .and_then(|rest| rest.strip_suffix(wrap));
        if inner.is_some_and(|inner| !inner.is_empty() && !inner.contains(wrap)) {
            return at.start + wrap.len()..at.end - wrap.len();
        }
    }
    at
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
