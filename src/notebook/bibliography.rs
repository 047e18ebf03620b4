//! Imports bibliographies: finds the entry of each work, then adds, completes or skips it.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use super::documents::{Conflicted, Conflicts};
use super::edited_works::{Edit, EditedWorks, RemovedRecord};
use super::error::{Located, NotebookError};
use super::import::{Imported, in_one_line, titled};
use super::same_work::{Verdict, Work, isbn_of};
use super::session::Notebook;
use crate::format::bibliography::{self, Dialect, Fault};
use crate::model::reference::Reference;
use crate::model::{Clock, Draft, Entry, FieldType, Kind, Problem, Unknown};
use crate::store::{FileState, Store, StoreError, Stored, Writer};
use crate::text::place::Places;
use serde_json::Value as Json;

/// What to do with a work that already has an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDuplicate {
    /// Fill the empty fields of the entry.
    Merge,
    /// Leave the entry unchanged.
    Skip,
    /// Add a second entry.
    Add,
}

/// A bibliography as kb last read or wrote it.
#[derive(Debug, Clone, Copy)]
pub struct FormerText<'t> {
    /// The text that the file had.
    pub text: &'t str,
    /// Which operations its values come from, if that is known.
    pub state: Option<&'t FileState>,
    /// What happens where the file and the notebook changed the same field.
    pub conflicts: Conflicts,
}

