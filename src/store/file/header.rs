//! The file header: whether a file is a notebook that this version of kb can open.

use std::fs::{self, OpenOptions};
use std::io::Read;
use std::path::Path;

use super::migrate::{APPLICATION_ID, schema_version};
use crate::store::error::StoreError;

/// Checks the type and the header of a file without SQLite, so that a foreign or newer file is
/// never modified.
///
/// # Errors
/// [`StoreError::Missing`], [`StoreError::Foreign`] or [`StoreError::Newer`].
pub(super) fn check_header(path: &Path) -> Result<(), StoreError> {
    let foreign = |why: &str| StoreError::Foreign {
        path: path.to_owned(),
        why: why.to_owned(),
    };
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(StoreError::Missing(path.to_owned()));
        }
        Err(e) => return Err(StoreError::file(path, e)),
    };
    if meta.is_dir() {
        return Err(foreign("it is a folder"));
    }
    if !meta.is_file() {
        return Err(foreign("it is not a regular file"));
    }
    let mut header = [0u8; 100];
    let mut file = OpenOptions::new()
        .read(true)
        .open(path)
        .map_err(|e| StoreError::file(path, e))?;
    match file.read_exact(&mut header) {
        Ok(()) => {}
        Err(_) if meta.len() == 0 => return Err(foreign("it is empty")),
        Err(_) => return Err(foreign("it is too short")),
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(foreign("it is not an SQLite file"));
    }
    // Big-endian integers of the header (<https://sqlite.org/fileformat.html>, 1.3): the
    // application id is at offset 68, the user version at 60.
    let word = |at: usize| {
        i32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    if word(68) != APPLICATION_ID {
        return Err(foreign("it is an SQLite file of another program"));
    }
    let found = i64::from(word(60));
    let known = schema_version();
    if found > known {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    Ok(())
}
