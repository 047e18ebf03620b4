//! Imports drafts of any kind: finds the entry that each draft updates, and counts what was done.
//! Start reading at [`Importer`].

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use serde_json::Value as Json;

use super::three_way::{KnownFile, Merged};

use crate::model::entry::{base_slug, numbered_slug};
use crate::model::kinds::ON_DEMAND;
use crate::model::{Clock, Draft, Entry, FieldType, Kind, Period, Problem, Reason, Unknown};
use crate::notebook::documents::{Conflicted, Conflicts};
use crate::notebook::error::{Located, NotebookError};
use crate::notebook::jots::{JOTS, with_jots};
use crate::notebook::session::Notebook;
use crate::store::{Store, StoreError, Stored, Writer};
use crate::text::fold::fold;
use crate::text::place::Place;

/// How the rows of a file are imported.
#[derive(Debug, Clone, Copy, Default)]
pub struct RowOptions<'a> {
    /// The kind of rows that do not name one.
    pub kind: Option<&'a str>,
    /// The file, if kb read or wrote it before.
    pub known: Option<KnownFile<'a>>,
}

/// Counts and messages of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// The number of entries added.
    pub added: usize,
    /// The number of entries changed.
    pub updated: usize,
    /// The number of existing entries that stayed as they were.
    pub unchanged: usize,
    /// What was left out, with its place in the input.
    pub problems: Vec<Located>,
    /// What was imported but should be checked, with its place in the input.
    pub notes: Vec<Located>,
    /// Whether the file has something that no entry holds, such as comments: an export to the file
    /// would lose it.
    pub left_out: bool,
    /// The refs of entries with fields that changed in the notebook alone since the file was known.
    pub kept: Vec<String>,
    /// The refs of entries that were removed in the notebook since the file was known, and whose
    /// rows are as they were.
    pub removed: Vec<String>,
    /// What is gone from the file, a key or the path of a note, with the ref of its entry, which stays.
    pub deleted: Vec<(String, String)>,
    /// The last operation whose changes the file has.
    pub operation: Option<i64>,
    /// Entries that were left alone because both sides changed them.
    pub conflicts: Vec<Conflicted>,
    /// The text of a bibliography with the records in conflict as they were before.
    pub base: Option<String>,
    /// The keys of records that say something that their entries do not.
    pub partial: Vec<String>,
    /// The records of a bibliography to be left alone, by their keys: the key that each has in the base.
    pub left: BTreeMap<String, String>,
}

/// Least size of an input that is imported in bulk, in bytes.
const BULK_BYTES: u64 = 2_000_000;

/// Most entries with the same title that are compared with a draft.
const SAME_TITLE: u64 = 1_001;

/// Most problems that are kept; later ones are dropped.
const PROBLEMS: usize = 10_000;

impl Notebook {
    /// Whether to index an input of `bytes` bytes once at the end of the import: it is large, and
    /// the notebook has less than one entry per 200 bytes of it.
    pub(in crate::notebook) fn is_bulk(&self, bytes: Option<u64>) -> Result<bool, StoreError> {
        match bytes {
            Some(bytes) if bytes >= BULK_BYTES => {
                Ok(self.store.count()? < usize::try_from(bytes / 200).unwrap_or(usize::MAX))
            }
            _ => Ok(false),
        }
    }
}

/// Imports drafts of any kind into a notebook.
pub struct Importer<'w, 's> {
    pub(super) writer: &'w mut Writer<'s>,
    clock: &'w Clock,
    options: RowOptions<'w>,
    /// The entries with a field that changed in the file and in the notebook.
    conflicts: Vec<Conflicted>,
    /// The entries that were removed since the file was known, once a row has needed them.
    removed: Option<Vec<Entry>>,
    /// The row ids of entries from before this import that a row has changed.
    changed: HashSet<i64>,
    /// The counts and problems so far.
    pub(super) done: Imported,
    /// The line of the current draft in the input, for problems.
    pub line: usize,
    /// The kind of the previous draft, cached because the next draft usually has the same one.
    last_kind: Option<Rc<Kind>>,
    /// By kind, slug without a number and fields: the row ids of the entries by their values.
    alike: HashMap<Likeness, HashMap<String, Vec<i64>>>,
    /// What the last draft was looked for by, and its values.
    sought: Option<(Likeness, String)>,
    /// Row id of the newest entry before this import. If it is 0, the notebook was empty, and
    /// drafts are not looked up by title.
    last_old: i64,
}

/// A kind, a slug without a number, and the names of fields.
type Likeness = (String, String, Vec<String>);

