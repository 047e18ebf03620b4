//! Completion candidates for the shell, read from the notebook, which is opened read-only and never
//! created.

use std::ffi::OsStr;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use super::config::Config;
use super::environment::Environment;
use super::locate::{is_of_another_user, locate, session};
use crate::model::json::all_names;
use crate::model::query_words::TESTS;
use crate::model::{Audience, Kinds};
use crate::notebook::Notebook;
use crate::store::{Labels, WriteMode};

/// The notebook of this process, or `None` if it cannot be opened.
/// It does not know the option `--notebook` of the line that is being completed.
fn open() -> Option<Notebook> {
    let environment = Environment::read();
    let config = Config::read(&environment);
    let path = locate(&environment, &config);
    if is_of_another_user(&environment, &path) {
        return None;
    }
    Notebook::open(&path, session(&environment, &config, WriteMode::DryRun)).ok()
}

/// The names that begin with `start`, ignoring case.
fn starting(names: impl IntoIterator<Item = String>, start: &OsStr) -> Vec<CompletionCandidate> {
    let start = start.to_string_lossy().to_lowercase();
    names
        .into_iter()
        .filter(|name| name.to_lowercase().starts_with(&start))
        .map(CompletionCandidate::new)
        .collect()
}

/// Completes the names of saved filters.
pub(super) fn views() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| {
        starting(
            open()
                .and_then(|notebook| notebook.views().ok())
                .unwrap_or_default()
                .into_iter()
                .map(|(name, _)| name),
            start,
        )
    })
}

/// Completes refs of entries, with their titles as help.
pub(super) fn refs() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| {
        let found = open()
            .and_then(|notebook| notebook.refs_from(&start.to_string_lossy()).ok())
            .unwrap_or_default();
        found
            .into_iter()
            .map(|(reference, title)| CompletionCandidate::new(reference).help(Some(title.into())))
            .collect()
    })
}

/// Completes topics.
pub(super) fn topics() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| starting(labels(Labels::Topics), start))
}

/// Completes tags.
pub(super) fn tags() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| starting(labels(Labels::Tags), start))
}

/// Completes one of a few fixed words.
pub(super) fn choices(choices: Vec<String>) -> ArgValueCompleter {
    ArgValueCompleter::new(move |start: &OsStr| starting(choices.clone(), start))
}

/// Completes the plural names of the kinds.
pub(super) fn kinds() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| {
        starting(known().iter().map(|kind| kind.plural.clone()), start)
    })
}

/// Completes the fields of rows, separated by commas, and of an order, with a `-` before a field.
pub(super) fn fields() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| {
        let text = start.to_string_lossy();
        let (before, last) = text.rsplit_once(',').unwrap_or(("", &text));
        let comma = if before.is_empty() { "" } else { "," };
        let minus = if last.starts_with('-') { "-" } else { "" };
        let names = field_names(&known());
        let whole = names
            .into_iter()
            .map(|name| format!("{before}{comma}{minus}{name}"));
        starting(whole, start)
    })
}

/// Completes the words of `kb set`: refs, fields with their `=`, and the values after it.
pub(super) fn assignments() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| {
        let text = start.to_string_lossy();
        let kinds = known();
        let Some((name, value)) = text.split_once('=') else {
            let names = field_names(&kinds).into_iter().filter(|name| {
                !["ref", "kind", "created", "updated", "year"].contains(&name.as_str())
            });
            let mut found = refs().complete(start);
            found.extend(starting(names.map(|name| format!("{name}=")), start));
            return found;
        };
        let values = match name.trim_end_matches(['+', '-']) {
            "topics" => labels(Labels::Topics),
            "tags" => labels(Labels::Tags),
            "private" => vec!["yes".to_owned(), "no".to_owned()],
            field => choices_of(&kinds, field, &typed_kinds()),
        };
        values_after(&format!("{name}="), values, value)
    })
}

