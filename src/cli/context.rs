//! The state that every verb uses: environment, configuration, notebook path, messages and output.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::config::{Config, DECLARED, Key};
use super::dry_run::DryRun;
use super::dry_run_copy::DryRunCopy;
use super::environment::Environment;
use super::failure::{Exit, Failure, plain};
use super::global::Global;
use super::locate::{is_of_another_user, locate, session};
use super::messages::{MessageKind, Messages};
use super::outfile::{OutFile, Overwrite, Replace};
use super::rendered::Page;
use super::terminal::{self, Colour, Stream};
use crate::notebook::{IfMissing, Notebook, Session};
use crate::store::WriteMode;
use crate::text::visible::visible;

/// The environment, the configuration, the notebook and the output of one command.
pub(super) struct Context {
    /// The process environment.
    pub environment: Environment,
    /// The user's configuration.
    pub config: Config,
    /// Messages to standard error.
    pub messages: Messages,
    /// The names of all commands.
    pub verbs: fn() -> Vec<String>,
    colour: Colour,
    /// The path given with `--notebook`.
    notebook: Option<PathBuf>,
    /// Output that is not written yet: it waits for the pager, or until [`CHUNK`] bytes are
    /// pending.
    pending: Vec<u8>,
    /// Whether the output waits for the pager.
    paged: bool,
    /// The notebook, if the parser has already opened it for reading.
    opened: Option<Notebook>,
    /// The file that receives the data instead of standard output.
    target: Option<OutFile>,
    /// What happens if the target file already has the same bytes.
    replace: Replace,
    /// The copy of the notebook that the command works on instead, if it only shows what it would do.
    dry_run_copy: Option<DryRunCopy>,
}

/// The number of pending bytes at which output is written, if no pager is used.
const CHUNK: usize = 64 * 1024;

