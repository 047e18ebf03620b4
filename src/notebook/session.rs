//! An open notebook and the session in which it is used. Start reading at [`Notebook`].

use std::path::{Path, PathBuf};

use super::error::NotebookError;
use crate::model::{Clock, Kind, Kinds};
use crate::store::{CommandId, Effects, Purpose, Store, StoreError, WriteMode};

/// An open notebook, with the clock, command and write mode of its session.
#[derive(Debug)]
pub struct Notebook {
    pub(super) store: Store,
    pub(super) clock: Clock,
    /// The command as typed, for the history.
    pub(super) command: String,
    /// Whether operations are committed or rolled back.
    pub(super) mode: WriteMode,
    /// The folder that the paths of documents are relative to.
    pub(super) folder: PathBuf,
}

/// How a notebook is opened: with which clock, command and write mode.
#[derive(Debug, Clone)]
pub struct Session {
    /// The current time.
    pub clock: Clock,
    /// The command as typed, for the history.
    pub command: String,
    /// Who writes, for the history.
    pub actor: String,
    /// The id of the command: its operations are undone together. Without one, each is undone alone.
    pub command_id: Option<CommandId>,
    /// Whether operations are committed or rolled back.
    pub mode: WriteMode,
    /// Receives what the operations did.
    pub effects: Effects,
    /// The folder that the paths of documents are relative to; without one, that of the file.
    pub folder: Option<PathBuf>,
}

/// What to do if the notebook to write to does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMissing {
    /// Create it.
    Create,
    /// Return an error.
    Fail,
}

/// The folder that the paths of the documents of a notebook file are relative to: the one with `.kb`, or
/// that of the file.
pub fn folder_of(notebook: &Path) -> PathBuf {
    let own = notebook.parent().unwrap_or(Path::new(""));
    match own.file_name() {
        Some(name) if name == ".kb" => own.parent().unwrap_or(own).to_owned(),
        _ => own.to_owned(),
    }
}

impl Notebook {
    /// Opens a notebook for reading.
    ///
    /// # Errors
    /// The file does not exist, or is not a usable notebook.
    pub fn open(path: &Path, session: Session) -> Result<Notebook, NotebookError> {
        Notebook::with(path, session, Purpose::Read)
    }

    /// Opens a notebook for writing; returns whether it was created.
    ///
    /// # Errors
    /// The file does not exist and `if_missing` is [`IfMissing::Fail`], or it is not a usable
    /// notebook.
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
                    // Another process created it first.
                    Err(StoreError::Exists(_)) => false,
                    Err(error) => return Err(error.into()),
                };
                Ok((Notebook::with(path, session, Purpose::Write)?, created))
            }
            Ok(mut opened) => {
                if opened.mode == WriteMode::Commit {
                    opened.upgrade_kinds()?;
                }
                Ok((opened, false))
            }
            Err(error) => Err(error),
        }
    }

    /// Makes a notebook that was opened for reading writable.
    pub fn into_writable(mut self, mode: WriteMode) -> Result<Notebook, NotebookError> {
        self.store = self.store.into_writable()?;
        self.mode = mode;
        if mode == WriteMode::Commit {
            self.upgrade_kinds()?;
        }
        Ok(self)
    }

    fn with(path: &Path, session: Session, purpose: Purpose) -> Result<Notebook, NotebookError> {
        let mut store = Store::open(path, purpose)?;
        store.effects = session.effects;
        store.actor = session.actor;
        store.command_id = session.command_id;
        Ok(Notebook {
            store,
            clock: session.clock,
            command: session.command,
            mode: session.mode,
            folder: session.folder.unwrap_or_else(|| folder_of(path)),
        })
    }

    /// Creates an empty notebook.
    ///
    /// # Errors
    /// The file already exists or cannot be written.
    pub fn create(path: &Path) -> Result<(), NotebookError> {
        Ok(Store::create(path)?)
    }

    /// Closes the file without freeing memory, because the end of the process frees it faster. A
    /// reading command calls it last.
    pub fn close_fast(self) {
        self.store.close_fast();
    }

    /// The kinds of the notebook.
    pub fn kinds(&self) -> &Kinds {
        self.store.kinds()
    }

    /// The path of the notebook file.
    pub fn path(&self) -> &Path {
        self.store.path()
    }

    /// The folder that the paths of documents are relative to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The clock of the session.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A kind by its singular or plural name.
    ///
    /// # Errors
    /// [`NotebookError::NoKind`] with similar names.
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
