//! Imports and exports folders of notes (vaults) with the files that the notes embed. Start reading
//! at [`Notebook::import_vault`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

use super::documents::{Conflicted, Conflicts, Settled};
use super::error::{Located, NotebookError};
use super::import::{Imported, Importer, RowOptions};
use super::session::Notebook;
use crate::format::attached::Attached;
use crate::format::vault::{self, NoteFile, Style, is_note, with_lf};
use crate::model::reference::Reference;
use crate::model::{Audience, Draft, Entry, Query};
use crate::store::{BeforeEdits, Document, FileState, Reads, Selection, Store, Writer};
use crate::text::checksum;
use crate::text::encoding::{TextEncoding, decode};
use crate::text::fold::fold;
use crate::text::place::Place;
use crate::text::unmerged;

/// The largest file that is stored as an attachment, in bytes.
pub const MAX_ATTACHMENT_BYTES: usize = 50_000_000;

/// Counts and messages of a vault import.
#[derive(Debug, Clone, Default)]
pub struct VaultImport {
    /// How many entries were added, changed and left unchanged.
    pub imported: Imported,
    /// Files with something left out or to be checked: the path, and the place and message.
    pub named: Vec<(String, Located)>,
    /// Whether a note was left out.
    pub left_out: bool,
    /// The number of files stored as attachments.
    pub attachments: usize,
    /// The number of files that are neither notes nor attachments.
    pub others: usize,
    /// The files as they are now, to be tracked.
    pub documents: Vec<Document>,
    /// Paths of files that moved, to be tracked no more.
    pub moved: Vec<String>,
}

/// A folder of notes to import.
pub struct VaultOrigin<'a> {
    /// The name of the folder, by which its notes are recognised.
    pub name: &'a str,
    /// The stored path of the folder, empty or with `/` at its end.
    pub prefix: &'a str,
    /// The paths of all its files, with `/` as separator.
    pub files: &'a [String],
}

/// The files of a folder, by path and by folded file name.
struct Others<'f> {
    paths: HashSet<&'f str>,
    by_name: HashMap<String, &'f str>,
}

impl<'f> Others<'f> {
    /// Indexes the files of a folder.
    fn of(files: &'f [String]) -> Others<'f> {
        let mut by_name = HashMap::new();
        for path in files {
            by_name
                .entry(fold(path.rsplit('/').next().unwrap_or(path)))
                .or_insert(path.as_str());
        }
        Others {
            paths: files.iter().map(String::as_str).collect(),
            by_name,
        }
    }

    /// The file that a note embeds as `name`: relative to the note, relative to the folder, or by
    /// file name alone, as Obsidian does.
    fn meant(&self, note: &str, name: &str) -> Option<&'f str> {
        let there = |path: String| self.paths.get(path.as_str()).copied();
        let named = || {
            self.by_name
                .get(&fold(name))
                .copied()
                .filter(|_| !name.contains('/'))
        };
        vault::seen_from(note, name)
            .and_then(there)
            .or_else(|| vault::seen_from("", name).and_then(there))
            .or_else(named)
    }
}

