//! What every verb has at hand: where the notebook is, how to speak, where data goes.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::config::{Config, Key};
use super::environment::Environment;
use super::failure::{Failure, plain};
use super::global::Global;
use super::locate::{locate, session};
use super::messages::{MessageKind, Messages};
use super::outfile::{OutFile, Replace};
use super::terminal::{self, Colour, Stream};
use crate::notebook::{IfMissing, Notebook};
use crate::store::WriteMode;
use crate::text::visible::visible;

/// What every verb has at hand.
pub(super) struct Context {
    /// The world outside.
    pub environment: Environment,
    /// The configuration.
    pub config: Config,
    /// Where sentences go.
    pub messages: Messages,
    colour: Colour,
    notebook: Option<PathBuf>,
    /// Data for standard output that waits: for the pager, or for a full buffer.
    pending: Vec<u8>,
    paged: bool,
    /// The notebook, when reading the command line has opened it to be read.
    opened: Option<Notebook>,
    /// Where data goes instead of standard output.
    target: Option<OutFile>,
    /// What happens to a file with the same bytes.
    replace: Replace,
}

/// Bytes that wait before they are written when there is no pager.
const CHUNK: usize = 64 * 1024;

impl Context {
    /// From the environment and the options that every verb has.
    pub(super) fn new(
        environment: Environment,
        global: &Global,
        opened: Option<Notebook>,
    ) -> Context {
        let config = Config::read(&environment);
        let wanted = global
            .color
            .as_ref()
            .map(|when| when.to_string())
            .or_else(|| {
                config
                    .value(Key::Color, &environment, None)
                    .map(|(value, _)| value)
            });
        let messages = Messages {
            quiet: global.quiet,
            terminal: environment.stderr_terminal,
            colour: Colour::of(&environment, wanted.as_deref(), Stream::Err),
        };
        let context = Context {
            messages,
            colour: Colour::of(&environment, wanted.as_deref(), Stream::Out),
            notebook: global.notebook.clone(),
            config,
            environment,
            pending: Vec::new(),
            paged: false,
            opened,
            target: None,
            replace: Replace::Always,
        };
        for warning in &context.config.warnings {
            context.messages.label(MessageKind::Warning, warning);
        }
        context
    }

    /// The notebook: flag, `KB_NOTEBOOK`, the nearest above this folder, the configuration, the user's data folder.
    pub(super) fn notebook_path(&self) -> PathBuf {
        if let Some(path) = &self.notebook {
            return self.environment.path(path);
        }
        locate(&self.environment, &self.config)
    }

    /// Whether the notebook was named by flag or variable.
    pub(super) fn named_notebook(&self) -> Option<PathBuf> {
        self.notebook
            .clone()
            .or_else(|| self.environment.variable("KB_NOTEBOOK").map(PathBuf::from))
            .map(|path| self.environment.path(&path))
    }

    /// Opens the notebook to read.
    pub(super) fn open(&self) -> Result<Notebook, Failure> {
        Ok(Notebook::open(
            &self.notebook_path(),
            session(&self.environment, WriteMode::Commit),
        )?)
    }

    /// Opens the notebook to write.
    pub(super) fn open_to_write(
        &mut self,
        mode: WriteMode,
        if_missing: IfMissing,
    ) -> Result<Notebook, Failure> {
        if let Some(notebook) = self.opened.take() {
            return Ok(notebook.into_writable(mode)?);
        }
        let path = self.notebook_path();
        let (notebook, created) =
            Notebook::open_to_write(&path, session(&self.environment, mode), if_missing)?;
        if created {
            self.messages
                .say(&format!("made a notebook at `{}`", path.display()));
        }
        Ok(notebook)
    }

    /// Whether data on standard output has colour.
    pub(super) fn colour(&self) -> Colour {
        self.colour
    }

    /// Writes data to standard output; long output for a terminal waits for the pager.
    pub(super) fn data(&mut self, text: &str) -> Result<(), Failure> {
        self.put(text.as_bytes())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.pending.extend_from_slice(bytes);
        if !self.paged && self.pending.len() >= CHUNK {
            self.flush()?;
        }
        Ok(())
    }

    /// Text of a user for a person's eyes: as it is in a pipe, with control characters shown on a terminal.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())
    }

    /// As [`Context::text`], for UTF-8 that was just made.
    pub(super) fn bytes(&mut self, text: &[u8]) -> Result<(), Failure> {
        if self.environment.stdout_terminal && self.target.is_none() {
            return self.data(&visible(&String::from_utf8_lossy(text)));
        }
        self.put(text)
    }

    /// From here on the output goes through the pager if it is long and standard output is a terminal.
    pub(super) fn through_pager(&mut self) {
        self.paged = self.environment.stdout_terminal;
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let pending = std::mem::take(&mut self.pending);
        if let Some(target) = &mut self.target {
            return target.write(&pending);
        }
        let mut out = std::io::stdout().lock();
        out.write_all(&pending)
            .and_then(|()| out.flush())
            .map_err(|e| Failure::output(&e))
    }

    /// Writes out what waits.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        if self.paged
            && self.pending.iter().filter(|byte| **byte == b'\n').count() >= terminal::lines()
        {
            let pager = self
                .config
                .value(Key::Pager, &self.environment, None)
                .map_or_else(|| "less -FIRX".to_owned(), |(value, _)| value);
            if terminal::page(&String::from_utf8_lossy(&self.pending), &pager) {
                self.pending.clear();
                return Ok(());
            }
        }
        self.flush()?;
        self.target
            .take()
            .map_or(Ok(()), |file| file.finish(self.replace))
    }

    /// Columns for tables.
    pub(super) fn columns(&self) -> usize {
        terminal::columns(&self.environment)
    }

    /// Whether questions may be asked.
    pub(super) fn interactive(&self) -> bool {
        self.environment.stdin_terminal && self.environment.stderr_terminal
    }

    /// Reads a file, or standard input for `-`.
    pub(super) fn read_bytes(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        let bytes = if path == Path::new("-") {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes).map(|_| bytes)
        } else {
            std::fs::read(self.environment.path(path))
        };
        bytes.map_err(|e| Failure::usage(format!("`{}`: {}", named(path), plain(&e))))
    }

    /// Reads a file, or standard input for `-`, as UTF-8 without NUL.
    pub(super) fn read_text(&self, path: &Path) -> Result<String, Failure> {
        let bytes = self.read_bytes(path)?;
        let name = named(path);
        if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
            return Err(Failure::usage(format!(
                "`{name}` holds a NUL byte at byte {at}, so it is no text"
            )));
        }
        String::from_utf8(bytes).map_err(|e| {
            Failure::usage(format!(
                "`{name}` is not UTF-8: the first wrong byte is byte {}",
                e.utf8_error().valid_up_to()
            ))
        })
    }

    /// Writes a file whole.
    pub(super) fn write_file(&self, path: &Path, text: &[u8]) -> Result<(), Failure> {
        let mut file = OutFile::create(&self.environment.path(path))?;
        file.write(text)?;
        file.finish(Replace::Always)
    }

    /// From here on data goes to a file, which replaces the one of that name when the command has ended
    /// well.
    pub(super) fn redirect(&mut self, path: &Path, replace: Replace) -> Result<(), Failure> {
        self.replace = replace;
        self.target = Some(OutFile::create(&self.environment.path(path))?);
        Ok(())
    }
}

/// A file as messages name it.
fn named(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}
