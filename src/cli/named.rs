//! The files that the user named to kb on this machine. A notebook may come from somebody else, with
//! documents anywhere: `kb sync` writes into an unusual place only if the user typed its path here before.
//!
//! Usual is a file in the folder of the notebook, in no hidden folder, with the ending of its format. The
//! list of all others is in the user's data folder, never in the notebook.

use std::io::Write;
use std::path::{Component, Path, PathBuf};

use super::context::Context;
use super::file_format::FileFormat;
use super::known::Known;
use super::tracked::Tracked;
use crate::notebook::{Notebook, folder_of};

/// Whether `kb sync` may write into a document.
pub(super) fn may_write(known: &Known, notebook: &Notebook, context: &Context) -> bool {
    let path = Tracked::of(notebook).path(&known.key);
    let format = (!known.is_folder()).then_some(known.format);
    is_usual(&path, format, notebook.path()) || {
        let line = line(&path, notebook.path());
        let names = list(context).and_then(|list| std::fs::read_to_string(list).ok());
        names.is_some_and(|names| names.lines().any(|name| name == line))
    }
}

/// Remembers that the user typed the path of a file or folder, if its place is unusual. Without a data
/// folder, nothing is remembered.
pub(super) fn remember(typed: &Path, context: &Context) {
    let path = context.environment.path(typed);
    let notebook = context.notebook_path();
    let format = FileFormat::by_name(typed).filter(|_| !path.is_dir());
    let has_ending = format.is_some() || path.is_dir();
    if typed == Path::new("-") || has_ending && is_usual(&path, format, &notebook) {
        return;
    }
    let line = line(&path, &notebook);
    let Some(list) = list(context) else { return };
    let known = std::fs::read_to_string(&list).unwrap_or_default();
    if known.lines().any(|name| name == line) {
        return;
    }
    // Without the list, the next sync asks to name the file again.
    let _ = list.parent().map(std::fs::create_dir_all);
    let opened = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(list);
    if let Ok(mut file) = opened {
        let _ = writeln!(file, "{line}");
    }
}

/// Where the list is.
fn list(context: &Context) -> Option<PathBuf> {
    let (data, _) = context.environment.folders()?;
    Some(data.join("named-files"))
}

/// A line of the list: a notebook and a file of it.
fn line(path: &Path, notebook: &Path) -> String {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    format!("{:?} {:?}", whole(notebook), whole(path))
}

/// Whether a file is in the folder of the notebook, in no hidden folder, not hidden, and has the ending of
/// its format. A link counts as what it leads to.
fn is_usual(path: &Path, format: Option<FileFormat>, notebook: &Path) -> bool {
    let root = folder_of(notebook).canonicalize();
    let (Ok(root), Ok(whole)) = (root, path.canonicalize()) else {
        // What does not exist is not overwritten.
        return !path.exists();
    };
    let Ok(inside) = whole.strip_prefix(&root) else {
        return false;
    };
    let is_plain = |part: Component<'_>| {
        let name = part.as_os_str().to_string_lossy();
        !name.starts_with('.')
    };
    inside.components().all(is_plain)
        && format.is_none_or(|format| match FileFormat::by_name(&whole) {
            // Of the others kb writes none by itself, and the content may tell which one it is.
            Some(named) => named == format || !format.is_synced(),
            None => false,
        })
}
