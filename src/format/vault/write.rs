//! Writes a note; the note of an unchanged entry is the same file as the imported one. Start
//! reading at [`write()`].

use serde_json::{Map, Value as Json};

use super::front::{self, Form};
use super::links::{inline_tags, linked};
use super::note_file::{KEPT, NoteFile};
use super::read::{is_written_by_kb, known_names, read};
use super::rewrite;
use super::secrecy;
use super::style::Style;
use super::words::table;
use crate::model::entry::MERGED;
use crate::model::{Audience, Clock, Entry, FieldType, Kind, Kinds, Unknown, Value};
use crate::text::slug::is_slug;

/// The note that an entry came from, if a note for this audience continues it. For the public, that is
/// only a post with TOML front matter that somebody wrote for a web site: kb's own notes have what only
/// their owner sees, and so has one that names a private field at any depth.
fn kept(entry: &Entry, kind: &Kind, audience: Audience) -> Option<NoteFile> {
    NoteFile::of(&entry.extra).filter(|file| {
        let parts = front::split(&file.front);
        audience == Audience::Owner
            || parts.form == Some(Form::Toml)
                && front::read(&parts).is_ok_and(|values| {
                    let private = kind.fields.iter().filter(|field| field.private);
                    let mut secret: Vec<&str> = private
                        .flat_map(|field| written_names(&field.name, kind))
                        .collect();
                    secret.push("uid");
                    !has_key(&Json::Object(values), &secret)
                })
    })
}

/// Whether a value has one of some keys, in any case and at any depth.
fn has_key(value: &Json, keys: &[&str]) -> bool {
    match value {
        Json::Object(map) => map.iter().any(|(name, value)| {
            let name = name.to_lowercase().replace('-', "_");
            keys.iter().any(|key| key.replace('-', "_") == name) || has_key(value, keys)
        }),
        Json::Array(items) => items.iter().any(|item| has_key(item, keys)),
        _ => false,
    }
}

/// The path of an entry's note: the one that it was imported from, if any, else its ref with `.md`.
pub fn path_of(entry: &Entry, kind: &Kind, audience: Audience) -> String {
    kept(entry, kind, audience)
        .map_or_else(|| format!("{}.md", entry.reference()), |file| file.path)
}

/// The text of an entry's note. `target` returns the path of the file that a ref leads to; `None`
/// leaves the link as it is.
pub fn write(
    entry: &Entry,
    kind: &Kind,
    kinds: &Kinds,
    style: Style,
    audience: Audience,
    clock: &Clock,
    target: &dyn Fn(&str) -> Option<String>,
) -> String {
    let kept = kept(entry, kind, audience);
    let form = kept
        .as_ref()
        .and_then(|file| front::split(&file.front).form);
    // Links in a note that somebody wrote already lead where its program takes them. Only a full
    // ref, which only kb knows, is rewritten in it.
    let is_own = kept.is_some() && (style == Style::Obsidian || form == Some(style.form()));
    let seen = |name: &str| match is_own && !is_full_ref(name, kinds) {
        true => None,
        false => target(name),
    };
    let body = linked(&entry.body, style, &seen);
    let Some(file) = kept else {
        let tail = if body.is_empty() { "" } else { "\n" };
        return format!(
            "{}{body}{tail}",
            fresh(&all_values(entry, kind, audience), kind, style)
        );
    };
    let front = front_of(&file, entry, kind, kinds, style, audience, clock);
    format!("{front}{body}{}", file.tail)
}

