//! Tables for a terminal: one line per row, cut to the width, without borders.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Row, Table};

use super::terminal::{Colour, HEADING};
use crate::text::visible::visible_line;

/// Renders a header and rows, one line each, in at most `columns` columns.
pub(super) fn render(
    header: &[String],
    rows: &[Vec<String>],
    columns: usize,
    colour: Colour,
) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(columns).unwrap_or(u16::MAX));
    table.set_header(header);
    for row in rows {
        let mut row = Row::from(row.iter().map(|cell| visible_line(cell)));
        row.max_height(1);
        table.add_row(row);
    }
    let last = header.len().saturating_sub(1);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if at == last { 0 } else { 2 }));
    }
    let lines = table.lines().enumerate().map(|(at, line)| {
        let line = line.trim_end();
        (if at == 0 {
            colour.paint(HEADING, line)
        } else {
            line.to_owned()
        }) + "\n"
    });
    lines.collect()
}
