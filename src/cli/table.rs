//! Tables for a terminal: wrapped at words to the width, without borders.
//!
//! comfy-table arranges the columns. It knows no colours, so that cells are painted in its lines afterwards, by
//! the places at which the header begins its columns.

use anstyle::Style;
use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};

use super::terminal::{Colour, HEADING};
use crate::text::visible::{visible_line, width};

/// The most columns of the terminal that a word may claim for its column of the table.
const LONGEST_WORD: usize = 24;

/// Renders a header and rows in at most `columns` columns. The first column is the main one: the others
/// show at most `most` columns of each cell. `style` says how a cell of a column is painted.
pub(super) fn render(
    header: &[String],
    rows: &[Vec<String>],
    columns: usize,
    most: usize,
    colour: Colour,
    style: &dyn Fn(usize, &str) -> Option<Style>,
) -> String {
    let shown: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let cells = row.iter().enumerate();
            cells
                .map(|(at, cell)| {
                    let most = if at == 0 { usize::MAX } else { most };
                    in_words(&visible_line(cell), most)
                })
                .collect()
        })
        .collect();
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(columns).unwrap_or(u16::MAX));
    table.set_header(header);
    for row in &shown {
        table.add_row(row);
    }
    // A column is as wide as its longest word, if all are.
    let longest = |at: usize| {
        let cells = shown.iter().map(|row| &row[at]).chain([&header[at]]);
        let words = cells.flat_map(|cell| cell.split_whitespace());
        words.map(width).max().unwrap_or(1).min(LONGEST_WORD)
    };
    let least: Vec<usize> = (0..header.len()).map(longest).collect();
    let is_room = least.iter().map(|width| width + 2).sum::<usize>() <= columns;
    let last = header.len().saturating_sub(1);
    for (at, column) in table.column_iter_mut().enumerate() {
        let padding = if at == last { 0 } else { 2 };
        column.set_padding((0, padding));
        if is_room {
            let least = u16::try_from(least[at]).unwrap_or(u16::MAX) + padding;
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
        }
    }
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    let starts = starts(header, lines.first().map_or("", String::as_str));
    let painted = lines.iter().enumerate().map(|(at, line)| {
        (match at {
            0 => colour.paint(HEADING, line),
            _ => painted(line, &starts, colour, style),
        }) + "\n"
    });
    painted.collect()
}

/// A cell of at most so many columns, cut between words.
fn in_words(cell: &str, most: usize) -> String {
    if width(cell) <= most {
        return cell.to_owned();
    }
    let mut short = String::new();
    for word in cell.split(' ') {
        if width(&short) + width(word) + 2 > most {
            break;
        }
        short.push_str(word);
        short.push(' ');
    }
    format!("{short}…")
}

/// The terminal column at which each column of a table begins, as its header shows.
fn starts(header: &[String], line: &str) -> Vec<usize> {
    let mut from = 0;
    let start = |name: &String| {
        let found = line[from..].find(name.as_str())? + from;
        from = found + name.len();
        Some(width(&line[..found]))
    };
    let starts: Option<Vec<usize>> = header.iter().map(start).collect();
    starts.unwrap_or_default()
}

/// A line of a table with the cells painted that have a style.
fn painted(
    line: &str,
    starts: &[usize],
    colour: Colour,
    style: &dyn Fn(usize, &str) -> Option<Style>,
) -> String {
    // The byte at which each column begins.
    let byte = |start: &usize| {
        let mut used = 0;
        let at = line.char_indices().find(|(_, c)| {
            let is_there = used >= *start;
            used += width(c.encode_utf8(&mut [0; 4]));
            is_there
        });
        at.map_or(line.len(), |(at, _)| at)
    };
    let bytes: Vec<usize> = starts.iter().map(byte).collect();
    let mut out = line[..bytes.first().copied().unwrap_or(line.len())].to_owned();
    for (at, from) in bytes.iter().enumerate() {
        let part = &line[*from..bytes.get(at + 1).copied().unwrap_or(line.len())];
        let cell = part.trim_end();
        match style(at, cell) {
            Some(style) if !cell.is_empty() => {
                out.push_str(&colour.paint(style, cell));
                out.push_str(&part[cell.len()..]);
            }
            _ => out.push_str(part),
        }
    }
    out
}