/// The front matter of an entry that came from a note: what did not change stays as it was written.
fn front_of(
    file: &NoteFile,
    entry: &Entry,
    kind: &Kind,
    kinds: &Kinds,
    style: Style,
    audience: Audience,
    clock: &Clock,
) -> String {
    let parts = front::split(&file.front);
    let whole = format!("{}{}", file.front, entry.body);
    let before = read(&file.path, &whole, &kind.name, kinds, clock, &|_| false);
    let before = kind.admit(&before.draft, clock, Unknown::Keep).ok();
    let now = all_values(entry, kind, audience);
    // Obsidian leaves front matter in TOML alone; Zola refuses names that it does not know.
    let stays = |form: Form| style == Style::Obsidian || form == style.form();
    let read = front::read(&parts);
    let (Some(before), Ok(mut values)) = (before, read) else {
        // Front matter that cannot be read stays as it is.
        return match parts.form {
            Some(form) if stays(form) => file.front.clone(),
            _ => fresh(&now, kind, style),
        };
    };
    let other_case = known_names(&values, kinds);
    for (name, known) in &other_case {
        if let Some(value) = values.remove(name) {
            values.insert(known.clone(), value);
        }
    }
    let ours = is_written_by_kb(&values);
    let then = all_values(&before, kind, audience);
    let mut changed = changed(&then, &now, ours);
    keep_inline(&mut changed, &values, entry, &before);
    match parts.form {
        Some(form) if stays(form) => {
            if !changed.is_empty() && ours && form == Form::Toml {
                return fresh(&now, kind, style);
            }
            let changed: Vec<(String, Json)> = changed
                .into_iter()
                .map(|(name, value)| written_as(&values, &name, value, kind, form))
                .map(|(name, value)| {
                    let own = other_case.iter().find(|(_, known)| *known == name);
                    (own.map_or(name, |(own, _)| own.clone()), value)
                })
                .collect();
            rewrite::change(form, &file.front, &changed)
        }
        // The note gets what the entry has to add, and nothing else.
        None if changed.is_empty() => String::new(),
        None if style == Style::Obsidian => front::write(Form::Yaml, &changed),
        _ => fresh(&now, kind, style),
    }
}

/// Leaves the tags that the body has as `#tag` out of the tags to be written.
fn keep_inline(
    changed: &mut Vec<(String, Json)>,
    values: &Map<String, Json>,
    entry: &Entry,
    before: &Entry,
) {
    let Some(at) = changed.iter().position(|(name, _)| name == "tags") else {
        return;
    };
    let inline = inline_tags(&entry.body);
    let own = Json::from_iter(values.values().cloned()).to_string();
    let is_inline = |tag: &&String| inline.contains(tag) && !own.contains(tag.as_str());
    let written = |tags: &[String]| {
        tags.iter()
            .filter(|tag| !is_inline(tag))
            .cloned()
            .collect::<Vec<_>>()
    };
    let now = written(&entry.tags);
    if now == written(&before.tags) {
        changed.remove(at);
    } else {
        changed[at].1 = if now.is_empty() {
            Json::Null
        } else {
            Json::from(now)
        };
    }
}

/// Whether a name in a link is a kind, a slash and a slug.
fn is_full_ref(name: &str, kinds: &Kinds) -> bool {
    name.split_once('/')
        .is_some_and(|(kind, slug)| kinds.name(kind).is_some() && is_slug(slug))
}

/// The values that differ, as they are now, in the order of their names; null for one that is gone.
/// What kb itself assigns counts only if `ours` says that the note already has it.
fn changed(then: &[(String, Json)], now: &[(String, Json)], ours: bool) -> Vec<(String, Json)> {
    let value = |values: &[(String, Json)], name: &str| {
        let found = values.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    let own = |name: &str| {
        !ours && ["uid", "slug", "kind", "created", "updated", "former"].contains(&name)
    };
    let mut changed: Vec<(String, Json)> = Vec::new();
    for (name, _) in now.iter().chain(then) {
        let after = value(now, name);
        if !own(name)
            && after != value(then, name)
            && !changed.iter().any(|(known, _)| known == name)
        {
            changed.push((name.clone(), after.unwrap_or(Json::Null)));
        }
    }
    changed
}

/// The keys that may have a field in the front matter of another program.
fn written_names<'n>(field: &'n str, kind: &Kind) -> Vec<&'n str> {
    let by_type = kind
        .field(field)
        .and_then(|field| table().types.get(field.field_type.name()));
    let names = table().names.get(field).or(by_type).into_iter().flatten();
    std::iter::once(field)
        .chain(names.map(String::as_str))
        .collect()
}

