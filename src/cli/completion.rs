//! Answers a shell that asks kb for completions.

use std::process::ExitCode;

use clap_complete::env::CompleteEnv;

use super::commands::{command, kinds_of};
use super::environment::Environment;
use super::failure::Exit;

/// Prints the completions that the shell asks for. The exit code is 2 if that fails.
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
