//! What every verb has at hand: where the notebook is, how to speak, where data goes.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use super::args::Global;
use super::config::{Config, Key};
use super::environment::Environment;
use super::failure::{Failure, plain};
use super::outfile::OutFile;
use super::terminal::{self, LABEL_ERROR, LABEL_HINT, styled};
use crate::notebook::{Notebook, Session};
use crate::text::english::quoted;
use crate::text::visible::{visible, visible_line};

/// What every verb has at hand.
pub struct Context {
    /// The world outside.
    pub environment: Environment,
    /// The configuration.
    pub config: Config,
    quiet: bool,
    colour_out: bool,
    colour_err: bool,
    notebook: Option<PathBuf>,
    /// Data for standard output that waits: for the pager, or for a full buffer.
    pending: Vec<u8>,
    paged: bool,
    /// The notebook, when reading the command line has opened it already.
    opened: Option<Notebook>,
    /// Where data goes instead of standard output.
    target: Option<OutFile>,
    /// Whether a file that says the same already is left alone.
    if_changed: bool,
}

/// Bytes that wait before they are written when there is no pager.
const CHUNK: usize = 64 * 1024;

impl Context {
    /// From the environment and the options that every verb has.
    pub fn new(environment: Environment, global: &Global, opened: Option<Notebook>) -> Context {
        let config = Config::read(&environment);
        let wanted = global.color.as_ref().map(|when| when.to_string()).or_else(|| config.value(Key::Color, &environment, None).map(|(value, _)| value));
        let colour_out = terminal::colour(&environment, wanted.as_deref(), environment.stdout_terminal);
        let colour_err = terminal::colour(&environment, wanted.as_deref(), environment.stderr_terminal);
        let context = Context {
            quiet: global.quiet,
            notebook: global.notebook.clone(),
            colour_out,
            colour_err,
            config,
            environment,
            pending: Vec::new(),
            paged: false,
            opened,
            target: None,
            if_changed: false,
        };
        for warning in &context.config.warnings {
            context.label("warning", warning);
        }
        context
    }

    /// The notebook: flag, `KB_NOTEBOOK`, the nearest above this folder, the configuration, the user's data folder.
    pub fn notebook_path(&self) -> PathBuf {
        if let Some(path) = &self.notebook {
            return self.environment.path(path);
        }
        locate(&self.environment, &self.config)
    }

    /// Whether the notebook was named by flag or variable.
    pub fn named_notebook(&self) -> Option<PathBuf> {
        self.notebook.clone().or_else(|| self.environment.variable("KB_NOTEBOOK").map(PathBuf::from)).map(|path| self.environment.path(&path))
    }

    /// Opens the notebook to read.
    pub fn open(&self) -> Result<Notebook, Failure> {
        Ok(Notebook::open(&self.notebook_path(), session(&self.environment, false))?)
    }

    /// Opens the notebook to write; it is made when it is missing and `create` says so.
    pub fn open_to_write(&mut self, rehearse: bool, create: bool) -> Result<Notebook, Failure> {
        if let Some(mut notebook) = self.opened.take() {
            notebook.set_rehearsal(rehearse);
            return Ok(notebook);
        }
        let path = self.notebook_path();
        let (notebook, made) = Notebook::open_to_write(&path, session(&self.environment, rehearse), create)?;
        if made {
            self.say(&format!("made a notebook at `{}`", path.display()));
        }
        Ok(notebook)
    }

    /// Whether sentences are wanted on standard output's terminal (colour of data).
    pub fn colour(&self) -> bool {
        self.colour_out
    }

    /// Whether what is said on standard error has colour.
    pub fn colour_of_talk(&self) -> bool {
        self.colour_err
    }

    /// Says a sentence on standard error, unless `--quiet`.
    pub fn say(&self, sentence: &str) {
        if !self.quiet {
            self.line(sentence);
        }
    }

    /// Says a sentence when standard error is a terminal, unless `--quiet`.
    pub fn chat(&self, sentence: &str) {
        if self.environment.stderr_terminal {
            self.say(sentence);
        }
    }

    /// A line on standard error, with control characters shown.
    pub fn line(&self, text: &str) {
        tell(&format!("{}\n", visible(text)));
    }

    /// `error: …`, `hint: …`, `warning: …` on standard error.
    pub fn label(&self, label: &str, text: &str) {
        let style = if label == "hint" { LABEL_HINT } else { LABEL_ERROR };
        tell(&format!("{}: {}\n", styled(label, style, self.colour_err), visible_line(text)));
    }

    /// Hints at what may have been meant, unless `--quiet`.
    pub fn did_you_mean(&self, near: &[(String, Vec<String>)]) {
        if !self.quiet {
            for (typed, near) in near {
                self.label("hint", &format!("did you mean {} for `{typed}`?", quoted(near, "or")));
            }
        }
    }

