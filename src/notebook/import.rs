//! Entries in from JSON and JSON lines, streamed, and from tables; one operation.

use std::collections::HashMap;
use std::io::BufRead;
use std::ops::ControlFlow;
use std::rc::Rc;

use super::{Located, Notebook, NotebookError};
use crate::format::{anki, json, table};
use crate::model::entry::{base_slug, numbered_slug};
use crate::model::{Clock, Draft, Kind, Problem, Query, Unknown};
use crate::store::{Selection, Store, StoreError, Stored, Writer};
use crate::text::place::Place;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Entries added.
    pub added: usize,
    /// Entries changed.
    pub updated: usize,
    /// Entries that were there already, unchanged.
    pub unchanged: usize,
    /// What was left out, by line.
    pub problems: Vec<Located>,
    /// What was taken in and is worth a look.
    pub notes: Vec<Located>,
}

/// From this size on a file is imported in bulk.
pub const BULK_BYTES: u64 = 2_000_000;
/// Entries of one title that are held against a new one, at most.
const SAME_TITLE: u64 = 1_001;
/// Most problems that are remembered.
const PROBLEMS: usize = 10_000;

impl Notebook {
    /// Whether an input of so many bytes is better indexed once at the end: it is large, and the notebook small beside it.
    pub(super) fn is_bulk(&self, bytes: Option<u64>) -> Result<bool, StoreError> {
        match bytes {
            Some(bytes) if bytes >= BULK_BYTES => Ok(self.store.count()? < usize::try_from(bytes / 200).unwrap_or(usize::MAX)),
            _ => Ok(false),
        }
    }

    /// Imports JSON lines, or one JSON value over several lines. `bytes` is the size if known, `progress` hears how many bytes were read.
    ///
    /// # Errors
    /// The file cannot be read or written; then nothing was changed.
    pub fn import_json(
        &mut self,
        input: &mut dyn BufRead,
        bytes: Option<u64>,
        kind: Option<&str>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Imported, NotebookError> {
        let clock = self.clock.clone();
        let bulk = self.is_bulk(bytes)?;
        let (imported, _) = self.store.write(&self.command, &self.clock, self.rehearse, |writer| {
            let mut importer = Importer::new(writer, &clock, kind)?;
            if bulk {
                importer.writer.begin_bulk()?;
            }
            importer.lines(input, progress)?;
            Ok::<_, NotebookError>(importer.done)
        })?;
        Ok(imported)
    }
}

impl Notebook {
    /// Imports a table; `map` says which column is which field, `progress` hears how many rows of how many are done.
    ///
    /// # Errors
    /// It is no table, or the file cannot be written; then nothing was changed.
    pub fn import_table(
        &mut self,
        name: &str,
        source: &str,
        tabs: bool,
        map: &[(String, String)],
        kind: Option<&str>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Imported, NotebookError> {
        let kind = kind.map(|kind| self.kind(kind).map(|kind| kind.name.clone())).transpose()?;
        let place = |line: usize| Place { line, column: 1 };
        let table = table::read(source, tabs, map, kind.as_deref(), self.kinds())
            .map_err(|message| NotebookError::Input { name: name.to_owned(), at: Located { place: place(1), message } })?;
        let clock = self.clock.clone();
        let (mut imported, _) = self.store.write(&self.command, &self.clock, self.rehearse, |writer| {
            let mut importer = Importer::new(writer, &clock, kind.as_deref())?;
            for (number, (line, draft)) in (0..).zip(&table.rows) {
                progress(number, table.rows.len() as u64);
                importer.line = *line;
                importer.take(draft)?;
            }
            Ok::<_, NotebookError>(importer.done)
        })?;
        imported.notes = table.notes.into_iter().map(|(line, message)| Located { place: place(line), message }).collect();
        Ok(imported)
    }
}

impl Notebook {
    /// Imports notes of Anki. A note is known again by its guid, so that what changed in it changes the entry. `progress` hears how many
    /// notes of how many are done.
    ///
    /// # Errors
    /// The kind is unknown, or the file cannot be written; then nothing was changed.
    pub fn import_cards(&mut self, source: &str, kind: Option<&str>, progress: &mut dyn FnMut(u64, u64)) -> Result<Imported, NotebookError> {
        let kind = self.kind(kind.unwrap_or(&anki::kind()))?.name.clone();
        let found = anki::read(source, &kind);
        let mut known: HashMap<String, String> = HashMap::new();
        if found.rows.iter().any(|(_, draft)| anki::guid(&draft.extra).is_some()) {
            self.store.for_each(&Selection { common: true, ..Selection::of(Query::Kind(vec![kind.clone()])) }, |stored| {
                let entry = stored.entry;
                let guid = anki::guid(&entry.extra).unwrap_or(&entry.uid).to_owned();
                known.insert(guid, entry.uid);
                ControlFlow::Continue(())
            })?;
        }
        let clock = self.clock.clone();
        let (mut imported, _) = self.store.write(&self.command, &self.clock, self.rehearse, |writer| {
            let mut importer = Importer::new(writer, &clock, Some(&kind))?;
            let total = found.rows.len() as u64;
            for (number, (line, mut draft)) in (0..).zip(found.rows) {
                progress(number, total);
                importer.line = line;
                if let Some((guid, uid)) = anki::guid(&draft.extra).and_then(|guid| known.get_key_value(guid)) {
                    draft.set("uid", uid);
                    if guid == uid {
                        anki::without_guid(&mut draft);
                    }
                }
                importer.take(&draft)?;
            }
            Ok::<_, NotebookError>(importer.done)
        })?;
        imported.notes = found.notes.into_iter().map(|(line, message)| Located { place: Place { line, column: 1 }, message }).collect();
        Ok(imported)
    }
}

/// Takes drafts of any kind into a notebook.
pub struct Importer<'w, 's> {
    writer: &'w mut Writer<'s>,
    clock: &'w Clock,
    kind: Option<&'w str>,
    /// What was done so far.
    pub done: Imported,
    line: usize,
    /// The kind of the last line, which the next mostly shares.
    last_kind: Option<Rc<Kind>>,
    /// The last row before this import; 0 when the notebook was empty, so that nothing can be there already.
    last_old: i64,
}

impl<'w, 's> Importer<'w, 's> {
    /// Begins; `kind` is that of drafts that do not say theirs.
    pub fn new(writer: &'w mut Writer<'s>, clock: &'w Clock, kind: Option<&'w str>) -> Result<Importer<'w, 's>, StoreError> {
        let last_old = writer.store().last_row()?;
        Ok(Importer { writer, clock, kind, done: Imported::default(), line: 0, last_kind: None, last_old })
    }

