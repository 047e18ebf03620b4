//! A copy of the notebook, on which `kb sync --dry-run` does what it would do.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::notebook::{Notebook, Session};
use crate::store::{Effects, WriteMode, remove_left_behind, temporary_folder};

/// A copy of the notebook in a temporary folder beside it, which is removed with this value.
pub(super) struct DryRunCopy {
    file: PathBuf,
    /// The folder that the paths of documents are relative to: that of the notebook itself.
    folder: PathBuf,
    _room: (tempfile::TempDir, Option<File>),
}

impl DryRunCopy {
    /// Copies a notebook.
    pub(super) fn of(notebook: &Notebook) -> Result<DryRunCopy, Failure> {
        let beside = notebook.path().parent().unwrap_or(Path::new("."));
        remove_left_behind(beside);
        let room = temporary_folder(beside).map_err(|e| Failure::file(beside, &e))?;
        let file = room.0.path().join("notebook.db");
        notebook.back_up(&file)?;
        Ok(DryRunCopy {
            file,
            folder: notebook.folder().to_owned(),
            _room: room,
        })
    }

    /// The file of the copy.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// A session that writes to the copy. The command itself has changed nothing.
    pub(super) fn session(&self, session: Session) -> Session {
        Session {
            mode: WriteMode::Commit,
            effects: Effects::default(),
            folder: Some(self.folder.clone()),
            ..session
        }
    }
}
