//! New files: written under a temporary name, synced, then linked to their path. What a killed
//! command leaves behind is removed by the next one that writes in the same folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

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
    let temporary = temporary(&folder, ".db").map_err(|e| StoreError::file(&folder, e))?;
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

/// The start of the name of each temporary file and folder.
const PREFIX: &str = ".kb-new-";

/// A new temporary file in a folder, which only its owner may read. It is locked as long as it is
/// open, so that no other command takes it for one that was left behind.
pub fn temporary(folder: &Path, suffix: &str) -> std::io::Result<NamedTempFile> {
    remove_left_behind(folder);
    loop {
        let file = tempfile::Builder::new()
            .prefix(PREFIX)
            .suffix(suffix)
            .tempfile_in(folder)?;
        // A file system without locks keeps what was left behind.
        let _ = file.as_file().lock_shared();
        // Another command may have removed the file before it was locked.
        if file.path().exists() {
            return Ok(file);
        }
    }
}

/// A new temporary folder in a folder, with its lock.
pub fn temporary_folder(folder: &Path) -> std::io::Result<(TempDir, Option<File>)> {
    loop {
        let made = tempfile::Builder::new().prefix(PREFIX).tempdir_in(folder)?;
        let lock = File::open(made.path()).ok();
        if let Some(lock) = &lock {
            let _ = lock.lock_shared();
        }
        if made.path().exists() {
            return Ok((made, lock));
        }
    }
}

/// The end of the name of the journal that SQLite keeps beside a file while it writes to it.
const JOURNAL: &str = "-journal";

/// The temporary files and folders of killed commands in a folder: those that nobody has locked.
pub fn left_behind(folder: &Path) -> Vec<PathBuf> {
    let is_ours = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // A journal belongs to its file, which is the one that is locked.
        let file = name.strip_suffix(JOURNAL);
        name.starts_with(PREFIX) && file.is_none_or(|file| !folder.join(file).exists())
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| is_ours(path) && locked(path).is_some())
        .collect();
    found.sort();
    found
}

/// The lock of a temporary file or folder, if nobody else has it.
fn locked(path: &Path) -> Option<File> {
    let file = File::open(path).ok()?;
    file.try_lock().ok()?;
    Some(file)
}

/// Removes what [`left_behind`] finds, as far as possible. The lock is held meanwhile: a command that
/// has just created its file and waits for the lock then sees that the file is gone.
pub fn remove_left_behind(folder: &Path) {
    for path in left_behind(folder) {
        let Some(_lock) = locked(&path) else {
            continue;
        };
        let _ = if path.is_dir() {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
    }
}

/// Makes a rename in a folder durable. Windows cannot open a folder as a file, and needs no such call on NTFS.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
