//! Where the files that kb tracks are, and whether one may be overwritten.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::file_format::FileFormat;
use super::outfile::Overwrite;
use crate::format::bibliography::has_more_than_entries;
use crate::notebook::Notebook;
use crate::store::Document;
use crate::text::checksum;
use crate::text::encoding::decode;
use crate::text::shell;

/// The folder that the paths of tracked files are relative to.
#[derive(Debug)]
pub(super) struct Tracked {
    root: PathBuf,
}

impl Tracked {
    /// The paths of a notebook, relative to its folder.
    pub(super) fn of(notebook: &Notebook) -> Tracked {
        let root = notebook.folder();
        Tracked {
            root: root.canonicalize().unwrap_or_else(|_| root.to_owned()),
        }
    }

    /// The path of a file as the notebook stores it. Two files with one name in two folders are two
    /// documents.
    pub(super) fn key(&self, path: &Path) -> String {
        let whole = path.canonicalize().ok().or_else(|| {
            let folder = path.parent()?.canonicalize().ok()?;
            Some(folder.join(path.file_name()?))
        });
        let whole = whole.unwrap_or_else(|| path.to_owned());
        let inside = whole.strip_prefix(&self.root).unwrap_or(&whole);
        inside.to_string_lossy().replace('\\', "/")
    }

    /// What the stored paths of the files in a folder begin with: nothing for the folder that they are
    /// relative to.
    pub(super) fn prefix(folder: &str) -> String {
        match folder {
            "" => String::new(),
            folder => format!("{folder}/"),
        }
    }

    /// The file of a stored path.
    pub(super) fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    /// The path of a stored path as messages name it: from the current folder, if it is in there.
    pub(super) fn name(&self, key: &str, current: &Path) -> String {
        let path = self.path(key);
        let inside = current.canonicalize().ok();
        let inside = inside.and_then(|current| path.strip_prefix(current).ok());
        match inside.unwrap_or(&path).display().to_string() {
            name if name.is_empty() => ".".to_owned(),
            name => name,
        }
    }

    /// Whether an export may overwrite the file of a stored path.
    pub(super) fn overwrite(
        notebook: &Notebook,
        key: &str,
        force: bool,
    ) -> Result<Overwrite, Failure> {
        if force {
            return Ok(Overwrite::Always);
        }
        let known = notebook.document(key)?;
        Ok(Overwrite::IfChecksum(known.and_then(|file| file.checksum)))
    }

    /// The document for a file as it is now. The base of a bibliography is its text.
    pub(super) fn document(
        &self,
        path: &Path,
        format: FileFormat,
        page: Option<String>,
        written: bool,
    ) -> Result<Document, Failure> {
        let failed = |e: std::io::Error| Failure::file(path, &e);
        let (sum, base) = if format.dialect().is_some() {
            let bytes = std::fs::read(path).map_err(failed)?;
            (checksum::of_bytes(&bytes), Some(bytes))
        } else {
            let sum = std::fs::File::open(path).and_then(checksum::of_reader);
            (sum.map_err(failed)?, None)
        };
        Ok(Document {
            path: self.key(path),
            format: format.name().to_owned(),
            page,
            checksum: Some(sum),
            written,
            base,
            operation: None,
            state: None,
            folder: None,
            filter: None,
        })
    }
}

/// Refuses an export that would drop what a file has: one in another format, or a public bibliography in
/// place of one with comments.
pub(super) fn refuse_to_drop(
    known: &Document,
    format: FileFormat,
    is_public: bool,
    name: &Path,
) -> Result<(), Failure> {
    let base = known.base.as_deref().unwrap_or_default();
    let why = if known.format != format.name() {
        format!("is known in the format {}", known.format)
    } else if is_public && format == FileFormat::Bibtex && has_more_than_entries(&decode(base)) {
        "has comments or `@string`s that a public export would not write".to_owned()
    } else {
        return Ok(());
    };
    let words = shell::command_line([name.display().to_string().as_str()]);
    Err(Failure::usage(format!("`{}` {why}", name.display()))
        .hint("name another file")
        .hint(format!("kb export {words} --force")))
}
