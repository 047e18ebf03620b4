//! The answer to a shell that asks for completions.

use std::process::ExitCode;

use clap_complete::env::CompleteEnv;

use super::commands::{command, kinds_of};
use super::environment::Environment;
use super::failure::Exit;

/// Answers a shell that asks for completions.
pub(super) fn answer(environment: &Environment) -> ExitCode {
    let kinds = kinds_of(environment);
    let done = CompleteEnv::with_factory(|| command(&kinds))
        .try_complete(environment.arguments().to_vec(), Some(&environment.folder));
    if done.is_ok() {
        ExitCode::SUCCESS
    } else {
        Exit::Usage.code()
    }
}