impl Notebook {
    /// Imports a bibliography as entries of `kind`, or of the default kind for `dialect`.
    /// What was edited in the file since it was as `before` is taken over. `progress` gets the number of
    /// bytes read and the total.
    ///
    /// # Errors
    /// The kind is unknown, or [`NotebookError::BothChanged`]. After any error the notebook is
    /// unchanged.
    pub fn import_bibliography(
        &mut self,
        dialect: Dialect,
        source: &str,
        kind: Option<&str>,
        on_duplicate: OnDuplicate,
        before: Option<FormerText<'_>>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Imported, NotebookError> {
        let kind = self
            .kind(kind.unwrap_or(bibliography::kind(dialect)))?
            .clone();
        let clock = self.clock.clone();
        // Then, where a record says something else than its entry, the entry was changed in the notebook.
        let is_as_before = before.is_some_and(|before| before.text == source);
        let before = before.filter(|_| !is_as_before);
        let bulk = self.is_bulk(Some(source.len() as u64))?;
        let removed = self.removed_works(before.and_then(|before| before.state))?;
        let edited = before.map(|before| {
            let texts = [before.text, source];
            EditedWorks::of(dialect, texts, removed, &kind, &clock, before.conflicts)
        });
        let (done, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                if bulk {
                    writer.begin_bulk()?;
                }
                let mut done = Imported::default();
                let (mut merges, mut both) = (Vec::new(), Vec::new());
                let (mut places, mut dates) = (Places::of(source), Places::of(source));
                let mut importer = WorkImporter::new(writer, dialect, &kind, &clock, on_duplicate)?;
                let (faults, notes) =
                    bibliography::read_each(dialect, source, &kind, clock.today, &mut |read| {
                        progress(read.at as u64, source.len() as u64);
                        let name = match read.key.as_str() {
                            "" => read.draft.text("title").unwrap_or_default().to_owned(),
                            key => key.to_owned(),
                        };
                        if let Some(text) = &read.unread_date {
                            merges.push(Located {
                                place: dates.at(read.at),
                                message: format!("`{name}`: the date `{text}` is kept as text"),
                            });
                        }
                        let removed = match &edited {
                            Some(edited) => {
                                let store = importer.writer.store();
                                let found =
                                    edited.removed(store, &read.key, &read.draft, importer.kind, &clock)?;
                                found.map(|record| (record, edited.conflicts()))
                            }
                            None => None,
                        };
                        match removed {
                            None | Some((RemovedRecord::Edited, Conflicts::Theirs)) => {}
                            Some((RemovedRecord::AsBefore, _) | (_, Conflicts::Ours)) => {
                                done.removed.push(read.key.clone());
                                return Ok(());
                            }
                            // The text of the record would be lost, or the removal.
                            Some((RemovedRecord::Edited, _)) => {
                                let removed = edited.as_ref().and_then(|edited| edited.removed_entry(&read.key));
                                both.push(removed.map_or_else(
                                    || Conflicted {
                                        uid: String::new(),
                                        reference: read.key.clone(),
                                    },
                                    Conflicted::of,
                                ));
                                done.left.insert(read.key.clone(), read.key.clone());
                                return Ok(());
                            }
                        }
                        if let Some(edited) = &edited
                            && let Some(outcome) =
                                importer.take_over(edited, &read.key, &read.draft)?
                        {
                            match outcome {
                                Edited::Unchanged => done.unchanged += 1,
                                Edited::Changed => done.updated += 1,
                                Edited::Conflict(conflict, former) => {
                                    both.push(conflict);
                                    done.left.insert(read.key.clone(), former);
                                }
                                Edited::Problems(problems) => done.problems.push(Located {
                                    place: places.at(read.at),
                                    message: format!("`{name}`: {}", in_one_line(&problems)),
                                }),
                            }
                            return Ok(());
                        }
                        // The file says nothing new of the entry that came from its record.
                        if is_as_before && importer.has_record(&read.key)? {
                            done.unchanged += 1;
                            return Ok(());
                        }
                        match importer.import(&read.draft)? {
                            Ok((WorkOutcome::Added(apart), entry)) => {
                                done.added += 1;
                                if let Some((other, what)) = apart {
                                    merges.push(Located {
                                        place: places.at(read.at),
                                        message: format!(
                                            "`{name}` is like `{other}` but has {what}: added as `{}`",
                                            entry.reference()
                                        ),
                                    });
                                }
                            }
                            Ok((WorkOutcome::Merged(got, keeps), entry)) => {
                                done.updated += 1;
                                let keeps = match keeps.is_empty() {
                                    true => String::new(),
                                    false => format!(" and keeps its own {}", keeps.join(", ")),
                                };
                                merges.push(Located {
                                    place: places.at(read.at),
                                    message: format!(
                                        "`{name}` is the work of `{}`, which got {}{keeps}",
                                        entry.reference(),
                                        got.join(", ")
                                    ),
                                });
                            }
                            Ok((WorkOutcome::Known(keeps), entry)) => {
                                done.unchanged += 1;
                                if !keeps.is_empty() {
                                    merges.push(Located {
                                        place: places.at(read.at),
                                        message: format!(
                                            "`{name}` is the work of `{}`, which keeps its own {}",
                                            entry.reference(),
                                            keeps.join(", ")
                                        ),
                                    });
                                }
                            }
                            Ok((WorkOutcome::Unchanged, _)) => done.unchanged += 1,
                            Err(problems) => {
                                let message = format!("`{name}`: {}", in_one_line(&problems));
                                done.problems.push(Located {
                                    place: places.at(read.at),
                                    message,
                                });
                            }
                        }
                        Ok::<_, StoreError>(())
                    })?;
                // Text without a single record is not a bibliography. One in BibTeX may have only comments.
                let is_other = dialect != Dialect::Bibtex || !source.contains('@');
                let read = done.added + done.updated + done.unchanged;
                if read == 0 && is_other && faults.is_empty() && !source.trim().is_empty() {
                    done.problems.push(Located {
                        place: Places::of(source).at(0),
                        message: "no record of this format".to_owned(),
                    });
                }
                // What cannot be read is not gone.
                if let Some(edited) = edited.as_ref().filter(|_| faults.is_empty()) {
                    done.deleted = edited.deleted(importer.writer.store(), &kind, &clock)?;
                }
                if let Some(FormerText { text: base, conflicts, .. }) = before {
                    done.conflicts = conflicts.left(both)?;
                    let left = &done.left;
                    done.base = (!left.is_empty()).then(|| match dialect {
                        Dialect::Bibtex => {
                            bibliography::with_records(source, base, left, &kind, clock.today)
                        }
                        // A record of another format has no place of its own in the text.
                        _ => base.to_owned(),
                    });
                }
                // Each list gets its own `Places`, which is fast only for ascending offsets.
                let located = |faults: Vec<Fault>| {
                    let mut places = Places::of(source);
                    faults.into_iter().map(move |fault| Located {
                        place: places.at(fault.at),
                        message: fault.message,
                    })
                };
                // Faults of the file come before problems of single works.
                // An export writes a BibTeX file with everything else that it has.
                let keeps_the_rest = dialect == Dialect::Bibtex;
                done.left_out = !keeps_the_rest && (importer.is_partial || !notes.is_empty());
                if keeps_the_rest && !is_as_before {
                    let partial = std::mem::take(&mut importer.partial);
                    let keys = match partial.iter().any(|(_, own)| own.is_some()) {
                        true => bibliography::keys(dialect, source, &kind, clock.today),
                        false => HashSet::new(),
                    };
                    for (key, own) in partial {
                        // Another file has the record of the entry under its own key.
                        if own.is_some_and(|own| !keys.contains(&own)) {
                            continue;
                        }
                        merges.push(Located {
                            place: Places::of(source).at(0),
                            message: format!(
                                "`{key}` says something that its entry does not: the record stays as it is"
                            ),
                        });
                        done.partial.push(key);
                    }
                }
                done.problems.splice(0..0, located(faults));
                done.notes = located(notes).chain(merges).collect();
                done.notes.sort_by_key(|note| note.place.line);
                done.operation = Some(importer.writer.last_operation());
                Ok::<_, NotebookError>(done)
            })?;
        Ok(done)
    }
}