/// A field and its value under the key that the front matter already has for it, else under its own
/// name.
fn written_as(
    values: &Map<String, Json>,
    field: &str,
    value: Json,
    kind: &Kind,
    form: Form,
) -> (String, Json) {
    let has = |name: &str| values.contains_key(name);
    if field == "private" {
        let is_private = value == Json::Bool(true);
        return match (secrecy::key_in(values), form) {
            (("private", _), Form::Toml) if is_private => ("draft".to_owned(), value),
            (("private", _), _) => (field.to_owned(), value),
            ((key, hides), _) => (key.to_owned(), Json::Bool(is_private == hides)),
        };
    }
    let taxonomies = values.get("taxonomies");
    if field == "tags"
        && form == Form::Toml
        && taxonomies.is_some_and(|table| table.get("tags").is_some())
    {
        return ("taxonomies.tags".to_owned(), value);
    }
    let names = written_names(field, kind);
    let name = names.into_iter().find(|name| has(name)).unwrap_or(field);
    (name.to_owned(), value)
}

/// The front matter of an entry, in order, without empty values.
fn all_values(entry: &Entry, kind: &Kind, audience: Audience) -> Vec<(String, Json)> {
    let mut values: Vec<(String, Json)> = Vec::new();
    let mut put = |name: &str, value: Json| {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            values.push((name.to_owned(), value));
        }
    };
    put("title", Json::from(entry.title.as_str()));
    put("kind", Json::from(entry.kind.as_str()));
    put("uid", Json::from(entry.uid.as_str()));
    put("slug", Json::from(entry.slug.as_str()));
    put("created", Json::from(entry.created.as_str()));
    put("updated", Json::from(entry.updated.as_str()));
    put("topics", Json::from(entry.topics.clone()));
    put("tags", Json::from(entry.tags.clone()));
    put("aliases", Json::from(entry.aliases.clone()));
    if audience == Audience::Owner {
        put("former", Json::from(entry.former.clone()));
    }
    put(
        "private",
        if entry.private || kind.private {
            Json::from(entry.private)
        } else {
            Json::Null
        },
    );
    put("position", entry.position.map_or(Json::Null, Json::from));
    for field in kind
        .fields
        .iter()
        .filter(|field| audience.sees_field(field))
    {
        let value = entry.value(&field.name).map(|value| match value {
            Value::Period(period) => Json::from(period.text.as_str()),
            value => value.json(),
        });
        put(&field.name, value.unwrap_or(Json::Null));
    }
    if audience == Audience::Owner {
        // What a merge replaced is for its undo.
        let is_kept = |name: &str| name == KEPT || name == MERGED;
        for (name, json) in entry.extra.iter().filter(|(name, _)| !is_kept(name)) {
            put(name, json.clone());
        }
    }
    values
}

/// New front matter for a note. Zola has only a few names of its own, of which `date` takes a day; all
/// other values go into its table `extra`.
fn fresh(values: &[(String, Json)], kind: &Kind, style: Style) -> String {
    if style == Style::Obsidian {
        return front::write(Form::Yaml, values);
    }
    let period = kind
        .first(FieldType::Period)
        .map(|field| field.name.as_str());
    let is_day = |value: &Json| {
        let day = value
            .as_str()
            .map(|text| chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d"));
        day.is_some_and(|day| day.is_ok())
    };
    let (mut own, mut extra) = (Vec::new(), Vec::new());
    for (name, value) in values.iter().cloned() {
        match name.as_str() {
            "title" | "slug" => own.push((name, value)),
            _ if Some(name.as_str()) == period && is_day(&value) => {
                own.push(("date".to_owned(), value))
            }
            // TOML has no null.
            _ if has_null(&value) => {}
            _ => {
                if name == "private" && value == Json::Bool(true) {
                    own.push(("draft".to_owned(), value.clone()));
                }
                extra.push((name, value));
            }
        }
    }
    front::write_tables(&own, &extra)
}

/// Whether a value is null or has null in it.
fn has_null(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::Array(items) => items.iter().any(has_null),
        Json::Object(map) => map.values().any(has_null),
        _ => false,
    }
}
