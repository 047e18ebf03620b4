//! A table for a terminal: one line a row, cut to the width, no boxes.

use comfy_table::{ContentArrangement, Table, presets::NOTHING};

use super::terminal::{HEADING, styled};
use crate::text::visible::{cut, visible_line, width};

/// Renders rows below a header; the widest columns give way until all fit.
pub fn render(header: &[String], rows: &[Vec<String>], columns: usize, colour: bool) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| visible_line(cell).into_owned()).collect()).collect();
    let widest = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).chain([width(&header[at])]).max().unwrap_or(0);
    let mut widths: Vec<usize> = (0..header.len()).map(widest).collect();
    let between = 2 * header.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + between > columns {
        let Some((at, most)) = widths.iter().copied().enumerate().max_by_key(|(_, width)| *width) else { break };
        let over = widths.iter().sum::<usize>() + between - columns;
        let second = widths.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, width)| *width).max().unwrap_or(0);
        let next = most.saturating_sub(over.min((most - second).max(1)));
        if next < 4 {
            break;
        }
        widths[at] = next;
    }
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    for row in &rows {
        table.add_row(row.iter().enumerate().map(|(at, cell)| cut(cell, widths[at]).into_owned()));
    }
    let last = header.len().saturating_sub(1);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if at == last { 0 } else { 2 }));
    }
    let lines = table.lines().enumerate().map(|(at, line)| {
        let line = line.trim_end();
        (if at == 0 { styled(line, HEADING, colour) } else { line.to_owned() }) + "\n"
    });
    lines.collect()
}
