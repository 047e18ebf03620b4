//! Table entries: parses, edits and writes an entry that is a table row. The first cell with a link
//! is the title unless its words only label the link, the cell after it is the body; other cells are
//! kept. Start at [`read_row`].

use std::ops::Range;

use super::marks::mark;
use super::page_item::{ItemStyle, PageItem};
use super::tail::is_label;
use super::title::{ItemContext, linked, linked_title, lists_links};
use crate::model::admit::one_line;
use crate::model::layout::{Item, Mark};
use crate::model::{Kind, Period};

/// The byte offset of the first row after the header of a table. `None` if the block is not a
/// table, which has a header row and a line of dashes with the same number of cells.
pub(super) fn rows_of(block: &str) -> Option<usize> {
    let mut lines = block.split_inclusive('\n');
    let (head, rule) = (lines.next()?, lines.next()?);
    let dashes = rule.trim().trim_matches('|').split('|').all(|cell| {
        !cell.is_empty()
            && cell.trim().trim_matches(':').bytes().all(|b| b == b'-')
            && cell.contains('-')
    });
    (head.contains('|') && rule.contains('-') && dashes && cells(head).len() == cells(rule).len())
        .then_some(head.len() + rule.len())
}

/// The byte ranges of the texts in the cells of a row, without surrounding white space.
fn cells(row: &str) -> Vec<Range<usize>> {
    let line = row.trim_end();
    let start = line.len() - line.trim_start().len();
    let start = start + usize::from(line[start..].starts_with('|'));
    let mut bounds = vec![start];
    let mut escaped = false;
    for (at, c) in line.char_indices().skip_while(|(at, _)| *at < start) {
        if c == '|' && !escaped {
            bounds.push(at + 1);
        }
        escaped = c == '\\' && !escaped;
    }
    // A `|` at the end of the line closes the last cell.
    let closed = line.len() > start && bounds.last() == Some(&line.len());
    let ends = bounds
        .iter()
        .skip(1)
        .map(|at| at - 1)
        .chain((!closed).then_some(line.len()));
    let trimmed = |(from, to): (usize, usize)| {
        let text = &line[from..to];
        // The range of an empty cell begins after its first white space character.
        let blank = text.chars().next().map_or(0, char::len_utf8);
        let lead = if text.trim().is_empty() {
            blank
        } else {
            text.len() - text.trim_start().len()
        };
        from + lead..from + lead + text.trim().len()
    };
    bounds.iter().copied().zip(ends).map(trimmed).collect()
}

/// Where the rows of a table have their titles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TitleCell {
    /// In the first cell with a link.
    Linked,
    /// In the cell with this number; the link is in another cell.
    Named(usize),
    /// In the cell with this number; the rows have no links.
    Bare(usize),
}

/// Where the rows of a table under its header have their titles: in the cells with links, unless the
/// words of all links are labels such as `pdf`; then in the first column whose cells are words.
pub(super) fn title_cell(rows: &[&str], kind: &Kind, context: &ItemContext) -> TitleCell {
    let links = |row: &&&str| read_row(row, TitleCell::Linked, kind, context);
    let linked: Vec<Item> = rows.iter().filter_map(|row| links(&row)).collect();
    let is_word = |row: &str, cell: &Range<usize>| {
        let text = &row[cell.clone()];
        text.contains(char::is_alphabetic)
            && !text.contains("](")
            && Period::read_fixed(text).is_err()
    };
    let most = rows.iter().map(|row| cells(row).len()).max().unwrap_or(0);
    let named = (0..most).find(|at| {
        let words = rows
            .iter()
            .filter(|row| cells(row).get(*at).is_some_and(|cell| is_word(row, cell)));
        2 * words.count() > rows.len()
    });
    match named {
        Some(at) if linked.is_empty() && kind.page.inline_body && !lists_links(kind) => {
            TitleCell::Bare(at)
        }
        Some(at) if !linked.is_empty() && linked.iter().all(|item| is_label(&item.title.value)) => {
            TitleCell::Named(at)
        }
        _ => TitleCell::Linked,
    }
}

