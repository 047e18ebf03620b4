//! Writes a note; the note of an unchanged entry is the same file as the imported one. Start
//! reading at [`write()`].

use serde_json::Value as Json;

use super::front::{self, Form};
use super::links::linked;
use super::note_file::{KEPT, NoteFile, path_of};
use super::read::read;
use super::style::Style;
use super::words::table;
use crate::model::{Audience, Clock, Entry, Kind, Kinds, Unknown, Value};
use crate::text::slug::is_slug;

/// The text of an entry's note. `target` returns the path of the file that a ref leads to; `None`
/// leaves the link as it is. For the public, the kept note is ignored.
pub fn write(
    entry: &Entry,
    kind: &Kind,
    kinds: &Kinds,
    style: Style,
    audience: Audience,
    clock: &Clock,
    target: &dyn Fn(&str) -> Option<String>,
) -> String {
    let kept = NoteFile::of(&entry.extra).filter(|_| audience == Audience::Owner);
    // Links in a note of the user's vault already lead where the user's editor takes them. Only a
    // full ref, which only kb knows, is rewritten in it.
    let is_own = kept.is_some() && style == Style::Obsidian;
    let seen = |name: &str| match is_own && !is_full_ref(name, kinds) {
        true => None,
        false => target(name),
    };
    let body = linked(&entry.body, &path_of(entry, audience), style, &seen);
    let Some(file) = kept else {
        let tail = if body.is_empty() { "" } else { "\n" };
        return format!(
            "{}{body}{tail}",
            fresh(&all_values(entry, kind, audience), style)
        );
    };
    let parts = front::split(&file.front);
    let before = read(
        &file.path,
        &format!("{}{}", file.front, entry.body),
        &kind.name,
        kinds,
        clock,
        &|_| false,
    );
    let before = kind.admit(&before.draft, clock, Unknown::Keep).ok();
    let now = all_values(entry, kind, audience);
    // Obsidian leaves front matter in TOML alone; Zola refuses names that it does not know.
    let stays = |form: Form| style == Style::Obsidian || form == style.form();
    let front = match (parts.form, before) {
        (Some(form), Some(before)) if stays(form) => {
            let ours = parts
                .inner
                .lines()
                .any(|line| line.starts_with("uid:") || line.starts_with("uid ="));
            let then = all_values(&before, kind, audience);
            let changed: Vec<(String, Json)> = changed(&then, &now, ours)
                .into_iter()
                .map(|(name, value)| (written_as(parts.inner, &name, kind, form), value))
                .collect();
            match (changed.is_empty(), ours) {
                (true, _) => file.front.clone(),
                (false, true) => fresh(&now, style),
                (false, false) => front::change(form, &file.front, &changed),
            }
        }
        // The note had no front matter, and the entry has nothing to add.
        (None, Some(before)) if same_values(&before, entry, kind, audience) => String::new(),
        // It gets what the entry has to add, and nothing else.
        (None, Some(before)) if style == Style::Obsidian => {
            let then = all_values(&before, kind, audience);
            front::write(Form::Yaml, &changed(&then, &now, false))
        }
        // Front matter that cannot be read stays as it is.
        (Some(form), None) if stays(form) => file.front.clone(),
        _ => fresh(&now, style),
    };
    format!("{front}{body}{}", file.tail)
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
    let own = |name: &str| !ours && ["uid", "slug", "kind", "created", "updated"].contains(&name);
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

/// Whether two entries have the same front matter, apart from what kb itself assigns.
fn same_values(before: &Entry, entry: &Entry, kind: &Kind, audience: Audience) -> bool {
    let own = ["uid", "slug", "kind", "created", "updated"];
    let values = |entry: &Entry| {
        all_values(entry, kind, audience)
            .into_iter()
            .filter(|(name, _)| !own.contains(&name.as_str()))
            .collect::<Vec<_>>()
    };
    values(before) == values(entry)
}

/// The name that the front matter already uses for a field, else the name of the field.
fn written_as(inner: &str, field: &str, kind: &Kind, form: Form) -> String {
    let sign = if form == Form::Yaml { ':' } else { '=' };
    let there = |name: &str| {
        inner.lines().any(|line| {
            line.split_once(sign)
                .is_some_and(|(key, _)| key.trim_end() == name)
        })
    };
    let by_type = kind
        .field(field)
        .and_then(|field| table().types.get(field.field_type.name()));
    let names = table().names.get(field).or(by_type).into_iter().flatten();
    std::iter::once(field)
        .chain(names.map(String::as_str))
        .find(|name| there(name))
        .unwrap_or(field)
        .to_owned()
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
        for (name, json) in entry.extra.iter().filter(|(name, _)| *name != KEPT) {
            put(name, json.clone());
        }
    }
    values
}

/// New front matter for a note. Zola has only a few names of its own; all other values go into its
/// table `extra`.
fn fresh(values: &[(String, Json)], style: Style) -> String {
    if style == Style::Obsidian {
        return front::write(Form::Yaml, values);
    }
    let (own, other): (Vec<_>, Vec<_>) = values
        .iter()
        .cloned()
        .partition(|(name, _)| ["title", "slug"].contains(&name.as_str()));
    // TOML has no null.
    let extra: Vec<(String, Json)> = other
        .into_iter()
        .filter(|(_, value)| !has_null(value))
        .collect();
    let draft = extra
        .iter()
        .any(|(name, value)| name == "private" && *value == Json::Bool(true))
        .then(|| ("draft".to_owned(), Json::from(true)));
    front::write_tables(&own.into_iter().chain(draft).collect::<Vec<_>>(), &extra)
}

fn has_null(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::Array(items) => items.iter().any(has_null),
        Json::Object(map) => map.values().any(has_null),
        _ => false,
    }
}
