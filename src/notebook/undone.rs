//! What kb knows of files after an operation was undone or redone: an import that was undone is taken back
//! from what kb knows, so that the edits in its file come in again with the next one.

use std::collections::{BTreeMap, HashSet};

use super::error::NotebookError;
use super::session::Notebook;
use crate::format::bibliography::{self, Dialect, IfNew};
use crate::model::Audience;
use crate::model::layout::{Layout, Piece};
use crate::store::{Document, Operation, Subject};
use crate::text::checksum;
use crate::text::encoding::decode;

/// What a file is compared with.
enum Base {
    /// What it was compared with before: the operation took nothing from it.
    Stays,
    /// This text or layout; without one, what the notebook has.
    Is(Option<String>),
}

/// An operation that was undone.
struct Undone<'o> {
    operation: &'o Operation,
    /// Whether it read files.
    is_import: bool,
    /// What it changed.
    subjects: HashSet<Subject>,
}

impl Notebook {
    /// After an import was reversed, the notebook no longer holds the text that it read from the
    /// files, so that an export must not overwrite them: each is compared with what it was before, and its
    /// edits come in again.
    pub(super) fn forget_read_files(&mut self, operation: &Operation) -> Result<(), NotebookError> {
        let mut verbs = ["import", "sync"].iter();
        let undone = Undone {
            operation,
            is_import: verbs.any(|verb| operation.command.starts_with(verb)),
            subjects: self.store.subjects_of(operation.id)?.into_iter().collect(),
        };
        let (mut stale, mut forgotten): (Vec<Document>, Vec<String>) = Default::default();
        for mut file in self.store.documents("")? {
            let Base::Is(base) = self.base_without(&file, &undone)? else {
                continue;
            };
            file.base = base.map(String::into_bytes);
            file.checksum = Some(String::new());
            let before = file.state.as_ref().and_then(|state| state.before.as_ref());
            let before = before.filter(|before| before.operation >= operation.id);
            if let Some(former) = before.and_then(|before| before.path.clone()) {
                // It is found again by what it was under its former name.
                forgotten.push(std::mem::replace(&mut file.path, former));
                file.checksum = file.base.as_deref().map(checksum::of_bytes);
            }
            if let Some(state) = &mut file.state {
                let before = state.before.take();
                state.before = before.filter(|before| before.operation < operation.id);
                // What the import took from the file counts again as edited in it.
                state.base = state.base.min(operation.id - 1);
                state.imports.retain(|import| *import < operation.id);
            }
            stale.push(file);
        }
        self.track(&stale, &forgotten)
    }

    /// What a file is compared with after an operation was undone. What kb itself wrote into the file since
    /// stays, so that it is not taken for an edit.
    fn base_without(&self, file: &Document, undone: &Undone<'_>) -> Result<Base, NotebookError> {
        let before = file.state.as_ref().and_then(|state| state.before.as_ref());
        let before =
            before.filter(|before| undone.is_import && before.operation >= undone.operation.id);
        // What it was compared with before the operation took edits from it, if that is known.
        let had = before.map(|before| before.base.as_deref());
        if let Some(page) = &file.page {
            return self.page_base(file, page, had, undone);
        }
        // A file that was last read before the import has nothing of it.
        let is_older = file
            .operation
            .is_some_and(|last| last < undone.operation.id);
        if !undone.is_import || had.is_none() && is_older {
            return Ok(Base::Stays);
        }
        match &file.base {
            Some(written) if file.format == "bibtex" => self.works_base(file, written, had, undone),
            _ => Ok(match had {
                Some(had) => Base::Is(had.map(str::to_owned)),
                None if file.written || is_forgotten(file) => Base::Stays,
                None => Base::Is(None),
            }),
        }
    }

    /// The same for a page.
    fn page_base(
        &self,
        file: &Document,
        page: &str,
        had: Option<Option<&str>>,
        undone: &Undone<'_>,
    ) -> Result<Base, NotebookError> {
        let is_changed = undone.subjects.contains(&Subject::Page(page.to_owned()));
        if had.is_none() && !is_changed {
            return Ok(Base::Stays);
        }
        // The undo of a later import used up what kb kept of the page from before.
        let is_again = had.is_none() && undone.is_import && is_forgotten(file);
        let read = match &file.base {
            Some(_) if had.is_none() && !is_again => return Ok(Base::Stays),
            Some(written) => Some(decode(written)),
            None if is_again => self.page_after(page, undone.operation)?,
            // The page as the notebook keeps it is what it was.
            None => None,
        };
        let had = had.flatten();
        let found = match read {
            Some(read) => self.page_without_edits(page, had, &read, &undone.subjects)?,
            None => None,
        };
        Ok(Base::Is(found.or(had.map(str::to_owned))))
    }

