//! Heading entries: parses and writes an entry that is a heading with the text under it.

use std::ops::Range;

use super::body::block;
use super::guarded::{guarded, unguarded};
use super::marks::mark;
use super::page_item::{ItemStyle, PageItem};
use super::title::{ItemContext, Title, linked, linked_title, lists_links};
use crate::model::Kind;
use crate::model::layout::{Item, Mark};
use crate::text::markdown::{Block, BlockKind, blocks, escape};

/// Written under a heading entry that has no body, for kinds without `page.heading`. A heading with
/// nothing under it would be read as a topic.
const NOTHING: &str = "<!-- -->";

/// Parses a heading and the text under it as an entry. `title` is the byte range of the heading's
/// text in `text`, `end` the offset at which the heading ends. `None` if the title is empty.
pub(super) fn read_heading(
    text: &str,
    level: u8,
    title: Range<usize>,
    end: usize,
    kind: &Kind,
    context: &ItemContext,
) -> Option<Item> {
    let title = match context.foreign {
        true => {
            let start = title.start + numbering(&text[title.clone()]);
            start..start + without_full_stop(&text[start..title.end]).len()
        }
        false => title,
    };
    let marker = text[..title.start.min(text.len())].to_owned();
    let whole = Title {
        at: title.clone(),
        url: None,
        after: title.end,
        end: title.end,
    };
    // A link is the title only if it is the whole heading, or if the items are links.
    let is_title =
        |linked: &Title| linked.after == title.end || context.foreign && lists_links(kind);
    let title = linked(text, title.clone(), kind, context)
        .filter(is_title)
        .unwrap_or(whole);
    let body = block(text, end, 0)
        .map(|body| Mark {
            value: unguarded(&body.value, kind),
            at: body.at,
        })
        .filter(|body| body.value != NOTHING);
    let item = Item {
        title: mark(text, title.at),
        url: title.url,
        body,
        level,
        marker,
        ..Item::default()
    };
    (!item.title.value.is_empty()).then_some(item)
}

/// A heading without the full stop that ends it as a sentence.
fn without_full_stop(heading: &str) -> &str {
    let whole = heading.strip_suffix('.').filter(|rest| {
        let last = rest.rsplit(' ').next().unwrap_or_default();
        rest.split(' ').count() > 4 && !last.contains('.') && last.chars().count() > 2
    });
    whole.unwrap_or(heading)
}

/// Whether a heading is a question of a list of questions: `Q4: …`, `Q: …`.
pub(super) fn is_question(heading: &str) -> bool {
    heading.starts_with('Q') && numbering(heading) > 0
}

/// The length of a number before a heading: `1. `, `2.1 `, `3) `, `Q4: ` or `Q: `. One with an escaped sign
/// is part of the title.
pub(super) fn numbering(heading: &str) -> usize {
    if let Some(question) = heading.strip_prefix("Q: ") {
        return heading.len() - question.trim_start().len();
    }
    let bare = heading.strip_prefix('Q').unwrap_or(heading);
    let length = bare.find(|c: char| !c.is_ascii_digit() && !".):".contains(c));
    let Some((number, rest)) = length.map(|length| bare.split_at(length)) else {
        return 0;
    };
    let is_number = (2..8).contains(&number.len())
        && number.starts_with(|c: char| c.is_ascii_digit())
        && number.contains(['.', ')', ':']);
    let is_apart = rest.starts_with(' ') && !rest.trim_start().is_empty();
    match is_number && is_apart {
        true => heading.len() - rest.trim_start().len(),
        false => 0,
    }
}

/// Parses the text of a heading entry; `None` if it does not begin with a heading of that level.
pub(super) fn reread_heading(
    text: &str,
    level: u8,
    kind: &Kind,
    context: &ItemContext,
) -> Option<Item> {
    match blocks(text).into_iter().next()? {
        Block {
            kind:
                BlockKind::Heading {
                    level: found,
                    text: title,
                },
            range,
        } if found == level => read_heading(text, level, title, range.end, kind, context),
        _ => None,
    }
}

/// The text of a heading entry. The title is escaped only if it would not be read back unchanged.
pub(super) fn write_heading(
    shown: &PageItem,
    kind: &Kind,
    style: &ItemStyle,
    context: &ItemContext,
) -> String {
    let line = |title: &str| {
        let linked = shown.url.as_ref().map(|url| linked_title(title, url));
        format!("{}{}", style.marker, linked.as_deref().unwrap_or(title))
    };
    // Only the heading line is read back: `guarded` protects the body.
    let same = |line: &str| {
        let read =
            reread_heading(line, style.level, kind, context).map(|item| PageItem::read(&item));
        read.is_some_and(|read| (&read.title, &read.url) == (&shown.title, &shown.url))
    };
    let plain = line(&shown.title);
    let mut text = if same(&plain) {
        plain
    } else {
        line(&escape(&shown.title))
    };
    if !shown.body.is_empty() {
        text.push_str("\n\n");
        text.push_str(&guarded(&shown.body, kind));
    } else if !kind.page.heading {
        text.push_str("\n\n");
        text.push_str(NOTHING);
    }
    text.push('\n');
    text.replace('\n', style.newline)
}
