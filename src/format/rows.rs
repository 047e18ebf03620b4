//! Rows of text: CSV and TSV cells, and TOML of an entry.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::Error as _;
use serde_json::{Map, Value as Json};

/// A JSON value as a cell: lists are joined by `; `, nothing is an empty cell.
pub fn cell(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Json::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

/// A cell of tab-separated text: tab, line ends and backslash are written `\t`, `\n`, `\r`, `\\`.
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

/// What [`tsv`] wrote.
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

/// A cell that a spreadsheet cannot take for a formula: one of its seven leads gets an apostrophe before it.
pub fn csv_safe(cell: &str) -> Cow<'_, str> {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        true => Cow::Owned(format!("'{cell}")),
        false => Cow::Borrowed(cell),
    }
}

/// An object as a TOML table; what is null is left out.
///
/// # Errors
/// A value that TOML cannot hold.
pub fn toml(object: &impl Serialize) -> Result<String, toml::ser::Error> {
    let whole = serde_json::to_value(object).map_err(toml::ser::Error::custom)?;
    let present: Map<String, Json> = match whole {
        Json::Object(map) => map
            .into_iter()
            .filter(|(_, json)| !json.is_null())
            .collect(),
        _ => Map::new(),
    };
    toml::to_string(&present)
}
