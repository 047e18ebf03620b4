//! Folders of notes, one file an entry, as Obsidian, Dendron, Zola and Hugo have them.
//!
//! A note keeps its path, its front matter and the end of its body as they were written (`file` among what is left over), so that a note whose
//! entry did not change is the same file again. Must not know the store or the folder itself. Start reading at [`read()`] and [`write()`].

mod front;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::model::{Audience, Clock, Draft, Entry, FieldType, Kind, Kinds, LONGEST_TITLE, Unknown, Value};
use crate::text::fold::fold;
use crate::text::markdown::{self, Fences};
pub use front::Form;

/// The name under which an entry keeps its file.
pub const KEPT: &str = "file";
const TABLE: &str = include_str!("../../../data/formats/vault.toml");

/// The folder's own: what an entry keeps of its file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The name of the folder that it came from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub root: String,
    /// Where it stands in its folder, with `/` between names.
    pub path: String,
    /// The front matter with its fences.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub front: String,
    /// White space behind the body.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tail: String,
    /// Files that the body refers to: their path in the folder, and the name under which they are kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attachments: BTreeMap<String, String>,
}

impl File {
    /// What an entry keeps.
    pub fn of(extra: &Map<String, Json>) -> Option<File> {
        extra.get(KEPT).and_then(|json| File::deserialize(json).ok()).filter(|file| is_safe(&file.path))
    }
}

/// Whether a path stays below the folder that it is seen from, on any system.
pub fn is_safe(path: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':', '\0']);
    !path.is_empty() && path.split('/').all(part)
}

#[derive(Debug, Default, Deserialize)]
struct Table {
    kind: String,
    kinds: Vec<String>,
    types: BTreeMap<String, Vec<String>>,
    names: BTreeMap<String, Vec<String>>,
}

fn table() -> &'static Table {
    static READ: OnceLock<Table> = OnceLock::new();
    READ.get_or_init(|| toml::from_str(TABLE).unwrap_or_default())
}

/// The kind of a note that does not say it and lies in no folder of a kind.
pub fn usual_kind() -> &'static str {
    &table().kind
}

/// A note that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// What an entry would say, its kind included.
    pub draft: Draft,
    /// Line and fact, when its front matter cannot be read; it is kept as it is.
    pub fault: Option<(usize, String)>,
}

