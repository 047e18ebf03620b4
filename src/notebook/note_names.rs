//! Renames and moves the notes of a folder whose entries got another title or topic, with the links of other
//! notes to them. Only a folder for which the user asked for that.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::error::NotebookError;
use super::session::Notebook;
use crate::format::vault::{self, KEPT, NoteFile, is_note, with_lf};
use crate::model::{Entry, Query, link};
use crate::store::{Document, Selection, Stored};
use crate::text::encoding::decode;
use crate::text::{markdown, paths};

/// The start of the setting that says whether the notes of a folder are renamed; the stored path of the folder
/// follows.
const RENAMES: &str = "rename.";

/// The most bytes of a name: file systems take 255, and a temporary name is longer.
const LONGEST: usize = 200;

/// Which names the notes of a folder have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteNames {
    /// Those that their files have.
    Kept,
    /// Those of the titles and topics of their entries, when these change.
    OfEntries,
}

/// A note that is renamed: its path in the folder before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// The path that it had.
    pub from: String,
    /// The path that it has now.
    pub to: String,
}

impl Notebook {
    /// Whether the notes of a folder are renamed with their entries.
    pub fn renames_notes(&self, folder: &str) -> Result<bool, NotebookError> {
        let setting = self.setting(&format!("{RENAMES}{folder}"))?;
        Ok(setting.as_deref() == Some("yes"))
    }

    /// Says whether the notes of a folder are renamed with their entries.
    pub fn name_notes(&mut self, folder: &str, names: NoteNames) -> Result<(), NotebookError> {
        let value = (names == NoteNames::OfEntries).then_some("yes");
        self.set_setting(&format!("{RENAMES}{folder}"), value)?;
        Ok(())
    }

    /// Renames the notes of a folder whose file name was the title of their entry before it changed, moves those
    /// whose folder was the topic, and lets the links of all notes lead to them. The files are not touched.
    /// `is_free` tells whether a note at a path can move, and `is_taken` whether a file is at a path.
    ///
    /// # Errors
    /// The notebook cannot be read or written.
    pub fn rename_notes(
        &mut self,
        folder: &str,
        is_free: &dyn Fn(&Document) -> bool,
        is_taken: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Renamed>, NotebookError> {
        let prefix = format!("{folder}/");
        let known: HashMap<String, Document> = self
            .store
            .documents(&prefix)?
            .into_iter()
            .map(|file| (file.path[prefix.len()..].to_owned(), file))
            .collect();
        let clock = self.clock.clone();
        let (renamed, _) = self
            .store
            .write(&self.command, &clock, self.mode, |writer| {
                let all = writer.store().select(&Selection::of(Query::All))?;
                let notes: Vec<(Stored, NoteFile)> = all
                    .into_iter()
                    .filter_map(|stored| {
                        let file = NoteFile::of(&stored.entry.extra)?;
                        known.contains_key(&file.path).then_some((stored, file))
                    })
                    .collect();
                let mut taken: HashSet<String> =
                    known.keys().map(|path| path.to_lowercase()).collect();
                let mut moved: BTreeMap<String, String> = BTreeMap::new();
                for (stored, file) in &notes {
                    let document = &known[&file.path];
                    let Some(base) = document.base.as_deref().filter(|_| is_free(document)) else {
                        continue;
                    };
                    let (text, _) = with_lf(decode(base));
                    let kinds = writer.store().kinds();
                    let kind = &stored.entry.kind;
                    let was = vault::read(&file.path, &text, kind, kinds, &clock, &|_| false).draft;
                    let to = path_for(
                        &stored.entry,
                        &file.path,
                        was.text("title").unwrap_or_default(),
                        was.texts.get("topics").map_or(&[], Vec::as_slice),
                    );
                    let is_elsewhere = |to: &String| parent(to) != parent(&file.path);
                    let is_fixed = has_files(&stored.entry.body) || !file.attachments.is_empty();
                    let to = to.filter(|to| !(is_fixed && is_elsewhere(to)));
                    let Some(to) = to.filter(|to| vault::is_safe(to)) else {
                        continue;
                    };
                    // On many file systems another case of a name is the same file.
                    let is_same = to.to_lowercase() == file.path.to_lowercase();
                    if is_same || !is_taken(&to) && taken.insert(to.to_lowercase()) {
                        moved.insert(file.path.clone(), to);
                    }
                }
                if moved.is_empty() {
                    return Ok(Vec::new());
                }
                let mut stems: HashMap<String, usize> = HashMap::new();
                for path in known.keys().filter(|path| is_note(path)) {
                    *stems.entry(stem(path).to_lowercase()).or_default() += 1;
                }
                // The paths first: a redo finds the links to them in the same order.
                for (stored, file) in &notes {
                    if let Some(to) = moved.get(&file.path) {
                        let file = NoteFile {
                            path: to.clone(),
                            ..file.clone()
                        };
                        let mut after = stored.entry.clone();
                        let kept = serde_json::to_value(&file).unwrap_or_default();
                        after.extra.insert(KEPT.to_owned(), kept);
                        writer.update(stored, &after)?;
                    }
                }
                for (stored, file) in &notes {
                    let own = &file.path;
                    let to = moved.get(own).unwrap_or(own);
                    let body = relinked(&stored.entry.body, own, to, &moved, &stems);
                    if body != stored.entry.body
                        && let Some(now) = writer.store().by_uid(&stored.entry.uid)?
                    {
                        let mut after = now.entry.clone();
                        after.body = body;
                        writer.update(&now, &after)?;
                    }
                }
                writer.settle_links(i64::MAX)?;
                let renamed = moved.into_iter();
                Ok::<_, NotebookError>(renamed.map(|(from, to)| Renamed { from, to }).collect())
            })?;
        Ok(renamed)
    }
}

/// The name of a file without folder and end.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".md").unwrap_or(name)
}