/// Parses a table row as an entry of a kind. `None` if the kind has no `page.link` field, or the row
/// has no title or no link where it needs one.
pub(super) fn read_row(
    text: &str,
    title: TitleCell,
    kind: &Kind,
    context: &ItemContext,
) -> Option<Item> {
    let cells = cells(text);
    let link_from = |from: &Range<usize>| linked(text, from.clone(), kind, context);
    let (at, title, url) = match title {
        TitleCell::Linked => {
            let mut all = cells.iter().enumerate();
            let (at, title) = all.find_map(|(at, cell)| Some((at, link_from(cell)?)))?;
            (at, title.at, title.url)
        }
        TitleCell::Named(at) => {
            let found = cells.iter().find_map(link_from)?;
            (at, cells.get(at)?.clone(), found.url)
        }
        TitleCell::Bare(at) => (at, cells.get(at)?.clone(), None),
    };
    if url.as_ref().is_some_and(|url| url.value.starts_with('#')) {
        return None;
    }
    let value = |range: &Range<usize>| text[range.clone()].replace("\\|", "|");
    let is_link =
        |cell: &Range<usize>| url.as_ref().is_some_and(|url| cell.contains(&url.at.start));
    let body = cells
        .get(at + 1)
        .filter(|cell| !cell.is_empty() && !is_link(cell))
        .map(|cell| Mark {
            value: value(cell),
            at: cell.clone(),
        });
    let item = Item {
        title: mark(text, title),
        url,
        body,
        cells: cells.len(),
        ..Item::default()
    };
    (!item.title.value.is_empty()).then_some(item)
}

/// Where the row of an item has its title.
pub(super) fn cell_of(text: &str, item: &Item) -> TitleCell {
    let at = cells(text)
        .iter()
        .position(|cell| cell.contains(&item.title.at.start));
    match (&item.url, at) {
        (None, Some(at)) => TitleCell::Bare(at),
        (Some(url), Some(at)) if !cells(text)[at].contains(&url.at.start) => TitleCell::Named(at),
        _ => TitleCell::Linked,
    }
}

/// Whether a row has text in other cells than those of its entry.
pub(super) fn holds_more(text: &str, item: &Item) -> bool {
    let marks = [Some(&item.title), item.url.as_ref(), item.body.as_ref()];
    let is_own = |cell: &Range<usize>| {
        let mut marks = marks.into_iter().flatten();
        marks.any(|mark| cell.start <= mark.at.start && mark.at.end <= cell.end)
    };
    let mut others = cells(text).into_iter().filter(|cell| !cell.is_empty());
    item.cells > 0 && others.any(|cell| !is_own(&cell))
}

/// The content of an entry that a row can hold: the body as a single line, and no period.
pub(super) fn shown(shown: &PageItem) -> PageItem {
    PageItem {
        lead: None,
        body: one_line(&shown.body),
        ..shown.clone()
    }
}

/// Edits only the changed cells of a row. `None` if the row has no cell for the body, or the title
/// or URL changed and the entry or the row has no URL.
pub(super) fn splice(text: &str, item: &Item, shown: &PageItem) -> Option<String> {
    let cells = cells(text);
    let at = cells
        .iter()
        .position(|cell| cell.start <= item.title.at.start && item.title.at.end <= cell.end)?;
    let before = PageItem::read(item);
    let mut edits = Vec::new();
    if before.body != shown.body {
        let cell = cells.get(at + 1)?.clone();
        // An empty cell has one space, which stays before the text.
        let is_tight = cell.is_empty() && text[cell.end..].starts_with('|');
        let end = if is_tight { " " } else { "" };
        edits.push((cell, format!("{}{end}", escaped(&shown.body))));
    }
    if (&before.title, &before.url) != (&shown.title, &shown.url) {
        edits.push((item.title.at.clone(), escaped_words(&shown.title)));
        match (&item.url, &shown.url) {
            (Some(mark), Some(url)) if mark.at != item.title.at && !mark.at.is_empty() => {
                edits.push((mark.at.clone(), escaped(url)))
            }
            (None, None) => {}
            _ => return None,
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

/// The text of a new row with as many cells as the style has. `None` if the entry has no URL.
pub(super) fn write_row(shown: &PageItem, style: &ItemStyle) -> Option<String> {
    let title = linked_title(&escaped_words(&shown.title), &escaped(shown.url.as_ref()?));
    let texts = [title, escaped(&shown.body)]
        .into_iter()
        .chain(std::iter::repeat_n(
            String::new(),
            style.cells.saturating_sub(2),
        ));
    let row: String = texts
        .take(style.cells)
        .map(|text| format!("| {text} "))
        .collect();
    Some(format!("{row}|{}", style.newline))
}

/// Whether an entry can be written as a row and read back without loss.
pub(super) fn fits(entry: &PageItem, kind: &Kind, style: &ItemStyle) -> bool {
    let row = write_row(
        entry,
        &ItemStyle {
            cells: 2,
            ..style.clone()
        },
    )
    .filter(|_| shown(entry).body == entry.body);
    row.and_then(|row| read_row(&row, TitleCell::Linked, kind, &ItemContext::default()))
        .is_some_and(|item| PageItem::read(&item) == *entry)
}

/// Escapes a text for use as link text in a cell.
fn escaped_words(text: &str) -> String {
    text.chars()
        .flat_map(|c| "[]\\|`".contains(c).then_some('\\').into_iter().chain([c]))
        .collect()
}

/// Escapes a text for use in a cell.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}