/// Reads a note; `usual` is its kind unless it says another or lies in the folder of one. `is_note` knows the other notes by their paths.
pub fn read(path: &str, text: &str, usual: &str, kinds: &Kinds, clock: &Clock, is_note: &dyn Fn(&str) -> bool) -> Note {
    let parts = front::split(text);
    let (mut values, fault) = match front::read(&parts) {
        Ok(values) => (values, None),
        Err(fault) => (Map::new(), Some(fault)),
    };
    // What kb has to say beside the words of Zola.
    if values.get("extra").is_some_and(|extra| extra.get("uid").is_some())
        && let Some(Json::Object(extra)) = values.remove("extra")
    {
        values.extend(extra);
    }
    let trimmed = parts.body.trim_end();
    let body = if values.contains_key("uid") { with_wikilinks(trimmed, path, is_note) } else { trimmed.to_owned() };
    let tail = parts.body[trimmed.len()..].to_owned();
    let file = File { path: path.to_owned(), front: parts.front.to_owned(), tail, ..File::default() };
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let kind = kind_of(&values, folder, kinds).unwrap_or(usual);
    let mut draft = Draft::of(kind);
    let mut used: Vec<String> =
        table().kinds.iter().filter(|name| values.get(*name).is_some_and(|value| names_kind(value, kinds).is_some())).cloned().collect();
    if let Some(kind) = kinds.get(kind) {
        said(&values, kind, clock, &mut draft, &mut used);
    }
    let titled = draft.text("title").is_some_and(|title| !title.trim().is_empty() && title.chars().count() <= LONGEST_TITLE);
    if !titled {
        // A file that is only the index of its folder is called after the folder; a name with dots is that of the last part (Dendron).
        let own = if ["_index", "index"].contains(&stem) && !folder.is_empty() { folder.rsplit('/').next().unwrap_or(folder) } else { stem };
        draft.set("title", if own.trim().is_empty() { name } else { own });
    }
    let mut topics = draft.texts.get("topics").cloned().unwrap_or_default();
    let nested = stem.split('.').collect::<Vec<_>>();
    if values.contains_key("id") && nested.len() > 1 && nested.iter().all(|part| !part.trim().is_empty()) {
        topics.push(nested[..nested.len() - 1].join("/"));
    } else if topics.is_empty() && !folder.is_empty() && !values.contains_key("uid") && kinds.name(folder.rsplit('/').next().unwrap_or(folder)).is_none() {
        topics.push(folder.to_owned());
    }
    draft.set_many("topics", topics);
    let mut tags = draft.texts.get("tags").cloned().unwrap_or_default();
    tags.extend(inline_tags(&body));
    draft.set_many("tags", tags);
    draft.set("body", body);
    for (name, value) in values.iter().filter(|(name, _)| !used.contains(name)) {
        // A name that means something else here stands beside it.
        let taken = RESERVED.contains(&name.as_str()) || kinds.get(kind).is_some_and(|kind| kind.field(name).is_some());
        draft.extra.insert(if taken { format!("{name}_text") } else { name.clone() }, value.clone());
    }
    draft.extra.insert(KEPT.to_owned(), serde_json::to_value(&file).unwrap_or(Json::Null));
    Note { draft, fault }
}

/// Names that every entry has.
const RESERVED: [&str; 15] =
    ["uid", "kind", "slug", "title", "body", "topics", "tags", "aliases", "former", "private", "position", "created", "updated", "ref", KEPT];

/// The kind that a value names, alone or in a list, as text or as a link.
fn names_kind<'k>(value: &Json, kinds: &'k Kinds) -> Option<&'k str> {
    texts(value).iter().find_map(|text| kinds.name(&without_link(text).to_lowercase()))
}

fn kind_of<'k>(values: &Map<String, Json>, folder: &str, kinds: &'k Kinds) -> Option<&'k str> {
    let named = table().kinds.iter().find_map(|name| names_kind(values.get(name)?, kinds));
    named.or_else(|| folder.rsplit('/').find_map(|part| kinds.name(&part.to_lowercase())))
}

