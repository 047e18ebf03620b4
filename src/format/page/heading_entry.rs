//! Heading entries: parses and writes an entry that is a heading with the text under it.

use std::ops::Range;

use super::body::block;
use super::guarded::{guarded, unguarded};
use super::page_item::{ItemStyle, PageItem};
use super::title::{Title, linked, linked_title, mark};
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
) -> Option<Item> {
    let marker = text[..title.start.min(text.len())].to_owned();
    let whole = Title {
        at: title.clone(),
        url: None,
        after: title.end,
    };
    // A link is the title only if it is the whole heading.
    let title = linked(text, title.clone(), kind)
        .filter(|linked| linked.after == title.end)
        .unwrap_or(whole);
    let url = title.url.map(|at| mark(text, at));
    let body = block(text, end, 0)
        .map(|body| Mark {
            value: unguarded(&body.value, kind),
            at: body.at,
        })
        .filter(|body| body.value != NOTHING);
    let item = Item {
        title: mark(text, title.at),
        url,
        body,
        level,
        marker,
        ..Item::default()
    };
    (!item.title.value.is_empty()).then_some(item)
}

/// Parses the text of a heading entry; `None` if it does not begin with a heading of that level.
pub(super) fn reread_heading(text: &str, level: u8, kind: &Kind) -> Option<Item> {
    match blocks(text).into_iter().next()? {
        Block {
            kind:
                BlockKind::Heading {
                    level: found,
                    text: title,
                },
            range,
        } if found == level => read_heading(text, level, title, range.end, kind),
        _ => None,
    }
}

/// The text of a heading entry. The title is escaped only if it would not be read back unchanged.
pub(super) fn write_heading(shown: &PageItem, kind: &Kind, style: &ItemStyle) -> String {
    let line = |title: &str| {
        let linked = shown.url.as_ref().map(|url| linked_title(title, url));
        format!("{}{}", style.marker, linked.as_deref().unwrap_or(title))
    };
    // Only the heading line is read back: `guarded` protects the body.
    let same = |line: &str| {
        let read = reread_heading(line, style.level, kind).map(|item| PageItem::read(&item));
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
