//! Settings stored in the notebook, and backups of it.

use std::path::Path;

use super::error::NotebookError;
use super::session::Notebook;
use crate::store;

impl Notebook {
    /// A setting stored in the notebook; `None` if it is not set.
    pub fn setting(&self, key: &str) -> Result<Option<String>, NotebookError> {
        Ok(self.store.setting(key)?)
    }

    /// The settings stored in the notebook as pairs of key and value.
    pub fn settings(&self) -> Result<Vec<(String, String)>, NotebookError> {
        Ok(self.store.settings("")?)
    }

    /// Sets a setting stored in the notebook, or removes it if `value` is `None`; returns whether
    /// that changed anything.
    pub fn set_setting(&mut self, key: &str, value: Option<&str>) -> Result<bool, NotebookError> {
        let (_, operation) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                writer.put_setting(key, value)
            })?;
        Ok(operation.is_some())
    }

    /// Copies the notebook to a new file.
    ///
    /// # Errors
    /// The new file already exists or cannot be written.
    pub fn back_up(&self, to: &Path) -> Result<(), NotebookError> {
        Ok(self.store.back_up(to)?)
    }

    /// Makes the notebook at `path` the one that the backup `from` is, and keeps what was there as
    /// `aside`.
    ///
    /// # Errors
    /// `from` is not a sound notebook, or `aside` exists.
    pub fn restore(path: &Path, from: &Path, aside: &Path) -> Result<(), NotebookError> {
        Ok(store::restore(path, from, aside)?)
    }
}
