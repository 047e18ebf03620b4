//! The process environment: clock, environment variables, arguments and folders. No other file
//! reads them.
#![expect(
    clippy::disallowed_methods,
    reason = "the one file that may ask the clock and the environment"
)]

use std::cell::OnceCell;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Local, Utc};
use etcetera::BaseStrategy;

use crate::model::Clock;
use crate::store::Effects;

/// The arguments, the working folder, and which standard streams are terminals.
#[derive(Debug, Clone)]
pub(super) struct Environment {
    arguments: Vec<OsString>,
    /// The working folder.
    pub folder: PathBuf,
    /// Whether standard input is a terminal.
    pub stdin_terminal: bool,
    /// Whether standard output is a terminal.
    pub stdout_terminal: bool,
    /// Whether standard error is a terminal.
    pub stderr_terminal: bool,
    /// What the operations of this process did.
    pub effects: Effects,
    /// The nearest notebook, once it has been looked for.
    nearest: OnceCell<Option<PathBuf>>,
}

impl Environment {
    /// Reads everything that does not change while a command runs.
    pub(super) fn read() -> Environment {
        Environment {
            arguments: std::env::args_os().collect(),
            folder: std::env::current_dir().unwrap_or_default(),
            stdin_terminal: std::io::stdin().is_terminal(),
            stdout_terminal: std::io::stdout().is_terminal(),
            stderr_terminal: std::io::stderr().is_terminal(),
            effects: Effects::default(),
            nearest: OnceCell::new(),
        }
    }

    /// The arguments, starting with the name of the program.
    pub(super) fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// Whether the only argument is `--version` or `-V`.
    pub(super) fn asks_version(&self) -> bool {
        matches!(self.arguments.as_slice(), [_, only] if only == "--version" || only == "-V")
    }

    /// The arguments as text, without the name of the program. Bytes that are not Unicode are
    /// replaced.
    pub(super) fn words(&self) -> Vec<String> {
        self.arguments
            .iter()
            .skip(1)
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    /// The value of an environment variable, if it is set, Unicode and not empty.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    /// Whether a shell asks for completions with the variable `COMPLETE`.
    pub(super) fn completing(&self) -> bool {
        self.variable("COMPLETE").is_some_and(|shell| shell != "0")
    }

    /// The current time, or `KB_NOW` (RFC 3339) if it is set. `today` is the date in the local time
    /// zone, or in that of `KB_NOW`.
    pub(super) fn clock(&self) -> Clock {
        match self
            .variable("KB_NOW")
            .and_then(|text| DateTime::parse_from_rfc3339(&text).ok())
        {
            Some(now) => Clock {
                now: now.to_utc(),
                today: now.date_naive(),
            },
            None => Clock {
                now: Utc::now(),
                today: Local::now().date_naive(),
            },
        }
    }

    /// The value of `KB_NOW` if it is not a time.
    pub(super) fn invalid_now(&self) -> Option<String> {
        self.variable("KB_NOW")
            .filter(|text| DateTime::parse_from_rfc3339(text).is_err())
    }

    /// Formats a time of the notebook as `2024-05-06 07:08` in the local time zone. With `KB_NOW`,
    /// it stays in its own time zone. Text that is not RFC 3339 is returned unchanged.
    pub(super) fn local(&self, stamp: &str) -> String {
        match DateTime::parse_from_rfc3339(stamp) {
            Ok(time) if self.variable("KB_NOW").is_some() => {
                time.format("%Y-%m-%d %H:%M").to_string()
            }
            Ok(time) => time
                .with_timezone(&Local)
                .format("%Y-%m-%d %H:%M")
                .to_string(),
            Err(_) => stamp.to_owned(),
        }
    }

    /// The user's folders for data and for configuration, in this order.
    pub(super) fn folders(&self) -> Option<(PathBuf, PathBuf)> {
        let base = etcetera::choose_base_strategy().ok()?;
        Some((base.data_dir().join("kb"), base.config_dir().join("kb")))
    }

    /// The nearest `.kb/notebook.db` in this folder or above it.
    pub(super) fn nearest_notebook(&self) -> Option<PathBuf> {
        let look = || {
            self.folder
                .ancestors()
                .map(|folder| folder.join(".kb").join("notebook.db"))
                .find(|path| path.symlink_metadata().is_ok())
        };
        self.nearest.get_or_init(look).clone()
    }

    /// Whether a file, or the folder that it is in, belongs to another user. With `sudo`, the user
    /// who called it counts as the same one.
    pub(super) fn is_of_another_user(&self, path: &Path) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let own = rustix::process::geteuid().as_raw();
            let caller = self.variable("SUDO_UID").and_then(|uid| uid.parse().ok());
            let is_other = |path: &Path| {
                std::fs::metadata(path)
                    .is_ok_and(|meta| meta.uid() != own && Some(meta.uid()) != caller)
            };
            is_other(path) || path.parent().is_some_and(is_other)
        }
        #[cfg(not(unix))]
        {
            let _ = path;
            false
        }
    }

    /// Resolves a path relative to the working folder.
    pub(super) fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}
