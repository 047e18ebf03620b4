//! The files outside the notebook that kb read or wrote.

use std::path::{Path, PathBuf};

use super::error::NotebookError;
use super::session::Notebook;
use crate::store::Document;

/// What happens to a field that changed both in the file and in the notebook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Conflicts {
    /// Nothing is imported, and the entries are named.
    #[default]
    Refuse,
    /// The text of the file wins.
    Theirs,
}

impl Notebook {
    /// The folder that the paths of documents are relative to: the one with `.kb`, or that of the
    /// notebook file.
    pub fn folder(&self) -> PathBuf {
        let own = self.path().parent().unwrap_or(Path::new(""));
        match own.file_name() {
            Some(name) if name == ".kb" => own.parent().unwrap_or(own).to_owned(),
            _ => own.to_owned(),
        }
    }

    /// The tracked file at a path. A file of a page that is not in the notebook is not tracked: an
    /// export would not write what the file holds.
    pub fn document(&self, path: &str) -> Result<Option<Document>, NotebookError> {
        let Some(file) = self.store.document(path)? else {
            return Ok(None);
        };
        Ok(match &file.page {
            Some(page) if self.store.page(page)?.is_none() => None,
            _ => Some(file),
        })
    }

    /// The tracked files whose paths start with `prefix`.
    pub fn documents(&self, prefix: &str) -> Result<Vec<Document>, NotebookError> {
        Ok(self.store.documents(prefix)?)
    }

    /// The number of the newest operation; 0 if there is none.
    pub fn last_operation(&self) -> Result<i64, NotebookError> {
        Ok(self.store.last_operation()?)
    }

    /// Tracks files as last read or written, and stops tracking others. Not a step of the history.
    pub fn track(&mut self, files: &[Document], forgotten: &[String]) -> Result<(), NotebookError> {
        Ok(self.store.track(files, forgotten)?)
    }
}