/// Candidates for the value after `before`. A candidate replaces the whole word, so each of them
/// repeats `before`. A value with a comma or a quote would not read back, so it is not offered.
fn values_after(before: &str, values: Vec<String>, typed: &str) -> Vec<CompletionCandidate> {
    let typed = typed.to_lowercase();
    values
        .into_iter()
        .filter(|known| known.to_lowercase().starts_with(&typed) && !known.contains([',', '"']))
        .map(|known| CompletionCandidate::new(format!("{before}{known}")))
        .collect()
}

/// The choices of the fields with a name, of these kinds, or of all if `of` is empty.
fn choices_of(kinds: &Kinds, name: &str, of: &[String]) -> Vec<String> {
    kinds
        .with_field(name)
        .into_iter()
        .filter(|(kind, _)| of.is_empty() || of.contains(&kind.name))
        .flat_map(|(_, field)| field.choices.clone())
        .collect()
}

/// The kinds of the entries that the line names after `set`. The shell passes the line as the
/// arguments of this process.
fn typed_kinds() -> Vec<String> {
    let Some(notebook) = open() else {
        return Vec::new();
    };
    Environment::read()
        .arguments()
        .iter()
        .skip_while(|word| *word != "set")
        .skip(1)
        .map(|word| word.to_string_lossy())
        .filter(|word| !word.starts_with('-') && !word.contains('='))
        .filter_map(|word| notebook.find_exactly(&word).ok())
        .map(|stored| stored.entry.kind)
        .collect()
}

/// What an entry can have: a field of any kind, a label, text or links.
fn has_names(kinds: &Kinds) -> Vec<String> {
    let common = ["topics", "tags", "aliases", "body", "links", "backlinks"];
    let mut names = common.map(str::to_owned).to_vec();
    let fields = kinds.iter().flat_map(|kind| &kind.fields);
    names.extend(fields.map(|field| field.name.clone()));
    names.sort();
    names.dedup();
    names
}

/// The names of the fields of all kinds, each once.
fn field_names(kinds: &Kinds) -> Vec<String> {
    let mut names = Vec::new();
    for name in kinds
        .iter()
        .flat_map(|kind| all_names(kind, Audience::Owner))
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Completes a filter: first the names of kinds, tests and fields, then the values after the `:`.
pub(super) fn filters() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| {
        let kinds = known();
        let text = start.to_string_lossy();
        if text.starts_with('@') {
            let views = open().and_then(|notebook| notebook.views().ok());
            let names = views.unwrap_or_default().into_iter();
            return starting(names.map(|(name, _)| format!("@{name}")), start);
        }
        if let Some((name, value)) = text.split_once(':') {
            let values: Vec<String> = match name.trim_start_matches(['-', '!']) {
                "kind" => kinds.iter().map(|kind| kind.name.clone()).collect(),
                "topic" => labels(Labels::Topics),
                "tag" => labels(Labels::Tags),
                "is" => vec!["private".to_owned(), "public".to_owned()],
                "has" => has_names(&kinds),
                name => choices_of(&kinds, name, &[]),
            };
            return values_after(&format!("{name}:"), values, value);
        }
        let mut names: Vec<String> = TESTS.map(|name| format!("{name}:")).to_vec();
        for kind in kinds.iter() {
            names.push(kind.plural.clone());
            names.extend(kind.fields.iter().map(|field| format!("{}:", field.name)));
        }
        names.sort();
        names.dedup();
        starting(names, start)
    })
}

/// All topics or all tags; empty if the notebook cannot be read.
fn labels(labels: Labels) -> Vec<String> {
    open()
        .and_then(|notebook| notebook.labels(labels).ok())
        .unwrap_or_default()
}

/// The kinds of the notebook, or the built-in kinds if it cannot be opened.
fn known() -> Kinds {
    open().map_or_else(Kinds::built_in, |notebook| notebook.kinds().clone())
}
