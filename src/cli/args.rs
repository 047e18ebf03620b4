//! The arguments: options that every verb has, the verbs, and the flags of `kb add` made from the kinds.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Args, Command, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};

use super::environment::Environment;
use super::{complete, config::Config, context, verbs};
use crate::model::{Field, FieldType, Kind, Kinds};
use crate::notebook::Notebook;

/// A structured knowledge base: goals, papers, terms and more, in one SQLite file
#[derive(Debug, Parser)]
#[command(name = "kb", version, disable_help_subcommand = true, propagate_version = false, max_term_width = 100)]
#[command(after_help = "`kb help TOPIC` explains ranking, filters, periods, page, formats, kinds, exit-codes, environment, privacy.")]
pub struct Cli {
    /// Options that every verb has.
    #[command(flatten)]
    pub global: Global,
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Options that every verb has.
#[derive(Debug, Args)]
pub struct Global {
    /// The notebook file
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub notebook: Option<PathBuf>,
    /// Say nothing but data and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<When>,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum When {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl std::fmt::Display for When {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            When::Auto => "auto",
            When::Always => "always",
            When::Never => "never",
        })
    }
}

/// What to do; each verb says what it is for in its own file.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "a comment here would replace the help of the verb")]
pub enum Verb {
    Init(verbs::init::Arguments),
    Add(verbs::add::Arguments),
    Edit(verbs::edit::Arguments),
    Set(verbs::set::Arguments),
    #[command(visible_alias = "rm")]
    Remove(verbs::remove::Arguments),
    #[command(visible_alias = "ls")]
    List(verbs::list::Arguments),
    Show(verbs::show::Arguments),
    Search(verbs::search::Arguments),
    Similar(verbs::similar::Arguments),
    #[command(visible_alias = "pick")]
    Find(verbs::find::Arguments),
    #[command(subcommand)]
    View(verbs::view::Verb),
    Link(verbs::link::Arguments),
    Merge(verbs::merge::Arguments),
    History(verbs::history::Arguments),
    Undo(verbs::undo::Arguments),
    #[command(
        about = "Do again what was taken back",
        long_about = "Do again what was taken back\n\nThe earliest of what was undone comes first, until a new command changes something."
    )]
    Redo(verbs::undo::Arguments),
    Fetch(verbs::fetch::Arguments),
    Cite(verbs::cite::Arguments),
    Import(verbs::import::Arguments),
    Export(verbs::export::Arguments),
    #[command(subcommand)]
    Kind(verbs::kind::Verb),
    Sql(verbs::sql::Arguments),
    Schema(verbs::schema::Arguments),
    Config(verbs::config::Arguments),
    Doctor(verbs::doctor::Arguments),
    Backup(verbs::backup::Arguments),
    Completions(verbs::completions::Arguments),
    Man(verbs::man::Arguments),
    Help(verbs::help::Arguments),
}

/// The command line with the kinds of the notebook, where the verb needs them, and for `kb add` the notebook itself, opened to be written.
pub fn command_for(environment: &Environment) -> (Command, Option<Notebook>) {
    let words = environment.arguments();
    match verb_of(words).as_deref() {
        Some("add") => {
            let session = context::session(environment, false);
            let opened = Notebook::open_to_write(&meant(environment), session, false).ok().map(|(notebook, _)| notebook);
            let built_in = Kinds::built_in();
            let kinds = opened.as_ref().map_or(&built_in, Notebook::kinds);
            // One kind is enough when it is named.
            let named = words_after(words, "add").and_then(|word| kinds.get(&word));
            let command = named.map_or_else(
                || command(kinds),
                |kind| root().subcommand(with_kinds(verbs::add::Arguments::augment_args(Command::new("add")), std::slice::from_ref(kind))),
            );
            (command, opened)
        }
        Some("list" | "ls") => (only::<verbs::list::Arguments>("list", Some("ls")), None),
        Some("show") => (only::<verbs::show::Arguments>("show", None), None),
        Some("search") => (only::<verbs::search::Arguments>("search", None), None),
        Some("set") => (only::<verbs::set::Arguments>("set", None), None),
        Some("help" | "man" | "completions") => (command(&kinds_of(environment)), None),
        _ => (Cli::command(), None),
    }
}

/// The notebook that the command line means.
fn meant(environment: &Environment) -> PathBuf {
    named(environment.arguments()).map_or_else(|| context::locate(environment, &Config::read(environment)), |path| environment.path(&path))
}

/// The command line with one verb only. To build all of them takes as long as the rest of a short command.
fn only<A: Args>(verb: &'static str, alias: Option<&'static str>) -> Command {
    root().subcommand(A::augment_args(Command::new(verb).visible_aliases(alias)))
}

/// The command line without verbs, with the settings of [`Cli`].
fn root() -> Command {
    let root = Command::new("kb").version(env!("CARGO_PKG_VERSION")).disable_help_subcommand(true).max_term_width(100).subcommand_required(true);
    Global::augment_args(root)
}

/// The command line with a subcommand of `kb add` for each kind.
pub fn command(kinds: &Kinds) -> Command {
    let kinds: Vec<Kind> = kinds.iter().cloned().collect();
    Cli::command().mut_subcommand("add", |add| with_kinds(add, &kinds))
}

fn with_kinds(add: Command, kinds: &[Kind]) -> Command {
    let add = add.subcommands(kinds.iter().map(add_kind));
    add.subcommand_required(true).arg_required_else_help(true).subcommand_value_name("KIND").subcommand_help_heading("Kinds")
}

/// The kinds of the notebook that the command line means; the built-in ones when it cannot be opened.
pub fn kinds_of(environment: &Environment) -> Kinds {
    Notebook::open(&meant(environment), context::session(environment, true)).map_or_else(|_| Kinds::built_in(), |notebook| notebook.kinds().clone())
}

