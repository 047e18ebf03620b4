//! Where on a page an entry belongs, and the headings that have to be made for it.

use std::collections::BTreeMap;

use super::headings::Headings;
use super::item::{Manner, Shown, signs};
use super::seams;
use crate::model::layout::{Item, Layout, Piece, Role, Section};
use crate::model::{Entry, Kind, Period, Value};
use crate::text::fold::fold;

/// Whether an entry may stand below a heading: same kind, and nothing that the heading says contradicts it.
pub fn belongs(entry: &Entry, section: &Section, kind: &Kind) -> bool {
    section.kind.as_deref() == Some(entry.kind.as_str())
        && choices_fit(entry, section)
        && section.topic.as_ref().is_none_or(|topic| has_topic(entry, topic))
        && section.period.as_ref().is_none_or(|period| kind.page.group.as_ref().is_some_and(|field| same_period(entry.value(field), period)))
}

fn choices_fit(entry: &Entry, section: &Section) -> bool {
    section.choices.iter().all(|(field, choice)| entry.value(field).is_some_and(|value| value.text() == *choice))
}

fn has_topic(entry: &Entry, topic: &str) -> bool {
    let topic = fold(topic);
    entry.topics.iter().any(|known| fold(known) == topic)
}

fn same_period(value: Option<&Value>, text: &str) -> bool {
    match (value, Period::read_fixed(text)) {
        (Some(Value::Period(period)), Ok(other)) => period.text == other.text || period.edtf == other.edtf,
        _ => false,
    }
}

/// The piece behind which new text goes, and how the neighbours there are written.
pub struct Spot {
    /// Index of the heading of the section.
    pub heading: usize,
}

/// Finds the section for an entry, making a heading for its topic or period when its siblings have one. None when the page has no section for it.
pub fn spot(layout: &mut Layout, entry: &Entry, kind: &Kind, headings: &Headings, newline: &'static str) -> Option<Spot> {
    let root = best_root(layout, entry)?;
    let end = region_end(layout, root);
    let children: Vec<(usize, Section)> = (root + 1..end)
        .filter_map(|at| match &layout.pieces[at].role {
            Role::Heading(section) if !section.root && section.kind.as_deref() == Some(entry.kind.as_str()) && choices_fit(entry, section) => {
                Some((at, section.clone()))
            }
            _ => None,
        })
        .collect();
    if let Some((at, _)) = children.iter().find(|(_, section)| (section.topic.is_some() || section.period.is_some()) && belongs(entry, section, kind)) {
        return Some(Spot { heading: *at });
    }
    let period = kind.page.group.as_ref().and_then(|field| entry.value(field)).map(Value::text);
    let direct = has_entries(layout, root);
    let by_period = children.iter().any(|(_, section)| section.period.is_some());
    let by_topic = children.iter().any(|(_, section)| section.topic.is_some());
    if let Some(period) = period.filter(|_| by_period || (!direct && !by_topic)) {
        return Some(Spot { heading: new_heading(layout, root, end, &children, &Group::Period(period), headings, newline) });
    }
    if by_topic {
        return Some(Spot {
            heading: match entry.topics.first() {
                Some(topic) => new_heading(layout, root, end, &children, &Group::Topic(topic.clone()), headings, newline),
                None => children.iter().find(|(_, section)| headings.is_catch_all(&section.title)).map_or(root, |(at, _)| *at),
            },
        });
    }
    Some(Spot { heading: root })
}

/// The heading that names the kind and says most of what is true of the entry.
fn best_root(layout: &Layout, entry: &Entry) -> Option<usize> {
    let mut best: Option<(usize, usize)> = None;
    for (at, piece) in layout.pieces.iter().enumerate() {
        let Role::Heading(section) = &piece.role else { continue };
        if !section.root || section.kind.as_deref() != Some(entry.kind.as_str()) || !choices_fit(entry, section) {
            continue;
        }
        let weight = section.choices.len() * 2 + usize::from(has_entries(layout, at) || section.choices.is_empty());
        if best.is_none_or(|(_, known)| weight > known) {
            best = Some((at, weight));
        }
    }
    best.map(|(at, _)| at)
}

/// Whether entries stand right below a heading.
fn has_entries(layout: &Layout, heading: usize) -> bool {
    run(layout, heading).iter().any(|at| matches!(layout.pieces[*at].role, Role::Entry(_)))
}

/// The pieces between a heading and the next one.
pub fn run(layout: &Layout, heading: usize) -> Vec<usize> {
    (heading + 1..layout.pieces.len()).take_while(|at| !matches!(layout.pieces[*at].role, Role::Heading(_))).collect()
}

