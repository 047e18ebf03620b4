//! List entries: parses, edits and writes an entry that is a list item. Start reading at
//! [`read_item`].

use std::ops::Range;

use super::body::{begins_block, block, body, head_end, indented, inline_value};
use super::guarded::guarded;
use super::marks::mark;
use super::page_item::{ItemStyle, PageItem};
use super::table_row;
use super::tail::{Tail, TitleEnd, read_tail};
use super::title::{ItemContext, find_title, leading_period, linked_title};
use crate::model::Kind;
use crate::model::layout::{Fact, Item};
use crate::text::markdown::{Block, BlockKind, blocks, definitions, escape, item_marker};

/// Parses a list item as an entry of a kind; `None` if it has no marker or no title, or is a line of a
/// table of contents.
pub(super) fn read_item(text: &str, kind: &Kind, context: &ItemContext) -> Option<Item> {
    let first = text.lines().next()?;
    // `-text` is not an item: white space must follow the marker.
    let (indent, marker, content) =
        item_marker(first).filter(|(_, marker, _)| marker.ends_with([' ', '\t']))?;
    // A task box is part of the marker, but the body is not indented by its width.
    let box_width = if marker.ends_with("] ") { 4 } else { 0 };
    let head_end = head_end(text, content);
    let mut at = content;
    let mut item = Item {
        marker: text[..indent].to_owned() + marker,
        indent: content - box_width,
        ..Item::default()
    };
    if kind.page.lead.is_some()
        && let Some((lead, after)) = leading_period(text, at..head_end)
    {
        item.lead = Some(lead);
        at = after;
    }
    let title = find_title(text, at..head_end, kind, context)?;
    if title
        .url
        .as_ref()
        .is_some_and(|url| url.value.starts_with('#'))
    {
        return None;
    }
    item.title = mark(text, title.at);
    item.url = title.url;
    // After a colon or a dash, everything is the body.
    let is_separated = !text[title.end..title.after.max(title.end)]
        .trim()
        .is_empty();
    let first = head_end.min(text.len());
    let tail = match is_separated {
        true => Tail::none(title.after),
        false => {
            let end = TitleEnd {
                from: title.end,
                is_linked: item.url.is_some(),
                is_marked: title.end > item.title.at.end,
            };
            read_tail(text, &end, first, kind)
        }
    };
    let after = if tail.after == title.end {
        title.after
    } else {
        tail.after
    };
    item.facts = tail.facts;
    item.url = item.url.or(tail.url);
    item.body = body(text, after, head_end, item.indent);
    if let (Some(cut), Some(body)) = (tail.cut, &mut item.body) {
        let [before, rest] =
            [after..cut.start, cut.end..body.at.end.max(cut.end)].map(|at| &text[at]);
        body.value = inline_value(&join(before, rest), item.indent);
        item.split = true;
    }
    (!item.title.value.is_empty()).then_some(item)
}

/// The two parts of a body around a link that was cut out. Separators beside the cut go with it, so that
/// neither part keeps a stray comma.
fn join(before: &str, rest: &str) -> String {
    let before = before.trim_end_matches([' ', '\t', ',', ';', '-', '–']);
    let rest = rest.trim_start_matches([' ', '\t', ',']);
    let between = if rest.is_empty() || rest.starts_with(['.', '\n', '\r']) {
        ""
    } else {
        " "
    };
    format!("{before}{between}{rest}")
}

/// Makes the unindented paragraph after an item its body. `text` is the item with the paragraph,
/// `start` the byte offset of the paragraph.
pub(super) fn hang(item: &mut Item, text: &str, start: usize) {
    item.indent = 0;
    item.body = block(text, start, 0);
}

/// Edits only the changed parts of an entry's text. `None` if the entry must be rewritten instead:
/// a URL or body was added, a URL, period or body was removed, or an inline body now begins with
/// another block than a paragraph.
/// The result may be parsed differently from `shown`; the caller must check that.
pub(super) fn splice(
    text: &str,
    item: &Item,
    shown: &PageItem,
    kind: &Kind,
    newline: &str,
) -> Option<String> {
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    if item.title.value != shown.title {
        edits.push((item.title.at.clone(), shown.title.clone()));
    }
    for (mark, now) in [(&item.url, &shown.url), (&item.lead, &shown.lead)] {
        match (mark, now) {
            // The address of a reference link is elsewhere, and that of an address is its title too.
            (Some(mark), Some(now))
                if mark.value != *now && (mark.at.is_empty() || mark.at == item.title.at) =>
            {
                return None;
            }
            (Some(mark), Some(now)) if mark.value != *now => {
                edits.push((mark.at.clone(), now.clone()))
            }
            (Some(_), None) => return None,
            // A lead that the item does not show is not added; a new URL needs a new text.
            (None, Some(_)) if std::ptr::eq(mark, &item.url) => return None,
            _ => {}
        }
    }
    match &item.body {
        Some(mark) if mark.value != shown.body => {
            if item.split {
                return None;
            }
            let inline = mark.at.start > 0 && !text[..mark.at.start].ends_with('\n');
            if shown.body.is_empty()
                || (inline && begins_block(shown.body.lines().next().unwrap_or("")))
            {
                return None;
            }
            let body = if item.level > 0 {
                guarded(&shown.body, kind)
            } else {
                shown.body.clone()
            };
            edits.push((
                mark.at.clone(),
                indented(&body, item.indent, inline).replace('\n', newline),
            ));
        }
        None if !shown.body.is_empty() => return None,
        _ => {}
    }
    let is_gone = |fact: &&Fact| {
        fact.at.is_some() && shown.facts.iter().all(|(field, _)| *field != fact.field)
    };
    if item.facts.iter().any(|fact| is_gone(&fact)) {
        return None;
    }
    for fact in &item.facts {
        let now = shown.facts.iter().find(|(field, _)| *field == fact.field);
        if let (Some((_, now)), Some(at)) = (now, &fact.at)
            && fact.values[0] != *now
        {
            edits.push((at.clone(), now.clone()));
        }
    }
    // From the end, so that the ranges of the other edits stay valid.
    edits.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
    let mut spliced = text.to_owned();
    for (at, now) in edits {
        spliced.replace_range(at, &now);
    }
    Some(spliced)
}

