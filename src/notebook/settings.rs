//! Settings stored in the notebook, and copies of it.

use std::path::Path;

use super::error::NotebookError;
use super::session::Notebook;

impl Notebook {
    /// A setting kept in the notebook.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn setting(&self, key: &str) -> Result<Option<String>, NotebookError> {
        Ok(self.store.setting(key)?)
    }

    /// The settings kept in the notebook, without those that kb keeps for itself.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn settings(&self) -> Result<Vec<(String, String)>, NotebookError> {
        Ok(self
            .store
            .settings("")?
            .into_iter()
            .filter(|(key, _)| key != "machine")
            .collect())
    }

    /// Sets or removes a setting kept in the notebook; says whether it changed.
    ///
    /// # Errors
    /// The file cannot be written.
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
    /// The file is there already or cannot be written.
    pub fn back_up(&self, to: &Path) -> Result<(), NotebookError> {
        Ok(self.store.back_up(to)?)
    }
}
