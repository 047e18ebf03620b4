//! New files: written under a temporary name, synced, then linked to their path.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::store::error::StoreError;

/// Runs `make` on a temporary file in the folder of `path`, syncs the file and links it to `path`.
///
/// Never replaces an existing file.
///
/// # Errors
/// [`StoreError::Exists`] when `path` exists.
pub(super) fn with_temporary(
    path: &Path,
    make: impl FnOnce(&Path) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .map_or(PathBuf::from("."), Path::to_owned);
    let temporary = tempfile::Builder::new()
        .prefix(".kb-new-")
        .suffix(".db")
        .tempfile_in(&folder)
        .map_err(|e| StoreError::file(&folder, e))?;
    make(temporary.path())?;
    let file = File::open(temporary.path()).map_err(|e| StoreError::file(path, e))?;
    file.sync_all().map_err(|e| StoreError::file(path, e))?;
    match fs::hard_link(temporary.path(), path) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(StoreError::Exists(path.to_owned()));
        }
        // A file system without hard links: rename without replacing.
        Err(_) => drop(
            temporary
                .persist_noclobber(path)
                .map_err(|e| StoreError::file(path, e.error))?,
        ),
    }
    sync_folder(&folder).map_err(|e| StoreError::file(&folder, e))
}

/// Makes a rename in a folder durable. Windows cannot open a folder as a file, and needs no such call on NTFS.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
