//! Finds the section of a page that an entry belongs to, and adds group headings when needed.

use super::headings::{Announced, Headings};
use super::splice;
use crate::model::layout::{Layout, Piece, Role, Section};
use crate::model::{Entry, Kind, Period, Value};
use crate::text::fold::fold;
use crate::text::markdown::words;

/// Whether an entry belongs in a section: it has the section's kind, choices, topic and period.
pub(super) fn belongs(entry: &Entry, section: &Section, kind: &Kind) -> bool {
    section.kind.as_deref() == Some(entry.kind.as_str())
        && choices_fit(entry, section)
        && section
            .topic
            .as_ref()
            .is_none_or(|topic| has_topic(entry, topic))
        && section.period.as_ref().is_none_or(|period| {
            kind.page
                .group
                .as_ref()
                .is_some_and(|field| same_period(entry.value(field), period))
        })
}

/// Whether an entry has the choices that a heading stands for.
fn choices_fit(entry: &Entry, section: &Section) -> bool {
    section.choices.iter().all(|(field, choice)| {
        entry
            .value(field)
            .is_some_and(|value| value.text() == *choice)
    })
}

/// Whether an entry has the topic of a heading.
pub(super) fn has_topic(entry: &Entry, topic: &str) -> bool {
    let topic = fold(topic);
    entry.topics.iter().any(|known| fold(known) == topic)
}

/// Whether a value is the period of a heading: `Feb-March 2024` equals `2024-02/2024-03`.
fn same_period(value: Option<&Value>, text: &str) -> bool {
    match (value, Period::read_fixed(text)) {
        (Some(Value::Period(period)), Ok(other)) => {
            period.text == other.text || period.edtf == other.edtf
        }
        _ => false,
    }
}

/// The piece index of the heading for an entry. A heading for its topic or period is added if the
/// section groups its entries that way. `None` if the page has no section for the kind.
pub(super) fn section_for(
    layout: &mut Layout,
    entry: &Entry,
    kind: &Kind,
    headings: &Headings,
    newline: &'static str,
) -> Option<usize> {
    let Some(root) = best_root(layout, entry) else {
        return own_group(layout, entry, kind);
    };
    let end = region_end(layout, root);
    let children: Vec<(usize, Section)> = (root + 1..end)
        .filter_map(|at| match &layout.pieces[at].role {
            Role::Heading(section)
                if !section.root
                    && section.kind.as_deref() == Some(entry.kind.as_str())
                    && choices_fit(entry, section) =>
            {
                Some((at, section.clone()))
            }
            _ => None,
        })
        .collect();
    if let Some((at, _)) = children.iter().find(|(_, section)| {
        (section.topic.is_some() || section.period.is_some()) && belongs(entry, section, kind)
    }) {
        return Some(*at);
    }
    let period = kind
        .page
        .group
        .as_ref()
        .and_then(|field| entry.value(field))
        .map(Value::text);
    // A period heading is added to a section that has some, or that has neither entries directly
    // under it nor topic headings.
    let direct = has_entries(layout, root);
    let by_period = children.iter().any(|(_, section)| section.period.is_some());
    let by_topic = children.iter().any(|(_, section)| section.topic.is_some());
    // A new heading is not put behind one of another kind.
    let is_other = |at: &usize| match &layout.pieces[*at].role {
        Role::Heading(section) => section.root || section.kind != Some(entry.kind.clone()),
        _ => false,
    };
    let end = (root + 1..end).find(is_other).unwrap_or(end);
    if let Some(period) = period.filter(|_| by_period || (!direct && !by_topic)) {
        return Some(new_heading(
            layout,
            root,
            end,
            &children,
            &Group::Period(period),
            headings,
            newline,
        ));
    }
    if by_topic {
        let topic = entry.topics.first();
        return Some(match topic.filter(|topic| names_topic(topic, headings)) {
            Some(topic) => new_heading(
                layout,
                root,
                end,
                &children,
                &Group::Topic(topic.clone()),
                headings,
                newline,
            ),
            // An entry without a topic, or with one that no heading can name, goes under a heading such as `Miscellaneous`, if any.
            None => children
                .iter()
                .find(|(_, section)| headings.is_catch_all(&section.title))
                .map_or(root, |(at, _)| *at),
        });
    }
    Some(root)
}

/// The heading for the topic or the period of an entry, on a page whose headings do not name its kind.
fn own_group(layout: &Layout, entry: &Entry, kind: &Kind) -> Option<usize> {
    layout.pieces.iter().position(|piece| match &piece.role {
        Role::Heading(section) => {
            (section.topic.is_some() || section.period.is_some()) && belongs(entry, section, kind)
        }
        _ => false,
    })
}

