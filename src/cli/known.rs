//! The documents of a notebook, as the user thinks of them: files and folders of notes that kb knows,
//! and on which side each has changed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::context::Context;
use super::failure::{Exit, Failure};
use super::file_format::FileFormat;
use super::folder;
use super::tracked::Tracked;
use crate::format::bibliography::{self, Dialect, IfNew};
use crate::format::vault::{Style, is_note};
use crate::model::{Audience, Entry};
use crate::notebook::Notebook;
use crate::notebook::page::PageExport;
use crate::store::Document;
use crate::text::checksum;

/// A document that kb knows. What it was when kb last read or wrote it is the base of the merge of
/// what is outside, in the file, and what is inside, in the notebook.
#[derive(Debug)]
pub(super) struct Known {
    /// Its stored path.
    pub key: String,
    /// Its path as messages name it: from the current folder, if it is in there.
    pub name: String,
    pub format: FileFormat,
    /// Its files: one, or the notes of the folder.
    pub files: Vec<Document>,
    /// The stored paths of other documents in the folder.
    foreign: HashSet<String>,
}

/// What happened to the file or the folder since kb last read or wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outside {
    Same,
    Changed,
    Gone,
}

impl Known {
    /// All documents, in the order of their paths.
    pub(super) fn all(notebook: &Notebook, context: &Context) -> Result<Vec<Known>, Failure> {
        let mut groups: BTreeMap<String, Vec<Document>> = BTreeMap::new();
        for file in notebook.documents("")? {
            let key = file.folder.clone().unwrap_or_else(|| file.path.clone());
            groups.entry(key).or_default().push(file);
        }
        let tracked = Tracked::of(notebook);
        let here = &context.environment.folder;
        let known = groups.into_iter().filter_map(|(key, files)| {
            Some(Known {
                name: tracked.name(&key, here),
                format: FileFormat::from_str(&files[0].format, false).ok()?,
                key,
                files,
                foreign: HashSet::new(),
            })
        });
        let mut known: Vec<Known> = known.collect();
        let foreign: Vec<_> = known.iter().map(|one| one.others_within(&known)).collect();
        for (one, foreign) in known.iter_mut().zip(foreign) {
            one.foreign = foreign;
        }
        Ok(known)
    }

    /// The documents at these paths; without paths, all documents.
    ///
    /// # Errors
    /// kb does not know a path.
    pub(super) fn named(
        paths: &[PathBuf],
        notebook: &Notebook,
        context: &Context,
    ) -> Result<Vec<Known>, Failure> {
        let mut all = Known::all(notebook, context)?;
        if paths.is_empty() {
            return Ok(all);
        }
        let tracked = Tracked::of(notebook);
        let mut keys = Vec::new();
        for path in paths {
            let key = tracked.key(&context.environment.path(path));
            if all.iter().all(|known| known.key != key) {
                return Err(Failure::new(
                    Exit::Nothing,
                    format!("kb does not know `{}`", path.display()),
                )
                .hint(format!("kb import {}", path.display())));
            }
            keys.push(key);
        }
        all.retain(|known| keys.contains(&known.key));
        Ok(all)
    }

    /// The stored paths of files of other documents that are in its folder.
    fn others_within(&self, all: &[Known]) -> HashSet<String> {
        if !self.is_folder() {
            return HashSet::new();
        }
        let prefix = Tracked::prefix(&self.key);
        let files = all.iter().flat_map(|known| &known.files);
        files
            .filter(|file| file.path.starts_with(&prefix) && !file.belongs_to(&self.key))
            .map(|file| file.path.clone())
            .collect()
    }

    /// Whether it is a folder of notes.
    pub(super) fn is_folder(&self) -> bool {
        self.files.iter().all(|file| file.folder.is_some())
    }

    /// Whether kb writes what changed in the notebook into it. It only reads tables, JSON, other
    /// bibliographies and what it wrote for the public, which `kb export` writes whole.
    pub(super) fn is_written(&self) -> bool {
        let is_ours = self.format == FileFormat::Page || self.audience() == Audience::Owner;
        self.is_folder() || self.format.is_synced() && is_ours
    }

