//! Chooses the position of a new entry in its section, and the style in which it is written.

use std::collections::BTreeMap;

use super::page_item::{ItemStyle, PageItem, heading_marker};
use super::section::run;
use crate::model::layout::{Item, Layout, Role};
use crate::model::{Entry, Kind, Period};

/// The style for a new entry under a heading: that of the section's entries, else that of the
/// kind's entries elsewhere on the page, else a default.
pub(super) fn style(
    layout: &Layout,
    heading: usize,
    kind: &Kind,
    newline: &'static str,
) -> ItemStyle {
    let above = match &layout.pieces[heading].role {
        Role::Heading(section) => section.level,
        _ => 1,
    };
    let below = (above + 1).min(6);
    let near: Vec<(usize, &Item)> = last_items(layout, heading);
    // Two entries, one of them with a body, are a complete model. The rest of the page is then
    // not searched.
    let complete = near.len() > 1 && near.iter().any(|(_, item)| item.body.is_some());
    let all: Vec<(usize, &Item)> = match complete {
        true => Vec::new(),
        false => {
            let of_kind = layout
                .items()
                .into_iter()
                .filter(|(_, _, section)| section.kind.as_deref() == Some(kind.name.as_str()));
            of_kind.map(|(at, item, _)| (at, item)).collect()
        }
    };
    // A table row is not a model for an entry outside its table.
    let model = near
        .iter()
        .rfind(|(_, item)| item.cells == 0)
        .or(all.iter().rfind(|(_, item)| item.cells == 0));
    // The blank lines after the last entry that another entry directly follows.
    let parted = |list: &[(usize, &Item)]| -> Option<String> {
        list.windows(2)
            .filter(|pair| pair[0].0 + 1 == pair[1].0)
            .map(|pair| layout.pieces[pair[0].0].gap.clone())
            .next_back()
    };
    let level = match model {
        Some((_, item)) if item.level == 0 => 0,
        // An entry at the level of its section's heading would close the section.
        Some((_, item)) => item.level.max(below),
        None if kind.page.heading => below,
        None => 0,
    };
    let marker = match (model, level) {
        (Some((_, item)), 0) => next_marker(&item.marker),
        (None, 0) => "- ".to_owned(),
        (_, level) => heading_marker(level),
    };
    // An unindented body after an item is not a model for new entries.
    let inline_of = |(at, item): &(usize, &Item)| {
        item.body
            .as_ref()
            .filter(|_| item.indent > 0)
            .map(|body| !layout.pieces[*at].text[..body.at.start].ends_with('\n'))
    };
    // `None` if no entry has a body to go by.
    let mostly_inline = |list: &[(usize, &Item)]| -> Option<bool> {
        let bodies: Vec<bool> = list.iter().filter_map(inline_of).collect();
        let inline = bodies.iter().filter(|inline| **inline).count();
        (!bodies.is_empty()).then_some(inline * 2 >= bodies.len())
    };
    let inline = mostly_inline(&near).or_else(|| mostly_inline(&all));
    let list = if near.is_empty() { &all } else { &near };
    ItemStyle {
        gap: parted(&near).or_else(|| parted(&all)).unwrap_or_else(|| {
            if level > 0 {
                newline.to_owned()
            } else {
                String::new()
            }
        }),
        // If there are entries and none has a period before its title, the new one has none either.
        lead: kind.page.lead.is_some()
            && (list.is_empty() || list.iter().any(|(_, item)| item.lead.is_some())),
        inline: inline.unwrap_or(true),
        level,
        marker,
        cells: 0,
        newline,
    }
}

/// The marker of the item after one with this marker: a number is incremented, a checkbox is empty.
fn next_marker(marker: &str) -> String {
    let marker = marker.replace("[x] ", "[ ] ").replace("[X] ", "[ ] ");
    let indent = marker.len() - marker.trim_start().len();
    let digits = marker[indent..]
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count();
    match marker[indent..indent + digits].parse::<u64>() {
        Ok(number) => format!(
            "{}{}{}",
            &marker[..indent],
            number + 1,
            &marker[indent + digits..]
        ),
        Err(_) => marker,
    }
}