impl Notebook {
    /// Imports the notes of a folder. `read` returns the bytes of a file, and `progress` gets the
    /// number of notes done and the total. A note updates the entry with its uid, else the entry
    /// imported from its path, else the entry of a file that is gone and had the same bytes. Only
    /// what changed in the file since kb last read or wrote it is taken. A note that names no kind gets
    /// `kind`, else the one that most notes of the folder have, else the usual one.
    ///
    /// # Errors
    /// The kind is unknown. After any error the notebook is unchanged.
    pub fn import_vault(
        &mut self,
        origin: &VaultOrigin<'_>,
        kind: Option<&str>,
        conflicts: Conflicts,
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<VaultImport, NotebookError> {
        let VaultOrigin {
            name: root,
            prefix,
            files,
        } = *origin;
        let named = kind.map(|kind| self.kind(kind)).transpose()?;
        let named = named.map(|kind| kind.name.clone());
        // By path of the note: uid and kind of the entry imported from it.
        let mut known: HashMap<String, (String, String)> = HashMap::new();
        // The same for notes that are known by the path of the folder, because another folder of its
        // name has other notes.
        let whole = prefix.trim_end_matches('/');
        let mut known_by_path = HashMap::new();
        // The notes of entries from any folder: what kb wrote to another folder has the same paths.
        let mut elsewhere: HashSet<String> = HashSet::new();
        self.store.for_each(
            &Selection {
                reads: Reads::Common,
                ..Selection::of(Query::All)
            },
            |stored| {
                match NoteFile::of(&stored.entry.extra) {
                    Some(file) if file.root == whole && whole != root => {
                        known_by_path.insert(file.path, (stored.entry.uid, stored.entry.kind));
                    }
                    Some(file) if file.root == root => {
                        known.insert(file.path, (stored.entry.uid, stored.entry.kind));
                    }
                    Some(file) => drop(elsewhere.insert(file.path)),
                    None => {}
                }
                ControlFlow::Continue(())
            },
        )?;
        let by_path: HashSet<String> = known_by_path.keys().cloned().collect();
        known.extend(known_by_path);
        // A new note is what most notes of the folder are.
        let usual = match named.or_else(|| most_common(known.values().map(|(_, kind)| kind))) {
            Some(usual) => usual,
            None => self.kind(vault::usual_kind())?.name.clone(),
        };
        // The names of files follow the titles here.
        let are_renamed = self.renames_notes(whole)?;
        let others = Others::of(files);
        let clock = self.clock.clone();
        let mut tracked: HashMap<String, Document> = HashMap::new();
        // By path: the checksums of the notes in other folders of the same name.
        let mut namesakes: HashMap<String, String> = HashMap::new();
        // By path: the folders of notes that are documents of their own or belong to such a folder.
        let mut foreign: BTreeMap<String, Option<String>> = BTreeMap::new();
        for file in self.store.documents("")? {
            if let Some(path) = file.path.strip_prefix(prefix) {
                match file.belongs_to(whole) {
                    true => drop(tracked.insert(path.to_owned(), file)),
                    false => drop(foreign.insert(path.to_owned(), file.folder)),
                }
            } else if let Some((_, path)) =
                format!("/{}", file.path).rsplit_once(&format!("/{root}/"))
                && let Some(checksum) = file.checksum
            {
                namesakes.insert(path.to_owned(), checksum);
            }
        }
        let is_own = |path: &&String| is_note(path) && !foreign.contains_key(*path);
        let notes: Vec<&String> = files.iter().filter(is_own).collect();
        // Files that are gone and whose entries are known, by their bytes.
        let gone: HashMap<&str, &str> = tracked
            .iter()
            .filter(|(path, _)| !others.paths.contains(path.as_str()) && known.contains_key(*path))
            .filter_map(|(path, file)| Some((file.checksum.as_deref()?, path.as_str())))
            .collect();
        let (done, _) = self.store.write(&self.command, &self.clock, self.mode, |writer| {
            let mut done = VaultImport::default();
            let last_row = writer.store().last_row()?;
            let mut named = HashSet::new();
            for (path, folder) in foreign.iter().filter(|(path, _)| others.paths.contains(path.as_str())) {
                let message = match folder {
                    None => "is a document of its own: it is left out".to_owned(),
                    Some(folder) => format!("belongs to `{folder}`, a folder of its own: its notes are left out"),
                };
                if is_note(path) && (folder.is_none() || named.insert(folder)) {
                    done.named.push((path.clone(), Located { place: Place { line: 1, column: 1 }, message }));
                }
            }
            // Attachments stored by this import: path in the folder, and name in the notebook.
            let mut kept: HashMap<String, String> = HashMap::new();
            // The former paths of notes that were renamed, by their paths.
            let mut renamed: HashMap<String, &str> = HashMap::new();
            let mut both = Vec::new();
            for (number, path) in notes.iter().enumerate() {
                progress(number as u64, notes.len() as u64);
                let mut say = |line: usize, message: String| done.named.push(((*path).clone(), Located { place: Place { line, column: 1 }, message }));
                let bytes = match read(path) {
                    Ok(bytes) => bytes,
                    Err(why) => {
                        say(1, why);
                        done.left_out = true;
                        continue;
                    }
                };
                let sum = checksum::of_bytes(&bytes);
                let before = tracked.get(*path);
                let is_unchanged = before.is_some_and(|file| file.checksum.as_ref() == Some(&sum));
                let is_as_written = is_unchanged && before.is_some_and(|file| file.written);
                done.documents.push(Document {
                    path: format!("{prefix}{path}"),
                    format: "obsidian".to_owned(),
                    page: None,
                    written: is_as_written,
                    base: Some(bytes.clone()),
                    checksum: Some(sum.clone()),
                    operation: None,
                    state: None,
                    folder: Some(whole.to_owned()),
                    filter: None,
                });
                // If no entry belongs to the note any more, it was removed.
                if is_unchanged || is_as_written && elsewhere.contains(*path) {
                    done.imported.unchanged += 1;
                    continue;
                }
                let kinds = writer.store().kinds();
                let is_file = |path: &str| others.paths.contains(path);
                let read_note = |text: &str| vault::read(path, text, &usual, kinds, &clock, &is_file);
                let (text, crlf) = with_lf(decode(&bytes));
                if let Some(line) = unmerged::conflict(&text) {
                    say(line, "git left a conflict here: nothing is taken from the note".to_owned());
                    done.documents.pop();
                    done.documents.extend(before.cloned());
                    done.left_out = true;
                    continue;
                }
                let note = read_note(&text);
                let mut draft = note.draft;
                if let Some((line, why)) = note.fault {
                    say(line, format!("the front matter cannot be read and is kept as it is: {why}"));
                    // Of a known note, nothing is taken until it can be read again.
                    if let Some((now, before)) = done.documents.last_mut().zip(before) {
                        *now = before.clone();
                        done.left_out = true;
                        continue;
                    }
                }
                if let Some(doubt) = note.doubt {
                    say(1, format!("`{doubt}` cannot be read for certain: the note is private"));
                }
                // A note of another folder of the same name with other text is another note.
                let is_namesake = before.is_none()
                    && draft.text("uid").is_none()
                    && namesakes.get(*path).is_some_and(|other| *other != sum);
                let own = known.get(*path).filter(|_| !is_namesake);
                // The entry keeps its kind, even if front matter or folder name another one.
                if let (Some((uid, kind)), None) = (own, draft.text("uid")) {
                    draft.set("uid", uid);
                    draft.kind = Some(kind.clone());
                }
                // What kb wrote and nobody edited says nothing new, even where it lacks private links.
                if is_as_written
                    && let Some(uid) = draft.text("uid")
                    && writer.store().by_uid(uid)?.is_some()
                {
                    done.imported.unchanged += 1;
                    continue;
                }
                if let (None, None, Some(old)) = (own, draft.text("uid"), gone.get(sum.as_str()))
                    && let Some((uid, kind)) = known.get(*old)
                {
                    draft.set("uid", uid);
                    draft.kind = Some(kind.clone());
                    done.moved.push((*old).to_owned());
                }
                // A note that moved is compared with what it was at its former path.
                let former = gone.get(sum.as_str()).filter(|_| own.is_none());
                renamed.extend(former.map(|former| ((*path).clone(), *former)));
                let before = before.or_else(|| tracked.get(*former?));
                let base_path = former.copied().unwrap_or(path.as_str());
                if let Some(base) = before.filter(|_| !is_unchanged).and_then(|file| file.base.as_ref())
                    && let Some(uid) = draft.text("uid").map(str::to_owned)
                    && let Some(stored) = writer.store().by_uid(&uid)?
                    && let Some(kind) = kinds.get(&stored.entry.kind)
                {
                    // A three-way merge of `base`, the file now, and the entry. The entry is
                    // written and read back, so that all three are drafts from notes.
                    let ours = vault::write(&stored.entry, kind, kinds, Style::Obsidian, Audience::Owner, &clock, &|_| None);
                    let (ours, _) = with_lf(ours);
                    let base = vault::read(base_path, &with_lf(decode(base)).0, &usual, kinds, &clock, &is_file).draft;
                    let ours = vault::read(base_path, &ours, &usual, kinds, &clock, &is_file).draft;
                    // A title that changed with the name of the file does not contest one that was set.
                    if former.is_some()
                        && !are_renamed
                        && ours.text("title") != base.text("title")
                        && let Some(title) = base.text("title")
                        && read_note(&text).draft.text("title") != Some(title)
                        && vault::read(base_path, &text, &usual, kinds, &clock, &is_file).draft.text("title") == Some(title)
                    {
                        draft.set("title", title);
                    }
                    if !merge(&mut draft, &base, &ours, conflicts) {
                        both.push(Conflicted::of(&stored.entry));
                        // Where the note is, nobody contests.
                        if former.is_some() && let Some(mut file) = NoteFile::of(&stored.entry.extra) {
                            file.path.clone_from(path);
                            let mut after = stored.entry.clone();
                            let kept = serde_json::to_value(&file).unwrap_or_default();
                            after.extra.insert(vault::KEPT.to_owned(), kept);
                            writer.update(&stored, &after)?;
                        }
                        // The note is known as it was before.
                        let now = done.documents.last_mut().zip(before);
                        if let Some((now, before)) = now {
                            let state = FileState {
                                conflicts: vec![uid],
                                ..FileState::at(writer.last_operation())
                            };
                            *now = Document {
                                path: now.path.clone(),
                                state: Some(state),
                                ..before.clone()
                            };
                        }
                        continue;
                    }
                }
                // Edited, while its entry was removed: the text or the removal would be lost.
                if let Some(before) = before
                    && own.is_none()
                    && conflicts != Conflicts::Theirs
                    && let Some(removed) = removed_note(writer.store(), before, path)?
                {
                    if conflicts != Conflicts::Ours {
                        both.push(Conflicted::of(&removed));
                    }
                    let state = FileState {
                        conflicts: vec![removed.uid],
                        ..FileState::at(writer.last_operation())
                    };
                    if let Some(now) = done.documents.last_mut() {
                        // The file is as it was, or, if the removal wins, what kb may take away.
                        *now = match conflicts {
                            Conflicts::Ours => Document { operation: before.operation, ..now.clone() },
                            _ => Document { path: now.path.clone(), state: Some(state), ..before.clone() },
                        };
                    }
                    continue;
                }
                let mut file = NoteFile::of(&draft.extra).unwrap_or_default();
                file.encoding = TextEncoding::of(&bytes);
                file.crlf = crlf;
                let has_namesake = is_namesake || by_path.contains(*path);
                if has_namesake { whole } else { root }.clone_into(&mut file.root);
                for name in vault::embeds(draft.text("body").unwrap_or_default()) {
                    let Some(found) = others.meant(path, &name).filter(|found| !is_note(found)) else { continue };
                    match keep(writer, found, &mut kept, read) {
                        Ok(kept) => drop(file.attachments.insert(found.to_owned(), kept)),
                        Err(Some(error)) => return Err(error),
                        Err(None) => say(1, format!("`{found}` is larger than 50 MB or cannot be read, and is not kept")),
                    }
                }
                // What was attached by hand comes with the folder that kb wrote.
                for (path, _) in Attached::in_folder(&draft.extra) {
                    if others.paths.contains(path.as_str())
                        && let Err(Some(error)) = keep(writer, &path, &mut kept, read)
                    {
                        return Err(error);
                    }
                }
                draft.extra.insert(vault::KEPT.to_owned(), serde_json::to_value(&file).unwrap_or_default());
                let options = RowOptions { kind: Some(&usual), known: None };
                let mut importer = Importer::new(writer, &clock, options)?;
                importer.take(&draft)?;
                let one = importer.finish()?;
                done.imported.added += one.added;
                done.imported.updated += one.updated;
                done.imported.unchanged += one.unchanged;
                done.left_out |= !one.problems.is_empty();
                done.named.extend(one.problems.into_iter().chain(one.notes).map(|problem| ((*path).clone(), Located { place: Place { line: 1, column: 1 }, ..problem })));
            }
            done.imported.conflicts = conflicts.left(both)?;
            for (path, file) in &tracked {
                let moved = done.moved.contains(path);
                let Some((uid, _)) = known.get(path).filter(|_| !others.paths.contains(path.as_str()) && !moved) else {
                    continue;
                };
                if let Some(stored) = writer.store().by_uid(uid)? {
                    // Without a checksum, an earlier import has already reported the deletion.
                    if file.checksum.is_some() {
                        done.imported.deleted.push((path.clone(), stored.entry.reference()));
                    }
                    done.documents.push(Document { checksum: None, ..file.clone() });
                }
            }
            for document in &mut done.documents {
                let path = &document.path[prefix.len()..];
                let was = tracked.get(path);
                let before = was.filter(|_| !known.contains_key(path));
                let edited = was.filter(|was| {
                    let is_known = was.checksum.as_ref().is_some_and(|sum| !sum.is_empty());
                    is_known && was.checksum != document.checksum
                });
                if let Some(was) = edited {
                    let operation = writer.last_operation();
                    let state = document.state.get_or_insert_with(|| FileState::at(operation));
                    state.before = Some(was.before_edits(operation));
                }
                if let Some(was) = renamed.get(path).and_then(|former| tracked.get(*former)) {
                    let operation = writer.last_operation();
                    let state = document.state.get_or_insert_with(|| FileState::at(operation));
                    state.before = Some(BeforeEdits { path: Some(was.path.clone()), ..was.before_edits(operation) });
                }
                let told = was.and_then(|was| was.state.as_ref());
                let public = told.is_some_and(|told| told.public);
                let found = was.is_none_or(Document::was_found);
                if public || found {
                    let operation = writer.last_operation();
                    let state = document.state.get_or_insert_with(|| FileState::at(operation));
                    (state.public, state.found) = (public, found);
                }
                // The removal of the entry of a note is newer than the note, until that is gone too.
                document.operation = match before {
                    Some(before) if before.checksum == document.checksum => before.operation,
                    _ => document.operation.or(Some(writer.last_operation())),
                };
            }
            done.imported.deleted.sort();
            done.moved = done.moved.iter().map(|path| format!("{prefix}{path}")).collect();
            // A note may link to one that was imported after it.
            writer.settle_links(last_row)?;
            done.attachments = kept.len();
            done.others = files.len() - notes.len() - kept.len();
            Ok::<_, NotebookError>(done)
        })?;
        Ok(done)
    }

    /// Exports entries as a folder of notes with their attachments. `write` gets the path and the
    /// bytes of each file; `is_taken` tells whether an entry gets its note, from the path of that. No note gets
    /// a path in `freed`, in lower case.
    /// Returns the number of notes and of attachments. A note keeps its encoding, or
    /// is UTF-8 if that lacks a character.
    ///
    /// # Errors
    /// The first error of `write`, or of reading the notebook.
    pub fn export_vault<E: From<NotebookError>>(
        &self,
        selection: &Selection,
        audience: Audience,
        style: Style,
        is_taken: &dyn Fn(&Entry, &str) -> bool,
        freed: &HashSet<String>,
        mut write: impl FnMut(&str, &[u8]) -> Result<(), E>,
    ) -> Result<(usize, usize), E> {
        // The path of each entry, unique even on file systems that ignore case.
        let mut paths: HashMap<String, String> = HashMap::new();
        let mut taken: HashSet<String> = HashSet::new();
        // A note that came from a file keeps its path.
        let mut reserved: HashMap<String, String> = HashMap::new();
        self.for_each(selection, audience, |entry, kind| {
            let path = vault::path_of(entry, kind, audience);
            if entry.note_path() == Some(&path) && is_taken(entry, &path) {
                reserved
                    .entry(path.to_lowercase())
                    .or_insert(entry.uid.clone());
            }
            ControlFlow::Continue(())
        })?;
        self.for_each(selection, audience, |entry, kind| {
            let path = vault::path_of(entry, kind, audience);
            if !is_taken(entry, &path) {
                return ControlFlow::Continue(());
            }
            let (stem, end) = path
                .rsplit_once('.')
                .map_or((path.as_str(), String::new()), |(stem, end)| {
                    (stem, format!(".{end}"))
                });
            let numbered = (2..).map(|number| format!("{stem}-{number}{end}"));
            let free = std::iter::once(path.clone()).chain(numbered).find(|path| {
                let path = path.to_lowercase();
                let is_free = reserved.get(&path).is_none_or(|owner| *owner == entry.uid);
                is_free && !freed.contains(&path) && taken.insert(path)
            });
            paths.insert(entry.uid.clone(), free.unwrap_or_default());
            ControlFlow::Continue(())
        })?;
        // `None` if the ref is not unique, or if its entry is not exported.
        let target = |text: &str| -> Option<String> {
            let reference = Reference::read(text, self.kinds());
            let found = self.store.resolve_link(&reference, audience).ok()?;
            let [one] = found.as_slice() else { return None };
            paths.get(&one.entry.uid).cloned()
        };
        let mut attachments: HashMap<String, String> = HashMap::new();
        let mut outcome = Ok(());
        self.for_each(selection, audience, |entry, kind| {
            let Some(path) = paths.get(&entry.uid) else {
                return ControlFlow::Continue(());
            };
            let text = vault::write(
                entry,
                kind,
                self.kinds(),
                style,
                audience,
                &self.clock,
                &target,
            );
            let file = NoteFile::of(&entry.extra).unwrap_or_default();
            outcome = write(path, &file.bytes(text));
            let attached = match audience {
                Audience::Owner => Attached::in_folder(&entry.extra),
                Audience::Public => Vec::new(),
            };
            let all = file.attachments.into_iter().chain(attached);
            attachments.extend(all.filter(|(path, _)| vault::is_safe(path)));
            if outcome.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        outcome?;
        // A note takes precedence over an attachment with the same path.
        for (path, name) in &attachments {
            if let Some(content) = self
                .store
                .attachment(name)
                .map_err(NotebookError::from)?
                .filter(|_| !taken.contains(&path.to_lowercase()))
            {
                write(path, &content)?;
            }
        }
        Ok((paths.len(), attachments.len()))
    }

    /// The paths within a folder, in lower case, of notes that were there before kb and have no entry any
    /// more, because its import was undone: such a file is the user's again.
    pub fn freed_paths<'d>(
        &self,
        notes: impl Iterator<Item = &'d Document>,
        prefix: &str,
    ) -> Result<HashSet<String>, NotebookError> {
        let mut freed: HashSet<&str> = notes
            .filter(|note| note.was_found())
            .map(|note| &note.path[prefix.len()..])
            .collect();
        if !freed.is_empty() {
            for path in self.store.note_paths()? {
                freed.remove(path.as_str());
            }
        }
        Ok(freed.into_iter().map(str::to_lowercase).collect())
    }

    /// The number of attachments stored in the notebook.
    pub fn attachments(&self) -> Result<usize, NotebookError> {
        Ok(self.store.attachments()?.len())
    }
}

/// The entry of a note that was removed since kb read or wrote the note.
fn removed_note(
    store: &Store,
    note: &Document,
    path: &str,
) -> Result<Option<Entry>, NotebookError> {
    let Some(operation) = note.operation else {
        return Ok(None);
    };
    let removed = store.removed_since(&FileState::at(operation))?;
    let is_it = |entry: &Entry| NoteFile::of(&entry.extra).is_some_and(|file| file.path == path);
    Ok(removed.into_iter().find(is_it))
}

/// The name that occurs most often; of several, the first in the alphabet.
fn most_common<'n>(names: impl Iterator<Item = &'n String>) -> Option<String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let most = counts
        .iter()
        .max_by_key(|(name, count)| (**count, Reverse(*name)));
    most.map(|(name, _)| (*name).clone())
}