impl<'w, 's> Importer<'w, 's> {
    /// Starts an import.
    pub fn new(
        writer: &'w mut Writer<'s>,
        clock: &'w Clock,
        options: RowOptions<'w>,
    ) -> Result<Importer<'w, 's>, StoreError> {
        let last_old = writer.store().last_row()?;
        Ok(Importer {
            writer,
            clock,
            options,
            conflicts: Vec::new(),
            removed: None,
            changed: HashSet::new(),
            done: Imported::default(),
            line: 0,
            alike: HashMap::new(),
            sought: None,
            last_kind: None,
            last_old,
        })
    }

    /// Records a problem in the current line.
    pub(super) fn problem(&mut self, column: usize, message: String) {
        if self.done.problems.len() < PROBLEMS {
            let place = self.place(column);
            self.done.problems.push(Located { place, message });
        }
    }

    /// Records what was decided about the current line.
    fn note(&mut self, message: String) {
        if self.done.notes.len() < PROBLEMS {
            let place = self.place(1);
            self.done.notes.push(Located { place, message });
        }
    }

    /// A place in the current line.
    fn place(&self, column: usize) -> Place {
        let line = self.line;
        Place { line, column }
    }

    /// Imports one draft, or records why it does not fit.
    pub fn take(&mut self, draft: &Draft) -> Result<(), NotebookError> {
        let Some(name) = draft.kind.as_deref().or(self.options.kind) else {
            self.problem(1, "the kind is missing; give one with `--kind`".to_owned());
            return Ok(());
        };
        self.add_on_demand(name, draft)?;
        if self.last_kind.as_ref().is_none_or(|kind| kind.name != name) {
            self.last_kind = self.writer.store().kinds().get(name).cloned().map(Rc::new);
        }
        let Some(kind) = self.last_kind.clone() else {
            let near = self.writer.store().kinds().near(name);
            let hint = near
                .first()
                .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            self.problem(1, format!("no kind `{name}`{hint}"));
            return Ok(());
        };
        let draft = &self.with_unread_as_text(&kind, draft);
        let known = self.known(&kind, draft)?;
        let draft = &match &known {
            Some(stored) => self.without_taken_slug(stored, draft)?,
            None => Cow::Borrowed(draft.as_ref()),
        };
        let outcome = match known {
            Some(stored) => match kind.revise(&stored.entry, draft, self.clock, Unknown::Keep) {
                Ok(mut after) => {
                    let is_named = draft.text("uid").is_some() || self.options.known.is_some();
                    if stored.entry.private && !after.private && !is_named {
                        after.private = true;
                        self.note(format!(
                            "`{0}` stays private: a row without its uid does not publish it\n  kb set {0} private=no",
                            stored.entry.reference()
                        ));
                    }
                    self.revise(&kind, &stored, after)?;
                    Ok(())
                }
                Err(problems) => Err(problems),
            },
            None if self.stays_removed(&kind, draft)? => return Ok(()),
            None => match kind.admit(draft, self.clock, Unknown::Keep) {
                Ok(entry) => match self.create(entry) {
                    Ok(stored) => {
                        self.done.added += 1;
                        self.note_namesake(&stored)?;
                        self.note_added(stored.id);
                        Ok(())
                    }
                    Err(error @ StoreError::NotUnique { .. }) => {
                        Err(vec![Problem::new("entry", Reason::new(error.to_string()))])
                    }
                    Err(error) => return Err(error.into()),
                },
                Err(problems) => Err(problems),
            },
        };
        if let Err(problems) = outcome {
            self.problem(1, in_one_line(&problems));
        }
        Ok(())
    }

