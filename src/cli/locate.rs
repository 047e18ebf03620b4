//! Which notebook a command line means, and how it is worked on.

use std::path::PathBuf;

use super::config::{Config, Key};
use super::environment::Environment;
use crate::notebook::Session;
use crate::store::WriteMode;

/// How the notebook is worked on: the time, and the command for the history.
pub(super) fn session(environment: &Environment, mode: WriteMode) -> Session {
    Session {
        clock: environment.clock(),
        command: shell_words::join(environment.words()),
        mode,
    }
}

/// The notebook that a command uses when no flag names one.
pub(super) fn locate(environment: &Environment, config: &Config) -> PathBuf {
    let configured = || {
        config
            .value(Key::Notebook, environment, None)
            .map(|(value, _)| PathBuf::from(value))
    };
    let path = environment
        .variable("KB_NOTEBOOK")
        .map(PathBuf::from)
        .or_else(|| environment.nearest_notebook())
        .or_else(configured);
    path.map_or_else(
        || {
            environment.folders().map_or_else(
                || environment.folder.join(".kb").join("notebook.db"),
                |(data, _)| data.join("notebook.db"),
            )
        },
        |path| environment.path(&path),
    )
}