/// The folder that a file is in; empty for the root.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a body leads to files beside its note, such as pictures, which do not move with it.
fn has_files(body: &str) -> bool {
    let targets = body.split("](").skip(1);
    let mut targets = targets.map(|rest| rest.split([')', '#', ' ']).next().unwrap_or(rest));
    targets.any(|target| {
        let is_elsewhere = target.is_empty() || target.starts_with('/') || target.contains(':');
        !is_elsewhere && !target.trim_end_matches('>').ends_with(".md")
    })
}

/// A title as the name of a file: without the signs that a file system or a link does not take.
fn named_after(title: &str) -> String {
    let plain: String = title
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '#' | '^' | '[' | ']' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let name = words.join(" ");
    let name = &name[..name.floor_char_boundary(LONGEST)];
    name.trim_matches(['.', ' ']).to_owned()
}

/// The path for the note of an entry, if the one that it has came from a title or topic that it no longer has.
fn path_for(entry: &Entry, path: &str, title: &str, topics: &[String]) -> Option<String> {
    let end = path.rsplit_once('.').map(|(_, end)| end)?;
    let folder = parent(path);
    let name = match stem(path) == named_after(title) && entry.title != title {
        true => named_after(&entry.title),
        false => stem(path).to_owned(),
    };
    let is_topic = topics == [folder] && entry.topics != topics;
    let folder = match entry.topics.first() {
        Some(topic) if is_topic => {
            let parts: Vec<String> = topic.split('/').map(named_after).collect();
            parts.join("/")
        }
        None if is_topic => String::new(),
        _ => folder.to_owned(),
    };
    let to = match folder.is_empty() {
        true => format!("{name}.{end}"),
        false => format!("{folder}/{name}.{end}"),
    };
    (!name.is_empty() && to != path).then_some(to)
}

/// The body of the note at `own`, which will be at `to`, with links to the new paths of the notes that move.
fn relinked(
    body: &str,
    own: &str,
    to: &str,
    moved: &BTreeMap<String, String>,
    stems: &HashMap<String, usize>,
) -> String {
    let (mut text, mut at) = (String::with_capacity(body.len()), 0);
    let code = markdown::code(body);
    for found in link::links(body) {
        if markdown::is_within(&code, found.range.start) {
            continue;
        }
        let source = &body[found.range.clone()];
        let new = match &found.path {
            Some(path) => paths::seen_from(own, path).and_then(|target| {
                let now = moved.get(&target).unwrap_or(&target);
                if now == &target && own == to {
                    return None;
                }
                let new = match path.strip_prefix("@/") {
                    Some(_) => format!("@/{now}"),
                    None => paths::relative(to, now),
                };
                // A path with a space that is not encoded is in angle brackets.
                let encoded = paths::encoded(path);
                let [old, new] = match source.contains(path.as_str()) && *path != encoded {
                    true => [path.clone(), new],
                    false => [encoded, paths::encoded(&new)],
                };
                // The words before the path may be the same.
                let start = source.find("](").map_or(0, |start| start + 2);
                let start = source[start..].find(&old)? + start;
                let (before, after) = source.split_at(start);
                Some(format!("{before}{new}{}", &after[old.len()..]))
            }),
            None => new_name(&found.target, [own, to], moved, stems)
                .map(|name| source.replacen(&found.target, &name, 1)),
        };
        if let Some(new) = new {
            text.push_str(&body[at..found.range.start]);
            text.push_str(&new);
            at = found.range.end;
        }
    }
    text + &body[at..]
}

/// What a link by name in the note at `own`, which will be at `own_now`, becomes if its note moves: a path
/// stays a path, and a name stays one.
fn new_name(
    target: &str,
    [own, own_now]: [&str; 2],
    moved: &BTreeMap<String, String>,
    stems: &HashMap<String, usize>,
) -> Option<String> {
    if target.starts_with("../") || target.starts_with("./") {
        let end = if target.ends_with(".md") { "" } else { ".md" };
        let path = paths::seen_from(own, &format!("{target}{end}"))?;
        let new = paths::relative(own_now, moved.get(&path).unwrap_or(&path));
        let new = new.strip_suffix(end).unwrap_or(&new);
        let is_same = moved.get(&path).is_none() && own == own_now;
        return (!is_same).then(|| new.to_owned());
    }
    let bare = target.strip_suffix(".md").unwrap_or(target);
    let end = &target[bare.len()..];
    let without = |path: &str| path.strip_suffix(".md").unwrap_or(path).to_owned();
    let by_path = moved.iter().find(|(from, _)| without(from) == bare);
    if let Some((_, to)) = by_path.filter(|_| bare.contains('/')) {
        return Some(without(to) + end);
    }
    let is_one = stems.get(&bare.to_lowercase()) == Some(&1);
    let by_name = moved
        .iter()
        .find(|(from, _)| is_one && stem(from).to_lowercase() == bare.to_lowercase());
    by_name
        .map(|(_, to)| stem(to).to_owned() + end)
        .filter(|name| name != target)
}
