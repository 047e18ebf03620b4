//! Reads a note: turns its front matter, path and body into a draft. Start reading at [`read`].

use serde_json::{Map, Value as Json};

use super::front;
use super::links::{inline_tags, with_wikilinks, without_link};
use super::note_file::{KEPT, NoteFile};
use super::secrecy;
use super::words::table;
use crate::model::{Clock, Draft, FieldType, Kind, Kinds, LONGEST_TITLE};

/// A note that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct VaultNote {
    /// The values of the note as a draft, including its kind.
    pub draft: Draft,
    /// The line and the reason if the front matter cannot be read; it is then kept as it is.
    pub fault: Option<(usize, String)>,
    /// What it says about its privacy that cannot be read; it is private then.
    pub doubt: Option<String>,
}

/// Reads a note. `usual` is its kind unless the front matter or a folder names one. `is_note` says
/// whether a path is that of another note.
pub fn read(
    path: &str,
    text: &str,
    usual: &str,
    kinds: &Kinds,
    clock: &Clock,
    is_note: &dyn Fn(&str) -> bool,
) -> VaultNote {
    let parts = front::split(text);
    let (mut values, fault) = match front::read(&parts) {
        Ok(values) => (values, None),
        Err(fault) => (Map::new(), Some(fault)),
    };
    for (name, known) in known_names(&values, kinds) {
        if let Some(value) = values.remove(&name) {
            values.insert(known, value);
        }
    }
    // kb writes the fields that Zola does not know into the table `extra`.
    let is_zola = |extra: &Json| {
        let extra = extra.as_object().and_then(|extra| extra.get("uid"));
        extra.is_some_and(is_uid) && values.contains_key("slug")
    };
    if values.get("extra").is_some_and(is_zola)
        && let Some(Json::Object(extra)) = values.remove("extra")
    {
        values.extend(extra);
    }
    let trimmed = parts.body.trim_end();
    let ours = is_written_by_kb(&values);
    // The links of a note that kb wrote are turned back into wikilinks.
    let body = if ours {
        with_wikilinks(trimmed, path, is_note)
    } else {
        trimmed.to_owned()
    };
    let tail = parts.body[trimmed.len()..].to_owned();
    let file = NoteFile {
        path: path.to_owned(),
        front: parts.front.to_owned(),
        tail,
        ..NoteFile::default()
    };
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let kind = kind_of(&values, folder, kinds).unwrap_or(usual);
    let mut draft = Draft::of(kind);
    // Keys of the front matter that were read. All others go to `extra`.
    let mut used: Vec<String> = table()
        .kinds
        .iter()
        .filter(|name| {
            values
                .get(*name)
                .is_some_and(|value| names_kind(value, kinds).is_some())
        })
        .cloned()
        .collect();
    if let Some(kind) = kinds.get(kind) {
        said(&values, kind, clock, &mut draft, &mut used);
    }
    let secrecy = match fault.is_some() || parts.form.is_none() || secrecy::is_repeated(parts.inner)
    {
        true => secrecy::of_unread(text),
        false => secrecy::of_values(&values),
    };
    if let Some(private) = secrecy.private {
        draft.set("private", if private { "yes" } else { "no" });
    }
    let titled = draft
        .text("title")
        .is_some_and(|title| !title.trim().is_empty() && title.chars().count() <= LONGEST_TITLE);
    if !titled {
        // An index file is named after its folder.
        let own = if ["_index", "index"].contains(&stem) && !folder.is_empty() {
            folder.rsplit('/').next().unwrap_or(folder)
        } else {
            stem
        };
        draft.set("title", if own.trim().is_empty() { name } else { own });
    }
    let mut topics = draft.texts.get("topics").cloned().unwrap_or_default();
    // Dendron writes the hierarchy into file names: `a.b.c.md` has the topic `a/b`.
    let nested = stem.split('.').collect::<Vec<_>>();
    if values.contains_key("id")
        && nested.len() > 1
        && nested.iter().all(|part| !part.trim().is_empty())
    {
        topics.push(nested[..nested.len() - 1].join("/"));
    } else if topics.is_empty()
        && !folder.is_empty()
        && !ours
        && kinds
            .name(folder.rsplit('/').next().unwrap_or(folder))
            .is_none()
    {
        // The folder is the topic, unless kb wrote the note or the folder is named after a kind.
        topics.push(folder.to_owned());
    }
    draft.set_many("topics", topics);
    let mut tags = draft.texts.get("tags").cloned().unwrap_or_default();
    tags.extend(inline_tags(&body));
    draft.set_many("tags", tags);
    draft.set("body", body);
    for (name, value) in values.iter().filter(|(name, _)| !used.contains(name)) {
        // A name that has another meaning in kb gets the suffix `_text`.
        let taken = RESERVED.contains(&name.as_str())
            || kinds
                .get(kind)
                .is_some_and(|kind| kind.field(name).is_some());
        draft.extra.insert(
            if taken {
                format!("{name}_text")
            } else {
                name.clone()
            },
            value.clone(),
        );
    }
    draft.extra.insert(
        KEPT.to_owned(),
        serde_json::to_value(&file).unwrap_or(Json::Null),
    );
    VaultNote {
        draft,
        fault,
        doubt: secrecy.doubt,
    }
}

/// The names of the fields that every entry has.
const RESERVED: [&str; 15] = [
    "uid", "kind", "slug", "title", "body", "topics", "tags", "aliases", "former", "private",
    "position", "created", "updated", "ref", KEPT,
];

