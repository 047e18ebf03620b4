//! Reads and writes the files in a folder: never outside of it, and never through a symlink.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::format::vault::is_safe;

use super::failure::{Failure, plain};
use super::outfile::{failure, temporary};
use crate::store::sync_folder;
use crate::text::checksum;

/// The largest file that [`read`] accepts, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;
/// The number of levels of subfolders that [`files`] descends.
const DEEPEST: usize = 64;

/// The relative paths of all files in a folder and its subfolders, sorted, with `/` between names.
/// Leaves out hidden files and folders, symlinks, and names that are not Unicode.
pub(super) fn files(root: &Path) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![(root.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = open.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|e| Failure::file(&folder, &e))?;
        for entry in entries {
            let entry = entry.map_err(|e| Failure::file(&folder, &e))?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let kind = entry
                .file_type()
                .map_err(|e| Failure::file(&entry.path(), &e))?;
            if name.starts_with('.') {
                continue;
            }
            let path = format!("{prefix}{name}");
            if kind.is_dir() && depth < DEEPEST {
                open.push((entry.path(), format!("{path}/"), depth + 1));
            } else if kind.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The bytes of a file in a folder. Fails if it is larger than [`LARGEST`].
pub(super) fn read(root: &Path, path: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(root.join(path)).map_err(|e| plain(&e))?;
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| plain(&e))?;
    if bytes.len() as u64 > LARGEST {
        Err("is larger than 64 MB".to_owned())
    } else {
        Ok(bytes)
    }
}

/// A file on disk, compared with the bytes that it would get.
pub(super) enum State {
    Missing,
    Same,
    /// It has other bytes, with this checksum.
    Other(String),
}

/// Refuses a path that leaves the folder or could be read as an order to a program.
fn check(path: &str) -> Result<(), Failure> {
    if is_safe(path) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "`{path}` is not a path that kb writes: it leaves the folder, is hidden, or names a device"
    ))
    .hint("kb doctor"))
}

/// Compares a file in a folder with bytes.
pub(super) fn state(root: &Path, path: &str, bytes: &[u8]) -> Result<State, Failure> {
    check(path)?;
    let path = root.join(path);
    match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(State::Missing),
        Err(error) => Err(Failure::file(&path, &error)),
        Ok(meta) if !meta.is_file() => Err(Failure::usage(format!(
            "`{}` is not a file; kb does not write through it",
            path.display()
        ))),
        Ok(meta) => {
            let sum = std::fs::File::open(&path).and_then(checksum::of_reader);
            let sum = sum.map_err(|e| Failure::file(&path, &e))?;
            Ok(
                if meta.len() == bytes.len() as u64 && sum == checksum::of_bytes(bytes) {
                    State::Same
                } else {
                    State::Other(sum)
                },
            )
        }
    }
}

/// Writes many files in a folder: all under temporary names, then one sync, then all renamed.
pub(super) struct Writer<'r> {
    root: &'r Path,
    waiting: Vec<(tempfile::TempPath, PathBuf)>,
}

impl<'r> Writer<'r> {
    pub(super) fn new(root: &'r Path) -> Writer<'r> {
        Writer {
            root,
            waiting: Vec::new(),
        }
    }

    /// Writes a file under a temporary name and creates the subfolders that it needs.
    /// A path outside of the folder, or a hidden one, is refused.
    pub(super) fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        check(path)?;
        let mut folder: PathBuf = self.root.to_owned();
        let mut parts: Vec<&str> = path.split('/').collect();
        let name = parts.pop().unwrap_or_default();
        for part in parts {
            folder.push(part);
            match folder.symlink_metadata() {
                Ok(meta) if meta.is_dir() => {}
                Ok(_) => {
                    return Err(Failure::usage(format!(
                        "`{}` is not a folder; kb does not write through it",
                        folder.display()
                    )));
                }
                Err(_) => std::fs::create_dir(&folder).map_err(|e| Failure::file(&folder, &e))?,
            }
        }
        let target = folder.join(name);
        let mut file = temporary(&target).map_err(|e| failure(&target, &e))?;
        file.write_all(bytes).map_err(|e| failure(&target, &e))?;
        self.waiting.push((file.into_temp_path(), target));
        Ok(())
    }

    /// Makes what was written durable and renames it into place.
    pub(super) fn finish(self) -> Result<(), Failure> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        sync_tree(self.root, &self.waiting).map_err(|e| failure(self.root, &e))?;
        for (file, target) in self.waiting {
            file.persist(&target)
                .map_err(|e| failure(&target, &e.error))?;
        }
        sync_folder(self.root).map_err(|e| failure(self.root, &e))
    }
}

/// One `syncfs` for a whole folder where the system has it; else a sync for each file.
#[cfg(target_os = "linux")]
fn sync_tree(root: &Path, _: &[(tempfile::TempPath, PathBuf)]) -> std::io::Result<()> {
    Ok(rustix::fs::syncfs(std::fs::File::open(root)?)?)
}

#[cfg(not(target_os = "linux"))]
fn sync_tree(_: &Path, waiting: &[(tempfile::TempPath, PathBuf)]) -> std::io::Result<()> {
    waiting
        .iter()
        .try_for_each(|(file, _)| std::fs::File::open(file)?.sync_all())
}