/// What an import did with a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkOutcome {
    /// A new entry was created. If an entry has the same title or identifier but is another work,
    /// its ref and what contradicts.
    Added(Option<(String, &'static str)>),
    /// An existing entry was completed: the names of the fields that changed, and of those in which it
    /// keeps another value than the draft has.
    Merged(Vec<String>, Vec<String>),
    /// An existing entry has all fields of the draft; the names of those in which it keeps another value.
    Known(Vec<String>),
    /// An existing entry was left unchanged.
    Unchanged,
}

/// What became of a record that the file had before.
enum Edited {
    Unchanged,
    Changed,
    /// The entry was edited in the file and in the notebook. The key of the record was this one.
    Conflict(Conflicted, String),
    Problems(Vec<Problem>),
}

/// How an existing entry matches a draft.
enum KnownWork {
    /// It was imported from the same text.
    Same,
    /// It is about the same work.
    Alike,
}

/// Imports drafts of works into a notebook and detects works that already have an entry.
pub struct WorkImporter<'w, 's> {
    writer: &'w mut Writer<'s>,
    dialect: Dialect,
    kind: &'w Kind,
    clock: &'w Clock,
    on_duplicate: OnDuplicate,
    /// Row id of the newest entry before this import; later ones do not count as duplicates. If it
    /// is 0, the notebook was empty.
    last_old: i64,
    /// The row ids of the older entries with an ISBN, by ISBN; filled when a record has one.
    books: OnceCell<HashMap<String, Vec<i64>>>,
    /// Whether an entry does not hold all that the record about it says.
    is_partial: bool,
    /// The keys of such records; with that of the record of the entry, if they differ in nothing else.
    partial: Vec<(String, Option<String>)>,
}

impl<'w, 's> WorkImporter<'w, 's> {
    /// Starts an import of drafts that were read from `dialect`.
    pub fn new(
        writer: &'w mut Writer<'s>,
        dialect: Dialect,
        kind: &'w Kind,
        clock: &'w Clock,
        on_duplicate: OnDuplicate,
    ) -> Result<WorkImporter<'w, 's>, StoreError> {
        let last_old = writer.store().last_row()?;
        Ok(WorkImporter {
            writer,
            dialect,
            kind,
            clock,
            on_duplicate,
            last_old,
            books: OnceCell::new(),
            is_partial: false,
            partial: Vec::new(),
        })
    }

    /// Takes over what was edited in a record that the file had before; `None` if it is new.
    fn take_over(
        &mut self,
        edited: &EditedWorks,
        key: &str,
        draft: &Draft,
    ) -> Result<Option<Edited>, StoreError> {
        let found = edited.edit(self.writer.store(), key, draft, self.kind, self.clock)?;
        Ok(match found {
            None => None,
            Some((_, Edit::None)) => Some(Edited::Unchanged),
            Some((stored, Edit::Conflict(key))) => {
                Some(Edited::Conflict(Conflicted::of(&stored.entry), key))
            }
            Some((stored, Edit::Taken(draft))) => {
                let revised = self
                    .kind
                    .revise(&stored.entry, &draft, self.clock, Unknown::Keep);
                Some(match revised {
                    Err(problems) => Edited::Problems(problems),
                    Ok(entry) if self.writer.update(&stored, &entry)? => Edited::Changed,
                    Ok(_) => Edited::Unchanged,
                })
            }
        })
    }

    /// Whether the one entry with this citation key has the record: it came from it, has its key now, or kb
    /// made the record of the entry.
    fn has_record(&self, key: &str) -> Result<bool, StoreError> {
        let named = self.writer.store().by_alias_or_slug(&self.kind.name, key)?;
        let is_it = |stored: &Stored| {
            let kept = stored.entry.extra.get(self.dialect.kept());
            kept.is_none_or(|kept| kept["key"].as_str() == Some(key))
        };
        Ok(named.len() == 1 && named.iter().all(is_it))
    }

    /// Imports one draft. Returns what was done and the entry, or the problems if the draft does
    /// not fit.
    pub fn import(
        &mut self,
        draft: &Draft,
    ) -> Result<Result<(WorkOutcome, Entry), Vec<Problem>>, StoreError> {
        let mut apart = None;
        let known = if self.last_old > 0 {
            self.known(draft, &mut apart)?
        } else {
            None
        };
        let (outcome, stored) = match known {
            Some((KnownWork::Same, stored)) => {
                return Ok(Ok((WorkOutcome::Unchanged, stored.entry)));
            }
            Some((KnownWork::Alike, stored)) if self.on_duplicate == OnDuplicate::Skip => {
                self.note_partial(draft, None);
                return Ok(Ok((WorkOutcome::Unchanged, stored.entry)));
            }
            Some((KnownWork::Alike, stored)) => (
                self.kind.revise(
                    &stored.entry,
                    &lacking(&stored, draft, self.kind, self.clock),
                    self.clock,
                    Unknown::Keep,
                ),
                Some(stored),
            ),
            None => (self.kind.admit(draft, self.clock, Unknown::Keep), None),
        };
        let entry = match outcome {
            Ok(entry) => entry,
            Err(problems) => return Ok(Err(problems)),
        };
        if stored.is_some() {
            let own = entry
                .extra
                .get(self.dialect.kept())
                .map(|kept| &kept["key"]);
            let own = own.and_then(Json::as_str);
            match self.is_as_written(draft, &entry) {
                true if own == self.key(draft) || own.is_none() => {}
                true => self.note_partial(draft, own),
                false => self.note_partial(draft, None),
            }
        }
        Ok(Ok(match stored {
            Some(stored) if self.writer.update(&stored, &entry)? => (
                WorkOutcome::Merged(
                    changed_fields(&stored.entry, &entry),
                    self.kept_fields(draft, &entry),
                ),
                entry,
            ),
            Some(stored) => (
                WorkOutcome::Known(self.kept_fields(draft, &stored.entry)),
                stored.entry,
            ),
            None => (WorkOutcome::Added(apart), self.writer.create(entry)?.entry),
        }))
    }

    /// The fields in which a draft has another value than the entry that it was merged into.
    fn kept_fields(&self, draft: &Draft, entry: &Entry) -> Vec<String> {
        let Ok(said) = self.kind.admit(draft, self.clock, Unknown::Keep) else {
            return Vec::new();
        };
        let value = |entry: &Entry, name: &str| entry.json_field(self.kind, name);
        let is_kept = |name: &&String| {
            !matches!(name.as_str(), "aliases" | "tags" | "topics")
                && !is_inherited(draft, name)
                && value(&said, name) != value(entry, name)
        };
        draft.texts.keys().filter(is_kept).cloned().collect()
    }

    /// Whether a record says what kb would write for an entry: the record that the entry came from, with
    /// the values that the entry has now, under any key.
    fn is_as_written(&self, draft: &Draft, entry: &Entry) -> bool {
        let name = self.dialect.kept();
        let (own, other) = (entry.extra.get(name), draft.extra.get(name));
        if own == other {
            return true;
        }
        let (Some(own), Some(other)) = (own, other) else {
            return false;
        };
        let unsaid = |kept: &Json| {
            let mut lines = bibliography::unsaid(self.dialect, kept, self.kind, self.clock.today)?;
            lines.sort();
            Some(lines)
        };
        let names = |kept: &Json| -> Vec<Json> {
            let fields = kept["fields"].as_array().into_iter().flatten();
            fields.map(|field| field[0].clone()).collect()
        };
        let has = names(other);
        unsaid(own) == unsaid(other)
            && names(own).iter().all(|name| has.contains(name))
            && self.kept_fields(draft, entry).is_empty()
    }

    /// Notes that an entry does not hold all that the record about it says, or only does not have its key
    /// but `own`.
    fn note_partial(&mut self, draft: &Draft, own: Option<&str>) {
        self.is_partial |= own.is_none();
        if let Some(key) = self.key(draft) {
            let noted = (key.to_owned(), own.map(str::to_owned));
            self.partial.push(noted);
        }
    }

    /// The existing entry for a draft, and how it matches. `apart` gets an entry that shares a title
    /// or an identifier but is another work.
    fn known(
        &self,
        draft: &Draft,
        apart: &mut Option<(String, &'static str)>,
    ) -> Result<Option<(KnownWork, Stored)>, StoreError> {
        // An imported citation key is an alias of its entry; an exported one may be a slug.
        let by_alias_or_slug = match self.key(draft) {
            Some(key) => self.writer.store().by_alias_or_slug(&self.kind.name, key)?,
            None => Vec::new(),
        };
        if let Some(stored) = self.same(draft, &by_alias_or_slug)? {
            return Ok(Some((KnownWork::Same, stored)));
        }
        // Even then, an entry from exactly the same text is not added a second time.
        if self.on_duplicate == OnDuplicate::Add {
            return Ok(None);
        }
        Ok(self
            .alike(draft, by_alias_or_slug, apart)?
            .map(|stored| (KnownWork::Alike, stored)))
    }

    /// The citation key of a draft, even if it was generated by a database rather than chosen by
    /// the user.
    fn key<'d>(&self, draft: &'d Draft) -> Option<&'d str> {
        draft.extra.get(self.dialect.kept())?["key"]
            .as_str()
            .filter(|key| !key.is_empty())
    }

    /// The entry that was imported from the same text. `by_alias_or_slug` are the entries that have
    /// the citation key of the draft.
    fn same(
        &self,
        draft: &Draft,
        by_alias_or_slug: &[Stored],
    ) -> Result<Option<Stored>, StoreError> {
        let store = self.writer.store();
        let kept = self.dialect.kept();
        if !draft.extra.contains_key(kept) {
            return Ok(None);
        }
        let is_it = |stored: &Stored| {
            stored.entry.extra.get(kept) == draft.extra.get(kept) && stored.id <= self.last_old
        };
        if let Some(stored) = by_alias_or_slug.iter().find(|stored| is_it(stored)) {
            return Ok(Some(stored.clone()));
        }
        titled(
            store,
            &self.kind.name,
            draft.text("title").unwrap_or_default(),
            self.last_old,
            is_it,
        )
    }

    /// The entry about the same work, by the rules of [`Work::verdict`]. Looks at the entries with
    /// the citation key, the identifiers and the title of the draft.
    fn alike(
        &self,
        draft: &Draft,
        by_alias_or_slug: Vec<Stored>,
        apart: &mut Option<(String, &'static str)>,
    ) -> Result<Option<Stored>, StoreError> {
        let store = self.writer.store();
        let work = Work::of_draft(draft, self.kind, self.clock.today);
        let mut is_it = |stored: &Stored| {
            if stored.id > self.last_old {
                return false;
            }
            match work.verdict(&Work::of_entry(&stored.entry, self.kind)) {
                Verdict::Same => true,
                Verdict::Contradicted(what) => {
                    apart.get_or_insert((stored.entry.reference(), what));
                    false
                }
                Verdict::Unrelated => false,
            }
        };
        let mut candidates = by_alias_or_slug;
        // A key with a number after it, as `CitationKeys` assigns.
        let numbered = self
            .key(draft)
            .and_then(|key| key.rsplit_once('-'))
            .filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
        if let Some((plain, _)) = numbered {
            candidates.extend(store.by_alias_or_slug(&self.kind.name, plain)?);
        }
        for field in self.kind.fields.iter().filter(|field| {
            matches!(
                field.field_type,
                FieldType::Doi | FieldType::Arxiv | FieldType::Url
            )
        }) {
            if let Some(text) = draft.text(&field.name) {
                candidates.extend(store.by_identifier(&Reference {
                    kind: Some(self.kind.name.clone()),
                    ..Reference::read(text, store.kinds())
                })?);
            }
        }
        if let Some(isbn) = isbn_of(&draft.extra)
            && self.last_old > 0
        {
            if self.books.get().is_none() {
                // It was empty a moment ago, so that setting it cannot fail.
                let _ = self.books.set(books(store, &self.kind.name)?);
            }
            let books = self.books.get().and_then(|books| books.get(&isbn));
            for id in books.into_iter().flatten() {
                candidates.extend(store.by_id(*id)?);
            }
        }
        // An imported work must not depend on a private entry about the same work.
        candidates.sort_by_key(|stored| stored.entry.private);
        if let Some(found) = candidates.into_iter().find(|stored| is_it(stored)) {
            return Ok(Some(found));
        }
        // `titled` takes an `Fn`, but `is_it` also writes to `apart`.
        let found = std::cell::RefCell::new(is_it);
        titled(
            store,
            &self.kind.name,
            draft.text("title").unwrap_or_default(),
            self.last_old,
            |stored| found.borrow_mut()(stored),
        )
    }
}

/// The row ids of the entries of a kind that have an ISBN, by ISBN.
fn books(store: &Store, kind: &str) -> Result<HashMap<String, Vec<i64>>, StoreError> {
    let mut books: HashMap<String, Vec<i64>> = HashMap::new();
    store.each_extra(kind, |id, extra| {
        if let Some(isbn) = isbn_of(&extra) {
            books.entry(isbn).or_default().push(id);
        }
    })?;
    Ok(books)
}

/// The names of the fields that differ between two states of an entry.
fn changed_fields(before: &Entry, after: &Entry) -> Vec<String> {
    let mut changed: Vec<String> = after
        .values
        .iter()
        .filter(|(name, value)| before.value(name) != Some(value))
        .map(|(name, _)| name.clone())
        .collect();
    for (name, differs) in [
        ("body", before.body != after.body),
        ("tags", before.tags != after.tags),
        ("aliases", before.aliases != after.aliases),
    ] {
        if differs {
            changed.push(name.to_owned());
        }
    }
    if changed.is_empty() {
        changed.push("fields that are kept as they are written".to_owned());
    }
    changed
}

/// Whether a record has a value only from the volume that it names: a DOI of the volume is not one of the
/// work.
fn is_inherited(draft: &Draft, name: &str) -> bool {
    let kept = Dialect::ALL.map(|dialect| draft.extra.get(dialect.kept()));
    let mut kept = kept.into_iter().flatten();
    kept.any(|kept| kept["inherited"].get(name).is_some())
}

/// The fields of a draft that are empty in an entry. Aliases are added to those of the entry, and
/// its kept records of bibliography formats are extended.
pub fn lacking(stored: &Stored, draft: &Draft, kind: &Kind, clock: &Clock) -> Draft {
    let entry = &stored.entry;
    let mut lacking = draft.clone();
    lacking.texts.retain(|name, _| match name.as_str() {
        name if is_inherited(draft, name) => false,
        "title" | "aliases" => false,
        "body" => entry.body.is_empty(),
        "tags" => entry.tags.is_empty(),
        name => entry.value(name).is_none(),
    });
    lacking
        .extra
        .retain(|name, _| !entry.extra.contains_key(name));
    for dialect in Dialect::ALL {
        if let (Some(own), Some(other)) = (
            entry.extra.get(dialect.kept()),
            draft.extra.get(dialect.kept()),
        ) && let Some(both) = bibliography::widened(dialect, own, other, kind, clock.today)
        {
            lacking.extra.insert(dialect.kept().to_owned(), both);
        }
    }
    let names: Vec<String> = entry
        .aliases
        .iter()
        .cloned()
        .chain(draft.texts.get("aliases").into_iter().flatten().cloned())
        .collect();
    lacking.set_many("aliases", names);
    lacking
}
