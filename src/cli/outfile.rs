//! Writes files atomically and durably (fsync), and never through a symlink.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::store::sync_folder;

use super::failure::{Exit, Failure};

/// What happens to an existing file that has the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replace {
    /// It is replaced.
    Always,
    /// It is left unchanged, with its modification time.
    IfChanged,
}

/// A file that is being written. Its path changes only in [`OutFile::finish`].
#[derive(Debug)]
pub(super) struct OutFile {
    path: PathBuf,
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
    pub(super) fn create(path: &Path) -> Result<OutFile, Failure> {
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
            let mut builder = tempfile::Builder::new();
            builder.prefix(".kb-");
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            let file = builder.tempfile_in(folder(path))?;
            if let Ok(meta) = &target {
                file.as_file().set_permissions(meta.permissions())?;
            }
            Ok(Inner::Temporary(file))
        };
        let inner = open().map_err(|e| failure(path, &e))?;
        Ok(OutFile {
            path: path.to_owned(),
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
        let place = || -> std::io::Result<()> {
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|e| e.error)?;
            sync_folder(&folder(&path))
        };
        place().map_err(|e| failure(&path, &e))
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

/// The folder of a path, or `.` if the path has none.
fn folder(path: &Path) -> PathBuf {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// The error for a path. A full disk has exit code 4.
fn failure(path: &Path, error: &std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::StorageFull => {
            Failure::new(Exit::Unusable, "disk full: nothing was changed")
        }
        _ => Failure::file(path, error),
    }
}