    /// A draft without its slug, if that is the one of another entry: the entry keeps its own.
    fn without_taken_slug<'d>(
        &self,
        stored: &Stored,
        draft: &'d Draft,
    ) -> Result<Cow<'d, Draft>, StoreError> {
        let mut own = Cow::Borrowed(draft);
        if let Some(slug) = draft.text("slug").filter(|slug| *slug != stored.entry.slug)
            && self
                .writer
                .store()
                .by_slug(&stored.entry.kind, slug)?
                .is_some()
        {
            own.to_mut().texts.remove("slug");
        }
        Ok(own)
    }

    /// Adds an entry. One with a uid of its own gets another slug if its own is taken.
    fn create(&mut self, mut entry: Entry) -> Result<Stored, StoreError> {
        let mut other = None;
        if !entry.uid.is_empty() && !entry.slug.is_empty() {
            other = self.writer.store().by_slug(&entry.kind, &entry.slug)?;
        }
        if other.is_some() {
            entry.slug.clear();
        }
        let stored = self.writer.create(entry)?;
        if let Some(other) = other {
            self.note(format!(
                "another entry is called `{}`: added as `{}`",
                other.entry.reference(),
                stored.entry.reference()
            ));
        }
        Ok(stored)
    }

    /// Adds the kind of a draft, or its field for jots, if those are what a notebook gets on demand.
    fn add_on_demand(&mut self, name: &str, draft: &Draft) -> Result<(), NotebookError> {
        let store = self.writer.store();
        let Some(kind) = store.kinds().get(name) else {
            let is_it = |toml: &&&str| toml.starts_with(&format!("name = \"{name}\"\n"));
            if let Some(toml) = ON_DEMAND.iter().find(is_it) {
                self.writer.put_kind(name, Some(toml))?;
            }
            return Ok(());
        };
        let has_jots = draft.texts.get(JOTS).is_some_and(|jots| !jots.is_empty());
        if has_jots && kind.field(JOTS).is_none() {
            let name = kind.name.clone();
            let definition = store.definition(&name)?.unwrap_or_default();
            self.writer.put_kind(&name, Some(&with_jots(&definition)))?;
            self.last_kind = None;
        }
        Ok(())
    }

    /// A draft without the periods that cannot be read: their texts are kept among the left-over
    /// values, and named. Only what kb wrote, with a uid, has an exact `2023-24`.
    fn with_unread_as_text<'d>(&mut self, kind: &Kind, draft: &'d Draft) -> Cow<'d, Draft> {
        let mut whole = Cow::Borrowed(draft);
        let is_exact = draft.text("uid").is_some();
        for field in kind
            .fields
            .iter()
            .filter(|field| field.field_type == FieldType::Period)
        {
            let Some(text) = draft
                .text(&field.name)
                .filter(|text| !text.trim().is_empty())
            else {
                continue;
            };
            let doubt = Period::two_readings(text).filter(|_| !is_exact);
            let reason = doubt.or_else(|| field.read_one(text, self.clock.today).err());
            let Some(reason) = reason else { continue };
            let name = format!("{}_unread", field.name);
            self.note(format!("{}: {}; kept as `{name}`", field.name, reason.fact));
            let owned = whole.to_mut();
            owned.texts.remove(&field.name);
            owned.extra.insert(name, Json::from(text));
        }
        whole
    }

    /// Whether a row is of an entry that was removed in the notebook since the file was known. If the
    /// row is as the entry was, the entry stays removed; if it was edited, that is a conflict.
    fn stays_removed(&mut self, kind: &Kind, draft: &Draft) -> Result<bool, StoreError> {
        let Some(known) = self.options.known else {
            return Ok(false);
        };
        let removed = match &mut self.removed {
            Some(removed) => removed,
            none => none.insert(self.writer.store().removed_since(known.state)?),
        };
        let same = |name: &str, value: &str| draft.text(name).map(|text| text == value);
        let is_it = |entry: &&Entry| {
            let by_slug = || same("slug", &entry.slug).or_else(|| same("title", &entry.title));
            entry.kind == kind.name && same("uid", &entry.uid).or_else(by_slug) == Some(true)
        };
        let Some(entry) = removed.iter().find(is_it) else {
            return Ok(false);
        };
        if kind
            .revise(entry, draft, self.clock, Unknown::Keep)
            .is_ok_and(|after| after == *entry)
        {
            self.done.removed.push(entry.reference());
            return Ok(true);
        }
        let is_conflict = matches!(known.conflicts, Conflicts::Refuse | Conflicts::Leave);
        if is_conflict {
            self.conflicts.push(Conflicted::of(entry));
        }
        Ok(is_conflict)
    }

    /// Writes an entry with the values of a row, or records a conflict.
    fn revise(&mut self, kind: &Kind, stored: &Stored, after: Entry) -> Result<(), StoreError> {
        let after = match self.options.known {
            None => after,
            Some(known) => match known.merge(self.writer, kind, stored, after, self.clock)? {
                Merged::Entry(after) => after,
                Merged::Kept(after) => {
                    self.done.kept.push(stored.entry.reference());
                    after
                }
                Merged::Conflict => {
                    self.conflicts.push(Conflicted::of(&stored.entry));
                    return Ok(());
                }
            },
        };
        if self.writer.update(stored, &after)? {
            self.alike.clear();
            if stored.entry.private && !after.private {
                self.note(format!("`{}` is public now", after.reference()));
            }
        } else {
            self.done.unchanged += 1;
            return Ok(());
        }
        if stored.id <= self.last_old && self.changed.insert(stored.id) {
            self.done.updated += 1;
        } else {
            self.note(format!(
                "an earlier row is `{}` too; the values of this one stay",
                stored.entry.reference()
            ));
        }
        Ok(())
    }

    /// Says that an entry was added although one from before this import has its title: a row without
    /// uid and slug that was edited is a new entry.
    fn note_namesake(&mut self, added: &Stored) -> Result<(), StoreError> {
        let Some(((kind, base, _), _)) = &self.sought else {
            return Ok(());
        };
        let namesake = self.writer.store().by_slug(kind, base)?;
        if let Some(namesake) = namesake.filter(|stored| {
            stored.id <= self.last_old && fold(&stored.entry.title) == fold(&added.entry.title)
        }) {
            self.note(format!(
                "`{}` has the same title and says something else: added as `{}`",
                namesake.entry.reference(),
                added.entry.reference()
            ));
        }
        Ok(())
    }

    /// Notes that the draft that was looked for last was added.
    fn note_added(&mut self, id: i64) {
        let Some((key, values)) = self.sought.take() else {
            return;
        };
        self.alike
            .retain(|other, _| *other == key || (&other.0, &other.1) != (&key.0, &key.1));
        if let Some(alike) = self.alike.get_mut(&key) {
            alike.entry(values).or_default().push(id);
        }
    }

    /// What was done.
    ///
    /// # Errors
    /// [`NotebookError::BothChanged`].
    pub fn finish(mut self) -> Result<Imported, NotebookError> {
        let how = self.options.known.map(|known| known.conflicts);
        self.done.conflicts = how.unwrap_or_default().left(self.conflicts)?;
        self.done.operation = Some(self.writer.last_operation());
        Ok(self.done)
    }

    /// The entry that a draft updates: by uid, by slug, or by title if the draft would not change
    /// it.
    fn known(&mut self, kind: &Kind, draft: &Draft) -> Result<Option<Stored>, NotebookError> {
        self.sought = None;
        let store = self.writer.store();
        if let Some(uid) = draft.text("uid")
            && let Some(stored) = store.by_uid(uid)?
        {
            return Ok(Some(stored));
        }
        if let Some(slug) = draft.text("slug") {
            let found = store.by_slug(&kind.name, slug)?;
            // With another uid, it is another entry, unless it says the same.
            let is_it = |stored: &Stored| {
                let mut said = draft.clone();
                let own = ["uid", "created", "updated", "position", "former"];
                said.texts.retain(|name, _| !own.contains(&name.as_str()));
                let revised = kind.revise(&stored.entry, &said, self.clock, Unknown::Keep);
                draft.text("uid").is_none() || revised.is_ok_and(|after| after == stored.entry)
            };
            return Ok(found.filter(is_it));
        }
        let Some(title) = draft.text("title").filter(|_| self.last_old > 0) else {
            return Ok(None);
        };
        let base = base_slug(&kind.name, title);
        if store.by_slug(&kind.name, &base)?.is_none() {
            return Ok(None);
        }
        let Ok(would_be) = kind.admit(draft, self.clock, Unknown::Keep) else {
            return Ok(None);
        };
        // Only an entry with the same values in the fields of the draft can be the same: of many
        // rows with one title, all others are passed over without being compared.
        let names: Vec<String> = draft
            .texts
            .keys()
            .chain(draft.extra.keys())
            .cloned()
            .collect();
        let values = |entry: &Entry| {
            let values = names.iter().map(|name| entry.field(kind, name));
            serde_json::to_string(&values.collect::<Vec<_>>()).unwrap_or_default()
        };
        let key = (kind.name.clone(), base, names.clone());
        if !self.alike.contains_key(&key) {
            let mut alike: HashMap<String, Vec<i64>> = HashMap::new();
            for stored in store.of_slug(&key.0, &key.1)? {
                alike
                    .entry(values(&stored.entry))
                    .or_default()
                    .push(stored.id);
            }
            self.alike.insert(key.clone(), alike);
        }
        let own = values(&would_be);
        self.sought = Some((key.clone(), own.clone()));
        for id in self.alike[&key].get(&own).into_iter().flatten() {
            if let Some(stored) = store.by_id(*id)?
                && kind
                    .revise(&stored.entry, draft, self.clock, Unknown::Keep)
                    .is_ok_and(|after| after == stored.entry)
            {
                return Ok(Some(stored));
            }
        }
        Ok(None)
    }
}

/// The first entry that satisfies `is_it`, among those whose slug is that of `title`, with or
/// without a number after it. Stops at the first missing number, and at an entry whose row id is
/// above `last`.
pub fn titled(
    store: &Store,
    kind: &str,
    title: &str,
    last: i64,
    is_it: impl Fn(&Stored) -> bool,
) -> Result<Option<Stored>, StoreError> {
    let base = base_slug(kind, title);
    for number in 1..=SAME_TITLE {
        let Some(stored) = store
            .by_slug(kind, &numbered_slug(&base, number))?
            .filter(|stored| stored.id <= last)
        else {
            break;
        };
        if is_it(&stored) {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

/// The problems in one line.
pub fn in_one_line(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(|problem| format!("{} {}", problem.field, problem.reason))
        .collect::<Vec<_>>()
        .join("; ")
}
