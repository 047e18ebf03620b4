//! The BibTeX files that kb writes into: what a file gets from the notebook, and which of its records
//! are left alone.
//!
//! What kb knows of a file is its base: the bytes that it last read or wrote. Three sorts of records are not
//! written:
//!
//! - those in conflict, which the file and the notebook both changed. The base keeps them as they were
//!   before that, so that the file counts as changed until they are settled;
//! - those that say something that their entry does not, such as a second record of a known work;
//! - those that belong to no entry, unless their entry was removed: then they go, and come back with it.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use super::bibliography::{FormerText, OnDuplicate};
use super::citation_keys::CitationKeys;
use super::documents::Conflicts;
use super::error::NotebookError;
use super::removed_works::RemovedWork;
use super::session::Notebook;
use crate::format::bibliography::{self, ComposedWork, Dialect, IfNew, PlacedRecord};
use crate::model::{Audience, Draft, Entry, Kind};
use crate::store::{Document, FileState, Selection, TakenOut};
use crate::text::encoding::{TextEncoding, decode};

impl Notebook {
    /// The text of the BibTeX file that an export of all entries of a kind goes into, and which the
    /// new text keeps where nothing changed: the file at `path` as kb last read or wrote it, or, for
    /// a file that kb does not know, the only BibTeX file that it knows.
    pub fn bibtex_base(&self, path: &str) -> Result<Option<Document>, NotebookError> {
        let is_base = |file: &Document| file.base.is_some() && file.format == "bibtex";
        if let Some(file) = self.document(path)? {
            return Ok(Some(file).filter(is_base));
        }
        let mut known = self.documents("")?.into_iter().filter(is_base);
        Ok(known.next().filter(|_| known.next().is_none()))
    }

