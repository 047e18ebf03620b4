//! Exports entries as a folder of notes.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::Path;

use super::context::Context;
use super::failure::{Exit, Failure};
use super::file_format::FileFormat;
use super::folder;
use super::patch;
use super::tracked::Tracked;
use super::written::track;
use crate::format::vault::{Style, is_note};
use crate::model::{Audience, Entry};
use crate::notebook::Notebook;
use crate::notebook::note_names::Renamed;
use crate::store::{Document, FileState, Selection};
use crate::text::checksum;
use crate::text::english::count;
use crate::text::shell;

/// An export of entries as a folder of notes.
pub(super) struct Export<'a> {
    /// The folder as the user named it.
    pub folder: &'a str,
    pub format: FileFormat,
    pub style: Style,
    pub audience: Audience,
    pub selection: Selection,
    /// Whether the folder has all that it takes, so that other notes that kb wrote go.
    pub is_whole: bool,
    /// Whether notes that were changed outside kb are overwritten, and deleted ones written again.
    pub force: bool,
    pub edited: Edited,
    /// The notes that were renamed since they were written.
    pub renamed: Vec<Renamed>,
    /// Whether nothing is written, but what would change is shown as a diff.
    pub is_shown: bool,
}

/// Gets the path and the bytes of each file of an export.
type WriteFile<'w> = dyn FnMut(&str, &[u8]) -> Result<(), Failure> + 'w;

/// What an export does to a folder with a note that was changed outside kb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edited {
    /// It writes nothing.
    Refuse,
    /// It writes all other notes.
    LeaveAlone,
}

