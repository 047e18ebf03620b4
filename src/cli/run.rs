//! Runs one command line: parses the words, calls the verb and returns the exit code.

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgMatches, FromArgMatches};

use super::commands::{Cli, CommandLine, Verb, command, kinds_of, verb_names};
use super::context::Context;
use super::environment::Environment;
use super::failure::{Exit, Failure};
use super::messages::Messages;
use super::misuse::misuse;
use super::progress::Progress;
use super::terminal::{Colour, Stream};
use super::{completion, failure, verbs};

/// The name of the file that standard output is, if an unquoted filter such as `year>=2020` made it.
fn redirected_by_mistake(environment: &Environment) -> Option<String> {
    if environment.stdout_terminal {
        return None;
    }
    let path = std::fs::read_link("/proc/self/fd/1").ok()?;
    let name = path.file_name()?.to_string_lossy().into_owned();
    name.starts_with('=').then_some(name)
}

/// Runs the command line of this process and returns its exit code.
pub fn run() -> ExitCode {
    keep_running_past_file_size_limits();
    let environment = Environment::read();
    // The shell sets `COMPLETE` to ask for completions; the words are then not a command to run.
    if environment.completing() {
        return completion::answer(&environment);
    }
    if environment.asks_version() {
        return failure::version(&messages_of(&environment));
    }
    let mut line = CommandLine::of(&environment);
    let matches = match line.command.try_get_matches_from_mut(line.words) {
        Ok(matches) => matches,
        Err(error) => return refuse(&error, &environment),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, &environment),
    };
    let mut context = Context::new(environment, &cli.global, line.opened, verb_names);
    if let Err(failure) = context.check_settings() {
        return failure.report(&context.messages);
    }
    if let Some(kind) = &line.inferred {
        context.messages.say(&format!("taken as a {kind}"));
    }
    if let Some(name) = redirected_by_mistake(&context.environment) {
        context.messages.say(&format!(
            "the shell writes the output to the file `{name}`: quote a filter with `>`\n  kb list 'year>={}'",
            name.trim_start_matches('=')
        ));
    }
    Progress::watch(&context);
    // If the verb fails, output that is still pending is discarded, unless the verb has called
    // `finish` itself.
    let result =
        dispatch(cli.verb, &matches, &mut context).and_then(|exit| context.finish().map(|()| exit));
    let effects = &context.environment.effects;
    effects.unwatch();
    for sentence in effects.take_sentences() {
        context.messages.say(&sentence);
    }
    match result {
        Ok(exit) => exit.code(),
        Err(failure) if effects.has_committed() => failure.after_change().report(&context.messages),
        Err(failure) => failure.report(&context.messages),
    }
}

/// Prints the help that was asked for, or what is wrong with the command line.
fn refuse(error: &clap::Error, environment: &Environment) -> ExitCode {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return failure::usage(error, &messages_of(environment));
    }
    let words = environment.words();
    misuse(error, &words, &kinds_of(environment)).report(&messages_of(environment))
}

/// The messages of a command line that is not parsed yet.
fn messages_of(environment: &Environment) -> Messages {
    Messages {
        quiet: false,
        terminal: environment.stderr_terminal,
        colour: Colour::of(environment, None, Stream::Err),
    }
}

/// Makes a write beyond the limit of `ulimit -f` fail with an error, as on a full disk, instead of
/// ending the process in the middle of its work.
fn keep_running_past_file_size_limits() {
    #[cfg(unix)]
    {
        let reached = std::sync::Arc::default();
        // Without the handler, only the exit code is less clear.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, reached);
    }
}

/// Runs a verb; without one, the dashboard.
fn dispatch(
    verb: Option<Verb>,
    matches: &ArgMatches,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let Some(verb) = verb else {
        return verbs::dashboard::run(context);
    };
    match verb {
        Verb::Init(args) => verbs::init::run(&args, context),
        // The arguments of `add` depend on the kinds of the notebook, so they are not in a struct.
        Verb::Add(_) => verbs::add::run(matches, context),
        Verb::Edit(args) => verbs::edit::run(&args, context),
        Verb::Set(args) => verbs::set::run(&args, context),
        Verb::Remove(args) => verbs::remove::run(&args, context),
        Verb::List(args) => verbs::list::run(&args, context),
        Verb::Show(args) => verbs::show::run(&args, context),
        Verb::Search(args) => verbs::search::run(&args, context),
        Verb::Similar(args) => verbs::similar::run(&args, context),
        Verb::Find(args) => verbs::find::run(&args, context),
        Verb::View(verb) => verbs::view::run(verb, context),
        Verb::Document(verb) => verbs::document::run(verb, context),
        Verb::Stats(args) => verbs::stats::run(&args, context),
        Verb::Topics(args) => verbs::labels::topics(&args, context),
        Verb::Tags(args) => verbs::labels::tags(&args, context),
        Verb::Open(args) => verbs::open::run(&args, context),
        Verb::Copy(args) => verbs::copy::run(&args, context),
        Verb::Attach(args) => verbs::attach::run(&args, context),
        Verb::Jot(args) => verbs::jot::run(&args, context),
        Verb::Inbox(args) => verbs::inbox::run(&args, context),
        Verb::Merge(args) => verbs::merge::run(&args, context),
        Verb::Link(args) => verbs::link::run(&args, context),
        Verb::History(args) => verbs::history::run(&args, context),
        Verb::Undo(args) => verbs::undo::undo(&args, context),
        Verb::Redo(args) => verbs::undo::redo(&args, context),
        Verb::Purge(args) => verbs::purge::run(&args, context),
        Verb::Fetch(args) => verbs::fetch::run(&args, context),
        Verb::Cite(args) => verbs::cite::run(&args, context),
        Verb::Import(args) => verbs::import::run(&args, context),
        Verb::Export(args) => verbs::export::run(&args, context),
        Verb::Publish(args) => verbs::publish::run(&args, context),
        Verb::Sync(args) => verbs::sync::run(&args, context),
        Verb::Status(args) => verbs::status::run(&args, context),
        Verb::Kind(args) => verbs::kind::run(args, context),
        Verb::Sql(args) => verbs::sql::run(&args, context),
        Verb::Schema(args) => verbs::schema::run(&args, context),
        Verb::Config(args) => verbs::config::run(&args, context),
        Verb::Doctor(args) => verbs::doctor::run(&args, context),
        Verb::Backup(args) => verbs::backup::run(&args, context),
        Verb::Completions(args) => verbs::completions::run(&args, context),
        Verb::Man(args) => {
            verbs::man::run(&args, command(&kinds_of(&context.environment)), context)
        }
        Verb::Help(args) => {
            verbs::help::run(&args, command(&kinds_of(&context.environment)), context)
        }
    }
}