    fn lines(&mut self, input: &mut dyn BufRead, progress: &mut dyn FnMut(u64)) -> Result<(), NotebookError> {
        let mut bytes = Vec::new();
        let mut read = 0u64;
        loop {
            bytes.clear();
            let limit = json::LONGEST_LINE as u64 + 1;
            let n = std::io::Read::take(&mut *input, limit).read_until(b'\n', &mut bytes).map_err(|e| self.unreadable(&e.to_string()))?;
            if n == 0 {
                return Ok(());
            }
            read += n as u64;
            self.line += 1;
            progress(read);
            if n > json::LONGEST_LINE {
                self.problem(1, "the line is longer than 16 MB".to_owned());
                skip_line(input).map_err(|e| self.unreadable(&e.to_string()))?;
                continue;
            }
            let text = match std::str::from_utf8(&bytes) {
                Ok(text) => text.trim_start_matches('\u{feff}'),
                Err(e) => {
                    self.problem(e.valid_up_to() + 1, format!("invalid UTF-8 at byte {}", e.valid_up_to()));
                    continue;
                }
            };
            if text.trim().is_empty() {
                continue;
            }
            match json::read_line(text) {
                Ok(draft) => self.take(&draft)?,
                // One value over several lines: an array, or a pretty-printed object.
                Err(_) if self.line == 1 && matches!(text.trim_start().as_bytes().first(), Some(b'[' | b'{')) => return self.whole(text.to_owned(), input),
                Err((_, column, why)) => self.problem(column, why),
            }
        }
    }