/// Maximum number of entries of a section that are inspected for its style and order.
const MAX_SCANNED_BYTES: usize = 500;

/// The last entries directly under a heading, at most [`MAX_SCANNED_BYTES`], with the indices of their
/// pieces.
fn last_items(layout: &Layout, heading: usize) -> Vec<(usize, &Item)> {
    let run = run(layout, heading);
    let items = run
        .iter()
        .rev()
        .filter_map(|at| match &layout.pieces[*at].role {
            Role::Entry(item) => Some((*at, item)),
            _ => None,
        });
    let mut last: Vec<(usize, &Item)> = items.take(MAX_SCANNED_BYTES).collect();
    last.reverse();
    last
}

/// The position in a section at which a new entry is inserted.
pub(super) enum InsertionPoint {
    /// Before the entry with this piece index.
    Before(usize),
    /// After the piece with this index.
    Behind(usize),
    /// The section has no entries yet.
    First,
}

/// Adapts the position and style of a new entry next to a table row: it becomes another row if it
/// fits, else an item after the table. Other entries keep their position and style.
pub(super) fn beside_rows(
    layout: &Layout,
    seat: InsertionPoint,
    style: ItemStyle,
    fits: bool,
) -> (InsertionPoint, ItemStyle) {
    let (InsertionPoint::Before(at) | InsertionPoint::Behind(at)) = seat else {
        return (seat, style);
    };
    let cells = match &layout.pieces[at].role {
        Role::Entry(item) => item.cells,
        _ => 0,
    };
    if cells == 0 {
        return (seat, style);
    }
    if fits {
        return (
            seat,
            ItemStyle {
                cells,
                level: 0,
                gap: String::new(),
                ..style
            },
        );
    }
    // The table ends at the first piece with blank lines after it.
    let end = (at..layout.pieces.len())
        .find(|at| !layout.pieces[*at].gap.is_empty())
        .unwrap_or(layout.pieces.len() - 1);
    let gap = style.newline.to_owned();
    (InsertionPoint::Behind(end), ItemStyle { gap, ..style })
}

/// The position of a new entry in a section. It is found by the order field of the kind, or by the
/// periods before the titles if they are in descending order; otherwise it is the end.
pub(super) fn seat(
    layout: &Layout,
    heading: usize,
    entry: &Entry,
    kind: &Kind,
    entries: &BTreeMap<&str, &Entry>,
) -> InsertionPoint {
    let items = last_items(layout, heading);
    let Some((last, _)) = items.last() else {
        return InsertionPoint::First;
    };
    let order = kind
        .page
        .order
        .as_deref()
        .and_then(|field| entry.value(field).map(|own| (field, own)));
    if let Some((field, own)) = order {
        // Entries without a value in the order field are passed over.
        let later = items.iter().find(|(_, item)| {
            entries
                .get(item.uid.as_str())
                .and_then(|other| other.value(field))
                .is_some_and(|other| other.order(own).is_gt())
        });
        return later.map_or(InsertionPoint::Behind(*last), |(at, _)| {
            InsertionPoint::Before(*at)
        });
    }
    let own = PageItem::of(entry, kind)
        .lead
        .and_then(|lead| Period::read_fixed(&lead).ok());
    let Some(own) = own else {
        return InsertionPoint::Behind(*last);
    };
    let leads: Vec<(usize, Period)> = items
        .iter()
        .filter_map(|(at, item)| Some((*at, Period::read_fixed(&item.lead.as_ref()?.value).ok()?)))
        .collect();
    let back = leads.len() > 1
        && leads
            .windows(2)
            .all(|pair| pair[0].1.lower() >= pair[1].1.lower());
    match leads
        .iter()
        .find(|(_, other)| back && other.lower() < own.lower())
    {
        Some((at, _)) => InsertionPoint::Before(*at),
        None => InsertionPoint::Behind(*last),
    }
}
