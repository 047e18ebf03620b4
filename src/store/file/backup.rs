//! Backup: copies an open notebook to a new file, and puts a copy back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;

use super::connection::{connect, prepare_to_write};
use super::new_file::with_temporary;
use super::open::{Purpose, Store};
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

/// How many pages are copied between two looks at other processes, and how long these get.
const PAGES_AT_ONCE: i32 = 4_096;
const PAUSE: Duration = Duration::ZERO;

/// Makes the notebook at `path` the one that `from` is. What was there is kept as `aside`: as a backup,
/// or, if it cannot be read, as the file that it is. Other processes see the old notebook or the new one.
///
/// # Errors
/// `from` is not a sound notebook, or `aside` exists.
pub fn restore(path: &Path, from: &Path, aside: &Path) -> Result<(), StoreError> {
    let source = Store::open(from, Purpose::Read)?;
    let sound: String = source
        .db
        .pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if sound != "ok" {
        return Err(StoreError::Foreign {
            path: from.to_owned(),
            why: sound,
        });
    }
    if aside.symlink_metadata().is_ok() {
        return Err(StoreError::Exists(aside.to_owned()));
    }
    let kept = Store::open(path, Purpose::Read).and_then(|old| old.back_up(aside));
    match kept {
        Ok(()) => {
            let mut target = connect(path)?;
            prepare_to_write(&target)?;
            Backup::new(&source.db, &mut target)?.run_to_completion(PAGES_AT_ONCE, PAUSE, None)?;
            target.execute("UPDATE _replica SET file = NULL", [])?;
            Ok(())
        }
        // The notebook is sound: it stays in its place.
        Err(error @ (StoreError::Busy | StoreError::Full)) => Err(error),
        Err(_) => {
            // The journal of a damaged notebook would be rolled back into the new one.
            for name in ["", "-journal", "-wal", "-shm"] {
                let part = |path: &Path| {
                    let mut part = path.as_os_str().to_owned();
                    part.push(name);
                    PathBuf::from(part)
                };
                let old = part(path);
                if old.symlink_metadata().is_ok() {
                    std::fs::rename(&old, part(aside)).map_err(|e| StoreError::file(&old, e))?;
                }
            }
            source.back_up(path)
        }
    }
}
