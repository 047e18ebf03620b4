//! The parser of the command line: all verbs, with a subcommand of `kb add` for each kind. Start
//! reading at [`CommandLine::of`].

use std::cell::LazyCell;
use std::ffi::OsString;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Args, Command, CommandFactory, Parser, Subcommand};

use super::config::Config;
use super::dry_run::DryRun;
use super::environment::Environment;
use super::global::Global;
use super::hyphens::{WordKind, guard};
use super::locate::{is_of_another_user, locate, session};
use super::reach::Reach;
use super::topics::TOPICS;
use super::{complete, verbs};
use crate::format::page::{holds_links, holds_works, is_work_address};
use crate::model::kinds::INBOX;
use crate::model::{Field, FieldType, Kind, Kinds, identifier};
use crate::notebook::Notebook;
use crate::notebook::capture::is_citation;
use crate::store::WriteMode;

/// A structured knowledge base: goals, papers, terms and more, in one SQLite file
#[derive(Debug, Parser)]
#[command(
    name = "kb",
    version,
    disable_help_subcommand = true,
    propagate_version = false,
    max_term_width = 100
)]
#[command(after_help = "`kb help` lists the topics that are explained, such as `kb help filters`.")]
pub(super) struct Cli {
    /// Options that every verb has.
    #[command(flatten)]
    pub global: Global,
    /// The verb; without one, a screen says where one is.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// The verbs. The doc comment of each argument struct is the help text of its verb.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    Init(verbs::init::InitArguments),
    Add(verbs::add::AddArguments),
    Edit(verbs::edit::EditArguments),
    Set(verbs::set::SetArguments),
    #[command(visible_alias = "rm")]
    Remove(verbs::remove::RemoveArguments),
    #[command(visible_alias = "ls")]
    List(verbs::list::ListArguments),
    Show(verbs::show::ShowArguments),
    Search(verbs::search::SearchArguments),
    Similar(verbs::similar::SimilarArguments),
    #[command(visible_alias = "pick")]
    Find(verbs::find::FindArguments),
    #[command(subcommand)]
    View(verbs::view::ViewVerb),
    #[command(subcommand)]
    Document(verbs::document::DocumentVerb),
    Stats(verbs::stats::StatsArguments),
    Topics(verbs::labels::TopicsArguments),
    Tags(verbs::labels::TagsArguments),
    Open(verbs::open::OpenArguments),
    Copy(verbs::copy::CopyArguments),
    Attach(verbs::attach::AttachArguments),
    Jot(verbs::jot::JotArguments),
    Inbox(verbs::inbox::InboxArguments),
    Link(verbs::link::LinkArguments),
    Merge(verbs::merge::MergeArguments),
    History(verbs::history::HistoryArguments),
    Undo(verbs::undo::UndoArguments),
    Redo(verbs::undo::RedoArguments),
    Purge(verbs::purge::PurgeArguments),
    Fetch(verbs::fetch::FetchArguments),
    Cite(verbs::cite::CiteArguments),
    Import(verbs::import::ImportArguments),
    Export(verbs::export::ExportArguments),
    Sync(verbs::sync::SyncArguments),
    Publish(verbs::publish::PublishArguments),
    Status(verbs::status::StatusArguments),
    #[command(subcommand)]
    Kind(verbs::kind::KindVerb),
    Sql(verbs::sql::SqlArguments),
    Schema(verbs::schema::SchemaArguments),
    Config(verbs::config::ConfigArguments),
    Doctor(verbs::doctor::DoctorArguments),
    Backup(verbs::backup::BackupArguments),
    Completions(verbs::completions::CompletionsArguments),
    Man(verbs::man::ManArguments),
    Help(verbs::help::HelpArguments),
}

/// A command line that is ready to be parsed.
pub(super) struct CommandLine {
    /// The parser: of all verbs, or only of the verb that the words name.
    pub command: Command,
    /// The words of the command line, as [`guard`] rewrote them.
    pub words: Vec<OsString>,
    /// The notebook, opened for reading, if the parser needed its kinds.
    pub opened: Option<Notebook>,
    /// The kind that `kb add` was not given, and that the identifier or address after it tells.
    pub inferred: Option<String>,
}

