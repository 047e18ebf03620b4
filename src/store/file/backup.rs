//! Backup: copies an open notebook to a new file.

use std::path::Path;

use super::connection::{connect, prepare_to_write};
use super::new_file::with_temporary;
use super::open::Store;
use crate::store::error::StoreError;

impl Store {
    /// Writes a consistent copy of the notebook to a new file, fsynced.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when `to` exists, [`StoreError::Foreign`] when the path is not UTF-8.
    pub fn back_up(&self, to: &Path) -> Result<(), StoreError> {
        if to.symlink_metadata().is_ok() {
            return Err(StoreError::Exists(to.to_owned()));
        }
        with_temporary(to, |temporary| {
            let text = temporary.to_str().ok_or_else(|| StoreError::Foreign {
                path: to.to_owned(),
                why: "the path is not UTF-8".to_owned(),
            })?;
            // `VACUUM INTO` counts as a write, which a connection opened with `Purpose::Read`
            // refuses.
            connect(&self.path)?.execute("VACUUM INTO ?1", [text])?;
            // Put back, the copy is a replica of its own, even as the content of the same file.
            let copy = connect(temporary)?;
            prepare_to_write(&copy)?;
            copy.execute("UPDATE _replica SET file = NULL", [])?;
            Ok(())
        })
    }
}
