//! Files that kb writes: whole or not at all, fsynced, never through a symlink.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::failure::{Exit, Failure};

/// A file on its way: nothing stands under its name before [`OutFile::finish`].
#[derive(Debug)]
pub struct OutFile {
    path: PathBuf,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    /// Written beside its place, then renamed.
    Temporary(NamedTempFile),
    /// A device or a pipe takes the bytes as they are.
    Device(File),
}

impl OutFile {
    /// Begins a file at an absolute path.
    pub fn create(path: &Path) -> Result<OutFile, Failure> {
        let target = path.symlink_metadata();
        if target.as_ref().is_ok_and(|meta| meta.file_type().is_symlink()) {
            return Err(Failure::usage(format!("`{}` is a symlink; kb does not write through one", path.display())));
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
        Ok(OutFile { path: path.to_owned(), inner })
    }

    /// Writes on.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = match &mut self.inner {
            Inner::Temporary(file) => file.write_all(bytes),
            Inner::Device(file) => file.write_all(bytes),
        };
        written.map_err(|e| failure(&self.path, &e))
    }

    /// Makes it durable and puts it in its place.
    pub fn finish(self) -> Result<(), Failure> {
        let path = self.path;
        let Inner::Temporary(file) = self.inner else { return Ok(()) };
        let place = || -> std::io::Result<()> {
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|e| e.error)?;
            File::open(folder(&path))?.sync_all()
        };
        place().map_err(|e| failure(&path, &e))
    }
}

fn folder(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

fn failure(path: &Path, error: &std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::StorageFull => Failure::new(Exit::Unusable, "disk full: nothing was changed"),
        _ => Failure::file(path, error),
    }
}