/// Takes out of a draft what did not change in the file since `base`, and merges what changed in the
/// notebook too. Returns whether nothing is in conflict.
/// `theirs` is the file now, `base` the file as kb last read or wrote it, and `ours` the entry.
fn merge(theirs: &mut Draft, base: &Draft, ours: &Draft, conflicts: Conflicts) -> bool {
    let names: BTreeSet<String> = theirs
        .texts
        .keys()
        .chain(base.texts.keys())
        .filter(|name| *name != "uid" && *name != "kind")
        .cloned()
        .collect();
    let mut agree = true;
    for name in names {
        let [new, old, own] =
            [&*theirs, base, ours].map(|draft| draft.texts.get(&name).cloned().unwrap_or_default());
        match conflicts.settle(&name, &old, &own, &new) {
            // A draft must have a title: that of the notebook.
            Settled::Ours if name == "title" => drop(theirs.set_many(&name, own)),
            Settled::Ours => drop(theirs.texts.remove(&name)),
            Settled::Theirs => drop(theirs.set_many(&name, new)),
            Settled::Both(both) => drop(theirs.set_many(&name, both)),
            Settled::Conflict => agree = false,
        }
    }
    agree
}

/// Stores a file as an attachment, once, and returns its name. Fails with `None` if the file is too
/// large or cannot be read.
fn keep(
    writer: &mut Writer<'_>,
    path: &str,
    kept: &mut HashMap<String, String>,
    read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<String, Option<NotebookError>> {
    if let Some(name) = kept.get(path) {
        return Ok(name.clone());
    }
    let content = read(path)
        .ok()
        .filter(|content| content.len() <= MAX_ATTACHMENT_BYTES)
        .ok_or(None)?;
    let name = writer
        .put_attachment(&content)
        .map_err(|error| Some(error.into()))?;
    kept.insert(path.to_owned(), name.clone());
    Ok(name)
}