/// The index behind the last piece that stands below a heading.
fn region_end(layout: &Layout, heading: usize) -> usize {
    let Role::Heading(section) = &layout.pieces[heading].role else { return heading + 1 };
    let level = section.level;
    (heading + 1..layout.pieces.len())
        .find(|at| matches!(&layout.pieces[*at].role, Role::Heading(other) if other.level <= level))
        .unwrap_or(layout.pieces.len())
}

enum Group {
    Topic(String),
    Period(String),
}

fn new_heading(
    layout: &mut Layout,
    root: usize,
    end: usize,
    children: &[(usize, Section)],
    group: &Group,
    headings: &Headings,
    newline: &'static str,
) -> usize {
    let Role::Heading(parent) = layout.pieces[root].role.clone() else { return root };
    let level = children.first().map_or((parent.level + 1).min(6), |(_, sibling)| sibling.level);
    let (title, mut section) = match group {
        Group::Topic(topic) => (topic.clone(), Section { topic: Some(topic.clone()), ..parent.clone() }),
        Group::Period(period) => (period.clone(), Section { period: Some(period.clone()), ..parent.clone() }),
    };
    (section.level, section.title, section.root) = (level, title.clone(), false);
    let before = match group {
        Group::Period(period) => before_in_time(children, period),
        Group::Topic(_) => children.last().filter(|(_, last)| headings.is_catch_all(&last.title)).map(|(at, _)| *at),
    };
    let text = format!("{} {title}{newline}", "#".repeat(level.into()));
    let piece = Piece { text, gap: String::new(), role: Role::Heading(section) };
    let at = before.unwrap_or(end);
    seams::insert_block(layout, at - 1, piece, newline);
    at
}

/// The sibling before which a period stands, when the siblings go back in time (or forward).
fn before_in_time(children: &[(usize, Section)], period: &str) -> Option<usize> {
    let start = |text: &str| Period::read_fixed(text).ok().map(|period| (period.lower().to_owned(), period.upper().to_owned()));
    let new = start(period)?;
    let known: Vec<(usize, (String, String))> = children.iter().filter_map(|(at, section)| Some((*at, start(section.period.as_ref()?)?))).collect();
    let forward = known.len() > 1 && known.windows(2).all(|pair| pair[0].1 <= pair[1].1);
    known.into_iter().find(|(_, other)| if forward { *other > new } else { *other < new }).map(|(at, _)| at)
}

/// How the entries of a kind are written here: as those of the section, else as those elsewhere on the page, else plainly.
pub fn manner(layout: &Layout, heading: usize, kind: &Kind, newline: &'static str) -> Manner {
    let above = match &layout.pieces[heading].role {
        Role::Heading(section) => section.level,
        _ => 1,
    };
    let below = (above + 1).min(6);
    let near: Vec<(usize, &Item)> = last_items(layout, heading);
    let complete = near.len() > 1 && near.iter().any(|(_, item)| item.body.is_some());
    let all: Vec<(usize, &Item)> = match complete {
        true => Vec::new(),
        false => {
            let of_kind = layout.items().into_iter().filter(|(_, _, section)| section.kind.as_deref() == Some(kind.name.as_str()));
            of_kind.map(|(at, item, _)| (at, item)).collect()
        }
    };
    // A row is no model for what stands outside of its table.
    let model = near.iter().rfind(|(_, item)| item.cells == 0).or(all.iter().rfind(|(_, item)| item.cells == 0));
    let parted = |list: &[(usize, &Item)]| -> Option<String> {
        list.windows(2).filter(|pair| pair[0].0 + 1 == pair[1].0).map(|pair| layout.pieces[pair[0].0].gap.clone()).next_back()
    };
    let level = match model {
        Some((_, item)) if item.level == 0 => 0,
        // An entry on the level of its own heading would close it.
        Some((_, item)) => item.level.max(below),
        None if kind.page.heading => below,
        None => 0,
    };
    let marker = match (model, level) {
        (Some((_, item)), 0) => next_marker(&item.marker),
        (None, 0) => "- ".to_owned(),
        (_, level) => signs(level),
    };
    // What hangs below without indentation is nobody's model.
    let inline_of =
        |(at, item): &(usize, &Item)| item.body.as_ref().filter(|_| item.indent > 0).map(|body| !layout.pieces[*at].text[..body.at.start].ends_with('\n'));
    let mostly_inline = |list: &[(usize, &Item)]| -> Option<bool> {
        let bodies: Vec<bool> = list.iter().filter_map(inline_of).collect();
        let inline = bodies.iter().filter(|inline| **inline).count();
        (!bodies.is_empty()).then_some(inline * 2 >= bodies.len())
    };
    let inline = mostly_inline(&near).or_else(|| mostly_inline(&all));
    let list = if near.is_empty() { &all } else { &near };
    Manner {
        gap: parted(&near).or_else(|| parted(&all)).unwrap_or_else(|| if level > 0 { newline.to_owned() } else { String::new() }),
        lead: kind.page.lead.is_some() && (list.is_empty() || list.iter().any(|(_, item)| item.lead.is_some())),
        inline: inline.unwrap_or(true),
        level,
        marker,
        cells: 0,
        newline,
    }
}

