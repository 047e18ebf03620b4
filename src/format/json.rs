//! Reads JSON and JSON lines: turns objects into drafts.

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
