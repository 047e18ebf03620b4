//! Errors as the user reads them: the fact, the next command to type, and the exit code. The only
//! place that chooses hints and exit codes.

use std::process::ExitCode;

use super::messages::{MessageKind, Messages};
use crate::model::query_text::QueryError;
use crate::notebook::NotebookError;
use crate::store::{Reversal, StoreError};
use crate::text::english::quoted;
use crate::text::shell;
use crate::text::visible::{visible, width};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// 0: done.
    Done,
    /// 1: nothing found, or no such ref.
    Nothing,
    /// 2: bad usage or input; nothing was changed.
    Usage,
    /// 3: done in part; standard error lists what was left out.
    Partly,
    /// 4: the notebook cannot be used; nothing was changed.
    Unusable,
}

impl Exit {
    /// The exit code.
    pub(super) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Exit::Done => 0,
            Exit::Nothing => 1,
            Exit::Usage => 2,
            Exit::Partly => 3,
            Exit::Unusable => 4,
        })
    }
}

/// An error with its hints and its exit code.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    /// Facts, one per line.
    errors: Vec<String>,
    hints: Vec<String>,
    /// Lines that show where the error is, such as a filter with a caret under it.
    shown: Option<String>,
    /// Whether to report nothing and exit with 0, because the reader closed the pipe.
    quiet: bool,
    /// Whether only the output failed.
    is_output: bool,
}

impl Failure {
    /// An error with exit code 2: bad usage or input.
    pub(super) fn usage(error: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, error)
    }

    /// An error with the given exit code.
    pub(super) fn new(exit: Exit, error: impl Into<String>) -> Failure {
        Failure {
            exit,
            errors: vec![error.into()],
            hints: Vec::new(),
            shown: None,
            quiet: false,
            is_output: false,
        }
    }

    /// Adds a hint: in most cases the next command to type.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hints.push(hint.into());
        self
    }

    /// An error while writing the output. A closed pipe is not reported and exits with 0.
    pub(super) fn output(error: &std::io::Error) -> Failure {
        let quiet = error.kind() == std::io::ErrorKind::BrokenPipe;
        Failure {
            quiet,
            is_output: true,
            ..Failure::new(
                Exit::Usage,
                format!("the output cannot be written: {}", plain(error)),
            )
        }
    }

    /// An error while reading or writing a file.
    pub(super) fn file(path: &std::path::Path, error: &std::io::Error) -> Failure {
        Failure::usage(format!("`{}`: {}", path.display(), plain(error)))
    }

    /// The same failure with the name of the file before each error: `FILE:LINE:COLUMN: …`, or
    /// `FILE: …` where an error has no position.
    pub(super) fn in_file(mut self, name: &str) -> Failure {
        for error in &mut self.errors {
            let space = if error.starts_with(|c: char| c.is_ascii_digit()) {
                ""
            } else {
                " "
            };
            *error = format!("{name}:{space}{error}");
        }
        self
    }

    /// The same failure after a change was committed: if only the output failed, the change was
    /// made, and it must not look as if it was not.
    pub(super) fn after_change(mut self) -> Failure {
        if self.is_output {
            self.exit = Exit::Partly;
            self.hints
                .push("the change was made; look at it with `kb history`".to_owned());
        }
        self
    }

    /// What is wrong, in one line.
    pub(super) fn fact(&self) -> String {
        self.errors.join("; ")
    }

    /// Prints the error and its hints on standard error, and returns the exit code.
    pub(super) fn report(&self, messages: &Messages) -> ExitCode {
        if self.quiet {
            return ExitCode::SUCCESS;
        }
        for error in &self.errors {
            messages.label(MessageKind::Error, error);
        }
        if let Some(shown) = &self.shown {
            messages.line(shown);
        }
        for hint in &self.hints {
            messages.label(MessageKind::Hint, hint);
        }
        self.exit.code()
    }
}

/// The text of an I/O error, in lower case at the start and without the error number.
pub(super) fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or("").to_owned();
    let mut chars = text.chars();
    chars.next().map_or(text.clone(), |first| {
        first.to_lowercase().collect::<String>() + chars.as_str()
    })
}