    /// The same for a BibTeX file with the base `written`.
    fn works_base(
        &self,
        file: &Document,
        written: &[u8],
        had: Option<Option<&str>>,
        undone: &Undone<'_>,
    ) -> Result<Base, NotebookError> {
        if had.is_none() && !file.written && file.operation == Some(undone.operation.id) {
            // It was read for the first time.
            return Ok(Base::Is(None));
        }
        let is_known = had.is_some();
        let had = match had {
            Some(had) => had.map(str::to_owned),
            None => self.as_written_now(file, written)?,
        };
        let written = decode(written);
        let found = match &had {
            Some(had) => self.works_without_edits(had, &written, &undone.subjects)?,
            None => None,
        };
        Ok(match found.or(had) {
            Some(same) if !is_known && same == written => Base::Stays,
            base => Base::Is(base),
        })
    }

    /// The layout that an operation gave a page.
    fn page_after(
        &self,
        page: &str,
        operation: &Operation,
    ) -> Result<Option<String>, NotebookError> {
        let changes = self.store.changes(&Subject::Page(page.to_owned()))?;
        let own = changes
            .into_iter()
            .rfind(|change| change.operation == operation.id);
        Ok(own.and_then(|change| Some(change.new?.as_str()?.to_owned())))
    }

    /// The text of a BibTeX file with its records as the notebook has them now.
    fn as_written_now(
        &self,
        file: &Document,
        written: &[u8],
    ) -> Result<Option<String>, NotebookError> {
        let name = bibliography::kind(Dialect::Bibtex);
        let Some(kind) = self.kinds().get(name) else {
            return Ok(None);
        };
        let all = self.selection(None, &[format!("kind:{name}")], &[], None)?;
        let text = self.bibtex_file(file, written, &all, kind, |_| IfNew::LeaveOut)?;
        Ok(Some(decode(&text)))
    }

    /// The layout of a page as its file had it before an operation that changed some subjects: what that took
    /// from the file as it was `before`, else as kb would write it now, and the rest as it was `written`.
    fn page_without_edits(
        &self,
        page: &str,
        before: Option<&str>,
        written: &str,
        changed: &HashSet<Subject>,
    ) -> Result<Option<String>, NotebookError> {
        if self.store.page(page)?.is_none() {
            return Ok(None);
        }
        let read = |json: &str| serde_json::from_str::<Layout>(json).ok();
        let now = self.export_page(Some(page), Audience::Public)?.layout;
        let (Some(now), Some(written)) = (read(&now), read(written)) else {
            return Ok(None);
        };
        let before = before.and_then(read);
        let before = before.as_ref().unwrap_or(&now);
        let has: HashSet<&str> = written.pieces.iter().filter_map(Piece::uid).collect();
        let all = now.pieces.iter().filter_map(Piece::uid);
        let is_edited =
            |uid: &&str| changed.contains(&Subject::Entry((*uid).to_owned())) || !has.contains(uid);
        let (edited, kept): (HashSet<&str>, HashSet<&str>) = all.partition(is_edited);
        let layout = now.with_items(Some(&written), &kept);
        Ok(layout.with_items(Some(before), &edited).stored().ok())
    }

    /// The text of a BibTeX file with the records of the entries that an undone operation changed as they
    /// were `before`. `None` if one of them had another key.
    fn works_without_edits(
        &self,
        before: &str,
        written: &str,
        changed: &HashSet<Subject>,
    ) -> Result<Option<String>, NotebookError> {
        let dialect = Dialect::Bibtex;
        let Some(kind) = self.kinds().get(bibliography::kind(dialect)) else {
            return Ok(None);
        };
        let today = self.clock.today;
        let [had, has] =
            [before, written].map(|text| bibliography::keys(dialect, text, kind, today));
        let (mut keys, mut before) = (BTreeMap::new(), before.to_owned());
        for subject in changed {
            let Subject::Entry(uid) = subject else {
                continue;
            };
            let Some(stored) = self.store.by_uid(uid)? else {
                continue;
            };
            let key = bibliography::key(&stored.entry);
            if stored.entry.kind == kind.name && !has.contains(&key) {
                return Ok(None);
            }
            // Before that it had another key, which the user replaced and kb wrote.
            if !had.contains(&key)
                && let Some(old) = stored.entry.aliases.iter().find(|old| had.contains(*old))
            {
                before = before.replacen(&format!("{{{old},"), &format!("{{{key},"), 1);
            }
            // The records of works that were merged into it, too.
            let merged = stored.entry.aliases.iter();
            let merged = merged.filter(|key| had.contains(*key) && has.contains(*key));
            keys.extend(merged.map(|key| (key.clone(), key.clone())));
            keys.insert(key.clone(), key);
        }
        // A record that the operation added has no entry now.
        for key in has.iter().filter(|key| !had.contains(*key)) {
            if self.store.by_alias_or_slug(&kind.name, key)?.is_empty() {
                keys.insert(key.clone(), key.clone());
            }
        }
        Ok(Some(bibliography::with_records(
            written, &before, &keys, kind, today,
        )))
    }
}

/// Whether kb no longer knows what is in a file, since an import of it was undone.
fn is_forgotten(file: &Document) -> bool {
    file.checksum.as_deref().is_none_or(str::is_empty)
}
