//! Entries about the same thing: which are likely to be, and two made one.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::entries::{Changed, kind_of};
use super::error::NotebookError;
use super::resolve::find_in;
use super::session::Notebook;
use crate::model::identifier::{url_key, versionless};
use crate::model::{Draft, Entry, FieldType, Kind, Unknown, Value};
use crate::text::fold::fold;

/// The name under which an entry keeps what it could not take from one that was merged into it.
const MERGED: &str = "merged";

/// Two entries that are likely to be one, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likely {
    /// The ref of the older one.
    pub first: String,
    /// The ref of the other.
    pub second: String,
    /// What they share: `DOI`, `title`.
    pub why: String,
}

/// Looks for entries that are likely to be the same, as they pass by.
#[derive(Debug, Default)]
pub struct Likeness {
    seen: BTreeMap<(String, String, String), String>,
    found: BTreeMap<(String, String), String>,
}

impl Likeness {
    /// Looks at one more entry.
    pub fn visit(&mut self, entry: &Entry, kind: &Kind) {
        for (why, key) in signs(entry, kind) {
            let reference = entry.reference();
            let first = self
                .seen
                .entry((kind.name.clone(), why.clone(), key))
                .or_insert_with(|| reference.clone())
                .clone();
            if first != reference {
                self.found.entry((first, reference.clone())).or_insert(why);
            }
        }
    }

    /// What was found.
    pub fn found(self) -> Vec<Likely> {
        self.found
            .into_iter()
            .map(|((first, second), why)| Likely { first, second, why })
            .collect()
    }
}

/// What tells an entry from others of its kind: identifiers and addresses, and its title with its year.
fn signs(entry: &Entry, kind: &Kind) -> Vec<(String, String)> {
    let mut signs = Vec::new();
    for field in kind.fields.iter().filter(|field| !field.many) {
        let Some(Value::Text(text)) = entry.value(&field.name) else {
            continue;
        };
        match field.field_type {
            FieldType::Doi => signs.push(("DOI".to_owned(), text.clone())),
            FieldType::Arxiv => signs.push(("arXiv id".to_owned(), versionless(text).to_owned())),
            FieldType::Url => signs.push((field.name.clone(), url_key(text))),
            _ => {}
        }
    }
    let year = kind
        .first(FieldType::Period)
        .map(|field| match entry.value(&field.name) {
            Some(Value::Period(period)) => period.edtf.clone(),
            _ => String::new(),
        });
    let year: String = year.unwrap_or_default().chars().take(4).collect();
    signs.push(("title".to_owned(), format!("{} {year}", fold(&entry.title))));
    signs
}

impl Notebook {
    /// Makes two entries one: the first gets what it lacks from the second, whose body comes behind its own, and is found under the names of
    /// both. What both say in different words stays with the first, and what the second said is kept beside it.
    ///
    /// # Errors
    /// A ref means nothing, the entries are of different kinds or the same, or the file cannot be written.
    pub fn merge(&mut self, into: &str, from: &str) -> Result<Changed, NotebookError> {
        let (changed, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                let before = find_in(writer.store(), into)?;
                let other = find_in(writer.store(), from)?;
                let (first, second) = (&before.entry, &other.entry);
                if first.uid == second.uid {
                    return Err(NotebookError::SameEntry {
                        first: into.to_owned(),
                        second: from.to_owned(),
                    });
                }
                if first.kind != second.kind {
                    return Err(NotebookError::DifferentKinds {
                        first: first.reference(),
                        second: second.reference(),
                    });
                }
                let kind = kind_of(writer.store(), first)?;
                writer.remove(&other)?;
                let draft = joined(first, second, &kind);
                let after = kind
                    .revise(first, &draft, &self.clock, Unknown::Keep)
                    .map_err(|problems| NotebookError::Invalid {
                        kind: kind.name.clone(),
                        problems,
                    })?;
                writer.update(&before, &after)?;
                Ok(Changed {
                    before: before.entry,
                    after,
                })
            })?;
        Ok(changed)
    }
}

/// What the first entry becomes.
fn joined(first: &Entry, second: &Entry, kind: &Kind) -> Draft {
    let mut draft = Draft::of(&kind.name);
    let both = |own: &[String], theirs: &[String]| {
        own.iter().chain(theirs).cloned().collect::<Vec<String>>()
    };
    draft.set_many("topics", both(&first.topics, &second.topics));
    draft.set_many("tags", both(&first.tags, &second.tags));
    let title = (fold(&first.title) != fold(&second.title)).then(|| second.title.clone());
    draft.set_many(
        "aliases",
        both(&first.aliases, &second.aliases)
            .into_iter()
            .chain(title)
            .collect(),
    );
    draft.set_many(
        "former",
        both(
            &first.former,
            &[&second.former[..], std::slice::from_ref(&second.slug)].concat(),
        ),
    );
    if !second.body.is_empty() && !first.body.contains(&second.body) {
        draft.set(
            "body",
            [first.body.as_str(), &second.body]
                .join("\n\n")
                .trim_start(),
        );
    }
    // A private entry does not become public by taking in another.
    draft.set(
        "private",
        if first.private || second.private {
            "yes"
        } else {
            "no"
        },
    );
    let mut differing = Map::new();
    for field in &kind.fields {
        match (first.value(&field.name), second.value(&field.name)) {
            (None, Some(value)) => drop(draft.set_many(&field.name, value.texts())),
            (Some(Value::Many(own)), Some(Value::Many(theirs)))
                if field.field_type != FieldType::Person =>
            {
                let texts = own
                    .iter()
                    .chain(theirs.iter().filter(|value| !own.contains(value)))
                    .map(Value::text)
                    .collect();
                draft.set_many(&field.name, texts);
            }
            (Some(own), Some(theirs)) if own != theirs => {
                drop(differing.insert(field.name.clone(), theirs.json()))
            }
            _ => {}
        }
    }
    for (name, json) in &second.extra {
        match first.extra.get(name) {
            None => drop(draft.extra.insert(name.clone(), json.clone())),
            Some(own) if own != json => drop(differing.insert(name.clone(), json.clone())),
            Some(_) => {}
        }
    }
    if !differing.is_empty() {
        differing.insert("uid".to_owned(), Json::from(second.uid.as_str()));
        let mut all: Vec<Json> = first
            .extra
            .get(MERGED)
            .and_then(Json::as_array)
            .cloned()
            .unwrap_or_default();
        all.push(Json::Object(differing));
        draft.extra.insert(MERGED.to_owned(), Json::Array(all));
    }
    draft
}