/// Whether the text of an item ends in an unescaped colon, so that the paragraph after it is its
/// body.
pub(super) fn hangs(text: &str) -> bool {
    text.trim_end()
        .strip_suffix(':')
        .is_some_and(|before| !before.ends_with('\\'))
}

/// Whether a text is parsed as exactly one item, with or without an unindented paragraph as its
/// body, and cannot absorb text that follows it.
pub(super) fn stands_alone(text: &str, shown: &PageItem) -> bool {
    // A title such as `[a]: b` would define a link for the whole page.
    if !definitions(text.lines().next().unwrap_or_default()).is_empty() {
        return false;
    }
    // The heading appended here must be parsed as a block of its own.
    let mut found = blocks(&format!("{text}\n# -\n"));
    let ends = found
        .pop()
        .is_some_and(|last| matches!(last.kind, BlockKind::Heading { .. }));
    // Without a body, the item must not end in a colon: the next paragraph would become its body.
    ends && match found.as_slice() {
        [
            Block {
                kind: BlockKind::Item,
                ..
            },
        ] => !(shown.body.is_empty() && hangs(text)),
        [
            Block {
                kind: BlockKind::Item,
                range,
            },
            Block {
                kind: BlockKind::Other,
                ..
            },
        ] => hangs(&text[range.clone()]),
        _ => false,
    }
}

/// An item with another marker and its lines indented for it; `None` if it would be read as something else.
/// A checked box stays checked.
pub(super) fn with_marker(
    text: &str,
    item: &Item,
    marker: &str,
    kind: &Kind,
    context: &ItemContext,
) -> Option<(String, Item)> {
    let rest = text.strip_prefix(&item.marker)?;
    let (before, after) = (item.marker.len(), marker.len());
    let marker = match before == after && item.marker.ends_with("] ") {
        true => item.marker.as_str(),
        false => marker,
    };
    if before == after {
        let (text, marker) = (format!("{marker}{rest}"), marker.to_owned());
        return Some((
            text,
            Item {
                marker,
                ..item.clone()
            },
        ));
    }
    let mut text = marker.to_owned();
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        let own = line.len() - line.trim_start_matches(' ').len();
        match number == 0 || line.trim().is_empty() {
            true => text.push_str(line),
            false if after > before => {
                text.push_str(&" ".repeat(after - before));
                text.push_str(line);
            }
            false => text.push_str(&line[own.min(before - after)..]),
        }
    }
    let said = PageItem::read(item);
    let again = read_item(&text, kind, context)
        .filter(|again| stands_alone(&text, &said) && PageItem::read(again) == said)?;
    let loose = item.loose.clone();
    Some((text, Item { loose, ..again }))
}

/// The text of an entry as a table row if the style has cells, otherwise as a list item. The title
/// is escaped only if it would not be read back unchanged.
pub(super) fn write_item(
    shown: &PageItem,
    kind: &Kind,
    style: &ItemStyle,
    context: &ItemContext,
) -> String {
    if style.cells > 0
        && let Some(row) = table_row::write_row(&table_row::shown(shown), style)
    {
        return row;
    }
    let plain = item_text(shown, kind, style, &shown.title);
    let same = |text: &str| {
        stands_alone(text, shown)
            && read_item(text, kind, context).is_some_and(|item| {
                let read = PageItem::read(&item);
                PageItem {
                    // A lead that the style leaves out cannot be read back.
                    lead: if style.lead {
                        read.lead.clone()
                    } else {
                        shown.lead.clone()
                    },
                    ..read
                } == *shown
            })
    };
    if same(&plain.replace(style.newline, "\n")) {
        plain
    } else {
        item_text(shown, kind, style, &escape(&shown.title))
    }
}

/// The text of a list item with the title as given.
fn item_text(shown: &PageItem, kind: &Kind, style: &ItemStyle, title: &str) -> String {
    let mut text = style.marker.clone();
    if let Some(lead) = shown.lead.as_ref().filter(|_| style.lead) {
        text.push_str(lead);
        text.push_str(": ");
    }
    match &shown.url {
        Some(url) => text.push_str(&linked_title(title, url)),
        None => text.push_str(title),
    }
    for (_, value) in &shown.facts {
        text.push_str(&format!(" ({value})"));
    }
    // As in `read_item`, the body is not indented by the width of a task box.
    let indent = style
        .marker
        .strip_suffix("[ ] ")
        .unwrap_or(&style.marker)
        .len();
    if !shown.body.is_empty() {
        let inline = style.inline
            && kind.page.inline_body
            && !begins_block(shown.body.lines().next().unwrap_or("").trim());
        if inline {
            text.push_str(": ");
        } else {
            text.push_str(if kind.page.inline_body {
                ":\n\n"
            } else {
                "\n\n"
            });
        }
        text.push_str(&indented(&shown.body, indent, inline));
    }
    text.push('\n');
    text.replace('\n', style.newline)
}
