//! Converts values to CSV and TSV cells and back, and objects to TOML tables.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::Error as _;
use serde_json::{Map, Value as Json};

/// A JSON value as a cell: the items of a list are joined by `; `, null is empty. A semicolon inside an
/// item has a backslash before it, so that [`split_cell`] gives the items back.
pub fn cell(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Json::Array(items) => items
            .iter()
            .map(|item| cell(item).replace(';', "\\;"))
            .collect::<Vec<_>>()
            .join("; "),
        other => other.to_string(),
    }
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

/// A cell of tab-separated text: tab, newline, carriage return and backslash are written as `\t`,
/// `\n`, `\r` and `\\`.
pub fn tsv(cell: &str) -> Cow<'_, str> {
    if !cell.contains(['\t', '\n', '\r', '\\']) {
        return Cow::Borrowed(cell);
    }
    Cow::Owned(
        cell.replace('\\', "\\\\")
            .replace('\t', "\\t")
            .replace('\n', "\\n")
            .replace('\r', "\\r"),
    )
}

/// The text of a cell that [`tsv`] wrote.
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
