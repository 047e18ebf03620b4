//! Files that belong to an entry: kept in the notebook by content, or linked where they are.

use serde_json::{Map, Value as Json};

use crate::model::Entry;

/// The left-over value with the files of an entry: by name, what kb keeps or where the file is.
pub const NAME: &str = "attached";

/// A file of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attached {
    /// The name under which the notebook keeps the content.
    Kept(String),
    /// The path of a file outside the notebook.
    Linked(String),
}

impl Attached {
    /// The files of an entry with their names, in the order of these.
    pub fn of(entry: &Entry) -> Vec<(String, Attached)> {
        Attached::among(&entry.extra)
    }

    /// The same for the left-over values of an entry, with the path that each kept one has in a folder of
    /// notes.
    pub fn in_folder(extra: &Map<String, Json>) -> Vec<(String, String)> {
        let kept = |(name, file)| match file {
            Attached::Kept(content) => Some((format!("attachments/{content}/{name}"), content)),
            Attached::Linked(_) => None,
        };
        Attached::among(extra)
            .into_iter()
            .filter_map(kept)
            .collect()
    }

    fn among(extra: &Map<String, Json>) -> Vec<(String, Attached)> {
        let files = extra.get(NAME).and_then(Json::as_object);
        let file = |(name, value): (&String, &Json)| {
            let text = |key: &str| value[key].as_str().map(str::to_owned);
            let kept = text("content").map(Attached::Kept);
            Some((
                name.clone(),
                kept.or_else(|| text("path").map(Attached::Linked))?,
            ))
        };
        files.into_iter().flatten().filter_map(file).collect()
    }
}

/// The files of two entries, as left-over values: of two files with one name, the second gets a number.
pub fn of_both(first: &Json, second: &Json) -> Json {
    let mut all = first.as_object().cloned().unwrap_or_default();
    for (name, file) in second.as_object().into_iter().flatten() {
        let numbered = (2..).map(|number| format!("{number} {name}"));
        let mut names = std::iter::once(name.clone()).chain(numbered);
        let free = names.find(|name| all.get(name).is_none_or(|own| own == file));
        all.insert(free.unwrap_or_default(), file.clone());
    }
    Json::Object(all)
}
