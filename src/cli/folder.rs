//! Reads and writes the files in a folder: never outside of it, and never through a symlink.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::format::vault::is_safe;

use super::failure::{Exit, Failure, plain};
use super::outfile::{failure, unconfirmed};
use crate::store::{remove_left_behind, sync_folder, temporary_folder};
use crate::text::checksum;
use crate::text::english::count;

/// The largest file that [`read`] accepts, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;
/// The number of levels of subfolders that [`files`] descends.
const DEEPEST: usize = 64;

/// The relative paths of all files in a folder and its subfolders, sorted, with `/` between names.
/// Leaves out hidden files and folders, symlinks, and names that are not Unicode.
pub(super) fn files(root: &Path) -> Result<Vec<String>, Failure> {
    files_and_links(root).map(|(files, _)| files)
}

/// The same, with the paths of the symlinks that it leaves out.
pub(super) fn files_and_links(root: &Path) -> Result<(Vec<String>, Vec<String>), Failure> {
    let (mut found, mut links) = (Vec::new(), Vec::new());
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
            } else if kind.is_symlink() {
                links.push(path);
            }
        }
    }
    found.sort();
    links.sort();
    Ok((found, links))
}

/// The bytes of a file in a folder. Fails if it is larger than [`LARGEST`].
pub(super) fn read(root: &Path, path: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = File::open(root.join(path)).map_err(|e| plain(&e))?;
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

/// Refuses a path that leaves the folder, goes through a symlink in it, or could be read as an order to a
/// program.
pub(super) fn check(root: &Path, path: &str) -> Result<(), Failure> {
    if !is_safe(path) {
        return Err(Failure::usage(format!(
            "`{path}` is not a path that kb writes: it leaves the folder, is hidden, or names a device"
        ))
        .hint("kb doctor"));
    }
    let mut folder: PathBuf = root.to_owned();
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in parts {
        folder.push(part);
        if folder.symlink_metadata().is_ok_and(|meta| !meta.is_dir()) {
            return Err(Failure::usage(format!(
                "`{}` is not a folder; kb does not write through it",
                folder.display()
            )));
        }
    }
    Ok(())
}

/// Compares a file in a folder with bytes.
pub(super) fn state(root: &Path, path: &str, bytes: &[u8]) -> Result<State, Failure> {
    check(root, path)?;
    let path = root.join(path);
    match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(State::Missing),
        Err(error) => Err(Failure::file(&path, &error)),
        Ok(meta) if !meta.is_file() => Err(Failure::usage(format!(
            "`{}` is not a file; kb does not write through it",
            path.display()
        ))),
        Ok(meta) => {
            let sum = File::open(&path).and_then(checksum::of_reader);
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

/// Writes many files in a folder: all in a temporary folder, then one sync, then all renamed.
pub(super) struct Writer<'r> {
    root: &'r Path,
    /// Where the files wait, with its lock; created with the first file.
    waiting_room: Option<(tempfile::TempDir, Option<File>)>,
    /// Where each file goes, in the order of the names in the waiting room: `0`, `1`, and so on.
    waiting: Vec<PathBuf>,
}

impl<'r> Writer<'r> {
    /// Starts to write in a folder, after it has removed what killed commands left there.
    pub(super) fn new(root: &'r Path) -> Writer<'r> {
        remove_left_behind(root);
        Writer {
            root,
            waiting_room: None,
            waiting: Vec::new(),
        }
    }

    /// Writes a file under a temporary name. A path outside of the folder, a hidden one, or one
    /// through something that is not a folder is refused.
    pub(super) fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        check(self.root, path)?;
        let target = self.root.join(path);
        self.put(&target, bytes).map_err(|e| failure(&target, &e))?;
        self.waiting.push(target);
        Ok(())
    }

    /// Writes the next file of the waiting room, with the permissions of its target if that exists.
    fn put(&mut self, target: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let room = match &self.waiting_room {
            Some((room, _)) => room,
            None => &self.waiting_room.insert(temporary_folder(self.root)?).0,
        };
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(room.path().join(self.waiting.len().to_string()))?;
        if let Ok(meta) = target.symlink_metadata() {
            file.set_permissions(meta.permissions())?;
        }
        file.write_all(bytes)
    }

    /// Makes what was written durable, then renames it into place. If a rename fails, the message
    /// says how many files were written before.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let Some((room, _lock)) = self.waiting_room else {
            return Ok(());
        };
        sync_all(room.path(), self.waiting.len()).map_err(|e| failure(self.root, &e))?;
        for (at, target) in self.waiting.iter().enumerate() {
            let folder = target.parent().unwrap_or(self.root);
            let placed = std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::rename(room.path().join(at.to_string()), target));
            if let Err(error) = placed {
                let failure = failure(target, &error);
                return Err(match at {
                    0 => failure,
                    _ => Failure::new(
                        Exit::Partly,
                        format!(
                            "`{}`: {}; {at} of {} were written",
                            target.display(),
                            plain(&error),
                            count(self.waiting.len(), "file", "files")
                        ),
                    ),
                });
            }
        }
        sync_folder(self.root).map_err(|e| unconfirmed(self.root, &e))
    }
}

/// One `syncfs` for a whole folder where the system has it; else a sync for each of its files.
#[cfg(target_os = "linux")]
fn sync_all(room: &Path, _: usize) -> std::io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(room)?)?)
}

#[cfg(not(target_os = "linux"))]
fn sync_all(room: &Path, files: usize) -> std::io::Result<()> {
    (0..files).try_for_each(|at| File::open(room.join(at.to_string()))?.sync_all())
}
