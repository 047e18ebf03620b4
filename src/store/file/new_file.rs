//! New files: written under a temporary name, synced, then linked into place.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::store::error::StoreError;

/// Makes a file under a temporary name beside its place, then links it there; never replaces a file.
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
        // A file system without hard links: a rename that may not replace.
        Err(_) => drop(
            temporary
                .persist_noclobber(path)
                .map_err(|e| StoreError::file(path, e.error))?,
        ),
    }
    let opened = File::open(&folder).map_err(|e| StoreError::file(&folder, e))?;
    opened.sync_all().map_err(|e| StoreError::file(&folder, e))
}