/// Whether a heading with the text of a topic is read as that topic.
pub(super) fn names_topic(topic: &str, headings: &Headings) -> bool {
    let is_plain =
        words(topic) == topic && !topic.ends_with('#') && !topic.contains(['\\', '<', '&']);
    is_plain
        && headings.announced(topic) == Announced::Nothing
        && Period::read_fixed(topic).is_err()
}

/// Whether a page has a section for a new entry.
pub fn has_section(layout: &Layout, entry: &Entry, kind: &Kind) -> bool {
    best_root(layout, entry).is_some() || own_group(layout, entry, kind).is_some()
}

/// The heading of the entry's kind that fits the entry best: the one with most matching choices.
fn best_root(layout: &Layout, entry: &Entry) -> Option<usize> {
    let mut best: Option<(usize, usize)> = None;
    for (at, piece) in layout.pieces.iter().enumerate() {
        let Role::Heading(section) = &piece.role else {
            continue;
        };
        if !section.root
            || section.kind.as_deref() != Some(entry.kind.as_str())
            || !choices_fit(entry, section)
        {
            continue;
        }
        // Entries under a heading decide only between headings with equally many choices, and not
        // if these have none. The first of equal headings wins.
        let weight = section.choices.len() * 2
            + usize::from(has_entries(layout, at) || section.choices.is_empty());
        if best.is_none_or(|(_, known)| weight > known) {
            best = Some((at, weight));
        }
    }
    best.map(|(at, _)| at)
}

/// Whether a heading has entries directly under it.
fn has_entries(layout: &Layout, heading: usize) -> bool {
    run(layout, heading)
        .iter()
        .any(|at| matches!(layout.pieces[*at].role, Role::Entry(_)))
}

/// The indices of the pieces between a heading and the next heading.
pub(super) fn run(layout: &Layout, heading: usize) -> Vec<usize> {
    (heading + 1..layout.pieces.len())
        .take_while(|at| !matches!(layout.pieces[*at].role, Role::Heading(_)))
        .collect()
}

/// The index after the last piece under a heading and its subheadings.
pub(super) fn region_end(layout: &Layout, heading: usize) -> usize {
    let Role::Heading(section) = &layout.pieces[heading].role else {
        return heading + 1;
    };
    let level = section.level;
    (heading + 1..layout.pieces.len())
        .find(|at| matches!(&layout.pieces[*at].role, Role::Heading(other) if other.level <= level))
        .unwrap_or(layout.pieces.len())
}

/// The property that the entries under a new heading share.
enum Group {
    Topic(String),
    Period(String),
}

/// Inserts a group heading into the section of `root` and returns its index. `end` is the index
/// after the section, `children` are its group headings.
fn new_heading(
    layout: &mut Layout,
    root: usize,
    end: usize,
    children: &[(usize, Section)],
    group: &Group,
    headings: &Headings,
    newline: &'static str,
) -> usize {
    let Role::Heading(parent) = layout.pieces[root].role.clone() else {
        return root;
    };
    // The level of the sibling groups, or one below the section.
    let level = children
        .first()
        .map_or((parent.level + 1).min(6), |(_, sibling)| sibling.level);
    let (title, mut section) = match group {
        Group::Topic(topic) => (
            topic.clone(),
            Section {
                topic: Some(topic.clone()),
                ..parent.clone()
            },
        ),
        Group::Period(period) => (
            period.clone(),
            Section {
                period: Some(period.clone()),
                ..parent.clone()
            },
        ),
    };
    (section.level, section.title, section.root) = (level, title.clone(), false);
    let before = match group {
        Group::Period(period) => before_in_time(children, period),
        // A heading such as `Miscellaneous` stays last.
        Group::Topic(_) => children
            .last()
            .filter(|(_, last)| headings.is_catch_all(&last.title))
            .map(|(at, _)| *at),
    };
    let text = format!("{} {title}{newline}", "#".repeat(level.into()));
    let piece = Piece {
        text,
        gap: String::new(),
        role: Role::Heading(section),
    };
    let at = before.unwrap_or(end);
    splice::insert_block(layout, at - 1, piece, newline);
    at
}

/// The index of the sibling heading before which the heading of a period is inserted; `None` for
/// the end. Siblings are assumed to go back in time, unless two or more are in ascending order.
fn before_in_time(children: &[(usize, Section)], period: &str) -> Option<usize> {
    // The first and the last day: periods with the same first day are ordered by the last.
    let start = |text: &str| {
        Period::read_fixed(text)
            .ok()
            .map(|period| (period.lower().to_owned(), period.upper().to_owned()))
    };
    let new = start(period)?;
    let known: Vec<(usize, (String, String))> = children
        .iter()
        .filter_map(|(at, section)| Some((*at, start(section.period.as_ref()?)?)))
        .collect();
    let forward = known.len() > 1 && known.windows(2).all(|pair| pair[0].1 <= pair[1].1);
    known
        .into_iter()
        .find(|(_, other)| if forward { *other > new } else { *other < new })
        .map(|(at, _)| at)
}
