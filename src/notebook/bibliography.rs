//! Bibliographies in: which entry of the notebook an entry of a file means, and what becomes of it.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value as Json};

use super::error::{Located, NotebookError};
use super::import::{Imported, in_one_line, titled};
use super::session::Notebook;
use crate::format::bibliography::{self, Dialect, Fault};
use crate::model::reference::Reference;
use crate::model::{Clock, Draft, Entry, FieldType, Kind, Problem, Unknown, Value};
use crate::store::{Store, StoreError, Stored, Writer};
use crate::text::fold::fold;
use crate::text::place::Places;

/// What becomes of an entry that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDuplicate {
    /// Its empty fields are filled.
    Merge,
    /// It stays as it is.
    Skip,
    /// The new one stands beside it.
    Add,
}

impl Notebook {
    /// Imports a bibliography, as entries of a kind or of the kind for papers; `progress` hears how many bytes of how many were read.
    ///
    /// # Errors
    /// The kind is unknown, or the file cannot be written; then nothing was changed.
    pub fn import_bibliography(
        &mut self,
        dialect: Dialect,
        source: &str,
        kind: Option<&str>,
        on_duplicate: OnDuplicate,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Imported, NotebookError> {
        let kind = self
            .kind(kind.unwrap_or(bibliography::kind(dialect)))?
            .clone();
        let clock = self.clock.clone();
        let bulk = self.is_bulk(Some(source.len() as u64))?;
        let (done, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                if bulk {
                    writer.begin_bulk()?;
                }
                let mut done = Imported::default();
                let mut places = Places::of(source);
                let mut importer = WorkImporter::new(writer, dialect, &kind, &clock, on_duplicate)?;
                let (faults, notes) =
                    bibliography::read_each(dialect, source, &kind, clock.today, &mut |read| {
                        progress(read.at as u64, source.len() as u64);
                        match importer.import(&read.draft)? {
                            Ok((WorkOutcome::Added, _)) => done.added += 1,
                            Ok((WorkOutcome::Merged, _)) => done.updated += 1,
                            Ok((WorkOutcome::Unchanged, _)) => done.unchanged += 1,
                            Err(problems) => {
                                let message = format!("`{}`: {}", read.key, in_one_line(&problems));
                                done.problems.push(Located {
                                    place: places.at(read.at),
                                    message,
                                });
                            }
                        }
                        Ok::<_, StoreError>(())
                    })?;
                let located = |faults: Vec<Fault>| {
                    let mut places = Places::of(source);
                    faults.into_iter().map(move |fault| Located {
                        place: places.at(fault.at),
                        message: fault.message,
                    })
                };
                done.problems.splice(0..0, located(faults));
                done.notes = located(notes).collect();
                Ok::<_, NotebookError>(done)
            })?;
        Ok(done)
    }
}

/// The keys under which bibliographies have the entries of a notebook: the one that an entry came with, or its slug; where an older entry of
/// its kind has that, with a number behind it. Whatever is exported, an entry has the same key.
pub struct CitationKeys<'n> {
    store: &'n Store,
    /// By kind and folded key: the keys of the entries that have it, by uid.
    known: HashMap<(String, String), HashMap<String, String>>,
}

impl<'n> CitationKeys<'n> {
    /// Nothing is looked up yet.
    pub fn new(notebook: &'n Notebook) -> CitationKeys<'n> {
        CitationKeys {
            store: &notebook.store,
            known: HashMap::new(),
        }
    }

    /// The key of an entry.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of(&mut self, entry: &Entry) -> Result<String, NotebookError> {
        let key = bibliography::key(entry);
        let place = (entry.kind.clone(), fold(&key));
        if !self.known.contains_key(&place) {
            let others_with_key = self.store.others_with_key(&entry.kind, &key, &entry.uid)?;
            let own = others_with_key
                .into_iter()
                .map(|stored| (stored.entry.uid.clone(), bibliography::key(&stored.entry)));
            let keys = self.numbered(
                &entry.kind,
                own.filter(|(_, own)| fold(own) == place.1).collect(),
            )?;
            self.known.insert(place.clone(), keys);
        }
        Ok(self.known[&place].get(&entry.uid).cloned().unwrap_or(key))
    }

    /// Entries by uid with the key that they share: the oldest has it plain, each other with the next number that makes it no name of another.
    fn numbered(
        &self,
        kind: &str,
        shared: BTreeMap<String, String>,
    ) -> Result<HashMap<String, String>, NotebookError> {
        let mut keys = HashMap::new();
        let mut number = 1;
        for (uid, own) in shared {
            let mut free = own.clone();
            while !keys.is_empty() {
                number += 1;
                free = format!("{own}-{number}");
                if self.store.others_with_key(kind, &free, &uid)?.is_empty() {
                    break;
                }
            }
            keys.insert(uid, free);
        }
        Ok(keys)
    }
}

/// What became of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkOutcome {
    /// It is an entry.
    Added,
    /// An entry that was there says more now.
    Merged,
    /// An entry was there and stays as it is.
    Unchanged,
}

/// How an entry is known already.
enum KnownWork {
    /// It came from just this text.
    Same,
    /// It is about the same work.
    Alike,
}

/// Takes drafts of works into a notebook, each once.
pub struct WorkImporter<'w, 's> {
    writer: &'w mut Writer<'s>,
    dialect: Dialect,
    kind: &'w Kind,
    clock: &'w Clock,
    on_duplicate: OnDuplicate,
    /// The last row before this import; only entries up to it are known already. 0 when the notebook was empty.
    last_old: i64,
}

