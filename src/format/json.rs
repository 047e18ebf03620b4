//! Reads JSON, JSON lines and TOML: turns objects into drafts.

use std::collections::HashMap;

use serde_json::{Deserializer, Value as Json};

use crate::model::Draft;

/// The largest line or value that is accepted, in bytes.
pub const LONGEST_LINE: usize = 16 * 1024 * 1024;

/// Reads one object as a draft.
///
/// # Errors
/// The text is not JSON or not an object; with line and column within the text, from 1.
pub fn read_line(text: &str) -> Result<Draft, (usize, usize, String)> {
    match serde_json::from_str::<Json>(text) {
        Ok(json) => from_json(json).map_err(|why| (1, 1, why)),
        Err(e) => Err((e.line(), e.column(), reason(&e))),
    }
}

/// Reads a whole text: an array of objects, or objects one after another.
///
/// # Errors
/// The text is not JSON, with line and column; or a value is not an object, with line and column 1.
pub fn read(text: &str) -> Result<Vec<Draft>, (usize, usize, String)> {
    let mut drafts = Vec::new();
    for value in Deserializer::from_str(text).into_iter::<Json>() {
        let value = value.map_err(|e| (e.line(), e.column(), reason(&e)))?;
        let items = match value {
            Json::Array(items) => items,
            other => vec![other],
        };
        for item in items {
            drafts.push(from_json(item).map_err(|why| (1, 1, why))?);
        }
    }
    Ok(drafts)
}

/// Reads TOML as kb writes it, an array of tables for each kind: the line and the draft of each table,
/// in the order of the file.
///
/// # Errors
/// The text is not TOML, or has something else than arrays of tables; with line and column.
pub fn read_toml(text: &str) -> Result<Vec<(usize, Draft)>, (usize, usize, String)> {
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
        let at = e.span().map_or(0, |span| span.start).min(text.len());
        let line = text[..at].matches('\n').count() + 1;
        let column = at - text[..at].rfind('\n').map_or(0, |end| end + 1) + 1;
        (line, column, e.message().replace('\n', " "))
    })?;
    let mut rows: HashMap<String, std::vec::IntoIter<toml::Value>> = HashMap::new();
    for (kind, value) in table {
        let toml::Value::Array(items) = value else {
            return Err((
                1,
                1,
                format!("`{kind}` is not an array of tables: `[[{kind}]]`"),
            ));
        };
        rows.insert(kind, items.into_iter());
    }
    let mut drafts = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let name = line
            .trim()
            .strip_prefix("[[")
            .and_then(|rest| rest.strip_suffix("]]"));
        let name = name.map(|name| name.trim().trim_matches('"'));
        let Some(item) = name.and_then(|name| rows.get_mut(name)?.next()) else {
            continue;
        };
        let row = from_json(from_toml(item)).map_err(|why| (number + 1, 1, why))?;
        let kind = row.kind.or(name.map(str::to_owned));
        drafts.push((number + 1, Draft { kind, ..row }));
    }
    Ok(drafts)
}

/// A TOML value as JSON; a date is a text.
pub(super) fn from_toml(value: toml::Value) -> Json {
    match value {
        toml::Value::Datetime(time) => Json::from(time.to_string()),
        toml::Value::Array(items) => items.into_iter().map(from_toml).collect(),
        toml::Value::Table(table) => Json::Object(
            table
                .into_iter()
                .map(|(name, value)| (name, from_toml(value)))
                .collect(),
        ),
        toml::Value::String(text) => Json::from(text),
        toml::Value::Integer(number) => Json::from(number),
        toml::Value::Float(number) => Json::from(number),
        toml::Value::Boolean(flag) => Json::from(flag),
    }
}

/// A draft from an object.
///
/// # Errors
/// The value is not an object.
fn from_json(json: Json) -> Result<Draft, String> {
    let Json::Object(map) = json else {
        return Err("is not an object".to_owned());
    };
    let mut draft = Draft::default();
    for (name, json) in map {
        match (name.as_str(), json) {
            ("kind", Json::String(kind)) => draft.kind = Some(kind),
            (name, json) => draft.set_json(name, json),
        }
    }
    Ok(draft)
}

/// The message of a JSON error without line and column.
pub fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line")
        .map_or(text.clone(), |(reason, _)| reason.to_owned())
}
