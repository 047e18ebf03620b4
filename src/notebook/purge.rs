//! Purge: removes an entry or a field for good, and names what it cannot reach.

use std::path::PathBuf;

use super::error::NotebookError;
use super::filters::VIEW;
use super::session::Notebook;
use crate::model::Entry;
use crate::store::{Purge, Purged, StoreError, WriteMode};

/// What a purge is about to take away.
#[derive(Debug, Clone, PartialEq)]
pub struct PurgeTarget {
    /// The entry, as it is or as it was when it was removed.
    pub entry: Entry,
    /// What is taken away.
    pub what: Purge,
}

/// Where the values may still be after a purge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unreached {
    /// Other notebook files and unsaved texts beside the notebook.
    pub beside: Vec<PathBuf>,
    /// Files that kb read or wrote.
    pub documents: Vec<String>,
    /// Refs of entries that link to the entry.
    pub linking: Vec<String>,
}

impl Notebook {
    /// What `kb purge REF [FIELD]` means. An entry that was removed is found by its ref or uid.
    ///
    /// # Errors
    /// Nothing has this ref, or the kind has no such field.
    pub fn purge_target(
        &self,
        reference: &str,
        field: Option<&str>,
    ) -> Result<PurgeTarget, NotebookError> {
        let entry = match self.find_exactly(reference) {
            Ok(stored) => stored.entry,
            Err(error) => self.store.removed_entry(reference)?.ok_or(error)?,
        };
        let what = match field {
            None => Purge::Entry,
            Some("title" | "slug" | "former") => {
                Purge::Former(["title", "slug"].map(str::to_owned).to_vec())
            }
            Some(name) => {
                let kind = self.kinds().get(&entry.kind);
                // A field of a bibliography is part of what kb keeps of the file.
                let quoted = serde_json::Value::from(name).to_string();
                let within = entry.extra.iter().find(|(_, source)| {
                    (source.is_object() || source.is_array())
                        && source.to_string().contains(&quoted)
                });
                if let Some((source, _)) = within
                    && !entry.values.contains_key(name)
                    && !entry.extra.contains_key(name)
                {
                    return Ok(PurgeTarget {
                        what: Purge::Field(source.clone()),
                        entry,
                    });
                }
                let is_known = ["body", "topics", "tags", "aliases"].contains(&name)
                    || entry.extra.contains_key(name)
                    || kind.is_some_and(|kind| kind.fields.iter().any(|field| field.name == name));
                if !is_known {
                    return Err(NotebookError::UnknownField {
                        name: name.to_owned(),
                        near: None,
                    });
                }
                let required = kind
                    .and_then(|kind| kind.fields.iter().find(|field| field.name == name))
                    .is_some_and(|field| field.required);
                if required {
                    Purge::Former(vec![name.to_owned()])
                } else {
                    Purge::Field(name.to_owned())
                }
            }
        };
        Ok(PurgeTarget { entry, what })
    }

    /// Purges an entry or a field from the tables, the history, the index and the free pages of the
    /// file. The error beside the result is that of clearing the free pages, after the purge.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn purge(
        &mut self,
        target: &PurgeTarget,
    ) -> Result<(Purged, Option<NotebookError>), NotebookError> {
        // The words of the command may be what is purged.
        let (purged, _) = self
            .store
            .write("purge", &self.clock, self.mode, |writer| {
                let mut purged = Purged::default();
                // What was merged into the entry goes with it.
                let mut uids = vec![target.entry.uid.clone()];
                let mut next = 0;
                while let Some(uid) = uids.get(next).cloned() {
                    let merged = writer.store().merged_into(&uid)?;
                    uids.extend(
                        merged
                            .into_iter()
                            .filter(|uid| !uids.contains(uid))
                            .collect::<Vec<_>>(),
                    );
                    let present = writer.store().by_uid(&uid)?;
                    purged.add(writer.purge(&uid, present.as_ref(), &target.what)?);
                    next += 1;
                }
                purged.elsewhere.retain(|name| !uids.contains(name));
                purged.elsewhere.sort();
                purged.elsewhere.dedup();
                Ok::<_, StoreError>(purged)
            })?;
        let uncleared = match self.mode {
            WriteMode::Commit => self.store.compact().err(),
            WriteMode::DryRun => None,
        };
        Ok((purged, uncleared.map(NotebookError::from)))
    }

    /// The uid of another entry that had the ref of what was purged, and was removed.
    ///
    /// # Errors
    /// The notebook cannot be read.
    pub fn removed_namesake(&self, target: &PurgeTarget) -> Result<Option<String>, NotebookError> {
        let found = self.store.removed_entry(&target.entry.reference())?;
        let uid = found.map(|entry| entry.uid);
        Ok(uid.filter(|uid| *uid != target.entry.uid))
    }

    /// Purges a saved filter, also one that was removed before; returns whether there was one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn purge_view(&mut self, name: &str) -> Result<bool, NotebookError> {
        let key = format!("{VIEW}{name}");
        let (changes, _) = self
            .store
            .write("purge", &self.clock, self.mode, |writer| {
                writer.purge_setting(&key)
            })?;
        if changes > 0 {
            self.store.compact()?;
        }
        Ok(changes > 0)
    }

    /// Where the values of an entry may still be after a purge.
    pub fn unreached(&self, target: &PurgeTarget) -> Result<Unreached, NotebookError> {
        let path = self.path();
        // Attached files that were opened are there too.
        let opened = path.with_file_name("opened");
        let folders = path.parent().into_iter().chain([opened.as_path()]);
        let folder = folders.flat_map(std::fs::read_dir);
        let is_other = |found: &PathBuf| {
            let ending = found.extension().unwrap_or_default();
            found.starts_with(&opened) && found.is_file()
                || (ending == "db" || ending == "md") && found != path
        };
        let mut beside: Vec<PathBuf> = folder
            .flatten()
            .flatten()
            .map(|found| found.path())
            .filter(is_other)
            .collect();
        beside.sort();
        let documents = self.store.documents("")?;
        let linking = match self.store.by_uid(&target.entry.uid)? {
            Some(stored) => self.store.backlinks(stored.id)?,
            None => Vec::new(),
        };
        // They are ordered by ref; an entry may have several.
        let mut linking: Vec<String> = linking.into_iter().map(|link| link.source).collect();
        linking.dedup();
        Ok(Unreached {
            beside,
            documents: documents.into_iter().map(|file| file.path).collect(),
            linking,
        })
    }
}