    fn whole(&mut self, mut text: String, input: &mut dyn BufRead) -> Result<(), NotebookError> {
        let limit = 64 * json::LONGEST_LINE as u64;
        std::io::Read::read_to_string(&mut std::io::Read::take(input, limit), &mut text).map_err(|e| self.unreadable(&e.to_string()))?;
        match json::read(&text) {
            Ok(drafts) => drafts.iter().try_for_each(|draft| self.take(draft)),
            Err((line, column, why)) => {
                self.line = line;
                self.problem(column, why);
                Ok(())
            }
        }
    }

    fn unreadable(&self, why: &str) -> NotebookError {
        NotebookError::Input { name: "input".to_owned(), at: Located { place: Place { line: self.line + 1, column: 1 }, message: why.to_owned() } }
    }

    fn problem(&mut self, column: usize, message: String) {
        if self.done.problems.len() < PROBLEMS {
            self.done.problems.push(Located { place: Place { line: self.line, column }, message });
        }
    }

    /// Takes one draft, or notes why it does not fit.
    pub fn take(&mut self, draft: &Draft) -> Result<(), NotebookError> {
        let Some(name) = draft.kind.as_deref().or(self.kind) else {
            self.problem(1, "does not say its kind; give one with `--kind`".to_owned());
            return Ok(());
        };
        if self.last_kind.as_ref().is_none_or(|kind| kind.name != name) {
            self.last_kind = self.writer.store().kinds().get(name).cloned().map(Rc::new);
        }
        let Some(kind) = self.last_kind.clone() else {
            let near = self.writer.store().kinds().near(name);
            let hint = near.first().map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            self.problem(1, format!("no kind `{name}`{hint}"));
            return Ok(());
        };
        let outcome = match self.known(&kind, draft)? {
            Some(stored) => match kind.revise(&stored.entry, draft, self.clock, Unknown::Keep) {
                Ok(after) => {
                    let changed = self.writer.update(&stored, &after)?;
                    *(if changed { &mut self.done.updated } else { &mut self.done.unchanged }) += 1;
                    Ok(())
                }
                Err(problems) => Err(problems),
            },
            None => match kind.admit(draft, self.clock, Unknown::Keep) {
                Ok(entry) => match self.writer.create(entry) {
                    Ok(_) => {
                        self.done.added += 1;
                        Ok(())
                    }
                    Err(error @ StoreError::NotUnique { .. }) => Err(vec![Problem { field: "entry".to_owned(), message: error.to_string() }]),
                    Err(error) => return Err(error.into()),
                },
                Err(problems) => Err(problems),
            },
        };
        if let Err(problems) = outcome {
            self.problem(1, in_one_line(&problems));
        }
        Ok(())
    }

    /// The entry that a draft means: by uid, by slug, or by saying exactly what an entry says already.
    fn known(&self, kind: &Kind, draft: &Draft) -> Result<Option<Stored>, NotebookError> {
        let store = self.writer.store();
        if let Some(uid) = draft.text("uid")
            && let Some(stored) = store.by_uid(uid)?
        {
            return Ok(Some(stored));
        }
        if let Some(slug) = draft.text("slug") {
            return Ok(store.by_slug(&kind.name, slug)?);
        }
        let Some(title) = draft.text("title").filter(|_| self.last_old > 0) else { return Ok(None) };
        let same = |stored: &Stored| kind.revise(&stored.entry, draft, self.clock, Unknown::Keep).is_ok_and(|after| after == stored.entry);
        Ok(titled(store, &kind.name, title, i64::MAX, same)?)
    }
}

/// The first of the entries that have the slug of a title, with any number behind it, that is the one; looked for among the rows up to `last`.
pub fn titled(store: &Store, kind: &str, title: &str, last: i64, is_it: impl Fn(&Stored) -> bool) -> Result<Option<Stored>, StoreError> {
    let base = base_slug(kind, title);
    for number in 1..=SAME_TITLE {
        let Some(stored) = store.by_slug(kind, &numbered_slug(&base, number))?.filter(|stored| stored.id <= last) else { break };
        if is_it(&stored) {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

/// What does not fit, in one line.
pub fn in_one_line(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{} {}", problem.field, problem.message)).collect::<Vec<_>>().join("; ")
}

/// Reads on to the end of a line without keeping it.
fn skip_line(input: &mut dyn BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                input.consume(at + 1);
                return Ok(());
            }
            None => {
                let length = buffer.len();
                input.consume(length);
            }
        }
    }
}