/// Fills a draft with what front matter says, and notes which names were used up.
fn said(values: &Map<String, Json>, kind: &Kind, clock: &Clock, draft: &mut Draft, used: &mut Vec<String>) {
    let ours = values.contains_key("uid");
    let own = ["uid", "slug", "created", "updated", "position", "former"];
    let direct: Vec<&str> = if ours { own.to_vec() } else { Vec::new() };
    for name in direct.into_iter().filter(|name| values.contains_key(*name)) {
        draft.set_many(name, texts(&values[name]));
        used.push(name.to_owned());
    }
    // A day is the time at which it begins.
    if let Some(day) = values.get("created").filter(|_| !ours).and_then(Json::as_str).and_then(|text| text.get(..10)) {
        let time = format!("{day}T00:00:00Z");
        if chrono::DateTime::parse_from_rfc3339(&time).is_ok() {
            draft.set("created", time);
        }
    }
    for (field, names) in &table().names {
        let Some((name, value)) = names.iter().find_map(|name| values.get_key_value(name)) else { continue };
        let split = |text: String| -> Vec<String> { if field == "tags" { text.split([',', ' ']).map(str::to_owned).collect() } else { vec![text] } };
        let found: Vec<String> = match value {
            Json::String(text) => split(text.clone()),
            other => texts(other),
        };
        let found: Vec<String> = found.into_iter().filter(|text| !text.trim().is_empty()).collect();
        if !found.is_empty() {
            draft.set_many(field, found);
            used.push(name.clone());
        }
    }
    // Zola keeps tags in a table of their own.
    if let Some(tags) = values.get("taxonomies").and_then(|table| table.get("tags")) {
        draft.set_many("tags", texts(tags));
    }
    let secret = [("private", true), ("draft", true), ("publish", false)].iter().any(|(name, when)| values.get(*name) == Some(&Json::Bool(*when)));
    let open = values.get("private") == Some(&Json::Bool(false));
    if secret || open {
        draft.set("private", if secret { "yes" } else { "no" });
    }
    if ours {
        used.push("private".to_owned());
    }
    for field in &kind.fields {
        let first = kind.first(field.kind_of).is_some_and(|first| first.name == field.name);
        let like = table().types.get(field.kind_of.name()).filter(|_| first).into_iter().flatten();
        let names = [field.name.clone(), field.flag()];
        for name in names.iter().chain(like).filter(|name| values.contains_key(*name)) {
            if used.contains(name) {
                continue;
            }
            let found: Vec<String> = texts(&values[name]).iter().map(|text| without_link(text).to_owned()).filter(|text| !text.trim().is_empty()).collect();
            let fits = !found.is_empty() && (field.many || found.len() == 1) && found.iter().all(|text| field.read_one(text, clock.today).is_ok());
            if fits && (ours || field.kind_of != FieldType::Ref) {
                draft.set_many(&field.name, found);
                used.push(name.clone());
                break;
            }
        }
    }
}

/// The texts of a value; nothing of an object.
fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::String(text) => vec![text.clone()],
        Json::Number(number) => vec![number.to_string()],
        Json::Bool(flag) => vec![if *flag { "yes" } else { "no" }.to_owned()],
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::Null | Json::Object(_) => Vec::new(),
    }
}

/// `[[Note|words]]` as the name of the note.
fn without_link(text: &str) -> &str {
    let inner = text.trim().strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]"));
    inner.map_or(text, |inner| inner.split(['|', '#']).next().unwrap_or(inner))
}

/// `#tags` in a text, outside of code: a `#` behind white space, then letters, digits, `_`, `-` and `/`, not digits alone
/// (<https://help.obsidian.md/tags>).
pub fn inline_tags(body: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let mut fences = Fences::default();
    // In a list a fence is indented.
    for line in body.lines().filter(|line| !fences.see(line.trim_start())) {
        for (number, text) in line.split('`').enumerate().filter(|(number, _)| number % 2 == 0) {
            let whole = number == 0;
            for (at, _) in text.match_indices('#') {
                let begins = text[..at].chars().next_back().map_or(whole, char::is_whitespace);
                let tag = &text[at + 1..];
                let tag = &tag[..tag.find(|c: char| !c.is_alphanumeric() && !"_-/".contains(c)).unwrap_or(tag.len())];
                if begins && tag.chars().any(|c| !c.is_ascii_digit()) && !tags.iter().any(|known| fold(known) == fold(tag)) {
                    tags.push(tag.to_owned());
                }
            }
        }
    }
    tags
}

