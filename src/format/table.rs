//! Reads tables in CSV and TSV: each row is a draft, the header names the fields.
//!
//! Cells follow RFC 4180, including quotes and line ends inside cells. A row with fewer or more
//! cells than the header is reported and still read. Must not know the store. Start reading at
//! [`read`].

use csv::{ReaderBuilder, StringRecord};
use serde_json::Value as Json;

use super::rows::{read_exact, read_tsv, split_cell};
use crate::model::{Draft, Kinds, Reason};
use crate::text::fold::fold;
use crate::text::place::Places;

/// The name among the left-over values for the cells beyond the last column.
const MORE: &str = "more_cells";
/// The fields of every kind that hold several values.
const LISTS: [&str; 4] = ["topics", "tags", "aliases", "former"];

/// What separates the cells of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// The most frequent of comma, semicolon and tab in the header.
    Detect,
    /// A tab.
    Tab,
}

/// The rows of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// The line, from 1, and the draft of each row.
    pub rows: Vec<(usize, Draft)>,
    /// The line and a message for each row whose number of cells differs from the header's.
    pub notes: Vec<(usize, String)>,
}

/// Columns that no entry is without.
const ALWAYS: [&str; 6] = ["uid", "slug", "title", "private", "created", "updated"];

/// What an empty cell says about its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyCell {
    /// Nothing.
    Ignored,
    /// That it has no value, in a table that kb wrote.
    Clears,
}

/// Reads a table. `map` assigns fields to columns; other columns fill the field of the same name.
/// `kind` applies to rows without a cell `kind`.
///
/// # Errors
/// The header is missing or a column of `map` is not in it, or none of the columns is the title;
/// the last two with a hint.
pub fn read(
    source: &str,
    separator: Separator,
    map: &[(String, String)],
    kind: Option<&str>,
    kinds: &Kinds,
    empty: EmptyCell,
) -> Result<Table, Reason> {
    let tabs = separator == Separator::Tab;
    // A first line `sep=;` names the separator, for spreadsheet programs.
    let named = source
        .strip_prefix("sep=")
        .or_else(|| source.strip_prefix("SEP="));
    let named = named.and_then(|rest| Some((*rest.as_bytes().first()?, rest.find('\n')?)));
    let (delimiter, skipped) = match named {
        Some((sign, length)) if length <= 2 => (sign, "sep=".len() + length + 1),
        _ if tabs => (b'\t', 0),
        _ => (most_frequent(source), 0),
    };
    let tabs = delimiter == b'\t';
    // A TSV file that kb wrote has a column `uid`. Its cells are escaped instead of quoted.
    let ours = tabs
        && source[skipped..]
            .lines()
            .next()
            .is_some_and(|header| header.split('\t').any(|name| name == "uid"));
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .quoting(!ours)
        .flexible(true)
        .has_headers(true)
        .from_reader(&source.as_bytes()[skipped..]);
    let names = reader.headers().map_err(|e| Reason::new(e.to_string()))?;
    let is_kbs = names.iter().any(|name| name == "uid");
    // What kb wrote has the names of left-over values exactly.
    let header: Vec<String> = names
        .iter()
        .map(|name| if is_kbs { name } else { name.trim() }.to_owned())
        .collect();
    if header.iter().all(String::is_empty) {
        return Err(Reason::new("the table has no header"));
    }
    for (column, _) in map {
        if !header.iter().any(|name| fold(name) == fold(column)) {
            return Err(Reason::new(format!("no column `{column}`"))
                .hint(format!("the columns are {}", header.join(", "))));
        }
    }
    let fields: Vec<String> = header
        .iter()
        .map(|name| {
            if is_kbs && map.is_empty() {
                return name.clone();
            }
            map.iter()
                .find(|(column, _)| fold(column) == fold(name))
                .map_or_else(
                    || fold(name).replace([' ', '-'], "_"),
                    |(_, field)| field.clone(),
                )
        })
        .collect();
    if !fields.iter().any(|field| field == "title") {
        let first = header.first().map_or("", String::as_str);
        return Err(Reason::new("no column is the title")
            .hint(format!("say which: --map \"{first}=title\"")));
    }
    let mut table = Table::default();
    for (at, field) in fields.iter().enumerate() {
        if !field.is_empty() && fields[..at].contains(field) {
            let note = format!("several columns are `{field}`; only one of them is imported");
            table.notes.push((1, note));
        }
    }
    let mut places = Places::of(&source[skipped..]);
    for record in reader.records() {
        let record = record.map_err(|e| Reason::new(e.to_string()))?;
        let line = line_of(&record, &source[skipped..], &mut places) + usize::from(skipped > 0);
        if record.len() != fields.len() {
            table.notes.push((
                line,
                format!(
                    "the row has {} cells, the header {}",
                    record.len(),
                    fields.len()
                ),
            ));
        }
        let record = if ours {
            record.iter().map(read_tsv).collect()
        } else {
            record
        };
        if record.iter().any(|cell| !cell.trim().is_empty()) {
            table
                .rows
                .push((line, draft(&record, &fields, is_kbs, kind, kinds, empty)));
        }
    }
    Ok(table)
}

