//! The writer of pages: updates a layout to match the entries of the notebook.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::heading_entry::{reread_heading, write_heading};
use super::headings::Headings;
use super::list_item::{self, read_item, write_item};
use super::page_item::{ItemStyle, PageItem, heading_marker};
use super::placement::{self, InsertionPoint};
use super::regroup::rename_groups;
use super::section::{belongs, run, section_for};
use super::splice;
use super::table_row::{self, TitleCell};
use super::title::ItemContext;
use crate::model::layout::{Item, Layout, Open, Piece, Role, Section};
use crate::model::{Audience, Entry, Kind, Kinds};
use crate::text::markdown::escape;

/// The result of [`write()`]: an updated page.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenPage {
    /// The updated layout. [`Layout::text`] is the text of the page.
    pub layout: Layout,
    /// References of entries that could not be written, for example without a section for them.
    pub unplaced: Vec<String>,
}

/// Updates a layout to contain the entries that the audience may see. Entries on the page are
/// updated, removed or moved to their section. New ones are added in the order of `entries`, except
/// those in [`Layout::absent`]. The items with the uids in `held` stay as they are, whatever became of
/// their entries.
pub fn write(
    layout: &Layout,
    entries: &[Entry],
    kinds: &Kinds,
    headings: &Headings,
    audience: Audience,
    held: &HashSet<&str>,
) -> WrittenPage {
    let source = layout.text();
    // On a page with mixed line ends, new lines end in CRLF.
    let newline = if source.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let visible: BTreeMap<&str, &Entry> = entries
        .iter()
        .filter(|entry| audience.sees(entry))
        .map(|entry| (entry.uid.as_str(), entry))
        .collect();
    let context = ItemContext {
        foreign: layout.whole.is_some(),
        ..ItemContext::default()
    };
    let mut layout = layout.clone();
    // Before any entry is removed: `drop_empty_groups` drops only headings that had entries.
    mark_populated(&mut layout);
    rename_groups(&mut layout, &visible, headings);
    // The uids that are not to be added: removed by the user, or found on the page below.
    let mut standing: BTreeSet<String> = layout.absent.iter().cloned().collect();
    // The section of each piece before the changes. The loop advances `at` only past pieces that
    // stay, so it is always the index of the piece of `section`.
    let sections: Vec<Option<Section>> = {
        let mut open = Open::default();
        layout
            .pieces
            .iter()
            .map(|piece| open.visit(piece).cloned())
            .collect()
    };
    // The items that go to another section, with the texts of their entries and the periods of their old
    // sections.
    let mut leaving: BTreeMap<String, (String, Item, Option<String>)> = BTreeMap::new();
    let mut at = 0;
    for section in sections {
        let Piece {
            role: Role::Entry(item),
            text,
            ..
        } = &mut layout.pieces[at]
        else {
            at += 1;
            continue;
        };
        if held.contains(item.uid.as_str()) {
            standing.insert(item.uid.clone());
            at += 1;
            continue;
        }
        let found = visible.get(item.uid.as_str()).zip(section);
        let kept = found.and_then(|(entry, section)| {
            let kind = kinds.get(&entry.kind)?;
            let period = section.period.clone();
            // Elsewhere, the cells of a row that the entry does not hold would be lost.
            let stays = belongs(entry, &section, kind)
                || entry.kind == section.kind.unwrap_or_default()
                    && table_row::holds_more(text, item);
            if !stays && item.level == 0 && item.cells == 0 {
                let now = refreshed(text, item, entry, kind, newline, &context);
                let (text, item) = now.unwrap_or_else(|| (text.clone(), item.clone()));
                leaving.insert(entry.uid.clone(), (text, item, period));
            }
            stays.then_some((*entry, kind))
        });
        // An entry that now belongs elsewhere is removed here; the loop below adds it there.
        let Some((entry, kind)) = kept else {
            splice::remove(&mut layout, at);
            continue;
        };
        standing.insert(entry.uid.clone());
        if let Some((new_text, new_item)) = refreshed(text, item, entry, kind, newline, &context) {
            (*text, *item) = (new_text, new_item);
            // Not after a table row: a blank line would end the table.
            if item.cells == 0 {
                splice::part(&mut layout, at, newline);
            }
        }
        at += 1;
    }
    let mut unplaced = Vec::new();
    for entry in entries
        .iter()
        .filter(|entry| visible.contains_key(entry.uid.as_str()) && !standing.contains(&entry.uid))
    {
        let placed = kinds.get(&entry.kind).is_some_and(|kind| {
            let Some(heading) = section_for(&mut layout, entry, kind, headings, newline) else {
                return false;
            };
            let shown = PageItem::of(entry, kind);
            let seat = placement::seat(&layout, heading, entry, kind, &visible);
            let style = placement::style(&layout, heading, kind, newline);
            let fits = table_row::fits(&shown, kind, &style);
            let (seat, style) = placement::beside_rows(&layout, seat, style, fits);
            let period = match &layout.pieces[heading].role {
                Role::Heading(section) => section.period.clone(),
                _ => None,
            };
            let as_it_was = leaving
                .get(&entry.uid)
                .filter(|(_, item, before)| {
                    let says_all = item.lead.is_some() || shown.lead.is_none() || !style.lead;
                    says_all && *before == period && style.level == 0 && style.cells == 0
                })
                .and_then(|(text, item, _)| {
                    list_item::with_marker(text, item, &style.marker, kind, &context)
                });
            let written = as_it_was.or_else(|| {
                let text = if style.level > 0 {
                    write_heading(&shown, kind, &style, &context)
                } else {
                    write_item(&shown, kind, &style, &context)
                };
                // The byte ranges of the item come from parsing the new text.
                let (level, cells) = (style.level, style.cells);
                let item = reread(&text, level, cells, TitleCell::Linked, kind, &context)?;
                Some((text, item))
            });
            let Some((text, mut item)) = written else {
                return false;
            };
            item.uid.clone_from(&entry.uid);
            let piece = Piece {
                text,
                gap: String::new(),
                role: Role::Entry(item),
            };
            match seat {
                InsertionPoint::Before(at) => {
                    splice::insert_before(&mut layout, at, piece, &style.gap)
                }
                InsertionPoint::Behind(at) => {
                    splice::insert_after(&mut layout, at, piece, &style.gap, newline)
                }
                InsertionPoint::First => {
                    // After the prose under the heading.
                    let last = run(&layout, heading).last().copied().unwrap_or(heading);
                    splice::insert_block(&mut layout, last, piece, newline);
                }
            }
            true
        });
        if !placed {
            unplaced.push(entry.reference());
        }
    }
    drop_empty_groups(&mut layout);
    splice::restore_end(&mut layout, &source, newline);
    WrittenPage { layout, unplaced }
}

