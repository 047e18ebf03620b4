//! Table entries: parses, edits and writes an entry that is a table row. The first cell with a link
//! is the title, the cell after it is the body; other cells are kept. Start at [`read_row`].

use std::ops::Range;

use super::page_item::{ItemStyle, PageItem};
use super::title::{linked, linked_title, mark};
use crate::model::Kind;
use crate::model::admit::one_line;
use crate::model::layout::{Item, Mark};

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

/// Parses a table row as an entry of a kind. `None` if the kind has no `page.link` field or no cell
/// begins with a link.
pub(super) fn read_row(text: &str, kind: &Kind) -> Option<Item> {
    let cells = cells(text);
    let (at, title) = cells
        .iter()
        .enumerate()
        .find_map(|(at, cell)| Some((at, linked(text, cell.clone(), kind)?)))?;
    let value = |range: &Range<usize>| text[range.clone()].replace("\\|", "|");
    let body = cells
        .get(at + 1)
        .filter(|cell| !cell.is_empty())
        .map(|cell| Mark {
            value: value(cell),
            at: cell.clone(),
        });
    let mut item = Item {
        title: mark(text, title.at),
        body,
        cells: cells.len(),
        ..Item::default()
    };
    item.url = title.url.map(|at| mark(text, at));
    (!item.title.value.is_empty()).then_some(item)
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
    let mut spliced = text.to_owned();
    let before = PageItem::read(item);
    if before.body != shown.body {
        spliced.replace_range(cells.get(at + 1)?.clone(), &escaped(&shown.body));
    }
    if (&before.title, &before.url) != (&shown.title, &shown.url) {
        let url = shown.url.as_ref()?;
        let link = item.url.as_ref().map(|url| url.at.clone())?;
        if link.start > item.title.at.end {
            spliced.replace_range(link, &escaped(url));
            spliced.replace_range(item.title.at.clone(), &escaped_words(&shown.title));
        }
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
    row.and_then(|row| read_row(&row, kind))
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
