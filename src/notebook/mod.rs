//! The façade: one method a verb, plain outcomes, nothing printed.
//!
//! Owns what a command means: it reads refs and filters, admits drafts, calls the store and the
//! formats. Must not know clap or a terminal. Start reading at [`Notebook`] and [`entries`].

pub mod bibliography;
pub mod capture;
pub mod doctor;
pub mod duplicates;
pub mod entries;
mod error;
pub mod export;
pub mod find;
mod guess;
pub mod history;
pub mod import;
pub mod kinds;
pub mod page;
pub mod vault;

use std::path::Path;

use crate::model::query_text::{self, Grammar};
use crate::model::reference::Reference;
use crate::model::{Clock, Kind, Kinds, Query};
use crate::store::{Purpose, Store, StoreError, Stored};

pub use error::{Located, NotebookError};

/// What the setting of a saved filter begins with.
const VIEW: &str = "view.";

/// An open notebook with the time at which it is worked on.
#[derive(Debug)]
pub struct Notebook {
    store: Store,
    clock: Clock,
    /// The command as typed, for the history.
    command: String,
    /// Whether everything is done and then rolled back.
    rehearse: bool,
}

/// How a notebook is worked on.
#[derive(Debug, Clone)]
pub struct Session {
    /// The time.
    pub clock: Clock,
    /// The command as typed, for the history.
    pub command: String,
    /// Whether nothing is to be kept (`--dry-run`).
    pub rehearse: bool,
}

impl Notebook {
    /// Opens a notebook to read it.
    ///
    /// # Errors
    /// There is none, or it cannot be used.
    pub fn open(path: &Path, session: Session) -> Result<Notebook, NotebookError> {
        Notebook::with(path, session, Purpose::Read)
    }

    /// Opens a notebook to write; with `create` it is made when it is missing. Says whether it was made.
    ///
    /// # Errors
    /// There is none, or it cannot be used.
    pub fn open_to_write(path: &Path, session: Session, create: bool) -> Result<(Notebook, bool), NotebookError> {
        match Notebook::with(path, session.clone(), Purpose::Write) {
            Err(NotebookError::Store(StoreError::Missing(_))) if create => {
                let made = match Store::create(path) {
                    Ok(()) => true,
                    // Another process was quicker.
                    Err(StoreError::Exists(_)) => false,
                    Err(error) => return Err(error.into()),
                };
                Ok((Notebook::with(path, session, Purpose::Write)?, made))
            }
            opened => Ok((opened?, false)),
        }
    }

    fn with(path: &Path, session: Session, purpose: Purpose) -> Result<Notebook, NotebookError> {
        let store = Store::open(path, purpose)?;
        Ok(Notebook { store, clock: session.clock, command: session.command, rehearse: session.rehearse })
    }

    /// Makes an empty notebook.
    ///
    /// # Errors
    /// There is a file already, or it cannot be written.
    pub fn create(path: &Path) -> Result<(), NotebookError> {
        Ok(Store::create(path)?)
    }

    /// Lets go of the file: what was read is read, and others may write. The last thing that a reading command does with it.
    pub fn leave(self) {
        self.store.leave();
    }

    /// Whether everything is done and then rolled back.
    pub fn set_rehearsal(&mut self, rehearse: bool) {
        self.rehearse = rehearse;
    }

    /// The kinds.
    pub fn kinds(&self) -> &Kinds {
        self.store.kinds()
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        self.store.path()
    }

    /// The time at which it is worked on.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A kind by singular or plural.
    ///
    /// # Errors
    /// There is no such kind.
    pub fn kind(&self, name: &str) -> Result<&Kind, NotebookError> {
        self.kinds().get(name).ok_or_else(|| NotebookError::NoKind {
            name: name.to_owned(),
            near: self.kinds().near(name),
            known: self.kinds().plurals().into_iter().map(str::to_owned).collect(),
        })
    }

    /// The one entry that a ref means.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn find(&self, text: &str) -> Result<Stored, NotebookError> {
        find_in(&self.store, text)
    }

    /// Reads a filter from the words of a command line.
    ///
    /// # Errors
    /// The filter is malformed or names what is not there.
    pub fn query(&self, words: &[String], forgiving: bool) -> Result<Query, NotebookError> {
        let text = query_text::join(words, self.kinds());
        let saved = if text.contains('@') { self.views()? } else { Vec::new() };
        self.read_query(&text, &saved, forgiving)
    }

    fn read_query(&self, text: &str, saved: &[(String, String)], forgiving: bool) -> Result<Query, NotebookError> {
        let grammar = Grammar { kinds: self.kinds(), saved, today: self.clock.today, forgiving };
        Ok(query_text::read(text, grammar)?)
    }

    /// Names and texts of the saved filters.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn views(&self) -> Result<Vec<(String, String)>, NotebookError> {
        let kept = self.store.settings(VIEW)?;
        Ok(kept.into_iter().map(|(key, text)| (key.trim_start_matches(VIEW).to_owned(), text)).collect())
    }

    /// Saves a filter under a name; says whether that changed anything.
    ///
    /// # Errors
    /// The filter cannot be read or uses itself; the file cannot be written.
    pub fn save_view(&mut self, name: &str, words: &[String]) -> Result<bool, NotebookError> {
        let text = query_text::join(words, self.kinds());
        let mut saved = self.views()?;
        saved.retain(|(other, _)| other != name);
        saved.push((name.to_owned(), text.clone()));
        self.read_query(&text, &saved, false)?;
        self.read_query(&format!("@{name}"), &saved, false)?;
        self.set_setting(&format!("{VIEW}{name}"), Some(&text))
    }

    /// Removes a saved filter; says whether there was one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn remove_view(&mut self, name: &str) -> Result<bool, NotebookError> {
        self.set_setting(&format!("{VIEW}{name}"), None)
    }

    /// A setting kept in the notebook.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn setting(&self, key: &str) -> Result<Option<String>, NotebookError> {
        Ok(self.store.setting(key)?)
    }

    /// The settings kept in the notebook, without those that kb keeps for itself.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn settings(&self) -> Result<Vec<(String, String)>, NotebookError> {
        Ok(self.store.settings("")?.into_iter().filter(|(key, _)| key != "machine").collect())
    }

    /// Sets or removes a setting kept in the notebook; says whether it changed.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set_setting(&mut self, key: &str, value: Option<&str>) -> Result<bool, NotebookError> {
        let (_, operation) = self.store.write(&self.command, &self.clock, self.rehearse, |writer| writer.put_setting(key, value))?;
        Ok(operation.is_some())
    }

    /// Copies the notebook to a new file.
    ///
    /// # Errors
    /// The file is there already or cannot be written.
    pub fn back_up(&self, to: &Path) -> Result<(), NotebookError> {
        Ok(self.store.back_up(to)?)
    }
}

/// The one entry that a ref means, also inside an operation.
fn find_in(store: &Store, text: &str) -> Result<Stored, NotebookError> {
    let reference = Reference::read(text, store.kinds());
    let mut found = store.resolve(&reference)?;
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => {
            let near = guess::refs(&reference, store)?;
            Err(NotebookError::NoSuch { text: text.to_owned(), kind: reference.kind, near })
        }
        _ => Err(NotebookError::Ambiguous {
            text: text.to_owned(),
            candidates: found.into_iter().map(|stored| (stored.entry.reference(), stored.entry.title)).collect(),
        }),
    }
}
