//! A heading with the text under it as an entry: read and written anew.

use std::ops::Range;

use super::body::block;
use super::guarded::{guarded, unguarded};
use super::page_item::{ItemStyle, PageItem};
use super::title::{Title, linked, linked_title, mark};
use crate::model::Kind;
use crate::model::layout::{Item, Mark};
use crate::text::markdown::{Block, BlockKind, blocks, escape};

/// What stands below a heading that is an entry and says nothing, where a heading with nothing below would be a topic.
const NOTHING: &str = "<!-- -->";

/// Reads a heading with the text below it as an entry of a kind; `title` is the place of the heading's text, `end` that of its line.
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

/// Reads the text of a heading of a level with what stands below it.
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

/// A heading with its text below, written anew; the title is escaped when it would not read back otherwise.
pub(super) fn write_heading(shown: &PageItem, kind: &Kind, style: &ItemStyle) -> String {
    let line = |title: &str| {
        let linked = shown.url.as_ref().map(|url| linked_title(title, url));
        format!("{}{}", style.marker, linked.as_deref().unwrap_or(title))
    };
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
