//! Finds entries that are probably duplicates, and merges two entries.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value as Json};

use super::entries::{Changed, kind_of};
use super::error::NotebookError;
use super::resolve::find_exactly_in;
use super::same_work::{Verdict, Work, isbn_of};
use super::session::Notebook;
use crate::format::attached;
use crate::model::entry::MERGED;
use crate::model::identifier::{url_key, versionless};
use crate::model::{Draft, Entry, FieldType, Kind, Unknown, Value};
use crate::text::fold::fold;

/// Most entries with one property that an entry is compared with.
const COMPARED: usize = 100;

/// Two entries that are probably duplicates, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likely {
    /// The ref of the older entry.
    pub first: String,
    /// The ref of the newer entry.
    pub second: String,
    /// What they share, such as `DOI` or `title`.
    pub why: String,
}

/// An entry that was visited: its ref and its work.
type Seen = (String, Rc<Work>);

/// Collects probable duplicates while entries are visited one by one, oldest first.
#[derive(Debug, Default)]
pub struct Likeness {
    /// The entries with a property, by kind, name and value of the property.
    seen: BTreeMap<(String, String, String), Vec<Seen>>,
    /// What two entries share, by their refs.
    found: BTreeMap<(String, String), String>,
}

impl Likeness {
    /// Compares one more entry with those visited before.
    pub fn visit(&mut self, entry: &Entry, kind: &Kind) {
        let work = Rc::new(Work::of_entry(entry, kind));
        for (why, key) in signs(entry, kind) {
            let reference = entry.reference();
            let others = self
                .seen
                .entry((kind.name.clone(), why.clone(), key))
                .or_default();
            // One look-alike is enough, however many there are.
            let same = others
                .iter()
                .find(|(_, other)| other.verdict(&work) == Verdict::Same);
            if let Some((first, _)) = same {
                self.found
                    .entry((first.clone(), reference.clone()))
                    .or_insert(why);
            }
            if others.len() < COMPARED {
                others.push((reference, Rc::clone(&work)));
            }
        }
    }

    /// The duplicates found so far.
    pub fn found(self) -> Vec<Likely> {
        self.found
            .into_iter()
            .map(|((first, second), why)| Likely { first, second, why })
            .collect()
    }
}

/// The properties that identify an entry within its kind, as name and value: DOI, arXiv id,
/// addresses, ISBN, and title.
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
    signs.extend(isbn_of(&entry.extra).map(|isbn| ("ISBN".to_owned(), isbn)));
    signs.push(("title".to_owned(), fold(&entry.title)));
    signs
}

impl Notebook {
    /// Merges the entry `from` into the entry `into` and removes `from`. Empty fields of `into` are
    /// filled, and lists, labels and bodies are combined. `into` also gets the names and former
    /// slugs of `from`. Where values differ, `into` keeps its own; the other value goes into its
    /// extra data.
    ///
    /// # Errors
    /// A ref matches no entry or several, both refs name the same entry, or the entries are of
    /// different kinds.
    pub fn merge(&mut self, into: &str, from: &str) -> Result<Changed, NotebookError> {
        let (changed, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                let before = find_exactly_in(writer.store(), into)?;
                let other = find_exactly_in(writer.store(), from)?;
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

/// A record of a bibliography with the fields that only another one has. Anything else stays as it is.
fn completed(own: &Json, theirs: &Json) -> Json {
    let (Some(fields), Some(more)) = (own["fields"].as_array(), theirs["fields"].as_array()) else {
        return own.clone();
    };
    let mut whole = own.clone();
    let all: Vec<Json> = fields
        .iter()
        .chain(
            more.iter()
                .filter(|field| fields.iter().all(|known| known[0] != field[0])),
        )
        .cloned()
        .collect();
    whole["fields"] = Json::Array(all);
    whole
}

/// The changes that a merge makes to the first entry.
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
    // The result is private if either entry is.
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
                // A period keeps its wording.
                let kept = match theirs {
                    Value::Period(period) => Json::from(period.text.as_str()),
                    other => other.json(),
                };
                differing.insert(field.name.clone(), kept);
            }
            _ => {}
        }
    }
    for (name, json) in &second.extra {
        match first.extra.get(name) {
            None => drop(draft.extra.insert(name.clone(), json.clone())),
            Some(own) if name == attached::NAME => {
                draft
                    .extra
                    .insert(name.clone(), attached::of_both(own, json));
            }
            Some(own) if own != json => {
                // Of two records in one format, the first gets the fields that only the second has.
                let whole = completed(own, json);
                if whole != *own {
                    draft.extra.insert(name.clone(), whole);
                }
                differing.insert(name.clone(), json.clone());
            }
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
