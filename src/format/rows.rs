//! Converts values to CSV and TSV cells and back, and objects to TOML tables.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::Error as _;
use serde_json::{Map, Value as Json};

/// A JSON value as a cell: the items of a list are joined by `; `, null is empty. A semicolon inside an
/// item has a backslash before it, so that [`split_cell`] gives the items back.
pub fn cell(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        Json::Array(items) => list(items.iter().map(cell)),
        other => single(other),
    }
}

/// A left-over value as a cell that [`read_exact`] reads as the same value: a text as it is unless it
/// would be read as another value, everything else as JSON.
pub fn exact_cell(json: &Json) -> String {
    match json {
        Json::String(text) if !text.trim().is_empty() && read_exact(text) == *json => text.clone(),
        other => other.to_string(),
    }
}

/// The value in a cell that [`exact_cell`] wrote.
pub fn read_exact(cell: &str) -> Json {
    serde_json::from_str(cell).unwrap_or_else(|_| Json::from(cell))
}

/// The cell of a JSON value that is not needed any more. See [`cell`].
pub fn into_cell(json: Json) -> String {
    match json {
        Json::String(text) => text,
        Json::Array(items) => list(items.into_iter().map(into_cell)),
        other => single(&other),
    }
}

/// A value that is no list as a cell: `yes` and `no` for truth values, JSON for objects.
fn single(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        Json::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        other => other.to_string(),
    }
}

/// The items of a list in one cell, separated by `; `.
fn list(items: impl Iterator<Item = String>) -> String {
    let mut cell = String::new();
    for (at, item) in items.enumerate() {
        if at > 0 {
            cell.push_str("; ");
        }
        for part in item.split_inclusive(';') {
            match part.strip_suffix(';') {
                Some(before) => {
                    cell.push_str(before);
                    cell.push_str("\\;");
                }
                None => cell.push_str(part),
            }
        }
    }
    cell
}

/// The items of a cell with a list, separated by semicolons; one after a backslash belongs to its item.
pub fn split_cell(cell: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut signs = cell.chars().peekable();
    while let Some(sign) = signs.next() {
        let last = items.len() - 1;
        match sign {
            '\\' if signs.peek() == Some(&';') => {
                signs.next();
                items[last].push(';');
            }
            ';' => items.push(String::new()),
            sign => items[last].push(sign),
        }
    }
    items.iter().map(|item| item.trim().to_owned()).collect()
}

/// Appends a line of tab-separated text and its newline. In a cell, tab, newline, carriage return and
/// backslash are written as `\t`, `\n`, `\r` and `\\`.
pub fn push_tsv_line(line: &mut Vec<u8>, cells: &[Cow<'_, str>]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            line.push(b'\t');
        }
        let mut rest = cell.as_bytes();
        let is_escaped = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b'\\');
        while let Some(at) = rest.iter().position(is_escaped) {
            line.extend_from_slice(&rest[..at]);
            line.extend_from_slice(match rest[at] {
                b'\t' => b"\\t",
                b'\n' => b"\\n",
                b'\r' => b"\\r",
                _ => b"\\\\",
            });
            rest = &rest[at + 1..];
        }
        line.extend_from_slice(rest);
    }
    line.push(b'\n');
}

/// The text of a cell that [`push_tsv_line`] wrote.
pub fn read_tsv(cell: &str) -> String {
    let (mut text, mut signs) = (String::with_capacity(cell.len()), cell.chars());
    while let Some(sign) = signs.next() {
        let read = match (sign, signs.as_str().chars().next()) {
            ('\\', Some('t')) => '\t',
            ('\\', Some('n')) => '\n',
            ('\\', Some('r')) => '\r',
            ('\\', Some('\\')) => '\\',
            (sign, _) => {
                text.push(sign);
                continue;
            }
        };
        text.push(read);
        signs.next();
    }
    text
}

/// A cell that a spreadsheet does not read as a formula: an apostrophe is put before each of the
/// seven characters that can begin one.
pub fn csv_safe(cell: &str) -> Cow<'_, str> {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        true => Cow::Owned(format!("'{cell}")),
        false => Cow::Borrowed(cell),
    }
}

/// An object as one item of the array of tables `name`; null fields are left out. Tables inside it
/// belong to the item.
///
/// # Errors
/// The object has a value that TOML cannot represent, such as a null in a list.
pub fn toml(name: &str, object: &impl Serialize) -> Result<String, toml::ser::Error> {
    let whole = serde_json::to_value(object).map_err(toml::ser::Error::custom)?;
    let present: Map<String, Json> = match whole {
        Json::Object(map) => map
            .into_iter()
            .filter(|(_, json)| !json.is_null())
            .collect(),
        _ => Map::new(),
    };
    let item = Map::from_iter([(name.to_owned(), Json::Array(vec![Json::Object(present)]))]);
    toml::to_string(&item)
}