/// Prints what clap reports and returns the exit code: 0 for help and version, else 2.
pub(super) fn usage(error: &clap::Error, messages: &Messages) -> ExitCode {
    use clap::error::ErrorKind as Kind;
    match error.print() {
        Err(error) => Failure::output(&error).report(messages),
        Ok(()) if matches!(error.kind(), Kind::DisplayHelp | Kind::DisplayVersion) => {
            ExitCode::SUCCESS
        }
        Ok(()) => Exit::Usage.code(),
    }
}

/// Prints the version. Faster than through clap, because no parser is built.
pub(super) fn version(messages: &Messages) -> ExitCode {
    let written = std::io::Write::write_all(
        &mut std::io::stdout().lock(),
        concat!("kb ", env!("CARGO_PKG_VERSION"), "\n").as_bytes(),
    );
    match written {
        Err(error) => Failure::output(&error).report(messages),
        Ok(()) => ExitCode::SUCCESS,
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::output(&error)
    }
}

impl From<NotebookError> for Failure {
    fn from(error: NotebookError) -> Failure {
        let text = error.to_string();
        match error {
            NotebookError::Store(store) => of_store(store),
            NotebookError::Query(query) => of_query(query),
            NotebookError::NoSuch {
                near, text: typed, ..
            } => {
                let failure = Failure::new(Exit::Nothing, text);
                let words = typed.rsplit('/').next().unwrap_or_default();
                if near.is_empty() {
                    failure.hint(format!("kb search {}", shell_words::quote(words)))
                } else {
                    failure.hint(format!("did you mean {}?", quoted(&near, "or")))
                }
            }
            NotebookError::Ambiguous { candidates, .. } => candidates.iter().fold(
                Failure::new(Exit::Nothing, text),
                |failure, (reference, title)| failure.hint(format!("{reference}  {title}")),
            ),
            NotebookError::NoKind { near, known, .. } => {
                let failure = Failure::usage(text);
                if near.is_empty() {
                    failure.hint(format!("the kinds are {}", known.join(", ")))
                } else {
                    failure.hint(format!("did you mean {}?", quoted(&near, "or")))
                }
            }
            NotebookError::Invalid { kind, problems } => {
                let errors = problems
                    .iter()
                    .map(|problem| format!("{}: {}", problem.field, problem.reason.fact))
                    .collect();
                let mut hints: Vec<String> = problems
                    .into_iter()
                    .filter_map(|problem| problem.reason.hint)
                    .collect();
                hints.push(format!("kb add {kind} --help"));
                Failure {
                    errors,
                    hints,
                    ..Failure::usage("")
                }
            }
            NotebookError::Definition { problems, .. } => Failure {
                errors: problems,
                ..Failure::usage("")
            }
            .hint("kb help kinds"),
            NotebookError::Changed { .. } => Failure::usage(text)
                .hint("nothing was overwritten: look at the entry with `kb show` and edit again"),
            NotebookError::NothingTo {
                reversal: Reversal::Undo,
                others,
            } if !others.is_empty() => {
                let failure = Failure::new(Exit::Nothing, text);
                others.iter().fold(failure, |failure, actor| {
                    failure.hint(format!("kb undo --by {}", shell_words::quote(actor)))
                })
            }
            NotebookError::NothingTo { .. } | NotebookError::NotReversible(..) => {
                Failure::new(Exit::Nothing, text).hint("kb history")
            }
            NotebookError::Input { reason, .. } => reason
                .hint
                .into_iter()
                .fold(Failure::usage(text), Failure::hint),
            NotebookError::UnknownField { near, .. } => Failure::usage(text).hint(
                near.map_or("kb schema".to_owned(), |near| format!("did you mean `{near}`?")),
            ),
            NotebookError::DocumentFilter { path, .. } => {
                let path = shell::command_line([path.as_str()]);
                Failure::usage(text).hint(format!("kb document set {path} FILTER"))
            }
            NotebookError::NoStatus { .. } => Failure::usage(text).hint("kb schema"),
            NotebookError::WhichPage { .. } => Failure::usage(text).hint("name one with `--page`"),
            NotebookError::KindHasEntries { name, .. } => {
                Failure::usage(text).hint(format!("`kb kind remove {name} --yes` removes them too"))
            }
            NotebookError::NoFinding { known, .. } => Failure::usage(text)
                .hint(format!("the findings are {}", quoted(&known, "and"))),
            NotebookError::BothChanged { .. } => {
                Failure::usage(text)
                    .hint("`--theirs` takes the text of the file; `kb export FILE --force` writes the notebook over the whole file")
            }
            NotebookError::TakesOff { path, .. } => Failure::usage(text)
                .hint(shell::command_line(["kb", "import", &path, "--yes"]))
                .hint(shell::command_line(["kb", "import", &path, "--dry-run"])),
            NotebookError::NotInEncoding { .. } => Failure::usage(text)
                .hint("write the character as TeX, or save the file as UTF-8 and import it again"),
            NotebookError::PageLayout { .. }
            | NotebookError::DifferentKinds { .. } => Failure::usage(text),
            NotebookError::SameEntry { .. } => Failure::usage(text).hint("kb merge INTO FROM"),
        }
    }
}