    /// For whom kb writes it.
    pub(super) fn audience(&self) -> Audience {
        let mut states = self.files.iter().filter_map(|file| file.state.as_ref());
        match (self.format.style(), states.any(|state| state.public)) {
            (_, true) => Audience::Public,
            (Some(style), false) => style.audience(),
            (None, false) => Audience::Owner,
        }
    }

    /// What happened to it outside kb.
    pub(super) fn outside(&self, notebook: &Notebook) -> Result<Outside, Failure> {
        let tracked = Tracked::of(notebook);
        let sum = |path: &Path| std::fs::File::open(path).and_then(checksum::of_reader).ok();
        if !self.is_folder() {
            let path = tracked.path(&self.key);
            return match std::fs::File::open(&path).and_then(checksum::of_reader) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Outside::Gone),
                Err(error) => Err(Failure::file(&path, &error)),
                Ok(sum) if Some(&sum) == self.files[0].checksum.as_ref() => Ok(Outside::Same),
                Ok(_) => Ok(Outside::Changed),
            };
        }
        let root = tracked.path(&self.key);
        if !root.is_dir() {
            return Ok(Outside::Gone);
        }
        let prefix = Tracked::prefix(&self.key);
        let known: HashMap<&str, Option<&String>> = self
            .files
            .iter()
            .map(|file| (&file.path[prefix.len()..], file.checksum.as_ref()))
            .collect();
        let is_foreign = |path: &str| self.foreign.contains(&format!("{prefix}{path}"));
        let there = folder::files(&root)?;
        let notes: HashSet<&str> = there
            .iter()
            .map(String::as_str)
            .filter(|path| is_note(path) && !is_foreign(path))
            .collect();
        let is_gone = |(path, sum): (&&str, &Option<&String>)| {
            is_note(path) && sum.is_some() && !notes.contains(*path)
        };
        let is_changed =
            |path: &&str| known.get(*path).copied().flatten() != sum(&root.join(path)).as_ref();
        Ok(
            if known.iter().any(is_gone) || notes.iter().any(is_changed) {
                Outside::Changed
            } else {
                Outside::Same
            },
        )
    }

    /// The bytes that a file gets from the notebook; none if it is not written, or is a folder. A page
    /// gets new entries of the kinds that it has sections for, a BibTeX file those of its filter.
    pub(super) fn bytes(&self, notebook: &Notebook) -> Result<Option<Vec<u8>>, Failure> {
        let file = &self.files[0];
        Ok(match self.format {
            _ if self.is_folder() => None,
            FileFormat::Page => Some(notebook.export_page_file(file)?.text.into_bytes()),
            FileFormat::Bibtex if file.base.is_some() && self.is_written() => {
                let name = bibliography::kind(Dialect::Bibtex);
                let of_kind = format!("kind:{name}");
                let all = notebook.selection(None, &[of_kind], &[], None)?;
                let kind = notebook.kinds().get(name);
                let taken = notebook.taken([file])?.unwrap_or_default();
                let taken_out = file
                    .state
                    .as_ref()
                    .map_or(&[][..], |state| &state.taken_out);
                let is_back =
                    |entry: &Entry| taken_out.iter().any(|record| record.uid == entry.uid);
                let absent = file.state.as_ref().map_or(&[][..], |state| &state.absent);
                let is_wanted = |entry: &Entry| {
                    taken.contains(&entry.uid) && !absent.contains(&bibliography::key(entry))
                };
                let if_new = |entry: &Entry| match is_wanted(entry) || is_back(entry) {
                    true => IfNew::Add,
                    false => IfNew::LeaveOut,
                };
                let base = file.base.as_deref().unwrap_or_default();
                let now = match file
                    .state
                    .as_ref()
                    .is_some_and(|state| !state.left.is_empty())
                {
                    true => std::fs::read(Tracked::of(notebook).path(&self.key)).ok(),
                    false => None,
                };
                let now = now.as_deref().unwrap_or(base);
                match kind {
                    Some(kind) => Some(notebook.bibtex_file(file, now, &all, kind, if_new)?),
                    None => None,
                }
            }
            _ => None,
        })
    }

    /// Whether an entry in it changed on both sides and was left alone.
    pub(super) fn has_conflicts(&self) -> bool {
        self.conflicts().next().is_some()
    }

    /// The uids of the entries that changed on both sides and were left alone.
    pub(super) fn conflicts(&self) -> impl Iterator<Item = &String> {
        let states = self.files.iter().filter_map(|file| file.state.as_ref());
        states.flat_map(|state| &state.conflicts)
    }

    /// What its new bytes are with the entries in conflict as they were before; `None` without any.
    /// `page` is the page that the bytes are of.
    pub(super) fn before_conflicts(
        &self,
        notebook: &Notebook,
        bytes: &[u8],
        page: Option<&PageExport>,
    ) -> Result<Option<Vec<u8>>, Failure> {
        if !self.has_conflicts() {
            return Ok(None);
        }
        Ok(match page {
            Some(page) => Some(page.layout_text().into_bytes()),
            None => notebook.bibtex_before_conflicts(&self.files[0], bytes)?,
        })
    }

    /// The state of the file and of the notebook, for `FileState::in_step`.
    fn present_state(&self, notebook: &Notebook) -> Result<String, Failure> {
        let file = &self.files[0];
        let [checksum, filter] =
            [&file.checksum, &file.filter].map(|text| text.as_deref().unwrap_or_default());
        Ok(format!(
            "{} {checksum} {filter}",
            notebook.last_operation()?
        ))
    }

    /// Whether it was compared with the notebook as it is before. A large bibliography takes long to
    /// write, only to find out that nothing changed.
    pub(super) fn is_in_step(&self, notebook: &Notebook) -> Result<bool, Failure> {
        let state = self.files[0].state.as_ref();
        let last = state.and_then(|state| state.in_step.as_ref());
        Ok(match last {
            Some(last) if !self.is_folder() && !self.has_conflicts() => {
                *last == self.present_state(notebook)?
            }
            _ => false,
        })
    }

    /// The document with a note that the notebook has nothing else for it; `None` if that is not noted of
    /// such a file.
    pub(super) fn found_in_step(&self, notebook: &Notebook) -> Result<Option<Document>, Failure> {
        let mut document = self.files[0].clone();
        let Some(state) = document.state.as_mut().filter(|_| !self.is_folder()) else {
            return Ok(None);
        };
        state.in_step = Some(self.present_state(notebook)?);
        Ok(Some(document))
    }

    /// Whether the notebook has something else for it than what kb last read or wrote. Files that the
    /// user deleted from a folder are not missed.
    pub(super) fn is_behind(&self, notebook: &Notebook) -> Result<bool, Failure> {
        if self.is_in_step(notebook)? {
            return Ok(false);
        }
        if !self.is_folder() {
            let bytes = self.bytes(notebook)?;
            let sum = bytes.map(|bytes| checksum::of_bytes(&bytes));
            return Ok(sum.is_some() && sum != self.files[0].checksum);
        }
        let prefix = Tracked::prefix(&self.key);
        let mut known: HashMap<&str, &Document> = self
            .files
            .iter()
            .map(|file| (&file.path[prefix.len()..], file))
            .collect();
        let mut is_behind = false;
        let freed = notebook.freed_paths(self.files.iter(), &prefix)?;
        let all = notebook.selection(None, &[], &[], None)?;
        let taken = notebook.taken(&self.files)?;
        let own: HashSet<&str> = known.keys().copied().collect();
        let is_taken = |entry: &Entry, path: &str| {
            taken
                .as_ref()
                .is_none_or(|taken| taken.contains(&entry.uid))
                || own.contains(path)
        };
        notebook.export_vault(
            &all,
            self.audience(),
            self.format.style().unwrap_or(Style::Obsidian),
            &is_taken,
            &freed,
            |path, bytes| {
                let sum = known.remove(path).map(|file| file.checksum.as_ref());
                let is_same = |sum: &String| *sum == checksum::of_bytes(bytes);
                // Without a checksum, the user deleted the file.
                is_behind |= match sum {
                    None => is_note(path),
                    Some(sum) => sum.is_some_and(|sum| !is_same(sum)),
                };
                Ok::<_, Failure>(())
            },
        )?;
        let stale: Vec<&Document> = known.into_values().collect();
        let removed = notebook.removed_notes(&stale, &prefix)?;
        let is_freed = |file: &Document| freed.contains(&file.path[prefix.len()..].to_lowercase());
        let is_wanted =
            |file: &&Document| file.written && !is_freed(file) || removed.contains(&file.path);
        Ok(is_behind || stale.iter().any(is_wanted))
    }
}
