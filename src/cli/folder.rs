//! Reads and writes the files in a folder: never outside of it, and never through a symlink.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::failure::{Failure, plain};
use super::outfile::{OutFile, Replace};

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

/// Writes a file in a folder and creates the subfolders that it needs. A file with the same bytes
/// is left unchanged. [`crate::format::vault::is_safe`] must accept the path.
pub(super) fn write(root: &Path, path: &str, bytes: &[u8]) -> Result<(), Failure> {
    let mut folder: PathBuf = root.to_owned();
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
    let mut file = OutFile::create(&folder.join(name))?;
    file.write(bytes)?;
    file.finish(Replace::IfChanged)
}
