//! Reads Zotero's CSV, as Zotero 6 and 7 export it: a row is an item, a column is a field.

use csv::ReaderBuilder;

use super::written::{Fault, WrittenWork};

/// Columns that every export has; the first one holds the item type.
const SIGNS: [&str; 3] = ["Item Type", "Publication Title", "Publication Year"];

/// Whether a CSV file starts with the header of a Zotero export.
pub fn looks_like_zotero(start: &str) -> bool {
    let header = start.lines().next().unwrap_or_default();
    SIGNS.iter().all(|sign| header.contains(sign))
}

/// Reads a whole file: items with their byte offsets, and a fault for each row whose number of
/// cells differs from the header's.
pub(super) fn scan(source: &str) -> (Vec<(usize, WrittenWork)>, Vec<Fault>) {
    // `flexible`: a row with a wrong number of cells is a fault, but is still read.
    let mut reader = ReaderBuilder::new()
        .flexible(true)
        .from_reader(source.as_bytes());
    let header: Vec<String> = reader
        .headers()
        .map(|names| {
            names
                .iter()
                .map(|name| name.trim_start_matches('\u{feff}').to_owned())
                .collect()
        })
        .unwrap_or_default();
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    if !header.iter().any(|name| name == SIGNS[0]) {
        faults.push(Fault {
            at: 0,
            message: format!("no column `{}`: Zotero did not export this file", SIGNS[0]),
        });
        return (found, faults);
    }
    for record in reader.records().map_while(Result::ok) {
        let at = record
            .position()
            .and_then(|position| usize::try_from(position.byte()).ok())
            .unwrap_or_default();
        if record.len() != header.len() {
            faults.push(Fault {
                at,
                message: format!(
                    "the row has {} cells, the header {}",
                    record.len(),
                    header.len()
                ),
            });
        }
        // A cell beyond the header gets the name `column N`, where N counts from 1.
        let names = header
            .iter()
            .cloned()
            .chain((header.len() + 1..).map(|number| format!("column {number}")));
        let cells = names
            .zip(record.iter())
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(name, cell)| (name, cell.to_owned()));
        let (kinds, fields): (Vec<_>, Vec<_>) = cells.partition(|(name, _)| name == SIGNS[0]);
        let kind = kinds
            .into_iter()
            .next()
            .map(|(_, kind)| kind)
            .unwrap_or_default();
        found.push((
            at,
            WrittenWork {
                kind,
                fields,
                ..WrittenWork::default()
            },
        ));
    }
    (found, faults)
}