    /// Writes data to standard output; long output for a terminal waits for the pager.
    pub fn data(&mut self, text: &str) -> Result<(), Failure> {
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
    pub fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())
    }

    /// As [`Context::text`], for UTF-8 that was just made.
    pub fn bytes(&mut self, text: &[u8]) -> Result<(), Failure> {
        if self.environment.stdout_terminal && self.target.is_none() {
            return self.data(&visible(&String::from_utf8_lossy(text)));
        }
        self.put(text)
    }

    /// From here on the output goes through the pager if it is long and standard output is a terminal.
    pub fn through_pager(&mut self) {
        self.paged = self.environment.stdout_terminal;
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let pending = std::mem::take(&mut self.pending);
        if let Some(target) = &mut self.target {
            return target.write(&pending);
        }
        let mut out = std::io::stdout().lock();
        out.write_all(&pending).and_then(|()| out.flush()).map_err(|e| Failure::output(&e))
    }

    /// Writes out what waits.
    pub fn finish(&mut self) -> Result<(), Failure> {
        if self.paged && self.pending.iter().filter(|byte| **byte == b'\n').count() >= terminal::lines() {
            let pager = self.config.value(Key::Pager, &self.environment, None).map_or_else(|| "less -FIRX".to_owned(), |(value, _)| value);
            if terminal::page(&String::from_utf8_lossy(&self.pending), &pager) {
                self.pending.clear();
                return Ok(());
            }
        }
        self.flush()?;
        self.target.take().map_or(Ok(()), |file| file.finish(self.if_changed))
    }

    /// Columns for tables.
    pub fn columns(&self) -> usize {
        terminal::columns(&self.environment)
    }

    /// Whether questions may be asked.
    pub fn interactive(&self) -> bool {
        self.environment.stdin_terminal && self.environment.stderr_terminal
    }

    /// Asks for a yes. Only for a terminal.
    pub fn confirm(&self, question: &str) -> bool {
        tell(&format!("{} [y/N] ", visible(question)));
        let mut answer = String::new();
        let _ = std::io::stdin().lock().read_line(&mut answer);
        matches!(answer.trim(), "y" | "Y" | "yes")
    }

    /// Reads a file, or standard input for `-`.
    pub fn read_bytes(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        let bytes = if path == Path::new("-") {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes).map(|_| bytes)
        } else {
            std::fs::read(self.environment.path(path))
        };
        bytes.map_err(|e| Failure::usage(format!("`{}`: {}", named(path), plain(&e))))
    }

    /// Reads a file, or standard input for `-`, as UTF-8 without NUL.
    pub fn read_text(&self, path: &Path) -> Result<String, Failure> {
        let bytes = self.read_bytes(path)?;
        let name = named(path);
        if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
            return Err(Failure::usage(format!("`{name}` holds a NUL byte at byte {at}, so it is no text")));
        }
        String::from_utf8(bytes).map_err(|e| Failure::usage(format!("`{name}` is not UTF-8: the first wrong byte is byte {}", e.utf8_error().valid_up_to())))
    }

    /// Writes a file whole.
    pub fn write_file(&self, path: &Path, text: &[u8]) -> Result<(), Failure> {
        let mut file = OutFile::create(&self.environment.path(path))?;
        file.write(text)?;
        file.finish(false)
    }

    /// From here on data goes to a file, which stands in its place when the command has ended well; with `if_changed` a file that says the
    /// same already is left alone.
    pub fn redirect(&mut self, path: &Path, if_changed: bool) -> Result<(), Failure> {
        self.if_changed = if_changed;
        self.target = Some(OutFile::create(&self.environment.path(path))?);
        Ok(())
    }
}

/// A file as messages name it.
fn named(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// Writes to standard error.
#[expect(clippy::print_stderr, reason = "the one place that does")]
fn tell(text: &str) {
    eprint!("{text}");
}

/// How the notebook is worked on: the time, and the command for the history.
pub fn session(environment: &Environment, rehearse: bool) -> Session {
    Session { clock: environment.clock(), command: shell_words::join(environment.words()), rehearse }
}

/// The notebook that a command uses when no flag names one.
pub fn locate(environment: &Environment, config: &Config) -> PathBuf {
    let configured = || config.value(Key::Notebook, environment, None).map(|(value, _)| PathBuf::from(value));
    let path = environment.variable("KB_NOTEBOOK").map(PathBuf::from).or_else(|| environment.nearest_notebook()).or_else(configured);
    path.map_or_else(
        || environment.folders().map_or_else(|| environment.folder.join(".kb").join("notebook.db"), |(data, _)| data.join("notebook.db")),
        |path| environment.path(&path),
    )
}
