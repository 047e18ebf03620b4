//! Renames the topic headings of a page with their topics.

use std::collections::BTreeMap;

use super::headings::Headings;
use super::section::{has_topic, names_topic, region_end, run};
use crate::model::Entry;
use crate::model::layout::{Layout, Role};
use crate::text::fold::fold;

/// Renames each topic heading under which all entries have another topic in place of its own, if no other
/// heading has that one. A heading with prose and a single entry stays: the prose is about the old topic.
/// `visible` has the entries of the page by their uids.
pub(super) fn rename_groups(
    layout: &mut Layout,
    visible: &BTreeMap<&str, &Entry>,
    headings: &Headings,
) {
    for at in 0..layout.pieces.len() {
        let Role::Heading(section) = &layout.pieces[at].role else {
            continue;
        };
        let Some(old) = section.topic.clone().filter(|_| !section.root) else {
            continue;
        };
        if let Some(new) = new_topic(layout, at, &old, visible)
            && names_topic(leaf(&new), headings)
        {
            rename(layout, at, &old, &new);
        }
    }
}

/// The topic that all entries under a heading have in place of that of the heading, if it has the same
/// parent.
fn new_topic(
    layout: &Layout,
    heading: usize,
    old: &str,
    visible: &BTreeMap<&str, &Entry>,
) -> Option<String> {
    let region = heading + 1..region_end(layout, heading);
    let mut members = Vec::new();
    for (at, item, section) in layout.items() {
        if region.contains(&at)
            && let Some(entry) = visible.get(item.uid.as_str())
        {
            // A topic below that of the heading.
            let below = section.topic.as_deref()?.strip_prefix(old)?;
            if has_topic(entry, &format!("{old}{below}")) {
                return None;
            }
            members.push((*entry, below));
        }
    }
    let has_prose =
        (run(layout, heading).iter()).any(|at| matches!(layout.pieces[*at].role, Role::Prose));
    let (first, below) = *members.first()?;
    if has_prose && members.len() == 1 {
        return None;
    }
    let is_new = |new: &&str| {
        let is_there = |topic: &String| fold(topic) == fold(new);
        let has_heading = layout.pieces.iter().any(|piece| match &piece.role {
            Role::Heading(section) => section.topic.as_ref().is_some_and(is_there),
            _ => false,
        });
        parent(new) == parent(old)
            && !has_heading
            && (members.iter()).all(|(entry, below)| has_topic(entry, &format!("{new}{below}")))
    };
    let topics = first.topics.iter();
    let mut topics = topics
        .filter_map(|topic| topic.strip_suffix(below))
        .filter(is_new);
    topics.next().map(str::to_owned)
}

/// Gives a heading and those below it another topic, if its text has the old one.
fn rename(layout: &mut Layout, heading: usize, old: &str, new: &str) {
    let region = heading + 1..region_end(layout, heading);
    let piece = &mut layout.pieces[heading];
    let Role::Heading(section) = &mut piece.role else {
        return;
    };
    let title = match section.title == old {
        true => new,
        false => leaf(new),
    };
    let is_named = [old, leaf(old)].contains(&section.title.as_str());
    if !is_named || piece.text.matches(&section.title).count() != 1 {
        return;
    }
    piece.text = piece.text.replacen(&section.title, title, 1);
    section.title = title.to_owned();
    section.topic = Some(new.to_owned());
    for at in region {
        if let Role::Heading(section) = &mut layout.pieces[at].role
            && let Some(topic) = &section.topic
            && let Some(below) = topic.strip_prefix(old)
        {
            section.topic = Some(format!("{new}{below}"));
        }
    }
}

/// The last part of a topic, `Vision` of `ML/Vision`.
fn leaf(topic: &str) -> &str {
    topic.rsplit('/').next().unwrap_or(topic)
}

/// What a topic is in, `ML` of `ML/Vision`.
fn parent(topic: &str) -> Option<&str> {
    topic.rsplit_once('/').map(|(parent, _)| parent)
}