/// One row as a draft: columns that are no fields become left-over values.
fn draft(
    record: &StringRecord,
    fields: &[String],
    is_kbs: bool,
    kind: Option<&str>,
    kinds: &Kinds,
    empty: EmptyCell,
) -> Draft {
    let own = record
        .iter()
        .zip(fields)
        .find(|(_, field)| *field == "kind")
        .map(|(cell, _)| cell.trim())
        .filter(|cell| !cell.is_empty());
    let mut draft = Draft {
        kind: own.or(kind).map(str::to_owned),
        ..Draft::default()
    };
    let known = draft.kind.as_deref().and_then(|name| kinds.get(name));
    for (field, cell) in fields
        .iter()
        .zip(record.iter())
        .filter(|(field, _)| *field != "kind" && !field.is_empty())
    {
        if cell.trim().is_empty() {
            let has_always = ALWAYS.contains(&field.as_str()) || field.ends_with("_text");
            if empty == EmptyCell::Clears && !has_always {
                draft.texts.entry(field.clone()).or_default();
            }
            continue;
        }
        if is_kbs && known.is_some_and(|kind| !kind.has(field)) {
            draft.extra.insert(field.clone(), read_exact(cell));
            continue;
        }
        let many = LISTS.contains(&field.as_str())
            || known
                .and_then(|kind| kind.field(field))
                .is_some_and(|field| field.many);
        let texts: Vec<String> = if many {
            split_cell(cell)
        } else {
            vec![cell.to_owned()]
        };
        // A repeated column adds to the values of the first one.
        draft.texts.entry(field.clone()).or_default().extend(texts);
    }
    let more: Vec<Json> = record.iter().skip(fields.len()).map(Json::from).collect();
    if !more.is_empty() {
        draft.extra.insert(MORE.to_owned(), Json::Array(more));
    }
    draft
}

/// The line, from 1, on which a record begins; the CSV reader's position includes the empty lines
/// before it.
pub fn line_of(record: &StringRecord, source: &str, places: &mut Places<'_>) -> usize {
    let begin = record
        .position()
        .and_then(|position| usize::try_from(position.byte()).ok())
        .unwrap_or_default()
        .min(source.len());
    places
        .at(source.len() - source[begin..].trim_start_matches(['\n', '\r']).len())
        .line
}

/// The most frequent separator in the first line; a comma wins a tie.
fn most_frequent(source: &str) -> u8 {
    let first = source.lines().next().unwrap_or_default();
    let count = |byte: u8| first.bytes().filter(|b| *b == byte).count();
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|byte| (count(*byte), *byte == b','))
        .unwrap_or(b',')
}