impl CommandLine {
    /// Prepares the command line of this process. Builds only the verb that it names, where that is
    /// possible, because that is faster.
    pub(super) fn of(environment: &Environment) -> CommandLine {
        let mut inferred = None;
        let (with_kind, with_work);
        let mut words = environment.arguments();
        let verb = verb_of(words);
        let (command, opened) = match verb.as_deref() {
            Some("add") => {
                let opened = opened(environment);
                let built_in = LazyCell::new(Kinds::built_in);
                let kinds = opened.as_ref().map_or_else(|| &*built_in, Notebook::kinds);
                if let Some(whole) = piped(words).or_else(|| noted(words, kinds)) {
                    with_kind = whole;
                    words = &with_kind;
                }
                // A kind that is named needs only its own subcommand.
                if let Some((at, kind)) = inferred_kind(words, kinds) {
                    let mut whole = words.to_vec();
                    whole.insert(at, OsString::from(&kind));
                    (with_work, inferred) = (whole, Some(kind));
                    words = &with_work;
                }
                let named = words_after(words, "add");
                let own = named.as_ref().and_then(|word| kinds.get(word));
                // The kind of the inbox exists from the first note on.
                let is_inbox = own.is_none() && named.as_deref() == Some("inbox");
                let inbox = is_inbox.then(|| Kind::read(INBOX).ok()).flatten();
                let add = || verbs::add::AddArguments::augment_args(Command::new("add"));
                let command = own.or(inbox.as_ref()).map_or_else(
                    || command(kinds),
                    |kind| root().subcommand(with_kinds(add(), std::slice::from_ref(kind))),
                );
                (command, opened)
            }
            Some("list" | "ls") => (only::<verbs::list::ListArguments>("list", Some("ls")), None),
            Some("show") => (only::<verbs::show::ShowArguments>("show", None), None),
            Some("search") => (only::<verbs::search::SearchArguments>("search", None), None),
            Some("set") => (only::<verbs::set::SetArguments>("set", None), None),
            // These describe every verb, with a `kb add` for each kind.
            Some("help" | "man" | "completions") => (command(&kinds_of(environment)), None),
            _ => (Cli::command(), None),
        };
        let called = verb
            .as_deref()
            .and_then(|verb| command.find_subcommand(verb));
        // `get_name` returns the name of the verb even if an alias was typed: `list` for `ls`.
        let kind = called.map_or(WordKind::Plain, |verb| word_kind(verb.get_name()));
        let words = match called.filter(|_| kind != WordKind::Plain) {
            Some(verb) => guard(words, kind, &command, verb),
            None => words.to_vec(),
        };
        CommandLine {
            command,
            words,
            opened,
            inferred,
        }
    }
}

/// The words of `kb add` without more words, with what is piped into it: a citation or an identifier, or
/// a note whose first line is its title.
fn piped(words: &[OsString]) -> Option<Vec<OsString>> {
    let at = words.iter().position(|word| word == "add")? + 1;
    let is_option = |word: &OsString| word.to_string_lossy().starts_with('-');
    let is_bare = words[at..].iter().all(is_option);
    if !is_bare || std::io::stdin().is_terminal() {
        return None;
    }
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).ok()?;
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let is_one = is_work(text) || is_url(text) && !text.contains(char::is_whitespace);
    let (title, body) = match text.split_once('\n') {
        Some((title, body)) if !is_one => (title.trim(), Some(body.trim())),
        _ => (text, None),
    };
    let mut whole = words[..at].to_vec();
    if !is_one {
        whole.push("inbox".into());
    }
    whole.push(title.into());
    whole.extend(body.map(OsString::from));
    whole.extend_from_slice(&words[at..]);
    Some(whole)
}

/// The words of `kb add "several words"`, which go to the inbox.
fn noted(words: &[OsString], kinds: &Kinds) -> Option<Vec<OsString>> {
    let after = words.iter().position(|word| word == "add")? + 1;
    // The options of a note that take the next word.
    let takes_next = [
        "--notebook",
        "--color",
        "--topic",
        "--tag",
        "--alias",
        "--slug",
    ];
    let mut is_value = false;
    let word = words[after..].iter().find(|word| {
        let is_option = word.to_string_lossy().starts_with('-');
        let is_word = !std::mem::replace(&mut is_value, false) && !is_option;
        is_value = takes_next.iter().any(|option| *word == option);
        is_word
    })?;
    let word = word.to_str()?;
    let is_note = word.trim().contains(char::is_whitespace)
        && !word.starts_with('@')
        && kinds.get(word).is_none();
    is_note.then(|| {
        let mut whole = words.to_vec();
        whole.insert(after, "inbox".into());
        whole
    })
}

/// The kind of what `kb add` is given instead of a kind, and the place of the missing word: that of works
/// for a DOI, an arXiv id, a citation in BibTeX or the address of a paper, that of links for any other
/// address.
fn inferred_kind(words: &[OsString], kinds: &Kinds) -> Option<(usize, String)> {
    let at = words.iter().position(|word| word == "add")? + 1;
    let word = words
        .get(at)?
        .to_str()
        .filter(|word| kinds.get(word).is_none())?;
    let is_work = is_work(word) || is_url(word) && is_work_address(word);
    let kind = match (is_work, is_url(word)) {
        (true, _) => kinds.iter().find(|kind| holds_works(kind)),
        (false, true) => kinds.iter().find(|kind| holds_links(kind)),
        _ => None,
    };
    Some((at, kind?.name.clone()))
}

