//! Lists the left-over values of an entry for a reader. Of an imported file it lists only what no
//! field of the entry holds. Start reading at [`lines`].

use chrono::NaiveDate;

use super::bibliography::{self, Dialect};
use super::vault::{self, NoteFile};
use super::{anki, attached, rows};
use crate::model::{Entry, Kind};
use serde_json::Value as Json;

/// The names and texts of the left-over values, in the order in which the entry keeps them.
pub fn lines(entry: &Entry, kind: &Kind, today: NaiveDate) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (name, json) in &entry.extra {
        if let Some(dialect) = Dialect::ALL
            .into_iter()
            .find(|dialect| dialect.kept() == name)
            && let Some(unsaid) = bibliography::unsaid(dialect, json, kind, today)
        {
            lines.extend(
                unsaid
                    .into_iter()
                    .map(|(field, text)| (format!("{field} ({name})"), text)),
            );
        } else if let Some(file) = NoteFile::of(&entry.extra).filter(|_| name == vault::KEPT) {
            let root = if file.root.is_empty() {
                String::new()
            } else {
                format!("{}/", file.root)
            };
            lines.push((name.clone(), format!("{root}{}", file.path)));
        } else if let (attached::NAME, Json::Object(files)) = (name.as_str(), json) {
            lines.extend(files.iter().map(|(file, value)| {
                let path = value["path"].as_str();
                let at = path.map_or(String::new(), |path| format!(" (at {path})"));
                (name.clone(), format!("{file}{at}"))
            }));
        } else if let Some(guid) = anki::guid(&entry.extra).filter(|_| name == anki::KEPT) {
            lines.push((format!("guid ({name})"), guid.to_owned()));
        } else {
            lines.push((format!("{name} (left over)"), rows::cell(json)));
        }
    }
    lines
}