/// Stands before a text such as `- a list item` on its way past the parser of options; no text may hold it (it is no character).
pub const GUARD: char = '\u{ffff}';

/// The words of the command line with filters that begin with a hyphen (`-tag:old`) written `!tag:old`, so that
/// they are not taken for options. In a search every such word that is no option is a word.
pub fn tamed(words: &[OsString]) -> Vec<OsString> {
    let verb = verb_of(words);
    let filters =
        matches!(verb.as_deref(), Some("list" | "ls" | "search" | "similar" | "find" | "pick" | "view" | "fetch" | "export" | "set" | "remove" | "rm"));
    let search = verb.as_deref() == Some("search");
    let mut value = false;
    let tame = |word: &OsString| -> OsString {
        if std::mem::take(&mut value) {
            return word.clone();
        }
        value = matches!(word.to_str(), Some("--sort" | "-s" | "--notebook" | "--color"));
        let Some(rest) = word.to_str().and_then(|word| word.strip_prefix('-')).filter(|rest| !rest.is_empty() && !rest.starts_with('-')) else {
            return word.clone();
        };
        if verb.as_deref() == Some("add") && rest.contains(char::is_whitespace) {
            return OsString::from(format!("{GUARD}-{rest}"));
        }
        let option =
            rest.starts_with(['q', 'n', 'p', 'l', 's', 'y', 'h', 'V', '0']) && (!search || rest.len() == 1 || rest[1..].bytes().all(|b| b.is_ascii_digit()));
        let filter = rest.contains([':', '=', '<', '>', '"', '@', '(']) || !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        if filters && (filter || (search && !option)) { OsString::from(format!("!{rest}")) } else { word.clone() }
    };
    words.iter().map(tame).collect()
}

/// The first word that is no option.
fn verb_of(words: &[OsString]) -> Option<String> {
    let mut skip = false;
    for word in words.iter().skip(1).map(|word| word.to_string_lossy()) {
        if std::mem::take(&mut skip) {
            continue;
        }
        match word.as_ref() {
            "--notebook" | "--color" => skip = true,
            option if option.starts_with('-') => {}
            verb => return Some(verb.to_owned()),
        }
    }
    None
}

fn words_after(words: &[OsString], verb: &str) -> Option<String> {
    let at = words.iter().position(|word| word == verb)?;
    words.get(at + 1).map(|word| word.to_string_lossy().into_owned())
}

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

/// `kb add KIND`: title, body, the common fields and the kind's own.
fn add_kind(kind: &Kind) -> Command {
    let identified = [FieldType::Doi, FieldType::Arxiv, FieldType::Url].iter().any(|kind_of| kind.first(*kind_of).is_some());
    let named = if identified { "Its name, one line; or a DOI, an arXiv id, an address or a citation in BibTeX" } else { "Its name, one line" };
    let mut command = Command::new(kind.name.clone())
        .alias(kind.plural.clone())
        .about(kind.summary.clone())
        .arg(Arg::new("title").value_name("TITLE").help(named).required(true))
        .arg(Arg::new("body").value_name("BODY").help("Its text in Markdown; `-` reads standard input"))
        .arg(many("topics", "topic", "TOPIC", "A subject heading; `/` nests").add(complete::topics()))
        .arg(many("tags", "tag", "TAG", "A free label").add(complete::tags()))
        .arg(many("aliases", "alias", "NAME", "Another name for it"))
        .arg(Arg::new("private").long("private").action(ArgAction::SetTrue).help("Leave it out of everything that is published"))
        .arg(Arg::new("public").long("public").action(ArgAction::SetTrue).conflicts_with("private").help("Publish it even if the kind is private"))
        .arg(Arg::new("slug").long("slug").value_name("SLUG").help("The handle it is called by, instead of one made from the title"))
        .arg(Arg::new("position").long("position").value_name("NUMBER").allow_negative_numbers(true).help("Its place in the order"))
        .arg(Arg::new("dry-run").long("dry-run").short('n').action(ArgAction::SetTrue).help("Show what would be added"));
    if identified {
        // The comment on those flags would replace what the kind is for.
        command = verbs::fetch::Reach::augment_args(command).about(kind.summary.clone()).long_about(None);
        command = command.arg(Arg::new("fetch").long("fetch").action(ArgAction::SetTrue).help("Ask the web for what is missing; nothing else does"));
    }
    for field in &kind.fields {
        command = command.arg(field_flag(field));
        if field.year {
            command = command
                .arg(Arg::new("year").long("year").value_name("YEAR").conflicts_with(field.name.clone()).help("The year, as a short form of the period"));
        }
    }
    command
}

fn many(id: &'static str, flag: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(id).long(flag).value_name(value).action(ArgAction::Append).help(help)
}

fn field_flag(field: &Field) -> Arg {
    let flag = field.flag();
    let help = if field.required { format!("{} [required]", field.help) } else { field.help.clone() };
    let mut arg = Arg::new(field.name.clone()).long(flag.clone()).help(help).value_name(field.kind_of.placeholder());
    let plural = field.name.replace('_', "-");
    if plural != flag {
        arg = arg.alias(plural);
    }
    arg = match field.kind_of {
        // Checked at admission, which knows case and near misses; here only for help and completion.
        FieldType::Choice => arg.add(complete::choices(field.choices.clone())).help(format!("{} [{}]", field.help, field.choices.join(", "))),
        FieldType::Flag => arg.num_args(0..=1).default_missing_value("yes").require_equals(true),
        FieldType::Integer | FieldType::Number => arg.allow_negative_numbers(true),
        FieldType::Ref => arg.add(complete::refs()),
        _ => arg,
    };
    if field.many { arg.action(ArgAction::Append) } else { arg }
}