/// Whether `kb add` takes the text as a work: a DOI, an arXiv id, or a citation in BibTeX.
fn is_work(text: &str) -> bool {
    is_citation(text) || identifier::doi(text).is_ok() || identifier::arxiv(text).is_ok()
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// How [`guard`] reads the words of a verb that begin with a hyphen.
fn word_kind(verb: &str) -> WordKind {
    match verb {
        "search" => WordKind::Search,
        "list" | "similar" | "find" | "view" | "fetch" | "export" | "set" | "remove" => {
            WordKind::Filter
        }
        "add" => WordKind::Text,
        _ => WordKind::Plain,
    }
}

/// The notebook that the command line means, opened for reading; `None` if it cannot be opened or
/// was found in a folder of another user.
fn opened(environment: &Environment) -> Option<Notebook> {
    let config = Config::read(environment);
    let path = match named(environment.arguments()) {
        Some(path) => environment.path(&path),
        None => {
            let path = locate(environment, &config);
            let is_named = environment.variable("KB_NOTEBOOK").is_some();
            if !is_named && is_of_another_user(environment, &path) {
                return None;
            }
            path
        }
    };
    Notebook::open(&path, session(environment, &config, WriteMode::Commit)).ok()
}

/// A parser with a single verb. Building all verbs takes as long as the rest of a short command.
fn only<A: Args>(verb: &'static str, alias: Option<&'static str>) -> Command {
    root().subcommand(A::augment_args(Command::new(verb).visible_aliases(alias)))
}

/// A parser without verbs, with the settings and the global options of [`Cli`].
fn root() -> Command {
    let root = Command::new("kb")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .max_term_width(100)
        .subcommand_required(true);
    Global::augment_args(root)
}

/// The parser of all verbs, with a subcommand of `kb add` for each kind.
pub(super) fn command(kinds: &Kinds) -> Command {
    let kinds: Vec<Kind> = kinds.iter().cloned().collect();
    let command = Cli::command();
    let topics = TOPICS.iter().map(|(name, ..)| *name);
    let verbs = command.get_subcommands().map(Command::get_name);
    let explained: Vec<String> = topics.chain(verbs).map(str::to_owned).collect();
    command
        .mut_subcommand("add", |add| with_kinds(add, &kinds))
        .mut_subcommand("help", |help| {
            help.mut_arg("words", |words| words.add(complete::choices(explained)))
        })
}

/// Adds a subcommand for each kind to `kb add`.
fn with_kinds(add: Command, kinds: &[Kind]) -> Command {
    let add = add.subcommands(kinds.iter().map(add_kind));
    add.subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_value_name("KIND")
        .subcommand_help_heading("Kinds")
}

/// The names of all verbs.
pub(super) fn verb_names() -> Vec<String> {
    let command = Cli::command();
    let verbs = command.get_subcommands();
    verbs.map(|verb| verb.get_name().to_owned()).collect()
}

/// The kinds of the notebook, or the built-in kinds if it cannot be opened.
pub(super) fn kinds_of(environment: &Environment) -> Kinds {
    opened(environment).map_or_else(Kinds::built_in, |notebook| notebook.kinds().clone())
}

/// The first word that is neither an option nor the value of `--notebook` or `--color`.
fn verb_of(words: &[OsString]) -> Option<String> {
    let mut skip = false;
    for word in words.iter().skip(1).map(|word| word.to_string_lossy()) {
        if std::mem::take(&mut skip) {
            continue;
        }
        match word.as_ref() {
            // The global options that take the next word as their value.
            "--notebook" | "--color" => skip = true,
            option if option.starts_with('-') => {}
            verb => return Some(verb.to_owned()),
        }
    }
    None
}

/// The word after the first occurrence of `verb`.
/// It can be an option, as in `kb add --dry-run paper`; the parser is then built with all kinds.
fn words_after(words: &[OsString], verb: &str) -> Option<String> {
    let at = words.iter().position(|word| word == verb)?;
    words
        .get(at + 1)
        .map(|word| word.to_string_lossy().into_owned())
}

/// The value of `--notebook`.
/// It is read before clap parses the words, because the parser needs the kinds of that notebook.
fn named(words: &[OsString]) -> Option<PathBuf> {
    let mut words = words.iter().skip(1);
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        if text == "--notebook" {
            return words.next().map(PathBuf::from);
        }
        if let Some(path) = text.strip_prefix("--notebook=") {
            return Some(Path::new(path).to_owned());
        }
    }
    None
}