/// The kind that a value names: a text or a link, alone or in a list.
fn names_kind<'k>(value: &Json, kinds: &'k Kinds) -> Option<&'k str> {
    texts(value)
        .iter()
        .find_map(|text| kinds.name(&without_link(text).to_lowercase()))
}

/// The kind that the front matter names, else the innermost folder that is named after a kind.
fn kind_of<'k>(values: &Map<String, Json>, folder: &str, kinds: &'k Kinds) -> Option<&'k str> {
    let named = table()
        .kinds
        .iter()
        .find_map(|name| names_kind(values.get(name)?, kinds));
    named.or_else(|| {
        folder
            .rsplit('/')
            .find_map(|part| kinds.name(&part.to_lowercase()))
    })
}

/// The keys that have a meaning in another case, as `Tags` has that of `tags`: as written, and as known.
pub(super) fn known_names(values: &Map<String, Json>, kinds: &Kinds) -> Vec<(String, String)> {
    let table = table();
    let is_known = |name: &String| {
        let lists = table
            .names
            .values()
            .chain(table.types.values())
            .chain([&table.kinds]);
        lists.flatten().any(|known| known == name)
            || ["draft", "private", "publish"].contains(&name.as_str())
            || kinds.iter().any(|kind| kind.field(name).is_some())
    };
    let known = values.keys().filter_map(|name| {
        let lower = name.to_lowercase();
        let is_other = lower != *name && !values.contains_key(&lower) && is_known(&lower);
        is_other.then(|| (name.clone(), lower))
    });
    known.collect()
}

/// Whether front matter has a uid and a slug as kb writes them; other programs have a `uid` too.
pub(super) fn is_written_by_kb(values: &Map<String, Json>) -> bool {
    values.get("uid").is_some_and(is_uid) && values.contains_key("slug")
}

/// Whether a value is a uid: 32 hexadecimal digits.
fn is_uid(value: &Json) -> bool {
    let is_hex = |text: &str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    value.as_str().is_some_and(is_hex)
}

/// Fills a draft from front matter, and adds the names that it read to `used`.
fn said(
    values: &Map<String, Json>,
    kind: &Kind,
    clock: &Clock,
    draft: &mut Draft,
    used: &mut Vec<String>,
) {
    // Keys such as `slug` have their meaning in kb only if kb wrote the note.
    let ours = is_written_by_kb(values);
    let own = ["uid", "slug", "created", "updated", "position", "former"];
    let direct: Vec<&str> = if ours { own.to_vec() } else { Vec::new() };
    for name in direct.into_iter().filter(|name| values.contains_key(*name)) {
        draft.set_many(name, texts(&values[name]));
        used.push(name.to_owned());
    }
    // A note of another program was created at midnight (UTC) of its day.
    if let Some(day) = values
        .get("created")
        .filter(|_| !ours)
        .and_then(Json::as_str)
        .and_then(|text| text.get(..10))
    {
        let time = format!("{day}T00:00:00Z");
        if chrono::DateTime::parse_from_rfc3339(&time).is_ok() {
            draft.set("created", time);
        }
    }
    for (field, names) in &table().names {
        let Some((name, value)) = names.iter().find_map(|name| values.get_key_value(name)) else {
            continue;
        };
        // `tags: a, b c` has three tags. Other fields take a text as one value.
        let split = |text: String| -> Vec<String> {
            if field == "tags" {
                text.split([',', ' ']).map(str::to_owned).collect()
            } else {
                vec![text]
            }
        };
        let found: Vec<String> = match value {
            Json::String(text) => split(text.clone()),
            other => texts(other),
        };
        let found: Vec<String> = found
            .into_iter()
            .filter(|text| !text.trim().is_empty())
            .collect();
        if !found.is_empty() {
            draft.set_many(field, found);
            used.push(name.clone());
        }
    }
    // Zola keeps tags in the table `taxonomies`.
    if let Some(tags) = values.get("taxonomies").and_then(|table| table.get("tags")) {
        draft.set_many("tags", texts(tags));
    }
    if ours {
        used.push("private".to_owned());
    }
    for field in &kind.fields {
        // The keys listed for a type fill only the first field of that type.
        let first = kind
            .first(field.field_type)
            .is_some_and(|first| first.name == field.name);
        let like = table()
            .types
            .get(field.field_type.name())
            .filter(|_| first)
            .into_iter()
            .flatten();
        let names = [field.name.clone(), field.flag()];
        for name in names
            .iter()
            .chain(like)
            .filter(|name| values.contains_key(*name))
        {
            if used.contains(name) {
                continue;
            }
            let found: Vec<String> = texts(&values[name])
                .iter()
                .map(|text| without_link(text).to_owned())
                .filter(|text| !text.trim().is_empty())
                .collect();
            // A value that does not fit is not lost: its key stays unused and goes to `extra`.
            let fits = !found.is_empty()
                && (field.many || found.len() == 1)
                && found
                    .iter()
                    .all(|text| field.read_one(text, clock.today).is_ok());
            if fits && (ours || field.field_type != FieldType::Ref) {
                draft.set_many(&field.name, found);
                used.push(name.clone());
                break;
            }
        }
    }
}

/// The texts of a value; an object and `null` have none.
fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::String(text) => vec![text.clone()],
        Json::Number(number) => vec![number.to_string()],
        Json::Bool(flag) => vec![flag.to_string()],
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::Null | Json::Object(_) => Vec::new(),
    }
}