impl<'w, 's> WorkImporter<'w, 's> {
    /// Begins; `dialect` is that of the drafts.
    ///
    /// # Errors
    /// The file cannot be read.
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
        })
    }

    /// Takes one entry, or says why it does not fit.
    pub fn import(
        &mut self,
        draft: &Draft,
    ) -> Result<Result<(WorkOutcome, Entry), Vec<Problem>>, StoreError> {
        let known = if self.last_old > 0 {
            self.known(draft)?
        } else {
            None
        };
        let (outcome, stored) = match known {
            Some((KnownWork::Same, stored)) => {
                return Ok(Ok((WorkOutcome::Unchanged, stored.entry)));
            }
            Some((KnownWork::Alike, stored)) if self.on_duplicate == OnDuplicate::Skip => {
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
        Ok(Ok(match stored {
            Some(stored) if self.writer.update(&stored, &entry)? => (WorkOutcome::Merged, entry),
            Some(stored) => (WorkOutcome::Unchanged, stored.entry),
            None => (WorkOutcome::Added, self.writer.create(entry)?.entry),
        }))
    }

    /// The entry that a draft means.
    fn known(&self, draft: &Draft) -> Result<Option<(KnownWork, Stored)>, StoreError> {
        let by_alias_or_slug = match self.key(draft) {
            Some(key) => self.writer.store().by_alias_or_slug(&self.kind.name, key)?,
            None => Vec::new(),
        };
        if let Some(stored) = self.same(draft, &by_alias_or_slug)? {
            return Ok(Some((KnownWork::Same, stored)));
        }
        if self.on_duplicate == OnDuplicate::Add {
            return Ok(None);
        }
        Ok(self
            .alike(draft, by_alias_or_slug)?
            .map(|stored| (KnownWork::Alike, stored)))
    }

    /// The citation key of a draft, also one that is no name because a database gave it.
    fn key<'d>(&self, draft: &'d Draft) -> Option<&'d str> {
        draft.extra.get(self.dialect.kept())?["key"]
            .as_str()
            .filter(|key| !key.is_empty())
    }

    /// The entry that came from just this text; `by_alias_or_slug` are the entries that have its citation key.
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

    /// The entry that is about the same work: by citation key and title, by DOI, arXiv id or address, by title and year, or without a year by
    /// all that is written but the key.
    fn alike(
        &self,
        draft: &Draft,
        by_alias_or_slug: Vec<Stored>,
    ) -> Result<Option<Stored>, StoreError> {
        let store = self.writer.store();
        let title = fold(draft.text("title").unwrap_or_default());
        let is_older = |stored: &Stored| stored.id <= self.last_old;
        let same_title = |stored: &Stored| fold(&stored.entry.title) == title;
        // Under the same key a title may have its subtitle behind it, as it goes from one format into another.
        let begins = |long: &str, short: &str| {
            long.strip_prefix(short)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '.']))
        };
        let named_so = |stored: &Stored| {
            let own = fold(&stored.entry.title);
            begins(&title, &own) || begins(&own, &title)
        };
        let mut found: Vec<Stored> = by_alias_or_slug.into_iter().filter(named_so).collect();
        // A key with a number behind it, as [`CitationKeys`] gives.
        let numbered = self
            .key(draft)
            .and_then(|key| key.rsplit_once('-'))
            .filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
        if let Some((plain, _)) = numbered.filter(|_| found.is_empty()) {
            found = store
                .by_alias_or_slug(&self.kind.name, plain)?
                .into_iter()
                .filter(named_so)
                .collect();
        }
        for field in self.kind.fields.iter().filter(|field| {
            matches!(
                field.field_type,
                FieldType::Doi | FieldType::Arxiv | FieldType::Url
            )
        }) {
            if let Some(text) = draft.text(&field.name).filter(|_| found.is_empty()) {
                found = store.by_identifier(&Reference {
                    kind: Some(self.kind.name.clone()),
                    ..Reference::read(text, store.kinds())
                })?;
            }
        }
        if !found.is_empty() {
            return Ok(found.into_iter().find(is_older));
        }
        let Some(date) = self.kind.first(FieldType::Period) else {
            return Ok(None);
        };
        let year = |value: Option<&Value>| match value {
            Some(Value::Period(period)) => period.year(),
            _ => None,
        };
        let wanted = draft
            .text(&date.name)
            .and_then(|text| date.read_one(text, self.clock.today).ok());
        let wanted = year(wanted.as_ref());
        let written = |extra: &Map<String, Json>| {
            extra
                .get(self.dialect.kept())
                .map(|kept| (kept["type"].clone(), kept["fields"].clone()))
        };
        let is_it = |stored: &Stored| match wanted {
            Some(_) => same_title(stored) && year(stored.entry.value(&date.name)) == wanted,
            None => {
                written(&draft.extra).is_some_and(|new| written(&stored.entry.extra) == Some(new))
            }
        };
        titled(
            store,
            &self.kind.name,
            draft.text("title").unwrap_or_default(),
            self.last_old,
            is_it,
        )
    }
}

/// What a draft says that an entry does not say yet; its names come to those that the entry has.
pub fn lacking(stored: &Stored, draft: &Draft, kind: &Kind, clock: &Clock) -> Draft {
    let entry = &stored.entry;
    let mut lacking = draft.clone();
    lacking.texts.retain(|name, _| match name.as_str() {
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
