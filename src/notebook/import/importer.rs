//! Drafts of any kind into a notebook: which entry each one means, and what an import did.
//! Start reading at [`Importer`].

use std::rc::Rc;

use crate::model::entry::{base_slug, numbered_slug};
use crate::model::{Clock, Draft, Kind, Problem, Reason, Unknown};
use crate::notebook::error::{Located, NotebookError};
use crate::notebook::session::Notebook;
use crate::store::{Store, StoreError, Stored, Writer};
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
const BULK_BYTES: u64 = 2_000_000;

/// Entries of one title that are held against a new one, at most.
const SAME_TITLE: u64 = 1_001;

/// Most problems that are remembered.
const PROBLEMS: usize = 10_000;

impl Notebook {
    /// Whether an input of so many bytes is better indexed once at the end: it is large, and the notebook small beside it.
    pub(in crate::notebook) fn is_bulk(&self, bytes: Option<u64>) -> Result<bool, StoreError> {
        match bytes {
            Some(bytes) if bytes >= BULK_BYTES => {
                Ok(self.store.count()? < usize::try_from(bytes / 200).unwrap_or(usize::MAX))
            }
            _ => Ok(false),
        }
    }
}

/// Takes drafts of any kind into a notebook.
pub struct Importer<'w, 's> {
    pub(super) writer: &'w mut Writer<'s>,
    clock: &'w Clock,
    kind: Option<&'w str>,
    /// What was done so far.
    pub done: Imported,
    /// The line of the draft, for problems.
    pub line: usize,
    /// The kind of the last line, which the next mostly shares.
    last_kind: Option<Rc<Kind>>,
    /// The last row before this import; 0 when the notebook was empty, so that nothing can be there already.
    last_old: i64,
}

impl<'w, 's> Importer<'w, 's> {
    /// Begins; `kind` is that of drafts that do not say theirs.
    pub fn new(
        writer: &'w mut Writer<'s>,
        clock: &'w Clock,
        kind: Option<&'w str>,
    ) -> Result<Importer<'w, 's>, StoreError> {
        let last_old = writer.store().last_row()?;
        Ok(Importer {
            writer,
            clock,
            kind,
            done: Imported::default(),
            line: 0,
            last_kind: None,
            last_old,
        })
    }

    pub(super) fn problem(&mut self, column: usize, message: String) {
        if self.done.problems.len() < PROBLEMS {
            self.done.problems.push(Located {
                place: Place {
                    line: self.line,
                    column,
                },
                message,
            });
        }
    }

    /// Takes one draft, or notes why it does not fit.
    pub fn take(&mut self, draft: &Draft) -> Result<(), NotebookError> {
        let Some(name) = draft.kind.as_deref().or(self.kind) else {
            self.problem(
                1,
                "does not say its kind; give one with `--kind`".to_owned(),
            );
            return Ok(());
        };
        if self.last_kind.as_ref().is_none_or(|kind| kind.name != name) {
            self.last_kind = self.writer.store().kinds().get(name).cloned().map(Rc::new);
        }
        let Some(kind) = self.last_kind.clone() else {
            let near = self.writer.store().kinds().near(name);
            let hint = near
                .first()
                .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            self.problem(1, format!("no kind `{name}`{hint}"));
            return Ok(());
        };
        let outcome = match self.known(&kind, draft)? {
            Some(stored) => match kind.revise(&stored.entry, draft, self.clock, Unknown::Keep) {
                Ok(after) => {
                    let changed = self.writer.update(&stored, &after)?;
                    *(if changed {
                        &mut self.done.updated
                    } else {
                        &mut self.done.unchanged
                    }) += 1;
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
                    Err(error @ StoreError::NotUnique { .. }) => {
                        Err(vec![Problem::new("entry", Reason::new(error.to_string()))])
                    }
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
        let Some(title) = draft.text("title").filter(|_| self.last_old > 0) else {
            return Ok(None);
        };
        let same = |stored: &Stored| {
            kind.revise(&stored.entry, draft, self.clock, Unknown::Keep)
                .is_ok_and(|after| after == stored.entry)
        };
        Ok(titled(store, &kind.name, title, i64::MAX, same)?)
    }
}

/// The first of the entries that have the slug of a title, with any number behind it, that is the one; looked for among the rows up to `last`.
pub fn titled(
    store: &Store,
    kind: &str,
    title: &str,
    last: i64,
    is_it: impl Fn(&Stored) -> bool,
) -> Result<Option<Stored>, StoreError> {
    let base = base_slug(kind, title);
    for number in 1..=SAME_TITLE {
        let Some(stored) = store
            .by_slug(kind, &numbered_slug(&base, number))?
            .filter(|stored| stored.id <= last)
        else {
            break;
        };
        if is_it(&stored) {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

/// What does not fit, in one line.
pub fn in_one_line(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(|problem| format!("{} {}", problem.field, problem.reason))
        .collect::<Vec<_>>()
        .join("; ")
}