/// Chooses the exit code and the hint for an error of the store.
fn of_store(error: StoreError) -> Failure {
    let failure = Failure::new(Exit::Unusable, error.to_string());
    match error {
        StoreError::Missing(path) if path.ends_with(".kb/notebook.db") => failure.hint("kb init"),
        StoreError::Missing(path) => failure.hint(shell_words::join([
            "kb",
            "--notebook",
            &path.display().to_string(),
            "init",
        ])),
        StoreError::Busy => failure.hint("nothing was changed; try again"),
        StoreError::Newer { .. } => failure.hint("nothing was touched; install the newer kb"),
        StoreError::Damaged(_) => failure.hint("kb doctor --salvage NEW.db"),
        StoreError::Index | StoreError::Triggers(_) | StoreError::Shadowed(_) => {
            failure.hint("kb doctor --fix")
        }
        StoreError::Older(_) => {
            failure.hint("`kb doctor --fix` migrates it and keeps a copy of the old file")
        }
        StoreError::Foreign { .. } => {
            failure.hint("nothing was touched; name another file with `--notebook FILE`")
        }
        StoreError::ReadOnly(_)
        | StoreError::Random(_)
        | StoreError::Full
        | StoreError::Sqlite(_)
        | StoreError::File { .. } => failure,
        StoreError::Exists(_) => Failure {
            exit: Exit::Usage,
            ..failure
        }
        .hint("kb list"),
        StoreError::Unconfirmed(_) => Failure {
            exit: Exit::Partly,
            ..failure
        }
        .hint("kb history"),
        StoreError::Sql(_) => Failure {
            exit: Exit::Usage,
            ..failure
        }
        .hint("kb sql \"select name, sql from sqlite_schema\""),
        StoreError::NotUnique { .. } => Failure {
            exit: Exit::Usage,
            ..failure
        },
        StoreError::Conflict { later, .. } => Failure {
            exit: Exit::Usage,
            ..failure
        }
        .hint(later.map_or("kb history".to_owned(), |later| format!("kb undo {later}"))),
    }
}

/// An error in a filter, shown with a caret under the position of the error.
fn of_query(error: QueryError) -> Failure {
    let line = visible(&error.text.replace(['\n', '\t', '\r'], " ")).into_owned();
    let before =
        visible(&error.text[..error.offset.min(error.text.len())].replace(['\n', '\t', '\r'], " "))
            .into_owned();
    let column = error.text[..error.offset.min(error.text.len())]
        .chars()
        .count()
        + 1;
    let shown = format!("  {line}\n  {}^", " ".repeat(width(&before)));
    let failure = Failure {
        shown: Some(shown),
        ..Failure::usage(format!("filter:1:{column}: {}", error.message))
    };
    match error.hint {
        Some(hint) => failure.hint(hint),
        None => failure.hint("kb help filters"),
    }
}