/// The paths of files that a body refers to: `![[name]]` and `![words](path)`.
pub fn embeds(body: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in body.match_indices("![") {
        let rest = &body[at + 2..];
        let path = match rest.strip_prefix('[') {
            Some(inner) => inner.split("]]").next().map(|inner| inner.split(['|', '#']).next().unwrap_or(inner)),
            None => rest.find("](").and_then(|at| rest[at + 2..].split([')', ' ']).next()),
        };
        let path = path.unwrap_or_default().trim_matches(['<', '>']).replace("%20", " ");
        if !path.is_empty() && path.len() <= 300 && !path.contains("://") && !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

/// The path of an entry's file: the one that it had, else one after its ref, as it is for the public.
pub fn path_of(entry: &Entry, audience: Audience) -> String {
    File::of(&entry.extra).filter(|_| audience == Audience::Owner).map_or_else(|| format!("{}.md", entry.reference()), |file| file.path)
}

/// How links are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// YAML and wikilinks.
    Obsidian,
    /// TOML and relative links.
    Zola,
}

impl Style {
    fn form(self) -> Form {
        match self {
            Style::Obsidian => Form::Yaml,
            Style::Zola => Form::Toml,
        }
    }
}

/// The file of an entry. `target` gives the path of the file that a ref leads to.
pub fn write(entry: &Entry, kind: &Kind, kinds: &Kinds, style: Style, audience: Audience, clock: &Clock, target: &dyn Fn(&str) -> Option<String>) -> String {
    let kept = File::of(&entry.extra).filter(|_| audience == Audience::Owner);
    let body = linked(&entry.body, &path_of(entry, audience), style, target);
    let Some(file) = kept else {
        let tail = if body.is_empty() { "" } else { "\n" };
        return format!("{}{body}{tail}", fresh(&all_values(entry, kind, audience), style));
    };
    let parts = front::split(&file.front);
    let before = read(&file.path, &format!("{}{}", file.front, entry.body), &kind.name, kinds, clock, &|_| false);
    let before = kind.admit(&before.draft, clock, Unknown::Keep).ok();
    let now = all_values(entry, kind, audience);
    let front = match (parts.form, before) {
        (Some(form), Some(before)) if form == style.form() => {
            let then = all_values(&before, kind, audience);
            let value = |values: &[(String, Json)], name: &str| values.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
            let names = now.iter().chain(&then).map(|(name, _)| name.clone());
            let ours = parts.inner.lines().any(|line| line.starts_with("uid:") || line.starts_with("uid ="));
            let own = |name: &str| !ours && ["uid", "slug", "kind", "created", "updated"].contains(&name);
            let mut changed: Vec<(String, Json)> = Vec::new();
            for name in names {
                let after = value(&now, &name);
                if !own(&name) && after != value(&then, &name) && !changed.iter().any(|(known, _)| *known == name) {
                    changed.push((written_as(parts.inner, &name, kind, form), after.unwrap_or(Json::Null)));
                }
            }
            match (changed.is_empty(), ours) {
                (true, _) => file.front.clone(),
                (false, true) => fresh(&now, style),
                (false, false) => front::change(form, &file.front, &changed),
            }
        }
        // No front matter, and nothing to say in one.
        (None, Some(before)) if same_values(&before, entry, kind, audience) => String::new(),
        // What cannot be read stays, in its own form.
        (Some(form), None) if form == style.form() => file.front.clone(),
        (Some(form), Some(_)) if form == style.form() => file.front.clone(),
        _ => fresh(&now, style),
    };
    format!("{front}{body}{}", file.tail)
}

fn same_values(before: &Entry, entry: &Entry, kind: &Kind, audience: Audience) -> bool {
    let own = ["uid", "slug", "kind", "created", "updated"];
    let values = |entry: &Entry| all_values(entry, kind, audience).into_iter().filter(|(name, _)| !own.contains(&name.as_str())).collect::<Vec<_>>();
    values(before) == values(entry)
}

/// The name under which a note has a field already, else the field's own.
fn written_as(inner: &str, field: &str, kind: &Kind, form: Form) -> String {
    let sign = if form == Form::Yaml { ':' } else { '=' };
    let there = |name: &str| inner.lines().any(|line| line.split_once(sign).is_some_and(|(key, _)| key.trim_end() == name));
    let by_type = kind.field(field).and_then(|field| table().types.get(field.kind_of.name()));
    let names = table().names.get(field).or(by_type).into_iter().flatten();
    std::iter::once(field).chain(names.map(String::as_str)).find(|name| there(name)).unwrap_or(field).to_owned()
}

/// What front matter says of an entry, in order.
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
    put("former", Json::from(entry.former.clone()));
    put("private", if entry.private || kind.private { Json::from(entry.private) } else { Json::Null });
    put("position", entry.position.map_or(Json::Null, Json::from));
    for field in kind.fields.iter().filter(|field| audience.sees_field(field)) {
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

/// Front matter for a note that had none in this form. Zola knows few names; all others stand in its table `extra`.
fn fresh(values: &[(String, Json)], style: Style) -> String {
    if style == Style::Obsidian {
        return front::write(Form::Yaml, values);
    }
    let (own, other): (Vec<_>, Vec<_>) = values.iter().cloned().partition(|(name, _)| ["title", "slug"].contains(&name.as_str()));
    // TOML has no nothing.
    let extra: Vec<(String, Json)> = other.into_iter().filter(|(_, value)| !has_null(value)).collect();
    let draft = extra.iter().any(|(name, value)| name == "private" && *value == Json::Bool(true)).then(|| ("draft".to_owned(), Json::from(true)));
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

/// A body with its links as other programs follow them: a wikilink that names the file of its entry, or a relative link.
fn linked(body: &str, from: &str, style: Style, target: &dyn Fn(&str) -> Option<String>) -> String {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find("[[") {
        let embedded = rest[..at].ends_with('!');
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let inner = rest.find("]]").map(|end| &rest[2..end]).filter(|inner| inner.len() <= 300 && !inner.contains(['\n', '[']));
        let Some(inner) = inner else {
            text.push_str("[[");
            rest = &rest[2..];
            continue;
        };
        let (place, words) = inner.split_once('|').map_or((inner, None), |(place, words)| (place, Some(words)));
        let (name, part) = place.split_once('#').map_or((place, ""), |(name, part)| (name, part));
        let path = if embedded { None } else { target(name.trim()) };
        match (path, style) {
            (None, _) => text.push_str(&format!("[[{inner}]]")),
            (Some(path), Style::Obsidian) if leads_to(name.trim(), &path) => text.push_str(&format!("[[{inner}]]")),
            (Some(path), Style::Obsidian) => {
                let part = if part.is_empty() { String::new() } else { format!("#{part}") };
                text.push_str(&format!("[[{}{part}|{}]]", path.trim_end_matches(".md"), words.unwrap_or(name)));
            }
            (Some(path), Style::Zola) => text.push_str(&format!("[{}]({})", words.unwrap_or(name), relative(from, &path))),
        }
        rest = &rest[inner.len() + 4..];
    }
    text + rest
}

/// A body with relative links to other notes as wikilinks, as an entry has them.
fn with_wikilinks(body: &str, from: &str, is_note: &dyn Fn(&str) -> bool) -> String {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('[') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let link = markdown::leading_link(rest).filter(|_| !text.ends_with(['!', '[']));
        let found = link.and_then(|(words, address, length)| {
            let path = seen_from(from, &rest[address].replace("%20", " "))?;
            is_note(&path).then(|| (format!("[[{}|{}]]", path.trim_end_matches(".md"), &rest[words]), length))
        });
        match found {
            Some((link, length)) => {
                text.push_str(&link);
                rest = &rest[length..];
            }
            None => {
                text.push('[');
                rest = &rest[1..];
            }
        }
    }
    text + rest
}

/// A path that is relative to a file, as it is seen from the folder; none when it leads out of it.
pub fn seen_from(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/")).filter(|path| is_safe(path))
}

/// Whether a name in a wikilink is that of a file: its path, or its last part.
fn leads_to(name: &str, path: &str) -> bool {
    let path = path.trim_end_matches(".md");
    let name = name.trim_end_matches(".md");
    fold(name) == fold(path) || fold(name) == fold(path.rsplit('/').next().unwrap_or(path))
}

/// The path of one file as seen from another.
fn relative(from: &str, to: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
    let common = from.iter().zip(&to).take(from.len().min(to.len()) - 1).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - 1 - common);
    up.chain(to[common..].iter().copied()).collect::<Vec<_>>().join("/").replace(' ', "%20")
}