/// The new text and item of an entry whose text on the page is outdated; `None` if it is up to date
/// or cannot be written so that it reads back.
fn refreshed(
    text: &str,
    item: &Item,
    entry: &Entry,
    kind: &Kind,
    newline: &'static str,
    context: &ItemContext,
) -> Option<(String, Item)> {
    let shown = PageItem::of(entry, kind);
    let mut comparable = PageItem::as_in(item, entry, kind);
    let mut said = PageItem::read(item);
    if item.cells > 0 {
        (comparable, said) = (table_row::shown(&comparable), table_row::shown(&said));
    }
    if comparable == said {
        return None;
    }
    let heading = item.level > 0;
    let cell = table_row::cell_of(text, item);
    let again = |text: &str| {
        let stands = heading || item.cells > 0 || list_item::stands_alone(text, &comparable);
        reread(text, item.level, item.cells, cell, kind, context)
            .filter(|again| stands && PageItem::read(again) == comparable)
    };
    if item.cells > 0 {
        let spliced = table_row::splice(text, item, &comparable)?;
        return again(&spliced).map(|found| (spliced, identified(found, item)));
    }
    // First edit only what changed. If that does not read back, write the whole entry again.
    // A title with signs of Markdown is read back only if they are escaped.
    let escaped = PageItem {
        title: escape(&comparable.title),
        ..comparable.clone()
    };
    for shown in [&comparable, &escaped] {
        if let Some(spliced) = list_item::splice(text, item, shown, kind, newline)
            && let Some(found) = again(&spliced)
        {
            return Some((spliced, identified(found, item)));
        }
    }
    let body_inline = item
        .body
        .as_ref()
        .is_none_or(|body| !text[..body.at.start].ends_with('\n'));
    let style = ItemStyle {
        level: item.level,
        marker: if heading {
            heading_marker(item.level)
        } else {
            item.marker.clone()
        },
        cells: 0,
        gap: String::new(),
        lead: item.lead.is_some() && shown.lead.is_some(),
        inline: body_inline,
        newline,
    };
    let new = if heading {
        write_heading(&shown, kind, &style, context)
    } else {
        let shown = PageItem {
            facts: comparable.facts.clone(),
            ..shown
        };
        write_item(&shown, kind, &style, context)
    };
    let found = reread(&new, item.level, 0, cell, kind, context)?;
    Some((new, identified(found, item)))
}

/// The item of a new text with what the old item knew of its entry.
fn identified(new: Item, old: &Item) -> Item {
    Item {
        uid: old.uid.clone(),
        loose: old.loose.clone(),
        ..new
    }
}

/// Parses the text of a single entry: a table row with its title in `cell` if `cells` is above 0, a heading if `level` is,
/// otherwise a list item.
fn reread(
    text: &str,
    level: u8,
    cells: usize,
    cell: TitleCell,
    kind: &Kind,
    context: &ItemContext,
) -> Option<Item> {
    match (cells, level) {
        (0, 0) => read_item(text, kind, context),
        (0, _) => reread_heading(text, level, kind, context),
        _ => table_row::read_row(text, cell, kind, context),
    }
}

/// Sets [`Section::populated`] on every heading that has an entry under it.
fn mark_populated(layout: &mut Layout) {
    // From the end of the page: a heading with a level below this has an entry under it.
    let mut below_level = 0;
    for piece in layout.pieces.iter_mut().rev() {
        match &mut piece.role {
            Role::Entry(_) => below_level = u8::MAX,
            Role::Heading(section) if section.level < below_level => {
                section.populated = true;
                below_level = section.level;
            }
            Role::Heading(section) => section.populated = false,
            Role::Prose => {}
        }
    }
}

/// Removes the headings of a topic or period that had entries and now have nothing under them.
fn drop_empty_groups(layout: &mut Layout) {
    // From the end, so that a group whose last subgroup is dropped can be dropped too.
    let mut at = layout.pieces.len();
    while at > 0 {
        at -= 1;
        let Role::Heading(section) = &mut layout.pieces[at].role else {
            continue;
        };
        let populated = std::mem::take(&mut section.populated);
        let group = !section.root && (section.topic.is_some() || section.period.is_some());
        let level = section.level;
        let empty = layout
            .pieces
            .get(at + 1)
            .is_none_or(|next| matches!(&next.role, Role::Heading(other) if other.level <= level));
        if populated && group && empty {
            layout.pieces.remove(at);
            if at == layout.pieces.len()
                && let Some(last) = layout.pieces.last_mut()
            {
                last.gap.clear();
            }
        }
    }
}