    /// The records of removed works that stay in a BibTeX file, because they do not say what
    /// their entries did: the citation key of each, and the ref that the entry had.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn records_left_behind(
        &self,
        file: &Document,
    ) -> Result<Vec<(String, String)>, NotebookError> {
        let state = file.state.as_ref();
        let Some(state) = state.filter(|state| !state.partial.is_empty()) else {
            return Ok(Vec::new());
        };
        let mut behind = Vec::new();
        for work in self.removed_works(Some(state))? {
            let keys = state.partial.iter().filter(|key| work.has_key(key));
            behind.extend(keys.map(|key| (key.clone(), work.entry.reference())));
        }
        Ok(behind)
    }

    /// The bytes of a BibTeX file in which the works of a selection stand; of those that it does not
    /// have, it gets the ones for which `if_new` says so. A work of the file that is in the notebook
    /// but not in the selection, or that was removed, leaves the file. `now` are the bytes of the file
    /// as it is.
    ///
    /// # Errors
    /// [`NotebookError::NotInEncoding`] if the encoding of the file lacks a character.
    pub fn bibtex_file(
        &self,
        file: &Document,
        now: &[u8],
        selection: &Selection,
        kind: &Kind,
        if_new: impl Fn(&Entry) -> IfNew,
    ) -> Result<Vec<u8>, NotebookError> {
        let today = self.clock.today;
        let now = &self.with_returned(file, now, kind)?[..];
        let flavour = bibliography::flavour(&decode(now));
        let mut keys = CitationKeys::new(self, Audience::Owner);
        let (mut works, mut outcome) = (Vec::new(), Ok(()));
        self.for_each(selection, Audience::Owner, |entry, kind| {
            match keys.of(entry) {
                Ok(key) => {
                    let if_new = if_new(entry);
                    works.push(bibliography::compose(
                        flavour, entry, &key, kind, today, if_new,
                    ));
                }
                Err(error) => outcome = Err(error),
            }
            ControlFlow::Continue(())
        })?;
        outcome?;
        self.spliced(file, now, &works, kind)
    }

    /// Gives works the values that they inherit from records which change in a BibTeX file, from `before` to
    /// `now`; returns the number of works.
    ///
    /// # Errors
    /// The notebook cannot be written to.
    pub fn pass_on(
        &mut self,
        file: &Document,
        before: &[u8],
        now: &[u8],
    ) -> Result<usize, NotebookError> {
        let (dialect, today) = (Dialect::Bibtex, self.clock.today);
        let [before, now] = [before, now].map(decode);
        let kind = self.kind(bibliography::kind(dialect))?;
        let mut had: HashMap<String, String> = HashMap::new();
        bibliography::for_each_record(&before, kind, today, |record| {
            had.insert(record.key.to_owned(), record.text.trim().to_owned());
        });
        let mut changed = BTreeMap::new();
        bibliography::for_each_record(&now, kind, today, |record| {
            if had
                .get(record.key)
                .is_some_and(|text| text != record.text.trim())
            {
                changed.insert(record.key.to_owned(), record.key.to_owned());
            }
        });
        if changed.is_empty() {
            return Ok(0);
        }
        // Without the records that come and go.
        let edited = bibliography::with_records(&before, &now, &changed, kind, today);
        let read = |text: &str| -> BTreeMap<String, Draft> {
            let works = bibliography::read(dialect, text, kind, today)
                .entries
                .into_iter();
            let heirs = works.filter(|work| !changed.contains_key(&work.key));
            heirs.map(|work| (work.key, work.draft)).collect()
        };
        if read(&before) == read(&edited) {
            return Ok(0);
        }
        let former = FormerText {
            text: &before,
            state: file.state.as_ref(),
            conflicts: Conflicts::Ours,
        };
        let merge = OnDuplicate::Merge;
        let imported =
            self.import_bibliography(dialect, &edited, None, merge, Some(former), &mut |_, _| {})?;
        Ok(imported.updated.saturating_sub(changed.len()))
    }

    /// The new bytes of a BibTeX file with the records that are left alone as they were before. `None` if kb
    /// has no text of it.
    ///
    /// # Errors
    /// The kind of its works is unknown.
    pub fn bibtex_before_conflicts(
        &self,
        file: &Document,
        bytes: &[u8],
    ) -> Result<Option<Vec<u8>>, NotebookError> {
        let kind = self.kind(bibliography::kind(Dialect::Bibtex))?;
        let (Some(base), Some(state)) = (file.base.as_deref().map(decode), &file.state) else {
            return Ok(None);
        };
        let text = decode(bytes);
        let text = bibliography::with_records(&text, &base, &state.left, kind, self.clock.today);
        let encoded = TextEncoding::of(bytes).encode(&text);
        Ok(Some(encoded.unwrap_or_else(|_| text.into_bytes())))
    }

    /// The records that kb takes out of a BibTeX file with the bytes `before`, now or earlier, because their
    /// entries were removed.
    pub fn taken_out(
        &self,
        file: &Document,
        before: &[u8],
    ) -> Result<Vec<TakenOut>, NotebookError> {
        let kind = self.kind(bibliography::kind(Dialect::Bibtex))?;
        let removed = self.removed_works(file.state.as_ref())?;
        let mut all: Vec<TakenOut> = (file.state.iter())
            .flat_map(|state| state.taken_out.clone())
            .collect();
        let mut new = Vec::new();
        if !removed.is_empty() {
            let (before, today) = (decode(before), self.clock.today);
            bibliography::for_each_record(&before, kind, today, |record| {
                let is_it = |work: &&RemovedWork| work.has_key(record.key);
                let stays = |state: &FileState| state.partial.iter().any(|key| key == record.key);
                if let Some(RemovedWork { entry, .. }) = removed.iter().find(is_it)
                    && !file.state.as_ref().is_some_and(stays)
                {
                    all.retain(|record| record.uid != entry.uid);
                    new.push(TakenOut {
                        uid: entry.uid.clone(),
                        key: record.key.to_owned(),
                        text: record.text.to_owned(),
                        after: record.after.map(str::to_owned),
                        behind: record.behind.to_owned(),
                    });
                }
            });
        }
        // They come back in reverse: what was taken out last first, and of that the first record first.
        all.extend(new.into_iter().rev());
        let mut left = Vec::new();
        for record in all {
            if self.store.by_uid(&record.uid)?.is_none() {
                left.push(record);
            }
        }
        Ok(left)
    }

    /// The bytes of a file with the records of entries that came back, as they were when they were taken
    /// out.
    fn with_returned(
        &self,
        file: &Document,
        now: &[u8],
        kind: &Kind,
    ) -> Result<Vec<u8>, NotebookError> {
        let before = decode(now);
        let mut text = before.clone();
        let taken_out = file.state.iter().flat_map(|state| &state.taken_out);
        for record in taken_out.rev() {
            if self.store.by_uid(&record.uid)?.is_some() {
                let record = PlacedRecord {
                    key: &record.key,
                    text: &record.text,
                    after: record.after.as_deref(),
                    behind: &record.behind,
                };
                text = bibliography::put_back(&text, record, kind, self.clock.today);
            }
        }
        Ok(match text == before {
            true => now.to_vec(),
            // The characters come from that file.
            false => TextEncoding::of(now)
                .encode(&text)
                .unwrap_or_else(|_| text.into_bytes()),
        })
    }

    /// The text of the file with the works of the notebook in their places.
    fn spliced(
        &self,
        file: &Document,
        now: &[u8],
        works: &[ComposedWork],
        kind: &Kind,
    ) -> Result<Vec<u8>, NotebookError> {
        let (before, today) = (decode(now), self.clock.today);
        let flavour = bibliography::flavour(&before);
        let removed = self.removed_works(file.state.as_ref())?;
        let removed = removed.iter().flat_map(|work| {
            let compose = |key: &String| {
                bibliography::compose(flavour, &work.entry, key, kind, today, IfNew::LeaveOut)
            };
            work.keys.iter().map(compose)
        });
        let removed: Vec<ComposedWork> = removed.collect();
        let is_left_out = |key: &str| {
            let known = self.store.by_alias_or_slug(&kind.name, key);
            known.is_ok_and(|known| !known.is_empty())
        };
        let mut left = BTreeMap::new();
        if let Some(state) = &file.state {
            left.clone_from(&state.left);
            left.extend(state.partial.iter().map(|key| (key.clone(), key.clone())));
        }
        let text =
            bibliography::splice(&before, [works, &removed], kind, today, &left, is_left_out);
        if text == before {
            return Ok(now.to_vec());
        }
        let encoding = TextEncoding::of(now);
        let lacks = |c: char| encoding.encode(c.encode_utf8(&mut [0; 4])).is_err();
        let encoded = encoding.encode(&text).or_else(|lacking| {
            // TeX can say what the encoding cannot.
            let spelled = bibliography::spelled(&text, lacks);
            spelled.map_or(Err(lacking), |text| encoding.encode(&text))
        });
        encoded.map_err(|(lacking, encoding)| NotebookError::NotInEncoding {
            lacking,
            encoding,
            path: file.path.clone(),
        })
    }
}