impl Context {
    /// Builds the context from the environment and the global options. Prints the warnings about
    /// the configuration.
    pub(super) fn new(
        environment: Environment,
        global: &Global,
        opened: Option<Notebook>,
        verbs: fn() -> Vec<String>,
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
            verbs,
            colour: Colour::of(&environment, wanted.as_deref(), Stream::Out),
            notebook: global.notebook.clone(),
            config,
            environment,
            pending: Vec::new(),
            paged: false,
            opened,
            target: None,
            replace: Replace::Always,
            dry_run_copy: None,
        };
        for warning in &context.config.warnings {
            context.messages.label(MessageKind::Warning, warning);
        }
        context
    }

    /// Checks the values of the environment variables of kb and of the user's `config.toml`.
    ///
    /// # Errors
    /// A value is invalid.
    pub(super) fn check_settings(&self) -> Result<(), Failure> {
        if let Some(now) = self.environment.invalid_now() {
            return Err(
                Failure::usage(format!("`KB_NOW`: `{now}` is not a time as in RFC 3339"))
                    .hint("KB_NOW=2026-11-23T12:00:00Z kb list"),
            );
        }
        for declared in &DECLARED {
            let Some((value, from)) = self.config.value(declared.key, &self.environment, None)
            else {
                continue;
            };
            let variable = from.strip_prefix("variable ");
            // A variable of other programs too, such as `EDITOR`, is checked where it is used.
            if variable.is_none_or(|name| name.starts_with("KB_"))
                && let Err(why) = declared.key.check(&value)
            {
                let failure = Failure::usage(format!("`{}` ({from}): {why}", declared.name));
                return Err(match variable {
                    Some(name) => failure.hint(format!("unset {name}")),
                    None => failure,
                });
            }
        }
        Ok(())
    }

    /// The path of the notebook: `--notebook`, `KB_NOTEBOOK`, the nearest `.kb/notebook.db` in this
    /// folder or above it, the configuration, the user's data folder.
    pub(super) fn notebook_path(&self) -> PathBuf {
        if let Some(path) = &self.notebook {
            return self.environment.path(path);
        }
        locate(&self.environment, &self.config)
    }

    /// The path of the notebook if `--notebook` or `KB_NOTEBOOK` names it.
    pub(super) fn named_notebook(&self) -> Option<PathBuf> {
        self.notebook
            .clone()
            .or_else(|| self.environment.variable("KB_NOTEBOOK").map(PathBuf::from))
            .map(|path| self.environment.path(&path))
    }

    /// The path of the notebook, unless it was found in a folder of another user.
    pub(super) fn trusted_path(&self) -> Result<PathBuf, Failure> {
        let path = self.notebook_path();
        if self.named_notebook().is_none() && is_of_another_user(&self.environment, &path) {
            return Err(Failure::new(
                Exit::Unusable,
                format!("`{}` belongs to another user", path.display()),
            )
            .hint(format!(
                "nothing was read; if you trust it, name it: `--notebook {}`",
                path.display()
            )));
        }
        Ok(path)
    }

    /// From now on, the command works on a copy of the notebook.
    pub(super) fn use_dry_run_copy(&mut self) -> Result<(), Failure> {
        if self.dry_run_copy.is_none() {
            self.dry_run_copy = Some(DryRunCopy::of(&self.open()?)?);
            // What the parser has opened is the notebook itself.
            self.opened = None;
        }
        Ok(())
    }

    /// How a command writes: what it does to a copy is kept there.
    pub(super) fn mode(&self, dry_run: DryRun) -> WriteMode {
        match self.dry_run_copy {
            Some(_) => WriteMode::Commit,
            None => dry_run.mode(),
        }
    }

    /// The file to open, and the session.
    fn place(&self, mode: WriteMode) -> Result<(PathBuf, Session), Failure> {
        let session = session(&self.environment, &self.config, mode);
        Ok(match &self.dry_run_copy {
            Some(copy) => (copy.file().to_owned(), copy.session(session)),
            None => (self.trusted_path()?, session),
        })
    }

    /// Opens the notebook for reading.
    pub(super) fn open(&self) -> Result<Notebook, Failure> {
        let (path, session) = self.place(WriteMode::Commit)?;
        Ok(Notebook::open(&path, session)?)
    }

    /// Opens the notebook for writing. Prints a message if this created it.
    pub(super) fn open_to_write(
        &mut self,
        mode: WriteMode,
        if_missing: IfMissing,
    ) -> Result<Notebook, Failure> {
        if let Some(notebook) = self.opened.take() {
            return Ok(notebook.into_writable(mode)?);
        }
        let (path, session) = self.place(mode)?;
        let (notebook, created) = Notebook::open_to_write(&path, session, if_missing)?;
        if created {
            self.messages
                .say(&format!("made a notebook at `{}`", path.display()));
        }
        Ok(notebook)
    }

    /// Whether standard output is coloured.
    pub(super) fn colour(&self) -> Colour {
        self.colour
    }

    /// Writes data unchanged to standard output or to the target file. Paged output is held back
    /// until [`Context::finish`].
    pub(super) fn data(&mut self, text: &str) -> Result<(), Failure> {
        self.put(text.as_bytes())
    }

    /// Adds bytes to the pending output.
    fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.pending.extend_from_slice(bytes);
        if !self.paged && self.pending.len() >= CHUNK {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes text that may contain control characters. A terminal shows them in visible form; a
    /// pipe or a file gets the text unchanged.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())
    }

    /// Writes UTF-8 bytes in the same way as [`Context::text`].
    pub(super) fn bytes(&mut self, text: &[u8]) -> Result<(), Failure> {
        if self.environment.stdout_terminal && self.target.is_none() {
            return self.data(&visible(&String::from_utf8_lossy(text)));
        }
        self.put(text)
    }

    /// Sends the output through the pager, if standard output is a terminal and the output is
    /// longer than the terminal.
    pub(super) fn through_pager(&mut self) {
        self.paged = self.environment.stdout_terminal;
    }

    /// Writes the pending output without the pager.
    fn flush(&mut self) -> Result<(), Failure> {
        let pending = std::mem::take(&mut self.pending);
        if let Some(target) = &mut self.target {
            let written = target.write(&pending);
            if written.is_err() {
                // What is there in part must not take the place of the file.
                self.target = None;
            }
            return written;
        }
        let mut out = std::io::stdout().lock();
        out.write_all(&pending)
            .and_then(|()| out.flush())
            .map_err(|e| Failure::output(&e))
    }

    /// Writes all pending output, through the pager if it fills the terminal, and completes the
    /// target file.
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

    /// The width of the terminal in columns.
    pub(super) fn columns(&self) -> usize {
        terminal::columns(&self.environment)
    }

    /// How standard output shows texts, if it is a terminal.
    pub(super) fn page(&self) -> Page {
        Page::new(&self.environment, self.columns(), self.colour)
    }

    /// Whether the user can be asked: standard input and standard error are both terminals.
    pub(super) fn interactive(&self) -> bool {
        self.environment.stdin_terminal && self.environment.stderr_terminal
    }

    /// Reads a file, or standard input if the path is `-`.
    pub(super) fn read_bytes(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        let bytes = if path == Path::new("-") {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes).map(|_| bytes)
        } else {
            std::fs::read(self.environment.path(path))
        };
        bytes.map_err(|e| Failure::usage(format!("`{}`: {}", named(path), plain(&e))))
    }

    /// Reads a file, or standard input if the path is `-`. Fails if it is not UTF-8 or contains a
    /// NUL byte.
    pub(super) fn read_text(&self, path: &Path) -> Result<String, Failure> {
        let bytes = self.read_bytes(path)?;
        let name = named(path);
        if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
            return Err(Failure::usage(format!(
                "`{name}` is not a text file: NUL byte at byte {at}"
            )));
        }
        refuse_long_lines(&name, &bytes)?;
        String::from_utf8(bytes).map_err(|e| {
            Failure::usage(format!(
                "`{name}` is not UTF-8: the first wrong byte is byte {}",
                e.utf8_error().valid_up_to()
            ))
        })
    }

    /// Writes a file atomically and replaces one of the same name.
    pub(super) fn write_file(&self, path: &Path, text: &[u8]) -> Result<(), Failure> {
        let mut file = OutFile::create(&self.environment.path(path), Overwrite::Always)?;
        file.write(text)?;
        file.finish(Replace::Always)
    }

    /// Replaces a file that may be overwritten with bytes, unless it has them. After an error, the file is
    /// as it was.
    pub(super) fn rewrite_file(
        &self,
        path: &Path,
        bytes: &[u8],
        overwrite: Overwrite,
    ) -> Result<(), Failure> {
        let mut file = OutFile::create(&self.environment.path(path), overwrite)?;
        file.write(bytes)?;
        file.finish(Replace::IfChanged)
    }

    /// Sends all further data to a file. An existing file is replaced only by [`Context::finish`],
    /// and only if it may be overwritten.
    pub(super) fn redirect(
        &mut self,
        path: &Path,
        replace: Replace,
        overwrite: Overwrite,
    ) -> Result<(), Failure> {
        let target = self.environment.path(path).canonicalize().ok();
        if target.is_some() && target == self.notebook_path().canonicalize().ok() {
            return Err(Failure::usage(format!(
                "`{}` is the notebook itself",
                path.display()
            )));
        }
        self.replace = replace;
        self.target = Some(OutFile::create(&self.environment.path(path), overwrite)?);
        Ok(())
    }
}

/// The name of a file in messages.
pub(super) fn named(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// The longest line of a text file that is read, in bytes: above what any entry holds.
const LONGEST_LINE: usize = 16 << 20;

/// Refuses a text with a line that no entry could hold, before it is parsed: that would take many
/// times its size in memory.
pub(super) fn refuse_long_lines(name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    match lines.position(|line| line.len() > LONGEST_LINE) {
        None => Ok(()),
        Some(before) => Err(Failure::usage(format!(
            "{name}:{}:1: the line is longer than 16 MB",
            before + 1
        ))),
    }
}