/// The marker of the item after: numbers count on, boxes are empty.
fn next_marker(marker: &str) -> String {
    let marker = marker.replace("[x] ", "[ ] ").replace("[X] ", "[ ] ");
    let indent = marker.len() - marker.trim_start().len();
    let digits = marker[indent..].bytes().take_while(u8::is_ascii_digit).count();
    match marker[indent..indent + digits].parse::<u64>() {
        Ok(number) => format!("{}{}{}", &marker[..indent], number + 1, &marker[indent + digits..]),
        Err(_) => marker,
    }
}

/// Most entries of a section that are looked at for its manner and order.
const LOOKED_AT: usize = 500;

/// The last entries right below a heading, with their places.
fn last_items(layout: &Layout, heading: usize) -> Vec<(usize, &Item)> {
    let run = run(layout, heading);
    let items = run.iter().rev().filter_map(|at| match &layout.pieces[*at].role {
        Role::Entry(item) => Some((*at, item)),
        _ => None,
    });
    let mut last: Vec<(usize, &Item)> = items.take(LOOKED_AT).collect();
    last.reverse();
    last
}

/// Where in a section a new entry goes.
pub enum Seat {
    /// Before this entry.
    Before(usize),
    /// Behind this entry.
    Behind(usize),
    /// There is none yet.
    First,
}

/// The seat and the manner of an entry whose neighbour is the row of a table: a row beside it if it fits into one, else an item behind the table.
pub fn beside_rows(layout: &Layout, seat: Seat, manner: Manner, fits: bool) -> (Seat, Manner) {
    let (Seat::Before(at) | Seat::Behind(at)) = seat else { return (seat, manner) };
    let cells = match &layout.pieces[at].role {
        Role::Entry(item) => item.cells,
        _ => 0,
    };
    if cells == 0 {
        return (seat, manner);
    }
    if fits {
        return (seat, Manner { cells, level: 0, gap: String::new(), ..manner });
    }
    let end = (at..layout.pieces.len()).find(|at| !layout.pieces[*at].gap.is_empty()).unwrap_or(layout.pieces.len() - 1);
    let gap = manner.newline.to_owned();
    (Seat::Behind(end), Manner { gap, ..manner })
}

/// The seat of an entry in a section: by the order field, by the period before the titles, else at the end.
pub fn seat(layout: &Layout, heading: usize, entry: &Entry, kind: &Kind, entries: &BTreeMap<&str, &Entry>) -> Seat {
    let items = last_items(layout, heading);
    let Some((last, _)) = items.last() else { return Seat::First };
    let order = kind.page.order.as_deref().and_then(|field| entry.value(field).map(|own| (field, own)));
    if let Some((field, own)) = order {
        let later =
            items.iter().find(|(_, item)| entries.get(item.uid.as_str()).and_then(|other| other.value(field)).is_some_and(|other| other.order(own).is_gt()));
        return later.map_or(Seat::Behind(*last), |(at, _)| Seat::Before(*at));
    }
    let own = Shown::of(entry, kind).lead.and_then(|lead| Period::read_fixed(&lead).ok());
    let Some(own) = own else { return Seat::Behind(*last) };
    let leads: Vec<(usize, Period)> = items.iter().filter_map(|(at, item)| Some((*at, Period::read_fixed(&item.lead.as_ref()?.value).ok()?))).collect();
    let back = leads.len() > 1 && leads.windows(2).all(|pair| pair[0].1.lower() >= pair[1].1.lower());
    match leads.iter().find(|(_, other)| back && other.lower() < own.lower()) {
        Some((at, _)) => Seat::Before(*at),
        None => Seat::Behind(*last),
    }
}
