//! The rows that filters and links search: the topics, tags, names and links of an entry, each
//! folded.

use std::collections::{BTreeSet, HashSet};

use crate::model::entry::base_slug;
use crate::model::{Entry, FieldType, Kinds, Value, link};
use crate::text::acronym;
use crate::text::fold::{compact_key, fold, words};

/// A topic folded for matching, with a space before each word: ` machine learning/ vision`.
fn topic_fold(topic: &str) -> String {
    topic
        .split('/')
        .map(|part| format!(" {}", words(part).join(" ")))
        .collect::<Vec<_>>()
        .join("/")
}

/// The rows of an entry in the tables that filters and links search, sorted. Each row is the table,
/// or the field of a link; the folded text; and the text as written.
pub(crate) fn derived_rows(entry: &Entry, kinds: &Kinds) -> Vec<[String; 3]> {
    let row = |table: &str, fold: String, name: &str| [table.to_owned(), fold, name.to_owned()];
    let mut rows: Vec<[String; 3]> = entry
        .topics
        .iter()
        .map(|topic| row("topic", topic_fold(topic), topic))
        .collect();
    rows.extend(entry.tags.iter().map(|tag| row("tag", fold(tag), tag)));
    rows.extend(
        entry
            .aliases
            .iter()
            .chain(&entry.former)
            .map(|alias| row("alias", fold(alias), alias)),
    );
    let mut seen = HashSet::new();
    rows.retain(|[table, fold, _]| seen.insert((table.clone(), fold.clone())));
    rows.extend(names(entry).into_iter().map(|key| row("_name", key, "")));
    rows.extend(
        link::refs(&entry.body, entry.note_path())
            .iter()
            .map(|text| row("body", fold(text), text)),
    );
    let refs = kinds.get(&entry.kind).into_iter().flat_map(|kind| {
        kind.fields
            .iter()
            .filter(|field| field.field_type == FieldType::Ref)
    });
    for field in refs {
        let texts = entry
            .value(&field.name)
            .map(Value::texts)
            .unwrap_or_default();
        rows.extend(
            texts
                .iter()
                .filter(|text| !text.contains("://"))
                .map(|text| row(&field.name, fold(text), text)),
        );
    }
    rows.sort();
    rows
}

/// The aliases of an entry and its title without an acronym, as `compact_key` compares them. Empty for
/// an entry without aliases whose slug is that of its title.
pub(crate) fn names(entry: &Entry) -> BTreeSet<String> {
    if entry.aliases.is_empty() && has_slug_of_title(entry) {
        return BTreeSet::new();
    }
    let title = acronym::split(&entry.title).map_or(entry.title.as_str(), |(before, _)| before);
    let keys = entry
        .aliases
        .iter()
        .map(String::as_str)
        .chain([title])
        .map(compact_key);
    keys.filter(|key| !key.is_empty()).collect()
}

/// Whether the slug of an entry is made from its title, with or without a number.
fn has_slug_of_title(entry: &Entry) -> bool {
    let letters = entry.title.bytes().filter(u8::is_ascii_alphanumeric);
    let own = entry.slug.bytes().filter(|byte| *byte != b'-');
    // Most titles are told by their letters, without making a slug.
    if letters.map(|byte| byte.to_ascii_lowercase()).eq(own) {
        return true;
    }
    let base = base_slug(&entry.kind, &entry.title);
    let number = entry.slug.strip_prefix(base.as_str());
    number.is_some_and(|rest| match rest.strip_prefix('-') {
        Some(number) => number.parse::<u64>().is_ok(),
        None => rest.is_empty(),
    })
}