/// The subcommand `kb add KIND`, with arguments for the title, the body, the common fields and the
/// fields of the kind.
fn add_kind(kind: &Kind) -> Command {
    let identified = [FieldType::Doi, FieldType::Arxiv, FieldType::Url]
        .iter()
        .any(|field_type| kind.first(*field_type).is_some());
    let named = if identified {
        "Its name, one line; or a DOI, an arXiv id, an address or a citation in BibTeX"
    } else {
        "Its name, one line"
    };
    let mut command = Command::new(kind.name.clone())
        .alias(kind.plural.clone())
        .about(kind.summary.clone())
        .arg(
            Arg::new("title")
                .value_name("TITLE")
                .help(named)
                .required_unless_present("edit"),
        )
        .arg(
            Arg::new("edit")
                .long("edit")
                .short('e')
                .action(ArgAction::SetTrue)
                .help("Write it in your editor, with all fields of the kind"),
        )
        .arg(
            Arg::new("body")
                .value_name("BODY")
                .help("Its text in Markdown; `-` reads standard input"),
        )
        .arg(
            many("topics", "topic", "TOPIC", "A subject heading; `/` nests")
                .add(complete::topics()),
        )
        .arg(many("tags", "tag", "TAG", "A free label").add(complete::tags()))
        .arg(many("aliases", "alias", "NAME", "Another name for it"))
        .arg(
            Arg::new("private")
                .long("private")
                .action(ArgAction::SetTrue)
                .help("Leave it out of everything that is published"),
        )
        .arg(
            Arg::new("public")
                .long("public")
                .action(ArgAction::SetTrue)
                .conflicts_with("private")
                .help("Publish it even if the kind is private"),
        )
        .arg(
            Arg::new("slug")
                .long("slug")
                .value_name("SLUG")
                .help("The handle it is called by, instead of one made from the title"),
        )
        .arg(
            Arg::new("on_duplicate")
                .long("on-duplicate")
                .value_name("WHAT")
                .value_parser(verbs::import::on_duplicate())
                .help("What to do if an entry of the kind has the same title, alias or identifier"),
        )
        .arg(
            Arg::new("position")
                .long("position")
                .value_name("NUMBER")
                .allow_negative_numbers(true)
                .help("Its place in the order"),
        );
    // `augment_args` also sets the help text from the doc comment of its struct: restore that of
    // the kind.
    command = DryRun::augment_args(command)
        .about(kind.summary.clone())
        .long_about(None);
    if identified {
        command = Reach::augment_args(command)
            .about(kind.summary.clone())
            .long_about(None);
        command = command.arg(
            Arg::new("fetch")
                .long("fetch")
                .action(ArgAction::SetTrue)
                .help("Ask the web for what is missing; nothing else does"),
        );
    }
    for field in &kind.fields {
        command = command.arg(field_flag(field));
        if field.year {
            command = command.arg(
                Arg::new("year")
                    .long("year")
                    .value_name("YEAR")
                    .conflicts_with(field.name.clone())
                    .help("The year, as a short form of the period"),
            );
        }
    }
    command
}

/// A flag that can be repeated.
fn many(id: &'static str, flag: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(id)
        .long(flag)
        .value_name(value)
        .action(ArgAction::Append)
        .help(help)
}

/// The flag of `kb add KIND` for a field of the kind.
fn field_flag(field: &Field) -> Arg {
    let flag = field.flag();
    let help = if field.required {
        format!("{} [required]", field.help)
    } else {
        field.help.clone()
    };
    let mut arg = Arg::new(field.name.clone())
        .long(flag.clone())
        .help(help)
        .value_name(field.field_type.placeholder());
    // The name of the field works too: `--authors` for `--author`.
    let plural = field.name.replace('_', "-");
    if plural != flag {
        arg = arg.alias(plural);
    }
    arg = match field.field_type {
        // The choices serve help and completion only. Admission checks them, because it ignores
        // case and suggests near misses.
        FieldType::Choice => arg
            .add(complete::choices(field.choices.clone()))
            .help(format!("{} [{}]", field.help, field.choices.join(", "))),
        // A bare flag is `yes`. A value needs `=`, so that the next word is not taken as the value.
        FieldType::Flag => arg
            .num_args(0..=1)
            .default_missing_value("yes")
            .require_equals(true),
        // The year -0043 is a negative number.
        FieldType::Integer | FieldType::Number | FieldType::Period => {
            arg.allow_negative_numbers(true)
        }
        FieldType::Ref => arg.add(complete::refs()),
        _ => arg,
    };
    if field.many {
        arg.action(ArgAction::Append)
    } else {
        arg
    }
}
