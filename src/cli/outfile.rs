//! Writes files atomically and durably (fsync), and never through a symlink.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::store::{self, sync_folder};
use crate::text::checksum;

use super::failure::{Exit, Failure, plain};

/// What happens to an existing file that has the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replace {
    /// It is replaced.
    Always,
    /// It is left unchanged, with its modification time.
    IfChanged,
}

/// Whether an existing file may be overwritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Overwrite {
    /// Whatever it holds.
    Always,
    /// If it has this checksum, which is that of the bytes that kb last read or wrote; not at all
    /// without one. A file that already has the new bytes is left unchanged.
    IfChecksum(Option<String>),
}

impl Overwrite {
    /// Whether a file with other bytes may be overwritten.
    pub(super) fn allows(&self, path: &Path) -> std::io::Result<bool> {
        match self {
            Overwrite::Always => Ok(true),
            Overwrite::IfChecksum(None) => Ok(false),
            Overwrite::IfChecksum(Some(known)) => {
                Ok(checksum::of_reader(File::open(path)?)? == *known)
            }
        }
    }
}

/// The error for a file that was changed outside kb, or that kb does not know.
pub(super) fn changed_outside(name: &str, overwrite: &Overwrite) -> Failure {
    let why = match overwrite {
        Overwrite::IfChecksum(None) => "exists and was not written by kb",
        _ => "was changed outside kb since kb last read or wrote it",
    };
    Failure::usage(format!("`{name}` {why}"))
        .hint(format!("kb import {name}"))
        .hint(format!("kb export {name} --force"))
}

/// A file that is being written. Its path changes only in [`OutFile::finish`].
#[derive(Debug)]
pub(super) struct OutFile {
    path: PathBuf,
    overwrite: Overwrite,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    /// A temporary file in the target folder, which is renamed at the end.
    Temporary(NamedTempFile),
    /// A device or a pipe, which is written to directly.
    Device(File),
}

impl OutFile {
    /// Starts a file at an absolute path. Fails if the path is a symlink.
    pub(super) fn create(path: &Path, overwrite: Overwrite) -> Result<OutFile, Failure> {
        let target = path.symlink_metadata();
        if target
            .as_ref()
            .is_ok_and(|meta| meta.file_type().is_symlink())
        {
            return Err(Failure::usage(format!(
                "`{}` is a symlink; kb does not write through one",
                path.display()
            )));
        }
        let open = || -> std::io::Result<Inner> {
            if target.as_ref().is_ok_and(|meta| !meta.is_file()) {
                return Ok(Inner::Device(File::options().write(true).open(path)?));
            }
            Ok(Inner::Temporary(temporary(path)?))
        };
        let inner = open().map_err(|e| failure(path, &e))?;
        Ok(OutFile {
            path: path.to_owned(),
            overwrite,
            inner,
        })
    }

    /// Appends bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = match &mut self.inner {
            Inner::Temporary(file) => file.write_all(bytes),
            Inner::Device(file) => file.write_all(bytes),
        };
        written.map_err(|e| failure(&self.path, &e))
    }

    /// Syncs the file to disk and moves it to its path. With [`Replace::IfChanged`], an existing
    /// file with the same bytes is left unchanged.
    pub(super) fn finish(self, replace: Replace) -> Result<(), Failure> {
        let path = self.path;
        let Inner::Temporary(file) = self.inner else {
            return Ok(());
        };
        if replace == Replace::IfChanged && same(file.path(), &path).unwrap_or(false) {
            return Ok(());
        }
        if path.is_file() && !same(file.path(), &path).unwrap_or(false) {
            let allowed = self
                .overwrite
                .allows(&path)
                .map_err(|e| failure(&path, &e))?;
            if !allowed {
                let name = path.file_name().unwrap_or(path.as_os_str());
                return Err(changed_outside(&name.to_string_lossy(), &self.overwrite));
            }
        }
        let place = || -> std::io::Result<()> {
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|e| e.error)?;
            Ok(())
        };
        place().map_err(|e| failure(&path, &e))?;
        sync_folder(&folder(&path)).map_err(|e| unconfirmed(&path, &e))
    }
}

/// Whether two files hold the same bytes.
fn same(one: &Path, other: &Path) -> std::io::Result<bool> {
    let (one, other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut one, mut other) = (BufReader::new(one), BufReader::new(other));
    loop {
        let (a, b) = (one.fill_buf()?, other.fill_buf()?);
        let common = a.len().min(b.len());
        if common == 0 || a[..common] != b[..common] {
            return Ok(a.is_empty() && b.is_empty());
        }
        one.consume(common);
        other.consume(common);
    }
}

/// A temporary file beside a path, which only its owner may read unless the path exists and says
/// otherwise.
fn temporary(path: &Path) -> std::io::Result<NamedTempFile> {
    let file = store::temporary(&folder(path), "")?;
    if let Ok(meta) = path.symlink_metadata() {
        file.as_file().set_permissions(meta.permissions())?;
    }
    Ok(file)
}

/// The folder of a path, or `.` if the path has none.
fn folder(path: &Path) -> PathBuf {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// The error for a file or folder that was written, but that the disk did not confirm: after a
/// power cut it may be what it was before.
pub(super) fn unconfirmed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        Exit::Partly,
        format!(
            "`{}` was written, but the disk did not confirm it: {}",
            path.display(),
            plain(error)
        ),
    )
}

/// The error for a path. A full disk has exit code 4.
pub(super) fn failure(path: &Path, error: &std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            Failure::new(Exit::Unusable, "disk full: nothing was changed")
        }
        _ => Failure::file(path, error),
    }
}