/// Writes the notes and their attachments. First all files are checked, then all are written.
///
/// # Errors
/// A file was changed outside kb and that is refused, or a file cannot be read or written.
pub(super) fn export(
    export: &Export<'_>,
    notebook: Notebook,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let (name, audience, style) = (export.folder, export.audience, export.style);
    let selection = &export.selection;
    let root_name = Path::new(name);
    let root = context.environment.path(root_name);
    std::fs::create_dir_all(&root).map_err(|e| Failure::file(&root, &e))?;
    let operation = notebook.last_operation()?;
    let tracked = Tracked::of(&notebook);
    let folder = tracked.key(&root);
    let prefix = Tracked::prefix(&folder);
    let known: HashMap<String, Document> = notebook
        .documents(&prefix)?
        .into_iter()
        .filter(|file| file.belongs_to(&folder))
        .map(|file| (file.path.clone(), file))
        .collect();
    let freed = notebook.freed_paths(known.values(), &prefix)?;
    let known_at = |path: &str| known.get(&format!("{prefix}{path}"));
    let taken = match export.is_whole {
        true => notebook.taken(known.values())?,
        false => None,
    };
    let is_taken = |entry: &Entry, path: &str| {
        taken
            .as_ref()
            .is_none_or(|taken| taken.contains(&entry.uid))
            || known_at(path).is_some()
            || export.renamed.iter().any(|note| note.to == path)
    };
    let pass = |write: &mut WriteFile<'_>| {
        notebook.export_vault(selection, audience, style, &is_taken, &freed, write)
    };
    let (mut edited, mut changed) = (Vec::new(), HashSet::new());
    pass(&mut |path, bytes| {
        match folder::state(&root, path, bytes)? {
            folder::State::Same => {}
            folder::State::Missing
                if !export.force && known_at(path).is_some_and(|file| file.checksum.is_none()) => {}
            folder::State::Missing => drop(changed.insert(path.to_owned())),
            folder::State::Other(checksum) => {
                let known = known_at(path).and_then(|file| file.checksum.as_ref());
                if known != Some(&checksum) && !export.force {
                    edited.push(path.to_owned());
                }
                changed.insert(path.to_owned());
            }
        }
        Ok(())
    })?;
    if let Some(first) = edited.first().filter(|_| export.edited == Edited::Refuse) {
        let more = match edited.len() {
            1 => String::new(),
            more => format!(" and {} more", count(more - 1, "file", "files")),
        };
        return Err(Failure::usage(format!(
            "`{first}`{more} changed outside kb, or was not written by kb: nothing was written"
        ))
        .hint(format!("kb import {name}"))
        .hint(format!("kb export {name} --force")));
    }
    let mut writer = (!export.is_shown).then(|| folder::Writer::new(&root));
    let (mut wanted, mut files, mut deleted) = (HashSet::new(), Vec::new(), Vec::new());
    let (notes, others) = pass(&mut |path, bytes| {
        let key = format!("{prefix}{path}");
        wanted.insert(key.clone());
        if edited.iter().any(|edited| edited == path) {
            return Ok(());
        }
        if changed.contains(path) {
            match &mut writer {
                Some(writer) => writer.write(path, bytes)?,
                None => {
                    let before = std::fs::read(root.join(path)).ok();
                    let name = root_name.join(path);
                    context.text(&patch::of(&name, before.as_deref(), Some(bytes)))?;
                }
            }
        } else if known.get(&key).is_some_and(|file| file.checksum.is_none())
            && !root.join(path).exists()
        {
            deleted.push(path.to_owned());
            return Ok(());
        }
        let written = changed.contains(path) || known.get(&key).is_some_and(|file| file.written);
        let has_base = is_note(path);
        let state = known.get(&key).and_then(|file| file.state.as_ref());
        let state = FileState {
            before: state.and_then(|state| state.before.clone()),
            found: state.is_some_and(|state| state.found),
            public: audience == Audience::Public,
            ..FileState::at(operation)
        };
        let is_told = state != FileState::at(operation);
        files.push(Document {
            path: key,
            format: export.format.name().to_owned(),
            page: None,
            checksum: Some(checksum::of_bytes(bytes)),
            written,
            base: has_base.then(|| bytes.to_vec()),
            operation: Some(operation),
            state: is_told.then_some(state),
            folder: Some(folder.clone()),
            filter: None,
        });
        Ok(())
    })?;
    if let Some(writer) = writer {
        writer.finish()?;
    }
    for path in &deleted {
        context.messages.say(&format!(
            "`{path}` was deleted by hand and is not written again\n  kb export {name} --force"
        ));
    }
    // What kb wrote and no longer wants goes; what somebody edited or wrote is named.
    let mut exit = Exit::Done;
    let mut forgotten = Vec::new();
    let stale = |file: &&Document| export.is_whole && !wanted.contains(&file.path);
    let mut stale: Vec<&Document> = known.values().filter(stale).collect();
    stale.sort_by_key(|file| &file.path);
    let removed = match (audience, style) {
        (Audience::Owner, Style::Obsidian) => notebook.removed_notes(&stale, &prefix)?,
        _ => HashSet::new(),
    };
    for file in stale {
        let path = tracked.path(&file.path);
        let within = &file.path[prefix.len()..];
        if let Err(failure) = folder::check(&root, within) {
            failure.report(&context.messages);
            continue;
        }
        if !path.is_file() {
            forgotten.push(file.path.clone());
            continue;
        }
        let sum = File::open(&path).and_then(checksum::of_reader).ok();
        let is_renamed = |note: &Renamed| note.from == within;
        let is_own = file.written && !freed.contains(&within.to_lowercase())
            || removed.contains(&file.path)
            || export.renamed.iter().any(is_renamed);
        if is_own && sum.is_some() && sum == file.checksum {
            if export.is_shown {
                let before = std::fs::read(&path).ok();
                let name = root_name.join(within);
                context.text(&patch::of(&name, before.as_deref(), None))?;
                continue;
            }
            std::fs::remove_file(&path).map_err(|e| Failure::file(&path, &e))?;
            let now = export.renamed.iter().find(|note| is_renamed(note));
            context.messages.say(&match now {
                Some(note) => format!("`{}` is `{prefix}{}` now", file.path, note.to),
                None => format!("removed `{}`, which no entry has", file.path),
            });
            forgotten.push(file.path.clone());
        } else {
            let why = if is_own {
                "was edited since kb read or wrote it"
            } else {
                "was not written by kb"
            };
            context.messages.say(&format!(
                "`{}` is not part of this export but {why}: it is left alone",
                file.path
            ));
            if is_own && audience == Audience::Public {
                exit = Exit::Partly;
                context.messages.say(&format!(
                    "`{0}` is not public, and is still in the folder\n  {1}",
                    file.path,
                    shell::command_line(["rm", file.path.as_str()])
                ));
            }
        }
    }
    if export.is_shown {
        return Ok(exit);
    }
    track(notebook, &files, &forgotten, context);
    context.messages.say(&format!(
        "{} and {} in `{name}`",
        count(notes, "note", "notes"),
        count(others, "other file", "other files")
    ));
    Ok(exit)
}
