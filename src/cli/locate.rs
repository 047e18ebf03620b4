//! Finds the notebook of a command, and describes the session that the history records.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::config::{Config, Key};
use super::environment::Environment;
use crate::notebook::Session;
use crate::store::{CommandId, WriteMode, command_id};

/// The id of the command that this process runs.
static COMMAND_ID: OnceLock<Option<CommandId>> = OnceLock::new();

/// The session of this process: the time, who writes with which command line, and the write mode.
///
/// All that this process writes is one command.
pub(super) fn session(environment: &Environment, config: &Config, mode: WriteMode) -> Session {
    let actor = config.value(Key::Actor, environment, None);
    Session {
        clock: environment.clock(),
        command: shell_words::join(environment.words()),
        actor: actor.map_or_else(String::new, |(actor, _)| actor),
        command_id: *COMMAND_ID.get_or_init(command_id),
        mode,
        effects: environment.effects.clone(),
        folder: None,
    }
}

/// The path of the notebook if no flag names one: `KB_NOTEBOOK`, the nearest `.kb/notebook.db` in
/// this folder or above it, the configuration, the user's data folder.
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

/// Whether a path is that of the nearest notebook, which was not asked for by name, and it belongs to
/// another user, who could have made it to mislead.
pub(super) fn is_of_another_user(environment: &Environment, path: &Path) -> bool {
    environment.nearest_notebook().as_deref() == Some(path) && environment.is_of_another_user(path)
}
