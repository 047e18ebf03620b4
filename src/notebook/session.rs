//! An open notebook and how it is worked on. Start reading at [`Notebook`].

use std::path::Path;

use super::error::NotebookError;
use crate::model::{Clock, Kind, Kinds};
use crate::store::{Purpose, Store, StoreError, WriteMode};

/// An open notebook with the time at which it is worked on.
#[derive(Debug)]
pub struct Notebook {
    pub(super) store: Store,
    pub(super) clock: Clock,
    /// The command as typed, for the history.
    pub(super) command: String,
    /// Whether operations are kept.
    pub(super) mode: WriteMode,
}

/// How a notebook is worked on.
#[derive(Debug, Clone)]
pub struct Session {
    /// The time.
    pub clock: Clock,
    /// The command as typed, for the history.
    pub command: String,
    /// Whether operations are kept.
    pub mode: WriteMode,
}

/// What happens when there is no notebook to write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMissing {
    /// It is created.
    Create,
    /// That is an error.
    Fail,
}

impl Notebook {
    /// Opens a notebook to read it.
    ///
    /// # Errors
    /// There is none, or it cannot be used.
    pub fn open(path: &Path, session: Session) -> Result<Notebook, NotebookError> {
        Notebook::with(path, session, Purpose::Read)
    }

    /// Opens a notebook to write. Says whether it was created.
    ///
    /// # Errors
    /// There is none and none is to be created, or it cannot be used.
    pub fn open_to_write(
        path: &Path,
        session: Session,
        if_missing: IfMissing,
    ) -> Result<(Notebook, bool), NotebookError> {
        match Notebook::with(path, session.clone(), Purpose::Write) {
            Err(NotebookError::Store(StoreError::Missing(_)))
                if if_missing == IfMissing::Create =>
            {
                let created = match Store::create(path) {
                    Ok(()) => true,
                    // Another process was quicker.
                    Err(StoreError::Exists(_)) => false,
                    Err(error) => return Err(error.into()),
                };
                Ok((Notebook::with(path, session, Purpose::Write)?, created))
            }
            opened => Ok((opened?, false)),
        }
    }

    /// Makes a notebook that was opened to be read ready to be written.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn into_writable(mut self, mode: WriteMode) -> Result<Notebook, NotebookError> {
        self.store.allow_writes()?;
        self.mode = mode;
        Ok(self)
    }

    fn with(path: &Path, session: Session, purpose: Purpose) -> Result<Notebook, NotebookError> {
        let store = Store::open(path, purpose)?;
        Ok(Notebook {
            store,
            clock: session.clock,
            command: session.command,
            mode: session.mode,
        })
    }

    /// Makes an empty notebook.
    ///
    /// # Errors
    /// There is a file already, or it cannot be written.
    pub fn create(path: &Path) -> Result<(), NotebookError> {
        Ok(Store::create(path)?)
    }

    /// Closes the file without freeing memory, which the end of the process does faster. The last thing that a reading command
    /// does with it.
    pub fn close_fast(self) {
        self.store.close_fast();
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
        self.kinds().get(name).ok_or_else(|| self.no_kind(name))
    }

    /// The error for a name that is not a kind.
    pub(super) fn no_kind(&self, name: &str) -> NotebookError {
        NotebookError::NoKind {
            name: name.to_owned(),
            near: self.kinds().near(name),
            known: self
                .kinds()
                .plurals()
                .into_iter()
                .map(str::to_owned)
                .collect(),
        }
    }
}
